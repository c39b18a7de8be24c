"""P(caught) along a path: hand cases, what is not known, zones, a naive twin, properties."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "kernels")]

from caught_cases import NO_ZONES, T0, futures, path, straight, zone  # noqa: E402
from naive_caught import STEP_S, first_times  # noqa: E402

from flightward.config import CaughtConfig  # noqa: E402
from flightward.encounters import CaughtChance, PathBatch, p_caught  # noqa: E402
from flightward.model import NONE, columns  # noqa: E402

CFG = CaughtConfig(zone_unseen_p=0.0, zone_opens_p=0.0)
"""Without the priors of zones: what is asked for is then exact."""
STILL = PathBatch.of([path((0, 0, 0, 1000), (3600, 0, 0, 1000))])


def ask(paths, drones, zones=NO_ZONES, now_s=T0, cfg=CFG, **more):
    return p_caught(paths, drones, zones, now_s, cfg, **more)


def test_three_drones_that_come_within_ten_kilometres_catch_when_the_third_is_in():
    starts = [[0, -16_000, 1000], [0, -22_000, 1000], [0, -28_000, 1000]]
    chance = ask(STILL, straight(starts, [[0, 50, 0]] * 3))
    assert chance.p[0] == chance.p_raid[0] == 1.0
    # the third is 10 km short after 18,000 m at 50 m/s; the first then stands 2 km beyond
    assert chance.t_raid_s[0] == pytest.approx(T0 + 360.0, abs=1e-6)
    # the first leaves when it is 10 km past: 26,000 m at 50 m/s; then only two are left
    assert chance.n_near[0] == pytest.approx(1.0) or chance.t_first_s[0] < chance.t_raid_s[0]
    assert chance.hazard_raid[0] == 7


def test_two_drones_are_not_a_raid_and_only_catch_when_close():
    chance = ask(STILL, straight([[5000, -20_000, 1000], [5000, -22_000, 1000]], [[0, 50, 0]] * 2))
    assert chance.p[0] == chance.p_raid[0] == chance.p_lone[0] == 0.0
    assert np.isnan(chance.t_first_s[0]) and chance.hazard_raid[0] == NONE
    assert chance.miss_h_m[0] == pytest.approx(5000.0) and chance.miss_v_m[0] == pytest.approx(0.0)


def test_a_lone_drone_catches_within_two_kilometres_and_three_hundred_metres():
    chance = ask(STILL, straight([[0, -12_000, 1200]], [[0, 50, 0]]))
    assert chance.p_lone[0] == 1.0 and chance.t_lone_s[0] == pytest.approx(T0 + 200.0, abs=1e-6)
    assert chance.t_over_s[0] == pytest.approx(T0 + 280.0, abs=1e-6)
    assert chance.hazard_track[0] == 100
    assert ask(STILL, straight([[0, -12_000, 1301]], [[0, 50, 0]])).p[0] == 0.0


def test_height_keeps_a_raid_away():
    starts = [[0, 0, 2600]] * 3
    assert ask(STILL, straight(starts, [[0, 0, 0]] * 3)).p[0] == 0.0
    climbing = ask(STILL, straight(starts, [[0, 0, -1]] * 3))
    assert climbing.t_raid_s[0] == pytest.approx(T0 + 100.0, abs=1e-6)


def test_on_the_ground_nothing_is_caught():
    over = straight([[0, 0, 1000]] * 3, [[0, 0, 0]] * 3)
    later = PathBatch.of([path((900, 0, 0, 1000), (1800, 0, 0, 1000))])
    assert ask(later, over).t_first_s[0] == T0 + 900.0
    assert ask(later, over).t_over_s[0] == T0 + 1800.0
    assert ask(later, over, now_s=T0 + 1801.0).p[0] == 0.0
    assert ask(PathBatch.of([path((0, 0, 0, 1000))]), over).p[0] == 0.0


def test_absent_and_lost_drones_do_not_count():
    starts, still = [[0, 0, 1000]] * 3, [[0, 0, 0]] * 3
    gone = straight(starts, still, draws=2, present=[[1, 1, 1], [1, 1, 0]])
    assert ask(STILL, gone, cfg=dataclasses.replace(CFG, lone_radius_m=0.0, lone_height_m=0.0)).p_raid[0] == 0.5
    lost = straight([[0, -40_000, 1000]] * 3, [[0, 50, 0]] * 3, lost=[[700.0, 700.0, 500.0]])
    assert ask(STILL, lost).p_raid[0] == 0.0


def test_no_futures_is_no_chance_and_a_bad_path_is_unknown():
    bad = path((0, 0, 0, 1000), (100, np.nan, 0, 1000))
    chance = ask(PathBatch.of([bad, STILL_PATH]), straight([[0, 0, 1000]] * 3, [[0, 0, 0]] * 3))
    assert np.isnan(chance.p[0]) and chance.status[0] == 1
    assert chance.p[1] == 1.0 and chance.status[1] == 0
    assert ask(STILL, None).p[0] == 0.0
    assert len(ask(PathBatch.of([]), None)) == 0


STILL_PATH = path((0, 0, 0, 1000), (3600, 0, 0, 1000))
SQUARE = [(-5000, -5000), (5000, -5000), (5000, 5000), (-5000, 5000)]
CROSSING = PathBatch.of([path((0, -50_000, 0, 1000), (1000, 50_000, 0, 1000))])
FAR_DRONE = straight([[0, 30_000, 5000]], [[0, 0, 0]], draws=64)


def test_an_active_zone_with_a_drone_within_forty_kilometres_catches():
    chance = ask(CROSSING, FAR_DRONE, zone(SQUARE, to_s=3600, published_s=0.0))
    assert chance.p_zone[0] == chance.p[0] == 1.0
    # at 100 m/s the edge at -5 km comes after 450 s
    assert chance.t_zone_s[0] == pytest.approx(T0 + 450.0, abs=1e-6) and chance.hazard_zone[0] == 0
    assert ask(CROSSING, straight([[0, 50_000, 5000]], [[0, 0, 0]]), zone(SQUARE)).p[0] == 0.0
    assert ask(CROSSING, FAR_DRONE, zone(SQUARE, floor=1500.0, to_s=3600, published_s=0.0)).p[0] == 0.0


def test_the_end_of_an_open_window_is_not_read_ahead():
    ends_before = zone(SQUARE, from_s=-60.0, to_s=200.0)
    ends_after = zone(SQUARE, from_s=-60.0, to_s=3000.0)
    never_told = zone(SQUARE, from_s=-60.0)
    chances = [ask(CROSSING, FAR_DRONE, z) for z in (ends_before, ends_after, never_told)]
    for field in columns(CaughtChance):
        values = [getattr(c, field.name) for c in chances]
        np.testing.assert_array_equal(values[0], values[1])
        np.testing.assert_array_equal(values[0], values[2])
    # survival to 450 s of an exponential with mean 2,700 s
    assert chances[0].p_zone[0] == pytest.approx(np.exp(-450.0 / 2700.0), abs=0.03)


def test_a_window_that_has_not_begun_is_not_known_unless_published():
    assert ask(CROSSING, FAR_DRONE, zone(SQUARE, from_s=100.0)).p_zone[0] == 0.0
    later, not_at_all = (ask(CROSSING, FAR_DRONE, zone(SQUARE, from_s=t), cfg=CaughtConfig()) for t in (100.0, np.inf))
    for field in columns(CaughtChance):
        np.testing.assert_array_equal(getattr(later, field.name), getattr(not_at_all, field.name))
    assert ask(CROSSING, FAR_DRONE, zone(SQUARE, from_s=100.0, to_s=3000, published_s=-10.0)).p_zone[0] == 1.0


def test_a_zone_that_is_not_active_may_open_when_drones_come_near_it():
    def chance(drone, **changes):
        some = straight([drone], [[0, 0, 0]], draws=64)
        return ask(CROSSING, some, zone(SQUARE, from_s=np.inf), cfg=CaughtConfig(**changes)).p_zone[0]

    near, far = [0, 14_000, 1000], [0, 100_000, 1000]
    # 14 km is within the least reach, and 450 s nearly always enough to open within two minutes
    assert chance(near) == pytest.approx(0.7, abs=0.1)
    assert chance(near, zone_opens_s=2_000.0) < chance(near)
    assert chance(far) == chance(near, zone_opens_p=0.0) == 0.0
    assert 0.1 < chance([0, 36_000, 1000]) < chance(near)


def test_an_active_zone_counts_though_no_drone_is_seen():
    cfg = CaughtConfig(zone_unseen_p=0.6)
    for drones in (None, straight([[0, 300_000, 1000]], [[0, 0, 0]], draws=64)):
        chance = ask(CROSSING, drones, zone(SQUARE, from_s=-60.0), cfg=cfg)
        assert chance.p_zone[0] == pytest.approx(0.6 * np.exp(-450.0 / 2700.0), abs=0.05)
        assert chance.p_raid[0] == chance.p_lone[0] == 0.0
        assert ask(CROSSING, drones, zone(SQUARE, from_s=np.inf), cfg=cfg).p[0] == 0.0


def test_an_uncertain_path_is_caught_less_surely():
    drones = straight([[0, 0, 1000]] * 3, [[0, 0, 0]] * 3, draws=64)
    sure = path((0, 9000, 0, 1000), (600, 9000, 0, 1000))
    wide = PathBatch.of([sure, sure], np.array([0.0, 20_000.0]))
    chance = ask(wide, drones)
    assert chance.p[0] == 1.0 and 0.02 < chance.p[1] < 0.5


def random_case(seed, draws=4, drones=12):
    rng = np.random.default_rng(seed)
    knots = np.array([0.0, 120.0, 300.0, 600.0, 1200.0])
    shape = (draws, drones, len(knots))
    drift = np.cumsum(rng.normal(0, 4000, (2, *shape)), axis=-1)
    e = rng.uniform(-25e3, 25e3, (1, drones, 1)) + drift[0]
    n = rng.uniform(-25e3, 25e3, (1, drones, 1)) + drift[1]
    u = rng.uniform(200, 4000, shape)
    f = futures(
        e, n, u, knots, raid=rng.integers(0, 3, drones), present=rng.random((draws, drones)) < 0.8,
        lost=np.where(rng.random((draws, drones)) < 0.2, rng.uniform(100, 1200, (draws, drones)), np.inf),
    )
    t = np.sort(rng.uniform(0, 1300, 5))
    e, n, u = rng.uniform(-20e3, 20e3, 5), rng.uniform(-20e3, 20e3, 5), rng.uniform(300, 3000, 5)
    return path(*zip(t, e, n, u, strict=True)), f


@pytest.mark.parametrize("seed", range(12))
def test_agrees_with_half_second_steps(seed):
    p, f = random_case(seed)
    z = zone([(-9000, -8000), (12_000, -10_000), (0, 0), (6000, 9000)], 500.0, 2500.0, 200.0, 900.0, -1.0)
    at = ([(-9000, -8000), (12_000, -10_000), (0, 0), (6000, 9000)], 500.0, 2500.0, T0 + 200.0, T0 + 900.0)
    now_s = T0 + 50.0
    twin = np.array([first_times(p, f, k, CFG, now_s, at) for k in range(f.n_draws)])
    chance = ask(PathBatch.of([p]), f, z, now_s)
    for column, t_column, cause in (("p_raid", "t_raid_s", 0), ("p_lone", "t_lone_s", 1), ("p_zone", "t_zone_s", 2)):
        hit = np.sort(twin[np.isfinite(twin[:, cause]), cause])
        # a visit shorter than the twin's step may be seen by the kernel alone
        assert getattr(chance, column)[0] * f.n_draws - len(hit) in (0, 1)
        if len(hit) == round(getattr(chance, column)[0] * f.n_draws) and len(hit):
            assert -1e-6 <= hit[int(np.ceil(0.5 * len(hit))) - 1] - getattr(chance, t_column)[0] <= STEP_S + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 3000.0))
def test_culling_never_changes_the_answer(seed, sigma_m):
    p, f = random_case(seed)
    z = zone(SQUARE, 0.0, 3000.0, -10.0)
    paths = PathBatch.of([p], sigma_m, 2.0)
    near, all_ = ask(paths, f, z, T0 + 7.0), ask(paths, f, z, T0 + 7.0, cull=False)
    for field in columns(CaughtChance):
        np.testing.assert_array_equal(getattr(near, field.name), getattr(all_, field.name), field.name)


def raids_case(seed):
    """Some raids far apart, of which few meet a path, with members that fly in lines at equal distances; many paths."""
    rng = np.random.default_rng(seed)
    raids, members, draws = int(rng.integers(1, 9)), int(rng.integers(1, 30)), int(rng.integers(1, 5))
    of = rng.permutation(np.repeat(np.arange(raids), members))
    m, knots = raids * members, np.array([0.0, 60.0, 300.0, 1300.0])
    at = rng.uniform(-80e3, 80e3, (2, raids))[:, of] + 2e3 * rng.integers(-3, 4, (2, m))
    course = rng.uniform(0, 6, raids)[of] + rng.normal(0, 0.2, (draws, raids))[:, of] * rng.integers(0, 2)
    move = 50.0 * np.stack([np.sin(course), np.cos(course)])
    e, n = (at[k][None, :, None] + move[k][:, :, None] * knots for k in range(2))
    u = np.broadcast_to(rng.choice([900.0, 1000.0, 2500.0], m)[None, :, None], e.shape)
    f = futures(
        e, n, u.copy(), knots, raid=of, present=rng.random((draws, m)) < 0.8,
        lost=np.where(rng.random((draws, m)) < 0.2, rng.uniform(100, 1200, (draws, m)), np.inf),
    )
    rows = []
    for _ in range(4):
        size = int(rng.integers(1, 6))
        t = np.sort(rng.uniform(-100, 1400, size))
        rows.append(path(*zip(t, *rng.uniform(-80e3, 80e3, (2, size)), rng.uniform(300, 3000, size), strict=True)))
    # one path over a drone of the first draw: distances of 0, and of two drones the same
    rows.append(path(*((t, e[0, 0, h], n[0, 0, h], 1000.0) for h, t in enumerate(knots))))
    return rows, f


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 150.0, 3000.0]), st.booleans(), st.sampled_from([1, 3]))
def test_culling_of_raids_never_changes_the_answer(seed, sigma_m, with_zone, caught_n):
    rows, f = raids_case(seed)
    z = zone(SQUARE, 0.0, 3000.0, -10.0) if with_zone else NO_ZONES
    paths, cfg = PathBatch.of(rows, sigma_m, 1.5), CaughtConfig(caught_n=caught_n)
    near, all_ = ask(paths, f, z, T0 + 7.0, cfg), ask(paths, f, z, T0 + 7.0, cfg, cull=False)
    for field in columns(CaughtChance):
        np.testing.assert_array_equal(getattr(near, field.name), getattr(all_, field.name), field.name)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_more_drones_needed_is_never_likelier(seed):
    p, f = random_case(seed)
    ps = [ask(PathBatch.of([p]), f, cfg=dataclasses.replace(CFG, caught_n=n)).p_raid[0] for n in (1, 2, 3, 4, 6)]
    assert ps == sorted(ps, reverse=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(-1_000_000, 1_000_000))
def test_the_clock_does_not_matter(seed, shift_s):
    p, f = random_case(seed)
    later = dataclasses.replace(f, issued_s=f.issued_s + shift_s, knot_s=f.knot_s + shift_s, lost_s=f.lost_s + shift_s)
    a = ask(PathBatch.of([p]), f)
    b = ask(PathBatch.of([p.shifted(shift_s)]), later, now_s=T0 + shift_s)
    assert a.p[0] == b.p[0] and a.hazard_raid[0] == b.hazard_raid[0]
    np.testing.assert_allclose(b.t_first_s - shift_s, a.t_first_s, atol=1e-5)
    np.testing.assert_allclose(b.miss_h_m, a.miss_h_m, atol=1e-3)


def draws_of_a_drone(rng, n):
    """Futures of n draws of one drone that comes at its own time and speed; the same n starts and speeds."""
    start, speed = rng.normal(-30_000.0, 6_000.0, n), rng.uniform(30.0, 60.0, n)
    knots = np.array([0.0, 600.0, 3600.0])
    e = (start[:, None] + speed[:, None] * knots)[:, None, :]
    zero = np.zeros_like(e)
    return futures(e, zero, zero + 1000.0, knots), start, speed


def test_the_quantiles_of_when_it_is_over_are_those_of_the_draws():
    drones, start, speed = draws_of_a_drone(np.random.default_rng(4), 64)
    chance = ask(STILL, drones)
    # the lone cylinder is 2 km wide: it is over when the drone is 2 km beyond the flight
    over = np.sort((2_000.0 - start) / speed)
    assert chance.p[0] == 1.0
    for name, rank in (("t_over_early_s", 6), ("t_over_s", 31), ("t_over_late_s", 57)):
        assert getattr(chance, name)[0] == pytest.approx(T0 + over[rank], abs=1e-6)


def test_the_interval_of_when_it_is_over_holds_four_in_five_truths():
    rng = np.random.default_rng(11)
    held, n = 0, 600
    for _ in range(n):
        drones, _, _ = draws_of_a_drone(rng, 64)
        _, start, speed = draws_of_a_drone(rng, 1)
        chance = ask(STILL, drones)
        truth_s = T0 + (2_000.0 - start[0]) / speed[0]
        held += chance.t_over_early_s[0] <= truth_s <= chance.t_over_late_s[0]
    # 51 of 65 by exchangeability; three standard errors of 600 trials are 0.05
    assert held / n == pytest.approx(51 / 65, abs=0.05)


def test_nothing_ahead_is_over_at_no_time():
    chance = ask(STILL, straight([[0, -90_000, 1000]], [[0, -50, 0]]))
    assert np.isnan([chance.t_over_s[0], chance.t_over_early_s[0], chance.t_over_late_s[0]]).all()
