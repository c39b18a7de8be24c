"""The map: the flight's path and plan, the drones that came near it, the raid, zones, sites, and the advised route."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from flightward.review import svg
from flightward.review.closeness import Path4D
from flightward.review.evidence import Columns
from flightward.review.findings import Findings, hazard_ids
from flightward.review.scene import F64, Zone
from flightward.review.story import Story
from flightward.review.view import HEIGHT, WIDTH, View, furniture, graticule
from flightward.wording import quantities as q

NEAR_M = 30_000.0
BEFORE_S = 1_800.0
MOST_TRACKS = 150
CLOSE_UP = 1.3  # the close-up shows this many times the raid's radius each way


def draw(s: Story) -> str:
    """The whole flight as SVG."""
    tracks = near_tracks(s.f, drones_of(s.f))
    return _map(s, View(*extent(s.f, tracks)), tracks, s.say("map_label"))


def close_up(s: Story) -> str:
    """The moment of the map from near, with each drone's height against the flight; "" when its place is not known."""
    f = s.f
    false = f.false_reports()
    if math.isnan(f.caught_s) and len(false):
        heard = f.evidence.heard
        view = View(heard.e_m[false], heard.n_m[false], 0.2)
        return _map(s, view, near_tracks(f, drones_of(f)), close_title(s))
    k = int(np.clip(np.rint(moment(f) - f.path.t_s[0]), 0, len(f.path.t_s) - 1))
    e, n = float(f.path.e_m[k]), float(f.path.n_m[k])
    if not math.isfinite(e) or f.best.closest() is None:
        return ""
    reach = f.cfg.raid_radius_m * CLOSE_UP
    view = View(np.array([e - reach, e + reach]), np.array([n - reach, n + reach]), 0.0)
    tracks = near_tracks(f, drones_of(f))
    labels = _heights(s, view, tracks, float(f.path.hae_m[k]))
    return _map(s, view, tracks, s.say("near_label"), labels)


def close_title(s: Story) -> str:
    """What the close-up shows."""
    if math.isnan(s.f.caught_s) and len(s.f.false_reports()):
        return s.say("sec_false")
    return f"{s.say('sec_near')}: {q.utc_hms(moment(s.f))}"


def drones_of(f: Findings) -> Columns:
    """The truth's drones where known, else the picture's."""
    truth = f.evidence.drones_truth
    return truth if f.by_truth is not None and truth is not None else f.evidence.drones


def _heights(s: Story, view: View, tracks: list[tuple[str, Columns]], hae_m: float) -> list[str]:
    """How far above or below the flight each drone is, beside its arrow; where two would meet, one gives way."""
    out: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for name, rows in tracks:
        now = np.flatnonzero(np.abs(rows["t_s"] - moment(s.f)) < 2.0)
        if len(now):
            k = int(now[0])
            x, y = view.xy(float(rows["e_m"][k]), float(rows["n_m"][k]))
            above = float(rows["hae_m"][k]) - hae_m
            words = f"{name} {'+' if above >= 0 else '−'}{s.high(abs(above))}" if math.isfinite(above) else name
            at = _free(x + 10, y + 4, 6.0 * len(words), taken)
            if at is not None and 0 < x < WIDTH and 0 < y < HEIGHT:
                taken.append((x + 10, at, 6.0 * len(words)))
                out.append(svg.halo(x + 10, at, words, size=10.5, colour="drone"))
    return out


def _free(x: float, y: float, width: float, taken: list[tuple[float, float, float]]) -> float | None:
    """A height near y at which a label from x meets no other; None where there is none."""
    for shift in (0.0, 11.0, -11.0, 20.0, -20.0):
        if not any(x < a + w and a < x + width and abs(y + shift - b) < 11.0 for a, b, w in taken):
            return y + shift
    return None


def _map(s: Story, view: View, tracks: list[tuple[str, Columns]], label: str, labels: Sequence[str] = ()) -> str:
    f, scene = s.f, s.f.evidence.scene
    body = [svg.rect(0, 0, WIDTH, HEIGHT, "#f7f9fa")]
    body += graticule(scene, view)
    for z in scene.zones:
        body += _zone(s, view, z)
    body += _raids(s, view)
    body += _sensors(s, view)
    for name, rows in tracks:
        body += _track(f, view, name, rows)
    body += _claims(s, view)
    body += _routes(s, view)
    body += _flight(s, view)
    body += _sites(f, view)
    body += [*labels, *furniture(view, s.lang)]
    return svg.frame(WIDTH, HEIGHT, label, body)


