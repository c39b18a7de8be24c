"""What a flight can do, in a sentence and as a message for the crew: one row for every Option.

Fields of a sentence: {risk} "P(caught) 0.03", {dur} "15 min", {until} "14:25", {place} the site or hold point,
{course} ", course 240° true", {arrive} ", landing 14:32 UTC", {cost} ", 8 min later, 12 NM farther",
{height} "3,500 ft", {decide} "; decide by 14:05 UTC (in 6 min)".
"""

from __future__ import annotations

from collections.abc import Mapping

from flightward.model import Instruction, Option
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

NEAR_SENTENCE: Mapping[Instruction, Text] = {
    Instruction.TURN_LEFT: text(
        "Now turn left to {course} true{more}{clear}{then}: {risk}.",
        "Негайно ліворуч на курс {course} істинний{more}{clear}{then}: {risk}.",
    ),
    Instruction.TURN_RIGHT: text(
        "Now turn right to {course} true{more}{clear}{then}: {risk}.",
        "Негайно праворуч на курс {course} істинний{more}{clear}{then}: {risk}.",
    ),
    Instruction.CLIMB: text(
        "Now climb to {height} on this course{clear}{then}: {risk}.",
        "Негайно набрати {height}, курс той самий{clear}{then}: {risk}.",
    ),
    Instruction.DESCEND: text(
        "Now descend to {height} on this course{clear}{then}: {risk}.",
        "Негайно знизитися до {height}, курс той самий{clear}{then}: {risk}.",
    ),
}
"""What to do this minute. {more} " or more (to 280°)", {clear} ", keeps 1.1 NM from every drone",
{then} ", then divert Kovel (site-3)"."""

NEAR_CREW: Mapping[Instruction, Text] = {
    Instruction.TURN_LEFT: text("NOW TURN LEFT CRS {course}T{more}", "НЕГАЙНО ЛІВОРУЧ КУРС {course}{more}"),
    Instruction.TURN_RIGHT: text("NOW TURN RIGHT CRS {course}T{more}", "НЕГАЙНО ПРАВОРУЧ КУРС {course}{more}"),
    Instruction.CLIMB: text("NOW CLIMB {height} ON THIS COURSE", "НЕГАЙНО НАБИРАЙТЕ {height} КУРС ТОЙ САМИЙ"),
    Instruction.DESCEND: text("NOW DESCEND {height} ON THIS COURSE", "НЕГАЙНО ЗНИЖУЙТЕСЯ {height} КУРС ТОЙ САМИЙ"),
}

PART: Mapping[str, Text] = {
    "more_right": text(" or more (to {course})", " або більше (до {course})"),
    "more_left": text(" or further left (to {course})", " або далі ліворуч (до {course})"),
    "crew_more_right": text(" OR MORE TO {course}T", " АБО БІЛЬШЕ ДО {course}"),
    "crew_more_left": text(" OR FURTHER TO {course}T", " АБО ДАЛІ ДО {course}"),
    "clear": text(", keeps {far} from every drone", ", не ближче {far} до кожного дрона"),
    "clear_v": text(", keeps above or below every drone on the way", ", вище або нижче кожного дрона на шляху"),
    "then": text(", then {what}{at}", ", далі {what}{at}"),
    "crew_then": text(" THEN {what}{at}", " ДАЛІ {what}{at}"),
    "way_back": text(", the quickest way out, none keeps clear", ", найшвидший вихід, жоден не безпечний"),
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
    "over": text(
        " The plan is {dt} longer than the endurance declared for it.",
        " План на {dt} довший за заявлену тривалість польоту.",
    ),
    "agreed": text(
        " Passes {zone} in the window agreed with {source}, open until {until} UTC.",
        " Проходить {zone} у вікно, погоджене з {source}, відкрите до {until} UTC.",
    ),
    "minimum_unknown": text(
        " No minimum height is known for part of the way.", " Для частини шляху мінімальна висота невідома."
    ),
    "minimum_under": text(
        " The plan is under a declared minimum height.", " План нижче за оголошену мінімальну висоту."
    ),
    "change": text(" Told before: {what}{at}, {why}.", " Раніше: {what}{at}, {why}."),
    "change_gone": text("which can no longer be flown", "це вже неможливо"),
    "change_full": text("where there is no room any more", "там більше немає місця"),
    "change_closed": text("which leads through closed airspace now", "тепер через закритий простір"),
    "change_risk": text("which has become riskier ({risk} now)", "стало небезпечніше (тепер {risk})"),
    "change_less_risk": text("which leaves more risk ({risk} now)", "ризик більший (тепер {risk})"),
    "change_cost": text("which costs more and is no safer", "дорожче і не безпечніше"),
    "crew_agreed": text(". {zone} OPEN UNTIL {until}", ". {zone} ВІДКРИТО ДО {until}"),
    "crew_minimum_unknown": text(". MIN HEIGHT UNKNOWN", ". МІН ВИСОТА НЕВІДОМА"),
    "crew_minimum_under": text(". UNDER MIN HEIGHT", ". НИЖЧЕ МІН ВИСОТИ"),
    "wait": text(", waiting at {place} until {until} UTC", ", чекати біля {place} до {until} UTC"),
    "crew_wait": text(" HOLD {place} UNTIL {until}", " ЧЕКАТИ {place} ДО {until}"),
    "crew_course": text(" CRS {course}T", " КУРС {course}"),
    "crew_arrive": text(" ETA {utc}", " ПОСАДКА {utc}"),
    "crew_risk": text(". RISK {p}", ". РИЗИК {p}"),
    "crew_decide": text(". DECIDE BY {utc} (IN {dt})", ". ВИРІШИТИ ДО {utc} (ЧЕРЕЗ {dt})"),
    "crew_decide_now": text(". DECIDE NOW", ". ВИРІШИТИ НЕГАЙНО"),
}
