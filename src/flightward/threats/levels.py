"""From a probability and a time to a level: one table of rules, raised at once, lowered only after a while."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.config import ThreatsConfig
from flightward.model import F64, I8, Level
from flightward.threats.rows import LONE, RAID, ZONE

KEEP_TIME_FACTOR = 0.8
"""A time that is a quarter longer than the rule's still keeps a level."""


@dataclasses.dataclass(frozen=True)
class Rule:
    """A level holds where p is at least p_min and the time to it at most within_s, of these kinds of hazard."""

    level: Level
    p_min: float
    within_s: float
    kinds: tuple[int, ...] = (RAID, LONE, ZONE)


def rules(cfg: ThreatsConfig) -> tuple[Rule, ...]:
    """The table; argued in docs/design/threats.md."""
    return (
        Rule(Level.ADVISORY, cfg.advisory_p, cfg.advisory_s),
        Rule(Level.CAUTION, cfg.caution_p, cfg.caution_s),
        Rule(Level.CAUTION, cfg.zone_caution_p, cfg.zone_caution_s, (ZONE,)),
        Rule(Level.CAUTION, cfg.near_caution_p, cfg.near_caution_s),
        Rule(Level.CAUTION, cfg.soon_caution_p, cfg.soon_caution_s, (RAID, LONE)),
        Rule(Level.WARNING, cfg.warning_p, cfg.warning_s),
    )


def judge(p: F64, t_to_s: F64, table: tuple[Rule, ...], p_factor: float = 1.0, t_factor: float = 1.0) -> I8:
    """The worst level (N, H) whose rule holds, by the kinds of rows.RAID, LONE, ZONE; what is unknown is CLEAR here
    (blindness has its own row)."""
    out = np.full(p.shape, Level.CLEAR, dtype=np.int8)
    for rule in table:
        holds = (p >= rule.p_min * p_factor) & (t_to_s * t_factor <= rule.within_s)
        if len(rule.kinds) < p.shape[1]:
            holds &= np.isin(np.arange(p.shape[1]), rule.kinds)
        np.maximum(out, rule.level, out=out, where=holds)
    return out


class Levels:
    """Levels of N flights against H kinds of hazard, with memory: hysteresis in p and in time."""

    def __init__(self, n: int, kinds: int, cfg: ThreatsConfig) -> None:
        self._cfg = cfg
        self._table = rules(cfg)
        self.level: I8 = np.full((n, kinds), Level.CLEAR, dtype=np.int8)
        self._kept_s = np.full((n, kinds), -np.inf)

    def step(self, t_s: float, p: F64, t_to_s: F64) -> I8:
        """New levels (N, H) at t_s."""
        now = judge(p, t_to_s, self._table)
        keep = judge(p, t_to_s, self._table, self._cfg.clear_factor, KEEP_TIME_FACTOR)
        holds = (keep >= self.level) | (now >= self.level)
        self._kept_s = np.where(holds, t_s, self._kept_s)
        expired = t_s - self._kept_s > self._cfg.hold_s
        lowered = np.where(expired, np.maximum(now, keep), self.level)
        self.level = np.maximum(now, np.minimum(lowered, self.level)).astype(np.int8)
        return self.level

    def reset(self, rows: NDArray[np.bool_]) -> None:
        """Flights that are over have no level."""
        self.level = np.where(rows[:, None], np.int8(Level.CLEAR), self.level).astype(np.int8)
