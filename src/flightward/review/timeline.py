"""The timeline: what happened and what was said, in order, each with who could know it."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from flightward.model.acts import ActKind
from flightward.review.evidence import Columns
from flightward.review.findings import hazard_ids, join
from flightward.review.story import Story
from flightward.wording import knows
from flightward.wording import quantities as q


@dataclasses.dataclass(frozen=True)
class Event:
    """One line of the timeline. `mark` colours it: a level, or "flight", "world", "advice"; `code` is its kind."""

    t_s: float
    what: str
    detail: str
    mark: str
    code: str = ""


def events(s: Story) -> list[Event]:
    """All events of the flight's day, by time."""
    parts = (_flight, _zones, _reports, _raids, _levels, _warnings, _acts, _advice, _closest, _positions, _alerts)
    out = [e for part in parts for e in part(s)]
    return sorted((e for e in out if np.isfinite(e.t_s)), key=lambda e: (e.t_s, e.code, e.what))


def _flight(s: Story) -> list[Event]:
    f, plan = s.f, s.f.evidence.scene.flight
    said = s.say(f"ev_from_{f.path_from}")
    first, last = float(f.path.t_s[0]), float(f.path.t_s[-1])
    up = "ev_in_air_already" if f.takeoff_s <= first + 5.0 else "ev_takeoff"
    down = "ev_in_air_still" if f.landing_s >= last else "ev_landing"
    by_plan = s.say("ev_by_plan")
    return [
        Event(float(plan.t_s[0]), s.say("ev_planned_takeoff"), by_plan, "flight", "planned_takeoff"),
        Event(float(plan.t_s[-1]), s.say("ev_planned_landing"), by_plan, "flight", "planned_landing"),
        Event(f.takeoff_s, s.say(up), said, "flight", "takeoff"),
        Event(f.landing_s, s.say(down), said, "flight", "landing"),
    ]


def _zones(s: Story) -> list[Event]:
    scene, out = s.f.evidence.scene, []
    for z in scene.zones:
        for from_s, to_s in z.active_s:
            if from_s <= scene.end_s and to_s >= scene.start_s:
                zone = s.zone(z.kind, z.zone_id)
                source = s.say("ev_source", source=z.source) if z.source else ""
                out.append(
                    Event(max(from_s, scene.start_s), s.say("ev_zone_on", zone=zone), source, "world", "zone_on")
                )
                if to_s <= scene.end_s:
                    out.append(Event(to_s, s.say("ev_zone_off", zone=zone), "", "world", "zone_off"))
    return out


def _reports(s: Story) -> list[Event]:
    """The first sensor report of the drones that mattered, and when enough of them were in the air picture."""
    out, k = [], s.k
    sensors = {x.row: x for x in s.f.evidence.scene.sensors}
    for name in k.drones[: max(k.needed, 1)]:
        mine = k.owned.of(k.grid.ids.index(name))
        if len(mine.t_s):
            x = sensors.get(int(mine.sensor[0]))
            detail = s.say(
                "ev_first_report_detail", drone=name, sensor=s.sensor(x.kind, x.place_id) if x else "?",
                t=s.time(float(mine.t_s[0])), dt=_short(s, float(mine.t_rx_s[0] - mine.t_s[0])),
            )  # fmt: skip
            out.append(Event(float(mine.t_rx_s[0]), s.say("ev_first_report"), detail, "world", "first_report"))
    link = k.link("tracked")
    if link is not None and k.needed:
        of = s.say("ev_of", n=link.of[0], all=link.of[1])
        out.append(Event(link.t_s, s.say("ev_all_tracked"), of, "world", "tracked"))
    return out


def _short(s: Story, dt_s: float) -> str:
    """Delays of a few seconds, to a tenth."""
    if dt_s >= 10.0:
        return s.dur(dt_s)
    shown = f"{dt_s:.1f}"
    return f"{shown} s" if s.lang == "en" else f"{shown.replace('.', ',')} с"


