"""Tracks smoothed over a small sky under two radars: nearer to the truth than the live picture, and honest about it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from twosystems import T0, make_setup, plots, retold, together

from flightward.config import TracksConfig
from flightward.model import ReportBatch, Setup, TrackBatch
from flightward.model.smooth import SmoothedBatch
from flightward.tracks import Tracker
from flightward.tracks.heard import POSITION, Heard
from flightward.tracks.smooth import Errors, smooth

CFG = TracksConfig()


@dataclasses.dataclass
class Sky:
    """Reports of each second and where N drones truly were at each whole second (T, N, 3)."""

    setup: Setup
    said: list[ReportBatch]
    truth: np.ndarray


def sky(seconds: int = 150, n: int = 6, seed: int = 3, radars: tuple[int, ...] = (0, 1)) -> Sky:
    rng, setup = np.random.default_rng(seed), make_setup()
    x = np.column_stack([rng.uniform(-20e3, 30e3, n), rng.uniform(-15e3, 35e3, n), rng.uniform(500.0, 1500.0, n)])
    course = rng.uniform(0.0, 2.0 * np.pi, n)
    said, truth = [], []
    for k in range(seconds):
        course += rng.normal(0.0, 0.01, n) + (0.05 if 60 <= k < 80 else 0.0)  # a turn of 60 degrees for all
        x = x + 50.0 * np.column_stack([np.sin(course), np.cos(course), np.zeros(n)])
        said.append(together([plots(setup, rng, T0 + k, r, x) for r in radars if k % 4 == 2 * r]))
        truth.append(x.copy())
    return Sky(setup, said, np.array(truth))


def track(s: Sky, heard: Heard | None) -> tuple[Tracker, list[TrackBatch]]:
    tracker = Tracker(s.setup, CFG, heard=heard)
    return tracker, [tracker.step(T0 + k + 0.5, batch)[0] for k, batch in enumerate(s.said)]


def errors_of(tracker: Tracker) -> Errors:
    return Errors(np.array([tracker.bias.correction(k) for k in range(len(tracker.setup.sensors))]))


def off(t_s: np.ndarray, x: np.ndarray, cov: np.ndarray, truth: np.ndarray, lag_s: float) -> tuple[float, float, int]:
    """Horizontal rms in metres, NEES / 3 and how many rows are within 800 m of a drone, 20 s from both ends."""
    d2, nees = [], []
    for t, place, p in zip(t_s - T0, x, cov, strict=True):
        k = int(t)
        if not 20 <= k < len(truth) - 20:
            continue
        true = truth[k] + lag_s * (truth[k + 1] - truth[k])
        d = place - true[np.linalg.norm(true - place, axis=1).argmin()]
        if np.hypot(d[0], d[1]) < 800.0:
            d2.append(d[0] ** 2 + d[1] ** 2)
            nees.append(d @ np.linalg.solve(p, d) / 3.0)
    return float(np.sqrt(np.mean(d2))), float(np.mean(nees)), len(d2)


def rows_of(b: TrackBatch | SmoothedBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    t_s = np.full(len(b), b.t_s) if isinstance(b, TrackBatch) else b.t_s
    return t_s, np.column_stack([b.e_m, b.n_m, b.u_m]), b.cov[:, :3, :3]


@pytest.fixture(scope="module")
def day() -> tuple[Sky, Tracker, list[TrackBatch], Heard, SmoothedBatch]:
    s, heard = sky(), Heard()
    tracker, pictures = track(s, heard)
    return s, tracker, pictures, heard, smooth(heard, errors_of(tracker), CFG)


def test_smoothed_tracks_are_nearer_to_the_truth_and_honest(day: Any) -> None:
    s, _, pictures, _, smoothed = day
    live = [np.concatenate(c) for c in zip(*(rows_of(p) for p in pictures), strict=True)]
    live_m, live_nees, live_n = off(*live, s.truth, 0.5)
    late_m, late_nees, late_n = off(*rows_of(smoothed), s.truth, 0.0)
    assert late_n > 0.97 * live_n > 500
    assert late_m < 0.75 * live_m
    assert 0.5 < late_nees < 1.6, (late_nees, live_nees)


def test_the_turn_is_seen_where_it_was(day: Any) -> None:
    _, _, _, _, smoothed = day
    k = smoothed.t_s - T0
    turning, straight = smoothed.p_turn[(k > 65) & (k < 76)], smoothed.p_turn[(k > 25) & (k < 50)]
    assert turning.mean() > 0.7
    assert straight.mean() < 0.25
    assert smoothed.turn_radps[(k > 65) & (k < 76)].mean() == pytest.approx(0.05, abs=0.02)


def test_rows_stand_by_track_and_whole_second_between_first_and_last_report(day: Any) -> None:
    _, _, pictures, _, smoothed = day
    assert (smoothed.t_s == np.rint(smoothed.t_s)).all()
    key = smoothed.track * 10_000 + (smoothed.t_s - T0)
    assert (np.diff(key) > 0).all()
    assert set(smoothed.track) <= set(np.concatenate([p.track for p in pictures]))
    assert (smoothed.gap_s >= 0.0).all()
    for one in np.unique(smoothed.track):
        assert (np.diff(smoothed.t_s[smoothed.track == one]) == 1.0).all()


def test_what_is_kept_changes_no_picture(day: Any) -> None:
    s, _, pictures, _, _ = day
    _, plain = track(Sky(s.setup, s.said[:60], s.truth), None)
    for a, b in zip(plain, pictures, strict=False):
        for field in dataclasses.fields(TrackBatch):
            assert np.array_equal(getattr(a, field.name), getattr(b, field.name), equal_nan=True), field.name


def test_the_same_day_gives_the_same_bits(day: Any) -> None:
    _, tracker, _, heard, smoothed = day
    again = smooth(heard, errors_of(tracker), CFG)
    assert np.array_equal(again.cov, smoothed.cov)
    assert np.array_equal(again.e_m, smoothed.e_m)


def test_reports_stand_in_order_of_time_however_they_came(day: Any) -> None:
    _, tracker, _, heard, smoothed = day
    rows = heard.rows()
    mixed = Heard()
    mixed.track, mixed.p_class, mixed.noise, mixed.is_named = heard.track, heard.p_class, heard.noise, heard.is_named
    mixed._blocks = [rows.take(np.random.default_rng(1).permutation(len(rows.t_s)))]
    again = smooth(mixed, errors_of(tracker), CFG)
    assert again.e_m == pytest.approx(smoothed.e_m, abs=1e-6)


def test_an_error_found_late_is_taken_off_from_the_beginning(day: Any) -> None:
    _, tracker, _, heard, smoothed = day
    by = errors_of(tracker).by.copy()
    by[:2, 0] += 200.0  # both radars turn out to have measured 200 m too far
    moved = smooth(heard, Errors(by), CFG)
    d = np.hypot(moved.e_m - smoothed.e_m, moved.n_m - smoothed.n_m)
    assert np.median(d) > 80.0
    k = smoothed.t_s - T0
    assert np.median(d[k < 30]) == pytest.approx(np.median(d[k > 100]), rel=0.5)


def test_a_report_of_somebody_else_is_left_out(day: Any) -> None:
    _, tracker, _, heard, smoothed = day
    rows = heard.rows()
    one = int(np.unique(smoothed.track)[0])
    mine = np.flatnonzero((heard.track[rows.serial] == one) & (rows.kind == POSITION))
    z = rows.z.copy()
    z[mine[len(mine) // 2], 0] += 3_000.0
    spoilt = Heard()
    spoilt.track, spoilt.p_class, spoilt.noise = heard.track, heard.p_class, heard.noise
    spoilt.is_named = heard.is_named
    spoilt._blocks = [dataclasses.replace(rows, z=z)]
    again = smooth(spoilt, errors_of(tracker), CFG)
    d = np.abs(again.e_m - smoothed.e_m)[smoothed.track == one]
    assert d.max() < 60.0
    assert again.n_reports[again.track == one][0] == smoothed.n_reports[smoothed.track == one][0] - 1


def test_tracks_of_another_system_are_smoothed_without_being_believed_too_much() -> None:
    s = sky(seconds=120, n=4, seed=5)
    first, second, heard = Tracker(s.setup, CFG), None, Heard()
    second = Tracker(s.setup, CFG, heard=heard)
    for k, batch in enumerate(s.said):
        picture, _ = first.step(T0 + k + 0.5, batch)
        if k % 2 == 0:
            second.step(T0 + k + 0.5, retold(s.setup, picture))
    smoothed = smooth(heard, errors_of(second), CFG)
    rms_m, nees, n = off(*rows_of(smoothed), s.truth, 0.0)
    assert n > 200
    assert rms_m < 90.0
    assert nees < 2.0


def test_nothing_heard_gives_no_rows() -> None:
    assert len(smooth(Heard(), Errors(np.zeros((0, 4))), CFG)) == 0
