"""Functions that the tests send to other processes, in a file of their own: they must be importable there."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import numpy as np

from flightward.errors import BadInput, Missing
from flightward.kernels.imm import predict_one


def square(x: int) -> int:
    return x * x


def slow_square(x: int) -> int:
    time.sleep(0.2)
    return x * x


def fails_at_three(x: int) -> int:
    if x == 3:
        raise BadInput("three is not liked", key="x", value=x)
    return x


def lacks_something(x: int) -> int:
    raise Missing("the thing", f"Install it ({x}).")


def walk(seed: int) -> str:
    """A random walk through a compiled kernel and numpy, as the hash of its bits."""
    rng = np.random.default_rng(seed)
    x, p, q = rng.normal(size=6), np.eye(6), np.array([0.3, 0.01])
    for _ in range(200):
        predict_one(x, p, q, float(rng.uniform(0.1, 2.0)))
        x += np.linalg.cholesky(p) @ rng.normal(size=6)
        p *= np.exp(-0.3)
    return hashlib.sha256(x.tobytes() + p.tobytes()).hexdigest()


def dies_once(job: tuple[str, int]) -> int:
    """The first that is asked for item 5 is killed in the middle of it, as by the system when memory is short."""
    folder, x = job
    mark = Path(folder) / "died"
    if x == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return x


def always_dies(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


def process_of(x: int) -> int:
    time.sleep(0.2)
    return os.getpid()
