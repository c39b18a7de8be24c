"""The grid of undetected drones."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "feeds"))

from feedkit import CASE

from flightward.feeds.case.read import setup_of
from flightward.model import Coverage, TrackBatch
from flightward.tracks.undetected import GridKeeper

T0 = 1000.0


def test_the_grid_of_a_small_area_does_not_take_for_ever() -> None:
    setup = dataclasses.replace(setup_of(CASE, "[]"), radius_m=120.0)
    keeper, began_s = GridKeeper(setup), time.process_time()
    sensors = np.ones(1, dtype=np.int8), np.ones(1), np.full(1, 9, dtype=np.int64)
    for t_s in (T0, T0 + 60.0):
        grid = keeper.step(t_s, TrackBatch.empty(t_s=t_s), Coverage(t_s, *sensors))
    assert time.process_time() - began_s < 20.0
    assert np.isfinite(grid.unseen_per_km2).all()
