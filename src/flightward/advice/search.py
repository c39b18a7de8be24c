"""A search through space and time: the front of hazard and delay for one flight and one set of goals, as routes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.advice.lattice import MOVES, place
from flightward.encounters.zones import frozen
from flightward.kernels import path_search as kernels
from flightward.kernels.hazard_along import Field
from flightward.kernels.path_search import Ask, Closed, Labels, Lattice
from flightward.model import F64, I8

ROOM = 1_500_000
"""Labels at most: 36 MB. A search that needs more says so and gives the front that is settled until then."""
POINTS = 256
ANY = len(MOVES)
"""The heading of a flight that may leave in any."""


@dataclasses.dataclass(frozen=True)
class Found:
    """One point of the front. nodes (W, 4): seconds from the field's zero, plane metres, level; goal: the cell."""

    nodes: F64
    hazard: float
    goal: int


@dataclasses.dataclass(frozen=True)
class Front:
    """Points in order of arrival, hazard falling. is_whole False: cut short, not known beyond `settled_s` of delay."""

    points: tuple[Found, ...]
    is_whole: bool
    settled_s: float
    n_labels: int


def front(
    lattice: Lattice, field: Field, closed: Closed, ask: Ask, goal: I8, room: int = ROOM, *, is_guided: bool = True
) -> Front:
    """All ways worth having from ask.cell to any cell of `goal` (cells,) int8.

    is_guided  False for goals that are goals only from ask.end_q on: no place is nearer to them than another.
    """
    cells = lattice.rows * lattice.columns
    left_q = np.zeros(cells, np.int64)
    if is_guided:
        kernels.to_goal(lattice, frozen(goal), _always(closed, ask), left_q)
    labels = Labels(
        np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room),
        np.empty(room, np.int32),
    )
    rows, counts = np.empty(POINTS, np.int64), np.zeros(4, np.int64)
    kernels.search(lattice, field, closed, ask, frozen(goal), frozen(left_q), labels, rows, counts)
    points = tuple(_found(int(r), lattice, ask, labels) for r in rows[:counts[0]])
    return Front(points, int(counts[2]) != 2, float(counts[3]) * ask.quantum_s, int(counts[1]))


def _always(closed: Closed, ask: Ask) -> I8:
    """(cells, D) moves that are closed at every level for as long as the search may last."""
    end_s = ask.start_s + (ask.most_slack + 1_000_000) * ask.quantum_s
    whole = np.flatnonzero((closed.from_s <= ask.start_s) & (closed.to_s >= end_s))
    bits = int(np.bitwise_and.reduce(closed.level)) & sum(1 << int(w) for w in whole)
    return np.asarray(frozen(((closed.arc & bits) != 0).astype(np.int8)), dtype=np.int8)


def _found(row: int, lattice: Lattice, ask: Ask, labels: Labels) -> Found:
    """The way to a label, its first place first."""
    cells, nodes, at = lattice.rows * lattice.columns, [], row
    while at >= 0:
        state = int(labels.state[at]) // (ANY + 1)
        e, n = place(lattice, state % cells)
        nodes.append((ask.start_s + float(labels.time_q[at]) * ask.quantum_s, e, n, float(state // cells)))
        at = int(labels.parent[at])
    goal = int(labels.state[row]) // (ANY + 1) % cells
    return Found(np.array(nodes[::-1]), float(labels.hazard[row]), goal)


def corners(nodes: F64) -> F64:
    """The same way without the nodes at which neither direction, speed nor level changes."""
    if len(nodes) < 3:
        return nodes
    step = np.diff(nodes, axis=0)
    rate = step[:, 1:] / step[:, :1]
    turns = (np.abs(np.diff(rate[:, :2], axis=0)) > 1e-6).any(axis=1) | (np.diff(rate[:, 2]) != 0.0)
    kept: F64 = nodes[np.concatenate([[True], turns, [True]])]
    return kept


def different(points: tuple[Found, ...], most: int) -> list[Found]:
    """At most `most` of a front that differ most: the earliest, the least dangerous, and those that stand out between.

    Each next one is the point farthest from those that are taken, in hazard and arrival as shares of the front's span.
    """
    if len(points) <= most:
        return list(points)
    value = np.array([(p.nodes[-1, 0], p.hazard) for p in points])
    value = (value - value.min(axis=0)) / np.maximum(value.max(axis=0) - value.min(axis=0), 1e-9)
    taken = [0, len(points) - 1]
    while len(taken) < most:
        apart = np.min([np.hypot(*(value - value[k]).T) for k in taken], axis=0)
        taken.append(int(np.argmax(apart)))
    return [points[k] for k in sorted(taken)[: max(most, 1)]]


def quantum_s(cell_m: float, speed_mps: float, axis_q: int) -> float:
    """Seconds of one quantum."""
    return cell_m / (speed_mps * axis_q)


def survival(hazard: float) -> float:
    """The chance that an additive hazard stands for."""
    return math.exp(-hazard)
