"""What records say, as columns in SI units: radar plots (048), system tracks (062), ADS-B (021), drones (129).

Sources: EUROCONTROL-SPEC-0149 parts 4, 9, 12 and 29, section 5.2 of each ("Description of standard data items"). A
record that says of itself that it is no detection of a real object is named in `aside`, with why.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.asterix.layouts import reserved_48
from flightward.feeds.asterix.records import PAD, Records, find
from flightward.feeds.emitters import NACP_OF_NUCP, NIC_OF_NUCP
from flightward.model import F64, I8, I64, NONE
from flightward.units import DEG_RAD, FPM_MPS, FT_M, NMI_M

TURN_16 = 360.0 / 65_536.0 * DEG_RAD
SPEED_MPS = NMI_M / 16_384.0
EARTH_M = 6_371_000.0
TOP_16 = 32_767
NO_ADDRESS = (0x000000, 0xFFFFFF)
"""No aircraft has these (ICAO Annex 10 vol. III, part I, 9): transponders that were not set up send them."""
ASSUMED = (4, 5, 6)
"""I062/080 SRC of heights that nobody measured: from coverage, from a table of speeds, a default."""
CEP_SIGMA = math.sqrt(2.0 * math.log(2.0))
"""Radius that holds half of a circular normal distribution, in sigmas."""
P_EMITTER = 0.95
"""An emitter category is set by hand, now and then wrongly."""
P_UAS = 0.999


@dataclasses.dataclass(frozen=True)
class Said:
    """R records: columns as in feeds/reports.py; tod_s seconds since midnight; address -1 none; track -1 none."""

    numbers: dict[str, F64]
    tod_s: F64
    source: I64
    address: I64
    prefix: NDArray[np.bool_]
    track: I64
    hostile: I8
    emitter: I64
    serial: list[str]
    aside: list[tuple[str, NDArray[np.bool_]]]


def _said(r: Records, numbers: dict[str, F64], tod_s: F64, **more: object) -> Said:
    n = len(r)
    given: dict[str, object] = {
        "address": np.full(n, NONE, dtype=np.int64), "prefix": np.zeros(n, dtype=np.bool_),
        "track": np.full(n, NONE, dtype=np.int64), "hostile": np.full(n, NONE, dtype=np.int8),
        "emitter": np.full(n, NONE, dtype=np.int64), "serial": [], "aside": [],
    }  # fmt: skip
    given.update(more)
    return Said(numbers=numbers, tod_s=tod_s, source=r.whole("010", 2), **given)  # type: ignore[arg-type]


def tod_s(r: Records, item: str) -> F64:
    """(R,) seconds since midnight UTC of a time item (3 octets of 1/128 s); NaN absent or beyond the day."""
    out = r.number(item, 3, 1.0 / 128.0)
    return np.where(out < 86_400.0, out, np.nan)


def plots(r: Records, doppler_sign: float, radar_m: F64) -> Said:
    """CAT 048. doppler_sign: 1 if the radar counts speeds going away as positive, -1 if coming; NaN not known.

    radar_m (R,): the height of each radar above mean sea level.
    """
    has_polar = r.has("040")
    is_far = r.bits("020", 1, 6, chained=True) == 1
    range_m = np.where(is_far, _extended_m(r, is_far), r.number("040", 2, NMI_M / 256.0))
    azimuth_rad = r.number("040", 2, TURN_16, 2)
    sound = (r.bits("090", 0, 7) == 0) & (r.bits("090", 0, 6) == 0)
    baro_m = np.where(sound, r.number("090", 2, 25.0 * FT_M, signed=True, bits=14), np.nan)
    msl_m = r.number("110", 2, 25.0 * FT_M, signed=True, bits=14)
    x_m, y_m = (r.number("042", 2, NMI_M / 128.0, at, signed=True) for at in (0, 2))
    only_plane = ~has_polar & r.has("042")
    # on the radar's own plane (TCC 0) that is the slant range; where the slant was taken out, the height puts it back
    is_level = r.bits("170", 1, 4, chained=True) == 1
    above_m = np.where(is_level, np.nan_to_num(np.where(np.isnan(msl_m), baro_m, msl_m) - radar_m), 0.0)
    range_m = np.where(only_plane, np.hypot(np.hypot(x_m, y_m), above_m), range_m)
    azimuth_rad = np.where(only_plane, np.mod(np.arctan2(x_m, y_m), 2.0 * math.pi), azimuth_rad)
    speed, course = r.number("200", 2, SPEED_MPS), r.number("200", 2, TURN_16, 2)
    placed = ~np.isnan(range_m)
    rate = r.number("120/CAL", 2, 1.0, signed=True, bits=10)
    rate = np.where(r.bits("120/CAL", 0, 7) == 0, rate * doppler_sign, np.nan)
    numbers = {
        "range_m": range_m, "azimuth_rad": azimuth_rad, "range_rate_mps": rate, "baro_m": baro_m, "msl_m": msl_m,
        "ve_mps": np.where(placed, speed * np.sin(course), np.nan),
        "vn_mps": np.where(placed, speed * np.cos(course), np.nan),
        "signal_db": r.number("130/SAM", 1, 1.0, signed=True),
    }  # fmt: skip
    is_test = (r.bits("020", 0, 4) == 1) | (r.bits("020", 1, 7, chained=True) == 1)
    return _said(
        r, numbers, tod_s(r, "140"), address=_address(r, "220"),
        track=np.where(r.has("161"), r.whole("161", 2) & 0xFFF, NONE),
        hostile=_friend(r.bits("020", 1, 1, 2, chained=True) == 1),
        aside=[
            ("simulated", is_test), ("field_monitor", r.bits("020", 0, 1) == 1),
            ("no_detection", r.bits("020", 0, 5, 3) == 0), ("ghost", r.bits("170", 1, 6, chained=True) == 1),
        ],
    )  # fmt: skip


def system_tracks(r: Records) -> Said:
    """CAT 062. The velocity is true (I062/185: y to geographic north at the target); `x_m`, `y_m` are on the source's
    plane."""
    lat_deg, lon_deg = (r.number("105", 4, 180.0 / 2**25, at, signed=True) for at in (0, 4))
    by_qnh = r.bits("135", 0, 7) == 1
    track_m = r.number("135", 2, 25.0 * FT_M, signed=True, bits=15)
    level_m = r.number("136", 2, 25.0 * FT_M, signed=True)
    assumed = np.isin(r.bits("080", 0, 2, 3), ASSUMED)
    hae_m = np.where(assumed, np.nan, r.number("130", 2, 6.25 * FT_M, signed=True))
    baro_m = np.where(by_qnh | np.isnan(track_m), level_m, track_m)
    sigma_x, sigma_y = (r.number("500/APC", 2, 0.5, at) for at in (0, 2))
    sigma_n, sigma_e = (r.number("500/APW", 2, 180.0 / 2**25 * DEG_RAD * EARTH_M, at) for at in (0, 2))
    by_plane = np.sqrt((sigma_x**2 + sigma_y**2) / 2.0)
    by_wgs = np.sqrt((sigma_n**2 + (sigma_e * np.cos(lat_deg * DEG_RAD)) ** 2) / 2.0)
    sigma_v = np.where(np.isnan(hae_m), r.number("500/ABA", 1, 25.0 * FT_M), r.number("500/AGA", 1, 6.25 * FT_M))
    numbers = {
        "lat_deg": lat_deg, "lon_deg": lon_deg, "hae_m": hae_m, "baro_m": baro_m,
        "msl_m": np.where(by_qnh, track_m, np.nan), "sigma_h_m": np.where(np.isnan(by_plane), by_wgs, by_plane),
        "sigma_v_m": sigma_v, "vu_mps": r.number("220", 2, 6.25 * FPM_MPS, signed=True),
        "ve_mps": r.number("185", 2, 0.25, signed=True), "vn_mps": r.number("185", 2, 0.25, 2, signed=True),
        "x_m": r.number("100", 3, 0.5, signed=True), "y_m": r.number("100", 3, 0.5, 3, signed=True),
    }  # fmt: skip
    friend = (r.bits("080", 2, 5, 2, chained=True) == 1) | (r.bits("080", 2, 1, 2, chained=True) == 1)
    return _said(
        r, numbers, tod_s(r, "070"), address=_address(r, "380/ADR"), track=_whole_or_none(r, "040", 2),
        hostile=_friend(friend), emitter=_whole_or_none(r, "380/EMC", 1),
        aside=[
            ("simulated", r.bits("080", 1, 7, chained=True) == 1),
            ("track_end", r.bits("080", 1, 6, chained=True) == 1),
            ("coasted", r.bits("080", 3, 7, chained=True) == 1),
        ],
    )  # fmt: skip


def adsb(r: Records) -> Said:
    """CAT 021, of any edition."""
    is_old = r.layout.edition.startswith("0.")
    lat_deg, lon_deg = _place(r)
    hae_m = r.number("140", 2, 6.25 * FT_M, signed=True)
    hae_m[r.whole("140", 2) == TOP_16] = np.nan  # "greater than"
    speed, course = _in_range(r, "160", SPEED_MPS, signed=False), r.number("160", 2, TURN_16, 2)
    climbs = [_in_range(r, i, 6.25 * FPM_MPS, signed=True) for i in ("157", "155")]
    signal = [r.number(i, 1, 1.0, signed=True) for i in ("132", "SAM")]
    numbers = {
        "lat_deg": lat_deg, "lon_deg": lon_deg, "hae_m": hae_m, "baro_m": r.number("145", 2, 25.0 * FT_M, signed=True),
        "ve_mps": speed * np.sin(course), "vn_mps": speed * np.cos(course),
        "vu_mps": np.where(np.isnan(climbs[0]), climbs[1], climbs[0]),
        "signal_db": np.where(np.isnan(signal[0]), signal[1], signal[0]),
        **_quality(r, is_old),
    }  # fmt: skip
    octet = 0 if is_old else 1
    flags = {"chained": not is_old}
    is_test = (r.bits("040", octet, 5, **flags) == 1) | (r.bits("040", octet, 4, **flags) == 1)
    monitor = r.bits("040", 0, 3 if is_old else 1) == 1
    kind_of_address = r.bits("040", 1 if is_old else 0, 5, 3)
    not_icao = kind_of_address != (1 if is_old else 0)
    cpr_failed = (r.bits("040", 2, 3, chained=True) == 1) if not is_old else np.zeros(len(r), dtype=np.bool_)
    items = ("030",) if is_old else ("071", "073", "077")
    t = np.full(len(r), np.nan)
    for item in items:
        t = np.where(np.isnan(t), tod_s(r, item), t)
    return _said(
        r, numbers, t, address=_address(r, "080"), prefix=not_icao, emitter=_whole_or_none(r, "020", 1),
        aside=[("simulated", is_test), ("field_monitor", monitor), ("cpr_failed", cpr_failed)],
    )  # fmt: skip


def drones(r: Records) -> Said:
    """CAT 129: what a drone says of itself."""
    lat_deg, lon_deg = (r.number("080", 4, 180.0 / 2**30, at, signed=True) for at in (0, 4))
    cep_m = r.number("110", 2, 1.0)
    numbers = {
        "lat_deg": lat_deg, "lon_deg": lon_deg, "msl_m": r.number("090", 3, 0.1, signed=True),
        "sigma_h_m": np.where(cep_m > 0.0, cep_m / CEP_SIGMA, np.nan),
        "ve_mps": r.number("185", 5, 0.01, signed=True, bits=20, drop=20),
        "vn_mps": r.number("185", 5, 0.01, signed=True, bits=20),
        "vu_mps": r.number("220", 3, 0.01, signed=True, bits=20),
        "p_kind": np.full(len(r), P_UAS),
    }  # fmt: skip
    parts = zip(r.text("020", 3), r.text("030", 3), r.text("040", 12), strict=True)
    serial = [f"{maker}{model}{number}" if number else "" for maker, model, number in parts]
    return _said(r, numbers, tod_s(r, "070"), serial=serial)


def _extended_m(r: Records, wanted: NDArray[np.bool_]) -> F64:
    """(R,) the range that the reserved expansion field of CAT 048 gives where `wanted`; NaN where it cannot be read."""
    out = np.full(len(r), np.nan)
    at = r.offsets[:, r.layout.slots["RE"]]
    rows = np.flatnonzero(wanted & (at >= 0) & (r.whole("RE", 1) > 1))
    if not len(rows):
        return out
    ends = at[rows] + r.data[at[rows]]
    # its octet of flags as an FSPEC that ends with the range; what stands behind that is left over
    bodies = [
        bytes([r.data[k + 1] & 0xF8]) + r.data[k + 2 : end].tobytes()
        for k, end in zip(at[rows].tolist(), ends.tolist(), strict=True)
    ]
    end = np.cumsum([len(body) for body in bodies], dtype=np.int64)
    data = np.frombuffer(b"".join([*bodies, bytes(PAD)]), dtype=np.uint8)
    start = np.append(0, end[:-1])
    ((found, *_), _) = find(data, start, end, np.ones(len(rows), dtype=np.int8), (reserved_48(),))
    block, first = np.unique(found.block, return_index=True)
    out[rows[block]] = found.number("ERR", 3, NMI_M / 256.0)[first]
    return out


def _in_range(r: Records, item: str, lsb: float, *, signed: bool) -> F64:
    """(R,) two octets of CAT 021 as a number; from edition 1.0 on, their highest bit says that it is beyond the item's
    range, and it is NaN."""
    if r.layout.edition.startswith("0."):
        return r.number(item, 2, lsb, signed=signed)
    return np.where(r.bits(item, 0, 7) == 1, np.nan, r.number(item, 2, lsb, signed=signed, bits=15))


def _place(r: Records) -> tuple[F64, F64]:
    """Latitude and longitude in degrees, from the finer item where there is one."""
    size = 4 if r.layout.edition == "0.24" else 3
    lsb = 180.0 / 2 ** (25 if size == 4 else 23)
    lat, lon = (r.number("130", size, lsb, at, signed=True) for at in (0, size))
    if not r.has("131").any():
        return lat, lon
    fine = r.has("131")
    lat_fine, lon_fine = (r.number("131", 4, 180.0 / 2**30, at, signed=True) for at in (0, 4))
    return np.where(fine, lat_fine, lat), np.where(fine, lon_fine, lon)


def _quality(r: Records, is_old: bool) -> dict[str, F64]:
    """NIC, NACp and SIL (I021/090); what a DO-260 transponder calls NUCp stands for both, by its containment radius."""
    if is_old:
        nuc = r.bits("090", 1, 0, 4)
        return {"nic": _looked_up(NIC_OF_NUCP, nuc), "nac_p": _looked_up(NACP_OF_NUCP, nuc)}
    first, is_nuc = r.bits("090", 0, 1, 4), r.bits("210", 0, 3, 3) == 0
    nac_p, sil = r.bits("090", 1, 1, 4, chained=True), r.bits("090", 1, 5, 2, chained=True)
    return {
        "nic": np.where(is_nuc, _looked_up(NIC_OF_NUCP, first), _nan_if_none(first)),
        "nac_p": np.where(is_nuc, _looked_up(NACP_OF_NUCP, first), _nan_if_none(nac_p)),
        "sil": np.where(is_nuc, np.nan, _nan_if_none(sil)),
    }


def _looked_up(table: tuple[float, ...], code: I64) -> F64:
    known = (code >= 0) & (code < len(table))
    return np.where(known, np.asarray(table)[np.where(known, code, 0)], np.nan)


def _nan_if_none(code: I64) -> F64:
    return np.where(code == NONE, np.nan, code)


def _whole_or_none(r: Records, item: str, size: int) -> I64:
    return np.where(r.has(item), r.whole(item, size), NONE)


def _address(r: Records, item: str) -> I64:
    """(R,) 24-bit addresses; NONE where there is none."""
    number = _whole_or_none(r, item, 3)
    return np.where(np.isin(number, NO_ADDRESS), NONE, number)


def _friend(mask: NDArray[np.bool_]) -> I8:
    """Declared not hostile where an interrogation was answered as a friend; no answer says nothing."""
    return np.where(mask, 0, NONE).astype(np.int8)
