"""Positions and distances in plain text.

    553000N 0373000E   5530N03730E   553000.5N0373000.5E   5530.25N 03730.50E   N553000 E0373000   55°30'00"N 37°30'00"E
    55 30 00N 037 30 00E   55.5N 37.5E (decimal degrees)

Degrees and minutes, or degrees, minutes and seconds, by the number of digits. Source: ICAO Annex 15 / PANS-AIM
(Doc 10066), appendix 1 (publication resolution); OPADD, item E.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flightward.units import FT_M, NMI_M

_GAP = r"[\s,/]*"
_AFTER = re.compile(
    rf"(?<![\d.])(\d{{4}}(?:\d{{2}})?(?:\.\d{{1,4}})?)\s?([NS]){_GAP}(\d{{5}}(?:\d{{2}})?(?:\.\d{{1,4}})?)\s?([EW])(?![A-Z])"
)
_BEFORE = re.compile(
    rf"(?<![A-Z0-9])([NS])\s?(\d{{4}}(?:\d{{2}})?(?:\.\d{{1,4}})?){_GAP}([EW])\s?(\d{{5}}(?:\d{{2}})?(?:\.\d{{1,4}})?)(?!\d)"
)
_SIGN = r"[°º*]\s?"
_MIN = r"(\d{1,2}(?:\.\d+)?)['′’]\s?"
_SEC = r"(?:(\d{1,2}(?:\.\d+)?)(?:[\"″”]|'')\s?)?"
_SIGNS = re.compile(rf"(\d{{1,2}}){_SIGN}{_MIN}{_SEC}([NS]){_GAP}(\d{{1,3}}){_SIGN}{_MIN}{_SEC}([EW])")
_DECIMAL = re.compile(
    rf"(?<![\d.])(\d{{1,2}}\.\d{{1,8}})(?:{_SIGN})?\s?([NS]){_GAP}(\d{{1,3}}\.\d{{1,8}})(?:{_SIGN})?\s?([EW])(?![A-Z])"
)
_SPACED = re.compile(
    rf"(?<![\d.])(\d{{2}})\s(\d{{2}})(?:\s(\d{{2}}(?:\.\d{{1,4}})?))?\s?([NS]){_GAP}"
    r"(\d{3})\s(\d{2})(?:\s(\d{2}(?:\.\d{1,4})?))?\s?([EW])(?![A-Z])"
)
_LUMP = re.compile(r"(?<![\d.])\d[\d\s.]{2,30}(?<=[\d\s])[NSEW](?![A-Z])|(?<![A-Z0-9])[NSEW]\s?\d{4,9}(?![\d/])|"
                   r"(?<=\d)[°º*'′’\"″”]{1,2}\s?[NSEW](?![A-Z])")  # fmt: skip
"""What looks like one coordinate of a position, mistyped ones too: 50300N, 304000E, 50°3'N."""
_LUMP_DIGITS = 4
_DISTANCE = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3}){1,2}|\d{1,6}(?:[.,]\d{1,6})?)\s{0,3}-?\s{0,3}"
                       r"(NM|NMI|KM|M|MTR|METERS?|METRES?|FT|NAUTICAL MILES?|KILOMET\w+)(?![A-Z])")  # fmt: skip
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_UNIT_M = {"NM": NMI_M, "NMI": NMI_M, "NA": NMI_M, "KM": 1000.0, "KI": 1000.0, "FT": FT_M}


class Position(NamedTuple):
    """One position and where it stands in the text; is_good False: no place on Earth."""

    begin: int
    end: int
    lat_deg: float
    lon_deg: float
    is_good: bool


def positions(text: str) -> tuple[list[Position], bool]:
    """The positions of a text (capitals) in order; and whether all that looks like a coordinate belongs to one."""
    found: list[Position] = []
    for m in _AFTER.finditer(text):
        found.append(_position(m, _packed(m.group(1), 2), m.group(2), _packed(m.group(3), 3), m.group(4)))
    for m in _BEFORE.finditer(text):
        found.append(_position(m, _packed(m.group(2), 2), m.group(1), _packed(m.group(4), 3), m.group(3)))
    for m in [*_SIGNS.finditer(text), *_SPACED.finditer(text)]:
        lat = _degrees(m.group(1), m.group(2), m.group(3) or "0")
        found.append(_position(m, lat, m.group(4), _degrees(m.group(5), m.group(6), m.group(7) or "0"), m.group(8)))
    for m in _DECIMAL.finditer(text):
        found.append(_position(m, float(m.group(1)), m.group(2), float(m.group(3)), m.group(4)))
    found.sort()
    out: list[Position] = []
    for p in found:
        if not out or p.begin >= out[-1].end:
            out.append(p)
    return out, _is_all(text, out)


def _is_all(text: str, found: list[Position]) -> bool:
    """Does each lump like a coordinate end within a position."""
    k = 0
    for m in _LUMP.finditer(text):
        if m.group()[0].isalnum() and sum(c.isdigit() for c in m.group()) < _LUMP_DIGITS:
            continue
        while k < len(found) and found[k].end < m.end():
            k += 1
        if k == len(found) or m.end() <= found[k].begin:
            return False
    return True


def one_position(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of a text that is one position and no more; None otherwise."""
    found, _ = positions(text.upper())
    if len(found) == 1 and found[0].is_good and text.strip() == text[found[0].begin : found[0].end].strip():
        return found[0].lat_deg, found[0].lon_deg
    return None


def distances_m(text: str) -> list[tuple[int, int, float]]:
    """(begin, end, metres) of the distances of a text (capitals)."""
    out = []
    for m in _DISTANCE.finditer(text):
        unit = _UNIT_M.get(m.group(2)[:3], _UNIT_M.get(m.group(2)[:2], 1.0))
        # "2,500 M" are thousands, "2,500 KM" is a decimal comma; of miles and kilometres nobody writes so many.
        is_thousands = unit <= 1.0 and _THOUSANDS.fullmatch(m.group(1))
        number = m.group(1).replace(",", "" if is_thousands else ".")
        if number.count(".") < 2:
            out.append((m.start(), m.end(), float(number) * unit))
    return out


def _position(m: re.Match[str], lat: float, ns: str, lon: float, ew: str) -> Position:
    is_good = 0.0 <= lat <= 90.0 and 0.0 <= lon <= 180.0
    return Position(m.start(), m.end(), -lat if ns == "S" else lat, -lon if ew == "W" else lon, is_good)


def _packed(digits: str, n_degrees: int) -> float:
    """Degrees of DDMM, DDMM.mm, DDMMSS or DDMMSS.ss; above 360 if minutes or seconds are 60 or more."""
    whole, _, part = digits.partition(".")
    minutes, seconds = whole[n_degrees : n_degrees + 2], whole[n_degrees + 2 :]
    if seconds:
        return _degrees(whole[:n_degrees], minutes, f"{seconds}.{part or 0}")
    return _degrees(whole[:n_degrees], f"{minutes}.{part or 0}", "0")


def _degrees(degrees: str, minutes: str, seconds: str) -> float:
    m, s = float(minutes), float(seconds)
    return 999.0 if m >= 60.0 or s >= 60.0 else float(degrees) + m / 60.0 + s / 3600.0
