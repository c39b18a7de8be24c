"""The two parts that rest on longer calculations, as rows of words."""

from __future__ import annotations

import math

from flightward.review.extra import LossRow
from flightward.review.story import Story
from flightward.wording import quantities as q

Rows = list[dict[str, str]]


def loss_rows(s: Story) -> Rows:
    """Chances of loss, each against that of the flight as flown; [] where they were not computed."""
    if s.loss is None:
        return []
    base = s.loss.p("as_flown")
    return [_loss(s, r, base) for r in s.loss.rows]


def _loss(s: Story, r: LossRow, base: float) -> dict[str, str]:
    band = _band(s, r.p_lo, r.p_hi)
    times = ""
    if r.case != "as_flown" and r.p > 0.0 and base > 0.0:
        shown = f"{r.p / base:.2g}" if r.p < 100 * base else f"{r.p / base:.0f}"
        times = s.say("times_as", n=shown if s.lang == "en" else shown.replace(".", ","))
    names = {"leak": r.which, "leaks": q.drones(r.n, s.lang), "advice": s.option(r.which) if r.which else ""}
    words = {
        "as_flown": s.say("loss_as_flown"), "leak": s.say("loss_leak", which=names["leak"]),
        "leaks": s.say("loss_leaks", n=names["leaks"]), "luck": s.say("loss_luck"),
        "advice": s.say("loss_advice", option=names["advice"]),
    }  # fmt: skip
    # what was, was or was not; a day that might have been is never so sure
    was = r.is_known and r.case == "as_flown"
    shown = s.say("loss_was" if r.p >= 1.0 else "loss_was_not") if was else q.percent(r.p, s.lang)
    return {
        "case": words.get(r.case, r.which or r.case), "p": shown, "band": "" if was else band, "times": times,
        "n": f"{r.n_effective:.0f}" if math.isfinite(r.n_effective) and not r.is_known else "",
        "struck": "" if math.isnan(r.p_struck) else q.percent(r.p_struck, s.lang),
        "struck_band": _band(s, r.struck_lo, r.struck_hi),
        "bar": f"{_bar(r.p):.1f}",
    }  # fmt: skip


def _band(s: Story, low: float, high: float) -> str:
    """A band in words, "" where there is none or both ends are said alike."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    ends = q.percent(low, s.lang), q.percent(high, s.lang)
    return " – ".join(ends) if ends[0] != ends[1] else ""


def _bar(p: float) -> float:
    """Length of a bar in per cent of its cell, by the logarithm: a millionth is nothing, one is all."""
    return 0.0 if not p > 0.0 else max(0.0, min(100.0, 100.0 * (math.log10(p) + 6.0) / 6.0))


def chance_rows(s: Story) -> Rows:
    """Tests of chance or aim; [] where they were not made."""
    if s.chance is None:
        return []
    return [
        {
            "name": r.name, "result": r.result, "p": q.chance(r.p, s.lang) if math.isfinite(r.p) else "",
            "power": ", ".join(f"{100 * x:.0f} %" for x in (r.power_2, r.power_3) if math.isfinite(x)), "note": r.note,
        }
        for r in s.chance.rows
    ]  # fmt: skip
