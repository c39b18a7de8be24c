"""The wire schema of the console: the only place that says what a message holds.

A message is a msgpack map with `kind`. A table inside it is a map of columns: numbers travel as the raw
little-endian bytes of the column, words as a list of strings or nil. The setup message carries this schema, so the
page decodes by it and cannot drift from it. docs/wire.md lists every key; a test compares the two.
Unknown: NaN in f4 and f8, -1 in i1 and i4, nil in words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

WIRE_VERSION = 1

_DTYPES = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "i1": "i1", "u1": "u1"}


@dataclasses.dataclass(frozen=True)
class Col:
    """One column: `form` f8, f4, i4, i1, u1 or text; `rows` names what one row is."""

    name: str
    form: str
    unit: str
    doc: str


def _ring(what: str, extra: tuple[Col, ...] = ()) -> tuple[Col, ...]:
    """The columns of a ragged line: row i owns points start[i] to start[i + 1]."""
    return (
        Col(f"{what}_start", "i4", "row", f"first point of each row, one more at the end, in the {what}_ columns"),
        Col(f"{what}_lon_deg", "f8", "deg", "longitude of a point"),
        Col(f"{what}_lat_deg", "f8", "deg", "latitude of a point"),
        *extra,
    )


def _timed(what: str) -> tuple[Col, ...]:
    return _ring(
        what,
        (
            Col(f"{what}_t_s", "f8", "s", "POSIX UTC at a point"),
            Col(f"{what}_hae_m", "f4", "m", "height above the ellipsoid at a point"),
        ),
    )


_ID = Col("id", "text", "", "its id in the case")
_LON = Col("lon_deg", "f8", "deg", "longitude, WGS 84")
_LAT = Col("lat_deg", "f8", "deg", "latitude, WGS 84")
_HAE = Col("hae_m", "f4", "m", "height above the ellipsoid")
_VE = Col("ve_mps", "f4", "m/s", "velocity to true east")
_VN = Col("vn_mps", "f4", "m/s", "velocity to true north")
_FLIGHT = Col("flight", "i4", "row", "row in the flight table of the setup")
_SITE = Col("site", "i4", "row", "row in the site table of the setup")
_REASON = (
    Col("reason_en", "text", "", "why, in English"),
    Col("reason_uk", "text", "", "why, in Ukrainian"),
)

SETUP: Mapping[str, tuple[Col, ...]] = {
    "sensors": (
        _ID,
        Col("sensor_kind", "text", "", "radar, acoustic, rf, camera, adsb, remote_id"),
        _LON, _LAT, _HAE,
        Col("max_range_m", "f4", "m", "farthest range; not known: NaN"),
    ),
    "sites": (
        _ID,
        Col("title", "text", "", "the place's name"),
        Col("site_kind", "text", "", "airport, hospital, helipad, ... as the case says"),
        _LON, _LAT, _HAE,
    ),
    "zones": (
        _ID,
        Col("zone_kind", "text", "", "defended, closed, alert, geo"),
        Col("source", "text", "", "who declared it"),
        Col("floor_m", "f4", "m", "floor above the ellipsoid; -inf: from the ground"),
        Col("ceiling_m", "f4", "m", "ceiling above the ellipsoid; +inf: unlimited"),
        *_ring("ring"),
    ),
    "flights": (
        _ID,
        Col("callsign", "text", "", "callsign"),
        Col("aircraft_type", "text", "", "ICAO type designator"),
        Col("category", "text", "", "medical, humanitarian, state, airline, other"),
        *_timed("plan"),
    ),
}
"""Tables of the setup message, sent once when a page connects."""

FRAME: Mapping[str, tuple[Col, ...]] = {
    "tracks": (
        Col("track", "i4", "id", "track number"),
        _LON, _LAT, _HAE, _VE, _VN,
        Col("vu_mps", "f4", "m/s", "climb"),
        Col("sigma_h_m", "f4", "m", "1 sigma of the horizontal position"),
        Col("p_exists", "f4", "", "probability that there is such an object"),
        Col("object_kind", "i1", "Kind", "0 drone, 1 aircraft, 2 helicopter, 3 bird, 4 unknown"),
        Col("p_kind", "f4", "", "probability of that kind"),
        Col("p_hostile", "f4", "", "probability that it is hostile"),
        Col("status", "i1", "TrackStatus", "0 tentative, 1 confirmed, 2 coasting"),
        Col("age_s", "f4", "s", "since its newest position report"),
        Col("integrity", "i1", "Integrity", "0 trusted, 1 doubtful, 2 false"),
        Col("identity", "text", "", "cooperative identity"),
        Col("flight", "i4", "row", "the protected flight that it is, row in the flight table of the setup"),
        Col("raid", "i4", "id", "the raid that it belongs to"),
    ),
    "flights": (
        Col("level", "i1", "Level", "worst, as shown: 4 WARNING, 3 CAUTION, 2 BLIND, 1 ADVISORY, 0 CLEAR"),
        Col("is_blind", "i1", "bool", "1: a BLIND row stands beside the level"),
        Col("is_airborne", "i1", "bool", "1 in the air, 0 on the ground"),
        Col("plan_state", "i1", "PlanState", "0 unknown, 1 before, 2 on plan, 3 shifted, 4 broken, 5 ended"),
        Col("track", "i4", "id", "the track that carries its identity"),
        _LON, _LAT, _HAE, _VE, _VN,
        Col("vu_mps", "f4", "m/s", "climb"),
        Col("sigma_h_m", "f4", "m", "1 sigma of the horizontal position"),
        Col("age_s", "f4", "s", "since its last believed position; NaN never"),
        Col("integrity", "i1", "Integrity", "0 trusted, 1 doubtful, 2 false"),
        Col("integrity_reason", "i1", "IntegrityReason", "why, a code of the model"),
        *_timed("path"),
    ),
    "threats": (
        _FLIGHT, _SITE,
        Col("hazard", "i1", "Hazard", "0 none, 1 drone, 2 raid, 3 zone, 4 closed_area, 5 gnss, 6 blind"),
        Col("hazard_id", "i4", "id", "raid or track number, zone row, name number"),
        Col("level", "i1", "Level", "as in flights"),
        Col("p", "f4", "", "probability of being caught by it"),
        Col("t_to_s", "f4", "s", "time to it"),
        Col("miss_h_m", "f4", "m", "expected horizontal miss distance"),
        Col("miss_v_m", "f4", "m", "expected vertical distance there"),
        Col("n", "i4", "", "drones in the hazard"),
        Col("evidence_age_s", "f4", "s", "age of the newest evidence"),
        *_REASON,
    ),
    "raids": (
        Col("raid", "i4", "id", "raid number"),
        Col("n_expected", "f4", "", "expected number of hostile drones"),
        _LON, _LAT, _HAE,
        Col("course_rad", "f4", "rad", "true course of the centre; NaN: it stands still"),
        Col("speed_mps", "f4", "m/s", "mean speed of members"),
        Col("course_spread_rad", "f4", "rad", "1 sigma of members' courses"),
        Col("arrivals_per_min", "f4", "1/min", "members that cross the raid's front line per minute"),
        Col("since_s", "f8", "s", "when it was first seen, POSIX UTC"),
        Col("n_lo", "f4", "", "lower edge of the 90 % band of the number, undetected members included"),
        Col("n_hi", "f4", "", "its upper edge"),
        Col("n_unseen", "f4", "", "expected number of members that are in no track"),
        Col("n_waves", "i4", "", "waves"),
        Col("hae_lo_m", "f4", "m", "height above the ellipsoid that 95 % of members are above"),
        Col("hae_hi_m", "f4", "m", "... that 95 % are below"),
        Col("front_lon_deg", "f8", "deg", "longitude of the foremost member"),
        Col("front_lat_deg", "f8", "deg", "latitude of it"),
        *_ring("extent"),
    ),
    "warnings": (
        Col("warning", "i4", "id", "warning number"),
        _FLIGHT, _SITE,
        Col("hazard", "i1", "Hazard", "as in threats"),
        Col("level", "i1", "Level", "highest so far"),
        Col("raised_s", "f8", "s", "when it was raised, POSIX UTC"),
        Col("first_caution_s", "f8", "s", "when it first reached CAUTION; NaN not yet"),
        Col("cleared_s", "f8", "s", "when it was cleared; NaN still on"),
        Col("predicted_caught_s", "f8", "s", "when the flight would be caught, by the first statement"),
        Col("clear_again_s", "f8", "s", "when it is expected to be over"),
        Col("clear_again_lo_s", "f8", "s", "10 % quantile of that"),
        Col("clear_again_hi_s", "f8", "s", "90 % quantile of that"),
        Col("decide_by_s", "f8", "s", "latest moment for the best way out, POSIX UTC; NaN none needed or found"),
        Col("p", "f4", "", "highest probability so far"),
        Col("n", "i4", "", "drones in the hazard"),
        *_REASON,
    ),
    "advice": (
        _FLIGHT,
        Col("option", "i1", "Option", "0 continue, 1 delay, 2 hold, 3 level, 4 reroute, 5 divert, 6 land, 7 turn_back"),
        Col("rank", "i4", "", "0 best, within the flight"),
        Col("p_caught", "f4", "", "probability of being caught that remains"),
        Col("delay_s", "f4", "s", "later than planned"),
        Col("extra_m", "f4", "m", "longer way than planned"),
        Col("decide_by_s", "f8", "s", "latest moment at which it still works, POSIX UTC; NaN none found"),
        _SITE,
        Col("course_rad", "f4", "rad", "true course to turn to now"),
        Col("text_en", "text", "", "what to do, in English"),
        Col("text_uk", "text", "", "what to do, in Ukrainian"),
        *_timed("route"),
    ),
    "sensors": (
        Col("is_live", "i1", "bool", "1: heard within its own limit"),
        Col("age_s", "f4", "s", "since its newest report; NaN never heard"),
        Col("n_reports", "i4", "", "reports so far"),
    ),
    "zones": (
        Col("is_active", "i1", "bool", "1: active now, by what is known now"),
        Col("since_s", "f8", "s", "active since, POSIX UTC"),
    ),
    "alerts": (
        Col("area", "text", "", "name of the area"),
        Col("alert", "text", "", "what is alerted: air_raid, ..."),
        Col("since_s", "f8", "s", "since when, POSIX UTC"),
        Col("is_coarse", "i1", "bool", "1: the shape is that of the region above"),
        *_ring("ring"),
    ),
    "blind": (
        Col("is_hole", "i1", "bool", "1: a hole in the ring before it"),
        *_ring("ring"),
    ),
}
"""Tables of a frame: the state of one second, whole, so that any frame can be shown on its own."""

FORECAST: Mapping[str, tuple[Col, ...]] = {
    "horizons": (Col("horizon_s", "f4", "s", "after issued_s, rising"),),
    "cells": (
        Col("ring_lon_deg", "f4", "deg", "corners of the cell, 6 per cell (a pentagon repeats its last)"),
        Col("ring_lat_deg", "f4", "deg", "corners of the cell, 6 per cell"),
    ),
    "chances": (
        Col("p_any", "f4", "", "P(at least one hostile drone in the cell), cell after cell within each horizon"),
    ),
}
"""Tables of a forecast message, sent when a shown frame refers to a forecast that the page does not hold."""

ACTS: Mapping[str, tuple[Col, ...]] = {
    "acts": (
        Col("warning", "i4", "id", "warning number"),
        Col("t_s", "f8", "s", "when it was done, POSIX UTC of the day"),
        Col("act", "i1", "ActKind", "0 seen, 1 told, 2 read back"),
        Col("person", "text", "", "who did it"),
        Col("to_whom", "text", "", "who was told, or read it back"),
        Col("how", "text", "", "radio, telephone, ..."),
        Col("note", "text", "", "what else was said"),
    ),
}
"""Table of an acts message: all that people did with warnings so far; sent at first and when it grows."""

SCALARS: Mapping[str, Mapping[str, str]] = {
    "setup": {
        "kind": "setup",
        "wire": "version of this schema",
        "version": "of Flightward",
        "label": "SIMULATED, REPLAY, LIVE or EXERCISE: stands on every screen",
        "title": "name of the day",
        "real": "what is real in it",
        "simulated": "what is simulated in it",
        "source": "where it comes from",
        "licence": "its licence",
        "lon_deg": "centre of the area",
        "lat_deg": "centre of the area",
        "radius_m": "radius of the area",
        "start_s": "POSIX UTC",
        "end_s": "POSIX UTC",
        "schema": "for setup, frame, forecast and acts: table, column, form",
    },
    "frame": {
        "kind": "frame",
        "t_s": "POSIX UTC for which everything in it holds",
        "issued_s": "the forecast that belongs to it; nil none",
        "n_rejected": "bad rows kept aside so far",
    },
    "forecast": {"kind": "forecast", "issued_s": "POSIX UTC"},
    "acts": {"kind": "acts"},
    "player": {
        "kind": "player",
        "t_s": "time that is shown, POSIX UTC",
        "head_s": "newest time that has been processed",
        "start_s": "first time",
        "end_s": "last time",
        "is_playing": "time runs",
        "is_catching_up": "working towards a time asked for",
        "is_ended": "nothing more to process",
        "speed": "asked, times real time",
        "speed_real": "reached, over the last seconds",
        "error": "why processing stopped; nil",
        "n_dropped": "frames that this page was too slow to take",
        "marks": "list of [t_s, level] of warnings raised so far, for the time line",
    },
    "refused": {"kind": "refused", "why": "why a command was not carried out"},
}
"""The other keys of each message."""

_TABLES = {"setup": SETUP, "frame": FRAME, "forecast": FORECAST, "acts": ACTS}
_encoder = msgspec.msgpack.Encoder()


def schema() -> dict[str, dict[str, dict[str, str]]]:
    """message -> table -> column -> form, as the setup message carries it."""
    return {m: {t: {c.name: c.form for c in cols} for t, cols in tables.items()} for m, tables in _TABLES.items()}


def pack_table(message: str, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """One table as it travels; KeyError if a column is missing, ValueError if one is too many."""
    cols = _TABLES[message][table]
    extra = set(values) - {c.name for c in cols}
    if extra:
        raise ValueError(f"{message}.{table} has no column {sorted(extra)}")
    return {c.name: _pack_column(c, values[c.name]) for c in cols}


def pack(message: str, scalars: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A whole message; every scalar and table of the schema must be given."""
    missing = set(SCALARS[message]) - set(scalars) - {"kind"} | set(_TABLES.get(message, {})) - set(tables)
    if missing:
        raise KeyError(f"{message} lacks {sorted(missing)}")
    body = {name: pack_table(message, name, values) for name, values in tables.items()}
    return _encoder.encode({"kind": message, **scalars, **body})


def _pack_column(col: Col, value: Any) -> Any:
    if col.form == "text":
        return list(value)
    return np.ascontiguousarray(value, dtype=_DTYPES[col.form]).tobytes()


def unpack(data: bytes) -> dict[str, Any]:
    """A message back into arrays; for tests and for tools that listen to the console."""
    message: dict[str, Any] = msgspec.msgpack.decode(data)
    for table, cols in _TABLES.get(message["kind"], {}).items():
        for col in cols:
            value = message[table][col.name]
            if col.form != "text":
                message[table][col.name] = np.frombuffer(value, dtype=_DTYPES[col.form])
    return message


def texts(names: Any, numbers: Sequence[int] | np.ndarray[Any, Any]) -> list[str | None]:
    """The words of a column of name numbers."""
    return [names.text(int(i)) for i in numbers]
