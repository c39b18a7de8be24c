"""The tracks stage on a whole day that another simulator made, against its truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from caseload import inboxes, read_columns
from scipy.optimize import linear_sum_assignment

from flightward.config import TracksConfig
from flightward.kernels import visibility
from flightward.model import Kind, SensorKind, f64
from flightward.tracks import Tracker


@pytest.mark.slow
def test_a_standard_day_is_complete_clean_and_accurate(shared_data: Path) -> None:
    folder = shared_data / "cases" / "columns-999"
    setup, reports, start_s, _ = read_columns(folder)
    end_s = start_s + 1800.0
    truth = pq.read_table(folder / "truth.parquet", filters=[("t_s", "<=", end_s)]).to_pandas()
    truth["e_m"], truth["n_m"] = setup.frame.to_plane(np.radians(truth.lat_deg), np.radians(truth.lon_deg))
    tracker = Tracker(setup, TracksConfig())
    radar = (setup.sensors.kind == SensorKind.RADAR).astype(np.int8)
    found, wanted, error, right, ghosts, shown = 0, 0, [], [], 0, 0
    at = dict(list(truth.groupby("t_s")))
    for t, box in inboxes(reports, start_s, end_s):
        picture, _ = tracker.step(t, box)
        if t < start_s + 120.0 or round(t - start_s) % 20:
            continue
        now = at[t]
        d = np.hypot(now.e_m.values[:, None] - picture.e_m, now.n_m.values[:, None] - picture.n_m)
        row, col = linear_sum_assignment(np.minimum(d, 2000.0))
        row, col = row[d[row, col] < 2000.0], col[d[row, col] < 2000.0]
        seen = np.empty(len(now))
        visibility.p_seen(
            tracker.sensors, radar, f64(now.e_m), f64(now.n_m), f64(now.hae_m), 1.0, 0, seen
        )
        drone = ((now.kind == "drone") & (seen > 0.5)).values
        wanted += drone.sum()
        hit = drone[row]
        found += hit.sum()
        error += list(d[row, col][hit])
        right += list(picture.p_class[col[hit]].argmax(axis=1) == Kind.DRONE)
        lone = np.setdiff1d(np.arange(len(picture)), col)
        ghosts += (picture.p_hostile[lone] > 0.3).sum()
        shown += len(picture)
    assert found / wanted > 0.97
    assert np.sqrt(np.mean(np.square(error))) < 180.0
    assert np.mean(right) > 0.98
    assert ghosts / shown < 0.01
