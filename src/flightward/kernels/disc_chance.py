"""The chance that a point with a normal error in a plane is within a disc, and what goes with it.

Along the direction in which the error is smallest the disc is cut into chords; what is normal along a chord is two
values of the error function, and the chords are summed by Gauss's rule. With l = R sin a the sum is over a smooth
function: the square root at the rim is gone. Method and figures: docs/design/near-probability.md.
Source: K. T. Alfano, A numerical implementation of spherical object collision probability, J. Astronautical Sciences
53 (2005) 103-109; J. L. Foster, H. S. Estes, NASA JSC-25898 (1992).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.normal import between, density, mean_positive

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

NODE, WEIGHT = np.polynomial.legendre.leggauss(12)
NODE_6, WEIGHT_6 = np.polynomial.legendre.leggauss(6)
"""Gauss's rules on [-1, 1] with 12 points and, for errors wide beside the disc, 6."""
ALWAYS, INSIDE, RISING = 0, 1, 2
"""What is asked beside being in the disc: nothing; |g| <= half; the mean of max(g, 0)."""
REACH = 7.5
"""Sigmas beyond which an error counts as impossible (6e-14)."""
_PANEL = 4.0
"""Sigmas per panel of 12 points."""
_FLAT = 0.4
"""Radius in sigmas up to which 6 points are enough for the whole disc."""
_MOST_PANELS = 128
_OUT = 12.0
"""Sigmas beyond which a chord is not looked at (3e-33)."""
_MOST_HALVINGS = 40
SUM, SPLIT, SKIP = 0, 1, 2
"""What is done with a panel: summed, halved, left out."""
_DEEP = 80.0
"""Exponents (e^-40) below the greatest one at which the short-encounter integral ends."""
_GROWTH = 60


@inner
def following(level: int, place: int) -> tuple[int, int]:
    """The part after this one of a panel that is halved `level` times; (0, 1) at the end."""
    place += 1
    while level > 0 and place % 2 == 0:
        level, place = level - 1, place // 2
    return level, place


@inner
def switched(value: float, change: float, sigma: float, half: float) -> int:
    """Is P(|value + error| <= half) smooth on a panel? value is at its middle, and at most change off within it."""
    if abs(value) - change > half + _OUT * sigma:
        return SKIP
    if change <= 0.5 * _PANEL * sigma or abs(value) + change < half - REACH * sigma:
        return SUM
    return SPLIT


@inner
def _looked_at(
    mid: float, step: float, radius_m: float, ml: float, sl: float, mb: float, slope: float, sb: float, g0: float,
    g1: float, sg: float, half: float, asked: int,
) -> int:
    """Whether chords at angles mid +- step are smooth enough to be summed by one rule, or do not count."""
    along, across = radius_m * math.sin(mid) - ml, radius_m * math.cos(mid)
    bend = 0.5 * radius_m * step * step
    moved = abs(across) * step + bend
    g = g0 + g1 * along
    if asked == INSIDE:
        what = switched(g, abs(g1) * moved, sg, half)
    elif g + abs(g1) * moved < -_OUT * sg:
        what = SKIP
    else:
        what = SUM if abs(g1) * moved <= 0.5 * _PANEL * sg or g - abs(g1) * moved > REACH * sg else SPLIT
    if what == SKIP:
        return SKIP
    centre = mb + slope * along
    # the ends of a chord move with the rim and with the centre; far off they are steep tails
    change = abs(slope) * moved + abs(radius_m * math.sin(mid)) * step + bend
    far = math.sqrt(max(math.hypot(ml, mb) / radius_m, 1.0))
    ends = switched(centre, change, sb / far, across)
    return ends if ends != SUM else what


