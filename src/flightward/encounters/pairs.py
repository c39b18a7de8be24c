"""Pairs of straight movers: violation intervals, miss distances and alert levels, one batched entry each."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.encounters import standards
from flightward.encounters.standards import Standard, Volume
from flightward.errors import BadInput
from flightward.kernels import alerting
from flightward.kernels import misses as miss_kernels
from flightward.kernels import mitigation as mitigation_kernels
from flightward.kernels import wellclear as kernels
from flightward.model.batch import F64, I8, Batch, column


@dataclasses.dataclass(frozen=True)
class PairBatch(Batch):
    """N pairs: own aircraft (o) and other (i) in one plane; with wind, velocities are against the air."""

    ox_m: F64 = column("f8", "m", "own east")
    oy_m: F64 = column("f8", "m", "own north")
    oz_m: F64 = column("f8", "m", "own height")
    ovx_mps: F64 = column("f8", "m/s", "own velocity east")
    ovy_mps: F64 = column("f8", "m/s", "own velocity north")
    ovz_mps: F64 = column("f8", "m/s", "own velocity up")
    ix_m: F64 = column("f8", "m", "other east")
    iy_m: F64 = column("f8", "m", "other north")
    iz_m: F64 = column("f8", "m", "other height")
    ivx_mps: F64 = column("f8", "m/s", "other velocity east")
    ivy_mps: F64 = column("f8", "m/s", "other velocity north")
    ivz_mps: F64 = column("f8", "m/s", "other velocity up")

    def kernel(self) -> kernels.Pairs:
        """The same as kernels take it."""
        return kernels.Pairs(
            self.ox_m, self.oy_m, self.oz_m, self.ovx_mps, self.ovy_mps, self.ovz_mps,
            self.ix_m, self.iy_m, self.iz_m, self.ivx_mps, self.ivy_mps, self.ivz_mps,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ErrorBatch(Batch):
    """Standard deviations of N pairs; en = sign of the covariance of east and north times the root of its size."""

    o_sew_m: F64 = column("f8", "m", "own position, east")
    o_sns_m: F64 = column("f8", "m", "own position, north")
    o_sen_m: F64 = column("f8", "m", "own position, east with north")
    o_sz_m: F64 = column("f8", "m", "own height")
    o_vew_mps: F64 = column("f8", "m/s", "own velocity, east")
    o_vns_mps: F64 = column("f8", "m/s", "own velocity, north")
    o_ven_mps: F64 = column("f8", "m/s", "own velocity, east with north")
    o_vz_mps: F64 = column("f8", "m/s", "own vertical speed")
    i_sew_m: F64 = column("f8", "m", "other position, east")
    i_sns_m: F64 = column("f8", "m", "other position, north")
    i_sen_m: F64 = column("f8", "m", "other position, east with north")
    i_sz_m: F64 = column("f8", "m", "other height")
    i_vew_mps: F64 = column("f8", "m/s", "other velocity, east")
    i_vns_mps: F64 = column("f8", "m/s", "other velocity, north")
    i_ven_mps: F64 = column("f8", "m/s", "other velocity, east with north")
    i_vz_mps: F64 = column("f8", "m/s", "other vertical speed")

    def kernel(self) -> mitigation_kernels.Errors:
        """The same as kernels take it."""
        return mitigation_kernels.Errors(*(getattr(self, f) for f in mitigation_kernels.Errors._fields))


@dataclasses.dataclass(frozen=True)
class Intervals(Batch):
    """When N pairs are within a volume, seconds from now."""

    t_in_s: F64 = column("f8", "s", "inf never, NaN no answer")
    t_out_s: F64 = column("f8", "s", "-inf never, NaN no answer; cut at the lookahead")
    status: I8 = column("i1", "", "0 good, 1 a value is not finite")


@dataclasses.dataclass(frozen=True)
class Misses(Batch):
    """How far N pairs pass each other."""

    tcpa_s: F64 = column("f8", "s", "closest horizontal approach, not before now; NaN if velocities are equal")
    dcpa_h_m: F64 = column("f8", "m", "horizontal distance then; NaN if velocities are equal")
    vsep_at_tcpa_m: F64 = column("f8", "m", "vertical distance then")
    hmd_m: F64 = column("f8", "m", "smallest horizontal distance within the lookahead")
    vmd_m: F64 = column("f8", "m", "smallest vertical distance within the lookahead")
    tcoa_s: F64 = column("f8", "s", "time of equal height; NaN if vertical speeds are equal")
    taumod_s: F64 = column("f8", "s", "modified tau; -1 within the distance or not closing")
    status: I8 = column("i1", "", "0 good, 1 a value is not finite")


@dataclasses.dataclass(frozen=True)
class Alerts(Batch):
    """Alert level of N pairs, without memory."""

    level: I8 = column("i1", "", "0 none, then as the alerter has them; -1 no answer")
    t_in_s: F64 = column("f8", "s", "to violation of the corrective volume; 0 now, inf never, NaN no answer")
    status: I8 = column("i1", "", "0 good, 1 a value is not finite")


@dataclasses.dataclass(frozen=True)
class Judgement:
    """All that the volumes of an alerter say of N pairs: a column (N,) per level, and (N,) int8 codes."""

    t_in_s: tuple[F64, ...]
    """Seconds to the violation of each level's volume; inf never, NaN no answer."""
    t_out_s: tuple[F64, ...]
    """Its end; -inf never; cut at the lookahead."""
    now: I8
    """1 in the corrective volume now, -1 no answer."""
    level: I8
    """Alert level without memory, -1 no answer."""
    status: I8
    """0 good, 1 a value is not finite."""


