"""Walking ASTERIX records: records that are made item by item are found where they were put; days across midnight."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.feeds.asterix.layouts import UAPS, Layout, layouts, uaps
from flightward.kernels.asterix_walk import (
    CHAIN,
    COMPOUND,
    CREDIT,
    CUT,
    CUT_SHORT,
    EMPTY_ITEM,
    EXPLICIT,
    FIXED,
    IN_STEP,
    JUNK,
    MISSING_ITEM,
    OK,
    PADDING,
    REPEATED,
    SPARE,
    SPARE_ITEM,
    blocks,
    on_days,
    walk,
)

LAYOUTS = [layout for category in UAPS for layout in layouts(category)]


def walked(bodies, layout, cut=(), room=64):
    data = np.frombuffer(b"".join(bodies) + bytes(16), dtype=np.uint8)
    ends = np.cumsum([len(b) for b in bodies]).astype(np.int64)
    starts = (ends - [len(b) for b in bodies]).astype(np.int64)
    is_cut = np.array([k in cut for k in range(len(bodies))], dtype=np.int8)
    offsets = np.empty((room, len(layout.slots)), dtype=np.int32)
    block, status = np.empty(room, dtype=np.int64), np.empty(len(bodies), dtype=np.int8)
    n = walk(data, starts, ends, is_cut, layout.nodes, layout.needed, offsets, block, status)
    return n, offsets[: min(n, room)], block[: min(n, room)], status


def flags(present, n):
    """The bits of an FSPEC (or a primary field) as octets: the least number that holds the last one."""
    last = max((k for k in range(n) if k in present), default=0)
    octets = []
    for first in range(0, last + 1, 7):
        octet = sum(0x80 >> (k - first) for k in range(first, min(first + 7, n)) if k in present)
        octets.append(octet | (1 if first + 7 <= last else 0))
    return bytes(octets)


class Maker:
    """A record item by item, remembering where each one was put."""

    def __init__(self, layout: Layout, draw) -> None:
        self.layout, self.draw, self.at = layout, draw, {}

    def simple(self, node):
        kind, size = self.layout.nodes[node, :2].tolist()
        octets = lambda n: self.draw(st.binary(min_size=n, max_size=n))  # noqa: E731
        if kind == FIXED:
            return octets(size)
        if kind == CHAIN:
            parts = [bytearray(octets(size)) for _ in range(self.draw(st.integers(1, 3)))]
            for k, part in enumerate(parts):
                part[-1] = part[-1] & 0xFE | (k < len(parts) - 1)
            return b"".join(bytes(p) for p in parts)
        n = self.draw(st.integers(0, 3))
        if kind == REPEATED:
            return bytes([n]) + octets(n * size)
        assert kind == EXPLICIT
        return bytes([n + 1]) + octets(n)

    def record(self, base):
        nodes, needed = self.layout.nodes, self.layout.needed
        free = [k for k in range(len(needed)) if nodes[k, 0] != SPARE and not needed[k]]
        chosen = self.draw(st.lists(st.sampled_from(free), max_size=9))
        present = {k for k in range(len(needed)) if needed[k]} | set(chosen)
        body = flags(present, len(needed))
        for node in sorted(present):
            self.at[nodes[node, 4]] = base + len(body)
            if nodes[node, 0] != COMPOUND:
                body += self.simple(node)
                continue
            first, count = nodes[node, 2:4].tolist()
            parts = set(self.draw(st.lists(st.sampled_from([k for k in range(count) if nodes[first + k, 0] != SPARE]))))
            body += flags(parts, count)
            for k in sorted(parts):
                self.at[nodes[first + k, 4]] = base + len(body)
                body += self.simple(first + k)
        return body


@given(st.data(), st.sampled_from(LAYOUTS))
@settings(max_examples=200, deadline=None)
def test_items_are_found_where_they_were_put(data, layout):
    body, wanted = b"", []
    for _ in range(data.draw(st.integers(1, 4))):
        maker = Maker(layout, data.draw)
        body += maker.record(len(body))
        wanted.append([maker.at.get(slot, -1) for slot in range(len(layout.slots))])
    n, offsets, block, status = walked([body], layout)
    assert status.tolist() == [OK]
    assert n == len(wanted) and block.tolist() == [0] * n
    assert offsets.tolist() == wanted


@given(st.binary(max_size=60), st.sampled_from(LAYOUTS))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_records_or_refused_and_nothing_is_found_outside(body, layout):
    n, offsets, _, status = walked([body], layout)
    assert status[0] in (OK, CUT, SPARE_ITEM, EMPTY_ITEM, MISSING_ITEM)
    assert n == 0 or status[0] == OK
    assert np.all(offsets < len(body))


def test_a_block_that_slips_gives_no_record_and_the_next_one_does():
    layout = layouts(34)[0]
    good = bytes([0b11000000, 1, 2, 3])
    n, offsets, block, status = walked([good + good[:-1], good], layout)
    assert (n, block.tolist(), status.tolist()) == (1, [1], [CUT, OK])
    assert offsets[0][layout.slots["000"]] == 7 + 3
    # what the capture cut short keeps its whole records
    n, _, block, _ = walked([good + good[:-1], good], layout, cut=(0,))
    assert (n, block.tolist()) == (2, [0, 1])


def test_what_is_wrong_with_a_record_is_told():
    layout = layouts(65)[0]
    assert walked([bytes([0b11000000, 1, 2, 3])], layout)[3].tolist() == [OK]
    assert walked([bytes([0b01000000, 3])], layout)[3].tolist() == [MISSING_ITEM]
    # FRN 8 is spare in CAT 065
    assert walked([bytes([0b11000001, 0b10000000, 1, 2, 3, 9])], layout)[3].tolist() == [SPARE_ITEM]
    # RE (FRN 13) with a length of 0
    assert walked([bytes([0b11000001, 0b00000100, 1, 2, 3, 0])], layout)[3].tolist() == [EMPTY_ITEM]


def test_more_records_than_room_are_counted():
    layout = layouts(34)[0]
    n, offsets, _, _ = walked([bytes([0b11000000, 1, 2, 3]) * 10], layout, room=4)
    assert n == 10 and len(offsets) == 4


GOOD = bytes([34, 0, 7, 0b11000000, 1, 2, 3])
OTHER = bytes([8, 0, 5, 9, 9])


def searched(*parts, is_stream=False, is_over=True, cut=(), room=64):
    """(start, end, is cut, part) of the bodies found; (code, part, where, blocks before) told; where it stopped."""
    data = np.frombuffer(b"".join(parts) + bytes(16), dtype=np.uint8)
    end = np.cumsum([len(p) for p in parts]).astype(np.int64)
    is_cut = np.array([k in cut for k in range(len(parts))], dtype=np.int8)
    state = np.array([IN_STEP, -1, CREDIT, 0, 0], dtype=np.int64)
    found, told = np.empty((room, 4), dtype=np.int64), np.empty((room, 4), dtype=np.int64)
    start = (end - [len(p) for p in parts]).astype(np.int64)
    n, n_told = blocks(data, start, end, is_cut, is_stream, is_over, uaps(), state, found, told)
    return [tuple(r) for r in found[:n].tolist()], [tuple(r) for r in told[:n_told].tolist()], state[3:].tolist()


def test_blocks_follow_each_other_in_each_part():
    found, told, _ = searched(GOOD + GOOD + bytes(2), OTHER, b"", GOOD)
    assert found == [(3, 7, 0, 0), (10, 14, 0, 0), (19, 21, 0, 1), (24, 28, 0, 3)]
    assert told == [(PADDING, 0, 14, 2)]


def test_a_head_that_is_lost_is_found_again_where_another_or_the_end_follows():
    junk = b"\x22\x00\x08"  # the head of a block of eight octets, which reaches into the next
    found, told, _ = searched(GOOD + b"??" + GOOD + junk + GOOD + GOOD)
    # what is in step and does not fit is found, for `walk` to tell why
    assert [f[:2] for f in found] == [(3, 7), (12, 16), (19, 24), (22, 26), (29, 33)]
    assert told == [(JUNK, 0, 7, 1)]
    # neither fits nor follows: nothing is made of it
    assert searched(b"??" + GOOD + b"??")[0] == []


def test_what_is_not_read_must_lead_to_a_head():
    assert [f[:2] for f in searched(OTHER + b"\x07" + OTHER[1:] + GOOD)[0]] == [(3, 5), (8, 10), (13, 17)]
    found, told, _ = searched(b"\x08\x00\x06" + GOOD)  # its end would be within the block behind it
    assert (found, told) == ([(6, 10, 0, 0)], [(JUNK, 0, 0, 0)])


def test_a_block_beyond_the_end_is_cut_short_unless_another_stands_in_it():
    short = b"\x22\x00\x40" + GOOD[3:]
    assert searched(GOOD + short)[:2] == ([(3, 7, 0, 0), (10, 14, 1, 0)], [(CUT_SHORT, 0, 7, 1)])
    assert searched(GOOD + short + GOOD)[:2] == ([(3, 7, 0, 0), (17, 21, 0, 0)], [(JUNK, 0, 7, 1)])
    # alone in a datagram it is none, unless the capture cut that
    assert searched(short)[0] == [] and searched(short, cut=(0,))[0] == [(3, 7, 1, 0)]


def test_a_stream_waits_for_what_it_needs():
    assert searched(GOOD + GOOD[:5], is_stream=True, is_over=False)[::2] == ([(3, 7, 0, 0)], [7, 14])
    # it fits, but heads were lost, and nothing stands behind it yet
    found, told, stopped = searched(b"?\x00\x01" + GOOD, is_stream=True, is_over=False)
    assert (found, told, stopped) == ([], [(JUNK, 0, 0, 0)], [3, 13])
    assert searched(b"?\x00\x01" + GOOD, is_stream=True)[0] == [(6, 10, 0, 0)]


def test_more_blocks_than_room_are_counted():
    data = np.frombuffer(GOOD * 9, dtype=np.uint8)
    found, told, state = np.empty((2, 4), dtype=np.int64), np.empty((2, 4), dtype=np.int64), np.zeros(5, dtype=np.int64)
    end, none = np.array([len(data)], dtype=np.int64), np.zeros(1, dtype=np.int64)
    assert blocks(data, none, end, none.astype(np.int8), False, True, uaps(), state, found, told) == (9, 0)
    assert found.tolist() == [[3, 7, 0, 0], [10, 14, 0, 0]]


def days(tods, start_s):
    state, out = np.array([start_s, -1.0, np.nan]), np.empty(len(tods))
    on_days(np.array(tods, dtype=np.float64), state, out)
    return out.tolist()


def test_midnight_is_crossed_both_ways():
    assert days([86_399.0, 0.5, 86_399.9, 1.0], 86_398.0) == [86_399.0, 86_400.5, 86_399.9, 86_401.0]


def test_one_wrong_clock_does_not_move_the_day_and_a_lasting_jump_does():
    start = 10 * 86_400.0 + 40_000.0
    assert days([40_000.0], start - 7_000.0)[0] == start
    assert days([40_001.0, 83_300.0, 40_002.0], start)[2] == start + 2.0
    # over ten hours of silence, then ten more: a file that skips the night
    later = [40_000.0] + [76_000.0] * 6 + [20_000.0] * 2
    assert days(later, start)[-1] == 11 * 86_400.0 + 20_000.0


def test_an_unknown_time_of_day_stays_unknown():
    out = days([np.nan, 5.0], 0.0)
    assert np.isnan(out[0]) and out[1] == 5.0


@given(st.lists(st.floats(0.0, 3_000.0), min_size=1, max_size=60), st.floats(0.0, 1e6))
def test_steps_of_less_than_an_hour_are_followed_for_days(steps, start):
    true = start + np.cumsum(steps)
    assert np.allclose(days(np.mod(true, 86_400.0), start), true, atol=1e-6)
