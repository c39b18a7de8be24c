"""The flux of entries summed over time: Gauss and Kronrod's rule on pieces of the lookahead, halved where it must be.

The first pieces begin and end where the mean path comes near the border or the place is best known, so that no peak is
missed however short it is. Where the errors of a place lie nearly on a line, pieces begin and end too when that line
comes to the border: it then meets a stretch of the border at once. The error is QUADPACK's estimate.
Source: R. Piessens et al., QUADPACK (1983), 2.2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.disc_chance import axes
from flightward.kernels.entry_flux import LEAST_SIGMA, caps, inside, side
from flightward.kernels.intervals import disc, slab
from flightward.kernels.relative_path import CROSS, PLACE, SPEED, STRAIGHT, VAR, VAR_V, maps, moments
from flightward.kernels.sphere_flux import N_WORK, inside_sphere, sphere

F64 = NDArray[np.float64]

MOST_PIECES = 400
"""Pieces of time; when they are used up the error says so."""
_MOST_EDGES = 320
_TURN_RAD = 0.3
"""The mean path is looked at in chords of this turn."""
_WIDTH = 5.0
"""Sigmas around a moment that get a piece of their own."""
_LOOKS = 40
"""Times at which the line of the errors is looked at."""
_LINE = 0.1
"""Errors are on a line when the smaller sigma is below this part of the greater one and of the radius."""
_STEPS = 40
K_NODE = np.array([
    0.0, 0.20778495500789847, 0.4058451513773972, 0.5860872354676911, 0.7415311855993945, 0.8648644233597691,
    0.9491079123427585, 0.9914553711208126,
])  # fmt: skip
K_WEIGHT = np.array([
    0.20948214108472782, 0.20443294007529889, 0.19035057806478542, 0.1690047266392679, 0.14065325971552592,
    0.10479001032225019, 0.06309209262997856, 0.022935322010529224,
])  # fmt: skip
_G_WEIGHT = np.array([0.4179591836734694, 0.0, 0.3818300505051189, 0.0, 0.27970539148927664, 0.0, 0.1294849661688697,
                      0.0])  # fmt: skip
_K7_NODE = np.array([0.0, 0.43424374934680256, 0.7745966692414834, 0.9604912687080203])
_K7_WEIGHT = np.array([0.45091653865847414, 0.40139741477596223, 0.26848808986833344, 0.10465622602646726])
_G3_WEIGHT = np.array([8.0 / 9.0, 0.0, 5.0 / 9.0, 0.0])
_SAFE, _SAFE_COARSE = 200.0, 30.0
"""QUADPACK's factor of caution for 15 points, and a smaller one for 7, whose two rules differ less in order."""
_COARSE = 1e-3
"""From this tolerance on the rule of 7 points is enough; else that of 15."""


@inner
def at_time(
    k: int, mean: F64, cov: F64, turn: F64, t_s: float, mom: F64, bd: F64
) -> None:
    """Moments of place and velocity at t_s into mom; bd (4, 3, 8) is work space: B, D, B C, D C."""
    maps(k, t_s, turn[0], turn[1], bd[0], bd[1])
    moments(k, mean, cov, bd[0], bd[1], bd[2], bd[3], mom)


@inner
def rate(
    k: int, mean: F64, cov: F64, turn: F64, t_s: float, radius_m: float, half_m: float, is_round: bool,
    mom: F64, bd: F64, work: F64, none: F64, none2: F64, ae: F64,
) -> float:
    """Entries per second at t_s. mom (33,), bd (4, 3, 8), work (48,), ae (2, 3, 3): work space; none (0, 6), (0, 2)."""
    at_time(k, mean, cov, turn, t_s, mom, bd)
    if is_round:
        into, _ = sphere(mom, radius_m, t_s, ae[0], ae[1], work, none, 0)
        return into
    through, _ = side(mom, radius_m, half_m, t_s, work, none, 0)
    ends, _ = caps(mom, radius_m, half_m, t_s, none2, none, 0)
    return through + ends


@inner
def _piece(
    k: int, mean: F64, cov: F64, turn: F64, a: float, b: float, radius_m: float, half_m: float, is_round: bool,
    coarse: bool, mom: F64, bd: F64, work: F64, none: F64, none2: F64, ae: F64, value: F64,
) -> tuple[float, float]:
    """Sum over [a, b] and its error; value (15,) is work space."""
    node, weight, less = (_K7_NODE, _K7_WEIGHT, _G3_WEIGHT) if coarse else (K_NODE, K_WEIGHT, _G_WEIGHT)
    mid, half, last = 0.5 * (a + b), 0.5 * (b - a), node.shape[0] - 1
    kronrod, gauss = 0.0, 0.0
    for i in range(2 * last + 1):
        j = abs(i - last)
        t = mid + (half * node[j] if i > last else -half * node[j])
        value[i] = rate(
            k, mean, cov, turn, t, radius_m, half_m, is_round, mom, bd, work, none, none2, ae
        )
        kronrod += weight[j] * value[i]
        gauss += less[j] * value[i]
    spread = 0.0
    for i in range(2 * last + 1):
        spread += weight[abs(i - last)] * abs(value[i] - 0.5 * kronrod)
    error = abs(kronrod - gauss)
    if spread > 0.0 and error > 0.0:
        error = spread * min(1.0, ((_SAFE_COARSE if coarse else _SAFE) * error / spread) ** 1.5)
    return kronrod * half, error * half


