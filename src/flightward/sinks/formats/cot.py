"""A Scene -> Cursor on Target events.

track     a-?-A-...: hostile if declared so, suspect if p_hostile is over 0.5, friend if it is a protected flight,
          neutral if declared not hostile, else unknown; how m-f (fused by a machine)
raid      u-d-f: its outline, closed, with a callsign that says how many
warning   WARNING b-a-o-tbl, CAUTION b-a-o-pan, cleared b-a-o-can; lower levels b-m-p-s-m (a marker)
route     b-m-r: what is advised, way points with their times

Stale times say how long a receiver may believe an event: a track some seconds, for it moves on; a warning until it is
renewed. What is not real and live has opex "e-..." (exercise) or "s-..." (simulation), as the schema has it, and its
mark before every text. Source: as in feeds/cot; b-a-o-* and emergency elements as ATAK writes and reads them.
"""

from __future__ import annotations

import dataclasses
import math

from flightward.feeds.cot import kinds
from flightward.feeds.cot.event import OWN_PREFIX, CotEvent, Element
from flightward.model import NONE, Level
from flightward.sinks.scene import (
    RaidMark,
    RouteMark,
    Scene,
    TrackMark,
    WarningMark,
    age_words,
    kind_word,
    motion_words,
)
from flightward.wording import quantities as q

SUSPECT_P = 0.5
_RED, _RED_FILL = "-65536", "1090453504"  # ffff0000 and 40ff0000, as signed 32-bit ARGB
_EMERGENCY = {Level.WARNING: ("b-a-o-tbl", "911 Alert"), Level.CAUTION: ("b-a-o-pan", "Ring The Bell")}


@dataclasses.dataclass(frozen=True)
class CotSettings:
    """How long events may be believed; `prefix` begins every uid."""

    prefix: str = OWN_PREFIX
    track_stale_s: float = 15.0
    raid_stale_s: float = 60.0
    warning_stale_s: float = 120.0
    route_stale_s: float = 300.0


SETTINGS = CotSettings()


def events_of(scene: Scene, settings: CotSettings = SETTINGS) -> list[CotEvent]:
    """All events of a scene: warnings first, for they matter most."""
    out = [_warning(w, scene, settings) for w in scene.warnings]
    out += [_route(r, scene, settings) for r in scene.routes + scene.options if len(r.t_s) > 1]
    out += [_raid(r, scene, settings) for r in scene.raids if len(r.ring_lat_deg) > 2]
    out += [_track(t, scene, settings) for t in scene.tracks]
    return out


def _event(
    scene: Scene, uid: str, kind: str, stale_s: float, where: tuple[float, float, float], detail: list[Element],
    *, how: str = "m-g", start_s: float | None = None, ce_m: float = math.nan, le_m: float = math.nan,
) -> CotEvent:  # fmt: skip
    lat, lon, hae = where
    return CotEvent(
        uid, kind, scene.t_s, scene.t_s if start_s is None else start_s, scene.t_s + stale_s, how, lat, lon, hae, ce_m,
        le_m, Element("detail", {}, tuple(detail)), opex=_opex(scene),
    )  # fmt: skip


def _opex(scene: Scene) -> str:
    if not scene.mark.is_exercise:
        return ""
    return ("s-" if "SIMULATED" in scene.mark.label else "e-") + "flightward"


def _remarks(text: str) -> Element:
    return Element("remarks", {}, (), text)


def affiliation(track: TrackMark) -> str:
    """The affiliation letter of a track."""
    if track.hostile == 1:
        return "h"
    if track.flight_id:
        return "f"
    if track.hostile == 0:
        return "n"
    return "s" if track.p_hostile > SUSPECT_P else "u"