def _raids(s: Story) -> list[Event]:
    r, out = s.f.evidence.raids, []
    for raid in hazard_ids(s.f)[:6]:
        rows = np.flatnonzero(r["raid_id"] == raid)
        if not len(rows):
            continue
        k = rows[0]
        n = int(r["n"][k]) if np.isfinite(r["n"][k]) else 0
        detail = s.say("ev_raid_detail", drones=q.drones(n, s.lang), away=_away(s, r, int(k)))
        out.append(Event(float(r["t_s"][k]), s.say("ev_raid_seen", id=raid), detail, "world", "raid"))
        peak = rows[int(np.argmax(np.nan_to_num(r["n"][rows])))]
        if r["n"][peak] > max(n, 1) * 1.5:
            detail = s.say(
                "ev_raid_going", drones=q.drones(int(r["n"][peak]), s.lang), away=_away(s, r, int(peak)),
                course=q.course(float(r["course_rad"][peak])), speed=q.speed(float(r["speed_mps"][peak]), s.lang),
            )  # fmt: skip
            out.append(Event(float(r["t_s"][peak]), s.say("ev_raid_largest", id=raid), detail, "world", "raid_peak"))
    return out


def _away(s: Story, raids: Columns, k: int) -> str:
    path = s.f.path
    row = int(np.clip(raids["t_s"][k] - path.t_s[0], 0, len(path.t_s) - 1))
    e, n = s.f.evidence.scene.to_plane(raids["lat_deg"][k : k + 1], raids["lon_deg"][k : k + 1])
    d = float(np.hypot(e[0] - path.e_m[row], n[0] - path.n_m[row]))
    return s.say("ev_away", d=s.far(d)) if np.isfinite(d) else ""


def _levels(s: Story) -> list[Event]:
    out = []
    for i, run in enumerate(s.f.alarms):
        detail = s.say("ev_alarm_for", dur=s.dur(run.end_s - run.start_s + 1.0))
        which = "caution_first" if i == 0 else "caution_again"
        out.append(Event(run.start_s, s.say(f"ev_{which}"), detail, "CAUTION", which))
    warned = [x for spans in s.f.rows.values() for x in spans if x.word == "WARNING"]
    if warned:
        first = min(warned, key=lambda x: x.start_s)
        out.append(Event(first.start_s, s.say("ev_warning_first"), "", "WARNING", "warning_first"))
    return (out + _blind(s))[:60]


def _blind(s: Story) -> list[Event]:
    """BLIND spans, cut where the reason changes; figures in a reason (ages, times) do not make it another."""
    t, out, none = s.f.evidence.threats, [], s.say("ev_no_reason")
    rows = np.flatnonzero(t["hazard_kind"] == "blind")
    stem = np.array([re.sub(r"[0-9].*", "", str(x or none)) for x in t["reason"][rows]], dtype=object)
    for name in dict.fromkeys(stem.tolist()):
        for x in join(np.unique(t["t_s"][rows[stem == name]]), "BLIND", 5.0):
            k = rows[np.flatnonzero((stem == name) & (t["t_s"][rows] == x.start_s))[0]]
            why = re.sub(r"^(BLIND|НЕ ВИДНО): ", "", str(t["reason"][k] or none))
            detail = s.say("ev_blind_detail", why=why, dur=s.dur(x.end_s - x.start_s + 1.0))
            out.append(Event(x.start_s, s.say("ev_blind"), detail, "BLIND", "blind"))
    return out


def _alerts(s: Story) -> list[Event]:
    """Declared area alerts, as they were heard."""
    out = []
    for a in s.f.evidence.heard.alerts:
        key = f"ev_{a.alert}" if knows(f"ev_{a.alert}") else "ev_alert"
        what = s.say("ev_alert_on" if a.begins else "ev_alert_off", alert=s.say(key), area=a.area)
        detail = s.say("ev_alert_detail", source=a.source, dt=_short(s, a.t_rx_s - a.t_s))
        out.append(Event(a.t_s, what, detail, "world", "alert"))
    return out


