"""Plain twins of the hazard field and of the path search: nothing is pruned, no formula is shared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def caught_draws(
    e: float, n: float, u: float, t: float, drones: Sequence[Any], caught_n: int, raid: tuple[float, float]
) -> int:
    """In how many draws at least caught_n drones are near: drones[k] is a list of (position(t) or None)."""
    count = 0
    for draw in drones:
        near = 0
        for where in draw:
            at = where(t)
            if at is None:
                continue
            x, y, z = at
            if math.dist((x, y), (e, n)) <= raid[0] and abs(z - u) <= raid[1]:
                near += 1
        count += near >= caught_n
    return count


def pareto(costs: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Those that no other beats in one and matches in the other, in order of time; equal ones once."""
    out: list[tuple[int, float]] = []
    for q, h in sorted(set(costs)):
        if not out or h < out[-1][1] - 1e-9:
            out.append((q, h))
    return out


def least_quanta(shape: tuple[int, int], moves: Sequence[tuple[int, int, int]], goals: set[tuple[int, int]],
                 start: tuple[int, int], never: set[tuple[int, int, int]]) -> int | None:
    """Bellman's rounds over all moves; None if there is no way. never: (i, j, heading) that are always closed."""
    far = {(i, j): (0 if (i, j) in goals else math.inf) for i in range(shape[0]) for j in range(shape[1])}
    for _ in range(len(far)):
        for (i, j), _ in list(far.items()):
            for d, (di, dj, q) in enumerate(moves):
                there = (i + di, j + dj)
                if there in far and (i, j, d) not in never:
                    far[i, j] = min(far[i, j], q + far[there])
    return None if far[start] == math.inf else int(far[start])


def all_ways(
    start: tuple[int, int, int, int], shape: tuple[int, int], moves: Sequence[tuple[int, int, int]],
    goals: set[tuple[int, int]], last_q: int, turn: int, wait_q: int, is_hover: bool, climb: Sequence[int],
    descent: Sequence[int], move_cost: Callable[[int, int, int, int, int], float | None],
    wait_cost: Callable[[int, int, int, int], float | None],
) -> list[tuple[int, float]]:
    """(quanta, hazard) of every way from (i, j, level, heading) that ends at a goal not later than last_q.

    heading len(moves): any. move_cost(i, j, level, heading, q), wait_cost(i, j, level, q): None where it is closed.
    A way ends at the first goal that it comes to.
    """
    found: list[tuple[int, float]] = []
    n_moves, levels = len(moves), len(climb) + 1

    def go(i: int, j: int, level: int, heading: int, q: int, hazard: float) -> None:
        if (i, j) in goals:
            found.append((q, hazard))
            return
        options: list[tuple[int, int, int]] = []
        for d in range(n_moves):
            apart = abs(d - heading) % n_moves
            if heading == n_moves or min(apart, n_moves - apart) <= turn:
                options.append((d, 1, level))
        if heading < n_moves:
            if level + 1 < levels:
                options.append((heading, climb[level], level + 1))
            if level > 0:
                options.append((heading, descent[level - 1], level - 1))
        for d, count, to in options:
            follow(i, j, level, d, count, to, q, hazard)
        if wait_q and q + wait_q <= last_q:
            more = wait_cost(i, j, level, q)
            if more is not None:
                go(i, j, level, n_moves if is_hover else heading, q + wait_q, hazard + more)

    def follow(i: int, j: int, level: int, d: int, count: int, to: int, q: int, hazard: float) -> None:
        di, dj, dq = moves[d]
        for x in range(count):
            height = level if 2 * x < count else to
            more = move_cost(i, j, height if level == to else -1 - height, d, q)
            i, j, q = i + di, j + dj, q + dq
            if not (0 <= i < shape[0] and 0 <= j < shape[1]) or q > last_q or more is None:
                return
            hazard += more
        go(i, j, to, d, q, hazard)

    go(*start, 0, 0.0)
    return found


def part_at(values: Any, e: float, n: float, t: float, e0: float, n0: float, side: float, step: float) -> float:
    """values (T, rows, columns) of parts of `side` metres; 0 outside."""
    r, c, s = math.floor((n - n0) / side), math.floor((e - e0) / side), math.floor(t / step)
    if 0 <= s < values.shape[0] and 0 <= r < values.shape[1] and 0 <= c < values.shape[2]:
        return float(values[s, r, c])
    return 0.0


def as_field(values: Any) -> tuple[Any, Any, Any, Any]:
    """(B, T, 2 rows, 2 columns) of parts as index, block, first, last: what the search takes."""
    b, t, r, c = values.shape
    index, block = np.zeros((b, t, r // 2, c // 2), np.int32), []
    for at in np.ndindex(*index.shape):
        four = values[at[0], at[1], 2 * at[2]:2 * at[2] + 2, 2 * at[3]:2 * at[3] + 2].ravel()
        if four.any():
            block.append(four)
            index[at] = len(block)
    used = (index > 0).any(axis=0)
    first = np.array([[next((s for s in range(t) if used[s, i, j]), t) for j in range(c // 2)] for i in range(r // 2)])
    last = np.array(
        [[max((s for s in range(t) if used[s, i, j]), default=-1) for j in range(c // 2)] for i in range(r // 2)]
    )
    rows = np.array(block, np.float32) if block else np.zeros((1, 4), np.float32)
    return index, rows, first.astype(np.int64), last.astype(np.int64)
