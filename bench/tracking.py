"""Detections per second of track_table, time per scan and memory, beside Stone Soup on the same detections.

    python bench/tracking.py [--drones 1000] [--seconds 60] [--detections FILE.parquet] [--stone-soup PYTHON]

--stone-soup names a Python that has the package `stonesoup` (1.9.1 was used): its nearest-neighbour tracker with a
constant-velocity Kalman filter runs on the first scans in its own process, one core, CPU time.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "tracks"))

import streams

import flightward as fw
from flightward.tracks.engine import Engine

OTHER_SCANS = 12
COLUMNS = ["t_s", "sensor_id", "e_m", "n_m", "u_m", "c_ee", "c_en", "c_eu", "c_nn", "c_nu", "c_uu"]
OTHER = """
import datetime, sys, time
import numpy as np
from stonesoup.dataassociator.neighbour import NearestNeighbour
from stonesoup.dataassociator.tree import DetectionKDTreeMixIn
from stonesoup.deleter.error import CovarianceBasedDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.tracker.simple import MultiTargetTracker
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

d = np.load(sys.argv[1])
zero = datetime.datetime(2026, 1, 1)
scans = []
for t in np.unique(d[:, 0]):
    when = zero + datetime.timedelta(seconds=float(t))
    rows = d[d[:, 0] == t]
    a = np.median(rows, axis=0)  # its tree wants one measurement model for all: for speed only, not for accuracy
    plain = LinearGaussian(6, (0, 2, 4), np.diag(a[[5, 8, 10]]))
    found = {Detection(a[2:5].reshape(3, 1), when, measurement_model=plain) for a in rows}
    scans.append((when, found))
model = CombinedLinearGaussianTransitionModel([ConstantVelocity(0.7), ConstantVelocity(0.7), ConstantVelocity(0.01)])
predictor, updater = KalmanPredictor(model), KalmanUpdater(None)
class Near(DetectionKDTreeMixIn, NearestNeighbour):
    pass
near = Near(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=4.5), predictor, updater,
            number_of_neighbours=5, max_distance_covariance_multiplier=4.5)
deleter = CovarianceBasedDeleter(1.5e6, mapping=[0, 2])
prior = GaussianState(np.zeros((6, 1)), np.diag([1e8, 45.0**2, 1e8, 45.0**2, 1e6, 4.0]), zero)
initiator = MultiMeasurementInitiator(prior, deleter, near, updater, min_points=3)
begin, n = time.process_time(), 0
for when, tracks in MultiTargetTracker(initiator, deleter, iter(scans), near, updater):
    n += 1
print(time.process_time() - begin, len(tracks))
"""


def scan_times(reports: pd.DataFrame) -> list[float]:
    """Milliseconds of each whole scan: association, filter, life of tracks."""
    spent: list[float] = []
    plain = Engine.whole_scan

    def timed(self: Engine, *args: object) -> object:
        begin = time.perf_counter()
        out = plain(self, *args)  # type: ignore[arg-type]
        spent.append((time.perf_counter() - begin) * 1e3)
        return out

    Engine.whole_scan = timed  # type: ignore[method-assign, assignment]
    fw.track_table(reports)
    Engine.whole_scan = plain  # type: ignore[method-assign]
    return spent[-reports.t_s.nunique() :]


def other(python: str, reports: pd.DataFrame) -> None:
    """Stone Soup on the first scans."""
    first = reports[reports.t_s <= np.sort(reports.t_s.unique())[OTHER_SCANS - 1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.npy"
        np.save(path, first[COLUMNS].to_numpy(dtype=np.float64))
        script = Path(folder) / "other.py"
        script.write_text(OTHER)
        done = subprocess.run([python, str(script), str(path)], capture_output=True, text=True, check=True)
    spent, n = done.stdout.split()[-2:]
    print(f"Stone Soup, nearest neighbour: {len(first) / float(spent):,.0f} detections/s ({n} tracks)")


def main() -> None:
    """Print the figures."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--drones", type=int, default=1000)
    ask.add_argument("--seconds", type=float, default=60.0)
    ask.add_argument("--detections")
    ask.add_argument("--stone-soup")
    given = ask.parse_args()
    if given.detections:
        reports = pd.read_parquet(given.detections).rename(columns={"time_s": "t_s"})[COLUMNS]
    else:
        reports = streams.make(given.drones, 20, given.seconds, seed=5).reports
    fw.track_table(streams.make(5, 1, 40.0, seed=1).reports)  # compiles
    best = np.inf
    for _ in range(3):
        begin = time.process_time()
        table = fw.track_table(reports)
        best = min(best, time.process_time() - begin)
    ms = np.array(scan_times(reports))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"{len(reports):,} detections, {reports.t_s.nunique()} scans, {table.num_rows:,} rows out")
    print(f"track_table: {len(reports) / best:,.0f} detections/s (all in all), peak memory {peak:.0f} MB")
    print(f"one scan: p50 {np.median(ms):.2f} ms, p99 {np.quantile(ms, 0.99):.2f} ms, worst {ms.max():.2f} ms")
    print(f"scans alone: {len(reports) / ms.sum() * 1e3:,.0f} detections/s")
    if given.stone_soup:
        other(given.stone_soup, reports)


if __name__ == "__main__":
    main()
