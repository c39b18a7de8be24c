"""The far part of the chances of each flight: P(caught) along its expected path, from the ensemble of futures."""

from __future__ import annotations

import numpy as np

from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch, Swept, p_caught, swept
from flightward.model import I64, NONE, FlightStates, PlanState, RaidPicture, Setup, columns

SHIFT_STEP_S = 30.0
"""A delay that changed by this much asks the far part again at once."""


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
