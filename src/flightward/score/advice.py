"""What the advice was worth: the flight obeys the best option shown at its first CAUTION, and the truth says what came
of it.

The best option is the first row of that moment in the table's own order that is not `continue`; if only `continue`
was shown, the flight continues. The oracle knows the true future and chooses among the same options. Drones do not
react to the flight.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from flightward.score import tables
from flightward.score.alerts import Run
from flightward.score.caught import Caught, Path4D, caught_seconds
from flightward.score.day import F64, Day

WAIT_FOR_ADVICE_S = 30.0  # advice may be a step or two behind the alarm
STILL_MPS = 0.5
COLUMNS = ["t_s", "flight_id", "option", "p_caught", "delay_s", "extra_m", "decide_by_s", "route_wkb"]


def read_advice(out: Path) -> dict[str, tables.Columns]:
    """advice.parquet by flight, rows in their own order."""
    rows = tables.read(out, "advice", COLUMNS)
    return {str(k): tables.select(rows, v) for k, v in tables.group_rows(rows["flight_id"]).items()}


def advised_path(day: Day, path: Path4D, wkb: bytes, t_s: float, option: str) -> Path4D | None:
    """The truth's path until the option is taken, then its route; None when the route cannot be read.

    wkb     LINESTRING ZM of longitude, latitude, height above the ellipsoid, POSIX seconds.
    A flight on the ground when it takes the option stays there while its route stands still; a route that ends by
    standing still (other than a hold or a level) has landed there; after its end the flight is down.
    """
    points = shapely.get_coordinates(shapely.from_wkb(wkb), include_z=True, include_m=True)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    t = day.truth.t_s
    row = int(np.clip(np.rint(t_s - t[0]), 0, len(t) - 1))
    start = max(t_s, float(points[0, 3]))
    after = (t >= start) & (t <= points[-1, 3])
    gone = t > points[-1, 3]
    lon, lat, hae = (
        _onto(path_values, points[:, k], points[:, 3], t, after, gone)
        for k, path_values in ((0, path.lon_deg), (1, path.lat_deg), (2, path.hae_m))
    )
    e, n = day.frame.to_plane(lat, lon)
    airborne = np.where(t < start, path.airborne, after)
    leaves, settles = _moving_span(day, points)
    if not path.airborne[row]:
        airborne &= (t >= leaves) | (t < t_s)
        if start > t_s:
            airborne &= ~((t >= t_s) & (t < start))
    if option not in ("hold", "level"):
        airborne &= t <= max(settles, t_s)
    return Path4D(e, n, hae, lat, lon, airborne)


def _onto(old: F64, new: F64, new_t: F64, t: F64, after: Any, gone: Any) -> F64:
    out = old.copy()
    out[after] = np.interp(t[after], new_t, new)
    out[gone] = np.nan
    return out


def _moving_span(day: Day, points: F64) -> tuple[float, float]:
    """When the route first moves and when it last moves; both its first time if it never does."""
    e, n = day.frame.to_plane(points[:, 1], points[:, 0])
    dt = np.maximum(np.diff(points[:, 3]), 1e-3)
    speed = np.sqrt(np.diff(e) ** 2 + np.diff(n) ** 2 + np.diff(points[:, 2]) ** 2) / dt
    legs = np.flatnonzero(speed > STILL_MPS)
    if not len(legs):
        return float(points[0, 3]), float(points[0, 3])
    return float(points[legs[0], 3]), float(points[legs[-1] + 1, 3])


def outcome(day: Day, path: Path4D, rows: tables.Columns, k: int) -> bool | None:
    """Whether the flight is caught in the truth when it takes option row k; None when its route is not given."""
    t_s, option, wkb = float(rows["t_s"][k]), str(rows["option"][k]), rows["route_wkb"][k]
    if wkb is None:
        return None
    flown = advised_path(day, path, wkb, t_s, option)
    if flown is None:
        return None
    return bool((caught_seconds(day, flown).any & (day.truth.t_s >= t_s)).any())


def obey(
    day: Day, path: Path4D, caught: Caught, found: list[Run], rows: tables.Columns | None
) -> dict[str, Any] | None:
    """What happens to one flight that obeys at its first CAUTION. None when it never had one in the air or before."""
    if not found:
        return None
    first = found[0].start_s
    stays_caught = bool((caught.any & (day.truth.t_s >= first)).any())
    base: dict[str, Any] = {
        "t_s": first,
        "caught_if_continues": stays_caught,
        "option": None,
        "caught_if_obeys": stays_caught,
    }
    base |= {"oracle_caught": stays_caught, "options": {}, "delay_s": None, "extra_m": None, "decide_by_kept": None}
    if rows is None:
        return base
    soon = rows["t_s"][(rows["t_s"] >= first) & (rows["t_s"] <= first + WAIT_FOR_ADVICE_S)]
    if not len(soon):
        return base
    shown = np.flatnonzero(rows["t_s"] == soon.min())
    results = {int(k): outcome(day, path, rows, int(k)) for k in shown if rows["option"][k] != "continue"}
    judged = [v for v in results.values() if v is not None]
    base["oracle_caught"] = stays_caught and all(judged) if judged else stays_caught
    base["options"] = {f"{rows['option'][k]}#{n}": v for n, (k, v) in enumerate(results.items())}
    base["ranked_first"] = str(rows["option"][shown[0]])
    if not results:
        base["option"] = "continue"
        return base
    best = next(iter(results))
    base["option"] = str(rows["option"][best])
    base["p_caught"] = _number(rows["p_caught"][best])
    if results[best] is not None:
        base["caught_if_obeys"] = results[best]
    base["delay_s"], base["extra_m"] = _number(rows["delay_s"][best]), _number(rows["extra_m"][best])
    base["decide_by_s"] = _number(rows["decide_by_s"][best])
    base["decide_by_kept"] = _decide_by_kept(day, path, rows, best)
    return base


def _decide_by_kept(day: Day, path: Path4D, rows: tables.Columns, best: int) -> bool | None:
    """Whether the option, taken at the last moment it was shown before its first decide-by, still saves the flight.

    False when its decide-by had passed when it was first shown; None when it had none or its later route is not given.
    """
    decide_by, shown_s = float(rows["decide_by_s"][best]), float(rows["t_s"][best])
    if np.isnan(decide_by):
        return None
    if decide_by < shown_s:
        return False
    same = (rows["option"] == rows["option"][best]) & (rows["t_s"] >= shown_s) & (rows["t_s"] <= decide_by)
    last = np.flatnonzero(same & (rows["t_s"] == rows["t_s"][same].max()))
    results = [outcome(day, path, rows, int(k)) for k in last]
    judged = [r for r in results if r is not None]
    return None if not judged else not all(judged)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
