"""What each track took, report by report, kept beside the tracker for those who look back (smooth.py).

Rows are kept as they were used: on the plane, less the errors that the sensor was thought to have then. What a sensor's
report would be with another correction can still be said, as its slopes are kept too. The tracker is not changed by it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from flightward.kernels.classify import LIFT_NOISE, LIFT_SIGMA
from flightward.kernels.selfreport import USED
from flightward.kernels.smooth import BEARING, POSITION, RANGE_RATE, VELOCITY
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays
from flightward.model import F64, I8, I64, NONE
from flightward.tracks.measure import Plots, SelfReports

PLOT, OWN, ABOVE, SOUND, BORN = 0, 1, 2, 3, 4
"""Where a row comes from: a radar; the object itself; another system's track; a bearing; a start from crossings."""
RATE_SPREAD = 1.0
LIFT_FROM, LIFT_TO = 2.5, 3.0


@dataclasses.dataclass(frozen=True)
class HeardRows:
    """R rows: what one track took at one time."""

    serial: I64  # which birth of all made the track
    t_s: F64
    kind: I8  # kernels.smooth
    source: I8
    sensor: I64
    z: F64  # (R, 3)
    r: F64  # (R, 3, 3)
    aux: F64  # (R, 3)
    slope: F64  # (R, 3, 3) metres on the plane by range, azimuth, elevation; 0 not of a radar
    by: F64  # (R, 4) what was taken off range, azimuth, elevation, time
    lift: F64  # vertical noise that the track was thought to need, m2/s3
    is_guess: I8  # 1: its height is no measurement but a belief

    def take(self, rows: I64) -> HeardRows:
        """Some of the rows."""
        return HeardRows(**{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})


def _block(n: int, **given: Any) -> HeardRows:
    rows = HeardRows(
        serial=np.full(n, NONE, np.int64), t_s=np.zeros(n), kind=np.zeros(n, np.int8), source=np.zeros(n, np.int8),
        sensor=np.full(n, NONE, np.int64), z=np.zeros((n, 3)), r=np.zeros((n, 3, 3)), aux=np.zeros((n, 3)),
        slope=np.zeros((n, 3, 3)), by=np.zeros((n, 4)), lift=np.zeros(n), is_guess=np.zeros(n, np.int8),
    )  # fmt: skip
    for name, value in given.items():
        getattr(rows, name)[:] = value
    return rows


