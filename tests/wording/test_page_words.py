"""Every word of the review's page, in both languages; and no key of the page without words."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import flightward.review as review_package
from flightward.wording import LANGUAGES, say
from flightward.wording.page import TABLES

REVIEW = Path(review_package.__file__).parent
ROWS = [(name, key, row) for name, table in TABLES.items() for key, row in table.items()]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("table", "key", "row"), ROWS, ids=[k for _, k, _ in ROWS])
def test_a_row_says_the_same_in_every_language(table: str, key: str, row: dict) -> None:
    assert set(row) == set(LANGUAGES)
    assert all(row[lang].strip() for lang in LANGUAGES)
    assert fields(row["en"]) == fields(row["uk"])
    assert not any("\u0400" <= c <= "\u04ff" for c in row["en"])
    assert not set(row["uk"]) & set("ыэъёЫЭЪЁ")
    plain = re.sub(r"\{\w+\}|UTC|SHA-256|PDF|ADS-B|Flightward|Natural Earth|GeoNames|CC BY|p\b", "", row["uk"])
    assert not re.search(r"[A-Za-z]{2,}", plain), "an English word was left in the Ukrainian"


def test_no_key_stands_in_two_tables() -> None:
    keys = [key for _, key, _ in ROWS]
    assert len(keys) == len(set(keys))


def test_every_key_that_the_page_asks_for_has_words() -> None:
    known = {key for _, key, _ in ROWS}
    asked = set()
    for path in [*REVIEW.rglob("*.py"), *REVIEW.rglob("*.html")]:
        asked |= set(re.findall(r'\bsay\(\s*"([a-z0-9_]+)"', path.read_text(encoding="utf-8")))
    assert len(asked) > 150
    assert asked <= known


def test_words_that_no_page_asks_for_are_gone() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in [*REVIEW.rglob("*.py"), *REVIEW.rglob("*.html")])
    made = re.compile(r"\bknown_seen|(ev|link|can|pos|nth|m_path|f|close|loss|cause|chart)_")  # put together from parts
    unused = [key for _, key, _ in ROWS if not re.search(rf"[\"']{key}[\"']", text) and not made.match(key)]
    assert unused == []


def test_an_unknown_key_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("no_such_key")
