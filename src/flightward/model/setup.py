"""What does not change during a day: the area, its sensors, sites, zones, flights, what was agreed, and names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from flightward.model.agreed import AgreedBatch, MinimumBatch
from flightward.model.flights import FlightBatch
from flightward.model.frame import AreaFrame
from flightward.model.names import Names
from flightward.model.sensors import SensorBatch, SiteBatch
from flightward.model.zones import ZoneBatch


@dataclasses.dataclass(frozen=True)
class Setup:
    """All that the stages know beforehand. `names` grows while feeds bring new identities."""

    title: str
    real: str
    simulated: str
    source: str
    licence: str
    frame: AreaFrame
    radius_m: float
    qnh_hpa: float
    geoid_m: float
    start_s: float
    end_s: float
    names: Names
    sensors: SensorBatch
    sites: SiteBatch
    zones: ZoneBatch
    flights: FlightBatch
    thresholds: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    agreed: AgreedBatch = dataclasses.field(default_factory=AgreedBatch.empty)
    minima: MinimumBatch = dataclasses.field(default_factory=MinimumBatch.empty)

    @property
    def is_simulated(self) -> bool:
        """True if any part of the day is simulated: it is then marked everywhere."""
        return self.simulated.strip().lower() not in ("", "nothing", "none")
