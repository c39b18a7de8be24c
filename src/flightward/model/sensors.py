"""Sensors and sites: the fixed things of an area."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I8, I64, Batch, column, starts


@dataclasses.dataclass(frozen=True)
class SensorBatch(Batch):
    """S sensors. Figures that the case does not give are NaN."""

    name: I64 = column("i8", "name", "sensor id, number in Names")
    kind: I8 = column("i1", "SensorKind", "what it is")
    lat_rad: F64 = column("f8", "rad", "WGS 84 latitude")
    lon_rad: F64 = column("f8", "rad", "WGS 84 longitude")
    hae_m: F64 = column("f8", "m", "height above the ellipsoid")
    e_m: F64 = column("f8", "m", "plane east")
    n_m: F64 = column("f8", "m", "plane north")
    min_range_m: F64 = column("f8", "m", "nearest slant range")
    max_range_m: F64 = column("f8", "m", "farthest slant range")
    min_elevation_rad: F64 = column("f8", "rad", "lowest elevation")
    max_elevation_rad: F64 = column("f8", "rad", "highest elevation")
    scan_s: F64 = column("f8", "s", "time between two looks at the same place")
    sigma_range_m: F64 = column("f8", "m", "1 sigma of range")
    sigma_azimuth_rad: F64 = column("f8", "rad", "1 sigma of azimuth")
    sigma_elevation_rad: F64 = column("f8", "rad", "1 sigma of elevation")
    sigma_range_rate_mps: F64 = column("f8", "m/s", "1 sigma of range rate")
    p_detect: F64 = column("f8", "", "chance to detect a target in coverage at one look")
    clutter_per_scan: F64 = column("f8", "", "mean number of false reports in a scan")


@dataclasses.dataclass(frozen=True)
class SiteBatch(Batch):
    """P places: airports, hospitals, landing sites, protected sites."""

    name: I64 = column("i8", "name", "site id, number in Names")
    title: I64 = column("i8", "name", "the place's name, number in Names")
    lat_rad: F64 = column("f8", "rad", "WGS 84 latitude")
    lon_rad: F64 = column("f8", "rad", "WGS 84 longitude")
    hae_m: F64 = column("f8", "m", "height above the ellipsoid")
    e_m: F64 = column("f8", "m", "plane east")
    n_m: F64 = column("f8", "m", "plane north")
    kind: I64 = column("i8", "name", "kind as the case says it (airport, hospital, helipad, ...), number in Names")
    capacity: I64 = column("i8", "", "how many flights it takes, NONE unknown")
    service_start: I64 = starts("rows of `service`")
    service: I64 = column("i8", "name", "a service that it offers, number in Names", flat="service_start")
