"""What an area's authority has declared for flights: windows in which a zone lets them pass, and minimum heights."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model.batch import F64, I64, Batch, column, starts


@dataclasses.dataclass(frozen=True)
class AgreedBatch(Batch):
    """W windows that a zone's own authority has published or agreed for protected flights; never inferred.

    A window, with both its ends, is known from `published_s`, or from `from_s` where that is not given: nothing
    reads ahead.
    """

    name: I64 = column("i8", "name", "window id, number in Names")
    zone: I64 = column("i8", "row", "row in the zone table")
    from_s: F64 = column("f8", "s", "open to these flights from, POSIX UTC")
    to_s: F64 = column("f8", "s", "open to them until, POSIX UTC")
    published_s: F64 = column("f8", "s", "known from; NaN: from_s")
    source: I64 = column("i8", "name", "who published or agreed it, number in Names")
    start: I64 = starts("rows of `flight`")
    flight: I64 = column("i8", "row", "a flight that it is for, row in the flight table", flat="start")

    def rows_of(self, flight: int, zone: int, now_s: float) -> list[int]:
        """The windows for one flight in one zone that are known at `now_s` and not over, in their order."""
        out = []
        for w in np.flatnonzero(self.zone == zone).tolist():
            known_s = self.from_s[w] if np.isnan(self.published_s[w]) else self.published_s[w]
            mine = self.flight[int(self.start[w]) : int(self.start[w + 1])]
            if known_s <= now_s < self.to_s[w] and (mine == flight).any():
                out.append(w)
        return out


@dataclasses.dataclass(frozen=True)
class MinimumBatch(Batch):
    """A areas, and the least height at which a flight is clear of the ground and of what stands on it in each.

    Where areas overlap the highest holds; where there is none the minimum is not known.
    """

    name: I64 = column("i8", "name", "area id, number in Names")
    minimum_m: F64 = column("f8", "m", "least height above the ellipsoid")
    source: I64 = column("i8", "name", "who published it, number in Names")
    start: I64 = starts("rows of the polygon, closed implicitly")
    e_m: F64 = column("f8", "m", "plane east of a corner", flat="start")
    n_m: F64 = column("f8", "m", "plane north of a corner", flat="start")
