"""State vectors of flights that were flown -> plans: the path, thinned to what straight lines in time do not tell.

    traffic-json, traffic-parquet, opensky-csv    one plan an aircraft (icao24)

A point is left out if the flight at its time is within H_M and V_M of the line between those that stay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flightward.feeds.plans.plan import Plan, PlanContext, Plans, Waypoint
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.statevectors import OpenSkyCsv, traffic_json, traffic_parquet
from flightward.model import F64, I64, AreaFrame, Names

H_M = 100.0
V_M = 30.0


def flown_plans(read: Callable[[bytes, FeedContext], FeedRows]) -> Callable[[bytes, PlanContext], Plans]:
    """A reader of plans from a reader of state vectors."""

    def plans(data: bytes, ctx: PlanContext) -> Plans:
        names = Names()
        rows = read(data, FeedContext(ctx.feed, names, AreaFrame(0.0, 0.0), {}))
        return _plans(rows, names, ctx)

    return plans


def opensky_csv(data: bytes, ctx: FeedContext) -> FeedRows:
    """All rows of an OpenSky CSV file."""
    parser = OpenSkyCsv(ctx)
    parser.receive(data)
    parser.finish()
    return parser.rows()


traffic_json_plans = flown_plans(traffic_json)
traffic_parquet_plans = flown_plans(traffic_parquet)
opensky_csv_plans = flown_plans(opensky_csv)


def _plans(rows: FeedRows, names: Names, ctx: PlanContext) -> Plans:
    out = Plans(rejects=rows.rejects)
    r = rows.reports
    fixed = np.isfinite(r.lat_rad)
    for who in np.unique(r.identity[fixed]).tolist():
        mine = np.flatnonzero(fixed & (r.identity == who))
        mine = mine[np.argsort(r.t_s[mine], kind="stable")]
        mine = mine[np.concatenate([[True], np.diff(r.t_s[mine]) > 0.0])]
        hae_m = _heights(r.hae_m[mine], r.baro_m[mine], ctx)
        icao24 = str(names.text(who))
        if np.isnan(hae_m).any():
            out.cannot_use(icao24, ["heights"], f"{len(mine)} positions")
            continue
        keep = thinned(r.t_s[mine], r.lat_rad[mine], r.lon_rad[mine], hae_m)
        columns = (r.t_s[mine], np.degrees(r.lat_rad[mine]), np.degrees(r.lon_rad[mine]), hae_m)
        points = tuple(Waypoint(*p) for p in zip(*(c[keep].tolist() for c in columns), strict=True))
        out.plans.append(Plan(icao24, points, icao24=icao24))
    return out


def _heights(hae_m: F64, baro_m: F64, ctx: PlanContext) -> F64:
    """Heights above the ellipsoid: the geometric one, else by pressure, else on the line between those known."""
    shift = ctx.hae_of_level_m(0.0)
    known = np.where(np.isnan(hae_m), baro_m + shift, hae_m)
    good = np.isfinite(known)
    if not good.any():
        return np.full(len(known), ctx.option("hae_m"))
    at = np.arange(len(known))
    return np.interp(at, at[good], known[good])


def thinned(t_s: F64, lat_rad: F64, lon_rad: F64, hae_m: F64) -> I64:
    """Rows to keep of N points in order of time, so that none is farther than H_M or V_M from the line at its time."""
    e = lon_rad * np.cos(lat_rad.mean()) * 6_371_000.0
    p = np.column_stack([e / H_M, lat_rad * 6_371_000.0 / H_M, hae_m / V_M])
    keep = np.zeros(len(t_s), dtype=np.bool_)
    keep[[0, -1]] = True
    waiting = [(0, len(t_s) - 1)]
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        share = ((t_s[a + 1 : b] - t_s[a]) / (t_s[b] - t_s[a]))[:, None]
        off = p[a + 1 : b] - (p[a] + share * (p[b] - p[a]))
        worst = np.maximum(np.hypot(off[:, 0], off[:, 1]), np.abs(off[:, 2]))
        k = int(np.argmax(worst))
        if worst[k] > 1.0:
            keep[a + 1 + k] = True
            waiting += [(a, a + 1 + k), (a + 1 + k, b)]
    return np.flatnonzero(keep)
