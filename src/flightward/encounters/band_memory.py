"""Bands over time: what was told of a flight before holds for a while, so that guidance does not flicker.

Per flight and manoeuvre: every place of the range has a queue of its last N regions, M of which must be at least as
severe (NONE < FAR < MID < NEAR < RECOVERY) for a region to be told; the region of the present value is kept for P
unless it worsens; a way out stays while it is near the new one, or for P; the preferred side changes after P and only
if the other is better by that margin. RTCA DO-365; docs/design/bands.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from flightward.encounters import standards
from flightward.encounters.band_table import BandBatch, Row, gathered
from flightward.encounters.standards import Guidance, Standard
from flightward.encounters.ways import MID, NEAR, NONE
from flightward.errors import BadInput
from flightward.kernels.keep_clear import CLIMB, HEADING, HEIGHT, SPEED
from flightward.model.batch import F64, I8, I64, i64

ROUND_RAD = 2.0 * math.pi

Piece = tuple[float, float, int]


@dataclasses.dataclass
class _Kept:
    """A value that was told, and since when; NaN nothing."""

    value: float = math.nan
    since_s: float = math.nan

    def take(self, value: float, t_s: float) -> None:
        """Tell this from now on."""
        if not (value == self.value or (math.isnan(value) and math.isnan(self.value))):
            self.value, self.since_s = value, t_s


@dataclasses.dataclass
class _Way:
    """What is remembered of one manoeuvre: the last N lists of bands, oldest first, and what was told."""

    lists: list[list[Piece]] = dataclasses.field(default_factory=list)
    region: int = NONE
    raised_s: float = math.nan
    up: _Kept = dataclasses.field(default_factory=_Kept)
    low: _Kept = dataclasses.field(default_factory=_Kept)
    prefers_up: _Kept = dataclasses.field(default_factory=_Kept)


@dataclasses.dataclass
class _Flight:
    """What is remembered of one flight."""

    last_s: float
    ways: dict[int, _Way] = dataclasses.field(default_factory=dict)
    told: list[Row] = dataclasses.field(default_factory=list)


class BandMemory:
    """Bands of flights, update by update; standards without memory (0 of 0) give what came in.

    A flight that was silent for longer than the hysteresis time starts anew, so that long it is remembered and no
    longer: memory is bounded by the flights of those seconds, N lists of bands each.
    """

    def __init__(self, standard: str | Standard) -> None:
        self._rules = standards.standard(standard)
        self._flights: dict[int, _Flight] = {}

    def __len__(self) -> int:
        """How many flights are remembered."""
        return len(self._flights)

    def update(self, t_s: float, flight_ids: I64, found: BandBatch) -> BandBatch:
        """The bands of t_s as they are told; flight_ids (F,) names the flights that the rows of `found` point to.

        A second call for the same time gives the same answer. A flight whose time runs back starts anew.
        Errors   BadInput if an id stands twice, a row has none, or the time is not finite.
        """
        ids = i64(flight_ids)
        if len(np.unique(ids)) != len(ids) or int(found.flight.max(initial=-1)) >= len(ids):
            raise BadInput("must be one for each flight, each once", key="flight_ids", value=len(ids))
        if not math.isfinite(t_s):
            raise BadInput("must be finite", key="t_s", value=t_s)
        self._forget(t_s)
        rows: dict[int, list[Row]] = {}
        for k in range(len(found)):
            rows.setdefault(int(found.flight[k]), []).append(_row(found, k))
        out: list[Row] = []
        for f, mine in rows.items():
            out += self._remembered(t_s, int(ids[f]), mine)
        return gathered(out)

    def _forget(self, t_s: float) -> None:
        """Those silent for too long, and those whose time ran back."""
        keep_s = self._rules.memory.hysteresis_s
        for gone in [i for i, f in self._flights.items() if not 0.0 <= t_s - f.last_s <= keep_s]:
            del self._flights[gone]

    def _remembered(self, t_s: float, flight_id: int, rows: Sequence[Row]) -> list[Row]:
        if self._rules.memory.m == 0:
            return list(rows)
        flight = self._flights.get(flight_id)
        if flight is not None and flight.last_s == t_s:
            return [dataclasses.replace(told, flight=rows[0].flight) for told in flight.told]
        if flight is None:
            flight = self._flights[flight_id] = _Flight(t_s)
        flight.last_s = t_s
        flight.told = [self._told(t_s, flight.ways.setdefault(row.kind, _Way()), row) for row in rows]
        return flight.told

    def _told(self, t_s: float, way: _Way, row: Row) -> Row:
        """One manoeuvre as it is told at t_s."""
        habits, margin = self._rules.memory, keep_margin(self._rules.guidance, row.kind)
        now = list(row.bands)
        if not way.lists:
            way.lists = [[] for _ in range(habits.n - habits.m)] + [now] * habits.m
        way.lists = [*way.lists[1:], now]
        pieces = voted(way.lists, habits.m) if now else []
        conflict = _conflict(pieces, row.value, row.kind)
        is_new = conflict > way.region
        if is_new or not (way.region > NONE and 0.0 <= t_s - way.raised_s < habits.persistence_s):
            way.raised_s, way.region = (t_s if is_new else way.raised_s), conflict
        up, low = (_way_out(pieces, row.value, row.kind, sign) if conflict else math.nan for sign in (1.0, -1.0))
        for kept, new in ((way.up, up), (way.low, low)):
            if way.region == NONE:
                kept.take(math.nan, t_s)
            elif not self._stays(kept, new, t_s, pieces, row.kind, margin):
                kept.take(new, t_s)
        self._prefer(way, row, t_s, margin)
        prefers = way.prefers_up.value
        return dataclasses.replace(
            row, conflict=way.region, up=way.up.value, low=way.low.value, bands=pieces,
            prefers_up=-1 if math.isnan(prefers) else int(prefers),
        )  # fmt: skip

    def _stays(
        self, kept: _Kept, new: float, t_s: float, pieces: Sequence[Piece], kind: int, margin: float
    ) -> bool:
        """The way out told before is told again; never one that is shut now."""
        if not math.isfinite(kept.value) or _is_shut(pieces, kept.value, kind):
            return False
        near = math.isfinite(new) and _apart(kept.value, new, kind) <= margin
        return near or t_s - kept.since_s < self._rules.memory.persistence_s

    def _prefer(self, way: _Way, row: Row, t_s: float, margin: float) -> None:
        """The side that is preferred, from the ways out as they are told."""
        up_far, low_far = _far(way.up.value, row.value, row.kind, 1.0), _far(way.low.value, row.value, row.kind, -1.0)
        if math.isnan(way.up.value) and math.isnan(way.low.value):
            way.prefers_up.take(math.nan, t_s)
            return
        new, kept = float(up_far <= low_far and math.isfinite(up_far)), way.prefers_up
        old_far, new_far = (up_far, low_far) if kept.value == 1.0 else (low_far, up_far)
        if (
            math.isnan(kept.value) or not math.isfinite(old_far)
            or (t_s - kept.since_s >= self._rules.memory.persistence_s and old_far - new_far > margin)
        ):
            kept.take(new, t_s)


def keep_margin(limits: Guidance, kind: int) -> float:
    """Within this of the new one, a way out stays: radians, m/s or m."""
    return {
        HEADING: limits.keep_heading_rad, SPEED: limits.keep_speed_mps, CLIMB: limits.keep_climb_mps,
        HEIGHT: limits.keep_height_m,
    }[kind]  # fmt: skip


def voted(lists: Sequence[Sequence[Piece]], m: int) -> list[Piece]:
    """The most severe region that at least m of the lists reach, over the range of the newest; an empty list: none."""
    edges = np.unique(np.concatenate([[a for a, _, _ in pieces] + [b for _, b, _ in pieces] for pieces in lists]))
    edges = edges[(edges >= lists[-1][0][0]) & (edges <= lists[-1][-1][1])]
    middle = 0.5 * (edges[1:] + edges[:-1])
    regions = np.sort(np.array([_at(pieces, middle) for pieces in lists]), axis=0)
    told = np.maximum(regions[len(lists) - m], NONE)
    out: list[Piece] = []
    for low, up, region in zip(edges[:-1].tolist(), edges[1:].tolist(), told.tolist(), strict=True):
        if out and out[-1][2] == region:
            out[-1] = (out[-1][0], up, region)
        else:
            out.append((low, up, region))
    return out


def _at(pieces: Sequence[Piece], values: F64) -> I8:
    """Region at each value; -1 where there is no answer."""
    if not pieces:
        return np.full(len(values), -1, np.int8)
    ends = np.array([up for _, up, _ in pieces])
    at = np.minimum(np.searchsorted(ends, values), len(pieces) - 1)
    found = np.array([region for _, _, region in pieces], np.int8)[at]
    outside = (values < pieces[0][0]) | (values > pieces[-1][1])
    return np.where(outside, -1, found).astype(np.int8)


def _touching(pieces: Sequence[Piece], value: float, kind: int) -> list[int]:
    """Regions of the pieces that a value lies in or touches; north is both ends of the headings."""
    same = [value]
    if kind == HEADING:
        same = [value % ROUND_RAD] + ([ROUND_RAD] if value % ROUND_RAD == 0.0 else [])
    return [region for low, up, region in pieces if any(low <= v <= up for v in same)]


def _is_conflict(region: int) -> bool:
    return region in (MID, NEAR)


def _is_shut(pieces: Sequence[Piece], value: float, kind: int) -> bool:
    """All that the value touches is in conflict; also where nothing is known of it."""
    return all(_is_conflict(region) for region in _touching(pieces, value, kind))


def _conflict(pieces: Sequence[Piece], value: float, kind: int) -> int:
    """The region of the present value, the least of those it touches; recovery is a way out, and no conflict."""
    found = [region if _is_conflict(region) else NONE for region in _touching(pieces, value, kind)]
    return min(found, default=NONE)


def _way_out(pieces: Sequence[Piece], value: float, kind: int, sign: float) -> float:
    """The nearest value that is open on one side; +-inf none. Headings: to half a turn."""
    if kind == HEADING:
        best = math.inf
        for low, up, region in pieces:
            if not _is_conflict(region):
                best = min(best, (low - value) % ROUND_RAD if sign > 0 else (value - up) % ROUND_RAD)
        return (value + sign * best) % ROUND_RAD if best <= math.pi else sign * math.inf
    ends = [low if sign > 0 else up for low, up, region in pieces if not _is_conflict(region)]
    beyond = [end for end in ends if sign * (end - value) >= 0.0]
    return min(beyond, key=lambda end: sign * end) if beyond else sign * math.inf


def _apart(a: float, b: float, kind: int) -> float:
    apart = abs(a - b)
    return min(apart % ROUND_RAD, -apart % ROUND_RAD) if kind == HEADING else apart


def _far(way_out: float, value: float, kind: int, sign: float) -> float:
    """How far the way out on one side is from the present value; inf none."""
    if not math.isfinite(way_out):
        return math.inf
    return (sign * (way_out - value)) % ROUND_RAD if kind == HEADING else sign * (way_out - value)


def _row(found: BandBatch, k: int) -> Row:
    low, up, region = (column.tolist() for column in found.bands(k))
    return Row(
        int(found.flight[k]), int(found.kind[k]), float(found.value[k]), int(found.conflict[k]), float(found.res_up[k]),
        float(found.res_low[k]), int(found.prefers_up[k]),
        (int(found.recovery[k]), float(found.recovery_s[k]), float(found.recovery_d_m[k]),
         float(found.recovery_z_m[k]), int(found.recovery_n[k])),
        list(zip(low, up, region, strict=True)),
    )  # fmt: skip
