"""P(caught) against what was: one case is one flight at one whole 5 min (design, section 8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flightward.score import tables
from flightward.score.caught import Caught, Path4D
from flightward.score.day import F64, Day

EACH_S = 300.0
AHEAD_S = 3_600.0
EDGES = np.linspace(0.0, 1.0, 11)
CAUSES_KINDS = ("none", "drone", "raid", "zone")
DECILE_CASES, DECILE_DAYS, OFF_MOST = 1_000, 30, 0.03


def read_chances(out: Path) -> dict[str, tuple[F64, F64]]:
    """By flight: whole 5 min of threats.parquet, and the highest chance of being caught among its rows then."""
    rows = tables.read(out, "threats", ["t_s", "flight_id", "hazard_kind", "p"])
    mine = (np.mod(rows["t_s"], EACH_S) == 0.0) & np.isin(rows["hazard_kind"], CAUSES_KINDS) & np.isfinite(rows["p"])
    mine &= np.array([f is not None for f in rows["flight_id"]], dtype=bool)
    some = tables.select(rows, mine)
    result = {}
    for flight, at in tables.group_rows(some["flight_id"]).items():
        t, which = np.unique(some["t_s"][at], return_inverse=True)
        p = np.zeros(len(t))
        np.maximum.at(p, which, some["p"][at])
        result[str(flight)] = t, p
    return result


def bins(day: Day, path: Path4D, caught: Caught, said: tuple[F64, F64] | None) -> F64:
    """(3, 10) by tenths of what was said: cases, sum of what was said, cases that came true.

    A case ends with the flight: after its last second in the air nothing is asked. True: caught from then on within the
    hour that is forecast, keeping its plan.
    """
    out = np.zeros((3, len(EDGES) - 1))
    air = np.flatnonzero(path.airborne)
    if said is None or not len(air):
        return out
    t, p = said
    asked = t <= day.truth.t_s[air[-1]]
    t, p = t[asked], p[asked]
    times = day.truth.t_s[caught.any]
    first = np.searchsorted(times, t)
    next_s = np.where(first < len(times), times[np.minimum(first, len(times) - 1)], np.inf) if len(times) else np.inf
    came = np.broadcast_to(next_s - t <= AHEAD_S, t.shape)
    which = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
    for row, values in enumerate((np.ones(len(t)), p, came.astype(float))):
        out[row] = np.bincount(which, values, len(EDGES) - 1)
    return out


def reliability(by_day: F64, draws: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Said against was, by tenths that hold anything. by_day (D, 3, 10); draws (B, D) days drawn again.

    `off_95`: interval of said - was; `holds`: within 3 points, or the interval holds 0; `counts`: 1,000 cases from 30
    days and more stand behind it.
    """
    drawn = by_day[draws].sum(axis=1)
    out = []
    for b in range(len(EDGES) - 1):
        n, said, was = (float(x) for x in by_day[:, :, b].sum(axis=0))
        if not n:
            continue
        some = drawn[drawn[:, 0, b] > 0.0][:, :, b]
        low, high = np.percentile((some[:, 1] - some[:, 2]) / some[:, 0], [2.5, 97.5]) if len(some) else (0.0, 0.0)
        days = int((by_day[:, 0, b] > 0.0).sum())
        out.append(
            {
                "from": float(EDGES[b]), "to": float(EDGES[b + 1]), "cases": int(n), "days": days,
                "said": said / n, "was": was / n, "off_95": [float(low), float(high)],
                "holds": bool(abs(said - was) / n <= OFF_MOST or low <= 0.0 <= high),
                "counts": n >= DECILE_CASES and days >= DECILE_DAYS,
            }
        )  # fmt: skip
    return out
