"""Was it raised near the flight, in words: the count, the answer with its power, the checks, caveats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from flightward.wording import quantities as q
from flightward.wording.language import Language, Text, text

TEXT: Mapping[str, Text] = {
    "count": text(
        "{utc}: {drones} within the region; {expected} were to be expected by its usual share of all that flew then.",
        "{utc}: у районі {drones}; за його звичайною часткою від усіх, що тоді летіли, очікувалося {expected}.",
    ),
    "count_alone": text("{utc}: {drones} within the region.", "{utc}: у районі {drones}."),
    "raised": text(
        "That is {ratio} times its share ({percent} % interval {low} to {high}, p {p}): more than chance explains, "
        "at the {level} % level. It does not say why.",
        "Це {ratio} від його звичайної частки ({percent} % інтервал від {low} до {high}, p {p}): більше, ніж "
        "пояснює випадок, на рівні {level} %. Про причину це не каже.",
    ),
    "not_shown": text(
        "That is {ratio} times its share ({percent} % interval {low} to {high}, p {p}): a raise is not shown. "
        "Not shown is not no effect; a tripling would have been shown with a chance of {power_3}.",
        "Це {ratio} від його звичайної частки ({percent} % інтервал від {low} до {high}, p {p}): зростання не "
        "показано. Не показано не значить, що його не було; потроєння було б показано з імовірністю {power_3}.",
    ),
    "too_few": text(
        "That is {ratio} times its share ({percent} % interval {low} to {high}, p {p}): it cannot be said. "
        "A raise is not shown, but even a tripling would have been shown only with a chance of {power_3}.",
        "Це {ratio} від його звичайної частки ({percent} % інтервал від {low} до {high}, p {p}): сказати не можна. "
        "Зростання не показано, але навіть потроєння було б показано лише з імовірністю {power_3}.",
    ),
    "no_base": text(
        "Whether that is more than usual cannot be said: too little was watched beside this window, or nothing flew.",
        "Чи це більше, ніж звичайно, сказати не можна: поза цим проміжком спостерігали замало або ніщо не летіло.",
    ),
    "power": text(
        "Such a window shows a doubling with a chance of {power_2} and a tripling with {power_3}; it takes {shown}.",
        "Такий проміжок показує подвоєння з імовірністю {power_2} і потроєння з {power_3}; для цього потрібно {shown}.",
    ),
    "checks": text("Checks: {checks}.", "Перевірки: {checks}."),
    "hawkes": text("self-exciting arrivals p {p}", "самозбудні прильоти p {p}"),
    "launches": text("launch groups p {p}", "групи запуску p {p}"),
    "launches_inferred": text(
        "launch groups (inferred from gaps) p {p}", "групи запуску (виведені з проміжків) p {p}"
    ),
    "placebo": text("rank among {n} other windows p {p}", "місце серед {n} інших проміжків p {p}"),
    "bayes": text(
        "Bayes factor for raised against not: {low} to {high}, depending on the raise believed possible beforehand.",
        "Коефіцієнт Баєса за зростання: від {low} до {high}, залежно від того, яке зростання вважали можливим.",
    ),
    "given": text(
        "The window was not fixed by a schedule: if it was chosen after looking, none of these chances holds.",
        "Проміжок не визначено розкладом: якщо його обрали, вже побачивши дані, жодна з цих імовірностей не чинна.",
    ),
    "unsound": text(
        "{n} of {of} windows without the flight would be called raised too: the reckoning does not fit this raid.",
        "{n} з {of} проміжків без рейсу теж було б названо зростанням: розрахунок не пасує до цього нальоту.",
    ),
}  # fmt: skip


class RaisedFacts(NamedTuple):
    """The numbers to say; NaN: unknown. answer: raised, not_shown, too_few, no_base. Chances 0 to 1."""

    answer: str
    from_s: float
    to_s: float
    by_schedule: bool
    alpha: float
    n_region: int
    expected: float
    ratio: float
    low: float
    high: float
    p: float
    power_2: float
    power_3: float
    n_shown: int
    p_hawkes: float
    p_launches: float
    launches_inferred: bool
    p_placebo: float
    n_placebo: int
    n_flagged: int
    is_unsound: bool
    bayes_low: float
    bayes_high: float


def raised_text(f: RaisedFacts, lang: Language = "en") -> list[str]:
    """Sentences, most important first. "Not shown" is never said without its power."""
    utc = f"{q.utc_hm(f.from_s)}–{q.utc_hm(f.to_s)} UTC"
    known = not math.isnan(f.expected)
    head = TEXT["count" if known else "count_alone"][lang].format(
        utc=utc, drones=q.drones(f.n_region, lang), expected=_number(f.expected, lang)
    )
    out = [head, TEXT[f.answer][lang].format(**_answer(f, lang))]
    if known and f.answer != "no_base":
        shown = q.drones(f.n_shown, lang)
        power_2, power_3 = q.chance(f.power_2, lang), q.chance(f.power_3, lang)
        out.append(TEXT["power"][lang].format(power_2=power_2, power_3=power_3, shown=shown))
        out += _checks(f, lang)
    if math.isfinite(f.bayes_low):
        low, high = _factor(f.bayes_low, lang), _factor(f.bayes_high, lang)
        out.append(TEXT["bayes"][lang].format(low=low, high=high))
    if f.is_unsound:
        out.append(TEXT["unsound"][lang].format(n=f.n_flagged, of=f.n_placebo))
    if not f.by_schedule:
        out.append(TEXT["given"][lang])
    return out


def _answer(f: RaisedFacts, lang: Language) -> dict[str, str]:
    return {
        "ratio": _number(f.ratio, lang), "low": _number(f.low, lang), "high": _number(f.high, lang),
        "percent": f"{100.0 * (1.0 - 2.0 * f.alpha):.0f}", "level": f"{100.0 * f.alpha:.0f}",
        "p": q.chance(f.p, lang), "power_3": q.chance(f.power_3, lang),
    }  # fmt: skip


def _checks(f: RaisedFacts, lang: Language) -> list[str]:
    """One sentence with those checks that could be made."""
    launches = "launches_inferred" if f.launches_inferred else "launches"
    rows = (("hawkes", f.p_hawkes), (launches, f.p_launches), ("placebo", f.p_placebo))
    said = [TEXT[name][lang].format(p=q.chance(p, lang), n=f.n_placebo) for name, p in rows if not math.isnan(p)]
    return [TEXT["checks"][lang].format(checks="; ".join(said))] if said else []


def _number(value: float, lang: Language) -> str:
    if math.isnan(value):
        return "unknown" if lang == "en" else "невідомо"
    if math.isinf(value):
        return "∞"
    shown = f"{value:.1f}" if value < 100.0 else f"{value:.0f}"
    return shown if lang == "en" else shown.replace(".", ",")


def _factor(value: float, lang: Language) -> str:
    """ "0.4", "3.1", "over 1000"; below 0.1 two digits."""
    if value > 1000.0:
        return "over 1000" if lang == "en" else "понад 1000"
    shown = f"{value:.2f}" if value < 0.1 else f"{value:.1f}"
    return shown if lang == "en" else shown.replace(".", ",")
