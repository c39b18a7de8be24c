"""Alerts from begin to end -> the changes of each region's state, with its shape.

A region is active while any alert in it is active: an alert of a raion or a hromada, whose shape is not known, counts
for its oblast and is marked coarse; it is exact again while an alert of the whole oblast is on.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.feeds.alerts.areas import AREAS
from flightward.feeds.reach import reaches
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64, NONE, AlertState, AreaAlertBatch, ReportBatch, f64, i8, i64
from flightward.units import DEG_RAD

LONG_S = 86_400.0
"""A longer alert of a region is rare: it is kept, and counted, for its end may be wrong."""
OPEN_MAX_S = 86_400.0
"""An alert whose end cannot be right holds until the next end of the same place, and no longer than this."""


NEIGHBOUR_M = 200_000.0
"""Regions this far outside the case's area are kept: what happens there tells of the next hour here."""


@dataclasses.dataclass(frozen=True)
class Span:
    """One alert: `place` is the full name, `area` its region's row in AREAS; to_s NaN: not ended."""

    row: int
    area: int
    is_coarse: bool
    place: str
    alert: str
    from_s: float
    to_s: float
    source: str


@dataclasses.dataclass(frozen=True)
class Change:
    """A region's state changed, at t_s by its source."""

    t_s: float
    area: int
    alert: str
    state: int
    is_coarse: bool
    source: str


def alert_rows(spans: list[Span], ctx: FeedContext, rejects: Rejects) -> FeedRows:
    """The changes of state that matter for the case's day and area, in order of time.

    Counted in `rejects.repairs`: end_before_start, before_the_day, after_the_day, out_of_area, long_alert, coarse.
    """
    spans = _mended(spans, rejects)
    before = [s for s in spans if s.to_s < ctx.start_s]
    after = [s for s in spans if s.from_s > ctx.end_s]
    rejects.repaired("before_the_day", len(before))
    rejects.repaired("after_the_day", len(after))
    spans = [s for s in spans if not s.to_s < ctx.start_s and not s.from_s > ctx.end_s]
    rings = {row: _ring(row, ctx) for row in sorted({s.area for s in spans})}
    near = {row for row, (e_m, n_m) in rings.items() if reaches(e_m, n_m, ctx.radius_m + NEIGHBOUR_M)}
    rejects.repaired("out_of_area", sum(s.area not in near for s in spans))
    spans = [s for s in spans if s.area in near]
    rejects.repaired("coarse", sum(s.is_coarse for s in spans))
    rejects.repaired("long_alert", sum(s.to_s - s.from_s > LONG_S for s in spans))
    groups: dict[tuple[int, str], list[Span]] = {}
    for span in spans:
        groups.setdefault((span.area, span.alert), []).append(span)
    changes = [change for group in groups.values() for change in _changes(group)]
    changes.sort(key=lambda c: (c.t_s, c.area, c.alert))
    return FeedRows(ReportBatch.empty(), _batch(changes, f64([c.t_s for c in changes]), rings, ctx), rejects)


def _mended(spans: list[Span], rejects: Rejects) -> list[Span]:
    """Ends that lie before their start: the next end of the same place, else a day later."""
    wrong = [s for s in spans if s.to_s < s.from_s]
    if not wrong:
        return spans
    rejects.repaired("end_before_start", len(wrong))
    out = []
    for span in spans:
        if span.to_s < span.from_s:
            ends = [s.to_s for s in spans if s.place == span.place and s.alert == span.alert and s.to_s > span.from_s]
            span = dataclasses.replace(span, to_s=min([*ends, span.from_s + OPEN_MAX_S]))
        out.append(span)
    return out


def _changes(spans: list[Span]) -> list[Change]:
    """The changes of one region and kind of alert: what holds after each instant at which something began or ended."""
    steps: dict[float, list[tuple[int, int, str]]] = {}
    for span in spans:
        exact, coarse = (0, 1) if span.is_coarse else (1, 0)
        steps.setdefault(span.from_s, []).append((exact, coarse, span.source))
        if not math.isnan(span.to_s):
            steps.setdefault(span.to_s, []).append((-exact, -coarse, span.source))
    out: list[Change] = []
    n_exact = n_coarse = 0
    held = (int(AlertState.ENDED), False)
    for t_s in sorted(steps):
        n_exact += sum(step[0] for step in steps[t_s])
        n_coarse += sum(step[1] for step in steps[t_s])
        state = int(AlertState.ACTIVE if n_exact + n_coarse > 0 else AlertState.ENDED)
        now = (state, n_exact == 0 and n_coarse > 0)
        # An end is told with the coarseness of what ended, so that a pair reads as one.
        if now != held:
            is_coarse = now[1] if state == AlertState.ACTIVE else held[1]
            out.append(Change(t_s, spans[0].area, spans[0].alert, state, is_coarse, steps[t_s][0][2]))
            held = now
    return out


def _ring(row: int, ctx: FeedContext) -> tuple[F64, F64]:
    area = AREAS[row]
    return ctx.frame.to_plane(area.lat_deg * DEG_RAD, area.lon_deg * DEG_RAD)


def change_rows(changes: list[Change], t_rx_s: F64, ctx: FeedContext, rejects: Rejects) -> FeedRows:
    """The changes that matter for the case's area, heard at t_rx_s (N,), in order. Counted: out_of_area, coarse."""
    rings = {row: _ring(row, ctx) for row in sorted({c.area for c in changes})}
    near = {row for row, (e_m, n_m) in rings.items() if reaches(e_m, n_m, ctx.radius_m + NEIGHBOUR_M)}
    keep = [k for k, c in enumerate(changes) if c.area in near]
    rejects.repaired("out_of_area", len(changes) - len(keep))
    kept = [changes[k] for k in keep]
    rejects.repaired("coarse", sum(c.is_coarse and c.state == AlertState.ACTIVE for c in kept))
    return FeedRows(ReportBatch.empty(), _batch(kept, f64(t_rx_s[keep]), rings, ctx), rejects)


def _batch(
    changes: list[Change], t_rx_s: F64, rings: dict[int, tuple[F64, F64]], ctx: FeedContext
) -> AreaAlertBatch:
    times = f64([c.t_s for c in changes])
    sizes = [len(rings[c.area][0]) for c in changes]
    flat = [np.concatenate([np.zeros(0), *[rings[c.area][axis] for c in changes]]) for axis in (0, 1)]
    names = ctx.names
    return AreaAlertBatch(
        t_s=times, t_rx_s=t_rx_s, seq=np.arange(len(changes), dtype=np.int64),
        area=i64([names.intern(AREAS[c.area].name) for c in changes]),
        alert=i64([names.intern(c.alert) for c in changes]), state=i8([c.state for c in changes]),
        is_coarse=i8([c.is_coarse for c in changes]),
        source=i64([names.intern(c.source) if c.source else NONE for c in changes]),
        start=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]), e_m=flat[0], n_m=flat[1],
    )  # fmt: skip
