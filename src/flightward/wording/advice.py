"""Advice as sentences for the watch officer and as messages of at most 160 characters for the crew."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model import (
    NONE,
    AdviceBatch,
    Change,
    FlightStates,
    Instruction,
    Integrity,
    Minimum,
    Option,
    Path4D,
    Setup,
)
from flightward.wording import quantities as q
from flightward.wording.ids import callsign, site_id, site_title
from flightward.wording.language import Language
from flightward.wording.option_table import CREW, NEAR_CREW, NEAR_SENTENCE, PART, SENTENCE
from flightward.wording.words import LABEL, OPTION

CREW_CHARS = 160
CREW_ZONE_CHARS = 20
HERE_S = 30.0
"""A hold that begins within this time is "here"."""
MORE_RAD = math.radians(9.0)
"""From here on it is said how much further one may turn."""
WORTH_SAYING_S = 60.0
WORTH_SAYING_M = 1_000.0
NOT_GOOD_P = 0.2
"""Above this remaining chance even the best option is called the least bad."""


@dataclasses.dataclass(frozen=True)
class OptionFacts:
    """One option of one flight, ready to be said; NaN and NONE unknown."""

    t_s: float
    option: int
    p_caught: float
    delay_s: float
    extra_m: float
    decide_by_s: float
    course_rad: float
    site: int
    hold_from_s: float = math.nan
    hold_to_s: float = math.nan
    hold_lat_rad: float = math.nan
    hold_lon_rad: float = math.nan
    start_s: float = math.nan
    arrive_s: float = math.nan
    level_m: float = math.nan
    instruction: int = NONE
    course_to_rad: float = math.nan
    clear_m: float = math.nan
    over_s: float = math.nan
    agreed: int = NONE
    minimum: int = NONE
    then: int = NONE
    change: int = NONE
    before: int = NONE
    before_site: int = NONE
    before_p: float = math.nan


def option_facts(batch: AdviceBatch, row: int, setup: Setup) -> OptionFacts:
    """What one row of advice says, with hold, landing time and level read from its route."""
    route = batch.route(row)
    option = int(batch.option[row])
    hold = _hold(route) if option == Option.HOLD else _wait_on_the_way(route, option)
    lat = lon = math.nan
    if hold is not None:
        lats, lons = setup.frame.to_geodetic(route.e_m[hold[0]:hold[0] + 1], route.n_m[hold[0]:hold[0] + 1])
        lat, lon = float(lats[0]), float(lons[0])
    has = len(route) > 0
    told = int(batch.instruction[row]) != NONE
    return OptionFacts(
        batch.t_s, option, float(batch.p_caught[row]), float(batch.delay_s[row]), float(batch.extra_m[row]),
        float(batch.decide_by_s[row]), float(batch.course_rad[row]), int(batch.site[row]),
        float(route.t_s[hold[0]]) if hold else math.nan, float(route.t_s[hold[1]]) if hold else math.nan, lat, lon,
        float(route.t_s[0]) if has else math.nan, float(route.t_s[-1]) if has else math.nan,
        float(batch.level_m[row]) if told else float(route.u_m.max()) if has else math.nan,
        int(batch.instruction[row]), float(batch.course_to_rad[row]), float(batch.clear_m[row]),
        _over_s(setup, int(batch.flight[row])) if option == Option.CONTINUE else math.nan,
        int(batch.agreed[row]), int(batch.minimum[row]), int(batch.then[row]), int(batch.change[row]),
        int(batch.before[row]), int(batch.before_site[row]), float(batch.before_p[row]),
    )


def _over_s(setup: Setup, flight: int) -> float:
    """By how much the plan is longer than the endurance that is declared for it; NaN unknown."""
    plan = setup.flights.plan(flight)
    if not len(plan):
        return math.nan
    return float(plan.t_s[-1] - plan.t_s[0] - setup.flights.endurance_s[flight])


def advice_text(f: OptionFacts, setup: Setup, lang: Language = "en") -> str:
    """One sentence: "Divert to Kovel (site-3), course 240° true, landing 14:32 UTC: P(caught) 0.03; decide by ..."."""
    if f.instruction != NONE:
        return NEAR_SENTENCE[Instruction(f.instruction)][lang].format(
            course=_course(f.course_rad), more=_more(f, lang), height=q.height(f.level_m, lang), clear=_clear(f, lang),
            then=_then(f, setup, lang), risk=_part("risk", lang, p=q.chance(f.p_caught, lang)),
        ) + _declared(f, setup, lang)
    said = SENTENCE[Option(f.option)][lang].format(
        risk=_part("risk", lang, p=q.chance(f.p_caught, lang)),
        dur=q.minutes(_wait_s(f), lang), until=q.utc_hm(_until_s(f)), place=_place(f, setup, lang),
        course=("" if math.isnan(f.course_rad) else _part("course", lang, course=q.course(f.course_rad)))
        + _waiting(f, lang, "wait"),
        arrive="" if math.isnan(f.arrive_s) else _part("arrive", lang, utc=q.utc_hm(f.arrive_s)),
        cost=_cost(f, lang), height=q.height(f.level_m, lang), decide=_decide(f, lang),
    )
    if f.over_s >= WORTH_SAYING_S:
        said += _part("over", lang, dt=q.minutes(f.over_s, lang))
    return said + _declared(f, setup, lang) + _changed(f, setup, lang)


def crew_text(f: OptionFacts, name: str, setup: Setup, lang: Language = "en") -> str:
    """A message of at most 160 characters: "SIMULATED HUM112: LAND site-3 CRS 240T ETA 1432Z. RISK 0.03. ..."."""
    mark = f"{LABEL['simulated'][lang]} " if setup.is_simulated else ""
    what = CREW[Option(f.option)][lang].format(
        dur=q.minutes(_wait_s(f), lang).upper(), until=q.zulu(_until_s(f)), place=_crew_place(f, setup, lang),
        height=q.height(f.level_m, lang).upper(),
        course=("" if math.isnan(f.course_rad) else _part("crew_course", lang, course=q.course(f.course_rad)[:-1]))
        + _waiting(f, lang, "crew_wait"),
        arrive="" if math.isnan(f.arrive_s) else _part("crew_arrive", lang, utc=q.zulu(f.arrive_s)),
    )
    if f.instruction != NONE:
        what = NEAR_CREW[Instruction(f.instruction)][lang].format(
            course=_course(f.course_rad)[:-1], more=_more(f, lang, crew=True), height=q.height(f.level_m, lang).upper()
        ) + _then(f, setup, lang, crew=True)
    risk = _part("crew_risk", lang, p=q.chance(f.p_caught, lang).upper())
    tail = risk + _decide(f, lang, crew=True) + _declared(f, setup, lang, crew=True)
    room = CREW_CHARS - len(mark) - len(tail)
    return mark + f"{name}: {what}"[:room] + tail


def advice_texts(
    batch: AdviceBatch, setup: Setup, lang: Language = "en", states: FlightStates | None = None
) -> list[str]:
    """One sentence per row of advice.

    The best option of a flight says so when even it is not good. With `states`, a flight whose position is not
    believed gets a note that the advice is reckoned from its plan.
    """
    out = []
    for row in range(len(batch)):
        said = advice_text(option_facts(batch, row, setup), setup, lang)
        if batch.rank[row] == 0 and batch.p_caught[row] > NOT_GOOD_P:
            said = _part("no_good", lang, text=said[:1].lower() + said[1:])
        flight = int(batch.flight[row])
        if states is not None and states.is_airborne[flight] and states.integrity[flight] != Integrity.TRUSTED:
            said += PART["by_plan"][lang]
        out.append(said)
    return out


def crew_texts(batch: AdviceBatch, setup: Setup, lang: Language = "en") -> list[str]:
    """One crew message of at most 160 characters per row of advice."""
    return [
        crew_text(option_facts(batch, row, setup), callsign(setup, int(batch.flight[row])), setup, lang)
        for row in range(len(batch))
    ]


def _declared(f: OptionFacts, setup: Setup, lang: Language, crew: bool = False) -> str:
    """What the option owes to an agreed window, and what is known of minimum heights; "" where none is declared."""
    before, said = "crew_" if crew else "", ""
    if f.agreed != NONE:
        agreed, name = setup.agreed, setup.names.text
        zone = name(int(setup.zones.name[int(agreed.zone[f.agreed])])) or "?"
        until_s = float(agreed.to_s[f.agreed])
        said += _part(
            f"{before}agreed", lang, zone=zone[:CREW_ZONE_CHARS] if crew else zone,
            source=name(int(agreed.source[f.agreed])) or "?", until=q.zulu(until_s) if crew else q.utc_hm(until_s),
        )
    if f.minimum == Minimum.UNKNOWN:
        said += PART[f"{before}minimum_unknown"][lang]
    elif f.minimum == Minimum.UNDER:
        said += PART[f"{before}minimum_under"][lang]
    return said


def _course(rad: float) -> str:
    return "" if math.isnan(rad) else q.course(rad)


def _more(f: OptionFacts, lang: Language, crew: bool = False) -> str:
    """How much further one may turn, if that is worth saying."""
    right = f.instruction == Instruction.TURN_RIGHT
    beyond = (f.course_to_rad - f.course_rad if right else f.course_rad - f.course_to_rad) % (2.0 * math.pi)
    if not beyond >= MORE_RAD:
        return ""
    said = q.course(f.course_to_rad)
    name = ("crew_" if crew else "") + ("more_right" if right else "more_left")
    return _part(name, lang, course=said[:-1] if crew else said)


def _then(f: OptionFacts, setup: Setup, lang: Language, crew: bool = False) -> str:
    """What an instruction goes on to, if that is not the plan: ", then divert to Kovel (site-3)"."""
    if f.then == NONE:
        return ""
    at = "" if f.site == NONE else (site_id(setup, f.site) or "?")[:20] if crew else site_title(setup, f.site)
    what = OPTION[Option(f.then)][lang]
    return _part("crew_then" if crew else "then", lang, what=what.upper() if crew else what, at=f" {at}" if at else "")


def _changed(f: OptionFacts, setup: Setup, lang: Language) -> str:
    """What was the best option before and why it no longer is: " Told before: hold, which has become riskier ..."."""
    if NONE in (f.change, f.before):
        return ""
    at = "" if f.before_site == NONE else f" {site_title(setup, f.before_site)}"
    risk = _part("risk", lang, p=q.chance(f.before_p, lang))
    why = _part(f"change_{Change(f.change).name.lower()}", lang, risk=risk)
    return _part("change", lang, what=OPTION[Option(f.before)][lang], at=at, why=why)


def _clear(f: OptionFacts, lang: Language) -> str:
    """What an instruction keeps clear by; a way back says that it is no more than that."""
    if math.isnan(f.clear_m):
        return PART["way_back"][lang]
    is_turn = f.instruction in (Instruction.TURN_LEFT, Instruction.TURN_RIGHT)
    return _part("clear", lang, far=q.distance(f.clear_m, lang)) if is_turn else PART["clear_v"][lang]


def _part(name: str, lang: Language, **fields: str) -> str:
    return PART[name][lang].format(**fields)


def _hold(route: Path4D) -> tuple[int, int] | None:
    """First and last point of a wait: the longest time between two passages of exactly the same place."""
    best: tuple[int, int] | None = None
    longest = 0.0
    for i in range(len(route) - 1):
        same = np.flatnonzero((route.e_m[i + 1:] == route.e_m[i]) & (route.n_m[i + 1:] == route.n_m[i]))
        if len(same) and route.t_s[i + 1 + same[-1]] - route.t_s[i] > longest:
            best = (i, i + 1 + int(same[-1]))
            longest = float(route.t_s[best[1]] - route.t_s[i])
    return best


def _wait_on_the_way(route: Path4D, option: int) -> tuple[int, int] | None:
    """The longest wait of a way round or to another place, if it is worth saying and not the landing itself."""
    if option not in (Option.REROUTE, Option.DIVERT, Option.LAND, Option.TURN_BACK):
        return None
    hold = _hold(route)
    if hold is None or hold[1] == len(route) - 1 or route.t_s[hold[1]] - route.t_s[hold[0]] < WORTH_SAYING_S:
        return None
    return hold


def _waiting(f: OptionFacts, lang: Language, part: str) -> str:
    """", waiting at 48.12N 023.40E until 14:25 UTC", for options that are no hold by name."""
    if f.option == Option.HOLD or math.isnan(f.hold_to_s):
        return ""
    until = q.zulu(f.hold_to_s) if part.startswith("crew") else q.utc_hm(f.hold_to_s)
    return _part(part, lang, place=_latlon(f), until=until)


def _wait_s(f: OptionFacts) -> float:
    """How long a hold or a delay lasts."""
    held = f.hold_to_s - f.hold_from_s
    return f.delay_s if math.isnan(held) else held


def _until_s(f: OptionFacts) -> float:
    """When a hold ends, or a delayed flight takes off."""
    return next((t for t in (f.hold_to_s, f.start_s) if not math.isnan(t)), f.t_s)


def _place(f: OptionFacts, setup: Setup, lang: Language) -> str:
    if f.option == Option.HOLD:
        if math.isnan(f.hold_from_s) or f.hold_from_s - f.t_s <= HERE_S:
            return PART["here"][lang]
        return _part("at", lang, place=_latlon(f))
    if f.site != NONE:
        return site_title(setup, f.site)
    return PART["departure" if f.option == Option.TURN_BACK else "destination"][lang]


def _crew_place(f: OptionFacts, setup: Setup, lang: Language) -> str:
    if f.option != Option.HOLD and f.site != NONE:
        return (site_id(setup, f.site) or "?")[:40]
    return _place(f, setup, lang).upper()


def _latlon(f: OptionFacts) -> str:
    """ "48.12N 023.40E"."""
    lat, lon = math.degrees(f.hold_lat_rad), math.degrees(f.hold_lon_rad)
    return f"{abs(lat):05.2f}{'N' if lat >= 0 else 'S'} {abs(lon):06.2f}{'E' if lon >= 0 else 'W'}"


def _cost(f: OptionFacts, lang: Language) -> str:
    said = ""
    if f.delay_s >= WORTH_SAYING_S:
        said += _part("later", lang, dt=q.minutes(f.delay_s, lang))
    if f.extra_m >= WORTH_SAYING_M:
        said += _part("farther", lang, far=q.distance(f.extra_m, lang))
    return said


def _decide(f: OptionFacts, lang: Language, crew: bool = False) -> str:
    """The deadline; for an option that is not safe even now, that; nothing for continue."""
    if f.option == Option.CONTINUE:
        return ""
    if math.isnan(f.decide_by_s):
        return "" if crew else PART["too_late"][lang]
    left = f.decide_by_s - f.t_s
    if left < WORTH_SAYING_S:
        return PART["crew_decide_now" if crew else "decide_now"][lang]
    utc = q.zulu(f.decide_by_s) if crew else q.utc_hm(f.decide_by_s)
    dt = q.minutes(left, lang)
    return _part("crew_decide" if crew else "decide", lang, utc=utc, dt=dt.upper() if crew else dt)
