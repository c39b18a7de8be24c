"""Polygons and 4D lines as WKB in longitude and latitude, many at once.

Source   OGC 06-103r4 (Simple Feature Access, part 1), section 8.2: byte order 1 (little-endian), type, counts, points.
"""

from __future__ import annotations

import itertools
import struct

import numpy as np

from flightward.model import F64, I64

_POLYGON = struct.Struct("<BIII")
_LINE = struct.Struct("<BII")
POLYGON = 3
LINESTRING_ZM = 3002


def polygons(start: I64, lon_deg: F64, lat_deg: F64) -> list[bytes | None]:
    """One polygon of one ring per row i, of corners start[i]:start[i + 1], closed here; None under three corners."""
    points = np.empty((len(lon_deg), 2), dtype="<f8")
    points[:, 0], points[:, 1] = lon_deg, lat_deg
    raw = points.tobytes()
    out: list[bytes | None] = []
    bounds = start.tolist()
    for a, b in itertools.pairwise(bounds):
        if b - a < 3:
            out.append(None)
            continue
        first, last = raw[16 * a : 16 * a + 16], raw[16 * b - 16 : 16 * b]
        is_open = first != last
        ring = raw[16 * a : 16 * b] + (first if is_open else b"")
        out.append(_POLYGON.pack(1, POLYGON, 1, b - a + is_open) + ring)
    return out


def lines(start: I64, lon_deg: F64, lat_deg: F64, hae_m: F64, t_s: F64) -> list[bytes | None]:
    """One LINESTRING ZM (lon, lat, hae_m, POSIX s) per row; a single point stands twice; None without a point."""
    points = np.empty((len(lon_deg), 4), dtype="<f8")
    for k, column in enumerate((lon_deg, lat_deg, hae_m, t_s)):
        points[:, k] = column
    raw = points.tobytes()
    out: list[bytes | None] = []
    bounds = start.tolist()
    for a, b in itertools.pairwise(bounds):
        if b == a:
            out.append(None)
        else:
            body = raw[32 * a : 32 * b] * (2 if b - a == 1 else 1)
            out.append(_LINE.pack(1, LINESTRING_ZM, len(body) // 32) + body)
    return out
