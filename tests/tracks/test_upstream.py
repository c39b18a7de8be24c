"""Tracks of another system: fused, never counted twice, never believed against what we hear ourselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from caseload import report_batch
from twosystems import T0, both_systems, make_setup, plots, together, told

from flightward.config import TracksConfig
from flightward.model import NONE, Integrity, Kind, ReportBatch, TrackBatch
from flightward.tracks import Tracker

EAST = np.array([50.0, 0.0, 0.0])
HERE = np.array([5e3, 20e3, 1000.0])
ALICE = 5


def north(m: float) -> np.ndarray:
    """HERE, so far to the north."""
    return np.asarray(HERE + np.array([0.0, m, 0.0]))


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(make_setup(), TracksConfig())


def run(tracker: Tracker, first: int, last: int, say) -> TrackBatch:
    """Seconds first..last; `say` gives the batches of a second."""
    picture = None
    for k in range(first, last):
        picture, _ = tracker.step(T0 + k + 0.5, together(say(k)))
    assert picture is not None
    return picture


def one(tracker: Tracker, number=7, start=HERE, v=EAST, every=4, **given):
    """What a source says of one object, each `every` seconds."""
    def say(k: int) -> list[ReportBatch]:
        return [told(tracker.setup, T0 + k, number, start + k * v, v, **given)] if k % every == 0 else []

    return say


def voice(tracker: Tracker, k: int, x: np.ndarray, v: np.ndarray, sigma_m: float = 10.0) -> ReportBatch:
    """ADS-B of ALICE, by our own receiver."""
    lat, lon = tracker.setup.frame.to_geodetic(x[:1].copy(), x[1:2].copy())
    ve, vn = tracker.setup.frame.true_velocity(lat, lon, v[:1].copy(), v[1:2].copy())
    return report_batch(
        1, t_s=[T0 + k], t_rx_s=[T0 + k + 0.1], sensor=[2], lat_rad=lat, lon_rad=lon, hae_m=[x[2]], ve_mps=ve,
        vn_mps=vn, vu_mps=[0.0], sigma_h_m=[sigma_m], sigma_v_m=[10.0], identity=[ALICE],
    )  # fmt: skip


def test_a_track_of_another_system_is_confirmed_after_three_reports_with_its_state(tracker: Tracker) -> None:
    assert len(run(tracker, 0, 8, one(tracker))) == 0
    picture = run(tracker, 8, 30, one(tracker))
    assert len(picture) == 1
    np.testing.assert_allclose([picture.e_m[0], picture.n_m[0], picture.u_m[0]], HERE + 29.5 * EAST, atol=2.0)
    assert picture.ve_mps[0] == pytest.approx(50.0, abs=0.5)
    assert 40.0 < np.sqrt(picture.cov[0, 0, 0]) < 90.0
    assert 0.9 < picture.p_exists[0] < 0.96  # by its word alone it is never certain
    assert tracker.counters()["unusable"] == 0


def test_saying_the_same_more_often_makes_nothing_surer(tracker: Tracker) -> None:
    often = Tracker(tracker.setup, TracksConfig())
    a = run(tracker, 0, 121, one(tracker))
    b = run(often, 0, 121, one(often, every=1))
    # 60 m is what the source says; a little is added, and for the age of the report
    assert 64.0 < np.sqrt(b.cov[0, 0, 0]) <= np.sqrt(a.cov[0, 0, 0]) < 90.0


def test_two_trackers_of_the_same_plots_stay_within_bounds() -> None:
    # multiplied as if independent, the same feed gives a mean NEES of 4.1, and 12.7 if sent each second
    first, second = both_systems(300, every_s=1)
    assert 0.6 < first.mean < 1.15
    assert 0.6 < second.mean < 1.15
    assert second.rms_m < 1.05 * first.rms_m
    assert second.shown[-1] == first.shown[-1] == 12


def test_what_another_system_sees_better_is_taken_over() -> None:
    first, second = both_systems(240, every_s=4, ours=())
    assert second.mean < 1.15
    assert second.rms_m < 1.15 * first.rms_m
    assert max(second.shown) == 12


def test_a_track_that_its_source_drops_fades_while_the_source_speaks_of_others(tracker: Tracker) -> None:
    other = one(tracker, number=8, start=north(20e3))
    keeps = one(tracker)
    assert len(run(tracker, 0, 40, lambda k: keeps(k) + other(k))) == 2
    p = [p_of(run(tracker, k, k + 1, other), 0) for k in range(40, 100)]
    assert p[2] > 0.9
    assert p[-1] == 0.0
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(p))


def p_of(picture: TrackBatch, track: int) -> float:
    at = np.flatnonzero(picture.track == track)
    return float(picture.p_exists[at[0]]) if len(at) else 0.0


def test_a_source_that_falls_silent_altogether_only_lets_its_tracks_coast(tracker: Tracker) -> None:
    run(tracker, 0, 40, one(tracker))
    picture = run(tracker, 40, 75, lambda k: [])
    assert len(picture) == 1
    assert np.sqrt(picture.cov[0, 0, 0]) > 100.0


def test_swapped_numbers_do_not_swap_the_tracks(tracker: Tracker) -> None:
    a, b = HERE, north(3e3)
    before = run(tracker, 0, 40, lambda k: one(tracker, 7, a)(k) + one(tracker, 8, b)(k))
    after = run(tracker, 40, 80, lambda k: one(tracker, 8, a)(k) + one(tracker, 7, b)(k))
    assert before.track.tolist() == after.track.tolist()
    np.testing.assert_allclose(after.n_m - before.n_m, 0.0, atol=5.0)


def test_a_number_used_again_elsewhere_is_another_track(tracker: Tracker) -> None:
    run(tracker, 0, 40, one(tracker))
    picture = run(tracker, 40, 80, one(tracker, start=north(-30e3)))
    assert 0 not in picture.track.tolist() or p_of(picture, 0) < 0.95
    assert 1 in picture.track.tolist()
    assert picture.n_m[picture.track == 1][0] == pytest.approx(-10e3, abs=10.0)


def test_a_changed_number_keeps_the_track(tracker: Tracker) -> None:
    run(tracker, 0, 40, one(tracker))
    picture = run(tracker, 52, 92, one(tracker, number=99))
    assert picture.track.tolist() == [0]


def test_plots_and_upstream_are_one_track_whoever_comes_first(tracker: Tracker) -> None:
    rng = np.random.default_rng(5)

    def radar(k: int) -> list[ReportBatch]:
        return [plots(tracker.setup, rng, T0 + k, 0, (HERE + k * EAST)[None, :])] if k % 4 == 0 else []

    assert len(run(tracker, 0, 40, one(tracker))) == 1
    both = run(tracker, 40, 100, lambda k: one(tracker)(k) + radar(k))
    assert both.track.tolist() == [0]
    assert both.p_exists[0] > 0.99
    late = Tracker(tracker.setup, TracksConfig())
    run(late, 0, 60, radar)
    assert run(late, 60, 120, lambda k: one(late)(k) + radar(k)).track.tolist() == [0]


def test_two_sources_of_one_object_are_one_track(tracker: Tracker) -> None:
    picture = run(tracker, 0, 60, lambda k: one(tracker, 7, sensor=0)(k) + one(tracker, 7, sensor=1)(k))
    assert len(picture) == 1
    assert np.sqrt(picture.cov[0, 0, 0]) > 55.0


def test_an_identity_heard_directly_gets_no_second_track_and_no_witness(tracker: Tracker) -> None:
    fast = np.array([80.0, 0.0, 0.0])
    system = one(tracker, v=fast, identity=ALICE)
    picture = run(tracker, 0, 60, lambda k: [voice(tracker, k, HERE + k * fast, fast), *system(k)])
    assert picture.track.tolist() == [0]
    assert picture.identity.tolist() == [ALICE]
    assert np.sqrt(picture.cov[0, 0, 0]) < 15.0  # our own ears are the better ones
    # its position jumps; the other system repeats what it heard and proves nothing
    astray = one(tracker, start=north(60e3), v=fast, identity=ALICE, every=1)
    picture = run(tracker, 60, 90, lambda k: [voice(tracker, k, north(60e3) + k * fast, fast), *astray(k)])
    assert len(picture) == 1
    assert picture.integrity[0] == Integrity.FALSE
    assert abs(picture.n_m[0] - HERE[1]) < 3e3


def test_an_identity_known_only_from_upstream_is_judged_like_any_other(tracker: Tracker) -> None:
    fast = np.array([80.0, 0.0, 0.0])
    picture = run(tracker, 0, 60, one(tracker, v=fast, identity=ALICE))
    assert picture.identity.tolist() == [ALICE]
    assert picture.integrity[0] == Integrity.TRUSTED
    picture = run(tracker, 60, 90, one(tracker, start=north(60e3), v=fast, identity=ALICE))
    assert len(picture) == 1
    assert picture.integrity[0] != Integrity.TRUSTED
    assert abs(picture.n_m[0] - HERE[1]) < 3e3


def test_what_the_source_calls_it_and_declares_is_kept(tracker: Tracker) -> None:
    picture = run(tracker, 0, 40, one(tracker, kind=int(Kind.DRONE), p_kind=0.9, hostile=1))
    assert picture.p_class[0].argmax() == Kind.DRONE
    assert picture.hostile[0] == 1
    assert picture.p_hostile[0] > 0.9


def test_without_a_velocity_it_is_taken_from_the_positions(tracker: Tracker) -> None:
    nothing = {"ve_mps": np.nan, "vn_mps": np.nan, "vu_mps": np.nan, "sigma_h_m": np.nan}
    picture = run(tracker, 0, 80, one(tracker, **nothing))
    assert len(picture) == 1
    assert picture.ve_mps[0] == pytest.approx(50.0, abs=5.0)
    assert np.sqrt(picture.cov[0, 0, 0]) > 150.0  # a source that does not say how good it is, is not good


def test_rows_of_a_receiver_are_self_reports_though_they_are_numbered(tracker: Tracker) -> None:
    row = told(tracker.setup, T0, 7, HERE, EAST, sensor=2, identity=ALICE)
    tracker.step(T0 + 0.5, row)
    assert tracker.counters()["upstream"] == 0
    assert tracker.engine.slot_of[ALICE] != NONE


def test_bad_rows_mark_themselves_only(tracker: Tracker) -> None:
    say = one(tracker)

    def bad(k: int) -> list[ReportBatch]:
        rows = say(k)
        if rows:
            rows.append(told(tracker.setup, np.nan, 8, HERE, EAST))
            rows.append(told(tracker.setup, T0 + k, 9, HERE + 9e3, EAST, lat_rad=np.nan, lon_rad=np.nan))
        return rows

    assert len(run(tracker, 0, 40, bad)) == 1
    assert tracker.counters()["unusable"] == 20


def test_links_are_forgotten_in_the_end(tracker: Tracker) -> None:
    for k in range(0, 2000, 20):
        tracker.step(T0 + k, told(tracker.setup, T0 + k, k, HERE + 0.8 * k * EAST, EAST))
    assert len(tracker.upstream.links.key) < 40