def moment(f: Findings) -> float:
    """The instant that the map shows: the first catch, else the closest approach, else the first CAUTION."""
    if math.isfinite(f.caught_s):
        return f.caught_s
    row = f.best.closest()
    if row is not None:
        return float(f.best.t_s[row])
    if f.alarms:
        return f.alarms[0].start_s
    false = f.false_reports()
    return float(f.evidence.heard.t_s[false[0]]) if len(false) else f.evidence.scene.start_s


def near_tracks(f: Findings, drones: Columns) -> list[tuple[str, Columns]]:
    """Drones that came within 30 km of the flight while it flew, nearest first: their last half hour to that moment."""
    path = f.path
    row = np.rint(drones["t_s"] - path.t_s[0]).astype(np.int64)
    ok = (row >= 0) & (row < len(path.t_s))
    row = np.clip(row, 0, len(path.t_s) - 1)
    d = np.hypot(drones["e_m"] - path.e_m[row], drones["n_m"] - path.n_m[row])
    d = np.where(ok & path.airborne[row] & np.isfinite(d), d, np.inf)
    ids = drones["track_id"].astype(str)
    names, inverse = np.unique(ids, return_inverse=True)
    best = np.full(len(names), np.inf)
    np.minimum.at(best, inverse, d)
    out = []
    last = max((float(path.t_s[path.airborne].max()) if path.airborne.any() else moment(f)), moment(f))
    for k in np.argsort(best)[:MOST_TRACKS]:
        if best[k] > NEAR_M:
            break
        mine = np.flatnonzero((inverse == k) & (drones["t_s"] <= last) & (drones["t_s"] >= moment(f) - BEFORE_S))
        if len(mine) > 1:
            out.append((str(names[k]), {c: v[mine] for c, v in drones.items()}))
    return out


def extent(f: Findings, tracks: list[tuple[str, Columns]]) -> tuple[F64, F64]:
    up = f.path.airborne
    plan = f.evidence.scene.flight
    e, n = [f.path.e_m[up], plan.e_m], [f.path.n_m[up], plan.n_m]
    for c in _shown_routes(f):
        e.append(c.e_m[c.airborne])
        n.append(c.n_m[c.airborne])
    middle = (np.nanmedian(np.concatenate(e)), np.nanmedian(np.concatenate(n)))
    for _, rows in tracks:
        keep = np.hypot(rows["e_m"] - middle[0], rows["n_m"] - middle[1]) < 60_000.0
        e.append(rows["e_m"][keep])
        n.append(rows["n_m"][keep])
    return np.concatenate(e), np.concatenate(n)


def _zone(s: Story, view: View, z: Zone) -> list[str]:
    at = moment(s.f)
    active = any(a <= at <= b for a, b in z.active_s)
    colour = {"defended": "#b2182b", "closed": "#7a1f5c", "alert": "#c77d12"}.get(z.kind, "#55606a")
    fill = f'fill-opacity="{0.13 if active else 0.04}" stroke-width="1.4" ' + (
        "" if active else 'stroke-dasharray="4 4"'
    )
    points = view.line(z.e_m, z.n_m)
    name = s.zone(z.kind, z.zone_id)
    words = name if active else s.say("zone_inactive", zone=name)
    middle = np.mean(np.array(points), axis=0)
    return [
        svg.polygon(points, colour, colour, words, fill),
        svg.halo(float(middle[0]), float(middle[1]), words, anchor="middle", colour=colour, size=10.5),
    ]


def _raids(s: Story, view: View) -> list[str]:
    """Extent, size and course of the raids that threatened the flight, at the moment shown."""
    f = s.f
    r, out, at = f.evidence.raids, [], moment(f)
    for raid in hazard_ids(f)[:6]:
        rows = np.flatnonzero((r["raid_id"] == raid) & (np.abs(r["t_s"] - at) <= 30.0))
        if not len(rows):
            continue
        k = int(rows[np.argmin(np.abs(r["t_s"][rows] - at))])
        if r["extent_wkb"][k] is None:
            continue
        ring = shapely.get_coordinates(shapely.convex_hull(shapely.from_wkb(r["extent_wkb"][k])))
        e, n = f.evidence.scene.to_plane(ring[:, 1], ring[:, 0])
        drones, course = q.drones(int(r["n"][k]), s.lang), q.course(float(r["course_rad"][k]))
        words = s.say("raid_words", id=raid, drones=drones, course=course)
        points = view.line(e, n)
        out.append(svg.polygon(points, "drone", "drone", words, 'fill-opacity="0.10" stroke-width="1.2"'))
        top = min(points, key=lambda p: p[1])
        x, anchor = _beside_flight(f, view, top)
        out.append(svg.halo(x, top[1] - 6.0, words, anchor=anchor, colour="drone", size=11.5, bold=True))
    return out


