"""A case is read as it stands; what is wrong with it is said with file, key and value."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import CASE, FLIGHT, write_case
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.feeds import read_case
from flightward.feeds.case.read import setup_of
from flightward.model import NONE, Category, ReportBatch, SensorKind, ZoneKind, columns


def test_the_setup_holds_what_the_files_say(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c"))
    setup, names = case.setup, case.setup.names
    assert (setup.title, setup.start_s, setup.end_s, setup.is_simulated) == ("small", 1000.5, 1010.5, True)
    assert math.isnan(setup.qnh_hpa) and setup.geoid_m == 0.0
    assert setup.sensors.kind[0] == SensorKind.RADAR and setup.sensors.max_range_m[0] == 90_000.0
    assert np.isnan(setup.sensors.p_detect[0])
    assert [abs(v) < 1e-6 for v in (setup.sensors.e_m[0], setup.sensors.n_m[0])] == [True, True]
    assert [names.text(int(k)) for k in setup.sites.service] == ["medical", "fuel"] and setup.sites.capacity[0] == 2
    zone = setup.zones
    assert zone.kind[0] == ZoneKind.DEFENDED and (zone.floor_m[0], zone.ceiling_m[0]) == (-np.inf, np.inf)
    assert len(zone.e_m) == 3, "a closing corner is dropped"
    assert zone.exempt_mask[0] == (1 << Category.MEDICAL) | (1 << Category.STATE)
    assert zone.from_s.tolist() == [900.0, 3000.0] and np.isnan(zone.to_s[1]) and np.isnan(zone.published_s).all()
    flight = setup.flights
    assert flight.category[0] == Category.MEDICAL and flight.endurance_s[0] == 5400.0 and np.isnan(flight.fuel_kg[0])
    assert flight.alternate.tolist() == [0] and flight.wp_t_s.tolist() == [1000.0, 1600.0]
    assert names.text(int(flight.identity[0])) == "abc123"


def test_inboxes_are_whole_seconds_by_time_of_arrival(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c"))
    seen: list[tuple[int, int]] = []
    boxes = list(case.inboxes(lambda done, total: seen.append((done, total))))
    assert [b.t_s for b in boxes] == [1001.0 + k for k in range(10)]
    assert [len(b.reports) for b in boxes] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert boxes[0].reports.seq.tolist() == [0, 1], "what came before the first second is in the first"
    assert [b.n_rejected for b in boxes] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert seen[-1] == (10, 10)
    assert "rows received after the end of the case are not used" in case.notes
    assert case.rejected == {"reports: latitude": 1}
    identity = boxes[0].reports.identity
    assert identity[0] == identity[1] == case.setup.flights.identity[0], "one aircraft, however it is written"
    assert set(case.hashes) == {"case.toml", "flights.json", "feeds/reports.csv"}


def test_inboxes_are_the_same_batches_as_taken_rows(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c"))
    whole = case.rows()[0].reports
    first = 0
    for box in case.inboxes():
        want = whole.take(np.arange(first, first + len(box.reports)))
        for field in columns(ReportBatch):
            got = getattr(box.reports, field.name)
            np.testing.assert_array_equal(got, getattr(want, field.name))
            assert not got.flags.writeable and got.flags.c_contiguous
        first += len(box.reports)


def test_thresholds_change_the_settings(tmp_path: Path) -> None:
    changes = "[thresholds]\ncaught_n = 2\n[thresholds.threats]\ncaution_p = 0.3\n"
    case = read_case(write_case(tmp_path / "c", CASE + changes))
    assert case.config.caught.caught_n == 2 and case.config.threats.caution_p == 0.3


def test_unknown_keys_are_noted_and_counted(tmp_path: Path) -> None:
    text = CASE.replace('kind = "radar"', 'kind = "radar"\ncolour = "red"')
    case = read_case(write_case(tmp_path / "c", "weather = 1\n" + text, [{**FLIGHT, "pilot": "x"}]))
    assert "sensor: unknown key 'colour' is not used" in case.notes
    assert {"case: unknown key 'weather' is not used", "flight: unknown key 'pilot' is not used"} <= set(case.notes)


BAD_TOML = [
    ("end_s = 1010.5", "end_s = 900", "end_s"),
    ("radius_m = 200000", "", "radius_m"),
    ("radius_m = 200000", "radius_m = 120.0", "radius_m: must be 1000 or more: is it in metres\\?"),
    ("start_s = 1000.5\nend_s = 1010.5", "start_s = 0\nend_s = 1779268000", "end_s: must be within 14 days"),
    ("lat_deg = 50\n", "lat_deg = 'north'\n", "lat_deg"),
    ("lat_deg = 50\n", "lat_deg = 91\n", "lat_deg"),
    ('kind = "radar"', 'kind = "sonar"', "kind"),
    ("max_range_m = 90000.0", "max_range_m = -1", "max_range_m"),
    ("max_range_m = 90000.0", "max_range_m = inf", "max_range_m"),
    ('services = ["medical", "fuel"]', "services = [1]", "services"),
    ("[24.1, 50.0], [24.1, 50.1], ", "", "polygon"),
    ("[24.1, 50.1]", "[24.1]", "polygon"),
    ("to_s = 2000.0", "to_s = 800", "to_s"),
    ('format = "reports-csv"', 'format = "morse"', "format"),
    ('file = "feeds/reports.csv"', 'file = "../../etc/passwd"', "file"),
    ('file = "feeds/reports.csv"', 'file = "feeds/none.csv"', "file"),
    ("[[feed]]", "[thresholds]\ncaught_m = 1\n[[feed]]", "caught_m"),
    ('id = "site-1"', 'id = ""', "id"),
]


@pytest.mark.parametrize(("old", "new", "key"), BAD_TOML)
def test_a_bad_value_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in CASE
    with pytest.raises(BadInput) as caught:
        read_case(write_case(tmp_path / "c", CASE.replace(old, new)))
    assert re.search(key, str(caught.value)) and ("case.toml" in str(caught.value) or caught.value.where)


BAD_FLIGHTS: list[tuple[Any, str]] = [
    ("[", "is not JSON"),
    ({}, "list of flights"),
    ([1], "flight 1"),
    ([{**FLIGHT, "flight_id": 7}], "flight_id"),
    ([FLIGHT, FLIGHT], "stands twice"),
    ([FLIGHT, {**FLIGHT, "flight_id": "F2", "icao24": "abc123"}], "icao24: stands in the flights F1 and F2"),
    ([{**FLIGHT, "callsign": "MEDIC\ud800"}], "callsign: holds half a character"),
    ([{**FLIGHT, "alternates": ["\ud800"]}], "alternates: holds half a character"),
    ([{**FLIGHT, "alternates": ["site-9"]}], "site-9"),
    ([{**FLIGHT, "waypoints": []}], "waypoints"),
    ([{**FLIGHT, "waypoints": FLIGHT["waypoints"][::-1]}], "waypoint 2"),
    ([{**FLIGHT, "waypoints": [{**FLIGHT["waypoints"][0], "t_s": None}]}], "t_s"),
]


def test_legs_of_one_aircraft_may_follow_each_other(tmp_path: Path) -> None:
    later = [{**w, "t_s": w["t_s"] + 7_200.0} for w in FLIGHT["waypoints"]]
    case = read_case(write_case(tmp_path / "c", flights=[FLIGHT, {**FLIGHT, "flight_id": "F2", "waypoints": later}]))
    assert len(case.setup.flights) == 2


@pytest.mark.parametrize(("flights", "said"), BAD_FLIGHTS)
def test_a_bad_flight_is_named(tmp_path: Path, flights: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read_case(write_case(tmp_path / "c", flights=flights))
    assert "flights.json" in str(caught.value)


def test_a_byte_order_mark_before_a_text_is_passed_over(tmp_path: Path) -> None:
    folder = write_case(tmp_path / "c", flights=[FLIGHT])
    for name in ("case.toml", "flights.json"):
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
    case = read_case(folder)
    kept = setup_of(case.texts["case.toml"], case.texts["flights.json"])
    assert len(case.setup.flights) == len(kept.flights) == 1
    assert case.hashes["flights.json"] == hashlib.sha256((folder / "flights.json").read_bytes()).hexdigest()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a folder"):
        read_case(tmp_path / "none")
    (write_case(tmp_path / "c") / "flights.json").unlink()
    with pytest.raises(BadInput, match=r"flights\.json"):
        read_case(tmp_path / "c")


def test_a_feed_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c", reports="a,b\n1,2\n"))
    with pytest.raises(BadInput, match=r"reports\.csv.*t_s"):
        next(case.inboxes())


def test_a_zone_without_windows_is_always_active_and_an_empty_list_never(tmp_path: Path) -> None:
    line = "active = [{from_s = 900, to_s = 2000.0}, {from_s = 3000}]\n"
    always = read_case(write_case(tmp_path / "a", CASE.replace(line, ""))).setup.zones
    never = read_case(write_case(tmp_path / "n", CASE.replace(line, "active = []\n"))).setup.zones
    assert always.active_at(1.0, 1.0).tolist() == [1] and never.active_at(1.0, 1.0).tolist() == [0]


def test_an_unknown_exempt_category_exempts_nobody(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c", CASE.replace('["medical", "state"]', '["navy"]')))
    assert case.setup.zones.exempt_mask[0] == 0 and any("navy" in note for note in case.notes)


def test_a_complete_day_of_another_simulator(shared_data: Path) -> None:
    case = read_case(shared_data / "cases/columns-999")
    assert len(case.setup.sensors) == 15 and len(case.setup.zones) == 2 and len(case.setup.flights) == 10
    boxes = list(case.inboxes())
    assert len(boxes) == 5401
    assert sum(len(b.reports) for b in boxes) + 13 == 236_908, "13 came after the end"
    assert case.rejected == {} and case.truth_path is not None
    seq = np.concatenate([b.reports.seq for b in boxes])
    np.testing.assert_array_equal(seq, np.arange(len(seq)))
    for box in boxes[1:]:
        assert (box.reports.t_rx_s <= box.t_s).all() and (box.reports.t_rx_s > box.t_s - 1.0).all()
    assert NONE not in boxes[100].reports.sensor


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(CASE)), st.integers(0, 60))
def test_any_case_text_gives_a_case_or_bad_input(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int, gap: int
) -> None:
    folder = write_case(tmp_path_factory.mktemp("fuzz") / "c")
    text = CASE.encode()
    (folder / "case.toml").write_bytes(text[:at] + junk + text[at + gap :])
    with contextlib.suppress(BadInput):
        list(read_case(folder).inboxes())


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FLIGHT, "t_s", "lat_deg"]), inner),
    max_leaves=8,
)


_flight = st.fixed_dictionaries({}, optional={k: _json | st.just(v) for k, v in FLIGHT.items()})


@settings(max_examples=150, deadline=None)
@given(st.lists(_json | _flight, max_size=2))
def test_any_flights_give_a_case_or_bad_input(tmp_path_factory: pytest.TempPathFactory, flights: Any) -> None:
    folder = write_case(tmp_path_factory.mktemp("fuzz") / "c", flights=flights)
    with contextlib.suppress(BadInput):
        list(read_case(folder).inboxes())
