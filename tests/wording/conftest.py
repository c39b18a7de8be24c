"""A small setup: one flight, two radars, one site, one zone, round numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flightward.model import (
    NONE,
    AreaFrame,
    FlightBatch,
    Names,
    SensorBatch,
    Setup,
    SiteBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)

START_S = 1_726_563_600.0  # 2024-09-17 09:00:00 UTC


@pytest.fixture
def setup() -> Setup:
    """F1 "MED1", radars radar-1 and radar-2, site "kovel", defended zone "zone-a"; everything simulated."""
    names = Names()
    frame = AreaFrame(math.radians(50.0), math.radians(24.0))
    k = {
        f.name: f64([math.nan] * 2) for f in SensorBatch.__dataclass_fields__.values() if f.name not in ("name", "kind")
    }
    sensors = SensorBatch(**{**k, "name": i64([names.intern("radar-1"), names.intern("radar-2")]), "kind": i8([0, 0])})
    sites = SiteBatch(
        name=i64([names.intern("kovel")]),
        title=i64([names.intern("Kovel")]),
        lat_rad=f64([frame.lat0_rad]),
        lon_rad=f64([frame.lon0_rad]),
        hae_m=f64([200]),
        e_m=f64([0]),
        n_m=f64([0]),
        kind=i64([names.intern("airport")]),
        capacity=i64([4]),
        service_start=i64([0, 0]),
        service=i64([]),
    )
    zones = ZoneBatch(
        name=i64([names.intern("zone-a")]),
        kind=i8([0]),
        floor_m=f64([-np.inf]),
        ceiling_m=f64([np.inf]),
        source=i64([NONE]),
        exempt_mask=i64([0]),
        start=i64([0, 3]),
        e_m=f64([0, 1, 0]),
        n_m=f64([0, 0, 1]),
        window_start=i64([0, 0]),
        from_s=f64([]),
        to_s=f64([]),
        published_s=f64([]),
    )
    flights = FlightBatch(
        name=i64([names.intern("F1")]),
        callsign=i64([names.intern("MED1")]),
        identity=i64([names.intern("abc123")]),
        aircraft_type=i64([names.intern("EC35")]),
        category=i8([0]),
        endurance_s=f64([7200]),
        fuel_kg=f64([math.nan]),
        start=i64([0, 2]),
        wp_t_s=f64([START_S, START_S + 600]),
        wp_e_m=f64([0, 36000]),
        wp_n_m=f64([0, 0]),
        wp_u_m=f64([200, 200]),
        alternate_start=i64([0, 1]),
        alternate=i64([0]),
    )
    return Setup(
        title="small",
        real="nothing",
        simulated="everything",
        source="test",
        licence="CC0-1.0",
        frame=frame,
        radius_m=100_000.0,
        qnh_hpa=math.nan,
        geoid_m=math.nan,
        start_s=START_S,
        end_s=START_S + 3600,
        names=names,
        sensors=sensors,
        sites=sites,
        zones=zones,
        flights=flights,
    )
