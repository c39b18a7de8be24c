"""Facts, warnings, options, quality, methods and provenance, as rows of words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flightward.review.findings import Choice
from flightward.review.story import Story
from flightward.review.summary import blind_up_s, lost_s
from flightward.wording import quantities as q
from flightward.wording.words import INTEGRITY

Rows = list[dict[str, str]]


def facts(s: Story) -> list[tuple[str, str, str]]:
    """Large figures: (figure, what it is, colour)."""
    f, out = s.f, []
    row, at = f.best.closest(), f.best.first_caught()
    if f.is_unwatched and at is None:
        out.append((s.say("fact_not_known"), s.say("fact_nobody"), "BLIND"))
    elif at is None:
        basis = s.say("fact_by_truth" if f.by_truth is not None else "fact_by_picture")
        out.append((s.say("fact_not_caught"), basis, "flight"))
    else:
        cause = s.cause(str(f.best.caught_by[at]))
        out.append((q.utc_hms(f.caught_s), s.say("fact_caught", cause=cause), "WARNING"))
        out.append((s.dur(f.lead_s) if f.lead_s > 0.0 else s.say("fact_none"), s.say("fact_lead"), "CAUTION"))
    if row is not None:
        h, v = float(f.best.nearest_h_m[row]), float(f.best.nearest_v_m[row])
        away = f"{s.far(h)}, {s.high(abs(v))}"
        if s.lang != "en":  # shorter, and what people there measure in
            away = f"{q.km(h, s.lang)}, {q.metres(v, s.lang)}"
        out.append((away, s.say("fact_closest", t=q.utc_hms(float(f.best.t_s[row]))), "drone"))
    if f.is_unwatched:
        out.append((s.dur(lost_s(s)) if lost_s(s) else s.say("fact_never"), s.say("fact_lost"), "BLIND"))
    else:
        out.append((str(f.best.most_near()), s.say("fact_most", reach=s.reach("raid")), "drone"))
    blind = blind_up_s(s)
    out.append((s.dur(blind) if blind >= 1.0 else s.say("fact_never"), s.say("fact_blind"), "BLIND"))
    return out


def warnings(s: Story) -> Rows:
    """The flight's warnings, by time."""
    w, f, out = s.f.evidence.warnings, s.f, []
    for k in np.argsort(w["raised_s"], kind="stable").tolist():
        caution, cleared = float(w["first_caution_s"][k]), float(w["cleared_s"][k])
        standing = math.isfinite(caution) and caution <= f.caught_s and not cleared < f.caught_s
        predicted, level = float(w["predicted_caught_s"][k]), str(w["level"][k])
        out.append(
            {
                "id": str(w["warning_id"][k]), "kind": s.hazard(str(w["hazard_kind"][k])), "level": level,
                "word": s.level(level), "raised": s.time(float(w["raised_s"][k])),
                "t_s": f"{float(w['raised_s'][k]):.0f}", "caution": s.time(caution),
                "cleared": s.time(cleared) or s.say("still_on"), "predicted": s.time(predicted),
                "off": _off(s, predicted - f.caught_s) if standing else "",
                "p": q.chance(float(w["p"][k]), s.lang) if math.isfinite(w["p"][k]) else "",
                "lead": s.dur(f.caught_s - caution) if standing else "", "reason": str(w["reason"][k] or ""),
            }
        )  # fmt: skip
    return out


def _off(s: Story, dt_s: float) -> str:
    """How far a prediction was from the catch."""
    if not math.isfinite(dt_s):
        return ""
    return s.say("late" if dt_s > 0 else "early", dt=s.dur(abs(dt_s)))


def choices(s: Story) -> Rows:
    """The options at the first CAUTION and what would have come of each."""
    return [_choice(s, c) for c in s.f.choices]


