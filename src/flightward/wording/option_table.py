"""What a flight can do, in a sentence and as a message for the crew: one row for every Option.

Fields of a sentence: {risk} "P(caught) 0.03", {dur} "15 min", {until} "14:25", {place} the site or hold point,
{course} ", course 240° true", {arrive} ", landing 14:32 UTC", {cost} ", 8 min later, 12 NM farther",
{height} "3,500 ft", {decide} "; decide by 14:05 UTC (in 6 min)".
"""

from __future__ import annotations

from collections.abc import Mapping

from flightward.model import Option
from flightward.wording.language import Text, text

SENTENCE: Mapping[Option, Text] = {
    Option.CONTINUE: text("Continue as planned: {risk}.", "Продовжити за планом: {risk}."),
    Option.DELAY: text(
        "Delay take-off by {dur}, until {until} UTC: {risk}{decide}.",
        "Затримати виліт на {dur}, до {until} UTC: {risk}{decide}.",
    ),
    Option.HOLD: text(
        "Hold {place} for {dur}, until {until} UTC{arrive}: {risk}{decide}.",
        "Чекати {place} {dur}, до {until} UTC{arrive}: {risk}{decide}.",
    ),
    Option.LEVEL: text(
        "Go to {height}{arrive}{cost}: {risk}{decide}.", "Зайняти висоту {height}{arrive}{cost}: {risk}{decide}."
    ),
    Option.REROUTE: text(
        "Fly around it{course}{arrive}{cost}: {risk}{decide}.", "Обійти{course}{arrive}{cost}: {risk}{decide}."
    ),
    Option.DIVERT: text(
        "Divert to {place}{course}{arrive}{cost}: {risk}{decide}.",
        "На запасний {place}{course}{arrive}{cost}: {risk}{decide}.",
    ),
    Option.LAND: text(
        "Land at {place}{course}{arrive}{cost}: {risk}{decide}.",
        "Сісти: {place}{course}{arrive}{cost}: {risk}{decide}."
    ),
    Option.TURN_BACK: text(
        "Turn back to {place}{course}{arrive}{cost}: {risk}{decide}.",
        "Повернутися: {place}{course}{arrive}{cost}: {risk}{decide}.",
    ),
}

CREW: Mapping[Option, Text] = {
    Option.CONTINUE: text("CONTINUE AS PLANNED", "ПРОДОВЖУЙТЕ ЗА ПЛАНОМ"),
    Option.DELAY: text("DELAY TAKE-OFF {dur} UNTIL {until}", "ЗАТРИМАЙТЕ ВИЛІТ {dur} ДО {until}"),
    Option.HOLD: text("HOLD {place} {dur} UNTIL {until}", "ЧЕКАЙТЕ {place} {dur} ДО {until}"),
    Option.LEVEL: text("GO TO {height}", "ЗАЙМІТЬ {height}"),
    Option.REROUTE: text("FLY AROUND{course}", "ОБХІД{course}"),
    Option.DIVERT: text("DIVERT {place}{course}{arrive}", "НА ЗАПАСНИЙ {place}{course}{arrive}"),
    Option.LAND: text("LAND {place}{course}{arrive}", "СІДАЙТЕ {place}{course}{arrive}"),
    Option.TURN_BACK: text("TURN BACK {place}{course}{arrive}", "НАЗАД {place}{course}{arrive}"),
}

PART: Mapping[str, Text] = {
    "risk": text("P(caught) {p}", "імовірність потрапити під наліт {p}"),
    "course": text(", course {course} true", ", курс {course} істинний"),
    "arrive": text(", landing {utc} UTC", ", посадка {utc} UTC"),
    "later": text(", {dt} later", ", на {dt} пізніше"),
    "farther": text(", {far} farther", ", на {far} далі"),
    "decide": text("; decide by {utc} UTC (in {dt})", "; вирішити до {utc} UTC (через {dt})"),
    "decide_now": text("; decide now", "; вирішити негайно"),
    "too_late": text("; not safe even now", "; вже не безпечно"),
    "here": text("here", "тут"),
    "at": text("at {place}", "біля {place}"),
    "departure": text("the place of departure", "місце вильоту"),
    "destination": text("the planned place", "місце за планом"),
    "no_good": text(
        "No option is good; the least bad: {text}", "Доброго виходу немає; найменше зло: {text}"
    ),
    "by_plan": text(" Position not believed: reckoned from its plan.", " Позиції не віримо: розраховано за планом."),
    "crew_course": text(" CRS {course}T", " КУРС {course}"),
    "crew_arrive": text(" ETA {utc}", " ПОСАДКА {utc}"),
    "crew_risk": text(". RISK {p}", ". РИЗИК {p}"),
    "crew_decide": text(". DECIDE BY {utc} (IN {dt})", ". ВИРІШИТИ ДО {utc} (ЧЕРЕЗ {dt})"),
    "crew_decide_now": text(". DECIDE NOW", ". ВИРІШИТИ НЕГАЙНО"),
}
