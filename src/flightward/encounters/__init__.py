"""What threats and advice both ask: pairs, their alerts and bands, how likely they come near, P(caught)."""

from __future__ import annotations

from flightward.encounters.approach import Approach, closest_approach
from flightward.encounters.band_memory import BandMemory
from flightward.encounters.band_table import BandBatch
from flightward.encounters.believed import believed, by_newcomers
from flightward.encounters.candidates import Candidates, Movers, near_candidates
from flightward.encounters.caught import CaughtChance, Swept, p_caught, path_errors, swept
from flightward.encounters.chance import (
    ChanceStatus,
    NearChance,
    p_bound,
    p_nmac,
    p_well_clear_lost,
    p_within_cylinder,
    p_within_sphere,
)
from flightward.encounters.conflicts import Conflicts, conflict_pairs
from flightward.encounters.diffusion import Diffusion, diffusion_chance
from flightward.encounters.geodetic import GeoBatch, pairs_from_geodetic
from flightward.encounters.guidance import bands, bands_batch, clear_ways
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
from flightward.encounters.quick import QuickChance, p_quick
from flightward.encounters.rare import (
    Gap,
    RareChance,
    RareSettings,
    RareStatus,
    RiskRatio,
    plain_chance,
    rare_chance,
    risk_ratio,
)
from flightward.encounters.sequence import AlertMemory, evaluate_sequence
from flightward.encounters.short_encounter import (
    EncounterPlane,
    ShortChance,
    encounter_plane,
    entries_per_hour,
    mean_relative_speed,
    p_short_encounter,
    p_strip,
)
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
from flightward.encounters.uncertain import UncertainPairs
from flightward.encounters.watch import NearPairs, NearWatch, Tracked, WatchLimits

__all__ = [
    "NMAC", "STANDARDS", "AlertMemory", "Alerter", "Alerts", "Approach", "BandBatch", "BandMemory", "Candidates",
    "CaughtChance", "ChanceStatus", "Conflicts", "Diffusion", "EncounterPlane", "ErrorBatch", "Gap", "GeoBatch",
    "Guidance", "Intervals", "Judgement", "Level", "Memory", "Misses", "Mitigation", "Movers", "NearChance",
    "NearPairs", "NearWatch", "PairBatch", "PathBatch", "QuickChance", "RareChance", "RareSettings", "RareStatus",
    "RiskRatio", "ShortChance", "Standard", "Swept", "Tracked", "UncertainPairs", "Volume", "WatchLimits",
    "alert_levels", "bands", "bands_batch", "believed", "by_newcomers", "clear_ways", "closest_approach",
    "conflict_pairs", "diffusion_chance", "encounter_plane", "entries_per_hour", "evaluate_pairs",
    "evaluate_sequence", "judge", "mean_relative_speed", "miss_distances", "near_candidates", "p_bound", "p_caught",
    "p_nmac", "p_quick", "p_short_encounter", "p_strip", "p_well_clear_lost", "p_within_cylinder", "p_within_sphere",
    "pairs_from_geodetic", "path_errors", "plain_chance", "rare_chance", "read_standards", "risk_ratio", "swept",
    "violation_intervals",
]  # fmt: skip
