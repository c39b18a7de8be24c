"""The air picture as ASTERIX CAT 062: `Cat062.blocks(picture)`, the data blocks of one second.

Items: 010 source, 015 service, 070 time, 105 latitude and longitude, 100 and 185 position and velocity on the area's
plane, 380 address and emitter category, 040 number, 080 status (monosensor, coasted, first, last, simulated), 290 age,
130 height above the ellipsoid, 220 climb, 500 accuracies. Track numbers are of 16 bits: one that ended is given again
only after all others were.

Source: EUROCONTROL-SPEC-0149 part 9, edition 1.19, section 5.2.
"""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np

from flightward.model import AreaFrame, Kind, Names, TrackBatch, TrackStatus
from flightward.units import FPM_MPS, FT_M

OCTETS_MAX = 1_400
"""A block is one datagram, and fits an Ethernet frame."""
NUMBERS = 1 << 16
EMITTER_OF_KIND = {int(Kind.DRONE): 13, int(Kind.HELICOPTER): 10}
P_KIND = 0.5
LSB_DEG = 180.0 / 2**25
_ICAO = re.compile(r"[0-9a-f]{6}")


@dataclasses.dataclass
class _Track:
    """What was last written of a track."""

    number: int
    body: tuple[bytes, bytes]
    tail: bytes


class Cat062:
    """Blocks of one system (SAC, SIC); is_exercise sets the flag of simulated tracks in every record."""

    def __init__(
        self, frame: AreaFrame, names: Names, sac: int, sic: int, *, service: int = 1, is_exercise: bool = False
    ) -> None:
        self._frame = frame
        self._names = names
        self._source = bytes([sac, sic])
        self._service = bytes([service])
        self._is_exercise = is_exercise
        self._tracks: dict[int, _Track] = {}
        self._next = 0
        self._used: set[int] = set()

    def blocks(self, picture: TrackBatch) -> list[bytes]:
        """The picture, and a last message for each track that was in the one before and is not in this."""
        records = []
        time = round(picture.t_s % 86_400.0 * 128.0) % (86_400 * 128)
        tod = time.to_bytes(3, "big")
        lat, lon = (np.degrees(a) for a in self._frame.to_geodetic(picture.e_m, picture.n_m))
        shown = picture.track.tolist()
        for k, track in enumerate(shown):
            if not all(map(math.isfinite, (lat[k], lon[k], picture.ve_mps[k], picture.vn_mps[k]))):
                continue
            is_first = track not in self._tracks
            number = self._number() if is_first else self._tracks[track].number
            body, tail = self._body(picture, k, float(lat[k]), float(lon[k])), _tail(picture, k)
            self._tracks[track] = _Track(number, body, tail)
            coasted = int(picture.status[k]) == TrackStatus.COASTING
            lonely = int(picture.sensor_mask[k]).bit_count() == 1
            status = self._status(is_first=is_first, coasted=coasted, lonely=lonely)
            records.append(self._record(tod, self._tracks[track], status))
        for track in sorted(self._tracks.keys() - set(shown)):
            ended = self._tracks.pop(track)
            self._used.discard(ended.number)
            records.append(self._record(tod, ended, self._status(is_last=True, coasted=True)))
        return _packed(records)

    def _number(self) -> int:
        """A track number that none has, the longest unused. Errors: OverflowError beyond 65,536 tracks at once."""
        if len(self._used) >= NUMBERS:
            raise OverflowError("more tracks than CAT 062 has numbers")
        while self._next in self._used:
            self._next = (self._next + 1) % NUMBERS
        number, self._next = self._next, (self._next + 1) % NUMBERS
        self._used.add(number)
        return number

    def _record(self, tod: bytes, track: _Track, status: bytes) -> bytes:
        place, derived = track.body
        frns = [1, 3, 4, 5, 6, 7, *([11] if derived else []), 12, 13, 14, 18, 20, 27]
        head = fspec(frns) + self._source + self._service + tod
        return head + place + derived + track.number.to_bytes(2, "big") + status + track.tail

    def _status(
        self, *, is_first: bool = False, is_last: bool = False, coasted: bool = False, lonely: bool = False
    ) -> bytes:
        """I062/080: MON; SIM, TSE, TSB; -; CST."""
        first = lonely << 7
        second = self._is_exercise << 7 | is_last << 6 | is_first << 5
        return bytes([first | 1, second | 1, 1, coasted << 7])

    def _body(self, p: TrackBatch, k: int, lat_deg: float, lon_deg: float) -> tuple[bytes, bytes]:
        """I062/105, 100, 185; and 380."""
        place = _signed(lat_deg / LSB_DEG, 4) + _signed(lon_deg / LSB_DEG, 4)
        place += _signed(p.e_m[k] / 0.5, 3) + _signed(p.n_m[k] / 0.5, 3)
        place += _signed(p.ve_mps[k] / 0.25, 2) + _signed(p.vn_mps[k] / 0.25, 2)
        who = self._names.text(int(p.identity[k])) or ""
        address = bytes.fromhex(who) if _ICAO.fullmatch(who) else b""
        kind = int(np.argmax(p.p_class[k]))
        emitter = EMITTER_OF_KIND.get(kind, 0) if p.p_class[k, kind] >= P_KIND else 0
        parts = [*([1] if address else []), *([21] if emitter else [])]
        return place, fspec(parts) + address + bytes([emitter] if emitter else []) if parts else b""


