"""The air picture against the truth: GOSPA, SIAP-like figures, errors by class, and NEES (design, section 8).

Truth is every airborne drone, aircraft and helicopter. Tracks are the rows of tracks.parquet with p_exists of at
least one half that are not called birds. A track left over that lies within the cutoff of a bird or of something on
the ground is neither right nor wrong, and is counted apart ("of no account").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from flightward.score import tables
from flightward.score.day import F64, Day

I64 = NDArray[np.int64]
CUTOFFS_M = (200.0, 1_000.0)
SIAP_CUTOFF_M = 1_000.0
STEP_S = 10.0
KINDS = ("drone", "aircraft", "helicopter")


def assign(a: F64, b: F64, cutoff_m: float) -> tuple[I64, I64, F64]:
    """Pairs (row of a, row of b, distance) that minimise GOSPA (p = 2, alpha = 2), nearer than the cutoff.

    a, b  (N, K) and (M, K) places in metres. Solved exactly, one connected component of near pairs at a time.
    """
    none = np.zeros(0, np.int64)
    if not len(a) or not len(b):
        return none, none, np.zeros(0)
    near = cKDTree(a).sparse_distance_matrix(cKDTree(b), cutoff_m, output_type="ndarray")
    near = near[near["v"] < cutoff_m]
    i, j, d = near["i"].astype(np.int64), near["j"].astype(np.int64), near["v"]
    size = len(a) + len(b)
    graph = coo_array((np.ones(len(i)), (i, len(a) + j)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][i]
    alone = np.bincount(label, minlength=size)[label] == 1
    out_i, out_j, out_d = [i[alone]], [j[alone]], [d[alone]]
    rest = np.flatnonzero(~alone)
    for group in tables.group_rows(label[rest]).values():
        k = rest[group]
        rows, ri = np.unique(i[k], return_inverse=True)
        cols, cj = np.unique(j[k], return_inverse=True)
        gain = np.zeros((len(rows), len(cols)))
        gain[ri, cj] = d[k] ** 2 - cutoff_m**2
        r, c = linear_sum_assignment(gain)
        used = gain[r, c] < 0.0
        r, c = r[used], c[used]
        out_i.append(rows[r])
        out_j.append(cols[c])
        out_d.append(np.sqrt(gain[r, c] + cutoff_m**2))
    return np.concatenate(out_i), np.concatenate(out_j), np.concatenate(out_d)


def gospa(n_truth: int, n_tracks: int, d_m: F64, cutoff_m: float) -> tuple[float, float, float]:
    """Squared parts of GOSPA (p = 2, alpha = 2): localisation, missed, false. Their sum's root is GOSPA."""
    half = cutoff_m**2 / 2.0
    return float((d_m**2).sum()), half * (n_truth - len(d_m)), half * (n_tracks - len(d_m))


@dataclass
class _Tally:
    """Sums over the scored instants."""

    gospa: dict[str, list[tuple[float, float, float]]] = field(default_factory=dict)
    truth_n: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    found_n: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    error2_h: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    error2_v: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    tracks: int = 0
    spurious: int = 0
    redundant: int = 0
    no_account: int = 0
    switches: int = 0
    wrong_kind: int = 0
    nees_h: list[float] = field(default_factory=list)
    nees_v: list[float] = field(default_factory=list)
    last_track: dict[int, str] = field(default_factory=dict)


def score_tracking(day: Day, out: Path) -> dict[str, Any]:
    """Figures of the air picture, each STEP_S (longer on days with many objects, so that scoring stays quick)."""
    tr = day.truth
    step = STEP_S * max(1, round(len(tr.object_id) / 300))
    times = np.arange(np.ceil(tr.t_s[0] / step) * step, tr.t_s[-1] + 1e-6, step)
    columns = ["t_s", "track_id", "lat_deg", "lon_deg", "hae_m", "sigma_h_m", "sigma_v_m", "p_exists", "kind"]
    rows = tables.read(out, "tracks", columns, pc.field("t_s").isin(times.tolist()))
    exists = np.where(np.isnan(rows["p_exists"]), 1.0, rows["p_exists"])
    rows = tables.select(rows, (exists >= 0.5) & (rows["kind"] != "bird") & np.isfinite(rows["lat_deg"]))
    rows["e_m"], rows["n_m"] = day.frame.to_plane(rows["lat_deg"], rows["lon_deg"])
    by_time = tables.group_rows(rows["t_s"])
    tally = _Tally()
    kind = np.array(tr.kind)
    for t in times.tolist():
        at = int(np.rint(t - tr.t_s[0]))
        mine = tables.select(rows, by_time.get(t, np.zeros(0, np.int64)))
        _one_instant(day, kind, at, mine, tally)
    return {"step_s": step, "instants": len(times), **_summary(tally)}


