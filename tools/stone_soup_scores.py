"""What Stone Soup's own generators say of the small random pictures of tests/score/random_pictures.py, as JSON.

    PYTHON tools/stone_soup_scores.py [SEED ...] > tests/score/stone_soup_scores.json

PYTHON is one that has the package `stonesoup` (1.9.1 made the file that is checked in) and needs nothing of ours.
GOSPA and OSPA: c = 200 m, p = 2. SIAP: TrackToTruth, threshold 200 m, confirm 3, end 2.
"""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from stonesoup.dataassociator.tracktotrack import TrackToTruth
from stonesoup.measures import Euclidean
from stonesoup.metricgenerator.manager import MultiManager
from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics
from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
from stonesoup.types.state import State
from stonesoup.types.track import Track

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "score"))

import random_pictures

SEEDS = (1, 2, 3, 4, 5, 6)
RATE = "Rate of Track Number Change"
REPEATS = 8  # where two tracks end together its rate goes by the order of a set: all its values are kept
ZERO = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 its own comparisons want naive times
SIAP_NAMES = {
    "completeness": "Completeness",
    "ambiguity": "Ambiguity",
    "spuriousness": "Spuriousness",
    "position_m": "Position Accuracy",
    "velocity_mps": "Velocity Accuracy",
    "longest_segment": "Longest Track Segment",
}


def _paths(rows: list[random_pictures.Row], whole: Any, state: Any) -> set[Any]:
    out = {}
    for t, i, *x in rows:
        at = ZERO + datetime.timedelta(seconds=t)
        out.setdefault(i, whole()).append(state(np.array(x).reshape(6, 1), timestamp=at))
    return set(out.values())


def generated(seed: int, dims: int) -> dict[str, Any]:
    """What the generators say of one picture in 3 or 2 dimensions."""
    truth, tracks = random_pictures.make(seed)
    near = Euclidean(mapping=list(range(dims)))
    speed = Euclidean(mapping=list(range(3, 3 + dims)))
    manager = MultiManager(
        [
            GOSPAMetric(p=2, c=200.0, measure=near),
            OSPAMetric(p=2, c=200.0, measure=near),
            SIAPMetrics(position_measure=near, velocity_measure=speed),
        ],
        TrackToTruth(association_threshold=200.0, consec_pairs_confirm=3, consec_misses_end=2, measure=near),
    )
    manager.add_data({
        "tracks": _paths(tracks, Track, State),
        "groundtruth_paths": _paths(truth, GroundTruthPath, GroundTruthState),
    })  # fmt: skip
    made: dict[str, Any] = manager.generate_metrics()
    return made


def scores(seed: int, dims: int) -> dict[str, Any]:
    """All figures of one picture in 3 or 2 dimensions."""
    said = generated(seed, dims)
    rates = {float(generated(seed, dims)["siap_generator"][f"SIAP {RATE}"].value) for _ in range(REPEATS)}
    gospa = [m.value for m in said["gospa_generator"]["GOSPA Metrics"].value]
    ospa = [m.value for m in said["ospa_generator"]["OSPA distances"].value]
    siap = said["siap_generator"]
    return {
        "gospa": [[round(float(g[k]), 7) + 0.0 for k in ("localisation", "missed", "false")] for g in gospa],
        "gospa_m": float(np.mean([g["distance"] for g in gospa])),
        "ospa_m": float(np.mean(ospa)),
        "siap": {k: float(siap[f"SIAP {name}"].value) for k, name in SIAP_NAMES.items()},
        "track_number_changes_per_s": sorted(rates),
    }


def main() -> None:
    """Print the figures of the seeds."""
    seeds = [int(a) for a in sys.argv[1:]] or list(SEEDS)
    pictures = {str(s): {f"{d}d": scores(s, d) for d in (3, 2)} for s in seeds}
    sys.stdout.write(json.dumps({"stonesoup": version("stonesoup"), "pictures": pictures}) + "\n")


if __name__ == "__main__":
    main()
