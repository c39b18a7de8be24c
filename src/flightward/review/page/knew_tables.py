"""The chain of who knew what, the earliest possible warnings, silent sensors and positions, as rows of words."""

from __future__ import annotations

import math

from flightward.review.knew.possible import Possible
from flightward.review.story import Story
from flightward.wording import quantities as q

Rows = list[dict[str, str]]


def link_rows(s: Story) -> Rows:
    """The chain, link by link."""
    out = []
    for x in s.k.links:
        known = math.isfinite(x.t_s)
        note = x.who
        if x.of[0] and not math.isfinite(s.f.caught_s):
            note = s.say("link_of_one")
        elif x.of[0]:
            note = s.say("link_of_all", all=x.of[1]) if x.of[0] == x.of[1] else s.say("link_of", n=x.of[0], all=x.of[1])
        if not known:
            note = _why_not(s, x.stage)
        out.append(
            {
                "t_s": f"{x.t_s:.0f}" if known else "",
                "stage": s.say(f"link_{x.stage}"),
                "mark": {"caution": "CAUTION", "warning": "WARNING", "advisory": "ADVISORY", "caught": "CAUGHT"}.get(
                    x.stage, "flight" if x.stage in ("seen", "told", "read_back") else "world"
                ),
                "t": s.time(x.t_s) if known else "–",
                "took": _took(s, x.after_s),
                "before": s.dur(x.before_s) if math.isfinite(x.before_s) and x.before_s > 0.5 else "",
                "note": note,
            }
        )
    return out


def _why_not(s: Story, stage: str) -> str:
    if stage in ("seen", "told", "read_back"):
        return s.say("link_no_act" if s.f.evidence.heard.is_recorded else "link_no_recording")
    if stage in ("detected", "reported"):
        if not s.f.evidence.heard.is_recorded:
            return s.say("link_no_recording")
        if s.f.by_truth is None:
            return s.say("link_not_known")
    return s.say("link_never")


def _took(s: Story, dt_s: float) -> str:
    if not math.isfinite(dt_s):
        return ""
    if dt_s <= -0.5:
        return s.say("link_earlier", dt=s.dur(-dt_s))
    if dt_s < 10.0:
        shown = f"{max(dt_s, 0.0):.1f}"
        return f"{shown} s" if s.lang == "en" else f"{shown.replace('.', ',')} с"
    return s.dur(dt_s)


def possible_rows(s: Story) -> Rows:
    """The earliest possible warnings, and beside them the CAUTION as it was."""
    if not s.k.possible:
        return []
    out = [_possible(s, p) for p in s.k.possible]
    link = s.k.link("caution")
    lead = math.nan if link is None else s.f.caught_s - link.t_s
    out.append(
        {
            "mode": s.say("can_actual"), "what": "", "known": "", "t_s": "" if link is None else f"{link.t_s:.0f}",
            "warn": s.time(link.t_s) if link is not None and math.isfinite(link.t_s) else s.say("link_never"),
            "lead": s.dur(lead) if lead > 0.0 else "", "mark": "CAUTION",
        }
    )  # fmt: skip
    return out


def _possible(s: Story, p: Possible) -> dict[str, str]:
    sensors = ""
    if p.mode == "silent":
        named = s.say("can_silent_some", sensors=q.listed(list(p.sensors), s.lang))
        sensors = named if p.sensors else s.say("can_silent_none")
    can = math.isfinite(p.warn_s)
    return {
        "mode": s.say(f"can_{p.mode}"),
        "what": s.say(f"can_{p.mode}_what", sensors=sensors),
        "known": s.time(p.known_s) or s.say("link_never"),
        "t_s": f"{p.warn_s:.0f}" if can else "",
        "warn": s.time(p.warn_s) if can else s.say("can_never"),
        "lead": s.dur(p.lead_s),
        "mark": "advice",
    }


def possible_words(s: Story) -> str:
    """What is said where there are no such moments; else the rule."""
    if s.k.possible:
        return s.say("can_rule", way=s.say("way_plan" if s.k.by_plan else "way_flown"))
    if not s.k.drones:
        return s.say("can_no_drones")
    if math.isnan(s.f.caught_s):
        return s.say("can_not_caught")
    return s.say("can_not_known")


def silent_rows(s: Story) -> Rows:
    """Sensors that were silent about the drones that mattered."""
    return [
        {
            "sensor": x.sensor, "drone": s.k.grid.ids[x.drone], "from": s.time(x.start_s), "to": s.time(x.end_s),
            "state": s.say("silent_off" if x.is_off else "silent_hidden"),
        }
        for x in sorted(s.k.silent, key=lambda y: (y.start_s, y.sensor))
    ][:40]  # fmt: skip


def position_rows(s: Story) -> Rows:
    """The flight's own position, and declared alerts: when it was, when it was said, how long that took."""
    out = []
    for e in s.k.positions:
        key = e.what if math.isfinite(e.said_s) else "never"
        said = s.say(f"pos_said_{key}", t=s.time(e.said_s))
        took = _took(s, e.delay_s) if math.isfinite(e.said_s) else ""
        out.append((e.t_s, s.say(f"pos_{e.what}"), said, took))
    threats = s.f.evidence.threats
    for a in s.f.evidence.heard.alerts:
        of_it = threats["t_s"][(threats["hazard_id"] == a.area) & (threats["t_s"] >= a.t_rx_s)]
        what = s.say("alert_heard" if a.begins else "alert_over", area=a.area)
        said = s.say("alert_said", t=s.time(a.t_rx_s))
        if a.begins and len(of_it):
            said = s.say("alert_row", t=s.time(a.t_rx_s), shown=s.time(float(of_it.min())))
        out.append((a.t_s, what, said, _took(s, a.t_rx_s - a.t_s)))
    return [
        {"t_s": f"{t:.0f}", "t": s.time(t), "what": what, "said": said, "took": took}
        for t, what, said, took in sorted(out)
    ]
