"""The three sentences at the top of the page."""

from __future__ import annotations

import math

import numpy as np

from flightward.review.findings import Choice
from flightward.review.story import Story
from flightward.wording import quantities as q

WORTH_SAYING_S = 30.0


def answers(s: Story) -> list[tuple[str, str]]:
    """(question, answer) three times: was it close, what was known when, what would have helped."""
    return [
        (s.say("q_close"), how_close(s)),
        (s.say("q_known"), what_was_known(s)),
        (s.say("q_helped"), what_would_have_helped(s)),
    ]


def basis(s: Story) -> str:
    """What the distances rest on."""
    return s.say("basis_truth" if s.f.by_truth is not None else "basis_picture")


def how_close(s: Story) -> str:
    """Was it caught, and how near came the nearest drone."""
    f = s.f
    row, at = f.best.closest(), f.best.first_caught()
    p = s.loss.p("luck") if s.loss is not None else math.nan
    chance = s.say("chance_lost", p=q.percent(p, s.lang)) if math.isfinite(p) else ""
    near = t = ""
    if row is not None and f.path.airborne.any():
        near = s.near(float(f.best.nearest_h_m[row]), float(f.best.nearest_v_m[row]), both=True)
        t = q.utc_hms(float(f.best.t_s[row]))
    if at is not None:
        cause = str(f.best.caught_by[at])
        n = int(f.best.n_near[at])
        h, v = {"lone": (f.cfg.lone_radius_m, f.cfg.lone_height_m), "zone": (f.cfg.zone_radius_m, 0.0)}.get(
            cause, (f.cfg.raid_radius_m, f.cfg.raid_height_m)
        )
        return s.say(
            f"close_{cause}", who=s.who, t=q.utc_hms(f.caught_s), n=q.hostile_drones(n, s.lang), near=near,
            reach=q.distance_both(h, s.lang), reach_v=q.height_both(v, s.lang),
            dur=s.dur(float((f.best.caught_by != "").sum())), chance=chance,
        )  # fmt: skip
    if f.is_unwatched:
        key = "close_blind" if any(x.sees for x in f.evidence.scene.sensors) else "close_unwatched"
        return s.say(key, who=s.who, blind=s.dur(blind_up_s(s)), up=s.dur(up_s(s)), lost=_lost(s, "lost"))
    until = "" if f.landing_s < f.path.t_s[-1] else s.say("until", t=q.utc_hms(float(f.path.t_s[-1])))
    if not near:
        return s.say("close_none", who=s.who, up=s.dur(up_s(s)), until=until)
    return s.say("close_free", who=s.who, near=near, t=t, until=until, chance=chance)


def up_s(s: Story) -> float:
    """From take-off to landing."""
    return s.f.landing_s - s.f.takeoff_s


def blind_up_s(s: Story) -> float:
    """Seconds shown BLIND between take-off and landing."""
    return sum(max(0.0, min(b.end_s + 1.0, s.f.landing_s) - max(b.start_s, s.f.takeoff_s)) for b in s.f.blind)


def lost_s(s: Story) -> float:
    """Seconds between take-off and landing without a position to believe."""
    path = s.f.path
    inside = (path.t_s >= s.f.takeoff_s) & (path.t_s <= s.f.landing_s)
    return float((inside & ~np.isfinite(path.e_m)).sum())


def _lost(s: Story, key: str) -> str:
    return s.say(key, dt=s.dur(lost_s(s))) if lost_s(s) >= WORTH_SAYING_S else ""


def what_was_known(s: Story) -> str:
    """When the drones were seen, when the alarm came, when it could have come, who was told."""
    parts = _drones_known(s) + _alarm_known(s) + _could_be_known(s) + _people(s)
    parts += _alert_known(s) + _positions_known(s)
    if blind_up_s(s) >= 1.0 and not s.f.is_unwatched:
        parts.append(s.say("known_blind", dur=s.dur(blind_up_s(s))))
    said = "; ".join(parts)
    return said[:1].upper() + said[1:] + "."


def _drones_known(s: Story) -> list[str]:
    link = s.k.link("tracked")
    if link is None or not s.k.drones:
        return []
    seen = math.isfinite(link.t_s)
    if math.isnan(s.f.caught_s):
        return [s.say("known_nearest", t=s.time(link.t_s)) if seen else s.say("known_nearest_never")]
    drones = q.drones(s.k.needed, s.lang)
    one = "_one" if s.k.needed == 1 else ""
    if not seen or link.before_s <= 0.0:
        return [s.say(f"known_seen_late{one}", drones=drones)]
    return [s.say(f"known_seen{one}", drones=drones, t=s.time(link.t_s), before=s.dur(link.before_s))]


def _alarm_known(s: Story) -> list[str]:
    f, caught = s.f, s.f.caught_s
    if not f.alarms:
        return [s.say("known_no_alarm")]
    if math.isnan(caught):
        minutes = sum(a.end_s - a.start_s + 1.0 for a in f.alarms)
        return [s.say("known_alarm_free", dur=s.dur(minutes), t=s.time(f.alarms[0].start_s))]
    run = next((a for a in f.alarms if a.start_s <= caught < a.end_s + 1.0), None)
    if run is not None and run.start_s < caught:
        return [s.say("known_alarm", t=s.time(run.start_s), lead=s.dur(caught - run.start_s))]
    earlier = [a for a in f.alarms if a.end_s < caught]
    if earlier:
        return [s.say("known_alarm_broken", t=s.time(earlier[-1].start_s))]
    first = f.alarms[0].start_s
    return [s.say("known_alarm_late", t=s.time(first), late=s.dur(first - caught))]


