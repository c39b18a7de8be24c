"""Ways through space and time with the least hazard for each arrival: label setting on a lattice, two objectives.

A label is a way to a state (cell, heading, level) at a time; its cost is what `hazard_field` adds up along it. Labels
are settled in order of slack, by how much the earliest arrival that is still possible is later than the earliest of
all, and within it in order of time. In one slack each state has one time, so the label with the least hazard beats all
others there, exactly. The least hazard of a slack at the goal, if it is less than all before, is a point of the front.
Times are whole quanta; a move's quanta never make it faster than the flight.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.hazard_along import Field, at_point

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

FAR = 1 << 30
"""Quanta to the goal from where it cannot be reached."""


class Lattice(NamedTuple):
    """Cell i * columns + j stands at (e0, n0) + i * (ie, in) + j * (je, jn). Moves: D headings in order of angle."""

    e0_m: float
    n0_m: float
    ie_m: float
    in_m: float
    je_m: float
    jn_m: float
    rows: int
    columns: int
    move_i: I64
    move_j: I64
    move_q: I64
    parts: I64


class Closed(NamedTuple):
    """Windows of closed areas as bits. arc (cells, D) windows that a move crosses, cell (cells,) that a cell is in,
    level (L,) windows whose heights hold the level; from_s, to_s (W,) times of the field's clock."""

    arc: I64
    cell: I64
    level: I64
    from_s: F64
    to_s: F64


class Ask(NamedTuple):
    """What is asked. heading D: any. turn: headings by which a move may turn. wait_q 0: it cannot wait; is_hover: it
    may leave in any heading after a wait. climb (L - 1,), descent (L - 1,): moves straight on from level l to l + 1,
    and back. end_q: goals count from this time on. A front stops at a point of at most `enough`; a point counts if it
    lowers the hazard by more than `gain`."""

    cell: int
    level: int
    heading: int
    start_s: float
    quantum_s: float
    turn: int
    wait_q: int
    is_hover: bool
    end_q: int
    most_slack: int
    enough: float
    gain: float
    climb: I64
    descent: I64
    band: I64


class Labels(NamedTuple):
    """Room for labels: state (N,) cell * (D + 1) + heading, times the levels; time in quanta; row of the one before."""

    state: I32
    time_q: I32
    parent: I32
    hazard: F64
    after: I32


@kernel
def to_goal(lattice: Lattice, goal: I8, blocked: I8, q_out: I64) -> None:
    """Least quanta from each cell to the nearest goal: q_out (cells,), FAR from where there is no way.

    goal (cells,) int8; blocked (cells, D) int8 1: that move is never allowed.
    """
    cells = lattice.rows * lattice.columns
    longest = 0
    for d in range(lattice.move_q.shape[0]):
        longest = max(longest, lattice.move_q[d])
    q_out[:] = FAR
    ring = np.full(longest + 1, -1, np.int64)
    room = cells * (lattice.move_q.shape[0] + 1)
    which, after = np.empty(room, np.int64), np.empty(room, np.int64)
    used = waiting = 0
    for cell in range(cells):
        if goal[cell] == 1:
            q_out[cell] = 0
            which[used], after[used] = cell, ring[0]
            ring[0] = used
            used += 1
            waiting += 1
    q = 0
    while waiting > 0:
        slot = q % (longest + 1)
        item = ring[slot]
        ring[slot] = -1
        while item >= 0:
            waiting -= 1
            cell = which[item]
            item = after[item]
            if q_out[cell] != q:
                continue
            for d in range(lattice.move_q.shape[0]):
                i, j = cell // lattice.columns - lattice.move_i[d], cell % lattice.columns - lattice.move_j[d]
                if i < 0 or j < 0 or i >= lattice.rows or j >= lattice.columns:
                    continue
                there, at = i * lattice.columns + j, q + lattice.move_q[d]
                if at < q_out[there] and blocked[there, d] == 0:
                    q_out[there] = at
                    which[used], after[used] = there, ring[at % (longest + 1)]
                    ring[at % (longest + 1)] = used
                    used += 1
                    waiting += 1
        q += 1


@inner
def _move(
    lattice: Lattice, field: Field, ask: Ask, i: int, j: int, d: int, q: int, band: int
) -> float:
    """The hazard of one move that begins at quantum q: mean over its parts."""
    e = lattice.e0_m + i * lattice.ie_m + j * lattice.je_m
    n = lattice.n0_m + i * lattice.in_m + j * lattice.jn_m
    de = lattice.move_i[d] * lattice.ie_m + lattice.move_j[d] * lattice.je_m
    dn = lattice.move_i[d] * lattice.in_m + lattice.move_j[d] * lattice.jn_m
    parts, dt_s = lattice.parts[d], lattice.move_q[d] * ask.quantum_s
    begin, total = ask.start_s + q * ask.quantum_s, 0.0
    for x in range(parts):
        share = (x + 0.5) / parts
        total += at_point(field, band, e + share * de, n + share * dn, begin + share * dt_s)
    return float(total * dt_s / (parts * field.step_s))


