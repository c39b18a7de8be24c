"""Made-up batches with every column filled, NaN and NONE among them; the same seed gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from flightward.model import (
    AdviceBatch,
    AreaAlertBatch,
    AreaFrame,
    Batch,
    CellForecast,
    Coverage,
    FlightBatch,
    FlightStates,
    Inbox,
    Names,
    RaidBatch,
    RaidEventBatch,
    RaidPicture,
    ReportBatch,
    SensorBatch,
    Setup,
    SiteBatch,
    StepResult,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
    WarningHistory,
    ZoneBatch,
    columns,
)
from flightward.model.gnss import GnssAreaBatch

SINCE_VERSION_1 = {
    (AdviceBatch, name)
    for name in ("agreed", "minimum", "then", "change", "before", "before_site", "before_p")
}
"""Columns that the kept recordings of version 1 do not have: they take nothing from the generator of the others."""
START_S = 1_760_248_800.0


def fake_batch(kind: type[Batch], n: int, rng: np.random.Generator, **scalars: Any) -> Any:
    """A batch of n rows of random values."""
    values: dict[str, Any] = dict(scalars)
    new_rng = np.random.default_rng(11)
    sizes: dict[str, int] = {}
    for field in columns(kind):
        meta = field.metadata
        if meta.get("start"):
            start = np.concatenate([[0], np.cumsum(rng.integers(0, 5, n))]).astype(np.int64)
            values[field.name] = start
            sizes[field.name] = int(start[-1])
            continue
        source = new_rng if (kind, field.name) in SINCE_VERSION_1 else rng
        rows = sizes[meta["flat"]] if meta["flat"] else n
        shape = (rows, *meta["tail"])
        if meta["dtype"] == "f8":
            column = source.normal(0.0, 1e4, shape)
            column[source.random(shape) < 0.1] = np.nan
        elif meta["dtype"] == "i1":
            column = source.integers(-1, 4, shape).astype(np.int8)
        elif meta["dtype"] == "u8":
            column = rng.integers(2**59, 2**60, shape).astype(np.uint64)
        else:
            column = source.integers(-1, 3, shape).astype(np.int64)
        values[field.name] = column
    return kind(**values)


def fake_setup(rng: np.random.Generator) -> Setup:
    """A setup of a few of everything; names are the numbers 0..9 as words."""
    sensors = fake_batch(SensorBatch, 3, rng)
    sites, flights = fake_batch(SiteBatch, 4, rng), fake_batch(FlightBatch, 2, rng)
    return Setup(
        title="a day", real="nothing", simulated="everything", source="tests", licence="CC0-1.0",
        frame=AreaFrame(0.8, 0.4), radius_m=2e5, qnh_hpa=float("nan"), geoid_m=30.1, start_s=START_S,
        end_s=START_S + 100.0, names=Names([f"n{k}" for k in range(10)]), sensors=sensors, sites=sites,
        zones=fake_batch(ZoneBatch, 2, rng), flights=flights, thresholds={"caught_n": 2},
    )  # fmt: skip


def fake_step(
    t_s: float, rng: np.random.Generator, cells: CellForecast | None = None, n: int = 5
) -> tuple[Inbox, StepResult]:
    """What came in and out of one made-up second."""
    k = int(rng.integers(0, n + 1))
    reports = fake_batch(ReportBatch, k, rng)
    alerts = fake_batch(AreaAlertBatch, int(rng.integers(0, 2)), rng)
    inbox = Inbox(t_s, reports, alerts, int(rng.integers(0, 3)))
    tracks = fake_batch(TrackBatch, n, rng, t_s=t_s)
    advice = fake_batch(AdviceBatch, int(rng.integers(0, 3)), rng, t_s=t_s) if rng.random() < 0.5 else None
    result = StepResult(
        t_s=t_s, tracks=tracks, coverage=fake_batch(Coverage, 3, rng, t_s=t_s),
        picture=RaidPicture(
            fake_batch(RaidBatch, int(rng.integers(0, 3)), rng, t_s=t_s), None, False, cells, None,
            events=fake_batch(RaidEventBatch, int(rng.integers(0, 3)), rng, t_s=t_s),
        ),
        states=fake_batch(FlightStates, 2, rng, t_s=t_s), threats=fake_batch(ThreatBatch, 3, rng, t_s=t_s),
        warnings=fake_batch(WarningBatch, int(rng.integers(0, 2)), rng, t_s=t_s), advice=advice,
        track_raid=rng.integers(-1, 4, n), gnss=fake_batch(GnssAreaBatch, int(rng.integers(0, 3)), rng, t_s=t_s),
        history=fake_batch(WarningHistory, int(rng.integers(0, 3)), rng, t_s=t_s),
    )  # fmt: skip
    return inbox, result


def fake_cells(t_s: float, rng: np.random.Generator) -> CellForecast:
    """A forecast of a few cells."""
    return fake_batch(CellForecast, 7, rng, issued_s=t_s, resolution=6)


def assert_same(a: Any, b: Any, where: str = "") -> None:
    """Two batches, inboxes or results, equal to the bit."""
    assert type(a) is type(b), where
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), where
    elif isinstance(a, (Names, AreaFrame)):
        assert vars(a) == vars(b), where
    elif hasattr(a, "__dict__"):
        for name in vars(a):
            assert_same(getattr(a, name), getattr(b, name), f"{where}.{name}")
    else:
        assert a == b or (a != a and b != b), where
