"""The messages of direct Remote ID: 25 bytes each, little-endian, or up to nine of them in a pack.

byte 0      message type (high four bits), version of the protocol (low four)
Basic ID    0: byte 1 kind of id (high), kind of aircraft (low); 2-21 id, ASCII, padded with 0; a UTM id (3) may be the
            16 bytes of a UUID, a session id (4) binary too (its first byte says of which kind)
Location    1: byte 1 status (high), bit 2 height over ground (else over take-off), bit 1 course + 180, bit 0 speed
            scale; 2 course deg; 3 speed 0.25 m/s (scaled: 0.75 m/s + 63.75); 4 climb 0.5 m/s signed; 5-8 latitude, 9-12
            longitude 1e-7 deg; 13-14 pressure altitude, 15-16 height above the ellipsoid, 17-18 height, 0.5 m - 1000;
            19 accuracy vertical (high), horizontal (low); 20 of pressure altitude (high), of speed (low); 21-22 tenths
            of a second since the full hour
Auth        2: byte 1 kind (high), page (low); page 0: last page, length, time u32, 17 bytes; others 23 bytes
Self-ID     3: byte 1 kind; 2-24 text
System      4: byte 1 bits 0-1 operator's place (0 take-off, 1 live, 2 fixed); 2-5, 6-9 operator's latitude, longitude;
            10-11 aircraft in the area; 12 radius 10 m; 13-14 ceiling, 15-16 floor; 18-19 operator's height; 20-23 s
            since 2019
Operator ID 5: byte 1 kind; 2-21 text
Pack        15: byte 1 size of a message (25); 2 number of messages; the messages

Source: ASTM F3411-22a, section 5.4.5 and tables 1-13 (EN 4709-002 uses the same bytes).
"""

from __future__ import annotations

import dataclasses
import math
import struct

from flightward.errors import BadMessage

SIZE = 25
PACK_MAX = 9
BASIC_ID, LOCATION, AUTH, SELF_ID, SYSTEM, OPERATOR_ID, PACK = 0, 1, 2, 3, 4, 5, 15
SERIAL, REGISTRATION, UTM_ID, SESSION_ID = 1, 2, 3, 4
EPOCH_2019_S = 1546300800.0
# 95 % limits in metres and m/s by code (tables 6 to 8); code 0 and the reserved ones: unknown
HORIZONTAL_M = (math.nan, 18520.0, 7408.0, 3704.0, 1852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0, 1.0)
VERTICAL_M = (math.nan, 150.0, 45.0, 25.0, 10.0, 3.0, 1.0)
STATUS_GROUND = 1


@dataclasses.dataclass(frozen=True)
class BasicId:
    """Who it is."""

    id_kind: int
    aircraft_kind: int
    text: str


@dataclasses.dataclass(frozen=True)
class Location:
    """Where the drone is; NaN unknown. hour_s: seconds since the full hour."""

    status: int
    lat_deg: float
    lon_deg: float
    hae_m: float
    baro_m: float
    height_m: float
    is_over_ground: bool
    course_rad: float
    speed_mps: float
    vu_mps: float
    sigma95_h_m: float
    sigma95_v_m: float
    hour_s: float


@dataclasses.dataclass(frozen=True)
class System:
    """Where the operator is: never where the drone is."""

    place_kind: int
    lat_deg: float
    lon_deg: float
    hae_m: float
    n_aircraft: int
    radius_m: float
    t_s: float


@dataclasses.dataclass(frozen=True)
class Text:
    """Operator ID or Self-ID."""

    is_operator: bool
    text_kind: int
    text: str


@dataclasses.dataclass(frozen=True)
class Auth:
    """A page of signature: kept, not checked."""

    auth_kind: int
    page: int
    data: bytes


Message = BasicId | Location | System | Text | Auth


def messages(data: bytes) -> list[Message]:
    """The messages of one transmission: one, or a pack. Errors: BadMessage (short, pack, message_kind)."""
    if not data:
        raise BadMessage("short", data)
    if data[0] >> 4 != PACK:
        return [message(data)]
    if len(data) < 3 or data[1] != SIZE or not 1 <= data[2] <= PACK_MAX or len(data) < 3 + SIZE * data[2]:
        raise BadMessage("pack", data)
    return [message(data[3 + SIZE * k : 3 + SIZE * (k + 1)]) for k in range(data[2])]


