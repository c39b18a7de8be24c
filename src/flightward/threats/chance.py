"""The chances of each flight: the far part from the ensemble, the near part from this second's tracks."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch, Swept, p_caught, swept
from flightward.kernels import near as kernels
from flightward.model import F64, I64, NONE, FlightStates, PlanState, RaidPicture, Setup, TrackBatch, columns

NEAR_S = 180.0
NEAR_GROWTH_MPS = 5.0
"""1 sigma of a drone against straight flight grows so fast; 900 m in three minutes."""
P_HOSTILE_MIN = 0.05
SHIFT_STEP_S = 30.0
"""A delay that changed by this much asks the far part again at once."""
_STATE = ("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps")
UNKNOWN_U_M, UNKNOWN_SIGMA_M = 1_000.0, 1_000.0
"""A drone of unknown height is anywhere from the ground to 3 km."""


@dataclasses.dataclass(frozen=True)
class Near:
    """The near part of F flights: chances now and within three minutes, straight on."""

    p_raid_now: F64
    n_now: F64
    p_lone_now: F64
    p_lone_soon: F64
    t_lone_s: F64
    miss_h_m: F64
    miss_v_m: F64
    track: I64


class Far:
    """Keeps the newest P(caught) of every flight; asks again where the question changed."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        self._setup = setup
        self._cfg = cfg
        self.boxes: Swept | None = None
        self.chance: CaughtChance | None = None
        self.is_open = np.zeros(len(setup.zones), dtype=np.int8)
        self._asked: tuple[object, ...] = ()
        self._plan_state = np.full(len(setup.flights), NONE, dtype=np.int8)
        self._arrives_s = np.full(len(setup.flights), np.nan)

    def step(self, t_s: float, states: FlightStates, picture: RaidPicture) -> CaughtChance:
        """P(caught) of all flights: of all when futures or zones changed, else only of those whose plan did."""
        futures = picture.futures
        if picture.is_new_futures or self.boxes is None:
            self.boxes = None if futures is None else swept(futures)
        self.is_open = self._setup.zones.active_at(t_s, t_s)
        active = self.is_open.tobytes()
        asked = (None if futures is None else futures.issued_s, active)
        last = states.path_t_s[states.start[1:] - 1] if len(states) else np.zeros(0)
        moved = (states.plan_state != self._plan_state) | ~(np.abs(last - self._arrives_s) <= SHIFT_STEP_S)
        # straight on, the end of the path runs with the time: that is no change
        moved &= ~((states.plan_state == self._plan_state) & (states.plan_state == PlanState.BROKEN))
        moved &= ~((states.plan_state == self._plan_state) & (states.plan_state == PlanState.ENDED))
        if self.chance is None or asked != self._asked:
            moved = np.ones(len(states), dtype=np.bool_)
        rows = np.flatnonzero(moved)
        if len(rows) or self.chance is None:
            part = p_caught(
                PathBatch.expected(states).take(rows), futures, self._setup.zones, t_s, self._cfg.caught, self.boxes
            )
            self.chance = part if self.chance is None else _put(self.chance, rows, part)
            self._plan_state = np.where(moved, states.plan_state, self._plan_state).astype(np.int8)
            self._arrives_s = np.where(moved, last, self._arrives_s)
        self._asked = asked
        return self.chance


def _put(into: CaughtChance, rows: I64, part: CaughtChance) -> CaughtChance:
    if len(rows) == len(into):
        return part
    values = {}
    for field in columns(CaughtChance):
        value = getattr(into, field.name).copy()
        value[rows] = getattr(part, field.name)
        values[field.name] = value
    return CaughtChance(**values)


def near_part(states: FlightStates, tracks: TrackBatch, cfg: Config) -> Near:
    """Flights against the tracks of this second that may be hostile."""
    weight = np.clip(tracks.p_exists * tracks.p_hostile, 0.0, 1.0)
    is_placed = np.isfinite(tracks.e_m + tracks.n_m + tracks.ve_mps + tracks.vn_mps)
    rows = np.flatnonzero((weight >= P_HOSTILE_MIN) & is_placed)
    drones, sigma = _drones(tracks, rows)
    n = len(states)
    flight = np.empty((n, 6))
    for i, name in enumerate(_STATE):
        flight[:, i] = getattr(states, name)
    flight[:, 3:] = np.where(np.isnan(flight[:, 3:]), 0.0, flight[:, 3:])
    now, soon, which = np.empty((n, 3)), np.empty((n, 4)), np.empty(n, np.int64)
    c = cfg.caught
    limits = kernels.NearLimits(
        int(c.caught_n), float(c.raid_radius_m), float(c.raid_height_m), float(c.lone_radius_m),
        float(c.lone_height_m), NEAR_S, NEAR_GROWTH_MPS,
    )
    kernels.near(flight, drones, weight[rows], sigma, limits, now, soon, which)
    track = np.where(which >= 0, tracks.track[rows[np.maximum(which, 0)]], NONE) if len(rows) else which
    return Near(
        now[:, 0], now[:, 1], now[:, 2], soon[:, 0], soon[:, 1], soon[:, 2], soon[:, 3], track.astype(np.int64)
    )


def _drones(tracks: TrackBatch, rows: I64) -> tuple[F64, F64]:
    state, sigma = np.empty((len(rows), 6)), np.empty((len(rows), 2))
    for i, name in enumerate(_STATE):
        state[:, i] = getattr(tracks, name)[rows]
    sigma[:, 0] = 0.5 * (tracks.cov[rows, 0, 0] + tracks.cov[rows, 1, 1])
    sigma[:, 1] = tracks.cov[rows, 2, 2]
    sigma = np.sqrt(np.maximum(sigma, 0.0))
    unknown = ~np.isfinite(state[:, 2])
    state[unknown, 2] = UNKNOWN_U_M
    state[:, 5] = np.where(np.isnan(state[:, 5]), 0.0, state[:, 5])
    sigma[unknown, 1] = UNKNOWN_SIGMA_M
    return state, np.where(np.isnan(sigma), UNKNOWN_SIGMA_M, sigma)

