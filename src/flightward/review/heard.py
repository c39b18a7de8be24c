"""What came in about the flight and around it, from the recorded input: its own reported positions, and area alerts."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.record import Recording
from flightward.review.scene import F64, Scene


@dataclasses.dataclass(frozen=True)
class Alert:
    """One change of a declared area: state True begins, False ends; corners on the plane, empty where unknown."""

    t_s: float
    area: str
    alert: str
    begins: bool
    source: str
    e_m: F64
    n_m: F64


@dataclasses.dataclass(frozen=True)
class Heard:
    """The flight's reported positions by time of receipt, (R,) each, and the area alerts."""

    t_s: F64
    e_m: F64
    n_m: F64
    alerts: tuple[Alert, ...]


def nothing() -> Heard:
    """Where there is no recording to ask."""
    none = np.zeros(0)
    return Heard(none, none, none, ())


def listen(held: Recording, scene: Scene) -> Heard:
    """Go through the recorded input once. Only rows with a new position count as reported positions."""
    names = held.setup.names
    mine = names.find(scene.flight.icao24)
    t, lat, lon = [], [], []
    alerts: list[Alert] = []
    for inbox in held.inboxes():
        r = inbox.reports
        rows = np.flatnonzero((r.identity == mine) & np.isfinite(r.lat_rad) & (r.is_velocity_only != 1))
        if len(rows) and mine >= 0:
            t.append(r.t_s[rows])
            lat.append(r.lat_rad[rows])
            lon.append(r.lon_rad[rows])
        a = inbox.alerts
        for k in range(len(a)):
            ring = slice(int(a.start[k]), int(a.start[k + 1]))
            words = [names.text(int(x)) or "" for x in (a.area[k], a.alert[k], a.source[k])]
            alerts.append(
                Alert(float(a.t_s[k]), words[0], words[1], bool(a.state[k] == 1), words[2], a.e_m[ring], a.n_m[ring])
            )
    if not t:
        return dataclasses.replace(nothing(), alerts=tuple(alerts))
    e, n = scene.frame.to_plane(np.concatenate(lat), np.concatenate(lon))
    return Heard(np.concatenate(t), e, n, tuple(alerts))
