"""Many days scored together: sums over days, and 95 % intervals by drawing whole days again (bootstrap)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flightward.engine import Engine, LocalEngine
from flightward.score import chances
from flightward.score.figures import PARTS, score, totals
from flightward.score.forecast import RELIABILITY_EDGES, reliability
from flightward.score.raids_many import raid_figures

BOOTSTRAP_DRAWS = 500
BOOTSTRAP_SEED = 20260520
HORIZONS = ("5", "10", "20", "30")
Figure = Callable[[list[dict[str, Any]]], float | None]


def score_many(
    pairs: Iterable[tuple[Path, Path]], parts: tuple[str, ...] = PARTS, *, engine: Engine | None = None
) -> dict[str, Any]:
    """Score (case, out) pairs, on an engine if one is given, and bring them together; see `together`."""
    return together((engine or LocalEngine()).map(functools.partial(_score_pair, parts), pairs))


def _score_pair(parts: tuple[str, ...], pair: tuple[Path, Path]) -> dict[str, Any]:
    return score(*pair, parts)


def together(days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Figures over many days, each with a 95 % interval over days.

    days     what `score` returned for each day.
    Returns  totals over all flights; `interval_95` per headline figure as [low, high], None where it
             cannot be given; `forecast_reliability` per horizon. The draws are seeded, so the same days give the same.
    """
    held = list(days)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    draws = rng.integers(0, max(len(held), 1), size=(BOOTSTRAP_DRAWS, len(held)))
    headline = {name: figure(held) for name, figure in _figures(held).items()}
    intervals = {name: _interval(figure, held, draws) for name, figure in _figures(held).items()}
    return {
        "version": held[0]["version"] if held else None,
        "days": len(held),
        "headline": headline,
        "interval_95": intervals,
        "totals": totals([f for d in held for f in d["flights"]]),
        "forecast_reliability": _reliability(held, draws),
        "caught_reliability": _caught_reliability(held, draws),
    }


def _caught_reliability(days: list[dict[str, Any]], draws: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """P(caught): said against was by tenths over all days; see chances.reliability."""
    if not days or not all("chances" in f for d in days for f in d["flights"]):
        return []
    empty = np.zeros((3, len(chances.EDGES) - 1))
    by_day = np.array([sum((np.array(f["chances"]) for f in d["flights"]), start=empty) for d in days])
    return chances.reliability(by_day, draws)


def _reliability(days: list[dict[str, Any]], draws: np.ndarray[Any, Any]) -> dict[str, list[dict[str, Any]]]:
    """Said against was over all days, by horizon; `off_95`: interval of said less was, over drawn days."""
    out: dict[str, list[dict[str, Any]]] = {}
    for horizon in HORIZONS:
        rows = [d["forecast"]["horizons"].get(horizon, {}) for d in days if "forecast" in d]
        if len(rows) < len(days) or not all(r.get("bins") for r in rows):
            continue
        bins = np.array([r["bins"] for r in rows])
        table: list[dict[str, Any]] = [dict(r) for r in reliability(bins.sum(axis=0))]
        drawn = bins[draws].sum(axis=1)
        for row in table:
            b = int(np.searchsorted(RELIABILITY_EDGES, row["from"] + 1e-9)) - 1
            some = drawn[drawn[:, 0, b] > 0][:, :, b]
            off = (some[:, 1] - some[:, 2]) / some[:, 0]
            row["days"] = int((bins[:, 0, b] > 0).sum())
            row["off_95"] = [float(x) for x in np.percentile(off, [2.5, 97.5])] if len(days) > 1 else None
        out[horizon] = table
    return out


def _interval(figure: Figure, days: list[dict[str, Any]], draws: np.ndarray[Any, Any]) -> list[float] | None:
    if len(days) < 2:
        return None
    values = [figure([days[i] for i in draw]) for draw in draws.tolist()]
    numbers = [v for v in values if v is not None]
    if len(numbers) < len(values) // 2:
        return None
    low, high = np.percentile(numbers, [2.5, 97.5])
    return [float(low), float(high)]


def _figures(days: list[dict[str, Any]]) -> dict[str, Figure]:
    """The headline figures by name: each from a list of days."""
    figures: dict[str, Figure] = {
        "false_alarms_per_h": _per_hour(lambda f: sum(r["false"] for r in f["runs"])),
        "caution_min_per_h": _per_hour(lambda f: f["caution_s"] / 60.0),
        "missed_frac": _over_caught(lambda r: float(r["missed"])),
        "missed_preventable": lambda d: float(sum(bool(r["preventable"]) for r in _seen(d))),
        "advice_share_of_oracle": _share_of_oracle,
    }
    for cause in ("raid", "zone", "lone"):
        figures[f"lead_median_s_{cause}"] = _lead_median(cause)
    for path in (
        ("completeness",),
        ("spuriousness",),
        ("gospa", "c200_3d", "gospa_m"),
        ("gospa", "c1000_2d", "gospa_m"),
    ):
        if any("tracking" in d for d in days):
            figures["_".join(path)] = _mean_of("tracking", path)
    if any("raids" in d for d in days):
        figures |= raid_figures()
    for horizon in HORIZONS:
        if any("forecast" in d for d in days):
            for base in ("straight_line", "growing_circle", "persistence"):
                figures[f"skill_{horizon}min_{base}"] = _skill(horizon, base)
    return figures


def _seen(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [f["caught"] for d in days for f in d["flights"] if f["caught"] is not None and not f["caught"]["blind"]]


def _per_hour(value: Callable[[dict[str, Any]], float]) -> Figure:
    def figure(days: list[dict[str, Any]]) -> float | None:
        hours = sum(f["airborne_s"] for d in days for f in d["flights"]) / 3600.0
        return sum(value(f) for d in days for f in d["flights"]) / hours if hours else None

    return figure


def _over_caught(value: Callable[[dict[str, Any]], float]) -> Figure:
    def figure(days: list[dict[str, Any]]) -> float | None:
        rows = _seen(days)
        return sum(value(r) for r in rows) / len(rows) if rows else None

    return figure


def _lead_median(cause: str) -> Figure:
    def figure(days: list[dict[str, Any]]) -> float | None:
        leads = [r["lead_s"] for r in _seen(days) if r["cause"] == cause]
        return float(np.median(leads)) if leads else None

    return figure


def _share_of_oracle(days: list[dict[str, Any]]) -> float | None:
    rows = [f["advice"] for d in days for f in d["flights"] if f.get("advice")]
    oracle = sum(int(r["caught_if_continues"]) - int(r["oracle_caught"]) for r in rows)
    return sum(int(r["caught_if_continues"]) - int(r["caught_if_obeys"]) for r in rows) / oracle if oracle else None


def _mean_of(part: str, path: tuple[str, ...]) -> Figure:
    def figure(days: list[dict[str, Any]]) -> float | None:
        values = []
        for d in days:
            value: Any = d.get(part)
            for key in path:
                value = None if value is None else value.get(key)
            if value is not None:
                values.append(float(value))
        return float(np.mean(values)) if values else None

    return figure


def _skill(horizon: str, base: str) -> Figure:
    def figure(days: list[dict[str, Any]]) -> float | None:
        rows = [d["forecast"]["horizons"][horizon] for d in days if "forecast" in d]
        rows = [r for r in rows if r["pairs"]]
        below = sum(r["baseline_brier_sum"][base] for r in rows)
        return 1.0 - sum(r["brier_sum"] for r in rows) / below if below else None

    return figure
