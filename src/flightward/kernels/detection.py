"""How well each sensor really detects, and where it does not: learnt from looks at objects known to be there.

Evidence is two numbers per sensor, cell (64 x 64 over its range), height band and class: looks that hit, looks that
missed. Everything else follows from them, so a late report only moves a one from misses to hits:

    p(cell) = p(range, elevation; class) * f(cell)

p(range, elevation) is a chain of shrunken shares: sensor (towards the case's own figure), range, range and
elevation, class there, each pulled towards the one before by the weight of a few looks. f is what the place adds: 1
nearly everywhere, 0.6, 0.3 or 0.02 behind a ridge, with the probability that the cell's looks leave to each; cells that
are masked do not count for p(range, elevation). A valley that is masked at one height is masked below it, and a
neighbour's mask makes one likelier.

Source: shares shrunk towards their parents as in A. Gelman et al., Bayesian Data Analysis (3rd ed.), chapter 5; two or
more simple hypotheses weighed look by look as in A. Wald, Sequential Analysis (1947): a mask that is not there is
believed at any one place with a chance below MASK_PRIOR / (1 - BELIEVED).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.visibility import BAND_TOPS_M, BANDS, CELLS, EARTH_M, SensorArrays

SMALL, LARGE = 0, 1
"""Classes of what is looked at: drones; aircraft and helicopters."""
RANGES = 12
ELEVATIONS_RAD = (0.009, 0.02, 0.045, 0.1)
N_ELEVATIONS = len(ELEVATIONS_RAD) + 1
CASE_LOOKS = 20.0
PARENT_LOOKS = 30.0
"""How many looks the case's own figure, and each coarser share, weigh."""
FACTORS = (1.0, 0.6, 0.3, 0.02)
FACTOR_PRIOR = (0.988, 0.01, 0.0005, 0.0015)
MASKED = 2
"""Factors from this place on are a mask."""
BELIEVED = 0.8
BELOW_MASK = 0.98
"""Chance of a mask in the band below one: ground hides from below."""
BESIDE, BESIDE_FREE, BESIDE_MAX = 0.7, 1.0, 6.0
"""How much a neighbour's evidence of a mask (log odds) weighs here, beyond how much of it, and at most."""
CELL_LOOKS_MAX = 240.0
"""Beyond this a cell's looks are halved: what a radar did long ago fades."""
P_LEAST = 0.02
HIGH_SIGMAS = 1.64


class Evidence(NamedTuple):
    """Looks of R sensors that search."""

    sensor: NDArray[np.int64]  # (R,) row of the sensor table
    cell_m: NDArray[np.float64]  # (R,)
    looks: NDArray[np.float64]  # (R, band, north, east, class, 2) hits and misses
    is_seen: NDArray[np.int8]  # (R, north, east) 1: there have been looks in this column
    bin: NDArray[np.int16]  # (R, band, north, east) range and elevation bin of each cell's middle
    mask: NDArray[np.float64]  # (R, band, north, east) probability of a mask, as last learnt
    bins: NDArray[np.float64]  # (R, class, range, elevation, 2) the same summed where not masked
    p_bin: NDArray[np.float64]  # (R, class, range, elevation)
    p_sensor: NDArray[np.float64]  # (R, 3) share, its 1 sigma, looks


def make(sensors: SensorArrays) -> Evidence:
    """No looks yet; the case's own figures."""
    rows = np.flatnonzero(sensors.is_search == 1).astype(np.int64)
    r = len(rows)
    p = sensors.p_detect[rows]
    sigma = np.sqrt(p * (1.0 - p) / (CASE_LOOKS + 1.0))
    cell_m = 2.0 * np.maximum(sensors.max_range_m[rows], 1_000.0) / CELLS
    return Evidence(
        sensor=rows, cell_m=cell_m, looks=np.zeros((r, BANDS, CELLS, CELLS, 2, 2)),
        is_seen=np.zeros((r, CELLS, CELLS), dtype=np.int8), bin=_bins(cell_m),
        mask=np.zeros((r, BANDS, CELLS, CELLS)), bins=np.zeros((r, 2, RANGES, N_ELEVATIONS, 2)),
        p_bin=np.ones((r, 2, RANGES, N_ELEVATIONS)) * p[:, None, None, None],
        p_sensor=np.stack([p, sigma, np.zeros(r)], axis=1),
    )


