"""CoT events -> reports, area alerts and routes: `CotFeed`.

a-?-A-...         a thing in the air: one report. t_s is `start`, sigma_h_m is ce and sigma_v_m le (one sigma);
                  velocity by <track course speed slope>; source_track_id is the uid; identity an ICAO address (uid
                  "ICAO-3C6DD2", or an attribute icao, icao24 or hex in the detail); kind and hostile by the type
shapes with       an area alert of kind "geofence" from `start` to `stale`; sent again it lasts longer. With the option
__geofence        shapes = "all" every closed shape, with "none" none
b-m-r             a route, in `routes`
t-x-d-d           a deletion: ends an area alert, of a trusted feed only
others            counted: ground, sea and other atoms, drawings, chat, pings, markers

Stale times are honoured: an event that is stale when it comes is kept aside (`stale`), and an area ends when its
event goes stale. "Friend" and "neutral" are taken as declared not hostile only where the feed's option trusted = true
says that its peers are known (TLS with certificates): else anyone could make a drone vanish from a raid by calling it
a friend. "Hostile" is always believed.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any, NamedTuple

import numpy as np

from flightward.feeds.cot import kinds, shapes
from flightward.feeds.cot.event import CotEvent
from flightward.feeds.cot.shapes import Route
from flightward.feeds.cot.stream import Events
from flightward.feeds.reports import AHEAD_MAX_S, Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64, NONE, AlertState, AreaAlertBatch, f64, i8, i64

AREAS_MAX = 2_000
ROUTES_MAX = 2_000
EVENTS_KEPT = 1_000
"""Of the events without a row, the newest are kept for who looks (`flightward inspect`)."""
LIFE_MAX_S = 30 * 86_400.0
"""An area with a longer stale time, or none, holds so long: some programs write years."""
_ICAO = re.compile(r"(?:ICAO[-_.:]?)?([0-9A-Fa-f]{6})")
_MARKED = re.compile(r"ICAO[-_.:]?([0-9A-Fa-f]{6})")


class _Change(NamedTuple):
    t_s: float
    t_rx_s: float
    name: str
    kind: str
    state: int
    e_m: F64
    n_m: F64


@dataclasses.dataclass
class _Area:
    """An area alert that is on."""

    name: str
    kind: str
    ends_s: float
    e_m: F64
    n_m: F64


class CotFeed:
    """Rows from the bytes of a stream: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self.events = Events(self.rejects)
        self.routes: dict[str, Route] = {}
        self.others: dict[str, int] = {}
        self.kept: list[CotEvent] = []
        self._rows: list[dict[str, Any]] = []
        self._areas: dict[str, _Area] = {}
        self._changes: list[_Change] = []
        self._newest_s = -math.inf
        self._trusted = ctx.options.get("trusted") is True
        self._shapes = str(ctx.options.get("shapes", "geofences"))
        self._sensor = ctx.options.get("sensor")

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, received at t_rx_s (NaN: when each event says it was sent)."""
        self.events.receive(data)
        self._take(t_rx_s)

    def datagram(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take a whole datagram, received at t_rx_s."""
        self.events.datagram(data)
        self._take(t_rx_s)

    def finish(self) -> None:
        """The stream ended: areas end when their events go stale."""
        self.events.finish()
        self._take(math.nan)
        self._end_areas(math.inf)

    def pass_time(self, now_s: float) -> None:
        """It is now_s: areas whose events are stale by then end, though nothing came."""
        self._newest_s = max(self._newest_s, now_s)
        self._end_areas(self._newest_s)

    def rows(self) -> FeedRows:
        """The rows of all whole events since the last call."""
        found, self._rows = self._rows, []
        changes, self._changes = self._changes, []
        names = ("t_s", "t_rx_s", "lat_deg", "lon_deg", "hae_m", "sigma_h_m", "sigma_v_m", "ve_mps", "vn_mps",
                 "vu_mps")  # fmt: skip
        numbers = {n: f64([r[n] for r in found]) for n in names}
        words = {n: Coded.of([r[n] for r in found]) for n in ("sensor_id", "identity", "kind", "source_track_id")}
        rows = i64([r["row"] for r in found])
        read = report_rows(numbers, words, i8([r["hostile"] for r in found]), self._ctx, self.rejects, rows)
        others = dict(self.others)
        if self.events.n_control:
            others["control"] = self.events.n_control
        return dataclasses.replace(read, alerts=self._alerts(changes), others=others)

    def _take(self, t_rx_s: float) -> None:
        for row, event in self.events.events():
            heard_s = event.time_s if math.isnan(t_rx_s) else t_rx_s
            if not event.version.startswith("2") and event.version:
                self.rejects.add_one("version", row, event.version, heard_s)
                continue
            if math.isfinite(heard_s):
                self._newest_s = max(self._newest_s, heard_s)
                self._end_areas(self._newest_s)
            self._event(event, row, heard_s)

    def _event(self, event: CotEvent, row: int, heard_s: float) -> None:
        if event.stale_s < heard_s:
            self.rejects.add_one("stale", row, event.uid, heard_s)
        elif kinds.is_air(event.type):
            self._rows.append(self._report(event, row, heard_s))
        elif event.type == "t-x-d-d":
            self._delete(event, heard_s)
        elif not self._area(event, heard_s):
            route = shapes.route_of(event)
            if route is not None:
                self.routes.pop(event.uid, None)
                self.routes[event.uid] = route
                _bound(self.routes, ROUTES_MAX)
            self._other(event, "route" if route is not None else _word(event.type))

    def _other(self, event: CotEvent, what: str) -> None:
        self.others[what] = self.others.get(what, 0) + 1
        self.kept.append(event)
        del self.kept[:-EVENTS_KEPT]

    def _report(self, event: CotEvent, row: int, heard_s: float) -> dict[str, Any]:
        track = event.detail.child("track")
        course, speed, slope = (math.nan,) * 3 if track is None else map(track.number, ("course", "speed", "slope"))
        course, slope = math.radians(course), math.radians(slope)
        ve, vn, vu = math.nan, math.nan, math.nan
        if math.isfinite(course) and math.isfinite(speed):
            across = speed * math.cos(slope) if math.isfinite(slope) else speed
            ve, vn = across * math.sin(course), across * math.cos(course)
        if math.isfinite(slope) and math.isfinite(speed):
            vu = speed * math.sin(slope)
        lat, lon = event.lat_deg, event.lon_deg
        if lat == 0.0 and lon == 0.0:
            lat = lon = math.nan  # what programs write that have no position
        hostile = kinds.hostile_of(event.type)
        return {
            "row": row, "t_s": event.start_s if math.isfinite(event.start_s) else event.time_s, "t_rx_s": heard_s,
            "lat_deg": lat, "lon_deg": lon, "hae_m": event.hae_m, "sigma_h_m": _positive(event.ce_m),
            "sigma_v_m": _positive(event.le_m), "ve_mps": ve, "vn_mps": vn, "vu_mps": vu,
            "identity": icao_of(event), "kind": kinds.kind_of(event.type) or None, "source_track_id": event.uid[:128],
            "sensor_id": None if self._sensor is None else str(self._sensor),
            "hostile": hostile if hostile == 1 or self._trusted else NONE,
        }  # fmt: skip

    def _area(self, event: CotEvent, heard_s: float) -> bool:
        """Take a shape that is an area alert; False if it is none."""
        wanted = {"none": False, "all": True}.get(self._shapes, shapes.is_geofence(event))
        if not wanted or kinds.is_atom(event.type) or event.type.startswith("b-m-r"):
            return False
        ring = shapes.corners(event, self._ctx.frame)
        begins_s = event.start_s if math.isfinite(event.start_s) else heard_s
        if ring is None or not math.isfinite(begins_s) or begins_s > heard_s + AHEAD_MAX_S:
            return False
        longest_s = heard_s + LIFE_MAX_S
        ends_s = min(event.stale_s, longest_s) if math.isfinite(event.stale_s) else longest_s
        kind = "geofence" if shapes.is_geofence(event) else "drawn_area"
        area = _Area(f"{event.callsign or event.uid} ({event.uid})"[:160], kind, ends_s, *ring)
        known = self._areas.pop(event.uid, None)
        self._areas[event.uid] = area
        same = known is not None and known.name == area.name and _same(known, area)
        if not same:
            if known is not None:
                self._change(heard_s, heard_s, known, AlertState.ENDED)
            self._change(begins_s, heard_s, area, AlertState.ACTIVE)
        while len(self._areas) > AREAS_MAX:
            first = next(iter(self._areas))
            self._change(heard_s, heard_s, self._areas.pop(first), AlertState.ENDED)
            self.rejects.repaired("area_dropped")
        return True

    def _delete(self, event: CotEvent, heard_s: float) -> None:
        links = [link.get("uid") for link in event.detail.each("link")]
        for uid in links:
            if uid in self._areas and self._trusted:
                self._change(heard_s, heard_s, self._areas.pop(uid), AlertState.ENDED)
        self._other(event, "delete" if self._trusted else "delete_not_trusted")

    def _end_areas(self, by_s: float) -> None:
        for uid in sorted((u for u, a in self._areas.items() if a.ends_s <= by_s), key=lambda u: self._areas[u].ends_s):
            area = self._areas.pop(uid)
            self._change(area.ends_s, area.ends_s, area, AlertState.ENDED)

    def _change(self, t_s: float, t_rx_s: float, area: _Area, state: int) -> None:
        self._changes.append(_Change(t_s, t_rx_s, area.name, area.kind, int(state), area.e_m, area.n_m))

    def _alerts(self, changes: list[_Change]) -> AreaAlertBatch:
        names = self._ctx.names
        sizes = [len(c.e_m) for c in changes]
        flat = [np.concatenate([np.zeros(0), *rings]) for rings in ([c.e_m for c in changes], [c.n_m for c in changes])]
        return AreaAlertBatch(
            t_s=f64([c.t_s for c in changes]), t_rx_s=f64([c.t_rx_s for c in changes]),
            seq=np.arange(len(changes), dtype=np.int64), area=i64([names.intern(c.name) for c in changes]),
            alert=i64([names.intern(c.kind) for c in changes]), state=i8([c.state for c in changes]),
            is_coarse=np.zeros(len(changes), dtype=np.int8),
            source=i64([names.intern(f"cot {self._ctx.feed}")] * len(changes)),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]), e_m=flat[0], n_m=flat[1],
        )  # fmt: skip


def _same(a: _Area, b: _Area) -> bool:
    return np.array_equal(a.e_m, b.e_m) and np.array_equal(a.n_m, b.n_m)


def _bound(kept: dict[str, Route], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]


def _positive(sigma_m: float) -> float:
    return sigma_m if sigma_m > 0.0 else math.nan


def icao_of(event: CotEvent) -> str | None:
    """The ICAO address that an event gives for its aircraft, in lower case; None if it gives none."""
    marked = _MARKED.fullmatch(event.uid)
    if marked:
        return marked[1].lower()
    for child in event.detail.children:
        for key in ("icao", "icao24", "hex"):
            found = _ICAO.fullmatch(child.get(key).strip())
            if found:
                return found[1].lower()
    return None


def _word(kind: str) -> str:
    """What an event without a row is counted as."""
    starts = (
        ("a-", "not_air"), ("b-m-p", "marker"), ("b-m-r", "route_without_points"), ("b-t-f", "chat"),
        ("b-a-", "alarm"), ("b-", "bits"), ("t-x-c-t", "ping"), ("t-", "tasking"), ("u-", "drawing"),
        ("r-", "reservation"), ("c-", "capability"),
    )  # fmt: skip
    return next((word for start, word in starts if kind.startswith(start)), "other")
