"""SAPIENT messages -> reports: `SapientFeed` (frames of a stream), `SapientJson` (text), one row per DetectionReport.

What a row holds: t_s the message's timestamp; the place (Location) or the direction from the sensor (RangeBearing);
velocity along east, north and up; the most likely class; object_id as the source's track, id (a tail number) as
identity. Which sensor: the feed's option `nodes` (node id -> id in case.toml), else a sensor named like the node, else
the option `sensor`. A direction from a node that is no sensor of the case becomes a place by the node's own location
in its last StatusReport.

Kept aside: protobuf, depth, fields, size, cut, json, json_value, coordinates, bearing_datum, azimuth, zone,
half_position, sensor_place (a direction from a node that has not said where it is), lost (the state says that the
object is lost), not_air (by more than half a person, a vehicle on the ground, a vessel or an animal other than a bird:
classes.py), no_place, and those of reports.py.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from flightward.errors import BadMessage
from flightward.feeds.jsontexts import JsonTexts
from flightward.feeds.reports import Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.classes import kind_of
from flightward.feeds.sapient.places import Bearing, Place, Units, bearing_of, place_of, seen_from

NODES_MAX = 1_000
_SPEED_MPS = {0: 1.0, 1: 1.0, 2: 1.0 / 3.6}
"""SpeedUnits: unspecified, m/s, km/h; of any other unit a rate is not known."""
_LOST = ("lost", "object lost", "lost in view", "terminated")


@dataclasses.dataclass
class Node:
    """What a node has said of itself."""

    name: str = ""
    node_kinds: tuple[int, ...] = ()
    version: str = ""
    units: Units = Units()
    place: Place | None = None
    system: int = 0
    heard_s: float = math.nan


class SapientMessages:
    """The meaning of messages in their order; the parsers below feed it."""

    def __init__(self, ctx: FeedContext, rejects: Rejects) -> None:
        self._ctx = ctx
        self._rejects = rejects
        self.nodes: dict[str, Node] = {}
        self.others: dict[str, int] = {}
        self._rows: list[dict[str, Any]] = []
        self._near = (math.degrees(ctx.frame.lat0_rad), math.degrees(ctx.frame.lon0_rad))
        nodes = ctx.options.get("nodes")
        self._sensors: dict[str, str] = {str(k): str(v) for k, v in nodes.items()} if isinstance(nodes, dict) else {}
        offset = ctx.options.get("bearing_offset_deg")
        self._offset_deg = float(offset) if isinstance(offset, int | float) else None

    def take(self, message: dict[str, Any], row: int, t_rx_s: float) -> None:
        """One message, number `row`, received at t_rx_s (NaN: when it was sent)."""
        kind = m.content_of(message)
        sent_s = m.time_of(message.get("timestamp"))
        heard_s = sent_s if math.isnan(t_rx_s) else t_rx_s
        who = message.get("node_id", "")
        if kind == "detection_report":
            try:
                self._rows.append(self._detection(message, row, sent_s, heard_s))
            except BadMessage as error:
                self._rejects.add_one(error.reason, row, str(error), heard_s)
            return
        self.others[kind or "empty"] = self.others.get(kind or "empty", 0) + 1
        node = self._node(who)
        node.heard_s = heard_s
        if kind == "registration":
            _register(node, message[kind])
        elif kind == "status_report":
            self._status(node, message[kind])

    def rows(self) -> FeedRows:
        """The rows since the last call."""
        found, self._rows = self._rows, []
        names = ("t_s", "t_rx_s", "lat_deg", "lon_deg", "hae_m", "range_m", "azimuth_rad", "elevation_rad",
                 "sigma_h_m", "sigma_v_m", "ve_mps", "vn_mps", "vu_mps", "p_kind")  # fmt: skip
        numbers = {n: np.array([r.get(n, math.nan) for r in found], dtype=np.float64) for n in names}
        words = {n: Coded.of([r.get(n) for r in found]) for n in ("sensor_id", "identity", "kind", "source_track_id")}
        rows = np.array([r["row"] for r in found], dtype=np.int64)
        read = report_rows(numbers, words, None, self._ctx, self._rejects, rows)
        return dataclasses.replace(read, others=dict(self.others))

    def _node(self, who: str) -> Node:
        node = self.nodes.pop(who, None) or Node()
        self.nodes[who] = node
        if len(self.nodes) > NODES_MAX:
            del self.nodes[next(iter(self.nodes))]
        return node

    def _status(self, node: Node, status: dict[str, Any]) -> None:
        node.system = status.get("system", 0)
        location = status.get("node_location")
        if location is not None:
            try:
                node.place = place_of(location, node.units, self._ctx.geoid_m, self._near)
            except BadMessage as error:
                self._rejects.repaired(f"node_{error.reason}")

    def _detection(self, message: dict[str, Any], row: int, sent_s: float, heard_s: float) -> dict[str, Any]:
        report = message["detection_report"]
        who = message.get("node_id", "")
        node = self.nodes.get(who, Node())
        out: dict[str, Any] = {"row": row, "t_s": heard_s if math.isnan(sent_s) else sent_s, "t_rx_s": heard_s}
        if report.get("state", "").strip().lower() in _LOST:
            raise BadMessage("lost", detail="the object is lost: no new position")
        kind, p_kind = kind_of(report.get("classification", []))
        if kind == "ground":
            raise BadMessage("not_air", detail="the object is not in the air")
        out |= {"kind": kind or None, "p_kind": p_kind if kind else math.nan}
        sensor = self._sensors.get(who) or (who if who in self._ctx.sensor_rows else self._ctx.options.get("sensor"))
        out["sensor_id"] = None if sensor is None else str(sensor)
        if "location" in report:
            out |= place_of(report["location"], node.units, self._ctx.geoid_m, self._near)._asdict()
        elif "range_bearing" in report:
            out |= self._direction(bearing_of(report["range_bearing"], node.units, self._offset_deg), node, sensor)
        else:
            raise BadMessage("no_place", detail="a detection without a location")
        velocity = report.get("enu_velocity", {})
        across, up = node.units.speed_mps, node.units.up_mps
        for name, key, unit in (("ve_mps", "east_rate", across), ("vn_mps", "north_rate", across),
                                ("vu_mps", "up_rate", up)):  # fmt: skip
            out[name] = velocity.get(key, math.nan) * unit
        out["source_track_id"] = report.get("object_id") or None
        out["identity"] = report.get("id") or None
        return out

    def _direction(self, bearing: Bearing, node: Node, sensor: object) -> dict[str, float]:
        if sensor is not None:
            return bearing._asdict()
        if node.place is None or math.isnan(bearing.range_m):
            raise BadMessage("sensor_place", detail="a direction from a node whose place is not known")
        return seen_from(node.place, bearing)._asdict()


def _register(node: Node, registration: dict[str, Any]) -> None:
    """Keep what a registration declares that later messages need."""
    node.name = registration.get("name", "")
    node.version = registration.get("icd_version", "")
    kinds = registration.get("node_definition", [])
    node.node_kinds = tuple(k.get("node_type", 0) for k in kinds)
    for mode in registration.get("mode_definition", []):
        for definition in mode.get("detection_definition", []):
            place = definition.get("location_type", {})
            speed = definition.get("velocity_type", {}).get("enu_velocity_units", {})
            across, up = (_SPEED_MPS.get(speed.get(k, 0), math.nan) for k in ("east_north_rate_units", "up_rate_units"))
            node.units = Units(
                location=place.get("location_units", 0), location_datum=place.get("location_datum", 0),
                bearing=place.get("range_bearing_units", 0), bearing_datum=place.get("range_bearing_datum", 0),
                zone=place.get("zone", ""), speed_mps=across, up_mps=up,
            )  # fmt: skip
            return


class SapientFeed:
    """Reports from the bytes of a SAPIENT connection: `receive(bytes)`, then `rows()`; at the end `finish()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self.rejects = Rejects()
        self.meaning = SapientMessages(ctx, self.rejects)
        self.frames = m.Frames(self.rejects)

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, received at t_rx_s."""
        for row, body in self.bodies(data):
            try:
                message = m.decode(body)
            except BadMessage as error:
                self.reject(error, row, body, t_rx_s)
            else:
                self.meaning.take(message, row, t_rx_s)

    def bodies(self, data: bytes) -> list[tuple[int, bytes]]:
        """(number, bytes) of the messages that are whole with these bytes: for who must answer them one by one."""
        self.frames.receive(data)
        return self.frames.bodies()

    def reject(self, error: BadMessage, row: int, body: bytes, t_rx_s: float) -> None:
        """Keep a message aside."""
        self.rejects.add_one(error.reason, row, body[:100].hex(), t_rx_s)

    def finish(self) -> None:
        """The stream ended."""
        self.frames.finish()

    def rows(self) -> FeedRows:
        """The rows of all whole messages since the last call."""
        return self.meaning.rows()


class SapientJson:
    """Reports from SAPIENT messages as JSON: one, several one after another, or in lists."""

    def __init__(self, ctx: FeedContext) -> None:
        self.rejects = Rejects()
        self.meaning = SapientMessages(ctx, self.rejects)
        self._texts = JsonTexts(self.rejects)

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, received at t_rx_s."""
        self._texts.receive(data)
        self._take(t_rx_s)

    def finish(self) -> None:
        """The text ended."""
        self._texts.finish()
        self._take(math.nan)

    def rows(self) -> FeedRows:
        """The rows of all whole messages since the last call."""
        return self.meaning.rows()

    def _take(self, t_rx_s: float) -> None:
        for row, value in self._texts.take():
            try:
                self.meaning.take(m.from_json(value, self.rejects), row, t_rx_s)
            except BadMessage as error:
                self.rejects.add_one(error.reason, row, str(error), t_rx_s)
