"""Where a flight's surroundings, or the flight itself, are not seen: a row of its own that ends no other hazard."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.kernels import path_places, visibility
from flightward.kernels.visibility import SensorArrays
from flightward.model import (
    F64,
    I8,
    I64,
    Coverage,
    FlightStates,
    Integrity,
    IntegrityReason,
    PlanState,
    Reason,
    Setup,
)
from flightward.model.visibility import NON_COOPERATIVE, ROUGH_HEIGHT_M, sensor_arrays, with_learnt

SEEN_P_MIN = 0.3
"""Below this chance per look nothing sees there: no sensor, or only the soft edge of one."""
EDGE_P = 0.02
"""A sensor of just `blind_p` is not blind for the last percent of a soft edge."""
DEBOUNCE_S = 5.0
"""Coverage must be lost or back for this long: edges flicker."""
BACK_S = 30.0
"""The same for the way out of air that was learnt to be dark: each new cell of a valley is learnt anew."""
AHEAD_S = 30.0
"""Air that a flight enters within this time counts as its own."""
BEFORE_LANDING_S = 180.0
BEFORE_TAKEOFF_S, CLIMBED_S = 600.0, 90.0
"""From this long before take-off the air that it climbs into is looked at: where it is CLIMBED_S after take-off."""
NEVER_S = 60.0
"""A flight that should be up gets this long to be heard at all."""
_ENDED, _BEFORE = int(PlanState.ENDED), int(PlanState.BEFORE)
_DOUBTFUL, _FALSE, _STALE = int(Integrity.DOUBTFUL), int(Integrity.FALSE), int(IntegrityReason.STALE)
_SILENT, _HOLE = int(Reason.SENSOR_SILENT), int(Reason.HOLE_LEARNT)
MASK_BITS = 62
"""Sensors beyond this row have no bit in a mask."""


@dataclasses.dataclass(frozen=True)
class Blind:
    """Per flight (F,): why it is blind (Reason.NONE: it is not), the silent sensors' bits, the age of the evidence.

    age_s  for silent sensors the shortest silence among them, else the time since a position was believed.
    """

    reason: I8
    sensor_mask: I64
    age_s: F64


class Blindness:
    """Keeps the debounced coverage of each flight."""

    def __init__(self, setup: Setup, stale_s: float, blind_p: float) -> None:
        n = len(setup.flights)
        self._setup = setup
        self._arrays = sensor_arrays(setup.sensors)
        self._non_cooperative = np.isin(setup.sensors.kind, NON_COOPERATIVE).astype(np.int8)
        self._is_dark = np.zeros(n, dtype=np.bool_)
        self._differs_s = np.full(n, np.nan)
        self._stale_s = stale_s
        self._dark_p = blind_p - EDGE_P
        self._is_hole = np.zeros(n, dtype=np.bool_)
        self._reason = np.zeros(n, dtype=np.int8)
        self._was_asked = np.zeros(n, dtype=np.bool_)
        first = setup.flights.start[:-1]
        self._begun_s = np.maximum(setup.start_s, setup.flights.wp_t_s[first]) if n else np.zeros(0)

    def step(self, t_s: float, states: FlightStates, coverage: Coverage) -> Blind:
        """Which flights are blind at t_s; one that needs no eye yet is not."""
        up = (states.is_airborne != 0) & (states.plan_state != _ENDED)
        e, n, u, due = _places(t_s, states)
        asked = up | due
        live = self._non_cooperative & (coverage.is_live == 1)
        learnt = with_learnt(self._arrays, coverage, high=True)
        here = ~(self._seen(learnt, live, e, n, u) >= self._dark_p)
        soon = up & ~here & ~(self._seen(learnt, live, *_ahead(t_s, states)) >= self._dark_p)
        dark = asked & self._debounced(t_s, asked, here | soon)
        mask, age_s = np.zeros(len(up), dtype=np.int64), states.age_s
        if dark.any():
            now = self._reasons(learnt, live, (e, n, u), soon)
            # while the way out is awaited, why it was dark still stands
            self._reason = np.where(here | soon, now, self._reason).astype(np.int8)
        reason = np.where(dark, self._reason, 0).astype(np.int8)
        self._is_hole = dark & (reason == _HOLE)
        reason = _position_reason(t_s, self._begun_s, self._stale_s, states, up, reason)
        rows = np.flatnonzero(reason == _SILENT)
        if len(rows):
            age_s = age_s.copy()
            mask[rows], age_s[rows] = self._silent(self._non_cooperative - live, coverage, e[rows], n[rows], u[rows])
        return Blind(reason, mask, age_s)

    def _reasons(self, learnt: SensorArrays, live: I8, at: tuple[F64, F64, F64], soon: NDArray[np.bool_]) -> I8:
        """Why each flight's air is dark, or soon will be (F,)."""
        by_limits = self._seen(self._arrays, live, *at) >= self._dark_p
        could = self._seen(learnt, self._non_cooperative, *at) >= self._dark_p
        out = np.where(could, Reason.SENSOR_SILENT, np.where(by_limits, Reason.HOLE_LEARNT, Reason.NO_SENSOR))
        return np.where(soon, Reason.COVERAGE_AHEAD_ENDS, out).astype(np.int8)

    def _silent(self, dead: I8, coverage: Coverage, e_m: F64, n_m: F64, u_m: F64) -> tuple[I64, F64]:
        """The dead sensors that would see each place (the best of them where none would alone), and their silence."""
        rows = np.flatnonzero(dead)
        rows = rows[rows < MASK_BITS]
        if not len(rows):
            return np.zeros(len(e_m), dtype=np.int64), np.full(len(e_m), np.nan)
        alone = np.zeros((len(rows), len(dead)), dtype=np.int8)
        alone[np.arange(len(rows)), rows] = 1
        p = np.nan_to_num(np.column_stack([self._seen(self._arrays, use, e_m, n_m, u_m) for use in alone]))
        counts = (p >= SEEN_P_MIN) | ((p == p.max(axis=1)[:, None]) & (p > 0.0) & (p.max(axis=1) < SEEN_P_MIN)[:, None])
        silence = np.where(counts & np.isfinite(coverage.age_s[rows]), coverage.age_s[rows], np.inf).min(axis=1)
        mask = np.where(counts, np.int64(1) << rows, 0).sum(axis=1)
        return mask.astype(np.int64), np.where(np.isfinite(silence), silence, np.nan)

    def _seen(self, arrays: SensorArrays, use: I8, e_m: F64, n_m: F64, u_m: F64) -> F64:
        out = np.empty(len(e_m))
        visibility.p_seen(arrays, use, e_m, n_m, u_m, ROUGH_HEIGHT_M, 0, out)
        return out

    def _debounced(self, t_s: float, asked: NDArray[np.bool_], dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
        # a flight that is asked for the first time is taken as it is: nothing heard yet is not seen
        self._is_dark = np.where(asked & ~self._was_asked, dark, self._is_dark)
        self._was_asked = asked
        differs = dark != self._is_dark
        self._differs_s = np.where(differs, np.where(np.isnan(self._differs_s), t_s, self._differs_s), np.nan)
        turn = differs & (t_s - self._differs_s >= np.where(self._is_hole & self._is_dark, BACK_S, DEBOUNCE_S))
        self._is_dark = np.where(turn, dark, self._is_dark)
        self._differs_s = np.where(turn, np.nan, self._differs_s)
        return self._is_dark


def _places(t_s: float, states: FlightStates) -> tuple[F64, F64, F64, NDArray[np.bool_]]:
    """Where each flight is, or will be shortly after a take-off that is near; and which those are."""
    first, due = states.start[:-1], (states.plan_state == _BEFORE) & (states.start[1:] > states.start[:-1])
    if not due.any():
        return states.e_m.copy(), states.n_m.copy(), states.u_m.copy(), due
    off_s = states.path_t_s[np.where(due, first, 0)]
    due &= off_s - t_s <= BEFORE_TAKEOFF_S
    return *_on_paths(states, due, off_s + CLIMBED_S), due


def _ahead(t_s: float, states: FlightStates) -> tuple[F64, F64, F64]:
    """Where each flight will be AHEAD_S from now on its path; where its path ends sooner, where it is."""
    first, last = states.start[:-1], states.start[1:] - 1
    flies = last > first
    if not flies.any():
        return states.e_m.copy(), states.n_m.copy(), states.u_m.copy()
    # what lands soon goes below every sensor's view: that is no surprise to anybody
    lands_s = states.path_t_s[np.where(flies, last, 0)] - BEFORE_LANDING_S
    flies &= (states.path_t_s[np.where(flies, first, 0)] <= t_s + AHEAD_S) & (t_s + AHEAD_S <= lands_s)
    return _on_paths(states, flies, np.full(len(flies), t_s + AHEAD_S))


def _on_paths(states: FlightStates, asked: NDArray[np.bool_], at_s: F64) -> tuple[F64, F64, F64]:
    """Where each flight that is asked about will be at at_s (F,) on its path; of the others, where it is."""
    e, n, u = states.e_m.copy(), states.n_m.copy(), states.u_m.copy()
    path_places.places(
        states.start, states.path_t_s, states.path_e_m, states.path_n_m, states.path_u_m, asked.astype(np.int8), at_s,
        e, n, u,
    )
    return e, n, u


def _position_reason(
    t_s: float, begun_s: F64, stale_s: float, states: FlightStates, up: NDArray[np.bool_], reason: I8
) -> I8:
    """A position that cannot be believed is the stronger reason: the flight itself is lost."""
    never = up & np.isnan(states.age_s)
    doubtful = states.integrity == _DOUBTFUL
    is_false = states.integrity == _FALSE
    stale = (states.age_s > stale_s) & ((states.integrity < 0) | (states.integrity_reason == _STALE))
    late = never & ~is_false & (t_s - begun_s >= NEVER_S)
    if not ((up & (doubtful | is_false | stale)) | late).any():
        return reason
    out = np.where(up & ~never & doubtful, Reason.POSITION_DOUBTFUL, reason)
    out = np.where(up & is_false, Reason.POSITION_FALSE, out)
    out = np.where(up & ~never & stale, Reason.POSITION_STALE, out)
    out = np.where(late, Reason.POSITION_NEVER, out)
    return out.astype(np.int8)
