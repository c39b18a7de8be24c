"""From a day to the question: near the flight, in its scheduled time, against the rest of the area."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import shapely

from flightward.errors import BadInput
from flightward.review.chance.assess import ALPHA, N_DRAWS, Result, chance_or_aim
from flightward.review.chance.launches import GAP_S
from flightward.review.chance.presence import F64, I64, Presence, presence
from flightward.review.chance.windows import LEAST_WINDOW_S, SCHEDULE, Window
from flightward.review.evidence import Columns, Evidence
from flightward.review.scene import Scene

NEAR_RADII = 2.0
"""Near the flight: within this many times the radius at which a raid catches (10 km) of its planned way."""
STAY_GAP_S = 60.0
"""A drone not seen for longer has left; when it is seen again it has come again."""
NEAR = "near the flight"
_SQRT3 = math.sqrt(3.0)


@dataclasses.dataclass(frozen=True)
class Region:
    """The ground near a flight's planned way, and the pieces of about its size that the rest falls into.

    Fixed by the plan alone: way (P, 2) on the plane of `scene`, reach_m, and the hexagons' side_m from the middle_m.
    """

    scene: Scene
    way: F64
    reach_m: float
    middle_m: tuple[float, float]
    side_m: float

    def names(self, lat_deg: F64, lon_deg: F64) -> list[str]:
        """The region of each place: NEAR, or that of its hexagon ("E+1 N-2")."""
        e, n = self.scene.to_plane(lat_deg, lon_deg)
        distance = shapely.distance(shapely.points(e, n), shapely.linestrings(self.way))
        q, r = _hexagon((e - self.middle_m[0]) / self.side_m, (n - self.middle_m[1]) / self.side_m)
        return [
            NEAR if d <= self.reach_m else f"E{i:+d} N{k:+d}"
            for d, i, k in zip(distance.tolist(), q.tolist(), r.tolist(), strict=True)
        ]


def schedule_window(scene: Scene) -> Window:
    """The flight's time in the air by its plan, as far as the day goes.

    Errors  BadInput when the plan lies outside the day.
    """
    f = scene.flight
    from_s, to_s = max(float(f.t_s[0]), scene.start_s), min(float(f.t_s[-1]), scene.end_s)
    if to_s - from_s < LEAST_WINDOW_S:
        raise BadInput("its plan lies outside the day", key="flight", value=f.flight_id)
    return Window(from_s, to_s, SCHEDULE)


def flight_region(evidence: Evidence) -> Region:
    """Near the flight: within NEAR_RADII times the catching radius of its planned way."""
    f, reach_m = evidence.scene.flight, NEAR_RADII * evidence.caught.raid_radius_m
    way = np.column_stack([f.e_m, f.n_m]).astype(np.float64)
    if len(way) == 1:
        way = np.repeat(way, 2, axis=0)
    area = shapely.area(shapely.buffer(shapely.linestrings(way), reach_m))
    middle = 0.5 * (way.min(axis=0) + way.max(axis=0))
    return Region(evidence.scene, way, reach_m, (float(middle[0]), float(middle[1])), math.sqrt(area / (1.5 * _SQRT3)))


def day_presence(evidence: Evidence, region: Region, *, picture: bool = False) -> Presence:
    """The stays of one day's hostile drones, those of the truth where it is known (unless `picture` asks for tracks).

    Without the truth a drone whose track broke counts anew, and one that no sensor saw is missing.
    """
    truth = None if picture else evidence.drones_truth
    rows = evidence.drones if truth is None else truth
    if truth is not None and "on_ground" in truth:
        rows = {k: v[truth["on_ground"] != 1.0] for k, v in truth.items()}
    return presence(*_stays(rows, region), watched_s=[(evidence.scene.start_s, evidence.scene.end_s)], regions=[NEAR])


def join_days(days: Sequence[Presence]) -> Presence:
    """Days of the same regions as one table: more base for one window. Drones of different days are different ones.

    Errors  BadInput when there is none, or their times overlap.
    """
    if not days:
        raise BadInput("needs a day at least", key="days")
    names, regions = [], []
    for k, d in enumerate(days):
        names += [f"{k}:{d.drones[i]}" for i in d.drone]
        regions += [d.regions[i] for i in d.region]
    return presence(
        names, np.concatenate([d.first_s for d in days]), np.concatenate([d.last_s for d in days]), regions,
        watched_s=np.concatenate([d.watched_s for d in days]), regions=[r for d in days for r in d.regions],
    )  # fmt: skip


def flight_result(
    evidence: Evidence,
    other_days: Sequence[Evidence] = (),
    *,
    alpha: float = ALPHA,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Result:
    """Was it thicker near this flight, in its scheduled time, than the region's own base rate explains?

    other_days   evidence of further days around the same area (any flight of theirs), for the base rate: one day of an
                 hour or two holds too few windows like the flight's, and the answer is then Answer.NO_BASE.
    The window and the region come from the flight's plan alone. Launch groups are inferred from gaps.
    """
    region = flight_region(evidence)
    table = join_days([day_presence(e, region) for e in (evidence, *other_days)])
    return chance_or_aim(
        table if len(table.regions) > 1 else dataclasses.replace(table, regions=(*table.regions, "elsewhere")),
        NEAR, schedule_window(evidence.scene), alpha=alpha, n_draws=n_draws, seed=seed, group_gap_s=GAP_S,
    )  # fmt: skip


def _stays(rows: Columns, region: Region) -> tuple[list[str], F64, F64, list[str]]:
    """drone, first, last, region of each unbroken stay."""
    known = np.isfinite(rows["lat_deg"]) & np.isfinite(rows["lon_deg"])
    t_s, drone = rows["t_s"][known], rows["track_id"][known].astype(str)
    if not len(t_s):
        return [], np.zeros(0), np.zeros(0), []
    ids, number = np.unique(drone, return_inverse=True)
    places, at = np.unique(region.names(rows["lat_deg"][known], rows["lon_deg"][known]), return_inverse=True)
    order = np.lexsort((t_s, number))
    t_s, number, at = t_s[order], number[order], at[order]
    new = (np.diff(number) != 0) | (np.diff(at) != 0) | (np.diff(t_s) > STAY_GAP_S)
    first = np.concatenate([[0], np.flatnonzero(new) + 1])
    last = np.concatenate([first[1:] - 1, [len(t_s) - 1]])
    return ids[number[first]].tolist(), t_s[first], t_s[last], places[at[first]].tolist()


def _hexagon(x: F64, y: F64) -> tuple[I64, I64]:
    """Axial numbers of the hexagon of side 1, a corner to the north, of each point: rounded in three axes."""
    q, r = _SQRT3 / 3.0 * x - y / 3.0, 2.0 / 3.0 * y
    s = -q - r
    qi, ri, si = np.rint(q), np.rint(r), np.rint(s)
    dq, dr, ds = np.abs(qi - q), np.abs(ri - r), np.abs(si - s)
    q_worst = (dq > dr) & (dq > ds)
    r_worst = ~q_worst & (dr > ds)
    return np.where(q_worst, -ri - si, qi).astype(np.int64), np.where(r_worst, -qi - si, ri).astype(np.int64)
