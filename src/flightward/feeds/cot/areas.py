"""The area alerts of CoT events from begin to end: which are on, and which are to come.

An area begins when its event says so (`start`), at once or later, and ends when its event goes stale; sent again it
lasts longer, and drawn otherwise it ends and begins anew. Until an area of the same uid begins, the one that is on
stays on.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from flightward.feeds.rows import FeedContext, Rejects
from flightward.model import F64, AlertState, AreaAlertBatch, f64, i8, i64

AREAS_MAX = 2_000
"""Areas that are on or to come, of one feed."""


@dataclasses.dataclass
class Area:
    """An area alert and when it ends."""

    name: str
    kind: str
    ends_s: float
    e_m: F64
    n_m: F64

    def is_like(self, other: Area) -> bool:
        """Has it the same name and shape."""
        return self.name == other.name and np.array_equal(self.e_m, other.e_m) and np.array_equal(self.n_m, other.n_m)


class _Change(NamedTuple):
    t_s: float
    t_rx_s: float
    area: Area
    state: int


class Areas:
    """Areas by uid: `take`, `delete` and `pass_time` change them, `alerts()` gives what changed since the last call."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self._on: dict[str, Area] = {}
        self._coming: dict[str, tuple[float, Area]] = {}
        self._changes: list[_Change] = []
        self._due_s = math.inf  # nothing begins or ends before

    def take(self, uid: str, area: Area, begins_s: float, heard_s: float, *, is_coming: bool) -> None:
        """An event, heard at heard_s, draws an area that begins at begins_s: then (`is_coming`), or with this."""
        self._coming.pop(uid, None)
        self._due_s = min(self._due_s, area.ends_s, begins_s if is_coming else math.inf)
        if is_coming:
            self._coming[uid] = (begins_s, area)
        else:
            self._begin(uid, area, begins_s, heard_s)
        while len(self._on) + len(self._coming) > AREAS_MAX:
            if self._coming:
                del self._coming[next(iter(self._coming))]
            else:
                self._end(next(iter(self._on)), heard_s)
            self.rejects.repaired("area_dropped")

    def delete(self, uid: str, heard_s: float) -> None:
        """There is no area of that uid any more."""
        self._coming.pop(uid, None)
        if uid in self._on:
            self._end(uid, heard_s)

    def pass_time(self, by_s: float) -> None:
        """It is by_s: what begins and ends by then does so, in order of time."""
        if by_s < self._due_s:
            return
        moments = [(b, 0, uid) for uid, (b, _) in self._coming.items()]
        moments += [(a.ends_s, 1, uid) for uid, (_, a) in self._coming.items()]
        moments += [(a.ends_s, 1, uid) for uid, a in self._on.items()]
        self._due_s = min((m[0] for m in moments if m[0] > by_s), default=math.inf)
        for t_s, is_end, uid in sorted((m for m in moments if m[0] <= by_s), key=lambda m: m[:2]):
            if not is_end:
                self._begin(uid, self._coming.pop(uid)[1], t_s, t_s)
            elif uid in self._on and self._on[uid].ends_s <= t_s:
                self._end(uid, t_s)

    def alerts(self, ctx: FeedContext) -> AreaAlertBatch:
        """The begins and ends since the last call."""
        changes, self._changes = self._changes, []
        areas = [c.area for c in changes]
        flat = [np.concatenate([np.zeros(0), *rings]) for rings in ([a.e_m for a in areas], [a.n_m for a in areas])]
        return AreaAlertBatch(
            t_s=f64([c.t_s for c in changes]), t_rx_s=f64([c.t_rx_s for c in changes]),
            seq=np.arange(len(changes), dtype=np.int64), area=i64([ctx.names.intern(a.name) for a in areas]),
            alert=i64([ctx.names.intern(a.kind) for a in areas]), state=i8([c.state for c in changes]),
            is_coarse=np.zeros(len(changes), dtype=np.int8),
            source=i64([ctx.names.intern(f"cot {ctx.feed}")] * len(changes)),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum([len(a.e_m) for a in areas], dtype=np.int64)]),
            e_m=flat[0], n_m=flat[1],
        )  # fmt: skip

    def _begin(self, uid: str, area: Area, begins_s: float, heard_s: float) -> None:
        was = self._on.pop(uid, None)
        self._on[uid] = area
        if was is not None and was.is_like(area):
            return
        if was is not None:
            self._changes.append(_Change(heard_s, heard_s, was, int(AlertState.ENDED)))
        self._changes.append(_Change(begins_s, heard_s, area, int(AlertState.ACTIVE)))

    def _end(self, uid: str, t_s: float) -> None:
        self._changes.append(_Change(t_s, t_s, self._on.pop(uid), int(AlertState.ENDED)))
