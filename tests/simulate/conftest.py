"""What the tests of the simulator share: a small scenario and its parts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from flightward.simulate import Scenario, parse_scenario

START_S = 1747749600.0


def small(**changes: Any) -> Scenario:
    """Ten minutes, one stream, one flight, one sensor of each kind; `changes` replace top-level keys."""
    raw: dict[str, Any] = {
        "name": "small",
        "start_s": START_S,
        "duration_s": 600,
        "area": {"lat_deg": 50.0, "lon_deg": 30.0, "radius_m": 100000.0, "ground_m": 100.0},
        "sensor": [radar(), acoustic(), adsb()],
        "site": [
            {"id": "a", "name": "A", "lat_deg": 50.0, "lon_deg": 30.0, "hae_m": 100.0},
            {"id": "b", "name": "B", "lat_deg": 50.1, "lon_deg": 30.1, "hae_m": 100.0},
        ],
        "raid": [
            {"id": "R1", "n": 5, "waypoints": [[49.8, 29.9], [50.2, 30.1]], "start_s": -100.0, "interval_s": 20.0}
        ],
        "flight": [flight()],
        "traffic": {"n": 2},
        "birds": {"n": 4, "flock": 2},
    }
    raw.update(changes)
    return parse_scenario(raw)


def radar(**changes: Any) -> dict[str, Any]:
    return {
        "id": "radar-1", "kind": "radar", "lat_deg": 50.05, "lon_deg": 30.2, "hae_m": 150.0, "min_range_m": 500.0,
        "max_range_m": 80000.0, "min_elevation_rad": -0.01, "max_elevation_rad": 0.8, "scan_s": 4.0,
        "sigma_range_m": 50.0, "sigma_azimuth_rad": 0.003, "sigma_elevation_rad": 0.005,
        "sigma_range_rate_mps": 1.5, "p_detect": 0.9, "clutter_per_scan": 5.0, **changes,
    }  # fmt: skip


def acoustic(**changes: Any) -> dict[str, Any]:
    return {
        "id": "acoustic-1", "kind": "acoustic", "lat_deg": 49.95, "lon_deg": 30.0, "hae_m": 105.0,
        "max_range_m": 6000.0, "min_elevation_rad": 0.0, "scan_s": 2.0, "sigma_azimuth_rad": 0.05, "p_detect": 0.7,
        "clutter_per_scan": 0.02, **changes,
    }  # fmt: skip


def adsb(**changes: Any) -> dict[str, Any]:
    return {
        "id": "adsb-1", "kind": "adsb", "lat_deg": 50.0, "lon_deg": 30.0, "hae_m": 150.0, "max_range_m": 250000.0,
        "scan_s": 2.0, "p_detect": 0.9, **changes,
    }  # fmt: skip


def flight(**changes: Any) -> dict[str, Any]:
    return {
        "id": "F01", "callsign": "MED1", "icao24": "abc123", "aircraft_type": "EC35", "alternates": ["b"],
        "waypoints": [
            {"t_s": 100.0, "lat_deg": 50.0, "lon_deg": 30.0, "hae_m": 100.0},
            {"t_s": 160.0, "lat_deg": 50.02, "lon_deg": 30.02, "hae_m": 400.0},
            {"t_s": 340.0, "lat_deg": 50.08, "lon_deg": 30.08, "hae_m": 400.0},
            {"t_s": 400.0, "lat_deg": 50.1, "lon_deg": 30.1, "hae_m": 100.0},
        ],
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """make.small(**changes), make.radar(**changes) ...: scenarios and their parts."""
    return SimpleNamespace(small=small, radar=radar, acoustic=acoustic, adsb=adsb, flight=flight, start_s=START_S)
