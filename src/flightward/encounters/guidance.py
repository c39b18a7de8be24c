"""Manoeuvre bands: which headings, speeds, vertical speeds and heights keep own aircraft clear of all traffic.

`bands` answers for one flight as JSON has it, `bands_batch` for many flights at once with the same numbers, and
`clear_ways` for traffic that each has a cylinder of its own. How: ways.py; docs/design/bands.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.encounters import standards
from flightward.encounters.band_table import BandBatch, gathered, listed, resolutions, row_of
from flightward.encounters.pairs import PairBatch, judge
from flightward.encounters.standards import Guidance, Standard
from flightward.encounters.ways import FOUND, KINDS, NAMES, NOT_ASKED, SATURATED, Colours, Region, coloured, last_time
from flightward.errors import BadInput
from flightward.kernels.alerting import LEVELS_MAX
from flightward.kernels.wellclear import NEAR_ULPS_FRAC, NEAR_ZERO, TAU_MOD
from flightward.model.batch import F64, I64, i64

REACH_SLACK_M = 1.0
"""Left to rounding by the test of who can be reached at all."""


def bands(frame: dict[str, Any]) -> dict[str, Any]:
    """Bands of one frame: own [x, y, z, vx, vy, vz] (m, m/s), traffic [[alerter, x, y, z, vx, vy, vz] ...], config.

    Returns  the frame with alert (level per aircraft), t2corr (s to violation, "+inf" none) and per manoeuvre hdir_deg,
             hs_mps, vs_mps, alt_m: bands [[low, up, NONE | FAR | MID | NEAR | RECOVERY] ...], res_up, res_low,
             pref_up, recovery [computed, saturated, s, m, m, n]; as docs/encounters.md describes them.
    Errors   BadInput for an unknown config or alerter, or what is not finite.
    """
    for key in ("config", "own", "traffic"):
        if key not in frame:
            raise BadInput("is missing from the frame", key=key)
    rules = standards.standard(frame["config"])
    own = _state(frame["own"], "own")
    others = np.array([_state(row[1:], "traffic") for row in frame["traffic"]]).reshape(-1, 6)
    alerter = np.array([int(row[0]) for row in frame["traffic"]], np.int64)
    t_in_s, alerts = _judged(rules, np.tile(own, (len(others), 1)), others, alerter)
    t_told_s = t_in_s[rules.corrective - 1].tolist()
    out = {**frame, "alert": alerts.tolist(), "t2corr": [_told(t) for t in t_told_s]}
    regions = {name: _region(rules, name, others, alerter, t_in_s) for name in ("near", "mid")}
    by_mid = len(regions["mid"].others) > 0
    for name, kind in KINDS.items():
        out[name] = _as_dict(coloured(rules.guidance, kind, own, regions["near"], regions["mid"], by_mid))
    if len(others) == 1:
        corrective = regions["mid"] if by_mid else regions["near"]
        out["last_time_to_manoeuvre_s"] = [
            _told(last_time(rules.guidance, kind, own, corrective, t_told_s[0])) for kind in KINDS.values()
        ]
    return out


def _state(values: Sequence[float], key: str) -> F64:
    out = np.array(values, np.float64)
    if out.shape != (6,) or not np.isfinite(out).all():
        raise BadInput("must be six finite numbers", key=key, value=values)
    out.flags.writeable = False
    return out


def _told(value: float) -> Any:
    return value if math.isfinite(value) else "+inf" if value > 0 else "-inf"


def _as_dict(c: Colours) -> dict[str, Any]:
    """One manoeuvre as `bands` gives it."""
    up, low, prefers_up = resolutions(c)
    state, s, d_m, z_m, n = c.recovery
    sizes = [s, d_m, z_m] if state == FOUND else [None, None, None]
    return {
        "bands": [[a, b, NAMES[region]] for a, b, region in listed(c)],
        "res_up": None if math.isnan(up) else _told(up), "res_low": None if math.isnan(low) else _told(low),
        "pref_up": prefers_up, "recovery": [state != NOT_ASKED, state == SATURATED, *sizes, n],
    }  # fmt: skip


def _judged(rules: Standard, own: F64, others: F64, alerter: I64) -> tuple[F64, I64]:
    """Times to violation (levels, N) and the alert level of N pairs; own, others (N, 6)."""
    t_in_s, level = np.full((LEVELS_MAX, len(others)), np.inf), np.zeros(len(others), np.int64)
    for index in np.unique(alerter).tolist():
        rows = np.flatnonzero(alerter == index)
        pairs = PairBatch(*(own[rows, k].copy() for k in range(6)), *(others[rows, k].copy() for k in range(6)))
        found = judge(pairs, rules, index)
        t_in_s[: len(found.t_in_s), rows], level[rows] = np.stack(found.t_in_s), found.level
    return t_in_s, level


def _fires(t_in_s: F64, alert_s: F64) -> NDArray[np.bool_]:
    """kernels.alerting.fires of many: a violation that begins at t_in_s is near enough to tell."""
    with np.errstate(invalid="ignore"):
        apart, size = np.abs(t_in_s - alert_s), np.maximum(np.abs(t_in_s), np.abs(alert_s))
        is_near = (apart <= NEAR_ULPS_FRAC * size) & (t_in_s != 0.0) & (alert_s != 0.0)
        is_near |= ((t_in_s == 0.0) | (alert_s == 0.0)) & (apart < NEAR_ZERO)
        return np.asarray((t_in_s == 0.0) | ((t_in_s < alert_s) & ~is_near))


def _region(rules: Standard, name: str, others: F64, alerter: I64, t_in_s: F64) -> Region:
    """The first level of that region of each aircraft's alerter; aircraft without one are left out."""
    level, volume, alert_s = _levels_of(rules, name)
    which = np.zeros_like(alerter) if rules.centre == "own" else alerter - 1
    rows = np.flatnonzero(level[which] >= 0)
    which = which[rows]
    conflict = _fires(t_in_s[level[which], rows], alert_s[which])
    return Region.of(others[rows], volume[which], alert_s[which], conflict, rules.lookahead_s)


