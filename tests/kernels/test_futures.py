"""Joint draws of where drones will be."""

from __future__ import annotations

import cmath
import itertools
import math

import numpy as np
import pytest

from flightward.kernels.counter_random import shuffle_ranks
from flightward.kernels.futures import OF_RAID, OWN, TURNS, Drones, MotionRule, cholesky4, draw_futures

STILL = MotionRule(
    bendy=0.0, p_break=0.0, end_s=1e12, more_s=1500.0, hold_s=600.0, lap_frac=0.0, shared_speed_mps=0.0, course_rad=0.0,
    speed_mps=0.0, sway_s=100.0, wander_m=0.0, wander_s=900.0, height_m=0.0, height_s=1200.0, climb_s=60.0, loss_s=1e12,
)  # fmt: skip
RULE = STILL._replace(
    bendy=0.7, end_s=3000.0, shared_speed_mps=0.5, course_rad=0.03, speed_mps=0.8, wander_m=1500.0, height_m=200.0,
    loss_s=9e3,
)  # fmt: skip
AHEAD_S = np.array([0.0, 60.0, 600.0, 2000.0])


@pytest.fixture(autouse=True)
def _wrapping():
    with np.errstate(over="ignore"):
        yield


def drones(m=3, raid=(4, 4, 9), sigma_m=0.0, **changes):
    chol = np.zeros((m, 4, 4))
    chol[:, 0, 0] = chol[:, 1, 1] = sigma_m
    one = np.ones(m)
    values = dict(
        track=np.arange(m) + 10, raid=np.array(raid, dtype=np.int64), p=one * 1.0, e_m=np.arange(m) * 1000.0,
        n_m=one * 0, u_m=one * 500.0, vu_mps=one * 0, chol=chol, sigma_u_m=one * 0, sway_e_mps=one * 0,
        sway_n_mps=one * 0, speed_mps=one * 50.0, unit_e=one * 0.6, unit_n=one * 0.8, sigma_course_rad=one * 0,
        sigma_speed_mps=one * 0,
        turn_s=one * 1e12, turn_rad=one * 0, lag_s=one * 0, born_s=one * 0, p_more=one * 1,
        p_before=one * 0, p_follow=one * 1, p_end=one * 0, hold_e_m=one * 0, hold_n_m=one * 0,
        hold_rps=one * 0, is_guided=np.zeros(m, np.int8), way=np.zeros((m, 4, 4)),
        end=np.zeros((m, 4)),
    )  # fmt: skip
    return Drones(**(values | changes))


def normals(k):
    return np.linspace(-1.7, 1.7, k) if k > 1 else np.zeros(1)


def draw(d, rule, k=16, seed=3):
    m, h = len(d.track), len(AHEAD_S)
    e, n, u = np.empty((k, m, h)), np.empty((k, m, h)), np.empty((k, m, h))
    present, lost = np.empty((k, m), np.int8), np.empty((k, m))
    draw_futures(seed, d, rule, normals(k), AHEAD_S, e, n, u, present, lost)
    return e, n, u, present, lost


def naive(d, rule, k, seed):
    """The same draws with complex numbers, leg by leg between the times of the turns."""
    z = normals(k)

    def rank(who, what):
        out = np.empty(k, dtype=np.int64)
        shuffle_ranks(seed, who, what, out)
        return out

    out = np.empty((k, len(d.track), len(AHEAD_S)), dtype=complex)
    for m in range(len(d.track)):
        r = [rank(2 * int(d.raid[m]) + 1, q) for q in range(OF_RAID)]
        o = [rank(2 * int(d.track[m]), q) for q in range(OWN)]
        for i in range(k):
            turns, t, heading = [], 0.0, 0.0
            for j in range(TURNS):
                bends = math.exp(rule.bendy * z[r[2 * TURNS + 5][i]])
                t += -d.turn_s[m] * bends * math.log(1 - (r[j][i] + 0.5) / k)
                heading += d.turn_rad[m] * z[r[TURNS + j][i]]
                turns.append((t, heading))

            def heading_at(t, turns=turns):
                return max([(0.0, 0.0)] + [x for x in turns if x[0] <= t])[1]

            noise = d.chol[m] @ z[[o[q][i] for q in (1, 2, 3, 4)]]
            start = complex(d.e_m[m] + noise[0], d.n_m[m] + noise[1])
            sway = complex(d.sway_e_mps[m] + noise[2], d.sway_n_mps[m] + noise[3])
            course = z[r[2 * TURNS][i]] * d.sigma_course_rad[m] + rule.course_rad * z[o[5][i]]
            speed = d.speed_mps[m] + rule.shared_speed_mps * z[r[2 * TURNS + 1][i]]
            speed += math.hypot(rule.speed_mps, d.sigma_speed_mps[m]) * z[o[6][i]]
            unit = complex(d.unit_e[m], d.unit_n[m]) * cmath.exp(1j * course)
            for h, ahead in enumerate(AHEAD_S):
                marks = sorted({0.0, *[x[0] + d.lag_s[m] for x in turns if x[0] + d.lag_s[m] < ahead], ahead})
                where, way = start, 1.0 + 0j
                for a, b in itertools.pairwise(marks):
                    way = cmath.exp(1j * heading_at((a + b) / 2 - d.lag_s[m]))
                    where += speed * (b - a) * unit * way
                where += sway * rule.sway_s * (1 - math.exp(-ahead / rule.sway_s))
                off = rule.wander_m * z[o[7][i]] * math.sqrt(ahead / (ahead + rule.wander_s))
                out[i, m, h] = where + 1j * unit * way * off
    return out


