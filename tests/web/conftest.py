"""The made-up day, as a module and as frames."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import made_up_day

from flightward.model import Setup
from flightward.web import Frame, FrameEncoder


@pytest.fixture(scope="session")
def day() -> ModuleType:
    """The module that makes batches."""
    return made_up_day


@pytest.fixture
def setup() -> Setup:
    """The unchanging part of the day."""
    return made_up_day.make_setup()


@pytest.fixture
def encoder(setup: Setup) -> FrameEncoder:
    """An encoder at the start of the day."""
    return FrameEncoder(setup, "SIMULATED", "0.0.0")


@pytest.fixture
def frames(setup: Setup, encoder: FrameEncoder) -> Iterator[Frame]:
    """All frames of the day, made one by one."""
    return make_frames(setup, encoder)


def make_frames(setup: Setup, encoder: FrameEncoder) -> Iterator[Frame]:
    """One frame a second."""
    alerts = made_up_day.make_alerts(setup)
    for number, step in enumerate(made_up_day.make_steps(setup)):
        yield encoder.frame(step, alerts if number == 0 else None)
