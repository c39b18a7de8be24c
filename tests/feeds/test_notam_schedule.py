"""Item D: days and times, the sun's times against published ones, a naive twin that asks minute by minute."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.feeds.declared import ZoneContext
from flightward.feeds.declared.sun import sun_times
from flightward.feeds.notam.schedule import WEEKDAYS, Unread, windows
from flightward.feeds.notam.validity import Validity, active

FROM, TO = datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, tzinfo=UTC)


def told(text: str, begin: datetime = FROM, end: datetime = TO) -> list[str]:
    """ "MMDD HHMM-MMDD HHMM" of each window."""
    spans, _ = windows(text, begin.timestamp(), end.timestamp(), None)
    form = "%m%d %H%M"
    times = [[datetime.fromtimestamp(t, UTC).strftime(form) for t in span] for span in spans]
    return [f"{a}-{b}" for a, b in times]


@pytest.mark.parametrize(
    ("text", "n", "first", "last"),
    [
        # November and December 2025: 1 November is a Saturday.
        ("DAILY 0700-1900", 61, "1101 0700-1101 1900", "1231 0700-1231 1900"),
        ("0700-1900", 61, "1101 0700-1101 1900", "1231 0700-1231 1900"),
        ("MON-FRI 0800-1700", 43, "1103 0800-1103 1700", "1231 0800-1231 1700"),
        ("MON-FRI 0700-1800, SAT-SUN 0800-1500", 61, "1101 0800-1101 1500", "1231 0700-1231 1800"),
        ("FRI-MON 0100-0200", 35, "1101 0100-1101 0200", "1229 0100-1229 0200"),
        ("NOV 24-30 DEC 04-07 11-14 18-24 27-30 1615-2230", 26, "1124 1615-1124 2230", "1230 1615-1230 2230"),
        ("NOV 18 21 27 DEC 04 0700-1900", 4, "1118 0700-1118 1900", "1204 0700-1204 1900"),
        ("19 NOV - 24 NOV 2130-0330, 25 NOV 2130-0430", 7, "1119 2130-1120 0330", "1125 2130-1126 0430"),
        ("NOV 25-DEC 02 0800-0900", 8, "1125 0800-1125 0900", "1202 0800-1202 0900"),
        ("03 05 2200-0500", 4, "1103 2200-1104 0500", "1205 2200-1206 0500"),
        ("0800-1200 1300-1700", 122, "1101 0800-1101 1200", "1231 1300-1231 1700"),
        ("DAILY EXC SAT SUN 0800-1600", 43, "1103 0800-1103 1600", "1231 0800-1231 1600"),
        ("0800-1600 EXC NOV 01-30", 31, "1201 0800-1201 1600", "1231 0800-1231 1600"),
        ("MON 0800-FRI 1700", 9, "1103 0800-1107 1700", "1229 0800-1231 2359"),
        ("NOV 26 0800-NOV 28 1700", 1, "1126 0800-1128 1700", "1126 0800-1128 1700"),
        ("H24", 1, "1101 0000-1231 2359", "1101 0000-1231 2359"),
        ("SAT SUN 0000-2359", 9, "1101 0000-1103 0000", "1227 0000-1229 0000"),
        ("24-26 0800-2000, 27 1400-0059, 28 0800-2000", 10, "1124 0800-1124 2000", "1228 0800-1228 2000"),
        ("MON AND WED 0800-0900", 18, "1103 0800-1103 0900", "1231 0800-1231 0900"),
        ("29 30 NOV 02 03 DEC 0800-1600", 4, "1129 0800-1129 1600", "1203 0800-1203 1600"),
        ("28 NOV 0800-1600, 02 03 DEC 0800-1600", 3, "1128 0800-1128 1600", "1203 0800-1203 1600"),
        ("29-30 NOV AND 02-05 DEC 0800-1600", 6, "1129 0800-1129 1600", "1205 0800-1205 1600"),
        ("29 30 02 03 DEC 0800-1600", 6, "1129 0800-1129 1600", "1230 0800-1230 1600"),
        ("NOV 24 0800-0900, 26 DEC 04 0800-0900", 3, "1124 0800-1124 0900", "1204 0800-1204 0900"),
        ("28 0800-02 DEC 1600", 3, "1101 0000-1102 1600", "1228 0800-1231 2359"),
    ],
)
def test_days_and_times(text: str, n: int, first: str, last: str) -> None:
    spans = told(text)
    assert (len(spans), spans[0], spans[-1]) == (n, first, last)


def test_a_day_lower_than_the_one_before_it_may_be_of_any_month() -> None:
    assert told("NOV 29 30 02 03 0800-1600") == [
        f"{d} 0800-{d} 1600" for d in ("1102", "1103", "1129", "1130", "1202", "1203")
    ]


@pytest.mark.parametrize(
    ("text", "day", "spans"),
    [
        # 1 June 2025 is a Sunday.
        ("MON 0700-FRI 1700", 5, ["0605 0000-0606 0000"]),
        ("MON 0600-THU 1800", 4, ["0604 0000-0605 0000"]),
        ("FRI 1500-MON 0500", 9, ["0609 0000-0609 0500"]),
        ("JUN 01 0800-JUN 10 1600", 5, ["0605 0000-0606 0000"]),
        ("01 0800-10 JUN 1600", 10, ["0610 0000-0610 1600"]),
        ("JUN 20 0800-JUN 08 1600", 5, ["0605 0000-0606 0000"]),
    ],
)
def test_what_began_days_before_still_goes_on(text: str, day: int, spans: list[str]) -> None:
    begin = datetime(2025, 6, day, tzinfo=UTC)
    assert told(text, begin, begin + timedelta(days=1)) == spans


def test_a_year_may_turn_within_a_range() -> None:
    spans = told("NOV 13-FEB 11 1600-2300", datetime(2025, 11, 11, tzinfo=UTC), datetime(2026, 2, 12, tzinfo=UTC))
    assert len(spans) == 18 + 31 + 31 + 11 and spans[0] == "1113 1600-1113 2300" and spans[-1] == "0211 1600-0211 2300"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BY ARRANGEMENT",
        "MON-FRI",
        "0800",
        "0860-0900",
        "2500-2600",
        "DAILY 0800",
        "NOV 32 0800-0900",
        "NOV 31 0800-0900",
        "MON-12 0800-0900",
        "EXC SAT",
        "0800-1600 EXC SAT 0900-1000",
        "EVERY 2ND WED 0800-1000",
        "H 0800",
        "MON FRI 0800-TUE 0900",
        "DAILY 0800-1600 EXC NOV 29 30 02",
        "MON 0800-FRI 1700 EXC MON",
        "MON EXC NOV 24 0800-FRI 1700",
        "0800-1700 LMT",
    ],
)
def test_what_does_not_read_is_not_guessed(text: str) -> None:
    with pytest.raises(Unread):
        told(text)
    if text:
        validity = Validity(FROM.timestamp(), TO.timestamp(), math.nan, frozenset())
        assert active(validity, text, (51.0, 0.0), ZoneContext()) == (
            [(FROM.timestamp(), TO.timestamp())],
            {"schedule_unread"},
        )


def test_holidays_count_as_active() -> None:
    spans, notes = windows("DAILY EXC HOL 0800-1600", FROM.timestamp(), TO.timestamp(), None)
    assert len(spans) == 61 and notes == {"schedule_holidays"}


@pytest.mark.parametrize(
    ("day", "lat", "lon", "rise", "sets"),
    [
        # As issuing offices put them into NOTAM for SR-SS (real bulletin of 2025-11-24: C6968, A6765 begin and end).
        ((2025, 11, 24), 52.337, -1.465, "0742", None),
        ((2025, 11, 25), 52.337, -1.465, None, "1601"),
        ((2025, 10, 17), 53.292, -2.755, "0642", None),
        ((2026, 1, 14), 53.292, -2.755, None, "1622"),
        # Equator at the equinox: day of 12 h 7 min about noon, the equation of time -7.5 min.
        ((2025, 3, 20), 0.0, 0.0, "0604", "1811"),
    ],
)
def test_the_suns_times(day: tuple[int, int, int], lat: float, lon: float, rise: str | None, sets: str | None) -> None:
    midnight = datetime(*day, tzinfo=UTC)
    found = sun_times(midnight.timestamp(), lat, lon)
    assert found is not None
    for value, text in zip(found, (rise, sets), strict=True):
        if text is not None:
            want = midnight + timedelta(hours=int(text[:2]), minutes=int(text[2:]))
            assert abs(value - want.timestamp()) < 180.0


def test_by_the_sun_is_widened_and_where_there_is_none_it_is_all_day() -> None:
    begin, end = datetime(2025, 11, 24, tzinfo=UTC).timestamp(), datetime(2025, 11, 25, tzinfo=UTC).timestamp()
    sun = sun_times(begin, 52.3, -1.5)
    assert sun is not None
    spans, _ = windows("SR MINUS30-SS PLUS30", begin, end, (52.3, -1.5))
    assert spans == [(pytest.approx(sun[0] - 2400.0), pytest.approx(sun[1] + 2400.0))]
    night, _ = windows("HN", begin, end, (52.3, -1.5))
    assert len(night) == 2 and night[0][0] == begin and night[1][1] == end
    assert sun_times(datetime(2025, 12, 21, tzinfo=UTC).timestamp(), 80.0, 20.0) is None
    assert windows("SR-SS", begin, end, (85.0, 0.0))[0] == [(begin, end)]


def test_without_an_end_in_sight_it_is_always_on_in_the_end() -> None:
    validity = Validity(FROM.timestamp(), math.nan, math.nan, frozenset())
    spans, notes = active(validity, "DAILY 0800-0900", (51.0, 0.0), ZoneContext())
    assert notes == {"schedule_long"} and math.isnan(spans[-1][1]) and spans[-1][0] == FROM.timestamp() + 400 * 86_400
    day = ZoneContext(start_s=FROM.timestamp() + 86_400 * 30, end_s=FROM.timestamp() + 86_400 * 31)
    spans, notes = active(validity, "DAILY 0800-0900", (51.0, 0.0), day)
    assert len(spans) == 3 and notes == set()


_clock = st.tuples(st.integers(0, 23), st.integers(0, 59))
_days = st.sets(st.integers(0, 6), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_days, _clock, _clock), min_size=1, max_size=3), st.integers(0, 20_000))
def test_minute_by_minute_it_is_on_when_a_twin_says_so(
    groups: list[tuple[set[int], tuple[int, int], tuple[int, int]]], probe: int
) -> None:
    text = ", ".join(
        f"{' '.join(WEEKDAYS[d] for d in sorted(days))} {a[0]:02}{a[1]:02}-{b[0]:02}{b[1]:02}" for days, a, b in groups
    )
    begin = datetime(2025, 11, 3, tzinfo=UTC)
    spans, _ = windows(text, begin.timestamp(), begin.timestamp() + 14 * 86_400, None)
    at = begin + timedelta(minutes=probe % (14 * 1440), seconds=30)

    def twin() -> bool:
        for days, a, b in groups:
            for back in (0, 1):
                day = at.date() - timedelta(days=back)
                first = datetime(day.year, day.month, day.day, *a, tzinfo=UTC)
                last = datetime(day.year, day.month, day.day, *b, tzinfo=UTC)
                last += timedelta(minutes=1) if b == (23, 59) else timedelta()
                last += timedelta(days=1) if last <= first else timedelta()
                if day.weekday() in days and first <= at < last:
                    return True
        return False

    assert any(a <= at.timestamp() < b for a, b in spans) == twin()


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("0123456789 -,MONFRISATHDECXLYUVJPQ./\n"), max_size=40))
def test_any_text_gives_windows_or_is_unread(text: str) -> None:
    try:
        spans, _ = windows(text, FROM.timestamp(), FROM.timestamp() + 5 * 86_400, (51.0, 0.0))
    except Unread:
        return
    assert all(FROM.timestamp() <= a < b <= FROM.timestamp() + 5 * 86_400 for a, b in spans)
    assert all(b1 < a2 for (_, b1), (a2, _) in itertools.pairwise(spans))
