"""Answers of the longer calculations as the page's rows: what is unknown, known for sure, or below a bound stays so."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from flightward.encounters import RareChance, RareStatus
from flightward.review.chance import Window, chance_or_aim, presence
from flightward.review.longer import LEAKS_SHOWN, told_chance, told_close
from flightward.review.page.extras import loss_rows
from flightward.review.would_be import Chance, unseen
from flightward.wording import say


def chance(scenario: str, p: float, se: float = 0.0, subject: str = "", event: str = "caught", **more: Any) -> Chance:
    method = more.pop("method", "levels")
    return Chance(scenario, subject, event, RareChance(p, se, RareStatus.GOOD, 1, **more), method, None)


def close(*chances: Chance, drones_from: str = "truth", n_pairs: int = 99) -> Any:
    return SimpleNamespace(chances=chances, drones_from=drones_from, spread=SimpleNamespace(n_pairs=n_pairs))


def test_a_chance_has_its_band_and_what_strikes_stands_beside_it() -> None:
    got = told_close(close(chance("luck", 0.2, 0.01), chance("luck", 3e-4, 1e-4, event="struck")))
    (row,) = got.rows
    assert (row.case, row.p, row.p_struck) == ("luck", 0.2, 3e-4)
    assert (row.p_lo, row.p_hi) == pytest.approx((0.1804, 0.2196))
    assert (row.struck_lo, row.struck_hi) == pytest.approx((1.04e-4, 4.96e-4))
    assert row.n_effective == pytest.approx(400.0) and not row.is_known


def test_what_nobody_watched_is_unknown_and_has_no_band() -> None:
    (row,) = told_close(close(unseen(chance("as_flown", 0.0)), drones_from="tracks")).rows
    assert math.isnan(row.p) and math.isnan(row.p_lo) and math.isnan(row.p_hi) and not row.is_known


def test_what_is_below_a_bound_has_that_bound() -> None:
    (row,) = told_close(close(chance("luck", 0.0, below=1e-9))).rows
    assert (row.p, row.p_lo, row.p_hi) == (0.0, 0.0, 1e-9)


def test_what_was_so_is_known() -> None:
    (row,) = told_close(close(chance("as_flown", 1.0, method="known"))).rows
    assert row.is_known and row.p == 1.0


def test_only_the_leaks_that_matter_most_have_rows_and_that_is_said() -> None:
    leaks = [chance("leak", p, subject=f"d{k}") for k, p in enumerate((0.0, 0.3, 0.1, math.nan, 0.2, 0.5, 0.4, 0.6))]
    got = told_close(close(*leaks, chance("leaks", 0.7, subject="3")))
    assert {r.which for r in got.rows if r.case == "leak"} == {"d1", "d2", "d4", "d5", "d6", "d7"}
    assert [r.n for r in got.rows if r.case == "leaks"] == [3]
    assert len([r for r in got.rows if r.case == "leak"]) == LEAKS_SHOWN
    assert any("8" in note and "6" in note for note in got.notes)


def test_only_what_was_is_told_as_sure() -> None:
    table = told_close(close(
        chance("as_flown", 1.0, method="known"), chance("advice", 0.0, subject="land", method="known"),
        chance("advice", 1.0, subject="level", method="known"), unseen(chance("luck", 0.0)),
    ))  # fmt: skip
    story = SimpleNamespace(
        loss=table, lang="en", say=lambda key, **k: say(key, "en", **k), option=lambda word: word.replace("_", " ")
    )
    flown, land, level, luck = loss_rows(story)  # type: ignore[arg-type]
    assert (flown["p"], flown["band"]) == ("it was", "")
    assert (land["p"], land["times"], level["p"], level["band"]) == ("<0.0001 %", "", ">99.9 %", "")
    assert (luck["p"], luck["band"], luck["times"]) == ("unknown", "", "")


@pytest.mark.parametrize("lang", ["en", "uk"])
def test_a_result_of_chance_or_aim_says_its_power(lang: Any) -> None:
    rng = np.random.default_rng(1)
    first = np.sort(rng.uniform(0.0, 172_800.0, 800))
    table = presence(range(800), first, first + 600.0, rng.choice(["a", "b", "c"], 800), watched_s=[(0.0, 173_400.0)])
    result = chance_or_aim(table, "a", Window(86_400.0, 90_000.0, "schedule"), n_draws=0)
    got = told_chance(result, lang)
    assert got.rows[0].p == result.p and got.rows[0].power_3 == result.power_3
    assert len(got.rows) == 1 + sum(c is not None for c in (result.hawkes, result.launches, result.placebo))
    assert got.verdict and got.notes and "Poisson" not in " ".join((got.verdict, *got.notes))


def test_without_a_base_there_is_a_verdict_and_no_row() -> None:
    table = presence([1, 2], [0.0, 10.0], [50.0, 60.0], ["a", "b"], watched_s=[(0.0, 3_600.0)])
    result = chance_or_aim(table, "a", Window(600.0, 3_000.0, "schedule"), n_draws=0)
    got = told_chance(result)
    assert got.rows == () and "cannot be said" in got.verdict