@inner
def chords(
    node: F64, weight: F64, a_rad: float, b_rad: float, panels: int, radius_m: float,
    ml: float, sl: float, mb: float, slope: float, sb: float, g0: float, g1: float, sg: float, half: float, asked: int,
    keep: F64, n_keep: int,
) -> tuple[float, int]:
    """Sum over the chords l = R sin(angle) for angles in [a_rad, b_rad]; keep (K, 2) notes (l, share) where given.

    node and weight: a rule on [-1, 1], applied to each of the panels, which are halved where something is asked of g
    and it, or the chord, comes and goes within them. When keep is full, its last row takes what follows.
    l is normal (ml, sl), the place on the chord normal (mb + slope (l - ml), sb), g normal (g0 + g1 (l - ml), sg).
    """
    total = 0.0
    whole = 0.5 * (b_rad - a_rad) / panels
    for k in range(panels):
        level, place = 0, 0
        while level > 0 or place == 0:
            step = whole * 0.5**level
            mid = a_rad + 2 * k * whole + (2 * place + 1) * step
            what = SUM
            if asked != ALWAYS:
                what = _looked_at(mid, step, radius_m, ml, sl, mb, slope, sb, g0, g1, sg, half, asked)
            if what == SPLIT and level < _MOST_HALVINGS:
                level, place = level + 1, 2 * place
                continue
            level, place = following(level, place)
            if what == SKIP:
                continue
            for i in range(node.shape[0]):
                angle = mid + step * node[i]
                chord = radius_m * math.cos(angle)
                along = radius_m * math.sin(angle) - ml
                centre = mb + slope * along
                part = density(along / sl) / sl * chord * between((-chord - centre) / sb, (chord - centre) / sb)
                if asked == INSIDE:
                    g = g0 + g1 * along
                    part *= between((-half - g) / sg, (half - g) / sg)
                elif asked == RISING:
                    part *= mean_positive(g0 + g1 * along, sg)
                part *= step * weight[i]
                total += part
                if n_keep < keep.shape[0]:
                    keep[n_keep, 0], keep[n_keep, 1] = along + ml, part
                    n_keep += 1
                elif n_keep > 0:
                    keep[n_keep - 1, 1] += part
    return total, n_keep


@inner
def axes(xx: float, xy: float, yy: float) -> tuple[float, float, float, float]:
    """Unit direction (x, y) of the smaller variance of a plane covariance, that variance and the greater one."""
    mid, half = 0.5 * (xx + yy), math.hypot(0.5 * (xx - yy), xy)
    greater = mid + half
    # the product of the two is the determinant: no difference of nearly equal numbers
    smaller = max((xx * yy - xy * xy) / greater, 0.0) if greater > 0.0 else 0.0
    if half <= 1e-14 * mid:
        return 1.0, 0.0, smaller, greater
    angle = 0.5 * math.atan2(2.0 * xy, xx - yy)
    return -math.sin(angle), math.cos(angle), smaller, greater


@inner
def disc(
    mx: float, my: float, xx: float, xy: float, yy: float, radius_m: float,
    gx: float, gy: float, g0: float, sg: float, half: float, asked: int, keep: F64,
) -> tuple[float, float, float, int]:
    """The chance of being within the disc (times what is asked of g), the direction of l, and the chords kept.

    Mean (mx, my), covariance (xx, xy, yy); g is normal (g0 + gx (x - mx) + gy (y - my), sg) given (x, y).
    """
    norm = math.hypot(gx, gy)
    ux, uy, _, greater = axes(xx, xy, yy)
    if asked == ALWAYS or norm * math.sqrt(greater) <= 1e-7 * sg:
        norm = 0.0
    else:
        ux, uy = gx / norm, gy / norm
    vl = max(ux * ux * xx + 2.0 * ux * uy * xy + uy * uy * yy, 1e-12 * greater)
    vb = uy * uy * xx - 2.0 * ux * uy * xy + ux * ux * yy
    cov = ux * uy * (yy - xx) + (ux * ux - uy * uy) * xy
    slope = cov / vl
    sl, sb = math.sqrt(vl), math.sqrt(max(vb - slope * cov, 1e-12 * greater))
    ml, mb = ux * mx + uy * my, ux * my - uy * mx
    out = max(abs(ml) - radius_m, 0.0) / sl
    if out > 12.0 or math.hypot(mx, my) > radius_m + 12.0 * math.sqrt(greater):
        return 0.0, ux, uy, 0
    reach = math.sqrt(out * out + REACH * REACH) * sl
    a = math.asin(min(max((ml - reach) / radius_m, -1.0), 1.0))
    b = math.asin(min(max((ml + reach) / radius_m, -1.0), 1.0))
    # where g is asked for, chords halves the panels for sb
    fine = sl if asked != ALWAYS else min(sl, sb)
    width = _PANEL * fine / max(radius_m, math.sqrt(radius_m * math.hypot(ml, mb)))
    panels = min(max(math.ceil((b - a) / width), 1), _MOST_PANELS)
    node, weight = (NODE, WEIGHT) if asked != ALWAYS or width * _FLAT < _PANEL else (NODE_6, WEIGHT_6)
    total, kept = chords(
        node, weight, a, b, panels, radius_m, ml, sl, mb, slope, sb, g0, norm, sg, half, asked, keep, 0
    )
    return total, ux, uy, kept


