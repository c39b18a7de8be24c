"""Warnings as objects: one from the raise at CAUTION to the clear, whatever its raid is called meanwhile."""

from __future__ import annotations

import copy
import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from flightward.model import F64, I64, NONE, Hazard, Level, Reason, ThreatBatch, WarningBatch, WarningHistory
from flightward.threats.history import History, Moment, batch

RUN_GAP_S = 30.0
"""Below CAUTION for no longer than this is still the same run."""
P_STEP = 0.1
"""A rise of the highest probability by this much is told."""
RAISED, CHANGED, CLEARED = 1, 2, 3
_BY_ID = (int(Hazard.ZONE), int(Hazard.CLOSED_AREA))
_ALERTS = (int(Reason.ALERT_AREA), int(Reason.ALERT_LIKELY))
_CAUTION = int(Level.CAUTION)
_QUIET = WarningBatch.empty(t_s=0.0)
_INTS = ("warning", "flight", "site", "hazard_id", "n", "sensor_mask", "waypoint")
_CODES = ("hazard", "level", "reason")
_FLOATS = (
    "raised_s", "cleared_s", "predicted_caught_s", "p", "clear_again_s", "clear_again_lo_s", "clear_again_hi_s",
    "t_to_s", "evidence_age_s", "waypoint_m",
)  # fmt: skip
_TOLD = ("reason", "n", "hazard_id", "t_to_s", "evidence_age_s", "sensor_mask", "waypoint", "waypoint_m")
"""What a warning takes from the row that raised it or made it worse: its sentence is of one moment."""
Key = tuple[int, int, int, int]


@dataclasses.dataclass(frozen=True)
class Over:
    """When it is expected to be over: (N, 3) median, 10 % and 90 % quantile, POSIX UTC, NaN unknown."""

    flights: F64
    sites: F64


class _Ends(NamedTuple):
    """The rows of `Over` as plain numbers."""

    flights: list[list[float]]
    sites: list[list[float]]


@dataclasses.dataclass
class _Open:
    """A warning that is on."""

    warning: int
    flight: int
    site: int
    hazard: int
    level: int
    raised_s: float
    predicted_caught_s: float
    p: float
    seen_s: float
    told_p: float
    history: History = dataclasses.field(default_factory=History)
    hazard_id: int = NONE
    reason: int = 0
    n: int = NONE
    t_to_s: float = float("nan")
    evidence_age_s: float = float("nan")
    sensor_mask: int = 0
    waypoint: int = NONE
    waypoint_m: float = float("nan")
    clear_again_s: float = float("nan")
    clear_again_lo_s: float = float("nan")
    clear_again_hi_s: float = float("nan")
    cleared_s: float = float("nan")


