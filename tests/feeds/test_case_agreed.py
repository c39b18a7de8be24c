"""[[window]] and [[minimum]]: what an authority has declared is read as it stands; what is wrong is said."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from feedkit import CASE, FLIGHT, write_case
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.feeds import read_case
from flightward.model import Setup
from flightward.record.setups import setup_bytes, setup_from

WINDOW = """
[[window]]
id = "w1"
zone = "zone-1"
from_s = 1200.0
to_s = 1800
published_s = 1000
categories = ["medical"]
source = "Area control, phone, 25 May"
"""
MINIMUM = """
[[minimum]]
id = "msa-north"
polygon = [[24.0, 50.0], [24.5, 50.0], [24.5, 50.5]]
minimum = "2300FT AMSL"
source = "AIP, AD 2, MSA"
"""


def setup_of(folder: Path, more: str, case: str = CASE) -> Setup:
    return read_case(write_case(folder, case + more)).setup


def test_a_window_is_for_the_flights_of_its_categories(tmp_path: Path) -> None:
    setup = setup_of(tmp_path / "c", WINDOW)
    w, names = setup.agreed, setup.names
    assert [c.tolist() for c in (w.zone, w.from_s, w.to_s, w.published_s)] == [[0], [1200], [1800], [1000]]
    assert (w.flight.tolist(), names.text(int(w.name[0])), names.text(int(w.source[0]))) == (
        [0], "w1", "Area control, phone, 25 May"
    )
    named = setup_of(tmp_path / "d", WINDOW.replace('categories = ["medical"]', 'flights = ["F1"]'))
    assert named.agreed.flight.tolist() == [0]


def test_a_window_is_known_from_when_it_was_published_or_else_from_its_begin(tmp_path: Path) -> None:
    setup = setup_of(tmp_path / "c", WINDOW)
    rows = [setup.agreed.rows_of(0, 0, t) for t in (999.0, 1000.0, 1799.0, 1800.0)]
    assert rows == [[], [0], [0], []]
    assert setup.agreed.rows_of(1, 0, 1500.0) == setup.agreed.rows_of(0, 1, 1500.0) == []
    late = setup_of(tmp_path / "d", WINDOW.replace("published_s = 1000\n", ""))
    assert [late.agreed.rows_of(0, 0, t) for t in (1199.0, 1200.0)] == [[], [0]]


def test_a_category_that_nobody_has_lets_nobody_through(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path / "c", CASE + WINDOW.replace("medical", "royal")))
    assert case.setup.agreed.flight.tolist() == []
    assert [n for n in case.notes if "royal" in n] == ["window: category 'royal' is unknown and lets nobody through"]
    assert "window: is for no flight of this case and is not used" in case.notes


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('zone = "zone-1"', 'zone = "zone-9"', "window 1: zone: is not a zone of case.toml"),
        ("to_s = 1800", "to_s = 1200", "window 1: to_s: must be after from_s"),
        ("to_s = 1800\n", "", "window 1: to_s: is missing"),
        ("published_s = 1000", "published_s = 1800", "window 1: published_s: must be before to_s"),
        ('categories = ["medical"]', "", "window 1: flights: is missing; say for whom"),
        ('categories = ["medical"]', 'flights = ["F9"]', "window 1: flights: names 'F9', which is not a protected"),
        ('source = "Area control, phone, 25 May"', "", "window 1: source: is missing"),
        ('id = "w1"', "", "window 1: id: is missing"),
    ],
)
def test_what_is_wrong_with_a_window_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        setup_of(tmp_path / "c", WINDOW.replace(old, new))
    assert said in str(error.value)


def test_nobody_can_be_let_through_an_alert(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nobody can be let; must be one that is closed, geo, defended"):
        setup_of(tmp_path / "c", WINDOW, CASE.replace('kind = "defended"', 'kind = "alert"'))


def test_a_minimum_height_is_taken_at_its_highest(tmp_path: Path) -> None:
    unknown = setup_of(tmp_path / "a", MINIMUM).minima
    assert unknown.minimum_m.tolist() == [pytest.approx(2_300 * 0.3048 + 86.0)]  # the geoid is nowhere above 86 m
    known = setup_of(tmp_path / "b", MINIMUM, CASE.replace("radius_m = 200000", "radius_m = 200000\ngeoid_m = 31.0"))
    assert known.minima.minimum_m.tolist() == [pytest.approx(2_300 * 0.3048 + 31.0)]
    plain = setup_of(tmp_path / "c", MINIMUM.replace('minimum = "2300FT AMSL"', "minimum_m = 740"))
    assert plain.minima.minimum_m.tolist() == [740.0] and len(plain.minima.e_m) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('minimum = "2300FT AMSL"', "", "minimum 1: minimum: is needed, or minimum_m"),
        ('minimum = "2300FT AMSL"', 'minimum = "high"', "minimum 1: minimum: must be a height and what it is above"),
        ('minimum = "2300FT AMSL"', 'minimum = "2300"', "minimum 1: minimum: must be a height and what it is above"),
        ('minimum = "2300FT AMSL"', "minimum_m = 30000", "minimum 1: minimum_m: must be from -500 to 20000"),
        ("polygon = [[24.0, 50.0], [24.5, 50.0], [24.5, 50.5]]", "", "minimum 1: polygon: must have three corners"),
        ('source = "AIP, AD 2, MSA"', "", "minimum 1: source: is missing"),
    ],
)
def test_what_is_wrong_with_a_minimum_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        setup_of(tmp_path / "c", MINIMUM.replace(old, new))
    assert said in str(error.value)


def test_a_recording_keeps_both_and_an_older_one_has_none(tmp_path: Path) -> None:
    setup = setup_of(tmp_path / "c", WINDOW + MINIMUM)
    again = setup_from(setup_bytes(setup, (), len(setup.names)))
    for name in ("agreed", "minima"):
        a, b = getattr(setup, name), getattr(again, name)
        assert len(b) == 1
        assert all((getattr(a, f) == getattr(b, f)).all() for f in a.__dataclass_fields__ if f != "published_s")
    import msgspec

    values = msgspec.msgpack.decode(setup_bytes(setup, (), len(setup.names)))
    del values["agreed"], values["minima"]
    older = setup_from(msgspec.msgpack.encode(values))
    assert (len(older.agreed), len(older.minima)) == (0, 0)


@given(
    st.fixed_dictionaries({
        k: st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=4), st.booleans())
        for k in ("zone", "from_s", "to_s", "published_s", "source", "flights", "minimum", "minimum_m", "polygon")
    })
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_table_is_read_or_bad_input(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]) -> None:
    from flightward.feeds.case import agreed
    from flightward.feeds.case.fields import Fields, Notes
    from flightward.feeds.declared.levels import Datum

    setup = read_case(write_case(tmp_path_factory.mktemp("c") / "c", flights=[FLIGHT])).setup
    for read in (
        lambda t: agreed.agreed([t], setup.zones, setup.flights, setup.names),
        lambda t: agreed.minima([t], setup.frame, setup.names, Datum()),
    ):
        table = Fields({"id": "x", **{k: v for k, v in values.items() if v is not None}}, "case.toml", "x", Notes())
        try:
            read(table)
        except BadInput as error:
            assert str(error)
    assert math.isfinite(setup.radius_m)
