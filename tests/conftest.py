"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run and machine, so that a change is judged by what it changed; FLIGHTWARD_SEARCH=1 draws
# new ones. No deadline: machines are busy with other things, and hangs are what the bounds of parsers are tested for.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("search" if os.environ.get("FLIGHTWARD_SEARCH") else "same")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real messages and flights beside the project; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared data beside the project")
    return folder


@pytest.fixture(scope="session")
def small_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small day as a case folder: twelve minutes with everything in them once."""
    from flightward.simulate import simulate
    from flightward.warm import SEED, small_day

    return simulate(small_day(), SEED, tmp_path_factory.mktemp("small") / "case")


@pytest.fixture(scope="session")
def small_run(small_case: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The small day, run once through the whole flow: (case folder, output folder)."""
    from flightward.run import run_case

    out = tmp_path_factory.mktemp("small-run") / "out"
    run_case(small_case, out)
    return small_case, out
