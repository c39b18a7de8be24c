"""Settings: every change is checked, every refusal names its key."""

from __future__ import annotations

import dataclasses

import pytest

from flightward.config import Config
from flightward.errors import BadInput


def test_a_case_changes_settings_by_name_or_by_stage() -> None:
    got = Config().changed({"caught_n": 2, "threats": {"caution_p": 0.3}, "tracks.p_show": 0.4, "seed": 7})
    assert (got.caught.caught_n, got.threats.caution_p, got.tracks.p_show, got.seed) == (2, 0.3, 0.4, 7)
    assert Config().caught.caught_n == 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"caught_m": 2}, "caught_m: is not a setting"),
        ({"stale_s": 5}, "stands in several stages"),
        ({"caught_n": 2.5}, "whole number"),
        ({"caution_p": "high"}, "must be a number"),
        ({"caution_p": True}, "must be a number"),
        ({"delays_s": 5}, "list of numbers"),
        ({"caught_n": 0}, r"caught_n: must be from 1 to 64 \(got 0\)"),
        ({"caught_n": float("inf")}, "caught_n: must be from 1"),
        ({"threats": {"caution_p": float("nan")}}, r"threats.caution_p: must be from 0 to 1 \(got nan\)"),
        ({"blind_p": 0}, "blind_p: must be from 0.05"),
        ({"raid_radius_m": 0}, "raid_radius_m: must be from 1 "),
        ({"hold_s": float("inf")}, "hold_s: must be from 0 to 1000000000 "),
        ({"horizons_s": [60, -60]}, r"horizons_s: must be from 1 to 86400 \(got \[60, -60\]\)"),
        ({"horizons_s": []}, "horizons_s: must hold a number at least"),
        ({"cell_resolution": 99}, "cell_resolution: must be from 2 to 9"),
        ({"seed": -1}, "seed: must be from 0"),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_key(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Config().changed(settings, where="case.toml")


def test_every_default_is_within_its_bounds_and_both_bounds_are_allowed() -> None:
    for group in (getattr(Config(), f.name) for f in dataclasses.fields(Config) if f.name != "seed"):
        for field in dataclasses.fields(group):
            default, low, high = field.default, field.metadata["low"], field.metadata["high"]
            assert all(low <= v <= high for v in (default if isinstance(default, tuple) else (default,))), field.name
            for value in (default, low, high):
                wanted = [value] if isinstance(default, tuple) and value is not default else value
                Config().changed({f"{type(group).__name__.removesuffix('Config').lower()}.{field.name}": wanted})


def test_the_page_of_settings_is_that_of_the_settings() -> None:
    import runpy
    from pathlib import Path

    tool = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "settings_doc.py"))
    assert tool["TARGET"].read_text() == tool["page"](), "run: python tools/settings_doc.py"
