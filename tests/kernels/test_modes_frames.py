"""Beast frames, the parity, counters: made frames come back whatever stands between them; the division done bit by
bit; receivers that count from anywhere give the times that they were read at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.modes_frames import HELD_MAX, N_CLOCKS, follow_clocks, frames, remainders
from flightward.kernels.voices import WIDTH, voices


def found(data, is_lost=0):
    octets = np.frombuffer(data, dtype=np.uint8)
    room = len(data) // 9 + 1
    kind, ticks, signal = (np.empty(room, dtype=np.int64) for _ in range(3))
    message, state = np.empty((room, 14), dtype=np.uint8), np.empty(3, dtype=np.int64)
    n = frames(octets, is_lost, kind, ticks, signal, message, state)
    rows = [(chr(kind[k]), int(ticks[k]), int(signal[k]), message[k].tobytes()) for k in range(n)]
    return rows, state.tolist()


def frame(kind, ticks, signal, message):
    body = ticks.to_bytes(6, "big") + bytes([signal]) + message
    return b"\x1a" + kind.encode() + body.replace(b"\x1a", b"\x1a\x1a")


SIZES = {"1": 2, "2": 7, "3": 14, "4": 14}
made = st.sampled_from("1234").flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.integers(0, 2**48 - 1), st.integers(0, 255),
        st.lists(st.sampled_from([0x1A, 0x31, 0, 255, 7]), min_size=SIZES[kind], max_size=SIZES[kind]).map(bytes),
    )
)  # fmt: skip


@given(st.lists(made, max_size=6), st.binary(max_size=8).filter(lambda b: 0x1A not in b))
@settings(max_examples=200, deadline=None)
def test_frames_come_back(sent, rubbish):
    data = rubbish.join(frame(*s) for s in sent)
    rows, (used, n_bad, _) = found(data)
    assert rows == [(k, t, s, m.ljust(14, b"\0")) for k, t, s, m in sent]
    assert used == len(data)
    assert n_bad == (max(0, len(sent) - 1) if rubbish else 0)


NAME = b"\x1a\xe3" + b"\x1a\x1a1234567"


def test_the_name_of_a_receiver_is_passed_over():
    good = frame("3", 5, 9, bytes(range(14)))
    rows, (used, n_bad, lost) = found(NAME + good + NAME + NAME + good + NAME[:5])
    assert (len(rows), n_bad, lost) == (2, 0, 0)
    assert used == 2 * len(good) + 3 * len(NAME)
    assert found(NAME[:5] + good)[1][1] == 1


def test_a_frame_cut_short_by_the_next_is_counted_and_the_next_is_read():
    good = frame("2", 5, 9, bytes(range(7)))
    rows, (used, n_bad, lost) = found(good[:9] + good)
    assert (len(rows), n_bad, lost) == (1, 1, 0)
    rows, (used, n_bad, lost) = found(good + good[:-1])
    assert (len(rows), used, n_bad) == (1, len(good), 0)


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_the_same_frames_however_they_are_cut(noise, cuts):
    data = noise + NAME + frame("3", 1, 2, bytes(14)) + noise[::-1]
    whole, (used, bad, lost) = found(data)
    rows, rest, at, n_bad, lost_now = [], b"", 0, 0, 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        rest += data[at:cut]
        at = cut
        more, (used_now, bad_now, lost_now) = found(rest, lost_now)
        rows, n_bad, rest = rows + more, n_bad + bad_now, rest[used_now:]
    assert (rows, n_bad, lost_now, len(data) - len(rest)) == (whole, bad, lost, used)


def slow_remainder(message):
    """Long division of polynomials, bit by bit."""
    bits = int.from_bytes(message, "big")
    for place in range(8 * len(message) - 1, 23, -1):
        if bits >> place & 1:
            bits ^= 0x1FFF409 << (place - 24)
    return bits


def remainder_of(message):
    octets = np.frombuffer(message.ljust(14, b"\0"), dtype=np.uint8).reshape(1, 14).copy()
    out = np.empty(1, dtype=np.int64)
    remainders(octets, np.array([len(message)]), out)
    return int(out[0])


@given(st.sampled_from([7, 14]).flatmap(lambda n: st.binary(min_size=n, max_size=n)))
@settings(deadline=None)
def test_the_remainder_is_that_of_the_division(message):
    assert remainder_of(message) == slow_remainder(message)


def test_parity_of_real_messages():
    assert remainder_of(bytes.fromhex("8d40621d58c382d690c8ac2863a7")) == 0
    assert remainder_of(bytes.fromhex("8d40621d58c382d690c8ac2863a6")) == 1
    assert remainder_of(bytes.fromhex("5d3981e46dc8eb")) == slow_remainder(bytes.fromhex("5d3981e46dc8eb"))


def told(said):
    """said: (time, is position, east or None, and perhaps up); what is kept, and the velocities east and up."""
    n = len(said)
    t = np.array([s[0] for s in said], dtype=np.float64)
    position = np.array([s[1] for s in said], dtype=np.int8)
    v = np.full((n, 3), np.nan)
    for k, (_, _, east, *up) in enumerate(said):
        v[k, :2] = (np.nan, np.nan) if east is None else (east, 0.0)
        v[k, 2] = up[0] if up else np.nan
    keep, out = np.empty(n, dtype=np.int8), np.empty((n, 3))
    voices(t, np.zeros(n, dtype=np.int64), position, v, np.full((1, WIDTH), np.nan), keep, out)
    return keep.tolist(), out[:, 0].tolist(), out[:, 2].tolist()


def test_a_velocity_goes_with_the_positions_that_follow_it():
    keep, east, _ = told([(0.0, 1, None), (0.4, 0, 100.0), (0.5, 1, None), (2.8, 1, None), (3.5, 1, None)])
    assert keep == [1, 0, 1, 1, 1]
    assert np.isnan(east[0]) and east[2:4] == [100.0, 100.0] and np.isnan(east[4])


def test_a_velocity_stands_alone_once_a_second_where_positions_stopped():
    keep, _, _ = told([(0.0, 1, None), (1.0, 0, 9.0), *[(3.0 + k / 2, 0, 9.0) for k in range(4)], (9.0, 0, None)])
    assert keep == [1, 0, 2, 0, 2, 0, 0]


def test_a_climb_has_its_own_age():
    keep, east, up = told([(0.0, 1, None), (0.4, 0, None, 5.0), (0.5, 1, None), (2.8, 0, 9.0), (2.9, 1, None)])
    assert keep == [1, 0, 1, 0, 1]
    assert np.isnan(east[2]) and up[2] == 5.0
    assert east[4] == 9.0 and up[4] == 5.0
    # alone it says nothing of where it goes
    assert told([(0.0, 0, None, 5.0), (3.0, 0, 9.0)])[0] == [0, 2]


def clocked(read, cuts=(), *, is_ended=1):
    """Readings in seconds or None, in pieces: seconds since the first, and how many counters were new."""
    ticks = np.array([-1 if r is None else round(r * 12e6) % 2**48 for r in read], dtype=np.int64)
    clocks, state = np.zeros((N_CLOCKS, 2), dtype=np.int64), np.zeros(3, dtype=np.int64)
    out, at = np.full(len(ticks), -9.0), 0
    for end in [*sorted(cuts), len(ticks)]:
        piece = np.empty(end - at)
        last = int(is_ended and end == len(ticks))
        n = follow_clocks(ticks[at:end].copy(), last, clocks, state, piece)
        out[at : at + n] = piece[:n]
        at += n
    return out[:at].tolist(), int(state[2])


def test_a_reading_that_is_not_given_has_the_time_of_the_one_before():
    times, _ = clocked([None, 5.0, None, 5.5, None])
    assert np.isnan(times[0]) and times[1:] == [0.0, 0.0, 0.5, 0.5]


def test_one_wrong_reading_moves_nothing():
    for wrong in (905.0, 0.001, 9e6):
        assert clocked([5.0, 5.5, wrong, 6.0, 6.5]) == ([0.0, 0.5, 0.5, 1.0, 1.5], 1)


def test_a_silence_counts_where_the_next_reading_goes_on():
    assert clocked([5.0, 5.5, 1_200.0, 1_200.5]) == ([0.0, 0.5, 1_195.0, 1_195.5], 0)
    assert clocked([5.0, 600.0, None, 1_200.0, 1_201.0]) == ([0.0, 595.0, 595.0, 1_195.0, 1_196.0], 0)
    # the last one has none: it may be anybody's
    assert clocked([5.0, 5.5, 1_200.0]) == ([0.0, 0.5, 0.5], 1)


def test_what_the_next_readings_tell_is_waited_for():
    assert clocked([5.0, 1_200.0, None, 1_200.5], is_ended=0)[0] == [0.0]
    assert clocked([5.0, *[1_200.0 + k / 4 for k in range(10)]], is_ended=0)[0][1:3] == [1_195.0, 1_195.25]
    # but not for ever
    assert len(clocked([5.0, 1_200.0, *[None] * HELD_MAX], is_ended=0)[0]) == HELD_MAX + 2


@given(
    st.lists(st.integers(1, 2**20), min_size=1, max_size=4, unique=True), st.integers(0, 2**48),
    st.lists(st.tuples(st.randoms(use_true_random=False), st.floats(0.0, 0.25)), min_size=2, max_size=6),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_receivers_that_speak_by_turns_share_one_time(offsets, start, rounds):
    true_s, read, now_s = [], [], 0.0
    for mix, step_s in rounds:
        order = list(offsets)
        mix.shuffle(order)
        for offset in order:
            now_s += step_s
            true_s.append(now_s)
            read.append(start / 12e6 + 40.0 * offset + now_s)
    times, n_new = clocked(read)
    assert n_new == len(offsets) - 1
    # each is off by what passed unseen before it was first heard
    assert np.abs(np.array(times) - np.array(true_s) + true_s[0]).max() <= 0.25 * len(offsets) + 1e-6


@given(
    st.lists(st.sampled_from([None, -0.5, 0.0, 0.3, 20.0, 45.0, 900.0, 4_000.0, -700.0]), max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_any_readings_give_the_same_times_however_they_are_cut(steps, cuts):
    at_s, read = 8_000.0, []
    for step in steps:
        at_s += step or 0.0
        read.append(None if step is None else at_s)
    whole, n_new = clocked(read)
    parts, n_parts = clocked(read, [c % (len(read) + 1) for c in cuts])
    assert (str(whole), n_new) == (str(parts), n_parts)
    known = [t for t in whole if not np.isnan(t)]
    assert all(b - a >= -1.0 for a, b in itertools.pairwise(known))


def test_more_receivers_than_are_remembered():
    read = [100.0 * k + 0.01 * j * 50 for j in range(3) for k in range(N_CLOCKS + 8, 0, -1)]
    times, n_new = clocked(read)
    assert n_new > N_CLOCKS and times == pytest.approx(sorted(times))
