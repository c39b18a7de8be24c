"""The wire schema: what is packed is what is unpacked, and the documents say the same."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from flightward.model import Hazard, Integrity, Kind, Level, Option, PlanState, TrackStatus
from flightward.web import wire

ROOT = Path(__file__).resolve().parents[2]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wire_doc", ROOT / "tools" / "wire_doc.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_table_comes_back_as_it_went() -> None:
    table = {"is_live": [1, 0], "age_s": [0.5, np.nan], "n_reports": [7, 0]}
    packed = wire.pack_table("frame", "sensors", table)
    assert packed["is_live"] == b"\x01\x00"
    assert np.frombuffer(packed["n_reports"], "<i4").tolist() == [7, 0]
    assert np.isnan(np.frombuffer(packed["age_s"], "<f4")[1])


def test_a_column_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        wire.pack_table("frame", "sensors", {"is_live": [], "age_s": [], "n_reports": [], "colour": []})


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(KeyError):
        wire.pack_table("frame", "sensors", {"is_live": []})


def test_a_message_without_one_of_its_tables_is_refused() -> None:
    with pytest.raises(KeyError, match="cells"):
        wire.pack("forecast", {"issued_s": 1.0}, {"horizons": {}, "chances": {}})


@hypothesis.given(st.lists(st.tuples(st.floats(width=32), st.integers(-1, 1), st.integers(-(2**31), 2**31 - 1))))
def test_any_numbers_survive(rows: list[tuple[float, int, int]]) -> None:
    age, live, n = ([r[k] for r in rows] for k in range(3))
    packed = wire.pack_table("frame", "sensors", {"is_live": live, "age_s": age, "n_reports": n})
    np.testing.assert_array_equal(np.frombuffer(packed["age_s"], "<f4"), np.array(age, "<f4"))
    assert np.frombuffer(packed["is_live"], "i1").tolist() == live
    assert np.frombuffer(packed["n_reports"], "<i4").tolist() == n


def test_the_document_is_that_of_the_schema() -> None:
    assert (ROOT / "docs" / "wire.md").read_text() == _tool().document(), "run python tools/wire_doc.py"


def test_every_name_carries_its_unit() -> None:
    suffix = {"m": "_m", "s": "_s", "deg": "_deg", "rad": "_rad", "m/s": "_mps", "1/min": "_per_min"}
    for tables in (wire.SETUP, wire.FRAME, wire.FORECAST):
        for columns in tables.values():
            for column in columns:
                assert column.name.endswith(suffix.get(column.unit, "")), column


def test_the_page_reads_every_column_and_no_other() -> None:
    source = (ROOT / "frontend" / "src" / "wire.ts").read_text()
    for tables in (wire.SETUP, wire.FRAME, wire.FORECAST):
        for table, columns in tables.items():
            found = [set(re.findall(r"(\w+):", body)) for body in re.findall(rf"\b{table}: \{{(.*?)\}}", source, re.S)]
            assert {c.name for c in columns} in found, table


@pytest.mark.parametrize("codes", [Level, Kind, Hazard, Option, Integrity, PlanState, TrackStatus])
def test_the_page_knows_the_codes_of_the_model(codes: Any) -> None:
    source = (ROOT / "frontend" / "src" / "codes.ts").read_text()
    found = re.search(rf"const {codes.__name__} = (\{{.*?\}})", source)
    assert found is not None
    words = json.loads(re.sub(r"(\w+):", r'"\1":', found.group(1)))
    assert words == {member.name: member.value for member in codes}
