"""The air picture as ASTERIX CAT 062: `Cat062.blocks(picture)`, the data blocks of one second.

Items: 010 source, 015 service, 070 time, 105 latitude and longitude, 100 position on the area's plane, 185 velocity to
true east and north at the track, 380 address and emitter category, 040 number, 080 status (monosensor, source of the
height, coasted, first, last, simulated), 290 age, 130 height above the ellipsoid, 220 climb, 500 accuracies (ATV along
the axes of 185). Track numbers are of 16 bits: one that ended is given again only after all others were.

Source: EUROCONTROL-SPEC-0149 part 9, edition 1.19, section 5.2.
"""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np

from flightward.model import F64, NONE, AreaFrame, Kind, Names, SensorBatch, SensorKind, TrackBatch, TrackStatus
from flightward.units import FPM_MPS, FT_M

OCTETS_MAX = 1_400
"""A block is one datagram, and fits an Ethernet frame."""
NUMBERS = 1 << 16
EMITTER_OF_KIND = {int(Kind.DRONE): 13, int(Kind.HELICOPTER): 10}
P_KIND = 0.5
LSB_DEG = 180.0 / 2**25
AGA_MAX_M = 255 * 6.25 * FT_M
"""A height that is known no better than I062/500 can say was assumed."""
GNSS, RADAR_3D, TRIANGULATED, ASSUMED = 1, 2, 3, 6
"""I062/080 SRC: where a height comes from."""
_ICAO = re.compile(r"[0-9a-f]{6}")


@dataclasses.dataclass
class _Track:
    """What was last written of a track: its items by FRN, and the source of its height."""

    number: int
    items: dict[int, bytes]
    source: int


class Cat062:
    """Blocks of one system (SAC, SIC); is_exercise sets the flag of simulated tracks in every record.

    sensors: those of the tracks' sensor_mask, by which the source of a height is told.
    """

    def __init__(
        self, frame: AreaFrame, names: Names, sac: int, sic: int, *, service: int = 1, is_exercise: bool = False,
        sensors: SensorBatch | None = None,
    ) -> None:  # fmt: skip
        self._frame = frame
        self._names = names
        self._source = bytes([sac, sic])
        self._service = bytes([service])
        self._is_exercise = is_exercise
        self._gnss, self._elevation = _masks(sensors)
        self._tracks: dict[int, _Track] = {}
        self._tod = bytes(3)
        self._next = 0
        self._used: set[int] = set()

    def blocks(self, picture: TrackBatch, shift_s: float = 0.0) -> list[bytes]:
        """The picture, and a last message for each track that was in the one before and is not in this.

        shift_s is added to its time: a recorded day can be played as if it were now.
        """
        records = []
        time = round((picture.t_s + shift_s) % 86_400.0 * 128.0) % (86_400 * 128)
        tod = self._tod = time.to_bytes(3, "big")
        lat_rad, lon_rad = self._frame.to_geodetic(picture.e_m, picture.n_m)
        place = np.degrees(np.stack([lat_rad, lon_rad], axis=1))
        velocity, sigma_v = _true_velocities(picture, self._frame, lat_rad, lon_rad)
        shown = picture.track.tolist()
        for k, track in enumerate(shown):
            if not np.isfinite([place[k], velocity[k]]).all():
                continue
            is_first = track not in self._tracks
            number = self._number() if is_first else self._tracks[track].number
            items = {12: number.to_bytes(2, "big"), **self._items(picture, k, place[k], velocity[k], sigma_v[k])}
            self._tracks[track] = _Track(number, items, self._height_source(picture, k))
            coasted = int(picture.status[k]) == TrackStatus.COASTING
            lonely = int(picture.sensor_mask[k]).bit_count() == 1
            records.append(self._record(tod, self._tracks[track], is_first=is_first, coasted=coasted, lonely=lonely))
        return _packed(records + self._ends(self._tracks.keys() - set(shown)))

    def end(self) -> list[bytes]:
        """A last message for each track that is left."""
        return _packed(self._ends(set(self._tracks)))

    def _ends(self, tracks: set[int]) -> list[bytes]:
        records = []
        for track in sorted(tracks):
            ended = self._tracks.pop(track)
            self._used.discard(ended.number)
            records.append(self._record(self._tod, ended, is_last=True, coasted=True))
        return records

    def _number(self) -> int:
        """A track number that none has, the longest unused. Errors: OverflowError beyond 65,536 tracks at once."""
        if len(self._used) >= NUMBERS:
            raise OverflowError("more tracks than CAT 062 has numbers")
        while self._next in self._used:
            self._next = (self._next + 1) % NUMBERS
        number, self._next = self._next, (self._next + 1) % NUMBERS
        self._used.add(number)
        return number

    def _record(
        self, tod: bytes, track: _Track, *, is_first: bool = False, is_last: bool = False, coasted: bool = False,
        lonely: bool = False,
    ) -> bytes:  # fmt: skip
        # I062/080: MON, MRH, SRC; SIM, TSE, TSB; -; CST
        is_geometric = track.source not in (0, ASSUMED)
        first = lonely << 7 | is_geometric << 5 | track.source << 2
        second = self._is_exercise << 7 | is_last << 6 | is_first << 5
        status = bytes([first | 1, second | 1, 1, coasted << 7])
        items = {1: self._source, 3: self._service, 4: tod, 13: status, **track.items}
        frns = sorted(items)
        return fspec(frns) + b"".join(items[frn] for frn in frns)

    def _items(self, p: TrackBatch, k: int, place: F64, velocity: F64, sigma_v: F64) -> dict[int, bytes]:
        """I062/105, 100, 185, 380 (ADR, EMC), 290 (TRK), 130, 220, 500 (APC, AGA, ATV, ARC), by FRN."""
        sigma = np.sqrt(np.maximum(np.diagonal(p.cov[k]), 0.0))
        height, climb = 6.25 * FT_M, 6.25 * FPM_MPS
        accuracy = _unsigned(sigma[0] / 0.5, 2) + _unsigned(sigma[1] / 0.5, 2) + _unsigned(sigma[2] / height, 1)
        accuracy += _unsigned(sigma_v[0] / 0.25, 1) + _unsigned(sigma_v[1] / 0.25, 1) + _unsigned(sigma[5] / climb, 1)
        items = {
            5: _signed(place[0] / LSB_DEG, 4) + _signed(place[1] / LSB_DEG, 4),
            6: _signed(p.e_m[k] / 0.5, 3) + _signed(p.n_m[k] / 0.5, 3),
            7: _signed(velocity[0] / 0.25, 2) + _signed(velocity[1] / 0.25, 2),
            11: self._derived(p, k), 14: fspec([1]) + _unsigned((p.t_s - p.since_s[k]) / 0.25, 1),
            18: _signed(p.u_m[k] / height, 2), 20: _signed(p.vu_mps[k] / climb, 2), 27: fspec([1, 4, 6, 8]) + accuracy,
        }  # fmt: skip
        unknown = {11: not items[11], 18: math.isnan(p.u_m[k]), 20: math.isnan(p.vu_mps[k])}
        return {frn: octets for frn, octets in items.items() if not unknown.get(frn)}

    def _derived(self, p: TrackBatch, k: int) -> bytes:
        """I062/380: ADR and EMC, if either is known."""
        who = self._names.text(int(p.identity[k])) or ""
        address = bytes.fromhex(who) if _ICAO.fullmatch(who) else b""
        kind = int(np.argmax(p.p_class[k]))
        emitter = EMITTER_OF_KIND.get(kind, 0) if p.p_class[k, kind] >= P_KIND else 0
        parts = [*([1] if address else []), *([21] if emitter else [])]
        return fspec(parts) + address + bytes([emitter] if emitter else []) if parts else b""

    def _height_source(self, p: TrackBatch, k: int) -> int:
        """I062/080 SRC: by what has reported the track, if its height is known at all; 0 where that is not known."""
        mask = int(p.sensor_mask[k])
        if not math.sqrt(max(p.cov[k, 2, 2], 0.0)) <= AGA_MAX_M:
            return ASSUMED
        if mask & self._gnss or int(p.identity[k]) != NONE:
            return GNSS
        return RADAR_3D if mask & self._elevation else TRIANGULATED if mask else 0