@inner
def _mark(edge: F64, n: int, at_s: float, width_s: float, until_s: float) -> int:
    """Note a moment and a few widths around it as edges of pieces, as far as they are within (0, until_s)."""
    for i in range(3):
        t = at_s + (i - 1) * width_s
        if 0.0 < t < until_s and n < edge.shape[0]:
            edge[n] = t
            n += 1
    return n


@inner
def _gap(
    k: int, mean: F64, cov: F64, turn: F64, t_s: float, radius_m: float, mom: F64, bd: F64
) -> tuple[float, float]:
    """How far the rim is from the line on which the errors of the place lie (below 0: it cuts the disc), and the sigma
    across that line; NaN where they lie on no line."""
    at_time(k, mean, cov, turn, t_s, mom, bd)
    ux, uy, less, greater = axes(mom[VAR], mom[VAR + 1], mom[VAR + 4])
    if not less < _LINE * _LINE * min(greater, radius_m * radius_m):
        return math.nan, 0.0
    return abs(ux * mom[PLACE] + uy * mom[PLACE + 1]) - radius_m, math.sqrt(less)


@inner
def _mark_contact(
    k: int, mean: F64, cov: F64, turn: F64, a: float, b: float, until_s: float, radius_m: float, mom: F64, bd: F64,
    edge: F64, n: int,
) -> int:
    """Mark the time between a and b at which the line comes to the rim; its gap has another sign at each of them."""
    at_a, _ = _gap(k, mean, cov, turn, a, radius_m, mom, bd)
    low, high = a, b
    for _ in range(_STEPS):
        mid = 0.5 * (low + high)
        at_mid, _ = _gap(k, mean, cov, turn, mid, radius_m, mom, bd)
        if at_mid * at_a > 0.0:
            low = mid
        else:
            high = mid
    t, aside = 0.5 * (low + high), 1e-4 * (b - a)
    one, sigma = _gap(k, mean, cov, turn, t - aside, radius_m, mom, bd)
    two, _ = _gap(k, mean, cov, turn, t + aside, radius_m, mom, bd)
    width = (sigma + LEAST_SIGMA * radius_m) * 2.0 * aside / max(abs(two - one), 1e-12 * radius_m)
    return _mark(edge, n, t, min(_WIDTH * width, b - a) if width > 0.0 else b - a, until_s)


@inner
def _mark_contacts(
    k: int, mean: F64, cov: F64, turn: F64, until_s: float, radius_m: float, mom: F64, bd: F64, edge: F64, n: int
) -> int:
    """Mark the times at which the line of the errors, where they lie on one, comes to the rim or leaves it."""
    step = until_s / _LOOKS
    first, second = math.nan, math.nan
    for i in range(_LOOKS + 1):
        t = i * step
        third, _ = _gap(k, mean, cov, turn, t, radius_m, mom, bd)
        if second * third < 0.0:
            n = _mark_contact(k, mean, cov, turn, t - step, t, until_s, radius_m, mom, bd, edge, n)
        elif first * second > 0.0 and second * third > 0.0 and abs(second) <= min(abs(first), abs(third)):
            # between two looks the line may come to the rim and go again
            low, high, sign = t - 2.0 * step, t, 1.0 if second > 0.0 else -1.0
            for _ in range(_STEPS):
                one, two = low + (high - low) / 3.0, high - (high - low) / 3.0
                at_one, _ = _gap(k, mean, cov, turn, one, radius_m, mom, bd)
                at_two, _ = _gap(k, mean, cov, turn, two, radius_m, mom, bd)
                if sign * at_one < sign * at_two:
                    high = two
                else:
                    low = one
            near = 0.5 * (low + high)
            least, _ = _gap(k, mean, cov, turn, near, radius_m, mom, bd)
            if sign * least < 0.0:
                n = _mark_contact(k, mean, cov, turn, t - 2.0 * step, near, until_s, radius_m, mom, bd, edge, n)
                n = _mark_contact(k, mean, cov, turn, near, t, until_s, radius_m, mom, bd, edge, n)
            elif sign * least < _WIDTH * LEAST_SIGMA * radius_m:
                n = _mark(edge, n, near, 0.1 * step, until_s)
        first, second = second, third
    return n


