"""All sensors' reports as one feed file: delayed, some late, some twice, in the order in which they arrive."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from flightward.feeds.case.write import REPORTS_SCHEMA
from flightward.model.batch import F64, NONE
from flightward.model.codes import Kind
from flightward.simulate.observe import Raw
from flightward.simulate.scenario import Sensor
from flightward.simulate.world import World

_DECIMALS = {"range_m": 3, "azimuth_rad": 7, "elevation_rad": 7, "range_rate_mps": 3, "rcs_m2": 6, "hae_m": 2}


def sent(sensor: Sensor, raw: Raw, rng: np.random.Generator) -> tuple[Raw, F64]:
    """The reports with their arrival times after the start: late ones and second copies among them."""
    n = len(raw.t_s)
    again = np.flatnonzero(rng.random(n) < sensor.duplicate_frac)
    raw = raw.take(np.concatenate([np.arange(n), again]))
    n = len(raw.t_s)
    delay = sensor.latency_s + rng.exponential(sensor.jitter_s, n)
    late = rng.random(n) < sensor.late_frac
    delay = delay + np.where(late, rng.uniform(2.0, max(sensor.late_max_s, 2.0), n), 0.0)
    return raw, raw.heard_s + delay


def reports_table(
    sensors: list[Sensor], raws: list[Raw], arrivals_s: list[F64], world: World, start_s: float
) -> pa.Table:
    """The feed `reports-parquet`, sorted by arrival (then by time, then by sensor)."""
    counts = [len(r.t_s) for r in raws]
    sensor = np.repeat(np.arange(len(sensors)), counts)
    t = _all([r.t_s for r in raws])
    t_rx = _all(arrivals_s)
    order = np.lexsort((sensor, t, t_rx))
    who = _ints([r.who for r in raws])[order]
    kind = _ints([r.kind for r in raws])[order]
    columns: dict[str, pa.Array] = {
        "t_s": pa.array(start_s + np.round(t[order], 6)),
        "t_rx_s": pa.array(start_s + np.round(t_rx[order], 6)),
        "sensor_id": pa.array([s.id for s in sensors], pa.string()).take(pa.array(sensor[order])),
        "identity": _named(world.icao24, who),
        "kind": _named([k.word for k in Kind], kind),
        "p_kind": _nullable(_all([r.p_kind for r in raws])[order]),
    }
    measured = {name for r in raws for name in r.values}
    for field in REPORTS_SCHEMA:
        if field.name in measured:
            parts = [r.values.get(field.name, np.full(len(r.t_s), np.nan)) for r in raws]
            column = _all(parts)[order]
            columns[field.name] = _nullable(np.round(column, _DECIMALS.get(field.name, 9)))
    n = len(t)
    rows = [columns[f.name] if f.name in columns else pa.nulls(n, f.type) for f in REPORTS_SCHEMA]
    return pa.table(rows, schema=REPORTS_SCHEMA)


def _all(parts: list[F64]) -> F64:
    return np.concatenate([np.zeros(0), *parts])


def _ints(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _nullable(values: F64) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _named(words: list[str], index: np.ndarray) -> pa.Array:
    """The words at an index; null for NONE."""
    return pa.array(words, pa.string()).take(pa.array(index, mask=index == NONE))