def test_without_spread_it_is_a_straight_line():
    e, n, u, present, lost = draw(drones(), STILL)
    for m in range(3):
        assert e[:, m] == pytest.approx(np.broadcast_to(1000.0 * m + 30.0 * AHEAD_S, (16, 4)))
        assert n[:, m] == pytest.approx(np.broadcast_to(40.0 * AHEAD_S, (16, 4)))
    assert (u == 500.0).all() and (present == 1).all() and (lost > 1e9).all()


def test_unguided_draws_are_those_of_the_naive_twin():
    d = drones(
        chol=np.tril(np.random.default_rng(2).normal(0, 1, (3, 4, 4))) * [50, 50, 2, 2],
        turn_s=np.full(3, 700.0), turn_rad=np.full(3, 0.7), lag_s=np.array([0.0, 200.0, 50.0]),
        sway_e_mps=np.array([1.0, -2.0, 0.0]),
        sigma_course_rad=np.array([0.05, 0.05, 0.1]), sigma_speed_mps=np.array([1.0, 0.0, 2.0]),
    )  # fmt: skip
    e, n, *_ = draw(d, RULE, k=7)
    want = naive(d, RULE, 7, 3)
    assert e == pytest.approx(want.real, abs=1e-6) and n == pytest.approx(want.imag, abs=1e-6)


def test_one_that_lags_turns_at_the_same_place_later():
    d = drones(
        2, (4, 4), e_m=np.array([0.0, -3000.0]), n_m=np.zeros(2), unit_e=np.ones(2), unit_n=np.zeros(2),
        lag_s=np.array([0.0, 60.0]), turn_s=np.full(2, 200.0), turn_rad=np.full(2, 0.8),
    )  # fmt: skip
    e, n, *_ = draw(d, STILL, k=32)
    # when the second is where the first one was a minute before, it has flown the same way
    assert n[:, 1, 1] == pytest.approx(0.0) and e[:, 1, 1] == pytest.approx(e[:, 0, 0])
    assert (n[:, 0, 3] != 0.0).any()


def test_a_guided_drone_follows_its_trail_and_then_the_raids_way():
    way, end = np.zeros((1, 4, 4)), np.array([[3000.0, 5000.0, 1.0, 0.0]])
    way[0, :, 1] = [0.0, 3000.0, 5000.0, 5000.0]
    way[0, :, 3] = 1.0
    d = drones(1, (4,), lag_s=np.array([100.0]), is_guided=np.ones(1, np.int8), way=way, end=end)
    e, n, *_ = draw(d, STILL)
    assert e[0, 0] == pytest.approx([0.0, 0.0, 3000.0 + 50.0 * 500.0, 3000.0 + 50.0 * 1900.0])
    assert n[0, 0] == pytest.approx([0.0, 3000.0, 5000.0, 5000.0])


def test_a_share_of_draws_does_not_follow():
    d = drones(1, (4,), lag_s=np.array([1e5]), p_follow=np.array([0.75]), is_guided=np.ones(1, np.int8))
    e, *_ = draw(d, STILL, k=16)
    assert np.count_nonzero(e[:, 0, 2] == 30.0 * 600.0) == 4


