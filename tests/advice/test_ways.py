"""Searched ways: they help, they are few places to fly over, and straightening costs nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flightward.advice import Advice
from flightward.advice.choices import CONTINUE, Choice, route_of
from flightward.advice.hazard import band_of, hazard_field
from flightward.advice.judge import ROUGH_H_M, Judge
from flightward.advice.lattice import MOVE_Q, MOVES, cell_at, heading_of, lattice_between, place, turn_steps
from flightward.advice.performance import TYPES
from flightward.advice.search import Found, corners, different
from flightward.advice.situation import flight_facts, situation
from flightward.advice.ways import HELPS, Searcher
from flightward.kernels.hazard_along import along
from flightward.model import NONE, Option, ZoneBatch, f64, i8, i64
from flightward.wording import advice_texts, crew_texts

NOW_S = 1_760_000_150.0


def searcher(world, picture) -> tuple[Searcher, Judge]:
    judge = Judge(world.setup, world.cfg, picture.futures)
    field = hazard_field(
        picture.futures, judge.boxes, world.setup.zones, NOW_S, world.cfg.caught, ROUGH_H_M, world.setup.radius_m
    )
    assert field is not None
    return Searcher(field, world.setup.sites, world.setup.zones, []), judge


def here(world, flight: int = 0):
    s = situation(world.states(NOW_S), flight, flight_facts(world.setup, flight))
    assert s is not None
    return s


def raid_ahead(place_raid, draws: int = 16):
    return place_raid(NOW_S, 40_000.0, 517.0 * 50.0, 0.0, -50.0, draws=draws, count=6)


def test_searched_ways_keep_away_from_the_raid_and_arrive(world, place_raid) -> None:
    ask, judge = searcher(world, raid_ahead(place_raid))
    s = here(world)
    found = ask.ways(s)
    around = [c for c in found if c.option == Option.REROUTE]
    assert around
    stay = judge.chances([s.rest], s).p[0]
    routes = [route_of(c, s, world.setup.sites) for c in around]
    assert stay > 0.9
    assert judge.chances(routes, s).p.min() <= 0.05
    for c, route in zip(around, routes, strict=True):
        assert 1 <= len(c.vias) <= 5
        assert route[-1, 1:].tolist() == pytest.approx(s.rest[-1, 1:].tolist())
        assert s.burnt_s(route) <= s.land_by_s


def test_straightening_never_raises_the_hazard(world, place_raid) -> None:
    ask, _ = searcher(world, raid_ahead(place_raid))
    s = here(world)
    height = float(s.rest[:, 3].max())
    field = ask.field.asked((band_of(height),))
    front = ask._to_end(s, field, height)
    assert front.is_whole
    assert len(front.points) >= 2
    for point in front.points:
        choice, hazard = ask._straight(Choice(int(Option.REROUTE)), point, s, field, height)
        assert choice is not None
        raw = corners(point.nodes)
        t = f64(raw[:, 0])
        first = along(field, t, f64(raw[:, 1]), f64(raw[:, 2]), i64(np.zeros(len(t) - 1)), 1_250.0, 30.0)
        assert hazard <= first * 1.1 + 0.3  # the lattice way, flown up to 2.2 % slower than it is drawn
        assert len(choice.vias) <= max(1, len(raw) - 2)


def test_the_field_is_empty_without_drones_near_and_full_in_the_raid(world, place_raid) -> None:
    ask, _ = searcher(world, raid_ahead(place_raid))
    field = ask.field.asked((band_of(500.0),))
    stays = [f64([510.0, 520.0]), f64([40_000.0, 40_000.0]), f64([0.0, 0.0])]
    assert along(field, *stays, i64([0]), 100.0, 10.0) > 0.3
    far = [f64([510.0, 520.0]), f64([-30_000.0, -30_000.0]), f64([0.0, 0.0])]
    assert along(field, *far, i64([0]), 100.0, 10.0) == 0.0
    above = ask.field.asked((band_of(9_000.0),))
    assert along(above, *stays, i64([0]), 100.0, 10.0) == 0.0


def test_two_bands_asked_together_are_each_what_they_are_alone(world, place_raid) -> None:
    ask, _ = searcher(world, raid_ahead(place_raid))
    both = ask.field.asked((0, 3))
    for k, band in enumerate((0, 3)):
        alone = ask.field.asked((band,))
        for t in (400.0, 520.0, 600.0):
            route = f64([t, t + 30.0]), f64([36_000.0, 44_000.0]), f64([0.0, 3_000.0])
            assert along(both, *route, i64([k]), 500.0, 5.0) == along(alone, *route, i64([0]), 500.0, 5.0)


def test_a_lattice_has_cells_at_both_ends_and_moves_never_faster_than_the_flight() -> None:
    a, b = np.array([3_000.0, -7_000.0]), np.array([41_000.0, 22_000.0])
    lattice, first, last = lattice_between(a, b, 30_000.0, 5_000.0)
    np.testing.assert_allclose(place(lattice, first), a, atol=1e-6)
    np.testing.assert_allclose(place(lattice, last), b, atol=1e-6)
    assert cell_at(lattice, *b) == last
    assert cell_at(lattice, 1e6, 0.0) == -1
    length = np.hypot(MOVES[:, 0], MOVES[:, 1])
    assert (7.0 * length <= MOVE_Q + 1e-9).all()
    assert (1.023 * 7.0 * length >= MOVE_Q).all()
    toward = (b - a) / np.hypot(*(b - a))
    assert heading_of(lattice, *toward) == 0
    angles = np.unwrap(np.arctan2(MOVES[:, 1], MOVES[:, 0]))
    assert (np.diff(angles) > 0.0).all()


def test_a_fast_aeroplane_may_turn_less_between_moves_than_a_helicopter() -> None:
    assert turn_steps(TYPES["EC35"], 60.0, 5_000.0) == 5
    assert turn_steps(TYPES["A320"], 220.0, 8_500.0) == 2


def test_the_most_different_points_hold_both_ends() -> None:
    nodes = [np.array([[0.0, 0.0, 0.0, 0.0], [t, 1.0, 1.0, 0.0]]) for t in (100.0, 110.0, 400.0, 900.0)]
    points = tuple(Found(n, h, 0) for n, h in zip(nodes, (4.0, 3.9, 1.0, 0.1), strict=True))
    assert [p.hazard for p in different(points, 3)] == [4.0, 1.0, 0.1]
    assert different(points[:2], 3) == list(points[:2])


def test_what_hardly_helps_is_left_out(world, place_raid) -> None:
    ask, _ = searcher(world, raid_ahead(place_raid))
    s = here(world)
    field = ask.field.asked((band_of(float(s.rest[:, 3].max())),))
    stay = ask._hazard(s.rest, field)
    for c in ask.ways(s):
        route = route_of(c, s, world.setup.sites)
        assert ask._hazard(route, field) <= 1.1 * HELPS * stay + 0.05


def test_surviving_in_the_air_outlasts_the_forecast_and_lands_somewhere(make, place_raid) -> None:
    world = make(endurance_s=9_000.0)
    ask, _ = searcher(world, raid_ahead(place_raid, 8))
    s = here(world)
    found = ask.survivals(s)
    assert len(found) == 1
    route = route_of(found[0], s, world.setup.sites)
    assert route[-1, 0] > NOW_S + 3_600.0
    assert s.burnt_s(route) <= s.land_by_s
    site = found[0].site
    assert route[-1, 1:3].tolist() == [world.setup.sites.e_m[site], world.setup.sites.n_m[site]]
    assert ask.survivals(dataclasses.replace(s, land_by_s=NOW_S + 3_000.0)) == []


def test_a_site_is_not_told_to_more_flights_than_it_takes(world, place_raid) -> None:
    picture = raid_ahead(place_raid)
    told = []
    for takes in (1, 2):
        sites = dataclasses.replace(world.setup.sites, capacity=i64([takes] * len(world.setup.sites)))
        setup = dataclasses.replace(world.setup, sites=sites)
        out = Advice(setup, world.cfg).step(
            NOW_S, world.states(NOW_S), world.threats(NOW_S, (3, 3)), picture, world.coverage(NOW_S)
        )
        assert out is not None
        went = [set(out.site[(out.flight == f) & (out.site != NONE)].tolist()) for f in (0, 1)]
        told.append(went[0] & went[1])
    assert told[0] == set()


def test_a_plan_that_is_longer_than_its_endurance_is_said_so(make, place_raid) -> None:
    for endurance_s, is_said in ((900.0, True), (7_200.0, False)):
        world = make(endurance_s=endurance_s)
        out = Advice(world.setup, world.cfg).step(
            NOW_S, world.states(NOW_S), world.threats(NOW_S), raid_ahead(place_raid), world.coverage(NOW_S)
        )
        assert out is not None
        said = advice_texts(out, world.setup)[int(np.flatnonzero(out.option == Option.CONTINUE)[0])]
        assert ("longer than the endurance" in said) is is_said


def test_fuel_is_a_limit_where_no_endurance_is_declared(make) -> None:
    world = make()
    nan = f64([np.nan, np.nan])
    flights = dataclasses.replace(world.setup.flights, endurance_s=nan, fuel_kg=f64([105.0, np.nan]))
    setup = dataclasses.replace(world.setup, flights=flights, zones=ZoneBatch.empty())
    assert flight_facts(setup, 0).endurance_s == pytest.approx(1_800.0)  # EC35: 210 kg in an hour
    assert np.isnan(flight_facts(setup, 1).endurance_s)


def test_a_place_is_left_out_once_it_is_passed(world) -> None:
    s = here(world)
    first = (float(s.rest[0, 1]) + 10_000.0, 9_000.0, 500.0, 0.0)
    second = (45_000.0, 9_000.0, 500.0, 0.0)
    choice = CONTINUE._replace(option=int(Option.REROUTE), vias=(first, second))
    route = route_of(choice, s, world.setup.sites)
    assert route is not None
    assert np.hypot(route[:, 1] - first[0], route[:, 2] - first[1]).min() < 1.0
    on = s.rest.copy()
    on[0, 1:3] = first[0] + 5_000.0, 9_200.0
    later = route_of(choice, dataclasses.replace(s, rest=on), world.setup.sites)
    assert later is not None
    assert np.hypot(later[:, 1] - first[0], later[:, 2] - first[1]).min() > 3_000.0
    assert np.hypot(later[:, 1] - second[0], later[:, 2] - second[1]).min() < 1.0


def test_a_wait_on_a_searched_way_is_said(world, place_raid) -> None:
    out = Advice(world.setup, world.cfg).step(
        NOW_S, world.states(NOW_S), world.threats(NOW_S), raid_ahead(place_raid), world.coverage(NOW_S)
    )
    assert out is not None
    waits = f64([NOW_S, NOW_S + 100.0, NOW_S + 700.0, NOW_S + 900.0])
    way = {"route_e_m": f64([9_000.0, 15_000.0, 15_000.0, 27_000.0]), "route_n_m": f64(np.zeros(4))}
    one = dataclasses.replace(
        out.take(np.array([0])), option=i8([Option.REROUTE]), site=i64([NONE]), start=i64([0, 4]), route_t_s=waits,
        route_u_m=f64(np.full(4, 500.0)), **way,
    )
    said, crew = advice_texts(one, world.setup)[0], crew_texts(one, world.setup)[0]
    assert "waiting at 50.00N 024.21E until 09:07 UTC" in said
    assert "HOLD 50.00N 024.21E UNTIL 0907Z" in crew
    assert len(crew) <= 160
    landing = dataclasses.replace(one, route_e_m=f64([9_000.0, 12_000.0, 15_000.0, 15_000.0]))
    assert "waiting" not in advice_texts(landing, world.setup)[0]
