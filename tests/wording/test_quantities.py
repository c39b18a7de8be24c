"""SI numbers as people read them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from flightward.wording import quantities as q


def test_times_are_utc_and_deadlines_are_rounded_down() -> None:
    assert q.utc_hms(1_726_563_891.0) == "09:04:51"
    assert q.utc_hm(1_726_563_899.9) == "09:04"
    assert q.zulu(1_726_563_899.9) == "0904Z"


def test_durations() -> None:
    assert q.duration(45.2) == "45 s"
    assert q.duration(250.0) == "4 min 10 s"
    assert q.duration(240.0) == "4 min"
    assert q.duration(3900.0, "uk") == "1 год 05 хв"
    assert q.minutes(119.0) == "1 min 50 s"
    assert q.minutes(779.0) == "12 min"
    assert q.minutes(-3.0) == "0 s"


def test_distances_heights_and_speeds_are_in_miles_feet_and_knots() -> None:
    assert q.distance(1852.0) == "1.0 NM"
    assert q.distance(210_000.0) == "113 NM"
    assert q.distance(1852.0, "uk") == "1,0 мор. миль"
    assert q.height(304.8) == "1,000 ft"
    assert q.height(91.44) == "300 ft"
    assert q.speed(26.7511111) == "52 kt"


def test_the_page_says_kilometres_and_metres_too() -> None:
    shown = [q.km(m) for m in (104.0, 994.0, 996.0, 1_540.0, 12_300.0)]
    assert shown == ["100 m", "990 m", "1.0 km", "1.5 km", "12 km"]
    assert q.km(1_540.0, "uk") == "1,5 км"
    assert q.distance_both(1_852.0) == "1.0 NM (1.9 km)"
    assert q.distance_both(1_852.0, "uk") == "1,9 км (1,0 мор. миль)"
    assert q.height_both(1_500.0) == "4,900 ft (1,500 m)"
    assert q.height_both(1_500.0, "uk") == "1 500 м (4 900 фт)"
    assert [q.km(math.nan), q.metres(math.inf)] == ["unknown", "unknown"]


def test_no_chance_in_per_cent_is_bare_nothing_or_all() -> None:
    shown = [q.percent(p) for p in (0.0, 1e-9, 2.4e-5, 0.0024, 0.5, 0.9999, 1.0)]
    assert shown == ["<0.0001 %", "<0.0001 %", "0.0024 %", "0.2 %", "50 %", ">99.9 %", ">99.9 %"]
    assert q.percent(0.0024, "uk") == "0,2 %"
    assert q.percent(math.nan) == "unknown"


def test_hostile_drones_have_their_ukrainian_forms() -> None:
    assert [q.hostile_drones(n, "uk") for n in (1, 3, 5, 11, 21, 112)] == [
        "1 ворожий дрон", "3 ворожі дрони", "5 ворожих дронів", "11 ворожих дронів", "21 ворожий дрон",
        "112 ворожих дронів",
    ]  # fmt: skip
    assert [q.hostile_drones(n) for n in (1, 2)] == ["1 hostile drone", "2 hostile drones"]


def test_courses_have_three_digits_and_north_is_360() -> None:
    assert [q.course(math.radians(d)) for d in (0.0, 5.0, 240.0, 359.9)] == ["360°", "005°", "240°", "360°"]


def test_an_unknown_chance_is_called_unknown_and_none_is_ever_0_or_1() -> None:
    assert q.chance(math.nan) == "unknown"
    assert (q.chance(0.0), q.chance(1.0), q.chance(0.624)) == ("<0.01", ">0.99", "0.62")
    assert q.chance(0.5, "uk") == "0,50"


def test_ukrainian_counts_take_their_forms() -> None:
    said = [q.drones(n, "uk") for n in (1, 2, 5, 11, 12, 21, 23, 41, 111)]
    assert said == [
        "1 дрон",
        "2 дрони",
        "5 дронів",
        "11 дронів",
        "12 дронів",
        "21 дрон",
        "23 дрони",
        "41 дрон",
        "111 дронів",
    ]


def test_lists() -> None:
    assert q.listed(["a"]) == "a"
    assert q.listed(["a", "b"]) == "a and b"
    assert q.listed(["a", "b", "c"]) == "a, b and c"
    assert q.listed(["a", "b", "c", "d", "e"]) == "a, b and 3 more"


@given(st.floats(-1e6, 1e6))
def test_a_duration_is_never_shown_longer_than_it_is_by_more_than_half_a_second(dt_s: float) -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    words = q.duration(dt_s).split()
    shown = sum(int(n) * units[u] for n, u in zip(words[::2], words[1::2], strict=True))
    assert shown <= abs(dt_s) + 0.5
    assert shown > abs(dt_s) - 60.5