def _could_be_known(s: Story) -> list[str]:
    hand = s.k.can("at_hand")
    if hand is None:
        return []
    if math.isnan(hand.warn_s):
        return [s.say("known_could_not")]
    return [s.say("known_could", t=s.time(hand.warn_s), lead=s.dur(hand.lead_s))]


def _people(s: Story) -> list[str]:
    if not s.f.alarms or not s.f.evidence.heard.is_recorded:
        return []
    out = []
    for stage, key in (("told", "known_told"), ("read_back", "known_read_back")):
        link = s.k.link(stage)
        if link is not None and math.isfinite(link.t_s):
            out.append(s.say(key, t=s.time(link.t_s)))
    return out or [s.say("known_untold")]


def _alert_known(s: Story) -> list[str]:
    begun = [a for a in s.f.evidence.heard.alerts if a.begins]
    if not begun or not s.f.is_unwatched:
        return []
    return [s.say("known_alert", area=begun[0].area, t=s.time(begun[0].t_rx_s))]


def _positions_known(s: Story) -> list[str]:
    out: list[str] = []
    stopped = [e for e in s.k.positions if e.what == "stopped"]
    false = [e for e in s.k.positions if e.what == "false"]
    if not false:
        return out
    before = [e for e in stopped if e.t_s <= false[0].t_s and math.isfinite(e.said_s)]
    if before:
        out.append(s.say("known_stopped", t=s.time(before[-1].t_s), dt=s.dur(max(before[-1].delay_s, 0.0))))
    key = "known_false_once" if false[0].delay_s < 1.0 else "known_false"
    out.append(s.say(key, t=s.time(false[0].t_s), dt=s.dur(false[0].delay_s)))
    return out


def what_would_have_helped(s: Story) -> str:
    """The best option at the first CAUTION, flown against the drones as they came; and better sensing."""
    f = s.f
    if not f.alarms:
        if f.is_unwatched:
            return s.say(
                "helped_unwatched", blind=s.dur(blind_up_s(s)), up=s.dur(up_s(s)), lost=_lost(s, "helped_lost")
            )
        return s.say("helped_none", more=_better_sensing(s))
    first = s.best_choice()
    if first is None:
        return s.say("helped_only_continue", more=_better_sensing(s))
    by = s.say("by", t=q.utc_hm(first.decide_by_s)) if math.isfinite(first.decide_by_s) else ""
    said = {"option": s.option(first.option), "by": by, "more": _better_sensing(s)}
    if first.caught_by is None:
        return s.say("helped_unknown", **said)
    if first.caught_by == "":
        until = s.say("until", t=q.utc_hm(float(f.path.t_s[-1]))) if ends_open(first) else ""
        near = q.distance_both(first.closest_h_m, s.lang)
        key = "helped_free" if math.isfinite(first.closest_h_m) else "helped_free_far"
        return s.say(key, until=until, near=near, cost=_cost(s, first), **said)
    others = [c for c in f.choices if c.option not in ("continue", first.option)]
    free = next((c for c in others if c.caught_by == ""), None)
    other = ""
    if free is not None:
        other = s.say("helped_other", option=s.option(free.option))
    elif others and all(c.caught_by for c in others):
        other = s.say("helped_no_other")
    return s.say("helped_caught", other=other, **said)


def ends_open(c: Choice) -> bool:
    """Whether the option still flies when the data end: what came after is not known."""
    return c.path is not None and bool(c.path.airborne[-1])


def _cost(s: Story, c: Choice) -> str:
    later, farther = c.delay_s >= 60.0, c.extra_m >= 1_000.0
    dt, far = q.minutes(c.delay_s, s.lang) if later else "", s.far(c.extra_m)
    if later and farther:
        return s.say("cost_both", dt=dt, far=far)
    return s.say("cost_later", dt=dt) if later else s.say("cost_farther", far=far) if farther else ""


def _better_sensing(s: Story) -> str:
    """How much earlier it could have been seen with perfect fusion, and with the sensors that were silent."""
    hand, fusion, silent = (s.k.can(m) for m in ("at_hand", "fusion", "silent"))
    out, base = "", hand.warn_s if hand is not None else math.nan
    if fusion is not None and base - fusion.warn_s >= WORTH_SAYING_S:
        out += s.say("more_fusion", dt=s.dur(base - fusion.warn_s))
        base = fusion.warn_s
    if silent is not None and silent.sensors and base - silent.warn_s >= WORTH_SAYING_S:
        out += s.say("more_silent", sensors=q.listed(list(silent.sensors), s.lang), dt=s.dur(base - silent.warn_s))
    run = s.k.link("caution")
    if not out and hand is not None and run is not None and run.t_s - hand.warn_s >= WORTH_SAYING_S:
        out = s.say("more_soon", dt=s.dur(run.t_s - hand.warn_s))
    return out
