"""Advice as sentences and as messages for the crew."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightward.model import NONE, AdviceBatch, AgreedBatch, Change, Instruction, Minimum, Option, Setup, f64, i8, i64
from flightward.wording import LANGUAGES, OptionFacts, advice_text, advice_texts, crew_text, crew_texts

T_S = 1_726_563_600.0  # 09:00:00 UTC


def batch(option: Option, route: list[tuple[float, float, float, float]], **columns: object) -> AdviceBatch:
    r = np.asarray(route, dtype=np.float64)
    base = {
        "flight": i64([0]),
        "option": i8([option]),
        "rank": i64([0]),
        "p_caught": f64([0.03]),
        "delay_s": f64([480.0]),
        "extra_m": f64([22_224.0]),
        "decide_by_s": f64([T_S + 410.0]),
        "site": i64([NONE]),
        "course_rad": f64([math.nan]),
        "start": i64([0, len(r)]),
        "route_t_s": f64(r[:, 0]),
        "route_e_m": f64(r[:, 1]),
        "route_n_m": f64(r[:, 2]),
        "route_u_m": f64(r[:, 3]),
    }
    return AdviceBatch(t_s=T_S, **{**base, **columns})  # type: ignore[arg-type]


LEG = [(T_S, 0.0, 0.0, 500.0), (T_S + 1920.0, 0.0, 50_000.0, 200.0)]


def now(what: Instruction, **columns: object) -> AdviceBatch:
    """An instruction: course 240, up to 300; or a height."""
    base = {
        "instruction": i8([what]),
        "course_rad": f64([math.radians(240.0)]),
        "course_to_rad": f64([math.radians(300.0)]),
        "level_m": f64([1066.8]),
        "clear_m": f64([2_000.0]),
    }
    return batch(Option.REROUTE, LEG, **{**base, **columns})


def test_an_instruction_is_one_plain_sentence_in_both_languages(setup: Setup) -> None:
    assert advice_texts(now(Instruction.TURN_RIGHT), setup) == [
        "Now turn right to 240° true or more (to 300°), keeps 1.1 NM from every drone: P(caught) 0.03."
    ]
    left = now(Instruction.TURN_LEFT, course_to_rad=f64([math.radians(355.0)]), course_rad=f64([math.radians(5.0)]))
    assert advice_texts(left, setup)[0].startswith("Now turn left to 005° true or further left (to 355°), keeps")
    narrow = now(Instruction.TURN_LEFT, course_to_rad=f64([math.radians(235.0)]))
    assert advice_texts(narrow, setup)[0].startswith("Now turn left to 240° true, keeps")
    climb = advice_texts(now(Instruction.CLIMB), setup)[0]
    assert climb.startswith("Now climb to 3,500 ft on this course, keeps above")
    assert advice_texts(now(Instruction.DESCEND, clear_m=f64([math.nan])), setup) == [
        "Now descend to 3,500 ft on this course, the quickest way out, none keeps clear: P(caught) 0.03."
    ]
    assert advice_texts(now(Instruction.TURN_RIGHT), setup, "uk") == [
        "Негайно праворуч на курс 240° істинний або більше (до 300°), не ближче 1,1 мор. миль до кожного дрона: "
        "імовірність потрапити під наліт 0,03."
    ]
    for what in Instruction:
        for lang in LANGUAGES:
            said = crew_texts(now(what, decide_by_s=f64([T_S])), setup, lang)[0]
            assert len(said) <= 160
            assert ("500" if what in (Instruction.CLIMB, Instruction.DESCEND) else "240") in said
    assert "NOW TURN RIGHT CRS 240T OR MORE TO 300T. RISK 0.03. DECIDE NOW" in crew_texts(
        now(Instruction.TURN_RIGHT, decide_by_s=f64([T_S])), setup
    )[0]


def test_divert_names_place_course_time_cost_and_deadline(setup: Setup) -> None:
    advice = batch(Option.DIVERT, LEG, site=i64([0]), course_rad=f64([math.radians(240.0)]))
    assert advice_texts(advice, setup) == [
        "Divert to Kovel (kovel), course 240° true, landing 09:32 UTC, 8 min later, 12 NM farther: P(caught) 0.03; "
        "decide by 09:06 UTC (in 6 min)."
    ]
    assert crew_texts(advice, setup) == [
        "SIMULATED MED1: DIVERT kovel CRS 240T ETA 0932Z. RISK 0.03. DECIDE BY 0906Z (IN 6 MIN)"
    ]


def test_a_hold_is_found_in_the_route(setup: Setup) -> None:
    here = [(T_S, 0.0, 0.0, 500.0), (T_S + 900.0, 0.0, 0.0, 500.0), (T_S + 1920.0, 0.0, 50_000.0, 200.0)]
    assert advice_texts(batch(Option.HOLD, here), setup)[0].startswith(
        "Hold here for 15 min, until 09:15 UTC, landing 09:32"
    )
    later = [
        (T_S - 300.0, 0.0, -9_000.0, 500.0),
        (T_S + 300.0, 0.0, 0.0, 500.0),
        *[(t + 300.0, *x) for t, *x in here[1:]],
    ]
    assert advice_texts(batch(Option.HOLD, later), setup)[0].startswith("Hold at 50.00N 024.00E for 15 min")


def test_delay_says_the_new_take_off(setup: Setup) -> None:
    route = [(T_S + 1500.0, 0.0, 0.0, 200.0), (T_S + 2000.0, 0.0, 50_000.0, 200.0)]
    said = advice_texts(batch(Option.DELAY, route, delay_s=f64([1200.0])), setup)[0]
    assert said == "Delay take-off by 20 min, until 09:25 UTC: P(caught) 0.03; decide by 09:06 UTC (in 6 min)."


def test_when_nothing_is_good_it_says_so(setup: Setup) -> None:
    said = advice_texts(batch(Option.CONTINUE, LEG, p_caught=f64([0.7]), decide_by_s=f64([math.nan])), setup)[0]
    assert said == "No option is good; the least bad: continue as planned: P(caught) 0.70."


def test_an_option_that_no_longer_works_says_so(setup: Setup) -> None:
    said = advice_texts(
        batch(Option.LAND, LEG, site=i64([0]), p_caught=f64([0.1]), decide_by_s=f64([math.nan])), setup
    )[0]
    assert said.endswith("P(caught) 0.10; not safe even now.")


number = st.one_of(st.just(math.nan), st.floats(0.0, 1e5))


@pytest.mark.parametrize("lang", LANGUAGES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(list(Option)),
    st.floats(0.0, 1.0),
    number,
    number,
    number,
    st.floats(0.0, 6.28),
    st.booleans(),
    st.text(min_size=1, max_size=300),
)
def test_a_crew_message_never_exceeds_160_characters(
    setup: Setup,
    lang: str,
    option: Option,
    p: float,
    delay: float,
    extra: float,
    decide: float,
    course: float,
    has_site: bool,
    name: str,
) -> None:
    facts = OptionFacts(
        T_S,
        int(option),
        p,
        delay if delay == delay else 0.0,
        extra,
        T_S + decide,
        course,
        0 if has_site else NONE,
        arrive_s=T_S + extra,
        level_m=1000.0,
    )
    said = crew_text(facts, name, setup, lang)  # type: ignore[arg-type]
    assert len(said) <= 160
    assert said.startswith("SIMULATED" if lang == "en" else "СИМУЛЯЦІЯ")
    assert "nan" not in advice_text(facts, setup, lang).replace(name, "")  # type: ignore[arg-type]


def test_what_an_option_owes_to_what_is_declared_is_said(setup: Setup) -> None:
    name = setup.names.intern("Kovel control")
    agreed = AgreedBatch(
        i64([name]), i64([0]), f64([T_S]), f64([T_S + 1500.0]), f64([math.nan]), i64([name]), i64([0, 1]), i64([0])
    )
    let = dataclasses.replace(setup, agreed=agreed)
    one = batch(Option.REROUTE, LEG, agreed=i64([0]), minimum=i8([Minimum.UNKNOWN]))
    said = advice_texts(one, let)[0]
    assert said.endswith(
        " Passes zone-a in the window agreed with Kovel control, open until 09:25 UTC. No minimum height is known for "
        "part of the way."
    )
    assert crew_texts(one, let)[0].endswith(". zone-a OPEN UNTIL 0925Z. MIN HEIGHT UNKNOWN")
    under = batch(Option.CONTINUE, LEG, minimum=i8([Minimum.UNDER]))
    assert advice_texts(under, let)[0].endswith(" The plan is under a declared minimum height.")
    kept = batch(Option.REROUTE, LEG, minimum=i8([Minimum.KEPT]))
    assert advice_texts(kept, let) == advice_texts(batch(Option.REROUTE, LEG), let)
    for option in Option:
        for lang in LANGUAGES:
            one = batch(option, LEG, agreed=i64([0]), minimum=i8([Minimum.UNKNOWN]), site=i64([0]))
            told = crew_texts(one, let, lang)
            assert len(told[0]) <= 160


@given(
    option=st.sampled_from(list(Option)), what=st.sampled_from([NONE, *(int(i) for i in Instruction)]),
    words=st.text(max_size=200), delay=st.floats(0.0, 1e5), minimum=st.sampled_from([NONE, 0, 1, 2]),
    decide=st.one_of(st.just(math.nan), st.floats(-1e4, 1e5)), p=st.floats(0.0, 1.0), lang=st.sampled_from(LANGUAGES),
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_crew_message_is_longer_than_160_characters_and_its_deadline_is_never_cut(
    setup: Setup, option: Option, what: int, words: str, delay: float, minimum: int, decide: float, p: float, lang: str
) -> None:
    name = setup.names.intern(words or "x")
    agreed = AgreedBatch(
        i64([name]), i64([0]), f64([T_S]), f64([T_S + 1500.0]), f64([math.nan]), i64([name]), i64([0, 1]), i64([0])
    )
    let = dataclasses.replace(
        setup, agreed=agreed, flights=dataclasses.replace(setup.flights, callsign=i64([name])),
        sites=dataclasses.replace(setup.sites, name=i64([name])),
        zones=dataclasses.replace(setup.zones, name=i64([name])),
    )  # fmt: skip
    one = batch(
        option, LEG, delay_s=f64([delay]), decide_by_s=f64([T_S + decide]), p_caught=f64([p]), agreed=i64([0]),
        minimum=i8([minimum]), instruction=i8([what]), level_m=f64([1_066.8]), course_rad=f64([1.0]),
        course_to_rad=f64([2.0]), site=i64([0]),
    )  # fmt: skip
    said = crew_texts(one, let, lang)[0]
    assert len(said) <= 160
    assert ("RISK" if lang == "en" else "РИЗИК") in said
    if minimum == Minimum.UNKNOWN:
        assert said.endswith("MIN HEIGHT UNKNOWN" if lang == "en" else "МІН ВИСОТА НЕВІДОМА")


def test_a_change_says_what_was_told_before_and_why_it_is_no_longer_the_best(setup: Setup) -> None:
    changes = {
        Change.GONE: "which can no longer be flown", Change.FULL: "where there is no room any more",
        Change.CLOSED: "which leads through closed airspace now",
        Change.RISK: "which has become riskier (P(caught) 0.62 now)",
        Change.LESS_RISK: "which leaves more risk (P(caught) 0.62 now)",
        Change.COST: "which costs more and is no safer",
    }
    assert set(changes) == set(Change)
    for change, why in changes.items():
        told = batch(
            Option.LEVEL, LEG, change=i8([change]), before=i8([Option.HOLD]), before_p=f64([0.62]),
        )  # fmt: skip
        assert advice_texts(told, setup)[0].endswith(f" Told before: hold, {why}.")
        assert " Раніше: чекати в зоні, " in advice_texts(told, setup, "uk")[0]
        assert all(len(text) <= 160 for lang in LANGUAGES for text in crew_texts(told, setup, lang))
    same = batch(Option.LEVEL, LEG)
    assert "Told before" not in advice_texts(same, setup)[0]
