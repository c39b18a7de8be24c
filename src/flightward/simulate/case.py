"""Turn a scenario into a case folder with truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.case.write import CaseContent, FeedFile, must_be_free, write_case
from flightward.simulate.observe import observe
from flightward.simulate.reports import reports_table, sent
from flightward.simulate.scenario import Flight, Scenario, Sensor
from flightward.simulate.world import World, draw_world, truth_table
from flightward.simulate.zones import zone_mappings

Progress = Callable[[int, int], None]
"""Called with (done, all), in hundredths of the work."""

_CASE_SENSOR_KEYS = (
    "id",
    "kind",
    "lat_deg",
    "lon_deg",
    "hae_m",
    "min_range_m",
    "max_range_m",
    "min_elevation_rad",
    "max_elevation_rad",
    "scan_s",
    "sigma_range_m",
    "sigma_azimuth_rad",
    "sigma_elevation_rad",
    "sigma_range_rate_mps",
    "p_detect",
    "clutter_per_scan",
)


def simulate(scenario: Scenario, seed: int, out: Path, progress: Progress | None = None) -> Path:
    """Draw the day of `scenario` with `seed` and write it as a case folder at `out`; gives its path.

    The same scenario and seed give the same bytes. Nothing is searched or improved: each thing is drawn once.
    Errors   BadInput if there is anything at `out` but an empty folder, or the seed is negative.
    """
    must_be_free(Path(out))
    if seed < 0:
        raise BadInput("must be 0 or more", key="seed", value=seed)
    tell = progress or (lambda done, total: None)
    tell(0, 100)
    world_seed, sensor_seed = np.random.SeedSequence(seed).spawn(2)
    world = draw_world(scenario, world_seed)
    raws, arrivals = [], []
    for i, (sensor, stream) in enumerate(
        zip(scenario.sensors, sensor_seed.spawn(len(scenario.sensors)), strict=True)
    ):
        tell(40 + 40 * i // len(scenario.sensors), 100)
        rng = np.random.default_rng(stream)
        raw, arrival_s = sent(sensor, observe(sensor, world, scenario.area.ground_m, rng, scenario.masks), rng)
        raws.append(raw)
        arrivals.append(arrival_s)
    tell(80, 100)
    table = reports_table(list(scenario.sensors), raws, arrivals, world, scenario.start_s)
    feed = FeedFile("reports", "reports-parquet", "feeds/reports.parquet", table)
    path = write_case(_content(scenario, seed, world, feed), out)
    tell(100, 100)
    return path


def _content(scenario: Scenario, seed: int, world: World, feed: FeedFile) -> CaseContent:
    area = scenario.area
    return CaseContent(
        name=scenario.name,
        real=scenario.real,
        simulated=scenario.simulated,
        source=f"{scenario.source}; seed {seed}",
        licence=scenario.licence,
        start_s=scenario.start_s,
        end_s=scenario.start_s + scenario.duration_s,
        area={
            "lat_deg": area.lat_deg,
            "lon_deg": area.lon_deg,
            "radius_m": area.radius_m,
            "qnh_hpa": area.qnh_hpa,
        },
        sensors=[sensor_mapping(s) for s in scenario.sensors],
        sites=[
            {k: list(v) if isinstance(v := getattr(s, k), tuple) else v for k in s.__struct_fields__}
            for s in scenario.sites
        ],
        zones=zone_mappings(scenario, world),
        feeds=[feed],
        flights=[flight_mapping(f, scenario.start_s) for f in scenario.flights],
        truth=truth_table(world, scenario.start_s),
    )


def sensor_mapping(sensor: Sensor) -> dict[str, Any]:
    """What the case declares about a sensor; its faults stay unsaid, as in life."""
    return {k: v for k in _CASE_SENSOR_KEYS if (v := getattr(sensor, k)) is not None}


def flight_mapping(flight: Flight, start_s: float) -> dict[str, Any]:
    """A flight's plan as flights.json holds it."""
    return {
        "flight_id": flight.id,
        "callsign": flight.callsign,
        "icao24": flight.icao24,
        "aircraft_type": flight.aircraft_type,
        "category": flight.category,
        "endurance_s": flight.endurance_s,
        "fuel_kg": flight.fuel_kg,
        "alternates": list(flight.alternates),
        "waypoints": [
            {"t_s": start_s + w.t_s, "lat_deg": w.lat_deg, "lon_deg": w.lon_deg, "hae_m": w.hae_m}
            for w in flight.waypoints
        ],
    }
