"""Closed areas, geo-zones, areas under alert and areas of GNSS interference on the way of flights."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.encounters import PathBatch
from flightward.encounters.agreed import barriers_of
from flightward.kernels import stays
from flightward.model import (
    F64,
    I8,
    I64,
    AlertState,
    AreaAlertBatch,
    AreaOutlook,
    Hazard,
    Reason,
    Setup,
    ZoneKind,
    f64,
)
from flightward.model.gnss import GnssAreaBatch

_KIND = {ZoneKind.CLOSED: Reason.CLOSED_ZONE, ZoneKind.GEO: Reason.GEO_ZONE, ZoneKind.ALERT: Reason.ALERT_AREA}


@dataclasses.dataclass(frozen=True)
class Stays:
    """First stays of F flights in A areas: enter_s, leave_s (F, A) POSIX s, NaN none; what each area is (A,).

    p_alert, worst_s (F, A): for areas of alerts, the highest chance that the area is under alert while the flight is in
    it, and when that is; NaN for other areas and where nothing is forecast.
    """

    enter_s: F64
    leave_s: F64
    hazard: I8
    hazard_id: I64
    reason: I8
    since_s: F64
    p_alert: F64
    worst_s: F64


class AlertAreas:
    """The areas that are under alert now, with their shapes where known."""

    def __init__(self) -> None:
        self._on: dict[tuple[int, int], tuple[float, F64, F64]] = {}
        self.version = 0

    def hear(self, alerts: AreaAlertBatch) -> None:
        """Take the changes of this second, in their order."""
        for i in range(len(alerts)):
            key = (int(alerts.area[i]), int(alerts.alert[i]))
            rows = slice(int(alerts.start[i]), int(alerts.start[i + 1]))
            self.version += 1
            if alerts.state[i] == AlertState.ACTIVE:
                self._on[key] = (float(alerts.t_s[i]), alerts.e_m[rows], alerts.n_m[rows])
            elif alerts.state[i] == AlertState.ENDED:
                self._on.pop(key, None)

    def shapes(self) -> list[tuple[int, float, F64, F64]]:
        """(area name, since, e_m, n_m) of each area under alert whose shape is known, in order of name."""
        return [(key[0], *self._on[key]) for key in sorted(self._on) if len(self._on[key][1]) >= 3]


class Areas:
    """Answers which areas the expected paths meet; the zones never change, the alerts do."""

    def __init__(self, setup: Setup) -> None:
        zones = setup.zones
        self._setup = setup
        self._rows = np.flatnonzero(np.isin(zones.kind, list(_KIND)))
        self.alerts = AlertAreas()
        self._gnss = GnssAreaBatch.empty(t_s=setup.start_s)
        self._gnss_version = 0

    @property
    def version(self) -> tuple[int, int]:
        """Changes whenever an area comes, goes or changes."""
        return self.alerts.version, self._gnss_version

    def hear_gnss(self, gnss: GnssAreaBatch) -> None:
        """Take the areas of GNSS interference that are on now."""
        on = gnss if np.isnan(gnss.end_s).all() else gnss.take(np.isnan(gnss.end_s))
        before = self._gnss
        if not np.array_equal(on.area, before.area) or not np.array_equal(on.start, before.start):
            self._gnss_version += 1
        self._gnss = on

    def _gnss_shapes(self) -> list[tuple[int, float, F64, F64]]:
        """(number, since, e_m, n_m) of each area of GNSS interference."""
        g = self._gnss
        cuts = [slice(int(a), int(b)) for a, b in zip(g.start[:-1], g.start[1:], strict=True)]
        return [(int(g.area[k]), float(g.start_s[k]), g.e_m[c], g.n_m[c]) for k, c in enumerate(cuts)]

    def stays(self, t_s: float, paths: PathBatch, outlook: AreaOutlook | None = None, ahead_s: float = 0.0) -> Stays:
        """First stays of each path, by what is known at t_s; of areas that may come under alert within ahead_s too."""
        zones = self._setup.zones
        alerts, gnss = self.alerts.shapes(), self._gnss_shapes()
        likely = likely_shapes(outlook, {s[0] for s in alerts})
        shapes = alerts + likely + gnss
        poly_e = [zones.e_m[zones.start[z]: zones.start[z + 1]] for z in self._rows] + [s[2] for s in shapes]
        poly_n = [zones.n_m[zones.start[z]: zones.start[z + 1]] for z in self._rows] + [s[3] for s in shapes]
        band = [(zones.floor_m[z], zones.ceiling_m[z]) for z in self._rows] + [(-np.inf, np.inf)] * len(shapes)
        holds = [self._holds(int(z), t_s) for z in self._rows] + [(0.0, np.inf)] * len(shapes)
        start = np.concatenate([[0], np.cumsum([len(e) for e in poly_e])]).astype(np.int64)
        enter, leave = np.empty((len(paths), len(poly_e))), np.empty((len(paths), len(poly_e)))
        stays.first_stays(
            paths.start, paths.t_s - t_s, paths.e_m, paths.n_m, paths.u_m, start,
            f64(np.concatenate(poly_e) if poly_e else []), f64(np.concatenate(poly_n) if poly_n else []),
            f64(band).reshape(-1, 2), f64(holds).reshape(-1, 2), enter, leave,
        )
        if len(self._rows):
            exempt = (zones.exempt_mask[self._rows][None, :] >> self._setup.flights.category[:, None]) & 1
            enter[:, : len(self._rows)] = np.where(exempt == 1, np.nan, enter[:, : len(self._rows)])
        self._let_through(t_s, paths, enter, leave)
        kinds = [ZoneKind(int(zones.kind[z])) for z in self._rows]
        codes = [_KIND[k] for k in kinds] + [Reason.ALERT_AREA] * len(alerts) + [Reason.ALERT_LIKELY] * len(likely)
        codes += [Reason.GNSS_INTERFERENCE] * len(gnss)
        hazards = [Hazard.ZONE if k is ZoneKind.ALERT else Hazard.CLOSED_AREA for k in kinds]
        hazards += [Hazard.ZONE] * len(alerts + likely) + [Hazard.GNSS] * len(gnss)
        # zones and areas of interference have no forecast: their numbers are no names
        areas = [None] * len(self._rows) + [s[0] for s in alerts + likely] + [None] * len(gnss)
        p_alert, worst_s = alert_chances(t_s, enter, leave, areas, outlook, ahead_s)
        return Stays(
            enter + t_s, leave + t_s, np.array(hazards, dtype=np.int8),
            np.array([*self._rows, *(s[0] for s in shapes)], dtype=np.int64), np.array(codes, dtype=np.int8),
            np.array([np.nan] * len(self._rows) + [s[1] for s in shapes]), p_alert, worst_s,
        )

    def _let_through(self, t_s: float, paths: PathBatch, enter: F64, leave: F64) -> None:
        """Put the first stays anew, in place, of flights that a zone's authority lets through at agreed times."""
        zones, agreed = self._setup.zones, self._setup.agreed
        pairs = {(int(f), int(agreed.zone[w])) for w in range(len(agreed))
                 for f in agreed.flight[int(agreed.start[w]): int(agreed.start[w + 1])]}  # fmt: skip
        for flight, z in sorted(pairs):
            at = np.flatnonzero(self._rows == z)
            if not len(at) or np.isnan(enter[flight, at[0]]) or not agreed.rows_of(flight, z, t_s):
                continue
            bars = barriers_of(zones, agreed, z, flight, t_s)
            corners = slice(int(zones.start[z]), int(zones.start[z + 1]))
            size, one = corners.stop - corners.start, paths.take(np.array([flight]))
            first, last = np.full((1, len(bars)), np.nan), np.full((1, len(bars)), np.nan)
            if bars:
                stays.first_stays(
                    one.start, one.t_s - t_s, one.e_m, one.n_m, one.u_m,
                    np.arange(len(bars) + 1, dtype=np.int64) * size, f64(np.tile(zones.e_m[corners], len(bars))),
                    f64(np.tile(zones.n_m[corners], len(bars))),
                    f64([(zones.floor_m[z], zones.ceiling_m[z])] * len(bars)),
                    f64([(b.from_s - t_s, b.to_s - t_s) for b in bars]), first, last,
                )  # fmt: skip
            soonest = int(np.nanargmin(first[0])) if np.isfinite(first).any() else -1
            enter[flight, at[0]] = np.nan if soonest < 0 else first[0, soonest]
            leave[flight, at[0]] = np.nan if soonest < 0 else last[0, soonest]

    def _holds(self, z: int, t_s: float) -> tuple[float, float]:
        """From and to, from now, of the first window of a zone that is known and not over; (inf, -inf) if none."""
        zones = self._setup.zones
        for w in range(int(zones.window_start[z]), int(zones.window_start[z + 1])):
            is_published = zones.published_s[w] <= t_s
            if (zones.from_s[w] > t_s and not is_published) or zones.to_s[w] <= t_s:
                continue
            to_s = zones.to_s[w] - t_s if is_published and np.isfinite(zones.to_s[w]) else np.inf
            return float(zones.from_s[w] - t_s), float(to_s)
        return np.inf, -np.inf


