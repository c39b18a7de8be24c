"""Small made-up skies for the raids tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from flightward.model import (
    F64,
    AreaFrame,
    Coverage,
    FlightBatch,
    Names,
    SensorBatch,
    Setup,
    SiteBatch,
    TrackBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)
from flightward.model.codes import N_KINDS

START_S = 1_760_000_000.0


@dataclasses.dataclass(frozen=True)
class Made:
    """What the tests make skies with."""

    start_s: float
    coverage: Coverage
    area: Callable[..., Setup]
    sky: Callable[..., TrackBatch]


@pytest.fixture(scope="session")
def made() -> Made:
    """Makers of areas and skies."""
    return Made(START_S, Coverage(t_s=START_S, is_live=i8([]), age_s=f64([]), n_reports=i64([])), area, sky)


def area(radius_m: float = 60_000.0) -> Setup:
    """An area around 50 N 30 E with nothing in it."""
    frame = AreaFrame(np.radians(50.0), np.radians(30.0))
    return Setup(
        "test", "", "everything", "", "", frame, radius_m, float("nan"), 0.0, START_S, START_S + 3600.0, Names(),
        SensorBatch.empty(), SiteBatch.empty(), ZoneBatch.empty(), FlightBatch.empty(),
    )  # fmt: skip


def sky(
    t_s: float, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64, *, track: object = None, p: object = 1.0,
    sigma_m: float = 50.0, sigma_mps: float = 1.0,
) -> TrackBatch:  # fmt: skip
    """Tracks with the given state, 500 m high, hostile with probability p."""
    m = len(e_m)
    cov = np.zeros((m, 6, 6))
    cov[:, range(6), range(6)] = [sigma_m**2, sigma_m**2, 100.0**2, sigma_mps**2, sigma_mps**2, 0.25]
    p_class = np.zeros((m, N_KINDS))
    p_class[:, 0] = 1.0
    zero, none = np.zeros(m, np.int8), np.full(m, -1, np.int64)
    return TrackBatch(
        t_s=t_s, track=i64(np.arange(m) if track is None else track), e_m=f64(e_m), n_m=f64(n_m),
        u_m=np.full(m, 500.0), ve_mps=f64(ve_mps), vn_mps=f64(vn_mps), vu_mps=np.zeros(m), cov=cov,
        p_exists=np.ones(m), p_class=p_class, p_hostile=f64(np.broadcast_to(p, (m,))), hostile=zero + i8(1),
        hostile_source=zero + i8(1), identity=none, status=zero + i8(1), age_s=np.zeros(m),
        since_s=np.full(m, t_s), n_reports=none, sensor_mask=none, integrity=zero, integrity_reason=zero,
    )  # fmt: skip
