"""Tracks from a table of measured positions in a plane, without a case: `track_table`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flightward.config import Config, TracksConfig
from flightward.errors import BadInput
from flightward.kernels.sweep import Looks
from flightward.kernels.visibility import SensorArrays
from flightward.model import F64, I64
from flightward.tracks import sensing
from flightward.tracks.engine import Engine, Rows
from flightward.tracks.sensing import Sensing
from flightward.tracks.tablebias import TableBias

POSITION = ("e_m", "n_m", "u_m")
COVARIANCE = {"c_ee": (0, 0), "c_en": (0, 1), "c_eu": (0, 2), "c_nn": (1, 1), "c_nu": (1, 2), "c_uu": (2, 2)}
STATE = ("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps")
WARM_SCANS, WARM_SCANS_LEAST, WARM_REPORTS = 16, 6, 8_000  # how much is looked at to learn what the sensors are like


@dataclasses.dataclass(frozen=True)
class Scans:
    """M usable reports in order of time: t_s (M,), sensor (M,), z (M, 3), cov (M, 3, 3); scan i is at[i]:at[i + 1]."""

    t_s: F64
    sensor: I64
    z: F64
    cov: F64
    at: I64
    names: list[Any]
    n_unusable: int

    def __len__(self) -> int:
        return len(self.at) - 1

    def scan_s(self, k: int) -> float:
        """The least time between two scans of sensor k; 1 s if it has but one."""
        t = self.t_s[self.at[:-1]][self.sensor[self.at[:-1]] == k]
        return float(np.diff(t).min()) if len(t) > 1 else 1.0


def track_table(reports: Any, sensors: Any = None, **settings: Any) -> pa.Table:
    """One row per track and scan: track_id, t_s, position, velocity, position covariance, p_exists.

    reports    columns t_s, sensor_id (whole number or text), e_m, n_m, u_m, c_ee, c_en, c_eu, c_nn, c_nu, c_uu (m2):
               one row per detection, one time per scan, false ones included. Arrow table, data frame or mapping.
    sensors    optional, columns sensor_id, p_detect, clutter_per_scan and coverage (max_range_m, min_elevation_rad,
               max_elevation_rad), each optional too; what is not given is learnt from the first scans.
    settings   fields of TracksConfig.
    The t_s of a row is its scan's, bit for bit; p_exists >= 0.5 counts as shown. Rows that are not finite or whose
    covariance is not positive are left aside; the table's metadata counts them as n_unusable. Raises BadInput.
    """
    known = {f.name for f in dataclasses.fields(TracksConfig)}
    if not set(settings) <= known:
        raise BadInput(f"no such settings: {', '.join(sorted(set(settings) - known))}")
    cfg = Config().changed({"tracks": settings}).tracks
    scans = _scans(reports)
    given = _given(sensors, scans.names)
    found = [_guess(scans, k, given[k]) for k in range(len(scans.names))]
    bias = TableBias(scans.z, scans.cov, scans.sensor, [s.place for s in found], cfg)
    if len(scans):
        found = _learn(scans, found, cfg, given, bias)
    rows = Rows(max(len(scans.t_s), 1))
    _run(_engine(scans, found, cfg), scans, _looks(scans, found, len(scans)), (0, len(scans)), found, bias, rows)
    shown, track = rows.joined()
    columns = {"t_s": shown[0], "track_id": track}
    columns |= {name: shown[1 + c] for c, name in enumerate((*STATE, *COVARIANCE, "p_exists"))}
    return pa.table(columns).replace_schema_metadata({"n_unusable": str(scans.n_unusable)})


def _columns(table: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Named columns of anything table-like as arrays; those that it lacks are left out."""
    have = table.column_names if hasattr(table, "column_names") else list(table.keys())
    return {n: _array(table[n]) for n in names if n in have}


def _array(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray | pa.Array):
        return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    return np.asarray(column)


