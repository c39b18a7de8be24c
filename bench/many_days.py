"""Many standard days, drawn, run and scored on all cores: lead times, false alarms, advice, with intervals.

    python bench/many_days.py --days 40 --first-seed 1000 --engine process:2 --out /tmp/days
                              [--set threats.caution_p=0.3] [--habits loiter,split] [--picture]

Days are kept in --out (drawn once, run each time), so that two settings can be compared on the same days. With
--picture only the air picture, the raids and the forecast are made and scored: threats, advice and the recording,
which they do not depend on, take the other half of the time.
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
from pathlib import Path
from typing import Any

from flightward.engine import open_engine
from flightward.feeds.case import Case, read_case
from flightward.model import FlightStates, StepResult, ThreatBatch, WarningBatch
from flightward.raids import Raids, raid_of_tracks
from flightward.record import TableWriter
from flightward.score import score, to_markdown, together
from flightward.simulate import HABITS, simulate
from flightward.tracks import Tracker
from flightward.trials import Trial, one_day

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


def one_picture(trial: Trial, seed: int) -> dict[str, Any]:
    """Draw (if need be) one day, make its picture and score that."""
    case, out = trial.folder / f"case-{trial.name(seed)}", trial.folder / f"out-{trial.name(seed)}"
    if not (case / "truth.parquet").exists():
        simulate(trial.day(seed), seed, case)
    make_picture(read_case(case), out, dict(trial.settings))
    figures = score(case, out, PICTURE_PARTS)
    figures["seed"] = seed
    if not trial.keep:
        shutil.rmtree(out)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--engine", default="process:2", help="local, process[:N] or dask:ADDRESS (docs/engines.md)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--keep", action="store_true", help="keep each day's tables")
    parser.add_argument("--picture", action="store_true", help="air picture, raids and forecast alone")
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.NAME=VALUE")
    parser.add_argument("--habits", default=",".join(HABITS), help="families of habits (docs/scenarios.md), by commas")
    args = parser.parse_args()
    settings = {k: float(v) for k, v in (item.split("=", 1) for item in args.set)}
    args.out.mkdir(parents=True, exist_ok=True)
    trial = Trial(args.out.resolve(), None, tuple(args.habits.split(",")), settings, args.keep)
    trial.day(args.first_seed)  # an unknown family stops here, not in each worker
    work = functools.partial(one_picture if args.picture else one_day, trial)
    seeds = range(args.first_seed, args.first_seed + args.days)
    with open_engine(args.engine) as engine:
        days = engine.map(work, seeds, progress=lambda n, total: print(f"{n}/{total} days", flush=True))
    all_days = together(days)
    (args.out / "days.json").write_text(json.dumps({"days": days, "together": all_days}, indent=1))
    print(to_markdown(all_days))


if __name__ == "__main__":
    main()
