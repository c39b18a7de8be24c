"""The shape of groups of moving things: front, tail, long axis, length and width, heights, turning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

N_FIGURES = 8
LENGTH, WIDTH, AXIS, LOW, HIGH, TURN, TURNING, COURSE = range(N_FIGURES)
Z_95 = 1.6448536269514722
"""95 % of a normal distribution lie below its mean plus so many sigmas."""
TURNS_RADPS = 0.01
"""Who turns faster than this turns: in half a minute 17 degrees, more than straight flight wanders."""


@kernel
def shape_groups(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], u_m: NDArray[np.float64],
    ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64], turn_radps: NDArray[np.float64],
    weight: NDArray[np.float64], figures_out: NDArray[np.float64], end_out: NDArray[np.int64],
) -> None:
    """Figures of G groups whose members stand together, group g in rows start[g] .. start[g + 1], none empty.

    turn_radps   (N,) NaN where it is not known.     weight  (N,) positive
    figures_out  (G, 8): length and width (m); axis (rad, clockwise from north, within a right angle of the mean
                 course); heights that 95 % are above and below; mean turn rate, share that turns (NaN where no
                 member's is known); mean course
    end_out      (G, 2) rows of the foremost and of the rearmost member along the mean course
    """
    for g in range(start.shape[0] - 1):
        a, b = start[g], start[g + 1]
        w = we = wn = wu = wx = wy = wt = turn = turning = 0.0
        for i in range(a, b):
            w += weight[i]
            we += weight[i] * e_m[i]
            wn += weight[i] * n_m[i]
            wu += weight[i] * u_m[i]
            wx += weight[i] * ve_mps[i]
            wy += weight[i] * vn_mps[i]
            if not np.isnan(turn_radps[i]):
                wt += weight[i]
                turn += weight[i] * turn_radps[i]
                turning += weight[i] * (abs(turn_radps[i]) > TURNS_RADPS)
        e, n, u = we / w, wn / w, wu / w
        course = np.arctan2(wx, wy)
        see = sen = snn = suu = 0.0
        for i in range(a, b):
            see += weight[i] * (e_m[i] - e) ** 2
            sen += weight[i] * (e_m[i] - e) * (n_m[i] - n)
            snn += weight[i] * (n_m[i] - n) ** 2
            suu += weight[i] * (u_m[i] - u) ** 2
        # the larger eigenvector of the spread; round or single groups have the course for their axis
        axis = course
        if np.hypot(2.0 * sen, snn - see) > 1e-6 * (see + snn):
            axis = 0.5 * np.arctan2(2.0 * sen, snn - see)
        if np.cos(axis - course) < 0.0:
            axis += np.pi
        low = low_across = first = np.inf
        high = high_across = last = -np.inf
        for i in range(a, b):
            along = e_m[i] * np.sin(axis) + n_m[i] * np.cos(axis)
            across = e_m[i] * np.cos(axis) - n_m[i] * np.sin(axis)
            low, high = min(low, along), max(high, along)
            low_across, high_across = min(low_across, across), max(high_across, across)
            ahead = e_m[i] * np.sin(course) + n_m[i] * np.cos(course)
            if ahead > last:
                last = ahead
                end_out[g, 0] = i
            if ahead < first:
                first = ahead
                end_out[g, 1] = i
        sigma_u = np.sqrt(suu / w)
        figures_out[g, LENGTH], figures_out[g, WIDTH] = high - low, high_across - low_across
        figures_out[g, AXIS], figures_out[g, COURSE] = axis % (2.0 * np.pi), course % (2.0 * np.pi)
        figures_out[g, LOW], figures_out[g, HIGH] = u - Z_95 * sigma_u, u + Z_95 * sigma_u
        figures_out[g, TURN] = turn / wt if wt > 0.0 else np.nan
        figures_out[g, TURNING] = turning / wt if wt > 0.0 else np.nan


@kernel
def count_waves(
    start: NDArray[np.int64], chain: NDArray[np.int64], ahead_m: NDArray[np.float64], wave_out: NDArray[np.int64],
    n_waves_out: NDArray[np.int64],
) -> None:
    """Number the chains within each group 1, 2, ... in the order of their foremost members.

    chain (N,) equal for members of one chain; ahead_m (N,) how far along the group's way each is;
    wave_out (N,), n_waves_out (G,)
    """
    for g in range(start.shape[0] - 1):
        a, b = start[g], start[g + 1]
        order = np.argsort(-ahead_m[a:b], kind="mergesort")
        count = 0
        for r in range(b - a):
            i = a + order[r]
            wave_out[i] = 0
            for q in range(r):
                j = a + order[q]
                if chain[j] == chain[i]:
                    wave_out[i] = wave_out[j]
                    break
            if wave_out[i] == 0:
                count += 1
                wave_out[i] = count
        n_waves_out[g] = count
