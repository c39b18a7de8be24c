"""Those behind fly where those ahead flew: which trail a drone follows, and where that takes it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

NO_GUIDE = -1
FASTEST_MPS = 120.0
"""No drone on a trail is faster: between two samples nothing is missed."""


class GuideRule(NamedTuple):
    """When a trail leads a drone: near_m from it, course within course_rad of the drone's, least_s of it ahead.

    The trail with the longest way ahead is taken, less far_s for every metre between it and the drone.
    """

    near_m: float
    course_rad: float
    least_s: float
    far_s: float


class Trails(NamedTuple):
    """Where tracks were: e_m, n_m (C, T) at every sample_s, NaN where a track was not; newest sample at `last`.

    Sample `last - a` stands in column (last - a) mod T. count (C,) is the age in samples of the oldest one, newest
    (C,) that of the newest one, of each trail without gaps at its newest end.
    """

    e_m: NDArray[np.float64]
    n_m: NDArray[np.float64]
    sample_s: float
    last: int
    oldest: NDArray[np.int64]
    newest: NDArray[np.int64]


@kernel
def find_guides(
    slot: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64],
    unit_e: NDArray[np.float64], unit_n: NDArray[np.float64], trails: Trails, rule: GuideRule,
    guide_out: NDArray[np.int64], age_out: NDArray[np.float64], off_m_out: NDArray[np.float64],
) -> None:
    """The trail that leads each of N drones: its row in `trails` (NO_GUIDE), the age in samples of the place on it, and
    how far from it the drone is.

    slot (N,) is the drone's own row in `trails`; unit_e, unit_n its course.
    """
    width = trails.e_m.shape[1]
    step_m = FASTEST_MPS * trails.sample_s
    cos_min = np.cos(rule.course_rad)
    least = int(np.ceil(rule.least_s / trails.sample_s))
    for i in range(slot.shape[0]):
        guide_out[i], age_out[i], off_m_out[i] = NO_GUIDE, 0.0, 0.0
        best = -np.inf
        for j in range(trails.oldest.shape[0]):
            if j == slot[i]:
                continue
            a = trails.oldest[j] - 1
            end = trails.newest[j] + least
            # from the oldest place on: the first that fits has most ahead; what cannot beat the best is not looked at
            while a >= end and (a - trails.newest[j]) * trails.sample_s > best:
                c = (trails.last - a) % width
                de, dn = e_m[i] - trails.e_m[j, c], n_m[i] - trails.n_m[j, c]
                d = np.hypot(de, dn)
                if d > rule.near_m + step_m:
                    a -= max(1, int((d - rule.near_m) / step_m))
                    continue
                b, f = (trails.last - a - 1) % width, (trails.last - a + 1) % width
                # the trail's direction here, over two samples
                te, tn = trails.e_m[j, f] - trails.e_m[j, b], trails.n_m[j, f] - trails.n_m[j, b]
                size = np.hypot(te, tn)
                if size > 0.0:
                    along = (de * te + dn * tn) / size
                    alike = (unit_e[i] * te + unit_n[i] * tn) / size
                    # abreast of this sample, not of the next one
                    if alike >= cos_min and abs(along) <= 0.3 * size and d <= rule.near_m:
                        score = (a - trails.newest[j]) * trails.sample_s - rule.far_s * d
                        if score > best:
                            best = score
                            guide_out[i], age_out[i], off_m_out[i] = j, a - 2.0 * along / size, d
                        break
                a -= 1


@kernel
def lay_guides(
    ahead_s: NDArray[np.float64], guide: NDArray[np.int64], age: NDArray[np.float64],
    speed_mps: NDArray[np.float64], unit_e: NDArray[np.float64], unit_n: NDArray[np.float64],
    born_s: NDArray[np.float64], sway_m: float, trails: Trails,
    end_e: NDArray[np.float64], end_n: NDArray[np.float64],
    lag_s_out: NDArray[np.float64], way_out: NDArray[np.float64], end_out: NDArray[np.float64],
) -> None:
    """Where its guide takes each of N drones; rows without a guide are left as they are.

    unit_e, unit_n  (N,) direction of its own leg
    sway_m        what a trail is off that leg by about this, or less, is the sway of its owner and not followed
    born_s        (N,) when it sets out along the trail; before that it is on its straight way to there
    end_e, end_n  (C,) direction in which each trail's owner flies on
    lag_s_out     (N,) time to the trail's end at the drone's own speed
    way_out       (N, H, 4) displacement e, n from where the drone is now, and direction e, n, at ahead_s; beyond the
                  trail's end as at its end
    end_out       (N, 4) the same at the trail's end, with the direction in which it flies on
    """
    width = trails.e_m.shape[1]
    for i in range(guide.shape[0]):
        j = guide[i]
        if j == NO_GUIDE:
            continue
        samples = age[i] - trails.newest[j]
        whole = int(age[i])
        length = 0.0
        for a in range(trails.newest[j], whole):
            c, d = (trails.last - a) % width, (trails.last - a - 1) % width
            length += np.hypot(trails.e_m[j, c] - trails.e_m[j, d], trails.n_m[j, c] - trails.n_m[j, d])
        if whole > trails.newest[j]:
            length *= samples / (whole - trails.newest[j])
        lag = length / max(speed_mps[i], 1.0)
        e0, n0, _, _ = _on_trail(trails, j, age[i])
        lag_s_out[i] = lag
        for h in range(ahead_s.shape[0]):
            flown = ahead_s[h] - born_s[i]
            part = min(1.0, max(flown, 0.0) / lag) if lag > 0.0 else 1.0
            e, n, de, dn = _on_trail(trails, j, age[i] - part * samples)
            if flown < 0.0:
                e, n = e + flown * speed_mps[i] * de, n + flown * speed_mps[i] * dn
            far = speed_mps[i] * min(flown, lag)
            e, n = _less_sway(e - e0, n - n0, far * unit_e[i], far * unit_n[i], sway_m)
            way_out[i, h, 0], way_out[i, h, 1], way_out[i, h, 2], way_out[i, h, 3] = e, n, de, dn
        e, n, _, _ = _on_trail(trails, j, float(trails.newest[j]))
        far = speed_mps[i] * lag
        e, n = _less_sway(e - e0, n - n0, far * unit_e[i], far * unit_n[i], sway_m)
        end_out[i, 0], end_out[i, 1], end_out[i, 2], end_out[i, 3] = e, n, end_e[j], end_n[j]


@inner
def _less_sway(e: float, n: float, straight_e: float, straight_n: float, sway_m: float) -> tuple[float, float]:
    """Way along a trail, drawn to the straight one where the two are so near that sway explains it."""
    de, dn = e - straight_e, n - straight_n
    d2 = de * de + dn * dn
    part = d2 / (d2 + sway_m * sway_m) if d2 > 0.0 else 0.0
    return straight_e + part * de, straight_n + part * dn


@inner
def _on_trail(trails: Trails, j: int, age: float) -> tuple[float, float, float, float]:
    """Place and direction on trail j, `age` samples before the newest of all."""
    width = trails.e_m.shape[1]
    a = max(trails.newest[j], min(int(age), trails.oldest[j] - 1))
    if a == trails.oldest[j] - 1 and a > trails.newest[j]:
        a -= 1
    f = age - a
    c, b = (trails.last - a) % width, (trails.last - a - 1) % width
    te, tn = trails.e_m[j, c] - trails.e_m[j, b], trails.n_m[j, c] - trails.n_m[j, b]
    size = max(np.hypot(te, tn), 1e-9)
    return trails.e_m[j, c] - f * te, trails.n_m[j, c] - f * tn, te / size, tn / size
