"""When declared defended zones are active, draw by draw, by what is known now.

An open window of a zone that is active has an end drawn per draw, exponential with mean ZONE_LASTS_S. Who
opened it saw a reason: in a share of the draws drones are near it that no sensor here sees. A zone that is
declared but not active may open once hostile drones come near it: in each draw it does so or not, at a distance and
after a delay of its own. Nothing reads ahead of `from_s` or `published_s`. The prior is argued in
docs/design/caught.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.encounters.paths import PathBatch
from flightward.kernels import zone_opens as kernels
from flightward.kernels.caught_plan import Zones
from flightward.kernels.drone_intervals import Drones
from flightward.model.batch import F64, I64
from flightward.model.codes import ZoneKind
from flightward.model.zones import ZoneBatch

BOOL = NDArray[np.bool_]

ZONE_LASTS_S = 2_700.0
"""Mean time that an active defended zone with unknown end still lasts; choice argued in docs/design/caught.md."""
REACH_LEAST, REACH_MOST = 0.5, 1.5
"""The distance at which a zone opens is anywhere between these shares of the setting."""
GOLDEN = 0.6180339887498949
_OPENS, _REACH, _DELAY, _UNSEEN = 0.4142135623730950, 0.7320508075688772, 0.6457513110645906, 0.3166247903553998
"""Steps of even sequences: square roots of different primes, so that what is drawn does not hang together."""


def even(draws: int, salt: int, step: float = GOLDEN) -> F64:
    """(K,) evenly spread numbers in (0, 1), shifted round by `salt`; sequences of different steps are independent."""
    turns = np.arange(draws, dtype=np.float64) * step + (0.3090169943749474 + salt * 0.7548776662466927)
    return np.asarray(np.mod(turns, 1.0), dtype=np.float64)


def frozen(values: np.ndarray) -> np.ndarray:
    """Contiguous and read-only, as kernels take them."""
    out = np.ascontiguousarray(values)
    out.flags.writeable = False
    return out


def meets(paths: PathBatch, zones: ZoneBatch, now_s: float, furthest: float) -> BOOL:
    """(P, Z) may a path, moved by at most `furthest` sigmas, meet the box around a defended zone at all."""
    out = np.zeros((len(paths), len(zones)), dtype=np.bool_)
    rows = np.flatnonzero((zones.kind == ZoneKind.DEFENDED) & (np.diff(zones.start) >= 3))
    if not len(rows) or not len(paths) or not (np.diff(paths.start) > 0).all():
        return out
    first, last = paths.start[:-1], paths.start[1:] - 1
    longest_s = np.maximum(np.abs(paths.t_s[first] - now_s), np.abs(paths.t_s[last] - now_s))
    side = furthest * (np.maximum(paths.sigma_h_m, 0.0) + np.maximum(paths.sigma_growth_mps, 0.0) * longest_s)
    inside = np.ones((len(paths), len(rows)), dtype=np.bool_)
    for path, corner in ((paths.e_m, zones.e_m), (paths.n_m, zones.n_m)):
        low, high = np.minimum.reduceat(path, first) - side, np.maximum.reduceat(path, first) + side
        corners = [corner[zones.start[z]: zones.start[z + 1]] for z in rows]
        inside &= low[:, None] <= np.array([c.max() for c in corners])
        inside &= high[:, None] >= np.array([c.min() for c in corners])
    out[:, rows] = inside
    return out


def windows(
    zones: ZoneBatch, asked: I64, now_s: float, draws: int, drones: Drones | None, cfg: CaughtConfig
) -> Zones:
    """The windows of the defended zones in rows `asked`, per draw, times from now."""
    which: list[int] = []
    unseen: list[BOOL] = []
    begin: list[F64] = []
    end: list[F64] = []
    shut: list[int] = []
    for z in [int(row) for row in asked if zones.kind[row] == ZoneKind.DEFENDED]:
        had = len(which)
        for w in range(int(zones.window_start[z]), int(zones.window_start[z + 1])):
            is_published = zones.published_s[w] <= now_s
            if (zones.from_s[w] > now_s and not is_published) or zones.to_s[w] <= now_s:
                continue
            from_s = zones.from_s[w] - now_s
            # an open end counts from now, or from the window's begin if that is still to come
            lasts = max(from_s, 0.0) + _exponential(draws, ZONE_LASTS_S, z)
            is_known = is_published and np.isfinite(zones.to_s[w])
            which.append(z)
            begin.append(np.full(draws, from_s))
            end.append(np.full(draws, zones.to_s[w] - now_s) if is_known else lasts)
            unseen.append((even(draws, z, _UNSEEN) < cfg.zone_unseen_p) & (from_s <= 0.0))
        if len(which) == had:
            shut.append(z)
    if shut and drones is not None and cfg.zone_opens_p > 0.0:
        opens_s = _opens(zones, shut, draws, drones, cfg)
        for i, z in enumerate(shut):
            if np.isfinite(opens_s[:, i]).any():
                which.append(z)
                begin.append(opens_s[:, i])
                unseen.append(np.zeros(draws, dtype=np.bool_))
                end.append(np.add(opens_s[:, i], _exponential(draws, ZONE_LASTS_S, z)))
    none = np.zeros((draws, 0))
    return Zones(
        zones.start, zones.e_m, zones.n_m, frozen(np.column_stack([zones.floor_m, zones.ceiling_m])),
        frozen(np.array(which, dtype=np.int64)), frozen(np.column_stack(begin) if begin else none),
        frozen(np.column_stack(end) if end else none),
        frozen((np.column_stack(unseen) if unseen else none).astype(np.int8)),
    )


def _opens(zones: ZoneBatch, rows: list[int], draws: int, drones: Drones, cfg: CaughtConfig) -> F64:
    """(K, rows) when each zone that is not active opens, from now; +inf: not in this draw."""
    e, n, reach, chosen, delay = np.empty(len(rows)), np.empty(len(rows)), [], [], []
    for i, z in enumerate(rows):
        corners = slice(zones.start[z], zones.start[z + 1])
        e[i], n[i] = zones.e_m[corners].mean(), zones.n_m[corners].mean()
        # a disc about its middle: where a zone ends matters less than how far it looks, and that is not known
        own_m = np.hypot(zones.e_m[corners] - e[i], zones.n_m[corners] - n[i]).mean()
        share = REACH_LEAST + (REACH_MOST - REACH_LEAST) * even(draws, z, _REACH)
        reach.append(own_m + cfg.zone_opens_m * share)
        chosen.append(even(draws, z, _OPENS) < cfg.zone_opens_p)
        delay.append(_exponential(draws, cfg.zone_opens_s, z, _DELAY))
    near_s = np.empty((draws, len(rows)))
    kernels.first_near(frozen(e), frozen(n), frozen(np.column_stack(reach)), drones, near_s)
    return np.where(np.column_stack(chosen), near_s + np.column_stack(delay), np.inf)


def _exponential(draws: int, mean_s: float, salt: int, step: float = GOLDEN) -> F64:
    return np.asarray(-mean_s * np.log(1.0 - even(draws, salt, step)), dtype=np.float64)
