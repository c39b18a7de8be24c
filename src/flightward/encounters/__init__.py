"""What threats and advice both ask: closest approach of pairs, the chances that they come near, P(caught) of a path."""

from __future__ import annotations

from flightward.encounters.approach import Approach, closest_approach
from flightward.encounters.caught import CaughtChance, Swept, p_caught, swept
from flightward.encounters.chance import (
    ChanceStatus,
    NearChance,
    p_bound,
    p_nmac,
    p_well_clear_lost,
    p_within_cylinder,
    p_within_sphere,
)
from flightward.encounters.paths import PathBatch
from flightward.encounters.short_encounter import (
    EncounterPlane,
    ShortChance,
    encounter_plane,
    entries_per_hour,
    mean_relative_speed,
    p_short_encounter,
    p_strip,
)
from flightward.encounters.uncertain import UncertainPairs

__all__ = [
    "Approach", "CaughtChance", "ChanceStatus", "EncounterPlane", "NearChance", "PathBatch", "ShortChance", "Swept",
    "UncertainPairs", "closest_approach", "encounter_plane", "entries_per_hour", "mean_relative_speed", "p_bound",
    "p_caught", "p_nmac", "p_short_encounter", "p_strip", "p_well_clear_lost", "p_within_cylinder", "p_within_sphere",
    "swept",
]  # fmt: skip
