"""Many standard days from feeds to threats and advice, and what each flight's chances were at each second.

    python bench/threat_days.py --days 40 --first-seed 11000 --engine process:2 --out /tmp/t
                                [--set threats.caution_p=0.3]

Leaves per day the case, the tables of threats, warnings and advice, and chances.npz: the chance of being caught of each
flight at each second, by cause, beside what the truth says of it. bench/threat_rules.py and bench/fit_caught.py ask
those files. The forecast's map, the tables of tracks and raids and the recording are left out: threats
and advice do not depend on them, and they take half of the time.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np

from flightward.engine import open_engine
from flightward.feeds.case import read_case
from flightward.model import RaidBatch, RaidPicture, StepResult, TrackBatch
from flightward.pipeline import Pipeline
from flightward.record import TableWriter
from flightward.score import caught_masks, score, to_markdown, together
from flightward.simulate import HABITS, simulate, standard_day

CHANCES = ("p", "p_raid", "p_lone", "p_zone", "t_raid_s", "t_lone_s", "t_zone_s", "t_over_s")
STATES = ("plan_state", "is_airborne")


def one_day(seed: int, folder: Path, settings: dict[str, float], habits: tuple[str, ...]) -> dict[str, Any]:
    """Draw (if need be), run and score one day."""
    case, out = folder / f"case-{seed}", folder / f"out-{seed}"
    if not (case / "truth.parquet").exists():
        simulate(standard_day(seed, habits), seed, case)
    if not (out / "figures.json").exists():
        run_day(case, out, settings)
        figures = score(case, out, ("advice",))
        figures["seed"] = seed
        (out / "figures.json").write_text(json.dumps(figures))
    return dict(json.loads((out / "figures.json").read_text()))


def run_day(case_folder: Path, out: Path, settings: dict[str, float]) -> None:
    """The tables of threats, warnings and advice of one day, and chances.npz."""
    case = read_case(case_folder)
    pipeline = Pipeline(case.setup, case.config.changed(settings), with_cells=False)
    tables = TableWriter(out, case.setup)
    said: dict[str, list[np.ndarray[Any, Any]]] = {name: [] for name in (*CHANCES, *STATES)}
    times = []
    for inbox in case.inboxes():
        result = pipeline.step(inbox)
        tables.write(None, _without_picture(result))
        times.append(result.t_s)
        assert result.chances is not None
        for name in CHANCES:
            said[name].append(np.asarray(getattr(result.chances, name), dtype=np.float32))
        said["t_over_s"][-1] = np.asarray(result.chances.t_over_s - result.t_s, dtype=np.float32)
        for name in STATES:
            said[name].append(np.asarray(getattr(result.states, name)))
    tables.close()
    truth = caught_masks(case_folder)
    np.savez_compressed(
        out / "chances.npz", t_s=np.array(times), **{k: np.array(v) for k, v in said.items()}, **truth  # type: ignore[arg-type]
    )


def _without_picture(result: StepResult) -> StepResult:
    tracks, raids = TrackBatch.empty(t_s=result.t_s), RaidBatch.empty(t_s=result.t_s)
    picture: RaidPicture = dataclasses.replace(result.picture, raids=raids, cells=None, near_cells=None)
    return dataclasses.replace(result, tracks=tracks, picture=picture, track_raid=np.zeros(0, np.int64))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--engine", default="process:2", help="local, process[:N] or dask:ADDRESS (docs/engines.md)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.NAME=VALUE")
    parser.add_argument("--habits", default=",".join(HABITS), help="families of habits (docs/scenarios.md), by commas")
    args = parser.parse_args()
    settings = {k: float(v) for k, v in (item.split("=", 1) for item in args.set)}
    args.out.mkdir(parents=True, exist_ok=True)
    seeds = range(args.first_seed, args.first_seed + args.days)
    habits = tuple(args.habits.split(","))
    work = functools.partial(one_day, folder=args.out.resolve(), settings=settings, habits=habits)
    with open_engine(args.engine) as engine:
        days = engine.map(work, seeds, progress=lambda n, total: print(f"{n}/{total} days", flush=True))
    all_days = together(days)
    (args.out / "days.json").write_text(json.dumps({"days": days, "together": all_days}, indent=1))
    print(to_markdown(all_days))


if __name__ == "__main__":
    main()
