"""Every code has a row, and every row speaks both languages."""

from __future__ import annotations

import string

import pytest

from flightward.model import (
    Category,
    Hazard,
    Integrity,
    IntegrityReason,
    Kind,
    Level,
    Option,
    PlanState,
    Reason,
    SensorKind,
    TrackStatus,
    ZoneKind,
)
from flightward.wording import LANGUAGES, option_table, reason_table, simulation_label, word, words

TABLES = [
    (Level, words.LEVEL),
    (Hazard, words.HAZARD),
    (Option, words.OPTION),
    (Kind, words.KIND),
    (SensorKind, words.SENSOR_KIND),
    (ZoneKind, words.ZONE_KIND),
    (Category, words.CATEGORY),
    (Integrity, words.INTEGRITY),
    (IntegrityReason, words.INTEGRITY_REASON),
    (PlanState, words.PLAN_STATE),
    (TrackStatus, words.TRACK_STATUS),
    (Reason, reason_table.REASON),
    (Option, option_table.SENTENCE),
    (Option, option_table.CREW),
]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("codes", "table"), TABLES)
def test_every_code_has_a_row_in_both_languages(codes: type, table: dict) -> None:
    assert set(table) == set(codes)
    for row in table.values():
        assert set(row) == set(LANGUAGES)
        assert all(row[lang].strip() for lang in LANGUAGES)


@pytest.mark.parametrize(
    "table",
    [*[t for _, t in TABLES], words.LABEL, reason_table.CLAUSE, option_table.PART],
)
def test_both_languages_say_the_same_things(table: dict) -> None:
    for row in table.values():
        assert fields(row["en"]) == fields(row["uk"])


@pytest.mark.parametrize("table", [*[t for _, t in TABLES], words.LABEL, reason_table.CLAUSE, option_table.PART])
def test_english_is_latin_and_ukrainian_has_no_russian_letters(table: dict) -> None:
    for row in table.values():
        assert not any("\u0400" <= c <= "\u04ff" for c in row["en"])
        assert not set(row["uk"]) & set("ыэъёЫЭЪЁ")


def test_an_unknown_code_is_called_unknown() -> None:
    assert word(words.KIND, -1) == "unknown"
    assert word(words.LEVEL, 4, "uk") == "НЕБЕЗПЕКА"


def test_simulated_data_is_always_marked() -> None:
    assert simulation_label(True) == "SIMULATED"
    assert simulation_label(True, is_partly_real=True, lang="uk") == "ЧАСТКОВО СИМУЛЯЦІЯ"
    assert simulation_label(False) == ""
