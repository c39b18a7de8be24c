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