class Warnings:
    """Keeps the warnings that are on; `step` once per second yields those that changed, and their history."""

    def __init__(self) -> None:
        self._open: dict[Key, _Open] = {}
        self._next = 0

    def step(self, t_s: float, threats: ThreatBatch, over: Over) -> tuple[WarningBatch, WarningHistory]:
        """Changes of this second, and what is to be kept of it."""
        changes: list[tuple[int, _Open]] = []
        rows = np.flatnonzero(threats.level >= _CAUTION)
        if len(rows):
            ends = _Ends(over.flights.tolist(), over.sites.tolist())
            said = zip(rows.tolist(), _keys(threats, rows), threats.p[rows].tolist(), strict=True)
            for i, key, p in said:
                found = self._open.get(key)
                if found is None:
                    found = self._open[key] = self._raise(t_s, threats, i, p)
                    changes.append((RAISED, found))
                elif self._update(t_s, found, threats, i, p):
                    changes.append((CHANGED, found))
                _put_over(found, ends)
        notes = self._note(t_s, threats) if self._open else []
        for key in [k for k, w in self._open.items() if t_s - w.seen_s > RUN_GAP_S]:
            warning = self._open.pop(key)
            warning.cleared_s = t_s
            changes.append((CLEARED, warning))
        return _batch(t_s, changes), batch(t_s, notes)

    def histories(self) -> dict[int, list[Moment]]:
        """What is kept of each warning that is on, by its number, oldest first."""
        return {w.warning: list(w.history.kept) for w in self._open.values()}

    def _raise(self, t_s: float, threats: ThreatBatch, i: int, p: float) -> _Open:
        self._next += 1
        w = _Open(
            warning=self._next, flight=int(threats.flight[i]), site=int(threats.site[i]), hazard=int(threats.hazard[i]),
            level=int(threats.level[i]), raised_s=t_s, predicted_caught_s=t_s + float(threats.t_to_s[i]), p=p,
            seen_s=t_s, told_p=p,
        )
        _tell(w, threats, i)
        return w

    def _update(self, t_s: float, w: _Open, threats: ThreatBatch, i: int, p: float) -> bool:
        w.seen_s = t_s
        level = int(threats.level[i])
        rises = level > w.level or p >= w.told_p + P_STEP
        if rises:
            w.level = max(level, w.level)
            _tell(w, threats, i)
        # written so that a number beats what is not one
        if p > w.p or w.p != w.p:
            w.p = p
        if rises:
            w.told_p = w.p
        return rises

    def _note(self, t_s: float, threats: ThreatBatch) -> list[tuple[int, Moment]]:
        """Each warning that is on as it stands this second, where its history wants to know."""
        said = np.flatnonzero((threats.level > int(Level.CLEAR)) & ~np.isin(threats.reason, _ALERTS))
        columns = (getattr(threats, name)[said].tolist() for name in ("p", "level", "reason", "n"))
        rows: dict[Key, tuple[float, int, int, int]] = {}
        for key, told in zip(_keys(threats, said), zip(*columns, strict=True), strict=True):
            if key in self._open and (key not in rows or told[1] > rows[key][1]):
                rows[key] = told
        notes = []
        for key, w in self._open.items():
            now = rows.get(key, (float("nan"), int(Level.CLEAR), w.reason, NONE))
            moment = w.history.hear(t_s, *now, is_last=t_s - w.seen_s > RUN_GAP_S)
            if moment is not None:
                notes.append((w.warning, moment))
        return notes


def _tell(w: _Open, threats: ThreatBatch, i: int) -> None:
    for name in _TOLD:
        setattr(w, name, getattr(threats, name)[i].item())


def _put_over(w: _Open, ends: _Ends) -> None:
    """When it is expected to be over; what is not known now stays as it was said before."""
    row = ends.flights[w.flight] if w.flight != NONE else ends.sites[w.site]
    if math.isfinite(row[0]):
        w.clear_again_s, w.clear_again_lo_s, w.clear_again_hi_s = row


def _keys(threats: ThreatBatch, rows: I64) -> list[Key]:
    """Which warning each row is of."""
    hazard = threats.hazard[rows]
    by_id = np.where(np.isin(hazard, _BY_ID), threats.hazard_id[rows], NONE)
    columns = threats.flight[rows], threats.site[rows], hazard, by_id
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _batch(t_s: float, changes: list[tuple[int, _Open]]) -> WarningBatch:
    if not changes:
        # most seconds change nothing: the columns are shared, only the time is its own
        quiet = copy.copy(_QUIET)
        object.__setattr__(quiet, "t_s", t_s)
        return quiet

    columns: dict[str, Any] = {
        name: np.array([getattr(w, name) for _, w in changes], dtype=dtype)
        for names, dtype in ((_INTS, np.int64), (_CODES, np.int8), (_FLOATS, np.float64)) for name in names
    }
    return WarningBatch(
        t_s=t_s, change=np.array([c for c, _ in changes], dtype=np.int8),
        # a warning is raised when it reaches CAUTION, so both are one moment
        first_caution_s=columns["raised_s"].copy(), **columns,
    )
