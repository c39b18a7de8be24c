"""Two years of alerts, cleaned by stated rules, and the numbers that raids/alert_rates.json holds, fitted to them.

Used by tools/fit_alert_rates.py (what ships) and bench/alert_skill.py (what is measured). The rules, each counted:

    levels_swapped   the region's name stands in a lower column: columns put right (feeds/alerts)
    cut_at_24h       an alert over 24 h: its end is not believed; the region counts as under alert for 24 h
    flap             a region's alert that begins within 60 s of its last one's end carries that one on
    within           an alert inside another one of its region (of a part of it, say): one state, not two starts
    few              a region with fewer than 100 alerts in all says nothing about its rate, and is left out
    before, after    whole days only: what begins before the first or after the last whole day
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from flightward.feeds.alerts import AREAS, HistoryCsv
from flightward.feeds.rows import FeedContext
from flightward.model import F64, AreaFrame, Names
from flightward.raids import alert_rates as rates

DAY_S, HOUR_S = 86_400.0, 3_600.0
CUT_S, FLAP_S, FEW = 86_400.0, 60.0, 100
GRID_S = 600.0
HORIZONS_S = (300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0)
PROFILE_DAYS, PROFILE_SHRINK, SMOOTH = 200.0, 200.0, 0.25
SEASON_WIDTH, SEASON_SHRINK = 1.0, 500.0
RIDGE = 1.0
SOURCE = (
    "fitted to official_alerts_ukraine, 2022-03-15 to 2024-04-23, of "
    "https://github.com/Vadimkin/ukrainian-air-raid-sirens-dataset"
)


@dataclasses.dataclass(frozen=True)
class History:
    """R regions: on[r] (A, 2) begin and end of its alerts, POSIX s, in order; whole[r]: those of the whole region."""

    area: list[int]
    on: list[F64]
    whole: list[F64]
    first_s: float
    last_s: float
    counts: dict[str, int]

    @property
    def n_days(self) -> int:
        """Whole days."""
        return round((self.last_s - self.first_s) / DAY_S)

    @functools.cached_property
    def starts(self) -> F64:
        """(R, D, 24) alerts that start, by whole day and hour, UTC."""
        out = np.zeros((len(self.area), self.n_days * 24))
        for r, spans in enumerate(self.on):
            hour = np.floor((spans[:, 0] - self.first_s) / HOUR_S).astype(int)
            np.add.at(out[r], hour[(hour >= 0) & (hour < out.shape[1])], 1.0)
        return out.reshape(len(self.area), self.n_days, 24)


@dataclasses.dataclass(frozen=True)
class Grid:
    """States each GRID_S: t_s (T,); on, coarse (T, R); age_s (T, R) of the present state."""

    t_s: F64
    on: Any
    coarse: Any
    age_s: F64


def read(path: Path) -> History:
    """The history in a CSV (gzipped or not), cleaned."""
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    feed = HistoryCsv(FeedContext("history", Names(), AreaFrame(0.85, 0.55), {}))
    feed.receive(data)
    feed.finish()
    feed.rows()
    counts: Counter[str] = Counter({"rows": len(feed.spans) + feed.rejects.total, "kept_aside": feed.rejects.total})
    counts["levels_swapped"] = feed.rejects.repairs.get("levels_swapped", 0)
    first = np.ceil(min(s.from_s for s in feed.spans) / DAY_S) * DAY_S
    last = np.floor(max(s.from_s for s in feed.spans) / DAY_S) * DAY_S
    counts["before"] = sum(int(s.from_s < first) for s in feed.spans)
    counts["after"] = sum(int(s.from_s >= last) for s in feed.spans)
    area, on, whole = [], [], []
    for a in sorted({s.area for s in feed.spans}):
        mine = sorted((s for s in feed.spans if s.area == a), key=lambda s: s.from_s)
        if len(mine) < FEW:
            counts["few"] += len(mine)
            continue
        counts["cut_at_24h"] += sum(s.to_s - s.from_s > CUT_S for s in mine)
        area.append(a)
        on.append(_joined([(s.from_s, min(s.to_s, s.from_s + CUT_S)) for s in mine], counts))
        whole.append(
            _joined([(s.from_s, min(s.to_s, s.from_s + CUT_S)) for s in mine if not s.is_coarse], Counter())
        )
    return History(area, on, whole, float(first), float(last), dict(counts))


def _joined(spans: list[tuple[float, float]], counts: Counter[str]) -> F64:
    out = [list(spans[0])]
    for begin, end in spans[1:]:
        if begin <= out[-1][1]:
            counts["within"] += 1
        elif begin <= out[-1][1] + FLAP_S:
            counts["flap"] += 1
        else:
            out.append([begin, end])
            continue
        out[-1][1] = max(out[-1][1], end)
    return np.array(out)


def grid(h: History, from_s: float, to_s: float) -> Grid:
    """The states of all regions from from_s until before to_s."""
    t = np.arange(from_s, to_s, GRID_S)
    on, coarse = np.zeros((len(t), len(h.area)), bool), np.zeros((len(t), len(h.area)), bool)
    age = np.full((len(t), len(h.area)), rates.UNHEARD_AGE_S)
    for r, (spans, whole) in enumerate(zip(h.on, h.whole, strict=True)):
        begun, ended = (np.searchsorted(spans[:, k], t, side="right") for k in (0, 1))
        on[:, r] = begun > ended
        since = np.where(on[:, r], spans[np.maximum(begun - 1, 0), 0], spans[np.maximum(ended - 1, 0), 1])
        age[:, r] = np.where(begun > 0, t - since, age[:, r])
        in_whole = np.searchsorted(whole[:, 0], t, side="right") > np.searchsorted(whole[:, 1], t, side="right")
        coarse[:, r] = on[:, r] & ~in_whole
    return Grid(t, on, coarse, age)


def day_model(h: History, days: int) -> dict[str, Any]:
    """Base rates from the first `days` days alone: shares, hours, season, levels."""
    counts = h.starts[:, :days]
    when = h.first_s + DAY_S * np.arange(days)
    weight = 0.5 ** ((days - 1 - np.arange(days)) / PROFILE_DAYS)
    by_hour = (weight[None, :, None] * counts).sum(axis=1)
    usual = by_hour.sum(axis=0) / by_hour.sum()
    profile = (by_hour + PROFILE_SHRINK * usual) / (by_hour.sum(axis=1, keepdims=True) + PROFILE_SHRINK)
    profile = _smooth(profile)
    everyone = counts.sum(axis=0)
    flat = everyone.sum(axis=0) / everyone.sum()
    season = np.empty((12, 24))
    of_day = rates.season_of(when)
    for s in range(12):
        near = np.exp(SEASON_WIDTH * (np.cos(2 * np.pi * (of_day - s) / 12) - 1))
        hours = (near[:, None] * everyone).sum(axis=0)
        season[s] = _smooth((hours + SEASON_SHRINK * flat) / (hours.sum() + SEASON_SHRINK)) / _smooth(flat)
    share = counts.sum(axis=(1, 2)) / counts.sum() * len(h.area)
    return {"share": share, "profile": profile, "season": season}


def _smooth(p: F64) -> F64:
    return (1 - 2 * SMOOTH) * p + SMOOTH * np.roll(p, 1, axis=-1) + SMOOTH * np.roll(p, -1, axis=-1)


def follow(h: History, g: Grid, share: F64, first_days: int = 30) -> tuple[F64, F64]:
    """Levels along a grid as the live system would have them: (T, R) starts per day, share of time under alert."""
    per_day = h.starts[:, :first_days].sum(axis=(1, 2)) / first_days
    levels = rates.Levels(share, per_day, np.full(len(h.area), 0.1))
    began = np.stack([np.searchsorted(s[:, 0], g.t_s, side="right") for s in h.on], axis=1)
    n = np.diff(began, axis=0, prepend=began[:1]).astype(float)
    per_day_out, share_out = np.empty(g.on.shape), np.empty(g.on.shape)
    for k in range(len(g.t_s)):
        levels.advance(GRID_S if k else 0.0, g.on[k - 1 if k else 0], n[k])
        per_day_out[k], share_out[k] = levels.per_day, levels.on_share
    return per_day_out, share_out


def neighbours(area: list[int]) -> F64:
    """(R, R) share of each region's border with the others."""
    shapes = [shapely.Polygon(np.column_stack([AREAS[a].lon_deg, AREAS[a].lat_deg])).buffer(0.03) for a in area]
    out = np.array([[0.0 if s is t else s.intersection(t).area for t in shapes] for s in shapes])
    out[out < 0.006] = 0.0
    return out / out.sum(axis=1, keepdims=True)


