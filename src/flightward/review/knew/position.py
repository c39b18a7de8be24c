"""The flight's own position: when it stopped, when false ones came, and how long until that was said."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.review.evidence import Columns
from flightward.review.heard import Heard
from flightward.review.scene import F64

GAP_S = 60.0
SAID_WITHIN_S = 600.0


@dataclasses.dataclass(frozen=True)
class PositionEvent:
    """Something that happened to the position (`what`), when, and when the system said so; NaN never.

    what  "stopped": the last position to be believed before a gap of over a minute; "false": the first of positions
          later held to be false; "true": the first believed one after them.
    """

    what: str
    t_s: float
    said_s: float

    @property
    def delay_s(self) -> float:
        """How long it took to say."""
        return self.said_s - self.t_s


def position_events(heard: Heard, own: Columns, landing_s: float) -> list[PositionEvent]:
    """By time. Asked of the recorded input: without a recording there is nothing to ask."""
    t = np.unique(heard.t_s)
    if not len(t) or not len(own["t_s"]):
        return []
    state, at = own["integrity"].astype(str), own["t_s"]
    bad = at[state == "false"]
    doubted, out = at[state != "trusted"], []
    believed = np.unique(np.round((at - own["age_s"])[np.isfinite(own["age_s"])], 2))
    last = min(landing_s, float(at[-1])) if math.isfinite(landing_s) else float(at[-1])
    for a, b in zip(believed, [*believed[1:].tolist(), last], strict=True):
        if b - a > GAP_S and a < last:
            out.append(PositionEvent("stopped", float(a), _first(doubted, float(a))))
    starts = [] if not len(bad) else [float(bad[0]), *(bad[1:][np.diff(bad) > GAP_S]).tolist()]
    for start in starts:
        out.append(PositionEvent("false", _episode(t, start), float(start)))
    ends = [] if not len(bad) else [*(bad[:-1][np.diff(bad) > GAP_S]).tolist(), float(bad[-1])]
    for end in ends:
        again = at[(at > end) & (state == "trusted")]
        after = t[t > end]
        if len(again) and len(after):
            out.append(PositionEvent("true", float(after[0]), float(again[0])))
    return sorted(out, key=lambda e: e.t_s)


def _episode(t: F64, said_s: float) -> float:
    """The first report after the last silence before `said_s`, at most ten minutes back: there the false ones began."""
    before = t[t <= said_s]
    if not len(before):
        return said_s
    cuts = np.flatnonzero(np.diff(before) > GAP_S)
    start = float(before[cuts[-1] + 1]) if len(cuts) else said_s
    return start if said_s - start <= SAID_WITHIN_S else said_s


def _first(times: F64, after_s: float) -> float:
    later = times[times >= after_s]
    return float(later[0]) if len(later) and later[0] - after_s <= SAID_WITHIN_S else math.nan
