"""Learnt detection: shares, masks, and looks that are counted once, on tiny made-up sensors and tracks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_detection import factor_posterior, pulled

from flightward.kernels import detection, sightings, trackstate
from flightward.kernels.detection import FACTOR_PRIOR, FACTORS, LARGE, SMALL
from flightward.kernels.trackstate import CONFIRMED, FREE
from flightward.kernels.visibility import BANDS, CELLS, SensorArrays, in_view, p_at, p_seen

SCAN_S = 4.0


def radar(p_detect: float = 0.85) -> SensorArrays:
    """One radar at the origin, 100 m high, 64 km far: cells of 2 km."""
    one = np.ones(1)
    return SensorArrays(
        e_m=0.0 * one, n_m=0.0 * one, u_m=100.0 * one, min_range_m=0.0 * one, max_range_m=64e3 * one,
        min_elevation_rad=-0.05 * one, max_elevation_rad=4.0 * one, scan_s=SCAN_S * one, p_detect=p_detect * one,
        clutter=one, is_radio=np.ones(1, np.int8), is_search=np.ones(1, np.int8),
    )  # fmt: skip


def tables(s: SensorArrays, v) -> tuple[SensorArrays, np.ndarray, np.ndarray]:
    """What follows from the evidence; the sensors with the mean in them."""
    mean, high = np.empty((1, BANDS, CELLS, CELLS)), np.empty((1, BANDS, CELLS, CELLS))
    for _ in range(3):
        detection.learn(s, v, mean, high)
    out = [mean.copy(), high.copy(), np.zeros(1, np.int64), v.cell_m.copy()]
    for a in out:
        a.setflags(write=False)
    return s._replace(p_row=out[2], p_table=out[0], p_cell_m=out[3]), out[0], out[1]


def look(s, v, e, n, u, hits, misses, c=LARGE):
    code = detection.code_of(s, v, 0, c, e, n, u)
    for _ in range(hits):
        detection.add_look(v, code, 1, 1.0)
    for _ in range(misses):
        detection.add_look(v, code, 0, 1.0)
    return code


def test_nothing_learnt_is_the_cases_own_figure():
    s = radar(0.7)
    assert p_at(s, 0, 1e3, 1e3, 500.0) == 0.7
    learnt, mean, high = tables(s, detection.make(s))
    assert np.allclose(mean, 0.7) and high.min() > 0.7
    assert p_at(learnt, 0, 1e3, 1e3, 500.0) == pytest.approx(0.7)
    assert p_at(learnt, 0, 1e6, 1e3, 500.0) == 0.7 and p_at(learnt, 0, math.nan, 0.0, 0.0) == 0.7


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 12), st.integers(0, 25), st.floats(0.05, 0.95), st.floats(0.001, 0.9))
def test_the_factor_of_a_cell_is_bayes_look_by_look(hits, misses, p, p_mask):
    looks, w = np.zeros((2, 2)), np.empty(len(FACTORS))
    looks[LARGE] = hits, misses
    detection.factors(looks, 0.5, p, p_mask, w)
    assert w == pytest.approx(factor_posterior(hits, misses, p, p_mask, FACTORS, FACTOR_PRIOR), abs=1e-9)
    assert w.sum() == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.floats(0.1, 0.9), st.floats(1.0, 30.0))
def test_a_share_is_pulled_to_its_parent(outcomes, parent, weight):
    got = detection.shrink(float(sum(outcomes)), float(len(outcomes) - sum(outcomes)), parent, weight)
    assert got == pytest.approx(min(max(pulled(outcomes, parent, weight), 0.02), 0.99))


def test_shares_by_range_are_learnt_and_a_thin_range_takes_the_sensors_own():
    s = radar(0.85)
    v = detection.make(s)
    for k in range(6):  # 12 of 20 near, 6 of 20 far
        look(s, v, 12e3, 2e3 * (k - 2.5), 900.0, 12, 8)
        look(s, v, 51e3, 2e3 * (k - 2.5), 1900.0, 6, 14)
    learnt, _, _ = tables(s, v)
    assert p_at(learnt, 0, 12e3, 1e3, 900.0) == pytest.approx(0.6, abs=0.06)
    assert p_at(learnt, 0, 51e3, 1e3, 1900.0) == pytest.approx(0.3, abs=0.08)
    assert v.p_sensor[0, 2] == pytest.approx(240, abs=3)
    assert v.p_sensor[0, 0] == pytest.approx((108 + 20 * 0.85) / 260, abs=0.01)
    assert p_at(learnt, 0, -30e3, 1e3, 900.0) == pytest.approx(v.p_sensor[0, 0], abs=0.01)


def test_a_run_of_misses_is_a_mask_there_and_below_but_not_above_and_not_far():
    s = radar(0.8)
    v = detection.make(s)
    for k in range(8):
        look(s, v, 2e3 * k - 20e3, -9e3, 900.0, 16, 4)
    look(s, v, 21e3, 11e3, 900.0, 0, 8)
    learnt, _, high = tables(s, v)
    assert p_at(learnt, 0, 21e3, 11e3, 900.0) < 0.1
    assert p_at(learnt, 0, 21e3, 11e3, 300.0) < 0.15
    assert p_at(learnt, 0, 21e3, 11e3, 1500.0) > 0.6
    assert p_at(learnt, 0, 31e3, 11e3, 900.0) > 0.75
    # the misses behind the mask say nothing about the radar
    assert v.p_sensor[0, 0] == pytest.approx(0.8, abs=0.03)
    out = np.empty(2)
    best = learnt._replace(p_table=high)
    p_seen(best, np.ones(1, np.int8), np.array([21e3, 31e3]), np.array([11e3] * 2), np.full(2, 900.0), 50.0, 0, out)
    assert out[0] < 0.1 and out[1] > 0.7


@pytest.mark.parametrize(("p", "misses"), [(0.9, 2), (0.8, 3), (0.7, 4), (0.6, 4)])
def test_a_handful_of_chance_misses_is_no_mask(p, misses):
    s = radar(p)
    v = detection.make(s)
    code = look(s, v, 21e3, 11e3, 900.0, 0, misses)
    _, _, high = tables(s, v)
    assert high.min() > 0.48
    detection.add_look(v, code, 1, 1.0)
    _, mean, _ = tables(s, v)
    assert mean.min() > 0.65 * p


def test_a_cell_keeps_a_bounded_number_of_looks():
    s = radar()
    v = detection.make(s)
    look(s, v, 5e3, 5e3, 900.0, 1500, 500)
    assert 100 < v.looks.sum() <= detection.CELL_LOOKS_MAX


def flown(p_true: float, seed: int, n_scans: int, late=0.0, dies=None, ident=7):
    """A track at 60 m/s east, each scan hit with p_true; hits enter the track's arrays as the tracker's do."""
    rng = np.random.default_rng(seed)
    s, a = radar(0.85), trackstate.make(4, 1)
    v, w, counts = detection.make(s), sightings.make(4, 1), np.zeros(2, np.int64)
    a.state[0], a.track[0], a.ident[0], a.since_s[0] = CONFIRMED, 3, ident, -100.0
    a.p_class[0, 1], a.log_odds[0], a.integ[0] = 1.0, 8.0, 0
    a.pm[0] = np.eye(6) * 100.0
    pending: list[tuple[float, float]] = []
    n_hit = n_look = 0
    for t in range(0, int(SCAN_S * n_scans)):
        if dies is not None and t == dies:
            a.state[0] = FREE
        a.xm[0] = [-50e3 + 60.0 * t, 20e3, 1500.0, 60.0, 0.0, 0.0]
        a.t_s[0] = t
        if ident >= 0:
            a.heard_s[0] = t
        if t % SCAN_S == 1.0 and (dies is None or t < dies):
            n_look += 1
            if rng.random() < p_true:
                n_hit += 1
                pending.append((t + (20.0 if rng.random() < late else 0.0), float(t)))
        for when, hit_s in [x for x in pending if x[0] <= t]:
            pending.remove((when, hit_s))
            k = round((hit_s - a.hit_s[0, 0]) / SCAN_S)
            if k > 0:
                a.bits[0, 0] = ((a.bits[0, 0] << k) | 1) if k < 62 else 1
                a.hit_s[0, 0] = hit_s
            else:
                a.bits[0, 0] |= 1 << -k
            a.heard_s[0] = max(a.heard_s[0], hit_s)
        sightings.watch_looks(
            a, s, v, w, np.ones(1, np.int8), np.array([float(t)]), float(t), 1800.0, 0, counts
        )
    return v, n_hit, n_look


@pytest.mark.parametrize("late", [0.0, 0.1])
@pytest.mark.parametrize("p", [0.9, 0.5, 0.15])
def test_every_look_at_a_known_track_is_counted_once(p, late):
    v, n_hit, n_look = flown(p, 5, 150, late)
    hits, misses = v.looks[..., 0].sum(), v.looks[..., 1].sum()
    assert hits + misses == pytest.approx(n_look, abs=4)
    assert hits == pytest.approx(n_hit, abs=4)


@pytest.mark.parametrize(("p", "within"), [(0.85, 0.02), (0.6, 0.03)])
def test_tracks_that_only_the_radar_knows_give_the_same_share_and_their_end_little(p, within):
    hits = misses = 0.0
    for seed in range(12):
        v, _, _ = flown(p, seed, 80, dies=int(SCAN_S * 60), ident=-1)
        hits, misses = hits + v.looks[..., 0].sum(), misses + v.looks[..., 1].sum()
    assert hits + misses > 400
    assert hits / (hits + misses) == pytest.approx(p, abs=within + 0.02)


def test_a_track_that_is_not_alone_or_hovers_or_is_doubted_teaches_nothing():
    for what in ("near", "slow", "doubted", "bird"):
        s, a = radar(), trackstate.make(4, 1)
        v, w, counts = detection.make(s), sightings.make(4, 1), np.zeros(2, np.int64)
        for i in range(2):
            a.state[i], a.track[i], a.ident[i], a.since_s[i], a.integ[i] = CONFIRMED, i, i, -100.0, 0
            a.pm[i] = np.eye(6) * 100.0
        if what != "near":
            a.state[1] = FREE
        if what == "doubted":
            a.integ[:] = 1
        if what == "bird":
            a.p_class[:, 3] = 0.9
        for t in range(120):
            for i in range(2):
                a.xm[i] = [60.0 * t, 20e3 + 900.0 * i, 1500.0, 5.0 if what == "slow" else 60.0, 0.0, 0.0]
                a.t_s[i], a.heard_s[i] = t, t
            sightings.watch_looks(
                a, s, v, w, np.ones(1, np.int8), np.array([float(t)]), float(t), 1800.0, 0, counts
            )
        assert v.looks.sum() == 0.0, what


def test_a_flight_behind_a_mask_darkens_its_air_after_a_few_misses():
    s = radar(0.85)
    v, _, _ = flown(0.0, 1, 3)
    a, w, counts = trackstate.make(4, 1), sightings.make(4, 1), np.zeros(2, np.int64)
    a.state[0], a.track[0], a.ident[0], a.since_s[0], a.integ[0] = CONFIRMED, 0, 0, -100.0, 0
    a.pm[0] = np.eye(6) * 100.0
    dark_s = None
    for t in range(120):
        a.xm[0] = [60.0 * t, 20e3, 1500.0, 60.0, 0.0, 0.0]
        a.t_s[0], a.heard_s[0] = t, t
        sightings.watch_looks(a, s, v, w, np.ones(1, np.int8), np.array([float(t)]), float(t), 1800.0, 0, counts)
        mean, high = np.full((1, BANDS, CELLS, CELLS), 0.85), np.full((1, BANDS, CELLS, CELLS), 0.85)
        sightings.shade(a, s, v, w, float(t), mean, high)
        if dark_s is None and high.min() < 0.1:
            dark_s = t
    assert dark_s is not None and 16 <= dark_s <= 40


def test_the_chance_of_a_place_is_view_times_what_was_learnt():
    s = radar(0.85)
    v = detection.make(s)
    look(s, v, 21e3, 11e3, 900.0, 10, 10, SMALL)
    learnt, _, _ = tables(s, v)
    e, n, u, out = np.array([21e3]), np.array([11e3]), np.array([900.0]), np.empty(1)
    p_seen(learnt, np.ones(1, np.int8), e, n, u, 50.0, 0, out)
    want = p_at(learnt, 0, 21e3, 11e3, 900.0) * in_view(learnt, 0, 21e3, 11e3, 900.0, 50.0, 0)
    assert out[0] == pytest.approx(want)
