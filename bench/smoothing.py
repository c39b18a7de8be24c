"""Smoothed against filtered tracks, on drawn days with truth: errors, and whether the covariances are honest.

    python bench/smoothing.py --days 3 --first-seed 9300 --minutes 30 --out /tmp/s
                              [--engine process:2] [--scenario FILE]

A track is compared with the object that it is nearest to in most of its seconds; seconds in which either estimate is
over 1 km off are counted and left out of the errors. Both estimates are compared on the same seconds. NEES per
dimension is 1 where the covariance is honest.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from flightward.engine import open_engine
from flightward.feeds.case import Case, read_case
from flightward.model import TrackBatch
from flightward.model.smooth import SmoothedBatch
from flightward.simulate import load_scenario, simulate, standard_day
from flightward.tracks import Tracker
from flightward.tracks.heard import Heard
from flightward.tracks.smooth import Errors, smooth

FAR_M = 1_000.0
KINDS = ("drone", "aircraft", "helicopter", "bird")
GAP_S = 20.0


def run(case: Case, minutes: float) -> tuple[list[TrackBatch], Heard, Errors, float]:
    """The pictures of a day's first minutes, what its tracks took, and the CPU seconds of the tracker."""
    heard = Heard()
    tracker = Tracker(case.setup, case.config.tracks, heard=heard)
    pictures = []
    began = time.process_time()
    for inbox in case.inboxes():
        if inbox.t_s > case.setup.start_s + 60.0 * minutes:
            break
        pictures.append(tracker.step(inbox.t_s, inbox.reports)[0])
    by = np.array([tracker.bias.correction(k) for k in range(len(case.setup.sensors))]).reshape(-1, 4)
    return pictures, heard, Errors(by), time.process_time() - began


def truth_of(folder: Path, case: Case) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of the truth on the plane, airborne only, in order of time."""
    t = pq.read_table(folder / "truth.parquet").to_pydict()
    up = ~np.array(t["on_ground"], bool)
    lat, lon = np.radians(np.array(t["lat_deg"])[up]), np.radians(np.array(t["lon_deg"])[up])
    e, n = case.setup.frame.to_plane(lat, lon)
    ve, vn = case.setup.frame.plane_velocity(lat, lon, np.array(t["ve_mps"])[up], np.array(t["vn_mps"])[up])
    return {
        "t_s": np.array(t["t_s"])[up], "id": np.array(t["object_id"])[up], "kind": np.array(t["kind"])[up],
        "x": np.stack([e, n, np.array(t["hae_m"])[up], ve, vn, np.array(t["vu_mps"])[up]], axis=1),
    }  # fmt: skip


def compare(pictures: Iterable[TrackBatch], smoothed: SmoothedBatch, truth: dict[str, Any]) -> dict[str, Any]:
    """Figures by kind, of the filter and of the smoother, on the same seconds of the same tracks."""
    parts = [(np.full(len(p), p.t_s), p.track, states(p), p.cov) for p in pictures if len(p)]
    t, track, x, cov = (np.concatenate(c) for c in zip(*parts, strict=True))
    key = track * 1_000_000 + np.rint(t - t.min()).astype(np.int64)
    other = smoothed.track * 1_000_000 + np.rint(smoothed.t_s - t.min()).astype(np.int64)
    both, a, b = np.intersect1d(key, other, return_indices=True)
    who = nearest(t[a], track[a], x[a], truth)
    have = np.flatnonzero(who >= 0)
    a, b, who = a[have], b[have], who[have]
    true, kind = truth["x"][who], truth["kind"][who]
    late_x, late_cov = states(smoothed)[b], smoothed.cov[b]
    near = (np.linalg.norm((x[a] - true)[:, :2], axis=1) < FAR_M) & (
        np.linalg.norm((late_x - true)[:, :2], axis=1) < FAR_M
    )
    out: dict[str, Any] = {"rows": len(both), "far": int((~near).sum())}
    for name in (*KINDS, "in a gap"):
        rows = np.flatnonzero(near & ((kind == name) if name in KINDS else (smoothed.gap_s[b] > GAP_S)))
        if len(rows) > 50:
            out[name] = {
                "filter": figures(x[a][rows] - true[rows], cov[a][rows]),
                "smooth": figures(late_x[rows] - true[rows], late_cov[rows]),
            }
    return out


def states(p: TrackBatch | SmoothedBatch) -> np.ndarray[Any, Any]:
    """(N, 6)"""
    return np.stack([p.e_m, p.n_m, p.u_m, p.ve_mps, p.vn_mps, p.vu_mps], axis=1)


def nearest(t: Any, track: Any, x: Any, truth: dict[str, Any]) -> Any:
    """Row of the truth for each row (N,) of the tracks: of the object nearest in most of the track's seconds; or -1."""
    starts = {float(s): rows for s, rows in by_time(truth["t_s"])}
    best = np.full(len(t), -1, np.int64)
    for s, rows in by_time(t):
        there = starts.get(float(s))
        if there is not None:
            d = np.linalg.norm(x[rows, None, :3] - truth["x"][there][None, :, :3], axis=2)
            best[rows] = np.where(d.min(axis=1) < FAR_M, there[d.argmin(axis=1)], -1)
    names, number = np.unique(truth["id"], return_inverse=True)
    at = {(int(n), float(s)): k for k, (n, s) in enumerate(zip(number, truth["t_s"], strict=True))}
    out = np.full(len(t), -1, np.int64)
    for one in np.unique(track):
        rows = np.flatnonzero(track == one)
        seen = best[rows][best[rows] >= 0]
        if len(seen) > 0.5 * len(rows):
            mine = int(np.bincount(number[seen]).argmax())
            out[rows] = [at.get((mine, float(s)), -1) for s in t[rows]]
    del names
    return out


