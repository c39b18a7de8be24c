"""Was it raised, in words."""

from __future__ import annotations

import math
import string

import pytest

from flightward.wording import RaisedFacts, raised
from flightward.wording.raised import raised_text

NAN = float("nan")
FACTS = RaisedFacts(
    answer="too_few", from_s=1_747_749_600.0, to_s=1_747_756_800.0, by_schedule=True, alpha=0.05, n_region=6,
    expected=2.4, ratio=2.5, low=0.8, high=6.1, p=0.12, power_2=0.21, power_3=0.43, n_shown=9, p_hawkes=0.2,
    p_launches=0.31, launches_inferred=True, p_placebo=NAN, n_placebo=33, n_flagged=1, is_unsound=False,
    bayes_low=1.1, bayes_high=2.3,
)  # fmt: skip


def test_not_shown_never_stands_without_its_power() -> None:
    for answer in ("not_shown", "too_few"):
        said = raised_text(FACTS._replace(answer=answer))
        assert "0.43" in said[1] and "not shown" in said[1]


def test_the_whole_of_one_answer() -> None:
    said = raised_text(FACTS)
    assert said[0] == (
        "14:00–16:00 UTC: 6 drones within the region; 2.4 were to be expected by its usual share of all that flew then."
    )
    assert said[3] == "Checks: self-exciting arrivals p 0.20; launch groups (inferred from gaps) p 0.31."
    assert said[4].startswith("Bayes factor for raised against not: 1.1 to 2.3")
    assert len(said) == 5


def test_caveats_are_said() -> None:
    said = " ".join(raised_text(FACTS._replace(by_schedule=False, is_unsound=True, n_flagged=9)))
    assert "9 of 33 windows" in said and "after looking" in said


def test_without_a_base_no_chance_is_named() -> None:
    said = raised_text(FACTS._replace(answer="no_base", expected=NAN, p=NAN, bayes_low=NAN, bayes_high=NAN))
    assert said == [
        "14:00–16:00 UTC: 6 drones within the region.",
        "Whether that is more than usual cannot be said: too little was watched beside this window, or nothing flew.",
    ]


def test_open_ends_and_great_factors() -> None:
    said = " ".join(raised_text(FACTS._replace(answer="raised", high=math.inf, bayes_high=5e6)))
    assert "∞" in said and "over 1000" in said and "It does not say why" in said


def test_ukrainian_has_decimal_commas_and_no_english() -> None:
    said = " ".join(raised_text(FACTS._replace(by_schedule=False), "uk"))
    assert "0,43" in said and "6 дронів" in said and "drone" not in said
    assert not set("ыэъё") & set(said.lower())


@pytest.mark.parametrize("name", list(raised.TEXT))
def test_both_languages_use_the_same_fields(name: str) -> None:
    row = raised.TEXT[name]
    en, uk = ({f for _, f, _, _ in string.Formatter().parse(row[k]) if f} for k in ("en", "uk"))
    assert en == uk and row["en"] and row["uk"]
