"""Scenes -> CZML (Cesium, CZML Structure and Content): one packet an object, its positions over time.

Each object is available from its first to its last scene; positions are [s since the epoch, longitude, latitude, height
above the ellipsoid] and are not extended beyond (extrapolation NONE): what is not known is not shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from flightward.errors import BadInput
from flightward.feeds.cot.xmltext import iso
from flightward.sinks.formats.cot import affiliation
from flightward.sinks.formats.geojson import ring_of
from flightward.sinks.scene import Scene, level_word

_COLOURS = {
    "h": [255, 0, 0, 255], "s": [255, 128, 0, 255], "u": [255, 255, 0, 255], "n": [0, 255, 0, 255],
    "f": [0, 170, 255, 255],
}  # fmt: skip
ALONE_S = 1.0
"""How long an object is shown that is in one scene only."""


def czml(scenes: Sequence[Scene]) -> bytes:
    """The bytes of a CZML document of scenes in order of time. Errors: BadInput if there is none."""
    if not scenes:
        raise BadInput("there is no scene to write", key="scenes")
    first, last = scenes[0], scenes[-1]
    end_s = max(last.t_s, first.t_s + ALONE_S)
    document = {
        "id": "document", "version": "1.0", "name": first.mark.text(first.title),
        "clock": {"interval": f"{iso(first.t_s)}/{iso(end_s)}", "currentTime": iso(first.t_s), "multiplier": 10},
    }  # fmt: skip
    packets: dict[str, dict[str, Any]] = {}
    for scene in scenes:
        for t in scene.tracks:
            packet = _packet(packets, f"track-{t.id}", first.mark.text(t.identity or t.id), scene.t_s)
            packet["point"] = {"pixelSize": 8, "color": {"rgba": _COLOURS[affiliation(t)]}}
            _move(packet, scene, first, t.lat_deg, t.lon_deg, t.hae_m)
        for w in scene.warnings:
            if not w.is_cleared:
                packet = _packet(packets, f"warning-{w.id}", f"{level_word(w.level)} {w.name}", scene.t_s)
                packet["label"] = {"text": w.text, "font": "14px sans-serif", "style": "FILL"}
                _move(packet, scene, first, w.lat_deg, w.lon_deg, w.hae_m)
        for r in scene.raids:
            ring = ring_of(r)
            if ring:
                packet = _packet(packets, f"raid-{r.id}", first.mark.text(f"Raid {r.id}"), scene.t_s)
                flat = [v for lon, lat in ring[:-1] for v in (lon, lat, 0.0)]
                _outline(packet, flat, scene.t_s)
    return msgspec.json.encode([document, *[_finished(p) for p in packets.values()]])


def _packet(packets: dict[str, dict[str, Any]], name: str, title: str, t_s: float) -> dict[str, Any]:
    packet = packets.setdefault(name, {"id": name, "name": title, "_times": []})
    packet["_times"].append(t_s)
    return packet


def _move(packet: dict[str, Any], scene: Scene, first: Scene, lat_deg: float, lon_deg: float, hae_m: float) -> None:
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        return
    position = packet.setdefault("position", {
        "epoch": iso(first.t_s), "cartographicDegrees": [], "forwardExtrapolationType": "NONE",
        "backwardExtrapolationType": "NONE",
    })  # fmt: skip
    height = hae_m if math.isfinite(hae_m) else 0.0
    position["cartographicDegrees"] += [scene.t_s - first.t_s, lon_deg, lat_deg, height]


def _outline(packet: dict[str, Any], flat: list[float], t_s: float) -> None:
    """A raid's outline holds until the next one: an interval each, the last open for ALONE_S."""
    steps = packet.setdefault("polygon", {
        "positions": [], "material": {"solidColor": {"color": {"rgba": [255, 0, 0, 64]}}},
    })["positions"]  # fmt: skip
    if steps:
        steps[-1]["interval"] = f"{steps[-1]['_from']}/{iso(t_s)}"
    steps.append({"_from": iso(t_s), "interval": f"{iso(t_s)}/{iso(t_s + ALONE_S)}", "cartographicDegrees": flat})


def _finished(packet: dict[str, Any]) -> dict[str, Any]:
    times = packet.pop("_times")
    for step in packet.get("polygon", {}).get("positions", []):
        del step["_from"]
    return packet | {"availability": f"{iso(times[0])}/{iso(max(times[-1], times[0] + ALONE_S))}"}
