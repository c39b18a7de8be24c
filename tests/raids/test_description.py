"""What a raid is said to be: waves, shape, turning, the ground it covers, hostility, number, events."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.model import (
    AlertState,
    AreaAlertBatch,
    CoverageGrid,
    HostileSource,
    RaidEvent,
    f64,
    i8,
    i64,
)
from flightward.raids import Raids
from flightward.raids.extent import extents
from flightward.raids.hostility import P_MOST, Hostility
from flightward.raids.turns import Turns


def by_rule(sky, p_drone=1.0):
    """The sky with the tracker's rule for what does not name itself: 0.95 p(drone)."""
    n = len(sky)
    p_class = np.zeros((n, 5))
    p_class[:, 0], p_class[:, 4] = p_drone, 1.0 - np.asarray(p_drone)
    return dataclasses.replace(
        sky, hostile_source=i8(np.full(n, HostileSource.RULE)), p_class=p_class, p_hostile=0.95 * p_class[:, 0]
    )


def test_two_waves_on_one_way_are_one_raid_with_its_front_and_tail(made):
    n = np.concatenate([-1000.0 * np.arange(4), -20_000.0 - 1000.0 * np.arange(3)])
    zero = np.zeros(7)
    sky = made.sky(made.start_s, 100.0 * np.arange(7), n, zero, np.full(7, 50.0))
    r = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage).raids
    assert r.raid.tolist() == [1] and r.n_waves.tolist() == [2]
    assert r.wave.tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert (r.front_e_m[0], r.front_n_m[0], r.tail_e_m[0], r.tail_n_m[0]) == (0.0, 0.0, 600.0, -22_000.0)
    assert r.length_m[0] == pytest.approx(22_000.0, rel=0.01) and r.width_m[0] < 800.0
    assert np.cos(r.axis_rad[0]) > 0.99
    assert (r.u_lo_m[0], r.u_hi_m[0]) == (500.0, 500.0)


def test_turning_is_known_after_half_a_minute(made):
    raids = Raids(made.area(), RaidsConfig(), 1, with_cells=False)
    for k in range(61):
        course = 0.02 * k
        v = np.array([np.sin(course), np.cos(course)]) * 50.0
        t = made.start_s + k
        r = raids.step(t, made.sky(t, [0.0, 900.0], [0.0, 0.0], [v[0]] * 2, [v[1]] * 2), made.coverage).raids
        if k < 20:
            assert np.isnan(r.turn_radps[0])
    assert r.turn_radps[0] == pytest.approx(0.02) and r.turning_frac[0] == 1.0


def test_turns_of_tracks_that_are_new_or_stand_are_unknown():
    turns = Turns()
    for t in range(40):
        new = [7] if t > 35 else []
        track = i64([1, 2, *new])
        ve = f64([0.0, 0.0, *[0.0] * len(new)])
        rate = turns.step(float(t), track, ve, f64([50.0, 1.0, *[50.0] * len(new)]))
    assert rate[0] == 0.0 and np.isnan(rate[1]) and np.isnan(rate[2])


def test_a_raid_in_a_bend_covers_its_way_and_not_the_ground_between(made):
    s = 2000.0 * np.arange(31)
    e, n = np.maximum(s - 30_000.0, 0.0), np.minimum(s, 30_000.0)
    aside = 300.0 * (np.arange(31) % 2)
    start, x, y = extents(i64([0, 31]), e + aside, n - aside, 6000.0)
    extent = shapely.Polygon(np.stack([x, y], axis=1))
    hull = shapely.MultiPoint(np.stack([e, n], axis=1)).convex_hull.buffer(1000.0)
    assert extent.is_valid and extent.exterior.is_ccw and start.tolist() == [0, len(x)]
    assert extent.area < 0.45 * hull.area


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_every_extent_is_valid_and_holds_all_within_a_kilometre_of_members(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 40, 4)
    start = i64(np.concatenate([[0], np.cumsum(sizes)]))
    s = rng.uniform(0, 90_000, start[-1])
    bend = rng.uniform(-8e-5, 8e-5)
    e = s * np.cos(bend * s) + rng.normal(0, 1500, len(s))
    n = s * np.sin(bend * s) + rng.normal(0, 1500, len(s))
    at, x, y = extents(start, f64(e), f64(n), 6000.0)
    for g in range(4):
        extent = shapely.Polygon(np.stack([x[at[g] : at[g + 1]], y[at[g] : at[g + 1]]], axis=1))
        members = shapely.points(e[start[g] : start[g + 1]], n[start[g] : start[g + 1]])
        assert extent.is_valid and not extent.interiors
        assert extent.buffer(1e-3).contains(shapely.union_all(shapely.buffer(members, 1000.0, quad_segs=32)))


