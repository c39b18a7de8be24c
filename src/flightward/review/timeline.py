"""The timeline: what happened and what was said, in order, each with who could know it."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from flightward.review.evidence import Columns
from flightward.review.findings import Findings, join
from flightward.wording import quantities as q


@dataclasses.dataclass(frozen=True)
class Event:
    """One line of the timeline. `mark` colours it: a level, or "flight", "world", "advice"."""

    t_s: float
    what: str
    detail: str
    mark: str


def events(f: Findings) -> list[Event]:
    """All events of the flight's day, by time."""
    out = [
        *_flight(f),
        *_zones(f),
        *_raids(f),
        *_levels(f),
        *_warnings(f),
        *_advice(f),
        *_closest(f),
        *_positions(f),
        *_alerts(f),
    ]
    return sorted((e for e in out if np.isfinite(e.t_s)), key=lambda e: (e.t_s, e.what))


def _flight(f: Findings) -> list[Event]:
    plan = f.evidence.scene.flight
    out = [Event(float(plan.t_s[0]), "Planned take-off", "by its plan", "flight")]
    out.append(Event(float(plan.t_s[-1]), "Planned landing", "by its plan", "flight"))
    said = {"truth": "in the truth", "reports": "by its own reports", "plan": "by its plan; nothing else is known"}[
        f.path_from
    ]
    first, last = float(f.path.t_s[0]), float(f.path.t_s[-1])
    out.append(
        Event(
            f.takeoff_s,
            "Already in the air when the data begins" if f.takeoff_s <= first + 5.0 else "Take-off",
            said,
            "flight",
        )
    )
    out.append(
        Event(
            f.landing_s, "Still in the air at the end of the data" if f.landing_s >= last else "Landing", said, "flight"
        )
    )
    return out


def _zones(f: Findings) -> list[Event]:
    s, out = f.evidence.scene, []
    for z in s.zones:
        for from_s, to_s in z.active_s:
            if from_s <= s.end_s and to_s >= s.start_s:
                what = f"{z.kind.capitalize()} zone {z.zone_id}"
                out.append(
                    Event(max(from_s, s.start_s), f"{what} active", f"source: {z.source}" if z.source else "", "world")
                )
                if to_s <= s.end_s:
                    out.append(Event(to_s, f"{what} ends", "", "world"))
    return out


def hazard_ids(f: Findings) -> list[str]:
    """Raids that were a threat to the flight at CAUTION or above (else at ADVISORY), in order."""
    t = f.evidence.threats
    for levels in (["CAUTION", "WARNING"], ["ADVISORY"]):
        on = (t["hazard_kind"] == "raid") & np.isin(t["level"].astype(str), levels)
        found = list(dict.fromkeys(str(x) for x in t["hazard_id"][on] if x is not None))
        if found:
            return found
    return []


def _raids(f: Findings) -> list[Event]:
    r, out = f.evidence.raids, []
    for raid in hazard_ids(f)[:6]:
        rows = np.flatnonzero(r["raid_id"] == raid)
        if not len(rows):
            continue
        k = rows[0]
        n = int(r["n"][k]) if np.isfinite(r["n"][k]) else 0
        away = _away(f, r, int(k))
        out.append(Event(float(r["t_s"][k]), f"Raid {raid} in the air picture", f"{q.drones(n)}{away}", "world"))
        peak = rows[int(np.argmax(np.nan_to_num(r["n"][rows])))]
        if r["n"][peak] > max(n, 1) * 1.5:
            going = f"course {q.course(float(r['course_rad'][peak]))}, {q.speed(float(r['speed_mps'][peak]))}"
            detail = f"{q.drones(int(r['n'][peak]))}, {going}{_away(f, r, int(peak))}"
            out.append(Event(float(r["t_s"][peak]), f"Raid {raid} at its largest", detail, "world"))
    return out


def _away(f: Findings, raids: Columns, k: int) -> str:
    row = int(np.clip(raids["t_s"][k] - f.path.t_s[0], 0, len(f.path.t_s) - 1))
    e, n = f.evidence.scene.to_plane(raids["lat_deg"][k : k + 1], raids["lon_deg"][k : k + 1])
    d = float(np.hypot(e[0] - f.path.e_m[row], n[0] - f.path.n_m[row]))
    return f", its centre {q.distance(d)} from the flight" if np.isfinite(d) else ""


def _levels(f: Findings) -> list[Event]:
    out = []
    for i, run in enumerate(f.alarms):
        minutes = q.duration(run.end_s - run.start_s + 1.0)
        which = "First CAUTION" if i == 0 else "CAUTION again"
        out.append(Event(run.start_s, which, f"the alarm stood for {minutes}", "CAUTION"))
    warned = [s for spans in f.rows.values() for s in spans if s.word == "WARNING"]
    if warned:
        first = min(warned, key=lambda s: s.start_s)
        out.append(Event(first.start_s, "First WARNING", "", "WARNING"))
    out += _blind(f)
    return out[:60]


