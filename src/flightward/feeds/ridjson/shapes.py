"""The shapes in which receivers and networks publish Remote ID as JSON -> the values of one Location.

receiver   {"protocol": 1.0, "data": {"sensor ID", "timestamp" (ms), "MAC address", "UASdata" (base64), "RSSI", ...}}:
           what DroneScout receivers publish; UASdata is the structure ODID_UAS_Data (below) or F3411 messages
flat       {"id" ("drone-" and the serial number), "mac", "lat", "lon", "alt" (m, above the ellipsoid), "speed" (m/s),
           "vspeed", "direction" (deg), "horizontal_accuracy" ("<10m"), "observed_at" (POSIX s), "pilot_lat",
           "pilot_lon", "seen_by"}: DragonSync, whose alt is the geodetic altitude of the Location message, though its
           page calls it MSL; also the names drone_lat, drone_long, drone_altitude, basic_id, pilot_long of small
           receivers. A height with msl in its name (alt_msl, altitude_msl, drone_altitude_msl, msl) is above mean sea
           level
network    {"flights": [{"id", "current_state": {"timestamp", "position": {"lat", "lng", "alt", "accuracy_h",
           "accuracy_v", "pressure_altitude"}, "speed", "track", "vertical_speed"}}]}: ASTM F3411-22a, annex A4

ODID_UAS_Data, little-endian, as a C compiler lays it out (opendroneid-core-c, Apache-2.0): at 0 and 32 Basic ID (kind
of aircraft i32, kind of id i32, id 21 bytes); at 64 Location (status i32, course f32, speed f32, climb f32, latitude
f64, longitude f64, pressure altitude f32, height above the ellipsoid f32, kind of height i32, height f32, accuracies
i32: horizontal, vertical, pressure, speed, time; s since the full hour f32); at 808 System (place kind i32, class i32,
latitude f64, longitude f64, count u16, radius u16, ceiling f32, floor f32, EU i32, i32, height f32, s since 2019 u32);
flags of what is valid: 892, 893 Basic ID, 894 Location, 912 System. Unknown: course 361, speed 255, climb 63, heights
-1000, both coordinates 0, time 65535.
"""

from __future__ import annotations

import math
import re
import struct
from typing import Any

from flightward.feeds import isotime
from flightward.feeds.opendroneid.messages import (
    EPOCH_2019_S,
    HORIZONTAL_M,
    REGISTRATION,
    SERIAL,
    VERTICAL_M,
    BasicId,
    Location,
    Message,
    System,
    id_text,
)

UAS_DATA_SIZE = 914
_HEIGHT_UNKNOWN = (0.0, -1000.0)
_HEIGHTS = ("alt", "altitude", "drone_altitude")
_MSL_HEIGHTS = ("alt_msl", "altitude_msl", "drone_altitude_msl", "msl")
_FLAT_IDS = (("id", SERIAL, "drone-"), ("basic_id", SERIAL, ""), ("caa_id", REGISTRATION, ""))
_WITHIN = re.compile(r"\s*<\s*(\d+(?:\.\d+)?)\s*(m|km|nm)\s*", re.IGNORECASE)
_UNIT_M = {"m": 1.0, "km": 1_000.0, "nm": 1_852.0}
_HA = re.compile(r"[HV]A(\d+)(M|NM|Plus)?", re.IGNORECASE)


def number(value: Any) -> float:
    """A number, given as one or as text; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def text(value: Any) -> str:
    """A text, one word of printable characters; "" for anything else."""
    return "".join(c if c.isprintable() else "?" for c in value).strip()[:64] if isinstance(value, str) else ""


def iso_s(value: Any) -> float:
    """POSIX seconds of an ISO 8601 time, UTC if it has no zone (mosquitto_sub writes "Z+0100"); NaN if none."""
    return isotime.iso_s(re.sub(r"Z(?=[+-]\d{4}$)", "", value.strip())) if isinstance(value, str) else math.nan


def moment_s(value: Any) -> float:
    """POSIX seconds of a time given as seconds, milliseconds or ISO 8601; NaN if it is none."""
    t = number(value)
    if math.isnan(t):
        return iso_s(value)
    t = t / 1e3 if t > 1e11 else t
    return t if 1e8 < t < 1e11 else math.nan


def of_structure(data: bytes) -> list[Message]:
    """The messages in an ODID_UAS_Data of at least UAS_DATA_SIZE bytes."""
    out: list[Message] = []
    for at, valid in ((0, 892), (32, 893)):
        if data[valid] == 1:
            aircraft, kind = struct.unpack_from("<ii", data, at)
            out.append(BasicId(kind, aircraft, id_text(kind, data[at + 8 : at + 28])))
    if data[894] == 1:
        out.append(_structure_location(data))
    if data[912] == 1:
        place, _, lat, lon, count, radius = struct.unpack_from("<iiddHH", data, 808)
        hae_m, stamp = struct.unpack_from("<fI", data, 852)
        lat, lon = _place(lat, lon)
        t_s = EPOCH_2019_S + stamp if stamp else math.nan
        out.append(System(place, lat, lon, _height(hae_m), count, float(radius), t_s))
    return out


def _structure_location(data: bytes) -> Location:
    status, course, speed, climb, lat, lon = struct.unpack_from("<ifffdd", data, 64)
    baro, hae, height_kind, height, across, up = struct.unpack_from("<ffifii", data, 96)
    hour_s = struct.unpack_from("<f", data, 132)[0]
    lat, lon = _place(lat, lon)
    return Location(
        status=status, lat_deg=lat, lon_deg=lon, hae_m=_height(hae), baro_m=_height(baro), height_m=_height(height),
        is_over_ground=height_kind == 1, course_rad=_course(course), speed_mps=_below(speed, 0.0, 254.5),
        vu_mps=_below(climb, -62.5, 62.5), sigma95_h_m=_of(HORIZONTAL_M, across), sigma95_v_m=_of(VERTICAL_M, up),
        hour_s=hour_s if 0.0 <= hour_s <= 3600.0 else math.nan,
    )  # fmt: skip


def _place(lat: float, lon: float) -> tuple[float, float]:
    """Degrees; both 0 is the standard's unknown."""
    return (math.nan, math.nan) if lat == 0.0 and lon == 0.0 else (lat, lon)