@inner
def _wait(lattice: Lattice, field: Field, ask: Ask, i: int, j: int, q: int, band: int) -> float:
    """The hazard of waiting at a cell: looked up at the middle of each of its equal parts of at most a step."""
    e = lattice.e0_m + i * lattice.ie_m + j * lattice.je_m
    n = lattice.n0_m + i * lattice.in_m + j * lattice.jn_m
    dt_s = ask.wait_q * ask.quantum_s
    parts = max(1, math.ceil(dt_s / field.step_s))
    begin, total = ask.start_s + q * ask.quantum_s, 0.0
    for x in range(parts):
        total += at_point(field, band, e, n, begin + (x + 0.5) / parts * dt_s)
    return total * dt_s / (parts * field.step_s)


@inner
def _is_open(bits: int, closed: Closed, a_s: float, b_s: float) -> bool:
    """No window of these is active at any time from a_s to b_s."""
    w = 0
    while bits != 0:
        if bits & 1 and closed.from_s[w] <= b_s and closed.to_s[w] > a_s:
            return False
        bits >>= 1
        w += 1
    return True


@inner
def _push(
    labels: Labels, head: I32, used: int, state: int, q: int, hazard: float, parent: int, slack: int
) -> int:
    """One more label in its slack's list; the new count, or minus one if there is no room."""
    if used < 0 or used >= labels.state.shape[0]:
        return -1
    labels.state[used], labels.time_q[used], labels.parent[used] = state, q, parent
    labels.hazard[used], labels.after[used] = hazard, head[slack]
    head[slack] = used
    return used + 1


@inner
def _expand(
    row: int, used: int, lattice: Lattice, field: Field, closed: Closed, ask: Ask, left_q: I64, least: int,
    limit: float, labels: Labels, head: I32,
) -> int:
    """Push all that follows from label `row`; the new count, minus one if there was no room."""
    headings = lattice.move_q.shape[0]
    state, q, hazard = labels.state[row], labels.time_q[row], labels.hazard[row]
    d = state % (headings + 1)
    cell = state // (headings + 1) % (lattice.rows * lattice.columns)
    level = state // (headings + 1) // (lattice.rows * lattice.columns)
    i, j = cell // lattice.columns, cell % lattice.columns
    now_s = ask.start_s + q * ask.quantum_s
    turns = headings if d == headings else 2 * ask.turn + 1
    for x in range(turns):
        to = x if d == headings else (d + x - ask.turn) % headings
        used = _straight(
            row, used, i, j, to, 1, level, level, q, hazard, lattice, field, closed, ask, left_q, least, limit, labels,
            head,
        )
    if d < headings:
        if level < ask.climb.shape[0]:
            used = _straight(
                row, used, i, j, d, ask.climb[level], level, level + 1, q, hazard, lattice, field, closed, ask, left_q,
                least, limit, labels, head,
            )
        if level > 0:
            used = _straight(
                row, used, i, j, d, ask.descent[level - 1], level, level - 1, q, hazard, lattice, field, closed, ask,
                left_q, least, limit, labels, head,
            )
    if ask.wait_q > 0 and used >= 0:
        slack = q + ask.wait_q + left_q[cell] - least
        if slack <= ask.most_slack and _is_open(
            closed.cell[cell] & closed.level[level], closed, now_s, now_s + ask.wait_q * ask.quantum_s
        ):
            more = hazard + _wait(lattice, field, ask, i, j, q, ask.band[level])
            if more < limit:
                after = state - d + headings if ask.is_hover else state
                used = _push(labels, head, used, after, q + ask.wait_q, more, row, slack)
    return used


