"""The window that is asked about, fixed before anyone looks, and the windows like it that it is held against."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.errors import BadInput
from flightward.review.chance.presence import F64

SCHEDULE, GIVEN = "schedule", "given"
LEAST_WINDOW_S = 60.0


@dataclasses.dataclass(frozen=True)
class Window:
    """The time that is asked about.

    from_s, to_s   POSIX seconds.
    origin         "schedule": it follows from a plan made beforehand, so that the raid cannot have chosen it;
                   "given": someone named it, perhaps after looking: results say so.
    """

    from_s: float
    to_s: float
    origin: str = GIVEN

    def __post_init__(self) -> None:
        if not (math.isfinite(self.from_s) and math.isfinite(self.to_s)) or self.to_s - self.from_s < LEAST_WINDOW_S:
            shown = (self.from_s, self.to_s)
            raise BadInput(f"must last {LEAST_WINDOW_S:.0f} s or longer", key="window", value=shown)
        if self.origin not in (SCHEDULE, GIVEN):
            raise BadInput(f"is {SCHEDULE} or {GIVEN}", key="window.origin", value=self.origin)

    @property
    def length_s(self) -> float:
        """Its length."""
        return self.to_s - self.from_s


def placebo_windows(window: Window, watched_s: F64, guard_s: float) -> F64:
    """Windows of the same length, end to end, in all that was watched but the window and guard_s either side: (W, 2).

    They are laid from the window outwards, so that nothing but the schedule says where they lie. The guard (a mean
    stay) keeps drones of the window out of its neighbours.
    Errors  BadInput when the window does not lie within one watched span.
    """
    length, out = window.length_s, []
    if not any(a <= window.from_s and window.to_s <= b for a, b in watched_s):
        raise BadInput("does not lie within a span that was watched", key="window", value=(window.from_s, window.to_s))
    for a, b in watched_s:
        end = min(b, window.from_s - guard_s)
        n = math.floor((end - a) / length + 1e-9)
        out += [(end - (k + 1) * length, end - k * length) for k in range(n)]
        begin = max(a, window.to_s + guard_s)
        n = math.floor((b - begin) / length + 1e-9)
        out += [(begin + k * length, begin + (k + 1) * length) for k in range(n)]
    return np.array(sorted(out), np.float64).reshape(-1, 2)
