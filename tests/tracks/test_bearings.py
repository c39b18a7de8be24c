"""Bearings alone: what they may make, and how well, in the tracks stage."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from acoustic import T0, Draw, follow, scene, varied
from caseload import inboxes, report_batch

from flightward.config import TracksConfig
from flightward.model import ReportBatch
from flightward.tracks import Tracker

CLEAR = Draw(layout="grid", spacing_m=4500.0, n_drones=8, n_streams=1, gap_m=2500.0, bends=False, duration_s=420)


def only(reports: ReportBatch, keep: np.ndarray) -> ReportBatch:
    return reports.take(np.flatnonzero(keep))


@pytest.mark.parametrize("seed", range(8))
def test_one_line_never_makes_a_track(seed: int) -> None:
    d = dataclasses.replace(varied(seed), duration_s=240, clutter=1.0, n_drones=12)
    s = scene(seed, d)
    loudest = np.bincount(s.reports.sensor).argmax()
    tracker = Tracker(s.setup, TracksConfig())
    n_rows = 0
    for t, box in inboxes(only(s.reports, s.reports.sensor == loudest), T0, T0 + 240.0):
        picture, _ = tracker.step(t, box)
        n_rows += len(box)
        assert len(picture) == 0
    assert n_rows > 50
    assert tracker.counters()["confirmed"] == 0


def test_a_line_and_false_bearings_of_another_sensor_make_no_track_that_lasts() -> None:
    s = scene(4, dataclasses.replace(CLEAR, clutter=0.3))
    loudest = int(np.bincount(s.reports.sensor).argmax())
    other = (loudest + 1) % 12
    reports = only(s.reports, s.reports.sensor == loudest)
    rng = np.random.default_rng(1)
    n = 200
    t = np.sort(rng.uniform(0.0, 400.0, n))
    false = report_batch(
        n, t_s=T0 + t, t_rx_s=T0 + t + 1.0, sensor=np.full(n, other), azimuth_rad=rng.uniform(0.0, 6.28, n)
    )
    tracker = Tracker(s.setup, TracksConfig())
    shown = 0
    boxes = zip(inboxes(reports, T0, T0 + 400.0), inboxes(false, T0, T0 + 400.0), strict=True)
    for (t_s, a), (_, b) in boxes:
        both = ReportBatch(**{
            f: np.concatenate([getattr(a, f), getattr(b, f)]) for f in a.__dataclass_fields__
        })  # fmt: skip
        shown += len(tracker.step(t_s, both)[0])
    assert shown == 0


def test_two_sensors_side_by_side_make_no_track() -> None:
    """Their lines never part by enough: as good as one."""
    s = scene(4, dataclasses.replace(CLEAR, clutter=0.3, duration_s=300))
    loudest = int(np.bincount(s.reports.sensor).argmax())
    other = (loudest + 1) % 12
    one = only(s.reports, s.reports.sensor == loudest)
    columns = {f: getattr(one, f).copy() for f in one.__dataclass_fields__}
    # the same bearings, a little off, as of a second sensor 150 m away
    columns["sensor"][:] = other
    columns["azimuth_rad"] = columns["azimuth_rad"] + np.random.default_rng(3).normal(0.0, 0.02, len(one))
    twin = ReportBatch(**columns)
    sensors = {f: getattr(s.setup.sensors, f).copy() for f in s.setup.sensors.__dataclass_fields__}
    for f in ("e_m", "n_m", "lat_rad", "lon_rad"):
        sensors[f][other] = sensors[f][loudest]
    sensors["e_m"][other] += 150.0
    setup = dataclasses.replace(s.setup, sensors=type(s.setup.sensors)(**sensors))
    tracker = Tracker(setup, TracksConfig())
    n_rows = 0
    for (t_s, a), (_, b) in zip(inboxes(one, T0, T0 + 300.0), inboxes(twin, T0, T0 + 300.0), strict=True):
        both = ReportBatch(**{f: np.concatenate([getattr(a, f), getattr(b, f)]) for f in a.__dataclass_fields__})
        n_rows += len(both)
        assert len(tracker.step(t_s, both)[0]) == 0
    assert n_rows > 100
    assert tracker.counters()["confirmed"] == 0


def test_crossing_lines_become_tracks_whose_uncertainty_holds() -> None:
    f = follow(scene(2, CLEAR), from_s=240)
    assert f.found_heard / f.n_heard > 0.8
    assert f.n_false / f.n_tracks < 0.1
    d2 = np.array(f.inside)
    assert np.mean(d2 < 5.99) > 0.88
    assert np.median(f.error_m) < 250.0


def test_straight_streams_teach_that_turns_are_rare_and_covariances_smaller() -> None:
    s = scene(2, CLEAR)
    tracker = Tracker(s.setup, TracksConfig())
    stay_s = float(tracker.listener.ears.stay_s[0])
    for t, box in inboxes(s.reports, T0, T0 + 420.0):
        tracker.step(t, box)
    assert tracker.listener.trials.found[1, 1] > 15.0
    assert tracker.listener.ears.stay_s[0] > 1.5 * stay_s
    assert tracker.listener.trials.scale[1] < 0.9


def test_the_order_in_which_sound_arrives_does_not_matter() -> None:
    s = scene(3, dataclasses.replace(CLEAR, duration_s=300))
    # without stragglers: those are shared at another time
    sound = only(s.reports, s.reports.t_rx_s - s.reports.t_s < 20.0)
    late = sound.t_s + 20.0
    order = np.argsort(late, kind="stable")
    columns = {f: getattr(sound, f)[order].copy() for f in sound.__dataclass_fields__}
    columns["t_rx_s"] = late[order]
    together = ReportBatch(**columns)
    ends = []
    for reports in (sound, together):
        tracker = Tracker(s.setup, TracksConfig())
        for t, box in inboxes(reports, T0, T0 + 300.0):
            tracker.step(t, box)
        # what has been shared is the same; only what still waits differs
        a = tracker.engine.arrays
        rows = np.flatnonzero(a.state == 2)
        ends.append(a.xm[rows][np.argsort(a.track[rows])])
    assert ends[0].shape == ends[1].shape
    assert ends[0] == pytest.approx(ends[1], abs=1e-6)


def test_the_same_bearings_give_the_same_picture() -> None:
    s = scene(2, dataclasses.replace(CLEAR, duration_s=260))
    pictures = []
    for _ in range(2):
        tracker = Tracker(s.setup, TracksConfig())
        for t, box in inboxes(s.reports, T0, T0 + 260.0):
            picture, _ = tracker.step(t, box)
        pictures.append(picture)
    assert len(pictures[0]) > 0
    assert pictures[0].cov.tobytes() == pictures[1].cov.tobytes()


def test_a_bad_bearing_spoils_no_other() -> None:
    s = scene(2, dataclasses.replace(CLEAR, duration_s=200))
    columns = {f: getattr(s.reports, f).copy() for f in s.reports.__dataclass_fields__}
    columns["azimuth_rad"][::50] = np.nan
    columns["elevation_rad"][1::50] = np.inf
    tracker = Tracker(s.setup, TracksConfig())
    for t, box in inboxes(ReportBatch(**columns), T0, T0 + 200.0):
        picture, _ = tracker.step(t, box)
    assert len(picture) > 0
    assert np.isfinite(picture.cov).all()
    assert tracker.counters()["unusable"] >= len(columns["azimuth_rad"][::50]) - 2


@pytest.mark.slow
def test_thirty_drones_in_streams_over_many_geometries() -> None:
    heard = found = tracks = false = 0
    inside: list[float] = []
    for seed in (2, 3, 4, 6):
        f = follow(scene(seed, varied(seed, 600)))
        heard, found = heard + f.n_heard, found + f.found_heard
        tracks, false = tracks + f.n_tracks, false + f.n_false
        inside += f.inside
    assert found / heard > 0.8
    assert false / tracks < 0.1
    assert 0.9 < np.mean(np.array(inside) < 5.99) < 0.98