@inner
def _straight(
    row: int, used: int, i: int, j: int, d: int, count: int, level: int, to_level: int, q: int, hazard: float,
    lattice: Lattice, field: Field, closed: Closed, ask: Ask, left_q: I64, least: int, limit: float, labels: Labels,
    head: I32,
) -> int:
    """`count` moves in one heading, the second half of them at the other level."""
    if used < 0:
        return used
    headings = lattice.move_q.shape[0]
    bits_of = closed.level[level] | closed.level[to_level]
    for x in range(count):
        ni, nj = i + lattice.move_i[d], j + lattice.move_j[d]
        if ni < 0 or nj < 0 or ni >= lattice.rows or nj >= lattice.columns:
            return used
        cell, then = i * lattice.columns + j, q + lattice.move_q[d]
        there = ni * lattice.columns + nj
        if left_q[there] >= FAR or then + left_q[there] - least > ask.most_slack:
            return used
        bits = closed.arc[cell, d] & bits_of
        if bits != 0 and not _is_open(
            bits, closed, ask.start_s + q * ask.quantum_s, ask.start_s + then * ask.quantum_s
        ):
            return used
        band = ask.band[level] if 2 * x < count else ask.band[to_level]
        hazard += _move(lattice, field, ask, i, j, d, q, band)
        if hazard >= limit:
            return used
        i, j, q = ni, nj, then
    cell = i * lattice.columns + j
    state = (to_level * lattice.rows * lattice.columns + cell) * (headings + 1) + d
    return _push(labels, head, used, state, q, hazard, row, q + left_q[cell] - least)


@kernel
def search(
    lattice: Lattice, field: Field, closed: Closed, ask: Ask, goal: I8, left_q: I64, labels: Labels,
    front_out: I64, counts_out: I64,
) -> None:
    """The front of (arrival, hazard) at the goals, as rows of `labels`: front_out (F,) int64 in order of arrival.

    goal (cells,) int8; left_q (cells,) by `to_goal` (all 0: no goal is nearer than others). counts_out (4,): points,
    labels, status, slacks that are settled. status 0 whole; 1 no way within most_slack; 2 no room for more labels or
    points: the front is right up to the slacks that are settled, and not known beyond.
    """
    headings = lattice.move_q.shape[0]
    cells, levels = lattice.rows * lattice.columns, closed.level.shape[0]
    counts_out[:] = 0
    counts_out[2] = 1
    least = left_q[ask.cell]
    if least >= FAR:
        return
    farthest = 0
    for c in range(cells):
        if left_q[c] < FAR:
            farthest = max(farthest, left_q[c])
    head = np.full(ask.most_slack + 1, -1, np.int32)
    near = np.full(farthest + 1, -1, np.int32)
    states = levels * cells * (headings + 1)
    stamp, owner = np.full(states, -1, np.int32), np.empty(states, np.int32)
    best, points = np.inf, 0
    first = (ask.level * cells + ask.cell) * (headings + 1) + ask.heading
    used = _push(labels, head, 0, first, 0, 0.0, -1, 0)
    for slack in range(ask.most_slack + 1):
        found, found_h, top = -1, np.inf, -1
        top = _sort(labels, head, slack, near, left_q, headings, cells, top)
        for q in range(top, -1, -1):
            row = near[q]
            while row >= 0:
                state = labels.state[row]
                if stamp[state] != slack or labels.hazard[row] < labels.hazard[owner[state]]:
                    stamp[state], owner[state] = slack, row
                row = labels.after[row]
            row = near[q]
            near[q] = -1
            while row >= 0:
                state, hazard = labels.state[row], labels.hazard[row]
                after = labels.after[row]
                if owner[state] == row and hazard < best - ask.gain:
                    cell = state // (headings + 1) % cells
                    if goal[cell] == 1 and labels.time_q[row] >= ask.end_q:
                        if hazard < found_h:
                            found, found_h = row, hazard
                    else:
                        limit = min(best - ask.gain, found_h)
                        used = _expand(
                            row, used, lattice, field, closed, ask, left_q, least, limit, labels, head
                        )
                        if used < 0:
                            counts_out[0], counts_out[1], counts_out[2] = points, labels.state.shape[0], 2
                            return
                row = after
            _sort(labels, head, slack, near, left_q, headings, cells, top)
        counts_out[3] = slack + 1
        if found >= 0:
            if points >= front_out.shape[0]:
                counts_out[0], counts_out[1], counts_out[2] = points, used, 2
                return
            best = found_h
            front_out[points] = found
            points += 1
            if best <= ask.enough:
                break
    counts_out[0], counts_out[1], counts_out[2] = points, used, 0 if points > 0 else 1


@inner
def _sort(
    labels: Labels, head: I32, slack: int, near: I32, left_q: I64, headings: int, cells: int, top: int
) -> int:
    """The slack's labels into lists by quanta left, which fall as time rises; the largest of them."""
    row = head[slack]
    head[slack] = -1
    while row >= 0:
        after = labels.after[row]
        q = left_q[labels.state[row] // (headings + 1) % cells]
        labels.after[row] = near[q]
        near[q] = row
        top = max(top, q)
        row = after
    return top
