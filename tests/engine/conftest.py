"""Makes the files beside the tests importable, and gives them a cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dask_cluster import Cluster


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    pytest.importorskip("distributed", reason="needs flightward[cluster]")
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(scheduler: Cluster) -> Cluster:
    """A scheduler and two workers."""
    scheduler.add_worker()
    scheduler.add_worker()
    return scheduler
