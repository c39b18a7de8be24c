"""Small random air pictures for comparing scores: objects that come, go and cross; tracks that stray, swap and double.

Only `random()` of numpy's generator is used, whose values are the same in every version.
"""

from __future__ import annotations

import numpy as np

N_TIMES, STEP_S = 40, 2.0
Row = tuple[float, int, float, float, float, float, float, float]  # t_s, id, e, n, u m, ve, vn, vu m/s


def make(seed: int, n_objects: int = 6, n_tracks: int = 10) -> tuple[list[Row], list[Row]]:
    """Truth and tracks, in order of id and time."""
    rng = np.random.default_rng(seed)

    def normal(n: int) -> np.ndarray:
        return rng.random((12, n)).sum(axis=0) - 6.0

    begin = (rng.random(n_objects) * 10).astype(int)
    end = N_TIMES - (rng.random(n_objects) * 12).astype(int)
    start = rng.random((3, n_objects)).T * np.array([1_500.0, 1_500.0, 90.0])
    speed = np.column_stack([rng.random(n_objects) * 40 - 20, rng.random(n_objects) * 40 - 20, np.zeros(n_objects)])
    truth: list[Row] = []
    for o in range(n_objects):
        for k in range(begin[o], end[o]):
            t = k * STEP_S
            truth.append((t, o, *(start[o] + speed[o] * t).tolist(), *speed[o].tolist()))
    tracks: list[Row] = []
    for i in range(n_tracks):
        o = int(rng.random() * n_objects)
        first = int(rng.random() * (N_TIMES - 12))
        last = first + 4 + int(rng.random() * (N_TIMES - first - 4))
        off = normal(3) * np.array([60.0, 60.0, 20.0])
        for k in range(first, last):
            t = k * STEP_S
            if rng.random() < 0.06:  # swaps to another object
                o = int(rng.random() * n_objects)
            off = 0.7 * off + normal(3) * np.array([70.0, 70.0, 20.0])
            tracks.append((t, i, *(start[o] + speed[o] * t + off).tolist(), *(speed[o] + normal(3)).tolist()))
    return truth, tracks
