"""The tables of a message from the batches of the model, column by column.

Positions leave the plane here: longitude and latitude in degrees, velocities along true east and north.
"""

from __future__ import annotations

from typing import Any

import h3
import numpy as np
from numpy.typing import NDArray

from flightward.model import (
    F64,
    I64,
    NONE,
    AdviceBatch,
    AreaAlertBatch,
    AreaFrame,
    Category,
    CellForecast,
    Coverage,
    FlightStates,
    Level,
    RaidBatch,
    SensorKind,
    Setup,
    StepResult,
    ThreatBatch,
    ZoneKind,
)
from flightward.web import wire

Table = dict[str, Any]
Said = tuple[list[str], list[str]]
"""A sentence per row, in English and in Ukrainian."""

P_SHOWN = 0.005
"""Cells below this probability are left out of the forecast that travels: they would not be seen."""
STILL_MPS = 1.0
"""Below this a raid has no course."""

def sensors(setup: Setup) -> Table:
    """The sensors, as they stand in the setup."""
    s, names = setup.sensors, setup.names
    return {
        "id": wire.texts(names, s.name), "sensor_kind": _words(SensorKind, s.kind),
        "lon_deg": np.degrees(s.lon_rad), "lat_deg": np.degrees(s.lat_rad), "hae_m": s.hae_m,
        "max_range_m": s.max_range_m,
    }


def sites(setup: Setup) -> Table:
    """The places."""
    s, names = setup.sites, setup.names
    return {
        "id": wire.texts(names, s.name), "title": wire.texts(names, s.title),
        "site_kind": wire.texts(names, s.kind),
        "lon_deg": np.degrees(s.lon_rad), "lat_deg": np.degrees(s.lat_rad), "hae_m": s.hae_m,
    }


def zones(setup: Setup) -> Table:
    """The declared zones and their polygons."""
    z, names = setup.zones, setup.names
    return {
        "id": wire.texts(names, z.name), "zone_kind": _words(ZoneKind, z.kind),
        "source": wire.texts(names, z.source), "floor_m": z.floor_m, "ceiling_m": z.ceiling_m,
        **_line(setup.frame, "ring", z.start, z.e_m, z.n_m),
    }


def plans(setup: Setup) -> Table:
    """The protected flights and their plans."""
    f, names = setup.flights, setup.names
    return {
        "id": wire.texts(names, f.name), "callsign": wire.texts(names, f.callsign),
        "aircraft_type": wire.texts(names, f.aircraft_type), "category": _words(Category, f.category),
        **_timed(setup.frame, "plan", f.start, f.wp_t_s, f.wp_e_m, f.wp_n_m, f.wp_u_m),
    }


def tracks(setup: Setup, step: StepResult) -> Table:
    """The air picture."""
    t = step.tracks
    lat, lon = setup.frame.to_geodetic(t.e_m, t.n_m)
    ve, vn = setup.frame.true_velocity(lat, lon, t.ve_mps, t.vn_mps)
    kind = t.p_class.argmax(axis=1) if len(t) else np.zeros(0, np.int64)
    return {
        "track": t.track, "lon_deg": np.degrees(lon), "lat_deg": np.degrees(lat), "hae_m": t.u_m,
        "ve_mps": ve, "vn_mps": vn, "vu_mps": t.vu_mps,
        "sigma_h_m": np.sqrt(np.maximum(t.cov[:, 0, 0], t.cov[:, 1, 1])), "p_exists": t.p_exists,
        "object_kind": kind, "p_kind": t.p_class[np.arange(len(t)), kind], "p_hostile": t.p_hostile,
        "status": t.status, "age_s": t.age_s, "integrity": t.integrity,
        "identity": wire.texts(setup.names, t.identity),
        "flight": _rows_of(t.track, step.states.track),
        "raid": step.track_raid,
    }


def flights(setup: Setup, f: FlightStates, threats: ThreatBatch) -> Table:
    """How each protected flight stands: its worst level, where it is, where it will be."""
    level = np.zeros(len(f), np.int8)
    is_blind = np.zeros(len(f), np.int8)
    for row in range(len(threats)):
        flight = threats.flight[row]
        if flight >= 0:
            level[flight] = max(level[flight], threats.level[row])
            is_blind[flight] |= threats.level[row] == Level.BLIND
    lat, lon = setup.frame.to_geodetic(f.e_m, f.n_m)
    ve, vn = setup.frame.true_velocity(lat, lon, f.ve_mps, f.vn_mps)
    return {
        "level": level, "is_blind": is_blind, "is_airborne": f.is_airborne, "plan_state": f.plan_state,
        "track": f.track, "lon_deg": np.degrees(lon), "lat_deg": np.degrees(lat), "hae_m": f.u_m,
        "ve_mps": ve, "vn_mps": vn, "vu_mps": f.vu_mps, "sigma_h_m": f.sigma_h_m, "age_s": f.age_s,
        "integrity": f.integrity, "integrity_reason": f.integrity_reason,
        **_timed(setup.frame, "path", f.start, f.path_t_s, f.path_e_m, f.path_n_m, f.path_u_m),
    }


def threats(shown: ThreatBatch, said: Said) -> Table:
    """Threats, with their reasons in words."""
    return {
        "flight": shown.flight, "site": shown.site, "hazard": shown.hazard, "hazard_id": shown.hazard_id,
        "level": shown.level, "p": shown.p, "t_to_s": shown.t_to_s, "miss_h_m": shown.miss_h_m,
        "miss_v_m": shown.miss_v_m, "n": shown.n, "evidence_age_s": shown.evidence_age_s,
        "reason_en": said[0], "reason_uk": said[1],
    }