def _track(t: TrackMark, scene: Scene, settings: CotSettings) -> CotEvent:
    speed, course = math.hypot(t.ve_mps, t.vn_mps), math.degrees(math.atan2(t.ve_mps, t.vn_mps)) % 360.0
    climb = t.vu_mps if math.isfinite(t.vu_mps) else 0.0
    motion = {"course": f"{course:.2f}", "speed": f"{math.hypot(speed, climb):.2f}"}
    if math.isfinite(t.vu_mps):
        motion["slope"] = f"{math.degrees(math.atan2(climb, speed)):.2f}"
    what = f"{kind_word(t.kind)} {q.chance(t.p_kind)}; hostile {q.chance(t.p_hostile)}"
    if t.hostile != NONE:
        what += " (declared)"
    what += f"; exists {q.chance(t.p_exists)}; {age_words(t)}; position {t.integrity}"
    detail = [
        Element("contact", {"callsign": scene.mark.text(t.identity or t.id)}),
        *([Element("track", motion)] if math.isfinite(speed) else []),
        Element("precisionlocation", {"geopointsrc": "CALC", "altsrc": "CALC"}),
        _remarks(scene.mark.text(what + (f"; raid {t.raid_id}" if t.raid_id else ""))),
    ]  # fmt: skip
    # A position that nobody has seen anew for long must not live on through being sent again.
    stale_s = max(settings.track_stale_s - max(t.age_s, 0.0), 1.0) if math.isfinite(t.age_s) else 1.0
    return _event(
        scene, f"{settings.prefix}.track.{t.id}", kinds.type_of(t.kind, affiliation(t)), stale_s,
        (t.lat_deg, t.lon_deg, t.hae_m), detail, how="m-f", ce_m=t.sigma_h_m, le_m=t.sigma_v_m,
    )  # fmt: skip


def _raid(r: RaidMark, scene: Scene, settings: CotSettings) -> CotEvent:
    corners = [(float(a), float(b)) for a, b in zip(r.ring_lat_deg, r.ring_lon_deg, strict=True)]
    links = [Element("link", {"point": f"{lat:.7f},{lon:.7f}"}) for lat, lon in [*corners, corners[0]]]
    name = f"Raid {r.id}, {q.drones(round(r.n_expected))}"
    text = f"{name}, {motion_words(r.course_rad, r.speed_mps)}"
    if math.isfinite(r.arrivals_per_min):
        text += f", {r.arrivals_per_min:.1f} a minute come in"
    detail = [
        *links, Element("contact", {"callsign": scene.mark.text(name)}), Element("strokeColor", {"value": _RED}),
        Element("strokeWeight", {"value": "3.0"}), Element("fillColor", {"value": _RED_FILL}),
        Element("labels_on", {"value": "true"}), _remarks(scene.mark.text(text)),
    ]  # fmt: skip
    return _event(
        scene, f"{settings.prefix}.raid.{r.id}", "u-d-f", settings.raid_stale_s, (r.lat_deg, r.lon_deg, r.hae_m), detail
    )


def _warning(w: WarningMark, scene: Scene, settings: CotSettings) -> CotEvent:
    kind, emergency = _EMERGENCY.get(Level(w.level), ("b-m-p-s-m", ""))
    detail = [Element("contact", {"callsign": scene.mark.text(f"{w.id} {w.name}")}), _remarks(w.text)]
    if w.is_cleared:
        kind = "b-a-o-can"
        detail.append(Element("emergency", {"cancel": "true"}, (), w.name))
    elif emergency:
        detail.append(Element("emergency", {"type": emergency}, (), scene.mark.text(w.name)))
    return _event(
        scene, f"{settings.prefix}.warning.{w.id}", kind, settings.warning_stale_s, _known(w.lat_deg, w.lon_deg,
        w.hae_m),
        detail,
    )  # fmt: skip


def _route(r: RouteMark, scene: Scene, settings: CotSettings) -> CotEvent:
    links = []
    for k in range(len(r.t_s)):
        point = f"{r.lat_deg[k]:.7f},{r.lon_deg[k]:.7f},{r.hae_m[k]:.1f}"
        links.append(Element("link", {
            "uid": f"{settings.prefix}.route.{r.key}.{k}", "callsign": q.zulu(float(r.t_s[k])), "type": "b-m-p-w",
            "point": point, "relation": "c", "remarks": "",
        }))  # fmt: skip
    detail = [
        *links, Element("link_attr", {
            "method": "Flying", "routetype": "Secondary" if r.rank else "Primary", "order": "Ascending Check Points",
        }),
        Element("contact", {"callsign": scene.mark.text(f"{r.name}: {r.option}")}), _remarks(r.text),
    ]  # fmt: skip
    ahead_s = r.decide_by_s - scene.t_s
    stale_s = min(settings.route_stale_s, ahead_s) if ahead_s > 1.0 else settings.route_stale_s
    return _event(
        scene, f"{settings.prefix}.route.{r.key}", "b-m-r", stale_s,
        (float(r.lat_deg[0]), float(r.lon_deg[0]), float(r.hae_m[0])), detail,
    )  # fmt: skip


def _known(lat_deg: float, lon_deg: float, hae_m: float) -> tuple[float, float, float]:
    """A place; 0, 0 with an unknown height where none is known, as the format wants some."""
    return (0.0, 0.0, math.nan) if math.isnan(lat_deg) or math.isnan(lon_deg) else (lat_deg, lon_deg, hae_m)
