"""What is wrong with a source, as codes and values: `findings(state)`; the sentences are in wording/sources.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flightward.feeds.clocks import SURE_S
from flightward.feeds.live.addresses import DATAGRAMS, POLLED, SENSORS, SERVICES, STREAMS
from flightward.feeds.live.source import SourceState
from flightward.feeds.looks import format_of

AGREE_S = 1.0
HOUR_S = 3_600.0
ZONE_SLACK_S = 60.0
CODES = (
    "good", "no_host", "refused", "unreachable", "certificate", "login", "closed", "no_connection", "silent",
    "silent_port", "no_sensor_yet", "unreadable", "other_format", "no_reports", "no_such_sensor", "needs_reference",
    "clock_ahead", "clock_zone", "late", "own_clock", "overrun", "key", "too_often", "answer",
)  # fmt: skip
_ERRORS = (
    ("gaierror", "no_host"), ("ConnectionRefused", "refused"), ("CERTIFICATE", "certificate"), ("SSL", "certificate"),
    ("Not authorized", "login"), ("Bad user name", "login"), ("nothing", ""), ("Timeout", "unreachable"),
    ("no such host", "no_host"), ("connection refused", "refused"), ("certificate not accepted", "certificate"),
    ("no answer in time", "unreachable"), ("status 401", "key"), ("status 403", "key"), ("status 429", "too_often"),
    ("status ", "answer"), ("unreachable", "unreachable"), ("No route", "unreachable"), ("Reset", "closed"),
    ("closed", "closed"),
)  # fmt: skip
_REFERENCE = ("cpr_alone", "cpr_no_reference")


class Finding(NamedTuple):
    """One thing to tell: a code of CODES and what stands in its sentence."""

    code: str
    values: dict[str, Any]


def findings(state: SourceState) -> list[Finding]:
    """What there is to say of one source, the first thing to mend first; `good` alone if nothing."""
    scheme = state.address.partition(":")[0]
    variable = POLLED[scheme.partition("+")[0]][1] if scheme in SERVICES else ""
    base = {"name": state.name, "address": state.address, "error": state.error, "variable": variable}
    out = _heard(state, scheme, base)
    for who, offset in state.clocks.items():
        values = {**base, "who": who or state.name, "seconds": abs(offset.ahead_s)}
        hours = round(offset.ahead_s / HOUR_S)
        if scheme == "sbs+tcp" and hours and abs(offset.ahead_s - hours * HOUR_S) < ZONE_SLACK_S:
            out.append(Finding("clock_zone", {**values, "offset_s": int(hours * HOUR_S)}))
        elif offset.word == "ahead":
            out.append(Finding("clock_ahead", values))
        elif offset.word == "late":
            out.append(Finding("late", values))
    if state.repairs.get("overrun"):
        out.append(Finding("overrun", base))
    return out or [Finding("good", {**base, "n": state.n_messages})]


def own_clock(states: Sequence[SourceState]) -> Finding | None:
    """Several sources whose clocks are ahead by the same: then it is this machine's that is behind."""
    ahead = sorted(o.ahead_s for s in states for o in s.clocks.values() if o.ahead_s > SURE_S)
    n_all = sum(len(s.clocks) for s in states)
    if len(ahead) >= 2 and len(ahead) == n_all and ahead[-1] - ahead[0] < AGREE_S:
        return Finding("own_clock", {"seconds": ahead[0], "n": len(ahead)})
    return None


def _heard(state: SourceState, scheme: str, base: dict[str, Any]) -> list[Finding]:
    if scheme in SERVICES and state.is_up and not state.kept_aside:
        return []  # nothing new is an answer too
    if state.n_messages == 0 and state.n_bytes > 0:
        name = format_of(state.sample)
        other = next((s for s in (*STREAMS, *DATAGRAMS) if s.split("+")[0] == name.split("-")[0]), "")
        values = {**base, "n": state.n_bytes, "format": name, "other": other}
        return [Finding("other_format" if other and other != scheme else "unreadable", values)]
    if not state.is_up:
        return [Finding(next((code for text, code in _ERRORS if code and text in state.error), "no_connection"), base)]
    if state.n_messages == 0:
        code = "silent_port" if scheme in DATAGRAMS else "no_sensor_yet" if scheme in SENSORS else "silent"
        return [Finding(code, base)]
    if state.n_reports == 0 and state.kept_aside:
        reason = max(state.kept_aside, key=lambda r: state.kept_aside[r])
        code = "no_such_sensor" if reason == "sensor" else "needs_reference" if reason in _REFERENCE else "no_reports"
        who = ", ".join(sorted(state.clocks)) or state.name
        return [Finding(code, {**base, "reason": reason, "n": state.kept_aside[reason], "who": who})]
    return []
