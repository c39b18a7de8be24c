"""Base rates of area alerts by region, hour and season, and what drives the next hour: numbers fitted to history.

`alert_rates.json` holds numbers only, fitted by tools/fit_alert_rates.py to two years of official alerts; it says
source, licence and span. docs/design/intensity.md gives the model, its test on held-out months and its limits.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.model import F64, f64

BOOL = NDArray[np.bool_]

LEVEL_DAYS = 7.0
"""Half-life of a region's level of starts: short, for raids come in bouts (docs/design/intensity.md)."""
LEVEL_SHRINK_DAYS = 3.0
"""The level leans on the region's usual share of all starts with the weight of so many days."""
SHARE_DAYS = 30.0
"""Half-life of the share of time that a region is under alert."""
DAY_S = 86_400.0
YEAR_DAYS = 365.2425

_OFF_MIN = (0.0, 10.0, 30.0, 60.0, 180.0, 720.0, 1440.0)
_ON_MIN = (0.0, 5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 960.0)
"""Minutes in the present state between which its effect is a line (in the logarithm): the hazard by time elapsed."""
UNHEARD_AGE_S = 3 * 3_600.0
"""A region of which nothing was heard yet is taken to have been quiet for this long."""


@dataclasses.dataclass(frozen=True)
class AlertModel:
    """R regions. Hours are UTC; a season is a twelfth of the year from 1 January on.

    ring       R rings of (C, 2): longitude, latitude, rad      per_day (R,) starts per day at the end of the fit
    share      (R,) usual share of all regions' starts          on_share (R,) share of time under alert, then
    profile    (R, 24) share of a region's starts by hour       season (12, 24) what multiplies it, before it sums to 1
    on_hour    (24,) share of time under alert by hour, over its mean
    neighbour  (R, R) share of region r's border that is with s; rows sum to 1
    horizon_s  (H,); quiet (H, K), alert (H, J): the weights of `features` for regions that are quiet, under alert
    """

    source: str
    licence: str
    fitted: str
    name: tuple[str, ...]
    ring: tuple[F64, ...]
    per_day: F64
    share: F64
    on_share: F64
    profile: F64
    season: F64
    on_hour: F64
    neighbour: F64
    horizon_s: F64
    quiet: F64
    alert: F64

    @classmethod
    def of(cls, text: dict[str, Any]) -> AlertModel:
        """The model of what the file holds."""
        values: dict[str, Any] = {key: text[key] for key in ("source", "licence", "fitted")}
        values["name"] = tuple(text["name"])
        values["ring"] = tuple(f64(ring) for ring in text["ring_lon_lat_rad"])
        numbers = [f.name for f in dataclasses.fields(cls) if f.name not in values]
        values.update({name: f64(text[name]) for name in numbers})
        return cls(**values)

    def hour_shares(self, t_s: float | F64) -> F64:
        """(..., R) share of each region's daily starts that falls in the hour of t_s at its season."""
        hour, season = hour_of(t_s), season_of(t_s)
        whole = np.einsum("rh,sh->sr", self.profile, self.season)
        return f64(self.profile.T[hour] * self.season[season, hour][..., None] / whole[season])

    def starts_per_h(self, t_s: float, per_day: F64 | None = None) -> F64:
        """(R,) expected starts in the hour of t_s, at the level `per_day` (default: the one at the end of the fit)."""
        return f64((self.per_day if per_day is None else per_day) * self.hour_shares(t_s))


def read_alert_model() -> AlertModel:
    """The model that ships with the package."""
    text = importlib.resources.files("flightward.raids").joinpath("alert_rates.json").read_text(encoding="utf-8")
    return AlertModel.of(json.loads(text))


def hour_of(t_s: float | F64) -> NDArray[np.int64]:
    """Hour of the day, UTC."""
    return np.asarray(np.floor_divide(t_s, 3_600.0) % 24, dtype=np.int64)


