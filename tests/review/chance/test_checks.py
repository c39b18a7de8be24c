"""The checks beside the headline, and the whole question."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from flightward.errors import BadInput
from flightward.review.chance import Answer, Window, chance_or_aim, pool, presence, sentences, totals
from flightward.review.chance.clustered import HOUR_S, World, draw
from flightward.review.chance.hawkes import hawkes_check
from flightward.review.chance.launches import group_by_gaps, launch_check

WINDOW = Window(30.0 * HOUR_S, 34.0 * HOUR_S, "schedule")


def raid(seed: int, factor: float = 1.0):
    return draw(World(), seed, window_s=(WINDOW.from_s, WINDOW.to_s), factor=factor)


@pytest.fixture(scope="module")
def plain():
    return chance_or_aim(raid(3), "R0", WINDOW, n_draws=99, seed=1)


@pytest.fixture(scope="module")
def tenfold():
    return chance_or_aim(raid(3, 10.0), "R0", WINDOW, n_draws=99, seed=1)


def test_launch_groups_are_counted_once_and_where_they_were() -> None:
    table = presence(
        ["a", "b", "c", "d", "e", "f"], [0, 5, 500, 900, 0, 500], [100, 90, 600, 990, 90, 600],
        ["x", "x", "x", "x", "y", "y"], ["g", "g", "h", "i", "j", "k"], watched_s=[(0, 1000)],
    )  # fmt: skip
    got = launch_check(table, 0, Window(450.0, 700.0))
    assert got.table == (1, 2, 1, 1)
    want = stats.fisher_exact([[1, 2], [1, 1]], alternative="greater")
    assert got.ratio == want.statistic == 0.5
    assert got.p == pytest.approx(want.pvalue - 0.5 * stats.hypergeom(5, 3, 2).pmf(1))


def test_without_groups_or_with_an_empty_row_there_is_no_launch_check() -> None:
    table = presence(["a", "b"], [0, 5], [100, 90], ["x", "y"], watched_s=[(0, 1000)])
    assert launch_check(table, 0, Window(450.0, 700.0)) is None
    assert launch_check(group_by_gaps(table), 0, Window(450.0, 700.0)) is None


def test_arrivals_close_together_in_one_region_are_one_launch() -> None:
    table = presence(list("abcde"), [0, 200, 600, 0, 290], [900] * 5, list("xxxyy"), watched_s=[(0, 1000)])
    assert group_by_gaps(table, 300.0).group.tolist() == [0, 2, 0, 2, 1]


def test_the_hawkes_check_follows_its_seed_and_sees_tenfold() -> None:
    one, same, other = (hawkes_check(raid(3), 0, WINDOW, n_draws=19, seed=s) for s in (1, 1, 2))
    assert one == same and other.p != one.p
    assert 0.3 < one.offspring < 0.9 and 20.0 <= one.decay_s <= 7200.0
    raised = hawkes_check(raid(3, 10.0), 0, WINDOW, n_draws=39, seed=1)
    assert raised.p < 0.05 and raised.ratio > 3.0 * one.ratio


def test_the_hawkes_check_needs_arrivals_here_and_elsewhere() -> None:
    few = presence(list("abc"), [0, 200, 600], [900] * 3, list("xxy"), watched_s=[(0, 10_000)])
    assert hawkes_check(few, 0, Window(5000.0, 6000.0), n_draws=9, seed=1) is None


def test_a_gap_in_the_watch_is_no_silence() -> None:
    """The same raid with an unwatched week in the middle: the joined days are the same days."""
    table = raid(5)
    cut, week = 40.0 * HOUR_S, 7 * 24.0 * HOUR_S
    keep = (table.last_s < cut) | (table.first_s >= cut)
    late = np.where(table.first_s[keep] >= cut, week, 0.0)
    names = [[a[i] for i in b[keep]] for a, b in ((table.drones, table.drone), (table.regions, table.region))]
    parted, whole = (
        presence(names[0], table.first_s[keep] + s * late, table.last_s[keep] + s * late, names[1], watched_s=spans)
        for s, spans in ((1.0, [(0.0, cut), (cut + week, table.watched_s[0, 1] + week)]), (0.0, table.watched_s))
    )
    a, b = (hawkes_check(t, t.number("R0"), WINDOW, n_draws=19, seed=1) for t in (parted, whole))
    assert a.offspring == pytest.approx(b.offspring) and a.ratio == pytest.approx(b.ratio)


def test_tenfold_is_raised_and_the_checks_agree(tenfold) -> None:
    assert tenfold.answer is Answer.RAISED and tenfold.p < 0.01
    assert tenfold.n_checks == (3, 3)
    assert tenfold.low > 1.5 and tenfold.low < tenfold.ratio < tenfold.high
    assert all(v > 10.0 for v in tenfold.bayes.values())


def test_nothing_raised_is_not_called_raised_and_carries_its_power(plain) -> None:
    assert plain.answer in (Answer.NOT_SHOWN, Answer.TOO_FEW)
    assert plain.p > 0.05 and 0.05 < plain.power_2 < plain.power_3 < 1.0 < plain.shown_ratio
    assert plain.exposure_s == pytest.approx(WINDOW.length_s + raid(3).mean_stay_s(0))
    assert plain.expected == pytest.approx(plain.n_elsewhere * plain.base.mean_share / (1 - plain.base.mean_share))


def test_expected_by_time_counts_the_window_and_a_stay() -> None:
    """A drone a minute that stays ten minutes: in an hour 70 are present, not 60."""
    first = np.arange(0.0, 100_000.0, 60.0)
    table = presence(range(len(first)), first, first + 600.0, ["x", "y"] * (len(first) // 2) + ["x"] * (len(first) % 2),
                     watched_s=[(0.0, 100_600.0)])  # fmt: skip
    got = chance_or_aim(table, "x", Window(50_000.0, 53_600.0), n_draws=0)
    assert got.expected_by_time == pytest.approx(35.0, rel=0.01) and got.n_region == pytest.approx(35, abs=1)
    assert got.hawkes is None and got.launches is None


def test_an_hour_watched_alone_is_no_base() -> None:
    got = chance_or_aim(
        presence(list("ab"), [0, 9], [900, 99], list("xy"), watched_s=[(0, 3600)]), "x", Window(100.0, 3000.0)
    )
    assert got.answer is Answer.NO_BASE and math.isnan(got.p) and got.n_region == 1
    assert "cannot be said" in " ".join(sentences(got))


def test_bad_questions_are_refused() -> None:
    table = raid(3)
    with pytest.raises(BadInput, match="alpha"):
        chance_or_aim(table, "R0", WINDOW, alpha=0.5)
    with pytest.raises(BadInput, match="region"):
        chance_or_aim(table, "R99", WINDOW)
    with pytest.raises(BadInput, match="beside"):
        chance_or_aim(presence(["a"], [0], [9], ["x"], watched_s=[(0, 1000)]), "x", Window(0.0, 100.0))


def test_many_flights_are_pooled_with_the_false_discovery_rate_held(plain, tenfold) -> None:
    later = [dataclasses.replace(plain, window=Window(k * 1e6, k * 1e6 + 7200.0)) for k in range(1, 10)]
    got = pool({"aimed": tenfold, **{f"f{k}": r for k, r in enumerate(later)}})
    assert got.raised == ("aimed",) and got.overlap == ()
    order = np.sort([tenfold.p, *[plain.p] * 9])
    assert got.q.max() == pytest.approx(np.min((order * 10 / np.arange(1, 11))[1:]))
    assert got.low < got.ratio < got.high


def test_windows_that_overlap_give_no_joint_ratio(plain, tenfold) -> None:
    got = pool({"a": plain, "b": tenfold})
    assert got.overlap == (("a", "b"),) and math.isnan(got.p) and math.isnan(got.ratio) and len(got.q) == 2


def test_flights_without_a_base_are_left_out_and_said_so(plain) -> None:
    none = dataclasses.replace(plain, p=math.nan, base=None)
    assert pool({"a": plain, "b": none}).left_out == ("b",)
    with pytest.raises(BadInput, match="none of the flights"):
        pool({"b": none})


def test_ten_doublings_together_show_what_one_does_not(plain) -> None:
    one = dataclasses.replace(plain, p=0.15)
    many = {f"f{k}": dataclasses.replace(one, window=Window(k * 1e6, k * 1e6 + 7200.0)) for k in range(10)}
    assert pool(many).p < 0.01 < pool({"f0": one}).p


def test_totals_by_hand() -> None:
    got = totals(1000, 100_000.0, 30, share=0.1, counted_s=9_000.0, stay_s=1_000.0, phi=2.0)
    assert got.expected == pytest.approx(10.0) and got.ratio == pytest.approx(3.0)
    law = stats.nbinom(10.0, 0.5)
    assert got.p == pytest.approx(law.sf(30) + 0.5 * law.pmf(30))
    assert got.bayes == pytest.approx(stats.nbinom(30.0, 0.5).pmf(30) / law.pmf(30))


def test_totals_refuse_poisson() -> None:
    with pytest.raises(BadInput, match="phi"):
        totals(1000, 100_000.0, 30, share=0.1, counted_s=9_000.0, stay_s=1_000.0, phi=1.0)
    with pytest.raises(BadInput, match="share"):
        totals(1000, 100_000.0, 30, share=1.0, counted_s=9_000.0, stay_s=1_000.0, phi=2.0)
