"""State as bytes and back: every kind of value, shared objects, and what must be refused."""

from __future__ import annotations

import collections
import dataclasses
import math
import threading
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.errors import BadInput, BadRecord
from flightward.model import Kind, Names, snapshot
from flightward.raids.stage import Raids


class Thing:
    """Takes any attributes; named as one of the package's own, as no others are kept."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: Any
    b: float


@pytest.fixture(autouse=True)
def as_if_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    name = "flightward.made_up"
    monkeypatch.setitem(sys.modules, name, sys.modules[__name__])
    for kind in (Thing, Pair, Frozen):
        monkeypatch.setattr(kind, "__module__", name)


CFG = {"settings": RaidsConfig()}


def back(thing: Thing, into: Thing, fixed: dict[str, object] | None = None) -> Thing:
    names = Names()
    snapshot.unpack(into, snapshot.pack(thing, fixed or CFG, names), fixed or CFG, names)
    return into


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return type(a) is type(b) and np.float64(a).tobytes() == np.float64(b).tobytes()
    if isinstance(a, list | tuple | collections.deque):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.integers(-9, 9) | st.text(), inner)
    | st.dictionaries(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), inner),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(values=st.lists(VALUES, max_size=4))
def test_every_plain_value_comes_back_bit_for_bit(values: list[Any]) -> None:
    assert same(back(Thing(x=values), Thing(x=None)).x, values)


@pytest.mark.parametrize("a", [
    np.zeros((0, 3)), np.arange(6, dtype=np.int8).reshape(2, 3), np.array([np.nan, -0.0, np.inf]), np.array([True]),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.array(["ab", "c"]), np.array(3.0),
    np.arange(3, dtype=np.uint64),
])  # fmt: skip
def test_arrays_keep_their_bytes_order_and_whether_they_may_be_written(a: np.ndarray) -> None:
    a = a.copy(order="K")
    a.flags.writeable = False
    found = back(Thing(a=a, b=a.copy(order="K")), Thing(a=None, b=None))
    assert same(found.a, a)
    assert found.a.flags.f_contiguous == a.flags.f_contiguous
    assert not found.a.flags.writeable
    assert found.b.flags.writeable


def test_sets_codes_named_tuples_and_dataclasses_come_back_as_they_were() -> None:
    values = [{3, 1}, frozenset({2}), Kind.BIRD, np.int8(3), Pair([1], np.ones(2)), Frozen((1,), np.nan)]
    found = back(Thing(x=values, y=collections.deque([1, 2])), Thing(x=None, y=None))
    assert found.x[:4] == values[:4]
    assert [type(v) for v in found.x] == [type(v) for v in values]
    assert found.x[4].b.tolist() == [1.0, 1.0]
    assert np.isnan(found.x[5].b)
    assert found.y == collections.deque([1, 2])


def test_two_names_of_one_object_stay_one_object() -> None:
    shared, inner = np.zeros(3), Thing(z=[1])
    found = back(Thing(a=shared, b=shared, c=inner, d=[inner, inner.z]), Thing(a=None, b=None, c=Thing(z=0), d=None))
    found.a[0] = 5.0
    assert found.b[0] == 5.0
    assert found.c is found.d[0]
    assert found.c.z is found.d[1]


def test_nan_stays_the_nan_that_it_was() -> None:
    own = float("inf") - float("inf")
    found = back(Thing(a=(1, math.nan), b=[np.nan, 2.0], c=(own, 1), d=own), Thing(a=0, b=0, c=0, d=0))
    assert found.a == (1, math.nan)  # equal as tuples are: by being the same object
    assert found.b[0] is np.nan
    assert found.c == (found.d, 1)
    assert math.isnan(found.d)


def test_objects_that_are_there_are_filled_and_keep_their_place() -> None:
    inner = Thing(z=0)
    into = Thing(a=inner)
    assert back(Thing(a=Thing(z=7)), into).a is inner
    assert inner.z == 7


def test_what_is_fixed_is_not_copied_but_found_again() -> None:
    cfg = RaidsConfig()
    fixed = {"settings": cfg}
    found = back(Thing(cfg=cfg, horizons=cfg.horizons_s), Thing(cfg=None, horizons=None), fixed)
    assert found.cfg is cfg
    assert found.horizons is cfg.horizons_s


def test_attributes_that_a_class_lists_are_left_out() -> None:
    assert set(Raids.NOT_KEPT) == {"_map", "_near_map"}
    kept = Thing(a=1, b=threading.Lock())
    Thing.NOT_KEPT = ("b",)  # type: ignore[attr-defined]
    try:
        assert back(kept, Thing(a=2, b="mine")).__dict__ == {"a": 1, "b": "mine"}
    finally:
        del Thing.NOT_KEPT  # type: ignore[attr-defined]


def test_what_cannot_be_kept_is_named() -> None:
    with pytest.raises(BadInput, match=r"Thing\.x\.y\[1\].*lock"):
        snapshot.pack(Thing(x=Thing(y=[1, threading.Lock()])), CFG, Names())
    with pytest.raises(BadInput, match=r"Thing\.x.*object"):
        snapshot.pack(Thing(x=np.array([None])), CFG, Names())


def test_other_settings_versions_and_shapes_are_refused() -> None:
    data = snapshot.pack(Thing(x=1), CFG, Names())
    with pytest.raises(BadInput, match="other settings"):
        snapshot.unpack(Thing(x=0), data, {"settings": RaidsConfig(draws=3)}, Names())
    with pytest.raises(BadRecord, match="version 9"):
        snapshot.unpack(Thing(x=0), data[:4] + b"\0\x09" + data[6:], CFG, Names())
    with pytest.raises(BadRecord, match="no snapshot"):
        snapshot.unpack(Thing(x=0), b"PK\3\4" + data[4:], CFG, Names())
    with pytest.raises(BadRecord, match=r"another version: Thing differs in new"):
        snapshot.unpack(Thing(x=0, new=1), data, CFG, Names())


def test_another_programs_snapshot_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = snapshot.pack(Thing(x=1), CFG, Names())
    monkeypatch.setattr(snapshot, "PROGRAM", "flightward 99")
    with pytest.raises(BadRecord, match=r"is of flightward 0.*this is flightward 99"):
        snapshot.unpack(Thing(x=0), data, CFG, Names())


def test_names_grow_to_those_of_the_snapshot_and_others_are_refused() -> None:
    data = snapshot.pack(Thing(x=1), CFG, Names(["a", "b"]))
    fewer = Names(["a"])
    snapshot.unpack(Thing(x=0), data, CFG, fewer)
    assert fewer.since(0) == ["a", "b"]
    more = Names(["a", "b", "c"])
    snapshot.unpack(Thing(x=0), data, CFG, more)
    assert len(more) == 3
    with pytest.raises(BadInput, match="other names"):
        snapshot.unpack(Thing(x=0), data, CFG, Names(["b"]))


@settings(max_examples=150, deadline=None)
@given(where=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_no_damage_passes(where: float, bit: int, cut: bool) -> None:
    good = snapshot.pack(Thing(x=np.arange(50.0), y=list(range(20))), CFG, Names())
    at = int(where * len(good))
    bad = good[:at] if cut else good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :]
    with pytest.raises((BadRecord, BadInput)):
        snapshot.unpack(Thing(x=None, y=None), bad, CFG, Names())


def test_a_snapshot_cannot_name_foreign_code() -> None:
    import lz4.frame

    data = snapshot.pack(Thing(x=Thing(y=1)), CFG, Names())
    for name in (b"os:system", b"flightward.made_up:np", b"flightward.not_here:Thing"):
        body = lz4.frame.decompress(data[snapshot.HEAD :])
        inner = b"flightward.made_up:Thing"
        first = body.index(inner)
        at = body.index(inner, first + 1)
        changed = body[: at - 1] + bytes([0xA0 + len(name)]) + name + body[at + len(inner) :]
        size = int.from_bytes(body[:8], "big") + len(name) - len(inner)
        frame = lz4.frame.compress(size.to_bytes(8, "big") + changed[8:])
        packed = data[:6] + snapshot._sum(frame) + frame
        with pytest.raises(BadRecord):
            snapshot.unpack(Thing(x=None), packed, CFG, Names())
