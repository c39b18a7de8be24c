"""The data beside the page, what the page carries, two reviews side by side, and the command."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flightward.cli.app import app
from flightward.review import compare, review, story
from flightward.review.compare import figure_rows, setting_rows
from flightward.review.page.land import land
from flightward.review.page.pack import STEP_M, flat, packed, unpacked

START_S = 1_760_000_040.0


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_file_is_named_on_the_page_with_its_hash(day: Any) -> None:
    page = review(day.full().out, "F1", day.out / "r", case=day.case).read_text(encoding="utf-8")
    beside = sorted((day.out / "r" / "review-F1-data").iterdir())
    assert {"flight.csv", "distances.csv", "links.csv", "possible.csv", "drones.parquet"} <= {
        p.name for p in beside
    } | {
        "possible.csv"  # of the tables alone no report is known
    }
    for path in beside:
        assert f'href="review-F1-data/{path.name}"' in page
        assert hashlib.sha256(path.read_bytes()).hexdigest() in page


def test_the_distances_in_the_file_are_those_of_the_findings(day: Any) -> None:
    s = story(day.full().out, "F1", case=day.case)
    review(day.out, "F1", day.out / "r", case=day.case)
    rows = rows_of(day.out / "r" / "review-F1-data" / "distances.csv")
    assert len(rows) == len(s.f.best.t_s)
    caught = [r for r in rows if r["caught_by"]]
    assert float(caught[0]["t_s"]) == s.f.caught_s
    closest = s.f.best.closest()
    assert closest is not None
    assert float(rows[closest]["nearest_v_m"]) == pytest.approx(float(s.f.best.nearest_v_m[closest]), abs=0.06)
    links = {r["link"]: r for r in rows_of(day.out / "r" / "review-F1-data" / "links.csv")}
    assert float(links["caution"]["t_s"]) == START_S + 600
    assert links["told"]["t_s"] == ""  # unknown is empty, never 0


def test_the_drones_on_the_map_are_the_drones_in_the_file(day: Any) -> None:
    page = review(day.full().out, "F1", day.out / "r", case=day.case).read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    table = pq.read_table(day.out / "r" / "review-F1-data" / "drones.parquet").to_pydict()
    for d in data["truth"]:
        n = sum(
            1 for source, name in zip(table["source"], table["id"], strict=True) if (source, name) == ("truth", d["id"])
        )
        assert n == len(d["e"]) - d["e"].count(None)


def test_words_of_a_case_cannot_leave_the_pages_data(day: Any) -> None:
    toml = day.write().case / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"Hospital"', '"</script><b>x"'), encoding="utf-8")
    page = review(day.out, "F1", day.out / "r", case=day.case).read_text(encoding="utf-8")
    assert "</script><b>x" not in page
    assert page.count("</script>") == 2


@given(st.lists(st.one_of(st.none(), st.floats(-5e6, 5e6)), max_size=60))
def test_what_is_packed_comes_back_to_half_a_step(values: list[float | None]) -> None:
    array = np.array([np.nan if v is None else v for v in values])
    back = unpacked(packed(array))
    assert np.array_equal(np.isnan(back), np.isnan(array))
    assert np.all(np.abs(back - array)[~np.isnan(array)] <= STEP_M / 2 + 1e-6)


def test_a_flat_line_is_differences_of_whole_steps_without_what_is_unknown() -> None:
    assert flat(np.array([100.0, np.nan, 130.0]), np.array([0.0, 5.0, -20.0])) == [10, 0, 3, -2]


def test_the_base_map_is_cut_to_the_view(day: Any, tmp_path: Path) -> None:
    day.write()
    scene = story(day.out, "F1", case=day.case).f.evidence.scene
    line = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[0.0, 50.0], [40.0, 50.0]]}}
    (tmp_path / "borders.json").write_text(json.dumps(line))
    places = [
        {"geometry": {"coordinates": [x, 50.0]}, "properties": {"name": n, "pop": 5}}
        for x, n in ((20.1, "in"), (30.0, "out"))
    ]
    (tmp_path / "places.json").write_text(json.dumps({"features": places}))
    got = land(tmp_path, scene, (-50_000.0, -50_000.0, 50_000.0, 50_000.0))
    assert [p[0] for p in got["places"]] == ["in"]
    ends = np.cumsum(np.array(got["borders"][0]).reshape(-1, 2), axis=0) * STEP_M
    assert np.abs(ends[:, 0]).max() == pytest.approx(50_000.0, rel=0.02)
    assert land(tmp_path / "nothing", scene, (0.0, 0.0, 1.0, 1.0)) == {}


def test_two_reviews_differ_where_their_days_do(day: Any, tmp_path: Path) -> None:
    day.full()
    a = story(day.out, "F1", case=day.case)
    day.rows["threats"] = [r for r in day.rows["threats"] if r["t_s"] >= START_S + 700]
    b = story(day.write().out, "F1", case=day.case)
    rows = {r["what"]: r for r in figure_rows(a, b)}
    assert rows["lead time of the CAUTION"] == {
        "what": "lead time of the CAUTION", "a": "10 min 51 s", "b": "9 min 11 s", "d": "−1 min 40 s"
    }  # fmt: skip
    assert rows["caught at"]["a"] == rows["caught at"]["b"] == "09:14:51"
    assert setting_rows(a, b) == []
    page = compare(a, b, tmp_path).read_text(encoding="utf-8")
    assert "9 min 11 s" in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert not re.search(r"\bnan\b|None", re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL))


def test_a_flight_that_was_not_caught_can_be_compared_too(day: Any, tmp_path: Path) -> None:
    day.full()
    a = story(day.out, "F1", case=day.case, lang="uk")
    day.truth = [r for r in day.truth if r["object_id"] == "F1"]
    day.rows["tracks"] = [r for r in day.rows["tracks"] if r["identity"]]
    b = story(day.write().out, "F1", case=day.case, lang="uk")
    page = compare(a, b, tmp_path)
    assert page.name == "compare-F1-F1.uk.html"
    assert "не потрапив" in page.read_text(encoding="utf-8")


def test_the_command_writes_pages_and_compares(day: Any, tmp_path: Path) -> None:
    day.full()
    run = CliRunner().invoke
    one = [
        "review",
        str(day.out),
        "--flight",
        "F1",
        "--out",
        str(tmp_path / "one"),
        "--case",
        str(day.case),
        "--no-pdf",
    ]
    done = run(app, one)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "one" / "review-F1.html").is_file()
    assert run(app, [*one, "--lang", "uk"]).exit_code == 0
    assert (tmp_path / "one" / "review-F1.uk.html").is_file()
    two = ["review", "--compare", str(day.out), str(day.out), "--flight", "F1", "--out", str(tmp_path / "two")]
    done = run(app, [*two, "--case", str(day.case), "--no-pdf"])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "two" / "compare-F1-F1.html").read_text(encoding="utf-8")
    assert 'href="first/review-F1.html"' in page
    assert (tmp_path / "two" / "second" / "review-F1.html").is_file()
    alone = run(app, ["review", "--compare", str(day.out), "--flight", "F1", "--out", str(tmp_path)])
    assert alone.exit_code != 0
