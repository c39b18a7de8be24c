"""A hundred seconds made by hand: two drones and a bird, a raid, one warning that rises and ends, advice with a way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from feedkit import write_case

from flightward.feeds.case import read_case
from flightward.model import (
    NONE,
    AdviceBatch,
    AreaAlertBatch,
    Batch,
    Coverage,
    FlightStates,
    Hazard,
    Inbox,
    Level,
    Option,
    RaidBatch,
    RaidPicture,
    Reason,
    ReportBatch,
    Setup,
    StepResult,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
    columns,
)

START_S = 1_001
N_STEPS = 100
CHANGES = {10: (1, Level.CAUTION), 40: (2, Level.WARNING), 50: (2, Level.WARNING), 90: (3, Level.WARNING)}
"""Second of the day -> change and level of the warning."""


def batch_of(kind: type[Batch], n_rows: int, /, **given: Any) -> Any:
    """A batch of n_rows: the columns given, all others unknown (ragged ones empty)."""
    values: dict[str, Any] = {}
    for field in columns(kind):
        meta, name = field.metadata, field.name
        dtype = np.dtype(meta["dtype"])
        if name in given:
            values[name] = np.ascontiguousarray(np.asarray(given.pop(name)), dtype=dtype)
        elif meta.get("start"):
            values[name] = np.zeros(n_rows + 1, dtype=np.int64)
        else:
            size = 0 if meta["flat"] else n_rows
            fill = np.nan if dtype.kind == "f" else NONE
            values[name] = np.full((size, *[t or 0 for t in meta["tail"]]), fill, dtype=dtype)
    return kind(**values, **given)


def made_setup(folder: Path) -> Setup:
    """The setup of the small case: flight F1 (MEDIC1), a hospital, a radar, a zone; all simulated."""
    return read_case(write_case(folder)).setup


def made_day(setup: Setup) -> list[tuple[Inbox, StepResult]]:
    """What came in and out of each second."""
    return [_step(setup, k) for k in range(N_STEPS)]


def _step(setup: Setup, k: int) -> tuple[Inbox, StepResult]:
    t_s = float(START_S + k)
    inbox = Inbox(t_s, ReportBatch.empty(), AreaAlertBatch.empty())
    p_class = np.array([[0.9, 0.0, 0.0, 0.1, 0.0], [0.6, 0.1, 0.0, 0.2, 0.1], [0.1, 0.0, 0.0, 0.9, 0.0]])
    cov = np.repeat(np.diag([400.0, 400.0, 900.0, 1.0, 1.0, 1.0])[None], 3, axis=0)
    tracks = batch_of(
        TrackBatch, 3, t_s=t_s, track=[7, 8, 9], e_m=[50.0 * k, 100.0, -500.0], n_m=[0.0, 900.0, 50.0], u_m=[800.0] * 3,
        ve_mps=[50.0, 0.0, 3.0], vn_mps=[0.0, 50.0, 0.0], vu_mps=[0.0, 1.0, 0.0], cov=cov, p_exists=[0.99, 0.9, 0.8],
        p_class=p_class, p_hostile=[1.0, 0.7, 0.0], hostile=[1, NONE, 0], age_s=[float(k % 4)] * 3, integrity=[0, 0, 0],
        integrity_reason=[0, 0, 0], sensor_mask=[1, 1, 1], status=[1, 1, 1],
    )
    corners = ([-900.0, 900.0, 900.0, -900.0], [-900.0, -900.0, 900.0, 900.0])
    raids = batch_of(
        RaidBatch, 1, t_s=t_s, raid=[3], n_expected=[1.7], e_m=[50.0], n_m=[450.0], u_m=[800.0], ve_mps=[25.0],
        vn_mps=[25.0], speed_mps=[50.0], arrivals_per_min=[1.0], since_s=[float(START_S)], start=[0, 2], member=[7, 8],
        extent_start=[0, 4], extent_e_m=corners[0], extent_n_m=corners[1], wave=[1, 1],
    )
    states = batch_of(
        FlightStates, 1, t_s=t_s, e_m=[1_000.0 + k], n_m=[2_000.0], u_m=[900.0], ve_mps=[60.0], vn_mps=[0.0],
        vu_mps=[0.0], integrity=[0], integrity_reason=[0], is_airborne=[1], plan_state=[2],
    )
    return inbox, StepResult(
        t_s, tracks, batch_of(Coverage, 1, t_s=t_s), RaidPicture(raids, None, False), states,
        ThreatBatch.empty(t_s=t_s), _warnings(t_s, k), _advice(t_s, k), np.array([3, 3, NONE]),
    )


def _warnings(t_s: float, k: int) -> WarningBatch:
    if k not in CHANGES:
        return WarningBatch.empty(t_s=t_s)
    change, level = CHANGES[k]
    return batch_of(  # type: ignore[no-any-return]
        WarningBatch, 1, t_s=t_s, warning=[5], change=[change], flight=[0], hazard=[int(Hazard.RAID)], hazard_id=[3],
        level=[int(level)], raised_s=[START_S + 10.0], first_caution_s=[START_S + 10.0],
        cleared_s=[t_s if change == 3 else np.nan], predicted_caught_s=[START_S + 700.0], p=[0.4 + 0.001 * k],
        reason=[int(Reason.RAID_ON_ROUTE)], n=[2],
    )


def _advice(t_s: float, k: int) -> AdviceBatch | None:
    if k not in (10, 20):
        return None
    return batch_of(  # type: ignore[no-any-return]
        AdviceBatch, 2, t_s=t_s, flight=[0, 0], option=[int(Option.DIVERT), int(Option.CONTINUE)], rank=[0, 1],
        p_caught=[0.02, 0.4], delay_s=[300.0, 0.0], extra_m=[4_000.0, 0.0], decide_by_s=[START_S + 240.0, np.nan],
        site=[0, NONE], course_rad=[1.0, np.nan], start=[0, 2, 2], route_t_s=[t_s, t_s + 600.0],
        route_e_m=[1_000.0, 9_000.0], route_n_m=[2_000.0, 9_000.0], route_u_m=[900.0, 300.0],
    )


