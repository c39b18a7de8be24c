"""What a share of draws is worth: how often flights that had it were caught, as found on days kept for that.

The ensemble leaves things out (drones that nobody has seen yet, raids that have not begun), and so is too low, the more
so the further ahead. Per cause, and for being caught at all, with q the share of draws, half a draw off 0 and 1:

    logit(chance) = level + slope * logit(q) + ahead * ln(1 + seconds to it / 600)

Who is caught in no draw has the rate at which such flights were caught, per hour in the air.
Fitted by bench/fit_caught.py; measured, with its limits, in docs/design/caught.md.
"""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from importlib.resources import files

import numpy as np

from flightward.model.batch import F64

CAUSES = ("any", "raid", "lone", "zone")
DRAWS = 64
"""Shares are kept half a draw of so many off 0 and 1."""
AHEAD_UNIT_S = 600.0


@dataclasses.dataclass(frozen=True)
class CaughtMap:
    """The numbers of one cause."""

    level: float
    slope: float
    ahead: float
    new_per_h: float


@cache
def caught_map(cause: str) -> CaughtMap:
    """The fitted numbers of a cause: any, raid, lone or zone."""
    held = json.loads(files("flightward.encounters").joinpath("caught_map.json").read_text(encoding="utf-8"))
    return CaughtMap(**{f.name: float(held[cause][f.name]) for f in dataclasses.fields(CaughtMap)})


def features(share: F64, t_to_s: F64) -> F64:
    """(..., 3) one, logit of the share kept off 0 and 1, and how far ahead; a time that is unknown counts as now."""
    q = (DRAWS * np.clip(share, 0.0, 1.0) + 0.5) / (DRAWS + 1.0)
    ahead = np.log1p(np.maximum(np.nan_to_num(t_to_s), 0.0) / AHEAD_UNIT_S)
    return np.stack([np.ones_like(q), np.log(q / (1.0 - q)), ahead], axis=-1)


@cache
def _weights(causes: tuple[str, ...]) -> F64:
    """(C, 3) level, slope and ahead of each cause."""
    return np.array([[m.level, m.slope, m.ahead] for m in map(caught_map, causes)])


def believed(share: F64, t_to_s: F64, cause: str | tuple[str, ...] = "any") -> F64:
    """The chance behind a share of draws; 0 stays 0 and NaN stays NaN. Any shape.

    share   of the draws in which it happens.    t_to_s   seconds to it, given that it happens.
    cause   of all of them, or one for each place along the last axis.
    """
    w = _weights((cause,))[0] if isinstance(cause, str) else _weights(cause)
    x = (features(share, t_to_s) * w).sum(axis=-1)
    return np.where(share > 0.0, 1.0 / (1.0 + np.exp(-x)), share)


def by_newcomers(left_s: F64, cause: str = "any") -> F64:
    """The chance of being caught by what is in no draw, within left_s seconds in the air."""
    return np.asarray(-np.expm1(-caught_map(cause).new_per_h * np.maximum(left_s, 0.0) / 3_600.0), dtype=np.float64)
