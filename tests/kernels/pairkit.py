"""Pairs for tests of the encounter kernels, as kernels take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels import wellclear
from flightward.kernels.wellclear import Pairs, Volume

F64 = NDArray[np.float64]
SHAPES = {"tau_mod": wellclear.TAU_MOD, "tcpa": wellclear.TCPA, "tep": wellclear.TEP, "cylinder": wellclear.CYLINDER}


def frozen(values: object, dtype: type = np.float64) -> NDArray:
    out = np.array(values, dtype=dtype)
    out.flags.writeable = False
    return out


def pairs(s: object, v: object) -> Pairs:
    """Own aircraft minus other (N, 3) and (N, 3), the other at rest in the origin."""
    s, v = np.asarray(s, np.float64).reshape(-1, 3), np.asarray(v, np.float64).reshape(-1, 3)
    zero = np.zeros(len(s))
    return Pairs(*(frozen(c) for c in (*s.T, *v.T, *[zero] * 6)))


def both(own: F64, other: F64) -> Pairs:
    """(N, 6) and (N, 6)."""
    return Pairs(*(frozen(c) for c in (*own.T, *other.T)))


def intervals(p: Pairs, volume: Volume, to_s: float = 180.0, from_s: float = 0.0) -> tuple[F64, F64, NDArray]:
    n = len(p.ox_m)
    t_in, t_out, status = np.empty(n), np.empty(n), np.empty(n, np.int8)
    wellclear.intervals(p, volume, from_s, to_s, t_in, t_out, status)
    return t_in, t_out, status


def one(s: object, v: object, volume: Volume, to_s: float = 180.0) -> tuple[float, float]:
    t_in, t_out, _ = intervals(pairs(s, v), volume, to_s)
    return float(t_in[0]), float(t_out[0])


def random_states(rng: np.random.Generator, n: int, wide_m: float = 2_500.0) -> F64:
    """Relative states (n, 6), most bound to pass near within three minutes; some slow, level or abeam."""
    v = np.stack([rng.normal(0, 60, n), rng.normal(0, 60, n), rng.normal(0, 4, n)])
    v[:, : n // 8] *= 0.01
    v[2, n // 8 : n // 4] = 0.0
    miss, angle, t = rng.uniform(0, wide_m, n), rng.uniform(0, 2 * np.pi, n), rng.uniform(-40, 200, n)
    s = np.stack([miss * np.cos(angle), miss * np.sin(angle), rng.uniform(-350, 350, n)]) - t * v
    return np.concatenate([s, v]).T
