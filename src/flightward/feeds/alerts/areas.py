"""The oblasts of Ukraine: names, numbers and shapes (areas.json, made by tools/make_alert_areas.py)."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json

from flightward.model import F64, f64


@dataclasses.dataclass(frozen=True)
class Area:
    """One region: its ISO 3166-2 code, its name in the alert history, in Ukrainian, and its ring (lon, lat)."""

    code: str
    name: str
    name_uk: str
    uid: int
    lon_deg: F64
    lat_deg: F64


def _read() -> tuple[Area, ...]:
    text = importlib.resources.files("flightward.feeds.alerts").joinpath("areas.json").read_text(encoding="utf-8")
    return tuple(
        Area(a["code"], a["name"], a["name_uk"], a["uid"],
             f64([c[0] for c in a["lon_lat_deg"]]), f64([c[1] for c in a["lon_lat_deg"]]))
        for a in json.loads(text)["areas"]
    )  # fmt: skip


AREAS: tuple[Area, ...] = _read()
"""All regions, in order of their code."""

_BY_TEXT = {text: row for row, area in enumerate(AREAS) for text in (area.name, area.name_uk, area.code)}
_BY_UID = {area.uid: row for row, area in enumerate(AREAS)}


def area_row(text: str) -> int | None:
    """The row in AREAS of a region's name in English or Ukrainian, or of its code; None if it is no region."""
    return _BY_TEXT.get(text.strip())


def area_row_of_uid(uid: int) -> int | None:
    """The row in AREAS of a region's number at alerts.in.ua."""
    return _BY_UID.get(uid)
