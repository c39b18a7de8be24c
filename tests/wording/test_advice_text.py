"""Advice as sentences and as messages for the crew."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightward.model import NONE, AdviceBatch, Option, Setup, f64, i8, i64
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