def _scans(reports: Any) -> Scans:
    names = ("t_s", "sensor_id", *POSITION, *COVARIANCE)
    raw = _columns(reports, names)
    lacking = [n for n in names if n not in raw]
    if lacking:
        raise BadInput(f"reports lack the columns {', '.join(lacking)}")
    try:
        number = {n: np.asarray(raw[n], dtype=np.float64) for n in names if n != "sensor_id"}
    except (TypeError, ValueError) as error:
        raise BadInput(f"reports hold something that is not a number: {error}") from error
    z = np.stack([number[n] for n in POSITION], axis=1)
    t = number["t_s"]
    good = _positive([number[n] for n in COVARIANCE]) & np.isfinite(z.sum(axis=1)) & np.isfinite(t)
    names_seen, code = _codes(raw["sensor_id"])
    kept = np.flatnonzero(good)
    used, code = np.unique(code[kept], return_inverse=True)
    later, same = np.diff(t[kept]) > 0.0, np.diff(t[kept]) == 0.0
    if not (later | (same & (np.diff(code) >= 0))).all():
        order = np.lexsort((code, t[kept]))
        kept, code = kept[order], code[order]
    t, sensor = t[kept], code.astype(np.int64)
    new = np.flatnonzero((np.diff(t) != 0.0) | (np.diff(sensor) != 0)) + 1
    at = np.concatenate([[0], new, [len(t)]]) if len(t) else np.zeros(1, dtype=np.int64)
    cov = np.empty((len(kept), 3, 3))
    for n, (a, b) in COVARIANCE.items():
        cov[:, a, b] = cov[:, b, a] = number[n][kept]
    labels = [names_seen[c] for c in used]
    return Scans(t, sensor, z[kept], cov, at.astype(np.int64), labels, len(z) - len(kept))


def _codes(column: Any) -> tuple[list[str], I64]:
    """The different values of a column as text, sorted, and the row of each value in them (M,)."""
    values = np.asarray(column)
    if values.dtype.kind in "iuf":
        distinct, code = np.unique(values, return_inverse=True)
    else:
        distinct, code = np.unique(values.astype(str), return_inverse=True)
    text = distinct.astype(str)
    rank = np.empty(len(text), dtype=np.int64)
    order = np.argsort(text)
    rank[order] = np.arange(len(text))
    return text[order].tolist(), rank[code]


def _positive(c: list[F64]) -> NDArray[np.bool_]:
    """(M,) whether covariances with the columns ee, en, eu, nn, nu, uu are finite and positive: leading minors."""
    ee, en, eu, nn, nu, uu = c
    with np.errstate(all="ignore"):
        d2 = ee * nn - en * en
        d3 = ee * (nn * uu - nu * nu) - en * (en * uu - nu * eu) + eu * (en * nu - nn * eu)
        return np.asarray((ee > 0.0) & (d2 > 0.0) & (d3 > 0.0) & np.isfinite(d3))


def _given(sensors: Any, names: list[Any]) -> list[dict[str, float]]:
    """What the caller says of each sensor."""
    out: list[dict[str, float]] = [{} for _ in names]
    if sensors is None:
        return out
    columns = ("sensor_id", "p_detect", "clutter_per_scan", "max_range_m", "min_elevation_rad", "max_elevation_rad")
    raw = _columns(sensors, columns)
    if "sensor_id" not in raw:
        raise BadInput("sensors lack the column sensor_id")
    for row, name in enumerate(np.asarray(raw["sensor_id"]).astype(str)):
        if name in names:
            values = {n: float(raw[n][row]) for n in raw if n != "sensor_id"}
            out[names.index(name)] = {n: v for n, v in values.items() if np.isfinite(v)}
    return out


def _guess(scans: Scans, k: int, given: dict[str, float]) -> Sensing:
    mine = np.flatnonzero(scans.sensor == k)
    n = max(int((scans.sensor[scans.at[:-1]] == k).sum()), 1)
    z, cov = scans.z[mine], scans.cov[mine]
    s = sensing.first_guess(z, cov, len(mine) / n)
    return _as_given(s, z, cov, given)


def _as_given(s: Sensing, z: F64, cov: F64, given: dict[str, float]) -> Sensing:
    s = dataclasses.replace(
        s, p_detect=given.get("p_detect", s.p_detect), max_range_m=given.get("max_range_m", s.max_range_m),
        min_elevation_rad=given.get("min_elevation_rad", s.min_elevation_rad),
        max_elevation_rad=given.get("max_elevation_rad", s.max_elevation_rad),
    )
    return sensing.with_false(s, z, cov, given["clutter_per_scan"]) if "clutter_per_scan" in given else s


