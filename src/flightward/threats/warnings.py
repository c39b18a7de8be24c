"""Warnings as objects: one from the raise at CAUTION to the clear, whatever its raid is called meanwhile."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np

from flightward.model import F64, NONE, Hazard, Level, ThreatBatch, WarningBatch

RUN_GAP_S = 30.0
"""Below CAUTION for no longer than this is still the same run."""
P_STEP = 0.1
"""A rise of the highest probability by this much is told."""
RAISED, CHANGED, CLEARED = 1, 2, 3
_BY_ID = (int(Hazard.ZONE), int(Hazard.CLOSED_AREA))
_CAUTION = int(Level.CAUTION)
_QUIET = WarningBatch.empty(t_s=0.0)


@dataclasses.dataclass
class _Open:
    """A warning that is on."""

    warning: int
    flight: int
    site: int
    hazard: int
    hazard_id: int
    level: int
    raised_s: float
    predicted_caught_s: float
    p: float
    reason: int
    n: int
    clear_again_s: float
    seen_s: float
    told_p: float
    cleared_s: float = float("nan")


class Warnings:
    """Keeps the warnings that are on; `step` once per second yields those that changed."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int, int, int], _Open] = {}
        self._next = 0

    def step(self, t_s: float, threats: ThreatBatch, over_s: F64) -> WarningBatch:
        """Changes of this second. over_s (F,): when it is expected to be over for each flight."""
        changes: list[tuple[int, _Open]] = []
        high = np.flatnonzero(threats.level >= _CAUTION)
        for i in high:
            key = _key(threats, int(i))
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = self._raise(t_s, threats, int(i), over_s)
                changes.append((RAISED, found))
            elif self._update(t_s, found, threats, int(i), over_s):
                changes.append((CHANGED, found))
        for key in [k for k, w in self._open.items() if t_s - w.seen_s > RUN_GAP_S]:
            warning = self._open.pop(key)
            warning.cleared_s = t_s
            changes.append((CLEARED, warning))
        return _batch(t_s, changes)

    def _raise(self, t_s: float, threats: ThreatBatch, i: int, over_s: F64) -> _Open:
        self._next += 1
        p = float(threats.p[i])
        return _Open(
            warning=self._next, flight=int(threats.flight[i]), site=int(threats.site[i]), hazard=int(threats.hazard[i]),
            hazard_id=int(threats.hazard_id[i]), level=int(threats.level[i]), raised_s=t_s,
            predicted_caught_s=t_s + float(threats.t_to_s[i]), p=p, reason=int(threats.reason[i]), n=int(threats.n[i]),
            clear_again_s=_of(over_s, int(threats.flight[i]), float("nan")), seen_s=t_s, told_p=p,
        )

    def _update(self, t_s: float, w: _Open, threats: ThreatBatch, i: int, over_s: F64) -> bool:
        w.seen_s = t_s
        w.clear_again_s = _of(over_s, w.flight, w.clear_again_s)
        p, level = float(threats.p[i]), int(threats.level[i])
        rises = level > w.level or p >= w.told_p + P_STEP
        if rises:
            w.level = max(level, w.level)
            w.reason, w.n, w.hazard_id = int(threats.reason[i]), int(threats.n[i]), int(threats.hazard_id[i])
        w.p = p if np.isnan(w.p) else max(w.p, p) if not np.isnan(p) else w.p
        if rises:
            w.told_p = w.p
        return rises


def _of(over_s: F64, flight: int, otherwise: float) -> float:
    """The flight's time if it has one; a site has none."""
    return float(over_s[flight]) if flight != NONE and np.isfinite(over_s[flight]) else otherwise


def _key(threats: ThreatBatch, i: int) -> tuple[int, int, int, int]:
    hazard = int(threats.hazard[i])
    return (
        int(threats.flight[i]), int(threats.site[i]), hazard, int(threats.hazard_id[i]) if hazard in _BY_ID else NONE
    )


def _batch(t_s: float, changes: list[tuple[int, _Open]]) -> WarningBatch:
    if not changes:
        # most seconds change nothing: the columns are shared, only the time is its own
        quiet = copy.copy(_QUIET)
        object.__setattr__(quiet, "t_s", t_s)
        return quiet

    def ints(name: str, dtype: type = np.int64) -> np.ndarray:
        return np.array([getattr(w, name) for _, w in changes], dtype=dtype)

    return WarningBatch(
        t_s=t_s, warning=ints("warning"), change=np.array([c for c, _ in changes], dtype=np.int8),
        flight=ints("flight"), site=ints("site"), hazard=ints("hazard", np.int8), hazard_id=ints("hazard_id"),
        level=ints("level", np.int8), raised_s=ints("raised_s", np.float64),
        # a warning is raised when it reaches CAUTION, so both are one moment
        first_caution_s=ints("raised_s", np.float64), cleared_s=ints("cleared_s", np.float64),
        predicted_caught_s=ints("predicted_caught_s", np.float64), p=ints("p", np.float64),
        reason=ints("reason", np.int8), n=ints("n"), clear_again_s=ints("clear_again_s", np.float64),
    )


