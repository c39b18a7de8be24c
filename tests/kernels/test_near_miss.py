"""Gaps of one flight from drones, and the moves of the rare-event engine: hand cases, properties, slow twins."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import naive_near_miss as naive

from flightward.kernels import diffusion, near_miss, nested
from flightward.kernels.normal_draws import normals, uniforms

GUARD = near_miss.Guard(3, 10_000.0, 1_500.0, 2_000.0, 300.0, 40_000.0)


@pytest.fixture(scope="module", autouse=True)
def integers_wrap():
    """As compiled, so without compiling: hashes overflow on purpose."""
    before = np.seterr(over="ignore")
    yield
    np.seterr(**before)


def approaches(drones, width=2):
    """From [(seconds, at (K, 3), moved (K, 3, width))]."""
    start = np.cumsum([0, *(len(d[0]) for d in drones)]).astype(np.int64)
    second, at, moved = (np.ascontiguousarray(np.concatenate([d[i] for d in drones])) for i in range(3))
    fast = np.zeros((len(drones), 2))
    for i, (t, x, m) in enumerate(drones):
        for k in range(len(t) - 1):
            dt = t[k + 1] - t[k]
            luck = 6.0 * np.sqrt(((m[k + 1] - m[k]) ** 2).sum(axis=1)) / dt
            step = np.abs(x[k + 1] - x[k]) / dt
            fast[i] = np.maximum(fast[i], [np.hypot(*step[:2]) + np.hypot(*luck[:2]), step[2] + luck[2]])
    sway = np.sqrt((moved**2).sum(axis=(1, 2)))
    return near_miss.Approaches(start, second.astype(np.int64), at, moved, sway, fast)


def straight(place, velocity, seconds, moved=None, width=2):
    t = np.asarray(seconds)
    at = np.array(place, float) + np.outer(t, velocity)
    return t, at, np.zeros((len(t), 3, width)) if moved is None else np.tile(np.asarray(moved, float), (len(t), 1, 1))


def gap_of(a, z, radius=152.4, half=30.48, drone=0):
    out = np.empty(len(z))
    near_miss.meeting(a, drone, np.ascontiguousarray(z), radius, half, out)
    return out


def caught(a, z, there=None, in_zone=None, guard=GUARD):
    in_zone = np.zeros(int(a.second.max()) + 1, np.bool_) if in_zone is None else in_zone
    there = np.ones((len(z), len(a.start) - 1), np.bool_) if there is None else there
    out = np.empty(len(z))
    near_miss.caught(a, np.ascontiguousarray(z), there, in_zone, guard, out)
    return out


# ---- hand cases -------------------------------------------------------------------------------------------------


def test_a_pass_between_two_seconds_is_seen():
    # 300 m/s, 45 m beside, level: at whole seconds it is 150 m before and behind; the least is 45 / 152.4
    a = approaches([straight([-2850.0, 45.0, 0.0], [300.0, 0.0, 0.0], range(20))])
    assert gap_of(a, np.zeros((1, 2)))[0] == pytest.approx(45.0 / 152.4 - 1.0, abs=1e-6)


def test_height_and_distance_count_at_the_same_moment():
    # over the flight 61 m too high; when it has come down it is 1,000 m away
    a = approaches([straight([0.0, 0.0, 61.0], [100.0, 0.0, -6.1], range(21))])
    assert gap_of(a, np.zeros((1, 2)))[0] > 0.5


def test_a_gap_in_the_rows_is_not_bridged():
    a = approaches([(np.array([0, 9]), np.array([[-900.0, 0, 0], [900.0, 0, 0]]), np.zeros((2, 3, 2)))])
    assert gap_of(a, np.zeros((1, 2)))[0] == pytest.approx(900.0 / 152.4 - 1.0)


def test_two_near_are_not_three_and_three_not_at_once_neither():
    three = [straight([9_000.0, 0.0, 0.0], [0.0, 0.0, 0.0], range(40)) for _ in range(3)]
    assert caught(approaches(three[:2]), np.zeros((1, 4)))[0] > 0.0
    assert caught(approaches(three), np.zeros((1, 6)))[0] == pytest.approx(-0.1)
    late = straight([9_000.0, 0.0, 0.0], [0.0, 0.0, 0.0], range(40, 60))
    assert caught(approaches([*three[:2], late]), np.zeros((1, 6)))[0] > 0.0
    high = straight([9_000.0, 0.0, 1_501.0], [0.0, 0.0, 0.0], range(40))
    assert caught(approaches([*three[:2], high]), np.zeros((1, 6)))[0] == pytest.approx(1_501 / 1_500 - 1.0)


def test_one_alone_within_two_kilometres_and_a_zone_with_one_within_forty():
    one = straight([1_900.0, 0.0, 290.0], [0.0, 0.0, 0.0], range(40))
    assert caught(approaches([one]), np.zeros((1, 2)))[0] == pytest.approx(290 / 300 - 1.0)
    far = approaches([straight([39_000.0, 0.0, 5_000.0], [0.0, 0.0, 0.0], range(40))])
    zone = np.zeros(40, np.bool_)
    assert caught(far, np.zeros((1, 2)), in_zone=zone)[0] > 0.0
    zone[13] = True  # one second, between those that are looked at first
    assert caught(far, np.zeros((1, 2)), in_zone=zone)[0] == pytest.approx(39 / 40 - 1.0)


def test_a_drone_that_does_not_fly_counts_for_nothing():
    three = approaches([straight([9_000.0, 0.0, 0.0], [0.0, 0.0, 0.0], range(40)) for _ in range(3)])
    there = np.array([[True, True, True], [True, False, True]])
    got = caught(three, np.zeros((2, 6)), there=there)
    assert got[0] < 0.0 < got[1]


def test_no_drones_at_all_are_infinitely_far():
    none = near_miss.Approaches(
        np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros((0, 3, 2)), np.zeros(0),
        np.zeros((0, 2)),
    )
    assert caught(none, np.zeros((1, 0)), in_zone=np.ones(5, np.bool_))[0] == math.inf


# ---- properties and twins ---------------------------------------------------------------------------------------


def random_day(seed, n):
    rng = np.random.default_rng(seed)
    drones = []
    for _ in range(n):
        first = int(rng.integers(0, 30))
        t = np.arange(first, first + int(rng.integers(8, 60)))
        turn = rng.normal(0, 0.02)
        course = rng.uniform(0, 6.28) + turn * (t - first)
        steps = 80.0 * np.column_stack([np.sin(course), np.cos(course), rng.normal(0, 0.05, len(t))])
        at = rng.normal(0, [4_000, 4_000, 300]) + np.cumsum(steps, axis=0)
        shape = rng.normal(0, [[600.0], [600.0], [80.0]], (3, 2))
        drones.append((t, at, np.linspace(0.2, 1.0, len(t))[:, None, None] * shape))
    return approaches(drones), rng


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_meeting_agrees_with_its_slow_twin(seed):
    a, rng = random_day(seed, 1)
    z = rng.standard_normal((6, 2))
    got = gap_of(a, z, 400.0, 100.0)
    for i in range(6):
        slow = naive.meeting(a, 0, z[i], 400.0, 100.0)
        assert slow - 2e-3 <= got[i] <= slow + 1e-6  # the twin looks at points, some 0.2 m apart


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 7), st.booleans())
def test_caught_agrees_with_its_slow_twin(seed, n, zoned):
    a, rng = random_day(seed, n)
    z = rng.standard_normal((8, 2 * n))
    there = rng.random((8, n)) < 0.8
    in_zone = np.zeros(int(a.second.max()) + 1, np.bool_)
    if zoned:
        in_zone[int(rng.integers(0, len(in_zone))) :] = True
    guard = near_miss.Guard(2, 3_000.0, 500.0, 600.0, 150.0, 4_000.0)
    got = caught(a, z, there, in_zone, guard)
    for i in range(8):
        assert (got[i] <= 0.0) == naive.is_caught(a, z[i], there[i], in_zone, guard)


def test_moves_keep_the_normal_distribution_within_a_set():
    # a half plane far out: after many moves of each kind the mean excess is that of the normal tail
    beta, n = 2.5, 2_000
    u = np.empty((n, 2))
    normals(1, 0, 1, u)
    u[:, 0] = beta + 0.01 * np.abs(u[:, 0])  # all near the edge at first: not the distribution yet
    whole, turned = np.eye(2), np.array([[1.0], [0.0]])
    mean, lower = np.array([beta + 0.3, 0.0]), np.diag([0.35, 1.0])
    ways = (nested.ALL_WAYS, whole, 2), (nested.ALONG, whole, 2), (nested.ANEW, whole, 2), (nested.ANEW, turned, 1)
    for way, basis, k in ways:
        fit = basis, mean[:k].copy(), lower[:k, :k].copy(), np.linalg.inv(lower[:k, :k])
        w, g = u.copy(), beta - u[:, 0]
        offered, log_p = np.empty_like(w), np.empty(n)
        for move in range(40):
            nested.offer(w, *fit, way, 0.7, 5, 0, 2 * move, offered, log_p)
            nested.take(w, g, offered, np.ascontiguousarray(beta - offered[:, 0]), log_p, 0.0, 5, 0, 2 * move + 1)
        tail = 0.5 * math.erfc(beta / math.sqrt(2.0))
        want = math.exp(-0.5 * beta**2) / math.sqrt(2.0 * math.pi) / tail
        assert (w[:, 0] >= beta).all() and np.array_equal(g, beta - w[:, 0])
        assert abs(w[:, 0].mean() - want) < 5.0 * w[:, 0].std() / math.sqrt(n) * 1.5
        assert abs(w[:, 1].mean()) < 0.1 and abs(w[:, 1].std() - 1.0) < 0.06


def test_heirs_are_shared_evenly_and_a_run_that_dies_out_has_none():
    gap = np.array([0.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    kept, share = np.empty(8, np.int64), np.empty(2)
    nested.draw_kept(gap, 0.0, 2, 3, 0, 1, kept, share)
    assert share.tolist() == [0.5, 0.0]
    assert sorted(kept[:4].tolist()) == [0, 0, 2, 2] and (kept[4:] == -1).all()


def test_draws_are_normal_and_do_not_depend_on_their_neighbours():
    from scipy import stats

    x, y, e = np.empty((20_000, 3)), np.empty((5, 3)), np.empty(20_000)
    normals(3, 0, 7, x)
    normals(3, 100, 7, y)
    uniforms(3, 0, 8, e)
    assert np.array_equal(x[100:105], y)
    assert stats.kstest(x.ravel(), "norm").pvalue > 1e-3 and stats.kstest(e, "uniform").pvalue > 1e-3
    assert np.abs(np.corrcoef(x.T) - np.eye(3)).max() < 0.03 and (e > 0.0).all() and (e < 1.0).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 50.0), st.floats(0.01, 50.0), st.floats(0.01, 100.0), st.sampled_from([1, 2, 3]))
def test_the_least_of_a_bridge_lies_under_both_ends_and_follows_its_law(a, b, variance, d):
    even = np.linspace(0.0005, 0.9995, 1000)
    low = np.array([diffusion.nearest(a, b, variance, d, float(x)) for x in even])
    assert (low <= min(a, b) + 1e-9).all() and (np.diff(low) >= -1e-9).all()
    level = float(np.median(low))
    # share at or below a level by the law of the bridge (of one kept above 0 from two dimensions on)
    share = math.exp(-2.0 * (a - level) * (b - level) / variance)
    if d > 1:
        share = 1.0 - (1.0 - share) / -math.expm1(-2.0 * a * b / variance)
        assert level >= -1e-9
    assert share == pytest.approx(0.5, abs=0.01)
