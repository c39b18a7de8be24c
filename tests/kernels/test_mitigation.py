"""Sensor-uncertainty mitigation: the hull over all states that the errors allow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from naive_wellclear import at, inside, interval
from pairkit import frozen, pairs, random_states
from test_alerting import PHASE1, judge, reach

from flightward.kernels import mitigation
from flightward.kernels.alerting import Reach
from flightward.kernels.mitigation import Errors, Weights
from flightward.kernels.wellclear import TAU_MOD, Pairs

DO365B = Weights(1.5, 0.75, 1.5, 1.0, 0.5, 9260.0)
FIXED = Weights(1.0, 1.0, 1.0, 1.0, 1.0, 9260.0)
CYLINDER = frozen([[TAU_MOD, 457.2, 137.16, 0, 0, 45, 75, 0]])
TAU = frozen([[TAU_MOD, 1222.32, 137.16, 35, 0, 55, 75, 0]])


def errors(n: int, h: float = 0.0, v: float = 0.0, vh: float = 0.0, vv: float = 0.0) -> Errors:
    """The other is known exactly; own east, north and height by these deviations."""
    zero = np.zeros(n)
    row = [zero + h, zero + h, zero, zero + v, zero + vh, zero + vh, zero, zero + vv]
    return Errors(*(frozen(c) for c in (*row, *[zero] * 8)))


def mitigate(p: Pairs, e: Errors, levels: np.ndarray, weights: Weights = FIXED, corrective: int = 0) -> tuple:
    n, k = len(p.ox_m), len(levels)
    out = np.empty((k, n)), np.empty((k, n)), np.empty(n, np.int8), np.empty(n, np.int8), np.empty(n, np.int8)
    mitigation.mitigate(p, e, weights, levels, corrective, reach(levels), *out)
    return out


def hull(place: object, velocity: object, levels: np.ndarray = CYLINDER, **widths: float) -> tuple[float, float]:
    t_in, t_out, *_ = mitigate(pairs(place, velocity), errors(1, **widths), levels)
    return float(t_in[0, 0]), float(t_out[0, 0])


def test_head_on_the_hull_begins_with_the_nearest_and_fastest_and_ends_with_the_last_and_slowest():
    t_in, t_out = hull([-5000, 0, 0], [50, 0, 0], h=100.0, vh=5.0)
    assert t_in == pytest.approx((5000 - 100 - 457.2) / 55)
    assert t_out == pytest.approx((5000 + 100 + 457.2) / 45)


def test_within_the_errors_of_the_disc_it_is_violated_now():
    t_in, _, now, level, _ = mitigate(pairs([-500, 0, 0], [-50, 0, 0]), errors(1, h=50.0), CYLINDER)
    assert (t_in[0, 0], now[0], level[0]) == (0.0, 1, 1)


def test_a_height_above_the_volume_comes_in_with_the_error_and_goes_with_the_latest():
    # from 200 m at -1 +- 1 m/s: first at -2 from 190, the one at 0 never leaves
    t_in, t_out = hull([0, 0, 200], [0, 0, -1], v=10.0, vv=1.0)
    assert t_in == pytest.approx((190 - 137.16) / 2)
    assert t_out == 180.0


def test_slower_than_its_error_a_pair_may_stay_for_ever():
    t_in, t_out = hull([-3000, 0, 0], [3, 0, 0], vh=30.0)
    assert t_in == pytest.approx((3000 - 457.2) / 33, abs=1e-3)
    assert t_out == 180.0


def test_the_velocity_weight_falls_with_range_to_half_at_five_miles():
    def end(x: float) -> float:
        t_in, *_ = mitigate(pairs([-x, 0, 0], [90, 0, 0]), errors(1, vh=10.0), CYLINDER, DO365B)
        return float(t_in[0, 0])

    wide = 0.001  # the floor of the position's width, since the velocity has one
    assert end(9260 + wide) == pytest.approx((9260 - 457.2) / 95)
    assert end(4630 + wide) == pytest.approx((4630 - 457.2) / 97.5)


def test_the_largest_direction_of_correlated_errors_counts():
    row = [3.0, 3.0, -math.sqrt(4.5), 0, 0, 0, 0, 0]  # variances 9, covariance -4.5: 13.5 along north-west
    e = Errors(*(frozen([c]) for c in (*row, *[0.0] * 8)))
    t_in, *_ = mitigate(pairs([-1000, 0, 0], [10, 0, 0]), e, CYLINDER)
    assert t_in[0, 0] == pytest.approx((1000 - math.sqrt(13.5) - 457.2) / 10.001)


def test_without_errors_all_is_as_without_mitigation_bit_for_bit():
    states = random_states(np.random.default_rng(5), 500)
    p = pairs(states[:, :3], states[:, 3:])
    for mine, plain in zip(mitigate(p, errors(500), PHASE1, DO365B, 1), judge(p, PHASE1), strict=True):
        np.testing.assert_array_equal(mine, plain)


@pytest.mark.parametrize("levels", [PHASE1, CYLINDER])
def test_what_is_passed_over_as_too_far_is_none_by_the_formulas_too(levels):
    """With a reach of the whole earth nothing is passed over."""
    rng = np.random.default_rng(8)
    n = 4_000
    states = random_states(rng, n, 12_000.0)
    states[:, 2] += rng.normal(0, 600, n)
    states[: n // 4, 3:5] = rng.normal(0, 5, (n // 4, 2))
    e = Errors(*(frozen(rng.uniform(-10, 10, n) if "en" in f else rng.uniform(0, 40, n)) for f in Errors._fields))
    e = e._replace(**{f: frozen(getattr(e, f) / 8) for f in Errors._fields if f.endswith("mps")})
    p = pairs(states[:, :3], states[:, 3:])
    quick = mitigate(p, e, levels, DO365B, len(levels) // 2)
    out = tuple(np.empty_like(a) for a in quick)
    mitigation.mitigate(p, e, DO365B, levels, len(levels) // 2, Reach(1e9, 1e9, 35.0, 0.0, 180.0), *out)
    for a, b in zip(quick, out, strict=True):
        np.testing.assert_array_equal(a, b)
    assert 0.05 < np.isfinite(quick[0][0]).mean() < 0.95


def test_a_bad_error_marks_its_own_row_and_no_other():
    e = errors(3, h=10.0)
    column = np.array(e.i_vz_mps)
    column[1] = np.nan
    t_in, _, now, level, status = mitigate(
        pairs([[-1000, 0, 0]] * 3, [[10, 0, 0]] * 3), e._replace(i_vz_mps=frozen(column)), CYLINDER
    )
    assert status.tolist() == [0, 1, 0] and now.tolist() == [0, -1, 0] and level.tolist() == [0, -1, 0]
    assert np.isnan(t_in[0]).tolist() == [False, True, False]


@pytest.mark.parametrize("levels", [CYLINDER, TAU])
def test_the_hull_holds_the_interval_of_every_state_that_the_errors_allow(levels):
    """States drawn from the set, most of them from its border; their intervals by sampling the definition."""
    rng = np.random.default_rng(17)
    d, z, tau = (float(x) for x in levels[0, 1:4])
    n, h, v, vh, vv = 40, 120.0, 30.0, 4.0, 1.0
    states = random_states(rng, n, 2 * d)
    t_in, t_out, *_ = mitigate(pairs(states[:, :3], states[:, 3:]), errors(n, h, v, vh, vv), levels)
    held = 0
    for i, row in enumerate(states):
        for _ in range(8):
            angle, share = rng.uniform(0, 2 * np.pi, 2), np.minimum(1.0, rng.uniform(0, 1.6, 2))
            up = np.clip(rng.uniform(-1.6, 1.6, 2), -1, 1)
            off = np.stack([share * np.cos(angle), share * np.sin(angle), up])
            s, w = (row[:3] + off[:, 0] * [h, h, v]).tolist(), (row[3:] + off[:, 1] * [vh, vh, vv]).tolist()
            one = interval(lambda t, s=s, w=w: inside("tau_mod", d, z, tau, 0.0, at(s, w, t), w), step=1.0)
            if one is not None and one[1] - one[0] > 1e-6:
                assert t_in[0, i] <= one[0] + 1e-6 and t_out[0, i] >= one[1] - 1e-6
                held += 1
    assert held > 60


@pytest.mark.skipif(not hasattr(mitigation.mitigate, "signatures"), reason="plain Python")
def test_one_signature():
    hull([0, 0, 0], [1, 0, 0])
    assert len(mitigation.mitigate.signatures) == 1
