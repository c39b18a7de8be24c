"""Paths of points, as GPX and KML hold them -> plans, or reports of positions.

Points without a time take one from `start_s` and `speed_mps` of the [[plan]], along straight lines; points without a
height take `hae_m`. Without those the plan is unfinished; so is one that has lost a point, for its path would be
another one. Heights of GPX and of KML's absolute mode are above the sea.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.feeds.declared.shapes import GEOD
from flightward.feeds.plans.plan import Plan, PlanContext, Plans, Waypoint
from flightward.feeds.reports import Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects


@dataclasses.dataclass
class Path:
    """One line of points, columns of equal length; t_s, msl_m NaN unknown. `is_flown`: a track, not a route.

    `lost`: what of it could not be read, a text for each.
    """

    name: str
    t_s: list[float] = dataclasses.field(default_factory=list)
    lat_deg: list[float] = dataclasses.field(default_factory=list)
    lon_deg: list[float] = dataclasses.field(default_factory=list)
    msl_m: list[float] = dataclasses.field(default_factory=list)
    rows: list[int] = dataclasses.field(default_factory=list)
    is_flown: bool = False
    lost: list[str] = dataclasses.field(default_factory=list)

    def add(self, row: int, t_s: float, lat_deg: float, lon_deg: float, msl_m: float) -> bool:
        """Add a point; False if it is nowhere on Earth: it is lost."""
        if not (abs(lat_deg) <= 90.0 and abs(lon_deg) <= 180.0):
            self.lost.append("position of a point")
            return False
        for column, value in ((self.t_s, t_s), (self.lat_deg, lat_deg), (self.lon_deg, lon_deg), (self.msl_m, msl_m)):
            column.append(value)
        self.rows.append(row)
        return True


def plans_of(paths: list[Path], ctx: PlanContext, rejects: Rejects) -> Plans:
    """A plan of each path."""
    out = Plans(rejects=rejects)
    n_named: dict[str, int] = {}
    for k, path in enumerate(paths):
        own = str(ctx.options.get("flight_id", "")) if len(paths) == 1 else ""
        name = own or path.name or f"{ctx.feed or 'plan'}-{k + 1}"
        n_named[name] = n_named.get(name, 0) + 1
        name = name if n_named[name] == 1 else f"{name}#{n_named[name]}"
        points, missing = _waypoints(path, ctx)
        if missing:
            out.cannot_use(name, missing, f"{len(path.t_s)} points" + (f", {len(path.lost)} lost" if path.lost else ""))
        else:
            out.plans.append(Plan(name, tuple(points)))
    return out


def _waypoints(path: Path, ctx: PlanContext) -> tuple[list[Waypoint], list[str]]:
    missing = list(path.lost)
    times = np.array(path.t_s, dtype=np.float64)
    if not len(times):
        return [], missing or ["points"]
    if np.isnan(times).all():
        times = _by_speed(path, ctx)
    if np.isnan(times).any():
        missing.append("times")
    heights = np.array(path.msl_m, dtype=np.float64) + ctx.geoid_or_zero_m
    heights = np.where(np.isnan(heights), ctx.option("hae_m"), heights)
    if np.isnan(heights).any():
        missing.append("heights")
    if not missing and bool((np.diff(times) < 0.0).any()):
        missing.append("order of time")
    rows = zip(times.tolist(), path.lat_deg, path.lon_deg, heights.tolist(), strict=True)
    return [Waypoint(*row) for row in rows], missing


def _by_speed(path: Path, ctx: PlanContext) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    start_s, speed_mps = ctx.option("start_s"), ctx.option("speed_mps")
    if not speed_mps > 0.0 or math.isnan(start_s):
        return np.full(len(path.t_s), np.nan)
    lon, lat = np.array(path.lon_deg), np.array(path.lat_deg)
    _, _, lengths_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return start_s + np.concatenate([[0.0], np.cumsum(lengths_m)]) / speed_mps


def reports_of(paths: list[Path], ctx: FeedContext, rejects: Rejects) -> FeedRows:
    """A report of each point that has a time; the identity is the feed's `identity`, else the path's name."""
    rows: list[tuple[int, float, float, float, float, str]] = []
    for path in paths:
        who = str(ctx.options.get("identity", "")) or path.name
        for k, t_s in enumerate(path.t_s):
            if math.isnan(t_s):
                rejects.add_one("time", path.rows[k])
            else:
                rows.append((path.rows[k], t_s, path.lat_deg[k], path.lon_deg[k], path.msl_m[k] + ctx.geoid_m, who))
    table = np.array([r[1:5] for r in rows], dtype=np.float64).reshape(-1, 4)
    numbers = {name: table[:, k] for k, name in enumerate(("t_s", "lat_deg", "lon_deg", "hae_m"))}
    texts = {"identity": Coded.of([r[5] or None for r in rows])}
    if ctx.options.get("sensor") is not None:
        texts["sensor_id"] = Coded.of([str(ctx.options["sensor"])] * len(rows))
    return report_rows(numbers, texts, None, ctx, rejects, np.array([r[0] for r in rows], dtype=np.int64))
