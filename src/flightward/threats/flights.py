"""Where each protected flight is, how it stands to its plan, and where it is expected from now on.

A position is believed only while it is fresh and its integrity is trusted. Without one the flight is carried along
its plan (or straight on, if the plan is broken) with an error that grows: it is never held to be safe.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.config import Config
from flightward.kernels import plan_match as kernels
from flightward.model import (
    F64,
    I8,
    I64,
    NONE,
    FlightStates,
    Integrity,
    IntegrityReason,
    PlanState,
    SensorKind,
    Setup,
    TrackBatch,
    f64,
)

BOOL = NDArray[np.bool_]

_TRUSTED, _DOUBTFUL = int(Integrity.TRUSTED), int(Integrity.DOUBTFUL)
_NO_REASON, _STALE = int(IntegrityReason.NONE), int(IntegrityReason.STALE)
_UNKNOWN, _BEFORE, _ON_PLAN = int(PlanState.UNKNOWN), int(PlanState.BEFORE), int(PlanState.ON_PLAN)
_SHIFTED, _BROKEN, _ENDED = int(PlanState.SHIFTED), int(PlanState.BROKEN), int(PlanState.ENDED)

BROKEN_AFTER_S = 20.0
"""So long off its plan before the plan is shown as broken: one leg of a turn is not a broken plan."""
HEIGHT_SIGMAS = 3.0
"""A slow flight is taken for airborne when its height is over the ground by so many sigmas."""
GROUND_NEAR_M = 5_000.0
"""Ground height is taken from a site or a plan's end within this distance."""
HELD_M = 150.0
"""1 sigma of where a flight on its plan will be against its plan, besides the growth."""
ON_PLAN_GROWTH_MPS = 1.5
"""Speeds differ from the plan by a few per cent: 3 % of 50 m/s."""
WAIT_GROWTH_MPS = 0.5
"""Before take-off the place is known; only the time of departure is not."""
UNHEARD_GROWTH_MPS = 5.0
"""A flight that is not heard may have been told to slow, hold or turn."""
STRAIGHT_GROWTH_FRAC = 0.15
"""Off its plan nobody knows where it turns: 15 % of the distance flown."""
STRAIGHT_S = 1_800.0
"""A flight off its plan is followed straight on for so long."""
ARRIVAL_S = 60.0
"""In the air at the end of its plan: it lands no sooner than in a minute."""
FRESH_S = 15.0
"""A position carried on for longer than this by its track says nothing of whether the flight keeps its plan."""
FIRM_P, FIRM_M = 0.5, 1_000.0
"""A track less sure than this of being there, or of where, tells nobody where a flight is."""
UP_AGAIN_S = 10.0
"""A flight that has landed is up again when it has said so itself for this long."""
EARLY_S = 600.0
"""Down at its end no earlier than this before its time: it has landed for good."""
MASK_BITS = 62
"""Sensors beyond this row have no bit in a mask."""
GONE_M, GONE_S, LOST_S = 15_000.0, 60.0, 3_600.0
"""Last believed within GONE_M of its plan's end: over GONE_S after the end; else not before LOST_S after it."""