@inner
def _exponent(l_m: float, radius_m: float, ml: float, sl: float, mb: float, sb: float) -> float:
    """Twice the exponent of the likeliest point of the chord at l: convex in l."""
    chord = math.sqrt(max(radius_m * radius_m - l_m * l_m, 0.0))
    x, y = (l_m - ml) / sl, max(abs(mb) - chord, 0.0) / sb
    return x * x + y * y


@inner
def _ends(radius_m: float, ml: float, sl: float, mb: float, sb: float) -> tuple[float, float]:
    """The angles between which the chords matter: exponents within _DEEP of the greatest."""
    low, high = -radius_m, radius_m
    for _ in range(_GROWTH):
        one, two = low + (high - low) / 3.0, high - (high - low) / 3.0
        if _exponent(one, radius_m, ml, sl, mb, sb) < _exponent(two, radius_m, ml, sl, mb, sb):
            high = two
        else:
            low = one
    best = 0.5 * (low + high)
    level = _exponent(best, radius_m, ml, sl, mb, sb) + _DEEP
    ends = (-radius_m, radius_m)
    found_low, found_high = ends
    for side in range(2):
        inside, outside = best, ends[side]
        if _exponent(outside, radius_m, ml, sl, mb, sb) > level:
            for _ in range(_GROWTH):
                mid = 0.5 * (inside + outside)
                if _exponent(mid, radius_m, ml, sl, mb, sb) > level:
                    outside = mid
                else:
                    inside = mid
        if side == 0:
            found_low = outside
        else:
            found_high = outside
    return math.asin(max(found_low / radius_m, -1.0)), math.asin(min(found_high / radius_m, 1.0))


@kernel
def short_encounter(
    x_m: F64, y_m: F64, sigma_x_m: F64, sigma_y_m: F64, radius_m: F64, p_out: F64, err_out: F64, status_out: I8
) -> None:
    """Chance of N independent normal errors (means x, y, sigmas along the axes) to be within radius_m of the origin.

    All (N,) float64. p_out, err_out (N,): chance and its error; status_out (N,) int8: 0 good, 1 a value is not finite,
    2 a sigma or radius is not positive (row NaN), 4 the error is above 1e-9 of p.
    """
    none = np.empty((0, 2))
    for i in range(x_m.shape[0]):
        p_out[i] = err_out[i] = np.nan
        total = x_m[i] + y_m[i] + sigma_x_m[i] + sigma_y_m[i] + radius_m[i]
        if not math.isfinite(total):
            status_out[i] = 1
            continue
        if not (sigma_x_m[i] > 0.0 and sigma_y_m[i] > 0.0 and radius_m[i] > 0.0):
            status_out[i] = 2
            continue
        ml, sl, mb, sb, r = x_m[i], sigma_x_m[i], y_m[i], sigma_y_m[i], radius_m[i]
        if sl > sb:
            ml, sl, mb, sb = mb, sb, ml, sl
        a, b = _ends(r, ml, sl, mb, sb)
        panels, before = 2, np.inf
        p, _ = chords(NODE, WEIGHT, a, b, 1, r, ml, sl, mb, 0.0, sb, 0.0, 0.0, 1.0, 0.0, ALWAYS, none, 0)
        while abs(p - before) > 1e-12 * p and panels <= 4096:
            before = p
            p, _ = chords(NODE, WEIGHT, a, b, panels, r, ml, sl, mb, 0.0, sb, 0.0, 0.0, 1.0, 0.0, ALWAYS, none, 0)
            panels *= 2
        p_out[i], err_out[i] = min(p, 1.0), abs(p - before) + 1e-15 * p
        status_out[i] = 4 if err_out[i] > 1e-9 * p else 0
