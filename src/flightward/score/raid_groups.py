"""Which true drones fly together: the groups that raids are judged by, with their splits and merges.

Two hostile drones are linked at an instant if they are near and fly alike (12 km, 15 m/s), or if one flies where the
other flew up to ten minutes before, as it flew (6 km, 15 m/s). Two that were linked an instant before stay so to 1.25
of each distance and time, whatever their courses or, on another's way, to 20 m/s. A group is what chains of links
connect. It takes the number of the earlier group with which it shares most members. When a group has parted or joined,
was not so a minute before and still is a minute later, that is a split or a merge; not in the first ten minutes, for
the truth holds no ways flown before it begins.

The stage has rules of the same meaning, but none of this code: it sees tracks, not paths, and knows no later minute.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from flightward.score.day import F64, Day

I64 = NDArray[np.int64]
STEP_S = 10.0
NEAR_M, ALIKE_MPS = 12_000.0, 15.0
WAY_M, WAY_S, WAY_EVERY_S = 6_000.0, 600.0, 60.0
KEEP, KEEP_MPS = 1.25, 20.0
HOLD_S = 60.0
"""A split or merge is one if it still stands after this time."""


@dataclass(frozen=True)
class Event:
    """A true split or merge: the members (columns of the truth) of the larger and of the smaller part."""

    t_s: float
    is_split: bool
    larger: frozenset[int]
    smaller: frozenset[int]


@dataclass(frozen=True)
class Groups:
    """label (T, O): the group's number of each drone at each instant, -1 where there is none; and the events."""

    times_s: F64
    label: I64
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Paths:
    """(T, O) where each hostile drone in the air is, NaN else, and how fast; `columns` (O,) of the truth."""

    times_s: F64
    columns: I64
    e_m: F64
    n_m: F64
    ve_mps: F64
    vn_mps: F64


def drone_paths(day: Day, step_s: float = STEP_S) -> Paths:
    """The true hostile drones at instants step_s apart; speeds from where they are a second before and after."""
    tr = day.truth
    columns = tr.drones()
    times = np.arange(np.ceil(tr.t_s[0] / step_s) * step_s, tr.t_s[-1] + 1e-6, step_s)
    at = np.rint(times - tr.t_s[0]).astype(np.int64)
    before, after = np.maximum(at - 1, 0), np.minimum(at + 1, len(tr.t_s) - 1)

    def speed(x: F64) -> F64:
        x = x[:, columns]
        both = (x[after] - x[before]) / (after - before)[:, None]
        one = np.where(np.isfinite(x[after]), x[after] - x[at], x[at] - x[before])
        return np.asarray(np.where(np.isfinite(both), both, one))

    flies = ~tr.on_ground[at][:, columns]
    place = [np.where(flies, x[at][:, columns], np.nan) for x in (tr.e_m, tr.n_m)]
    return Paths(times, columns, place[0], place[1], speed(tr.e_m), speed(tr.n_m))


def true_groups(paths: Paths) -> Groups:
    """The groups at every instant."""
    label = np.full(paths.e_m.shape, -1, dtype=np.int64)
    if not label.size:
        return Groups(paths.times_s, label, ())
    view = _View(paths)
    n = len(paths.columns)
    held = np.zeros(0, dtype=np.int64)
    for t in range(len(label)):
        live = np.flatnonzero(view.is_there[t])
        held = view.links(t, held)
        a, b = np.divmod(held, n)
        graph = coo_array((np.ones(len(a)), (a, b)), shape=(n, n))
        label[t, live] = connected_components(graph, directed=False)[1][live]
    number, events = _numbered(paths.times_s, label)
    return Groups(paths.times_s, number, tuple(events))


