"""The page about recordings names every channel and every field of a step."""

from __future__ import annotations

import json
from pathlib import Path

from flightward.model import TrackBatch, columns
from flightward.record.schema import BATCHES, STEP_SCHEMA, schema_text

DOCS = Path(__file__).parents[2] / "docs"


def test_every_channel_and_field_is_documented() -> None:
    text = (DOCS / "recording.md").read_text(encoding="utf-8")
    names = [*BATCHES, *[f["name"] for f in STEP_SCHEMA["fields"]]]  # type: ignore[index]
    assert [n for n in names if f"`{n}`" not in text] == []


def test_a_schema_tells_each_column_with_its_unit() -> None:
    schema = json.loads(schema_text(TrackBatch))
    assert [c["name"] for c in schema["columns"]] == [f.name for f in columns(TrackBatch)]
    assert next(c for c in schema["columns"] if c["name"] == "cov")["tail"] == [6, 6]
    assert schema["columns"][1] == {"name": "e_m", "dtype": "<f8", "unit": "m", "doc": "plane east"}
    assert schema["scalars"] == ["t_s"]
