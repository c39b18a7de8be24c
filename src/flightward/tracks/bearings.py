"""The bearings-only sensors of an area: what waits of them, and when it is used."""

from __future__ import annotations

from typing import Any

import numpy as np

from flightward.kernels.bearing import bearings
from flightward.kernels.earshot import WAITING, Ears
from flightward.kernels.hindsight import Trials, learn, to_now
from flightward.kernels.listen import any_ahead, forget, hear_ahead, listen
from flightward.kernels.trackstate import CONFIRMED, NEVER_S, TrackArrays
from flightward.model import F64, I8, I64, NONE, SensorBatch, SensorKind
from flightward.tracks.engine import Engine
from flightward.tracks.heard import Heard
from flightward.tracks.measure import UNKNOWN_BEARING_SIGMA_RAD

PLACES = 8_192
"""Bearings kept at most; 12 sensors that each hear 20 things a second for half a minute fit."""
SOUND_MPS = 335.0
MESSAGE_S = 1.5
"""Until the message of what was heard has come."""
WAIT_MAX_S = 28.0
CLUTTER_UNKNOWN = 0.5
RATE_AT_FIRST = 2.0
ROOM = 512
FORECASTS = 1_024
"""Under test at a time: of 256 tracks; of more, some."""
CALM = (0.15, 0.25)
"""Noise of straight flight and of a turn, as shares of what radar tracks have: with four bearings a second the filter
would follow the bearings' noise."""
STAY_S = (240.0, 20.0)
"""Bearings hardly tell a slow turn from none: how rare turns are is said beforehand, then learnt (hindsight.py)."""


