"""Reports out of order, late, alone or in bursts; long days in bounded memory with ids that never come back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twosystems import T0, Seen, make_setup, plots, together

from flightward.config import TracksConfig
from flightward.kernels.trackstate import FREE
from flightward.tracks import Tracker

Delay = Callable[[np.random.Generator, int], np.ndarray]


@dataclasses.dataclass
class Flown:
    """How a day went: errors, share of the truth that was shown, changes of track, tracks too many, numbers given."""

    seen: Seen
    completeness: float
    changes: int
    spare: float
    numbers: set[int]


def fly(delay: Delay, seconds: int = 160, seed: int = 3) -> Flown:
    """Twelve drones under two radars; every plot is a report of its own, so many seconds late as `delay` says."""
    rng, late, setup = np.random.default_rng(seed), np.random.default_rng(seed + 99), make_setup()
    tracker, seen, n = Tracker(setup, TracksConfig()), Seen(), 12
    x = np.column_stack([rng.uniform(-20e3, 30e3, n), rng.uniform(-15e3, 35e3, n), rng.uniform(500.0, 1500.0, n)])
    course = rng.uniform(0.0, 2.0 * np.pi, n)
    waiting: list[tuple[float, int, object]] = []
    last: dict[int, int] = {}
    found, asked, changes, numbers = 0, 0, 0, set()
    for k in range(seconds):
        course += rng.normal(0.0, 0.01, n)
        v = 50.0 * np.column_stack([np.sin(course), np.cos(course), np.zeros(n)])
        x = x + v
        for radar in (0, 1):
            if k % 4 == 2 * radar:
                look = plots(setup, rng, T0 + k, radar, x)
                for i, wait in enumerate(delay(late, len(look))):
                    waiting.append((T0 + k + 0.3 + wait, len(waiting), look.take(np.array([i]))))
        waiting.sort(key=lambda w: w[:2])
        due = [w[2] for w in waiting if w[0] <= T0 + k + 0.5]
        waiting = waiting[len(due) :]
        picture, _ = tracker.step(T0 + k + 0.5, together(due))
        numbers.update(picture.track.tolist())
        if k > 80 and k % 5 == 0:
            seen.add(picture, x + 0.5 * v)
            for j in range(n):
                d = np.hypot(picture.e_m - x[j, 0] - 0.5 * v[j, 0], picture.n_m - x[j, 1] - 0.5 * v[j, 1])
                asked += 1
                if len(d) and d.min() < 800.0:
                    found += 1
                    track = int(picture.track[d.argmin()])
                    changes += last.get(j, track) != track
                    last[j] = track
    return Flown(seen, found / asked, changes, float(np.mean(seen.shown)) - n, numbers)


@pytest.fixture(scope="module")
def in_order() -> Flown:
    return fly(lambda rng, n: np.zeros(n))


@settings(max_examples=5, deadline=None)
@given(share=st.floats(0.0, 0.3), late_s=st.floats(1.0, 10.0))
def test_reports_out_of_order_cost_little(in_order: Flown, share: float, late_s: float) -> None:
    got = fly(lambda rng, n: np.where(rng.random(n) < share, rng.uniform(0.0, late_s, n), 0.0))
    assert got.completeness >= in_order.completeness - 0.03
    assert got.changes <= in_order.changes + 1
    assert got.seen.rms_m < 1.2 * in_order.seen.rms_m
    assert got.seen.mean < 1.2
    assert got.spare < 0.5


def test_a_feed_that_is_late_as_a_whole_starts_and_keeps_its_tracks(in_order: Flown) -> None:
    got = fly(lambda rng, n: np.full(n, 8.0))
    assert got.completeness >= in_order.completeness - 0.03
    assert got.changes <= 1
    assert got.seen.mean < 1.2


def test_a_burst_after_a_stall_is_taken_look_by_look() -> None:
    rng, setup = np.random.default_rng(1), make_setup()
    tracker = Tracker(setup, TracksConfig())
    place = np.array([[5e3, 10e3, 1000.0], [15e3, -9e3, 800.0]])
    looks = [plots(setup, rng, T0 + 4 * k, 0, place + 200.0 * k * np.eye(3)[0]) for k in range(6)]
    backwards = together(looks[::-1])
    picture, _ = tracker.step(T0 + 21.0, backwards)
    assert len(picture) == 2
    assert picture.n_reports.min() >= 4
    np.testing.assert_allclose(picture.ve_mps, 50.0, atol=15.0)


def test_the_same_reports_give_the_same_numbers() -> None:
    assert fly(lambda rng, n: rng.uniform(0.0, 6.0, n), 100).numbers == (
        fly(lambda rng, n: rng.uniform(0.0, 6.0, n), 100).numbers
    )


def test_hours_of_passing_traffic_do_not_fill_the_memory_and_no_number_comes_back() -> None:
    rng, setup = np.random.default_rng(8), make_setup()
    tracker = Tracker(setup, TracksConfig())
    ended: set[int] = set()
    shown: set[int] = set()
    sizes = []
    for k in range(0, 4 * 3600, 4):
        # one object every five minutes, in sight for two
        age = k % 300
        there = np.array([[-10e3 + 50.0 * age, 12e3 + (k // 300) % 7 * 2e3, 900.0]])
        box = plots(setup, rng, T0 + k, 0, there if age < 120 else there[:0])
        picture, _ = tracker.step(T0 + k + 0.5, box)
        now = set(picture.track.tolist())
        assert not now & ended
        ended |= shown - now if age == 296 else set()
        shown = (shown | now) - ended
        sizes.append(sum(a.nbytes for a in tracker.engine.arrays) + tracker.engine.free.nbytes)
    assert max(sizes) == sizes[0]
    assert (tracker.engine.arrays.state != FREE).sum() < 40
    assert len(tracker.repeats._seen) < 400
    assert tracker.counters()["confirmed"] >= 45
    assert len(tracker.snapshot()) < 500_000
