"""ADS-B messages in order -> positions, with what their aircraft said of their quality before.

Per aircraft a row of `state` holds the newest even and odd position, the place last believed, one that contradicts it
and waits to be confirmed, and what the aircraft says of itself. A position is believed if it lies next to the last one
and could be reached from it; if it does not, or if a pair says another place than the one next to the last, that other
place is believed when a second pair confirms it: a jump is passed on, a slip of the code is not.

The ME field (56 bits) stands in an int64; bit n of the standard is (me >> (56 - n)) & 1.
Source: RTCA DO-260B, 2.2.3.2 (formats), 2.2.10.6 (checks), appendix A; table 2-14 for NIC.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.cpr import apart_m, by_pair, nearby

EVEN, ODD, POS, HELD = 0, 4, 8, 11
VERSION, NIC_A, NIC_C, NAC_P, SIL, EMITTER, DIFF_M, DIFF_S, HEADING, WIDTH = 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
NOTHING, POSITION, VELOCITY, ALONE, ZONE, WAITS, NO_REFERENCE = 0, 1, 2, 3, 4, 5, 6
PAIR_S, PAIR_SURFACE_S, PAIR_SLOW_S = 10.0, 25.0, 50.0
SLOW_MOVEMENT = 48
"""Movement codes from 1 to this are less than 25 kt (table 2-17): halves of a pair may then be older (2.2.10.2)."""
KNOWN_S, HELD_S, DIFF_OLD_S = 600.0, 30.0, 10.0
FAST_MPS, FAST_SURFACE_MPS, SLACK_M, AGREE_M = 700.0, 130.0, 1_500.0, 5_000.0


@inner
def _could(t_s: float, lat: float, lon: float, was: NDArray[np.float64], fast_mps: float) -> bool:
    """Could it get from `was` (time, latitude, longitude) to here."""
    return bool(apart_m(was[1], was[2], lat, lon) <= fast_mps * abs(t_s - was[0]) + SLACK_M)


@inner
def _position(
    s: NDArray[np.float64], t_s: float, me: int, is_surface: int, ref: NDArray[np.float64]
) -> int:
    """Take a position; the status, with the place in s[POS:] if it is POSITION. ref: latitude, longitude, range m."""
    is_odd = (me >> 34) & 1
    mine, other = (ODD, EVEN) if is_odd else (EVEN, ODD)
    s[mine] = t_s
    s[mine + 1], s[mine + 2] = ((me >> 17) & 0x1FFFF) / 131_072.0, (me & 0x1FFFF) / 131_072.0
    s[mine + 3] = is_surface
    quarter, fast = (0.25, FAST_SURFACE_MPS) if is_surface else (1.0, FAST_MPS)
    known = t_s - s[POS] <= KNOWN_S
    near_lat, near_lon = (s[POS + 1], s[POS + 2]) if known else (ref[0], ref[1])
    pair_s = PAIR_S
    if is_surface:
        pair_s = PAIR_SLOW_S if 1 <= (me >> 44) & 0x7F <= SLOW_MOVEMENT else PAIR_SURFACE_S
    paired = s[other + 3] == is_surface and abs(t_s - s[other]) <= pair_s
    if is_surface and math.isnan(near_lat):
        return NO_REFERENCE
    by, lat_g, lon_g = False, np.nan, np.nan
    if paired:
        by, lat_g, lon_g = by_pair(s[EVEN + 1 : EVEN + 3], s[ODD + 1 : ODD + 3], is_odd, quarter, near_lat, near_lon)
    if known:
        ok, lat, lon = nearby(s[mine + 1 : mine + 3], is_odd, quarter, near_lat, near_lon)
        ok = ok and _could(t_s, lat, lon, s[POS : POS + 3], fast)
        if ok and (not by or apart_m(lat, lon, lat_g, lon_g) < AGREE_M):
            s[HELD] = s[HELD] if not by else np.nan
            s[POS], s[POS + 1], s[POS + 2] = t_s, lat, lon
            return POSITION
    else:
        ok = False
        far = not math.isnan(ref[0] + ref[2]) and by and apart_m(ref[0], ref[1], lat_g, lon_g) > ref[2]
        if by and not far:
            s[POS], s[POS + 1], s[POS + 2], s[HELD] = t_s, lat_g, lon_g, np.nan
            return POSITION
    if by:
        sure = t_s - s[HELD] <= HELD_S and _could(t_s, lat_g, lon_g, s[HELD : HELD + 3], fast)
        s[HELD], s[HELD + 1], s[HELD + 2] = t_s, lat_g, lon_g
        if sure:
            s[POS], s[POS + 1], s[POS + 2], s[HELD] = t_s, lat_g, lon_g, np.nan
            return POSITION
    if ok:
        s[POS], s[POS + 1], s[POS + 2] = t_s, lat, lon
        return POSITION
    return WAITS if by or known else ZONE if paired else ALONE


@inner
def _nucp(code: int) -> int:
    """What equipment of version 0 means by the type code of a position (NUCp; DO-260B, appendix N).

    Code 8 bounds nothing (tables N-4 and N-7): it may be far off, or nobody knows.
    """
    if code < 9:
        return 14 - code if code < 8 else 0
    if code < 19:
        return 18 - code
    return 29 - code if code < 22 else 0


@inner
def _nic(s: NDArray[np.float64], code: int, me: int, nic_of_nucp: NDArray[np.float64]) -> float:
    """NIC of a position of this type code (table 2-14); of a DO-260 one by its NUCp."""
    if not s[VERSION] >= 1.0:  # until it says more, it is of version 0
        return float(nic_of_nucp[_nucp(code)])
    a = s[NIC_A] == 1.0
    if code < 9:
        c = s[NIC_C] == 1.0
        if code == 8:
            return 0.0 if s[VERSION] < 2.0 or not (a or c) else 7.0 if a and c else 6.0
        return 11.0 if code == 5 else 10.0 if code == 6 else 9.0 if a and not c else 8.0
    if code >= 20:
        return 11.0 if code == 20 else 10.0 if code == 21 else 0.0
    b = s[VERSION] < 2.0 or (me >> 48) & 1 == 1  # version 1 has one supplement only
    if code == 11:
        return 9.0 if a and b else 8.0
    if code == 16:
        return 3.0 if a and b else 2.0
    if code < 11:
        return 20.0 - code
    return 19.0 - code if code < 16 else 18.0 - code


@inner
def _said(s: NDArray[np.float64], code: int, me: int, t_s: float) -> None:
    """Note what a message says of its aircraft, positions aside."""
    if 1 <= code <= 4:
        s[EMITTER] = 8 * code + ((me >> 48) & 7)
    elif code == 19 and 1 <= (me >> 48) & 7 <= 4:  # the others are reserved
        diff = me & 127
        if diff:
            s[DIFF_M], s[DIFF_S] = (1.0 - 2.0 * ((me >> 7) & 1)) * (diff - 1) * 7.62, t_s
    elif code == 29 and ((me >> 49) & 3 == 1 or ((me >> 49) & 3 == 0 and (me >> 45) & 1 == 0)):
        # subtype 1 of version 2, and 0 of version 1, whose bit 11 says that it is not of version 0
        s[NAC_P], s[SIL] = (me >> 13) & 15, (me >> 10) & 3
    elif code == 31 and (me >> 48) & 7 <= 1:
        s[VERSION] = (me >> 13) & 7
        if s[VERSION] >= 1.0:
            s[NIC_A], s[NAC_P], s[SIL] = (me >> 12) & 1, (me >> 8) & 15, (me >> 4) & 3
        if (me >> 48) & 7 == 1:
            s[NIC_C] = (me >> 36) & 1
            s[HEADING] = 1.0 if (me >> 2) & 3 else 0.0  # bits 53 and 54: a heading, or from magnetic north


@kernel
def follow(
    t_s: NDArray[np.float64], slot: NDArray[np.int64], me: NDArray[np.int64], baro_m: NDArray[np.float64],
    ref: NDArray[np.float64], nic_of_nucp: NDArray[np.float64], nacp_of_nucp: NDArray[np.float64],
    state: NDArray[np.float64], what_out: NDArray[np.int8], values_out: NDArray[np.float64],
) -> None:
    """Follow N messages in order of time; state (A, WIDTH) in and out, NaN where nothing is known.

    slot (N,) the row of each message's aircraft; baro_m (N,) NaN unknown; ref (3,) a place near by, latitude and
    longitude in turns, and how far from it positions may lie, m; NaN unknown.
    out: what_out (N,); values_out (N, 8) latitude, longitude (rad), NIC, NACp, SIL, emitter code, height above the
    ellipsoid by pressure and the difference that the aircraft last gave, and 1 where the direction that it gives on
    the surface is not its true track; NaN unknown.
    """
    for k in range(len(t_s)):
        s = state[slot[k]]
        code = me[k] >> 51
        values_out[k] = np.nan
        what_out[k] = NOTHING
        is_surface = 5 <= code <= 8
        if is_surface or 9 <= code <= 18 or 20 <= code <= 22:
            what_out[k] = _position(s, t_s[k], me[k], int(is_surface), ref)
            if what_out[k] == POSITION:
                values_out[k, 0], values_out[k, 1] = 2.0 * math.pi * s[POS + 1], 2.0 * math.pi * s[POS + 2]
                values_out[k, 2] = _nic(s, code, me[k], nic_of_nucp)
                values_out[k, 3], values_out[k, 4] = s[NAC_P], s[SIL]
                if not s[VERSION] >= 1.0 and math.isnan(s[NAC_P]):
                    values_out[k, 3] = nacp_of_nucp[_nucp(code)]
                if t_s[k] - s[DIFF_S] <= DIFF_OLD_S:
                    values_out[k, 6] = baro_m[k] + s[DIFF_M]
        else:
            _said(s, code, me[k], t_s[k])
            if code == 19:
                what_out[k] = VELOCITY
        values_out[k, 5], values_out[k, 7] = s[EMITTER], s[HEADING]
