"""`flightward inspect`: what a person sees of a feed file."""

from __future__ import annotations

import csv
from pathlib import Path

from typer.testing import CliRunner

from flightward.cli.app import app
from flightward.cli.inspect import _lines

SBS = (
    "MSG,4,1,1,4CA2D6,1,2024/10/04,12:00:00.000,2024/10/04,12:00:00.000,,,420.0,90.0,,,-64,,0,0,0,0\n"
    "MSG,3,1,1,4CA2D6,1,2024/10/04,12:00:00.500,2024/10/04,12:00:00.500,,37000,,,51.45735,-1.02826,,,0,0,0,0\n"
    "rubbish\n"
)


def shown(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["inspect", *map(str, arguments)], env={"COLUMNS": "300"})
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_the_help_shows_the_table_of_a_case_by_its_name() -> None:
    assert "An option of the [[feed]], as name=value" in " ".join(shown("--help")[1].replace("│", " ").split())


def test_a_file_is_named_shown_and_what_is_wrong_with_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "received.txt"
    file.write_text(SBS)
    code, text = shown(file)
    assert code == 0
    assert "received.txt: sbs, 2 reports, 2024-10-04 12:00:00.000 to 2024-10-04 12:00:00.500" in text
    for word in ("MSG 3: 1", "4ca2d6", "51.457350", "11277.6", "kept aside: line 1, as rubbish"):
        assert word in text
    # columns that hold nothing are not shown
    assert "range_m" not in text and "seq" not in text


def test_sensors_are_named(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("t_s,sensor_id,range_m,azimuth_rad\n1.0,radar-7,5000,1.0\n2.0,radar-9,5000,1.0\n")
    code, text = shown(file)
    assert code == 0 and "radar-7" in text and "radar-9" in text


def test_columns_that_do_not_fit_are_named() -> None:
    columns = {"a": ["1", "22"], "long": ["x", "y"], "c": ["3", "4"]}
    assert _lines(columns, 0) == [" a  long  c", " 1     x  3", "22     y  4"]
    assert _lines(columns, 6) == [" a", " 1", "22", "not shown: long, c"]


def test_all_rows_as_csv(tmp_path: Path) -> None:
    file = tmp_path / "received.txt"
    file.write_text(SBS)
    code, text = shown(file, "--csv", "--option", "utc_offset_s=3600")
    rows = list(csv.DictReader(text.splitlines()))
    assert code == 0 and len(rows) == 2
    assert rows[1]["lat_deg"] == "51.457350" and rows[1]["t_s"] == "2024-10-04 11:00:00.500"


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"hello")
    for arguments, words in (
        ((file,), "looks like none of"), ((tmp_path / "nothing",), "cannot be read"),
        ((file, "--format", "what"), "must be one of"), ((file, "--option", "x"), "name=value"),
    ):  # fmt: skip
        code, text = shown(*arguments)
        assert code != 0 and words in text