def likely_shapes(outlook: AreaOutlook | None, on: set[int]) -> list[tuple[int, float, F64, F64]]:
    """(area name, NaN, e_m, n_m) of each area in the outlook that is not under alert now."""
    if outlook is None:
        return []
    rows = [r for r in range(len(outlook)) if int(outlook.area[r]) not in on]
    cuts = [slice(int(outlook.start[r]), int(outlook.start[r + 1])) for r in rows]
    return [
        (int(outlook.area[r]), np.nan, outlook.e_m[cut], outlook.n_m[cut]) for r, cut in zip(rows, cuts, strict=True)
    ]


def alert_chances(
    t_s: float, enter: F64, leave: F64, area: list[int | None], outlook: AreaOutlook | None, ahead_s: float
) -> tuple[F64, F64]:
    """(F, A) highest chance of an alert during each stay, and when; enter, leave in seconds from t_s.

    What is under alert and flown in now is certain. Later than ahead_s, and beyond the outlook, nothing is said.
    """
    p, worst_s = np.full(enter.shape, np.nan), np.full(enter.shape, np.nan)
    if outlook is None:
        return p, worst_s
    row_of = {int(name): r for r, name in enumerate(outlook.area.tolist())}
    age_s = t_s - outlook.issued_s
    last_s = min(ahead_s, float(outlook.horizon_s[-1]) - age_s)
    for a, name in enumerate(area):
        if name not in row_of:
            continue
        row = row_of[name]
        begin, end = np.fmax(enter[:, a], 0.0), np.fmin(leave[:, a], last_s)
        # the chance is a chain of lines: highest at the stay's ends or at a horizon inside it
        inner = np.broadcast_to(outlook.horizon_s - age_s, (len(begin), len(outlook.horizon_s)))
        at = np.column_stack([begin, end, np.clip(inner, begin[:, None], np.fmax(begin, end)[:, None])])
        chance = outlook.p_at(row, at.ravel() + age_s).reshape(at.shape)
        best = np.argmax(chance, axis=1)
        every = np.arange(len(best))
        meets = begin <= end
        p[:, a] = np.where(meets, chance[every, best], np.nan)
        worst_s[:, a] = np.where(meets, at[every, best] + t_s, np.nan)
    return p, worst_s
