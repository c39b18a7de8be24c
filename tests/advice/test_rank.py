"""Which options are shown, and in what order."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.advice.choices import CONTINUE, Choice
from flightward.advice.judge import Judged
from flightward.advice.rank import changed, chosen, tier
from flightward.config import AdviceConfig
from flightward.model import Change, Option

CFG = AdviceConfig()
ROUTE = np.array([[0.0, 0.0, 0.0, 500.0], [60.0, 3_600.0, 0.0, 500.0]])


def option(kind: Option, p: float, delay_s: float = 0.0, site: int = -1, p_rough: float | None = None) -> Judged:
    choice = CONTINUE if kind is Option.CONTINUE else Choice(int(kind), site=site, wait_s=delay_s)
    rough = p if p_rough is None else p_rough
    return Judged(choice, ROUTE, p, rough, delay_s, 0.0, 0.0, 0.0, 0.0)


def kinds(rows: list[Judged]) -> list[Option]:
    return [Option(j.choice.option) for j in rows]


def test_safe_ones_come_first_by_cost_and_continue_last() -> None:
    rows = [
        option(Option.CONTINUE, 0.8),
        option(Option.HOLD, 0.3, 300.0),
        option(Option.HOLD, 0.0, 900.0),
        option(Option.HOLD, 0.0, 600.0),
        option(Option.DIVERT, 0.0, site=1),
        option(Option.LAND, 0.2, site=2),
    ]
    out = chosen(rows, CFG, None)
    assert kinds(out) == [Option.HOLD, Option.DIVERT, Option.LAND, Option.CONTINUE]
    assert out[0].delay_s == 600.0


def test_what_is_safe_by_a_hair_comes_after_what_is_safe() -> None:
    rows = [
        option(Option.CONTINUE, 0.8),
        option(Option.HOLD, 0.0, 300.0, p_rough=0.3),
        option(Option.DIVERT, 0.0, site=1),
    ]
    assert kinds(chosen(rows, CFG, None)) == [Option.DIVERT, Option.HOLD, Option.CONTINUE]


def test_an_option_that_hardly_helps_is_not_shown() -> None:
    rows = [option(Option.CONTINUE, 0.8), option(Option.REROUTE, 0.7)]
    assert kinds(chosen(rows, CFG, None)) == [Option.CONTINUE]


def test_when_continuing_is_safe_it_comes_first() -> None:
    rows = [option(Option.CONTINUE, 0.03, p_rough=0.0), option(Option.DIVERT, 0.0, site=1)]
    assert kinds(chosen(rows, CFG, None))[0] is Option.CONTINUE


def test_two_diversions_at_most_and_four_rows_in_all() -> None:
    rows = [option(Option.CONTINUE, 0.8), *[option(Option.DIVERT, 0.0, 60.0 * k, site=k) for k in range(5)]]
    out = chosen(rows, CFG, None)
    assert kinds(out) == [Option.DIVERT, Option.DIVERT, Option.CONTINUE]
    many = [*rows, option(Option.HOLD, 0.0, 300.0), option(Option.LAND, 0.0), option(Option.TURN_BACK, 0.0)]
    assert len(chosen(many, CFG, None)) == CFG.keep


def test_the_best_of_last_time_stays_unless_clearly_beaten() -> None:
    old = option(Option.DIVERT, 0.03, site=1)
    rows = [option(Option.CONTINUE, 0.8), old, option(Option.LAND, 0.0)]
    assert chosen(rows, CFG, None)[0].choice.option == Option.LAND
    assert chosen(rows, CFG, old.choice)[0].choice == old.choice
    worse = dataclasses.replace(old, p=0.4, p_rough=0.4)
    assert chosen([rows[0], worse, rows[2]], CFG, old.choice)[0].choice.option == Option.LAND


def test_closed_airspace_is_never_shown_where_it_can_be_avoided() -> None:
    through = dataclasses.replace(option(Option.HOLD, 0.0, 300.0), closed_s=60.0)
    rows = [option(Option.CONTINUE, 0.8), through, option(Option.LAND, 0.1)]
    assert kinds(chosen(rows, CFG, None)) == [Option.LAND, Option.CONTINUE]


def test_an_unknown_chance_is_never_safe() -> None:
    assert tier(option(Option.HOLD, float("nan")), CFG.accept_p) == 3


def why(old: Judged, now: Judged | None, new: Judged, is_full: bool = False) -> Change | None:
    found = changed(5.0, old, [new], [] if now is None else [now], is_full, CFG.accept_p)
    return None if found is None else found.why


def test_a_change_of_the_best_option_has_its_reason() -> None:
    old, new = option(Option.DIVERT, 0.0, 1_200.0, site=1), option(Option.LAND, 0.0, site=2)
    assert why(old, old, option(Option.DIVERT, 0.5, 1_200.0, site=1)) is None, "the same one, whatever it is worth now"
    assert why(old, None, new) is Change.GONE
    assert why(old, None, new, is_full=True) is Change.FULL
    assert why(old, dataclasses.replace(old, closed_s=60.0), new) is Change.CLOSED
    assert why(old, dataclasses.replace(old, p=0.3), new) is Change.RISK
    assert why(old, old, new) is Change.COST
    assert why(old, old, option(Option.DIVERT, 0.0, 4_000.0, site=2)) is Change.LESS_RISK
    assert changed(5.0, None, [new], [new], False, CFG.accept_p) is None, "nothing was told before"


def test_what_is_told_of_an_option_that_is_gone_has_no_chance() -> None:
    old, new = option(Option.HOLD, 0.1, 600.0), option(Option.LAND, 0.0, site=2)
    found = changed(5.0, old, [new], [], False, CFG.accept_p)
    assert found is not None and np.isnan(found.old.p) and found.old.choice == old.choice and found.new == new.choice
