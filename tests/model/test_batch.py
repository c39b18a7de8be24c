"""What every batch promises: dtypes, shapes, read-only columns, taking rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flightward.model as model
from flightward.model import Batch, Names, Path4D, RaidBatch, ZoneBatch, columns, f64, i8, i64

SCALARS = {"t_s": 0.0, "issued_s": 0.0, "resolution": 6, "horizon_s": f64([])}


def batch_types() -> list[type[Batch]]:
    found = [v for v in vars(model).values() if isinstance(v, type) and issubclass(v, Batch) and v is not Batch]
    return sorted(found, key=lambda c: c.__name__)


def empty(cls: type[Batch]) -> Batch:
    fields = [f for f in dataclasses.fields(cls) if "dtype" not in f.metadata]
    plain = [f.name for f in fields if f.default is dataclasses.MISSING]
    return cls.empty(**{name: SCALARS[name] for name in plain})


@pytest.mark.parametrize("cls", batch_types())
def test_every_type_has_an_empty_batch_and_documents_its_columns(cls: type[Batch]) -> None:
    assert len(empty(cls)) == 0
    for field in columns(cls):
        assert field.metadata["doc"], f"{cls.__name__}.{field.name} has no description"
        assert field.metadata["dtype"] in ("f8", "i8", "i1", "u8")


@pytest.mark.parametrize("cls", batch_types())
def test_names_of_physical_columns_end_in_their_unit(cls: type[Batch]) -> None:
    suffix = {"m": "_m", "s": "_s", "rad": "_rad", "m/s": "_mps", "m2": "_m2"}
    for field in columns(cls):
        want = suffix.get(field.metadata["unit"])
        assert want is None or field.name.endswith(want), f"{cls.__name__}.{field.name} is in {field.metadata['unit']}"


def path(n: int) -> Path4D:
    return Path4D(f64(np.arange(n)), f64(np.arange(n) * 10.0), f64(np.zeros(n)), f64(np.full(n, 100.0)))


def test_columns_are_read_only() -> None:
    p = path(3)
    with pytest.raises(ValueError, match="read-only"):
        p.e_m[0] = 5.0


def test_a_wrong_type_or_length_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"Path4D\.e_m must be a numpy array of float64, not int64"):
        Path4D(f64([0]), i64([0]), f64([0]), f64([0]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Path4D\.u_m has shape"):
        Path4D(f64([0]), f64([0]), f64([0]), f64([0, 1]))


def ragged(sizes: list[int]) -> RaidBatch:
    n, total = len(sizes), sum(sizes)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, dtype=np.int64))])
    z = f64(np.zeros(n))
    return RaidBatch(
        t_s=0.0, raid=i64(np.arange(n)), n_expected=z, e_m=z, n_m=z, u_m=z, ve_mps=z, vn_mps=z, speed_mps=z,
        course_spread_rad=z, speed_spread_mps=z, arrivals_per_min=z, since_s=z, start=start,
        member=i64(np.arange(total)), extent_start=i64(np.zeros(n + 1)), extent_e_m=f64([]), extent_n_m=f64([]),
    )


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.integers(0, 5), max_size=8), data=st.data())
def test_taking_rows_takes_their_ragged_parts_too(sizes: list[int], data: st.DataObject) -> None:
    batch = ragged(sizes)
    rows = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=6)) if sizes else []
    got = batch.take(i64(rows))
    assert got.raid.tolist() == rows
    for at, row in enumerate(rows):
        want = batch.member[batch.start[row] : batch.start[row + 1]].tolist()
        assert got.member[got.start[at] : got.start[at + 1]].tolist() == want


def test_names_number_in_order_and_unknown_is_none() -> None:
    names = Names(["a"])
    assert [names.intern(t) for t in ("b", "a", "", None, "b")] == [1, 0, -1, -1, 1]
    assert names.text(1) == "b"
    assert names.text(-1) is None
    assert names.since(1) == ["b"]


def zone(windows: list[tuple[float, float, float]]) -> ZoneBatch:
    return ZoneBatch(
        name=i64([0]), kind=i8([0]), floor_m=f64([0]), ceiling_m=f64([1e4]), source=i64([-1]), exempt_mask=i64([0]),
        start=i64([0, 3]), e_m=f64([0, 1, 0]), n_m=f64([0, 0, 1]), window_start=i64([0, len(windows)]),
        from_s=f64([w[0] for w in windows]), to_s=f64([w[1] for w in windows]),
        published_s=f64([w[2] for w in windows]),
    )


def test_nobody_reads_a_zone_ahead_of_its_time() -> None:
    z = zone([(100.0, 200.0, np.nan)])
    assert z.active_at(99.0, 150.0).tolist() == [0]  # not begun: nobody knows
    assert z.active_at(100.0, 150.0).tolist() == [1]
    assert z.active_at(150.0, 500.0).tolist() == [1]  # its end is not known before it comes
    assert z.active_at(200.0, 200.0).tolist() == [0]
    assert z.active_since(150.0).tolist() == [100.0]


def test_a_published_window_is_known_with_its_end() -> None:
    z = zone([(100.0, 200.0, 10.0)])
    assert z.active_at(5.0, 150.0).tolist() == [0]
    assert z.active_at(10.0, 150.0).tolist() == [1]
    assert z.active_at(10.0, 250.0).tolist() == [0]
    assert z.active_at(10.0, 50.0).tolist() == [0]


def test_a_path_is_cut_shifted_and_measured() -> None:
    p = path(4)
    assert p.at(1.5) == (15.0, 0.0, 100.0)
    assert p.length_m == 30.0
    rest = p.after(1.5)
    assert rest.t_s.tolist() == [1.5, 2.0, 3.0]
    assert rest.e_m.tolist() == [15.0, 20.0, 30.0]
    assert p.after(-5.0).t_s.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert p.after(9.0).e_m.tolist() == [30.0]
    assert p.shifted(10.0).t_s.tolist() == [10.0, 11.0, 12.0, 13.0]
