"""Conversions at the edges: what people and foreign formats use, from and to SI.

Sources: foot 0.3048 m and nautical mile 1852 m exactly (ICAO Annex 5, table 3-3); knot = 1 NM/h.
"""

from __future__ import annotations

import math

FT_M = 0.3048
NMI_M = 1852.0
KT_MPS = NMI_M / 3600.0
FPM_MPS = FT_M / 60.0
G0_MPS2 = 9.80665
DEG_RAD = math.pi / 180.0


def m_from_ft(ft: float) -> float:
    """Metres of a length in feet."""
    return ft * FT_M


def ft_from_m(m: float) -> float:
    """Feet of a length in metres."""
    return m / FT_M


def nmi_from_m(m: float) -> float:
    """Nautical miles of a length in metres."""
    return m / NMI_M


def mps_from_kt(kt: float) -> float:
    """Metres per second of a speed in knots."""
    return kt * KT_MPS


def kt_from_mps(mps: float) -> float:
    """Knots of a speed in metres per second."""
    return mps / KT_MPS


def mps_from_fpm(fpm: float) -> float:
    """Metres per second of a climb in feet per minute."""
    return fpm * FPM_MPS


def fpm_from_mps(mps: float) -> float:
    """Feet per minute of a climb in metres per second."""
    return mps / FPM_MPS
