"""The frames that are kept: found by time, whole, and bounded."""

from __future__ import annotations

import math
import random

import pytest

from flightward.web import Frame
from flightward.web.store import KEEP_FINE_S, FrameStore


def frame(t_s: float, size: int = 100, issued_s: float = math.nan, forecast: bytes | None = None) -> Frame:
    return Frame(t_s, random.Random(t_s).randbytes(size), issued_s, forecast)


def test_the_newest_at_or_before_is_found() -> None:
    store = FrameStore(1 << 20)
    assert store.at(5.0) is None
    for t in (1.0, 2.0, 4.0):
        store.add(frame(t))
    found = {t: store.at(t) for t in (0.0, 1.0, 3.9, 4.0, 99.0)}
    assert {t: f.t_s for t, f in found.items() if f is not None} == {0.0: 1.0, 1.0: 1.0, 3.9: 2.0, 4.0: 4.0, 99.0: 4.0}
    assert found[1.0] == frame(1.0)


def test_time_never_goes_back() -> None:
    store = FrameStore(1 << 20)
    store.add(frame(2.0))
    with pytest.raises(ValueError, match="not newer"):
        store.add(frame(2.0))


def test_memory_is_bounded_and_the_past_stays_whole() -> None:
    store = FrameStore(400_000)
    for t in range(5000):
        store.add(frame(float(t), 1000))
        assert store.n_bytes < 400_000 + 2_000
    newest = store.at(5000.0)
    assert newest is not None and newest.t_s == 4999.0
    fine = [store.at(4999.0 - k) for k in range(int(KEEP_FINE_S))]
    assert [f.t_s for f in fine if f is not None] == [4999.0 - k for k in range(int(KEEP_FINE_S))]
    early = store.at(1000.0)
    assert early is not None and 1000.0 - early.t_s < 500.0


def test_a_forecast_is_kept_once_and_dropped_with_its_frames() -> None:
    store = FrameStore(1 << 20)
    store.add(frame(1.0, issued_s=0.0, forecast=b"x" * 1000))
    before = store.n_bytes
    store.add(frame(2.0, issued_s=0.0, forecast=b"x" * 1000))
    assert store.forecast(0.0) == b"x" * 1000
    assert store.n_bytes - before < 150
    assert store.forecast(60.0) is None
