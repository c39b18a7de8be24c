"""The probability that a path is caught (design, section 3), asked of the ensemble of drone futures.

Each draw of the ensemble is one possible hour: in it the path is caught or it is not, at known times. The
probability is the share of draws; what drones of one raid do together stays together. An open window of a defended
zone has an end drawn per draw, exponential with mean ZONE_LASTS_S: nothing reads the end ahead.
Method, figures and limits: docs/design/caught.md.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.config import CaughtConfig
from flightward.encounters.paths import PathBatch
from flightward.encounters.zones import even, frozen, meets, windows
from flightward.kernels import caught as kernels
from flightward.kernels import drone_intervals as near_kernels
from flightward.model.batch import F64, I8, I64, NONE, Batch, column
from flightward.model.raids import Futures
from flightward.model.zones import ZoneBatch

NO_DRONES_DRAWS, NO_DRONES_S = 64, 3_600.0
MISS_REACH_H_M, MISS_REACH_V_M = 10_000.0, 2_000.0
"""A drone that stays further away than this tells nothing as a miss distance."""
_BITS = 12
_CELLS = float((1 << _BITS) - 1)


@dataclasses.dataclass(frozen=True)
class CaughtChance(Batch):
    """One row per path. Times are POSIX UTC, NaN where the path is caught in no draw."""

    p: F64 = column("f8", "", "probability of being caught by any cause; NaN unknown")
    p_raid: F64 = column("f8", "", "by caught_n drones at once")
    p_lone: F64 = column("f8", "", "by one close drone")
    p_zone: F64 = column("f8", "", "in an active defended zone with a drone near")
    t_first_s: F64 = column("f8", "s", "median of the first time caught, given caught")
    t_early_s: F64 = column("f8", "s", "its 10 % quantile")
    t_late_s: F64 = column("f8", "s", "its 90 % quantile")
    t_over_s: F64 = column("f8", "s", "median time at which it is no longer caught")
    t_over_early_s: F64 = column("f8", "s", "its 10 % quantile")
    t_over_late_s: F64 = column("f8", "s", "its 90 % quantile")
    t_raid_s: F64 = column("f8", "s", "median first time caught by a raid")
    t_lone_s: F64 = column("f8", "s", "median first time caught by a lone drone")
    t_zone_s: F64 = column("f8", "s", "median first time caught in a zone")
    hazard_raid: I64 = column("i8", "id", "the raid that contributes most; NONE")
    hazard_track: I64 = column("i8", "id", "the drone most often the lone one; NONE")
    hazard_zone: I64 = column("i8", "row", "the zone most often first; NONE")
    n_near: F64 = column("f8", "", "expected drones within the raid cylinder when first caught")
    miss_h_m: F64 = column("f8", "m", "mean closest approach of the nearest hostile drone; NaN beyond 10 km")
    miss_v_m: F64 = column("f8", "m", "mean vertical distance then")
    status: I8 = column("i1", "", "0 good, 1 the path is not usable (p is NaN)")


@dataclasses.dataclass(frozen=True)
class Swept:
    """Swept boxes of one set of futures: worth keeping when many paths are asked of the same futures.

    Of single drones, and of blocks of neighbours (rows `order`) over all draws, and at each knot in each draw.
    """

    box_m: F64
    order: I64
    block_m: F64
    draw_m: F64
    raid_ids: I64
    raid_of: I64


def swept(futures: Futures) -> Swept:
    """Boxes (M, H - 1, 6) around each drone's draws in each knot interval, of blocks, and raids numbered from 0."""
    m, h, draws = futures.n_drones, len(futures.knot_s), futures.n_draws
    ids, of = np.unique(futures.raid, return_inverse=True)
    order = _neighbours(futures, of)
    n_blocks, pieces = -(-m // near_kernels.BLOCK), max(h - 1, 0)
    box, block, draw = np.empty((m, pieces, 6)), np.empty((n_blocks, pieces, 6)), np.empty((n_blocks, h, 4, draws))
    near_kernels.boxes(futures.e_m, futures.n_m, futures.u_m, futures.present, order, box, block, draw)
    return Swept(
        frozen(box), order, frozen(block), frozen(draw), ids.astype(np.int64), frozen(of.astype(np.int64))
    )


def _neighbours(futures: Futures, raid_of: np.ndarray) -> I64:
    """(M,) drones so that those of one raid that are near each other stand together; rising within each block.

    Any order is right: this one keeps the boxes of blocks small.
    """
    m = futures.n_drones
    if m == 0 or futures.n_draws == 0 or not len(futures.knot_s):
        return frozen(np.arange(m))
    at = np.stack([futures.e_m[:, :, 0].mean(axis=0), futures.n_m[:, :, 0].mean(axis=0)])
    at[:, ~np.isfinite(at).all(axis=0)] = 0.0
    count = np.bincount(raid_of)
    middle = np.stack([np.bincount(raid_of, weights=x) / count for x in at])[:, raid_of]
    order = np.lexsort((_winding(at), raid_of, _winding(middle)))
    block = np.arange(m) // near_kernels.BLOCK
    return frozen(order[np.lexsort((order, block))].astype(np.int64))


def _winding(at: F64) -> I64:
    """(M,) numbers by which points (2, M) that are near each other come near each other (Morton's order)."""
    low, high = at.min(axis=1, keepdims=True), at.max(axis=1, keepdims=True)
    cell = ((at - low) / np.maximum(high - low, 1.0) * _CELLS).astype(np.int64)
    out = np.zeros(at.shape[1], np.int64)
    for bit in range(_BITS):
        for axis in range(2):
            out |= ((cell[axis] >> bit) & 1) << (2 * bit + axis)
    return out


def p_caught(
    paths: PathBatch, futures: Futures | None, zones: ZoneBatch, now_s: float, cfg: CaughtConfig,
    boxes: Swept | None = None, *, cull: bool = True,
) -> CaughtChance:
    """Probability that each path is caught from `now_s` on, when, by what, and how near drones pass.

    futures  None: no drone is believed in, so p = 0 but for active zones (what no sensor sees is blindness, another
             hazard).
    boxes    `swept(futures)`, to save its time.     cull  False only in tests: look at every drone.
    """
    count = len(paths)
    if futures is None and len(zones):
        futures, boxes = _no_drones(now_s), None
    draws = 1 if futures is None else futures.n_draws
    first = np.full((count, draws, 3), np.inf)
    over, near = np.full((count, draws), np.inf), np.zeros((count, draws))
    miss, status = np.full((count, draws, 2), np.nan), np.zeros(count, np.int8)
    raid_ids, track_ids = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if futures is not None:
        boxes = swept(futures) if boxes is None else boxes
        raid_ids, track_ids = boxes.raid_ids, futures.track
    most = np.full((count, 3), NONE, np.int64)
    if futures is not None and boxes is not None and count:
        drones = near_kernels.Drones(
            frozen(futures.knot_s - now_s), futures.e_m, futures.n_m, futures.u_m, futures.present,
            frozen(futures.lost_s - now_s), boxes.box_m, boxes.order, boxes.block_m, boxes.draw_m, boxes.raid_of,
        )
        normal = path_errors(draws)
        near_zone = meets(paths, zones, now_s, float(np.hypot(normal[:, 0], normal[:, 1]).max()))
        if not cull:
            near_zone[:] = True
        meets_any: I8 = np.asarray(near_zone.any(axis=1), dtype=np.int8)
        asked = np.flatnonzero(near_zone.any(axis=0))
        kernels.caught(
            paths.start, frozen(paths.t_s - now_s), paths.e_m, paths.n_m, paths.u_m,
            frozen(np.column_stack([paths.sigma_h_m, paths.sigma_growth_mps])),
            frozen(meets_any), drones,
            windows(zones, asked, now_s, draws, drones, cfg), normal, _limits(cfg), cull,
            first, over, near, miss, most, status,
        )
    return _summary(now_s, first, over, near, miss, most, raid_ids, track_ids, status)


def _no_drones(now_s: float) -> Futures:
    """Futures without any drone: an active zone is dangerous even then."""
    none, knots = np.zeros((NO_DRONES_DRAWS, 0, 2)), np.array([now_s, now_s + NO_DRONES_S])
    ids = np.zeros(0, np.int64)
    return Futures(
        now_s, knots, ids, ids, none, none, none, np.zeros((NO_DRONES_DRAWS, 0), np.int8),
        np.zeros((NO_DRONES_DRAWS, 0)),
    )


def _limits(cfg: CaughtConfig) -> near_kernels.Limits:
    return near_kernels.Limits(
        int(cfg.caught_n), float(cfg.raid_radius_m), float(cfg.raid_height_m), float(cfg.lone_radius_m),
        float(cfg.lone_height_m), float(cfg.zone_radius_m), MISS_REACH_H_M, MISS_REACH_V_M,
    )


def path_errors(draws: int) -> F64:
    """(K, 2) normal numbers, the same in every call: paths that are compared share their errors."""
    radius = np.sqrt(-2.0 * np.log(1.0 - (np.arange(draws) + 0.5) / draws))
    angle = 2.0 * np.pi * even(draws, 1)
    # the draws' own order means something to the futures (antithetic pairs), so this one is mixed
    order = np.argsort(even(draws, 2))
    return frozen(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])[order])