def violation_intervals(pairs: PairBatch, volume: Volume, from_s: float = 0.0, to_s: float = 180.0) -> Intervals:
    """When each pair is within `volume` during [from_s, to_s], both flying straight; only touching it is never."""
    if not (np.isfinite(from_s) and np.isfinite(to_s) and from_s < to_s):
        raise BadInput("must be before to_s, both finite", key="from_s", value=(from_s, to_s))
    n = len(pairs)
    t_in_s, t_out_s, status = np.empty(n), np.empty(n), np.empty(n, np.int8)
    kernels.intervals(pairs.kernel(), volume.kernel(), float(from_s), float(to_s), t_in_s, t_out_s, status)
    return Intervals(t_in_s, t_out_s, status)


def miss_distances(pairs: PairBatch, lookahead_s: float = 180.0, d_m: float = 1_222.32) -> Misses:
    """How far each pair passes; `d_m` is the distance that modified tau is for."""
    tcpa_s, dcpa_m, vsep_m, hmd_m, vmd_m, tcoa_s, taumod_s = (np.empty(len(pairs)) for _ in range(7))
    status = np.empty(len(pairs), np.int8)
    miss_kernels.misses(
        pairs.kernel(), float(lookahead_s), float(d_m), tcpa_s, dcpa_m, vsep_m, hmd_m, vmd_m, tcoa_s, taumod_s, status
    )
    return Misses(tcpa_s, dcpa_m, vsep_m, hmd_m, vmd_m, tcoa_s, taumod_s, status)


def alert_levels(pairs: PairBatch, standard: str | Standard, alerter: int = 1) -> Alerts:
    """Alert level and time to violation of each pair, by the quickest way."""
    rules = standards.standard(standard)
    n = len(pairs)
    level, t_in_s, status = np.empty(n, np.int8), np.empty(n), np.empty(n, np.int8)
    alerting.alert(
        pairs.kernel(), rules.levels(alerter), rules.corrective - 1, rules.reach(alerter), level, t_in_s, status
    )
    return Alerts(level, t_in_s, status)


def judge(
    pairs: PairBatch, standard: str | Standard, alerter: int = 1, errors: ErrorBatch | None = None
) -> Judgement:
    """Intervals of every level, violation now and alert level; with `errors` the standard's mitigation, if it has one.

    Errors   BadInput if `errors` has another length, or the standard or alerter does not exist.
    """
    rules = standards.standard(standard)
    levels, reach = rules.levels(alerter), rules.reach(alerter)
    n, k = len(pairs), len(levels)
    t_in_s, t_out_s = np.empty((k, n)), np.empty((k, n))
    now, level, status = np.empty(n, np.int8), np.empty(n, np.int8), np.empty(n, np.int8)
    out = (t_in_s, t_out_s, now, level, status)
    if errors is not None and len(errors) != n:
        raise BadInput(f"has {len(errors)} rows, the pairs have {n}", key="errors")
    if errors is None or rules.mitigation is None:
        alerting.judge(pairs.kernel(), levels, rules.corrective - 1, reach, *out)
    else:
        weights = rules.mitigation.kernel()
        mitigation_kernels.mitigate(
            pairs.kernel(), errors.kernel(), weights, levels, rules.corrective - 1, reach, *out
        )
    return Judgement(tuple(t_in_s), tuple(t_out_s), now, level, status)
