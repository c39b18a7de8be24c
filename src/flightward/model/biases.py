"""Constant errors of the sensors, as found from objects that several of them see."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I8, I64, Batch, column


@dataclasses.dataclass(frozen=True)
class BiasBatch(Batch):
    """S sensors in the order of the sensor table; what is not asked of a sensor is NaN.

    The estimate, its standard deviation (that of the prior where nothing was learnt) and what is taken off the reports.
    """

    range_m: F64 = column("f8", "m", "measured minus true slant range")
    range_sigma_m: F64 = column("f8", "m", "1 sigma of it")
    range_applied_m: F64 = column("f8", "m", "taken off each range; 0: nothing found beyond chance")
    azimuth_rad: F64 = column("f8", "rad", "measured minus true azimuth")
    azimuth_sigma_rad: F64 = column("f8", "rad", "1 sigma of it")
    azimuth_applied_rad: F64 = column("f8", "rad", "taken off each azimuth")
    elevation_rad: F64 = column("f8", "rad", "measured minus true elevation")
    elevation_sigma_rad: F64 = column("f8", "rad", "1 sigma of it")
    elevation_applied_rad: F64 = column("f8", "rad", "taken off each elevation")
    clock_s: F64 = column("f8", "s", "stamped minus true time")
    clock_sigma_s: F64 = column("f8", "s", "1 sigma of it")
    clock_applied_s: F64 = column("f8", "s", "taken off each time")
    n_groups: I64 = column("i8", "", "groups of reports of one object that it stood in")
    is_applied: I8 = column("i1", "bool", "1: at least one of the four is taken off")