def _warnings(s: Story) -> list[Event]:
    w, out = s.f.evidence.warnings, []
    for k in range(len(w["raised_s"])):
        if w["hazard_kind"][k] == "blind":
            continue
        fields = {"id": str(w["warning_id"][k]), "kind": s.hazard(str(w["hazard_kind"][k]))}
        raised = s.say("ev_warning_raised", **fields)
        out.append(Event(float(w["raised_s"][k]), raised, str(w["reason"][k] or ""), "ADVISORY", "raised"))
        out.append(Event(float(w["cleared_s"][k]), s.say("ev_warning_cleared", **fields), "", "CLEAR", "cleared"))
    return out


def _acts(s: Story) -> list[Event]:
    """What people did with this flight's warnings."""
    ids = {str(x) for x in s.f.evidence.warnings["warning_id"]}
    out = []
    for a in s.f.evidence.heard.acts:
        if f"W{a.warning}" not in ids:
            continue
        to = s.say("ev_act_by" if a.act is ActKind.READ_BACK else "ev_act_to", to=a.to_whom) if a.to_whom else ""
        how, note = (f", {a.how}" if a.how else ""), (f" ({a.note})" if a.note else "")
        detail = s.say("ev_act_detail", person=a.person, to=to, how=how, note=note)
        out.append(Event(a.t_s, s.say(f"ev_{a.act.word}", id=f"W{a.warning}"), detail, "advice", a.act.word))
    return out


def _advice(s: Story) -> list[Event]:
    f = s.f
    if not f.choices:
        return []
    a = f.evidence.advice
    t_s = float(a["t_s"][a["t_s"] >= f.alarms[0].start_s].min())
    best = s.best_choice() or f.choices[0]
    passes, after = s.say("ev_decide_by"), s.say("ev_decide_by_detail")
    return [
        Event(t_s, s.say("ev_advice", option=s.option(best.option)), best.text, "advice", "advice"),
        Event(best.decide_by_s, passes, after, "advice", "decide_by"),
    ]


def _closest(s: Story) -> list[Event]:
    f, c, out = s.f, s.f.best, []
    basis = s.say("ev_from_truth" if f.by_truth is not None else "ev_by_picture")
    if c.first_caught() is not None:
        for i, x in enumerate(join(c.t_s[c.caught_by != ""], "", 30.0)[:12]):
            on = (c.t_s >= x.start_s) & (c.t_s <= x.end_s)
            causes = s.say("and").join(s.cause(y) for y in sorted({str(y) for y in c.caught_by[on] if y}))
            most = int(c.n_near[on].max())
            detail = s.say("ev_caught_detail", basis=basis, causes=causes, dur=s.dur(x.end_s - x.start_s + 1.0))
            detail += s.say("ev_caught_most", drones=q.drones(most, s.lang)) if most > 1 else ""
            what = "ev_caught" if i == 0 else "ev_caught_again"
            out.append(Event(x.start_s, s.say(what), detail, "WARNING", "caught"))
    near = c.closest()
    if near is not None and f.path.airborne[near]:
        gap = s.near(float(c.nearest_h_m[near]), float(c.nearest_v_m[near]))
        detail = s.say("ev_closest_detail", basis=basis, near=gap)
        out.append(Event(float(c.t_s[near]), s.say("ev_closest"), detail, "world", "closest"))
    return out


def _positions(s: Story) -> list[Event]:
    """When the flight's own positions stopped being trusted, and when they were again."""
    own, out = s.f.evidence.own, []
    state = own["integrity"].astype(str)
    for k in (np.flatnonzero(state[1:] != state[:-1]) + 1).tolist()[:30]:
        key = f"ev_position_{state[k]}"
        out.append(Event(float(own["t_s"][k]), s.say(key) if knows(key) else state[k], "", "BLIND", "position"))
    for k in np.flatnonzero(np.diff(own["t_s"]) > 60.0).tolist()[:10]:
        lasted = s.say("ev_for", dur=s.dur(float(own["t_s"][k + 1] - own["t_s"][k])))
        out.append(Event(float(own["t_s"][k]), s.say("ev_position_gap"), lasted, "BLIND", "gap"))
    return out
