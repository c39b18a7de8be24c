"""Advice as sentences for the watch officer and as messages of at most 160 characters for the crew."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model import NONE, AdviceBatch, FlightStates, Integrity, Option, Path4D, Setup
from flightward.wording import quantities as q
from flightward.wording.ids import callsign, site_id, site_title
from flightward.wording.language import Language
from flightward.wording.option_table import CREW, PART, SENTENCE
from flightward.wording.words import LABEL

CREW_CHARS = 160
HERE_S = 30.0
"""A hold that begins within this time is "here"."""
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


def option_facts(batch: AdviceBatch, row: int, setup: Setup) -> OptionFacts:
    """What one row of advice says, with hold, landing time and level read from its route."""
    route = batch.route(row)
    option = int(batch.option[row])
    hold = _hold(route) if option == Option.HOLD else None
    lat = lon = math.nan
    if hold is not None:
        lats, lons = setup.frame.to_geodetic(route.e_m[hold[0]:hold[0] + 1], route.n_m[hold[0]:hold[0] + 1])
        lat, lon = float(lats[0]), float(lons[0])
    has = len(route) > 0
    return OptionFacts(
        batch.t_s, option, float(batch.p_caught[row]), float(batch.delay_s[row]), float(batch.extra_m[row]),
        float(batch.decide_by_s[row]), float(batch.course_rad[row]), int(batch.site[row]),
        float(route.t_s[hold[0]]) if hold else math.nan, float(route.t_s[hold[1]]) if hold else math.nan, lat, lon,
        float(route.t_s[0]) if has else math.nan, float(route.t_s[-1]) if has else math.nan,
        float(route.u_m.max()) if has else math.nan,
    )


def advice_text(f: OptionFacts, setup: Setup, lang: Language = "en") -> str:
    """One sentence: "Divert to Kovel (site-3), course 240° true, landing 14:32 UTC: P(caught) 0.03; decide by ..."."""
    return SENTENCE[Option(f.option)][lang].format(
        risk=_part("risk", lang, p=q.chance(f.p_caught, lang)),
        dur=q.minutes(_wait_s(f), lang), until=q.utc_hm(_until_s(f)), place=_place(f, setup, lang),
        course="" if math.isnan(f.course_rad) else _part("course", lang, course=q.course(f.course_rad)),
        arrive="" if math.isnan(f.arrive_s) else _part("arrive", lang, utc=q.utc_hm(f.arrive_s)),
        cost=_cost(f, lang), height=q.height(f.level_m, lang), decide=_decide(f, lang),
    )


def crew_text(f: OptionFacts, name: str, setup: Setup, lang: Language = "en") -> str:
    """A message of at most 160 characters: "SIMULATED HUM112: LAND site-3 CRS 240T ETA 1432Z. RISK 0.03. ..."."""
    mark = f"{LABEL['simulated'][lang]} " if setup.is_simulated else ""
    what = CREW[Option(f.option)][lang].format(
        dur=q.minutes(_wait_s(f), lang).upper(), until=q.zulu(_until_s(f)), place=_crew_place(f, setup, lang),
        height=q.height(f.level_m, lang).upper(),
        course="" if math.isnan(f.course_rad) else _part("crew_course", lang, course=q.course(f.course_rad)[:-1]),
        arrive="" if math.isnan(f.arrive_s) else _part("crew_arrive", lang, utc=q.zulu(f.arrive_s)),
    )
    risk = _part("crew_risk", lang, p=q.chance(f.p_caught, lang).upper())
    tail = risk + _decide(f, lang, crew=True)
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