def season_of(t_s: float | F64) -> NDArray[np.int64]:
    """Twelfth of the year."""
    year = np.mod(np.asarray(t_s) / DAY_S, YEAR_DAYS) / YEAR_DAYS
    return np.minimum(np.asarray(np.floor(12.0 * year), dtype=np.int64), 11)


class Levels:
    """How lively each region is of late: starts and time under alert, weighed by how long ago they were.

    The Gamma-Poisson filter with a fading memory: both its counts and its time fade with the half-life, and the
    region's usual share of what all regions see is the prior.
    """

    def __init__(self, share: F64, per_day: F64, on_share: F64) -> None:
        self._share = share / share.mean()
        self._memory_days = LEVEL_DAYS / np.log(2.0)
        self._starts = per_day * self._memory_days
        self.on_share = on_share.copy()

    def advance(self, dt_s: float, on: BOOL, starts: F64) -> None:
        """dt_s have passed with the regions `on` under alert, and `starts` (R,) alerts began at their end."""
        self._starts = self._starts * 0.5 ** (dt_s / DAY_S / LEVEL_DAYS) + starts
        fade = 0.5 ** (dt_s / DAY_S / SHARE_DAYS)
        self.on_share = self.on_share * fade + (1.0 - fade) * on

    @property
    def per_day(self) -> F64:
        """(R,) starts per day now."""
        usual = self._share * self._starts.mean() / self._memory_days
        weight = self._memory_days + LEVEL_SHRINK_DAYS
        return f64((self._starts + LEVEL_SHRINK_DAYS * usual) / weight)


def features(
    on: BOOL, is_coarse: BOOL, age_s: F64, log_rate: F64, log_share: F64, neighbour: F64, known: BOOL
) -> tuple[F64, F64]:
    """(..., R, K) and (..., R, J): what the next minutes depend on, for quiet regions and for those under alert.

    on, is_coarse, age_s  (..., R) the present states and how long they have lasted
    log_rate, log_share   (..., R) log of base rate of starts per hour, and of the share of time under alert
    neighbour  (R, R); known (R,): regions of which the states can be heard; the others have no part in any mean
    """
    among = neighbour * known
    among = among / np.maximum(among.sum(axis=1, keepdims=True), 1e-9)
    second = among @ among
    np.fill_diagonal(second, 0.0)
    second = np.where(neighbour > 0.0, 0.0, second)
    second = second / np.maximum(second.sum(axis=1, keepdims=True), 1e-9)
    up = np.where(known, on, False).astype(np.float64)
    n_known = max(int(np.count_nonzero(known)), 1)
    began10, began30 = up * (age_s <= 600.0), up * (age_s <= 1_800.0)
    down = np.where(known, ~on, False)
    ended10, ended30 = down * (age_s <= 600.0), down * (age_s <= 1_800.0)
    near = up @ among.T

    def of_all(flags: F64) -> F64:
        return np.broadcast_to(flags.sum(axis=-1, keepdims=True) / n_known, flags.shape)

    common = [
        np.ones_like(up), log_rate, np.maximum(log_share, -5.0), near, np.sqrt(near), up @ second.T, began10 @ among.T,
        began30 @ among.T, ended10 @ among.T, ended30 @ among.T, of_all(up), np.sqrt(of_all(up)), of_all(began10),
        of_all(ended10), (is_coarse & on).astype(np.float64),
    ]  # fmt: skip
    head = np.stack(common, axis=-1)
    return (
        np.concatenate([head, _hats(age_s, _OFF_MIN)], axis=-1), np.concatenate([head, _hats(age_s, _ON_MIN)], axis=-1)
    )


def _hats(age_s: F64, knots_min: tuple[float, ...]) -> F64:
    """(..., k - 1) weights of the knots after the first, linear in log(1 + minutes) between them."""
    knots = np.log1p(np.array(knots_min))
    x = np.clip(np.log1p(np.maximum(age_s, 0.0) / 60.0), knots[0], knots[-1])
    eye = np.eye(len(knots))
    return np.stack([np.interp(x, knots, eye[k]) for k in range(1, len(knots))], axis=-1)