def _blind(f: Findings) -> list[Event]:
    """BLIND spans, cut where the reason changes; figures in a reason (ages, times) do not make it another."""
    t, out = f.evidence.threats, []
    rows = np.flatnonzero(t["hazard_kind"] == "blind")
    stem = np.array([re.sub(r"[0-9].*", "", str(x or "no reason given")) for x in t["reason"][rows]], dtype=object)
    for name in dict.fromkeys(stem.tolist()):
        for s in join(np.unique(t["t_s"][rows[stem == name]]), "BLIND", 5.0):
            k = rows[np.flatnonzero((stem == name) & (t["t_s"][rows] == s.start_s))[0]]
            said = str(t["reason"][k] or "no reason given").removeprefix("BLIND: ")
            out.append(Event(s.start_s, "BLIND", f"{said}; for {q.duration(s.end_s - s.start_s + 1.0)}", "BLIND"))
    return out


def _alerts(f: Findings) -> list[Event]:
    """Declared area alerts, as they were heard."""
    out = []
    for a in f.evidence.heard.alerts:
        what = f"{a.alert.replace('_', ' ') or 'alert'}, {a.area}".capitalize()
        out.append(Event(a.t_s, f"{what}: {'begins' if a.begins else 'ends'}", f"source: {a.source}", "world"))
    return out


def _warnings(f: Findings) -> list[Event]:
    w, out = f.evidence.warnings, []
    for k in range(len(w["raised_s"])):
        if w["hazard_kind"][k] == "blind":
            continue
        name = f"Warning {w['warning_id'][k]} ({str(w['hazard_kind'][k]).replace('_', ' ')})"
        out.append(Event(float(w["raised_s"][k]), f"{name} raised", str(w["reason"][k] or ""), "ADVISORY"))
        out.append(Event(float(w["cleared_s"][k]), f"{name} cleared", "", "CLEAR"))
    return out


def _advice(f: Findings) -> list[Event]:
    if not f.choices:
        return []
    a = f.evidence.advice
    t_s = float(a["t_s"][a["t_s"] >= f.alarms[0].start_s].min())
    best = next((c for c in f.choices if c.option != "continue"), f.choices[0])
    out = [Event(t_s, f"Advice: {best.option.replace('_', ' ')}", best.text, "advice")]
    out.append(
        Event(best.decide_by_s, "Decide-by of that advice passes", "after it, the option may no longer work", "advice")
    )
    return out


def _closest(f: Findings) -> list[Event]:
    c = f.best
    basis = "in the truth" if f.by_truth is not None else "by the air picture"
    out = []
    row = c.first_caught()
    if row is not None:
        for i, s in enumerate(join(c.t_s[c.caught_by != ""], "", 30.0)[:12]):
            k = int(np.searchsorted(c.t_s, s.start_s))
            causes = sorted({str(x) for x in c.caught_by[(c.t_s >= s.start_s) & (c.t_s <= s.end_s)] if x})
            most = int(c.n_near[(c.t_s >= s.start_s) & (c.t_s <= s.end_s)].max())
            detail = f"{basis}, by {' and '.join(causes)}, for {q.duration(s.end_s - s.start_s + 1.0)}"
            detail += f"; up to {q.drones(most)} within the raid's limits" if most > 1 else ""
            out.append(Event(float(c.t_s[k]), "CAUGHT" if i == 0 else "Caught again", detail, "WARNING"))
    near = c.closest()
    if near is not None and f.path.airborne[near]:
        side = "above" if c.nearest_v_m[near] > 0 else "below"
        gap = f"{q.distance(float(c.nearest_h_m[near]))}, {q.height(abs(float(c.nearest_v_m[near])))} {side}"
        out.append(Event(float(c.t_s[near]), "Closest drone", f"{basis}: {gap}", "world"))
    return out


def _positions(f: Findings) -> list[Event]:
    """When the flight's own positions stopped being trusted, and when they were again."""
    own, out = f.evidence.own, []
    state = own["integrity"].astype(str)
    for k in (np.flatnonzero(state[1:] != state[:-1]) + 1).tolist()[:30]:
        words = {"trusted": "trusted again", "doubtful": "doubtful", "false": "held to be false"}
        out.append(Event(float(own["t_s"][k]), f"Own position {words.get(state[k], state[k])}", "", "BLIND"))
    gaps = np.flatnonzero(np.diff(own["t_s"]) > 60.0)
    for k in gaps.tolist()[:10]:
        lasted = q.duration(float(own["t_s"][k + 1] - own["t_s"][k]))
        out.append(Event(float(own["t_s"][k]), "No position of the flight", f"for {lasted}", "BLIND"))
    return out