def _levels_of(rules: Standard, name: str) -> tuple[I64, F64, F64]:
    """Per alerter the first level of that region (-1 none), its volume and its alert time."""
    n = len(rules.alerters)
    level, volume, alert_s = np.full(n, -1, np.int64), np.zeros((n, 5)), np.zeros(n)
    for i, one in enumerate(rules.alerters):
        k = next((k for k, found in enumerate(one.levels) if found.region == name), -1)
        if k >= 0:
            level[i], alert_s[i] = k, one.levels[k].alert_s
            volume[i] = [float(v) for v in one.levels[k].volume.kernel()]
    return level, volume, alert_s


def bands_batch(
    own: F64, others: F64, standard: str | Standard, alerter: I64 | None = None, pairs: tuple[I64, I64] | None = None
) -> BandBatch:
    """Bands of F flights among M others, the same as `bands` gives one by one.

    own (F, 6), others (M, 6) x, y, z, vx, vy, vz; alerter (M,) from 1, left out: 1. pairs: (flight, other) rows that
    are asked, each once; left out: every flight with every other. Who no manoeuvre can meet is left out here.
    Returns  a row per flight and manoeuvre, by flight and then kind.
    Errors   BadInput for an unknown standard or alerter, another shape, a row out of range, or what is not finite.
    """
    rules = standards.standard(standard)
    for key, state in (("own", own), ("others", others)):
        if state.ndim != 2 or state.shape[1] != 6 or not np.isfinite(state).all():
            raise BadInput("must be (N, 6), all finite", key=key, value=state.shape)
    index = np.ones(len(others), np.int64) if alerter is None else i64(alerter)
    if len(index) != len(others):
        raise BadInput("must be one for each of the others", key="alerter", value=len(index))
    for one in np.unique(index).tolist():
        rules.alerter(one)
    flight, other = _asked(len(own), len(others), pairs)
    has_mid = _levels_of(rules, "mid")[0][np.zeros_like(index) if rules.centre == "own" else index - 1] >= 0
    by_mid = np.bincount(flight, has_mid[other], len(own)) > 0
    keep = may_meet(rules, own, others, flight, other)
    flight, other = flight[keep], other[keep]
    t_in_s, _ = _judged(rules, own[flight], others[other], index[other])
    cuts = np.searchsorted(flight, np.arange(len(own) + 1))
    rows = []
    for f in range(len(own)):
        at = slice(int(cuts[f]), int(cuts[f + 1]))
        mine, kinds, times = others[other[at]], index[other[at]], t_in_s[:, at]
        near, mid = (_region(rules, name, mine, kinds, times) for name in ("near", "mid"))
        state = _state(own[f], "own")
        rows += [row_of(f, coloured(rules.guidance, k, state, near, mid, bool(by_mid[f]))) for k in KINDS.values()]
    return gathered(rows)


