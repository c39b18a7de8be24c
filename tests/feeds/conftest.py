"""Helpers beside the tests can be imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from flightward.feeds.rows import FeedContext

sys.path.insert(0, str(Path(__file__).parent.parent / "sinks"))
sys.path.insert(0, str(Path(__file__).parent))

# a parser has no deadline on a machine that is busy with other things; hangs are what the bounds are tested for
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture
def ctx() -> FeedContext:
    """The context of a case around 50 N 24 E with two sensors."""
    from feedkit import context

    return context()
