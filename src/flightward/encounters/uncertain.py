"""Pairs of aircraft whose places and velocities are known with errors: what the chances of coming near are asked of."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from flightward.errors import BadInput
from flightward.model.batch import F64, Batch, column, f64

STATE = 6
"""Columns of a state: e, n, u in metres and their rates in m/s."""


@dataclasses.dataclass(frozen=True)
class UncertainPairs(Batch):
    """N pairs. `mean` and `cov` are of one vector per pair, with errors that may hang together in any way:

    both straight   place e, n, u and velocity e, n, u of the other against the own; two zeros.
    one turns       place e, n, u and climb of the other against the own; own velocity e, n; other velocity e, n.
    """

    mean: F64 = column("f8", "m, m/s", "mean of the vector", tail=(8,))
    cov: F64 = column("f8", "m2, m2/s, m2/s2", "its covariance; NaN unknown", tail=(8, 8))
    turn_radps: F64 = column("f8", "rad/s", "turn rates of own and other, clockwise; both 0: straight", tail=(2,))

    @classmethod
    def of_relative(cls, relative: F64, cov: F64) -> Self:
        """Straight pairs from relative states (N, 6) and their covariance (N, 6, 6), other minus own."""
        states = _shaped(relative, (STATE,), "relative")
        n = len(states)
        mean, wide = np.zeros((n, 8)), np.zeros((n, 8, 8))
        mean[:, :STATE] = states
        wide[:, :STATE, :STATE] = _shaped(cov, (STATE, STATE), "cov", n)
        return cls(mean, wide, np.zeros((n, 2)))

    @classmethod
    def of(
        cls, own: F64, own_cov: F64, other: F64, other_cov: F64, *, cross: F64 | None = None,
        own_turn_radps: F64 | None = None, other_turn_radps: F64 | None = None,
    ) -> Self:
        """Pairs from the states (N, 6) of both and the covariance of each (N, 6, 6).

        cross  (N, 6, 6) covariance of own (rows) with other (columns): common errors of sensors; None: independent.
        turns  (N,) rate of the course, clockwise, held over the lookahead; None: straight. A turn rate counts as known.
        """
        one = _shaped(own, (STATE,), "own")
        n = len(one)
        both = np.zeros((n, 12, 12))
        both[:, :6, :6] = _shaped(own_cov, (STATE, STATE), "own_cov", n)
        both[:, 6:, 6:] = _shaped(other_cov, (STATE, STATE), "other_cov", n)
        if cross is not None:
            both[:, :6, 6:] = _shaped(cross, (STATE, STATE), "cross", n)
            both[:, 6:, :6] = np.swapaxes(both[:, :6, 6:], 1, 2)
        turn = np.zeros((n, 2))
        for side, given in enumerate((own_turn_radps, other_turn_radps)):
            if given is not None:
                turn[:, side] = _shaped(given, (), "turn", n)
        states = np.concatenate([one, _shaped(other, (STATE,), "other", n)], axis=1)
        straight = (turn == 0.0).all(axis=1)
        taken = np.where(straight[:, None, None], _STRAIGHT, _TURNING)
        mean = np.einsum("nij,nj->ni", taken, states)
        return cls(mean, taken @ both @ np.swapaxes(taken, 1, 2), turn)

    def moved(self, dt_s: float) -> Self:
        """The same pairs dt_s seconds later (earlier, if below 0): then a chance may be asked from there on."""
        step = np.tile(np.eye(8), (len(self), 1, 1))
        straight = (self.turn_radps == 0.0).all(axis=1)
        step[np.ix_(straight, range(3), range(3, 6))] = dt_s * np.eye(3)
        bent = np.flatnonzero(~straight)
        step[bent, 2, 3] = dt_s
        for side in range(2):
            rate = self.turn_radps[bent, side]
            angle, sign, col = rate * dt_s, -1.0 if side == 0 else 1.0, 4 + 2 * side
            # the arc's chord along and across the first velocity; sinc holds for no turn too
            along = dt_s * np.sinc(angle / np.pi)
            across = dt_s * np.sinc(angle / (2.0 * np.pi)) * np.sin(angle / 2.0)
            step[bent, 0, col], step[bent, 0, col + 1] = sign * along, sign * across
            step[bent, 1, col], step[bent, 1, col + 1] = -sign * across, sign * along
            step[bent, col, col], step[bent, col, col + 1] = np.cos(angle), np.sin(angle)
            step[bent, col + 1, col], step[bent, col + 1, col + 1] = -np.sin(angle), np.cos(angle)
        mean = np.einsum("nij,nj->ni", step, self.mean)
        return dataclasses.replace(self, mean=mean, cov=step @ self.cov @ np.swapaxes(step, 1, 2))


def _taken(turning: bool) -> F64:
    """(8, 12) the pair's vector from the states of own and other."""
    out = np.zeros((8, 12))
    for i in range(3):
        out[i, i], out[i, 6 + i] = -1.0, 1.0
    if turning:
        out[3, 5], out[3, 11] = -1.0, 1.0
        out[4, 3] = out[5, 4] = out[6, 9] = out[7, 10] = 1.0
    else:
        for i in range(3, 6):
            out[i, i], out[i, 6 + i] = -1.0, 1.0
    return out


_STRAIGHT, _TURNING = _taken(False), _taken(True)


def _shaped(values: F64, tail: tuple[int, ...], name: str, n: int | None = None) -> F64:
    """Values as (N, *tail) float64; one row stands for all N."""
    out = f64(values)
    if tail and out.shape == tail:
        out = out[None]
    if out.ndim != 1 + len(tail) or out.shape[1:] != tail:
        raise BadInput(f"must have the shape (N, {', '.join(map(str, tail))})", key=name, value=out.shape)
    if n is not None and len(out) != n:
        if len(out) != 1:
            raise BadInput(f"must have {n} rows or one", key=name, value=len(out))
        out = np.broadcast_to(out, (n, *tail))
    return out
