"""Reasons as sentences: from the columns of threats and warnings, in either language.

Most rows of a day say nothing new, so a `Reasons` keeps what it has said: a row costs a dictionary look-up unless
one of its shown (rounded) numbers has changed. Measured: docs/wording.md.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from flightward.model import NONE, FlightStates, Hazard, Reason, Setup, ThreatBatch, WarningBatch
from flightward.wording import quantities as q
from flightward.wording.ids import hazard_id, raid_id, track_id
from flightward.wording.language import LANGUAGES, Language
from flightward.wording.reason_table import CLAUSE, REASON
from flightward.wording.words import INTEGRITY_REASON

CACHE_ROWS = 20_000
NOW_S = 10.0
AT_M = 5_000.0
"""This near to a point of the plan is "at" it."""
_CLEARED = 3
MASK_BITS = 62


class Facts(NamedTuple):
    """The numbers of one row of threats or warnings; NaN and NONE unknown."""

    t_s: float
    reason: int
    hazard: int = int(Hazard.NONE)
    hazard_id: int = NONE
    n: int = NONE
    p: float = math.nan
    t_to_s: float = math.nan
    miss_h_m: float = math.nan
    miss_v_m: float = math.nan
    age_s: float = math.nan
    sensor_mask: int = 0
    integrity_reason: int = NONE
    p_alert: float = math.nan
    waypoint: int = NONE
    waypoint_m: float = math.nan


def reason_text(facts: Facts, setup: Setup, lang: Language = "en") -> str:
    """The sentence of one row: "raid R3, 41 drones, 12 min out on your route at WP2; P(caught) 0.62; ..."."""
    row = REASON[Reason(facts.reason)][lang]
    fields = {name: _FIELD[name](facts, setup, lang) for name in _FIELDS_OF[facts.reason]}
    return row.format(**fields)


class Reasons:
    """Reasons of one setup in one language, with a memory of what was said."""

    def __init__(self, setup: Setup, lang: Language = "en") -> None:
        self._setup = setup
        self._lang = lang
        self._said: dict[tuple[object, ...], str] = {}
        self._quiet = reason_text(Facts(0.0, int(Reason.NONE)), setup, lang)

    def threats(self, batch: ThreatBatch, states: FlightStates | None = None) -> list[str]:
        """One sentence per row; with `states` a false position also says why it is not believed.

        For BLIND rows evidence_age_s is the time without a believed position; for silent sensors that have bits in
        sensor_mask it is their silence. miss_h_m is how far a false position is from where the flight can be.
        """
        reasons = batch.reason.tolist()
        if not any(reasons):
            return [self._quiet] * len(reasons)
        why = [] if states is None else states.integrity_reason.tolist()
        rows = zip(
            reasons, batch.hazard.tolist(), batch.hazard_id.tolist(), batch.n.tolist(), batch.p.tolist(),
            batch.t_to_s.tolist(), batch.miss_h_m.tolist(), batch.miss_v_m.tolist(), batch.evidence_age_s.tolist(),
            batch.sensor_mask.tolist(), batch.flight.tolist(), batch.p_alert.tolist(), batch.waypoint.tolist(),
            batch.waypoint_m.tolist(), strict=True,
        )
        out = []
        for reason, hazard, number, n, p, t_to, miss_h, miss_v, age, mask, flight, p_alert, wp, wp_m in rows:
            if not reason:
                out.append(self._quiet)
                continue
            detail = why[flight] if why and flight >= 0 else NONE
            facts = Facts(
                batch.t_s, reason, hazard, number, n, p, t_to, miss_h, miss_v, age, mask, detail, p_alert, wp, wp_m
            )
            out.append(self._say(facts))
        return out

    def warnings(self, batch: WarningBatch) -> list[str]:
        """One sentence per row: why it was raised or got worse, with its highest probability.

        Time, place, sensors and age are those of the moment when it was raised or last got worse; a batch recorded
        before these were kept has the time that was predicted first, and no sensors. Of a warning that is over no time
        ahead is said.
        """
        t_to_s = np.where(np.isnan(batch.t_to_s), batch.predicted_caught_s - batch.t_s, batch.t_to_s)
        t_to_s = np.where((t_to_s >= 0.0) & (batch.change != _CLEARED), t_to_s, np.nan)
        rows = zip(
            batch.reason.tolist(), batch.hazard.tolist(), batch.hazard_id.tolist(), batch.n.tolist(),
            batch.p.tolist(), t_to_s.tolist(), batch.evidence_age_s.tolist(),
            np.maximum(batch.sensor_mask, 0).tolist(), batch.waypoint.tolist(), batch.waypoint_m.tolist(), strict=True,
        )
        return [
            self._say(Facts(
                batch.t_s, reason, hazard, number, n, p, t_to, age_s=age, sensor_mask=mask, waypoint=wp, waypoint_m=wp_m
            ))
            for reason, hazard, number, n, p, t_to, age, mask, wp, wp_m in rows
        ]  # fmt: skip

    def _say(self, facts: Facts) -> str:
        key = (
            facts.reason, facts.hazard, facts.hazard_id, facts.n, facts.sensor_mask, facts.integrity_reason,
            *[_KEY[name](facts) for name in _KEYS_OF[facts.reason]],
        )
        said = self._said.get(key)
        if said is None:
            if len(self._said) >= CACHE_ROWS:
                self._said.clear()
            said = self._said[key] = reason_text(facts, self._setup, self._lang)
        return said


def threat_reasons(
    batch: ThreatBatch, setup: Setup, lang: Language = "en", states: FlightStates | None = None
) -> list[str]:
    """One sentence per row of threats. For many batches keep one `Reasons`: it is faster."""
    return Reasons(setup, lang).threats(batch, states)


def warning_reasons(batch: WarningBatch, setup: Setup, lang: Language = "en") -> list[str]:
    """One sentence per row of warnings."""
    return Reasons(setup, lang).warnings(batch)


def _clause(name: str, lang: Language, **fields: str) -> str:
    return CLAUSE[name][lang].format(**fields)


def _who(f: Facts, setup: Setup, lang: Language) -> str:
    if f.hazard == Hazard.RAID and f.hazard_id != NONE:
        return _clause("raid", lang, id=raid_id(f.hazard_id) or "")
    if f.hazard == Hazard.DRONE and f.hazard_id != NONE:
        return _clause("drone", lang, id=track_id(f.hazard_id) or "")
    return hazard_id(f.hazard, f.hazard_id, f.reason, setup) or _clause("hazard", lang)


def _count(f: Facts, setup: Setup, lang: Language) -> str:
    return "" if f.n < 1 else _clause("count", lang, drones=q.drones(f.n, lang))


def _when(f: Facts, clause: str, lang: Language) -> str:
    if math.isnan(f.t_to_s):
        return _clause("ahead_unknown", lang)
    if f.t_to_s < NOW_S:
        return _clause("here_now", lang)
    return _clause(clause, lang, dt=q.minutes(f.t_to_s, lang), at=_at(f, lang))


def _at(f: Facts, lang: Language) -> str:
    """Where on the plan that is: at, before or after one of its points, which are counted from WP1, the departure."""
    if f.waypoint == NONE or math.isnan(f.waypoint_m):
        return ""
    name = "at" if abs(f.waypoint_m) <= AT_M else "before" if f.waypoint_m < 0.0 else "after"
    return _clause(name, lang, n=str(f.waypoint + 1), far=q.distance(f.waypoint_m, lang))


def _ahead(f: Facts, setup: Setup, lang: Language) -> str:
    return _when(f, "ahead", lang)


def _out(f: Facts, setup: Setup, lang: Language) -> str:
    return _when(f, "out", lang)


def _soon(f: Facts, setup: Setup, lang: Language) -> str:
    return "" if math.isnan(f.t_to_s) else _clause("soon", lang, dt=q.minutes(f.t_to_s, lang))


def _chance(f: Facts, setup: Setup, lang: Language) -> str:
    return _clause("chance", lang, p=q.chance(f.p, lang))


def _alert(f: Facts, setup: Setup, lang: Language) -> str:
    return "" if math.isnan(f.p_alert) else _clause("alert", lang, p=q.chance(f.p_alert, lang))


def _still(f: Facts, setup: Setup, lang: Language) -> str:
    is_ahead = f.t_to_s >= NOW_S and not math.isnan(f.p_alert)
    return _clause("still", lang, p=q.chance(f.p_alert, lang)) if is_ahead else ""


def _sensor_names(f: Facts, setup: Setup) -> list[str]:
    rows = [s for s in range(min(MASK_BITS, len(setup.sensors))) if f.sensor_mask >> s & 1]
    return [setup.names.text(int(setup.sensors.name[s])) or "?" for s in rows]


def _seen(f: Facts, setup: Setup, lang: Language) -> str:
    names = _sensor_names(f, setup)
    known = not math.isnan(f.age_s)
    if not names:
        return _clause("unseen", lang, age=q.duration(f.age_s, lang)) if known else ""
    seen_by = q.listed(names, lang)
    if not known:
        return _clause("seen_unknown_age", lang, sensors=seen_by)
    return _clause("seen", lang, sensors=seen_by, age=q.duration(f.age_s, lang))


def _miss(f: Facts, setup: Setup, lang: Language) -> str:
    if math.isnan(f.miss_h_m):
        return ""
    if math.isnan(f.miss_v_m):
        return _clause("miss_h", lang, h=q.distance(f.miss_h_m, lang))
    return _clause("miss", lang, h=q.distance(f.miss_h_m, lang), v=q.height(f.miss_v_m, lang))


def _age(f: Facts, setup: Setup, lang: Language) -> str:
    return _clause("never", lang) if math.isnan(f.age_s) else q.duration(f.age_s, lang)


def _last(f: Facts, setup: Setup, lang: Language) -> str:
    return "" if math.isnan(f.age_s) else _clause("last", lang, utc=q.utc_hms(f.t_s - f.age_s))


def _silent(f: Facts, setup: Setup, lang: Language) -> str:
    known = f.sensor_mask and not math.isnan(f.age_s)
    return _clause("silent", lang, age=q.duration(f.age_s, lang)) if known else ""


def _since(f: Facts, setup: Setup, lang: Language) -> str:
    return "" if math.isnan(f.age_s) else _clause("since", lang, utc=q.utc_hms(f.t_s - f.age_s))


def _place(f: Facts, setup: Setup, lang: Language) -> str:
    return hazard_id(f.hazard, f.hazard_id, f.reason, setup) or _clause("place", lang)


def _detail(f: Facts, setup: Setup, lang: Language) -> str:
    parts = []
    if f.integrity_reason > 0:
        parts.append(INTEGRITY_REASON[f.integrity_reason][lang])  # type: ignore[index]
    if not math.isnan(f.miss_h_m):
        parts.append(_clause("far", lang, far=q.distance(f.miss_h_m, lang)))
    return _clause("detail", lang, why="; ".join(parts)) if parts else ""


def _sensors(f: Facts, setup: Setup, lang: Language) -> str:
    names = _sensor_names(f, setup)
    return q.listed(names, lang) if names else _clause("sensors", lang)


_FIELD: dict[str, Callable[[Facts, Setup, Language], str]] = {
    "who": _who, "count": _count, "ahead": _ahead, "out": _out, "soon": _soon, "chance": _chance,
    "seen": _seen, "miss": _miss, "age": _age, "last": _last, "place": _place, "detail": _detail, "sensors": _sensors,
    "silent": _silent, "since": _since, "alert": _alert, "still": _still,
}
_FIELDS_OF: dict[int, tuple[str, ...]] = {
    int(reason): tuple(
        dict.fromkeys(name for lang in LANGUAGES for _, name, _, _ in string.Formatter().parse(row[lang]) if name)
    )
    for reason, row in REASON.items()
}


def _stepped(value: float, step: float) -> float:
    return NONE if math.isnan(value) else math.floor(value / step)


# What a field shows changes only when this does: cells of 0.05 NM and 5 ft hold the edges of all rounding.
_KEY: dict[str, Callable[[Facts], object]] = {
    "soon": lambda f: _stepped(f.t_to_s, 10.0 if f.t_to_s < 120.0 else 60.0) + (0.5 if f.t_to_s < 120.0 else 0.0),
    "ahead": lambda f: (_KEY["soon"](f), f.waypoint, abs(f.waypoint_m) <= AT_M, _stepped(f.waypoint_m, 92.6)),
    "chance": lambda f: f"{f.p:.2f}" if 0.01 <= f.p <= 0.99 else NONE if math.isnan(f.p) else f.p > 0.5,
    "alert": lambda f: NONE if math.isnan(f.p_alert) else (f"{f.p_alert:.2f}", 0.01 <= f.p_alert <= 0.99),
    "age": lambda f: NONE if math.isnan(f.age_s) else round(abs(f.age_s)),
    "last": lambda f: NONE if math.isnan(f.age_s) else round(f.t_s - f.age_s),
    "miss": lambda f: (_stepped(f.miss_h_m, 92.6), _stepped(f.miss_v_m, 1.524)),
}
_KEY_OF_FIELD = {
    "ahead": "ahead", "out": "ahead", "soon": "soon", "chance": "chance", "seen": "age", "age": "age", "last": "last",
    "miss": "miss", "detail": "miss", "silent": "age", "since": "last", "alert": "alert", "still": "alert",
}
_KEYS_OF: dict[int, tuple[str, ...]] = {
    reason: tuple(dict.fromkeys(_KEY_OF_FIELD[name] for name in fields if name in _KEY_OF_FIELD))
    for reason, fields in _FIELDS_OF.items()
}