class FlightWatch:
    """Keeps what is known of every protected flight; `step` once per second."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        self._plans = setup.flights
        self._cfg = cfg
        n = len(setup.flights)
        self._shift_s = np.zeros(n)
        self._off_since_s = np.full(n, np.nan)
        self._believed_s = np.full(n, np.nan)
        self._believed = np.full((n, 6), np.nan)
        self._is_broken = np.zeros(n, dtype=np.bool_)
        self._was_airborne = np.full(n, NONE, dtype=np.int8)
        self._has_flown = np.zeros(n, dtype=np.bool_)
        self._has_landed = np.zeros(n, dtype=np.bool_)
        self._has_spoken = np.zeros(n, dtype=np.bool_)
        self._up_since_s = np.full(n, np.nan)
        self._coop_mask = _cooperative(setup)
        self._ground = _ground_points(setup)
        first, last = self._plans.start[:-1], np.maximum(self._plans.start[1:] - 1, 0)
        self._first_s = self._plans.wp_t_s[first] if n else np.zeros(0)
        self._last = np.column_stack([self._plans.wp_t_s, self._plans.wp_e_m, self._plans.wp_n_m])[last]

    def step(self, t_s: float, tracks: TrackBatch) -> FlightStates:
        """The states of all flights at t_s, in the order of the flight table."""
        rows = track_rows(self._plans.identity, tracks)
        seen = rows != NONE
        at = np.where(seen, rows, 0)
        integrity, why = _integrity(tracks, at, seen, self._cfg.threats.stale_s)
        believed = integrity == _TRUSTED
        state = _track_states(tracks, at)
        believed &= np.isfinite(state[:, :2]).all(axis=1) & _is_firm(tracks, at)
        heard_s = np.where(believed, t_s - tracks.age_s[at] if len(tracks) else t_s, np.nan)
        self._believed_s = np.where(believed, heard_s, self._believed_s)
        self._believed[believed] = state[believed]
        airborne = self._airborne(t_s, believed, state, _sigma_u(tracks, at))
        self._has_flown |= airborne == 1
        is_fresh = believed & (t_s - heard_s <= FRESH_S)
        is_down = self._land(t_s, is_fresh, airborne, state, self._speaks(tracks, at))
        believed, airborne = believed & ~is_down, np.where(is_down, 0, airborne).astype(np.int8)
        self._match(t_s, is_fresh & ~is_down & self._has_flown, state)
        self._delay(t_s, believed, airborne, state)
        return self._states(t_s, tracks, rows, believed, state, airborne, integrity, why)

    def _airborne(self, t_s: float, believed: BOOL, state: F64, sigma_u_m: F64) -> I8:
        """1, 0 or NONE: believed ones by speed and height, the others by what they last did and their plan."""
        cfg = self._cfg.caught
        fast = np.hypot(state[:, 3], state[:, 4]) > cfg.on_ground_mps
        # who is fast is up, however high the ground is
        rows, over_m = np.flatnonzero(believed & ~fast), np.zeros(len(state))
        if len(rows):
            over_m[rows] = state[rows, 2] - self._ground_m(state[rows]) - cfg.on_ground_agl_m
        # a height that may be an error of measurement lifts nobody off the ground, nor puts anybody down
        high = np.where(self._was_airborne == 1, over_m > 0.0, over_m > HEIGHT_SIGMAS * sigma_u_m)
        by_track = np.where(fast | high, 1, 0)
        begun, over = self._first_s + self._shift_s <= t_s, self._is_over(t_s)
        by_plan = np.where(begun & ~over, np.where(self._was_airborne == 1, 1, NONE), 0)
        out = np.where(believed, by_track, by_plan).astype(np.int8)
        self._was_airborne = np.where(believed, by_track, self._was_airborne).astype(np.int8)
        return out

    def _speaks(self, tracks: TrackBatch, at: I64) -> BOOL:
        """(F,) whether the flight itself, not only a radar, told its place lately; true of those that never did so
        through a sensor of the table: their words come another way, and their silence would tell nothing."""
        if not len(tracks):
            return ~self._has_spoken
        told = (tracks.sensor_mask[at] & self._coop_mask) != 0
        self._has_spoken |= told
        out: BOOL = told | ~self._has_spoken
        return out

    def _land(self, t_s: float, is_fresh: BOOL, airborne: I8, state: F64, speaks: BOOL) -> BOOL:
        """(F,) which flights have landed at their end, when they were to, and not been heard in the air again.

        Once it is silent on the ground a flight's track may go on with the plots of something else that flies by. Down
        near its end long before its time is a stop on the way, or a flight that returns to where it began.
        """
        at_end = np.hypot(state[:, 0] - self._last[:, 1], state[:, 1] - self._last[:, 2]) <= GROUND_NEAR_M
        # by the plan: a flight that stops at its end is matched as if it were early
        is_due = t_s >= self._last[:, 0] + np.maximum(self._shift_s, 0.0) - EARLY_S
        self._has_landed |= is_fresh & (airborne == 0) & self._has_flown & at_end & is_due
        up = is_fresh & (airborne == 1) & speaks
        self._up_since_s = np.where(up, np.fmin(self._up_since_s, t_s), np.nan)
        self._has_landed &= ~(t_s - self._up_since_s >= UP_AGAIN_S)
        return self._has_landed.copy()

    def _ground_m(self, state: F64) -> F64:
        """(F,) ground height by the nearest known ground point; -inf where none is near (it is then high)."""
        known = self._ground
        if not len(known):
            return np.full(len(state), -np.inf)
        d2 = (state[:, None, 0] - known[None, :, 0]) ** 2 + (state[:, None, 1] - known[None, :, 1]) ** 2
        d2 = np.where(np.isfinite(d2), d2, np.inf)
        row = d2.argmin(axis=1)
        return np.where(d2[np.arange(len(state)), row] <= GROUND_NEAR_M**2, known[row, 2], -np.inf)

    def _match(self, t_s: float, ask: BOOL, state: F64) -> None:
        """New delays from where the flights are; a plan is broken when no place on it fits for a while."""
        n = len(self._plans)
        shift_s, off_m, status = np.empty(n), np.empty(n), np.empty(n, np.int8)
        kernels.match(
            self._plans.start, self._plans.wp_t_s, self._plans.wp_e_m, self._plans.wp_n_m,
            np.ascontiguousarray(state[:, [0, 1, 3, 4]]), ask.astype(np.int8), t_s, self._shift_s,
            self._cfg.threats.plan_off_m, shift_s, off_m, status,
        )
        fits, off = status == 0, status == 1
        self._shift_s = np.where(fits, shift_s, self._shift_s)
        self._off_since_s = np.where(fits, np.nan, self._off_since_s)
        self._off_since_s = np.where(off & np.isnan(self._off_since_s), t_s, self._off_since_s)
        broken_now = off & (t_s - self._off_since_s >= BROKEN_AFTER_S)
        self._is_broken = (self._is_broken & ~fits) | broken_now

    def _delay(self, t_s: float, believed: BOOL, airborne: I8, state: F64) -> None:
        """Late by at least what shows: on the ground past its departure, or in the air past its arrival."""
        waits = believed & (airborne == 0) & ~self._has_flown & (self._first_s + self._shift_s < t_s)
        self._shift_s = np.where(waits, t_s - self._first_s, self._shift_s)
        far_m = np.hypot(state[:, 0] - self._last[:, 1], state[:, 1] - self._last[:, 2])
        to_go_s = np.maximum(far_m / np.maximum(np.hypot(state[:, 3], state[:, 4]), 30.0), ARRIVAL_S)
        still_up = believed & (airborne == 1) & ~self._is_broken
        is_due = still_up & (self._last[:, 0] + self._shift_s < t_s + ARRIVAL_S / 2)
        arrives_s = np.where(is_due, t_s + to_go_s, -np.inf)
        self._shift_s = np.maximum(self._shift_s, arrives_s - self._last[:, 0])

    def _is_over(self, t_s: float) -> BOOL:
        """Past the (delayed) end of its plan for long enough, or for very long where it was lost on the way.

        Of a flight that was never heard nobody knows that it has landed: it counts as lost on the way.
        """
        past_s = t_s - self._last[:, 0] - self._shift_s
        near = np.hypot(self._believed[:, 0] - self._last[:, 1], self._believed[:, 1] - self._last[:, 2]) <= GONE_M
        over: BOOL = (past_s > LOST_S) | ((past_s > GONE_S) & near)
        return over

    def _states(
        self, t_s: float, tracks: TrackBatch, rows: I64, believed: BOOL, state: F64, airborne: I8, integrity: I8,
        why: I8,
    ) -> FlightStates:
        by_plan = np.empty((len(rows), 6))
        kernels.plan_at(
            self._plans.start, self._plans.wp_t_s, self._plans.wp_e_m, self._plans.wp_n_m, self._plans.wp_u_m,
            self._shift_s, t_s, by_plan,
        )
        # an end in the air past its time: it is no longer flown on, so nothing moves there
        age_s = t_s - self._believed_s
        on = self._believed.copy()
        on[:, :2] += np.where(np.isnan(age_s), 0.0, age_s)[:, None] * on[:, 3:5]
        carried = np.where((self._is_broken & ~np.isnan(age_s))[:, None], on, by_plan)
        now = np.where(believed[:, None], state, carried)
        plan_state, mode = self._plan_states(t_s, believed, airborne, now)
        sigma_m, growth = self._spread(t_s, tracks, rows, believed, plan_state, now)
        start, path = self._paths(t_s, mode, now)
        return FlightStates(
            t_s=t_s, track=np.where(rows == NONE, NONE, tracks.track[np.where(rows == NONE, 0, rows)])
            if len(tracks) else rows,
            plan_state=plan_state, is_airborne=np.where(plan_state == _ENDED, 0, airborne).astype(np.int8),
            e_m=now[:, 0].copy(), n_m=now[:, 1].copy(), u_m=now[:, 2].copy(),
            ve_mps=now[:, 3].copy(), vn_mps=now[:, 4].copy(), vu_mps=now[:, 5].copy(),
            sigma_h_m=sigma_m, sigma_growth_mps=growth, age_s=age_s, integrity=integrity, integrity_reason=why,
            start=start, path_t_s=path[0], path_e_m=path[1], path_n_m=path[2], path_u_m=path[3],
        )

    def _plan_states(self, t_s: float, believed: BOOL, airborne: I8, now: F64) -> tuple[I8, I8]:
        """How each stands to its plan, and how its path is made (kernels.MODE_*)."""
        at_end = np.hypot(now[:, 0] - self._last[:, 1], now[:, 1] - self._last[:, 2]) <= GROUND_NEAR_M
        down = believed & (airborne == 0) & self._has_flown
        ended = (down & at_end) | self._has_landed | (self._is_over(t_s) & ~(believed & (airborne == 1)))
        before = (airborne == 0) & ~self._has_flown & ~ended
        late = np.abs(self._shift_s) > self._cfg.threats.plan_off_s
        state = np.where(late, _SHIFTED, _ON_PLAN)
        state = np.where(self._is_broken, _BROKEN, state)
        state = np.where(np.isnan(self._believed_s) & ~before, _UNKNOWN, state)
        state = np.where(before, _BEFORE, state)
        state = np.where(ended, _ENDED, state)
        mode = np.where(self._is_broken, kernels.MODE_STRAIGHT, kernels.MODE_PLAN)
        mode = np.where(before, kernels.MODE_WAIT, mode)
        mode = np.where(ended | (self._is_broken & down), kernels.MODE_OVER, mode)
        return state.astype(np.int8), mode.astype(np.int8)

    def _spread(
        self, t_s: float, tracks: TrackBatch, rows: I64, believed: BOOL, plan_state: I8, now: F64
    ) -> tuple[F64, F64]:
        """1 sigma of the place now and how fast it grows along the expected path."""
        known_m = np.zeros(len(rows))
        if len(tracks):
            at = np.where(rows == NONE, 0, rows)
            variance = 0.5 * (tracks.cov[at, 0, 0] + tracks.cov[at, 1, 1])
            known_m = np.sqrt(np.where(np.isnan(variance), 1e6, np.maximum(variance, 0.0)))
        speed = np.hypot(now[:, 3], now[:, 4])
        growth = np.where(believed, ON_PLAN_GROWTH_MPS, UNHEARD_GROWTH_MPS)
        growth = np.where(plan_state == _BEFORE, WAIT_GROWTH_MPS, growth)
        growth = np.where(plan_state == _BROKEN, STRAIGHT_GROWTH_FRAC * speed, growth)
        since_s = np.where(np.isnan(self._believed_s), self._first_s, self._believed_s)
        unheard_m = HELD_M + growth * np.clip(t_s - since_s, 0.0, LOST_S)
        sigma = np.where(believed, np.hypot(known_m, HELD_M), unheard_m)
        sigma = np.where(plan_state == _BEFORE, HELD_M, sigma)
        return sigma, growth

    def _paths(self, t_s: float, mode: I8, now: F64) -> tuple[I64, list[F64]]:
        n, room = len(mode), len(self._plans.wp_t_s) + 2 * len(mode)
        start, flat = np.zeros(n + 1, np.int64), [np.empty(room) for _ in range(4)]
        kernels.expected(
            self._plans.start, self._plans.wp_t_s, self._plans.wp_e_m, self._plans.wp_n_m, self._plans.wp_u_m,
            mode, self._shift_s, np.ascontiguousarray(now), t_s, STRAIGHT_S, start, *flat,
        )
        return start, [column[: start[-1]].copy() for column in flat]


def track_rows(identity: I64, tracks: TrackBatch) -> I64:
    """(F,) row of the newest-heard track that carries each identity, or NONE."""
    out = np.full(len(identity), NONE, dtype=np.int64)
    named = np.flatnonzero(tracks.identity != NONE)
    if not len(named) or not len(identity):
        return out
    named = named[np.argsort(-tracks.age_s[named], kind="stable")]
    # of one identity the last one in order of falling age is the freshest
    named = named[np.argsort(tracks.identity[named], kind="stable")]
    ids = tracks.identity[named]
    last = np.searchsorted(ids, identity, side="right") - 1
    hit = (last >= 0) & (ids[last] == identity) & (identity != NONE)
    return np.where(hit, named[last], NONE).astype(np.int64)


def _track_states(tracks: TrackBatch, at: I64) -> F64:
    if not len(tracks):
        return np.full((len(at), 6), np.nan)
    out = np.empty((len(at), 6))
    for i, column in enumerate((tracks.e_m, tracks.n_m, tracks.u_m, tracks.ve_mps, tracks.vn_mps, tracks.vu_mps)):
        out[:, i] = column[at]
    return out


def _sigma_u(tracks: TrackBatch, at: I64) -> F64:
    if not len(tracks):
        return np.zeros(len(at))
    return f64(np.sqrt(np.fmax(tracks.cov[at, 2, 2], 0.0)))


def _is_firm(tracks: TrackBatch, at: I64) -> BOOL:
    """(F,) whether a track is sure enough of its place, and of being there, to say where its flight is.

    A flight that fell silent leaves a track that may take a stray plot for it.
    """
    if not len(tracks):
        return np.zeros(len(at), dtype=np.bool_)
    variance = 0.5 * (tracks.cov[at, 0, 0] + tracks.cov[at, 1, 1])
    # an unknown variance is of a feed that gives none: it is no sign of doubt
    out: BOOL = (tracks.p_exists[at] >= FIRM_P) & ~(variance > FIRM_M**2)
    return out


def _integrity(tracks: TrackBatch, at: I64, seen: BOOL, stale_s: float) -> tuple[I8, I8]:
    """May the reported position be believed, and why not; NONE where nothing is heard."""
    none = np.full(len(at), NONE, dtype=np.int8)
    if not len(tracks):
        return none, np.zeros(len(at), dtype=np.int8)
    integrity = np.where(seen, tracks.integrity[at], none)
    why = np.where(seen, tracks.integrity_reason[at], _NO_REASON)
    stale = seen & ~(tracks.age_s[at] <= stale_s) & (integrity == _TRUSTED)
    integrity = np.where(stale, _DOUBTFUL, integrity)
    why = np.where(stale, _STALE, why)
    return integrity.astype(np.int8), why.astype(np.int8)


def _cooperative(setup: Setup) -> np.int64:
    """Bits of the sensors through which flights tell their own place; 0 where there is none in the table."""
    rows = np.flatnonzero(np.isin(setup.sensors.kind, (int(SensorKind.ADSB), int(SensorKind.REMOTE_ID))))
    return np.int64((np.int64(1) << rows[rows < MASK_BITS]).sum())


def _ground_points(setup: Setup) -> F64:
    """(G, 3) places whose ground height is known: sites, and both ends of each plan at its lower one."""
    sites = np.column_stack([setup.sites.e_m, setup.sites.n_m, setup.sites.hae_m])
    plans = setup.flights
    ends = [row for f in range(len(plans)) for row in (int(plans.start[f]), int(plans.start[f + 1]) - 1)]
    points = np.column_stack([plans.wp_e_m, plans.wp_n_m, plans.wp_u_m])[ends] if ends else np.zeros((0, 3))
    both = np.concatenate([sites, points])
    return f64(both[np.isfinite(both).all(axis=1)])
