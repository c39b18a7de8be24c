"""The ensemble of futures: joint draws of where every drone that may be hostile will be."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import ndtri

from flightward.kernels.futures import Drones, MotionRule, cholesky4, draw_futures
from flightward.model import F64, I64, NONE, Futures, f64, i8
from flightward.raids.legs import Ahead, Legs
from flightward.raids.newcomers import IMAGINED, MORE_S

KNOTS_S = (0.0, 60.0, 120.0, 180.0, 300.0, 480.0, 720.0, 1080.0, 1620.0, 2400.0, 3600.0)
"""Times ahead between which a drawn drone flies straight: closer where a minute's error matters more."""

MOTION = MotionRule(
    bendy=0.8,
    p_break=0.15,
    end_s=8_000.0,
    more_s=MORE_S,
    hold_s=600.0,
    lap_frac=0.1,
    shared_speed_mps=0.3,
    course_rad=0.02,
    speed_mps=0.8,
    sway_s=100.0,
    wander_m=1500.0,
    wander_s=900.0,
    height_m=200.0,
    height_s=1200.0,
    climb_s=60.0,
    loss_s=25_000.0,
)
"""How members stray; where the figures come from: docs/design/forecast.md."""

TURN_RAD = 0.65

ALONE = 1 << 40
"""Added to a track number it is the key of a way flown by no raid."""


def quantiles(draws: int) -> F64:
    """(K,) unit-normal quantiles at (r + 1/2) / K, scaled to variance 1 so that few draws are not too narrow."""
    q = ndtri((np.arange(draws) + 0.5) / draws)
    return f64(q / np.sqrt(np.mean(q * q))) if draws > 1 else np.zeros(draws)


@dataclasses.dataclass(frozen=True)
class Expected:
    """N drones and what is expected of them; `drones` makes the kernel's input for given times ahead."""

    track: I64
    key: I64
    p: F64
    e_m: F64
    n_m: F64
    u_m: F64
    vu_mps: F64
    cov: F64
    sigma_u_m: F64
    sway_mps: F64
    lag_s: F64
    born_s: F64
    p_more: F64
    p_before: F64
    p_end: F64
    ahead: Ahead
    legs: Legs

    def drones(self, ahead_s: F64) -> Drones:
        """These drones with the ways of the guided ones at `ahead_s`."""
        n = len(self.track)
        chol = np.empty((n, 4, 4))
        cholesky4(self.cov, chol)
        lag_s = self.lag_s.copy()
        way, end = np.zeros((n, len(ahead_s), 4)), np.zeros((n, 4))
        self.legs.lay(self.ahead, ahead_s, self.born_s, lag_s, way, end)
        a = self.ahead
        hold = f64(a.hold.T)
        return Drones(
            self.track, self.key, self.p, self.e_m, self.n_m, self.u_m, self.vu_mps, chol, self.sigma_u_m,
            f64(self.sway_mps[:, 0]), f64(self.sway_mps[:, 1]), a.speed_mps, a.unit_e, a.unit_n, a.sigma_course_rad,
            a.sigma_speed_mps, a.turn_s, np.full(n, TURN_RAD), lag_s, self.born_s, self.p_more,
            self.p_before, a.p_follow, self.p_end, hold[0], hold[1], hold[2], i8(a.guide >= 0), way, end,
        )  # fmt: skip


def make_futures(issued_s: float, seed: int, expected: Expected, draws: int) -> Futures:
    """K joint draws of M drones at KNOTS_S ahead; a drone outside every raid has raid NONE."""
    ahead_s = f64(KNOTS_S)
    drones = expected.drones(ahead_s)
    k, m, h = draws, len(drones.track), len(ahead_s)
    e_m, n_m, u_m = np.empty((k, m, h)), np.empty((k, m, h)), np.empty((k, m, h))
    present, lost_s = np.empty((k, m), dtype=np.int8), np.empty((k, m))
    draw_futures(seed, drones, MOTION, quantiles(draws), ahead_s, e_m, n_m, u_m, present, lost_s)
    return Futures(
        issued_s=issued_s, knot_s=issued_s + ahead_s,
        track=np.where(drones.track >= IMAGINED, NONE, drones.track),
        raid=np.where(drones.raid >= ALONE, NONE, drones.raid),
        e_m=e_m, n_m=n_m, u_m=u_m, present=present, lost_s=issued_s + lost_s,
    )  # fmt: skip
