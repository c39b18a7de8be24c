"""Beast frames and the parity: made frames come back whatever stands between them; the division done bit by bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.modes_frames import frames, remainders
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


def test_a_frame_cut_short_by_the_next_is_counted_and_the_next_is_read():
    good = frame("2", 5, 9, bytes(range(7)))
    rows, (used, n_bad, lost) = found(good[:9] + good)
    assert (len(rows), n_bad, lost) == (1, 1, 0)
    rows, (used, n_bad, lost) = found(good + good[:-1])
    assert (len(rows), used, n_bad) == (1, len(good), 0)


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_the_same_frames_however_they_are_cut(noise, cuts):
    data = noise + frame("3", 1, 2, bytes(14)) + noise[::-1]
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
    """said: (time, is position, east or None)."""
    n = len(said)
    t = np.array([s[0] for s in said], dtype=np.float64)
    position = np.array([s[1] for s in said], dtype=np.int8)
    v = np.array([[np.nan] * 3 if s[2] is None else [s[2], 0.0, np.nan] for s in said]).reshape(n, 3)
    keep, out = np.empty(n, dtype=np.int8), np.empty((n, 3))
    voices(t, np.zeros(n, dtype=np.int64), position, v, np.full((1, WIDTH), np.nan), keep, out)
    return keep.tolist(), out[:, 0].tolist()


def test_a_velocity_goes_with_the_positions_that_follow_it():
    keep, east = told([(0.0, 1, None), (0.4, 0, 100.0), (0.5, 1, None), (2.8, 1, None), (3.5, 1, None)])
    assert keep == [1, 0, 1, 1, 1]
    assert np.isnan(east[0]) and east[2:4] == [100.0, 100.0] and np.isnan(east[4])


def test_a_velocity_stands_alone_once_a_second_where_positions_stopped():
    keep, _ = told([(0.0, 1, None), (1.0, 0, 9.0), *[(3.0 + k / 2, 0, 9.0) for k in range(4)], (9.0, 0, None)])
    assert keep == [1, 0, 2, 0, 2, 0, 0]
