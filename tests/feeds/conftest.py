"""Helpers beside the tests can be imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flightward.feeds.rows import FeedContext

sys.path.insert(0, str(Path(__file__).parent.parent / "sinks"))
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def ctx() -> FeedContext:
    """The context of a case around 50 N 24 E with two sensors."""
    from feedkit import context

    return context()
