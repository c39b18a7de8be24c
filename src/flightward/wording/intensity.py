"""How thick a raid comes in, in words: "3.2 a minute (2.1 to 4.6), threefold since 14:05 UTC"."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flightward.wording import quantities as q
from flightward.wording.language import Language, Text, text

TEXT: Mapping[str, Text] = {
    "rate": text("{rate} a minute ({low} to {high})", "{rate} за хвилину (від {low} до {high})"),
    "rate_alone": text("{rate} a minute", "{rate} за хвилину"),
    "rose": text(", {times} since {utc} UTC", ", {times} з {utc} UTC"),
    "fell": text(", down to {share} since {utc} UTC", ", лише {share} з {utc} UTC"),
}
TIMES: Mapping[int, Text] = {
    2: text("twofold", "удвічі більше"), 3: text("threefold", "утричі більше"), 4: text("fourfold", "учетверо більше"),
}  # fmt: skip
MANY = text("{n} times as many", "у {n} разів більше")


def intensity_text(
    per_min: float, low: float, high: float, since_s: float, ratio: float, lang: Language = "en"
) -> str:
    """One clause about a raid's arrivals; a band or change that is NaN is left out; empty without a rate."""
    if math.isnan(per_min):
        return ""
    name = "rate_alone" if math.isnan(low) or math.isnan(high) else "rate"
    out = TEXT[name][lang].format(rate=_number(per_min, lang), low=_number(low, lang), high=_number(high, lang))
    if math.isnan(since_s) or math.isnan(ratio) or ratio <= 0.0:
        return out
    utc = q.utc_hms(since_s)[:5]
    if ratio < 1.0:
        return out + TEXT["fell"][lang].format(share=f"{100.0 * ratio:.0f} %", utc=utc)
    whole = round(ratio)
    is_round = abs(ratio - whole) <= 0.25 and whole in TIMES
    times = TIMES[whole][lang] if is_round else MANY[lang].format(n=_number(ratio, lang))
    return out + TEXT["rose"][lang].format(times=times, utc=utc)


def _number(value: float, lang: Language) -> str:
    shown = f"{value:.1f}"
    return shown if lang == "en" else shown.replace(".", ",")
