"""Many whole scans in a row, each at one time, and the shown tracks after each: all of `track_table`'s inner loop.

Nothing but arrays passes between scans, so a table of any length takes a handful of calls: the caller makes room when
slots or rows run short and goes on.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.classify import KindOptions, classify
from flightward.kernels.hits import advance_all
from flightward.kernels.looks import count_look
from flightward.kernels.picture import shown
from flightward.kernels.scan import scan
from flightward.kernels.tracklife import N_FREE, LifeOptions, settle
from flightward.kernels.trackstate import TrackArrays
from flightward.kernels.visibility import SensorArrays

N_COLUMNS = 14
"""t_s, e, n, u, ve, vn, vu, covariance ee, en, eu, nn, nu, uu, p_exists."""


class Looks(NamedTuple):
    """M reports in order of time; those of scan i, of one sensor and time, are at[i]:at[i + 1]."""

    at: NDArray[np.int64]  # (N + 1,)
    sensor: NDArray[np.int64]  # (M,)
    t_s: NDArray[np.float64]  # (M,)
    z: NDArray[np.float64]  # (M, 3)
    cov: NDArray[np.float64]  # (M, 3, 3)
    log_density: NDArray[np.float64]  # (M,) ln of false reports per m3


@inner
def whole_scan(
    s: TrackArrays, sensors: SensorArrays, looks: Looks, i: int, o: LifeOptions, kinds: KindOptions,
    free: NDArray[np.int64], counts: NDArray[np.int64], slot_of: NDArray[np.int64], tally: NDArray[np.int64],
    slot_out: NDArray[np.int64],
) -> None:
    """Scan i with all that follows from it: states stand at its time, the unseen lose, tracks begin and end."""
    a, b = looks.at[i], looks.at[i + 1]
    m, k, t = b - a, looks.sensor[a], looks.t_s[a]
    r = np.zeros((m, 4, 4))
    r[:, :3, :3] = looks.cov[a:b]
    unknown = np.full(m, np.nan)
    advance_all(s, t, o)
    scan(
        s, sensors, k, looks.z[a:b], r, looks.t_s[a:b], unknown, unknown, looks.log_density[a:b],
        np.ones(m, np.int8), o, free, counts, slot_out[a:b],
    )
    count_look(s, sensors, k, t, o, tally[k])
    settle(s, sensors, np.ones(sensors.e_m.shape[0], np.int8), t, o, free, counts, slot_of)
    classify(s, kinds, o.q_kind, o.q_model)


@inner
def show(
    s: TrackArrays, t_s: float, log_odds_show: float, rows: NDArray[np.int64], n: int, out: NDArray[np.float64],
    track_out: NDArray[np.int64],
) -> int:
    """The shown tracks, whose states stand at t_s, as rows from n on; gives the number of rows then."""
    n_shown = shown(s, log_odds_show, rows)
    for a in range(n_shown):
        i, c = rows[a], n + a
        track_out[c] = s.track[i]
        out[0, c] = t_s
        for b in range(6):
            out[1 + b, c] = s.xm[i, b]
        out[7, c], out[8, c], out[9, c] = s.pm[i, 0, 0], s.pm[i, 0, 1], s.pm[i, 0, 2]
        out[10, c], out[11, c], out[12, c] = s.pm[i, 1, 1], s.pm[i, 1, 2], s.pm[i, 2, 2]
        out[13, c] = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
    return n + n_shown


@kernel
def sweep(
    s: TrackArrays, sensors: SensorArrays, looks: Looks, first: int, last: int, o: LifeOptions, kinds: KindOptions,
    free: NDArray[np.int64], counts: NDArray[np.int64], slot_of: NDArray[np.int64], tally: NDArray[np.int64],
    log_odds_show: float, n_rows: int, slot_out: NDArray[np.int64], out: NDArray[np.float64],
    track_out: NDArray[np.int64],
) -> tuple[int, int]:
    """Scans first..last - 1, at least one, as far as slots and rows reach; gives the next scan and the rows so far.

    slot_out (M,): the slot that took each report, -1 none. out (14, R) columns as in N_COLUMNS and track_out (R,) from
    n_rows on: the shown tracks after each time; R = 0: nothing is shown. tally (S, 2): looks at and hits of confirmed
    tracks, added up.
    """
    capacity = s.state.shape[0]
    rows = np.empty(capacity, np.int64)
    shows = track_out.shape[0] > 0
    i = first
    while i < last:
        m = looks.at[i + 1] - looks.at[i]
        if i > first and counts[N_FREE] < m:
            break
        if shows and track_out.shape[0] - n_rows < capacity - counts[N_FREE] + m:
            break
        whole_scan(s, sensors, looks, i, o, kinds, free, counts, slot_of, tally, slot_out)
        i += 1
        t = looks.t_s[looks.at[i - 1]]
        # sensors that look at one moment give one row together
        if shows and (i == looks.at.shape[0] - 1 or looks.t_s[looks.at[i]] != t):
            n_rows = show(s, t, log_odds_show, rows, n_rows, out, track_out)
    return i, n_rows