def _height(value: float) -> float:
    return value if value > -1000.0 else math.nan


def _below(value: float, low: float, high: float) -> float:
    return value if low <= value <= high else math.nan


def _course(course_deg: float) -> float:
    return math.radians(course_deg % 360.0) if 0.0 <= course_deg <= 360.0 else math.nan


def _of(table: tuple[float, ...], code: int) -> float:
    return table[code] if 0 <= code < len(table) else math.nan


def of_flat(value: dict[str, Any], geoid_m: float) -> Location:
    """The Location of a flat message. The geoid's height is added only to what says that it is above the sea."""
    lat, lon = _place(_first(value, "lat", "latitude", "drone_lat"),
                      _first(value, "lon", "longitude", "drone_long", "drone_lon"))  # fmt: skip
    hae, msl = _first(value, *_HEIGHTS), _first(value, *_MSL_HEIGHTS)
    if math.isnan(hae) or hae in _HEIGHT_UNKNOWN:
        hae = math.nan if msl in _HEIGHT_UNKNOWN else msl + geoid_m
    fixed_s = moment_s(value.get("observed_at") or value.get("timestamp"))
    sigma_h = _within(value.get("horizontal_accuracy"))
    if math.isnan(sigma_h):
        sigma_h = number(value.get("gps_accuracy")) or math.nan
    return Location(
        status=0, lat_deg=lat, lon_deg=lon, hae_m=hae,
        baro_m=_height(number(value.get("pressure_altitude")) or math.nan),
        height_m=_height(number(value.get("height"))), is_over_ground=True,
        course_rad=_course(_first(value, "direction", "heading", "course")),
        speed_mps=_below(_first(value, "speed"), 0.0, 254.5), vu_mps=_below(_first(value, "vspeed"), -62.5, 62.5),
        sigma95_h_m=sigma_h, sigma95_v_m=_within(value.get("vertical_accuracy")), hour_s=fixed_s % 3600.0,
    )  # fmt: skip


def ids_of_flat(value: dict[str, Any]) -> list[Message]:
    """The ids of a flat message. DragonSync puts "drone-" before an id, which no other receiver does."""
    names = [(kind, text(value.get(key)).removeprefix(before)) for key, kind, before in _FLAT_IDS]
    return [BasicId(kind, 0, name) for kind, name in names if name]


def _first(value: dict[str, Any], *names: str) -> float:
    """The first of the names that is there."""
    return next((number(value[name]) for name in names if value.get(name) is not None), math.nan)


def _within(value: Any) -> float:
    """Metres of "<10m"; NaN if it says nothing."""
    match = _WITHIN.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _UNIT_M[match[2].lower()] if match else math.nan


def of_network(state: dict[str, Any]) -> tuple[Location, float]:
    """The Location of a current_state, and its POSIX time (NaN unknown)."""
    place = state.get("position")
    place = place if isinstance(place, dict) else {}
    stamp = state.get("timestamp")
    t_s = iso_s(stamp.get("value") if isinstance(stamp, dict) else stamp)
    lat, lon = _place(number(place.get("lat")), number(place.get("lng")))
    return Location(
        status=0, lat_deg=lat, lon_deg=lon, hae_m=_height(number(place.get("alt"))),
        baro_m=_height(number(place.get("pressure_altitude"))), height_m=math.nan, is_over_ground=False,
        course_rad=_course(number(state.get("track"))), speed_mps=_below(number(state.get("speed")), 0.0, 254.5),
        vu_mps=_below(number(state.get("vertical_speed")), -62.5, 62.5),
        sigma95_h_m=_accuracy(place.get("accuracy_h")), sigma95_v_m=_accuracy(place.get("accuracy_v")),
        hour_s=t_s % 3600.0,
    ), t_s  # fmt: skip


def _accuracy(value: Any) -> float:
    """Metres of the standard's words "HA10m", "VA3m", "HA10NM"; NaN for others."""
    match = _HA.fullmatch(value) if isinstance(value, str) else None
    if match is None or not match[2] or match[2].lower() == "plus":
        return math.nan
    return float(match[1]) * (1_852.0 if match[2].lower() == "nm" else 1.0)