def message(data: bytes) -> Message:
    """One message of 25 bytes. Errors: BadMessage (short, message_kind)."""
    if len(data) < SIZE:
        raise BadMessage("short", data)
    kind = data[0] >> 4
    if kind == BASIC_ID:
        return BasicId(data[1] >> 4, data[1] & 15, id_text(data[1] >> 4, data[2:22]))
    if kind == LOCATION:
        return _location(data)
    if kind == SYSTEM:
        return _system(data)
    if kind in (SELF_ID, OPERATOR_ID):
        return Text(kind == OPERATOR_ID, data[1], _text(data[2:22] if kind == OPERATOR_ID else data[2:25]))
    if kind == AUTH:
        page = data[1] & 15
        return Auth(data[1] >> 4, page, bytes(data[8:25] if page == 0 else data[2:25]))
    raise BadMessage("message_kind", data)


def _location(data: bytes) -> Location:
    flags, course, speed, climb, lat, lon, baro, hae, height = struct.unpack_from("<BBBbiiHHH", data, 1)
    accuracy, _, tenths = struct.unpack_from("<BBH", data, 19)
    course_deg = course + (180 if flags & 2 else 0)
    scaled = flags & 1
    speed_mps = 0.75 * speed + 63.75 if scaled else 0.25 * speed
    lat_deg, lon_deg = _place(lat, lon)
    return Location(
        status=flags >> 4, lat_deg=lat_deg, lon_deg=lon_deg, hae_m=_height(hae), baro_m=_height(baro),
        height_m=_height(height), is_over_ground=bool(flags & 4),
        course_rad=math.radians(course_deg % 360) if course_deg <= 360 else math.nan,  # 361 is the standard's unknown
        speed_mps=math.nan if speed == 255 and scaled else speed_mps,
        vu_mps=0.5 * climb if abs(climb) <= 124 else math.nan,
        sigma95_h_m=_of(HORIZONTAL_M, accuracy & 15), sigma95_v_m=_of(VERTICAL_M, accuracy >> 4),
        hour_s=tenths / 10.0 if tenths <= 36_000 else math.nan,
    )  # fmt: skip


def _system(data: bytes) -> System:
    lat, lon, count, radius = struct.unpack_from("<iiHB", data, 2)
    hae, t = struct.unpack_from("<HI", data, 18)
    lat_deg, lon_deg = _place(lat, lon)
    return System(
        place_kind=data[1] & 3, lat_deg=lat_deg, lon_deg=lon_deg, hae_m=_height(hae), n_aircraft=count,
        radius_m=10.0 * radius, t_s=EPOCH_2019_S + t if t else math.nan,
    )  # fmt: skip


def _place(lat: int, lon: int) -> tuple[float, float]:
    """Degrees; both 0 is the standard's unknown."""
    return (math.nan, math.nan) if lat == 0 and lon == 0 else (lat * 1e-7, lon * 1e-7)


def _height(raw: int) -> float:
    """Metres; raw 0 (-1000 m) is the standard's unknown."""
    return 0.5 * raw - 1000.0 if raw else math.nan


def _of(table: tuple[float, ...], code: int) -> float:
    return table[code] if code < len(table) else math.nan


def id_text(id_kind: int, data: bytes) -> str:
    """The 20 bytes of an id as text; in hexadecimal where a UTM or session id is binary."""
    if id_kind in (UTM_ID, SESSION_ID) and not all(32 <= b < 127 for b in data.rstrip(b"\0")):
        return bytes(data[:16] if id_kind == UTM_ID else data).hex()
    return _text(data)


def _text(data: bytes) -> str:
    """Printable ASCII up to the first 0; what else stands there becomes `?`, so that an id stays one word."""
    end = data.find(0)
    kept = data if end < 0 else data[:end]
    return "".join(chr(b) if 32 <= b < 127 else "?" for b in kept).strip()