def _beside_flight(f: Findings, view: View, top: tuple[float, float]) -> tuple[float, str]:
    """Where a raid's words begin or end: in the middle of its top, or to the left of the flight if they would meet."""
    k = int(np.clip(np.rint(moment(f) - f.path.t_s[0]), 0, len(f.path.t_s) - 1))
    x, y = view.xy(float(f.path.e_m[k]), float(f.path.n_m[k]))
    if abs(x - top[0]) < 150.0 and abs(y - top[1]) < 26.0:
        return min(top[0], x - 12.0), "end"
    return top[0], "middle"


def _sensors(story: Story, view: View) -> list[str]:
    out = []
    for s in story.f.evidence.scene.sensors:
        if not s.sees:
            continue
        x, y = view.xy(s.e_m, s.n_m)
        reach = s.reach_m * view.px_per_m if math.isfinite(s.reach_m) else 0.0
        dash, name = 'stroke-width="1" stroke-dasharray="2 5"', story.sensor(s.kind, s.place_id)
        out.append(
            svg.circle(x, y, reach, "none", "#9fb3bf", f"{name}: {story.say('range', d=story.far(s.reach_m))}", dash)
        )
        out.append(svg.polygon([(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)], "#9fb3bf", "none", name))
    return out


def _track(f: Findings, view: View, name: str, rows: Columns) -> list[str]:
    """A drone's way: faint after the moment shown; a dot with its course at that moment."""
    at = moment(f)
    step = max(1, len(rows["t_s"]) // 200)
    before = rows["t_s"] <= at
    out = [
        svg.polyline(view.line(rows["e_m"][before], rows["n_m"][before], step), "drone", 1.1, name, 'opacity="0.55"'),
        svg.polyline(view.line(rows["e_m"][~before], rows["n_m"][~before], step), "drone", 0.8, name, 'opacity="0.25"'),
    ]
    now = np.flatnonzero(np.abs(rows["t_s"] - at) < 2.0)
    if len(now):
        k = int(now[0])
        ago = max(k - 20, 0)
        x, y = view.xy(float(rows["e_m"][k]), float(rows["n_m"][k]))
        px, py = view.xy(float(rows["e_m"][ago]), float(rows["n_m"][ago]))
        size = math.hypot(x - px, y - py)
        if size > 0.1:
            ux, uy = (x - px) / size, (y - py) / size
            tip = [
                (x + 8 * ux, y + 8 * uy),
                (x - 3 * ux - 4 * uy, y - 3 * uy + 4 * ux),
                (x - 3 * ux + 4 * uy, y - 3 * uy - 4 * ux),
            ]
            out.append(svg.polygon(tip, "drone", "#ffffff", name, 'stroke-width="0.7"'))
        else:
            out.append(svg.circle(x, y, 3.0, "drone", "#ffffff", name))
    return out


def _claims(s: Story, view: View) -> list[str]:
    """Areas under alert, where the flight was thought to be while not known, and where it falsely said it was."""
    f, out = s.f, []
    for a in [a for a in f.evidence.heard.alerts if a.begins and len(a.e_m) > 2]:
        points = view.line(a.e_m, a.n_m)
        mean = np.mean(np.array(points), axis=0)
        out.append(svg.polygon(points, "CAUTION", "CAUTION", a.area, 'fill-opacity="0.10" stroke-width="1.2"'))
        words = f"{s.say('ev_air_raid' if a.alert == 'air_raid' else 'ev_alert')}: {a.area}"
        top = max(min(y for _, y in points) - 6.0, 14.0)
        out.append(svg.halo(float(mean[0]), top, words, anchor="middle", colour="#9a5a08"))
    own = f.evidence.own
    guess = (own["integrity"] == "false") | (own["age_s"] > 60.0)
    e, n = np.where(guess, own["e_m"], np.nan), np.where(guess, own["n_m"], np.nan)
    step = max(1, len(e) // 600)
    told = s.say("thought")
    out.append(svg.polyline(view.line(e, n, step), "BLIND", 1.6, told, 'stroke-dasharray="2 4"'))
    heard, false = f.evidence.heard, f.false_reports()
    for k in false[:: max(1, len(false) // 300)].tolist():
        x, y = view.xy(float(heard.e_m[k]), float(heard.n_m[k]))
        out.append(svg.circle(x, y, 3.0, "none", "BLIND", s.say("false_reported", t=q.utc_hms(float(heard.t_s[k])))))
    if len(false):
        x, y = view.xy(float(heard.e_m[false[0]]), float(heard.n_m[false[0]]))
        out.append(
            svg.halo(
                x + 9,
                y - 7,
                s.say("false_reported", t=q.utc_hms(float(heard.t_s[false[0]]))),
                colour="BLIND",
                bold=True,
            )
        )
    return out


def _shown_routes(f: Findings) -> list[Path4D]:
    return [c.path for c in f.choices if c.path is not None and c.option != "continue"][:1]


def _routes(s: Story, view: View) -> list[str]:
    f, out = s.f, []
    for c in [c for c in f.choices if c.path is not None and c.option != "continue"][:1]:
        path = c.path
        if path is None or not f.alarms:
            continue
        on = path.airborne & (path.t_s >= f.alarms[0].start_s)
        if not on.any():
            continue
        points = view.line(path.e_m[on], path.n_m[on], 5)
        out.append(svg.polyline(points, "advice", 2.6, c.text, 'stroke-dasharray="9 4"'))
        x, y = points[-1]
        out.append(
            svg.halo(
                x + 9, y - 10, s.say("advised_option", option=s.option(c.option)), colour="advice", bold=True, size=12
            )
        )
        out.append(svg.circle(x, y, 4.5, "#ffffff", "advice", c.text, 'stroke-width="2"'))
    return out


def _flight(s: Story, view: View) -> list[str]:
    f, plan, path = s.f, s.f.evidence.scene.flight, s.f.path
    out = [svg.polyline(view.line(plan.e_m, plan.n_m), "plan", 1.3, s.say("plan"), 'stroke-dasharray="3 4"')]
    up = np.flatnonzero(path.airborne)
    if not len(up):
        return out
    step = max(1, len(up) // 600)
    whole = slice(int(up[0]), int(up[-1]) + 1)  # with the seconds between that are not known, which break the line
    out.append(svg.polyline(view.line(path.e_m[whole], path.n_m[whole], step), "#ffffff", 5.0))
    out.append(svg.polyline(view.line(path.e_m[whole], path.n_m[whole], step), "flight", 2.6, s.say("flown")))
    for a in f.alarms:
        on = up[(path.t_s[up] >= a.start_s) & (path.t_s[up] <= a.end_s)]
        out.append(svg.polyline(view.line(path.e_m[on], path.n_m[on], step), "CAUTION", 2.6, s.say("under_caution")))
    caught = up[f.best.caught_by[up] != ""]
    out.append(svg.polyline(_broken(view, path, caught), "WARNING", 5.0, s.say("caught")))
    start, end = view.xy(path.e_m[up[0]], path.n_m[up[0]]), view.xy(path.e_m[up[-1]], path.n_m[up[-1]])
    for (x, y), words in (
        (start, s.say("mark_takeoff" if f.takeoff_s > path.t_s[0] + 5.0 else "mark_begin")),
        (end, s.say("mark_landing" if f.landing_s < path.t_s[-1] else "mark_end")),
    ):
        out.append(svg.circle(x, y, 4.0, "#ffffff", "flight", words, 'stroke-width="2"'))
        out.append(svg.halo(x + 7, y + 14, words, colour="flight"))
    k = int(np.clip(np.rint(moment(f) - path.t_s[0]), 0, len(path.t_s) - 1))
    if np.isfinite(path.e_m[k]):
        x, y = view.xy(path.e_m[k], path.n_m[k])
        reach = f.cfg.raid_radius_m * view.px_per_m
        ring = 'stroke-width="1.2" stroke-dasharray="6 4"'
        out.append(svg.circle(x, y, reach, "none", "flight", s.far(f.cfg.raid_radius_m), ring))
        out.append(svg.circle(x, y, 5.5, "flight", "#ffffff", s.who, 'stroke-width="1.5"'))
        side, anchor = (-9, "end") if x > WIDTH - 190 else (9, "start")
        words = s.say("flight_at", who=s.who, t=q.utc_hms(moment(f)))
        out.append(svg.halo(x + side, y - 8, words, anchor=anchor, colour="flight", bold=True, size=12.5))
    return out


def _broken(view: View, path: Path4D, rows: F64) -> list[tuple[float, float]]:
    """A line through rows that is broken where they are not consecutive."""
    out: list[tuple[float, float]] = []
    for i, k in enumerate(rows.tolist()):
        if i and k != rows[i - 1] + 1:
            out.append((math.nan, math.nan))
        out.append(view.xy(float(path.e_m[int(k)]), float(path.n_m[int(k)])))
    return out


def _sites(f: Findings, view: View) -> list[str]:
    out = []
    for s in f.evidence.scene.sites:
        x, y = view.xy(s.e_m, s.n_m)
        if 0 < x < WIDTH and 0 < y < HEIGHT:
            out.append(
                svg.rect(x - 4, y - 4, 8, 8, "#ffffff", f"{s.title}, {s.kind}", 'stroke="#1d2730" stroke-width="1.5"')
            )
            label = s.place_id if s.title in ("", f.evidence.scene.title) else s.title
            out.append(svg.halo(x - 7, y + 15, label, size=10, anchor="end", colour="soft"))
    return out
