"""Rules of levels tried on days that bench/threat_days.py left behind: leads, false alarms, minutes, by rule.

    python bench/threat_rules.py DIR [DIR ...] [--try caution_p=0.3,caution_s=1200 --try hold_s=120 ...] [--misses]
                                 [--map] [--leave-out-landed]

The levels are made again from each flight's chances at each second (flightward.threats.levels), so a rule costs a
second, not a day. Areas that are closed are left out: only what a flight can be caught by is judged. Days that said
shares of draws (threats.is_calibrated=0) are judged as chances with --map. --leave-out-landed: no flight is warned of
once it is down in truth.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from flightward.config import Config, ThreatsConfig
from flightward.encounters import believed
from flightward.model import Level, PlanState
from flightward.threats.levels import Levels

F64 = np.ndarray[Any, np.dtype[np.float64]]
BOOL = np.ndarray[Any, np.dtype[np.bool_]]
CAUSES = ("raid", "zone", "lone")
KINDS = ("raid", "lone", "zone")
RUN_GAP_S, LEAD_CAP_S, FALSE_AFTER_S = 30, 1_800, 900
LANDED_S = 5


@dataclass(frozen=True)
class Days:
    """All flights of all days side by side: (T, N) seconds by flights; the days are equally long."""

    seed: np.ndarray[Any, Any]
    flight: np.ndarray[Any, Any]
    p: F64
    t_to_s: F64
    p_any: F64
    ended: BOOL
    airborne: BOOL
    covered: BOOL
    caught: dict[str, BOOL]

    @property
    def is_caught(self) -> BOOL:
        """(T, N) by whatever cause."""
        return self.caught["raid"] | self.caught["zone"] | self.caught["lone"]


def read(folders: list[Path]) -> Days:
    """Every chances.npz under the folders."""
    files = sorted(f for folder in folders for f in folder.glob("out-*/chances.npz"))
    days = [dict(np.load(f)) for f in files]
    length = min(min(len(d["t_s"]), len(d["truth_s"])) for d in days)
    for d in days:
        assert d["t_s"][0] == d["truth_s"][0]

    def side(name: str) -> Any:
        return np.concatenate([d[name][:length] for d in days], axis=1)

    return Days(
        np.concatenate([np.full(d["p"].shape[1], int(f.parent.name[4:])) for f, d in zip(files, days, strict=True)]),
        np.concatenate([d["flight_id"] for d in days]),
        np.stack([side(f"p_{k}") for k in KINDS], axis=2).astype(np.float64),
        np.stack([side(f"t_{k}_s") for k in KINDS], axis=2).astype(np.float64),
        side("p").astype(np.float64), side("plan_state") == PlanState.ENDED, side("airborne"), side("covered"),
        {c: side(f"caught_{c}") for c in CAUSES},
    )  # fmt: skip


def mapped(days: Days) -> Days:
    """The same days with chances for shares of draws (what newcomers add is below every level)."""
    top = days.p.argmax(axis=2)[:, :, None]
    p_any = believed(days.p_any, np.take_along_axis(days.t_to_s, top, axis=2)[:, :, 0])
    return replace(days, p=np.minimum(believed(days.p, days.t_to_s, KINDS), p_any[:, :, None]), p_any=p_any)


def without_landed(days: Days) -> Days:
    """The same days with each flight ended LANDED_S after its last second in the air in truth."""
    size = len(days.airborne)
    last = np.where(days.airborne.any(axis=0), size - 1 - days.airborne[::-1].argmax(axis=0), -1)
    return replace(days, ended=days.ended | (np.arange(size)[:, None] > last[None, :] + LANDED_S))


def alarms(days: Days, cfg: ThreatsConfig) -> tuple[BOOL, F64]:
    """(T, N) whether a flight is at CAUTION or WARNING, and seconds to the catch of its likeliest hazard then."""
    t, n, kinds = days.p.shape
    levels = Levels(n, kinds, cfg)
    on, to_s = np.zeros((t, n), bool), np.full((t, n), np.nan)
    every = np.arange(n)
    for k in range(t):
        p = days.p[k].copy()
        top = p.argmax(axis=1)
        p[every, top] = np.where(p[every, top] > 0.0, np.fmax(p[every, top], days.p_any[k]), 0.0)
        level = levels.step(float(k), p, days.t_to_s[k])
        levels.reset(days.ended[k])
        level = levels.level
        on[k] = level.max(axis=1) >= Level.CAUTION
        worst = np.where(level >= Level.CAUTION, p, -1.0).argmax(axis=1)
        to_s[k] = days.t_to_s[k][every, worst]
    return on, to_s


def runs(on: BOOL) -> list[tuple[int, int]]:
    """First and last second of each run, gaps to 30 s joined."""
    t = np.flatnonzero(on)
    if not len(t):
        return []
    cut = np.flatnonzero(np.diff(t) > RUN_GAP_S) + 1
    edges = [0, *cut.tolist(), len(t)]
    return [(int(t[a]), int(t[b - 1])) for a, b in itertools.pairwise(edges)]


def judge(days: Days, cfg: ThreatsConfig) -> dict[str, Any]:
    """Leads by cause of the first catch, false runs, hours, minutes; misses and false runs by name."""
    on, to_s = alarms(days, cfg)
    hours = days.airborne.sum() / 3600.0
    leads: dict[str, list[float]] = {c: [] for c in CAUSES}
    blind, false, misses = 0, [], []
    caught_any = days.is_caught
    for i in range(on.shape[1]):
        found = runs(on[:, i])
        rows = np.flatnonzero(caught_any[:, i])
        for a, b in found:
            predicted = a + (to_s[a, i] if np.isfinite(to_s[a, i]) else 0.0)
            if not ((rows >= a) & (rows <= predicted + FALSE_AFTER_S)).any():
                false.append((int(days.seed[i]), str(days.flight[i]), a, b, float(days.p_any[a, i]), to_s[a, i]))
        if not len(rows):
            continue
        at = int(rows[0])
        cause = next(c for c in CAUSES if days.caught[c][at, i])
        run = next((r for r in found if r[0] <= at <= r[1] + 1), None)
        lead = 0.0 if run is None else float(min(at - run[0], LEAD_CAP_S))
        if not days.covered[at, i]:
            blind += 1
            continue
        leads[cause].append(lead)
        if lead < 300.0:
            misses.append((int(days.seed[i]), str(days.flight[i]), cause, at, lead))
    return {
        "leads": leads, "blind": blind, "false": false, "false_per_h": len(false) / hours,
        "caution_min_per_h": float(on.sum()) / 60.0 / hours, "hours": hours, "misses": misses,
    }  # fmt: skip


def told(name: str, found: dict[str, Any]) -> str:
    """One line of the table."""
    cells = []
    both = found["leads"]["raid"] + found["leads"]["zone"]
    for lead in (both, *(found["leads"][c] for c in CAUSES)):
        a = np.array(lead) / 60.0
        cells.append(f"{np.median(a):.1f} / {np.percentile(a, 5):.1f} ({len(a)})" if len(a) else "-")
    numbers = f"{found['false_per_h']:.3f} | {found['caution_min_per_h']:.1f}"
    return f"| {name} | {numbers} | " + " | ".join(cells) + f" | {found['blind']} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--try", dest="tries", action="append", default=[], metavar="NAME=VALUE,NAME=VALUE")
    parser.add_argument("--map", dest="is_mapped", action="store_true", help="the days said shares of draws: map them")
    parser.add_argument("--leave-out-landed", action="store_true", help="no flight is warned of once it is down")
    parser.add_argument("--misses", action="store_true", help="every late warning and every false run by name")
    args = parser.parse_args()
    days = read(args.folders)
    days = mapped(days) if args.is_mapped else days
    days = without_landed(days) if args.leave_out_landed else days
    print(f"{len(set(days.seed.tolist()))} days, {len(days.seed)} flights")
    print("| rule | false/h | CAUTION min/h | raid+zone median / 5 % (n) | raid | zone | lone | blind |")
    print("|" + "---|" * 8)
    for item in ["", *args.tries]:
        changed = {k: float(v) for k, v in (pair.split("=") for pair in item.split(",") if pair)}
        found = judge(days, replace(Config().threats, **changed))  # type: ignore[arg-type]
        print(told(item or "as set", found), flush=True)
        if args.misses:
            for row in found["misses"]:
                print("   late:", *row)
            for row in found["false"]:
                print("   false:", *row)


if __name__ == "__main__":
    main()