def _bins(cell_m: NDArray[np.float64]) -> NDArray[np.int16]:
    """Range and elevation bin of every cell's middle, (R, band, north, east): range * N_ELEVATIONS + elevation."""
    tops = np.array([*BAND_TOPS_M, 1.4 * BAND_TOPS_M[-1]])
    above = 0.5 * (np.concatenate([[0.0], tops[:-1]]) + tops)
    side = (np.arange(CELLS) - CELLS // 2 + 0.5) * cell_m[:, None]
    d = np.hypot(side[:, None, None, :], side[:, None, :, None])
    rise = above[None, :, None, None] - d * d / (2.0 * EARTH_M)
    far = np.hypot(d, rise) / (0.5 * CELLS * cell_m[:, None, None, None])
    i = np.minimum((far * RANGES).astype(np.int64), RANGES - 1)
    j = np.searchsorted(np.array(ELEVATIONS_RAD), np.arctan2(rise, d), side="right")
    return np.ascontiguousarray(i * N_ELEVATIONS + j, dtype=np.int16)


@kernel
def factors(
    looks: NDArray[np.float64], p_small: float, p_large: float, p_mask: float, w_out: NDArray[np.float64]
) -> None:
    """Probability of each factor by a cell's looks (class, 2), where a mask had p_mask before; w_out (F,)."""
    masked = 0.0
    for a in range(MASKED, len(FACTORS)):
        masked += FACTOR_PRIOR[a]
    top = -1e300
    for a in range(len(FACTORS)):
        prior = FACTOR_PRIOR[a] * (p_mask / masked if a >= MASKED else (1.0 - p_mask) / (1.0 - masked))
        w = math.log(prior)
        for c in range(2):
            p = p_small if c == SMALL else p_large
            w += looks[c, 0] * math.log(FACTORS[a]) + looks[c, 1] * math.log((1.0 - FACTORS[a] * p) / (1.0 - p))
        w_out[a] = w
        top = max(top, w)
    total = 0.0
    for a in range(len(FACTORS)):
        w_out[a] = math.exp(w_out[a] - top)
        total += w_out[a]
    for a in range(len(FACTORS)):
        w_out[a] /= total


@inner
def share_bins(
    v: Evidence, r: int, llr_out: NDArray[np.float64], is_known_out: NDArray[np.int8]
) -> None:
    """Sum the looks of sensor r by range and elevation; llr_out (band, north, east): evidence of a mask there.

    llr_out: ln of the odds of a mask by the cell's own looks over those without any.
    is_known_out (band, north, east): 1 where there are looks.
    """
    w = np.empty(len(FACTORS))
    prior = FACTOR_PRIOR[2] + FACTOR_PRIOR[3]
    v.bins[r] = 0.0
    for y in range(CELLS):
        for x in range(CELLS):
            if v.is_seen[r, y, x] == 0:
                continue
            for z in range(BANDS):
                looks = v.looks[r, z, y, x]
                n = looks[0, 0] + looks[0, 1] + looks[1, 0] + looks[1, 1]
                llr_out[z, y, x], is_known_out[z, y, x] = 0.0, 0
                if not n > 0.0:
                    continue
                i, j = v.bin[r, z, y, x] // N_ELEVATIONS, v.bin[r, z, y, x] % N_ELEVATIONS
                factors(looks, v.p_bin[r, SMALL, i, j], v.p_bin[r, LARGE, i, j], prior, w)
                masked = 0.0
                for a in range(MASKED, len(FACTORS)):
                    masked += w[a]
                free = max(1.0 - masked, 1e-12)
                llr_out[z, y, x] = math.log(max(masked, 1e-12) / free * (1.0 - prior) / prior)
                is_known_out[z, y, x] = 1
                masked = max(masked, v.mask[r, z, y, x])
                for c in range(2):
                    for h in range(2):
                        v.bins[r, c, i, j, h] += (1.0 - masked) * looks[c, h]


@kernel
def shrink(hits: float, misses: float, parent: float, weight: float) -> float:
    """A share pulled towards its parent by the weight of some looks."""
    return min(max((hits + weight * parent) / (hits + misses + weight), P_LEAST), 0.99)


@inner
def share_p(v: Evidence, r: int, p_case: float) -> None:
    """The chain of shares of sensor r from its sums: sensor, range, range and elevation, class there."""
    b = v.bins[r]
    hits, misses = b[:, :, :, 0].sum(), b[:, :, :, 1].sum()
    p = shrink(hits, misses, p_case, CASE_LOOKS)
    n = hits + misses
    v.p_sensor[r, 0], v.p_sensor[r, 1], v.p_sensor[r, 2] = p, math.sqrt(p * (1.0 - p) / (n + CASE_LOOKS + 1.0)), n
    for i in range(RANGES):
        p_range = shrink(b[:, i, :, 0].sum(), b[:, i, :, 1].sum(), p, PARENT_LOOKS)
        for j in range(N_ELEVATIONS):
            p_here = shrink(b[:, i, j, 0].sum(), b[:, i, j, 1].sum(), p_range, PARENT_LOOKS)
            for c in range(2):
                v.p_bin[r, c, i, j] = shrink(b[c, i, j, 0], b[c, i, j, 1], p_here, PARENT_LOOKS)


@inner
def _most(v: Evidence, r: int, b: int) -> float:
    """The most that can be believed of a drone's chance in bin b: HIGH_SIGMAS over the mean."""
    i, j = b // N_ELEVATIONS, b % N_ELEVATIONS
    p = v.p_bin[r, SMALL, i, j]
    n = v.bins[r, SMALL, i, j, 0] + v.bins[r, SMALL, i, j, 1]
    return float(min(p + HIGH_SIGMAS * math.sqrt(p * (1.0 - p) / (n + PARENT_LOOKS + 1.0)), 0.99))


@kernel
def learn(
    s: SensorArrays, v: Evidence, p_mean_out: NDArray[np.float64], p_high_out: NDArray[np.float64],
) -> None:
    """Shares and tables from all looks so far; v.bins, v.p_bin and v.p_sensor are written.

    p_mean_out, p_high_out (R, band, north, east): chance that a look detects a drone in view; the mean, and the most
    that can be believed (the factor that BELIEVED of its probability lies at or below).
    """
    own = np.zeros((BANDS, CELLS, CELLS))
    known = np.zeros((BANDS, CELLS, CELLS), np.int8)
    for r in range(v.sensor.shape[0]):
        own[:], known[:] = 0.0, 0
        for _ in range(2):  # shares and masks explain each other
            share_bins(v, r, own, known)
            share_p(v, r, s.p_detect[v.sensor[r]])
        flat = v.p_bin[r, SMALL].copy().reshape(-1)
        most = np.empty(flat.shape[0])
        for b in range(flat.shape[0]):
            most[b] = _most(v, r, b)
        for z in range(BANDS):
            for y in range(CELLS):
                for x in range(CELLS):
                    p_mean_out[r, z, y, x] = flat[v.bin[r, z, y, x]]
                    p_high_out[r, z, y, x] = most[v.bin[r, z, y, x]]
        for y in range(CELLS):
            for x in range(CELLS):
                if v.is_seen[r, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].max() == 1:
                    _column(v, r, y, x, own, known, p_mean_out, p_high_out)


@inner
def _column(
    v: Evidence, r: int, y: int, x: int, own: NDArray[np.float64], known: NDArray[np.int8],
    p_mean_out: NDArray[np.float64], p_high_out: NDArray[np.float64],
) -> None:
    """One column of the tables, from the top down: masked above is masked below."""
    w = np.empty(len(FACTORS))
    prior = FACTOR_PRIOR[2] + FACTOR_PRIOR[3]
    above = 0.0
    for z in range(BANDS - 1, -1, -1):
        i, j = v.bin[r, z, y, x] // N_ELEVATIONS, v.bin[r, z, y, x] % N_ELEVATIONS
        p = v.p_bin[r, SMALL, i, j]
        beside = 0.0
        for dz in range(max(z - 1, 0), min(z + 2, BANDS)):
            for dy in range(max(y - 1, 0), min(y + 2, CELLS)):
                for dx in range(max(x - 1, 0), min(x + 2, CELLS)):
                    if (dz == z) != (dy == y and dx == x):
                        beside += max(own[dz, dy, dx] - BESIDE_FREE, 0.0)
        p_mask = 1.0 / (1.0 + (1.0 - prior) / prior * math.exp(-min(BESIDE * beside, BESIDE_MAX)))
        p_mask = min(1.0 - (1.0 - p_mask) * (1.0 - BELOW_MASK * above), 0.99)
        if known[z, y, x] == 0 and p_mask < 0.01:
            above, v.mask[r, z, y, x] = 0.0, 0.0
            continue
        factors(v.looks[r, z, y, x], p, v.p_bin[r, LARGE, i, j], p_mask, w)
        mean, over, high = 0.0, 0.0, FACTORS[len(FACTORS) - 1]
        above = 0.0
        for a in range(len(FACTORS)):
            mean += w[a] * FACTORS[a]
            if a >= MASKED:
                above += w[a]
            over += w[a]
            if over > 1.0 - BELIEVED and high == FACTORS[len(FACTORS) - 1]:
                high = FACTORS[a]
        v.mask[r, z, y, x] = above
        p_mean_out[r, z, y, x], p_high_out[r, z, y, x] = p * mean, p_high_out[r, z, y, x] * high


@kernel
def add_look(v: Evidence, code: int, is_hit: int, weight: float) -> None:
    """Add a look (negative weight: take one back) to the cell and class that the code names."""
    c = code % 2
    x = code // 2 % CELLS
    y = code // (2 * CELLS) % CELLS
    z = code // (2 * CELLS * CELLS) % BANDS
    r = code // (2 * CELLS * CELLS * BANDS)
    looks = v.looks[r, z, y, x]
    v.is_seen[r, y, x] = 1
    h = 0 if is_hit == 1 else 1
    looks[c, h] = max(looks[c, h] + weight, 0.0)
    if looks[c, 0] + looks[c, 1] > CELL_LOOKS_MAX:
        looks[c, 0] *= 0.5
        looks[c, 1] *= 0.5


@kernel
def code_of(s: SensorArrays, v: Evidence, r: int, c: int, e_m: float, n_m: float, u_m: float) -> int:
    """The number of a place's cell and class c for sensor r; -1 outside."""
    k = v.sensor[r]
    x = math.floor((e_m - s.e_m[k]) / v.cell_m[r]) + CELLS // 2
    y = math.floor((n_m - s.n_m[k]) / v.cell_m[r]) + CELLS // 2
    if x < 0 or y < 0 or x >= CELLS or y >= CELLS:
        return -1
    z = 0
    while z < BANDS - 1 and u_m - s.u_m[k] >= BAND_TOPS_M[z]:
        z += 1
    return int((((r * BANDS + z) * CELLS + y) * CELLS + x) * 2 + c)
