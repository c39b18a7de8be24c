"""The same answers on one core, on two and on a cluster, also when a worker is killed in the middle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import engine_work as work
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.engine import LocalEngine, ProcessEngine, open_engine, seeds
from flightward.errors import BadInput, Missing


def test_results_stand_in_the_order_of_the_items() -> None:
    told: list[tuple[int, int]] = []
    with open_engine() as engine:
        found = engine.map(work.square, range(5), progress=lambda done, total: told.append((done, total)))
    assert found == [0, 1, 4, 9, 16]
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_no_items_give_no_results() -> None:
    for engine in (LocalEngine(), ProcessEngine(2)):
        assert engine.map(work.square, []) == []


@pytest.mark.parametrize("text", ["", "process:0", "process:two", "process:-1", "process:²", "dask:", "ray", "local:2"])
def test_a_name_that_is_no_engine_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="engine"):
        open_engine(text)


def test_a_scheduler_that_is_not_there_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = pytest.importorskip("flightward.engine.cluster")
    pytest.importorskip("distributed", reason="needs flightward[cluster]")
    monkeypatch.setattr(cluster, "ANSWER_S", 1.0)
    with pytest.raises(Missing, match=r"dask scheduler at 127\.0\.0\.1:9"):
        open_engine("dask:127.0.0.1:9")


def test_processes_are_others_and_more_than_one() -> None:
    import os

    with ProcessEngine(2) as engine:
        found = set(engine.map(work.process_of, range(6)))
    assert len(found) == 2
    assert os.getpid() not in found


@pytest.mark.parametrize("engine", [LocalEngine(), ProcessEngine(2)], ids=["local", "process"])
def test_an_error_of_the_work_is_raised_with_the_item_it_came_from(engine: Any) -> None:
    with engine, pytest.raises(BadInput, match="three is not liked") as caught:
        engine.map(work.fails_at_three, range(10))
    assert caught.value.key == "x" or caught.value.__notes__
    assert "in item 4 of 10" in caught.value.__notes__


def test_what_is_missing_is_said_across_processes() -> None:
    with ProcessEngine(1) as engine, pytest.raises(Missing, match="the thing is missing") as caught:
        engine.map(work.lacks_something, [7])
    assert caught.value.remedy == "Install it (7)."


def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    with ProcessEngine(2) as engine:
        assert engine.map(work.dies_once, [(str(tmp_path), x) for x in range(12)]) == list(range(12))
    assert (tmp_path / "died").exists()


def test_work_that_kills_every_process_is_given_up() -> None:
    with ProcessEngine(1) as engine:
        with pytest.raises(Missing, match="worker that lives"):
            engine.map(work.always_dies, [1])
        assert engine.map(work.square, [3]) == [9]  # and the engine can be used again


def test_the_rest_is_not_begun_after_an_error() -> None:
    began = time.monotonic()
    with ProcessEngine(1) as engine, pytest.raises(BadInput):
        list(engine.stream(work.fails_at_three, [3, *range(10, 10_000)]))
    assert time.monotonic() - began < 60.0


@given(st.integers(0, 2**63 - 1), st.integers(0, 40), st.integers(0, 40))
def test_seeds_do_not_depend_on_how_many_are_asked_for(seed: int, n: int, k: int) -> None:
    many, few = seeds(seed, max(n, k)), seeds(seed, min(n, k))
    assert many[: len(few)] == few
    assert len(set(many)) == len(many)
    assert all(0 <= s < 2**63 for s in many)


def test_seeds_are_those_of_numpys_seed_sequence() -> None:
    words = [c.generate_state(1, np.uint64)[0] for c in np.random.SeedSequence(12).spawn(3)]
    assert seeds(12, 3) == [int(w) // 2 for w in words]


def test_the_same_bits_on_one_core_on_two_and_on_the_cluster(cluster: Any) -> None:
    todo = seeds(20260520, 40)
    found = []
    for name in ("local", "process:1", "process:2", cluster.engine):
        with open_engine(name) as engine:
            found.append(engine.map(work.walk, todo))
    assert len(set(found[0])) == 40
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert found[3] == found[0]


def test_a_worker_that_is_killed_midway_loses_nothing(cluster: Any) -> None:
    todo = list(range(40))
    found = []
    with open_engine(cluster.engine) as engine:
        assert len(set(engine.map(work.process_of, range(6)))) == 2
        for result in engine.stream(work.slow_square, todo):
            found.append(result)
            if len(found) == 8:
                cluster.workers[0].kill()
                cluster.workers[0].wait()
        assert len(set(engine.map(work.process_of, range(3)))) == 1
    assert found == [x * x for x in todo]


def test_an_item_that_kills_its_worker_goes_to_another(cluster: Any) -> None:
    jobs = [(str(cluster.folder), x) for x in range(12)]
    with open_engine(cluster.engine) as engine:
        assert engine.map(work.dies_once, jobs) == list(range(12))
    assert sum(w.poll() is not None for w in cluster.workers) == 1


def test_an_error_on_the_cluster_is_raised_with_its_item(cluster: Any) -> None:
    with open_engine(cluster.engine) as engine:
        with pytest.raises(BadInput, match="three is not liked") as caught:
            engine.map(work.fails_at_three, range(10))
        assert "in item 4 of 10" in caught.value.__notes__
        assert engine.map(work.square, [4]) == [16]


def test_a_worker_of_another_version_is_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import flightward

    monkeypatch.setattr(flightward, "__version__", "9.9.9")
    with open_engine(cluster.engine) as engine, pytest.raises(BadInput, match=r"work comes from 9\.9\.9"):
        engine.map(work.square, [1])


def test_a_cluster_without_workers_waits_for_one_and_then_gives_up(
    scheduler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flightward.engine import cluster

    monkeypatch.setattr(cluster, "LOOK_S", 0.2)
    monkeypatch.setattr(cluster, "LOOKS", 5)
    with open_engine(scheduler.engine) as engine, pytest.raises(Missing, match="worker of the cluster"):
        engine.map(work.square, [1])
    monkeypatch.setattr(cluster, "LOOKS", 500)
    with open_engine(scheduler.engine) as engine:
        scheduler.add_worker()
        assert engine.map(work.square, [5]) == [25]


def test_a_scheduler_that_goes_away_is_said_to_be_missing(cluster: Any) -> None:
    with open_engine(cluster.engine) as engine:
        stream = engine.stream(work.slow_square, list(range(200)))
        assert next(stream) == 0
        cluster.scheduler.kill()
        with pytest.raises(Missing, match="scheduler"):
            list(stream)