def fit(h: History, until_s: float) -> dict[str, Any]:
    """The text of alert_rates.json from the history until until_s."""
    days = round((until_s - h.first_s) / DAY_S)
    base = day_model(h, days)
    g = grid(h, h.first_s, until_s)
    per_day, on_share = follow(h, g, base["share"])
    hour = rates.hour_of(g.t_s)
    by_hour = np.array([g.on[hour == k].mean() for k in range(24)])
    out: dict[str, Any] = {
        "source": SOURCE, "licence": "MIT",
        "fitted": f"{days} days from {np.datetime64(int(h.first_s), 's')} UTC", "made_by": "tools/fit_alert_rates.py",
        "name": [AREAS[a].name for a in h.area],
        "ring_lon_lat_rad": [np.radians(np.column_stack([AREAS[a].lon_deg, AREAS[a].lat_deg])) for a in h.area],
        "per_day": per_day[-1], "share": base["share"], "on_share": on_share[-1], "profile": base["profile"],
        "season": base["season"], "on_hour": by_hour / by_hour.mean(), "neighbour": neighbours(h.area),
        "horizon_s": np.array(HORIZONS_S),
    }  # fmt: skip
    rings = [np.asarray(ring) for ring in out["ring_lon_lat_rad"]]
    model = rates.AlertModel.of({**out, "ring_lon_lat_rad": rings, "quiet": [], "alert": []})
    rows = np.arange(round(30 * DAY_S / GRID_S), len(g.t_s) - round(max(HORIZONS_S) / GRID_S) - 1, 3)
    weights: tuple[list[F64], list[F64]] = ([], [])
    for ahead_s in HORIZONS_S:
        later = grid_at(h, g.t_s[rows] + ahead_s)
        quiet, alert = inputs(model, g, rows, ahead_s, per_day, on_share)
        on = g.on[rows]
        weights[0].append(_logistic(quiet[~on], later[~on]))
        weights[1].append(_logistic(alert[on], later[on]))
    return {**out, "quiet": np.array(weights[0]), "alert": np.array(weights[1])}


