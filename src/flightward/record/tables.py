"""Batches of several seconds -> rows of the tables in docs/tables.md: degrees, true velocities, ids and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flightward.model import (
    F64,
    I8,
    I64,
    NONE,
    AdviceBatch,
    AreaOutlook,
    CellForecast,
    Hazard,
    HostileSource,
    Integrity,
    IntegrityReason,
    Kind,
    Level,
    Option,
    RaidBatch,
    RaidEvent,
    RaidEventBatch,
    Reason,
    Setup,
    ThreatBatch,
    TrackBatch,
    WarningHistory,
)
from flightward.model.acts import Act
from flightward.model.codes import Code
from flightward.model.gnss import GnssAreaBatch
from flightward.record import wkb
from flightward.units import DEG_RAD
from flightward.wording import flight_id, gnss_id, hazard_id, raid_id, site_id, track_id, warning_id

HOSTILE_P = 0.5
"""A track that nobody declared counts as hostile in the column `hostile` from this p_hostile on, if a rule gave it."""

_F8, _TEXT = pa.float64(), pa.string()


def _schema(numbers: str = "", **types: pa.DataType) -> pa.Schema:
    return pa.schema([(name, types.get(name, _F8)) for name in numbers.split()])


TRACKS = _schema(
    "t_s track_id lat_deg lon_deg hae_m ve_mps vn_mps vu_mps sigma_h_m sigma_v_m p_exists kind p_kind hostile identity "
    "raid_id age_s integrity p_hostile hostile_source integrity_reason",
    track_id=_TEXT, kind=_TEXT, hostile=pa.bool_(), identity=_TEXT, raid_id=_TEXT, integrity=_TEXT,
    hostile_source=_TEXT, integrity_reason=_TEXT,
)  # fmt: skip
RAIDS = _schema(
    "t_s raid_id n lat_deg lon_deg course_rad speed_mps arrivals_per_min extent_wkb "
    "arrivals_lo arrivals_hi change_since_s change_ratio n_lo n_hi n_unseen front_lat_deg front_lon_deg tail_lat_deg "
    "tail_lon_deg axis_rad length_m width_m hae_lo_m hae_hi_m course_spread_rad speed_spread_mps turn_radps "
    "turning_frac n_waves",
    raid_id=_TEXT, n=pa.int32(), extent_wkb=pa.binary(), n_waves=pa.int32(),
)  # fmt: skip
RAID_EVENTS = _schema(
    "t_s event raid_id other_id n n_other lat_deg lon_deg",
    event=_TEXT, raid_id=_TEXT, other_id=_TEXT, n=pa.int32(), n_other=pa.int32(),
)  # fmt: skip
FORECAST = _schema("issued_s horizon_s h3 p_any n_expected", h3=pa.uint64())
THREATS = _schema(
    "t_s flight_id hazard_kind hazard_id level p t_to_s miss_h_m miss_v_m reason site_id p_alert",
    flight_id=_TEXT, hazard_kind=_TEXT, hazard_id=_TEXT, level=_TEXT, reason=_TEXT, site_id=_TEXT,
)  # fmt: skip
OUTLOOK = _schema("issued_s horizon_s area is_on p_alert starts_per_h", area=_TEXT, is_on=pa.bool_())
WARNINGS = _schema(
    "warning_id flight_id hazard_kind level raised_s first_caution_s cleared_s predicted_caught_s p reason site_id "
    "clear_again_s clear_again_lo_s clear_again_hi_s decide_by_s",
    warning_id=_TEXT, flight_id=_TEXT, hazard_kind=_TEXT, level=_TEXT, reason=_TEXT, site_id=_TEXT,
)  # fmt: skip
WARNING_HISTORY = _schema(
    "warning_id t_s p level reason n", warning_id=_TEXT, level=_TEXT, reason=_TEXT, n=pa.int32()
)
WARNING_ACTS = _schema(
    "warning_id t_s act person to_whom how note",
    warning_id=_TEXT, act=_TEXT, person=_TEXT, to_whom=_TEXT, how=_TEXT, note=_TEXT,
)  # fmt: skip
GNSS = _schema(
    "area_id start_s end_s seen_s n_aircraft n_false outline_wkb",
    area_id=_TEXT, n_aircraft=pa.int32(), n_false=pa.int32(), outline_wkb=pa.binary(),
)  # fmt: skip
ADVICE = _schema(
    "t_s flight_id option p_caught delay_s extra_m decide_by_s route_wkb text",
    flight_id=_TEXT, option=_TEXT, route_wkb=pa.binary(), text=_TEXT,
)  # fmt: skip


def tracks_table(batches: Sequence[TrackBatch], track_raid: Sequence[I64], setup: Setup) -> pa.Table:
    """tracks.parquet of several seconds; sigma_h_m is 1 sigma of each horizontal axis (root mean square of the two)."""
    lat, lon, ve, vn = _true(batches, setup)
    p_class = _join(batches, "p_class")
    kind = np.where(np.isnan(p_class).any(axis=1), int(Kind.UNKNOWN), np.argmax(p_class, axis=1))
    p_kind = p_class[np.arange(len(kind)), kind]
    h2 = np.concatenate([0.5 * (b.cov[:, 0, 0] + b.cov[:, 1, 1]) for b in batches])
    v2 = np.concatenate([b.cov[:, 2, 2] for b in batches])
    p_hostile, source = _join(batches, "p_hostile"), _join(batches, "hostile_source")
    with np.errstate(invalid="ignore"):
        sigma_h_m, sigma_v_m = np.sqrt(h2), np.sqrt(v2)
    return _table(TRACKS, [
        _times(batches), _words(_join(batches, "track"), track_id), lat, lon, _join(batches, "u_m"), ve, vn,
        _join(batches, "vu_mps"), sigma_h_m, sigma_v_m, _join(batches, "p_exists"), _codes(kind, Kind), p_kind,
        _hostile(_join(batches, "hostile"), p_hostile, source),
        _words(_join(batches, "identity"), setup.names.text), _words(np.concatenate([*track_raid]), raid_id),
        _join(batches, "age_s"), _codes(_join(batches, "integrity"), Integrity), p_hostile,
        _codes(source, HostileSource), _codes(_join(batches, "integrity_reason"), IntegrityReason),
    ])  # fmt: skip


def raids_table(batches: Sequence[RaidBatch], setup: Setup) -> pa.Table:
    """raids.parquet of several seconds; n is the expected number, rounded, one at least."""
    lat, lon, ve, vn = _true(batches, setup)
    scale, _ = setup.frame.scale_convergence(lat * DEG_RAD, lon * DEG_RAD)
    course = np.mod(np.arctan2(ve, vn), 2.0 * np.pi)
    n_expected = _join(batches, "n_expected")
    n = np.where(np.isnan(n_expected), np.diff(_starts(batches, "start")), np.maximum(np.rint(n_expected), 1.0))
    corner_lat, corner_lon = _geodetic(batches, "extent_e_m", "extent_n_m", setup)
    extents = wkb.polygons(_starts(batches, "extent_start"), corner_lon, corner_lat)
    return _table(RAIDS, [
        _times(batches), _words(_join(batches, "raid"), raid_id), n.astype(np.int32), lat, lon, course,
        _join(batches, "speed_mps") / scale, _join(batches, "arrivals_per_min"), pa.array(extents, pa.binary()),
        *(_join(batches, c) for c in ("arrivals_lo", "arrivals_hi", "change_since_s", "change_ratio")),
        *_shape(batches, setup, lat, lon, scale),
    ])  # fmt: skip


def _shape(batches: Sequence[RaidBatch], setup: Setup, lat: F64, lon: F64, scale: F64) -> list[Any]:
    """The columns of raids.parquet from n_lo on."""
    front, tail = (_geodetic(batches, f"{end}_e_m", f"{end}_n_m", setup) for end in ("front", "tail"))
    axis = _join(batches, "axis_rad")
    true_e, true_n = setup.frame.true_velocity(lat * DEG_RAD, lon * DEG_RAD, np.sin(axis), np.cos(axis))
    n_waves = _join(batches, "n_waves")
    return [
        *(_join(batches, c) for c in ("n_lo", "n_hi", "n_unseen")), *front, *tail,
        np.mod(np.arctan2(true_e, true_n), 2.0 * np.pi), _join(batches, "length_m") / scale,
        _join(batches, "width_m") / scale, _join(batches, "u_lo_m"), _join(batches, "u_hi_m"),
        _join(batches, "course_spread_rad"), _join(batches, "speed_spread_mps") / scale,
        _join(batches, "turn_radps"), _join(batches, "turning_frac"),
        pa.array(n_waves.astype(np.int32), mask=n_waves == NONE),
    ]  # fmt: skip


def raid_events_table(batches: Sequence[RaidEventBatch], setup: Setup) -> pa.Table:
    """raid_events.parquet of several seconds."""
    lat, lon = _geodetic(batches, "e_m", "n_m", setup)
    return _table(RAID_EVENTS, [
        _times(batches), _codes(_join(batches, "event"), RaidEvent), _words(_join(batches, "raid"), raid_id),
        _words(_join(batches, "other"), raid_id),
        *(_join(batches, c).astype(np.int32) for c in ("n_members", "n_other")), lat, lon,
    ])  # fmt: skip


def forecast_table(batch: CellForecast) -> pa.Table:
    """forecast.parquet of one issue."""
    issued_s = np.full(len(batch), batch.issued_s)
    return _table(FORECAST, [issued_s, batch.horizon_s, pa.array(batch.h3), batch.p_any, batch.n_expected])


def threats_table(batches: Sequence[ThreatBatch], reasons: Sequence[str], setup: Setup) -> pa.Table:
    """threats.parquet of several seconds."""
    kinds, ids, why = (_join(batches, c).tolist() for c in ("hazard", "hazard_id", "reason"))
    hazards = [hazard_id(kind, number, reason, setup) for kind, number, reason in zip(kinds, ids, why, strict=True)]
    return _table(THREATS, [
        _times(batches), _words(_join(batches, "flight"), lambda k: flight_id(setup, k)),
        _codes(_join(batches, "hazard"), Hazard),
        pa.array(hazards, _TEXT),
        _codes(_join(batches, "level"), Level), *(_join(batches, c) for c in ("p", "t_to_s", "miss_h_m", "miss_v_m")),
        pa.array(reasons, _TEXT), _words(_join(batches, "site"), lambda k: site_id(setup, k)),
        _join(batches, "p_alert"),
    ])  # fmt: skip


def outlook_table(batch: AreaOutlook, setup: Setup) -> pa.Table:
    """outlook.parquet of one issue: a row per area and horizon."""
    h = len(batch.horizon_s)
    return _table(OUTLOOK, [
        np.full(len(batch) * h, batch.issued_s), np.tile(batch.horizon_s, len(batch)),
        _words(np.repeat(batch.area, h), setup.names.text), pa.array(np.repeat(batch.is_on == 1, h)),
        batch.p_alert.ravel(), np.repeat(batch.starts_per_h, h),
    ])  # fmt: skip


def advice_table(batches: Sequence[AdviceBatch], texts: Sequence[str], setup: Setup) -> pa.Table:
    """advice.parquet of several seconds."""
    lat, lon = _geodetic(batches, "route_e_m", "route_n_m", setup)
    routes = wkb.lines(_starts(batches, "start"), lon, lat, _join(batches, "route_u_m"), _join(batches, "route_t_s"))
    return _table(ADVICE, [
        _times(batches), _words(_join(batches, "flight"), lambda k: flight_id(setup, k)),
        _codes(_join(batches, "option"), Option),
        *(_join(batches, c) for c in ("p_caught", "delay_s", "extra_m", "decide_by_s")),
        pa.array(routes, pa.binary()), pa.array(texts, _TEXT),
    ])  # fmt: skip


def gnss_table(batches: Sequence[GnssAreaBatch], setup: Setup) -> pa.Table:
    """gnss.parquet: one row per area of GNSS interference, as the batches (one each) last had it."""
    lat, lon = _geodetic(batches, "e_m", "n_m", setup)
    outlines = wkb.polygons(_starts(batches, "start"), lon, lat)
    return _table(GNSS, [
        _words(_join(batches, "area"), gnss_id), *(_join(batches, c) for c in ("start_s", "end_s", "seen_s")),
        *(_join(batches, c).astype(np.int32) for c in ("n_aircraft", "n_false")), pa.array(outlines, pa.binary()),
    ])  # fmt: skip


def _table(schema: pa.Schema, columns: Sequence[Any]) -> pa.Table:
    """A table of the schema; NaN is null in every column of numbers."""
    arrays = [
        c if isinstance(c, (pa.Array, pa.ChunkedArray)) else pa.array(c, type=f.type, from_pandas=True)
        for c, f in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _join(batches: Sequence[Any], name: str) -> Any:
    return np.concatenate([getattr(b, name) for b in batches])


def _times(batches: Sequence[Any]) -> F64:
    return np.repeat(np.array([b.t_s for b in batches], dtype=np.float64), [len(b) for b in batches])


def _starts(batches: Sequence[Any], name: str) -> I64:
    """The start column of several batches as one."""
    sizes = np.concatenate([np.diff(getattr(b, name)) for b in batches])
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _geodetic(batches: Sequence[Any], e_name: str, n_name: str, setup: Setup) -> tuple[F64, F64]:
    lat_rad, lon_rad = setup.frame.to_geodetic(_join(batches, e_name), _join(batches, n_name))
    return lat_rad / DEG_RAD, lon_rad / DEG_RAD


def _true(batches: Sequence[Any], setup: Setup) -> tuple[F64, F64, F64, F64]:
    """Latitude and longitude in degrees, velocity along true east and north."""
    lat_rad, lon_rad = setup.frame.to_geodetic(_join(batches, "e_m"), _join(batches, "n_m"))
    ve, vn = setup.frame.true_velocity(lat_rad, lon_rad, _join(batches, "ve_mps"), _join(batches, "vn_mps"))
    return lat_rad / DEG_RAD, lon_rad / DEG_RAD, ve, vn


def _words(numbers: I64, text: Callable[[int], str | None]) -> pa.Array:
    """The text of each number; each distinct number is asked for once."""
    distinct, row = np.unique(numbers, return_inverse=True)
    return pa.array([text(int(k)) for k in distinct], _TEXT).take(pa.array(row))


def _codes(codes: NDArray[Any], kinds: type[Code]) -> pa.Array:
    """The word of each code; null for NONE."""
    words = {int(c): c.word for c in kinds}
    return _words(codes.astype(np.int64), lambda code: words.get(code))


def _hostile(declared: I8, p_hostile: F64, source: I8) -> pa.Array:
    """What was declared; else what the rule says; null where neither spoke."""
    by_rule = (declared == NONE) & (source == int(HostileSource.RULE)) & ~np.isnan(p_hostile)
    value = np.where(by_rule, p_hostile >= HOSTILE_P, declared == 1)
    return pa.array(value, mask=(declared == NONE) & ~by_rule)


def warnings_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """warnings.parquet: one row per warning at its last state."""
    return _table(WARNINGS, [[row[name] for row in rows] for name in WARNINGS.names])


def warning_history_table(batches: Sequence[WarningHistory]) -> pa.Table:
    """warning_history.parquet of several seconds."""
    n = _join(batches, "n")
    return _table(WARNING_HISTORY, [
        _words(_join(batches, "warning"), warning_id), _join(batches, "at_s"), _join(batches, "p"),
        _codes(_join(batches, "level"), Level), _codes(_join(batches, "reason"), Reason),
        pa.array(n.astype(np.int32), mask=n == NONE),
    ])  # fmt: skip


def warning_acts_table(acts: Sequence[Act]) -> pa.Table:
    """warning_acts.parquet: what was done with warnings, in the order in which it was written down."""
    words = [[getattr(a, name) or None for a in acts] for name in ("person", "to_whom", "how", "note")]
    ids, kinds = [warning_id(a.warning) for a in acts], [a.act.word for a in acts]
    return _table(WARNING_ACTS, [ids, [a.t_s for a in acts], kinds, *words])
