"""The ways that tracks have flown, as crumbs, and which groups follow each other on them."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.kernels.trails import (
    Crumbs,
    FollowRule,
    Grid,
    crumb_bounds,
    follow_links,
    join_groups,
    sort_crumbs,
)
from flightward.model import F64, I64, NONE, f64, i64

EVERY_S = 60.0
"""A crumb is dropped this often: 3 km at 50 m/s, a quarter of what links."""
LOOK_S = 10.0
"""Who follows whom is asked this often, and when a group is all new; in between the links found stand while both ends
are shown."""
KEEP = 1.25
CELLS_MOST = 1_000_000
TABLE_MOST = 4_000_000
FASTEST_MPS = 300.0


@dataclasses.dataclass(frozen=True)
class _Index:
    """Crumbs in order of their cells: `code` (K,) the place of each one's track in `known`; columns as in Crumbs."""

    known: I64
    code: I64
    columns: F64  # (5, K) t, e, n, ve, vn
    start: I64
    grid: Grid


class Trails:
    """Crumbs of all tracks of the last minutes; `join` each second with rising times.

    A track that is new gets crumbs as if it had come straight: it was not seen before, but it did not begin there.
    """

    def __init__(self, way_m: float, way_mps: float, way_s: float, keep_mps: float) -> None:
        self._rule = FollowRule(way_m, way_mps, way_s, KEEP * way_m, keep_mps, KEEP * way_s, 0.55 * EVERY_S)
        self._track = np.zeros(0, dtype=np.int64)
        self._crumb = np.zeros((0, 5))  # t, e, n, ve, vn
        self._index: _Index | None = None
        self._dropped_s = -np.inf
        self._looked_s = -np.inf
        self._links = np.zeros((0, 2), dtype=np.int64)  # track numbers of leader and follower

    def join(self, t_s: float, track: I64, state: F64, group: I64, count: int, before: I64) -> tuple[I64, int]:
        """The groups (N,) after joining those that follow each other, and how many there are.

        track (N,) rising; state (N, 4) e, n, ve, vn; group (N,) 0 .. count - 1; before (N,) earlier raid or NONE
        """
        rows = _rows(track, self._links)
        is_old = np.zeros(count, dtype=np.bool_)
        is_old[group[before >= 0]] = True
        if t_s - self._looked_s >= LOOK_S or (rows < 0).any() or not is_old.all():
            self._looked_s = t_s
            if t_s - self._dropped_s >= EVERY_S or not is_old.all():
                self._drop(t_s, track, state)
            rows = self._look(t_s, track, state, group, count, before)
        joined = np.empty(len(group), dtype=np.int64)
        return joined, int(join_groups(group, count, i64(rows[:, 0]), i64(rows[:, 1]), joined))

    def _drop(self, t_s: float, track: I64, state: F64) -> None:
        """New crumbs; old ones away."""
        known = np.zeros(0, dtype=np.int64) if self._index is None else self._index.known
        is_new = _rows(known, track) < 0
        ages = np.arange(0.0, self._rule.keep_s + EVERY_S, EVERY_S)
        s = np.repeat(state[is_new], len(ages), axis=0)
        age = np.tile(ages, int(is_new.sum()))
        parts = [self._crumb, np.column_stack([t_s - age, s[:, :2] - s[:, 2:] * age[:, None], s[:, 2:]])]
        tracks = [self._track, np.repeat(track[is_new], len(ages))]
        if t_s - self._dropped_s >= EVERY_S:
            self._dropped_s = t_s
            old = ~is_new
            parts.append(np.column_stack([np.full(int(old.sum()), t_s), state[old]]))
            tracks.append(track[old])
        crumb, number = np.concatenate(parts), np.concatenate(tracks)
        keep = crumb[:, 0] >= t_s - self._rule.keep_s - EVERY_S
        self._crumb, self._track = f64(crumb[keep]), i64(number[keep])
        self._index = self._sorted()

    def _sorted(self) -> _Index | None:
        if not len(self._track):
            return None
        grid = self._grid(self._crumb)
        known, code = _numbered(self._track)
        k = len(code)
        columns, mine, start = np.empty((5, k)), np.empty(k, np.int64), np.empty(grid.nx * grid.ny + 1, np.int64)
        sort_crumbs(self._crumb, code, grid, columns, mine, start)
        return _Index(known, mine, columns, start, grid)

    def _look(self, t_s: float, track: I64, state: F64, group: I64, count: int, before: I64) -> I64:
        """(L, 2) rows of the links that join groups now; kept as track numbers."""
        index = self._index
        if count < 2 or index is None:
            self._links = np.zeros((0, 2), dtype=np.int64)
            return self._links
        row = _rows(track, index.known)[index.code]
        t, e, north, ve, vn = index.columns
        crumbs = Crumbs(row, t, e, north, ve, vn, index.start)
        leader, follower = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        e, north, ve, vn = f64(state.T)
        n = follow_links(
            t_s, e, north, ve, vn, group, count, before, crumbs, index.grid, self._rule, leader, follower
        )
        rows = np.stack([leader[:n], follower[:n]], axis=1)
        self._links = track[rows]
        return i64(rows)

    def _grid(self, crumb: F64) -> Grid:
        """Cells as wide as a crumb reaches, wider where there would be too many."""
        bounds = np.empty(5)
        crumb_bounds(crumb, bounds)
        low, high = bounds[:2], bounds[2:4]
        fastest = min(float(bounds[4]), FASTEST_MPS)
        cell_m = float(np.hypot(self._rule.keep_m, self._rule.half_s * fastest))
        span = high - low
        cell_m = max(cell_m, float(np.sqrt(span[0] * span[1] / CELLS_MOST)), float(span.max()) / CELLS_MOST)
        nx, ny = (int(v // cell_m) + 1 for v in span.tolist())
        return Grid(cell_m, float(low[0]), float(low[1]), nx, ny)


def _rows(track: I64, wanted: I64) -> I64:
    """Row of each wanted track number in `track` (rising), NONE where it is not there."""
    if not len(track):
        return np.full(wanted.shape, NONE, dtype=np.int64)
    at = np.minimum(np.searchsorted(track, wanted), len(track) - 1)
    return i64(np.where(track[at] == wanted, at, NONE))


def _numbered(track: I64) -> tuple[I64, I64]:
    """The distinct track numbers, rising, and where each of `track` (K,) is among them; by table if that is small."""
    known, low = np.unique(track), int(track.min())
    span = int(track.max()) - low + 1
    if span > TABLE_MOST:
        return i64(known), i64(np.searchsorted(known, track))
    place = np.empty(span, dtype=np.int64)
    place[known - low] = np.arange(len(known))
    return i64(known), i64(place[track - low])
