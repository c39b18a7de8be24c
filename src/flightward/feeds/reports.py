"""Columns of reports in degrees and words, as files hold them -> a checked ReportBatch; bad rows are kept aside.

Reasons (docs/feeds.md): time, from_the_future, sensor, latitude, longitude, half_position, range, azimuth, elevation,
range_rate, height, velocity, sigma, no_position. Repairs: kind_word, p_kind, zero_sigma, infinite,
azimuth_wrapped.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.rows import FeedContext, FeedRows, Rejects, first_reasons, in_order
from flightward.model import F64, I8, I64, NONE, AreaAlertBatch, Kind, ReportBatch

AHEAD_MAX_S = 10.0
"""A report that claims to be true later than it was heard by more than this has a wrong clock."""
HEIGHT_M = (-1_000.0, 100_000.0)
SPEED_MAX_MPS = 3_000.0
"""Faster than any aircraft; a decoder's rubbish."""
RANGE_MAX_M = 1_000_000.0

NUMBERS = (
    "t_s", "t_rx_s", "range_m", "azimuth_rad", "elevation_rad", "range_rate_mps", "rcs_m2", "lat_deg", "lon_deg",
    "hae_m", "baro_m", "sigma_h_m", "sigma_v_m", "nic", "nac_p", "ve_mps", "vn_mps", "vu_mps", "p_kind",
    "sil", "signal_db",
)  # fmt: skip
"""Columns of numbers of a tabular report."""
WORDS = ("sensor_id", "identity", "kind", "source_track_id")
"""Columns of text of a tabular report; `hostile` is the one flag."""


@dataclasses.dataclass(frozen=True)
class Coded:
    """A column of text: `code` (N,) int64 points into `texts`, NONE = null."""

    code: I64
    texts: list[str]

    @classmethod
    def of(cls, values: list[str | None]) -> Coded:
        """Number the texts of a list in order of first appearance; None and "" are null."""
        index: dict[str, int] = {}
        code = [index.setdefault(v, len(index)) if v else NONE for v in values]
        return cls(np.array(code, dtype=np.int64), list(index))

    def mapped(self, numbers: list[int]) -> I64:
        """(N,) `numbers[code]`, NONE where null."""
        table = np.array([*numbers, NONE], dtype=np.int64)
        return table[self.code]


def report_rows(
    numbers: Mapping[str, F64],
    words: Mapping[str, Coded],
    hostile: I8 | None,
    ctx: FeedContext,
    rejects: Rejects,
    row_numbers: I64 | None = None,
    is_velocity_only: I8 | None = None,
) -> FeedRows:
    """Check and convert N rows.

    numbers   columns of NUMBERS, (N,) float64, NaN = null; all but t_s may be missing.
    words     columns of WORDS; any may be missing.     hostile   (N,) 1, 0 or NONE.
    row_numbers   (N,) row in the file, for `rejects`; counted from 0 if None.
    """
    n = len(numbers["t_s"])
    nan = np.full(n, np.nan)
    col = {name: np.array(numbers.get(name, nan), dtype=np.float64) for name in NUMBERS}
    col["t_rx_s"] = np.where(np.isnan(col["t_rx_s"]), col["t_s"], col["t_rx_s"])
    sensor, unknown_sensor = _sensors(words.get("sensor_id"), ctx, n)
    _mend(col, rejects)
    velocity_only = np.zeros(n, dtype=np.int8) if is_velocity_only is None else is_velocity_only.copy()
    checks = _checks(col, unknown_sensor)
    no_position = np.isnan(col["lat_deg"]) & np.isnan(col["azimuth_rad"])
    heard = no_position & np.isfinite(col["ve_mps"]) & _given(words.get("identity"), n)
    velocity_only[heard] = 1
    checks.append(("no_position", no_position & (velocity_only == 0)))
    bad, reasons = first_reasons(checks, n)
    where = np.arange(n, dtype=np.int64) if row_numbers is None else row_numbers
    for reason, rows in reasons.items():
        rejects.add(reason, where[rows], np.where(np.isfinite(col["t_rx_s"][rows]), col["t_rx_s"][rows], np.nan))
    batch = ReportBatch(
        t_s=col["t_s"], t_rx_s=col["t_rx_s"], seq=np.arange(n, dtype=np.int64), sensor=sensor,
        range_m=col["range_m"], azimuth_rad=col["azimuth_rad"], elevation_rad=col["elevation_rad"],
        range_rate_mps=col["range_rate_mps"], rcs_m2=col["rcs_m2"],
        lat_rad=np.radians(col["lat_deg"]), lon_rad=np.radians(col["lon_deg"]), hae_m=col["hae_m"],
        baro_m=col["baro_m"], sigma_h_m=col["sigma_h_m"], sigma_v_m=col["sigma_v_m"], nic=col["nic"],
        nac_p=col["nac_p"], ve_mps=col["ve_mps"], vn_mps=col["vn_mps"], vu_mps=col["vu_mps"],
        identity=_interned(words.get("identity"), ctx, n, lower=True),
        kind=_kinds(words.get("kind"), n, rejects), p_kind=col["p_kind"],
        hostile=np.full(n, NONE, np.int8) if hostile is None else hostile.copy(),
        source_track=_interned(words.get("source_track_id"), ctx, n, lower=False),
        is_velocity_only=velocity_only, sil=col["sil"], signal_db=col["signal_db"],
    )  # fmt: skip
    if bad.any():
        batch = batch.take(~bad)
    order = in_order(batch.t_rx_s)
    return FeedRows(batch if order is None else batch.take(order), AreaAlertBatch.empty(), rejects)


