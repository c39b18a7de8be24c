"""Alert levels: which volumes, how soon; and what was told before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from naive_wellclear import Memory as NaiveMemory
from pairkit import both, frozen, pairs, random_states

from flightward.kernels import alert_memory, alerting, wellclear
from flightward.kernels.alerting import Reach
from flightward.kernels.wellclear import CYLINDER, TAU_MOD, TCPA, Pairs, Volume

PHASE1 = frozen([
    [TAU_MOD, 1222.32, 213.36, 35, 0, 55, 75, 0],
    [TAU_MOD, 1222.32, 137.16, 35, 0, 55, 75, 0],
    [TAU_MOD, 1222.32, 137.16, 35, 0, 25, 55, 1],
])  # fmt: skip
MIXED = frozen([
    [TCPA, 1852, 228.6, 35, 20, 60, 75, 0],
    [CYLINDER, 9260, 304.8, 0, 0, 180, 180, 0],
    [TAU_MOD, 609.6, 76.2, 0, 0, 30, 55, 0],
])  # fmt: skip
DISC = frozen([[TAU_MOD, 100, 30, 0, 0, 50, 60, 0], [TAU_MOD, 100, 30, 0, 0, 20, 30, 1]])


def reach(levels: np.ndarray, lookahead_s: float = 180.0) -> Reach:
    return Reach(*(float(levels[:, k].max()) for k in (1, 2, 3, 4)), lookahead_s)


def judge(p: Pairs, levels: np.ndarray, corrective: int = 1) -> tuple[np.ndarray, ...]:
    n, k = len(p.ox_m), len(levels)
    out = np.empty((k, n)), np.empty((k, n)), np.empty(n, np.int8), np.empty(n, np.int8), np.empty(n, np.int8)
    alerting.judge(p, levels, corrective, reach(levels), *out)
    return out


def alert(p: Pairs, levels: np.ndarray, corrective: int = 1) -> tuple[np.ndarray, ...]:
    n = len(p.ox_m)
    out = np.empty(n, np.int8), np.empty(n), np.empty(n, np.int8)
    alerting.alert(p, levels, corrective, reach(levels), *out)
    return out


def level_of(s: object, v: object, levels: np.ndarray = DISC) -> int:
    return int(alert(pairs(s, v), levels)[0][0])


def test_a_level_fires_below_its_time_and_not_at_it():
    # head on at 10 m/s towards a disc of 100 m
    assert [level_of([-100 - 10 * t, 0, 0], [10, 0, 0]) for t in (60, 50.001, 50, 49.999, 20, 19.999, 0)] == [
        0, 0, 0, 1, 1, 2, 2,
    ]  # fmt: skip


def test_a_level_fires_at_once_when_violated_now_whatever_its_time():
    at_once = frozen([[TAU_MOD, 100, 30, 0, 0, 0, 0, 0]])
    assert int(alert(pairs([0, 0, 0], [10, 0, 0]), at_once, 0)[0][0]) == 1
    assert int(alert(pairs([-101, 0, 0], [10, 0, 0]), at_once, 0)[0][0]) == 0


def test_the_levels_are_tested_each_by_itself():
    wide_last = frozen([[TAU_MOD, 100, 30, 0, 0, 50, 60, 0], [TAU_MOD, 500, 30, 0, 0, 20, 30, 0]])
    assert level_of([-101, 400, 0], [10, 0, 0], wide_last) == 2


def test_violated_now_is_in_from_now_on_and_not_the_border_that_is_left():
    def now(s: object, v: object) -> int:
        return int(judge(pairs(s, v), DISC)[2][0])

    assert now([-100, 0, 0], [10, 0, 0]) == 1
    assert now([100, 0, 0], [10, 0, 0]) == 0
    assert now([-100.001, 0, 0], [10, 0, 0]) == 0
    assert now([0, 0, 30], [10, 0, 0]) == 1
    assert now([0, 0, 30], [0, 0, 1]) == 0


@pytest.mark.parametrize("levels", [PHASE1, MIXED, DISC])
def test_every_interval_is_that_of_the_volume_alone_bit_for_bit(levels):
    rng = np.random.default_rng(11)
    state = random_states(rng, 2_000, 3 * float(levels[0, 1]))
    edge = [[100, 0, 0, 10, 0, 0], [-100, 0, 0, 10, 0, 0], [0, 0, 30, 0, 0, 0], [0, 0, 30, 0, 0, 1e-14],
            [-1000, 100, 0, 10, 0, 0], [0, 0, 0, 0, 0, 0], [-500, 1222.32, 0, 50, 0, 0], [1e7, 1e7, 1e5, 0, 0, 0],
            [-1222.32, 0, 137.16, 0, 0, 0], [-3000, 0, 0, 1e-9, 0, 0]]  # fmt: skip
    state = np.concatenate([state, edge])
    other = rng.normal(0, 1e3, state.shape)
    p = both(state + other, other)
    t_in, t_out, _, level, status = judge(p, levels)
    assert (status == 0).all()
    want_level = np.zeros(len(state), int)
    for k, row in enumerate(levels):
        volume = Volume(int(row[0]), *(float(x) for x in row[1:5]))
        a, b = np.empty(len(state)), np.empty(len(state))
        wellclear.intervals(p, volume, 0.0, 180.0, a, b, np.empty(len(state), np.int8))
        np.testing.assert_array_equal(t_in[k], a)
        np.testing.assert_array_equal(t_out[k], b)
        want_level[(a == 0) | (a < row[5])] = k + 1
    assert level.tolist() == want_level.tolist()
    assert 0.03 < np.isfinite(t_in[1]).mean() < 0.97
    quick = alert(p, levels)
    assert quick[0].tolist() == level.tolist()
    np.testing.assert_array_equal(quick[1], t_in[1])


def test_a_bad_value_marks_its_own_row_and_no_other():
    p = pairs([[-500, 0, 0], [np.nan, 0, 0], [-500, 0, 0]], [[10, 0, 0]] * 3)
    t_in, t_out, now, level, status = judge(p, DISC)
    assert status.tolist() == [0, 1, 0] and level.tolist() == [1, -1, 1] and now.tolist() == [0, -1, 0]
    assert np.isnan(t_in[:, 1]).all() and np.isnan(t_out[:, 1]).all() and (t_in[:, [0, 2]] == 40.0).all()
    level, t, status = alert(p, DISC)
    assert status.tolist() == [0, 1, 0] and level.tolist() == [1, -1, 1] and math.isnan(t[1])


def blank(slots: int, watches: int = 1) -> alert_memory.Memory:
    return alert_memory.Memory(
        np.full((slots, alert_memory.N_MAX), -1, np.int8), np.full(slots, np.nan), np.full(slots, np.nan),
        np.full(slots, -1, np.int8), np.full(watches, np.nan), np.full(watches, -1, np.int64),
    )  # fmt: skip


DO365 = alert_memory.Habits(2, 4, 5.0, 4.0)


def told(
    times: list[float], raw: list[int], habits: alert_memory.Habits = DO365, visible: object = None, own: object = None,
    slot: object = None, memory: alert_memory.Memory | None = None,
) -> list[int]:
    """Levels with memory of pairs whose raw level is raw[i] at times[i], by times to violation that say so."""
    n = len(times)
    t_in = np.full((3, n), np.inf)
    for i, level in enumerate(raw):
        t_in[:level, i] = 1.0
    slots = 1 if slot is None else max(slot) + 1  # type: ignore[arg-type]
    rows = alert_memory.Rows(
        frozen(times), frozen(np.ones(n) if visible is None else visible, np.int8), frozen(np.zeros(n), np.int64),
        frozen(np.zeros(n) if own is None else own, np.int64), frozen(np.zeros(n) if slot is None else slot, np.int64),
    )  # fmt: skip
    raw_out, level_out = np.empty(n, np.int8), np.empty(n, np.int8)
    alert_memory.remember(
        rows, frozen([0, slots], np.int64), frozen(t_in), PHASE1, habits, memory or blank(slots), raw_out, level_out
    )
    return level_out.tolist()


def test_the_first_report_is_told_as_it_is():
    assert told([0.0], [2]) == [2]


def test_a_rise_needs_two_of_the_last_four():
    assert told([0, 1, 2, 3, 4], [0, 3, 0, 0, 3]) == [0, 0, 0, 0, 3]
    assert told([0, 1, 2, 3, 4, 5], [0, 3, 0, 0, 0, 3]) == [0] * 6
    assert told([0, 1, 2], [0, 2, 3]) == [0, 0, 2]


def test_a_fall_needs_three_of_four_below_and_four_seconds_since_the_rise():
    assert told([0, 1, 2, 3, 4, 5], [2, 2, 0, 0, 0, 0]) == [2, 2, 2, 2, 0, 0]
    assert told([0, 0.5, 1, 1.5, 2, 3.9, 4.1], [0, 2, 2, 0, 0, 0, 0]) == [0, 0, 2, 2, 2, 2, 2]
    assert told([0, 0.5, 1, 1.5, 2, 3.9, 5], [0, 2, 2, 0, 0, 0, 0]) == [0, 0, 2, 2, 2, 2, 0]


def test_silence_beyond_the_hysteresis_time_starts_anew():
    assert told([0, 1, 7], [0, 0, 3]) == [0, 0, 3]
    assert told([0, 1, 6], [0, 0, 3]) == [0, 0, 0]


def test_a_second_report_of_one_time_is_answered_with_the_first():
    assert told([0, 0, 1], [3, 0, 0]) == [3, 3, 3]


def test_another_own_aircraft_or_time_that_runs_back_forgets_all():
    assert told([0, 1, 2, 3], [3, 3, 0, 0], own=[1, 1, 2, 2]) == [3, 3, 0, 0]
    assert told([0, 1, 0.5], [3, 3, 0]) == [3, 3, 0]


def test_own_aircraft_seen_alone_keeps_the_watch_but_not_the_pair():
    # 6 s without the pair: it starts anew, and keeps only the early alert time of its level
    assert told([0, 3, 6], [3, 0, 0], visible=[1, 0, 1]) == [3, -1, 0]
    assert told([0, 3, 4], [3, 0, 0], visible=[1, 0, 1]) == [3, -1, 3]


def test_without_memory_the_raw_level_is_told():
    none = alert_memory.Habits(0, 0, 0.0, 0.0)
    assert told([0, 1, 2, 2, 3], [0, 3, 0, 3, 2], none) == [0, 3, 0, 0, 2]


def test_the_level_that_is_on_has_its_early_alert_time():
    t_in = frozen([[60.0, 60, 60], [50, 60, 60], [np.inf] * 3])
    rows = alert_memory.Rows(frozen([0, 1, 2]), frozen([1, 1, 1], np.int8), *[frozen([0, 0, 0], np.int64)] * 3)
    raw, level = np.empty(3, np.int8), np.empty(3, np.int8)
    alert_memory.remember(rows, frozen([0, 1], np.int64), t_in, PHASE1, DO365, blank(1), raw, level)
    assert raw.tolist() == [2, 0, 0]
    assert level.tolist() == [2, 2, 2]


@pytest.mark.parametrize("habits", [(2, 4, 5.0, 4.0), (1, 1, 3.0, 0.0), (3, 5, 10.0, 8.0), (0, 0, 0.0, 0.0)])
def test_memory_is_that_of_the_standard_in_words(habits):
    rng = np.random.default_rng(23)
    n, ids = 3_000, 5
    times = np.cumsum(rng.choice([0.0, 0.25, 1.0, 3.0, 5.0, 6.0], n, p=[0.5, 0.1, 0.3, 0.05, 0.03, 0.02]))
    slot, visible = rng.integers(0, ids, n), (rng.uniform(0, 1, n) < 0.9).astype(int)
    own = (np.cumsum(rng.uniform(0, 1, n) < 0.01) % 3).astype(int)
    t_in = np.sort(rng.uniform(0, 90, (3, n)), axis=0)
    t_in[rng.uniform(0, 1, t_in.shape) < 0.3] = np.inf
    rows = alert_memory.Rows(
        frozen(times), frozen(visible, np.int8), frozen(np.zeros(n), np.int64), frozen(own, np.int64),
        frozen(slot, np.int64),
    )  # fmt: skip
    raw, level = np.empty(n, np.int8), np.empty(n, np.int8)
    kept = alert_memory.Habits(*habits)
    alert_memory.remember(rows, frozen([0, ids], np.int64), frozen(t_in), PHASE1, kept, blank(ids), raw, level)
    pair = [NaiveMemory(*habits) for _ in range(ids)]
    last, who, want = math.inf, -1, []
    for i in range(n):
        if times[i] < last or times[i] - last > habits[2] or own[i] != who:
            for one in pair:
                one.clear()
        last, who = times[i], own[i]

        def raw_of(told: int, i: int = i) -> int:
            limits = [PHASE1[k, 6 if k + 1 == told else 5] for k in range(3)]
            return max((k + 1 for k in range(3) if t_in[k, i] < limits[k]), default=0)

        want.append(pair[slot[i]].level(times[i], raw_of) if visible[i] else -1)
    assert level.tolist() == want
    assert len(set(want)) == 5


@pytest.mark.skipif(not hasattr(alerting.judge, "signatures"), reason="plain Python")
def test_one_signature():
    judge(pairs([0, 0, 0], [1, 0, 0]), DISC)
    alert(pairs([0, 0, 0], [1, 0, 0]), DISC)
    told([0.0], [1])
    for kernel in (alerting.judge, alerting.alert, alert_memory.remember):
        assert len(kernel.signatures) == 1