def _choice(s: Story, c: Choice) -> dict[str, str]:
    outcome = s.say("no_route") if c.caught_by is None else s.say("free")
    if c.caught_by:
        outcome = s.say("caught_by", cause=s.cause(c.caught_by))
    near = f"{s.far(c.closest_h_m)}, {s.high(abs(c.closest_v_m))}" if math.isfinite(c.closest_h_m) else ""
    return {
        "option": s.option(c.option), "text": c.text, "p": q.chance(c.p_caught, s.lang),
        "delay": s.dur(c.delay_s) if c.delay_s >= 1.0 else "–", "extra": s.far(c.extra_m) if c.extra_m >= 50.0 else "–",
        "decide_by": s.time(c.decide_by_s), "outcome": outcome,
        "class": {None: "", "": "free"}.get(c.caught_by, "hit"), "nearest": near,
    }  # fmt: skip


def quality(s: Story) -> list[tuple[str, str]]:
    """What the data behind the page were worth."""
    f, own, out = s.f, s.f.evidence.own, []
    up = f.path.airborne
    held = np.isin(f.path.t_s[up], np.rint(own["t_s"]))
    out.append((s.say("q_track"), q.percent(float(held.mean()), s.lang) if up.any() else s.say("fact_none")))
    if len(own["t_s"]):
        state = own["integrity"].astype(str)
        words = {c.word: INTEGRITY[c][s.lang] for c in INTEGRITY}
        shares = [(words[w], float((state == w).mean())) for w in ("trusted", "doubtful", "false")]
        said = ", ".join(f"{100.0 * share:.0f} % {w}" for w, share in shares if share)
        out.append((s.say("q_held"), said))
        age = own["age_s"][np.isfinite(own["age_s"])]
        if len(age):
            out.append((s.say("q_oldest"), s.dur(float(age.max()))))
    longest = max((x.end_s - x.start_s + 1.0 for x in f.blind), default=0.0)
    blind = s.say("q_blind_value", dur=s.dur(f.blind_s), longest=s.dur(longest)) if f.blind else s.say("fact_never")
    out.append((s.say("q_blind"), blind))
    out += _against_truth(s)
    if s.k.drones and f.by_truth is not None and f.evidence.heard.is_recorded:
        n = sum(len(s.k.owned.of(s.k.grid.ids.index(d)).t_s) for d in s.k.drones)
        out.append((s.say("q_reports"), str(n)))
    if s.f.evidence.lang != s.lang:
        out.append((s.say("q_note"), s.say("q_language")))
    out += [(s.say("q_note"), str(note)) for note in f.evidence.provenance.get("notes", [])]
    return out


def _against_truth(s: Story) -> list[tuple[str, str]]:
    f = s.f
    if f.by_truth is None:
        return []
    both = f.path.airborne & np.isfinite(f.by_truth.nearest_h_m) & (f.by_truth.nearest_h_m <= 40_000.0)
    missed = both & ~(f.by_picture.nearest_h_m < np.inf)
    if not both.any():
        return []
    out = [(s.say("q_unseen"), s.say("q_of", a=s.dur(float(missed.sum())), b=s.dur(float(both.sum()))))]
    held = both & ~missed
    error = np.abs(f.by_picture.nearest_h_m[held] - f.by_truth.nearest_h_m[held])
    if len(error):
        out.append((s.say("q_error"), s.far(float(np.median(error)))))
    return out


def methods(s: Story) -> list[str]:
    """One sentence each."""
    f = s.f
    out = [
        s.say(
            "m_caught",
            n=q.hostile_drones(f.cfg.caught_n, s.lang),
            raid=s.reach("raid"),
            lone=s.reach("lone"),
            zone=s.reach("zone"),
        ),
        s.say("m_lead"),
        s.say("m_distances_truth" if f.by_truth is not None else "m_distances_picture"),
        s.say(f"m_path_{f.path_from}"),
    ]
    if f.by_truth is not None and f.evidence.heard.is_recorded and s.k.drones:
        out += [s.say("m_whose"), s.say("m_track"), s.say("m_silent")]
    return [*out, s.say("m_heights"), s.say("m_fault")]


def provenance(held: dict[str, Any]) -> list[tuple[str, str]]:
    """Versions and hashes, flat; whole input texts are left out (they are in the recording)."""
    out = []
    for key, value in held.items():
        if key in ("notes", "texts"):
            continue
        if isinstance(value, dict):
            out += [(f"{key}: {k}", str(v)) for k, v in value.items()]
        else:
            out.append((key, str(value)))
    return out