def fspec(bits: list[int]) -> bytes:
    """The octets that name items or parts, from 1, in order."""
    octets = bytearray((max(bits) + 6) // 7)
    for bit in bits:
        octets[(bit - 1) // 7] |= 0x80 >> (bit - 1) % 7
    for k in range(len(octets) - 1):
        octets[k] |= 1
    return bytes(octets)


def _tail(p: TrackBatch, k: int) -> bytes:
    """I062/290 (TRK), 130, 220, 500 (APC, AGA, ATV, ARC)."""
    sigma = np.sqrt(np.maximum(np.diagonal(p.cov[k]), 0.0))
    age = _unsigned((p.t_s - p.since_s[k]) / 0.25, 1)
    height = _signed(p.u_m[k] / (6.25 * FT_M), 2)
    climb = _signed(p.vu_mps[k] / (6.25 * FPM_MPS), 2)
    accuracy = _unsigned(sigma[0] / 0.5, 2) + _unsigned(sigma[1] / 0.5, 2) + _unsigned(sigma[2] / (6.25 * FT_M), 1)
    accuracy += _unsigned(sigma[3] / 0.25, 1) + _unsigned(sigma[4] / 0.25, 1)
    accuracy += _unsigned(sigma[5] / (6.25 * FPM_MPS), 1)
    return fspec([1]) + age + height + climb + fspec([1, 4, 6, 8]) + accuracy


def _signed(value: float, size: int) -> bytes:
    """The nearest whole number in two's complement; the greatest there is if it is greater."""
    top = (1 << (8 * size - 1)) - 1
    return round(min(max(float(np.nan_to_num(value)), -top), top)).to_bytes(size, "big", signed=True)


def _unsigned(value: float, size: int) -> bytes:
    """The next whole number above, so that no accuracy is told better than it is; the greatest if it is greater."""
    top = (1 << 8 * size) - 1
    return min(max(math.ceil(min(float(np.nan_to_num(value, nan=top)), top)), 0), top).to_bytes(size, "big")


def _packed(records: list[bytes]) -> list[bytes]:
    """Blocks of as many records as fit OCTETS_MAX."""
    blocks: list[bytes] = []
    body = b""
    for record in [*records, b""]:
        if body and (not record or 3 + len(body) + len(record) > OCTETS_MAX):
            blocks.append(bytes([62]) + (3 + len(body)).to_bytes(2, "big") + body)
            body = b""
        body += record
    return blocks
