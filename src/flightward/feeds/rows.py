"""What every feed format hands over: its rows, and the rows that were kept aside, by reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.model import F64, I64, AreaAlertBatch, AreaFrame, Names, ReportBatch, SensorBatch

SAMPLES_KEPT = 20
"""Raw rows kept per reason; all are counted, and all have their row number."""


class Rejects:
    """Rows that were kept aside: counted by reason, each with its row number in the file and when it was heard.

    `repairs` counts rows that were used after one value in them was set to unknown or put right.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.repairs: dict[str, int] = {}
        self.samples: dict[str, list[str]] = {}
        self._rows: list[I64] = []
        self._t_rx_s: list[F64] = []

    def add(self, reason: str, rows: I64, t_rx_s: F64, samples: list[str] | None = None) -> None:
        """Keep rows aside: their numbers in the file (0-based) and t_rx_s (NaN unknown), both (K,)."""
        if len(rows) == 0:
            return
        self.counts[reason] = self.counts.get(reason, 0) + len(rows)
        self._rows.append(np.asarray(rows, dtype=np.int64))
        self._t_rx_s.append(np.asarray(t_rx_s, dtype=np.float64))
        kept = self.samples.setdefault(reason, [])
        kept.extend((samples or [])[: SAMPLES_KEPT - len(kept)])

    def add_one(self, reason: str, row: int, raw: str = "", t_rx_s: float = np.nan) -> None:
        """Keep one row aside."""
        self.add(reason, np.array([row]), np.array([t_rx_s]), [raw[:200]] if raw else None)

    def repaired(self, what: str, n: int = 1) -> None:
        """Count rows that are used although one value in them had to be dropped or put right."""
        if n:
            self.repairs[what] = self.repairs.get(what, 0) + int(n)

    def forget(self) -> None:
        """Let go of the row numbers, as a feed that never ends must; the counts and samples stay."""
        self._rows, self._t_rx_s = [], []

    @property
    def total(self) -> int:
        """How many rows were kept aside."""
        return sum(self.counts.values())

    @property
    def rows(self) -> I64:
        """(K,) numbers of the rows kept aside, in the order of `t_rx_s`."""
        return np.concatenate(self._rows) if self._rows else np.zeros(0, np.int64)

    @property
    def t_rx_s(self) -> F64:
        """(K,) when each was heard; NaN unknown."""
        return np.concatenate(self._t_rx_s) if self._t_rx_s else np.zeros(0, np.float64)


@dataclasses.dataclass(frozen=True)
class FeedContext:
    """What a format needs to know of the case to read a file: the names, the sensors, the plane, the day."""

    feed: str
    names: Names
    frame: AreaFrame
    sensor_rows: Mapping[str, int]
    radius_m: float = np.inf
    start_s: float = -np.inf
    end_s: float = np.inf
    geoid_m: float = 0.0
    sensors: SensorBatch | None = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class FeedRows:
    """One file, read: rows in order of `t_rx_s` (seq is given when feeds are merged) and what was kept aside.

    `others` counts what was understood and is no row by its nature: chat, pings, drawings, status, acknowledgements.
    `counts` says how many messages of each kind there were, where a format has kinds of messages.
    """

    reports: ReportBatch
    alerts: AreaAlertBatch
    rejects: Rejects
    others: Mapping[str, int] = dataclasses.field(default_factory=dict)
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)


def intern_all(names: Names, texts: list[str | None]) -> I64:
    """(N,) numbers of N texts, interned in order; NONE for None and empty ones."""
    return np.array([names.intern(text) for text in texts], dtype=np.int64)


def in_order(t_rx_s: F64) -> I64 | None:
    """(N,) the stable order by time of arrival, or None where the rows stand in order already."""
    if len(t_rx_s) < 2 or bool(np.all(t_rx_s[1:] >= t_rx_s[:-1])):
        return None
    return np.argsort(t_rx_s, kind="stable")


def first_reasons(checks: list[tuple[str, NDArray[np.bool_]]], n: int) -> tuple[NDArray[np.bool_], dict[str, I64]]:
    """(N,) mask of bad rows, and per reason the rows for which it was the first that applied."""
    bad = np.zeros(n, dtype=np.bool_)
    reasons: dict[str, I64] = {}
    for reason, mask in checks:
        fresh = np.flatnonzero(mask & ~bad)
        if len(fresh):
            reasons[reason] = fresh
            bad[fresh] = True
    return bad, reasons
