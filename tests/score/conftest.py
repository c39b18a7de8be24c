"""A tiny case made by hand: the centre of the area at 50 N 20 E, metres east and north of it, one row per second."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyproj import Geod, Proj

sys.path.insert(0, str(Path(__file__).parent))

START_S = 1_760_000_040.0
PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")
GEOD = Geod(ellps="WGS84")

SCHEMAS = {
    "threats": (
        "t_s:d flight_id:s hazard_kind:s hazard_id:s level:s p:d t_to_s:d miss_h_m:d miss_v_m:d reason:s site_id:s"
    ),
    "warnings": (
        "warning_id:s flight_id:s hazard_kind:s level:s raised_s:d first_caution_s:d cleared_s:d predicted_caught_s:d "
        "p:d reason:s site_id:s clear_again_s:d"
    ),
    "advice": "t_s:d flight_id:s option:s p_caught:d delay_s:d extra_m:d decide_by_s:d route_wkb:b text:s",
    "forecast": "issued_s:d horizon_s:d h3:u p_any:d n_expected:d",
    "tracks": (
        "t_s:d track_id:s lat_deg:d lon_deg:d hae_m:d ve_mps:d vn_mps:d vu_mps:d sigma_h_m:d sigma_v_m:d "
        "p_exists:d kind:s p_kind:d hostile:o identity:s raid_id:s age_s:d integrity:s p_hostile:d hostile_source:s"
    ),
}
TYPES = {"d": pa.float64(), "s": pa.string(), "b": pa.binary(), "u": pa.uint64(), "o": pa.bool_()}


def lon_lat(e_m: Any, n_m: Any) -> tuple[Any, Any]:
    """Longitude and latitude of plane metres."""
    return PLANE(e_m, n_m, inverse=True)


@dataclass
class TinyCase:
    """Collects a case and its output tables, then writes them."""

    folder: Path
    seconds: int = 3600
    toml: list[str] = field(default_factory=list)
    truth: list[dict[str, Any]] = field(default_factory=list)
    flights: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})

    def t(self, s: float) -> float:
        """POSIX seconds of a second of the day."""
        return START_S + s

    def object(
        self, object_id: str, e_m: Any, n_m: Any, hae_m: Any, kind: str = "drone", ground: Any = False, first: int = 0
    ) -> None:
        """An object from second `first`: each of e, n, height, ground a number or one value per second."""
        n = max([np.size(x) for x in (e_m, n_m, hae_m, ground) if np.size(x) > 1], default=self.seconds + 1 - first)
        e, north, h = (np.broadcast_to(np.asarray(x, float), n) for x in (e_m, n_m, hae_m))
        lon, lat = lon_lat(e, north)
        down = np.broadcast_to(ground, n)
        for i in range(n):
            self.truth.append(
                {
                    "t_s": START_S + first + i,
                    "object_id": object_id,
                    "kind": kind,
                    "hostile": kind == "drone",
                    "raid_id": "R1" if kind == "drone" else None,
                    "on_ground": bool(down[i]),
                    "lat_deg": lat[i],
                    "lon_deg": lon[i],
                    "hae_m": h[i],
                    "ve_mps": float(e[min(i + 1, n - 1)] - e[i]),
                    "vn_mps": float(north[min(i + 1, n - 1)] - north[i]),
                    "vu_mps": 0.0,
                }
            )

    def flight(self, flight_id: str, e_m: Any, n_m: Any, hae_m: Any = 500.0, ground: Any = False) -> None:
        """A protected flight: its truth, and a plan that stands where it first is."""
        self.object(flight_id, e_m, n_m, hae_m, "helicopter", ground)
        lon, lat = lon_lat(float(np.ravel(e_m)[0]), float(np.ravel(n_m)[0]))
        point = {"lat_deg": lat, "lon_deg": lon, "hae_m": 500.0}
        plan = [{**point, "t_s": START_S}, {**point, "t_s": START_S + self.seconds}]
        self.flights.append({"flight_id": flight_id, "waypoints": plan})

    def radar(self, limits: str = "max_range_m = 100000.0") -> None:
        """A radar at the centre that speaks every 4 s."""
        self.toml.append(
            '[[sensor]]\nid = "r1"\nkind = "radar"\nlat_deg = 50.0\nlon_deg = 20.0\nhae_m = 0.0\nscan_s = 4.0\n'
            f"{limits}\n"
            "sigma_range_m = 50.0\nsigma_azimuth_rad = 0.003\n"
        )
        for s in range(0, self.seconds + 1, 4):
            self.reports.append({"t_s": START_S + s, "t_rx_s": START_S + s + 0.1, "sensor_id": "r1"})

    def alarm(self, flight_id: str, spans: list[tuple[int, int]], level: str = "CAUTION", kind: str = "raid") -> None:
        """Rows of threats.parquet for each second of each span, both ends included."""
        for a, b in spans:
            for s in range(a, b + 1):
                row = {
                    "t_s": START_S + s,
                    "flight_id": flight_id,
                    "hazard_kind": kind,
                    "hazard_id": "R1",
                    "level": level,
                }
                self.rows["threats"].append(row)

    def warn(self, flight_id: str, first: float, predicted: float | None, cleared: float | None = None) -> None:
        """A row of warnings.parquet."""
        times = {"raised_s": first, "first_caution_s": first, "predicted_caught_s": predicted, "cleared_s": cleared}
        said = {k: None if v is None else START_S + v for k, v in times.items()}
        self.rows["warnings"].append({"warning_id": "W", "flight_id": flight_id, "hazard_kind": "raid", **said})

    def write(self) -> tuple[Path, Path]:
        """The case folder and the out folder."""
        case, out = self.folder / "case", self.folder / "out"
        case.mkdir(exist_ok=True)
        out.mkdir(exist_ok=True)
        head = f'name = "tiny"\nstart_s = {START_S}\nend_s = {START_S + self.seconds}\n'
        area = "[area]\nlat_deg = 50.0\nlon_deg = 20.0\nradius_m = 60000.0\n"
        feed = '[[feed]]\nname = "r"\nformat = "reports-parquet"\nfile = "reports.parquet"\n' if self.reports else ""
        (case / "case.toml").write_text(head + area + "\n".join(self.toml) + feed, encoding="utf-8")
        (case / "flights.json").write_text(json.dumps(self.flights), encoding="utf-8")
        pq.write_table(pa.Table.from_pylist(sorted(self.truth, key=lambda r: r["t_s"])), case / "truth.parquet")
        if self.reports:
            names = ("t_s", "t_rx_s", "sensor_id", "range_m", "azimuth_rad", "elevation_rad")
            schema = pa.schema([(c, pa.string() if c == "sensor_id" else pa.float64()) for c in names])
            pq.write_table(pa.Table.from_pylist(self.reports, schema=schema), case / "reports.parquet")
        for name, text in SCHEMAS.items():
            schema = pa.schema([(c.split(":")[0], TYPES[c.split(":")[1]]) for c in text.split()])
            pq.write_table(pa.Table.from_pylist(self.rows[name], schema=schema), out / f"{name}.parquet")
        return case, out


@pytest.fixture
def tiny(tmp_path: Path) -> TinyCase:
    """An empty tiny case of one hour."""
    return TinyCase(tmp_path)
