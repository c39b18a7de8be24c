"""What threats and advice both ask: well-clear, alert levels and bands, and the chance that a path is caught."""

from __future__ import annotations

from flightward.encounters.approach import Approach, closest_approach
from flightward.encounters.candidates import Candidates, Movers, near_candidates
from flightward.encounters.caught import CaughtChance, Swept, p_caught, swept
from flightward.encounters.conflicts import Conflicts, conflict_pairs
from flightward.encounters.geodetic import GeoBatch, pairs_from_geodetic
from flightward.encounters.guidance import bands
from flightward.encounters.pairs import (
    Alerts,
    ErrorBatch,
    Intervals,
    Judgement,
    Misses,
    PairBatch,
    alert_levels,
    judge,
    miss_distances,
    violation_intervals,
)
from flightward.encounters.paths import PathBatch
from flightward.encounters.sequence import AlertMemory, evaluate_sequence
from flightward.encounters.standards import (
    NMAC,
    STANDARDS,
    Alerter,
    Guidance,
    Level,
    Memory,
    Mitigation,
    Standard,
    Volume,
    read_standards,
)
from flightward.encounters.tables import evaluate_pairs

__all__ = [
    "NMAC", "STANDARDS", "AlertMemory", "Alerter", "Alerts", "Approach", "Candidates", "CaughtChance", "Conflicts",
    "ErrorBatch", "GeoBatch", "Guidance", "Intervals", "Judgement", "Level", "Memory", "Misses", "Mitigation", "Movers",
    "PairBatch", "PathBatch", "Standard", "Swept", "Volume", "alert_levels", "bands", "closest_approach",
    "conflict_pairs", "evaluate_pairs", "evaluate_sequence", "judge", "miss_distances", "near_candidates", "p_caught",
    "pairs_from_geodetic", "read_standards", "swept", "violation_intervals",
]  # fmt: skip
