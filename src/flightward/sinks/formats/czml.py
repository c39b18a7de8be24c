"""Scenes -> CZML (Cesium, CZML Structure and Content): one packet an object, its positions over time.

An object is available from the first to the last of scenes that follow on each other, again for each time that it comes
back; what is in one scene only stands still and is available for `hold_s`. Its positions are [s since the epoch,
longitude, latitude, height above the ellipsoid], apart for each of these times, so that nothing glides over a gap: what
is not known is not shown.
"""

from __future__ import annotations

import dataclasses
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


@dataclasses.dataclass
class _Run:
    """An object in scenes that follow on each other: the row of the last of them, their times, and at them its places
    (longitude, latitude, height; none where they are not known) and outlines."""

    last_row: int = 0
    times_s: list[float] = dataclasses.field(default_factory=list)
    places: list[tuple[float, float, float]] = dataclasses.field(default_factory=list)
    outlines: list[list[float]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class _Thing:
    """One object: its newest looks, and when it was there."""

    looks: dict[str, Any] = dataclasses.field(default_factory=dict)
    runs: list[_Run] = dataclasses.field(default_factory=list)


def czml(scenes: Sequence[Scene], hold_s: float = ALONE_S) -> bytes:
    """The bytes of a CZML document of scenes in order of time; what is in one only is shown for hold_s.

    Errors: BadInput if there is none.
    """
    if not scenes:
        raise BadInput("there is no scene to write", key="scenes")
    first, last = scenes[0], scenes[-1]
    # One scene is a picture: its clock runs as ours, and stands at its end.
    pace = {"multiplier": 10} if len(scenes) > 1 else {"multiplier": 1, "range": "CLAMPED"}
    document = {
        "id": "document", "version": "1.0", "name": first.mark.text(first.title),
        "clock": {
            "interval": f"{iso(first.t_s)}/{iso(max(last.t_s, first.t_s + hold_s))}", "currentTime": iso(first.t_s),
            **pace,
        },
    }  # fmt: skip
    things: dict[str, _Thing] = {}
    for row, scene in enumerate(scenes):
        _take(things, row, scene)
    packets = [_packet(name, thing, first.t_s, hold_s) for name, thing in things.items()]
    return msgspec.json.encode([document, *packets])


def _take(things: dict[str, _Thing], row: int, scene: Scene) -> None:
    for t in scene.tracks:
        looks: dict[str, Any] = {"name": scene.mark.text(t.identity or t.id),
                                 "point": {"pixelSize": 8, "color": {"rgba": _COLOURS[affiliation(t)]}}}
        _see(things, f"track-{t.id}", looks, row, scene.t_s, _place(t.lat_deg, t.lon_deg, t.hae_m))
    for w in scene.warnings:
        if not w.is_cleared:
            looks = {"name": f"{level_word(w.level)} {w.name}",
                     "label": {"text": w.text, "font": "14px sans-serif", "style": "FILL"}}
            _see(things, f"warning-{w.id}", looks, row, scene.t_s, _place(w.lat_deg, w.lon_deg, w.hae_m))
    for r in scene.raids:
        if ring := ring_of(r):
            run = _see(things, f"raid-{r.id}", {"name": scene.mark.text(f"Raid {r.id}")}, row, scene.t_s, None)
            run.outlines.append([v for lon, lat in ring[:-1] for v in (lon, lat, 0.0)])


def _place(lat_deg: float, lon_deg: float, hae_m: float) -> tuple[float, float, float] | None:
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        return None
    return lon_deg, lat_deg, hae_m if math.isfinite(hae_m) else 0.0


def _see(
    things: dict[str, _Thing], name: str, looks: dict[str, Any], row: int, t_s: float,
    place: tuple[float, float, float] | None,
) -> _Run:  # fmt: skip
    thing = things.setdefault(name, _Thing())
    thing.looks |= looks
    run = thing.runs[-1] if thing.runs else None
    if run is None or run.last_row < row - 1 or bool(run.places) != (place is not None):
        run = _Run()
        thing.runs.append(run)
    run.last_row = row
    run.times_s.append(t_s)
    run.places += [place] if place is not None else []
    return run


def _packet(name: str, thing: _Thing, epoch_s: float, hold_s: float) -> dict[str, Any]:
    begins = [run.times_s[0] for run in thing.runs]
    spans = [
        f"{iso(begin)}/{iso(min(max(run.times_s[-1], begin + hold_s), until))}"
        for run, begin, until in zip(thing.runs, begins, [*begins[1:], math.inf], strict=True)
    ]
    packet = {"id": name, "availability": spans, **thing.looks}
    shown = zip(thing.runs, spans, strict=True)
    placed = [(span, _positions(run, epoch_s, hold_s)) for run, span in shown if run.places]
    if placed:
        packet["position"] = [{"interval": span, **value} for span, value in placed]
    if len(spans) == 1:
        packet |= {"availability": spans[0], **({"position": placed[0][1]} if placed else {})}
    outlines = [(t_s, flat) for run in thing.runs for t_s, flat in zip(run.times_s, run.outlines, strict=False)]
    if outlines:
        # An outline holds until the next one, the last for hold_s.
        ends = [*(t_s for t_s, _ in outlines[1:]), outlines[-1][0] + hold_s]
        packet["polygon"] = {
            "positions": [
                {"interval": f"{iso(t_s)}/{iso(end)}", "cartographicDegrees": flat}
                for (t_s, flat), end in zip(outlines, ends, strict=True)
            ],
            "material": {"solidColor": {"color": {"rgba": [255, 0, 0, 64]}}},
        }
    return packet


def _positions(run: _Run, epoch_s: float, hold_s: float) -> dict[str, Any]:
    if len(run.places) == 1:
        return {"cartographicDegrees": list(run.places[0])}
    samples = [v for t_s, place in zip(run.times_s, run.places, strict=True) for v in (t_s - epoch_s, *place)]
    # Held, for the end of the interval may be a rounding behind the last sample.
    return {"epoch": iso(epoch_s), "cartographicDegrees": samples, "forwardExtrapolationType": "HOLD",
            "forwardExtrapolationDuration": hold_s, "backwardExtrapolationType": "HOLD",
            "backwardExtrapolationDuration": hold_s}  # fmt: skip