def _one_instant(day: Day, kind: NDArray[np.str_], at: int, rows: tables.Columns, tally: _Tally) -> None:
    tr = day.truth
    there = np.isfinite(tr.e_m[at]) & np.isfinite(tr.hae_m[at])
    counts = there & np.isin(kind, KINDS) & ~tr.on_ground[at]
    truth = np.flatnonzero(counts)
    other = np.flatnonzero(there & ~counts)
    a3 = np.column_stack([tr.e_m[at, truth], tr.n_m[at, truth], tr.hae_m[at, truth]])
    b3 = np.column_stack([rows["e_m"], rows["n_m"], rows["hae_m"]])
    o2 = np.column_stack([tr.e_m[at, other], tr.n_m[at, other]])
    has_height = np.isfinite(b3[:, 2])
    beside = _beside(b3[:, :2], o2, SIAP_CUTOFF_M)
    for cutoff in CUTOFFS_M:
        for dims, usable in ((3, has_height), (2, np.ones(len(b3), bool))):
            rows_b = np.flatnonzero(usable)
            _, j, d = assign(a3[:, :dims], b3[rows_b][:, :dims], cutoff)
            left = np.ones(len(b3), bool)
            left[rows_b[j]] = False
            n_tracks = len(b3) - int((left & beside).sum())
            tally.gospa.setdefault(f"c{cutoff:.0f}_{dims}d", []).append(gospa(len(truth), n_tracks, d, cutoff))
    i, j, d = assign(a3[:, :2], b3[:, :2], SIAP_CUTOFF_M)
    _siap(tally, tr.kind, truth, a3, rows, b3, (i, j, d), beside)


def _beside(tracks: F64, others: F64, reach_m: float) -> NDArray[np.bool_]:
    """(N,) whether a track lies by a bird or by something on the ground."""
    if not len(tracks) or not len(others):
        return np.zeros(len(tracks), bool)
    return np.asarray(cKDTree(others).query(tracks)[0] < reach_m)


def _siap(
    tally: _Tally,
    kinds: tuple[str, ...],
    truth: I64,
    a3: F64,
    rows: tables.Columns,
    b3: F64,
    pairs: tuple[I64, I64, F64],
    beside: NDArray[np.bool_],
) -> None:
    i, j, d = pairs
    for k in truth.tolist():
        tally.truth_n[kinds[k]] += 1
    free = np.ones(len(b3), bool)
    free[j] = False
    tally.no_account += int((free & beside).sum())
    spare = np.flatnonzero(free & ~beside)
    redundant = _beside(b3[spare, :2], a3[:, :2], SIAP_CUTOFF_M)
    tally.redundant += int(redundant.sum())
    tally.spurious += int((~redundant).sum())
    tally.tracks += len(b3) - int((free & beside).sum())
    dv = b3[j, 2] - a3[i, 2]
    for n in range(len(i)):
        obj = int(truth[i[n]])
        k = kinds[obj]
        tally.found_n[k] += 1
        tally.error2_h[k] += float(d[n] ** 2)
        tally.error2_v[k] += float(dv[n] ** 2) if np.isfinite(dv[n]) else 0.0
        track = str(rows["track_id"][j[n]])
        tally.switches += tally.last_track.get(obj, track) != track
        tally.last_track[obj] = track
        said = rows["kind"][j[n]]
        tally.wrong_kind += said not in (k, "unknown", None)
    with np.errstate(invalid="ignore", divide="ignore"):
        nees_h = d**2 / rows["sigma_h_m"][j] ** 2
        nees_v = dv**2 / rows["sigma_v_m"][j] ** 2
    tally.nees_h.extend(nees_h[np.isfinite(nees_h)].tolist())
    tally.nees_v.extend(nees_v[np.isfinite(nees_v)].tolist())


def _summary(t: _Tally) -> dict[str, Any]:
    def parts(values: list[tuple[float, float, float]]) -> dict[str, float]:
        loc, missed, false = np.array(values).T
        return {
            "gospa_m": float(np.sqrt(loc + missed + false).mean()),
            "localisation_m": float(np.sqrt(loc).mean()),
            "missed_m": float(np.sqrt(missed).mean()),
            "false_m": float(np.sqrt(false).mean()),
        }

    n_truth, n_found = sum(t.truth_n.values()), sum(t.found_n.values())
    return {
        "gospa": {k: parts(v) for k, v in t.gospa.items()},
        "completeness": n_found / n_truth if n_truth else None,
        "completeness_by_kind": {k: t.found_n[k] / n for k, n in t.truth_n.items() if n},
        "spuriousness": t.spurious / t.tracks if t.tracks else None,
        "ambiguity": (n_found + t.redundant) / n_found if n_found else None,
        "identity_switches": t.switches,
        "wrong_kind_frac": t.wrong_kind / n_found if n_found else None,
        "tracks_of_no_account": t.no_account,
        "rmse_h_m": {k: float(np.sqrt(t.error2_h[k] / n)) for k, n in t.found_n.items() if n},
        "rmse_v_m": {k: float(np.sqrt(t.error2_v[k] / n)) for k, n in t.found_n.items() if n},
        "nees_h": _nees(t.nees_h, 2),
        "nees_v": _nees(t.nees_v, 1),
        "counts": {"truth": n_truth, "found": n_found, "tracks": t.tracks, "spurious": t.spurious},
    }


def _nees(values: list[float], dims: int) -> dict[str, float] | None:
    """Mean NEES over its dimensions (1 when sigma is honest; sigma per axis), and the share beyond the 95 % bound."""
    if not values:
        return None
    bound = {1: 3.8415, 2: 5.9915}[dims]  # chi-square, 95 %
    x = np.array(values)
    return {
        "mean_per_axis": float(x.mean() / dims),
        "median": float(np.median(x)),
        "beyond_95_frac": float((x > bound).mean()),
    }
