"""Whether a miss could have been prevented by the data (design, section 8).

A miss is preventable when every drone that caught the flight had three reports more than five minutes before, and its
straight line met the plan. Reports carry no name, so a radar plot is a drone's when it lies within three sigma (at
least 300 m) of where the truth has the drone at the plot's time. The straight line starts at the drone's true place
at the last such plot with its true velocity there: the best that any tracker could have known. It meets the plan when
it comes within the distance of the cause of the planned path, at any second within five minutes of the catch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.score.caught import Path4D, drone_distances
from flightward.score.day import F64, Day
from flightward.score.reports import Plots

BEFORE_S = 300.0
N_REPORTS = 3
MEET_WITHIN_S = 300.0
MIN_GATE_M = 300.0
VELOCITY_OVER_S = 10


def culprits(day: Day, path: Path4D, row: int, cause: str) -> NDArray[np.int64]:
    """Truth columns of the drones within the limits of the cause at a row (zone: the nearest one)."""
    lim = day.limits
    h_m, v_m = (x[0] for x in drone_distances(day, path, np.array([row])))
    if cause == "raid":
        near = (h_m <= lim.raid_radius_m) & (v_m <= lim.raid_height_m)
    elif cause == "lone":
        near = (h_m <= lim.lone_radius_m) & (v_m <= lim.lone_height_m)
    else:
        near = np.arange(len(h_m)) == np.argmin(h_m)
    cols: NDArray[np.int64] = day.truth.drones()[near]
    return cols


def is_preventable(day: Day, plots: Plots, flight: dict[str, Any], path: Path4D, row: int, cause: str) -> bool:
    """Whether the data before could have prevented this miss."""
    plan_e, plan_n = planned(day, flight)
    cols = culprits(day, path, row, cause)
    return bool(len(cols)) and all(_known_and_coming(day, plots, int(c), row, cause, plan_e, plan_n) for c in cols)


def _known_and_coming(day: Day, plots: Plots, col: int, row: int, cause: str, plan_e: F64, plan_n: F64) -> bool:
    tr, lim = day.truth, day.limits
    before = float(tr.t_s[row]) - BEFORE_S
    n = int(np.searchsorted(plots.t_s, before))
    t = plots.t_s[:n]
    e, north = (np.interp(t, tr.t_s, axis[:, col]) for axis in (tr.e_m, tr.n_m))
    off = np.hypot(plots.e_m[:n] - e, plots.n_m[:n] - north)
    mine = np.flatnonzero(off <= np.maximum(3.0 * plots.sigma_m[:n], MIN_GATE_M))
    if len(mine) < N_REPORTS:
        return False
    last = int(np.clip(np.rint(t[mine[-1]] - tr.t_s[0]), 0, len(tr.t_s) - 1))
    ago = max(last - VELOCITY_OVER_S, 0)
    ve, vn = ((axis[last, col] - axis[ago, col]) / max(last - ago, 1) for axis in (tr.e_m, tr.n_m))
    if not np.isfinite(ve + vn):
        return False
    around = np.abs(tr.t_s - tr.t_s[row]) <= MEET_WITHIN_S
    dt = tr.t_s[around] - tr.t_s[last]
    reach = {"raid": lim.raid_radius_m, "zone": lim.zone_radius_m}.get(cause, lim.lone_radius_m)
    miss = np.hypot(tr.e_m[last, col] + ve * dt - plan_e[around], tr.n_m[last, col] + vn * dt - plan_n[around])
    return bool((miss <= reach).any())


def planned(day: Day, flight: dict[str, Any]) -> tuple[F64, F64]:
    """The plan of flights.json on the plane, (T,) each; before its first and after its last point it stands there."""
    points = flight["waypoints"]
    lat, lon, t = (np.array([float(p[k]) for p in points]) for k in ("lat_deg", "lon_deg", "t_s"))
    e, n = day.frame.to_plane(lat, lon)
    return np.interp(day.truth.t_s, t, e), np.interp(day.truth.t_s, t, n)