def test_company_makes_the_intent_surer_but_never_the_class_nor_what_is_declared(made):
    sky = made.sky(made.start_s, [0.0, 0.0, 0.0, 5e4], [0.0, 1e3, 2e3, 0.0], [0.0] * 4, [50.0] * 4)
    rows = np.arange(4)
    rule = by_rule(sky, [1.0, 0.6, 1.0, 1.0])
    rule = dataclasses.replace(rule, identity=i64([-1, -1, 5, -1]))
    p = Hostility().refined(rule, rows, rule.p_hostile.copy(), i64([1, 1, 1, 2]))
    in_company = 190.0 / 191.0  # odds 19 times 10
    assert p == pytest.approx([P_MOST, 0.6 * min(in_company, P_MOST), 0.95, 0.95])
    declared = Hostility().refined(sky, rows, f64([0.3] * 4), i64([1, 1, 1, 1]))
    assert declared.tolist() == [0.3] * 4


def test_an_alert_raises_it_inside_its_area_until_it_ends(made):
    sky = by_rule(made.sky(made.start_s, [0.0, 5e4], [0.0, 0.0], [0.0] * 2, [50.0] * 2))

    def change(state):
        return AreaAlertBatch(
            t_s=f64([made.start_s]), t_rx_s=f64([made.start_s]), seq=i64([0]), area=i64([0]), alert=i64([1]),
            state=i8([state]), is_coarse=i8([0]), source=i64([2]), start=i64([0, 4]),
            e_m=f64([-1e4, 1e4, 1e4, -1e4]), n_m=f64([-1e4, -1e4, 1e4, 1e4]),
        )  # fmt: skip

    hostility, rows, raid = Hostility(), np.arange(2), i64([1, 2])
    hostility.hear(change(AlertState.ACTIVE))
    assert hostility.refined(sky, rows, sky.p_hostile.copy(), raid) == pytest.approx([38.0 / 39.0, 0.95])
    hostility.hear(change(AlertState.ENDED))
    assert hostility.refined(sky, rows, sky.p_hostile.copy(), raid) == pytest.approx([0.95, 0.95])


def seen_ground(down_to_m):
    """Coverage that sees all north of a line."""
    side = f64((np.arange(60) - 29.5) * 2000.0)
    p = np.where(side[:, None] > down_to_m, 0.95, 0.0) * np.ones((1, 60, 60))
    zero = np.zeros((60, 60))
    return CoverageGrid(0.0, 2000.0, side, side, f64([500.0]), p, p, zero)


def test_the_number_has_a_band_and_counts_those_behind_the_edge_of_coverage(made):
    sky = made.sky(made.start_s, np.zeros(6), 4e4 - 2000.0 * np.arange(6), np.zeros(6), np.full(6, 50.0), p=0.9)
    no_grid = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage).raids
    assert np.isnan(no_grid.n_unseen[0])
    assert no_grid.n_expected[0] == pytest.approx(5.4)
    assert 4.0 < no_grid.n_lo[0] < 5.4 < no_grid.n_hi[0] < 6.8
    found = []
    for line_m in (28_000.0, -60_000.0):
        coverage = dataclasses.replace(made.coverage, grid=seen_ground(line_m))
        r = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, coverage).raids
        assert r.n_lo[0] == no_grid.n_lo[0]
        found.append((r.n_unseen[0], r.n_hi[0]))
    assert found[0][0] > 2.0 and found[1][0] < 0.01 and found[0][1] > found[1][1] + 4.0


def test_a_split_is_told_once_with_who_left_and_where(made):
    raids = Raids(made.area(), RaidsConfig(), 1, with_cells=False)
    told = []
    for k in range(0, 900, 5):
        t = made.start_s + k
        # five fly north; at 300 s two turn east
        e = np.where(np.arange(5) < 2, 50.0 * max(k - 300, 0), 0.0) + 500.0 * np.arange(5)
        n = np.where(np.arange(5) < 2, 50.0 * min(k, 300), 50.0 * k)
        ve = np.where((np.arange(5) < 2) & (k > 300), 50.0, 0.0)
        picture = raids.step(t, made.sky(t, e, n, ve, 50.0 - ve), made.coverage)
        told += [(k, ev, picture.raids) for ev in [picture.events] if len(ev)]
    ((k, event, after),) = told
    # parted by 15 km after 212 s, and a minute later it is told
    assert 300 + 212 + 55 <= k <= 300 + 212 + 90
    assert (event.event.tolist(), event.raid.tolist(), event.other.tolist()) == ([RaidEvent.SPLIT], [1], [2])
    assert (event.n_members.tolist(), event.n_other.tolist()) == ([3], [2])
    assert event.n_m[0] == pytest.approx(15_000.0) and after.raid.tolist() == [1, 2]
