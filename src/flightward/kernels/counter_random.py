"""Random order from counters: the same (seed, who, what) always gives the same bits, whatever else is drawn.

A stream of 64-bit numbers is splitmix64 (Steele, Lea and Flood, OOPSLA 2014) started at a hash of the key. From it
a permutation of K ranks is shuffled: rank r of K stands for the quantile (r + 1/2) / K, so that K draws of any one
quantity cover its distribution evenly (Latin hypercube sampling, McKay, Beckman and Conover 1979) and a
probability counted over draws has far less noise than one over independent draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@kernel
def mix64(z: np.uint64) -> np.uint64:
    """The splitmix64 finaliser: a bijection of 64 bits that looks random."""
    z = (z ^ (z >> _S30)) * _MIX_A
    z = (z ^ (z >> _S27)) * _MIX_B
    return z ^ (z >> _S31)


@kernel
def key64(seed: int, who: int, what: int) -> np.uint64:
    """Start of the stream of (seed, who, what); each is an int64 >= 0."""
    z = mix64(np.uint64(seed) + _GOLDEN)
    z = mix64((z ^ np.uint64(who)) + _GOLDEN)
    return mix64((z ^ np.uint64(what)) + _GOLDEN)


@kernel
def shuffle_ranks(seed: int, who: int, what: int, rank_out: NDArray[np.int64]) -> None:
    """Fill rank_out (K,) with a permutation of 0 .. K-1 that depends on (seed, who, what) and K only."""
    k = rank_out.shape[0]
    for i in range(k):
        rank_out[i] = i
    state = key64(seed, who, what)
    for i in range(k - 1, 0, -1):
        state += _GOLDEN
        # 32 random bits scaled to 0 .. i; the bias of at most i / 2^32 is far below what K draws can show
        j = np.int64(((mix64(state) >> _S32) * np.uint64(i + 1)) >> _S32)
        rank_out[i], rank_out[j] = rank_out[j], rank_out[i]