class Heard:
    """Give one to a Tracker; after the day `rows()` is what its tracks took, `track` and the rest what they were."""

    def __init__(self) -> None:
        self._blocks: list[HeardRows] = []
        self.track: I64 = np.full(1024, NONE, np.int64)  # by serial: the track's number; NONE never confirmed
        self.p_class: F64 = np.zeros((1024, 5))
        self.noise: F64 = np.ones((1024, 5))
        self.is_named: I8 = np.zeros(1024, np.int8)
        self._born: set[int] = set()

    def rows(self) -> HeardRows:
        """All rows, of confirmed tracks and of all others, as they came."""
        parts = self._blocks or [_block(0)]
        names = [f.name for f in dataclasses.fields(HeardRows)]
        return HeardRows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})

    def plots(self, s: TrackArrays, sensors: SensorArrays, k: int, m: Plots, take: I64, slots: I64, by: F64) -> None:
        """Plots `take` of sensor k, of which the tracks took slots (M,); by (4,): what was taken off them."""
        got = np.flatnonzero(slots >= 0)
        if not len(got):
            return
        rows, at = take[got], slots[got]
        over = np.clip(np.abs(s.lift[at]) / LIFT_SIGMA - LIFT_FROM, 0.0, LIFT_TO)
        lift = LIFT_NOISE * over * over  # as kernels.classify.vertical_restlessness, which Python cannot call
        common: dict[str, Any] = {
            "serial": s.serial[at], "t_s": m.t_s[rows], "sensor": k, "source": PLOT, "slope": m.slope[rows], "by": by,
            "lift": lift,
        }  # fmt: skip
        guess = (~m.has_elevation[rows]).astype(np.int8)
        self._blocks.append(
            _block(len(got), kind=POSITION, z=m.z[rows], r=m.r[rows][:, :3, :3], is_guess=guess, **common)
        )
        said = np.isfinite(m.rate_mps[rows])
        if said.any():
            to = m.z[rows] - np.array([sensors.e_m[k], sensors.n_m[k], sensors.u_m[k]])
            to /= np.maximum(np.linalg.norm(to, axis=1), 1.0)[:, None]
            block = _block(len(got), kind=RANGE_RATE, aux=to, **common)
            block.z[:, 0] = m.rate_mps[rows]
            block.r[:, 0, 0] = m.r[rows][:, 3, 3] + RATE_SPREAD
            self._blocks.append(block.take(np.flatnonzero(said)))

    def own(self, s: TrackArrays, slot_of: I64, m: SelfReports, status: I8) -> None:
        """Self-reports of which the believed ones have status USED."""
        got = np.flatnonzero((status == USED) & (slot_of[m.ident] >= 0))
        if not len(got):
            return
        common: dict[str, Any] = {
            "serial": s.serial[slot_of[m.ident[got]]], "t_s": m.t_s[got], "sensor": m.sensor[got], "source": OWN,
        }  # fmt: skip
        guess = (m.var[got, 1] >= GUESS_M2).astype(np.int8)
        place = _block(len(got), kind=POSITION, z=m.z[got], r=_diagonal(m.var[got]), is_guess=guess, **common)
        way = _block(len(got), kind=VELOCITY, z=m.v[got], r=_diagonal(m.var_v[got]), **common)
        self._blocks += [place, way.take(np.flatnonzero(np.isfinite(m.v[got]).all(axis=1)))]

    def above(self, s: TrackArrays, slots: I64, t_s: F64, x: F64, var: F64) -> None:
        """States x (M, 6) with variances (M, 6) of another system's tracks, taken by slots (M,)."""
        got = np.flatnonzero(slots >= 0)
        if len(got):
            r = np.zeros((len(got), 3, 3))
            r[:, [0, 1, 2], [0, 1, 2]] = var[got, :3]
            serial = s.serial[slots[got]]
            self._blocks.append(_block(len(got), kind=POSITION, source=ABOVE, serial=serial, t_s=t_s[got],
                                       z=x[got, :3], r=r))  # fmt: skip

    def bearings(
        self, s: TrackArrays, sensors: SensorArrays, sensor: I64, slots: I64, t_s: F64, azimuth_rad: F64,
        elevation_rad: F64, sigma_rad: F64, sigma_elevation_rad: F64,
    ) -> None:  # fmt: skip
        """Bearings (M,) from plane north of sensors (M,), taken by slots (M,); elevation NaN where not measured."""
        got = np.flatnonzero((slots >= 0) & (s.state[np.maximum(slots, 0)] != FREE))
        if not len(got):
            return
        k = sensor[got]
        block = _block(len(got), kind=BEARING, source=SOUND, serial=s.serial[slots[got]], t_s=t_s[got], sensor=k)
        block.z[:, 0], block.z[:, 1] = azimuth_rad[got], elevation_rad[got]
        block.r[:, 0, 0], block.r[:, 1, 1] = sigma_rad[got] ** 2, sigma_elevation_rad[got] ** 2
        block.aux[:] = np.stack([sensors.e_m[k], sensors.n_m[k], sensors.u_m[k]], axis=1)
        self._blocks.append(block)

    def settled(self, s: TrackArrays) -> None:
        """After each step: what the confirmed tracks are; and where bearings alone have started one."""
        live = np.flatnonzero(s.state == CONFIRMED)
        serial = s.serial[live]
        self._room(int(s.serial.max(initial=0)))
        self.track[serial] = s.track[live]
        self.p_class[serial], self.noise[serial] = s.p_class[live], s.noise[live]
        self.is_named[serial] |= (s.ident[live] >= 0).astype(np.int8)
        started = np.flatnonzero((s.state != FREE) & (s.wait_s > 0.0))
        new = np.array([i for i in started if int(s.serial[i]) not in self._born], np.int64)
        if len(new):
            self._born.update(int(v) for v in s.serial[new])
            self._blocks.append(_block(len(new), kind=POSITION, source=BORN, serial=s.serial[new], t_s=s.t_s[new],
                                       z=s.xm[new, :3], r=s.pm[new][:, :3, :3]))  # fmt: skip

    def _room(self, top: int) -> None:
        while top >= len(self.track):
            n = len(self.track)
            self.track = np.concatenate([self.track, np.full(n, NONE, np.int64)])
            self.p_class = np.concatenate([self.p_class, np.zeros((n, 5))])
            self.noise = np.concatenate([self.noise, np.ones((n, 5))])
            self.is_named = np.concatenate([self.is_named, np.zeros(n, np.int8)])


GUESS_M2 = 1_000.0**2
"""A height of this variance or more was put there by measure.py because none was known."""


def _diagonal(var: F64) -> F64:
    """(M, 3, 3) from level and vertical variances (M, 2)."""
    out = np.zeros((len(var), 3, 3))
    out[:, 0, 0] = out[:, 1, 1] = var[:, 0]
    out[:, 2, 2] = var[:, 1]
    return out


__all__ = ["ABOVE", "BORN", "OWN", "PLOT", "SOUND", "Heard", "HeardRows"]
