"""What was known of a hazard that no sensor sees any more: nothing is cleared by data going missing."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.encounters import CaughtChance
from flightward.kernels import visibility
from flightward.model import F64, I64, NONE, Coverage, RaidPicture, Setup, TrackBatch
from flightward.model.visibility import ROUGH_HEIGHT_M, seeing, sensor_arrays, with_learnt
from flightward.threats.blind import SEEN_P_MIN
from flightward.threats.near import Near
from flightward.threats.rows import LONE, ZONE
from flightward.threats.sites import SiteChance

BOOL = NDArray[np.bool_]
REMEMBER_P = 0.1
"""A chance below this is not worth remembering."""
LASTS_S = 300.0
"""Where nobody says when it will be over: this long after the time at which it was to be met."""
_NAMES = ("e_m", "n_m", "u_m", "ve_mps", "vn_mps")


class Dark:
    """Says of places whether any live sensor would see a drone there."""

    def __init__(self, setup: Setup) -> None:
        self._sensors = setup.sensors
        self._arrays = sensor_arrays(setup.sensors)

    def __call__(self, coverage: Coverage, e_m: F64, n_m: F64, u_m: F64) -> BOOL:
        """(N,) True: none does, so what was there may be there still."""
        p_seen = np.empty(len(e_m))
        visibility.p_seen(
            with_learnt(self._arrays, coverage), seeing(self._sensors, coverage), e_m, n_m, u_m, ROUGH_HEIGHT_M, 0,
            p_seen,
        )
        return ~(p_seen >= SEEN_P_MIN)


@dataclasses.dataclass
class Memory:
    """The chances (N, H) that one source each gave N flights or sites while it was seen, and where it was."""

    source: I64
    seen_s: F64
    state: F64
    p: F64
    at_s: F64
    over_s: F64

    @classmethod
    def of(cls, n: int, kinds: int) -> Memory:
        """Nothing remembered."""
        return cls(
            np.full(n, NONE, dtype=np.int64), np.full(n, np.nan), np.full((n, 5), np.nan), np.zeros((n, kinds)),
            np.full((n, kinds), np.nan), np.full(n, np.nan),
        )

    def keep(self, t_s: float, here: BOOL, source: I64, state: F64, p: F64, t_to_s: F64, over_s: F64) -> None:
        """Remember the rows that are `here`. over_s NaN: LASTS_S after the last time to one of the kinds."""
        if not here.any():
            return
        last_s = t_s + np.where(np.isfinite(t_to_s) & (p >= REMEMBER_P), t_to_s, 0.0).max(axis=1)
        over_s = np.where(np.isfinite(over_s), over_s, last_s + LASTS_S)
        self.source = np.where(here, source, self.source)
        self.seen_s = np.where(here, t_s, self.seen_s)
        self.over_s = np.where(here, over_s, self.over_s)
        self.state = np.where(here[:, None], state, self.state)
        self.p = np.where(here[:, None], p, self.p)
        self.at_s = np.where(here[:, None], t_s + t_to_s, self.at_s)

    def fill(
        self, t_s: float, there: I64, coverage: Coverage, dark: Dark, p: F64, t_to_s: F64, *, is_judged: bool = True
    ) -> BOOL:
        """Put what is remembered into p and t_to_s where the source is not `there` and its air is dark; (N,) where.

        is_judged  False: nobody has worked out this second what the sources that are there do; what was known holds.
        """
        is_there = np.isin(self.source, there)
        gone: BOOL = (self.source != NONE) & ~(is_there & is_judged) & (t_s <= self.over_s)
        if not gone.any():
            return gone
        dt = t_s - self.seen_s
        e, n = self.state[:, 0] + dt * self.state[:, 3], self.state[:, 1] + dt * self.state[:, 4]
        still = gone & (is_there | dark(coverage, e, n, self.state[:, 2].copy()))
        self.source[gone & ~still] = NONE
        rises = still[:, None] & (self.p > np.nan_to_num(p))
        np.copyto(p, self.p, where=rises)
        np.copyto(t_to_s, np.maximum(self.at_s - t_s, 0.0), where=rises)
        return np.asarray(rises.any(axis=1), dtype=np.bool_)


class LostHazards:
    """Remembers, per flight, the chances that its raid and its nearest drone gave while they were seen."""

    def __init__(self, setup: Setup, kinds: int) -> None:
        n = len(setup.flights)
        self._dark = Dark(setup)
        self._raid, self._drone = Memory.of(n, kinds), Memory.of(n, kinds)
        zones = setup.zones
        spans = [slice(int(zones.start[z]), int(zones.start[z + 1])) for z in range(len(zones))]
        self._zone_e_m = np.array([zones.e_m[s].mean() for s in spans])
        self._zone_n_m = np.array([zones.n_m[s].mean() for s in spans])

    def fill(
        self, t_s: float, p: F64, t_to_s: F64, far: CaughtChance, near: Near, picture: RaidPicture, tracks: TrackBatch,
        coverage: Coverage,
    ) -> BOOL:
        """Put remembered chances into p and t_to_s (F, H) where a hazard is gone from dark air; (F,) where that was.

        One that is gone from air that a live sensor sees is gone indeed.
        """
        self._keep_raids(t_s, p, t_to_s, far, picture)
        self._keep_drones(t_s, p, t_to_s, far, near, tracks)
        judged = picture.futures is not None
        lost = self._raid.fill(t_s, picture.raids.raid, coverage, self._dark, p, t_to_s, is_judged=judged)
        return lost | self._drone.fill(t_s, tracks.track, coverage, self._dark, p, t_to_s, is_judged=judged)

    def _keep_raids(self, t_s: float, p: F64, t_to_s: F64, far: CaughtChance, picture: RaidPicture) -> None:
        raids = picture.raids
        if not len(raids) or not len(p):
            return
        wanted = far.hazard_raid.copy()
        # drones that only make a zone dangerous catch nobody themselves: the raid nearest to the zone is behind it
        by_zone = np.flatnonzero((wanted == NONE) & (far.hazard_zone != NONE) & (p[:, ZONE] >= REMEMBER_P))
        if len(by_zone):
            zone = far.hazard_zone[by_zone]
            away = np.hypot(
                self._zone_e_m[zone][:, None] - raids.e_m, self._zone_n_m[zone][:, None] - raids.n_m
            )
            wanted[by_zone] = raids.raid[away.argmin(axis=1)]
        hit = wanted[:, None] == raids.raid[None, :]
        here = hit.any(axis=1) & (p.max(axis=1) >= REMEMBER_P)
        row = hit.argmax(axis=1)
        state = np.column_stack([getattr(raids, name)[row] for name in _NAMES])
        self._raid.keep(t_s, here, wanted, state, p, t_to_s, far.t_over_s)

    def _keep_drones(
        self, t_s: float, p: F64, t_to_s: F64, far: CaughtChance, near: Near, tracks: TrackBatch
    ) -> None:
        if not len(tracks) or not len(p):
            return
        by_near = np.fmax(near.p_lone_soon, 0.0) >= far.p_lone
        wanted = np.where(by_near, near.track, far.hazard_track)
        row, found = rows_of(tracks, wanted)
        alone = np.zeros_like(p)
        alone[:, LONE] = p[:, LONE]
        here = found & (p[:, LONE] >= REMEMBER_P)
        state = np.column_stack([getattr(tracks, name)[row] for name in _NAMES])
        self._drone.keep(t_s, here, wanted, state, alone, t_to_s, np.full(len(p), np.nan))


class LostSites:
    """The same for sites: kinds are near now and ahead."""

    def __init__(self, setup: Setup, radius_m: float) -> None:
        self._dark = Dark(setup)
        self._e_m, self._n_m, self._radius_m = setup.sites.e_m, setup.sites.n_m, radius_m
        self._near, self._ahead = (Memory.of(len(setup.sites), 1) for _ in range(2))

    def fill(
        self, t_s: float, chance: SiteChance, tracks: TrackBatch, coverage: Coverage, *, is_judged: bool
    ) -> SiteChance:
        """The chances with what is remembered put in. is_judged: there are futures to ask for what is ahead."""
        n_sites = len(self._e_m)
        if not n_sites:
            return chance
        now, ahead = chance.p_now[:, None].copy(), chance.p_ahead[:, None].copy()
        zero, to_s = np.zeros((n_sites, 1)), (chance.t_ahead_s - t_s)[:, None].copy()
        if len(tracks):
            row, found = rows_of(tracks, chance.track)
            state = np.column_stack([getattr(tracks, name)[row] for name in _NAMES])
            speed = np.maximum(np.hypot(state[:, 3], state[:, 4]), 10.0)
            leaves_s = t_s + 2.0 * self._radius_m / speed
            self._near.keep(t_s, found & (now[:, 0] >= REMEMBER_P), chance.track, state, now, zero, leaves_s)
            row, found = rows_of(tracks, chance.track_ahead)
            state = np.column_stack([getattr(tracks, name)[row] for name in _NAMES])
            here = found & (ahead[:, 0] >= REMEMBER_P)
            self._ahead.keep(t_s, here, chance.track_ahead, state, ahead, to_s, chance.over_s[:, 0])
        lost = self._near.fill(t_s, tracks.track, coverage, self._dark, now, zero)
        lost |= self._ahead.fill(t_s, tracks.track, coverage, self._dark, ahead, to_s, is_judged=is_judged)
        if not lost.any():
            return chance
        behind = np.where(now[:, 0] > 0.0, self._near.source, self._ahead.source)
        return dataclasses.replace(
            chance, p_now=now[:, 0].copy(), p_ahead=ahead[:, 0].copy(), t_ahead_s=t_s + to_s[:, 0],
            track=np.where(lost & (chance.track == NONE), behind, chance.track),
        )


def rows_of(tracks: TrackBatch, track: I64) -> tuple[I64, BOOL]:
    """Row of each track number, and whether there is one."""
    order = np.argsort(tracks.track, kind="stable")
    at = np.minimum(np.searchsorted(tracks.track[order], track), len(order) - 1)
    return order[at], tracks.track[order[at]] == track
