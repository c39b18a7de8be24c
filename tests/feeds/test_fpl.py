"""ICAO flight plan messages: fields, route, what moves or ends a flight, 4D plans, what is missing, any text."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.feeds.fpl import icao_fpl
from flightward.feeds.fpl.messages import other_information, split
from flightward.feeds.fpl.route import level_m, read_route, speed_mps
from flightward.feeds.plans import Plan, PlanContext, Plans, Point

POINTS = {"UKLL": Point(49.8, 24.0, 330.0), "UKKK": Point(50.4, 30.4, 180.0), "LIV": Point(50.0, 25.0)}
FPL = (
    "(FPL-MEDIC1/A4321-VG -EC35/L-SDGY/S -UKLL0900 -N0120A050 LIV DCT 5010N02700E -UKKK0230 UKBB "
    "-DOF/260101 STS/MEDEVAC CODE/508035)\n"
)


def utc_s(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def read(text: str, **changes: Any) -> Plans:
    return icao_fpl(text.encode(), PlanContext(**{"points": POINTS, "geoid_m": 0.0, **changes}))


def one(text: str, **changes: Any) -> Plan:
    out = read(text, **changes)
    assert len(out.plans) == 1, (out.unfinished, out.rejects.counts)
    return out.plans[0]


def test_a_message_is_cut_into_its_fields() -> None:
    # Doc 4444 appendix 3: field 7, 8, 9, 10, 13, 15, 16, 18.
    (m,), bad, others = split(FPL + "(SPL-X)(FPL-CUT-IS")
    assert m.fields == {
        "7": "MEDIC1/A4321",
        "8": "VG",
        "9": "EC35/L",
        "10": "SDGY/S",
        "13": "UKLL0900",
        "15": "N0120A050 LIV DCT 5010N02700E",
        "16": "UKKK0230 UKBB",
        "18": "DOF/260101 STS/MEDEVAC CODE/508035",
    }
    assert others == 1 and len(bad) == 1
    assert other_information("DOF/260101 RMK/A B/C STS/HOSP STS/HUM") == {
        "DOF": "260101",
        "RMK": "A B/C",
        "STS": "HOSP HUM",
    }


@pytest.mark.parametrize(
    ("text", "mps"),
    [("N0485", 485 * 1852 / 3600), ("K0830", 830 / 3.6), ("M082", 0.82 * 295.07)],
)
def test_speeds(text: str, mps: float) -> None:
    assert speed_mps(text) == pytest.approx(mps)


@pytest.mark.parametrize(
    ("text", "metres", "is_pressure"),
    [("F085", 2590.8, True), ("S1130", 11_300.0, True), ("A045", 1371.6, False), ("M0840", 8_400.0, False)],
)
def test_levels(text: str, metres: float, is_pressure: bool) -> None:
    # Doc 4444 appendix 2, item 15 (b): F and A in hundreds of feet, S and M in tens of metres.
    assert level_m(text) == (pytest.approx(metres), is_pressure)
    assert math.isnan(level_m("VFR")[0])


def test_a_route_by_its_tokens() -> None:
    route = read_route(
        "N0440F350 LIV/N0305F180 DCT 46N078W DCT 4620S07805W STAY1/0030 C/48N050W/M082F290F350 VFR T", POINTS
    )
    assert [(p.name, p.lat_deg, p.lon_deg) for p in route.points] == [
        ("LIV", 50.0, 25.0),
        ("46N078W", 46.0, -78.0),
        ("4620S07805W", pytest.approx(-46 - 1 / 3), pytest.approx(-78 - 1 / 12)),
        ("48N050W", 48.0, -50.0),
    ]
    assert (route.points[0].level, route.points[2].stay_s, route.points[3].level) == ("F180", 1800.0, "F290")
    assert route.missing == []
    lost = read_route("N0440F350 UL15 DUB DUB180040 LIV1A 4699N07800W", POINTS).missing
    assert lost == ["way UL15", "point DUB", "point by bearing DUB180040", "way LIV1A", "way 4699N07800W"]
    assert read_route("FAST", POINTS).missing == ["speed and level (field 15)"]


def test_a_plan_in_space_and_time() -> None:
    plan = one(FPL)
    assert (plan.flight_id, plan.callsign, plan.icao24, plan.aircraft_type, plan.category) == (
        "MEDIC1",
        "MEDIC1",
        "508035",
        "EC35",
        "medical",
    )
    assert plan.alternates == ("UKBB",) and plan.notes == ()
    first, last = plan.waypoints[0], plan.waypoints[-1]
    assert first == (utc_s(2026, 1, 1, 9), 49.8, 24.0, 330.0) and last == (utc_s(2026, 1, 1, 11, 30), 50.4, 30.4, 180.0)
    assert max(w.hae_m for w in plan.waypoints) == pytest.approx(1524.0)
    times = [w.t_s for w in plan.waypoints]
    assert times == sorted(times)
    # It stands over LIV in proportion to the way: climb and descent at 5 m/s, nothing faster.
    (over,) = [w for w in plan.waypoints if (w.lat_deg, w.lon_deg) == (50.0, 25.0)]
    legs = [
        Geodesic.WGS84.Inverse(*a, *b)["s12"]
        for a, b in (
            ((49.8, 24.0), (50.0, 25.0)),
            ((50.0, 25.0), (50 + 1 / 6, 27.0)),
            ((50 + 1 / 6, 27.0), (50.4, 30.4)),
        )
    ]
    assert over.t_s - first.t_s == pytest.approx(9000.0 * legs[0] / sum(legs), abs=0.01)
    for a, b in zip(plan.waypoints, plan.waypoints[1:], strict=False):
        assert abs(b.hae_m - a.hae_m) <= 5.0 * (b.t_s - a.t_s) + 1e-6
        assert Geodesic.WGS84.Inverse(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)["s12"] < 50_001.0


def test_elapsed_times_and_changes_of_level_are_met() -> None:
    text = FPL.replace("LIV DCT", "LIV/N0130F100 DCT").replace("STS/", "EET/LIV0040 STS/")
    plan = one(text, qnh_hpa=1013.25)
    (over,) = [w for w in plan.waypoints if (w.lat_deg, w.lon_deg) == (50.0, 25.0)]
    assert over.t_s == utc_s(2026, 1, 1, 9, 40) and over.hae_m == pytest.approx(1524.0)
    assert max(w.hae_m for w in plan.waypoints) == pytest.approx(3048.0)


@pytest.mark.parametrize(
    ("message", "begin"),
    [
        ("(DLA-MEDIC1-UKLL0945-UKKK-DOF/260101)", utc_s(2026, 1, 1, 9, 45)),
        ("(DEP-MEDIC1-UKLL0907-UKKK-0)", utc_s(2026, 1, 1, 9, 7)),
        ("(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101-13/UKLL1000)", utc_s(2026, 1, 1, 10)),
        ("(DLA-OTHER-UKLL0945-UKKK-0)", utc_s(2026, 1, 1, 9)),
        ("(ARR-MEDIC1-UKLL-UKKK1133)", utc_s(2026, 1, 1, 9)),
        # A delay is never back: an earlier time without another date is of the next day.
        ("(DLA-MEDIC1-UKLL0030-UKKK-0)", utc_s(2026, 1, 2, 0, 30)),
        ("(DLA-MEDIC1-UKLL0030-UKKK-DOF/260101)", utc_s(2026, 1, 2, 0, 30)),
        ("(DLA-MEDIC1-UKLL0030-UKKK-DOF/260103)", utc_s(2026, 1, 3, 0, 30)),
        ("(DLA-MEDIC1-UKLL0030-UKKK-0)(DLA-MEDIC1-UKLL0100-UKKK-0)", utc_s(2026, 1, 2, 1)),
        ("(CHG-MEDIC1-UKLL0900-UKKK-13/UKLL1000)", utc_s(2026, 1, 1, 10)),
        ("(DLA-MEDIC1-UKLL2350-UKKK-DOF/260101) (DEP-MEDIC1-UKLL0010-UKKK-DOF/260101)", utc_s(2026, 1, 2, 0, 10)),
    ],
)
def test_what_moves_a_flight(message: str, begin: float) -> None:
    plan = one(FPL + message)
    assert plan.waypoints[0].t_s == begin and plan.waypoints[-1].t_s == begin + 9000.0


def test_what_ends_or_amends_a_flight() -> None:
    out = read(FPL + "(CNL-MEDIC1-UKLL0900-UKKK-DOF/260101)")
    assert out.plans == [] and out.unfinished == [] and out.rejects.repairs["cancelled"] == 1
    plan = one(FPL + "(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101-15/N0120A080 DCT -9/H145/L -18/DOF/260101 STS/HUM)")
    assert plan.aircraft_type == "H145" and plan.category == "humanitarian"
    assert max(w.hae_m for w in plan.waypoints) == pytest.approx(2438.4)
    out = read("(CNL-NOBODY-UKLL0900-UKKK-0)(DEP-??-UKLL0900-UKKK-0)")
    assert out.rejects.counts == {"no_flight": 1, "field": 1}


def test_a_delay_over_midnight_without_any_date_is_of_the_next_day() -> None:
    day = {"start_s": utc_s(2026, 1, 1), "end_s": utc_s(2026, 1, 2)}
    late = FPL.replace("DOF/260101 ", "").replace("UKLL0900", "UKLL2350")
    assert one(late + "(DLA-MEDIC1-UKLL0030-UKKK-0)", **day).waypoints[0].t_s == utc_s(2026, 1, 2, 0, 30)


def test_a_change_to_another_destination_without_a_time_makes_it_by_its_speed() -> None:
    short = FPL.replace("LIV DCT 5010N02700E", "LIV")
    plan = one(short + "(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101-16/UKLL)")
    assert plan.notes == ("time_by_speed",) and plan.waypoints[-1][1:] == (49.8, 24.0, 330.0)
    # UKLL to LIV and back at 120 kt.
    far_m = 2.0 * Geodesic.WGS84.Inverse(49.8, 24.0, 50.0, 25.0)["s12"]
    assert plan.waypoints[-1].t_s - plan.waypoints[0].t_s == pytest.approx(far_m * 3600 / (120 * 1852))
    same = one(FPL + "(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101-16/UKKK UKLL)")
    assert (same.notes, same.alternates, same.waypoints[-1].t_s) == ((), ("UKLL",), utc_s(2026, 1, 1, 11, 30))
    nowhere = read(FPL.replace("LIV DCT 5010N02700E", "DCT") + "(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101-16/UKLL)")
    assert [u.missing for u in nowhere.unfinished] == [("total elapsed time (field 16)",)]
    nothing = read(FPL + "(CHG-MEDIC1-UKLL0900-UKKK-DOF/260101)")
    assert (nothing.rejects.counts, nothing.rejects.repairs) == ({"field": 1}, {})


def test_a_delay_on_the_way_is_a_stay_at_its_point() -> None:
    def stay_s(more: str, route: str = "LIV DCT") -> float:
        plan = one(FPL.replace("STS/", f"{more} STS/").replace("LIV DCT", route))
        at = [w.t_s for w in plan.waypoints if (w.lat_deg, w.lon_deg) == (50.0, 25.0)]
        assert plan.notes == (("delay_not_taken",) if more.startswith("DLE/DUB") else ())
        return at[-1] - at[0]

    assert stay_s("DLE/LIV0030") == pytest.approx(1800.0)
    assert stay_s("DLE/LIV0020", "LIV STAY1/0010 DCT") == pytest.approx(1800.0)
    assert stay_s("DLE/DUB0030") == stay_s("DLE/DUB LIV0060") == 0.0


def test_of_two_flights_of_a_name_a_message_is_of_the_nearer_in_time() -> None:
    later = FPL.replace("UKLL0900", "UKLL1500")
    out = read(FPL + later + "(DLA-MEDIC1-UKLL1530-UKKK-DOF/260101)")
    assert [(p.flight_id, p.waypoints[0].t_s) for p in out.plans] == [
        ("MEDIC1", utc_s(2026, 1, 1, 9)),
        ("MEDIC1#2", utc_s(2026, 1, 1, 15, 30)),
    ]


def test_without_a_date_it_is_the_cases_day() -> None:
    start = utc_s(2026, 3, 5, 22)
    plan = one(FPL.replace("DOF/260101 ", "").replace("UKLL0900", "UKLL0010"), start_s=start, end_s=start + 5 * 3600)
    assert plan.waypoints[0].t_s == utc_s(2026, 3, 6, 0, 10)


def test_a_place_that_is_given_in_other_information() -> None:
    text = FPL.replace("UKLL0900", "ZZZZ0900").replace("DOF/", "DEP/4950N02400E DOF/")
    plan = one(text, options={"ground_hae_m": 250.0})
    assert plan.waypoints[0][1:] == (pytest.approx(49.8333, abs=1e-4), 24.0, 250.0)


def test_what_is_missing_is_said() -> None:
    text = "(FPL-XYZ1-IS -B738/M-S/S -ZZZZ1000 -N0440VFR UL15 DUB DUB180040 -EPWA -0)"
    (lost,) = read(text).unfinished
    assert lost.flight_id == "XYZ1" and lost.missing == (
        "date and off-block time (field 13, DOF)",
        "total elapsed time (field 16)",
        "way UL15",
        "point DUB",
        "point by bearing DUB180040",
        "place of ZZZZ (DEP/)",
        "height of the ground at ZZZZ",
        "place of EPWA",
        "height of the ground at EPWA",
    )
    (lost,) = read(FPL.replace("A050", "VFR")).unfinished
    assert lost.missing == ("level (VFR): give hae_m",)
    assert one(FPL.replace("A050", "VFR"), options={"hae_m": 700.0}).waypoints[2].hae_m <= 700.0


def test_a_filed_time_unlike_the_speed_is_noted() -> None:
    assert one(FPL.replace("UKKK0230", "UKKK0800")).notes == ("eet_unlike_speed",)
    stay = one(FPL.replace("LIV DCT", "LIV STAY1/0300 DCT").replace("UKKK0230", "UKKK0500"))
    at = [w.t_s for w in stay.waypoints if (w.lat_deg, w.lon_deg) == (50.0, 25.0)]
    assert stay.notes == () and at[-1] - at[0] == pytest.approx(3 * 3600.0)


_word = st.sampled_from(
    [
        "(FPL-",
        "(DLA-",
        "(CNL-",
        "(CHG-",
        "(DEP-",
        "(ARR-",
        "MEDIC1",
        "-VG",
        "-EC35/L",
        "-S/S",
        "-UKLL0900",
        "-UKKK0230",
        "-N0120A050 ",
        "LIV ",
        "5010N02700E ",
        "UL15 ",
        "STAY1/0100 ",
        "LIV/N0130F100 ",
        "-DOF/260101",
        " STS/MEDEVAC",
        " EET/LIV0010",
        "-0)",
        ")",
        "-",
        "\n",
        "-15/N0120VFR",
        "-16/UKLL",
        " DLE/LIV0010",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_word, max_size=25).map("".join).map(str.encode)
    | st.binary(max_size=60)
    | st.lists(
        st.sampled_from([" LIV", " 5010N02700E", "/N0130F100", " STAY1/0200", " DCT", " 48N028E"]), max_size=6
    ).map(lambda r: FPL.replace(" LIV DCT 5010N02700E", "".join(r)).encode())
)
def test_any_text_gives_plans_unfinished_ones_or_counts(data: bytes) -> None:
    out = icao_fpl(data, PlanContext(points=POINTS, geoid_m=0.0))
    for plan in out.plans:
        times = [w.t_s for w in plan.waypoints]
        assert times == sorted(times) and all(math.isfinite(v) for w in plan.waypoints for v in w)
        assert plan.waypoints[-1].hae_m == pytest.approx(POINTS["UKKK"].hae_m)
    n_flights = sum(m.kind == "FPL" for m in split(data.decode("utf-8", "replace"))[0])
    assert len(out.plans) + len(out.unfinished) <= n_flights
