"""Sensors: every kind of report against the truth, by pyproj and by counting."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Transformer

from flightward.model.codes import Kind
from flightward.simulate import simulate
from flightward.simulate.motion import Paths
from flightward.simulate.observe import observe
from flightward.simulate.reports import sent
from flightward.simulate.scenario import Sensor, Span
from flightward.simulate.world import World, draw_world

GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)


def world_of(lat, lon, hae, seconds=400, kind=Kind.DRONE, rcs=0.05, icao24="", ground=False):
    """One object that stands still in the air."""
    n = seconds + 1
    column = lambda v: np.full((n, 1), float(v))  # noqa: E731
    paths = Paths(column(lat), column(lon), column(hae), column(0), column(0), column(0))
    x, y, z = GEOCENTRIC.transform(paths.lon_deg, paths.lat_deg, paths.hae_m)
    return World(
        ["d001"], [icao24], ["R1"], np.array([kind], np.int8), np.array([True]), np.array([0]), np.array([rcs]), paths,
        np.full((n, 1), ground), (x, y, z),
    )  # fmt: skip


def radar(**changes):
    values = {
        "id": "r", "kind": "radar", "lat_deg": 50.0, "lon_deg": 30.0, "hae_m": 50.0, "max_range_m": 100000.0,
        "sigma_range_m": 0.0, "sigma_azimuth_rad": 0.0, "sigma_elevation_rad": 0.0, "p_detect": 1.0,
        "rcs_half_m2": 0.0, "min_elevation_rad": -0.02, "max_elevation_rad": 0.8, **changes,
    }  # fmt: skip
    return Sensor(**values)


def look(sensor, world, seed=1):
    return observe(sensor, world, 0.0, np.random.default_rng(seed))


def test_a_drone_due_north_is_at_azimuth_0_and_met_once_a_turn():
    raw = look(radar(), world_of(50.1, 30.0, 1000.0))
    assert len(raw.t_s) == pytest.approx(100, abs=1)
    np.testing.assert_allclose(np.sin(raw.values["azimuth_rad"]), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.diff(np.sort(raw.t_s)), 4.0, atol=1e-6)
    assert raw.values["range_m"][0] == pytest.approx(11166.0, abs=20.0)


def test_the_time_of_a_plot_follows_its_azimuth():
    east, south = look(radar(), world_of(50.0, 30.3, 1000.0)), look(radar(), world_of(49.8, 30.0, 1000.0))
    # a quarter turn and half a turn after north, both from the same start of the turn
    assert (south.t_s[0] - east.t_s[0]) % 4.0 == pytest.approx(1.0, abs=0.02)


def test_range_azimuth_and_elevation_are_straight_lines_on_the_ellipsoid():
    lat, lon, hae = 50.31, 30.62, 2345.0
    raw = look(radar(), world_of(lat, lon, hae))
    d = np.subtract(GEOCENTRIC.transform(lon, lat, hae), GEOCENTRIC.transform(30.0, 50.0, 50.0))
    north = np.subtract(GEOCENTRIC.transform(30.0, 50.00001, 50.0), GEOCENTRIC.transform(30.0, 49.99999, 50.0))
    up = np.subtract(GEOCENTRIC.transform(30.0, 50.0, 150.0), GEOCENTRIC.transform(30.0, 50.0, 50.0)) / 100.0
    north /= np.linalg.norm(north)
    east = np.cross(north, up)
    assert raw.values["range_m"][0] == pytest.approx(np.linalg.norm(d), abs=1e-3)
    assert raw.values["azimuth_rad"][0] == pytest.approx(np.arctan2(d @ east, d @ north), abs=1e-8)
    assert raw.values["elevation_rad"][0] == pytest.approx(np.arcsin(d @ up / np.linalg.norm(d)), abs=1e-8)


def test_below_the_horizon_nothing_is_seen_and_above_it_is():
    # from 50 m the horizon is at 29 km; an object at 100 m adds 41 km
    assert len(look(radar(), world_of(50.0, 30.95, 100.0)).t_s) > 90
    assert len(look(radar(), world_of(50.0, 31.05, 100.0)).t_s) == 0


def test_the_cone_overhead_and_the_range_limits_are_blind():
    assert len(look(radar(), world_of(50.02, 30.0, 5000.0)).t_s) == 0
    assert len(look(radar(min_range_m=12000.0), world_of(50.1, 30.0, 1000.0)).t_s) == 0
    assert len(look(radar(max_range_m=11000.0), world_of(50.1, 30.0, 1000.0)).t_s) == 0


def test_small_objects_fade_with_range_and_large_ones_do_not():
    far = {"lat": 50.8, "lon": 30.0, "hae": 3000.0, "seconds": 4000}
    bird = len(look(radar(rcs_half_m2=0.01), world_of(**far, rcs=0.003)).t_s)
    helicopter = len(look(radar(rcs_half_m2=0.01), world_of(**far, rcs=7.0)).t_s)
    assert bird < 0.5 * helicopter and helicopter > 990


def test_what_stands_on_the_ground_is_seen_by_no_radar_and_heard_by_no_microphone():
    assert len(look(radar(), world_of(50.01, 30.0, 60.0, ground=True)).t_s) == 0
    ears = Sensor(id="a", kind="acoustic", lat_deg=50.0, lon_deg=30.0, hae_m=5.0, max_range_m=5000.0, p_detect=1.0)
    assert len(look(ears, world_of(50.01, 30.0, 60.0, ground=True)).t_s) == 0


def test_noise_has_the_declared_size_and_bias():
    sensor = radar(
        sigma_range_m=60.0, sigma_azimuth_rad=0.004, sigma_elevation_rad=0.006, sigma_range_rate_mps=2.0,
        bias_range_m=25.0,
    )  # fmt: skip
    v = look(sensor, world_of(50.3, 30.0, 3000.0, seconds=12000)).values
    exact = look(radar(), world_of(50.3, 30.0, 3000.0)).values
    dr = v["range_m"] - exact["range_m"][0]
    da = (v["azimuth_rad"] + np.pi) % (2 * np.pi) - np.pi
    de = v["elevation_rad"] - exact["elevation_rad"][0]
    assert dr.mean() == pytest.approx(25.0, abs=5.0) and dr.std() == pytest.approx(60.0, rel=0.05)
    assert da.std() == pytest.approx(0.004, rel=0.05) and de.std() == pytest.approx(0.006, rel=0.05)
    assert v["range_rate_mps"].std() == pytest.approx(2.0, rel=0.05)
    assert (v["azimuth_rad"] >= 0).all() and (v["azimuth_rad"] < 2 * np.pi).all()


def test_what_a_radar_does_not_measure_is_not_there():
    assert "range_rate_mps" not in look(radar(), world_of(50.1, 30.0, 1000.0)).values
    assert "elevation_rad" not in look(radar(sigma_elevation_rad=None), world_of(50.1, 30.0, 1000.0)).values


def test_missed_detections_and_clutter_come_at_their_rates():
    raw = look(radar(p_detect=0.8), world_of(50.3, 30.0, 3000.0, seconds=8000))
    assert len(raw.t_s) / 2000 == pytest.approx(0.8, abs=0.03)
    empty = world_of(0.0, 0.0, 0.0, seconds=8000)
    false = look(radar(clutter_per_scan=6.0, min_range_m=1000.0), empty)
    assert len(false.t_s) / 2000 == pytest.approx(6.0, rel=0.05)
    ranges = false.values["range_m"]
    assert (ranges >= 1000.0).all() and (ranges <= 100000.0).all()


def test_an_outage_is_silent():
    raw = look(radar(outages=(Span(from_s=100.0, to_s=200.0),), clutter_per_scan=5.0), world_of(50.1, 30.0, 1000.0))
    assert not ((raw.t_s >= 100.0) & (raw.t_s < 200.0)).any() and (raw.t_s > 200.0).any()


def test_sound_is_heard_a_distance_later_than_it_was_made():
    ears = Sensor(
        id="a", kind="acoustic", lat_deg=50.0, lon_deg=30.0, hae_m=5.0, max_range_m=8000.0, p_detect=1.0, scan_s=2.0,
        sigma_azimuth_rad=0.0,
    )  # fmt: skip
    raw = look(ears, world_of(50.05, 30.0, 500.0))
    assert len(raw.t_s) > 100
    np.testing.assert_allclose(raw.heard_s - raw.t_s, 5583.0 / 340.3, atol=0.05)
    assert set(raw.values) == {"azimuth_rad"}
    assert len(look(ears, world_of(50.05, 30.0, 500.0, kind=Kind.AIRCRAFT)).t_s) == 0


def test_acoustic_labels_are_mostly_right_when_given():
    ears = Sensor(
        id="a", kind="acoustic", lat_deg=50.0, lon_deg=30.0, hae_m=5.0, max_range_m=8000.0, sigma_azimuth_rad=0.05,
        label_frac=0.5, scan_s=1.0,
    )  # fmt: skip
    raw = look(ears, world_of(50.02, 30.0, 500.0, seconds=4000))
    assert (raw.kind >= 0).mean() == pytest.approx(0.5, abs=0.05)
    assert (raw.kind[raw.kind >= 0] == Kind.DRONE).mean() > 0.9


def test_adsb_names_who_it_is_and_scatters_by_its_sigma():
    ear = Sensor(id="b", kind="adsb", lat_deg=50.0, lon_deg=30.0, hae_m=50.0, max_range_m=2e5, scan_s=1.0, p_detect=0.9)
    raw = look(ear, world_of(50.1, 30.0, 3000.0, seconds=4000, kind=Kind.AIRCRAFT, icao24="abc123"))
    assert len(raw.t_s) / 4000 == pytest.approx(0.9, abs=0.02)
    assert (raw.who == 0).all() and (raw.kind == Kind.AIRCRAFT).all()
    assert ((raw.values["lat_deg"] - 50.1) * 111229.0).std() == pytest.approx(10.0, rel=0.06)
    assert len(look(ear, world_of(50.1, 30.0, 3000.0)).t_s) == 0


def test_adsb_gaps_leave_holes():
    ear = Sensor(
        id="b", kind="adsb", lat_deg=50.0, lon_deg=30.0, hae_m=50.0, max_range_m=2e5, scan_s=1.0, p_detect=1.0,
        gap_s=60.0, gap_every_s=600.0,
    )  # fmt: skip
    raw = look(ear, world_of(50.1, 30.0, 3000.0, seconds=4000, icao24="abc123"))
    assert np.diff(np.sort(raw.t_s)).max() > 20.0


def test_late_and_double_reports_come_at_their_rates():
    sensor = radar(late_frac=0.1, late_max_s=40.0, duplicate_frac=0.05)
    raw = look(sensor, world_of(50.1, 30.0, 1000.0, seconds=20000))
    out, arrival = sent(sensor, raw, np.random.default_rng(2))
    delay = arrival - out.heard_s
    assert len(out.t_s) / len(raw.t_s) == pytest.approx(1.05, abs=0.01)
    assert (delay > 2.5).mean() == pytest.approx(0.1, abs=0.02)
    assert delay.min() >= sensor.latency_s and delay.max() < 46.0


def test_every_plot_of_a_small_day_is_explained_by_the_truth(make):
    scenario = make.small(sensor=[make.radar(clutter_per_scan=0.0)])
    world = draw_world(scenario, np.random.SeedSequence(3))
    sensor = scenario.sensors[0]
    raw = observe(sensor, world, 100.0, np.random.default_rng(4))
    assert len(raw.t_s) > 300
    x0 = np.array(GEOCENTRIC.transform(sensor.lon_deg, sensor.lat_deg, sensor.hae_m))
    xyz = np.stack(GEOCENTRIC.transform(world.paths.lon_deg, world.paths.lat_deg, world.paths.hae_m), axis=2)
    for t, far in zip(raw.t_s[::7], raw.values["range_m"][::7], strict=True):
        ranges = np.linalg.norm(xyz[round(t)] - x0, axis=1)
        assert np.nanmin(np.abs(ranges - far)) < 6 * 50.0 + 150.0


def test_take_keeps_columns_together():
    raw = look(radar(), world_of(50.1, 30.0, 1000.0))
    part = raw.take(np.array([2, 0]))
    assert part.t_s.tolist() == [raw.t_s[2], raw.t_s[0]]
    assert {f.name for f in dataclasses.fields(part)} == {"t_s", "heard_s", "values", "who", "kind", "p_kind"}


def test_a_valley_hides_from_radars_what_is_low_in_it_and_p_true_is_what_is_seen(tmp_path, make):
    box = [[49.0, 29.0], [51.0, 29.0], [51.0, 31.0], [49.0, 31.0]]

    def plots(**changes):
        sensor = make.radar(clutter_per_scan=0.0, late_frac=0.0, duplicate_frac=0.0, **changes.pop("radar", {}))
        day = make.small(sensor=[sensor], birds={"n": 0}, traffic={"n": 0}, **changes)
        table = pq.read_table(simulate(day, 3, tmp_path / str(len(list(tmp_path.iterdir())))) / "feeds/reports.parquet")
        return table.num_rows

    free = plots()
    assert free > 100
    assert plots(mask=[{"id": "V", "polygon": box, "ceiling_m": 5000.0}]) == 0
    assert plots(mask=[{"id": "V", "polygon": box, "ceiling_m": 50.0}]) == free
    half = plots(radar={"p_true": [[0.0, 0.45]]})
    assert 0.4 < half / free < 0.6