def test_in_some_draws_no_member_of_the_raid_follows():
    d = drones(2, (4, 4), lag_s=np.full(2, 1e5), is_guided=np.ones(2, np.int8))
    e, *_ = draw(d, STILL._replace(p_break=0.25), k=16)
    straight = e[:, :, 2] == 1000.0 * np.arange(2) + 30.0 * 600.0
    assert straight[:, 0].sum() == 4 and (straight[:, 0] == straight[:, 1]).all()


def test_a_way_ends_at_the_same_place_for_all_members():
    d = drones(2, (4, 4), lag_s=np.array([0.0, 120.0]))
    *_, lost = draw(d, STILL._replace(end_s=1800.0), k=64)
    assert lost[:, 1] == pytest.approx(lost[:, 0] + 120.0)
    assert (lost[:, 0] < 1800.0).mean() == pytest.approx(1 - math.exp(-1), abs=0.02)


def test_a_trail_that_stopped_ends_its_share_of_ways_there():
    d = drones(1, (4,), lag_s=np.array([300.0]), p_end=np.array([0.75]), is_guided=np.ones(1, np.int8))
    *_, lost = draw(d, STILL, k=16)
    assert np.count_nonzero(lost[:, 0] == 300.0) == 12 and (lost[lost != 300.0] > 1e9).all()


def test_a_newcomer_comes_only_while_more_of_its_raid_do_and_then_flies_from_where_it_appears():
    d = drones(1, (4,), born_s=np.array([600.0]), p_more=np.array([0.8]))
    e, _, _, present, lost = draw(d, STILL._replace(more_s=1000.0), k=1000)
    assert present.mean() == pytest.approx(0.8 * math.exp(-0.6), abs=0.002)
    assert e[0, 0] == pytest.approx(30.0 * (AHEAD_S - 600.0)) and (lost > 600.0).all()


def test_one_that_circles_stays_on_its_circle_and_leaves_after_a_while():
    d = drones(1, (4,), hold_e_m=np.array([3000.0]), hold_rps=np.array([2 * math.pi / 120.0]))
    e, n, *_ = draw(d, STILL._replace(hold_s=1e12), k=4)
    # clockwise: west of the centre it flies north, half a lap later it is east of it
    assert (e[:, 0, 1] == pytest.approx(6000.0)) and n[:, 0, 1] == pytest.approx(0.0, abs=1e-6)
    assert np.hypot(e[:, 0] - 3000.0, n[:, 0]) == pytest.approx(3000.0)
    e, n, *_ = draw(d, STILL._replace(hold_s=1e-9), k=4)
    assert e[0, 0] == pytest.approx(30.0 * AHEAD_S)


def test_presence_and_losses_have_their_shares():
    _, _, _, present, lost = draw(drones(p=np.array([1.0, 0.5, 0.25])), STILL._replace(loss_s=3600.0), k=16)
    assert present.sum(axis=0).tolist() == [16, 8, 4]
    assert ((lost < 3600.0).mean(axis=0) == pytest.approx(1 - math.exp(-1), abs=0.07)) and (lost > 0).all()


def test_height_stays_with_a_spread_and_a_climb_fades():
    d = drones(vu_mps=np.array([0.0, 2.0, 0.0]), sigma_u_m=np.array([0.0, 0.0, 100.0]))
    _, _, u, *_ = draw(d, STILL)
    assert (u[:, 0] == 500.0).all() and u[:, 1, 3] == pytest.approx(620.0)
    assert u[:, 2].std(axis=0) == pytest.approx([100.0 * normals(16).std()] * 4)


def test_a_drones_numbers_do_not_depend_on_who_else_is_there():
    e, *_ = draw(drones(), RULE)
    alone, *_ = draw(Drones(*[c[2:] for c in drones()]), RULE)
    assert (e[:, 2] == alone[:, 0]).all()


def test_cholesky_of_a_covariance_and_of_one_that_is_none():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(2, 6, 6))
    cov = a @ a.transpose(0, 2, 1)
    cov[1] = -np.eye(6)
    chol = np.empty((2, 4, 4))
    cholesky4(cov, chol)
    pick = np.ix_([0, 1, 3, 4], [0, 1, 3, 4])
    assert chol[0] == pytest.approx(np.linalg.cholesky(cov[0][pick]))
    assert (chol[1] == 0.0).all()
