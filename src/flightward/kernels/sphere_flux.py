"""The flux of entries of a pair into a sphere, and the chance of being within it: entry_flux for a round body.

The sphere is cut into rings across the direction in which the place is best known, so that a place known as a thin
plate meets few rings; each ring is summed as the side of a cylinder is. Method: docs/design/near-probability.md.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.disc_chance import ALWAYS, NODE, REACH, WEIGHT, disc
from flightward.kernels.entry_flux import LEAST_SIGMA, ROUND, keep_entry
from flightward.kernels.normal import density, mean_positive
from flightward.kernels.relative_path import CROSS, PLACE, SPEED, VAR, VAR_V

F64 = NDArray[np.float64]

_RING_PANEL, _PANEL = 3.0, 4.0
_MOST_PANELS = 512
_FAR2 = 150.0
_SWEEPS = 12
N_WORK = 48


@inner
def principal(mom: F64, a: F64, e: F64) -> None:
    """Eigenvectors of the place's covariance as columns of e (3, 3), greatest first; a (3, 3) becomes diagonal.

    By Jacobi's rotations, which keep the digits of the small eigenvalues.
    """
    for i in range(3):
        for j in range(3):
            a[i, j] = mom[VAR + 3 * i + j]
            e[i, j] = 1.0 if i == j else 0.0
    for _ in range(_SWEEPS):
        if abs(a[0, 1]) + abs(a[0, 2]) + abs(a[1, 2]) == 0.0:
            break
        for p in range(2):
            for q in range(p + 1, 3):
                if abs(a[p, q]) <= 1e-18 * math.sqrt(abs(a[p, p] * a[q, q])):
                    a[p, q] = a[q, p] = 0.0
                    continue
                theta = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
                t = math.copysign(1.0, theta) / (abs(theta) + math.sqrt(theta * theta + 1.0))
                c = 1.0 / math.sqrt(t * t + 1.0)
                s = t * c
                for m in range(3):
                    one, two = a[m, p], a[m, q]
                    a[m, p], a[m, q] = c * one - s * two, s * one + c * two
                for m in range(3):
                    one, two = a[p, m], a[q, m]
                    a[p, m], a[q, m] = c * one - s * two, s * one + c * two
                    one, two = e[m, p], e[m, q]
                    e[m, p], e[m, q] = c * one - s * two, s * one + c * two
    for i in range(2):
        for j in range(2 - i):
            if a[j, j] < a[j + 1, j + 1]:
                a[j, j], a[j + 1, j + 1] = a[j + 1, j + 1], a[j, j]
                for m in range(3):
                    e[m, j], e[m, j + 1] = e[m, j + 1], e[m, j]


@inner
def _terms(mom: F64, radius_m: float, a: F64, e: F64, w: F64) -> None:
    """Everything in the principal axes, into w (48,): mean 0-2, sigma 3-5, speed 6-8, J 9-17, W 18-26."""
    floor = (LEAST_SIGMA * radius_m) ** 2
    principal(mom, a, e)
    for i in range(3):
        place, speed = 0.0, 0.0
        for m in range(3):
            place += e[m, i] * mom[PLACE + m]
            speed += e[m, i] * mom[SPEED + m]
        w[i], w[3 + i], w[6 + i] = place, math.sqrt(max(a[i, i], floor)), speed
    for i in range(3):
        for j in range(3):
            cross, var = 0.0, 0.0
            for m in range(3):
                for n in range(3):
                    cross += e[m, i] * mom[CROSS + 3 * m + n] * e[n, j]
                    var += e[m, i] * mom[VAR_V + 3 * m + n] * e[n, j]
            w[27 + 3 * i + j], w[9 + 3 * i + j], w[18 + 3 * i + j] = cross, cross / (w[3 + i] * w[3 + i]), var
    for i in range(3):
        for j in range(3):
            for m in range(3):
                w[18 + 3 * i + j] -= w[27 + 3 * m + i] * w[9 + 3 * m + j]


@inner
def _outward(w: F64, radius_m: float, x: float, y: float, z: float) -> tuple[float, float]:
    """Squared sigmas of the border point with the normal (x, y, z), and the mean outward speed there."""
    dx, dy, dz = radius_m * x - w[0], radius_m * y - w[1], radius_m * z - w[2]
    q = (dx / w[3]) ** 2 + (dy / w[4]) ** 2 + (dz / w[5]) ** 2
    out = x * (w[6] + dx * w[9] + dy * w[12] + dz * w[15])
    out += y * (w[7] + dx * w[10] + dy * w[13] + dz * w[16])
    return q, out + z * (w[8] + dx * w[11] + dy * w[14] + dz * w[17])


@inner
def _ring_point(w: F64, radius_m: float, z: float, flat: float, angle: float) -> float:
    x, y = flat * math.cos(angle), flat * math.sin(angle)
    q, out = _outward(w, radius_m, x, y, z)
    if q > 1400.0:
        return 0.0
    var = x * x * w[18] + y * y * w[22] + z * z * w[26]
    var += x * y * (w[19] + w[21]) + x * z * (w[20] + w[24]) + y * z * (w[23] + w[25])
    return math.exp(-0.5 * q) * mean_positive(-out, math.sqrt(max(var, 0.0)))


@inner
def _zero(w: F64, radius_m: float, z: float, flat: float, a: float, b: float, fa: float, fb: float) -> float:
    for _ in range(8):
        mid = a - fa * (b - a) / (fb - fa)
        _, f = _outward(w, radius_m, flat * math.cos(mid), flat * math.sin(mid), z)
        if f * fa > 0.0:
            a, fa, fb = mid, f, 0.5 * fb
        else:
            b, fb, fa = mid, f, 0.5 * fa
        if fa == fb:
            break
    return 0.5 * (a + b)


@inner
def _ring(
    w: F64, e: F64, radius_m: float, z: float, flat: float, spread: float, scale: float, t_s: float, keep: F64, n: int
) -> tuple[float, int]:
    """Sum over the ring at height z with the radius flat, both in radii of the sphere."""
    r = radius_m * flat
    away = math.hypot(w[0], w[1])
    panels = min(max(math.ceil(2.0 * math.pi * math.sqrt(r * max(r, away)) / (_PANEL * w[4])), 4), _MOST_PANELS)
    width, total = 2.0 * math.pi / panels, 0.0
    a = math.atan2(w[1], w[0])
    qa, fa = _outward(w, radius_m, flat * math.cos(a), flat * math.sin(a), z)
    for _ in range(panels):
        b = a + width
        qb, fb = _outward(w, radius_m, flat * math.cos(b), flat * math.sin(b), z)
        if min(qa, qb) < _FAR2:
            mid = 0.5 * (a + b)
            _, fm = _outward(w, radius_m, flat * math.cos(mid), flat * math.sin(mid), z)
            if min(fa, fb, fm) < 8.0 * spread:
                cut = b
                if fa * fb < 0.0 and abs(fb - fa) > spread:
                    cut = _zero(w, radius_m, z, flat, a, b, fa, fb)
                for part in range(1 if cut == b else 2):
                    low, high = (a, cut) if part == 0 else (cut, b)
                    for i in range(NODE.shape[0]):
                        angle = 0.5 * (low + high) + 0.5 * (high - low) * NODE[i]
                        rate = 0.5 * (high - low) * WEIGHT[i] * scale * _ring_point(w, radius_m, z, flat, angle)
                        total += rate
                        if n < keep.shape[0]:
                            x, y = flat * math.cos(angle), flat * math.sin(angle)
                            n = keep_entry(
                                keep, n, ROUND, t_s, e[0, 0] * x + e[0, 1] * y + e[0, 2] * z, rate,
                                e[1, 0] * x + e[1, 1] * y + e[1, 2] * z, e[2, 0] * x + e[2, 1] * y + e[2, 2] * z,
                            )  # fmt: skip
        a, qa, fa = b, qb, fb
    return total, n


@inner
def _span(w: F64, radius_m: float) -> tuple[float, float, int]:
    """Angles of the rings that matter (z = sin) and the number of panels; none if the sphere is too far."""
    out = max(abs(w[2]) - radius_m, 0.0) / w[5]
    away = math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
    if out > 12.0 or away > radius_m + 12.0 * w[3]:
        return 0.0, 0.0, 0
    reach = math.sqrt(out * out + REACH * REACH) * w[5]
    low = math.asin(min(max((w[2] - reach) / radius_m, -1.0), 1.0))
    high = math.asin(min(max((w[2] + reach) / radius_m, -1.0), 1.0))
    width = _RING_PANEL * w[5] / max(radius_m, math.sqrt(radius_m * away))
    return low, high, min(max(math.ceil((high - low) / width), 1), _MOST_PANELS)


@inner
def sphere(
    mom: F64, radius_m: float, t_s: float, a: F64, e: F64, w: F64, keep: F64, n_keep: int
) -> tuple[float, int]:
    """Entries per second into the sphere; a, e (3, 3) and w (48,) are work space, keep as in entry_flux."""
    _terms(mom, radius_m, a, e, w)
    low, high, panels = _span(w, radius_m)
    if panels == 0:
        return 0.0, n_keep
    spread, total = math.sqrt(max(w[18] + w[22] + w[26], 0.0)), 0.0
    step = 0.5 * (high - low) / panels
    whole = step * radius_m * radius_m / ((2.0 * math.pi) ** 1.5 * w[3] * w[4] * w[5])
    for k in range(panels):
        for i in range(NODE.shape[0]):
            angle = low + (2 * k + 1) * step + step * NODE[i]
            flat = math.cos(angle)
            part, n_keep = _ring(
                w, e, radius_m, math.sin(angle), flat, spread, whole * WEIGHT[i] * flat, t_s, keep, n_keep
            )
            total += part
    return total, n_keep


@inner
def inside_sphere(mom: F64, radius_m: float, a: F64, e: F64, w: F64) -> float:
    """The chance of being within the sphere at that time."""
    _terms(mom, radius_m, a, e, w)
    low, high, panels = _span(w, radius_m)
    none, total = np.empty((0, 2)), 0.0
    step = 0.5 * (high - low) / max(panels, 1)
    for k in range(panels):
        for i in range(NODE.shape[0]):
            angle = low + (2 * k + 1) * step + step * NODE[i]
            flat = radius_m * math.cos(angle)
            part = density((radius_m * math.sin(angle) - w[2]) / w[5]) / w[5] * flat * step * WEIGHT[i]
            share, _, _, _ = disc(
                w[0], w[1], w[3] * w[3], 0.0, w[4] * w[4], flat, 0.0, 0.0, 0.0, 1.0, 0.0, ALWAYS, none
            )
            total += part * share
    return total
