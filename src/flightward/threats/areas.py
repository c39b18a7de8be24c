"""Closed areas, geo-zones, areas under alert and areas of GNSS interference on the way of flights."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.encounters import PathBatch
from flightward.kernels import stays
from flightward.model import F64, I8, I64, AlertState, AreaAlertBatch, Hazard, Reason, Setup, ZoneKind, f64
from flightward.model.gnss import GnssAreaBatch

_KIND = {ZoneKind.CLOSED: Reason.CLOSED_ZONE, ZoneKind.GEO: Reason.GEO_ZONE, ZoneKind.ALERT: Reason.ALERT_AREA}


@dataclasses.dataclass(frozen=True)
class Stays:
    """First stays of F flights in A areas: enter_s, leave_s (F, A) POSIX s, NaN none; what each area is (A,)."""

    enter_s: F64
    leave_s: F64
    hazard: I8
    hazard_id: I64
    reason: I8
    since_s: F64


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

    def stays(self, t_s: float, paths: PathBatch) -> Stays:
        """First stays of each path, by what is known at t_s."""
        zones = self._setup.zones
        alerts, gnss = self.alerts.shapes(), self._gnss_shapes()
        shapes = alerts + gnss
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
        kinds = [ZoneKind(int(zones.kind[z])) for z in self._rows]
        codes = [_KIND[k] for k in kinds] + [Reason.ALERT_AREA] * len(alerts) + [Reason.GNSS_INTERFERENCE] * len(gnss)
        hazards = [Hazard.ZONE if k is ZoneKind.ALERT else Hazard.CLOSED_AREA for k in kinds]
        hazards += [Hazard.ZONE] * len(alerts) + [Hazard.GNSS] * len(gnss)
        return Stays(
            enter + t_s, leave + t_s, np.array(hazards, dtype=np.int8),
            np.array([*self._rows, *(s[0] for s in shapes)], dtype=np.int64), np.array(codes, dtype=np.int8),
            np.array([np.nan] * len(self._rows) + [s[1] for s in shapes]),
        )

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
