"""From a recording to its smoothed tracks as a table: `smooth_recording` and the command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import flightward as fw
from flightward.errors import BadRecord
from flightward.smoothing import AXES, UPPER

DOCS = Path(__file__).resolve().parent.parent / "docs" / "smoothing.md"


@pytest.fixture(scope="module")
def table(small_run: tuple[Path, Path]) -> pa.Table:
    return fw.smooth_recording(small_run[1] / "recording.mcap")


def test_tracks_are_those_of_the_run(table: pa.Table, small_run: tuple[Path, Path]) -> None:
    live = pq.read_table(small_run[1] / "tracks.parquet", columns=["t_s", "track_id"])
    shown = set(live["track_id"].to_pylist())
    mine = set(table["track_id"].to_pylist())
    assert len(mine & shown) > 0.9 * len(shown)
    assert table.num_rows > 0.8 * live.num_rows


def test_own_positions_are_met_and_covariances_are_positive(table: pa.Table, small_run: tuple[Path, Path]) -> None:
    cov = np.zeros((table.num_rows, 6, 6))
    for i, j in UPPER:
        cov[:, i, j] = cov[:, j, i] = table[f"cov_{AXES[i]}_{AXES[j]}"].to_numpy()
    assert np.linalg.eigvalsh(cov).min() > 0.0
    h = np.sqrt(0.5 * (cov[:, 0, 0] + cov[:, 1, 1]))
    assert table["sigma_h_m"].to_numpy() == pytest.approx(h)
    live = pq.read_table(small_run[1] / "tracks.parquet").to_pandas().set_index(["track_id", "t_s"])
    late = table.to_pandas().set_index(["track_id", "t_s"]).join(live, suffixes=("", "_live"), how="inner")
    assert len(late) > 1000
    north = (late.lat_deg - late.lat_deg_live) * 111_200.0
    assert np.median(np.abs(north)) < 100.0
    assert (late.sigma_h_m < late.sigma_h_m_live).mean() > 0.95


def test_the_docs_name_every_column(table: pa.Table) -> None:
    text = DOCS.read_text()
    for name in table.column_names:
        assert f"`{name}`" in text or name.startswith("cov_"), name


def test_a_torn_recording_is_smoothed_to_its_last_good_step(small_run: tuple[Path, Path], tmp_path: Path) -> None:
    whole = (small_run[1] / "recording.mcap").read_bytes()
    torn = tmp_path / "torn.mcap"
    torn.write_bytes(whole[: len(whole) // 3])
    found = fw.smooth_recording(torn)
    assert found.num_rows > 0
    assert found["t_s"].to_numpy().max() <= fw.open_recording(torn).t_s[-1]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(b"not a recording")
    with pytest.raises(BadRecord):
        fw.smooth_recording(tmp_path / "x.mcap")


def test_the_command_writes_the_table(small_run: tuple[Path, Path], tmp_path: Path, table: pa.Table) -> None:
    recording = shutil.copy(small_run[1] / "recording.mcap", tmp_path / "day.mcap")
    out = tmp_path / "deep" / "smoothed.parquet"
    command = [sys.executable, "-m", "flightward.cli", "smooth", str(recording), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(out).equals(table)
