"""The intervals of one draw from blocks of drones: sixteen side by side, of which few are looked at closely.

The places of a block's drones in one draw are copied side by side (once per draw, for all paths that come near it), so
that one pass over them says who may be near a piece of the path. Only these are looked at, by the function that looks
at every drone in `drone_intervals.drone_intervals`, its slow twin: the results are the same bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inlined
from flightward.kernels.block_rows import block_of, interval_of
from flightward.kernels.drone_intervals import (
    BLOCK,
    MEETINGS,
    PAD_M,
    Asked,
    Drones,
    Flown,
    Found,
    Limits,
    height,
    keep,
    meeting,
    near_reach,
    nothing,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Lanes(NamedTuple):
    """Drones of blocks in one draw: at_m (B, H, 3, BLOCK) e, n, u at each knot, NaN where there is none; lost_s
    (B, BLOCK); draw (B,) the draw that each block is of, -1 none yet. Work space of one path: entry (.., 3) knot
    interval, piece and drones (bits) that may be near."""

    at_m: F64
    lost_s: F64
    draw: I64
    entry: I64


@bare
def _fill(k: int, b: int, drones: Drones, out: Lanes) -> None:
    at, first, e, n, u = out.at_m[b], BLOCK * b, drones.e_m[k], drones.n_m[k], drones.u_m[k]
    size = min(BLOCK, drones.order.shape[0] - first)
    for h in range(at.shape[0]):
        for i in range(size):
            m = drones.order[first + i]
            at[h, 0, i], at[h, 1, i], at[h, 2, i] = e[m, h], n[m, h], u[m, h]
    for i in range(BLOCK):
        m = drones.order[first + i] if i < size else -1
        if m < 0 or drones.present[k, m] != 1:
            at[:, :, i] = np.nan
        else:
            out.lost_s[b, i] = drones.lost_s[k, m]
    out.draw[b] = k


@inlined
def _may_be_near(
    at_m: F64, b: int, h: int, per_s: float, x: float, dt: float, pe: float, pn: float, pu: float, se: float,
    sn: float, su: float, limit_m: float, top_m: float,
) -> int:
    """Bits of the drones of block b that may be within limit_m and top_m of a piece of the path for dt seconds.

    From x seconds after knot h on, with the path at (pe, pn, pu) and moving by (se, sn, su) a second. One array only,
    and no view of it: each would be counted (locked) once and once back, which took half of the time.
    """
    limit2, bits = limit_m * limit_m, 0
    for i in range(BLOCK):
        e, n, u = at_m[b, h, 0, i], at_m[b, h, 1, i], at_m[b, h, 2, i]
        ve, vn = (at_m[b, h + 1, 0, i] - e) * per_s, (at_m[b, h + 1, 1, i] - n) * per_s
        vu = (at_m[b, h + 1, 2, i] - u) * per_s
        ru = u + x * vu - pu
        end_u = ru + dt * (vu - su)
        re, rn, we, wn = e + x * ve - pe, n + x * vn - pn, ve - se, vn - sn
        xe, xn = re + dt * we, rn + dt * wn
        a, b_, c = we * we + wn * wn, re * we + rn * wn, re * re + rn * rn - limit2
        # near at the begin, at the end, or on the way (nearest between them); what is not a number never is
        near = (c <= 0.0) | (xe * xe + xn * xn <= limit2) | ((b_ < 0.0) & (-b_ < a * dt) & (c * a <= b_ * b_))
        bits |= int(near & (min(ru, end_u) <= top_m) & (max(ru, end_u) >= -top_m)) << i
    return bits


@bare
def lane_intervals(
    k: int, path: Flown, drones: Drones, rows: I64, lim: Limits, asked: Asked, lanes: Lanes, found: Found
) -> None:
    """Intervals of draw k with the drones of the blocks in rows (R,), by block and interval."""
    nothing(found)
    knot_s, entry, at_m, order = drones.knot_s, lanes.entry, lanes.at_m, drones.order
    meetings, who, n_meetings = found.meeting, found.who, 0
    t, e, n, u, rate, points = path.t_s, path.e_m, path.n_m, path.u_m, path.rate_mps, path.t_s.shape[0] - 1
    near_m, low_m = near_reach(lim) + PAD_M, height(lim) + PAD_M
    wide_m, high_m = asked.wide_m + PAD_M, asked.high_m + PAD_M
    r = 0
    while r < rows.shape[0]:
        b, count, some = block_of(rows[r]), 0, 0
        if lanes.draw[b] != k:
            _fill(k, b, drones, lanes)
        while r < rows.shape[0] and block_of(rows[r]) == b:
            h = interval_of(rows[r])
            k0, stop = knot_s[h], min(knot_s[h + 1], asked.t_hi_s)
            per_s = 1.0 / (knot_s[h + 1] - k0)
            s = path.row[h]
            while s < points and t[s] <= stop:
                a = max(max(k0, asked.t_lo_s), t[s])
                dt = min(stop, t[s + 1]) - a
                if dt >= 0.0 and t[s + 1] > t[s]:
                    is_wide = a <= asked.zone_hi_s and a + dt >= asked.zone_lo_s
                    se, sn, su, y = rate[0, s], rate[1, s], rate[2, s], a - t[s]
                    bits = _may_be_near(
                        at_m, b, h, per_s, a - k0, dt, e[s] + y * se, n[s] + y * sn, u[s] + y * su, se, sn, su,
                        wide_m if is_wide else near_m, high_m if is_wide else low_m,
                    )
                    if bits != 0:
                        entry[count, 0], entry[count, 1], entry[count, 2] = h, s, bits
                        some |= bits
                        count += 1
                s += 1
            r += 1
        for i in range(BLOCK):
            if (some >> i) & 1 == 0:
                continue
            m, lost_s = order[BLOCK * b + i], lanes.lost_s[b, i]
            for c in range(count):
                if (entry[c, 2] >> i) & 1 == 1:
                    h, s = entry[c, 0], entry[c, 1]
                    meet = meeting(
                        knot_s[h], knot_s[h + 1], lost_s, at_m[b, h, 0, i], at_m[b, h, 1, i], at_m[b, h, 2, i],
                        at_m[b, h + 1, 0, i], at_m[b, h + 1, 1, i], at_m[b, h + 1, 2, i], t[s], t[s + 1], e[s], n[s],
                        u[s], rate[0, s], rate[1, s], rate[2, s], lim, asked,
                    )  # fmt: skip
                    if meet.d2_m2 < np.inf:
                        for j in range(len(meet)):
                            meetings[n_meetings, j] = meet[j]
                        who[n_meetings] = m
                        n_meetings += 1
                    if n_meetings == MEETINGS:
                        n_meetings = keep(n_meetings, lim, asked, found)
    keep(n_meetings, lim, asked, found)
