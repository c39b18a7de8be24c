"""How good the raids' forecast is, by horizon: Brier and log score, skill against three baselines, reliability.

    python bench/forecast_skill.py [CASE ...] [--days 7000:7100] [--every 60] [--feeds] [--cache DIR] [--out FILE.json]

Each day steps the raids stage every 10 s and scores each forecast with the scorer's own code. Without --feeds every
drone is tracked (truth with noise): the forecast alone is judged. With --feeds the tracks are those that the tracks
stage makes of the feeds: drones that no sensor sees then count against the forecast and the baselines alike. The
baselines have one set of numbers per horizon, fitted on other days (tools/fit_baselines.py). Intervals are 95 %, by
drawing whole days again. The first ten minutes are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import forecast_days
from flightward.config import RaidsConfig
from flightward.raids import Raids
from flightward.raids import cells as raids_cells
from flightward.score.baselines import BASELINES, Cells, Known
from flightward.score.forecast import HORIZONS_S, RELIABILITY_EDGES, Occupied, Tally, baselines, cell_ids, cells_of

LEAD_IN_S = 600.0
DRAWS = 1000
LEVELS = 257
"""A chance is a count of 256 draws: said and was are also summed per level, for plots and fits."""


@dataclasses.dataclass
class Measured:
    """What one day gave at one horizon."""

    tally: Tally
    levels: Any


def known_of(sky: forecast_days.Sky, cells: Cells, tracks: Any) -> Known:
    """The drones that the baselines start from."""
    sure = tracks.take((tracks.p_exists >= 0.5) & (tracks.p_hostile >= 0.5) & np.isfinite(tracks.e_m))
    lat, lon = sky.setup.frame.to_geodetic(sure.e_m, sure.n_m)
    cell = cells.rows(cell_ids(np.degrees(lat), np.degrees(lon)))
    return Known(sure.e_m, sure.n_m, sure.ve_mps, sure.vn_mps, cell)


def run(sky: forecast_days.Sky, every_s: int) -> dict[float, Measured]:
    """All forecasts of one day."""
    raids = Raids(sky.setup, RaidsConfig(horizons_s=HORIZONS_S, issue_s=every_s), 1)
    cells = cells_of(sky.day)
    truth = Occupied(sky.day, cells)
    out = {h: Measured(Tally(), np.zeros((3, LEVELS))) for h in HORIZONS_S}
    for tracks, coverage in sky.pictures:
        forecast = raids.step(tracks.t_s, tracks, coverage).cells
        if forecast is None or tracks.t_s < sky.setup.start_s + LEAD_IN_S:
            continue
        known = known_of(sky, cells, tracks)
        row = cells.rows(forecast.h3)
        for horizon_s, got in out.items():
            if tracks.t_s + horizon_s > sky.day.end_s:
                continue
            mine = (forecast.horizon_s == horizon_s) & (row >= 0)
            p = np.zeros(len(cells.h3))
            p[row[mine]] = forecast.p_any[mine]
            hit = truth.at(tracks.t_s + horizon_s)
            got.tally.add(p, hit, baselines(known, cells, horizon_s))
            at = np.rint(p * (LEVELS - 1)).astype(np.int64)
            for i, values in enumerate((np.ones_like(p), p, hit)):
                got.levels[i] += np.bincount(at, values, LEVELS)
    return out


def interval(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """95 % of what the drawn days give; NaN draws are left out."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def together(days: list[dict[float, Measured]]) -> dict[str, Any]:
    """Skill and reliability over all days, each with its interval."""
    draws = np.random.default_rng(20260520).integers(0, len(days), size=(DRAWS, len(days)))
    result: dict[str, Any] = {}
    for h in HORIZONS_S:
        tallies = [d[h].tally for d in days]
        ours = np.array([t.brier["forecast"] for t in tallies])
        entry: dict[str, Any] = {
            "brier": ours.sum() / sum(t.pairs for t in tallies), "occupied": sum(t.occupied for t in tallies),
            "brier_of_occupied": ours.sum() / max(sum(t.occupied for t in tallies), 1),
            "log_of_occupied": sum(t.log_sum for t in tallies) / max(sum(t.occupied for t in tallies), 1),
            "sharpness": sum(t.p2_sum for t in tallies) / max(sum(t.p_sum for t in tallies), 1e-9), "skill": {},
        }  # fmt: skip
        for b in BASELINES:
            theirs = np.array([t.brier[b] for t in tallies])
            drawn = 1.0 - ours[draws].sum(axis=1) / theirs[draws].sum(axis=1)
            entry["skill"][b] = (1.0 - ours.sum() / theirs.sum(), *interval(drawn))
        entry["reliability"] = _reliability(np.array([t.bins for t in tallies]), draws)
        result[f"{h / 60:.0f}"] = entry
    return result


