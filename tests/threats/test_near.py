"""The near part of threats: against trials of all pairs, without pruning; what is not known; what is kept."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).parent)]

from small_area import T0, setup, tracks  # noqa: E402

from flightward.config import CaughtConfig, Config  # noqa: E402
from flightward.model import NONE, FlightStates  # noqa: E402
from flightward.threats.flights import FlightWatch  # noqa: E402
from flightward.threats.near import NEAR_S, P_FLOOR, NearPart, of_drones, of_flights  # noqa: E402

CFG = CaughtConfig()
TRIALS, STEP_S = 4_000, 3.0


def flights(at, velocity):
    """Flights heard now at these places (F, 3), eastwards and northwards (F, 2)."""
    plans = [[(-100, *p), (3_000, p[0] + 3_100 * v[0], p[1] + 3_100 * v[1], p[2])]
             for p, v in zip(at, velocity, strict=True)]
    rows = [(i, *p, *v, 1.0, 0) for i, (p, v) in enumerate(zip(at, velocity, strict=True))]
    return plans, rows


def scene(seed, n=6, m=50, side=24_000.0):
    rng = np.random.default_rng(seed)
    at = np.concatenate([rng.uniform(-side / 2, side / 2, (n, 2)), rng.uniform(500, 1_500, (n, 1))], axis=1)
    drones = np.concatenate([rng.uniform(-side / 2, side / 2, (m, 2)), rng.uniform(300, 2_000, (m, 1))], axis=1)
    course = rng.uniform(0, 2 * np.pi, m)
    rates = 50 * np.column_stack([np.sin(course), np.cos(course)])
    rows = [(2_000 + i, *d, *v) for i, (d, v) in enumerate(zip(drones, rates, strict=True))]
    plans, heard = flights(at.tolist(), rng.normal(0, 60, (n, 2)).tolist())
    air = tracks(T0, heard, rows)
    weight = np.where(air.p_hostile > 0, rng.uniform(0.2, 1.0, len(air)), 0.0)
    air = dataclasses.replace(air, p_hostile=weight)
    return FlightWatch(setup(plans), Config()).step(T0, air), air


def trials(rng, states: FlightStates, air):
    """(F, M) chance of each pair within the lone cylinder in the lookahead, and (F, M) two chances of now."""
    rows = np.flatnonzero(air.p_hostile >= 0.05)
    f, d = of_flights(states, air), of_drones(air, rows)
    soon, raid, lone = (np.zeros((len(f), len(d))) for _ in range(3))
    times = np.arange(0.0, NEAR_S + STEP_S / 2, STEP_S)
    for i in range(len(f)):
        for j in range(len(d)):
            x = rng.multivariate_normal(d.state[j] - f.state[i], d.cov[j] + f.cov[i], TRIALS)
            raid[i, j] = within(x[:, :3], CFG.raid_radius_m, CFG.raid_height_m).mean()
            lone[i, j] = within(x[:, :3], CFG.lone_radius_m, CFG.lone_height_m).mean()
            if np.hypot(*(d.state[j] - f.state[i])[:2]) < 35_000.0:
                ever = np.zeros(TRIALS, dtype=bool)
                for t in times:
                    ever |= within(x[:, :3] + t * x[:, 3:], CFG.lone_radius_m, CFG.lone_height_m)
                soon[i, j] = ever.mean()
    return air.p_hostile[rows], soon, raid, lone


def within(x, radius, half):
    return (np.hypot(x[:, 0], x[:, 1]) <= radius) & (np.abs(x[:, 2]) <= half)


@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_trials_of_all_pairs_without_pruning(seed):
    states, air = scene(seed)
    got = NearPart(CFG).step(T0, states, air)
    weight, soon, raid, lone = trials(np.random.default_rng(100 + seed), states, air)
    error = 4 * np.sqrt(0.25 / TRIALS)
    want = (weight * soon).max(axis=1)
    np.testing.assert_allclose(got.p_lone_soon, want, atol=error + 0.03)
    assert (want > 0.3).any() and (want < 0.95).any()
    np.testing.assert_allclose(got.n_now, (weight * raid).sum(axis=1), atol=0.1)
    np.testing.assert_allclose(got.p_lone_now, 1 - np.prod(1 - weight * lone, axis=1), atol=error)
    draws = np.random.default_rng(7).random((4_000, *raid.shape)) < weight * raid
    np.testing.assert_allclose(got.p_raid_now, (draws.sum(axis=2) >= CFG.caught_n).mean(axis=0), atol=error + 0.02)
    # the drone named is one whose chance is as large as any, but for the errors
    ids = air.track[air.p_hostile >= 0.05]
    for f, p in enumerate(want):
        if p > 0.05:
            assert (weight * soon)[f, np.flatnonzero(ids == got.track[f])[0]] >= p - error - 0.04


def test_a_drone_head_on_is_told_with_its_time_and_miss():
    plans, heard = flights([(0, 0, 1_000)], [(60, 0)])
    air = tracks(T0, heard, [(7, 12_000, 300, 1_050, -40, 0)])
    got = NearPart(CFG).step(T0, FlightWatch(setup(plans), Config()).step(T0, air), air)
    # within 2 km where the distance along is the root of 2000^2 - 300^2, closing at 100 m/s
    assert got.t_lone_s[0] == pytest.approx((12_000 - np.sqrt(2_000**2 - 300**2)) / 100, abs=0.01)
    assert got.track[0] == 7 and got.miss_h_m[0] == pytest.approx(300.0) and got.miss_v_m[0] == pytest.approx(50.0)
    # 0.95 hostile, and the height of both after 100 s within 300 m of 50 by 1 sigma of 210 m: 0.84
    assert got.p_lone_soon[0] == pytest.approx(0.79, abs=0.03) and got.p_lone_now[0] == 0.0


def test_unknown_height_is_neither_safe_nor_certain_and_an_unknown_covariance_is_wide():
    plans, heard = flights([(0, 0, 1_000)], [(60, 0)])
    air = tracks(T0, heard, [(7, 12_000, 0, np.nan, -40, 0)])
    states = FlightWatch(setup(plans), Config()).step(T0, air)
    assert 0.15 < NearPart(CFG).step(T0, states, air).p_lone_soon[0] < 0.4
    cov = air.cov.copy()
    cov[1] = np.nan
    assert NearPart(CFG).step(T0, states, dataclasses.replace(air, cov=cov)).p_lone_soon[0] > 0.05


def test_a_flight_without_a_place_is_unknown_and_no_other_is():
    plans, heard = flights([(0, 0, 1_000), (500, 0, 1_000)], [(60, 0), (60, 0)])
    air = tracks(T0, heard, [(7, 1_000, 0, 1_000, -40, 0)])
    states = FlightWatch(setup(plans), Config()).step(T0, air)
    states = dataclasses.replace(states, e_m=np.array([np.nan, 500.0]))
    got = NearPart(CFG).step(T0, states, air)
    assert np.isnan(got.p_lone_soon[0]) and np.isnan(got.p_raid_now[0]) and got.track[0] == NONE
    assert got.p_lone_soon[1] > 0.9 and got.p_lone_now[1] > 0.9


def test_nobody_hostile_is_no_chance():
    plans, heard = flights([(0, 0, 1_000)], [(60, 0)])
    air = tracks(T0, heard)
    got = NearPart(CFG).step(T0, FlightWatch(setup(plans), Config()).step(T0, air), air)
    assert got.p_lone_soon[0] == got.p_lone_now[0] == got.p_raid_now[0] == got.n_now[0] == 0.0
    assert got.track[0] == NONE and np.isnan(got.t_lone_s[0])


def test_what_is_kept_says_the_same_as_what_is_asked_anew_when_the_likeliest_drone_is_gone():
    states, air = scene(3)
    part = NearPart(CFG)
    first = part.step(T0, states, air)
    gone = np.isin(air.track, first.track[first.p_lone_soon > 0.0])
    assert gone.any()
    air = air.take(np.flatnonzero(~gone))
    kept, anew = part.step(T0, states, air), NearPart(CFG).step(T0, states, air)
    np.testing.assert_allclose(kept.p_lone_soon, anew.p_lone_soon, atol=P_FLOOR)
    assert (anew.p_lone_soon > P_FLOOR).any()
