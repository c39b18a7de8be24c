"""JSON objects in a stream: however they stand and are cut; damage costs itself; sizes are bounded."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flightward.feeds import jsontexts
from flightward.feeds.jsontexts import JsonTexts
from flightward.feeds.rows import Rejects


def values_of(*pieces: bytes) -> tuple[list[dict[str, Any]], dict[str, int]]:
    texts = JsonTexts(Rejects())
    for piece in pieces:
        texts.receive(piece)
    texts.finish()
    return [value for _, value in texts.take()], texts.rejects.counts


def test_lines_lists_one_after_another_and_pretty_printed() -> None:
    one, two = {"a": '} "{\\'}, {"b": [{"c": 1}]}
    lines = f"{json.dumps(one)}\n{json.dumps(two)}\n".encode()
    for data in (lines, json.dumps([one, two], indent=1).encode(), json.dumps(one).encode() + json.dumps(two).encode()):
        assert values_of(data) == ([one, two], {})
    assert values_of(b'\xef\xbb\xbf{"a": 1}\0') == ([{"a": 1}], {})


def test_a_damaged_line_costs_itself() -> None:
    assert values_of(b'{"a": 1}\n{"b": \n{"c": 3}\n{"d": 4}\n') == ([{"a": 1}, {"c": 3}, {"d": 4}], {"json": 1})
    assert values_of(b'{"a": "no end\n{"c": 3}\n') == ([{"c": 3}], {"json": 1})
    assert values_of(b'hello {"a": 1} 17 [2] {"b": 2}') == ([{"a": 1}, {"b": 2}], {"junk": 2})
    assert values_of(b'{"a": 1') == ([], {"json": 1})
    assert values_of(b'{"a":' * 5_000 + b"1" + b"}" * 5_000)[1] == {"json": 1}  # deeper than any message


def test_a_line_of_a_hundred_megabytes_is_bounded_and_the_next_is_read() -> None:
    texts = JsonTexts(Rejects())
    texts.receive(b'{"a": "')
    for _ in range(100):
        texts.receive(b"x" * (1 << 20))
        assert len(texts._kept) <= jsontexts.TEXT_MAX
    texts.receive(b'"}\n{"b": 2}\n')
    texts.finish()
    assert [v for _, v in texts.take()] == [{"b": 2}]
    assert texts.rejects.counts == {"too_long": 1}


_PIECES = st.sampled_from([
    b'{"a": 1}', b'{"b": "x\\"}{"}', b"{", b"}", b'"', b"\\", b"\n", b"[", b",", b"7", b'{"c": [{}]}',
])


@given(st.lists(_PIECES, max_size=14), st.lists(st.integers(1, 9), max_size=12))
def test_however_the_bytes_are_cut_the_values_are_the_same(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)
    whole = values_of(data)
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    assert values_of(*pieces, data[at:]) == whole
    assert values_of(*[data[k : k + 1] for k in range(len(data))]) == whole


@given(st.binary(max_size=200))
def test_any_bytes_give_values_or_counts(data: bytes) -> None:
    got, counts = values_of(data)
    assert got or counts or not data.strip(jsontexts._BETWEEN)


@given(st.lists(st.dictionaries(st.text(max_size=4), st.recursive(st.none() | st.text(max_size=6) | st.integers(-9, 9),
                lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=3), s, max_size=3), max_leaves=8),
                max_size=3), max_size=4), st.sampled_from([None, 0, 2]))
def test_what_json_writes_is_read(given_values: list[dict[str, Any]], indent: int | None) -> None:
    data = "\n".join(json.dumps(v, indent=indent) for v in given_values).encode()
    assert values_of(data) == (given_values, {})