def raids(setup: Setup, r: RaidBatch) -> Table:
    """The raids."""
    lat, lon = setup.frame.to_geodetic(r.e_m, r.n_m)
    ve, vn = setup.frame.true_velocity(lat, lon, r.ve_mps, r.vn_mps)
    front_lat, front_lon = setup.frame.to_geodetic(r.front_e_m, r.front_n_m)
    course = np.where(np.hypot(ve, vn) > STILL_MPS, np.arctan2(ve, vn) % (2.0 * np.pi), np.nan)
    return {
        "raid": r.raid, "n_expected": r.n_expected, "lon_deg": np.degrees(lon), "lat_deg": np.degrees(lat),
        "hae_m": r.u_m, "course_rad": course, "speed_mps": r.speed_mps, "course_spread_rad": r.course_spread_rad,
        "arrivals_per_min": r.arrivals_per_min, "since_s": r.since_s,
        "n_lo": r.n_lo, "n_hi": r.n_hi, "n_unseen": r.n_unseen, "n_waves": r.n_waves,
        "hae_lo_m": r.u_lo_m, "hae_hi_m": r.u_hi_m,
        "front_lon_deg": np.degrees(front_lon), "front_lat_deg": np.degrees(front_lat),
        **_line(setup.frame, "extent", r.extent_start, r.extent_e_m, r.extent_n_m),
    }


def advice(setup: Setup, a: AdviceBatch, said: Said) -> Table:
    """The options that stand, in words and as routes."""
    return {
        "flight": a.flight, "option": a.option, "rank": a.rank, "p_caught": a.p_caught, "delay_s": a.delay_s,
        "extra_m": a.extra_m, "decide_by_s": a.decide_by_s, "site": a.site, "course_rad": a.course_rad,
        "text_en": said[0], "text_uk": said[1],
        **_timed(setup.frame, "route", a.start, a.route_t_s, a.route_e_m, a.route_n_m, a.route_u_m),
    }


def alerts(setup: Setup, standing: list[tuple[AreaAlertBatch, int]]) -> Table:
    """The area alerts that stand; each is (batch, row)."""
    rings = [(b.e_m[b.start[r] : b.start[r + 1]], b.n_m[b.start[r] : b.start[r + 1]]) for b, r in standing]
    start = np.concatenate([[0], np.cumsum([len(e) for e, _ in rings])]).astype(np.int64)
    e_m = np.concatenate([np.zeros(0), *[e for e, _ in rings]])
    n_m = np.concatenate([np.zeros(0), *[n for _, n in rings]])
    names = setup.names
    return {
        "area": [names.text(int(b.area[r])) for b, r in standing],
        "alert": [names.text(int(b.alert[r])) for b, r in standing],
        "since_s": [float(b.t_s[r]) for b, r in standing], "is_coarse": [int(b.is_coarse[r]) for b, r in standing],
        **_line(setup.frame, "ring", start, e_m, n_m),
    }


def zone_states(setup: Setup, t_s: float) -> Table:
    """Which zones are active, by what is known now."""
    z = setup.zones
    return {"is_active": z.active_at(t_s, t_s), "since_s": z.active_since(t_s)}


def forecast_message(cells: CellForecast) -> bytes:
    """Each cell once with its corners, and its chances horizon by horizon."""
    shown = cells.take(cells.p_any >= P_SHOWN)
    horizon_s = np.unique(cells.horizon_s)
    cells_shown, column = np.unique(shown.h3, return_inverse=True)
    chance = np.zeros((len(horizon_s), len(cells_shown)), np.float32)
    chance[np.searchsorted(horizon_s, shown.horizon_s), column] = shown.p_any
    corners = np.array([_corners(int(c)) for c in cells_shown], np.float64).reshape(-1, 2)
    columns: dict[str, Table] = {
        "horizons": {"horizon_s": horizon_s},
        "cells": {"ring_lon_deg": corners[:, 1], "ring_lat_deg": corners[:, 0]},
        "chances": {"p_any": chance.ravel()},
    }
    return wire.pack("forecast", {"issued_s": cells.issued_s}, columns)


def _corners(cell: int) -> list[tuple[float, float]]:
    ring = list(h3.cell_to_boundary(h3.int_to_str(cell)))
    return (ring + ring[-1:] * 6)[:6]


def sensor_states(coverage: Coverage) -> Table:
    """What each sensor is doing."""
    return {"is_live": coverage.is_live, "age_s": coverage.age_s, "n_reports": coverage.n_reports}


def _words(codes: Any, column: NDArray[np.int8]) -> list[str]:
    return [codes(int(c)).word if c >= 0 else "unknown" for c in column]


def _line(frame: AreaFrame, what: str, start: I64, e_m: F64, n_m: F64) -> dict[str, Any]:
    lat, lon = frame.to_geodetic(e_m, n_m)
    return {f"{what}_start": start, f"{what}_lon_deg": np.degrees(lon), f"{what}_lat_deg": np.degrees(lat)}


def _timed(frame: AreaFrame, what: str, start: I64, t_s: F64, e_m: F64, n_m: F64, u_m: F64) -> dict[str, Any]:
    return {**_line(frame, what, start, e_m, n_m), f"{what}_t_s": t_s, f"{what}_hae_m": u_m}


def _rows_of(track: I64, wanted: I64) -> I64:
    """For each track the row of `wanted` that holds it, or NONE."""
    where = {int(number): row for row, number in enumerate(wanted) if number >= 0}
    return np.array([where.get(int(number), NONE) for number in track], np.int64)
