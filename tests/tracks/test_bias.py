"""Constant errors of sensors: found, taken off, and no more sure than may be; on small made scenes."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from caseload import inboxes, report_batch, setup_of

from flightward.config import TracksConfig
from flightward.kernels.polar import plane_to_polar
from flightward.model import NONE, BiasBatch, ReportBatch, Setup, f64
from flightward.tracks import Tracker
from flightward.tracks.bias import choose

T0 = 1_700_000_000.0
ANGLE = np.radians(0.3)
ERROR = {1: (100.0, ANGLE, 0.0, 0.0)}


def radar(name: str, lat_deg: float, lon_deg: float, **more: float) -> dict[str, object]:
    return {
        "id": name, "kind": "radar", "lat_deg": lat_deg, "lon_deg": lon_deg, "hae_m": 100.0, "min_range_m": 500.0,
        "max_range_m": 150e3, "min_elevation_rad": -0.01, "max_elevation_rad": 1.2, "scan_s": 4.0,
        "sigma_range_m": 50.0, "sigma_azimuth_rad": 0.0025, "sigma_elevation_rad": 0.005, "p_detect": 0.9,
        "clutter_per_scan": 5.0,
    } | more  # fmt: skip


RADARS = [radar("r0", 50.0, 20.0), radar("r1", 50.3, 20.9), radar("r2", 49.5, 20.7)]
ADSB = {"id": "adsb", "kind": "adsb", "lat_deg": 50.0, "lon_deg": 20.0, "hae_m": 100.0, "max_range_m": 250e3,
        "scan_s": 1.0, "p_detect": 0.9}  # fmt: skip


def day(
    setup: Setup, seconds: int, n: int, errors: dict[int, tuple[float, ...]], seed: int = 3, speed_mps: float = 60.0,
    height_m: tuple[float, float] = (500.0, 6e3), with_elevation: bool = True,
) -> ReportBatch:  # fmt: skip
    """n objects on straight ways, seen by every radar with noise and the given errors, and half of them speaking."""
    rng = np.random.default_rng(seed)
    start, heading = rng.uniform(-60e3, 60e3, (n, 2)), rng.uniform(0.0, 2.0 * np.pi, n)
    v = speed_mps * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    u = rng.uniform(*height_m, n)
    s, parts = setup.sensors, []
    for k in range(len(s)):
        is_radar = s.sigma_range_m[k] > 0.0
        for t in np.arange(1.3 * k % 4.0, seconds, s.scan_s[k]):
            who = np.flatnonzero(rng.random(n) < 0.9) if is_radar else np.arange(0, n, 2)
            at = start[who] + v[who] * t
            m = len(who)
            error = errors.get(k, (0.0, 0.0, 0.0, 0.0))
            common = {"t_s": np.full(m, T0 + t + error[3]), "t_rx_s": np.full(m, T0 + t + 0.3), "sensor": np.full(m, k)}
            if not is_radar:
                lat, lon = setup.frame.to_geodetic(*f64((at + rng.normal(0.0, 10.0, (m, 2))).T.copy()))
                parts.append(common | {
                    "lat_rad": lat, "lon_rad": lon, "hae_m": u[who] + rng.normal(0.0, 15.0, m), "identity": 100 + who,
                    "ve_mps": v[who, 0], "vn_mps": v[who, 1], "vu_mps": np.zeros(m), "sigma_h_m": np.full(m, 10.0),
                    "sigma_v_m": np.full(m, 15.0),
                })  # fmt: skip
                continue
            r, a, e = np.empty(m), np.empty(m), np.empty(m)
            place = (s.lat_rad[k], s.lon_rad[k], s.hae_m[k])
            plane_to_polar(
                f64(at[:, 0].copy()), f64(at[:, 1].copy()), f64(u[who]), *place, setup.frame.lat0_rad,
                setup.frame.lon0_rad, r, a, e,
            )
            noise = rng.normal(size=(3, m)) * [[50.0], [s.sigma_azimuth_rad[k]], [0.005]]
            sees = with_elevation or k != 1
            parts.append(common | {
                "range_m": r + noise[0] + error[0], "azimuth_rad": (a + noise[1] + error[1]) % (2.0 * np.pi),
                "elevation_rad": e + noise[2] + error[2] if sees else np.full(m, np.nan),
            })  # fmt: skip
    names = {name for p in parts for name in p}
    blank = {"sensor": NONE, "identity": NONE}
    table = {
        name: np.concatenate([p.get(name, np.full(len(p["t_s"]), blank.get(name, np.nan))) for p in parts])
        for name in names
    }
    order = np.argsort(table["t_rx_s"], kind="stable")
    return report_batch(len(order), **{name: c[order] for name, c in table.items()})


def watch(setup: Setup, reports: ReportBatch, seconds: int, **settings: float) -> tuple[Tracker, list[int]]:
    """The tracker after the day, and how many tracks it showed each second."""
    tracker = Tracker(setup, TracksConfig(**settings))
    shown = [len(tracker.step(t, batch)[0]) for t, batch in inboxes(reports, T0, T0 + seconds)]
    return tracker, shown




@functools.cache
def sharp_day(is_corrected: bool) -> tuple[BiasBatch, float]:
    sharp = [radar(f"r{k}", s["lat_deg"], s["lon_deg"], sigma_azimuth_rad=0.0008) for k, s in enumerate(RADARS)]
    setup = setup_of(50.0, 20.5, sharp)
    reports = day(setup, 240, 25, {1: (100.0, ANGLE, 0.0, 0.0)})
    tracker, shown = watch(setup, reports, 240, bias_p=0.1 if is_corrected else 0.0)
    return tracker.biases(), float(np.mean(shown[120:]))


def test_the_errors_of_one_of_three_radars_are_found_and_taken_off() -> None:
    setup = setup_of(50.0, 20.5, RADARS)
    tracker, shown = watch(setup, day(setup, 240, 25, ERROR), 240)
    found = tracker.biases()
    assert found.is_applied.tolist() == [0, 1, 0]
    assert found.range_m[1] == pytest.approx(100.0, abs=10.0)
    assert found.azimuth_rad[1] == pytest.approx(ANGLE, rel=0.1)
    assert found.range_applied_m[1] == pytest.approx(100.0, abs=10.0)
    assert (np.abs(found.range_m[[0, 2]]) < 3.0 * found.range_sigma_m[[0, 2]]).all()
    assert shown[-1] == 25


def test_where_reports_fall_outside_every_gate_the_second_tracks_give_the_error_away() -> None:
    """Radars as sharp as 0.05 degrees: what the third reports of each object first makes a track of its own."""
    found, shown = sharp_day(True)
    _, without = sharp_day(False)
    assert found.azimuth_rad[1] == pytest.approx(ANGLE, rel=0.1)
    assert found.range_m[1] == pytest.approx(100.0, abs=10.0)
    assert without > 35.0
    assert shown < 26.0


def test_true_radars_are_left_alone() -> None:
    setup = setup_of(50.0, 20.5, [*RADARS, ADSB])
    reports = day(setup, 120, 20, {})
    with_it, _ = watch(setup, reports, 120)
    without, _ = watch(setup, reports, 120, bias_p=0.0)
    found = with_it.biases()
    assert not found.is_applied.any()
    for name, unit in (("range", "m"), ("azimuth", "rad"), ("elevation", "rad"), ("clock", "s")):
        value, sigma = getattr(found, f"{name}_{unit}"), getattr(found, f"{name}_sigma_{unit}")
        assert (np.abs(value[:3]) < 3.5 * sigma[:3]).all()
    assert with_it.engine.picture(T0 + 120.0).cov.tobytes() == without.engine.picture(T0 + 120.0).cov.tobytes()


def test_clock_and_elevation_are_found_against_those_that_speak() -> None:
    setup = setup_of(50.0, 20.5, [*RADARS, ADSB])
    tracker, _ = watch(setup, day(setup, 200, 24, {0: (0.0, 0.0, ANGLE, 0.5)}, speed_mps=150.0), 200)
    found = tracker.biases()
    assert found.elevation_applied_rad[0] == pytest.approx(ANGLE, rel=0.1)
    assert found.clock_applied_s[0] == pytest.approx(0.5, abs=0.1)
    assert found.range_m[3] != found.range_m[3]  # nothing but its clock is asked of a receiver


def test_what_cannot_be_seen_stays_as_unsure_as_before() -> None:
    """Clocks that are all wrong alike look like true ones; a radar alone says nothing of itself."""
    setup = setup_of(50.0, 20.5, RADARS)
    tracker, _ = watch(setup, day(setup, 120, 20, {}), 120)
    found = tracker.biases()
    assert (found.clock_sigma_s > 0.27).all()  # 0.5 s / sqrt(3): only their differences are known
    assert (found.range_sigma_m < 20.0).all()
    alone = setup_of(50.0, 20.5, RADARS[:1])
    tracker, _ = watch(alone, day(alone, 60, 10, {0: (100.0, ANGLE, 0.0, 0.0)}), 60)
    assert tracker.biases().range_sigma_m[0] == pytest.approx(100.0)
    assert not tracker.biases().is_applied.any()


def test_an_error_that_comes_later_is_learnt_anew() -> None:
    setup = setup_of(50.0, 20.5, RADARS)
    true, off = day(setup, 400, 20, {}), day(setup, 400, 20, ERROR)
    values = {}
    late = true.t_rx_s > T0 + 120.0
    for field in dataclasses.fields(ReportBatch):
        values[field.name] = np.where(late, getattr(off, field.name), getattr(true, field.name))
    tracker, _ = watch(setup, ReportBatch(**values), 400)
    assert tracker.biases().range_applied_m[1] == pytest.approx(100.0, abs=20.0)
    assert tracker.biases().azimuth_applied_rad[1] == pytest.approx(ANGLE, rel=0.2)


def test_evidence_chooses_the_one_that_is_wrong() -> None:
    """Two differences, two of three clocks differ by the same from the first: the first is it."""
    h = np.array([[1.0, -1.0, 0.0], [1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    info = h.T @ h * 1e4
    eta = h.T @ np.array([0.5, 0.5, 0.0]) * 1e4
    chosen = choose(info, eta, np.full(3, 0.25), np.zeros(3, dtype=np.bool_), 0.1)
    assert chosen.tolist() == [True, False, False]
    assert not choose(info, 0.0 * eta, np.full(3, 0.25), chosen, 0.1).any()
    assert not choose(info, eta, np.full(3, 0.25), chosen, 0.0).any()


def test_a_radar_without_elevation_is_compared_at_the_heights_of_the_tracks() -> None:
    setup = setup_of(50.0, 20.5, RADARS)
    reports = day(setup, 240, 25, ERROR, height_m=(3e3, 9e3), with_elevation=False)
    found = watch(setup, reports, 240)[0].biases()
    assert found.range_applied_m[1] == pytest.approx(100.0, abs=15.0)
    assert found.azimuth_applied_rad[1] == pytest.approx(ANGLE, rel=0.1)
    assert found.elevation_sigma_rad[1] == pytest.approx(0.00524, rel=0.01)
    assert not found.elevation_applied_rad.any()
