"""Rates that change: hand cases, a twin that tries every segmentation, known answers, bad rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_changepoint import by_every_segmentation
from scipy.stats import gamma

from flightward.kernels import changepoint as cp

RULE = cp.ChangeRule(mean_run_s=300.0, drop_w=1e-12)
PRIOR = np.array([[2.0, 100.0]])


def state(streams=1, room=64):
    return np.zeros((streams, room, cp.RUN_FIGURES)), np.zeros(streams, np.int64)


def run(counts, dt_s=20.0, rule=RULE, prior=PRIOR, room=64):
    runs, n_runs = state(room=room)
    k = len(counts)
    status = np.empty(k, np.int8)
    cp.advance(
        np.zeros(k, np.int64), dt_s * np.arange(k), np.full(k, dt_s), np.asarray(counts, dtype=float), prior, rule,
        runs, n_runs, status,
    )
    return runs, n_runs, status


def summary(runs, n_runs, since_s=np.nan, band=(0.05, 0.95)):
    out = np.empty((len(n_runs), cp.FIGURES))
    cp.summarise(np.full(len(n_runs), since_s), *band, runs, n_runs, out)
    return out


def test_without_changes_it_is_the_conjugate_gamma():
    never = cp.ChangeRule(1e12, 1e-12)
    runs, n_runs, _ = run([1, 0, 3, 2], rule=never)
    got = summary(runs, n_runs)[0]
    shape, time_s = 2.0 + 6.0, 100.0 + 80.0
    assert got[cp.RATE] == pytest.approx(shape / time_s)
    assert got[cp.LOW] == pytest.approx(gamma.ppf(0.05, shape, scale=1 / time_s), rel=1e-6)
    assert got[cp.HIGH] == pytest.approx(gamma.ppf(0.95, shape, scale=1 / time_s), rel=1e-6)
    assert got[cp.P_CHANGE] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(0, 6), min_size=2, max_size=6))
def test_it_is_the_posterior_over_every_segmentation(counts):
    """The twin enumerates all 2^(n-1) segmentations and integrates over the rate by quadrature."""
    runs, n_runs, _ = run(counts)
    want = by_every_segmentation(counts, 20.0, *PRIOR[0], RULE.mean_run_s)
    got = dict.fromkeys(range(len(counts)), 0.0)
    for r in range(n_runs[0]):
        got[round(runs[0, r, cp.SINCE_S] / 20.0)] = float(np.exp(runs[0, r, cp.LOG_W]))
    for bin_, p in enumerate(want):
        assert got[bin_] == pytest.approx(p, abs=2e-6)


def test_a_threefold_step_is_found_with_its_time_and_ratio():
    counts = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1] * 9 + [3, 2, 2, 3, 1, 2, 3, 2, 2, 1] * 9
    runs, n_runs, _ = run(counts, rule=cp.ChangeRule(3600.0, 1e-6))
    got = summary(runs, n_runs)[0]
    assert got[cp.P_CHANGE] > 0.999
    assert got[cp.CHANGE_S] == pytest.approx(1800.0, abs=60.0)
    assert got[cp.RATIO] == pytest.approx(3.0, rel=0.15)
    assert got[cp.LOW] < 2.1 / 20.0 < got[cp.HIGH]
    assert summary(runs, n_runs, since_s=1700.0)[0, cp.P_CHANGE] > 0.9
    assert summary(runs, n_runs, since_s=2400.0)[0, cp.P_CHANGE] < 0.2


def test_little_room_changes_little():
    rng = np.random.default_rng(4)
    counts = np.concatenate([rng.poisson(0.4, 120), rng.poisson(1.2, 120)])
    wide = summary(*run(counts, rule=cp.ChangeRule(3600.0, 1e-12), room=256)[:2])[0]
    small = summary(*run(counts, rule=cp.ChangeRule(3600.0, 1e-5), room=32)[:2])[0]
    assert small[cp.RATE] == pytest.approx(wide[cp.RATE], rel=0.03)
    assert small[cp.P_CHANGE] == pytest.approx(wide[cp.P_CHANGE], abs=0.02)
    assert small[cp.CHANGE_S] == pytest.approx(wide[cp.CHANGE_S], abs=40.0)


def test_a_bad_row_changes_nothing_and_is_marked():
    runs, n_runs = state()
    status = np.empty(5, np.int8)
    count = np.array([1.0, np.nan, 2.0, -1.0, 1.0])
    at = np.array([0.0, 20.0, 20.0, 40.0, np.inf])
    cp.advance(np.zeros(5, np.int64), at, np.full(5, 20.0), count, PRIOR, RULE, runs, n_runs, status)
    assert status.tolist() == [cp.DONE, cp.BAD_ROW, cp.DONE, cp.BAD_ROW, cp.BAD_ROW]
    want, n_want, _ = run([1, 2])
    np.testing.assert_array_equal(runs[0, : n_runs[0]], want[0, : n_want[0]])


def test_streams_do_not_touch_each_other():
    runs, n_runs = state(3)
    prior = np.repeat(PRIOR, 3, axis=0)
    order = [(s, k) for k, s in itertools.product(range(8), range(3))]
    row, bin_ = (np.array(x, dtype=np.int64) for x in zip(*order, strict=True))
    counts = np.array([[0, 1, 0, 0, 1, 0, 0, 1], [5, 4, 5, 6, 5, 4, 5, 6], [0, 0, 0, 0, 9, 9, 9, 9]], dtype=float)
    status = np.empty(24, np.int8)
    cp.advance(row, 20.0 * bin_, np.full(24, 20.0), counts[row, bin_], prior, RULE, runs, n_runs, status)
    for s in range(3):
        alone, n_alone, _ = run(counts[s])
        np.testing.assert_array_equal(runs[s, : n_runs[s]], alone[0, : n_alone[0]])


def test_events_are_counts_in_small_pieces():
    """Arrival times, run as events, say what bins of a second with the same arrivals say."""
    times = np.array([0.0, 30.0, 55.0, 100.0, 104.0, 109.0, 112.0, 118.0, 121.0, 125.0])
    runs, n_runs = state(1, 256)
    cp.run_events(
        np.array([0, 10]), times, np.ones(10), np.array([130.0]), 1.0, PRIOR, cp.ChangeRule(300.0, 1e-12), runs, n_runs
    )
    by_second = np.array([np.count_nonzero((times > k) & (times <= k + 1)) for k in range(130)])
    binned = run(by_second, dt_s=1.0, room=256)
    got, want = summary(runs, n_runs)[0], summary(*binned[:2])[0]
    assert got[cp.RATE] == pytest.approx(want[cp.RATE], rel=0.02)
    assert got[cp.P_CHANGE] == pytest.approx(want[cp.P_CHANGE], abs=0.02)
    assert got[cp.CHANGE_S] == pytest.approx(want[cp.CHANGE_S], abs=2.0)


def test_an_empty_stream_has_no_answer():
    runs, n_runs = state(2)
    cp.run_events(np.array([0, 0, 0]), np.zeros(0), np.zeros(0), np.array([9.0, 9.0]), 1.0, PRIOR, RULE, runs, n_runs)
    assert np.isnan(summary(runs, n_runs)).all()


def test_quantiles_of_gammas_agree_with_scipy():
    p = np.array([0.01, 0.05, 0.5, 0.95, 0.99])
    shape, time_s = np.array([0.5, 1.0, 3.0, 40.0, 900.0]), np.array([300.0, 1.0, 60.0, 2.0, 0.1])
    out = np.empty((5, 5))
    cp.gamma_quantiles(p, shape, time_s, out)
    np.testing.assert_allclose(out, gamma.ppf(p, shape[:, None], scale=1 / time_s[:, None]), rtol=1e-6)
    cp.gamma_quantiles(p, np.array([0.0, np.nan]), np.ones(2), out[:2])
    assert np.isnan(out[:2]).all()


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_weights_sum_to_one_and_the_band_holds_the_median_rate(counts):
    runs, n_runs, status = run(counts, room=16)
    assert (status == cp.DONE).all() and n_runs[0] <= 16
    assert np.exp(runs[0, : n_runs[0], cp.LOG_W]).sum() == pytest.approx(1.0, abs=1e-6)
    got = summary(runs, n_runs)[0]
    assert 0.0 <= got[cp.P_CHANGE] <= 1.0
    assert 0.0 < got[cp.LOW] < got[cp.HIGH] and got[cp.RATE] < got[cp.HIGH] * 1.5