def _masks(sensors: SensorBatch | None) -> tuple[int, int]:
    """The bits of those sensors that tell heights by satellite, and of radars that measure elevation."""
    gnss = elevation = 0
    for row, kind in enumerate([] if sensors is None else sensors.kind[:62].tolist()):
        gnss |= (kind in (SensorKind.ADSB, SensorKind.REMOTE_ID)) << row
        is_3d = sensors is not None and kind == SensorKind.RADAR and math.isfinite(sensors.sigma_elevation_rad[row])
        elevation |= is_3d << row
    return gnss, elevation


def _true_velocities(p: TrackBatch, frame: AreaFrame, lat_rad: F64, lon_rad: F64) -> tuple[F64, F64]:
    """(N, 2) velocities to true east and north at each track, and (N, 2) their 1 sigma."""
    one, zero = np.ones(len(p)), np.zeros(len(p))
    axes = [np.stack(frame.true_velocity(lat_rad, lon_rad, *axis), axis=1) for axis in ((one, zero), (zero, one))]
    turn = np.stack(axes, axis=2)
    velocity = np.einsum("nij,nj->ni", turn, np.stack([p.ve_mps, p.vn_mps], axis=1))
    variance = np.einsum("nij,njk,nik->ni", turn, p.cov[:, 3:5, 3:5], turn)
    return velocity, np.sqrt(np.maximum(variance, 0.0))


def fspec(bits: list[int]) -> bytes:
    """The octets that name items or parts, from 1, in order."""
    octets = bytearray((max(bits) + 6) // 7)
    for bit in bits:
        octets[(bit - 1) // 7] |= 0x80 >> (bit - 1) % 7
    for k in range(len(octets) - 1):
        octets[k] |= 1
    return bytes(octets)


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
