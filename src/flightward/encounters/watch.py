"""Flights against hazards every second: pairs that did not change keep their answer, the others are asked about.

What is kept: of every pair that may come near, its relative state when it was asked, and the answer. A pair that can
no longer come near, or whose flight or hazard is gone, is forgotten.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.encounters.candidates import N_SIGMA, Movers, near_candidates
from flightward.encounters.conflicts import frozen
from flightward.encounters.quick import p_quick
from flightward.errors import BadInput
from flightward.kernels import kept as kernels
from flightward.model.batch import F64, I8, I64, Batch, column


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
    then_cov: F64
    then_s: F64
    p: F64
    p_err: F64
    status: I8


def _nothing() -> _Kept:
    none, ids = np.zeros(0), np.zeros(0, np.int64)
    return _Kept(ids, ids, np.zeros((0, 6)), np.zeros((0, 6, 6)), none, none, none, np.zeros(0, np.int8))


class NearWatch:
    """Keeps the answers of the pairs that may come near; `step` once per second."""

    def __init__(self, limits: WatchLimits | None = None) -> None:
        self.limits = WatchLimits() if limits is None else limits
        self._kept = _nothing()

    def __len__(self) -> int:
        """Pairs that are kept."""
        return len(self._kept.p)

    def step(self, t_s: float, flights: Tracked, hazards: Tracked) -> NearPairs:
        """All pairs that may come within the cylinder in the lookahead, with the chance of it.

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
            frozen(was.then), frozen(was.then_cov), frozen(was.then_s), float(t_s),
            kernels.Keeping(float(lim.keep_s), float(lim.keep_sigmas), float(lim.keep_ratio)),
            kernels.Cylinder(float(lim.radius_m), float(lim.half_height_m), float(lim.lookahead_s)),
            relative, t_to_s, miss_h_m, miss_v_m, ask,
        )  # fmt: skip
        rows = np.flatnonzero(ask == kernels.ASK)
        cov = flights.cov[pairs.flight[rows]] + hazards.cov[pairs.hazard[rows]]
        asked = p_quick(
            relative[rows], cov, lim.radius_m, lim.half_height_m, lim.lookahead_s + lim.keep_s,
            skip_below=lim.skip_below,
        )  # fmt: skip
        now = _Kept(
            flights.object_id[pairs.flight], hazards.object_id[pairs.hazard],
            _mixed(was.then, before, rows, relative[rows]), _mixed(was.then_cov, before, rows, cov),
            _mixed(was.then_s, before, rows, float(t_s)), _mixed(was.p, before, rows, asked.p),
            _mixed(was.p_err, before, rows, asked.p_err), _mixed(was.status, before, rows, asked.status),
        )  # fmt: skip
        self._kept = now
        return NearPairs(
            len(rows), pairs.flight_status, pairs.hazard_status, pairs.flight, pairs.hazard, now.p, now.p_err, t_to_s,
            miss_h_m, miss_v_m, now.then_s, now.status,
        )  # fmt: skip

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


def _mixed(was: np.ndarray, before: I64, rows: I64, asked: np.ndarray | float) -> np.ndarray:
    """What was kept, with the rows that were asked about anew."""
    out = np.empty((len(before), *was.shape[1:]), was.dtype)
    old = before >= 0
    out[old] = was[before[old]]
    out[rows] = asked
    return out