def _engine(scans: Scans, found: list[Sensing], cfg: TracksConfig) -> Engine:
    place = np.array([s.place if s.is_placed else np.zeros(3) for s in found]).reshape(-1, 3)
    n = len(found)
    east, north, up = np.ascontiguousarray(place.T)
    arrays = SensorArrays(
        east, north, up,
        np.array([s.min_range_m if s.is_placed else 0.0 for s in found]),
        np.array([s.max_range_m if s.is_placed else 1e12 for s in found]),
        np.array([s.min_elevation_rad if s.is_placed else -4.0 for s in found]),
        np.array([s.max_elevation_rad if s.is_placed else 4.0 for s in found]),
        np.array([0.9 * scans.scan_s(k) for k in range(n)]), np.array([s.p_detect for s in found]), np.ones(n),
        np.zeros(n, dtype=np.int8), np.ones(n, dtype=np.int8),
    )
    return Engine(arrays, cfg, is_flat=True)


def _looks(scans: Scans, found: list[Sensing], n: int) -> Looks:
    """The first n scans, with the density of false reports at each report."""
    m = int(scans.at[n])
    density = np.empty(m)
    for k, s in enumerate(found):
        mine = np.flatnonzero(scans.sensor[:m] == k)
        density[mine] = s.log_density(scans.z[mine], scans.cov[mine])
    return Looks(scans.at[: n + 1], scans.sensor[:m], scans.t_s[:m], scans.z[:m].copy(), scans.cov[:m], density)


def _run(
    engine: Engine, scans: Scans, looks: Looks, span: tuple[int, int], found: list[Sensing], bias: TableBias,
    rows: Rows | None = None,
) -> I64:
    """Scans span[0] to span[1] - 1 through the engine, in as long runs as `bias` lets pass; slots (M,) of `looks`."""
    slots = np.full(len(looks.t_s), -1, dtype=np.int64)
    i, last = span
    while i < last:
        end = i + 1
        while end < last and not bias.listens(end - 1):
            end += 1
        if bias.is_biased:
            for k in np.unique(looks.sensor[looks.at[i] : looks.at[end]]):
                mine = looks.at[i] + np.flatnonzero(looks.sensor[looks.at[i] : looks.at[end]] == k)
                looks.z[mine] = bias.corrected(int(k), scans.z[mine])
                looks.log_density[mine] = found[k].log_density(looks.z[mine], looks.cov[mine])
        engine.sweep(looks, i, end, slots, rows)
        if bias.listens(end - 1):
            a, b = int(looks.at[end - 1]), int(looks.at[end])
            bias.listen(
                engine, end - 1, int(looks.sensor[a]), float(looks.t_s[a]), slots[a:b], looks.z[a:b], looks.cov[a:b]
            )
        i = end
    return slots


def _learn(
    scans: Scans, found: list[Sensing], cfg: TracksConfig, given: list[dict[str, float]], bias: TableBias
) -> list[Sensing]:
    """Chance of detection, false reports and constant errors of each sensor from a first run over its first scans."""
    engine = _engine(scans, found, cfg)
    enough = max(int(np.searchsorted(scans.at, WARM_REPORTS)), WARM_SCANS_LEAST * len(found))
    last = min(len(scans), WARM_SCANS * len(found), enough)
    half = last // 2
    looks = _looks(scans, found, last)
    slot_of = _run(engine, scans, looks, (0, half), found, bias)
    engine.tally[:] = 0
    slot_of[int(scans.at[half]) :] = _run(engine, scans, looks, (half, last), found, bias)[int(scans.at[half]) :]
    bias.again()
    until = int(scans.at[last])
    rows = np.arange(int(scans.at[half]), until)
    slot = slot_of[rows]
    s = engine.arrays
    is_false = (slot < 0) | (s.track[slot] < 0) | (s.since_s[slot] > scans.t_s[rows])
    out = []
    for k, old in enumerate(found):
        mine = scans.sensor[rows] == k
        n = max(int((scans.sensor[scans.at[half:last]] == k).sum()), 1)
        z, cov = scans.z[rows[mine]], scans.cov[rows[mine]]
        false = is_false[mine]
        looks, hits = engine.tally[k]
        new = dataclasses.replace(old, p_detect=float(np.clip((hits + 17.0) / (looks + 20.0), 0.3, 0.97)))
        new = sensing.with_false(new, z, cov, (float(false.sum()) + 0.5) / n)
        if new.is_placed:
            new = sensing.with_elevations(new, sensing.polar(z[false], new.place)[1])
        out.append(_as_given(new, z, cov, given[k]))
    return out


__all__ = ["Scans", "track_table"]
