"""Drones seen from one flight, second by second, with how luck moves them: what the rare-event engine asks of."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.encounters import Gap
from flightward.kernels import near_miss as kernels
from flightward.model.batch import F64
from flightward.review.closeness import EARTH_RADIUS_M, Path4D
from flightward.review.spread import KNOT_S, N_ACROSS, N_ALONG, N_UP, DronePath, Spread, shapes

N_PLACE = 3
"""Numbers of a drone's place error: east, north, up; the same at all times."""
L = N_PLACE + N_ACROSS + N_ALONG + N_UP
FAR_SIGMAS = 6.0
"""A drone that luck of this size does not bring near is left out: what that hides is below 1e-9 a drone and second."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """Drones that can matter to a flight."""

    ids: tuple[str, ...]
    rows: kernels.Approaches
    in_zone: NDArray[np.bool_]
    is_known: bool
    """True if nothing moves them: each answer is then yes or no."""

    @property
    def dim(self) -> int:
        """Normal numbers of a draw."""
        return L * len(self.ids)


def seen_from(
    flight: Path4D,
    drones: list[DronePath],
    spread: Spread | None,
    in_zone: NDArray[np.bool_],
    reach_m: float,
    own_sigma_m: tuple[float, float] = (0.0, 0.0),
    *,
    keep: tuple[str, ...] = (),
) -> Seen:
    """The drones that may come within `reach_m` of the flight while it is in the air.

    spread  how courses may have differed; None: as they were.     own_sigma_m  of the flight's own place, level and up.
    in_zone (T,) per row of the flight.     keep  ids that are not left out, however far.
    """
    basis = None
    if spread is not None and drones:
        basis = shapes(spread, max(float(d.t_s[-1] - d.from_s) for d in drones))
    kept, seconds, at, moved, fast = [], [], [], [], []
    for d in drones:
        found = _one(flight, d, basis, own_sigma_m)
        if found is None:
            continue
        k, place, by, most = found
        sigma = np.sqrt((by**2).sum(axis=2))
        room = FAR_SIGMAS * np.hypot(sigma[:, 0], sigma[:, 1])
        near = np.hypot(place[:, 0], place[:, 1]) <= reach_m + room + most[0]  # it may pass between two seconds
        if not near.any() and d.drone_id not in keep:
            continue
        rows = slice(int(np.argmax(near)), len(near) - int(np.argmax(near[::-1]))) if near.any() else slice(0, 1)
        kept.append(d.drone_id)
        seconds.append(k[rows])
        at.append(place[rows])
        moved.append(by[rows])
        fast.append(most)
    start = np.concatenate([[0], np.cumsum([len(s) for s in seconds])]).astype(np.int64)
    second = np.concatenate([np.zeros(0, np.int64), *seconds])
    places, by_luck = np.concatenate([np.zeros((0, 3)), *at]), np.concatenate([np.zeros((0, 3, L)), *moved])
    sway = np.sqrt((by_luck**2).sum(axis=(1, 2)))
    rows_of = kernels.Approaches(start, second, places, by_luck, sway, np.array(fast).reshape(-1, 2))
    return Seen(tuple(kept), rows_of, in_zone, not bool(by_luck.any()))


def _one(
    flight: Path4D, d: DronePath, basis: tuple[F64, ...] | None, own_sigma_m: tuple[float, float]
) -> tuple[NDArray[np.int64], F64, F64, tuple[float, float]] | None:
    """Seconds at which both are there, relative places (K, 3), how luck moves them (K, 3, L), greatest speeds."""
    k = np.rint(d.t_s - flight.t_s[0]).astype(np.int64)
    ok = (k >= 0) & (k < len(flight.t_s))
    ok[ok] &= flight.airborne[k[ok]] & np.isfinite(flight.e_m[k[ok]]) & np.isfinite(flight.hae_m[k[ok]])
    row, k = np.flatnonzero(ok), k[ok]
    if not len(k):
        return None
    scale = 1.0 + (flight.e_m[k] ** 2 + flight.n_m[k] ** 2) / (4.0 * EARTH_RADIUS_M**2)
    place = np.column_stack(
        [(d.e_m[row] - flight.e_m[k]) / scale, (d.n_m[row] - flight.n_m[k]) / scale, d.hae_m[row] - flight.hae_m[k]]
    )
    by = np.zeros((len(k), 3, L))
    by[:, 0, 0] = by[:, 1, 1] = np.hypot(d.sigma_h_m[row], own_sigma_m[0])
    by[:, 2, 2] = np.hypot(d.sigma_v_m[row], own_sigma_m[1])
    if basis is not None:
        after = np.maximum(d.t_s[row] - d.from_s, 0.0) / KNOT_S
        across, along, up = (_between(b, after) for b in basis)
        e, n = d.heading[row, 0][:, None], d.heading[row, 1][:, None]
        one, two = N_PLACE + N_ACROSS, N_PLACE + N_ACROSS + N_ALONG
        by[:, 0, N_PLACE:one], by[:, 1, N_PLACE:one] = across * n, -across * e
        by[:, 0, one:two], by[:, 1, one:two] = along * e, along * n
        by[:, 2, two:] = up
    return k, place, by, _fastest(k, place, by)


def _between(basis: F64, knot: F64) -> F64:
    """Rows of a basis (K, n) at places between its knots."""
    low = np.minimum(knot.astype(np.int64), len(basis) - 2)
    w = (knot - low)[:, None]
    return np.asarray((1.0 - w) * basis[low] + w * basis[low + 1], dtype=np.float64)


def _fastest(k: NDArray[np.int64], place: F64, by: F64) -> tuple[float, float]:
    """More than the relative speed ever is, level and upright: as flown, and six sigma of what luck adds."""
    if len(k) < 2:
        return 1e9, 1e9
    dt = np.diff(k).astype(np.float64)
    own = np.abs(np.diff(place, axis=0)) / dt[:, None]
    luck = FAR_SIGMAS * np.sqrt((np.diff(by, axis=0) ** 2).sum(axis=2)) / dt[:, None]
    level = np.hypot(own[:, 0], own[:, 1]) + np.hypot(luck[:, 0], luck[:, 1])
    return float(level.max()), float((own[:, 2] + luck[:, 2]).max())


def guard_of(cfg: CaughtConfig) -> kernels.Guard:
    """What "caught" means, for the kernel."""
    return kernels.Guard(
        int(cfg.caught_n), float(cfg.raid_radius_m), float(cfg.raid_height_m), float(cfg.lone_radius_m),
        float(cfg.lone_height_m), float(cfg.zone_radius_m),
    )  # fmt: skip


def caught_gap(seen: Seen, cfg: CaughtConfig) -> Gap:
    """How far a draw of all drones is from catching the flight."""
    guard, in_zone = guard_of(cfg), np.ascontiguousarray(seen.in_zone)

    def gap(u: F64) -> F64:
        out = np.empty(len(u))
        kernels.caught(seen.rows, u, np.ones((len(u), len(seen.ids)), np.bool_), in_zone, guard, out)
        return np.minimum(out, FAR)

    return gap


def leaking_gap(seen: Seen, leaking: NDArray[np.bool_], n: int, n_far: int, cfg: CaughtConfig) -> Gap:
    """The same when n drones fly on, any n alike: of those marked as `leaking` (D,) and of n_far that cannot matter.

    Which ones is drawn by as many more numbers behind the others of the draw: the n least fly on.
    """
    guard, in_zone, d = guard_of(cfg), np.ascontiguousarray(seen.in_zone), len(seen.ids)
    which = np.flatnonzero(leaking)

    def gap(u: F64) -> F64:
        rank = np.argsort(np.argsort(u[:, seen.dim : seen.dim + len(which) + n_far], axis=1), axis=1)
        there = np.ones((len(u), d), np.bool_)
        there[:, which] = rank[:, : len(which)] < n
        out = np.empty(len(u))
        kernels.caught(seen.rows, np.ascontiguousarray(u[:, : seen.dim]), there, in_zone, guard, out)
        return np.minimum(out, FAR)

    return gap


def meeting_gap(seen: Seen, drone: int, radius_m: float, half_m: float) -> Gap:
    """How far a draw of one drone is from a cylinder about the flight, between whole seconds too."""

    def gap(u: F64) -> F64:
        out = np.empty(len(u))
        kernels.meeting(seen.rows, drone, u, float(radius_m), float(half_m), out)
        return out

    return gap


FAR = 1e6
"""Gap where no drone is there at all."""
