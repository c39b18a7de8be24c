"""Many standard days, drawn, run and scored on all cores: lead times, false alarms, advice, with intervals.

    python bench/many_days.py --days 40 --first-seed 1000 --jobs 2 --out /tmp/days [--set threats.caution_p=0.3]
                              [--habits loiter,split] [--picture]

Days are kept in --out (drawn once, run each time), so that two settings can be compared on the same days. With
--picture only the air picture, the raids and the forecast are made and scored: threats, advice and the recording,
which they do not depend on, take the other half of the time.
"""

from __future__ import annotations

import argparse
import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from flightward.feeds.case import Case, read_case
from flightward.model import FlightStates, StepResult, ThreatBatch, WarningBatch
from flightward.raids import Raids, raid_of_tracks
from flightward.record import TableWriter
from flightward.run import finish, start
from flightward.score import score, to_markdown, together
from flightward.simulate import HABITS, simulate, standard_day
from flightward.tracks import Tracker

PICTURE_PARTS = ("tracking", "forecast", "raids")


def make_picture(case: Case, out: Path, settings: dict[str, float]) -> None:
    """The tables of a day as the first stages give them; nobody is warned."""
    config = case.config.changed(settings)
    tracker, raids = Tracker(case.setup, config.tracks), Raids(case.setup, config.raids, config.seed)
    tables = TableWriter(out, case.setup)
    for inbox in case.inboxes():
        t_s = inbox.t_s
        tracks, coverage = tracker.step(t_s, inbox.reports)
        picture = raids.step(t_s, tracks, coverage, alerts=inbox.alerts)
        nobody = FlightStates.empty(t_s=t_s), ThreatBatch.empty(t_s=t_s), WarningBatch.empty(t_s=t_s)
        mine = raid_of_tracks(tracks.track, picture.raids)
        tables.write(None, StepResult(t_s, tracks, coverage, picture, *nobody, None, mine))
    tables.close()


def one_day(
    seed: int, habits: tuple[str, ...], folder: Path, settings: dict[str, float], *, keep: bool, picture: bool
) -> dict[str, Any]:
    """Draw (if need be), run and score one day."""
    name = str(seed) if set(habits) == set(HABITS) else f"{seed}-{'-'.join(sorted(habits))}"
    case, out = folder / f"case-{name}", folder / f"out-{name}"
    if not (case / "truth.parquet").exists():
        simulate(standard_day(seed, habits), seed, case)
    if picture:
        make_picture(read_case(case), out, settings)
        figures = score(case, out, PICTURE_PARTS)
    else:
        run = start(read_case(case), out, tables=True, changes=settings)
        for _ in run.steps:
            pass
        finish(run)
        figures = score(case, out)
    figures["seed"] = seed
    if not keep:
        shutil.rmtree(out)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--keep", action="store_true", help="keep each day's tables")
    parser.add_argument("--picture", action="store_true", help="air picture, raids and forecast alone")
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.NAME=VALUE")
    parser.add_argument("--habits", default=",".join(HABITS), help="families of habits (docs/scenarios.md), by commas")
    args = parser.parse_args()
    habits = tuple(args.habits.split(","))
    standard_day(args.first_seed, habits)  # an unknown family stops here, not in each worker
    settings = {k: float(v) for k, v in (item.split("=", 1) for item in args.set)}
    args.out.mkdir(parents=True, exist_ok=True)
    days = []
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        seeds = range(args.first_seed, args.first_seed + args.days)
        how = {"keep": args.keep, "picture": args.picture}
        waiting = [pool.submit(one_day, seed, habits, args.out, settings, **how) for seed in seeds]
        for n, future in enumerate(waiting):
            days.append(future.result())
            print(f"{n + 1}/{len(waiting)} days", flush=True)
    all_days = together(days)
    (args.out / "days.json").write_text(json.dumps({"days": days, "together": all_days}, indent=1))
    print(to_markdown(all_days))


if __name__ == "__main__":
    main()
