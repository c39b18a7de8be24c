"""Where satellite positions fail: areas with start and end, from the identities whose own positions fail there.

Argued in docs/design/integrity.md. Two identities make an area; one alone only if it failed in two independent ways
(positions lost or of no quality, and false ones), and nobody near it is well.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.kernels.doubts import AGAINST, CROWD, LOW, SWAP, TWICE
from flightward.kernels.hull import CORNERS, wide_hulls
from flightward.kernels.integrity import FALSE, FROZEN, IMPOSSIBLE_SPEED, JUMP, TRUSTED
from flightward.kernels.trackstate import CONFIRMED, TrackArrays
from flightward.model import F64, I64, NONE, f64, i64
from flightward.model.gnss import GnssAreaBatch

STEP_S = 5.0
HOLD_S = 300.0
"""An identity counts, and an area stands, for so long after the newest failure."""
CLAIMS_S = 60.0
TALKS_S = 30.0
LINK_M = 80_000.0
"""Failures this near to each other at one time are of one area: an aircraft at cruise hears a jammer for 200 km."""
MARGIN_M = 20_000.0
THIN_M = 5_000.0
LOST_SIGMA_M = 30_000.0
"""A place less certain than this says nothing of where the interference is."""
POINTS_MAX = 200
ALONE_S = 60.0
WELL_FRAC = 3.0
"""With so many times as many identities well among them, it is their receivers."""
LOST_BIT, LOW_BIT, FALSE_BIT = 1, 2, 4


@dataclasses.dataclass
class _Failure:
    """One identity's failing, from its first sign to HOLD_S after its last."""

    first_s: float
    last_s: float
    bits: int
    points: list[tuple[float, float]]


@dataclasses.dataclass
class _Area:
    number: int
    start_s: float
    seen_s: float
    members: set[int]
    false: set[int]
    points: list[tuple[float, float]]


class GnssKeeper:
    """Keeps failures and areas; `step` once a second, with rising times."""

    def __init__(self) -> None:
        self._failures: dict[int, _Failure] = {}
        self._areas: list[_Area] = []
        self._next = 1
        self._next_s = -np.inf
        self._batch = GnssAreaBatch.empty(t_s=0.0)

    def step(self, t_s: float, arrays: TrackArrays, stale_s: float) -> GnssAreaBatch:
        """The areas at t_s; looked at anew every STEP_S."""
        if t_s >= self._next_s:
            self._next_s = t_s + STEP_S
            well = self._notice(t_s, arrays, stale_s)
            if self._failures or self._areas:
                self._gather(t_s, well)
                ended = [a for a in self._areas if t_s - a.seen_s > HOLD_S]
                self._areas = [a for a in self._areas if t_s - a.seen_s <= HOLD_S]
                self._batch = _batch(t_s, self._areas, ended)
                return self._batch
        if len(self._batch):
            on = np.isnan(self._batch.end_s)
            kept = self._batch if on.all() else self._batch.take(on)
            self._batch = dataclasses.replace(kept, t_s=t_s)
            return self._batch
        return GnssAreaBatch.empty(t_s=t_s)

    def _notice(self, t_s: float, s: TrackArrays, stale_s: float) -> F64:
        """Note who fails now, forget who no longer does; (W, 2) places of those that are well."""
        named = np.flatnonzero((s.state == CONFIRMED) & (s.ident != NONE))
        bits, well = _signs(t_s, s, named, stale_s)
        for i, sign in zip(named[bits > 0].tolist(), bits[bits > 0].tolist(), strict=True):
            ident = int(s.ident[i])
            place = _place(t_s, s, i)
            found = self._failures.get(ident)
            if found is None:
                found = self._failures[ident] = _Failure(t_s, t_s, 0, [])
                if sign & LOST_BIT:
                    found.first_s = float(s.true[i, 3])
            found.last_s, found.bits = t_s, found.bits | sign
            if place is not None and _is_new(place, found.points) and len(found.points) < POINTS_MAX:
                found.points.append(place)
        self._failures = {k: f for k, f in self._failures.items() if t_s - f.last_s <= HOLD_S}
        return f64(s.said[named[well]][:, :2])

    def _gather(self, t_s: float, well: F64) -> None:
        """Put each cluster of failures into the area that it belongs to, or begin one."""
        for members in _clusters({k: f for k, f in self._failures.items() if f.points}):
            cluster = [self._failures[k] for k in members]
            points = [p for f in cluster for p in f.points]
            area = self._known(members, points)
            if area is None:
                if not _is_area(cluster, points, well):
                    continue
                area = _Area(self._next, min(f.first_s for f in cluster), t_s, set(), set(), [])
                self._next += 1
                self._areas.append(area)
            area.start_s = min(area.start_s, *(f.first_s for f in cluster))
            area.seen_s = max(area.seen_s, *(f.last_s for f in cluster))
            area.members.update(members)
            area.false.update(k for k, f in zip(members, cluster, strict=True) if f.bits & FALSE_BIT)
            for p in points:
                if _is_new(p, area.points) and len(area.points) < POINTS_MAX:
                    area.points.append(p)

    def _known(self, members: list[int], points: list[tuple[float, float]]) -> _Area | None:
        """The area that shares a member, else one within LINK_M of any of the points."""
        for area in self._areas:
            if area.members.intersection(members):
                return area
        here = np.array(points)
        for area in self._areas:
            there = np.array(area.points)
            d = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
            if d.min() <= LINK_M:
                return area
        return None