class Listener:
    """Holds bearings back until their scan is complete, then has the engine's tracks share them."""

    def __init__(self, sensors: SensorBatch) -> None:
        n = len(sensors)
        sound = sensors.kind == SensorKind.ACOUSTIC
        reach_m = np.nan_to_num(sensors.max_range_m, nan=0.0)
        # one wait for all that hear sound, so that their looks are used in the order in which they were true
        slowest = float(reach_m[sound].max()) / SOUND_MPS if sound.any() else 0.0
        wait_s = np.where(sound, min(slowest + MESSAGE_S, WAIT_MAX_S), MESSAGE_S)
        sigma = np.where(np.isfinite(sensors.sigma_azimuth_rad), sensors.sigma_azimuth_rad, UNKNOWN_BEARING_SIGMA_RAD)
        up = np.where(np.isfinite(sensors.sigma_elevation_rad), sensors.sigma_elevation_rad, UNKNOWN_BEARING_SIGMA_RAD)
        clutter = np.nan_to_num(sensors.clutter_per_scan, nan=CLUTTER_UNKNOWN)
        self.ears = Ears(
            t_s=np.zeros(PLACES), azimuth_rad=np.zeros(PLACES), elevation_rad=np.zeros(PLACES),
            sensor=np.zeros(PLACES, dtype=np.int64), state=np.zeros(PLACES, dtype=np.int8), left=np.zeros(PLACES),
            slot=np.zeros(PLACES, dtype=np.int64), kind=np.zeros(PLACES, dtype=np.int8), p_kind=np.zeros(PLACES),
            n=np.zeros(2, dtype=np.int64),
            is_ear=np.isin(sensors.kind, (SensorKind.ACOUSTIC, SensorKind.RF, SensorKind.CAMERA)).astype(np.int8),
            sigma_rad=np.maximum(sigma, 1e-4), sigma_elevation_rad=np.maximum(up, 1e-4),
            wait_s=np.asarray(wait_s, dtype=np.float64), clutter=clutter.copy(), rate=clutter + RATE_AT_FIRST,
            look_s=np.full(n, NEVER_S), spoke_s=np.full(n, NEVER_S), stay_s=np.array(STAY_S),
            calm=np.array(CALM),
        )  # fmt: skip
        self.trials = Trials(
            n=np.zeros(1, dtype=np.int64), slot=np.zeros(FORECASTS, dtype=np.int64),
            serial=np.zeros(FORECASTS, dtype=np.int64), group=np.zeros(FORECASTS, dtype=np.int64),
            due_s=np.zeros(FORECASTS), at=np.zeros((FORECASTS, 5)), found=np.zeros((2, 2)), scale=np.ones(2),
            turned_s=np.zeros(2), last_s=np.full(2, NEVER_S),
        )  # fmt: skip

    def hear(
        self, engine: Engine, sensor: int, t_s: F64, azimuth_rad: F64, elevation_rad: F64, kind: I8, p_kind: F64,
        heard: Heard | None = None,
    ) -> I64:
        """Bearings of one sensor, from plane north (M,): the slot of each that was used at once, the rest wait."""
        slots = np.empty(len(t_s), dtype=np.int64)
        ears = self.ears
        elevation_rad = np.where(np.isfinite(elevation_rad), elevation_rad, np.nan)
        bearings(
            engine.arrays, engine.sensors, sensor, azimuth_rad, float(ears.sigma_rad[sensor]) ** 2, elevation_rad,
            float(ears.sigma_elevation_rad[sensor]) ** 2, t_s, engine.options, slots,
        )  # fmt: skip
        if heard is not None:
            k = np.full(len(t_s), sensor, dtype=np.int64)
            heard.bearings(
                engine.arrays, engine.sensors, k, slots, t_s, azimuth_rad, elevation_rad, ears.sigma_rad[k],
                ears.sigma_elevation_rad[k],
            )
        rows = np.flatnonzero(slots < 0)
        n = int(ears.n[0])
        kept = rows[: PLACES - n]
        ears.n[1] += len(rows) - len(kept)
        to = slice(n, n + len(kept))
        ears.t_s[to], ears.azimuth_rad[to], ears.elevation_rad[to] = t_s[kept], azimuth_rad[kept], elevation_rad[kept]
        ears.sensor[to], ears.state[to], ears.left[to], ears.slot[to] = sensor, WAITING, 1.0, NONE
        ears.kind[to], ears.p_kind[to] = kind[kept], p_kind[kept]
        ears.n[0] = n + len(kept)
        if len(t_s):
            ears.spoke_s[sensor] = max(ears.spoke_s[sensor], float(t_s.max()))
        return slots

    def use(self, engine: Engine, now_s: float, heard: Heard | None = None) -> None:
        """Use every look that must be complete by now_s."""
        ears = self.ears
        if not ears.n[0] and not (ears.look_s > now_s - 600.0).any():
            return
        engine.make_room(ROOM)
        if listen(engine.arrays, engine.sensors, ears, now_s, engine.options, engine.free, engine.counts):
            told = np.flatnonzero((ears.slot[: ears.n[0]] >= 0) & (ears.kind[: ears.n[0]] >= 0))
            if len(told):
                slots = ears.slot[told]
                engine.labels(slots, ears.kind[told], ears.p_kind[told], np.full(len(told), NONE, dtype=np.int8))
            if heard is not None:
                self._tell(engine, heard)
            ears.slot[: ears.n[0]] = NONE
            forget(ears, now_s)
            learn(engine.arrays, engine.sensors, ears, self.trials, now_s)

    def _tell(self, engine: Engine, heard: Heard) -> None:
        """Which bearings the looks just used have given to which tracks."""
        ears = self.ears
        rows = np.flatnonzero(ears.slot[: ears.n[0]] >= 0)
        k = ears.sensor[rows]
        heard.bearings(
            engine.arrays, engine.sensors, k, ears.slot[rows], ears.t_s[rows], ears.azimuth_rad[rows],
            ears.elevation_rad[rows], ears.sigma_rad[k], ears.sigma_elevation_rad[k],
        )

    def ahead(self, engine: Engine, now_s: float) -> TrackArrays:
        """The confirmed tracks as they are with all that waits, for the picture; the engine's own stay as they are."""
        ears, arrays = self.ears, engine.arrays
        rows = np.flatnonzero(arrays.state == CONFIRMED)
        is_ahead = bool(ears.n[0]) and any_ahead(arrays, engine.sensors, ears, now_s)
        if not is_ahead and not (arrays.wait_s[rows] > 0.0).any():
            return arrays
        columns: dict[str, Any] = {name: getattr(arrays, name)[rows] for name in TrackArrays._fields}
        copy = TrackArrays(**columns)
        held = ears._replace(**{f: getattr(ears, f).copy() for f in ("state", "left", "slot", "rate")})
        if is_ahead:
            hear_ahead(copy, engine.sensors, held, engine.options)
        to_now(copy, engine.sensors, held, self.trials, now_s)
        copy.log_odds[:] = arrays.log_odds[rows]
        return copy
