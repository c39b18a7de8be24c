"""The commands as a person types them: help, errors that say what to do, and the whole way on the small day."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest


def flightward(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flightward.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=500, check=False)


def test_help_names_every_command_that_works() -> None:
    done = flightward("--help")
    assert done.returncode == 0
    for name in ("demo", "run", "replay", "review", "reviews", "simulate", "score", "smooth", "trials", "inspect",
                 "watch", "doctor"):  # fmt: skip
        assert name in done.stdout
    assert "│ plan " not in done.stdout


def test_the_built_in_days_are_named() -> None:
    done = flightward("demo", "--list")
    assert done.returncode == 0
    assert "border-raid" in done.stdout
    assert "lviv-2024-09-17" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "no-such-case", "--out", "x"), "neither a folder nor a built-in day"),
        (("demo", "no-such-day"), "is not a built-in day"),
        (("replay", "nothing.mcap"), "nothing.mcap"),
        (("score", ".", "."), "case.toml"),
        (("simulate", "standard", "--habits", "plain,loop", "--out", "x"), "loop"),
        (("trials", "--days", "1", "--out", "x", "--engine", "ray"), "process, process:N"),
        (("trials", "--days", "1", "--out", "x", "--set", "threats.caution_p"), "STAGE.NAME=NUMBER"),
        (("reviews", ".", "--out", "x"), "no recording"),
        (("smooth", "nothing.mcap", "--out", "x.parquet"), "nothing.mcap"),
        (("simulate", "day.toml", "--habits", "plain", "--out", "x"), "with `standard` only"),
        (("simulate", "standard", "--out", "afile"), "afile: is not an empty folder"),
        (("simulate", ".", "--out", "x"), "Is a directory"),
        (("run", ".", "--out", "x", "--seed", "3"), "--seed: is for built-in days that are simulated"),
        (("demo", "lviv-2024-09-17", "--seed", "3"), "a real day"),
        (("demo", "--speed", "nan"), "--speed: must be a number"),
        (("export", "nothing.mcap", "--out", "x", "--every", "nan"), "every_s: must be a number"),
        (("review", ".", "--flight", "F", "--out", "x", "--case", "none"), "none: holds no case.toml"),
        (("replay", "nothing.mcap", "--speed", "-1"), "--speed: must be a number"),
    ],
)
def test_an_error_is_one_line_that_says_what_is_wrong(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "afile").write_text("")
    done = flightward(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_standard_day_of_chosen_habits_is_drawn(tmp_path: Path) -> None:
    done = flightward("simulate", "standard", "--seed", "3", "--habits", "split, turn", "--out", tmp_path / "day")
    assert done.returncode == 0, done.stderr
    assert 'name = "standard day 3"' in (tmp_path / "day" / "case.toml").read_text()


def test_a_bad_key_in_a_case_is_named_with_its_file(small_case: Path, tmp_path: Path) -> None:
    text = (small_case / "case.toml").read_text().replace("radius_m = 120000.0", 'radius_m = "wide"')
    bad = shutil.copytree(small_case, tmp_path / "bad")
    (bad / "case.toml").write_text(text)
    done = flightward("run", bad, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "case.toml" in done.stderr
    assert "radius_m" in done.stderr


def test_score_replay_and_review_follow_a_run(small_run: tuple[Path, Path], tmp_path: Path) -> None:
    case, out = small_run
    scored = flightward("score", case, out, "--json", tmp_path / "score.json")
    assert scored.returncode == 0, scored.stderr
    assert {f["flight_id"] for f in json.loads((tmp_path / "score.json").read_text())["flights"]} == {"HEMS1", "HEMS2"}
    replayed = flightward("replay", out / "recording.mcap", "--out", tmp_path / "replayed")
    assert replayed.returncode == 0, replayed.stderr
    assert (tmp_path / "replayed" / "tracks.parquet").read_bytes() == (out / "tracks.parquet").read_bytes()
    reviewed = flightward("review", out / "recording.mcap", "--flight", "HEMS1", "--out", tmp_path / "review")
    assert reviewed.returncode == 0, reviewed.stderr
    page = next((tmp_path / "review").glob("*.html")).read_text()
    assert "SIMULATED" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_first_run_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from flightward.cli import show
    from flightward.kernels import caught

    class Cold:
        cache_path = str(tmp_path / "kernels")

    said: list[str] = []
    monkeypatch.setattr(show.console, "print", said.append)
    monkeypatch.setattr(caught, "caught", SimpleNamespace(_cache=Cold(), py_func=SimpleNamespace(__name__="caught")))
    show.say_if_first()
    (tmp_path / "kernels").mkdir()  # Numba makes it when the kernel is imported: nothing is compiled yet
    show.say_if_first()
    assert len(said) == 2
    (tmp_path / "kernels/caught.caught-124.py311.nbi").touch()
    show.say_if_first()
    assert len(said) == 2 and "compiled" in said[0]


def test_a_summary_is_told_as_people_read_it() -> None:
    from flightward.cli import show

    warning = {"warning_id": "W1", "site_id": None, "raised_s": 1_747_750_250.0, "p": 0.5}
    rows = show.flat({
        "start_s": 1_747_749_600.0, "wall_s": 12.5, "n": {"steps": 3}, "warnings": [warning, warning],
        "notes": ["a note"], "hashes": {"x": "y"}, "none": [], "many": list(range(9)),
    })  # fmt: skip
    told = "warning id W1, raised 2025-05-20 14:10:50 UTC, p 0.5"
    assert rows == [
        ("start_s", "2025-05-20 14:00:00 UTC"), ("wall_s", "12.5"), ("n.steps", "3"), ("warnings", told),
        ("warnings", told), ("notes", "a note"), ("many", "9 entries"),
    ]  # fmt: skip