def grid_at(h: History, t_s: F64) -> Any:
    """(T, R) which regions are under alert at any times."""
    counts = [[np.searchsorted(s[:, k], t_s, side="right") for k in (0, 1)] for s in h.on]
    return np.stack([begun > ended for begun, ended in counts], axis=1)


def inputs(
    model: rates.AlertModel, g: Grid, rows: Any, ahead_s: float, per_day: F64, on_share: F64
) -> tuple[F64, F64]:
    """`features` of many instants at once."""
    t = g.t_s[rows]
    log_rate = np.log(np.maximum(per_day[rows] * model.hour_shares(t + 0.5 * ahead_s), 1e-9))
    log_share = np.log(np.maximum(on_share[rows] * model.on_hour[rates.hour_of(t + ahead_s)][:, None], 1e-9))
    everyone = np.ones(g.on.shape[1], dtype=bool)
    return rates.features(g.on[rows], g.coarse[rows], g.age_s[rows], log_rate, log_share, model.neighbour, everyone)


def _logistic(x: F64, y: Any) -> F64:
    """Weights of a ridge logistic regression, by Newton's method."""
    w = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-x @ w))
        slope = x.T @ (y - p) - RIDGE * w
        bend = (x * (p * (1.0 - p))[:, None]).T @ x + RIDGE * np.eye(len(w))
        step = np.linalg.solve(bend, slope)
        w = w + step
        if np.abs(step).max() < 1e-6:
            break
    return w