@inner
def edges(
    k: int, mean: F64, cov: F64, turn: F64, until_s: float, radius_m: float, half_m: float, mom: F64, bd: F64,
    edge: F64,
) -> int:
    """Fill edge with the times at which pieces begin and end, in order, and give their number."""
    edge[0], edge[1] = 0.0, until_s
    n, chords = 2, 1
    if k != STRAIGHT:
        chords = min(math.ceil(max(abs(turn[0]), abs(turn[1])) * until_s / _TURN_RAD) + 1, 60)
    step = until_s / chords
    for c in range(chords):
        begin = c * step
        at_time(k, mean, cov, turn, begin + (0.5 * step if chords > 1 else 0.0), mom, bd)
        back = 0.5 * step if chords > 1 else 0.0
        e, m, u = mom[PLACE] - back * mom[SPEED], mom[PLACE + 1] - back * mom[SPEED + 1], mom[PLACE + 2]
        u -= back * mom[SPEED + 2]
        ve, vn, vu = mom[SPEED], mom[SPEED + 1], mom[SPEED + 2]
        low, high = disc(e, m, ve, vn, radius_m, step)
        speed2 = ve * ve + vn * vn
        if low > high and speed2 > 1e-12:
            low = high = min(max(-(e * ve + m * vn) / speed2, 0.0), step)
        low_v, high_v = slab(u, vu, -half_m, half_m, step)
        if chords > 1:
            n = _mark(edge, n, begin, 0.0, until_s)  # chords are not the path: each gets pieces of its own
        for i in range(4):
            t = begin + (low if i == 0 else high if i == 1 else low_v if i == 2 else high_v)
            if i >= 2 and low_v > high_v:
                continue
            at_time(k, mean, cov, turn, t, mom, bd)
            if i < 2:
                var = ve * ve * mom[VAR] + 2.0 * ve * vn * mom[VAR + 1] + vn * vn * mom[VAR + 4]
                width = (math.sqrt(max(var, 0.0)) / max(speed2, 1e-9)) + 1e-3 * radius_m / max(math.sqrt(speed2), 1e-9)
            else:
                width = (math.sqrt(max(mom[VAR + 8], 0.0)) + 1e-3 * half_m) / max(abs(vu), 1e-9)
            n = _mark(edge, n, t, _WIDTH * width, until_s)
    # where the place is best known: errors of place and velocity that hang together shrink and grow again
    at_time(k, mean, cov, turn, 0.0, mom, bd)
    tied = mom[CROSS] + mom[CROSS + 4] + mom[CROSS + 8]
    var_v = mom[VAR_V] + mom[VAR_V + 4] + mom[VAR_V + 8]
    if var_v > 0.0 and tied < 0.0:
        var = mom[VAR] + mom[VAR + 4] + mom[VAR + 8]
        least = math.sqrt(max(var - tied * tied / var_v, 1e-9 * var) / var_v)
        n = _mark(edge, n, -tied / var_v, 2.0 * least, until_s)
    n = _mark_contacts(k, mean, cov, turn, until_s, radius_m, mom, bd, edge, n)
    edge[:n].sort()
    kept = 1
    for i in range(1, n):
        if edge[i] - edge[kept - 1] > 1e-9 * until_s:
            edge[kept] = edge[i]
            kept += 1
    return kept


@inner
def entries(
    k: int, mean: F64, cov: F64, turn: F64, until_s: float, radius_m: float, half_m: float, is_round: bool,
    tolerance: float, mom: F64, bd: F64, piece: F64,
) -> tuple[float, float, float, int]:
    """Chance inside at 0, expected entries in (0, until_s], their error, and the pieces used.

    piece (MOST_PIECES, 4): begin, end, sum and error of each piece, in no order.
    """
    work, value, ae = np.empty(N_WORK), np.empty(15), np.empty((2, 3, 3))
    none, none2 = np.empty((0, 6)), np.empty((0, 2))
    at_time(k, mean, cov, turn, 0.0, mom, bd)
    now = inside_sphere(mom, radius_m, ae[0], ae[1], work) if is_round else inside(mom, radius_m, half_m)
    if until_s <= 0.0:
        return now, 0.0, 1e-9 * now, 0
    edge, coarse = np.empty(_MOST_EDGES), tolerance >= _COARSE
    n = edges(k, mean, cov, turn, until_s, radius_m, half_m, mom, bd, edge) - 1
    total, error = 0.0, 0.0
    for i in range(n):
        value_i, error_i = _piece(
            k, mean, cov, turn, edge[i], edge[i + 1], radius_m, half_m, is_round, coarse, mom, bd, work, none, none2,
            ae, value,
        )  # fmt: skip
        piece[i, 0], piece[i, 1], piece[i, 2], piece[i, 3] = edge[i], edge[i + 1], value_i, error_i
        total += value_i
        error += error_i
    while error > tolerance * (now + total) and error > 1e-14 and n < piece.shape[0]:
        worst = int(np.argmax(piece[:n, 3]))
        mid = 0.5 * (piece[worst, 0] + piece[worst, 1])
        if not piece[worst, 0] < mid < piece[worst, 1]:
            break
        piece[n, 0], piece[n, 1] = mid, piece[worst, 1]
        piece[worst, 1] = mid
        for i in (worst, n):
            piece[i, 2], piece[i, 3] = _piece(
                k, mean, cov, turn, piece[i, 0], piece[i, 1], radius_m, half_m, is_round, coarse, mom, bd, work, none,
                none2, ae, value,
            )  # fmt: skip
        n += 1
        total, error = piece[:n, 2].sum(), piece[:n, 3].sum()
    return now, total, error + 1e-9 * (now + total), n
