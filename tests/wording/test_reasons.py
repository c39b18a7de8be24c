"""Reasons as sentences."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightward.model import NONE, Hazard, IntegrityReason, Reason, Setup, ThreatBatch, WarningBatch, f64, i8, i64
from flightward.wording import LANGUAGES, Facts, Reasons, hazard_id, reason_text, threat_reasons, warning_reasons

T_S = 1_726_564_141.0  # 09:09:01 UTC


def threats(n: int, /, **columns: object) -> ThreatBatch:
    base = {
        "flight": i64(np.zeros(n)),
        "site": i64(np.full(n, NONE)),
        "hazard": i8(np.zeros(n)),
        "hazard_id": i64(np.full(n, NONE)),
        "level": i8(np.zeros(n)),
        "reason": i8(np.zeros(n)),
        "n": i64(np.full(n, NONE)),
        "sensor_mask": i64(np.zeros(n)),
        **{c: f64(np.full(n, np.nan)) for c in ("p", "t_to_s", "miss_h_m", "miss_v_m")},
        "evidence_age_s": f64(np.full(n, np.nan)),
    }
    return ThreatBatch(t_s=T_S, **{**base, **columns})  # type: ignore[arg-type]


def test_a_raid_on_the_route(setup: Setup) -> None:
    facts = Facts(T_S, Reason.RAID_ON_ROUTE, Hazard.RAID, 3, 41, 0.62, 740.0, age_s=2.0, sensor_mask=0b11)
    assert reason_text(facts._replace(waypoint=1, waypoint_m=-4_900.0), setup) == (
        "raid R3, 41 drones, 12 min out on your route at WP2; P(caught) 0.62; seen by radar-1 and radar-2, 2 s old"
    )
    assert reason_text(facts, setup) == (
        "raid R3, 41 drones, 12 min out on your route; P(caught) 0.62; seen by radar-1 and radar-2, 2 s old"
    )
    assert reason_text(facts, setup, "uk") == (
        "наліт R3, 41 дрон, через 12 хв на вашому маршруті; імовірність 0,62; бачить radar-1 і radar-2, 2 с тому"
    )


def test_a_stale_position_says_since_when(setup: Setup) -> None:
    facts = Facts(T_S, Reason.POSITION_STALE, Hazard.BLIND, age_s=250.0)
    assert reason_text(facts, setup) == "BLIND: no new position for 4 min 10 s (last 09:04:51 UTC)"


def test_a_false_position_says_why(setup: Setup) -> None:
    why = int(IntegrityReason.IMPOSSIBLE_SPEED)
    facts = Facts(T_S, Reason.POSITION_FALSE, Hazard.BLIND, miss_h_m=210_000.0, age_s=250.0, integrity_reason=why)
    assert reason_text(facts, setup) == (
        "BLIND: position reported is false (no aircraft flies like this at that height; 113 NM from where it can be); "
        "true position unknown for 4 min 10 s (last 09:04:51 UTC)"
    )


def test_a_silent_sensor_is_named(setup: Setup) -> None:
    facts = Facts(T_S, Reason.SENSOR_SILENT, Hazard.BLIND, age_s=180.0, sensor_mask=1)
    assert reason_text(facts, setup) == "BLIND: radar-1 silent for 3 min"
    nobody = Facts(T_S, Reason.SENSOR_SILENT, Hazard.BLIND, age_s=2.0)
    assert reason_text(nobody, setup) == "BLIND: every sensor that would see drones here is silent"


def test_an_alert_says_since_when_and_whether_the_flight_is_in_it(setup: Setup) -> None:
    lviv = setup.names.intern("Lviv oblast")
    facts = Facts(T_S, Reason.ALERT_AREA, Hazard.ZONE, lviv, t_to_s=0.0, age_s=250.0)
    assert reason_text(facts, setup) == "air-raid alert in Lviv oblast (since 09:04:51 UTC), where you are now"
    ahead = reason_text(facts._replace(t_to_s=130.0), setup, "uk")
    assert ahead == "повітряна тривога: Lviv oblast (з 09:04:51 UTC), через 2 хв на вашому маршруті"


def test_ids_of_hazards(setup: Setup) -> None:
    lviv = setup.names.intern("Lviv oblast")
    assert hazard_id(Hazard.RAID, 3, Reason.RAID_ON_ROUTE, setup) == "R3"
    assert hazard_id(Hazard.DRONE, 12, Reason.DRONE_NEAR_NOW, setup) == "T12"
    assert hazard_id(Hazard.ZONE, 0, Reason.DEFENDED_ZONE, setup) == "zone-a"
    assert hazard_id(Hazard.CLOSED_AREA, lviv, Reason.ALERT_AREA, setup) == "Lviv oblast"
    assert hazard_id(Hazard.BLIND, NONE, Reason.POSITION_STALE, setup) is None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_a_row_of_unknowns_makes_a_sentence_without_nan_or_holes(setup: Setup, reason: Reason, lang: str) -> None:
    said = reason_text(Facts(T_S, int(reason)), setup, lang)  # type: ignore[arg-type]
    assert said
    assert "nan" not in said
    assert "-1" not in said
    assert "  " not in said


def test_rows_are_said_in_order_and_quiet_rows_are_constant(setup: Setup) -> None:
    batch = threats(3, reason=i8([0, 1, 0]), hazard=i8([0, 2, 0]), hazard_id=i64([-1, 7, -1]), n=i64([-1, 5, -1]))
    said = threat_reasons(batch, setup)
    assert said[0] == said[2] == "no known hazard ahead"
    assert said[1].startswith("raid R7, 5 drones on your route; P(caught) unknown")


def test_warnings_say_when_it_was_predicted(setup: Setup) -> None:
    nan = f64([math.nan])
    batch = WarningBatch(
        t_s=T_S,
        warning=i64([5]),
        change=i8([1]),
        flight=i64([0]),
        site=i64([NONE]),
        hazard=i8([2]),
        hazard_id=i64([3]),
        level=i8([3]),
        raised_s=f64([T_S]),
        first_caution_s=f64([T_S]),
        cleared_s=nan,
        predicted_caught_s=f64([T_S + 700.0]),
        p=f64([0.7]),
        reason=i8([1]),
        n=i64([41]),
        clear_again_s=nan,
    )
    assert warning_reasons(batch, setup) == ["raid R3, 41 drones, 11 min out on your route; P(caught) 0.70"]


@pytest.mark.parametrize(
    ("offset_m", "en", "uk"),
    [
        (0.0, "at WP3", "біля WP3"), (5_000.0, "at WP3", "біля WP3"),
        (-11_112.0, "6.0 NM before WP3", "за 6,0 мор. миль до WP3"),
        (40_000.0, "22 NM after WP3", "за 22 мор. миль після WP3"),
    ],
)  # fmt: skip
def test_the_place_on_the_plan_is_told_from_its_nearest_point(setup: Setup, offset_m: float, en: str, uk: str) -> None:
    facts = Facts(T_S, Reason.RAID_ON_ROUTE, Hazard.RAID, 3, 41, 0.62, 740.0, waypoint=2, waypoint_m=offset_m)
    assert f"12 min out on your route {en}; P(caught)" in reason_text(facts, setup)
    assert f"на вашому маршруті {uk}; імовірність" in reason_text(facts, setup, "uk")
    assert "WP" not in reason_text(facts._replace(t_to_s=math.nan), setup)


def test_a_warning_says_who_sees_it_and_where_in_both_languages(setup: Setup) -> None:
    nan, one = f64([math.nan]), f64([T_S])
    batch = WarningBatch(
        t_s=T_S, warning=i64([5]), change=i8([1]), flight=i64([0]), site=i64([NONE]), hazard=i8([2]),
        hazard_id=i64([3]), level=i8([3]), raised_s=one, first_caution_s=one, cleared_s=nan,
        predicted_caught_s=one + 740.0, p=f64([0.62]), reason=i8([1]), n=i64([41]), clear_again_s=nan,
        t_to_s=f64([740.0]), evidence_age_s=f64([2.0]),
        sensor_mask=i64([0b11]), waypoint=i64([1]), waypoint_m=f64([100.0]),
    )  # fmt: skip
    assert warning_reasons(batch, setup) == [
        "raid R3, 41 drones, 12 min out on your route at WP2; P(caught) 0.62; seen by radar-1 and radar-2, 2 s old"
    ]
    assert warning_reasons(batch, setup, "uk") == [
        "наліт R3, 41 дрон, через 12 хв на вашому маршруті біля WP2; "
        "імовірність 0,62; бачить radar-1 і radar-2, 2 с тому"
    ]
    over = dataclasses.replace(batch, change=i8([3]))
    assert "min out" not in warning_reasons(over, setup)[0]


number = st.one_of(st.just(math.nan), st.floats(0.0, 5000.0))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Reason)), number, number, st.floats(0.0, 1.0)), min_size=1, max_size=40))
def test_what_is_remembered_is_what_would_be_said(setup: Setup, rows: list) -> None:
    keeper = Reasons(setup)
    for reason, x, y, p in rows:
        batch = threats(
            1,
            reason=i8([reason]),
            hazard=i8([2]),
            hazard_id=i64([3]),
            p=f64([p]),
            t_to_s=f64([x]),
            miss_h_m=f64([y * 9]),
            miss_v_m=f64([x]),
            evidence_age_s=f64([y]),
            sensor_mask=i64([2]),
        )
        facts = Facts(T_S, int(reason), 2, 3, NONE, p, x, y * 9, x, y, 2, NONE)
        assert keeper.threats(batch) == [reason_text(facts, setup)]


def test_a_days_reasons_cost_under_five_microseconds_a_row(setup: Setup) -> None:
    keeper = Reasons(setup)
    n, seconds = 12, 1500
    reason = i8([1, 1, 3, 11, *[0] * 8])
    best = math.inf
    for _ in range(2):
        spent = 0.0
        for s in range(seconds):
            batch = threats(
                n,
                reason=reason,
                hazard=i8([2, 2, 2, 6, *[0] * 8]),
                hazard_id=i64([1, 2, 1, *[-1] * 9]),
                n=i64([41] * n),
                p=f64(np.full(n, 0.5 + 1e-5 * s)),
                t_to_s=f64(np.full(n, 1500.0 - s)),
                evidence_age_s=f64(np.full(n, s % 4)),
                sensor_mask=i64(np.full(n, 3)),
            )
            began = time.perf_counter()
            keeper.threats(batch)
            spent += time.perf_counter() - began
        best = min(best, spent / (n * seconds))
    assert best < 15e-6  # measured 2 to 4 microseconds; room for a busy machine
    print(f"{best * 1e6:.2f} us a row")