def _signs(t_s: float, s: TrackArrays, named: I64, stale_s: float) -> tuple[I64, np.ndarray]:
    """Per named slot: bits of what fails now, and whether its positions are well."""
    integ, reason, doubts = s.integ[named], s.reason[named], s.doubts[named]
    claims = t_s - s.said[named, 3] <= CLAIMS_S
    other = (doubts[:, TWICE] > TRUSTED) | (doubts[:, SWAP] > TRUSTED)  # somebody's mischief, not the satellites'
    wrong = (integ > TRUSTED) & ((reason == JUMP) | (reason == IMPOSSIBLE_SPEED) | (reason == FROZEN))
    wrong |= (doubts[:, CROWD] > TRUSTED) | (doubts[:, AGAINST] >= FALSE)
    is_false = claims & wrong & ~other
    low = claims & (doubts[:, LOW] > TRUSTED)
    lost = (t_s - s.talk_s[named] <= TALKS_S) & (t_s - s.true[named, 3] > stale_s) & ~claims & ~other
    bits = LOST_BIT * lost + LOW_BIT * low + FALSE_BIT * is_false
    well = claims & (integ == TRUSTED) & (doubts == TRUSTED).all(axis=1)
    return bits.astype(np.int64), well


def _place(t_s: float, s: TrackArrays, i: int) -> tuple[float, float] | None:
    """Where slot i is by its track, not by what it says; None if nobody knows."""
    lag = t_s - float(s.t_s[i])
    sigma = float(np.sqrt(s.pm[i, 0, 0] + s.pm[i, 1, 1])) + abs(lag) * float(np.sqrt(s.pm[i, 3, 3] + s.pm[i, 4, 4]))
    if not sigma <= LOST_SIGMA_M:
        return None
    return float(s.xm[i, 0] + lag * s.xm[i, 3]), float(s.xm[i, 1] + lag * s.xm[i, 4])


def _is_new(place: tuple[float, float], points: list[tuple[float, float]]) -> bool:
    return all(np.hypot(place[0] - e, place[1] - n) > THIN_M for e, n in points)


def _clusters(failures: dict[int, _Failure]) -> list[list[int]]:
    """Identities in groups whose newest places chain within LINK_M; in order of identity."""
    left = sorted(failures)
    out = []
    while left:
        group = [left.pop(0)]
        for k in group:
            e, n = failures[k].points[-1]
            near = [j for j in left if np.hypot(failures[j].points[-1][0] - e, failures[j].points[-1][1] - n) <= LINK_M]
            group += near
            left = [j for j in left if j not in near]
        out.append(sorted(group))
    return out


def _is_area(cluster: list[_Failure], points: list[tuple[float, float]], well: F64) -> bool:
    """Whether failures are the satellites' and not the receivers'."""
    here = np.array(points)
    d_m = np.hypot(well[:, None, 0] - here[None, :, 0], well[:, None, 1] - here[None, :, 1])
    n_well = int(np.count_nonzero((d_m <= MARGIN_M).any(axis=1)))
    if len(cluster) >= 2:
        return n_well <= WELL_FRAC * len(cluster)
    one = cluster[0]
    both = one.bits & FALSE_BIT and one.bits & (LOST_BIT | LOW_BIT)
    return bool(both) and n_well == 0 and one.last_s - one.first_s >= ALONE_S


def _batch(t_s: float, on: list[_Area], ended: list[_Area]) -> GnssAreaBatch:
    areas = sorted([*on, *ended], key=lambda a: a.number)
    points = np.array([p for a in areas for p in a.points]).reshape(-1, 2)
    rows = i64(np.concatenate([[0], np.cumsum([len(a.points) for a in areas])]))
    e_m, n_m, start = np.empty(len(points) * CORNERS), np.empty(len(points) * CORNERS), np.empty(len(rows), np.int64)
    wide_hulls(rows, f64(points[:, 0]), f64(points[:, 1]), MARGIN_M, e_m, n_m, start)
    over = {a.number for a in ended}
    return GnssAreaBatch(
        t_s=t_s, area=i64([a.number for a in areas]), start_s=f64([a.start_s for a in areas]),
        seen_s=f64([a.seen_s for a in areas]), end_s=f64([a.seen_s if a.number in over else np.nan for a in areas]),
        n_aircraft=i64([len(a.members) for a in areas]), n_false=i64([len(a.false) for a in areas]), start=start,
        e_m=e_m[: start[-1]].copy(), n_m=n_m[: start[-1]].copy(),
    )
