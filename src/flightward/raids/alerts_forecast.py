"""The coarse forecast from area alerts alone: which regions will be under alert in the next hour.

Each region's chance at each horizon is a logistic function of how long its present state has lasted, of its base rate
at that hour and season, and of what its neighbours do (raids fly on: an alert next door, just begun, raises it). The
weights are fitted to history (alert_rates.py); levels go on learning from what is heard.
"""

from __future__ import annotations

import numpy as np

from flightward.config import RaidsConfig
from flightward.model import F64, I64, AlertState, AreaAlertBatch, AreaOutlook, Setup, f64, i8, i64
from flightward.raids.alert_rates import (
    BOOL,
    UNHEARD_AGE_S,
    AlertModel,
    Levels,
    features,
    hour_of,
    read_alert_model,
)

ALERT = "air_raid"
"""The kind of alert that the history holds; others (shelling, fights) have no forecast."""
REACH_M = 200_000.0
"""Regions this far outside the area can still be heard of: the feeds bring them for their neighbours' sake."""


class AlertsForecast:
    """Hears changes of areas' states; gives the outlook each cfg.outlook_s, from the first change heard on.

    Before that nothing is known, not even that anybody would tell: there is no outlook, and none for regions that
    are not in the model.
    """

    NOT_KEPT = ("_model",)
    """Left out of snapshots: read from the package when first asked for."""

    def __init__(self, setup: Setup, cfg: RaidsConfig, model: AlertModel | None = None) -> None:
        self._setup = setup
        self._cfg = cfg
        self._model = model
        self._row: dict[int, int] = {}
        self._outlook: AreaOutlook | None = None
        self._t_s = np.nan
        self._levels: Levels | None = None
        self._on = self._is_coarse = self._is_heard = self._known = np.zeros(0, dtype=np.bool_)
        self._since_s = f64([])
        self._shown: I64 = i64([])
        self._area: I64 = i64([])
        self._start: I64 = i64([0])
        self._corners = [f64([]), f64([])]

    def step(self, t_s: float, alerts: AreaAlertBatch) -> AreaOutlook | None:
        """The newest outlook at t_s, after the changes of this second; None while nothing was heard."""
        if len(alerts):
            if np.isnan(self._t_s):
                self._begin(float(alerts.t_s[0]))
            self._hear(alerts)
        if np.isnan(self._t_s):
            return None
        is_due = round(t_s - self._setup.start_s) % max(1, round(self._cfg.outlook_s)) == 0
        if is_due or len(alerts) or self._outlook is None:
            self._advance(t_s, np.zeros(len(self._on)))
            self._outlook = self._issue(t_s)
        return self._outlook

    @property
    def _fitted(self) -> AlertModel:
        if self._model is None:
            self._model = read_alert_model()
        return self._model

    def _begin(self, t_s: float) -> None:
        model = self._fitted
        n = len(model.name)
        self._t_s = t_s
        self._on, self._is_coarse = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        self._since_s, self._is_heard = np.full(n, t_s - UNHEARD_AGE_S), np.zeros(n, dtype=np.bool_)
        self._levels = Levels(model.share, model.per_day, model.on_share)
        rings = [self._setup.frame.to_plane(f64(ring[:, 1]), f64(ring[:, 0])) for ring in model.ring]
        gap_m = f64([_gap_m(*ring) for ring in rings])
        self._shown = np.flatnonzero(gap_m <= self._setup.radius_m)
        self._known = gap_m <= self._setup.radius_m + REACH_M
        shown = [rings[r] for r in self._shown]
        self._start = i64(np.cumsum([0, *(len(ring[0]) for ring in shown)]))
        self._corners = [np.concatenate([np.zeros(0), *[ring[axis] for ring in shown]]) for axis in (0, 1)]
        self._area = i64([self._setup.names.intern(model.name[r]) for r in self._shown])

    def _hear(self, alerts: AreaAlertBatch) -> None:
        names, known = self._setup.names, self._fitted.name
        for i in range(len(alerts)):
            area = int(alerts.area[i])
            if area not in self._row:
                text = names.text(area) or ""
                self._row[area] = known.index(text) if text in known else -1
            r = self._row[area]
            if r < 0 or names.text(int(alerts.alert[i])) != ALERT or not np.isfinite(alerts.t_s[i]):
                continue
            is_on = alerts.state[i] == AlertState.ACTIVE
            starts = np.zeros(len(self._on))
            starts[r] = float(is_on and not self._on[r])
            self._advance(max(float(alerts.t_s[i]), self._t_s), starts)
            if is_on != self._on[r]:
                self._since_s[r] = alerts.t_s[i]
            self._on[r], self._is_heard[r] = is_on, True
            self._is_coarse[r] = is_on and alerts.is_coarse[i] == 1

    def _advance(self, t_s: float, starts: F64) -> None:
        assert self._levels is not None
        self._levels.advance(max(t_s - self._t_s, 0.0), self._on, starts)
        self._t_s = max(t_s, self._t_s)

    def _issue(self, t_s: float) -> AreaOutlook:
        assert self._levels is not None
        model, per_day, shown = self._fitted, self._levels.per_day, self._shown
        p = chances(
            model, t_s, self._on, self._is_coarse, t_s - self._since_s, per_day, self._levels.on_share, self._known
        )
        return AreaOutlook(
            issued_s=t_s, horizon_s=model.horizon_s, area=self._area, is_on=i8(self._on[shown]),
            since_s=np.where(self._is_heard, self._since_s, np.nan)[shown], p_alert=f64(p.T[shown]),
            starts_per_h=model.starts_per_h(t_s, per_day)[shown],
            start=self._start, e_m=self._corners[0], n_m=self._corners[1],
        )


def chances(
    model: AlertModel, t_s: float, on: BOOL, is_coarse: BOOL, age_s: F64, per_day: F64, on_share: F64, known: BOOL
) -> F64:
    """(H, R) chance that each region is under alert at each horizon after t_s; arguments (R,) as in `features`."""
    out = np.empty((len(model.horizon_s), len(on)))
    for h, ahead_s in enumerate(model.horizon_s.tolist()):
        log_rate = np.log(np.maximum(model.starts_per_h(t_s + 0.5 * ahead_s, per_day), 1e-9))
        log_share = np.log(np.maximum(on_share * model.on_hour[hour_of(t_s + ahead_s)], 1e-9))
        quiet, alert = features(on, is_coarse, age_s, log_rate, log_share, model.neighbour, known)
        score = np.where(on, alert @ model.alert[h], quiet @ model.quiet[h])
        out[h] = 1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0)))
    return out


def _gap_m(e_m: F64, n_m: F64) -> float:
    """How far the ring is from the area's centre; 0 if the centre is inside."""
    e1, n1 = np.roll(e_m, -1), np.roll(n_m, -1)
    de, dn = e1 - e_m, n1 - n_m
    along = np.clip(-(e_m * de + n_m * dn) / np.maximum(de * de + dn * dn, 1e-9), 0.0, 1.0)
    crosses = (n_m > 0.0) != (n1 > 0.0)
    at_e = e_m[crosses] - n_m[crosses] * de[crosses] / dn[crosses]
    if np.count_nonzero(at_e > 0.0) % 2:
        return 0.0
    return float(np.hypot(e_m + along * de, n_m + along * dn).min())
