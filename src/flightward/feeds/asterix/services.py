"""What sources say of themselves: CAT 034 (radars) and CAT 065 (systems). Shown, and kept by source; no reports.

Source: EUROCONTROL-SPEC-0149 parts 2b and 15, section 5.2.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.feeds.asterix.records import Records
from flightward.model import F64


@dataclasses.dataclass
class Service:
    """One source (SAC/SIC): when it last spoke, and the newest of what it said; NaN and None not said."""

    t_s: float = math.nan
    n_messages: int = 0
    rotation_s: float = math.nan
    lat_deg: float = math.nan
    lon_deg: float = math.nan
    hae_m: float = math.nan
    is_usable: bool | None = None


def listen(r: Records, t_s: F64, services: dict[str, Service]) -> None:
    """Note what R records of CAT 034 or 065 say, t_s (R,) their times."""
    source = r.whole("010", 2)
    if r.layout.category == 34:
        rotation = r.number("041", 2, 1.0 / 128.0)
        place = [r.number("120", 3, 180.0 / 2**23, at, signed=True) for at in (2, 5)]
        height = r.number("120", 2, 1.0, signed=True)  # WGS 84: above the ellipsoid
        nogo = r.bits("050/COM", 0, 7)
    else:
        rotation = height = np.full(len(r), np.nan)
        place = [rotation, rotation]
        # 0 operational, 1 degraded, 2 not currently connected, 3 unknown
        nogo = np.where(r.bits("040", 0, 6, 2) == 1, 0, r.bits("040", 0, 6, 2))
    for k in range(len(r)):
        s = services.setdefault(name(int(source[k])), Service())
        s.n_messages += 1
        s.t_s = _newer(t_s[k], s.t_s)
        s.rotation_s = _newer(rotation[k], s.rotation_s)
        s.lat_deg, s.lon_deg = _newer(place[0][k], s.lat_deg), _newer(place[1][k], s.lon_deg)
        s.hae_m = _newer(height[k], s.hae_m)
        s.is_usable = s.is_usable if nogo[k] < 0 else bool(nogo[k] == 0)


def name(source: int) -> str:
    """SAC/SIC as people write it."""
    return f"{source >> 8}/{source & 255}"


def _newer(value: float, old: float) -> float:
    return old if math.isnan(value) else float(value)
