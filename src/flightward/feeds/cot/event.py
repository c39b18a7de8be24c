"""A Cursor on Target event: what happened where, from when until when; its detail as a tree.

<event version="2.0" uid type time start stale how access qos opex>
  <point lat lon hae ce le/>     degrees, metres above the ellipsoid; ce, le one sigma; unknown
                                 9999999 (TAK protobuf: 999999)
  <detail> any elements </detail>
</event>

Source: MITRE MP 090284, "Cursor on Target Message Router User's Guide", and CoT Event-PUBLIC.xsd (2003).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping

OWN_PREFIX = "flightward"
"""Begins the uid of all that Flightward sends, unless its sink has another prefix."""
UNKNOWN_M = 9_999_999.0
UNKNOWN_FROM_M = 999_999.0
"""Values from here on are unknown, of a height as of a course: no event is 1,000 km up."""


@dataclasses.dataclass(frozen=True)
class Element:
    """One element of a detail; `text` is what stands in it beside its children."""

    name: str
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    children: tuple[Element, ...] = ()
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """An attribute, or `default`."""
        return self.attributes.get(name, default)

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((c for c in self.children if c.name == name), None)

    def each(self, name: str) -> Iterator[Element]:
        """All children of that name."""
        return (c for c in self.children if c.name == name)

    def number(self, name: str) -> float:
        """An attribute as a number; NaN if it is not there or none."""
        return number(self.attributes.get(name, ""))


EMPTY = Element("detail")


@dataclasses.dataclass(frozen=True)
class CotEvent:
    """One event. Times are POSIX s, NaN unreadable; hae_m, ce_m, le_m NaN unknown."""

    uid: str
    type: str
    time_s: float
    start_s: float
    stale_s: float
    how: str = ""
    lat_deg: float = math.nan
    lon_deg: float = math.nan
    hae_m: float = math.nan
    ce_m: float = math.nan
    le_m: float = math.nan
    detail: Element = EMPTY
    access: str = ""
    qos: str = ""
    opex: str = ""
    version: str = "2.0"

    @property
    def callsign(self) -> str:
        """What it is called; "" if it does not say."""
        contact = self.detail.child("contact")
        return "" if contact is None else contact.get("callsign")


def number(text: str) -> float:
    """A number; NaN if it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def known(value: float) -> float:
    """A value as on the wire, NaN where it stands for unknown."""
    return value if abs(value) < UNKNOWN_FROM_M else math.nan


def ping(t_s: float, prefix: str = OWN_PREFIX) -> CotEvent:
    """An event that says only that the sender is there; a TAK server sends nothing to who has said nothing."""
    return CotEvent(f"{prefix}.ping", "t-x-c-t", t_s, t_s, t_s + 60.0, "m-g", 0.0, 0.0)
