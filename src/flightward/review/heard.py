"""What came in about the flight and around it, from the recorded input: positions, alerts, every sensor's reports."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from flightward.model import AreaAlertBatch, Names, ReportBatch
from flightward.model.acts import Act
from flightward.record import Recording
from flightward.review.scene import F64, I64, Scene
from flightward.wording import track_id


@dataclasses.dataclass(frozen=True)
class Alert:
    """One change of a declared area: state True begins, False ends; corners on the plane, empty where unknown."""

    t_s: float
    t_rx_s: float
    area: str
    alert: str
    begins: bool
    source: str
    e_m: F64
    n_m: F64


@dataclasses.dataclass(frozen=True)
class Plots:
    """(P,) reports of things that do not say who they are, by time of receipt; NaN where not measured.

    `azimuth_rad` is true, at the sensor; `e_m`, `n_m` where the report is a position.
    """

    t_s: F64
    t_rx_s: F64
    sensor: I64
    range_m: F64
    azimuth_rad: F64
    e_m: F64
    n_m: F64
    sigma_h_m: F64

    def __len__(self) -> int:
        return len(self.t_s)


@dataclasses.dataclass(frozen=True)
class Heard:
    """The flight's reported positions by time of receipt, (R,) each, the area alerts, and what the sensors said.

    `is_live` (T, S) int8 at `live_s` (T,): which sensors were taken to work. `since_s`: first report of each track.
    """

    t_s: F64
    e_m: F64
    n_m: F64
    alerts: tuple[Alert, ...]
    plots: Plots
    live_s: F64
    is_live: Any
    since_s: dict[str, float]
    acts: tuple[Act, ...]
    is_recorded: bool


def nothing() -> Heard:
    """Where there is no recording to ask."""
    none = np.zeros(0)
    plots = Plots(none, none, none.astype(np.int64), none, none, none, none, none)
    return Heard(none, none, none, (), plots, none, np.zeros((0, 0), np.int8), {}, (), False)


def listen(held: Recording, scene: Scene) -> Heard:
    """Go through the recording once. Only rows with a new position count as reported positions."""
    names, mine = held.setup.names, held.setup.names.find(scene.flight.icao24)
    t, lat, lon, alerts, kept, live = [], [], [], [], [], []
    since: dict[str, float] = {}
    for inbox, result in held.both():
        r = inbox.reports
        rows = np.flatnonzero((r.identity == mine) & np.isfinite(r.lat_rad) & (r.is_velocity_only != 1))
        if len(rows) and mine >= 0:
            t.append(r.t_s[rows])
            lat.append(r.lat_rad[rows])
            lon.append(r.lon_rad[rows])
        kept.append(_plots(r))
        alerts += _alerts(inbox.alerts, names)
        live.append(result.coverage.is_live)
        for number, since_s in zip(result.tracks.track.tolist(), result.tracks.since_s.tolist(), strict=True):
            since.setdefault(track_id(number) or "", since_s)
    e, n = scene.frame.to_plane(np.concatenate(lat), np.concatenate(lon)) if t else (np.zeros(0), np.zeros(0))
    width = len(held.setup.sensors)
    return Heard(
        np.concatenate(t) if t else np.zeros(0), e, n, tuple(alerts), _joined(kept, scene), held.t_s,
        np.array(live, np.int8).reshape(len(live), width), since, tuple(held.acts), True,
    )  # fmt: skip


_COLUMNS = ("t_s", "t_rx_s", "sensor", "range_m", "azimuth_rad", "lat_rad", "lon_rad", "sigma_h_m")


def _plots(r: ReportBatch) -> list[Any]:
    """Columns of the rows that name nobody and hold a bearing or a place."""
    keep = (r.identity < 0) & (r.sensor >= 0) & (np.isfinite(r.azimuth_rad) | np.isfinite(r.lat_rad))
    rows = np.flatnonzero(keep)
    return [getattr(r, c)[rows] for c in _COLUMNS]


def _joined(kept: list[list[Any]], scene: Scene) -> Plots:
    if not kept:
        return nothing().plots
    t, rx, sensor, far, azimuth, lat, lon, sigma = (np.concatenate(c) for c in zip(*kept, strict=True))
    e, n = scene.frame.to_plane(lat, lon) if len(lat) else (lat, lon)
    return Plots(t, rx, sensor, far, azimuth, e, n, sigma)


def _alerts(a: AreaAlertBatch, names: Names) -> list[Alert]:
    out = []
    for k in range(len(a)):
        ring = slice(int(a.start[k]), int(a.start[k + 1]))
        area, alert, source = (names.text(int(x)) or "" for x in (a.area[k], a.alert[k], a.source[k]))
        times = (float(a.t_s[k]), float(a.t_rx_s[k]))
        out.append(Alert(*times, area, alert, bool(a.state[k] == 1), source, a.e_m[ring], a.n_m[ring]))
    return out
