"""SIAP, NEES and the reliability of existence, by hand; track_scores on what track_table gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import flightward as fw
from flightward.errors import BadInput
from flightward.score import track_scores
from flightward.score.scene import Scene, Things
from flightward.score.siap import continuity, follow


def rows(name: str, of: dict[Any, list[tuple[float, float]]], **more: Any) -> dict[str, np.ndarray]:
    """Columns of things that stand at (t, e) on the east axis."""
    t, ids, e = zip(*[(t, i, e) for i, places in of.items() for t, e in places], strict=True)
    zero = np.zeros(len(t))
    return {"t_s": np.array(t), name: np.array(ids), "e_m": np.array(e), "n_m": zero, "u_m": zero, **more}


def stay(e_m: float, start: int = 0, stop: int = 10) -> list[tuple[float, float]]:
    return [(float(t), e_m) for t in range(start, stop)]


def test_one_track_on_one_object_is_perfect() -> None:
    got = track_scores(rows("track_id", {"T": stay(30.0)}), rows("object_id", {"o": stay(0.0)}))
    siap = got["siap"]["3d"]
    assert (siap["completeness"], siap["ambiguity"], siap["spuriousness"]) == (1.0, 1.0, 0.0)
    assert siap["position_m"] == pytest.approx(30.0)
    assert siap["velocity_mps"] is None
    assert (siap["track_number_changes"], siap["longest_segment"]) == (0, 1.0)
    assert got["gospa"]["3d"]["gospa_m"] == got["ospa_m"]["2d"] == pytest.approx(30.0)
    json.dumps(got, allow_nan=False)


def test_two_times_near_are_not_yet_following() -> None:
    got = track_scores(rows("track_id", {1: stay(0.0, 3, 5)}), rows("object_id", {1: stay(0.0)}))
    assert got["siap"]["3d"]["completeness"] == 0.0
    assert got["siap"]["3d"]["spuriousness"] == 1.0


def test_one_time_off_ends_nothing_and_two_do() -> None:
    at = np.arange(9)
    one = np.zeros(9, np.int64)
    s = follow(one, at, np.array([5, 5, 5, -1, 5, 5, -1, -1, 5]))
    assert (s.thing.tolist(), s.first.tolist(), s.last.tolist()) == ([5], [0], [5])


def test_a_handed_over_object_needs_two_tracks() -> None:
    tracks = rows("track_id", {1: stay(0.0, 0, 5), 2: stay(0.0, 5, 10)})
    siap = track_scores(tracks, rows("object_id", {1: stay(0.0)}))["siap"]["2d"]
    assert siap["track_number_changes"] == 1
    assert siap["track_number_changes_per_s"] == pytest.approx(1.0 / 8.0)  # followed 0 to 4 and 5 to 9
    assert siap["longest_segment"] == pytest.approx(4.0 / 9.0)


def test_continuity_of_nothing() -> None:
    none = np.zeros(0, np.int64)
    c = continuity(follow(none, none, none), np.zeros(0), none, none, 2)
    assert c.needed.tolist() == [0, 0]


def scene(aside: list[bool], e_m: float, sigma_m: float = 10.0) -> Scene:
    """A drone at 0 and a bird at 5 km, one track at e_m; three instants."""
    n, at = 3, np.repeat(np.arange(3), 2)
    truth = Things(at, np.tile([0, 1], n), np.tile([[0.0, 0, 0], [5e3, 0, 0]], (n, 1)), np.zeros((2 * n, 3)))
    tracks = Things(np.arange(n), np.zeros(n, np.int64), np.tile([[e_m, 0.0, 0.0]], (n, 1)), np.zeros((n, 3)))
    cov = np.repeat(np.eye(3)[None] * sigma_m**2, n, axis=0)
    kinds = np.array(["drone", "bird"], dtype=object)
    return Scene(np.arange(3.0), tracks, truth, cov, np.full(n, 0.9), kinds, np.tile(aside, n))


def test_a_track_of_a_bird_counts_for_nothing_when_birds_are_set_aside() -> None:
    s = scene([False, True], 5_030.0)
    assert s.siap(3, 200.0)["spuriousness"] is None
    assert s.gospa(3, 200.0)[:, 2].sum() == 0.0
    assert scene([False, False], 5_030.0).siap(3, 200.0)["completeness"] == 0.5


def test_nees_and_the_ellipsoids() -> None:
    got = scene([False, True], 30.0).nees()["drone"]
    assert got["mean_3d"] == pytest.approx(9.0 / 3.0)
    assert got["mean_2d"] == pytest.approx(9.0 / 2.0)
    assert got["inside_3d"] == {"0.5": 0.0, "0.9": 0.0, "0.95": 0.0}
    assert scene([False, True], 24.0).nees()["drone"]["inside_3d"] == {"0.5": 0.0, "0.9": 1.0, "0.95": 1.0}


def test_a_large_error_counts_where_large_ones_were_said_to_be_possible() -> None:
    assert scene([False, True], 900.0, sigma_m=300.0).nees()["drone"]["rows"] == 3
    assert scene([False, True], 900.0, sigma_m=10.0).nees() == {}


def test_existence_says_how_many_are_real() -> None:
    got = scene([False, True], 30.0).existence()
    assert got == [{"from": 0.9, "said": pytest.approx(0.9), "real": 1.0, "n": 3}]
    assert scene([False, True], 2_500.0).existence()[0]["real"] == 0.0


def test_what_cannot_be_scored_is_refused() -> None:
    truth = rows("object_id", {1: stay(0.0)})
    with pytest.raises(BadInput, match="two rows"):
        track_scores(rows("track_id", {1: stay(0.0) + stay(1.0)}), truth)
    with pytest.raises(BadInput, match="no column u_m"):
        track_scores({k: v for k, v in truth.items() if k != "u_m"}, truth)


def test_nothing_shown_misses_everything() -> None:
    tracks = rows("track_id", {1: stay(0.0)}, p_exists=np.full(10, 0.3))
    got = track_scores(tracks, rows("object_id", {1: stay(0.0)}))
    assert got["gospa"]["3d"]["missed_n"] == 1.0
    assert got["siap"]["3d"]["completeness"] == 0.0
    assert got["existence"][0]["real"] == 1.0


def test_what_track_table_gives_can_be_scored(shared_data: Path) -> None:
    folder = shared_data / "tracking" / "S1"
    if not folder.is_dir():
        pytest.skip("needs the shared tracking sets")
    names = ["sensor_id", "e_m", "n_m", "u_m", "c_ee", "c_en", "c_eu", "c_nn", "c_nu", "c_uu"]
    d = pq.read_table(folder / "detections.parquet", columns=["time_s", *names]).rename_columns(["t_s", *names])
    got = track_scores(fw.track_table(d), pq.read_table(folder / "truth.parquet"))
    assert got["instants"] == 100
    assert got["gospa"]["3d"]["gospa_m"] < 200.0
    assert got["siap"]["3d"]["completeness"] > 0.96
    assert got["nees"]["all"]["rows"] > 900
    assert 0.7 < got["nees"]["all"]["mean_3d"] < 1.3