def _asked(n_flights: int, n_others: int, pairs: tuple[I64, I64] | None) -> tuple[I64, I64]:
    """(flight, other) rows by flight, others in their order within one."""
    if pairs is None:
        return np.repeat(np.arange(n_flights), n_others), np.tile(np.arange(n_others), n_flights)
    flight, other = i64(pairs[0]), i64(pairs[1])
    for key, rows, n in (("flight", flight, n_flights), ("other", other, n_others)):
        if len(rows) != len(flight) or (len(rows) and not 0 <= rows.min() <= rows.max() < n):
            raise BadInput(f"must be rows from 0 to {n - 1}, as many of both", key=key, value=len(rows))
    order = np.lexsort((other, flight))
    return flight[order], other[order]


def may_meet(rules: Standard, own: F64, others: F64, flight: I64, other: I64) -> NDArray[np.bool_]:
    """Which pairs some manoeuvre might bring into a volume: never False for one that can."""
    limits = rules.guidance
    volumes = [level.volume for one in rules.alerters for level in one.levels]
    d_m, tau_s = max(v.d_m for v in volumes), max(v.tau_s for v in volumes)
    # the last short leg begins before the lookahead, and a volume at most tau before its disc
    steps_s = 0.0 if limits.at_once else max(
        limits.heading_step_rad / limits.turn_radps, limits.speed_step_mps / limits.accel_mps2,
        limits.climb_step_mps / limits.climb_accel_mps2)  # fmt: skip
    until_s = rules.lookahead_s + steps_s + tau_s
    speed = np.hypot(own[:, 3], own[:, 4])
    gain = math.inf if limits.at_once else limits.accel_mps2 * until_s
    top = np.minimum(limits.speed_max_mps, speed + gain)
    reach_m = np.maximum(speed, top) * until_s + REACH_SLACK_M + d_m
    far_m = np.hypot(own[flight, 0] - others[other, 0], own[flight, 1] - others[other, 1])
    way_m = np.hypot(others[:, 3], others[:, 4]) * until_s
    return np.asarray(far_m * (1.0 - 1e-9) <= reach_m[flight] + way_m[other])


def clear_ways(
    own: F64, others: F64, d_m: F64, z_m: F64, limits: Guidance, lookahead_s: float, kinds: Sequence[int]
) -> BandBatch:
    """Which manoeuvres of one aircraft keep it out of a closed cylinder around each other for the whole lookahead.

    own (6,), others (M, 6); d_m, z_m (M,) sizes of the cylinders. A row per kind; what is shut is NEAR.
    Errors   BadInput for another shape or what is not finite.
    """
    m = len(others)
    if others.shape != (m, 6) or len(d_m) != m or len(z_m) != m or not np.isfinite([*d_m, *z_m, *others.ravel()]).all():
        raise BadInput("must be (M, 6) with a size each, all finite", key="others", value=others.shape)
    volumes = np.column_stack([np.full(m, float(TAU_MOD)), d_m, z_m, np.zeros(m), np.zeros(m)])
    alert_s = np.full(m, float(lookahead_s))
    near = Region.of(np.array(others, np.float64, order="C"), volumes, alert_s, np.ones(m, bool), float(lookahead_s))
    mid = dataclasses.replace(near, others=near.others[:0], volumes=volumes[:0], alert_s=alert_s[:0],
                              is_conflict=near.is_conflict[:0], order=near.order[:0])  # fmt: skip
    state = _state(own.tolist(), "own")
    return gathered([row_of(0, coloured(limits, kind, state, near, mid, False)) for kind in kinds])

