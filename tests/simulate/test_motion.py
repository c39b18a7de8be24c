"""Flying: hand cases, and truth whose positions and velocities agree, judged by pyproj."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from flightward.simulate.flights import interpolate
from flightward.simulate.geodesy import east_north_m, geocentric_m, local_axes, offset_deg
from flightward.simulate.motion import Movers, fly
from flightward.simulate.raids import draw_raid
from flightward.simulate.scenario import Raid, Wave, Waypoint
from flightward.simulate.world import draw_world, truth_table

GEOD = Geod(ellps="WGS84")
GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)


def movers(n=1, route=((50.2, 30.0),), **changes):
    one = np.ones(n)
    values = {
        "born_s": np.zeros(n, np.int64), "dies_s": np.full(n, 10**9), "lat_deg": 50.0 * one, "lon_deg": 30.0 * one,
        "hae_m": 500.0 * one, "course_rad": 0.0 * one, "speed_mps": 50.0 * one,
        "route_deg": np.tile(np.array(route, dtype=np.float64).reshape(1, -1, 2), (n, 1, 1)),
        "route_hae_m": np.full((n, len(route)), 500.0), "turn_radps": 0.05 * one, "climb_mps": 3.0 * one,
        "wander_rad": 0.0 * one, "wander_s": 100.0 * one, "sigma_hae_m": 0.0 * one, "floor_m": 0.0 * one,
        "ceiling_m": 1e5 * one, **changes,
    }  # fmt: skip
    return Movers(**values)


def flown(m, seconds=100, seed=0):
    return fly([m], seconds, [np.random.default_rng(seed)])


def test_straight_north_at_50_mps_is_500_m_in_ten_seconds():
    paths = flown(movers())
    _, _, far = GEOD.inv(paths.lon_deg[0, 0], paths.lat_deg[0, 0], paths.lon_deg[10, 0], paths.lat_deg[10, 0])
    # at 500 m height the ground below passes by 1 part in 13,000 slower
    assert far == pytest.approx(500.0, abs=0.1)
    assert paths.vn_mps[5, 0] == pytest.approx(50.0) and paths.ve_mps[5, 0] == pytest.approx(0.0, abs=1e-6)


def test_it_turns_no_faster_than_it_can():
    paths = flown(movers(route=((49.8, 30.0),), turn_radps=np.array([0.05])))
    course = np.unwrap(np.arctan2(paths.ve_mps[:, 0], paths.vn_mps[:, 0]))
    assert np.abs(np.diff(course)).max() <= 0.05 + 1e-9
    assert np.abs(course[-1] - course[0]) == pytest.approx(np.pi, abs=0.05)


def test_it_is_born_dies_and_ends_where_its_way_ends():
    near = movers(route=((50.02, 30.0),))
    assert np.isnan(flown(near, 200).lat_deg[-1, 0])
    late = flown(movers(born_s=np.array([20]), dies_s=np.array([30])))
    alive = np.flatnonzero(~np.isnan(late.lat_deg[:, 0]))
    assert (alive[0], alive[-1]) == (20, 30)
    early = flown(movers(born_s=np.array([-60])))
    _, _, far = GEOD.inv(30.0, 50.0, early.lon_deg[0, 0], early.lat_deg[0, 0])
    assert far == pytest.approx(3000.0, abs=1.0)


def test_climb_is_limited_and_levels_off():
    paths = flown(movers(route_hae_m=np.array([[800.0]])), 300)
    assert paths.vu_mps.max() <= 3.0 + 1e-9
    assert paths.hae_m[-1, 0] == pytest.approx(800.0, abs=5.0)


def test_groups_fly_the_same_alone_or_together():
    a, b = movers(2, wander_rad=np.full(2, 0.1)), movers(3, route=((50.1, 30.1), (50.2, 30.3)))
    alone = fly([a], 80, [np.random.default_rng(5)])
    both = fly([a, b], 80, [np.random.default_rng(5), np.random.default_rng(6)])
    for field in dataclasses.fields(alone):
        np.testing.assert_array_equal(getattr(both, field.name)[:, :2], getattr(alone, field.name))


@settings(max_examples=25, deadline=None)
@given(
    lat=st.floats(-75, 75), lon=st.floats(-179, 179), course=st.floats(0, 6.28), speed=st.floats(10, 250),
    wander=st.floats(0, 0.3),
)  # fmt: skip
def test_positions_and_velocities_of_the_truth_agree(lat, lon, course, speed, wander):
    m = movers(
        1, (), lat_deg=np.array([lat]), lon_deg=np.array([lon]), course_rad=np.array([course]),
        speed_mps=np.array([speed]), wander_rad=np.array([wander]), route_deg=np.zeros((1, 0, 2)),
        route_hae_m=np.zeros((1, 0)),
    )  # fmt: skip
    p = flown(m, 20)
    bearing, _, far = GEOD.inv(p.lon_deg[:-1, 0], p.lat_deg[:-1, 0], p.lon_deg[1:, 0], p.lat_deg[1:, 0])
    up = 1.0 + 500.0 / 6371000.0
    np.testing.assert_allclose(far * up * np.sin(np.radians(bearing)), p.ve_mps[:-1, 0], atol=0.02)
    np.testing.assert_allclose(far * up * np.cos(np.radians(bearing)), p.vn_mps[:-1, 0], atol=0.02)


@settings(max_examples=50, deadline=None)
@given(lat=st.floats(-85, 85), lon=st.floats(-180, 180), hae=st.floats(-100, 20000))
def test_geocentric_coordinates_and_local_axes_are_those_of_pyproj(lat, lon, hae):
    mine = np.array(geocentric_m(np.array([lat]), np.array([lon]), np.array([hae])))[:, 0]
    theirs = np.array(GEOCENTRIC.transform(lon, lat, hae))
    np.testing.assert_allclose(mine, theirs, atol=1e-5)
    up = (np.array(GEOCENTRIC.transform(lon, lat, hae + 100.0)) - theirs) / 100.0
    np.testing.assert_allclose(local_axes(lat, lon) @ up, [0.0, 0.0, 1.0], atol=1e-6)


def test_a_step_aside_and_back_is_good_to_a_thousandth():
    for lat in (-60.0, 0.0, 50.0, 70.0):
        there = offset_deg(np.array(lat), np.array(20.0), np.array(30000.0), np.array(-40000.0))
        _, _, far = GEOD.inv(20.0, lat, float(there[1]), float(there[0]))
        assert far == pytest.approx(50000.0, rel=2e-3)
        back = east_north_m(np.array(lat), np.array(20.0), *there)
        np.testing.assert_allclose(back, [30000.0, -40000.0], rtol=1e-3)


def test_between_waypoints_a_flight_is_on_the_geodesic():
    way = (
        Waypoint(t_s=0.0, lat_deg=45.0, lon_deg=10.0, hae_m=1000.0),
        Waypoint(t_s=100.0, lat_deg=46.0, lon_deg=13.0, hae_m=3000.0),
    )
    lat, lon, hae = interpolate(way, np.array([0.0, 50.0, 100.0]))
    azimuth, _, far = GEOD.inv(10.0, 45.0, 13.0, 46.0)
    mid_lon, mid_lat, _ = GEOD.fwd(10.0, 45.0, azimuth, far / 2.0)
    _, _, off = GEOD.inv(mid_lon, mid_lat, lon[1], lat[1])
    assert off < 40.0 and hae[1] == pytest.approx(2000.0)
    np.testing.assert_allclose([lat[0], lon[0], lat[2], lon[2]], [45.0, 10.0, 46.0, 13.0], atol=1e-9)


def test_a_formation_keeps_its_spacing_and_a_wave_its_moment():
    way = ((50.0, 30.0), (50.5, 30.0))
    rng = np.random.default_rng(3)
    abreast = Raid(id="R", n=4, waypoints=way, pattern="formation", spread_m=1000.0, waypoint_sigma_m=0.0)
    line = draw_raid(abreast, 0.0, rng).movers
    east, _ = east_north_m(np.full(4, 50.0), np.full(4, 30.0), line.lat_deg, line.lon_deg)
    np.testing.assert_allclose(np.diff(np.sort(east)), 1000.0, atol=700.0)
    waves = (Wave(at_s=0.0, n=3), Wave(at_s=900.0, n=2))
    raid = draw_raid(Raid(id="R", n=5, waypoints=way, pattern="wave", waves=waves, wave_s=60.0), 0.0, rng).movers
    assert ((raid.born_s[:3] >= 0) & (raid.born_s[:3] <= 60)).all() and (raid.born_s[3:] >= 900).all()


def test_a_stream_quickens_and_losses_follow_their_rate():
    way = ((50.0, 30.0), (50.5, 30.0))
    rng = np.random.default_rng(4)
    stream = Raid(id="R", n=2000, waypoints=way, interval_s=60.0, quicken=3.0, loss_per_hour=1.0)
    m = draw_raid(stream, 0.0, rng).movers
    gaps = np.diff(m.born_s)
    assert gaps[:500].mean() / gaps[-500:].mean() == pytest.approx(2.4, rel=0.2)
    assert np.mean(m.dies_s - m.born_s) == pytest.approx(3600.0, rel=0.1)


def test_a_day_across_180_degrees_is_the_same_day_elsewhere(make):
    def truth(middle_deg):
        def lon(off_deg):
            return (middle_deg + off_deg + 180.0) % 360.0 - 180.0

        points = [(100.0, -0.1, 100.0), (250.0, 0.0, 400.0), (400.0, 0.1, 100.0)]
        way = [{"t_s": t, "lat_deg": 50.0, "lon_deg": lon(off), "hae_m": h} for t, off, h in points]
        raid = {"id": "R1", "n": 5, "waypoints": [[50.1, lon(0.05)], [50.0, lon(-0.25)]], "start_s": -100.0}
        day = make.small(
            area={"lat_deg": 50.0, "lon_deg": lon(0.0), "radius_m": 1e5}, sensor=[], site=[], birds={"n": 0},
            raid=[{**raid, "interval_s": 20.0}], flight=[make.flight(waypoints=way, alternates=[])],
        )  # fmt: skip
        return truth_table(draw_world(day, np.random.SeedSequence(3)), 0.0).to_pandas()

    here, there = truth(30.0), truth(179.98)
    assert len(here) == len(there) and there.lon_deg.abs().max() <= 180.0
    assert set(np.sign(there.lon_deg)) == {-1.0, 1.0}
    np.testing.assert_allclose((there.lon_deg - here.lon_deg) % 360.0, 149.98, atol=1e-6)
    np.testing.assert_allclose(there[["lat_deg", "ve_mps"]], here[["lat_deg", "ve_mps"]], atol=1e-4)