def _reliability(bins: Any, draws: Any) -> list[dict[str, Any]]:
    rows = []
    total = bins.sum(axis=0)
    for b in range(bins.shape[2]):
        n, said, was = total[:, b]
        if n:
            drawn = bins[:, :, b][draws].sum(axis=1)
            with np.errstate(invalid="ignore"):
                off = interval((drawn[:, 1] - drawn[:, 2]) / drawn[:, 0])
            days = int((bins[:, 0, b] > 0).sum())
            asked = n >= 5000 and days >= 30
            fine = abs(said - was) / n <= 0.02 or off[0] <= 0.0 <= off[1]
            rows.append({
                "from": float(RELIABILITY_EDGES[b]), "cells": int(n), "days": days, "said": said / n, "was": was / n,
                "off_low": off[0], "off_high": off[1], "asked": bool(asked), "good": bool(fine),
            })  # fmt: skip
    return rows


def show(result: dict[str, Any]) -> None:
    """Print the tables."""
    names = " | ".join(f"skill {b}" for b in BASELINES)
    print(f"| min | Brier / occupied | log / occupied | sharpness | {names} |")
    print("|---|---|---|---|---|---|---|")
    for minutes, e in result.items():
        skill = [f"{s:+.3f} ({a:+.3f} .. {b:+.3f})" for s, a, b in e["skill"].values()]
        print(f"| {minutes} | {e['brier_of_occupied']:.4f} | {e['log_of_occupied']:.3f} | {e['sharpness']:.3f} | "
              + " | ".join(skill) + " |")  # fmt: skip
    print("\nsaid / was (cells, days; said - was 95 %), * = asked for, ! = and off")
    for minutes, e in result.items():
        print(f"{minutes} min")
        for r in e["reliability"]:
            mark = ("*" if r["good"] else "!") if r["asked"] else " "
            print(f"  {r['from']:.2f} {r['said']:.3f} / {r['was']:.3f} {mark} ({r['cells']}, {r['days']}; "
                  f"{r['off_low']:+.3f} .. {r['off_high']:+.3f})")  # fmt: skip


def seeds_of(text: str | None) -> range:
    """7000:7100 as a range."""
    return range(*map(int, text.split(":"))) if text else range(0)


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--days", help="seeds of standard days, FROM:TO")
    parser.add_argument("--every", type=int, default=60)
    parser.add_argument("--feeds", action="store_true")
    parser.add_argument("--cache", type=Path, help="keeps the tracks of days through feeds")
    parser.add_argument("--out", type=Path, help="figures as JSON; levels beside it as .npz")
    parser.add_argument("--unmapped", action="store_true", help="without the last map, to fit one")
    args = parser.parse_args()
    if args.unmapped:
        raids_cells.CALIBRATED_RESOLUTION = -1
    days, names = [], []
    for sky in forecast_days.skies(seeds_of(args.days), args.cases, feeds=args.feeds, cache=args.cache):
        begun = time.perf_counter()
        days.append(run(sky, args.every))
        names.append(sky.name)
        print(f"{sky.name} {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
    result = together(days)
    show(result)
    if args.out:
        args.out.write_text(json.dumps({"days": names, "horizons": result}, indent=1))
        levels = {f"{h:.0f}": np.array([d[h].levels for d in days]) for h in HORIZONS_S}
        np.savez_compressed(args.out.with_suffix(".npz"), **levels)


if __name__ == "__main__":
    main()
