"""Routes as points: each way out can be flown."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.advice import routes
from flightward.model import Path4D, f64

REST = np.array([[0.0, 0.0, 0.0, 500.0], [500.0, 30_000.0, 0.0, 500.0], [1_000.0, 60_000.0, 0.0, 100.0]])


HELICOPTER = routes.Craft(60.0, 6.0, 5.0, 1_146.0, 60.0, 132.0, True)
AEROPLANE = routes.Craft(130.0, 9.0, 8.0, 3_700.0, 130.0, 200.0, False)


def speeds(route: np.ndarray) -> np.ndarray:
    return np.hypot(np.diff(route[:, 1]), np.diff(route[:, 2])) / np.diff(route[:, 0])


def test_points_of_a_path_drop_repeated_times() -> None:
    path = Path4D(f64([0, 0, 10]), f64([0, 0, 600]), f64([0, 0, 0]), f64([1, 2, 3]))
    assert routes.points(path).tolist() == [[0.0, 0.0, 0.0, 2.0], [10.0, 600.0, 0.0, 3.0]]


def test_at_after_and_until_meet_at_the_same_point() -> None:
    assert routes.at(REST, 250.0).tolist() == [250.0, 15_000.0, 0.0, 500.0]
    assert routes.after(REST, 250.0)[0].tolist() == routes.until(REST, 250.0)[-1].tolist()
    assert len(routes.until(REST, 0.0)) == 0
    assert routes.after(REST, 2_000.0).tolist() == [REST[-1].tolist()]


def test_a_helicopter_waits_on_one_spot_and_then_flies_on() -> None:
    out = routes.hold(REST, 250.0, 600.0, 60.0, True)
    assert out[:, 0].tolist() == [0.0, 250.0, 850.0, 1_100.0, 1_600.0]
    assert out[1, 1:].tolist() == out[2, 1:].tolist()
    assert out[-1, 1:].tolist() == REST[-1, 1:].tolist()


def test_an_aeroplane_flies_whole_laps_at_its_speed() -> None:
    out = routes.hold(REST, 0.0, 600.0, 120.0, False)
    lap = out[(out[:, 0] <= 600.0)]
    assert lap[0, 1:].tolist() == lap[-1, 1:].tolist() == REST[0, 1:].tolist()
    np.testing.assert_allclose(speeds(lap), 120.0, rtol=1e-9)
    assert np.hypot(lap[:, 1], lap[:, 2]).max() < 120.0 * routes.LAP_S / 2.0
    assert out[-1, 0] == 1_600.0


def test_a_direct_landing_descends_as_late_as_it_can() -> None:
    out = routes.direct(REST[0], 0.0, 12_000.0, 100.0, 60.0, 6.0, 5.0, True)
    assert out[:, 0].tolist() == [0.0, 120.0, 200.0]
    assert out[:, 3].tolist() == [500.0, 500.0, 100.0]


def test_a_landing_too_near_for_the_height_takes_the_time_it_takes() -> None:
    above = np.array([0.0, 0.0, 0.0, 1_100.0])
    hover = routes.direct(above, 600.0, 0.0, 100.0, 60.0, 6.0, 5.0, True)
    assert hover[-1].tolist() == [200.0, 600.0, 0.0, 100.0]
    spiral = routes.direct(above, 600.0, 0.0, 100.0, 60.0, 6.0, 5.0, False)
    assert spiral[-1].tolist() == [200.0, 600.0, 0.0, 100.0]
    assert (speeds(spiral) > 30.0).all()
    assert (np.diff(spiral[:, 3]) >= -5.0 * np.diff(spiral[:, 0]) - 1e-6).all()


def test_around_passes_its_point_and_comes_back_later() -> None:
    out = routes.around(REST, 30_000.0, 20_000.0, 1_000.0, math.nan, HELICOPTER)
    assert out is not None
    assert [30_000.0, 20_000.0] in out[:, 1:3].tolist()
    np.testing.assert_allclose(speeds(out), 60.0)
    assert out[-1, 0] > 1_000.0
    assert out[-1, 1:].tolist() == REST[-1, 1:].tolist()


def test_a_higher_level_keeps_way_and_times_and_lands() -> None:
    out = routes.at_level(REST, 1_500.0, 5.0, 5.0, True)
    assert out[0].tolist() == REST[0].tolist()
    assert out[-1].tolist() == REST[-1].tolist()
    assert out[:, 3].max() == 1_500.0
    assert (np.abs(np.diff(out[:, 3])) <= 5.0 * np.diff(out[:, 0]) + 1e-6).all()


@settings(deadline=None)
@given(
    st.floats(-80_000.0, 80_000.0),
    st.floats(-80_000.0, 80_000.0),
    st.floats(0.0, 3_000.0),
    st.floats(20.0, 250.0),
    st.booleans(),
)
def test_direct_is_never_faster_than_the_aircraft(e: float, n: float, u: float, v: float, hovers: bool) -> None:
    out = routes.direct(np.array([7.0, 0.0, 0.0, 800.0]), e, n, u, v, 6.0, 5.0, hovers)
    dt = np.diff(out[:, 0])
    assert (dt > 0.0).all()
    assert (np.hypot(np.diff(out[:, 1]), np.diff(out[:, 2])) <= v * dt * (1 + 1e-6) + 1e-3).all()
    climb = np.diff(out[:, 3])
    assert (climb <= 6.0 * dt + 1e-3).all()
    assert (climb >= -5.0 * dt - 1e-3).all()
    # a place nearer than a millimetre is here
    np.testing.assert_allclose(out[-1, 1:], [e, n, u], atol=1e-3)


@given(st.floats(0.0, 999.0), st.floats(60.0, 3_000.0), st.floats(20.0, 250.0), st.booleans())
def test_a_hold_takes_exactly_its_time(from_s: float, dt_s: float, v: float, hovers: bool) -> None:
    out = routes.hold(REST, from_s, dt_s, v, hovers)
    assert math.isclose(out[-1, 0], 1_000.0 + dt_s)
    assert (np.diff(out[:, 0]) > 0.0).all()
    assert out[0].tolist() == REST[0].tolist()


@settings(deadline=None)
@given(
    st.floats(0.0, 6.28), st.floats(-40_000.0, 40_000.0), st.floats(-40_000.0, 40_000.0),
    st.sampled_from([1_146.0, 3_700.0]),
)
def test_an_arc_begins_on_the_course_and_ends_facing_the_place(
    course: float, e: float, n: float, radius: float
) -> None:
    start = np.array([5.0, 100.0, 200.0, 900.0])
    arc = routes.turned(start, course, 100.0 + e, 200.0 + n, 60.0, radius)
    far = math.hypot(100.0 + e - arc[-1, 1], 200.0 + n - arc[-1, 2])
    route = routes.joined(arc, np.array([[arc[-1, 0] + far / 60.0, 100.0 + e, 200.0 + n, 900.0]]))
    if len(route) < 2 or far < 1.0:
        return
    leg = np.diff(route[:, 1:3], axis=0)
    turn = np.unwrap(np.concatenate([[course], np.arctan2(leg[:, 0], leg[:, 1])]))
    assert (np.abs(np.diff(turn)) <= routes.ARC_RAD + 1e-6).all()
    assert routes.is_flyable(route, radius, True)
    np.testing.assert_allclose(speeds(route), 60.0)


def test_a_sharp_corner_between_short_legs_cannot_be_flown() -> None:
    way = [[0.0, 0.0], [3_000.0, 0.0], [3_000.0, 3_000.0], [0.0, 3_000.0]]
    sharp = np.column_stack([np.arange(4) * 50.0, way, np.full(4, 500.0)])
    assert routes.is_flyable(sharp, 1_146.0, True)
    assert not routes.is_flyable(sharp, 3_700.0, True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-50_000.0, 50_000.0), st.floats(-50_000.0, 50_000.0), st.floats(200.0, 3_000.0),
                          st.sampled_from([0.0, 900.0, 2_000.0])), max_size=4), st.booleans(), st.floats(0.0, 6.28))
def test_a_way_through_places_keeps_to_speed_and_rates_and_waits(vias: list, hovers: bool, course: float) -> None:
    craft = HELICOPTER if hovers else AEROPLANE
    start = np.array([100.0, 0.0, 0.0, 800.0])
    out = routes.through(start, course, vias, 10_000.0, 20_000.0, 100.0, craft)
    dt = np.diff(out[:, 0])
    assert (dt > 0.0).all()
    assert (np.hypot(np.diff(out[:, 1]), np.diff(out[:, 2])) <= craft.speed_mps * dt * (1 + 1e-6) + 1e-3).all()
    assert (np.diff(out[:, 3]) <= craft.climb_mps * dt + 1e-3).all()
    assert (np.diff(out[:, 3]) >= -craft.descent_mps * dt - 1e-3).all()
    np.testing.assert_allclose(out[-1, 1:], [10_000.0, 20_000.0, 100.0], atol=1e-6)
    waits = [v[3] for v in vias if v[3] > 0.0]
    assert out[-1, 0] >= max(waits, default=0.0)
    if not hovers:
        moving = np.hypot(np.diff(out[:, 1]), np.diff(out[:, 2])) / dt
        assert moving.min() > 0.9 * craft.speed_mps
