"""Flights against hazards every second: pairs that did not change keep their answer, the others are asked about.

What is kept: of every pair that may come near, its relative state when it was asked, and the answer. A pair that can
no longer come near, or whose flight or hazard is gone, is forgotten.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.encounters.candidates import N_SIGMA, Movers, near_candidates
from flightward.encounters.conflicts import frozen
from flightward.encounters.quick import QuickChance, p_bound, p_quick
from flightward.errors import BadInput
from flightward.kernels import kept as kernels
from flightward.kernels.near_chance import SKIPPED
from flightward.model.batch import F64, I8, I64, Batch, column

_I, _J = np.array([0, 1, 2, 0, 1, 2, 3, 4, 5]), np.array([0, 1, 2, 3, 4, 5, 3, 4, 5])


@dataclasses.dataclass(frozen=True)
class Tracked(Batch):
    """N objects as their tracks say; ids last from second to second and none stands twice."""

    object_id: I64 = column("i8", "", "which object")
    state: F64 = column("f8", "m, m/s", "e, n, u and their rates", tail=(6,))
    cov: F64 = column("f8", "m2, m2/s, m2/s2", "its covariance", tail=(6, 6))


@dataclasses.dataclass(frozen=True)
class WatchLimits:
    """What is asked, and how long an answer stands."""

    radius_m: float = 2_000.0
    half_height_m: float = 300.0
    lookahead_s: float = 180.0
    skip_below: float = 1e-3
    """Pairs that cannot be this likely are not drawn: p is 0, p_err the bound."""
    n_sigma: float = N_SIGMA
    keep_s: float = 4.0
    """An answer stands for so long, and is asked for so much more than the lookahead: kept, it still covers it."""
    keep_sigmas: float = 0.1
    """A pair is changed when its place or velocity is this far from where it was foretold, along any axis."""
    keep_ratio: float = 1.25
    """Or when a variance is larger or smaller by this factor."""


@dataclasses.dataclass(frozen=True)
class NearPairs(Batch):
    """One row per pair that may come near, by flight and then hazard."""

    n_asked: int
    """Pairs whose answer is of this second."""
    flight_status: I8
    """(F,) 0 good, 1 not finite: nothing is known of its pairs."""
    hazard_status: I8
    flight: I64 = column("i8", "row", "row of the flight")
    hazard: I64 = column("i8", "row", "row of the hazard")
    p: F64 = column("f8", "", "chance of coming within the cylinder; NaN unknown")
    p_err: F64 = column("f8", "", "its error; the bound where skipped")
    t_to_s: F64 = column("f8", "s", "to the entry if both keep straight on, else to the nearest distance")
    miss_h_m: F64 = column("f8", "m", "horizontal distance where it is least, straight on")
    miss_v_m: F64 = column("f8", "m", "vertical distance then")
    asked_s: F64 = column("f8", "s", "POSIX UTC: when p was worked out")
    status: I8 = column("i1", "ChanceStatus", "of p")


@dataclasses.dataclass(frozen=True)
class _Kept:
    """Pairs of the last second, sorted as its rows were."""

    flight_id: I64
    hazard_id: I64
    then: F64
    then_var: F64
    """(P, 9) variances of e, n, u, how they hang on their rates, and those of the rates: what is compared."""
    then_s: F64
    p: F64
    p_err: F64
    status: I8


def _nothing() -> _Kept:
    none, ids = np.zeros(0), np.zeros(0, np.int64)
    return _Kept(ids, ids, np.zeros((0, 6)), np.zeros((0, 9)), none, none, none, np.zeros(0, np.int8))


class NearWatch:
    """Keeps the answers of the pairs that may come near; `step` once per second."""

    def __init__(self, limits: WatchLimits | None = None) -> None:
        self.limits = WatchLimits() if limits is None else limits
        self._kept = _nothing()

    def __len__(self) -> int:
        """Pairs that are kept."""
        return len(self._kept.p)

    def forget(self) -> None:
        """Nothing is near anything: no pair is kept."""
        if len(self._kept.p):
            self._kept = _nothing()

    def step(self, t_s: float, flights: Tracked, hazards: Tracked, weight: F64 | None = None) -> NearPairs:
        """All pairs that may come within the cylinder in the lookahead, with the chance of it.

        weight (H,): only each flight's largest weight x chance is wanted, to skip_below. A pair that cannot be larger
        by so much than one that is known is not drawn: SKIPPED, p 0, p_err its bound.
        A pair is lost with less than 7e-7 (`near_candidates`). An object whose errors are unknown is in no pair and
        has status 1. Errors: BadInput if an id stands twice.
        """
        lim = self.limits
        movers = [Movers.of(x.state, x.cov, n_sigma=lim.n_sigma) for x in (flights, hazards)]
        pairs = near_candidates(movers[0], movers[1], lim.radius_m, lim.half_height_m, lim.lookahead_s)
        before = self._before(flights.object_id, hazards.object_id, pairs.flight, pairs.hazard)
        n, was = len(pairs), self._kept
        relative, ask = np.empty((n, 6)), np.empty(n, np.int8)
        t_to_s, miss_h_m, miss_v_m = np.empty(n), np.empty(n), np.empty(n)
        kernels.compare(
            pairs.flight, pairs.hazard, flights.state, flights.cov, hazards.state, hazards.cov, before,
            frozen(was.then), frozen(was.then_var), frozen(was.then_s), float(t_s),
            kernels.Keeping(float(lim.keep_s), float(lim.keep_sigmas), float(lim.keep_ratio)),
            kernels.Cylinder(float(lim.radius_m), float(lim.half_height_m), float(lim.lookahead_s)),
            relative, t_to_s, miss_h_m, miss_v_m, ask,
        )  # fmt: skip
        rows = np.flatnonzero(ask == kernels.ASK)
        cov = np.take(flights.cov, pairs.flight[rows], axis=0)
        cov += np.take(hazards.cov, pairs.hazard[rows], axis=0)
        if weight is None:
            asked, stands = self._draw(relative[rows], cov, lim.skip_below), np.ones(len(rows), np.bool_)
        else:
            known = _mixed(was.p, before, rows, 0.0) * weight[pairs.hazard]
            known[rows] = 0.0
            best = _largest(pairs.flight, known, len(flights))
            asked, stands = self._greatest(relative[rows], cov, pairs.flight[rows], weight[pairs.hazard[rows]], best)
        now = _Kept(
            flights.object_id[pairs.flight], hazards.object_id[pairs.hazard],
            _mixed(was.then, before, rows, relative[rows]), _mixed(was.then_var, before, rows, cov[:, _I, _J]),
            _mixed(was.then_s, before, rows, np.where(stands, float(t_s), -np.inf)),
            _mixed(was.p, before, rows, asked.p), _mixed(was.p_err, before, rows, asked.p_err),
            _mixed(was.status, before, rows, asked.status),
        )  # fmt: skip
        self._kept = now
        return NearPairs(
            int(stands.sum()), pairs.flight_status, pairs.hazard_status, pairs.flight, pairs.hazard, now.p, now.p_err,
            t_to_s, miss_h_m, miss_v_m, np.where(now.then_s > -np.inf, now.then_s, float(t_s)), now.status,
        )  # fmt: skip

    def _draw(self, relative: F64, cov: F64, skip_below: float) -> QuickChance:
        lim = self.limits
        return p_quick(
            relative, cov, lim.radius_m, lim.half_height_m, lim.lookahead_s + lim.keep_s, skip_below=skip_below
        )

    def _greatest(
        self, relative: F64, cov: F64, flight: I64, weight: F64, best: F64
    ) -> tuple[QuickChance, NDArray[np.bool_]]:
        """Draws the likeliest pair of each flight, then two more, four more, while their bounds are above the largest
        found (best (F,), which is changed). And (N,) whose answer stands: a bound that was beaten may win tomorrow."""
        lim, n = self.limits, len(flight)
        bound = p_bound(relative, cov, lim.radius_m, lim.half_height_m, lim.lookahead_s + lim.keep_s)
        p, err, status = np.zeros(n), bound.copy(), np.full(n, SKIPPED, np.int8)
        most = weight * np.where(np.isnan(bound), 1.0, bound)
        stands = ~(most >= lim.skip_below)
        order = np.flatnonzero(~stands)
        order = order[np.lexsort((np.hypot(relative[order, 0], relative[order, 1]), -most[order], flight[order]))]
        begins = np.flatnonzero(np.diff(flight[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
        low, size = 0, 1
        while low <= rank.max(initial=-1):
            rows = order[(rank >= low) & (rank < low + size)]
            # what could be larger by less than the floor is not worth a draw: a draw errs by as much
            rows = rows[most[rows] > best[flight[rows]] + lim.skip_below]
            drawn = self._draw(relative[rows], cov[rows], 0.0)
            p[rows], err[rows], status[rows], stands[rows] = drawn.p, drawn.p_err, drawn.status, True
            np.maximum.at(best, flight[rows], weight[rows] * np.nan_to_num(drawn.p, nan=1.0))
            low, size = low + size, 2 * size
        return QuickChance(p, err, status), stands

    def _before(self, flight_id: I64, hazard_id: I64, flight: I64, hazard: I64) -> I64:
        """(P,) row of each pair among those kept, or -1."""
        was, n = self._kept, len(hazard_id)
        one, two = _rows_of(flight_id, was.flight_id, "flight"), _rows_of(hazard_id, was.hazard_id, "hazard")
        there = np.flatnonzero((one >= 0) & (two >= 0))
        out = np.full(len(flight), -1, np.int64)
        if not len(there):
            return out
        key = one[there] * n + two[there]
        order = np.argsort(key, kind="stable")
        key, there = key[order], there[order]
        wanted = flight * n + hazard
        at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        return np.where(key[at] == wanted, there[at], -1)


def _rows_of(ids: I64, wanted: I64, what: str) -> I64:
    """(K,) row of each wanted id, or -1. Errors: BadInput if an id stands twice."""
    order = np.argsort(ids, kind="stable")
    by_id = ids[order]
    twice = np.flatnonzero(by_id[1:] == by_id[:-1])
    if len(twice):
        raise BadInput(f"{what} ids must differ", key="object_id", value=int(by_id[twice[0]]))
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(by_id, wanted), len(ids) - 1)
    return np.where(by_id[at] == wanted, order[at], -1)


def _largest(flight: I64, value: F64, n: int) -> F64:
    """(F,) the largest value of each flight, 0 where there is none."""
    out = np.zeros(n)
    np.maximum.at(out, flight, np.nan_to_num(value, nan=1.0))
    return out


def _mixed(was: np.ndarray, before: I64, rows: I64, asked: np.ndarray | float) -> np.ndarray:
    """What was kept, with the rows that were asked about anew."""
    if len(rows) == len(before) and isinstance(asked, np.ndarray):
        return asked
    out = np.empty((len(before), *was.shape[1:]), was.dtype)
    old = np.flatnonzero(before >= 0)
    out[old] = np.take(was, before[old], axis=0)
    out[rows] = asked
    return out
