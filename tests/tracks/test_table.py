"""track_table: what it takes, what it gives, and how near it comes to the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streams
from scipy.optimize import linear_sum_assignment

import flightward as fw
from flightward.errors import BadInput
from flightward.tracks.sensing import first_guess, locate

COLUMNS = ["t_s", "sensor_id", "e_m", "n_m", "u_m", "c_ee", "c_en", "c_eu", "c_nn", "c_nu", "c_uu"]
RESULT = ["t_s", "track_id", "e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps", "c_ee", "c_en", "c_eu", "c_nn", "c_nu",
          "c_uu", "p_exists"]  # fmt: skip


@pytest.fixture(scope="module")
def small() -> streams.Streams:
    return streams.make(20, 4, 40.0, seed=3)


@pytest.fixture(scope="module")
def tracked(small: streams.Streams) -> pa.Table:
    return fw.track_table(small.reports)


def gosport(truth: np.ndarray, shown: np.ndarray, c: float = 200.0) -> tuple[float, int, int]:
    """GOSPA (p = 2, alpha = 2) of points (N, 3) and (M, 3), missed, false."""
    if not len(truth) or not len(shown):
        return float(np.sqrt(c * c / 2 * (len(truth) + len(shown)))), len(truth), len(shown)
    d2 = np.minimum(((truth[:, None] - shown[None]) ** 2).sum(axis=2), c * c)
    a, b = linear_sum_assignment(d2)
    near = d2[a, b] < c * c
    n = int(near.sum())
    left = len(truth) + len(shown) - 2 * n
    return float(np.sqrt(d2[a, b][near].sum() + c * c / 2 * left)), len(truth) - n, len(shown) - n


def judge(table: pa.Table, truth: pd.DataFrame, times: np.ndarray) -> tuple[float, float, float]:
    """Mean GOSPA, completeness, spuriousness at some times."""
    rows = table.to_pandas()
    rows = rows[rows.p_exists >= 0.5]
    shown, true = dict(list(rows.groupby("t_s"))), dict(list(truth.groupby("time_s")))
    figures, n_true, n_shown = [], 0, 0
    for t in times:
        y = shown[t][["e_m", "n_m", "u_m"]].to_numpy() if t in shown else np.zeros((0, 3))
        x = true[t][["e", "n", "u"]].to_numpy()
        figures.append(gosport(x, y))
        n_true, n_shown = n_true + len(x), n_shown + len(y)
    g, missed, false = np.array(figures).T
    return float(g.mean()), 1.0 - float(missed.sum()) / n_true, float(false.sum()) / max(n_shown, 1)


def test_columns_and_times(small: streams.Streams, tracked: pa.Table) -> None:
    assert tracked.column_names == RESULT
    scans = set(small.reports.t_s)
    assert set(tracked["t_s"].to_pylist()) <= scans
    pairs = tracked.to_pandas()[["t_s", "track_id"]]
    assert not pairs.duplicated().any()
    assert np.isfinite(tracked.to_pandas().to_numpy(dtype=float)).all()


def test_finds_the_drones(small: streams.Streams, tracked: pa.Table) -> None:
    times = np.sort(small.truth.time_s.unique())
    _, complete, spurious = judge(tracked, small.truth, times[times > 10.0])
    assert complete > 0.95
    assert spurious < 0.05


def test_whatever_is_like_a_table_gives_the_same(small: streams.Streams, tracked: pa.Table) -> None:
    named = small.reports.assign(sensor_id=[f"radar {k}" for k in small.reports.sensor_id])
    shuffled = named.sample(frac=1.0, random_state=1).sort_values("t_s", kind="stable")
    for given in (pa.Table.from_pandas(small.reports), {c: small.reports[c].to_numpy() for c in COLUMNS}, named):
        assert fw.track_table(given).equals(tracked)
    again = fw.track_table(shuffled)
    assert abs(again.num_rows - tracked.num_rows) < 0.02 * tracked.num_rows


def test_bad_rows_are_counted_and_left_aside(small: streams.Streams, tracked: pa.Table) -> None:
    bad = small.reports.iloc[:4].copy()
    bad.iloc[0, bad.columns.get_loc("e_m")] = np.nan
    bad.iloc[1, bad.columns.get_loc("c_uu")] = -1.0
    bad.iloc[2, bad.columns.get_loc("t_s")] = np.inf
    bad.iloc[3, bad.columns.get_loc("c_ee")] = 0.0
    out = fw.track_table(pd.concat([bad, small.reports], ignore_index=True))
    assert out.schema.metadata[b"n_unusable"] == b"4"
    assert out.equals(tracked)


def test_what_cannot_be_used_is_refused(small: streams.Streams) -> None:
    with pytest.raises(BadInput, match="c_uu"):
        fw.track_table(small.reports.drop(columns="c_uu"))
    with pytest.raises(BadInput, match="no such settings"):
        fw.track_table(small.reports, speed=3)
    with pytest.raises(BadInput, match="sensor_id"):
        fw.track_table(small.reports, {"p_detect": [0.9]})
    with pytest.raises(BadInput, match="not a number"):
        fw.track_table(small.reports.assign(e_m="here"))


def test_nothing_gives_an_empty_table(small: streams.Streams) -> None:
    out = fw.track_table(small.reports.iloc[:0])
    assert out.column_names == RESULT
    assert out.num_rows == 0
    assert fw.track_table(small.reports.iloc[:1]).num_rows == 0


def test_two_sensors_at_one_time_give_one_row(small: streams.Streams) -> None:
    same = small.reports[small.reports.sensor_id < 2].copy()
    same["t_s"] = np.round(same.t_s / 2.0) * 2.0
    out = fw.track_table(same).to_pandas()
    assert len(out)
    assert not out[["t_s", "track_id"]].duplicated().any()


def test_a_sensor_is_found_by_its_lines_of_sight(small: streams.Streams) -> None:
    for k, s in enumerate(streams.SENSORS):
        mine = small.reports[small.reports.sensor_id == k]
        z = mine[["e_m", "n_m", "u_m"]].to_numpy()
        cov = mine[["c_ee", "c_en", "c_eu", "c_en", "c_nn", "c_nu", "c_eu", "c_nu", "c_uu"]].to_numpy()
        assert locate(z, cov.reshape(-1, 3, 3)) == pytest.approx(s[:3], abs=1.0)


def test_a_sensor_without_lines_of_sight_stays_without_a_place() -> None:
    z = np.random.default_rng(0).uniform(-1e4, 1e4, (200, 3))
    round_ones = np.repeat(np.eye(3)[None] * 400.0, 200, axis=0)
    assert np.isnan(locate(z, round_ones)).all()
    s = first_guess(z, round_ones, 10.0)
    assert not s.is_placed
    assert np.isfinite(s.log_density(z, round_ones)).all()


def test_tracks_from_round_covariances_too(small: streams.Streams) -> None:
    plain = small.reports.assign(c_en=0.0, c_eu=0.0, c_nu=0.0)
    top = plain[["c_ee", "c_nn", "c_uu"]].max(axis=1)
    out = fw.track_table(plain.assign(c_ee=top, c_nn=top, c_uu=top))
    times = np.sort(small.truth.time_s.unique())
    assert judge(out, small.truth, times[times > 15.0])[1] > 0.8


def test_a_sensor_may_be_described(small: streams.Streams) -> None:
    said = {"sensor_id": [0, 1, 2], "p_detect": [0.85] * 3, "clutter_per_scan": [50.0] * 3}
    out = fw.track_table(small.reports, said)
    times = np.sort(small.truth.time_s.unique())
    assert judge(out, small.truth, times[times > 10.0])[1] > 0.95


@pytest.mark.parametrize(("name", "most"), [("S1", 196.0), ("S2", 500.0)])
def test_shared_sets(shared_data: Path, name: str, most: float) -> None:
    folder = shared_data / "tracking" / name
    if not folder.is_dir():
        pytest.skip("needs the shared tracking sets")
    d = pq.read_table(folder / "detections.parquet").to_pandas().rename(columns={"time_s": "t_s"})
    n = len(json.loads((folder / "scenario.json").read_text())["sensors"])
    instants = d[d.frame % n == n - 1].groupby("frame").t_s.first().to_numpy()
    truth = pq.read_table(folder / "truth.parquet").to_pandas()
    truth_times = np.sort(truth.time_s.unique())
    nearest = {t: truth_times[np.abs(truth_times - t).argmin()] for t in instants}
    table = fw.track_table(d[COLUMNS]).to_pandas()
    table["t_s"] = table.t_s.map(nearest)
    figure, complete, spurious = judge(pa.Table.from_pandas(table.dropna()), truth, np.array(list(nearest.values())))
    assert figure < most
    assert complete > 0.97
    assert spurious < 0.018
