"""Drones that nobody has seen yet, and those that nobody sees any more."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from flightward.config import RaidsConfig
from flightward.model import Coverage, CoverageGrid, f64, i8, i64
from flightward.raids import Raids
from flightward.raids.newcomers import IMAGINED, SETTLE_S, Arrivals, more

STATE = np.array([[0.0, 0.0, 500.0, 0.0, 50.0]])


def arrivals(times_s, now_s, seen_s=10.0):
    """Members of raid 7 that appear at these times at (0, 0) and fly north, each seen every 10 s until now."""
    a = Arrivals(0.0)
    for t in np.arange(0.0, now_s + 1.0, seen_s):
        track = np.array([i for i, s in enumerate(times_s) if s <= t], dtype=np.int64)
        flown = np.array([50.0 * (t - s) for s in times_s if s <= t])
        state = np.repeat(STATE, len(track), axis=0)
        state[:, 1] = flown
        a.step(float(t), track, np.full(len(track), 7), state)
    return a


def test_a_stream_goes_on_at_its_rate_from_where_its_members_appear():
    a = arrivals(np.arange(300.0, 2000.0, 100.0), 2000.0)
    new = a.expected(2000.0, np.array([7]))
    assert (new.raid == 7).all() and (np.diff(new.born_s) > 0).all()
    assert new.e_m == pytest.approx(0.0) and new.n_m == pytest.approx(0.0) and new.vn_mps == pytest.approx(50.0)
    slot_s = 2.0 * new.born_s[0]
    # one in 100 s, drawn a little to what holds for all raids
    assert -math.log(1.0 - new.p[0]) / slot_s == pytest.approx(0.008, rel=0.1)
    assert 0.85 < new.p_more[0] < 1.0


def test_one_that_appears_beside_a_member_in_sight_is_a_newcomer():
    a = arrivals([300.0, 320.0, 340.0], 400.0)
    assert len(a.expected(400.0, np.array([7])).raid) > 0
    assert not a._again.any()


def test_the_longer_none_has_come_the_less_likely_are_more():
    born = f64([400.0, 500.0, 600.0, 700.0])
    chances = [more(t, 300.0, born)[1] for t in (710.0, 1000.0, 1500.0, 3000.0)]
    assert all(a > b for a, b in itertools.pairwise(chances)) and chances[0] > 0.9 and chances[-1] < 0.3


def test_the_chance_of_more_is_that_of_a_process_that_stops():
    # by hand: rate r, ends at rate h; none in a time g: still on with e^-(r+h)g, ended before with h/(r+h)(1 - ...)
    rate, p = more(2000.0, 0.0, f64([1500.0]))
    none = math.exp(-(rate + 1 / 1500) * 500)
    assert p == pytest.approx(none / (none + (1 / 1500) / (rate + 1 / 1500) * (1 - none)))


def test_what_is_first_seen_at_the_start_says_nothing_of_more_to_come():
    a = arrivals([0.0, 20.0, 60.0], 900.0)
    assert len(a.expected(900.0, np.array([7])).raid) == 0
    assert SETTLE_S > 60.0


def test_a_track_that_begins_where_one_was_lost_is_no_newcomer():
    a = arrivals([0.0], 400.0)
    again = STATE + np.array([[0.0, 50.0 * 430.0, 0.0, 0.0, 0.0]])
    a.step(430.0, np.array([1]), np.array([7]), again)
    assert len(a.expected(430.0, np.array([7])).raid) == 0
    assert len(a.lost(430.0).track) == 0


def test_a_lost_member_is_remembered_for_a_while():
    a = arrivals([0.0], 400.0)
    none = np.zeros(0, dtype=np.int64)
    a.step(460.0, none, none, np.zeros((0, 5)))
    lost = a.lost(460.0)
    assert lost.track.tolist() == [0] and lost.ago_s[0] == 60.0 and lost.n_m[0] == pytest.approx(20_000.0)
    assert len(a.lost(400.0 + 1_300.0).track) == 0


def grid(made, sees):
    """Coverage that sees everywhere or nowhere."""
    side, look = f64([-60_000.0, 60_000.0]), np.full((4, 2, 2), float(sees))
    levels = f64([100.0, 300.0, 600.0, 1000.0])
    g = CoverageGrid(made.start_s, 120_000.0, side, side, levels, look, look, np.zeros((2, 2)))
    return Coverage(t_s=made.start_s, is_live=i8([]), age_s=f64([]), n_reports=i64([]), grid=g)


@pytest.mark.parametrize("sees", [False, True])
def test_a_drone_that_vanishes_flies_on_only_where_nobody_looks(made, sees):
    raids = Raids(made.area(), RaidsConfig(), 1)
    for t in range(0, 61, 10):
        now = made.start_s + t
        sky = made.sky(now, [0.0], [50.0 * t], [0.0], [50.0]) if t < 40 else made.sky(now, [], [], [], [])
        picture = raids.step(now, sky, grid(made, sees))
    f = picture.futures
    assert f.n_drones == (0 if sees else 1)
    if not sees:
        assert f.track.tolist() == [0] and f.n_m[:, 0, 0].mean() == pytest.approx(3_000.0, abs=150.0)


def test_newcomers_are_in_the_futures_without_a_track_number(made):
    raids = Raids(made.area(), RaidsConfig(), 1)
    for t in range(0, 1001, 10):
        now, born = made.start_s + t, np.arange(300.0, t + 1.0, 100.0)
        n = 50.0 * (t - born)
        picture = raids.step(now, made.sky(now, 0 * n, n, 0 * n, 0 * n + 50.0), grid(made, True))
    f = picture.futures
    new = f.track == -1
    assert new.any() and (f.raid[new] == f.raid[~new][0]).all() and (f.track < IMAGINED).all()
    # some draws bring none, and most bring some
    some = f.present[:, new].any(axis=1).mean()
    assert 0.6 < some <= 1.0
    assert not np.array_equal(f.present[:, new].all(axis=1), np.ones(f.n_draws))


def test_a_track_of_unknown_intent_counts_as_such_tracks_turn_out_and_a_declared_one_as_it_is_said(made):
    sky = made.sky(made.start_s, [0.0, 30_000.0], [0.0, 0.0], [0.0, 0.0], [50.0, 50.0], p=0.8)
    object.__setattr__(sky, "hostile_source", i8([1, 2]))
    f = Raids(made.area(), RaidsConfig(draws=256), 1).step(made.start_s, sky, made.coverage).futures
    share = dict(zip(f.track.tolist(), f.present.mean(axis=0).tolist(), strict=True))
    odds = 4.0**1.6
    assert share == pytest.approx({0: 0.8, 1: odds / (1.0 + odds)}, abs=1 / 256)
