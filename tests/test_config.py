"""Settings: every change is checked, every refusal names its key."""

from __future__ import annotations

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
    ],
)
def test_a_bad_setting_stops_the_start_with_its_key(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Config().changed(settings, where="case.toml")


def test_the_page_of_settings_is_that_of_the_settings() -> None:
    import runpy
    from pathlib import Path

    tool = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "settings_doc.py"))
    assert tool["TARGET"].read_text() == tool["page"](), "run: python tools/settings_doc.py"
