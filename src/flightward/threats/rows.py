"""The rows of one second: hazards of each flight, worst first, then the sites."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from flightward.model import NONE, Hazard, Level, RaidBatch, Reason, ThreatBatch, TrackBatch

NAN = float("nan")


@dataclasses.dataclass(frozen=True)
class Row:
    """One threat; the fields are ThreatBatch's."""

    flight: int
    site: int
    hazard: int
    hazard_id: int
    level: int
    p: float
    t_to_s: float
    miss_h_m: float = NAN
    miss_v_m: float = NAN
    reason: int = int(Reason.NONE)
    n: int = NONE
    evidence_age_s: float = NAN
    sensor_mask: int = 0


def worst_first(rows: list[Row]) -> list[Row]:
    """By level as shown (WARNING, CAUTION, BLIND, ADVISORY, CLEAR), then by probability, then by time."""
    return sorted(rows, key=lambda r: (-r.level, -_known(r.p), _known(r.t_to_s)))


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def batch(t_s: float, rows: Iterable[Row]) -> ThreatBatch:
    """The rows as columns."""
    values = list(rows)

    def ints(name: str, dtype: type = np.int64) -> np.ndarray:
        return np.array([getattr(r, name) for r in values], dtype=dtype)

    return ThreatBatch(
        t_s=t_s, flight=ints("flight"), site=ints("site"), hazard=ints("hazard", np.int8), hazard_id=ints("hazard_id"),
        level=ints("level", np.int8), p=ints("p", np.float64), t_to_s=ints("t_to_s", np.float64),
        miss_h_m=ints("miss_h_m", np.float64), miss_v_m=ints("miss_v_m", np.float64), reason=ints("reason", np.int8),
        n=ints("n"), evidence_age_s=ints("evidence_age_s", np.float64), sensor_mask=ints("sensor_mask"),
    )


def clear_row(flight: int, p: float, t_to_s: float, miss_h_m: float, miss_v_m: float) -> Row:
    """A flight without any hazard."""
    return Row(flight, NONE, int(Hazard.NONE), NONE, int(Level.CLEAR), p, t_to_s, miss_h_m, miss_v_m)


def raid_evidence(raid: int, raids: RaidBatch, tracks: TrackBatch) -> tuple[int, float, int]:
    """Drones in the raid, age of its newest report and the sensors that see it; (NONE, NaN, 0) if it is gone."""
    at = np.flatnonzero(raids.raid == raid)
    if not len(at):
        return NONE, NAN, 0
    row = int(at[0])
    members = raids.member[raids.start[row]: raids.start[row + 1]]
    rows = np.flatnonzero(np.isin(tracks.track, members))
    n = round(float(raids.n_expected[row]))
    if not len(rows):
        return n, NAN, 0
    return n, float(tracks.age_s[rows].min()), int(np.bitwise_or.reduce(tracks.sensor_mask[rows]))


def track_evidence(track: int, tracks: TrackBatch) -> tuple[float, int]:
    """Age of the newest report of a track and the sensors that see it; (NaN, 0) if it is gone."""
    at = np.flatnonzero(tracks.track == track)
    if not len(at):
        return NAN, 0
    return float(tracks.age_s[at[0]]), int(tracks.sensor_mask[at[0]])
