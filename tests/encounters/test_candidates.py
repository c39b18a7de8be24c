"""The search for pairs that may come near loses none, and names none for nothing."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent / "kernels"))

from naive_pruning import excess, least

from flightward.encounters import Movers, near_candidates
from flightward.errors import BadInput
from flightward.kernels.candidates import within_disc, within_height

F64 = NDArray[np.float64]
SIZES = (2_000.0, 300.0, 180.0)


def movers(rows: object) -> Movers:
    """Rows of e, n, u, ve, vn, vu, reach h, reach v, growth h, growth v."""
    table = np.array(rows, np.float64).reshape(-1, 10)
    return Movers(table[:, :6].copy(), *(table[:, k].copy() for k in range(6, 10)))


def drawn(rng: np.random.Generator, n: int, side_m: float, speed_mps: float) -> Movers:
    course, speed = rng.uniform(0, 2 * math.pi, n), rng.uniform(0.3, 1.0, n) * speed_mps
    state = np.stack(
        [*rng.uniform(-side_m / 2, side_m / 2, (2, n)), rng.uniform(0, 4_000, n), speed * np.sin(course),
         speed * np.cos(course), rng.normal(0, 5, n)], axis=1,
    )  # fmt: skip
    return Movers(state, *(rng.exponential(mean, n) for mean in (300.0, 60.0, 5.0, 1.0)))


def brute(flights: Movers, hazards: Movers, radius: float, half: float, until: float) -> dict:
    found = {}
    for i, f in enumerate(flights.kernel()):
        for j, h in enumerate(hazards.kernel()):
            if not (np.isfinite(f[:6]).all() and np.isfinite(h[:6]).all()):
                continue
            s, reach = h[:6] - f[:6], f[6:] + h[6:]
            in_h, out_h = within_disc(s[0], s[1], s[3], s[4], radius + reach[0], reach[2])
            in_v, out_v = within_height(s[2], s[5], half + reach[1], reach[3])
            t_in, t_out = max(in_h, in_v), min(out_h, out_v, until)
            if t_in <= t_out:
                found[i, j] = (t_in, t_out)
    return found


def searched(flights: Movers, hazards: Movers, *sizes: float) -> dict:
    out = near_candidates(flights, hazards, *sizes)
    pairs = list(zip(out.flight.tolist(), out.hazard.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return dict(zip(pairs, zip(out.t_in_s.tolist(), out.t_out_s.tolist(), strict=True), strict=True))


def test_a_drone_ahead_is_named_with_the_time_from_which_it_may_be_near():
    flights = movers([0, 0, 500, 50, 0, 0, 100, 10, 0, 0])
    hazards = movers([[10_000, 0, 500, -50, 0, 0, 400, 10, 0, 0], [10_000, 9_000, 500, -50, 0, 0, 400, 10, 0, 0]])
    assert searched(flights, hazards, *SIZES) == {(0, 0): (75.0, 125.0)}


def test_a_reach_that_grows_names_what_a_straight_line_would_miss():
    flights = movers([0, 0, 500, 50, 0, 0, 0, 0, 0, 0])
    beside = [0, 5_000, 500, 50, 0, 0, 0, 0, 0, 0]
    assert searched(flights, movers(beside), *SIZES) == {}
    assert searched(flights, movers([*beside[:8], 20, 0]), *SIZES) == {(0, 0): (150.0, 180.0)}


def test_borders_count():
    flights = movers([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert len(searched(flights, movers([2_000, 0, 300, 0, 0, 0, 0, 0, 0, 0]), *SIZES)) == 1
    assert len(searched(flights, movers([2_000.001, 0, 300, 0, 0, 0, 0, 0, 0, 0]), *SIZES)) == 0
    assert len(searched(flights, movers([2_000, 0, 300.001, 0, 0, 0, 0, 0, 0, 0]), *SIZES)) == 0


def test_an_unknown_height_is_any_height():
    flights = movers([0, 0, 9_000, 0, 0, 0, 0, 0, 0, 0])
    assert len(searched(flights, movers([100, 0, 0, 0, 0, 0, 0, np.inf, 0, 0]), *SIZES)) == 1
    assert len(searched(flights, movers([100, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 2_000.0, np.inf, 180.0)) == 1


def test_bad_rows_are_marked_and_disturb_no_other():
    flights, hazards = movers(np.zeros((3, 10))), movers(np.zeros((4, 10)))
    f_state, h_reach = flights.state.copy(), hazards.reach_h_m.copy()
    f_state[1, 2], h_reach[2] = np.nan, np.nan
    one = Movers(f_state, *(np.zeros(3) for _ in range(4)))
    out = near_candidates(one, Movers(hazards.state, h_reach, *(np.zeros(4) for _ in range(3))), *SIZES)
    assert out.flight_status.tolist() == [0, 1, 0] and out.hazard_status.tolist() == [0, 0, 1, 0]
    assert list(zip(out.flight.tolist(), out.hazard.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 3), (2, 0), (2, 1), (2, 3)
    ]  # fmt: skip


def test_nobody():
    assert searched(movers([]), movers(np.zeros((3, 10))), *SIZES) == {}
    assert searched(movers(np.zeros((3, 10))), movers([]), *SIZES) == {}


def test_sizes_that_are_none_are_refused():
    one = movers(np.zeros((1, 10)))
    for sizes in ((0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, np.nan), (np.inf, 1.0, 1.0)):
        with pytest.raises(BadInput):
            near_candidates(one, one, *sizes)


@pytest.mark.parametrize(("side_m", "seed"), [(1e5, 1), (4e4, 2), (1.5e4, 3)])
def test_pairs_and_times_are_those_of_trying_all_to_the_last_bit(side_m, seed):
    rng = np.random.default_rng(seed)
    flights, hazards = drawn(rng, 60, side_m, 250.0), drawn(rng, 250, side_m, 60.0)
    want = brute(flights, hazards, *SIZES)
    assert len(want) > 20
    assert searched(flights, hazards, *SIZES) == want


def test_pairs_are_those_whose_least_excess_is_below_nothing():
    rng = np.random.default_rng(5)
    flights, hazards = drawn(rng, 25, 2.5e4, 250.0), drawn(rng, 40, 2.5e4, 60.0)
    found = searched(flights, hazards, *SIZES)
    f, h = flights.kernel(), hazards.kernel()
    for i in range(25):
        for j in range(40):
            s, reach = h[j, :6] - f[i, :6], f[i, 6:] + h[j, 6:]
            sizes = (2_000.0 + reach[0], 300.0 + reach[1], reach[2], reach[3])
            _, value = least(lambda t, s=s, sizes=sizes: excess(s, t, *sizes), 0.0, 180.0)
            assert abs(value) > 1e-6 and ((i, j) in found) == (value < 0.0)
    assert 20 < len(found) < 500


number = st.sampled_from([-2e8, -4_000.0, -2_000.0, 0.0, 500.0, 2_000.0, 2_000.5, 30_000.0])
rate = st.sampled_from([-600.0, -50.0, 0.0, 1e-9, 50.0, 600.0])
reach = st.sampled_from([0.0, 1.0, 500.0])
row = st.one_of(
    st.tuples(number, number, number, rate, rate, st.sampled_from([-5.0, 0.0, 5.0]), reach, reach, reach, reach),
    st.tuples(
        *[st.floats(-2e4, 2e4)] * 3, *[st.floats(-300, 300)] * 3, *[st.floats(0, 1_000)] * 2, *[st.floats(0, 30)] * 2
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(row, max_size=8), st.lists(row, max_size=12), st.sampled_from([1.0, 180.0, 3_600.0]))
def test_any_picture_gives_what_trying_all_gives(one, two, until_s):
    flights, hazards = movers(one), movers(two)
    assert searched(flights, hazards, 2_000.0, 300.0, until_s) == brute(flights, hazards, 2_000.0, 300.0, until_s)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_true_threat_is_lost_however_both_stray_within_their_reach(seed):
    rng = np.random.default_rng(seed)
    flights, hazards = drawn(rng, 8, 1.5e4, 250.0), drawn(rng, 20, 1.5e4, 60.0)
    named = set(searched(flights, hazards, *SIZES))
    t = np.linspace(0.0, 180.0, 91)[:, None]

    def strayed(of: Movers) -> F64:
        """(T, N, 3) paths that wander to anywhere within the reach."""
        n = len(of)
        swing = np.sin(rng.uniform(0.001, 0.1, n) * t + rng.uniform(0, 6, n))
        towards = rng.uniform(0, 2 * math.pi, n) + rng.uniform(-0.05, 0.05, n) * t
        away = (of.reach_h_m + of.growth_h_mps * t) * swing
        up = (of.reach_v_m + of.growth_v_mps * t) * np.cos(rng.uniform(0.001, 0.1, n) * t)
        line = of.state[None, :, :3] + t[:, :, None] * of.state[None, :, 3:]
        return line + np.stack([away * np.sin(towards), away * np.cos(towards), up], axis=2)

    apart = strayed(flights)[:, :, None] - strayed(hazards)[:, None, :]
    near = (np.hypot(apart[..., 0], apart[..., 1]) <= 2_000.0) & (np.abs(apart[..., 2]) <= 300.0)
    true = {(int(i), int(j)) for i, j in zip(*np.nonzero(near.any(axis=0)), strict=True)}
    assert true <= named


def test_reaches_of_a_covariance_hold_its_deviation_at_all_times():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(30, 6, 6)) * np.array([80.0, 80, 40, 4, 4, 1])[None, :, None]
    cov = root @ np.swapaxes(root, 1, 2)
    of = Movers.of(rng.normal(size=(30, 6)), cov, n_sigma=5.5)
    for t in (0.0, 3.0, 60.0, 180.0):
        move = np.hstack([np.eye(3), t * np.eye(3)])
        later = move @ cov @ move.T
        widest = np.sqrt(np.linalg.eigvalsh(later[:, :2, :2])[:, 1])
        assert (of.reach_h_m + t * of.growth_h_mps >= 5.5 * widest * (1 - 1e-12)).all()
        assert (of.reach_v_m + t * of.growth_v_mps >= 5.5 * np.sqrt(later[:, 2, 2]) * (1 - 1e-12)).all()


def test_who_turns_stays_within_what_a_turn_adds():
    speed, turn = 60.0, np.array([0.0, 0.02, -0.05, 0.5])
    state = np.tile([0.0, 0, 0, speed, 0, 0], (4, 1))
    of = Movers.of(state, turn_radps=turn, lookahead_s=180.0)
    assert of.growth_h_mps[0] == 0.0
    t = np.linspace(0.0, 180.0, 181)
    for k in range(1, 4):
        angle = turn[k] * t
        off = np.hypot(speed / turn[k] * np.sin(angle) - speed * t, speed / turn[k] * (1.0 - np.cos(angle)))
        assert (off <= of.growth_h_mps[k] * t + 1e-9).all()
