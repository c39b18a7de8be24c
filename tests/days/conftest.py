"""When each flight of a case is caught, by the words of the design and from the truth alone; slow and plain.

Shares no formula with the product: distances are geodesics of pyproj, polygons are shapely's.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Geod
from shapely import Polygon, contains_xy

_GEOD = Geod(ellps="WGS84")


def caught(case: Path, n: int = 3) -> dict[str, dict[str, float]]:
    """flight_id -> {cause: first second after the start}; causes raid, lone, zone; empty = never caught."""
    head = tomllib.loads((case / "case.toml").read_text())
    table = pq.read_table(case / "truth.parquet")
    t, who, hostile, ground, lat, lon, hae = (
        table[c].to_numpy() for c in ("t_s", "object_id", "hostile", "on_ground", "lat_deg", "lon_deg", "hae_m")
    )
    cut = np.flatnonzero(np.diff(t)) + 1
    rows_of = {int(x[0]): x for x in np.split(np.arange(len(t)), cut)}
    rows_at = {float(t[i]): x for i, x in rows_of.items()}
    out: dict[str, dict[str, float]] = {}
    for flight in json.loads((case / "flights.json").read_text()):
        mine = np.flatnonzero((who == flight["flight_id"]) & ~ground)
        first: dict[str, float] = {}
        for i in mine:
            rows = rows_at[float(t[i])]
            foes = rows[hostile[rows]]
            if not len(foes):
                continue
            k = len(foes)
            _, _, far = _GEOD.inv(np.full(k, lon[i]), np.full(k, lat[i]), lon[foes], lat[foes])
            high = np.abs(hae[foes] - hae[i])
            after = float(t[i]) - head["start_s"]
            if int(((far <= 10000.0) & (high <= 1500.0)).sum()) >= n:
                first.setdefault("raid", after)
            if bool(((far <= 2000.0) & (high <= 300.0)).any()):
                first.setdefault("lone", after)
            if bool((far <= 40000.0).any()) and _in_active_zone(head, t[i], lat[i], lon[i], hae[i]):
                first.setdefault("zone", after)
        out[flight["flight_id"]] = first
    return out


def _in_active_zone(head: dict, t_s: float, lat: float, lon: float, hae: float) -> bool:
    for zone in head.get("zone", []):
        active = any(a["from_s"] <= t_s <= a["to_s"] for a in zone["active"])
        if zone["kind"] != "defended" or not active or not zone["floor_m"] <= hae <= zone["ceiling_m"]:
            continue
        if contains_xy(Polygon(zone["polygon"]), lon, lat):
            return True
    return False


@pytest.fixture(scope="session")
def caught_in_truth() -> Callable[[Path], dict[str, dict[str, float]]]:
    """`caught`, for tests."""
    return caught
