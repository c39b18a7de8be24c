"""The word for every code, in English and Ukrainian, and the labels that every screen and page uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flightward.model import (
    Category,
    Hazard,
    Integrity,
    IntegrityReason,
    Kind,
    Level,
    Option,
    PlanState,
    SensorKind,
    TrackStatus,
    ZoneKind,
)
from flightward.wording.language import Language, Text, text


class Day(Protocol):
    """What tells how much of it is real: a Setup."""

    @property
    def real(self) -> str: ...
    @property
    def is_simulated(self) -> bool: ...


LEVEL: Mapping[Level, Text] = {
    Level.CLEAR: text("CLEAR", "ВІЛЬНО"),
    Level.ADVISORY: text("ADVISORY", "УВАГА"),
    Level.BLIND: text("BLIND", "НЕ ВИДНО"),
    Level.CAUTION: text("CAUTION", "ОБЕРЕЖНО"),
    Level.WARNING: text("WARNING", "НЕБЕЗПЕКА"),
}
HAZARD: Mapping[Hazard, Text] = {
    Hazard.NONE: text("none", "немає"),
    Hazard.DRONE: text("drone", "дрон"),
    Hazard.RAID: text("raid", "наліт"),
    Hazard.ZONE: text("defended zone", "зона ППО"),
    Hazard.CLOSED_AREA: text("closed area", "закрита зона"),
    Hazard.GNSS: text("GNSS interference", "завади GNSS"),
    Hazard.BLIND: text("blind", "немає даних"),
}
OPTION: Mapping[Option, Text] = {
    Option.CONTINUE: text("continue", "продовжити"),
    Option.DELAY: text("delay", "затримати виліт"),
    Option.HOLD: text("hold", "чекати в зоні"),
    Option.LEVEL: text("change level", "змінити висоту"),
    Option.REROUTE: text("reroute", "обійти"),
    Option.DIVERT: text("divert", "на запасний"),
    Option.LAND: text("land", "сісти"),
    Option.TURN_BACK: text("turn back", "повернутися"),
}
KIND: Mapping[Kind, Text] = {
    Kind.DRONE: text("drone", "дрон"),
    Kind.AIRCRAFT: text("aircraft", "літак"),
    Kind.HELICOPTER: text("helicopter", "вертоліт"),
    Kind.BIRD: text("bird", "птах"),
    Kind.UNKNOWN: text("unknown", "невідоме"),
}
SENSOR_KIND: Mapping[SensorKind, Text] = {
    SensorKind.RADAR: text("radar", "радар"),
    SensorKind.ACOUSTIC: text("acoustic sensor", "акустичний датчик"),
    SensorKind.RF: text("radio sensor", "радіодатчик"),
    SensorKind.CAMERA: text("camera", "камера"),
    SensorKind.ADSB: text("ADS-B receiver", "приймач ADS-B"),
    SensorKind.REMOTE_ID: text("Remote ID receiver", "приймач Remote ID"),
}
ZONE_KIND: Mapping[ZoneKind, Text] = {
    ZoneKind.DEFENDED: text("defended zone", "зона ППО"),
    ZoneKind.CLOSED: text("closed airspace", "закритий повітряний простір"),
    ZoneKind.ALERT: text("alert area", "зона тривоги"),
    ZoneKind.GEO: text("geo-zone", "геозона"),
}
CATEGORY: Mapping[Category, Text] = {
    Category.MEDICAL: text("medical", "медичний"),
    Category.HUMANITARIAN: text("humanitarian", "гуманітарний"),
    Category.STATE: text("state", "державний"),
    Category.AIRLINE: text("airline", "авіакомпанія"),
    Category.OTHER: text("other", "інший"),
}
INTEGRITY: Mapping[Integrity, Text] = {
    Integrity.TRUSTED: text("trusted", "достовірно"),
    Integrity.DOUBTFUL: text("doubtful", "сумнівно"),
    Integrity.FALSE: text("false", "хибно"),
}
INTEGRITY_REASON: Mapping[IntegrityReason, Text] = {
    IntegrityReason.NONE: text("no reason given", "причину не вказано"),
    IntegrityReason.STALE: text("the position is not renewed", "позиція не оновлюється"),
    IntegrityReason.FROZEN: text("the position stands still while it flies", "позиція застигла, хоча борт летить"),
    IntegrityReason.JUMP: text("the position jumped", "позиція стрибнула"),
    IntegrityReason.IMPOSSIBLE_SPEED: text(
        "no aircraft flies like this at that height", "на цій висоті так не літають"
    ),
    IntegrityReason.CONTRADICTED: text("radar contradicts it", "радар це спростовує"),
    IntegrityReason.LOW_QUALITY: text("the source itself gives it low quality", "джерело саме дає низьку якість"),
    IntegrityReason.DUPLICATE_IDENTITY: text("two claim the same identity", "двоє мають той самий код"),
    IntegrityReason.VELOCITY_MISMATCH: text("position and velocity disagree", "позиція суперечить швидкості"),
    IntegrityReason.CROWDED: text("many report the same place at once", "багато бортів передають те саме місце"),
    IntegrityReason.IDENTITY_SWAPPED: text(
        "it reports the place of another aircraft", "передає місце іншого борту"
    ),
}
PLAN_STATE: Mapping[PlanState, Text] = {
    PlanState.UNKNOWN: text("plan state unknown", "стан плану невідомий"),
    PlanState.BEFORE: text("before take-off", "до вильоту"),
    PlanState.ON_PLAN: text("on plan", "за планом"),
    PlanState.SHIFTED: text("on its route, at other times", "на маршруті, в інший час"),
    PlanState.BROKEN: text("off its plan", "не за планом"),
    PlanState.ENDED: text("landed", "сів"),
}
TRACK_STATUS: Mapping[TrackStatus, Text] = {
    TrackStatus.TENTATIVE: text("tentative", "попередній"),
    TrackStatus.CONFIRMED: text("confirmed", "підтверджений"),
    TrackStatus.COASTING: text("coasting", "за прогнозом"),
}
LABEL: Mapping[str, Text] = {
    "simulated": text("SIMULATED", "СИМУЛЯЦІЯ"),
    "partly_simulated": text("PARTLY SIMULATED", "ЧАСТКОВО СИМУЛЯЦІЯ"),
    "real": text("REAL DATA", "СПРАВЖНІ ДАНІ"),
    "replay": text("REPLAY", "ПОВТОР"),
    "exercise": text("EXERCISE", "НАВЧАННЯ"),
    "live": text("LIVE", "НАЖИВО"),
    "unknown": text("unknown", "невідомо"),
    "stale": text("STALE", "ЗАСТАРІЛО"),
    "raised": text("raised", "піднято"),
    "changed": text("changed", "змінено"),
    "cleared": text("cleared", "знято"),
    "decide_by": text("decide by", "вирішити до"),
    "not_certified": text(
        "Advice to a person. Not certified avionics.", "Порада людині. Не сертифікована авіоніка."
    ),
}


def word(table: Mapping[Any, Text], code: int, lang: Language = "en") -> str:
    """The word of a code in one of the tables above; the label "unknown" for NONE or a code without a row."""
    row: Text = table.get(code, LABEL["unknown"])
    return row[lang]


def day_label(day: Day, lang: Language = "en") -> str:
    """The mark of a day by what it says is real and simulated of it; "" for real data."""
    is_partly_real = day.real.strip().lower() not in ("", "nothing", "none")
    return simulation_label(day.is_simulated, is_partly_real, lang)


def simulation_label(is_simulated: bool, is_partly_real: bool = False, lang: Language = "en") -> str:
    """The mark that every screen, page, table and message of simulated data carries; "" for real data."""
    if not is_simulated:
        return ""
    return LABEL["partly_simulated" if is_partly_real else "simulated"][lang]
