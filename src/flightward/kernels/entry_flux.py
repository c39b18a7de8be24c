"""How often per second a pair comes into a cylinder: the flux of entries through its side, floor and ceiling.

A straight line enters a convex body at most once, so for straight pairs
    P(within it in [0, T]) = P(inside at 0) + integral over [0, T] of the flux of entries,
without any assumption on how short, fast or far off the encounter is. At a point x of the border with the outward
normal n the flux is (density of the place at x) times E[max(-n.v, 0) given that place]; place and velocity are jointly
normal, so both are closed forms. On the side the angle is summed by Gauss's rule on panels a few sigmas wide, and the
height in closed form (by Gauss's rule where speed and height hang together); floor and ceiling are one sum over chords.
Source: S. O. Rice, Mathematical analysis of random noise, Bell System Tech. J. 24 (1945) 46-156, 3.3; V. T. Coppola,
Including velocity uncertainty in the probability of collision between space objects, AAS 12-247 (2012).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.disc_chance import (
    ALWAYS,
    INSIDE,
    NODE,
    RISING,
    SKIP,
    SPLIT,
    SUM,
    WEIGHT,
    disc,
    following,
    switched,
)
from flightward.kernels.normal import between, density, mean_positive
from flightward.kernels.relative_path import CROSS, PLACE, SPEED, VAR, VAR_V

F64 = NDArray[np.float64]

SIDE, CAP, ROUND = 0.0, 1.0, 2.0
N_NODE = 6
"""A kept entry: SIDE, +-CAP (ceiling, floor) or ROUND (sphere_flux); time; angle, l or normal x; rate; then mean inward
speed (SIDE), direction of l (CAP) or normal y and z (ROUND)."""
LEAST_SIGMA = 4e-4
"""A place known better than this part of the radius (or half height) counts as known so well: it blurs the border."""
_PANEL = 4.0
_MOST_PANELS = 16_384
"""Enough for a place as well known as LEAST_SIGMA up to 17 radii off; beyond, the panels asked for are finer than such
an error, which is long then, needs."""
_MOST_HALVINGS = 40
_FAR2 = 150.0
"""Squared sigmas beyond which a panel of the side is not looked at (its nearest point is then 8 sigmas off)."""
_Z_NODE, _Z_WEIGHT = np.polynomial.legendre.leggauss(24)
_Z_WIDE = 4.0
"""Heights spread over more sigmas than this need the rule of 24 points."""
_OUTWARD2 = 64.0
"""Squared sigmas of outward speed beyond which nobody comes in."""
_UNCORRELATED = 1e-7
_WEAK = 0.05
"""Speed that hangs on the height by less than this part of its own spread is developed to the second order."""


@inner
def lift(xx: float, xy: float, yy: float, radius_m: float) -> float:
    """What is added to both variances of a place that is known better than the border needs; else 0."""
    floor = (LEAST_SIGMA * radius_m) ** 2
    return floor if 0.5 * (xx + yy) - math.hypot(0.5 * (xx - yy), xy) < floor else 0.0


@inner
def lift_height(var_m2: float, half_m: float) -> float:
    """The same for the variance of a height."""
    floor = (LEAST_SIGMA * half_m) ** 2 if math.isfinite(half_m) else 1.0
    return floor if var_m2 < floor else 0.0


@inner
def _side_terms(mom: F64, radius_m: float, half_m: float, c: F64) -> None:
    """What does not depend on the angle, into c (24,): see _at."""
    floor = lift(mom[VAR], mom[VAR + 1], mom[VAR + 4], radius_m)
    xx, xy, yy = mom[VAR] + floor, mom[VAR + 1], mom[VAR + 4] + floor
    det = xx * yy - xy * xy
    ia, ib, ic = yy / det, -xy / det, xx / det
    g00, g01, g10, g11 = mom[CROSS], mom[CROSS + 1], mom[CROSS + 3], mom[CROSS + 4]
    j00, j01, j10, j11 = ia * g00 + ib * g10, ia * g01 + ib * g11, ib * g00 + ic * g10, ib * g01 + ic * g11
    c[0], c[1], c[2], c[3] = ia, ib, ic, 1.0 / (2.0 * math.pi * math.sqrt(det))
    c[4], c[5], c[6], c[7] = j00, j01, j10, j11
    c[8] = max(mom[VAR_V] - g00 * j00 - g10 * j10, 0.0)
    c[9] = mom[VAR_V + 1] - g00 * j01 - g10 * j11
    c[10] = max(mom[VAR_V + 4] - g01 * j01 - g11 * j11, 0.0)
    z0, z1 = mom[VAR + 2], mom[VAR + 5]
    c[11], c[12] = ia * z0 + ib * z1, ib * z0 + ic * z1
    var_z = max(mom[VAR + 8] - z0 * c[11] - z1 * c[12], 0.0)
    c[13] = math.sqrt(var_z + lift_height(var_z, half_m))
    c[14] = mom[CROSS + 6] - g00 * c[11] - g10 * c[12]
    c[15] = mom[CROSS + 7] - g01 * c[11] - g11 * c[12]
    mid, spread = 0.5 * (xx + yy), math.hypot(0.5 * (xx - yy), xy)
    c[16] = math.sqrt(det / (mid + spread))
    c[17] = math.sqrt(c[8] + c[10])
    slant = math.hypot(c[11], c[12]) * math.sqrt(mid + spread)
    c[18] = between((-half_m - mom[PLACE + 2]) / c[13], (half_m - mom[PLACE + 2]) / c[13])
    tied = math.hypot(c[14], c[15]) > _UNCORRELATED * c[13] * c[17]
    c[19] = 1.0 if math.isfinite(half_m) and (tied or slant > _UNCORRELATED * c[13]) else 0.0


@inner
def _radial(mom: F64, c: F64, radius_m: float, cos: float, sin: float) -> tuple[float, float]:
    """Squared distance in sigmas of the border point at an angle, and the mean outward speed there."""
    dx, dy = radius_m * cos - mom[PLACE], radius_m * sin - mom[PLACE + 1]
    q = c[0] * dx * dx + 2.0 * c[1] * dx * dy + c[2] * dy * dy
    out = cos * (mom[SPEED] + dx * c[4] + dy * c[6]) + sin * (mom[SPEED + 1] + dx * c[5] + dy * c[7])
    return q, out


@inner
def _at(mom: F64, c: F64, radius_m: float, half_m: float, angle: float) -> tuple[float, float]:
    """Rate of entries per radian of the side at an angle, and the mean inward speed of places between the ends."""
    cos, sin = math.cos(angle), math.sin(angle)
    q, out = _radial(mom, c, radius_m, cos, sin)
    var = max(cos * cos * c[8] + 2.0 * cos * sin * c[9] + sin * sin * c[10], 0.0)
    if q > 1400.0 or (out > 0.0 and out * out > _OUTWARD2 * var):
        return 0.0, 1.0
    rate = radius_m * c[3] * math.exp(-0.5 * q)
    if c[19] == 0.0:
        inward = mean_positive(-out, math.sqrt(var))
        return rate * c[18] * inward, inward
    dx, dy = radius_m * cos - mom[PLACE], radius_m * sin - mom[PLACE + 1]
    mz = mom[PLACE + 2] + dx * c[11] + dy * c[12]
    slope = (cos * c[14] + sin * c[15]) / (c[13] * c[13])
    rest = math.sqrt(max(var - slope * slope * c[13] * c[13], 0.0))
    low, high = max(-half_m, mz - 7.0 * c[13]), min(half_m, mz + 7.0 * c[13])
    share = between((low - mz) / c[13], (high - mz) / c[13])
    if share == 0.0:
        return 0.0, 1.0
    if abs(slope) * min(c[13], half_m) < _WEAK * rest and share > 1e-9:
        a, b = (-half_m - mz) / c[13], (half_m - mz) / c[13]
        pa, pb = density(a) / share, density(b) / share
        # mean and variance of a height that is known to be between the ends; third moments are left out
        z, spread = c[13] * (pa - pb), 1.0 + a * pa - b * pb - (pa - pb) ** 2
        at = out + slope * z
        inward = mean_positive(-at, rest)
        inward += 0.5 * density(at / rest) / rest * (slope * c[13]) ** 2 * max(spread, 0.0)
        return rate * share * inward, inward
    # the height at which the mean speed is 0: a bend, where the height says nearly all of the speed
    bend = mz - out / slope if rest < abs(slope) * c[13] else low
    if low < bend < high:
        total = _heights(c[13], mz, out, slope, rest, low, bend) + _heights(c[13], mz, out, slope, rest, bend, high)
    else:
        total = _heights(c[13], mz, out, slope, rest, low, high)
    return rate * total, total / share


@inner
def _heights(sigma: float, mz: float, out: float, slope: float, rest: float, low: float, high: float) -> float:
    """Mean inward speed of heights in [low, high] times their chance; height normal (mz, sigma)."""
    total, mid, step = 0.0, 0.5 * (low + high), 0.5 * (high - low)
    if high - low > _Z_WIDE * sigma:
        for i in range(_Z_NODE.shape[0]):
            z = mid + step * _Z_NODE[i] - mz
            total += _Z_WEIGHT[i] * density(z / sigma) * mean_positive(-(out + slope * z), rest)
    else:
        for i in range(NODE.shape[0]):
            z = mid + step * NODE[i] - mz
            total += WEIGHT[i] * density(z / sigma) * mean_positive(-(out + slope * z), rest)
    return total * step / sigma


@inner
def _abeam(mom: F64, c: F64, radius_m: float, angle: float) -> float:
    """The angle near the one given at which the mean outward speed is 0; the one given if there is none near."""
    a, b = angle, angle + 0.1
    _, fa = _radial(mom, c, radius_m, math.cos(a), math.sin(a))
    for _ in range(4):
        _, fb = _radial(mom, c, radius_m, math.cos(b), math.sin(b))
        if fa == fb:
            break
        a, fa, b = b, fb, b - fb * (b - a) / (fb - fa)
        if not abs(b - angle) < 1.0:
            return angle
    return b


@inner
def _turn_point(mom: F64, c: F64, radius_m: float, a: float, b: float, fa: float, fb: float) -> float:
    """The angle in [a, b] at which the mean outward speed is 0 (fa and fb, at the ends, differ in sign)."""
    for _ in range(5):
        mid = a - fa * (b - a) / (fb - fa)
        _, f = _radial(mom, c, radius_m, math.cos(mid), math.sin(mid))
        if f * fa > 0.0:
            a, fa, fb = mid, f, 0.5 * fb
        else:
            b, fb, fa = mid, f, 0.5 * fa
        if fa == fb:
            break
    return 0.5 * (a + b)


@inner
def keep_entry(keep: F64, n: int, what: float, t_s: float, where: float, rate: float, ux: float, uy: float) -> int:
    """Note an entry in row n of keep and give the next row; when keep is full, its last row takes the rate."""
    if n < keep.shape[0]:
        keep[n, 0], keep[n, 1], keep[n, 2], keep[n, 3], keep[n, 4], keep[n, 5] = what, t_s, where, rate, ux, uy
        return n + 1
    if n > 0:
        keep[n - 1, 3] += rate
    return n


@inner
def _heights_between(mom: F64, c: F64, radius_m: float, half_m: float, mid: float, step: float) -> int:
    """Whether the chance of a height between the ends is smooth at angles mid +- step, or 0."""
    cos, sin = math.cos(mid), math.sin(mid)
    mz = mom[PLACE + 2] + (radius_m * cos - mom[PLACE]) * c[11] + (radius_m * sin - mom[PLACE + 1]) * c[12]
    change = radius_m * (abs(cos * c[12] - sin * c[11]) + 0.5 * math.hypot(c[11], c[12]) * step) * step
    return switched(mz, change, c[13], half_m)


@inner
def _panel(
    mom: F64, c: F64, radius_m: float, half_m: float, a: float, b: float, t_s: float, keep: F64, n_keep: int
) -> tuple[float, int]:
    """Entries per second between two angles by one rule, halved where the height comes between the ends and goes."""
    total, level, place = 0.0, 0, 0
    while level > 0 or place == 0:
        step = 0.5 * (b - a) * 0.5**level
        mid = a + (2 * place + 1) * step
        what = SUM if c[19] == 0.0 else _heights_between(mom, c, radius_m, half_m, mid, step)
        if what == SPLIT and level < _MOST_HALVINGS:
            level, place = level + 1, 2 * place
            continue
        level, place = following(level, place)
        if what == SKIP:
            continue
        for i in range(NODE.shape[0]):
            angle = mid + step * NODE[i]
            rate, inward = _at(mom, c, radius_m, half_m, angle)
            rate *= step * WEIGHT[i]
            total += rate
            n_keep = keep_entry(keep, n_keep, SIDE, t_s, angle, rate, inward, 0.0)
    return total, n_keep


@inner
def _arc(
    mom: F64, c: F64, radius_m: float, half_m: float, begin: float, end: float, panels: int, t_s: float, keep: F64,
    n_keep: int,
) -> tuple[float, int]:
    """Entries per second through the side between two angles, in panels; those too far off are left out."""
    width, total, a = (end - begin) / panels, 0.0, begin
    qa, fa = _radial(mom, c, radius_m, math.cos(a), math.sin(a))
    for _ in range(panels):
        b = a + width
        qb, fb = _radial(mom, c, radius_m, math.cos(b), math.sin(b))
        if min(qa, qb) < _FAR2:
            _, fm = _radial(mom, c, radius_m, math.cos(0.5 * (a + b)), math.sin(0.5 * (a + b)))
            if min(fa, fb, fm) < 8.0 * c[17]:
                cut = b
                if fa * fb < 0.0 and min(abs(fa), abs(fb)) > max(1e-3 * abs(fm), 0.1 * c[17]):
                    cut = _turn_point(mom, c, radius_m, a, b, fa, fb)
                for part in range(1 if cut == b else 2):
                    low, high = (a, cut) if part == 0 else (cut, b)
                    more, n_keep = _panel(mom, c, radius_m, half_m, low, high, t_s, keep, n_keep)
                    total += more
        a, qa, fa = b, qb, fb
    return total, n_keep


@inner
def side(
    mom: F64, radius_m: float, half_m: float, t_s: float, c: F64, keep: F64, n_keep: int
) -> tuple[float, int]:
    """Entries per second through the side; keep (K, N_NODE) notes where and how much, where it is given."""
    gap = math.hypot(mom[PLACE], mom[PLACE + 1]) - radius_m
    mid, spread = 0.5 * (mom[VAR] + mom[VAR + 4]), math.hypot(0.5 * (mom[VAR] - mom[VAR + 4]), mom[VAR + 1])
    if gap * gap > _FAR2 * (mid + spread + (LEAST_SIGMA * radius_m) ** 2):
        return 0.0, n_keep
    _side_terms(mom, radius_m, half_m, c)
    reach = radius_m * max(radius_m, math.hypot(mom[PLACE], mom[PLACE + 1]))
    panels = min(max(math.ceil(2.0 * math.pi * math.sqrt(reach) / (_PANEL * c[16])), 2), _MOST_PANELS)
    start = math.atan2(mom[SPEED], -mom[SPEED + 1])
    # the half that is entered on the mean, and the other: between them the flux has a bend
    first = _abeam(mom, c, radius_m, start)
    second = _abeam(mom, c, radius_m, start + math.pi)
    total = 0.0
    for half in range(2):
        low, high = (first, second) if half == 0 else (second, first + 2.0 * math.pi)
        parts = max(math.ceil(panels * (high - low) / (2.0 * math.pi)), 1)
        part, n_keep = _arc(mom, c, radius_m, half_m, low, high, parts, t_s, keep, n_keep)
        total += part
    return total, n_keep


@inner
def caps(
    mom: F64, radius_m: float, half_m: float, t_s: float, chord: F64, keep: F64, n_keep: int
) -> tuple[float, int]:
    """Entries per second through floor and ceiling; chord (K, 2) is work space, empty if nothing is kept."""
    if not math.isfinite(half_m):
        return 0.0, n_keep
    vz = mom[VAR + 8] + lift_height(mom[VAR + 8], half_m)
    sz, total, shared, kept, ux, uy = math.sqrt(vz), 0.0, -1.0, 0, 1.0, 0.0
    for i in range(2):
        sign = 1.0 if i == 0 else -1.0
        gap = sign * half_m - mom[PLACE + 2]
        if gap * gap > _FAR2 * vz:
            continue
        z0, z1 = mom[VAR + 2], mom[VAR + 5]
        xx, xy, yy = mom[VAR] - z0 * z0 / vz, mom[VAR + 1] - z0 * z1 / vz, mom[VAR + 4] - z1 * z1 / vz
        floor = lift(xx, xy, yy, radius_m)
        xx, yy = xx + floor, yy + floor
        mx, my = mom[PLACE] + z0 * gap / vz, mom[PLACE + 1] + z1 * gap / vz
        zv = mom[CROSS + 8] / vz
        # covariance of place and climb given the height, and the climb's regression on the place
        k0, k1 = mom[CROSS + 2] - z0 * zv, mom[CROSS + 5] - z1 * zv
        det = xx * yy - xy * xy
        gx, gy = (yy * k0 - xy * k1) / det, (xx * k1 - xy * k0) / det
        var = max(mom[VAR_V + 8] - mom[CROSS + 8] * zv, 0.0)
        rest = math.sqrt(max(var - gx * k0 - gy * k1, 0.0))
        climb = mom[SPEED + 2] + zv * gap
        scale = density(gap / sz) / sz
        if math.hypot(k0, k1) <= _UNCORRELATED * math.sqrt(var * (xx + yy)):
            scale *= mean_positive(-sign * climb, math.sqrt(var))
            if scale == 0.0:
                continue
            apart = z0 == 0.0 and z1 == 0.0  # the same disc for floor and ceiling
            if shared < 0.0 or not apart:
                shared, ux, uy, kept = disc(mx, my, xx, xy, yy, radius_m, 0.0, 0.0, 0.0, 1.0, 0.0, ALWAYS, chord)
            share = shared
        else:
            shared = -1.0
            share, ux, uy, kept = disc(
                mx, my, xx, xy, yy, radius_m, -sign * gx, -sign * gy, -sign * climb, rest, 0.0, RISING, chord
            )
        total += scale * share
        for j in range(kept):
            n_keep = keep_entry(keep, n_keep, sign * CAP, t_s, chord[j, 0], scale * chord[j, 1], ux, uy)
    return total, n_keep


@inner
def inside(mom: F64, radius_m: float, half_m: float) -> float:
    """The chance of being within the cylinder at that time."""
    floor = lift(mom[VAR], mom[VAR + 1], mom[VAR + 4], radius_m)
    xx, xy, yy = mom[VAR] + floor, mom[VAR + 1], mom[VAR + 4] + floor
    none = np.empty((0, 2))
    if not math.isfinite(half_m):
        share, _, _, _ = disc(mom[PLACE], mom[PLACE + 1], xx, xy, yy, radius_m, 0.0, 0.0, 0.0, 1.0, 0.0, ALWAYS, none)
        return share
    z0, z1, det = mom[VAR + 2], mom[VAR + 5], xx * yy - xy * xy
    gx, gy = (yy * z0 - xy * z1) / det, (xx * z1 - xy * z0) / det
    rest = max(mom[VAR + 8] - gx * z0 - gy * z1, 0.0)
    rest = math.sqrt(rest + lift_height(rest, half_m))
    share, _, _, _ = disc(
        mom[PLACE], mom[PLACE + 1], xx, xy, yy, radius_m, gx, gy, mom[PLACE + 2], rest, half_m, INSIDE, none
    )
    return share