def by_time(t: Any) -> list[tuple[float, Any]]:
    order = np.argsort(t, kind="stable")
    cuts = np.flatnonzero(np.diff(t[order])) + 1
    return [(float(t[rows[0]]), rows) for rows in np.split(order, cuts) if len(rows)]


def figures(d: Any, cov: Any) -> dict[str, float]:
    """Errors in metres and m/s, NEES per dimension, share inside the 95 % ellipsoid (position, three dimensions)."""
    y, p = d[:, :3], cov[:, :3, :3]
    nees = np.einsum("ni,ni->n", y, np.linalg.solve(p, y[:, :, None])[:, :, 0])
    flat = np.einsum("ni,ni->n", d[:, :2], np.linalg.solve(cov[:, :2, :2], d[:, :2, None])[:, :, 0])
    fast = np.einsum("ni,ni->n", d[:, 3:5], np.linalg.solve(cov[:, 3:5, 3:5], d[:, 3:5, None])[:, :, 0])
    return {
        "n": len(d), "rms_h_m": float(np.sqrt((d[:, :2] ** 2).sum(axis=1).mean())),
        "median_h_m": float(np.median(np.linalg.norm(d[:, :2], axis=1))),
        "rms_v_m": float(np.sqrt((d[:, 2] ** 2).mean())),
        "rms_speed_mps": float(np.sqrt((d[:, 3:5] ** 2).sum(axis=1).mean())),
        "rms_climb_mps": float(np.sqrt((d[:, 5] ** 2).mean())),
        "nees_3": float(nees.mean() / 3.0), "nees_3_median": float(np.median(nees) / 2.366),
        "nees_h": float(flat.mean() / 2.0), "nees_speed": float(fast.mean() / 2.0),
        "inside_50": float((nees < 2.366).mean()), "inside_95": float((nees < 7.815).mean()),
    }  # fmt: skip


def one_day(seed: int, folder: Path, minutes: float, scenario: Path | None) -> dict[str, Any]:
    """Draw (if need be), track, smooth, compare one day."""
    path = folder / f"case-{seed}"
    if not (path / "truth.parquet").exists():
        simulate(load_scenario(scenario) if scenario else standard_day(seed), seed, path)
    case = read_case(path)
    pictures, heard, errors, track_s = run(case, minutes)
    began = time.process_time()
    smoothed = smooth(heard, errors, case.config.tracks)
    out = compare(pictures, smoothed, truth_of(path, case))
    return out | {"seed": seed, "tracker_cpu_s": track_s, "smoother_cpu_s": time.process_time() - began}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=9300)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--scenario", type=Path)
    parser.add_argument("--engine", default="local", help="local, process[:N] or dask:ADDRESS (docs/engines.md)")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    work = functools.partial(one_day, folder=args.out.resolve(), minutes=args.minutes, scenario=args.scenario)
    with open_engine(args.engine) as engine:
        days = engine.map(work, range(args.first_seed, args.first_seed + args.days))
    (args.out / "smoothing.json").write_text(json.dumps(days, indent=1))
    for day in days:
        print(f"day {day['seed']}: rows {day['rows']}, far {day['far']}, CPU {day['tracker_cpu_s']:.0f} s tracker, "
              f"{day['smoother_cpu_s']:.0f} s smoother")  # fmt: skip
        for kind in (*KINDS, "in a gap"):
            for which in ("filter", "smooth") if kind in day else ():
                cells = "  ".join(f"{k} {v:.3g}" for k, v in day[kind][which].items())
                print(f"  {kind:10} {which}  {cells}")


if __name__ == "__main__":
    main()
