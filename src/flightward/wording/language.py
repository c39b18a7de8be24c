"""The languages that Flightward speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "uk"]
LANGUAGES: tuple[Language, ...] = ("en", "uk")

Text = Mapping[Language, str]
"""One wording in every language."""


def text(en: str, uk: str) -> dict[Language, str]:
    """One row of a wording table: both languages, so that none can be forgotten."""
    return {"en": en, "uk": uk}
