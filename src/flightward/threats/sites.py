"""Places that hostile or unidentified drones are near, or will be within twenty minutes."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.config import CaughtConfig, Config
from flightward.encounters import PathBatch, Swept, p_caught
from flightward.model import F64, I64, NONE, Futures, HostileSource, Kind, Path4D, Setup, TrackBatch, ZoneBatch

AHEAD_S = 1_200.0
REFRESH_S = 30.0
"""Places stand still and 10 km are wide: every half minute is enough for what is minutes ahead."""
NEAR_P = 0.5
SETTLE_S = 20.0
"""A new track counts for places after this time: a drone flies 1 km in it, and its class is known by then."""


@dataclasses.dataclass(frozen=True)
class SiteChance:
    """Per site: chance of a drone within the radius now and ahead, when, the nearest now and how many are in."""

    p_now: F64
    p_ahead: F64
    t_ahead_s: F64
    miss_h_m: F64
    track: I64
    n: I64
    over_s: F64
    """(S, 3) when it is expected to be over, and both ends of the 80 % interval of that; NaN nothing ahead."""
    track_ahead: I64
    """The drone that most often comes near."""


class Sites:
    """Asks for every site whether drones are near it."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        self._e_m, self._n_m = setup.sites.e_m, setup.sites.n_m
        self._radius_m = cfg.caught.site_radius_m
        # a place is threatened by one drone at any height: the lone cylinder, as wide as the site's, without a top
        self._caught = CaughtConfig(
            caught_n=1_000_000, raid_radius_m=0.0, lone_radius_m=self._radius_m, lone_height_m=np.inf,
        )
        self._no_zones = ZoneBatch.empty()
        self._p_ahead = np.zeros(len(setup.sites))
        self._t_ahead_s = np.full(len(setup.sites), np.nan)
        self._over_s = np.full((len(setup.sites), 3), np.nan)
        self._track = np.full(len(setup.sites), NONE, dtype=np.int64)
        self._done_s = -np.inf

    def step(self, t_s: float, tracks: TrackBatch, futures: Futures | None, boxes: Swept | None) -> SiteChance:
        """What is known of every site at t_s."""
        n_sites = len(self._e_m)
        if futures is None:
            self._p_ahead, self._t_ahead_s = np.zeros(n_sites), np.full(n_sites, np.nan)
            self._over_s = np.full((n_sites, 3), np.nan)
            self._track = np.full(n_sites, NONE, dtype=np.int64)
        elif n_sites and t_s - self._done_s >= REFRESH_S:
            self._done_s = t_s
            self._ahead(t_s, futures, boxes)
        weight = tracks.p_exists * np.maximum(tracks.p_hostile, _unidentified(tracks)) * _settled(tracks, t_s)
        rows = np.flatnonzero(weight >= 0.1)
        if not len(rows) or not n_sites:
            zero, far = np.zeros(n_sites), np.full(n_sites, np.nan)
            none, count = np.full(n_sites, NONE, dtype=np.int64), np.zeros(n_sites, dtype=np.int64)
            return SiteChance(zero, self._p_ahead, self._t_ahead_s, far, none, count, self._over_s, self._track)
        d_m = np.hypot(self._e_m[:, None] - tracks.e_m[rows], self._n_m[:, None] - tracks.n_m[rows])
        inside = np.where(d_m <= self._radius_m, weight[rows], 0.0)
        nearest = d_m.argmin(axis=1)
        return SiteChance(
            1.0 - np.prod(1.0 - np.minimum(inside, 1.0), axis=1), self._p_ahead, self._t_ahead_s,
            d_m[np.arange(n_sites), nearest], tracks.track[rows[nearest]], np.rint(inside.sum(axis=1)).astype(np.int64),
            self._over_s, self._track,
        )

    def _ahead(self, t_s: float, futures: Futures, boxes: Swept | None) -> None:
        end_s = t_s + AHEAD_S
        places = [
            Path4D(np.array([t_s, end_s]), np.array([e, e]), np.array([n, n]), np.zeros(2))
            for e, n in zip(self._e_m, self._n_m, strict=True)
        ]
        chance = p_caught(PathBatch.of(places), futures, self._no_zones, t_s, self._caught, boxes)
        self._p_ahead, self._t_ahead_s = chance.p_lone, chance.t_lone_s
        self._track = chance.hazard_track
        self._over_s = np.column_stack([chance.t_over_s, chance.t_over_early_s, chance.t_over_late_s])


def _settled(tracks: TrackBatch, t_s: float) -> F64:
    """1 for tracks whose class may be believed, 0 for those so new that a bird may still pass for a drone."""
    is_young = (t_s - tracks.since_s < SETTLE_S) & (tracks.hostile_source != HostileSource.DECLARED)
    return np.where(is_young, 0.0, 1.0)


def _unidentified(tracks: TrackBatch) -> F64:
    """Chance of being a drone that nobody has declared harmless and that does not say who it is."""
    unknown = (tracks.identity == NONE) & (tracks.hostile != 0)
    return np.where(unknown, tracks.p_class[:, Kind.DRONE], 0.0)
