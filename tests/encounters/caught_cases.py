"""Small paths, futures and zones for tests."""

from __future__ import annotations

import numpy as np

from flightward.model import NONE, Futures, Path4D, ZoneBatch, ZoneKind, f64, i8, i64

T0 = 1_700_000_000.0


def path(*points):
    """A path of (seconds from T0, e, n, u)."""
    t, e, n, u = (f64(c) for c in np.array(points, dtype=float).T)
    return Path4D(T0 + t, e, n, u)


def futures(e, n, u, knots=(0.0, 600.0, 3600.0), raid=None, present=None, lost=None):
    """Futures from (K, M, H) arrays (or nested lists)."""
    e, n, u = (f64(x) for x in (e, n, u))
    k, m, _ = e.shape
    return Futures(
        T0, T0 + f64(knots), np.arange(m, dtype=np.int64) + 100,
        i64(np.zeros(m) + 7 if raid is None else raid), e, n, u,
        i8(np.ones((k, m)) if present is None else present),
        f64(np.full((k, m), np.inf) if lost is None else T0 + np.asarray(lost)),
    )


def straight(starts, velocities, knots=(0.0, 600.0, 3600.0), draws=1, **more):
    """M drones that fly straight, the same in every draw: starts (M, 3), velocities (M, 3)."""
    s, v, t = np.array(starts, float), np.array(velocities, float), np.array(knots)
    x = np.broadcast_to(s[None, :, :, None] + v[None, :, :, None] * t, (draws, len(s), 3, len(t)))
    return futures(x[:, :, 0], x[:, :, 1], x[:, :, 2], knots, **more)


def zone(polygon, floor=-np.inf, ceiling=np.inf, from_s=0.0, to_s=np.nan, published_s=np.nan, kind=ZoneKind.DEFENDED):
    """One zone with one window, times from T0."""
    e, n = np.array(polygon, float).T
    return ZoneBatch(
        name=i64([0]), kind=i8([kind]), floor_m=f64([floor]), ceiling_m=f64([ceiling]), source=i64([NONE]),
        exempt_mask=i64([0]), start=i64([0, len(e)]), e_m=f64(e), n_m=f64(n), window_start=i64([0, 1]),
        from_s=f64([T0 + from_s]), to_s=f64([T0 + to_s]), published_s=f64([T0 + published_s]),
    )


NO_ZONES = ZoneBatch.empty()
