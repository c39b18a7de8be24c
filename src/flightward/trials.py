"""Many drawn days, each run and scored, on any engine: the figures of section 8 of the design with their intervals.

A day is one piece of work: its seed draws it, the whole flow runs over it, its truth scores it. Days do not need each
other, so they may run anywhere (flightward.engine), and the same seed gives the same figures wherever it runs.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flightward.engine import Engine, LocalEngine
from flightward.engine.base import Progress
from flightward.errors import BadInput
from flightward.feeds.case import read_case
from flightward.run import finish, start
from flightward.score import score, together
from flightward.simulate import HABITS, Scenario, load_scenario, simulate, standard_day


@dataclasses.dataclass(frozen=True)
class Trial:
    """What all days of one trial share.

    folder    where cases and results go; a worker elsewhere must see it under the same path.
    scenario  a scenario's file, or None: standard days with raids of these `habits` (docs/scenarios.md).
    settings  those that differ from the case's, as in docs/settings.md.     keep: keep each day's tables too.
    """

    folder: Path
    scenario: Path | None = None
    habits: tuple[str, ...] = tuple(HABITS)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    keep: bool = False

    def day(self, seed: int) -> Scenario:
        """The scenario of one day. Errors: BadInput for a habit or a scenario that is not known."""
        return standard_day(seed, self.habits) if self.scenario is None else load_scenario(self.scenario)

    def name(self, seed: int) -> str:
        """The day's name in the folder."""
        if self.scenario is not None:
            return f"{self.scenario.stem}-{seed}"
        return str(seed) if set(self.habits) == set(HABITS) else f"{seed}-{'-'.join(sorted(self.habits))}"


def one_day(trial: Trial, seed: int) -> dict[str, Any]:
    """Draw one day (unless the folder has it), run it and score it: what `score` gives, with its seed."""
    name = trial.name(seed)
    case, out = trial.folder / f"case-{name}", trial.folder / f"out-{name}"
    if not (case / "truth.parquet").exists():
        shutil.rmtree(case, ignore_errors=True)  # left by a worker that died while it drew
        simulate(trial.day(seed), seed, case)
    run = start(read_case(case), out, tables=True, changes=trial.settings)
    for _ in run.steps:
        pass
    finish(run)
    figures: dict[str, Any] = score(case, out)
    figures["seed"] = seed
    if not trial.keep:
        shutil.rmtree(out)
    return figures


def run_trial(
    trial: Trial, day_seeds: Sequence[int], *, engine: Engine | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Days of these seeds: {"days": what `one_day` gives of each, "together": what `score.together` makes of them}.

    Written to folder/days.json as well; the same seeds give the same bytes on every engine.
    Errors   BadInput where a seed stands twice (two days would share a folder); those of `one_day`.
    """
    if len(set(day_seeds)) < len(day_seeds):
        raise BadInput("each seed must stand once", key="seeds")
    for seed in day_seeds[:1]:
        trial.day(seed)  # what is wrong with the scenario is said here, not by every worker
    trial.folder.mkdir(parents=True, exist_ok=True)
    work = functools.partial(one_day, dataclasses.replace(trial, folder=trial.folder.resolve()))
    days = (engine or LocalEngine()).map(work, day_seeds, progress=progress)
    result = {"days": days, "together": together(days)}
    aside = trial.folder / "days.json.part"
    aside.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    aside.replace(trial.folder / "days.json")
    return result


__all__ = ["Trial", "one_day", "run_trial"]
