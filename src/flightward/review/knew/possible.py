"""The earliest moment at which a warning was possible, by what could be known: a rule, the same for every case.

A drone is *known* from the moment that the case allows: with the data at hand when its third report had come in (as
the score of preventable misses has it); with perfect fusion as soon as any sensor measured it; with the silent sensors
also one look after it came into the declared coverage of a sensor that said nothing of it. From then on its true
place and its velocity of the last ten seconds are taken as known: no tracker can know more.

A warning is *possible* when the straight lines of the drones known by then, against the flight as planned, meet the
limits of the catch (enough drones at once) within five minutes of when it was caught; and the flight is caught within
30 min. The earliest moment is the start of the unbroken time (gaps to 30 s) in which that holds up to the catch.
A forecast that bends with the raid may know earlier; a line drawn by hand on the picture cannot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.review.closeness import Path4D
from flightward.review.knew.grid import Grid
from flightward.review.knew.silent import Silence
from flightward.review.knew.whose import Owned
from flightward.review.scene import F64, Scene

N_REPORTS = 3
AHEAD_S = 1_800.0
AROUND_S = 300.0
STEP_S = 5.0
GAP_S = 30.0
PLAN_OFF_M = 5_000.0
"""A flight farther from its plan than this (at the same time) is taken as it flew, not as planned."""


@dataclasses.dataclass(frozen=True)
class Possible:
    """One case: `known_s` enough of the drones that caught it are known, `warn_s` a warning is possible; NaN never.

    mode  "at_hand", "fusion" or "silent".     sensors  of "silent": whose silence it was, by the drones that caught it.
    """

    mode: str
    known_s: float
    warn_s: float
    caught_s: float
    sensors: tuple[str, ...] = ()

    @property
    def lead_s(self) -> float:
        """From the possible warning to the catch; NaN where neither is."""
        return self.caught_s - self.warn_s


def known_from(grid: Grid, owned: Owned, silent: Sequence[Silence]) -> dict[str, F64]:
    """(D,) POSIX s from when each drone is known, in each case; inf never."""
    hand, fusion = np.full(len(grid.ids), np.inf), np.full(len(grid.ids), np.inf)
    for d in range(len(grid.ids)):
        mine = owned.of(d)
        if len(mine.t_s):
            fusion[d] = mine.t_s.min()
        if len(mine.t_s) >= N_REPORTS:
            hand[d] = mine.t_rx_s[N_REPORTS - 1]
    with_silent = fusion.copy()
    for s in silent:
        with_silent[s.drone] = min(with_silent[s.drone], s.start_s + s.look_s)
    return {"at_hand": hand, "fusion": fusion, "silent": with_silent}


def earliest(scene: Scene, grid: Grid, way: Path4D, known: F64, row: int, cause: str, cfg: CaughtConfig) -> float:
    """When a warning of the catch at `row` was first possible without a break; NaN never."""
    caught_s = float(grid.t_s[row])
    now_s = np.arange(max(float(grid.t_s[0]), caught_s - AHEAD_S), caught_s, STEP_S)
    ahead = np.flatnonzero(np.abs(grid.t_s - caught_s) <= AROUND_S)[:: int(STEP_S)]
    inside = _zone_seconds(scene, way, ahead) if cause == "zone" else None
    on = np.array([_meets(grid, way, known <= t, t, ahead, inside, cause, cfg) for t in now_s], bool)
    at = float("nan")
    last = caught_s
    for k in np.flatnonzero(on)[::-1].tolist():
        if last - now_s[k] > GAP_S + STEP_S:
            break
        at = last = float(now_s[k])
    return at


def _meets(
    grid: Grid,
    way: Path4D,
    known: NDArray[np.bool_],
    now_s: float,
    ahead: NDArray[np.int64],
    inside: NDArray[np.bool_] | None,
    cause: str,
    cfg: CaughtConfig,
) -> bool:
    """Whether the straight lines of the known drones, from now on, meet the limits of the cause."""
    row = int(grid.row(now_s))
    ve, vn = grid.velocity(row)
    use = np.flatnonzero(known & np.isfinite(ve) & np.isfinite(grid.e_m[row]))
    to = ahead[grid.t_s[ahead] >= now_s]
    if not len(use) or not len(to):
        return False
    dt = (grid.t_s[to] - now_s)[:, None]
    h = np.hypot(
        grid.e_m[row, use] + ve[use] * dt - way.e_m[to][:, None],
        grid.n_m[row, use] + vn[use] * dt - way.n_m[to][:, None],
    )
    v = np.abs(grid.u_m[row, use] - way.hae_m[to][:, None])
    if cause == "raid":
        return bool((((h <= cfg.raid_radius_m) & (v <= cfg.raid_height_m)).sum(axis=1) >= cfg.caught_n).any())
    if cause == "lone":
        return bool(((h <= cfg.lone_radius_m) & (v <= cfg.lone_height_m)).any())
    near = (h <= cfg.zone_radius_m).any(axis=1)
    return bool((near & inside[np.isin(ahead, to)]).any()) if inside is not None else bool(near.any())


def _zone_seconds(scene: Scene, way: Path4D, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(A,) whether the way is inside an active defended zone."""
    out = np.zeros(len(rows), bool)
    for z in scene.zones:
        if z.kind != "defended":
            continue
        t, up = way.t_s[rows], way.hae_m[rows]
        active = np.any([(t >= a) & (t <= b) for a, b in z.active_s], axis=0) if z.active_s else np.zeros(len(rows))
        ring = shapely.Polygon(np.column_stack([z.e_m, z.n_m]))
        within = shapely.intersects_xy(ring, way.e_m[rows], way.n_m[rows])
        out |= active.astype(bool) & within & (up >= z.floor_m) & (up <= z.ceiling_m)
    return out


def way_of(scene: Scene, path: Path4D, row: int) -> tuple[Path4D, bool]:
    """The plan on whole seconds; the path as flown (and False) where the flight is far off its plan at `row`."""
    f = scene.flight
    e, n, h = (np.interp(path.t_s, f.t_s, a) for a in (f.e_m, f.n_m, f.hae_m))
    if not len(f.t_s) or np.hypot(e[row] - path.e_m[row], n[row] - path.n_m[row]) > PLAN_OFF_M:
        return path, False
    return Path4D(path.t_s, e, n, h, path.airborne), True
