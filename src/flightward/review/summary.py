"""The three sentences at the top of the page, and the short figures beside them."""

from __future__ import annotations

import math

from flightward.review.findings import Choice, Findings
from flightward.wording import quantities as q


def sentences(f: Findings) -> list[tuple[str, str]]:
    """(question, answer) three times: how close, what was known when, what would have helped."""
    return [
        ("How close was it?", how_close(f)),
        ("What was known, and when?", what_was_known(f)),
        ("What would have helped?", what_would_have_helped(f)),
    ]


def who(f: Findings) -> str:
    """The flight as the page calls it."""
    flight = f.evidence.scene.flight
    return flight.callsign or flight.flight_id


def basis(f: Findings) -> str:
    """What the distances rest on."""
    return "by the recorded truth" if f.by_truth is not None else "by the air picture (the truth is not known)"


def how_close(f: Findings) -> str:
    """Was it caught, and how near came the nearest drone."""
    row = f.best.closest()
    near = "no hostile drone was in the picture while it flew"
    if row is not None and f.path.airborne.any():
        h, v = float(f.best.nearest_h_m[row]), float(f.best.nearest_v_m[row])
        side = "above" if v > 0 else "below"
        when = q.utc_hms(float(f.best.t_s[row]))
        near = f"the nearest hostile drone was {q.distance(h)} away and {q.height(abs(v))} {side} it at {when}"
    at = f.best.first_caught()
    if at is None:
        if f.is_unwatched:
            spent = f"{q.duration(f.blind_s)} of its {q.duration(f.landing_s - f.takeoff_s)} in the air"
            why = "no live sensor, or no position that could be believed"
            return f"It cannot be said: for {spent} {who(f)} was BLIND ({why}); {near}."
        until = (
            "" if f.landing_s < f.path.t_s[-1] else f" up to the end of the data at {q.utc_hms(float(f.path.t_s[-1]))}"
        )
        return f"{who(f)} was not caught{until}, {basis(f)}: {near}."
    raid = f"{q.distance(f.cfg.raid_radius_m)} and {q.height(f.cfg.raid_height_m)}"
    lone = f"{q.distance(f.cfg.lone_radius_m)} and {q.height(f.cfg.lone_height_m)}"
    cause = {
        "raid": f"{int(f.best.n_near[at])} hostile drones were within {raid} of it",
        "zone": f"it was inside an active defended zone with a hostile drone within {q.distance(f.cfg.zone_radius_m)}",
        "lone": f"a hostile drone was within {lone} of it",
    }[str(f.best.caught_by[at])]
    seconds = int((f.best.caught_by != "").sum())
    when = q.utc_hms(f.caught_s)
    return f"{who(f)} was caught at {when} UTC, {basis(f)}: {cause}, for {q.duration(seconds)} in all; {near}."


def what_was_known(f: Findings) -> str:
    """When the drones were seen, when the alarm came, how long before."""
    caught = f.caught_s
    parts = []
    if math.isfinite(f.first_seen_s):
        before = caught - f.first_seen_s
        when = f", {q.duration(before)} before" if math.isfinite(before) and before > 0 else ""
        which = (
            "The drone that came nearest was"
            if f.first_seen_n == 1
            else f"The {f.first_seen_n} nearest drones were all"
        )
        parts.append(f"{which} in the air picture by {q.utc_hms(f.first_seen_s)}{when}")
    if not f.alarms:
        parts.append("no CAUTION was raised" if parts else "No CAUTION was raised")
    elif math.isnan(caught):
        n = len(f.alarms)
        minutes = sum(a.end_s - a.start_s + 1.0 for a in f.alarms)
        times = "once" if n == 1 else f"{n} times"
        first = q.utc_hms(f.alarms[0].start_s)
        parts.append(f"CAUTION stood {times}, {q.duration(minutes)} in all, first at {first}")
    elif f.lead_s <= 0.0:
        parts.append("no CAUTION stood when it was caught")
    else:
        start = next(a.start_s for a in f.alarms if a.start_s <= caught < a.end_s + 1.0)
        capped = " (counted to 30 min at most)" if caught - start > f.lead_s else ""
        parts.append(f"CAUTION stood from {q.utc_hms(start)}, a lead of {q.duration(f.lead_s)}{capped}")
    if f.blind:
        parts.append(f"for {q.duration(f.blind_s)} the flight was shown BLIND")
    own = f.evidence.own
    bad = own["t_s"][own["integrity"] == "false"]
    if len(bad):
        span = f"from {q.utc_hms(float(bad.min()))} to {q.utc_hms(float(bad.max()))}"
        parts.append(f"the positions it reported were held to be false {span}")
    return "; ".join(parts) + "."


def what_would_have_helped(f: Findings) -> str:
    """The best option at the first CAUTION, flown against the drones as they came."""
    options = [c for c in f.choices if c.option != "continue"]
    if not f.alarms:
        return "No advice was given, because no CAUTION was raised."
    if not options:
        return "No option but to continue was shown at the first CAUTION."
    first = options[0]
    if first.caught_by is None:
        return (
            f"The first option shown was to {verb(first)}; its route was not recorded, so its worth cannot be checked."
        )
    said = f"The first option shown was to {verb(first)}{_decide(first)}"
    if first.caught_by == "":
        near = f"{q.distance(first.closest_h_m)} and {q.height(abs(first.closest_v_m))}"
        closest = f", never nearer than {near} to a hostile drone"
        closest = closest if math.isfinite(first.closest_h_m) else ""
        until = f" to the end of the data at {q.utc_hm(float(f.path.t_s[-1]))}" if ends_open(f, first) else ""
        return f"{said}: flown against the drones as they came, the flight stays free{until}{closest}{_cost(first)}."
    free = next((c for c in options if c.caught_by == ""), None)
    other = "; nor did another option shown keep it free"
    if free is not None:
        other = f"; of the others shown, to {verb(free)} would have kept it free"
    return f"{said}: flown against the drones as they came, the flight is caught all the same{other}."


def ends_open(f: Findings, c: Choice) -> bool:
    """Whether the option still flies when the data ends: what came after is not known."""
    return c.path is not None and bool(c.path.airborne[-1])


def verb(c: Choice) -> str:
    """The option as something to do."""
    return {
        "delay": "delay the take-off",
        "hold": "hold",
        "level": "change level",
        "reroute": "fly another route",
        "divert": "divert",
        "land": "land",
        "turn_back": "turn back",
        "continue": "continue",
    }.get(c.option, c.option)


def _decide(c: Choice) -> str:
    return f" (decide by {q.utc_hm(c.decide_by_s)})" if math.isfinite(c.decide_by_s) else ""


def _cost(c: Choice) -> str:
    parts = []
    if math.isfinite(c.delay_s) and c.delay_s >= 60.0:
        parts.append(f"{q.minutes(c.delay_s)} later")
    if math.isfinite(c.extra_m) and c.extra_m >= 1_000.0:
        parts.append(f"{q.distance(c.extra_m)} farther")
    return f"; it costs {' and '.join(parts)}" if parts else ""
