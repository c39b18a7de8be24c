"""Compile what a watch needs before it begins: a small simulated day, run once through the whole flow.

The first run of an installation takes some minutes, later ones a second or two: the compiled kernels are kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from flightward.run import run_case
from flightward.simulate import Scenario, load_scenario, simulate

SEED = 5


def small_day() -> Scenario:
    """The scenario of the small day (small_day.toml beside this file)."""
    with as_file(files("flightward").joinpath("small_day.toml")) as path:
        return load_scenario(path)


def warm(progress: Callable[[int, int], None] | None = None) -> None:
    """Run the small day in a scratch folder; nothing remains but the compiled kernels."""
    with tempfile.TemporaryDirectory(prefix="flightward-warm-") as scratch:
        case = simulate(small_day(), SEED, Path(scratch) / "case")
        run_case(case, Path(scratch) / "out", progress=progress)
