"""The tracks stage on small hand-made scenes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from caseload import report_batch, setup_of

from flightward.config import TracksConfig
from flightward.kernels.polar import plane_to_polar
from flightward.model import NONE, Integrity, IntegrityReason, Kind, ReportBatch, Setup, TrackBatch, TrackStatus, f64
from flightward.tracks import Tracker

RADAR = {
    "id": "radar", "kind": "radar", "lat_deg": 50.0, "lon_deg": 20.0, "hae_m": 100.0, "min_range_m": 500.0,
    "max_range_m": 100e3, "min_elevation_rad": -0.01, "max_elevation_rad": 0.8, "scan_s": 4.0, "sigma_range_m": 50.0,
    "sigma_azimuth_rad": 0.003, "sigma_elevation_rad": 0.005, "p_detect": 0.9, "clutter_per_scan": 10.0,
}  # fmt: skip
ADSB = {"id": "adsb", "kind": "adsb", "lat_deg": 50.0, "lon_deg": 20.0, "hae_m": 100.0, "max_range_m": 250e3,
        "scan_s": 2.0, "p_detect": 0.9}  # fmt: skip
EAR = {"id": "ear", "kind": "acoustic", "lat_deg": 50.1, "lon_deg": 20.0, "hae_m": 100.0, "max_range_m": 20e3,
       "scan_s": 2.0, "sigma_azimuth_rad": 0.02, "p_detect": 0.7}  # fmt: skip
T0 = 1_700_000_000.0


def plots(setup: Setup, t_s: float, where: list[tuple[float, float, float]], rcs_m2: float = 0.05) -> ReportBatch:
    """What a perfect radar says of plane points."""
    s = setup.sensors
    e, n, u = (f64(c) for c in zip(*where, strict=True))
    r, a, el = np.empty(len(e)), np.empty(len(e)), np.empty(len(e))
    frame = setup.frame
    plane_to_polar(
        e, n, u, s.lat_rad[0], s.lon_rad[0], s.hae_m[0], frame.lat0_rad, frame.lon0_rad, r, a, el
    )
    k = len(e)
    return report_batch(
        k, t_s=np.full(k, t_s), t_rx_s=np.full(k, t_s + 0.3), sensor=np.zeros(k), range_m=r, azimuth_rad=a,
        elevation_rad=el, rcs_m2=np.full(k, rcs_m2),
    )  # fmt: skip


def nothing() -> ReportBatch:
    return report_batch(0)


def fly(tracker: Tracker, seconds: int, seen=lambda k: True, start: int = 0) -> TrackBatch:
    """A drone at 50 m/s east, 20 km north of the radar, one plot each 4 s while `seen`."""
    picture = None
    for k in range(start, start + seconds):
        due = k % 4 == 0 and seen(k)
        inbox = plots(tracker.setup, T0 + k, [(50.0 * k, 20e3, 1000.0)]) if due else nothing()
        picture, _ = tracker.step(T0 + k + 0.5, inbox)
    assert picture is not None
    return picture


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(setup_of(50.0, 20.0, [RADAR, ADSB, EAR]), TracksConfig())


def test_a_steady_target_becomes_one_track_with_its_velocity_and_class(tracker: Tracker) -> None:
    picture = fly(tracker, 60)
    assert len(picture) == 1
    assert math.hypot(picture.e_m[0] - 50.0 * 59.5, picture.n_m[0] - 20e3) < 60.0
    assert picture.ve_mps[0] == pytest.approx(50.0, abs=4.0)
    assert picture.p_class[0].argmax() == Kind.DRONE
    assert picture.p_hostile[0] > 0.8
    assert picture.hostile[0] == NONE
    assert picture.p_class[0].sum() == pytest.approx(1.0)
    assert np.linalg.eigvalsh(picture.cov[0]).min() > 0.0


def test_two_reports_are_not_yet_a_track(tracker: Tracker) -> None:
    assert len(fly(tracker, 8)) == 0
    assert len(fly(tracker, 4, start=8)) == 1


def test_a_repeated_report_counts_once(tracker: Tracker) -> None:
    one = plots(tracker.setup, T0, [(0.0, 20e3, 1000.0)])
    tracker.step(T0 + 0.5, one)
    tracker.step(T0 + 1.5, one)
    assert tracker.counters()["duplicates"] == 1
    assert tracker.counters()["births"] == 1


def test_a_report_later_than_the_limit_is_counted_and_not_used(tracker: Tracker) -> None:
    tracker.step(T0 + 100.0, plots(tracker.setup, T0, [(0.0, 20e3, 1000.0)]))
    assert tracker.counters()["too_late"] == 1
    assert tracker.counters()["births"] == 0


def test_silence_of_a_live_radar_ends_a_track_but_that_of_a_dead_one_does_not(tracker: Tracker) -> None:
    fly(tracker, 60)
    for k in range(60, 100):
        other = plots(tracker.setup, T0 + k, [(-40e3, -30e3 + 900.0 * k, 5000.0)]) if k % 4 == 0 else nothing()
        live, coverage = tracker.step(T0 + k + 0.5, other)
    assert coverage.is_live[0] == 1
    assert len(live) == 0
    dead = Tracker(tracker.setup, TracksConfig())
    fly(dead, 60)
    picture = fly(dead, 40, seen=lambda k: False, start=60)
    assert len(picture) == 1
    assert picture.status[0] == TrackStatus.COASTING
    assert picture.age_s[0] == pytest.approx(43.5, abs=0.01)


def test_uncertainty_grows_while_a_track_coasts(tracker: Tracker) -> None:
    narrow = fly(tracker, 60).cov[0, 0, 0]
    assert fly(tracker, 30, seen=lambda k: False, start=60).cov[0, 0, 0] > 4.0 * narrow


def test_an_old_report_helps_and_never_harms(tracker: Tracker) -> None:
    fly(tracker, 58, seen=lambda k: k != 52)
    late = plots(tracker.setup, T0 + 52.0, [(50.0 * 52, 20e3, 1000.0)])
    picture, _ = tracker.step(T0 + 58.5, late)
    assert len(picture) == 1
    assert math.hypot(picture.e_m[0] - 50.0 * 58.5, picture.n_m[0] - 20e3) < 60.0
    assert picture.n_reports[0] == 15


def test_two_crossing_targets_keep_two_tracks(tracker: Tracker) -> None:
    for k in range(0, 120):
        x = 50.0 * (k - 60)
        where = [(x, 20e3, 1000.0), (-x, 20e3 + 0.3 * x, 1000.0)]
        picture, _ = tracker.step(T0 + k + 0.5, plots(tracker.setup, T0 + k, where) if k % 4 == 0 else nothing())
    assert len(picture) == 2
    assert sorted(np.sign(picture.ve_mps)) == [-1.0, 1.0]


def test_a_bad_row_spoils_no_other(tracker: Tracker) -> None:
    for k in range(0, 40, 4):
        good = plots(tracker.setup, T0 + k, [(50.0 * k, 20e3, 1000.0), (30e3, 30e3, 2000.0)])
        values = {f: getattr(good, f).copy() for f in good.__dataclass_fields__}
        values["range_m"][1] = np.nan
        values["azimuth_rad"][1] = np.nan
        picture, _ = tracker.step(T0 + k + 0.5, ReportBatch(**values))
    assert len(picture) == 1
    assert tracker.counters()["unusable"] == 10


def test_bearings_alone_never_make_a_track_but_keep_one_straight(tracker: Tracker) -> None:
    def bearing(k: float) -> ReportBatch:
        s = tracker.setup.sensors
        azimuth = math.atan2(50.0 * k - s.e_m[2], 20e3 - s.n_m[2])
        return report_batch(1, t_s=[T0 + k], t_rx_s=[T0 + k + 0.4], sensor=[2], azimuth_rad=[azimuth])

    alone = Tracker(tracker.setup, TracksConfig())
    for k in range(0, 60, 2):
        picture, _ = alone.step(T0 + k + 0.5, bearing(k))
    assert len(picture) == 0
    deaf = Tracker(tracker.setup, TracksConfig())
    fly(deaf, 60)
    without = fly(deaf, 29, seen=lambda k: False, start=60)
    fly(tracker, 60)
    for k in range(60, 90, 2):
        picture, _ = tracker.step(T0 + k + 0.5, bearing(k))
    assert picture.cov[0, 0, 0] < 0.5 * without.cov[0, 0, 0]
    assert picture.e_m[0] == pytest.approx(50.0 * 88.5, abs=150.0)
    assert picture.sensor_mask[0] & 4


def spoken(setup: Setup, t_s: float, e: float, n: float, u: float, **more: object) -> ReportBatch:
    """A self-report at a plane point, 70 m/s east."""
    lat, lon = setup.frame.to_geodetic(f64([e]), f64([n]))
    given = {"ve_mps": [70.0], "vn_mps": [0.0], "vu_mps": [0.0], "sensor": [1], "sigma_h_m": [10.0],
             "sigma_v_m": [15.0]} | more  # fmt: skip
    return report_batch(
        1, t_s=[t_s], t_rx_s=[t_s + 0.2], lat_rad=lat, lon_rad=lon, hae_m=[u],
        identity=[setup.names.intern("abc123")], **given,
    )  # fmt: skip


def test_labels_and_declarations_of_a_radar_count(tracker: Tracker) -> None:
    for k in range(0, 40, 4):
        plain = plots(tracker.setup, T0 + k, [(50.0 * k, 20e3, 1000.0)], np.nan)
        values = {f: getattr(plain, f).copy() for f in plain.__dataclass_fields__}
        values["kind"][:], values["p_kind"][:], values["hostile"][:] = Kind.HELICOPTER, 0.9, 1
        picture, _ = tracker.step(T0 + k + 0.5, ReportBatch(**values))
    assert picture.p_class[0].argmax() == Kind.HELICOPTER
    assert picture.hostile[0] == 1
    assert picture.p_hostile[0] == 0.99


def test_identity_takes_over_the_radar_track_and_stays_one(tracker: Tracker) -> None:
    for k in range(0, 80):
        where = [(70.0 * k, 20e3, 1000.0)]
        inbox = plots(tracker.setup, T0 + k, where, 5.0) if k % 4 == 0 else nothing()
        if k >= 40 and k % 2 == 1:
            inbox = spoken(tracker.setup, T0 + k, 70.0 * k, 20e3, 1000.0)
        picture, _ = tracker.step(T0 + k + 0.5, inbox)
        assert len(picture) <= 1
    assert picture.identity[0] == tracker.setup.names.find("abc123")
    assert picture.integrity[0] == Integrity.TRUSTED
    assert picture.p_hostile[0] < 0.2


def test_a_jump_is_not_followed_and_trust_comes_back(tracker: Tracker) -> None:
    verdicts = []
    for k in range(0, 120):
        off = 25e3 if 60 <= k < 80 else 0.0
        inbox = spoken(tracker.setup, T0 + k, 70.0 * k, 10e3 + off, 1000.0)
        picture, _ = tracker.step(T0 + k + 0.5, inbox)
        if k > 10:
            assert abs(picture.n_m[0] - 10e3) < 200.0
            verdicts.append(int(picture.integrity[0]))
    assert verdicts[40] == Integrity.TRUSTED
    assert verdicts[52] == Integrity.FALSE
    assert verdicts[-1] == Integrity.TRUSTED


def test_silence_makes_an_identity_stale_and_keeps_it(tracker: Tracker) -> None:
    for k in range(0, 20, 2):
        tracker.step(T0 + k + 0.5, spoken(tracker.setup, T0 + k, 70.0 * k, 10e3, 1000.0))
    for k in range(20, 1800, 5):
        picture, _ = tracker.step(T0 + k + 0.5, nothing())
    assert len(picture) == 1
    # what it said last was true then: its age says how old it is
    assert picture.integrity[0] == Integrity.TRUSTED
    assert picture.integrity_reason[0] == IntegrityReason.STALE
    assert picture.age_s[0] > 1700.0
    assert picture.status[0] == TrackStatus.COASTING
    assert 0.0 < picture.p_exists[0] < 0.5  # asked for, but after half an hour hardly there


def test_slots_grow_and_are_used_again(tracker: Tracker) -> None:
    rng = np.random.default_rng(3)
    for k in range(0, 200, 4):
        where = [tuple(v) for v in rng.uniform([-60e3, -60e3, 500.0], [60e3, 60e3, 3000.0], (400, 3))]
        tracker.step(T0 + k + 0.5, plots(tracker.setup, T0 + k, where))
    size = len(tracker.engine.arrays.state)
    assert 512 < size <= 8192
    used = int((tracker.engine.arrays.state > 0).sum())
    assert used + tracker.engine.counts[0] == size
    assert tracker.counters()["overflow"] == 0


def test_the_same_input_gives_the_same_picture(tracker: Tracker) -> None:
    a, b = fly(tracker, 40), fly(Tracker(tracker.setup, TracksConfig()), 40)
    assert a.cov.tobytes() == b.cov.tobytes()
    assert a.e_m.tobytes() == b.e_m.tobytes()
