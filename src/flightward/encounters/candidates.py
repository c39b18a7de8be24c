"""Which flights and hazards may come near each other: the search before any dear question is asked of a pair."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from flightward.encounters.conflicts import STATE, frozen, state_rows, west_order
from flightward.errors import BadInput
from flightward.kernels import boxes as box_kernels
from flightward.kernels import candidates as kernels
from flightward.model.batch import F64, I8, I64, Batch, column, f64

N_SIGMA = 5.5
"""Who is lost by it comes near with less than 7e-7: 2 exp(-n^2/2) for place and velocity, 4 Q(n) for the height."""


@dataclasses.dataclass(frozen=True)
class Movers(Batch):
    """N objects that fly straight on, and how far from that each may be."""

    state: F64 = column("f8", "m, m/s", "e, n, u and their rates", tail=(6,))
    reach_h_m: F64 = column("f8", "m", "horizontally from its place now")
    reach_v_m: F64 = column("f8", "m", "the same in height; infinite where the height is unknown")
    growth_h_mps: F64 = column("f8", "m/s", "how much more each second, horizontally")
    growth_v_mps: F64 = column("f8", "m/s", "the same in height")

    @classmethod
    def of(
        cls, state: F64, cov: F64 | None = None, *, n_sigma: float = N_SIGMA, turn_radps: F64 | None = None,
        lookahead_s: float = 180.0,
    ) -> Self:
        """From states (N, 6) and covariances (N, 6, 6) in the same order; without one the states are exact.

        A deviation at t is at most that of the place plus t times that of the velocity, however both hang together,
        so reaches of n_sigma hold at all times. turn_radps (N,): who turns leaves the straight line by at most
        rate x speed t^2 / 2, within the lookahead at most linearly in t.
        """
        rows = state_rows(state, "state")
        n = len(rows)
        reach = np.zeros((4, n))
        if cov is not None:
            wide = f64(cov)
            if wide.shape != (n, STATE, STATE):
                raise BadInput(f"must have the shape ({n}, 6, 6)", key="cov", value=wide.shape)
            for k, at in enumerate((0, 3)):
                reach[2 * k] = n_sigma * _largest_sigma(wide, at)
                reach[2 * k + 1] = n_sigma * np.sqrt(np.maximum(wide[:, at + 2, at + 2], 0.0))
        if turn_radps is not None:
            speed = np.hypot(rows[:, 3], rows[:, 4]) + reach[2]
            reach[2] += np.minimum(0.5 * lookahead_s * np.abs(turn_radps), 2.0) * speed
        return cls(rows, *reach)

    def kernel(self) -> F64:
        """(N, 10) as kernels take it."""
        reach = (self.reach_h_m, self.reach_v_m, self.growth_h_mps, self.growth_v_mps)
        return np.concatenate([self.state, np.stack(reach, axis=1)], axis=1)


@dataclasses.dataclass(frozen=True)
class Candidates(Batch):
    """One row per pair that may come near, by flight and then hazard; and the status of all flights and hazards."""

    flight_status: I8
    """(F,) 0 good, 1 a value is not finite: it is in no pair, and nothing is known of it."""
    hazard_status: I8
    """(H,) the same of the hazards."""
    flight: I64 = column("i8", "row", "row of the flight")
    hazard: I64 = column("i8", "row", "row of the hazard")
    t_in_s: F64 = column("f8", "s", "from now to the earliest time at which it may be near; 0 now")
    t_out_s: F64 = column("f8", "s", "to the last; cut at the lookahead")


def near_candidates(
    flights: Movers, hazards: Movers, radius_m: float, half_height_m: float, lookahead_s: float = 180.0
) -> Candidates:
    """All pairs that may be within radius_m and +-half_height_m of each other at some time of the lookahead.

    May: the cylinder is widened by the reaches of both, which grow. Borders count. Equal to trying all pairs.
    half_height_m may be infinite. Method, guarantee and timing: docs/design/pruning.md.
    Errors   BadInput: a size or the lookahead is not positive, or not finite.
    """
    for key, value in (("lookahead_s", lookahead_s), ("radius_m", radius_m)):
        if not (np.isfinite(value) and value > 0.0):
            raise BadInput("must be above 0 and finite", key=key, value=value)
    if not half_height_m > 0.0:
        raise BadInput("must be above 0", key="half_height_m", value=half_height_m)
    until_s, radius, half = float(lookahead_s), float(radius_m), float(half_height_m)
    of_flights, of_hazards = flights.kernel(), hazards.kernel()
    f_box, f_status = _boxes(of_flights, radius, half, until_s)
    h_box, h_status = _boxes(of_hazards, 0.0, 0.0, until_s)
    f_order, h_order = west_order(f_box, f_status), west_order(h_box, h_status)
    room = 4 * (len(flights) + len(hazards)) + 64
    while True:
        flight, hazard = np.empty(room, np.int64), np.empty(room, np.int64)
        t_in_s, t_out_s = np.empty(room), np.empty(room)
        found = kernels.candidates(
            of_flights, f_box, f_order, of_hazards, h_box, h_order, radius, half, until_s, flight, hazard, t_in_s,
            t_out_s,
        )  # fmt: skip
        if found <= room:
            break
        room = found
    by = np.empty(found, np.int64)
    box_kernels.pair_order(flight[:found], hazard[:found], len(flights), len(hazards), by)
    return Candidates(f_status, h_status, flight[by], hazard[by], t_in_s[by], t_out_s[by])


def _boxes(movers: F64, more_h_m: float, more_v_m: float, until_s: float) -> tuple[F64, I8]:
    box, status = np.empty((len(movers), 6)), np.empty(len(movers), np.int8)
    box_kernels.boxes(
        frozen(movers[:, :STATE]), np.ascontiguousarray(movers[:, STATE:]), more_h_m, more_v_m, until_s,
        box, status,
    )  # fmt: skip
    return box, status


def _largest_sigma(cov: F64, at: int) -> F64:
    """(N,) 1 sigma along the longer axis of a 2 x 2 block."""
    ee, nn, en = cov[:, at, at], cov[:, at + 1, at + 1], cov[:, at, at + 1]
    return f64(np.sqrt(np.maximum(0.5 * (ee + nn) + np.hypot(0.5 * (ee - nn), en), 0.0)))