def _summary(
    now_s: float, first: F64, over: F64, near: F64, miss: F64, most: I64, raid_ids: I64,
    track_ids: I64, status: I8,
) -> CaughtChance:
    any_s = first.min(axis=2)
    is_caught = np.isfinite(any_s)
    bad = status != 0

    def share(finite: np.ndarray) -> F64:
        out: F64 = np.isfinite(finite).mean(axis=1)
        return np.where(bad, np.nan, out)

    n_caught = is_caught.sum(axis=1)
    n_missed = np.isfinite(miss[:, :, 0]).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        n_near = np.where(n_caught > 0, (near * is_caught).sum(axis=1) / n_caught, 0.0)
        miss_m = np.where(n_missed[:, None] > 0, np.nansum(miss, axis=1) / n_missed[:, None], np.nan)
    return CaughtChance(
        p=share(any_s), p_raid=share(first[:, :, 0]), p_lone=share(first[:, :, 1]), p_zone=share(first[:, :, 2]),
        **_spread("t_first_s", "t_early_s", "t_late_s", now_s, any_s),
        **_spread("t_over_s", "t_over_early_s", "t_over_late_s", now_s, over),
        t_raid_s=now_s + _quantile(first[:, :, 0], 0.5), t_lone_s=now_s + _quantile(first[:, :, 1], 0.5),
        t_zone_s=now_s + _quantile(first[:, :, 2], 0.5),
        hazard_raid=_named(most[:, 0], raid_ids), hazard_track=_named(most[:, 1], track_ids),
        hazard_zone=most[:, 2].copy(),
        n_near=n_near, miss_h_m=miss_m[:, 0].copy(), miss_v_m=miss_m[:, 1].copy(), status=status,
    )


def _spread(middle: str, early: str, late: str, now_s: float, times: F64) -> dict[str, F64]:
    """Three columns: the median and both ends of the 80 % interval of the draws' times (P, K)."""
    order = np.sort(times, axis=1)
    return {
        name: now_s + _of_sorted(order, share) for name, share in ((middle, 0.5), (early, 0.1), (late, 0.9))
    }


def _quantile(times: F64, share: float) -> F64:
    """(P,) quantile of the finite times of each row of (P, K), always one of them; NaN where there is none."""
    return _of_sorted(np.sort(times, axis=1), share)


def _of_sorted(order: F64, share: float) -> F64:
    """`_quantile` of rows that are in order already."""
    n = np.isfinite(order).sum(axis=1)
    pick = np.clip(np.ceil(share * n).astype(np.int64) - 1, 0, None)
    value = order[np.arange(len(order)), pick] if len(order) else np.zeros(0)
    return np.where(n > 0, value, np.nan)


def _named(rows: I64, ids: I64) -> I64:
    """(P,) the ids of rows, NONE where there is no row."""
    if not len(ids):
        return np.full(len(rows), NONE, dtype=np.int64)
    return np.where(rows >= 0, ids[np.maximum(rows, 0)], NONE).astype(np.int64)
