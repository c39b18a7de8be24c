"""CoT events -> reports, area alerts and routes: `CotFeed`.

a-?-A-...         a thing in the air: one report. t_s is `start`, sigma_h_m is ce and sigma_v_m le (one sigma);
                  velocity by <track course speed slope>; source_track_id is the uid; identity an ICAO address (uid
                  "ICAO-3C6DD2", or an attribute icao, icao24 or hex in the detail); kind and hostile by the type
shapes with       an area alert of kind "geofence" from `start` to `stale`; sent again it lasts longer. With the option
__geofence        shapes = "all" every closed shape, with "none" none; one whose start is to come begins then
b-m-r             a route, in `routes`
t-x-d-d           a deletion: ends an area alert, of a trusted feed only
others            counted: ground, sea and other atoms, drawings, chat, pings, markers

Exercises and simulations (opex "e-...", "s-...") are kept aside (`exercise`, `simulated`) unless the option exercises =
true takes them: an exercise must not raise an alarm. So is what we said ourselves and hear again (`own`: a uid that
begins with the option `own`, which is the sink's prefix): else a track would confirm itself for ever.

Stale times are honoured: an event that is stale when it comes is kept aside (`stale`), and an area ends when its
event goes stale. "Friend" and "neutral" are taken as declared not hostile only where the feed's option trusted = true
says that its peers are known (TLS with certificates): else anyone could make a drone vanish from a raid by calling it
a friend. "Hostile" is always believed.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

from flightward.feeds.cot import kinds, shapes
from flightward.feeds.cot.areas import Area, Areas
from flightward.feeds.cot.event import OWN_PREFIX, CotEvent, Element, known
from flightward.feeds.cot.shapes import Route
from flightward.feeds.cot.stream import Events
from flightward.feeds.reports import AHEAD_MAX_S, SPEED_MAX_MPS, Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import NONE, f64, i8, i64

ROUTES_MAX = 2_000
EVENTS_KEPT = 1_000
"""Of the events without a row, the newest are kept for who looks (`flightward inspect`)."""
LIFE_MAX_S = 30 * 86_400.0
"""An area with a longer stale time, or none, holds so long: some programs write years."""
_OPEX = {"e": "exercise", "s": "simulated"}
"""First letter of opex -> why an event is kept aside; o, or none, is real."""
_NO_TRACK = Element("track")
_ICAO = re.compile(r"(?:ICAO[-_.:]?)?([0-9A-Fa-f]{6})")
_MARKED = re.compile(r"ICAO[-_.:]?([0-9A-Fa-f]{6})")


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
        self._areas = Areas(self.rejects)
        self._newest_s = -math.inf
        self._trusted = ctx.options.get("trusted") is True
        self._shapes = str(ctx.options.get("shapes", "geofences"))
        self._sensor = ctx.options.get("sensor")
        self._exercises = ctx.options.get("exercises") is True
        self._own = f"{ctx.options.get('own') or OWN_PREFIX}."

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
        self._areas.pass_time(math.inf)

    def pass_time(self, now_s: float) -> None:
        """It is now_s: areas whose events are stale by then end, though nothing came."""
        self._newest_s = max(self._newest_s, now_s)
        self._areas.pass_time(self._newest_s)

    def rows(self) -> FeedRows:
        """The rows of all whole events since the last call."""
        found, self._rows = self._rows, []
        names = ("t_s", "t_rx_s", "lat_deg", "lon_deg", "hae_m", "sigma_h_m", "sigma_v_m", "ve_mps", "vn_mps",
                 "vu_mps")  # fmt: skip
        numbers = {n: f64([r[n] for r in found]) for n in names}
        words = {n: Coded.of([r[n] for r in found]) for n in ("sensor_id", "identity", "kind", "source_track_id")}
        rows = i64([r["row"] for r in found])
        read = report_rows(numbers, words, i8([r["hostile"] for r in found]), self._ctx, self.rejects, rows)
        others = dict(self.others)
        if self.events.n_control:
            others["control"] = self.events.n_control
        return dataclasses.replace(read, alerts=self._areas.alerts(self._ctx), others=others)

    def _take(self, t_rx_s: float) -> None:
        for row, event in self.events.events():
            heard_s = event.time_s if math.isnan(t_rx_s) else t_rx_s
            why = self._why_aside(event)
            if why:
                self.rejects.add_one(why, row, event.version if why == "version" else event.uid, heard_s)
                continue
            if math.isfinite(heard_s):
                self._newest_s = max(self._newest_s, heard_s)
                self._areas.pass_time(self._newest_s)
            self._event(event, row, heard_s)

    def _why_aside(self, event: CotEvent) -> str:
        """Why an event says nothing of the day, whatever it holds; "" if it may."""
        if not event.version.startswith("2") and event.version:
            return "version"
        if event.uid.startswith(self._own):
            return "own"
        return "" if self._exercises else _OPEX.get(event.opex.strip()[:1].lower(), "")

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
        ve, vn, vu, is_odd = _velocity(event.detail.child("track") or _NO_TRACK)
        self.rejects.repaired("velocity_unused", int(is_odd))
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
        if ring is None or not math.isfinite(begins_s):
            return False
        is_coming = begins_s > heard_s + AHEAD_MAX_S
        if is_coming and (begins_s <= event.time_s or event.stale_s <= begins_s):
            # on already by its sender's own clock, or stale before it begins: it counts from now on
            self.rejects.repaired("clock" if begins_s <= event.time_s else "end_before_start")
            begins_s, is_coming = heard_s, False
        longest_s = max(begins_s, heard_s) + LIFE_MAX_S
        ends_s = min(event.stale_s, longest_s) if math.isfinite(event.stale_s) else longest_s
        kind = "geofence" if shapes.is_geofence(event) else "drawn_area"
        area = Area(f"{event.callsign or event.uid} ({event.uid})"[:160], kind, ends_s, *ring)
        self._areas.take(event.uid, area, begins_s, heard_s, is_coming=is_coming)
        return True

    def _delete(self, event: CotEvent, heard_s: float) -> None:
        for link in event.detail.each("link"):
            if self._trusted:
                self._areas.delete(link.get("uid"), heard_s)
        self._other(event, "delete" if self._trusted else "delete_not_trusted")


def _velocity(track: Element) -> tuple[float, float, float, bool]:
    """Velocity to the east, north and up in m/s, NaN unknown; and whether the track says what cannot be."""
    course, speed, slope = (known(track.number(name)) for name in ("course", "speed", "slope"))
    odd = (abs(course) > 360.0, not 0.0 <= speed <= SPEED_MAX_MPS and not math.isnan(speed), abs(slope) > 90.0)
    course, speed, slope = (math.nan if is_odd else v for v, is_odd in zip((course, speed, slope), odd, strict=True))
    across = speed if math.isnan(slope) else speed * math.cos(math.radians(slope))
    toward = math.radians(course)
    return across * math.sin(toward), across * math.cos(toward), speed * math.sin(math.radians(slope)), any(odd)


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
