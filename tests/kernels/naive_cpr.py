"""Compact positions the slow way round: places to code, in degrees, with NL by its own formula (DO-260B, A.1.7.2-3)."""

from __future__ import annotations

import math


def nl(lat_deg: float) -> int:
    if abs(lat_deg) >= 87.0:
        return 2 if abs(lat_deg) == 87.0 else 1
    a = 1.0 - math.cos(math.pi / 30.0)
    return math.floor(2.0 * math.pi / math.acos(1.0 - a / math.cos(math.radians(lat_deg)) ** 2))


def encode(lat_deg: float, lon_deg: float, is_odd: int, is_surface: bool = False) -> tuple[int, int]:
    """The two 17-bit numbers of a place; on the surface they are the lower 17 of 19 bits."""
    power = 2 ** (19 if is_surface else 17)
    size = 360.0 / (60 - is_odd)
    y = math.floor(power * (lat_deg % size) / size + 0.5)
    lat = size * (y / power + math.floor(lat_deg / size))
    size = 360.0 / max(nl(lat) - is_odd, 1)
    x = math.floor(power * (lon_deg % size) / size + 0.5)
    return y % 2**17, x % 2**17


def lat_seen(lat_deg: float, is_odd: int) -> float:
    """The latitude that an encoded place decodes to."""
    size = 360.0 / (60 - is_odd)
    return size * (math.floor(2**17 * (lat_deg % size) / size + 0.5) / 2**17 + math.floor(lat_deg / size))


def me(code: int, lat_deg: float, lon_deg: float, is_odd: int, rest: int = 0) -> int:
    """The 56 bits of a position; rest: its bits between the type code and F."""
    y, x = encode(lat_deg, lon_deg, is_odd, is_surface=code < 9)
    return code << 51 | rest | is_odd << 34 | y << 17 | x
