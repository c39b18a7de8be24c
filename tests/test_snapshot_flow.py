"""A day paused at any second and gone on with elsewhere: the same answers, bit for bit."""

from __future__ import annotations

import dataclasses
import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.feeds.case import read_case
from flightward.pipeline import Pipeline
from flightward.tracks import Tracker

AHEAD = 30
EACH = 7
"""A memory each so many seconds: no multiple of a scan or of anything else that goes by the clock."""


def digest(value: Any) -> str:
    """A hash of everything in a result."""
    seen = hashlib.sha256()

    def add(part: Any) -> None:
        if isinstance(part, np.ndarray):
            seen.update(part.tobytes())
        elif dataclasses.is_dataclass(part):
            for f in dataclasses.fields(part):
                add(getattr(part, f.name))
        else:
            seen.update(repr(part).encode())

    add(value)
    return seen.hexdigest()


class Day:
    """The small day as it went without a break: what came in, hashes of what came out, memories before some seconds."""

    def __init__(self, folder: Path) -> None:
        case = read_case(folder)
        self.setup, self.config = case.setup, case.config
        self.inboxes = list(case.inboxes())
        self.answers: list[str] = []
        self.pictures: list[str] = []
        self.memories: dict[int, bytes] = {}
        self.tracker_memories: dict[int, bytes] = {}
        flow, tracker = Pipeline(case.setup, case.config), Tracker(case.setup, case.config.tracks)
        for n, inbox in enumerate(self.inboxes):
            if n % EACH == 0:
                self.memories[n] = flow.snapshot()
                self.tracker_memories[n] = tracker.snapshot()
            self.answers.append(digest(flow.step(inbox)))
            self.pictures.append(digest(tracker.step(inbox.t_s, inbox.reports)))


@pytest.fixture(scope="module")
def day(small_case: Path) -> Day:
    return Day(small_case)


@settings(max_examples=12, deadline=None)
@given(where=st.floats(0.0, 1.0, exclude_max=True))
def test_a_flow_restored_at_any_second_gives_the_same_answers(day: Day, where: float) -> None:
    cut = int(where * len(day.memories)) * EACH
    flow = Pipeline(day.setup, day.config)
    flow.restore(day.memories[cut])
    kept = flow.snapshot()  # its names are those of the whole day: not the bytes of then
    other = Pipeline(day.setup, day.config)
    other.restore(kept)
    assert other.snapshot() == kept
    got = [digest(flow.step(inbox)) for inbox in day.inboxes[cut : cut + AHEAD]]
    assert got == day.answers[cut : cut + AHEAD]


@settings(max_examples=12, deadline=None)
@given(where=st.floats(0.0, 1.0, exclude_max=True))
def test_a_tracker_restored_at_any_second_gives_the_same_pictures(day: Day, where: float) -> None:
    cut = int(where * len(day.memories)) * EACH
    tracker = Tracker(day.setup, day.config.tracks)
    tracker.restore(day.tracker_memories[cut])
    got = [digest(tracker.step(i.t_s, i.reports)) for i in day.inboxes[cut : cut + AHEAD]]
    assert got == day.pictures[cut : cut + AHEAD]


def test_a_flow_can_be_set_back_and_goes_the_same_way_again(day: Day) -> None:
    flow = Pipeline(day.setup, day.config)
    for inbox in day.inboxes[:400]:
        flow.step(inbox)
    flow.restore(day.memories[98])
    assert [digest(flow.step(i)) for i in day.inboxes[98:200]] == day.answers[98:200]


def test_it_goes_on_in_a_case_that_is_read_anew(day: Day, small_case: Path) -> None:
    cut = 301
    case = read_case(small_case)
    flow = Pipeline(case.setup, case.config)
    for n, inbox in enumerate(case.inboxes()):
        if n == cut:
            flow.restore(day.memories[cut])
        if cut <= n < cut + AHEAD:
            assert digest(flow.step(inbox)) == day.answers[n]


def test_taking_a_snapshot_changes_nothing_and_gives_the_same_bytes(day: Day) -> None:
    flow = Pipeline(day.setup, day.config)
    flow.restore(day.memories[203])
    assert flow.snapshot() == flow.snapshot()
    assert [digest(flow.step(i)) for i in day.inboxes[203:210]] == day.answers[203:210]


def test_snapshots_are_compact(day: Day) -> None:
    assert max(map(len, day.memories.values())) < 2_000_000


def test_other_settings_and_days_are_refused(day: Day) -> None:
    with pytest.raises(BadInput, match="other settings"):
        Pipeline(day.setup, dataclasses.replace(day.config, seed=99)).restore(day.memories[7])
    with pytest.raises(BadInput, match="another day"):
        Pipeline(dataclasses.replace(day.setup, radius_m=1.0), day.config).restore(day.memories[7])


def test_restoring_often_leaves_nothing_behind(day: Day) -> None:
    tracker = Tracker(day.setup, day.config.tracks)
    tracker.restore(day.tracker_memories[301])
    tracemalloc.start()
    try:
        for _ in range(3):
            tracker.restore(day.tracker_memories[301])
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            tracker.restore(day.tracker_memories[301])
        assert tracemalloc.get_traced_memory()[0] - before < 200_000
    finally:
        tracemalloc.stop()
