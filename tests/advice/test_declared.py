"""What the case declares for flights: windows agreed with a zone's authority, minimum heights, capacity of holds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flightward.advice import Advice
from flightward.advice.minima import Ends, Minima, own_part
from flightward.advice.routes import Craft, after
from flightward.advice.waits import Room, Wait, is_full, meet, waits
from flightward.encounters.agreed import Barrier, barriers_of, less
from flightward.model import NONE, AgreedBatch, Hazard, MinimumBatch, Option, Path4D, Reason, f64, i64
from flightward.threats.areas import Areas

T_S = 1_760_000_150.0
CRAFT = Craft(60.0, 6.0, 5.0, 1_145.0, 60.0, 132.0, True)


def window(from_s: float, to_s: float, published_s: float = np.nan, flights: tuple[int, ...] = (0,)) -> AgreedBatch:
    return AgreedBatch(
        i64([0]), i64([0]), f64([from_s]), f64([to_s]), f64([published_s]), i64([0]), i64([0, len(flights)]),
        i64(flights),
    )  # fmt: skip


def box(minimum_m: float, e: tuple[float, float], n: tuple[float, float] = (-50e3, 50e3)) -> MinimumBatch:
    return MinimumBatch(
        i64([0]), f64([minimum_m]), i64([0]), i64([0, 4]), f64([e[0], e[1], e[1], e[0]]), f64([n[0], n[0], n[1], n[1]])
    )


def told(world, picture, t_s: float = T_S, **kwargs):
    stage = Advice(world.setup, world.cfg)
    return stage.step(t_s, world.states(t_s), world.threats(t_s, **kwargs), picture, world.coverage(t_s))


def rows(out, option: Option) -> list[int]:
    return np.flatnonzero(out.option == option).tolist()


def test_what_is_left_of_a_span() -> None:
    assert less((0.0, 10.0), [(2.0, 4.0, 0), (3.0, 5.0, 1), (9.0, 20.0, 2)]) == [(0.0, 2.0), (5.0, 9.0)]
    assert less((0.0, np.inf), [(-5.0, 4.0, 0)]) == [(4.0, np.inf)]
    assert less((0.0, 4.0), [(-5.0, 4.0, 0)]) == []


def test_a_window_opens_a_zone_to_its_flights_only_and_only_once_it_is_known(zone) -> None:
    z = zone((-1e4, 1e4), (-1e4, 1e4))
    whole = Barrier(0, 1_759_990_000.0, np.inf)
    w = window(T_S + 100.0, T_S + 400.0, T_S - 10.0)
    assert barriers_of(z, w, 0, 0, T_S) == [
        Barrier(0, whole.from_s, T_S + 100.0, 0), Barrier(0, T_S + 400.0, np.inf, 1)
    ]  # fmt: skip
    assert barriers_of(z, w, 0, 1, T_S) == barriers_of(z, w, 0, 0, T_S - 11.0) == [whole]
    assert barriers_of(z, w, 0, 0, T_S + 400.0) == [whole]


def test_options_cross_a_closed_area_in_its_window_and_say_so(make, zone, place_raid) -> None:
    """The pads south of the way lie in closed airspace; a window that lasts long enough opens them."""
    shut = make(zone((-50_000.0, 50_000.0), (-20_000.0, -5_000.0)))
    picture = place_raid(T_S, 40_000.0, 517.0 * 50.0, 0.0, -50.0)
    assert not set(told(shut, picture).site.tolist()) & {2, 3}
    for to_s, opens in ((T_S + 1_500.0, True), (T_S + 60.0, False)):
        world = make(zone((-50_000.0, 50_000.0), (-20_000.0, -5_000.0)))
        world.setup = dataclasses.replace(world.setup, agreed=window(T_S - 50.0, to_s))
        out = told(world, picture)
        south = np.isin(out.site, [2, 3])
        assert south.any() == opens
        assert (out.agreed[south] == 0).all()
        # who is through it is not let in again: the decide-by ends with the window
        if opens:
            assert (out.decide_by_s[south] < to_s).all()
    other = make(zone((-50_000.0, 50_000.0), (-20_000.0, -5_000.0)))
    other.setup = dataclasses.replace(other.setup, agreed=window(T_S - 50.0, T_S + 1_500.0, flights=(1,)))
    out = told(other, picture)
    assert not set(out.site.tolist()) & {2, 3}
    assert (out.agreed == NONE).all()


def test_threats_do_not_warn_of_a_closed_area_that_is_open_to_the_flight(make, zone) -> None:
    world = make(zone((30_000.0, 40_000.0), (-5_000.0, 5_000.0)))
    from flightward.encounters import PathBatch

    paths = PathBatch.expected(world.states(T_S))
    met = Areas(world.setup).stays(T_S, paths)
    assert met.hazard.tolist() == [Hazard.CLOSED_AREA] and met.reason.tolist() == [Reason.CLOSED_ZONE]
    assert met.enter_s[:, 0] == pytest.approx([T_S + 350.0, T_S + 150.0])  # at 60 m/s from 9 km, 100 m/s from 15 km
    for to_s, enters_s in ((T_S + 600.0, np.nan), (T_S + 400.0, T_S + 400.0)):
        world.setup = dataclasses.replace(world.setup, agreed=window(T_S + 100.0, to_s, T_S))
        met = Areas(world.setup).stays(T_S, paths)
        assert met.enter_s[0, 0] == pytest.approx(enters_s, nan_ok=True)
        assert met.enter_s[1, 0] == pytest.approx(T_S + 150.0)


def test_a_searched_way_uses_the_gap_that_a_window_leaves(make, zone, place_raid) -> None:
    """A wall of closed airspace across the way, open for some minutes when the flight comes there."""
    wall = (30_000.0, 36_000.0), (-200_000.0, 200_000.0)
    picture = place_raid(T_S, 45_000.0, -20_000.0, 0.0, 30.0, count=8, radius_m=2_000.0)
    shut = told(make(zone(*wall)), picture)
    assert not rows(shut, Option.REROUTE) and not rows(shut, Option.HOLD)
    world = make(zone(*wall))
    world.setup = dataclasses.replace(world.setup, agreed=window(T_S + 200.0, T_S + 2_400.0, T_S))
    out = told(world, picture)
    through = [k for k in range(len(out)) if out.agreed[k] == 0 and out.option[k] != Option.CONTINUE]
    assert through
    for k in through:
        path = out.route(k)
        inside = (path.e_m > wall[0][0]) & (path.e_m < wall[0][1])
        assert (path.t_s[inside] >= T_S + 200.0).all() and (path.t_s[inside] <= T_S + 2_400.0).all()


def test_a_route_climbs_in_time_and_comes_down_again_after_it() -> None:
    route = np.array([[0.0, 0.0, 0.0, 500.0], [1_000.0, 60_000.0, 0.0, 500.0]])
    minima = Minima(box(800.0, (20_000.0, 30_000.0)))
    lifted = minima.lifted(route, route, CRAFT, lands=False)
    t = np.linspace(0.0, 1_000.0, 2_001)
    u = np.interp(t, lifted[:, 0], lifted[:, 3])
    over = (t * 60.0 >= 20_000.0) & (t * 60.0 <= 30_000.0)
    assert (u[over] >= 800.0).all() and u.max() == pytest.approx(801.0)
    rate = np.diff(u) / 0.5
    assert rate.max() == pytest.approx(6.0) and rate.min() == pytest.approx(-5.0)
    assert u[0] == u[-1] == 500.0
    assert minima.is_kept(lifted, 6.0) and not minima.is_kept(route, 6.0)
    assert minima.lifted(lifted, lifted, CRAFT, lands=False) is lifted


def test_who_is_under_a_minimum_climbs_at_once_and_who_cannot_in_time_is_not_sent_there() -> None:
    minima = Minima(box(800.0, (-10_000.0, 90_000.0)))
    route = np.array([[0.0, 0.0, 0.0, 500.0], [1_000.0, 60_000.0, 0.0, 500.0]])
    lifted = minima.lifted(route, route, CRAFT, lands=False)
    assert np.interp(50.0, lifted[:, 0], lifted[:, 3]) == pytest.approx(800.0)
    assert np.interp(25.0, lifted[:, 0], lifted[:, 3]) == pytest.approx(650.0)
    assert minima.is_kept(lifted, 6.0)
    later = after(lifted, 20.0)
    assert minima.is_kept(later, 6.0) and not minima.is_kept(later, 6.0, now_s=0.0)
    ahead = Minima(box(800.0, (1_000.0, 90_000.0)))
    assert not ahead.is_kept(ahead.lifted(route, route, CRAFT, lands=False), 6.0)


def test_the_plan_itself_and_what_is_near_a_landing_need_no_minimum() -> None:
    plan = np.array([[0.0, 0.0, 0.0, 500.0], [1_000.0, 60_000.0, 0.0, 500.0]])
    nowhere = Ends(None, None)
    assert not len(own_part(plan + np.array([60.0, 0.0, 0.0, 200.0]), plan, nowhere))
    assert len(own_part(plan - np.array([0.0, 0.0, 0.0, 2.0]), plan, nowhere)) == 2
    off = np.array([[0.0, 0.0, 0.0, 500.0], [500.0, 30e3, 20e3, 500.0], [1_000.0, 60e3, 0.0, 500.0],
                    [1_100.0, 66e3, 0.0, 500.0]])  # fmt: skip
    longer = np.vstack([plan, [[1_100.0, 66_000.0, 0.0, 500.0]]])
    own = own_part(off, longer, nowhere)
    assert own[-1, 0] == 1_000.0
    own = own_part(off[:3], plan, Ends(None, off[2, 1:3]))
    assert 15_500.0 < np.hypot(*(own[-1, 1:3] - off[2, 1:3])) <= 18_520.0
    short = np.array([[0.0, 0.0, 0.0, 500.0], [50.0, 0.0, 3e3, 500.0], [100.0, 3e3, 3e3, 100.0]])
    assert not len(own_part(short, plan, Ends(None, short[2, 1:3])))


def test_what_is_left_of_the_height_is_lost_over_the_place() -> None:
    minima = Minima(box(2_500.0, (-90_000.0, 90_000.0)))
    way = np.array([[0.0, 0.0, 0.0, 2_600.0], [1_000.0, 60_000.0, 0.0, 100.0]])
    own = own_part(way, way + np.array([0.0, 0.0, 5_000.0, 0.0]), Ends(None, way[1, 1:3]))
    out = minima.lifted(way, own, CRAFT, lands=True)
    assert out[-1, 1:].tolist() == [60_000.0, 0.0, pytest.approx(100.0)]
    assert out[-1, 0] > 1_000.0 and out[-2, 1] == 60_000.0
    rate = np.diff(out[:, 3]) / np.diff(out[:, 0])
    assert rate.min() >= -5.0 - 1e-9


def test_advice_says_where_no_minimum_is_known_and_where_the_plan_is_under_one(make, place_raid) -> None:
    picture = place_raid(T_S, 40_000.0, 517.0 * 50.0, 0.0, -50.0)
    plain = told(make(), picture)
    assert (plain.minimum == NONE).all()
    for minima, want in ((box(900.0, (-90e3, 190e3), (-90e3, 190e3)), {1}), (box(900.0, (-99e3, -90e3)), {0})):
        world = make()
        world.setup = dataclasses.replace(world.setup, minima=minima)
        out = told(world, picture)
        far = [k for k in range(len(out)) if out.option[k] in (Option.REROUTE, Option.DIVERT)]
        assert {int(out.minimum[k]) for k in far} <= want
        stay = int(out.minimum[rows(out, Option.CONTINUE)[0]])
        assert stay == (2 if want == {1} else 0)


def test_waits_are_stays_between_two_passages_of_one_place() -> None:
    still = np.array([[0.0, 0.0, 0.0, 500.0], [100.0, 6e3, 0.0, 500.0], [400.0, 6e3, 0.0, 500.0],
                      [500.0, 12e3, 0.0, 500.0]])  # fmt: skip
    assert waits(still) == [Wait(6e3, 0.0, 100.0, 400.0, 500.0, 500.0, 0.0)]
    assert waits(still[[0, 1, 3]]) == []
    laps = np.array([[0.0, 0.0, 0.0, 500.0], [60.0, 3e3, 4e3, 700.0], [120.0, 0.0, 0.0, 600.0]])
    assert waits(laps) == [Wait(0.0, 0.0, 0.0, 120.0, 500.0, 700.0, 5e3)]


def test_waits_meet_in_time_place_and_level_and_count_by_flight() -> None:
    room = Room(1, 10_000.0, 300.0)
    one = Wait(0.0, 0.0, 0.0, 300.0, 500.0, 500.0, 0.0)
    assert meet(one, one._replace(e_m=9_000.0, from_s=299.0, to_s=900.0, low_m=799.0, high_m=900.0), room)
    assert meet(one, one._replace(e_m=12_000.0, reach_m=3_000.0), room)
    for other in ({"e_m": 10_000.0}, {"from_s": 300.0, "to_s": 600.0}, {"low_m": 800.0, "high_m": 900.0}):
        assert not meet(one, one._replace(**other), room)
    route = np.array([[0.0, 0.0, 0.0, 500.0], [300.0, 0.0, 0.0, 500.0]])
    away = route + np.array([0.0, 50e3, 0.0, 0.0])
    assert is_full(route, [[route, route]], room) and not is_full(route, [[away]], room)
    assert not is_full(route, [[route, route]], room._replace(flights=2))
    assert is_full(route, [[route], [away, route]], room._replace(flights=2))


def test_flights_bound_for_a_site_by_their_plans_count_against_its_capacity(make, place_raid) -> None:
    """The aeroplane is bound for the field in the south, which takes one: nobody else is sent there."""
    picture = place_raid(T_S, 40_000.0, 517.0 * 50.0, 0.0, -50.0)
    # its place is its own from an hour before it lands by its plan until half an hour after
    for takes, later_s, may in (
        (1, 0.0, False), (2, 0.0, True), (NONE, 0.0, True), (1, 7_200.0, True), (1, -7_200.0, True)
    ):  # fmt: skip
        world = make()
        f, s = world.setup.flights, world.setup.sites
        t = np.array(f.wp_t_s)
        t[4:] += later_s
        east, north = np.array(f.wp_e_m), np.array(f.wp_n_m)
        east[7], north[7] = s.e_m[3], s.n_m[3]
        sites = dataclasses.replace(s, capacity=i64([0, NONE, 0, takes, 0]))
        flights = dataclasses.replace(f, wp_e_m=f64(east), wp_n_m=f64(north), wp_t_s=f64(t))
        world.setup = dataclasses.replace(world.setup, sites=sites, flights=flights)
        out = told(world, picture)
        assert (3 in out.site.tolist()) == may


def two_helicopters(make):
    """Both flights are one helicopter's plan, the second half a minute behind."""
    world = make()
    f, first = world.setup.flights, slice(0, 4)
    twice = {n: f64(np.tile(getattr(f, n)[first], 2)) for n in ("wp_e_m", "wp_n_m", "wp_u_m")}
    t = np.concatenate([f.wp_t_s[first], f.wp_t_s[first] + 30.0])
    flights = dataclasses.replace(f, aircraft_type=i64([f.aircraft_type[0]] * 2), wp_t_s=f64(t), **twice)
    world.setup = dataclasses.replace(world.setup, flights=flights)
    return world


def held_at(out, flight: int) -> list[Wait]:
    found: list[Path4D] = [out.route(k) for k in range(len(out)) if out.flight[k] == flight]
    return [w for r in found for w in waits(np.column_stack([r.t_s, r.e_m, r.n_m, r.u_m]))]


def test_two_flights_are_not_told_to_wait_in_one_hold_beyond_its_capacity(make, place_raid) -> None:
    picture = place_raid(T_S, 40_000.0, 517.0 * 50.0, 0.0, -50.0)
    for capacity, meets in ((0, True), (1, False), (2, True)):
        world = two_helicopters(make)
        advice = dataclasses.replace(world.cfg.advice, hold_capacity=capacity)
        world.cfg = dataclasses.replace(world.cfg, advice=advice)
        out = told(world, picture, levels=(3, 3))
        room = Room(1, advice.hold_apart_m, advice.hold_above_m)
        assert held_at(out, 0)
        assert any(meet(a, b, room) for a in held_at(out, 0) for b in held_at(out, 1)) == meets
