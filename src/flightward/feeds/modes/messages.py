"""The fields of extended squitters (DF 17 and 18), as columns in SI units.

octet 0 DF (five bits), CA or CF (three); 1-3 address; 4-10 ME, whose first five bits are its type code; 11-13 parity

Source: RTCA DO-260B, 2.2.3 (formats; table 2-19 to 2-26 velocities, 2-17 movement), ICAO Annex 10 vol. IV, 3.1.2.6.5.4
(altitude code). Bits of ME count from 1, the highest.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.model import F64, I64
from flightward.units import DEG_RAD, FPM_MPS, FT_M, KT_MPS

ADDRESS_ICAO, ADDRESS_OTHER, TISB = 0, 1, 2
_SHIFTS = {**dict.fromkeys(range(5, 9), 35), 19: 47, 29: 5, 31: 0, 0: 48, **dict.fromkeys(range(9, 19), 48)}
_SHIFTS |= dict.fromkeys((20, 21, 22), 48)
_IMF_SHIFT = np.array([_SHIFTS.get(k, 63) for k in range(32)], dtype=np.int64)


def address(octets: NDArray[np.uint8]) -> I64:
    """(N,) the announced address."""
    o = octets[:, 1:4].astype(np.int64)
    return o[:, 0] << 16 | o[:, 1] << 8 | o[:, 2]


def me(octets: NDArray[np.uint8]) -> I64:
    """(N,) the 56 bits of ME."""
    out = np.zeros(len(octets), dtype=np.int64)
    for k in range(4, 11):
        out = out << 8 | octets[:, k]
    return out


def origin(octets: NDArray[np.uint8], body: I64) -> I64:
    """(N,) who speaks: an aircraft by its ICAO address or another (DF 18, CF 1, or CF 6 with IMF), or a TIS-B station.

    TIS-B (CF 2 to 5) is what a ground station says of others; CF 4 and 7 are not read, and count as such.
    """
    is_18 = octets[:, 0] >> 3 == 18
    cf = octets[:, 0] & 7
    code = body >> 51
    # 2.2.18.4: IMF is bit 8 of a position in the air, 21 on the surface, 9 of a velocity, 51 and 56 of codes 29 and 31
    imf = (body >> _IMF_SHIFT[code]) & 1
    other = (cf == 1) | ((cf == 6) & (imf == 1))
    return np.where(is_18 & ((cf >= 2) & (cf != 6)), TISB, np.where(is_18 & other, ADDRESS_OTHER, ADDRESS_ICAO))


def without_imf(octets: NDArray[np.uint8], body: I64) -> I64:
    """(N,) ME as the aircraft sent it, or less: what rebroadcasts it (DF 18, CF 6) puts IMF where NIC's supplement B
    of a position in the air stands."""
    code = body >> 51
    is_placed = (code >= 9) & (code <= 22) & (code != 19)
    return np.where((octets[:, 0] == 18 << 3 | 6) & is_placed, body & ~(1 << 48), body)


PULSES = ("C1", "A1", "C2", "A2", "C4", "A4", "B1", "Q", "B2", "D2", "B4", "D4")


def _altitudes() -> F64:
    """(4096,) metres of the twelve bits of a position's altitude; NaN impossible or not given."""
    code = np.arange(4096)
    bit = {name: code >> (11 - k) & 1 for k, name in enumerate(PULSES)}
    by_25 = (((code >> 5) << 4) | (code & 15)) * 25.0 - 1_000.0
    hundreds = _binary([bit[k] for k in ("C1", "C2", "C4")])
    five_hundreds = _binary([bit[k] for k in ("D2", "D4", "A1", "A2", "A4", "B1", "B2", "B4")])
    valid = np.isin(hundreds, (1, 2, 3, 4, 7))
    hundreds = np.where(hundreds == 7, 5, hundreds)
    # the hundreds run up and down by turns
    hundreds = np.where(five_hundreds % 2 == 1, 6 - hundreds, hundreds)
    by_100 = np.where(valid, 500.0 * five_hundreds + 100.0 * hundreds - 1_300.0, np.nan)
    feet = np.where(bit["Q"] == 1, by_25, by_100)
    feet[0] = np.nan
    return np.asarray(feet * FT_M)


