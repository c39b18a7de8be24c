"""The README's table: ten draws of the day border-raid, run and scored; exit 1 if fewer than 8 hold.

    python tools/border_raid.py [--seeds 10] [--jobs 2] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from flightward.days import build_day
from flightward.run import run_case
from flightward.score import score

CAUGHT = "rega_sg"


def one_seed(seed: int, folder: Path) -> dict[str, Any]:
    """Draw, run and score one seed."""
    case = build_day("border-raid", folder / f"case-{seed}", seed)
    out = folder / f"out-{seed}"
    run_case(case, out)
    figures = score(case, out)
    (out / "score.json").write_text(json.dumps(figures, indent=1))
    return {"seed": seed, **figures}


def row(figures: dict[str, Any]) -> tuple[str, bool]:
    """The table's line of one seed, and whether it holds."""
    flights = {f["flight_id"]: f for f in figures["flights"]}
    flown = flights[CAUGHT]
    caught = flown["caught"]
    others = [f["flight_id"] for f in figures["flights"] if f["flight_id"] != CAUGHT and f["caught"]]
    hours = sum(f["airborne_s"] for f in figures["flights"]) / 3600.0
    n_false = sum(sum(r["false"] for r in f["runs"]) for f in figures["flights"])
    lead_min = caught["lead_s"] / 60.0 if caught else float("nan")
    advice = flown.get("advice") or {}
    escapes = advice.get("caught_if_obeys") is False
    holds = bool(caught) and lead_min >= 10.0 and escapes and n_false / hours <= 1.0 and not others
    what = f"{advice.get('option', '-')}: {'not caught' if escapes else 'caught'}"
    cells = [str(figures["seed"]), caught["cause"] if caught else "not caught", f"{lead_min:.1f}", what,
             f"{n_false}", f"{n_false / hours:.2f}", ", ".join(others) or "none", "yes" if holds else "**no**"]
    return "| " + " | ".join(cells) + " |", holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(args.jobs, get_context("spawn")) as pool:
        folder = args.keep or Path(scratch)
        days = list(pool.map(one_seed, range(args.seeds), [folder] * args.seeds))
    print("| seed | caught by | lead, min | best advice followed | false alarms | per hour | others caught | holds |")
    print("|---|---|---|---|---|---|---|---|")
    held = 0
    for figures in days:
        line, holds = row(figures)
        held += holds
        print(line)
    print(f"\n{held} of {len(days)} hold.")
    return 0 if held >= 0.8 * len(days) else 1


if __name__ == "__main__":
    sys.exit(main())
