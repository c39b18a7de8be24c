"""Who was where from when to when: a plain table of presence, and how many were present in a row of windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.errors import BadInput

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
NO_GROUP = -1


@dataclasses.dataclass(frozen=True)
class Presence:
    """N stays of drones in regions, and the spans of time that were watched.

    drone (N,), region (N,), group (N,) int64   numbers into drones, regions, groups; group NO_GROUP: not known
    first_s, last_s (N,) float64                the stay, POSIX seconds; first_s <= last_s
    watched_s (S, 2) float64                    spans, in order and apart, on which every region was watched alike
    """

    drone: I64
    region: I64
    group: I64
    first_s: F64
    last_s: F64
    drones: tuple[str, ...]
    regions: tuple[str, ...]
    groups: tuple[str, ...]
    watched_s: F64

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.drone)

    def number(self, region: str) -> int:
        """The number of a region. Errors: BadInput if there is no such region."""
        if region not in self.regions:
            raise BadInput(f"no such region; there are {', '.join(self.regions)}", key="region", value=region)
        return self.regions.index(region)

    def mean_stay_s(self, region: int) -> float:
        """The mean length of a stay in a region; in all, where the region had none; 0 in an empty table."""
        stay = self.last_s - self.first_s
        mine = stay[self.region == region]
        pick = mine if len(mine) else stay
        return float(pick.mean()) if len(pick) else 0.0

    def counts(self, windows_s: F64) -> I64:
        """How many drones were present at any time in each window: (regions, windows) from windows (W, 2).

        A drone that comes back to a region within one window counts once there.
        """
        out = np.zeros((len(self.regions), len(windows_s)), np.int64)
        for w, (from_s, to_s) in enumerate(windows_s):
            rows = np.flatnonzero((self.first_s < to_s) & (self.last_s >= from_s))
            once = np.unique(self.region[rows] * len(self.drones) + self.drone[rows])
            out[:, w] = np.bincount(once // max(len(self.drones), 1), minlength=len(self.regions))
        return out


def presence(
    drone: Iterable[Any], first_s: Sequence[float] | F64, last_s: Sequence[float] | F64, region: Iterable[Any],
    group: Iterable[Any] | None = None, *, watched_s: Sequence[tuple[float, float]] | F64,
    regions: Sequence[str] = (),
) -> Presence:  # fmt: skip
    """A table of stays from plain columns, one row per drone and stay in a region.

    drone, region   ids (text or numbers).       first_s, last_s   POSIX seconds.
    group           the launch group of each drone, None or "" where not known.
    watched_s       spans [(from, to), ...] on which all regions were watched: outside them nothing is known.
    regions         regions that are to exist though no drone came; others are added as they appear.
    Stays are cut to the watched spans; a stay in no span is dropped.
    Errors          BadInput: columns of unequal length, times that are no numbers, a stay that ends before it begins,
                    a drone in two launch groups, no watched span, spans that overlap.
    """
    spans = _spans(watched_s)
    first, last = (np.asarray(x, np.float64).ravel() for x in (first_s, last_s))
    names, places = [str(x) for x in drone], [str(x) for x in region]
    crews = [None] * len(names) if group is None else [None if g is None or g == "" else str(g) for g in group]
    if not len(names) == len(first) == len(last) == len(places) == len(crews):
        raise BadInput("the columns are not equally long", key="presence", value=len(names))
    if not (np.isfinite(first).all() and np.isfinite(last).all()):
        raise BadInput("a time is not a number", key="first_s, last_s")
    if (last < first).any():
        bad = int(np.flatnonzero(last < first)[0])
        raise BadInput("ends before it begins", key="last_s", value=names[bad])
    drones, who = _numbered(names, ())
    where, at = _numbered(places, regions)
    flocks, crew = _numbered([g for g in crews if g is not None], ())
    group_of = np.full(len(names), NO_GROUP, np.int64)
    group_of[[i for i, g in enumerate(crews) if g is not None]] = crew
    _one_group_each(who, group_of, drones)
    row, begins, ends = _cut(first, last, spans)
    return Presence(who[row], at[row], group_of[row], begins, ends, drones, where, flocks, spans)


def _numbered(values: Sequence[str], before: Sequence[str]) -> tuple[tuple[str, ...], I64]:
    """The distinct values, those of `before` first, then in order of appearance; and the number of each value."""
    names = {name: k for k, name in enumerate(dict.fromkeys([*map(str, before), *values]))}
    return tuple(names), np.array([names[v] for v in values], np.int64)


def _spans(watched_s: Sequence[tuple[float, float]] | F64) -> F64:
    spans = np.array(watched_s, np.float64).reshape(-1, 2)
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    if not len(spans) or not np.isfinite(spans).all() or (spans[:, 1] <= spans[:, 0]).any():
        raise BadInput("needs at least one span (from, to) with from < to", key="watched_s", value=spans.tolist())
    if (spans[1:, 0] < spans[:-1, 1]).any():
        raise BadInput("the spans overlap", key="watched_s", value=spans.tolist())
    return spans


def _one_group_each(drone: I64, group: I64, drones: tuple[str, ...]) -> None:
    known = group != NO_GROUP
    pairs = np.unique(np.column_stack([drone[known], group[known]]), axis=0)
    who, n = np.unique(pairs[:, 0], return_counts=True)
    if (n > 1).any():
        raise BadInput("a drone is in two launch groups", key="group", value=drones[int(who[n > 1][0])])


def _cut(first_s: F64, last_s: F64, spans: F64) -> tuple[I64, F64, F64]:
    """The stays within each span: row of the stay, begin, end; in order of begin, then row."""
    rows, begins, ends = [], [], []
    for from_s, to_s in spans:
        row = np.flatnonzero((first_s < to_s) & (last_s >= from_s))
        rows.append(row)
        begins.append(np.maximum(first_s[row], from_s))
        ends.append(np.minimum(last_s[row], to_s))
    row, begin, end = np.concatenate(rows), np.concatenate(begins), np.concatenate(ends)
    order = np.lexsort((row, begin))
    return row[order].astype(np.int64), begin[order], end[order]
