"""The rows of a table grow in blocks, and nothing of that is seen in it."""

from __future__ import annotations

import pytest
import streams

import flightward as fw
from flightward.tracks import engine, table


def test_many_small_blocks_hold_what_one_large_block_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = streams.make(8, 2, 40.0, seed=3).reports
    want = fw.track_table(reports)
    monkeypatch.setattr(table, "Rows", lambda n: engine.Rows(1))
    assert want.num_rows > 100
    assert fw.track_table(reports).equals(want)


def test_rows_are_joined_in_order() -> None:
    rows = engine.Rows(2)
    for k in range(7):
        rows.make_room(1)
        rows.columns[:, rows.n], rows.track[rows.n] = 10.0 + k, k
        rows.n += 1
    columns, track = rows.joined()
    assert track.tolist() == list(range(7))
    assert (columns == 10.0 + track).all()
