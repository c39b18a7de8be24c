"""Caught by the definition, in half-second steps: slow, and no formula in common with the kernel."""

from __future__ import annotations

import numpy as np
import shapely

STEP_S = 0.5


def place(t_s, knot_s, values):
    """Linear between knots; NaN outside."""
    return np.interp(t_s, knot_s, values, left=np.nan, right=np.nan)


def first_times(path, futures, draw, cfg, t_from_s, zone=None):
    """First second caught by raid, lone and zone in one draw (inf never).

    zone: (polygon as [(e, n)], floor, ceiling, from_s, to_s) or None.
    """
    t = np.arange(max(path.t_s[0], t_from_s), min(path.t_s[-1], futures.knot_s[-1]) + 1e-9, STEP_S)
    fe, fn, fu = (place(t, path.t_s, c) for c in (path.e_m, path.n_m, path.u_m))
    near, lone, wide = np.zeros(len(t), int), np.zeros(len(t), bool), np.zeros(len(t), bool)
    for m in range(futures.n_drones):
        if not futures.present[draw, m]:
            continue
        h = np.hypot(
            place(t, futures.knot_s, futures.e_m[draw, m]) - fe, place(t, futures.knot_s, futures.n_m[draw, m]) - fn
        )
        v = np.abs(place(t, futures.knot_s, futures.u_m[draw, m]) - fu)
        alive = t <= futures.lost_s[draw, m]
        near += (h <= cfg.raid_radius_m) & (v <= cfg.raid_height_m) & alive
        lone |= (h <= cfg.lone_radius_m) & (v <= cfg.lone_height_m) & alive
        wide |= (h <= cfg.zone_radius_m) & alive
    inside = np.zeros(len(t), bool)
    if zone is not None:
        polygon, floor, ceiling, from_s, to_s = zone
        inside = shapely.intersects_xy(shapely.Polygon(polygon), fe, fn)
        inside &= (fu >= floor) & (fu <= ceiling) & (t >= from_s) & (t <= to_s)
    return [t[mask][0] if mask.any() else np.inf for mask in (near >= cfg.caught_n, lone, inside & wide)]
