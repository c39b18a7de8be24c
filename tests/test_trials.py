"""Many days and many reviews: the same bytes on one core, on two and on a cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightward.engine import LocalEngine, open_engine
from flightward.errors import BadInput
from flightward.review.many import jobs_in, review_many
from flightward.score import score_many
from flightward.trials import Trial, run_trial

sys.path.insert(0, str(Path(__file__).parent / "engine"))

SHORT = "duration_s = 720"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three minutes of the small day."""
    from importlib.resources import files

    text = files("flightward").joinpath("small_day.toml").read_text()
    assert SHORT in text
    path = tmp_path_factory.mktemp("scenario") / "short.toml"
    path.write_text(text.replace(SHORT, "duration_s = 180"))
    return path


def test_two_days_of_one_seed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="seed must stand once"):
        run_trial(Trial(tmp_path), [3, 3])


def test_an_unknown_habit_stops_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="loop"):
        run_trial(Trial(tmp_path / "x", habits=("loop",)), [3])
    assert not (tmp_path / "x").exists()


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no recording"):
        jobs_in(tmp_path, tmp_path)


def test_every_flight_of_a_recording_is_reviewed(small_run: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = small_run
    jobs = jobs_in(out, tmp_path)
    rows = review_many(jobs, tmp_path, engine=LocalEngine())
    assert [row["flight_id"] for row in rows] == ["HEMS1", "HEMS2"]
    assert all(row["error"] is None and Path(row["page"]).exists() for row in rows)
    assert json.loads((tmp_path / "reviews.json").read_text()) == rows
    assert all(row["most_near_n"] >= 0 for row in rows)


def test_a_flight_that_cannot_be_reviewed_is_said_and_the_rest_goes_on(
    small_run: tuple[Path, Path], tmp_path: Path
) -> None:
    import dataclasses

    jobs = jobs_in(small_run[1], tmp_path)
    rows = review_many([dataclasses.replace(jobs[0], flight_id="NOBODY"), jobs[1]], tmp_path)
    assert "NOBODY" in rows[0]["error"]
    assert rows[1]["error"] is None


def test_scoring_many_is_the_same_in_other_processes(small_run: tuple[Path, Path]) -> None:
    with open_engine("process:1") as engine:
        assert score_many([small_run], ("tracking",), engine=engine) == score_many([small_run], ("tracking",))


@pytest.mark.slow
def test_days_are_the_same_bytes_on_one_core_two_and_the_cluster(scenario: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs flightward[cluster]")
    from dask_cluster import Cluster

    (tmp_path / "dask").mkdir()
    cluster: Any = Cluster(tmp_path / "dask")
    try:
        cluster.add_worker()
        cluster.add_worker()
        written = []
        for name in ("local", "process:2", cluster.engine):
            folder = tmp_path / f"days-{len(written)}"
            with open_engine(name) as engine:
                killed = []

                def tell(done: int, total: int, name: str = name, killed: list[int] = killed) -> None:
                    if name == cluster.engine and not killed:  # one of its two workers goes after the first day
                        cluster.workers[0].kill()
                        killed.append(done)

                run_trial(Trial(folder, scenario=scenario), [11, 12, 13], engine=engine, progress=tell)
            written.append((folder / "days.json").read_bytes())
    finally:
        cluster.close()
    assert written[1] == written[0]
    assert written[2] == written[0]
    days = json.loads(written[0])
    assert days["together"]["days"] == 3
    assert [d["seed"] for d in days["days"]] == [11, 12, 13]
    assert np.isfinite(days["days"][0]["tracking"]["completeness"])
