"""Detections per second of track_table, time per scan and memory, beside Stone Soup on the same detections.

    python bench/tracking.py [--detections FILE.parquet ...] [--drones 100 1000] [--seconds 60] [--big]
                             [--stone-soup PYTHON] [--turns]

Sets: the files given, and streams of that many drones (tests/tracks/streams.py). --big adds 10,000 drones and 1,000
aircraft under 4 radars at scans of 2 s. --stone-soup names a Python that has the package `stonesoup` (1.9.1 was used;
`pyehm` beside it gives exact joint association): its nearest neighbour by k-d tree and its joint probabilistic
associator run on the first 60 scans (12 of sets of 1,000 and more) in their own process. CPU time of one core.
--turns: position error on turning and straight targets, both motion models against one.
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
import turning

import flightward as fw
from flightward.tracks.engine import Engine

COLUMNS = ["t_s", "sensor_id", "e_m", "n_m", "u_m", "c_ee", "c_en", "c_eu", "c_nn", "c_nu", "c_uu"]
OTHER = """
import datetime, sys, time
import numpy as np
from stonesoup.dataassociator.neighbour import NearestNeighbour
from stonesoup.dataassociator.probability import JPDA
from stonesoup.dataassociator.tree import DetectionKDTreeMixIn
from stonesoup.deleter.time import UpdateTimeStepsDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.tracker.simple import MultiTargetMixtureTracker, MultiTargetTracker
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater
try:
    from pyehm.plugins.stonesoup import JPDAWithEHM2 as Joint
except ImportError:
    Joint = JPDA

d = np.load(sys.argv[1])
way = sys.argv[2]
zero = datetime.datetime(2026, 1, 1)
scans = []
for t in np.unique(d[:, 0]):
    when = zero + datetime.timedelta(seconds=float(t))
    rows = d[d[:, 0] == t]
    a = np.median(rows, axis=0)  # its tree wants one measurement model for all: for speed only, not for accuracy
    plain = LinearGaussian(6, (0, 2, 4), np.diag(a[[5, 8, 10]]))
    scans.append((when, {Detection(a[2:5].reshape(3, 1), when, measurement_model=plain) for a in rows}))
model = CombinedLinearGaussianTransitionModel([ConstantVelocity(0.7), ConstantVelocity(0.7), ConstantVelocity(0.01)])
predictor, updater = KalmanPredictor(model), KalmanUpdater(None)
class Near(DetectionKDTreeMixIn, NearestNeighbour):
    pass
class Shared(DetectionKDTreeMixIn, Joint):
    pass
distance = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=4.5)
near = Near(distance, predictor, updater, number_of_neighbours=1, max_distance_covariance_multiplier=4.5)
prior = GaussianState(np.zeros((6, 1)), np.diag([1e8, 45.0**2, 1e8, 45.0**2, 1e6, 4.0]), zero)
initiator = MultiMeasurementInitiator(prior, UpdateTimeStepsDeleter(2), near, updater, min_points=3)
deleter = UpdateTimeStepsDeleter(9)
if way == "near":
    tracker = MultiTargetTracker(initiator, deleter, iter(scans), near, updater)
else:
    pda = PDAHypothesiser(predictor, updater, clutter_spatial_density=1e-11, prob_detect=0.8, prob_gate=0.999)
    joint = Shared(pda, predictor, updater, number_of_neighbours=5, max_distance_covariance_multiplier=4.5)
    tracker = MultiTargetMixtureTracker(initiator, deleter, iter(scans), joint, updater)
begin = time.process_time()
for when, tracks in tracker:
    pass
print(Joint.__name__, time.process_time() - begin, len(tracks))
"""


def scan_times(reports: pd.DataFrame) -> np.ndarray:
    """Milliseconds of CPU of each scan, one by one: association, filter, life of tracks, rows out."""
    spent: list[float] = []
    plain = Engine.sweep

    def timed(self: Engine, looks: object, first: int, last: int, *args: object) -> None:
        for i in range(first, last):
            begin = time.thread_time()
            plain(self, looks, i, i + 1, *args)  # type: ignore[arg-type]
            spent.append((time.thread_time() - begin) * 1e3)

    Engine.sweep = timed  # type: ignore[method-assign, assignment]
    fw.track_table(reports)
    Engine.sweep = plain  # type: ignore[method-assign]
    return np.array(spent[-len(reports[["t_s", "sensor_id"]].drop_duplicates()) :])


def other(python: str, reports: pd.DataFrame, way: str, scans: int) -> tuple[float, str]:
    """Stone Soup on the first scans: detections per second, and what it ran."""
    first = reports[reports.t_s <= np.sort(reports.t_s.unique())[:scans][-1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.npy"
        np.save(path, first[COLUMNS].to_numpy(dtype=np.float64))
        script = Path(folder) / "other.py"
        script.write_text(OTHER)
        run = [python, "-W", "ignore", str(script), str(path), way]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
    name, spent, _ = done.stdout.split()[-3:]
    return len(first) / float(spent), "nearest neighbour" if way == "near" else name


def run(name: str, reports: pd.DataFrame, python: str | None, ways: tuple[str, ...], scans: int) -> None:
    """One set."""
    best = np.inf
    for _ in range(3):
        begin = time.process_time()
        table = fw.track_table(reports)
        best = min(best, time.process_time() - begin)
    rate = len(reports) / best
    ms = scan_times(reports)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"{name}: {len(reports):,} detections, {len(ms)} scans, {table.num_rows:,} rows out")
    print(f"  track_table {rate:,.0f} detections/s all in all; peak memory of the process {peak:.0f} MB")
    p50, p99 = np.quantile(ms, [0.5, 0.99])
    print(f"  one scan: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {ms.max():.2f} ms", flush=True)
    for way in ways if python else ():
        theirs, label = other(str(python), reports, way, scans)
        print(f"  Stone Soup, {label}, first {scans} scans: {theirs:,.0f}/s; {rate / theirs:,.0f} times", flush=True)


def main() -> None:
    """Print the figures."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--drones", type=int, nargs="*", default=[100, 1000])
    ask.add_argument("--seconds", type=float, default=60.0)
    ask.add_argument("--detections", nargs="*", default=[])
    ask.add_argument("--big", action="store_true")
    ask.add_argument("--turns", action="store_true")
    ask.add_argument("--stone-soup")
    given = ask.parse_args()
    fw.track_table(streams.make(5, 1, 40.0, seed=1).reports)  # compiles
    for file in given.detections:
        reports = pd.read_parquet(file).rename(columns={"time_s": "t_s"})[COLUMNS]
        run(file, reports, given.stone_soup, ("near", "joint"), 60)
    for n in given.drones:
        reports = streams.make(n, 20, given.seconds, seed=5).reports
        few = n < 1000
        run(f"{n} drones", reports, given.stone_soup, ("near", "joint") if few else ("near",), 60 if few else 12)
    if given.big:
        reports = streams.make(10_000, 1_000, 24.0, seed=5, n_radars=4).reports
        run("10,000 drones and 1,000 aircraft", reports, None, (), 0)
    if given.turns:
        print(turning.report())


if __name__ == "__main__":
    main()
