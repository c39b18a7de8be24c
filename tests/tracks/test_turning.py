"""Turns of 3 to 6 degrees a second are followed closer than by straight flight alone, and straight flight no worse."""

from __future__ import annotations

import numpy as np
import pytest
import streams
import turning

import flightward as fw


def error(s: streams.Streams, **settings: float) -> dict[str, float]:
    return turning.rms_m(fw.track_table(s.reports, **settings).to_pandas(), s.truth)


@pytest.fixture(scope="module")
def turns() -> streams.Streams:
    return streams.make_turns(30, 15, 100.0, seed=21)


def test_targets_do_turn_at_the_said_rates(turns: streams.Streams) -> None:
    one = turns.truth[turns.truth.target_id == 0]
    course = np.unwrap(np.arctan2(np.diff(one.e), np.diff(one.n)))
    rate = np.degrees(np.abs(np.diff(course)) / np.diff(one.time_s)[1:])
    assert 3.0 <= np.quantile(rate, 0.99) <= 6.5
    assert np.quantile(rate, 0.3) < 0.5


def test_turns_are_followed_closer_than_by_the_best_single_model(turns: streams.Streams) -> None:
    both = error(turns)
    singles = [error(turns, **turning.single(f)) for f in (4.0, 8.0, 16.0, 32.0)]
    for kind in ("drone", "aircraft"):
        assert both[kind] < 0.95 * min(s[kind] for s in singles)
    assert both["share"] > 0.99


def test_straight_flight_is_followed_better_than_by_a_single_model_that_can_turn() -> None:
    s = streams.make_turns(30, 15, 100.0, seed=22, share=0.0)
    both, one = error(s), error(s, **turning.single(16.0))
    assert both["drone"] < 0.8 * one["drone"]
    assert both["aircraft"] < 0.8 * one["aircraft"]
