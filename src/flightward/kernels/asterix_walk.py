"""Where the blocks and the items of ASTERIX stand in a buffer, found by tables; and which day a time of day is of.

A record is its FSPEC (bits of FRN 1, 2, ... from the highest; the lowest bit of each octet says that another follows)
and the items that it names, in order. What an item is stands in five columns, a row per node, the UAP's items first:
kind, size (octets), first and count (children of a compound item), slot (column of the offsets, -1 not wanted).

A block is its category (one octet), its length with these three octets (two) and records. Where a length is wrong, or
octets stand between blocks, the heads that follow are lost: then every octet may begin one, and it is taken for one if
records of its category fill it exactly and another head, zeros or the end follow.

Source: EUROCONTROL-SPEC-0149, ASTERIX part 1, edition 3.1, sections 5.1 to 5.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

SPARE, FIXED, CHAIN, REPEATED, EXPLICIT, COMPOUND = 0, 1, 2, 3, 4, 5
OK, CUT, SPARE_ITEM, EMPTY_ITEM, MISSING_ITEM = 0, 1, 2, 3, 4
PADDING, JUNK, CUT_SHORT = 0, 1, 2
IN_STEP, PADDED, LOST = 0, 1, 2
NO, YES, WAIT, MISFIT, ASTRAY, BEYOND = 0, 1, 2, 3, 4, 5
HEAD, LEAST = 3, 5
"""Octets of a head, and of the least block: one record of an FSPEC and an item of one octet."""
AHEAD = 4
"""So many heads of categories that are not read are followed to see whether they lead to one that is."""
CREDIT, REFILL = 1 << 18, 32
"""Octets that may be walked in vain to find a head again, and how many more for each octet passed: made-up data in
which every octet looks like a head must not take the time of its square."""
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
    """Where a record ends (if it is none: how far it was walked), and its status."""
    to = _after(data, at, end, CHAIN, 1)
    if to < 0:
        return end, CUT
    n_needed = 0
    for frn in range(7 * (to - at)):
        if not data[at + frn // 7] & (0x80 >> (frn % 7)):
            continue
        if frn >= n_items or nodes[frn, 0] == SPARE:
            return to, SPARE_ITEM
        n_needed += needed[frn]
        after = _item(data, to, end, frn, nodes, offsets)
        if after < 0:
            if after == -1 and (nodes[frn, 0] == CHAIN or nodes[frn, 0] == COMPOUND):
                to = end
            return to, CUT if after == -1 else EMPTY_ITEM if after == -2 else SPARE_ITEM
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


class Uaps(NamedTuple):
    """The editions of all categories that are read: those of category c are rows editions[c]:editions[c + 1].

    editions (257,); nodes (E, K, 5), n_items (E,) and needed (E, F) as `walk` wants them, filled up with 0; spare (S,)
    int32, room for the offsets of a record.
    """

    editions: NDArray[np.int64]
    nodes: NDArray[np.int64]
    n_items: NDArray[np.int64]
    needed: NDArray[np.int64]
    spare: NDArray[np.int32]


@inner
def _fits(data: NDArray[np.uint8], start: int, end: int, category: int, uaps: Uaps) -> tuple[bool, int]:
    """Whether records of an edition of the category fill start:end exactly, and how many octets were walked."""
    walked = 0
    for k in range(uaps.editions[category], uaps.editions[category + 1]):
        at, status = start, OK
        while at < end and status == OK:
            at, status = _record(data, at, end, uaps.nodes[k], uaps.n_items[k], uaps.needed[k], uaps.spare)
        walked += at - start + HEAD
        if status == OK:
            return True, walked
    return False, walked


@inner
def _leads_on(
    data: NDArray[np.uint8], at: int, end: int, is_over: bool, is_strict: bool, uaps: Uaps
) -> tuple[int, int]:
    """Does a head, padding or the end stand at `at`: NO, YES, or WAIT and how far the octets must reach to tell.

    A category that is read is a head; is_strict: if its block fits. Of others the block must lead to another head.
    """
    before = 0
    for _ in range(AHEAD):
        zeros = 0
        while zeros < HEAD and at < end and data[at] == 0:
            at += 1
            zeros += 1
        if zeros == HEAD:
            return YES, 0
        if at + HEAD > end:
            return (YES if at == end else NO, 0) if is_over else (WAIT, at + HEAD)
        category, size = int(data[at]), int(data[at + 1]) << 8 | int(data[at + 2])
        if size < LEAST:
            return NO, 0
        is_read = uaps.editions[category] < uaps.editions[category + 1]
        if category == before or (is_read and not is_strict):
            return YES, 0
        if at + size > end:
            return (NO, 0) if is_over else (WAIT, at + size)
        if is_read:
            return YES if _fits(data, at + HEAD, at + size, category, uaps)[0] else NO, 0
        before = category
        at += size
    return NO, 0


@inner
def _judged(
    data: NDArray[np.uint8], at: int, end: int, is_over: bool, is_lost: bool, credit: int, uaps: Uaps
) -> tuple[int, int, int]:
    """What begins at `at`: NO, YES, WAIT, MISFIT, ASTRAY or BEYOND; its end (WAIT: as above); octets walked in vain.

    MISFIT: a block whose records do not fit it, and a head follows; ASTRAY: and none does; BEYOND: it ends behind all.
    """
    category = int(data[at])
    if category == 0:
        return NO, at, 0
    if at + HEAD > end:
        return NO if is_over else WAIT, at + HEAD, 0
    to = at + (int(data[at + 1]) << 8 | int(data[at + 2]))
    is_read = uaps.editions[category] < uaps.editions[category + 1]
    if to < at + LEAST or (is_lost and (not is_read or credit <= 0)):
        return NO, at, 0
    if not is_read:
        answer, need = _leads_on(data, to, end, is_over, True, uaps)
        return answer, need if answer == WAIT else to, 0
    if to > end:
        return BEYOND if is_over else WAIT, to, 0
    fits, walked = _fits(data, at + HEAD, to, category, uaps)
    if fits != is_lost:
        return YES if fits else NO, to, walked
    answer, need = _leads_on(data, to, end, is_over, False, uaps)
    if answer == WAIT:
        return WAIT, need, 0
    if is_lost:
        return answer, to, walked
    return MISFIT if answer == YES else ASTRAY, to, 0


@inner
def _put(out: NDArray[np.int64], n: int, a: int, b: int, c: int, d: int) -> int:
    """Row n of `out`, if there is room; the number of rows."""
    if n < len(out):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = a, b, c, d
    return n + 1


@inner
def _part(
    data: NDArray[np.uint8], start: int, end: int, part: int, is_over: bool, may_be_cut: bool, uaps: Uaps, n: int,
    n_told: int, state: NDArray[np.int64], found_out: NDArray[np.int64], told_out: NDArray[np.int64],
) -> tuple[int, int]:
    """`blocks` of one part: how many were found and told in all."""
    at, cut_at, need, run, resume, credit = start, -1, 0, state[0], state[1], state[2]
    while at < end:
        if at == resume:
            run = IN_STEP
        answer, to, walked = _judged(data, at, end, is_over, run == LOST, credit, uaps)
        if answer == WAIT:
            need = to
            break
        if answer == YES:
            if cut_at >= 0:
                n_told = _put(told_out, n_told, JUNK, part, cut_at, n)
            n = _put(found_out, n, at + HEAD, to, 0, part)
            at, cut_at, run, resume = to, -1, IN_STEP, -1
            continue
        octet = data[at]
        if run == LOST:
            credit = min(credit - walked + REFILL, CREDIT)
        elif answer in (MISFIT, ASTRAY):
            n = _put(found_out, n, at + HEAD, to, 0, part)  # what is wrong with its records is for `walk` to tell
            resume = to if answer == MISFIT else -1
        elif answer == BEYOND and end - at > HEAD and (may_be_cut or at > start):
            cut_at = at  # unless a block is found behind it
        elif octet or run == IN_STEP:
            n_told = _put(told_out, n_told, JUNK if octet else PADDING, part, at, n)
        if octet:
            run = LOST
        elif run == IN_STEP:
            run = PADDED
        at += 1
    if is_over and cut_at >= 0:
        n_told = _put(told_out, n_told, CUT_SHORT, part, cut_at, n)
        n = _put(found_out, n, cut_at + HEAD, end, 1, part)
    state[0], state[1], state[2], state[3], state[4] = run, resume, credit, at, max(need, at + 1)
    return n, n_told


@kernel
def blocks(
    data: NDArray[np.uint8], start: NDArray[np.int64], end: NDArray[np.int64], is_cut: NDArray[np.int8],
    is_stream: bool, is_over: bool, uaps: Uaps, state: NDArray[np.int64], found_out: NDArray[np.int64],
    told_out: NDArray[np.int64],
) -> tuple[int, int]:
    """Find the blocks of P parts of `data` (start to end); how many, and how many things to tell, room or no room.

    A part is a datagram (is_cut: the capture did not keep all of it), or (is_stream, P = 1) what there is of a stream;
    is_over: no more comes. state (5,) of a stream, in and out: run (IN_STEP, PADDED, LOST), where the heads may go on
    after a block whose records do not fit it (-1 nowhere), credit; and out where it stopped, and how many octets there
    must be to go on.
    out: found_out (R, 4) start and end of a body, is it cut short, its part; told_out (S, 4) PADDING, JUNK (once a run
    of octets that begin nothing) or CUT_SHORT, part, where, blocks before. In step a block of a category that is read
    is found whether or not its records fit: `walk` tells what is wrong. If they do not, every octet within it is tried.
    """
    n, n_told = 0, 0
    for part in range(len(start)):
        if not is_stream:
            state[0], state[1], state[2] = IN_STEP, -1, CREDIT
        may_be_cut = is_stream or is_cut[part] != 0
        n, n_told = _part(
            data, start[part], end[part], part, is_over, may_be_cut, uaps, n, n_told, state, found_out, told_out
        )
    return n, n_told


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