def _binary(gray: list[I64]) -> I64:
    """The number of a Gray code, its highest bit first."""
    out, bit = np.zeros_like(gray[0]), np.zeros_like(gray[0])
    for g in gray:
        bit = bit ^ g
        out = out << 1 | bit
    return out


ALTITUDE_M = _altitudes()


def altitude_m(body: I64) -> F64:
    """(N,) the altitude of a position in the air (bits 9 to 20), NaN elsewhere; geometric from code 20 on."""
    code = body >> 51
    return np.where((code >= 9) & (code <= 22) & (code != 19), ALTITUDE_M[(body >> 36) & 0xFFF], np.nan)


def velocity(body: I64, is_heading: NDArray[np.bool_]) -> F64:
    """(N, 3) east, north, up of velocities (code 19) and positions on the surface; NaN where it is not said.

    is_heading (N,): the direction that it gives on the surface is not its true track, so where it goes is not said.
    """
    code, kind = body >> 51, (body >> 48) & 7
    out = np.full((len(body), 3), np.nan)
    ground = (code == 19) & ((kind == 1) | (kind == 2))
    lsb = np.where(kind == 2, 4.0, 1.0) * KT_MPS
    for axis, shift in ((0, 32), (1, 21)):
        raw = (body >> shift) & 0x3FF
        sign = 1.0 - 2.0 * ((body >> (shift + 10)) & 1)
        out[:, axis] = np.where(ground & (raw > 0), sign * (raw - 1) * lsb, np.nan)
    rate = (body >> 10) & 0x1FF
    climbs = (code == 19) & (kind >= 1) & (kind <= 4) & (rate > 0)
    out[:, 2] = np.where(climbs, (1.0 - 2.0 * ((body >> 19) & 1)) * (rate - 1) * 64.0 * FPM_MPS, np.nan)
    surface = (code >= 5) & (code <= 8)
    speed = MOVEMENT_MPS[(body >> 44) & 0x7F]
    course = ((body >> 36) & 0x7F) * (360.0 / 128.0) * DEG_RAD
    course = np.where(((body >> 43) & 1 == 1) & ~is_heading, course, np.where(speed == 0.0, 0.0, np.nan))
    out[:, 0] = np.where(surface, speed * np.sin(course), out[:, 0])
    out[:, 1] = np.where(surface, speed * np.cos(course), out[:, 1])
    return out


def _movements() -> F64:
    """(128,) m/s of the movement code, the lower end of each step (table 2-17); NaN not given."""
    out = np.full(128, np.nan)
    out[1] = 0.0
    steps = ((2, 9, 0.125, 0.125), (9, 13, 1.0, 0.25), (13, 39, 2.0, 0.5), (39, 94, 15.0, 1.0), (94, 109, 70.0, 2.0),
             (109, 124, 100.0, 5.0), (124, 125, 175.0, 0.0))  # fmt: skip
    for first, end, low_kt, step_kt in steps:
        out[first:end] = (low_kt + step_kt * np.arange(end - first)) * KT_MPS
    return out


MOVEMENT_MPS = _movements()
KIND_OF_EMITTER = {
    **dict.fromkeys([8 * 4 + k for k in range(1, 7)], "aircraft"), 8 * 4 + 7: "helicopter",
    8 * 3 + 1: "aircraft", 8 * 3 + 4: "aircraft", 8 * 3 + 6: "drone",
    **dict.fromkeys([8 * 3 + 2, 8 * 3 + 3, 8 * 3 + 7, *[8 * 2 + k for k in range(1, 8)]], "unknown"),
}  # fmt: skip
"""8 * type code + category (2.2.3.2.5.2: sets A, B, C are codes 4, 3, 2) -> kind; those not named say nothing."""
TURN = 2.0 * math.pi
