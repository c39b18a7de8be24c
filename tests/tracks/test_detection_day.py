"""A day whose radars are not what the case says, and a valley that they do not see into: the tracker alone."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from caseload import inboxes, read_columns

from flightward.config import TracksConfig
from flightward.kernels import visibility
from flightward.model.visibility import ROUGH_HEIGHT_M, seeing, sensor_arrays, with_learnt
from flightward.simulate import parse_scenario, simulate
from flightward.tracks import Tracker
from flightward.tracks.detection import REFRESH_S

VALLEY = [[50.30, 30.30], [50.50, 30.30], [50.50, 30.75], [50.30, 30.75]]
CEILING_M = 1_300.0
WITHIN = 0.05
ENOUGH = 300


def radar(name: str, lon_deg: float, p_true: list[list[float]]) -> dict:
    return {
        "id": name, "kind": "radar", "lat_deg": 50.0, "lon_deg": lon_deg, "hae_m": 260.0, "min_range_m": 500.0,
        "max_range_m": 90e3, "min_elevation_rad": -0.01, "max_elevation_rad": 0.8, "sigma_range_m": 50.0,
        "sigma_azimuth_rad": 0.003, "sigma_elevation_rad": 0.005, "sigma_range_rate_mps": 1.5, "p_detect": 0.85,
        "clutter_per_scan": 8.0, "p_true": p_true,
    }  # fmt: skip


def flight(number: int, start_s: float, points: list[tuple[float, float]], hae_m: float) -> dict:
    way, t = [], start_s
    for k, (lat, lon) in enumerate(points):
        if k:
            t += math.hypot((lat - points[k - 1][0]) * 111_200, (lon - points[k - 1][1]) * 71_000) / 65.0
        way.append({"t_s": t, "lat_deg": lat, "lon_deg": lon, "hae_m": hae_m})
    return {
        "id": f"F{number}", "callsign": f"MED{number}", "icao24": f"abc00{number}", "aircraft_type": "EC35",
        "waypoints": way, "from_ground": False, "to_ground": False,
    }  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> Path:
    raw = {
        "name": "valley", "start_s": 1747749600.0, "duration_s": 1900,
        "area": {"lat_deg": 50.2, "lon_deg": 30.4, "radius_m": 120e3, "ground_m": 200.0},
        "sensor": [
            radar("flat", 30.0, [[0.0, 0.7]]), radar("falling", 30.9, [[0.0, 0.95], [90e3, 0.5]]),
            {"id": "adsb", "kind": "adsb", "lat_deg": 50.1, "lon_deg": 30.4, "hae_m": 260.0, "max_range_m": 250e3,
             "scan_s": 1.0, "p_detect": 0.95},
        ],
        "raid": [{"id": "R1", "n": 15, "waypoints": [[49.6, 29.8], [50.25, 30.1], [50.7, 30.2]], "hae_m": 900.0}],
        "mask": [{"id": "V", "polygon": VALLEY, "ceiling_m": CEILING_M}],
        "flight": [
            flight(1, 100, [(50.1, 30.1), (50.4, 30.5), (50.45, 31.1)], 900.0),
            flight(2, 900, [(50.15, 30.9), (50.4, 30.5), (50.5, 29.8)], 900.0),
            flight(3, 100, [(49.9, 30.2), (50.2, 30.95), (50.2, 31.2)], 900.0),
            flight(4, 100, [(50.4, 30.1), (50.4, 31.1)], 2500.0),
        ],
        "traffic": {"n": 12},
    }  # fmt: skip
    return simulate(parse_scenario(raw), 3, tmp_path_factory.mktemp("valley") / "case")


@pytest.mark.slow
def test_the_share_is_learnt_by_range_and_the_valley_is_dark_and_nothing_else(day: Path) -> None:
    setup, reports, start_s, end_s = read_columns(day)
    truth = pq.read_table(day / "truth.parquet").to_pandas()
    truth = truth[truth.object_id.str.startswith("F")]
    by_second = dict(iter(truth.groupby(np.rint(truth.t_s))))
    shape = shapely.Polygon([(lon, lat) for lat, lon in VALLEY])
    tracker, arrays = Tracker(setup, TracksConfig()), sensor_arrays(setup.sensors)
    seen: dict[str, list[tuple[bool, bool]]] = {}
    for t, inbox in inboxes(reports, start_s, end_s):
        _, coverage = tracker.step(t, inbox)
        rows = by_second.get(t)
        if t % 5 or rows is None:
            continue
        e, n = setup.frame.to_plane(np.radians(rows.lat_deg.to_numpy()), np.radians(rows.lon_deg.to_numpy()))
        p = np.empty(len(rows))
        best = with_learnt(arrays, coverage, high=True)
        u = rows.hae_m.to_numpy().copy()
        visibility.p_seen(best, seeing(setup.sensors, coverage), e, n, u, ROUGH_HEIGHT_M, 0, p)
        inside = shapely.contains_xy(shape, rows.lon_deg, rows.lat_deg) & (u < CEILING_M)
        for who, is_in, value in zip(rows.object_id, inside, p, strict=True):
            seen.setdefault(who, []).append((bool(is_in), bool(value < 0.48)))
    for who, looks in seen.items():
        inside = [dark for is_in, dark in looks if is_in]
        outside = [dark for is_in, dark in looks if not is_in]
        # tables are made anew every REFRESH_S: so long the air beyond an edge may still be dark to who comes out of it
        exits = sum(was and not is_in for (was, _), (is_in, _) in itertools.pairwise(looks))
        assert sum(outside) * 5.0 <= 0.02 * len(outside) * 5.0 + REFRESH_S * exits, who
        if inside:
            assert who in ("F1", "F2") and np.mean(inside) > 0.85 and inside.index(True) * 5 <= 60
    figures = tracker.detection.tables.figures
    checked = 0
    for r, p_true in enumerate(([0.7, 0.7], [0.95, 0.5])):
        for k in range(int(figures.start[r]), int(figures.start[r + 1])):
            middle = (figures.to_m[k] - 90e3 / 24) / 90e3
            if figures.range_n[k] >= ENOUGH:
                checked += 1
                assert abs(figures.range_p[k] - (p_true[0] + middle * (p_true[1] - p_true[0]))) < WITHIN
    assert checked >= 8
    assert coverage.grid is not None and coverage.grid.unseen_per_km2.max() > 0.0
    assert (coverage.grid.p_high >= coverage.grid.p_look - 1e-9).all()