class _View:
    """Places of all instants, and the links at one of them."""

    def __init__(self, p: Paths) -> None:
        self.is_there = np.isfinite(p.e_m) & np.isfinite(p.ve_mps)
        self._place = np.stack([p.e_m, p.n_m], axis=2)
        self._speed = np.stack([p.ve_mps, p.vn_mps], axis=2)
        self._step_s = float(p.times_s[1] - p.times_s[0]) if len(p.times_s) > 1 else STEP_S
        self._n = p.e_m.shape[1]

    def links(self, t: int, held: I64) -> I64:
        """Sorted keys (a * O + b, a < b) of the pairs linked at instant t; `held`: those of the instant before."""
        found = [np.zeros(0, dtype=np.int64), *self._near(t, 0, NEAR_M, held)]
        lag = max(round(WAY_EVERY_S / self._step_s), 1)
        for k in range(lag, round(KEEP * WAY_S / self._step_s) + 1, lag):
            if t - k >= 0:
                found += self._near(t, k, WAY_M if k * self._step_s <= WAY_S else 0.0, held)
        return np.unique(np.concatenate(found))

    def _near(self, t: int, back: int, reach_m: float, held: I64) -> list[I64]:
        """Pairs of drones at t with places of `back` instants before; reach_m 0: only those that were linked."""
        now, then = np.flatnonzero(self.is_there[t]), np.flatnonzero(self.is_there[t - back] & self.is_there[t])
        far_m = KEEP * (reach_m or WAY_M)
        if not len(now) or not len(then):
            return []
        a_tree, b_tree = cKDTree(self._place[t, now]), cKDTree(self._place[t - back, then])
        near = a_tree.sparse_distance_matrix(b_tree, far_m, output_type="ndarray")
        a, b = now[near["i"]], then[near["j"]]
        keep = a != b
        a, b, d_m = a[keep], b[keep], near["v"][keep]
        off_mps = np.hypot(*(self._speed[t, a] - self._speed[t - back, b]).T)
        key = np.minimum(a, b) * self._n + np.maximum(a, b)
        is_held = np.isin(key, held)
        good = ((d_m <= reach_m) & (off_mps <= ALIKE_MPS)) | (is_held & ((back == 0) | (off_mps <= KEEP_MPS)))
        return [key[good]]


def _numbered(times_s: F64, label: I64) -> tuple[I64, list[Event]]:
    """Numbers that last, and the events, from the groups of each instant alone."""
    out = np.full(label.shape, -1, dtype=np.int64)
    events: list[Event] = []
    hold = max(round(HOLD_S / (times_s[1] - times_s[0])), 1) if len(times_s) > 1 else 1
    last = np.full(label.shape[1], -1, dtype=np.int64)
    fresh = 0
    for t in range(len(label)):
        taken: set[int] = set()
        parts = _parts(label[t])
        shared = [(-np.count_nonzero(last[m] == k), k, i) for i, m in enumerate(parts) for k in np.unique(last[m])]
        number = dict.fromkeys(range(len(parts)), -1)
        for _, k, i in sorted(shared):
            if k >= 0 and k not in taken and number[i] < 0:
                number[i] = int(k)
                taken.add(k)
        for i in number:
            if number[i] < 0:
                number[i], fresh = fresh, fresh + 1
            out[t, parts[i]] = number[i]
        if times_s[t] >= times_s[0] + WAY_S and hold < t < len(label) - hold:
            events += _events(float(times_s[t]), last, out[t], label[t - 1 - hold], label[t + hold])
        # a drone keeps its group while it is out of sight of the truth (on the ground, gone)
        last = np.where(label[t] >= 0, out[t], last)
    return out, events


def _parts(label: I64) -> list[I64]:
    """Members of each group."""
    return [np.flatnonzero(label == k) for k in np.unique(label[label >= 0])]


def _events(t_s: float, before: I64, now: I64, earlier: I64, later: I64) -> list[Event]:
    """What has parted or joined between two instants, was not so a minute earlier, and still is a minute later."""
    events = []
    both = (before >= 0) & (now >= 0)
    old, new = before[both], now[both]
    who = np.flatnonzero(both)
    for k in np.unique(old):
        parts = [who[(old == k) & (new == j)] for j in np.unique(new[old == k])]
        # those who went over to a group that was there before have not split off
        parts = [p for p in parts if now[p[0]] == k or not (before == now[p[0]]).any()]
        parts.sort(key=len, reverse=True)
        for p in parts[1:]:
            if _kept(later, parts[0]) != _kept(later, p) and _kept(earlier, parts[0]) == _kept(earlier, p):
                events.append(Event(t_s, True, frozenset(parts[0].tolist()), frozenset(p.tolist())))
    for j in np.unique(new):
        sources = [who[(new == j) & (old == k)] for k in np.unique(old[new == j])]
        sources = [p for p in sources if before[p[0]] == j or not (now == before[p[0]]).any()]
        sources.sort(key=len, reverse=True)
        for p in sources[1:]:
            is_one = _kept(later, sources[0]) == _kept(later, p) is not None
            if is_one and _kept(earlier, sources[0]) != _kept(earlier, p):
                events.append(Event(t_s, False, frozenset(sources[0].tolist()), frozenset(p.tolist())))
    return events


def _kept(label: I64, who: I64) -> int | None:
    """The group in which most of them are; None if none is there any more."""
    at = label[who]
    at = at[at >= 0]
    return int(np.bincount(at).argmax()) if len(at) else None
