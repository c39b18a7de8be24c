"""Where the items of ASTERIX records stand in a buffer, found by tables; and which day a time of day is of.

A record is its FSPEC (bits of FRN 1, 2, ... from the highest; the lowest bit of each octet says that another follows)
and the items that it names, in order. What an item is stands in five columns, a row per node, the UAP's items first:
kind, size (octets), first and count (children of a compound item), slot (column of the offsets, -1 not wanted).

Source: EUROCONTROL-SPEC-0149, ASTERIX part 1, edition 3.1, sections 5.1 to 5.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

SPARE, FIXED, CHAIN, REPEATED, EXPLICIT, COMPOUND = 0, 1, 2, 3, 4, 5
OK, CUT, SPARE_ITEM, EMPTY_ITEM, MISSING_ITEM = 0, 1, 2, 3, 4
DAY_S = 86_400.0
JUMP_S, JUMPS = 3_600.0, 5


@inner
def _after(data: NDArray[np.uint8], at: int, end: int, kind: int, size: int) -> int:
    """Where a simple item that starts at `at` ends; -1: beyond `end`, -2: its own length is impossible."""
    if kind == FIXED:
        to = at + size
    elif kind == CHAIN:
        to = at + size
        while to <= end and data[to - 1] & 1:
            to += size
    elif at >= end:
        to = end + 1
    elif kind == REPEATED:
        to = at + 1 + size * int(data[at])
    else:
        if data[at] == 0:
            return -2
        to = at + int(data[at])
    return to if to <= end else -1


@inner
def _item(
    data: NDArray[np.uint8], at: int, end: int, node: int, nodes: NDArray[np.int64], offsets: NDArray[np.int32],
) -> int:
    """The same for any item, and the offsets of it and of its parts."""
    if nodes[node, 4] >= 0:
        offsets[nodes[node, 4]] = at
    if nodes[node, 0] != COMPOUND:
        return _after(data, at, end, nodes[node, 0], nodes[node, 1])
    to = _after(data, at, end, CHAIN, 1)
    if to < 0:
        return to
    for part in range(7 * (to - at)):
        if not data[at + part // 7] & (0x80 >> (part % 7)):
            continue
        if part >= nodes[node, 3]:
            return -3
        child = nodes[node, 2] + part
        if nodes[child, 0] == SPARE:
            return -3
        if nodes[child, 4] >= 0:
            offsets[nodes[child, 4]] = to
        to = _after(data, to, end, nodes[child, 0], nodes[child, 1])
        if to < 0:
            return to
    return to


@inner
def _record(
    data: NDArray[np.uint8], at: int, end: int, nodes: NDArray[np.int64], n_items: int, needed: NDArray[np.int64],
    offsets: NDArray[np.int32],
) -> tuple[int, int]:
    """Where a record ends, and its status."""
    to = _after(data, at, end, CHAIN, 1)
    if to < 0:
        return at, CUT
    n_needed = 0
    for frn in range(7 * (to - at)):
        if not data[at + frn // 7] & (0x80 >> (frn % 7)):
            continue
        if frn >= n_items or nodes[frn, 0] == SPARE:
            return at, SPARE_ITEM
        n_needed += needed[frn]
        after = _item(data, to, end, frn, nodes, offsets)
        if after < 0:
            return at, CUT if after == -1 else EMPTY_ITEM if after == -2 else SPARE_ITEM
        to = after
    return to, OK if n_needed == needed.sum() else MISSING_ITEM


@kernel
def walk(
    data: NDArray[np.uint8], start: NDArray[np.int64], end: NDArray[np.int64], is_cut: NDArray[np.int8],
    nodes: NDArray[np.int64], needed: NDArray[np.int64], offsets_out: NDArray[np.int32], block_out: NDArray[np.int64],
    status_out: NDArray[np.int8],
) -> int:
    """Find the records of B blocks (their bodies, start to end); the number found, whether or not there was room.

    nodes (K, 5) int64 as above, the first len(needed) of them the UAP; needed (F,) 1 where an item must be there.
    out: offsets_out (R, S) int32, -1 absent; block_out (R,) the block of each record; status_out (B,). A block whose
    records do not fill it exactly gives none: a slip anywhere makes what stands around it doubtful. Only one that the
    capture cut short (is_cut) keeps its whole records.
    """
    n, n_items, room = 0, len(needed), len(block_out)
    spare = np.empty(offsets_out.shape[1], dtype=np.int32)
    for b in range(len(start)):
        first, at, status = n, start[b], OK
        while at < end[b]:
            offsets = offsets_out[n] if n < room else spare
            offsets[:] = -1
            at, status = _record(data, at, end[b], nodes, n_items, needed, offsets)
            if status != OK:
                break
            if n < room:
                block_out[n] = b
            n += 1
        status_out[b] = status
        if status != OK and not is_cut[b]:
            n = first
    return n


@kernel
def on_days(tod_s: NDArray[np.float64], state: NDArray[np.float64], t_out: NDArray[np.float64]) -> None:
    """Times of day in order of arrival -> POSIX times: each next to the one before, so that midnight is crossed.

    tod_s (N,) seconds since midnight; NaN stays NaN. state (3,) in and out: the time last held for right, how many
    in a row were over JUMP_S from it (-1: none was heard yet, and the time is that of the day to begin on), and the
    last of those. One wrong clock does not move the day: JUMPS in a row do.
    """
    for k in range(len(tod_s)):
        if np.isnan(tod_s[k]):
            t_out[k] = np.nan
            continue
        t = tod_s[k] + DAY_S * np.round((state[0] - tod_s[k]) / DAY_S)
        t_out[k] = t
        if state[1] < 0.0 or abs(t - state[0]) <= JUMP_S:
            state[0], state[1] = t, 0.0
            continue
        state[1] = state[1] + 1.0 if abs(t - state[2]) <= JUMP_S else 1.0
        state[2] = t
        if state[1] >= JUMPS:
            state[0], state[1] = t, 0.0