def _checks(col: Mapping[str, F64], unknown_sensor: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Why a row cannot be used, most basic reason first; comparisons with NaN are false, so unknown passes."""
    lat, lon = col["lat_deg"], col["lon_deg"]
    speed = np.fmax(np.fmax(np.abs(col["ve_mps"]), np.abs(col["vn_mps"])), np.abs(col["vu_mps"]))
    low, high = HEIGHT_M
    height = (col["hae_m"] < low) | (col["hae_m"] > high) | (col["baro_m"] < low) | (col["baro_m"] > high)
    return [
        ("time", ~np.isfinite(col["t_s"]) | ~np.isfinite(col["t_rx_s"])),
        ("from_the_future", col["t_s"] > col["t_rx_s"] + AHEAD_MAX_S),
        ("sensor", unknown_sensor),
        ("latitude", np.abs(lat) > 90.0),
        ("longitude", np.abs(lon) > 180.0),
        ("half_position", np.isnan(lat) != np.isnan(lon)),
        ("range", (col["range_m"] < 0.0) | (col["range_m"] > RANGE_MAX_M)),
        ("azimuth", np.abs(col["azimuth_rad"]) > 2.0 * math.pi),
        ("elevation", np.abs(col["elevation_rad"]) > math.pi / 2.0 + 1e-9),
        ("range_rate", np.abs(col["range_rate_mps"]) > SPEED_MAX_MPS),
        ("height", height),
        ("velocity", speed > SPEED_MAX_MPS),
        ("sigma", (col["sigma_h_m"] < 0.0) | (col["sigma_v_m"] < 0.0)),
    ]


def _mend(col: dict[str, F64], rejects: Rejects) -> None:
    """Put right what has one plain meaning, and count it: azimuths below 0, sigmas of 0, infinities, p_kind."""
    azimuth = col["azimuth_rad"]
    wrapped = ((azimuth < 0.0) & (azimuth >= -2.0 * math.pi)) | (azimuth == 2.0 * math.pi)
    azimuth[wrapped] = np.mod(azimuth[wrapped], 2.0 * math.pi)
    rejects.repaired("azimuth_wrapped", int(np.count_nonzero(wrapped)))
    for name in ("sigma_h_m", "sigma_v_m"):
        # No source is exact: a sigma of 0 means that it did not say.
        zero = col[name] == 0.0
        col[name][zero] = np.nan
        rejects.repaired("zero_sigma", int(np.count_nonzero(zero)))
    for name in ("rcs_m2", "sigma_h_m", "sigma_v_m", "nic", "nac_p", "sil", "signal_db"):
        endless = np.isinf(col[name])
        col[name][endless] = np.nan
        rejects.repaired("infinite", int(np.count_nonzero(endless)))
    impossible = (col["p_kind"] < 0.0) | (col["p_kind"] > 1.0)
    col["p_kind"][impossible] = np.nan
    rejects.repaired("p_kind", int(np.count_nonzero(impossible)))


def _sensors(ids: Coded | None, ctx: FeedContext, n: int) -> tuple[I64, NDArray[np.bool_]]:
    if ids is None:
        return np.full(n, NONE, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    unknown = np.array([text not in ctx.sensor_rows for text in ids.texts] + [False], dtype=np.bool_)
    return ids.mapped([ctx.sensor_rows.get(text, NONE) for text in ids.texts]), unknown[ids.code]


def _interned(texts: Coded | None, ctx: FeedContext, n: int, *, lower: bool) -> I64:
    if texts is None:
        return np.full(n, NONE, dtype=np.int64)
    return texts.mapped([ctx.names.intern(t.strip().lower() if lower else t.strip()) for t in texts.texts])


def _kinds(texts: Coded | None, n: int, rejects: Rejects) -> I8:
    if texts is None:
        return np.full(n, NONE, dtype=np.int8)
    known = {kind.word: int(kind) for kind in Kind}
    numbers = [known.get(t.strip().lower(), NONE) for t in texts.texts]
    out = texts.mapped(numbers).astype(np.int8)
    rejects.repaired("kind_word", int(np.count_nonzero((out == NONE) & (texts.code != NONE))))
    return out


def _given(texts: Coded | None, n: int) -> NDArray[np.bool_]:
    return np.zeros(n, dtype=np.bool_) if texts is None else texts.code != NONE
