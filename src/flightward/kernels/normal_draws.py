"""Standard normal numbers from counters: the same (seed, who, what) gives the same bits, whatever else is drawn.

A row's stream is splitmix64 started at the hash of its key (counter_random.py); pairs of its numbers become pairs of
normal ones by Box and Muller's transform (1958), which is exact in the tails as far as 53 bits go (8.5 sigma). What
is rarer than that is reached by levels, never by one draw.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.counter_random import key64, mix64

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_S11 = np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0
"""2^-53"""


@inner
def uniform_of(state: np.uint64) -> float:
    """A number in (0, 1) from the state of a stream: never 0, never 1."""
    return (float(mix64(state) >> _S11) + 0.5) * _UNIT


@inner
def next_state(state: np.uint64) -> np.uint64:
    """The state that follows in a splitmix64 stream."""
    return state + _GOLDEN


@inner
def pair_of(one: float, two: float) -> tuple[float, float]:
    """Two independent standard normal numbers of two even ones in (0, 1)."""
    radius, angle = math.sqrt(-2.0 * math.log(one)), 2.0 * math.pi * two
    return radius * math.cos(angle), radius * math.sin(angle)


@kernel
def normals(seed: int, first: int, what: int, out: NDArray[np.float64]) -> None:
    """Fill out (N, D): row i is the stream of (seed, first + i, what); no row depends on N."""
    for i in range(out.shape[0]):
        state = key64(seed, first + i, what)
        for j in range(0, out.shape[1], 2):
            a = next_state(state)
            state = next_state(a)
            x, y = pair_of(uniform_of(a), uniform_of(state))
            out[i, j] = x
            if j + 1 < out.shape[1]:
                out[i, j + 1] = y


@kernel
def uniforms(seed: int, first: int, what: int, out: NDArray[np.float64]) -> None:
    """Fill out (N,): number i is the first of the stream of (seed, first + i, what)."""
    for i in range(out.shape[0]):
        out[i] = uniform_of(next_state(key64(seed, first + i, what)))
