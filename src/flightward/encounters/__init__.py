"""What threats and advice both ask: closest approach of pairs, and the probability that a path is caught."""

from __future__ import annotations

from flightward.encounters.approach import Approach, closest_approach
from flightward.encounters.caught import CaughtChance, Swept, p_caught, swept
from flightward.encounters.paths import PathBatch

__all__ = ["Approach", "CaughtChance", "PathBatch", "Swept", "closest_approach", "p_caught", "swept"]
