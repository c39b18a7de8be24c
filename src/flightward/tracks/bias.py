"""The sensors' constant errors: estimated from objects that several sensors see, and taken off their reports.

The arithmetic of one group of reports is kernels/bias.py. Here the information is kept over time, it is decided which
errors are there at all, and tracks are moved along when a correction begins. docs/design/bias.md says why.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels import bias as kernels
from flightward.kernels.trackstate import TrackArrays
from flightward.kernels.visibility import SensorArrays
from flightward.model import F64, I8, I64, BiasBatch, SensorKind, f64

REFRESH_S, QUIET_S, AT_FIRST_S = 5.0, 30.0, 30.0  # how often it is looked at; where nothing was found at first
REFERENCE_CLOCK_S = {SensorKind.ADSB: 0.1, SensorKind.REMOTE_ID: 0.3}
BUSY = (48, 256)  # reports at once beyond which only some tracks are listened to: nothing found, something found
SYSTEMATIC = 0.03  # of a report's own sigma: below this nothing is believed, however many reports say so
SYSTEMATIC_CLOCK_S = 0.01
ADD_GAIN, DROP_GAIN = 4.0, -1.0  # natural log of odds: to begin to correct, and to stop
REFUSED_SHARE = 0.5
RECENT_S, CHANGE_GAIN = 60.0, 10.0  # what is new, and the evidence in it that makes the old void
Slopes = Callable[[int, F64, F64, F64], F64]
"""(sensor, e, n, u) to metres on the plane by range, azimuth and elevation (M, 3, 3)."""


class BiasKeeper:
    """Range, azimuth, elevation and clock errors of S sensors.

    kind (S,) SensorKind; sigma (S, 3) of range m, azimuth and elevation rad, NaN: not measured; slopes as above.
    """

    NOT_KEPT = ("_slopes",)
    """Left out of snapshots: how a place looks from each sensor, as the setup has it."""

    def __init__(
        self, sensors: SensorArrays, kind: I8, sigma: F64, slopes: Slopes, cfg: TracksConfig, *, is_flat: bool = False
    ) -> None:
        self.cfg = cfg
        self.sensors = sensors
        self._slopes = slopes
        self._flat = int(is_flat)
        self.is_reference = np.isin(kind, list(REFERENCE_CLOCK_S))
        self.width: I64 = np.where(sensors.is_search == 1, 4, np.where(self.is_reference, 1, 0)).astype(np.int64)
        self.base: I64 = np.concatenate([[0], np.cumsum(self.width)[:-1]]).astype(np.int64)
        prior, floor = [], []
        for k in np.flatnonzero(self.width):
            if self.width[k] == 1:
                prior.append(REFERENCE_CLOCK_S[SensorKind(int(kind[k]))])
            else:
                prior += [cfg.bias_range_m, cfg.bias_angle_rad, cfg.bias_angle_rad, cfg.bias_clock_s]
                floor += (SYSTEMATIC * np.nan_to_num(sigma[k], nan=0.01)).tolist()
            floor.append(SYSTEMATIC_CLOCK_S)
        self.prior_var = np.array(prior) ** 2
        self._floor_var = np.maximum(np.array(floor), 1e-6) ** 2
        self.waiting, self.arrays = kernels.make(self.base, self.width, self.prior_var)
        self._asked = self.width > 0
        # the clocks of references are estimated, not corrected
        self._corrected = np.repeat(self.width == 4, self.width)
        self._measures_elevation = np.isfinite(sigma[:, 2])
        self.partner: I64 = np.full(kernels.ROOM, -1, dtype=np.int64)
        scans = sensors.scan_s[sensors.is_search == 1]
        self.window_s = float(np.clip(0.8 * scans.max(), 1.5, 8.0)) if len(scans) else 4.0
        self.chosen = np.zeros(len(self.prior_var), dtype=np.bool_)
        self.is_useful = int(self._asked.sum()) > 1
        self.due_s = -np.inf
        self._since_s = np.nan
        self._before_s = np.nan
        self._report: BiasBatch | None = None
        self._recent = np.zeros((len(self.prior_var), len(self.prior_var) + 1))
        self._known = self._recent
        self._seen = np.zeros((2, len(self.width)), dtype=np.int64)

    def correction(self, k: int) -> F64:
        """(4,) what to take off the range m, azimuth, elevation rad and time s of sensor k's reports."""
        out = np.zeros(4)
        if self.width[k] == 4:
            out[:] = self.arrays.applied[self.base[k] : self.base[k] + 4]
        return out

    def spare_var(self, k: int) -> F64:
        """(3,) variance that is left in range, azimuth and elevation of sensor k after a correction; 0 without one."""
        out = np.zeros(3)
        if self.width[k] == 4:
            mine = slice(self.base[k], self.base[k] + 3)
            out[:] = np.where(self.chosen[mine], np.diag(self.arrays.cov)[mine], 0.0)
        return out

    def collect(self, tracks: TrackArrays, k: int, slots: I64, t_s: F64, z: F64, r: F64, slope: F64) -> None:
        """Listen to reports of sensor k that tracks took: slots (M,) or NONE, t_s (M,), z (M, 3), r (M, 3, 3)."""
        if self.is_useful and self._asked[k]:
            kernels.collect(
                tracks, self.waiting, self.arrays, k, slots, t_s, z, r, slope, self.partner, self.window_s,
                int(self.is_reference[k]), 1 + len(slots) // BUSY[int(self.chosen.any())],
            )

    def step(self, now_s: float, tracks: TrackArrays, live: I8) -> bool:
        """Every few seconds: what follows from what was collected; True if corrections have changed."""
        if not self.is_useful or now_s < self.due_s:
            return False
        if not np.isfinite(self._since_s):
            self._since_s = now_s
        self.due_s = now_s + (QUIET_S if now_s - self._since_s > AT_FIRST_S and not self.chosen.any() else REFRESH_S)
        self._report = None
        self._forget(now_s)
        changed = self._estimate(now_s, tracks)
        kernels.partners(tracks, self.sensors, live, self._remaining(), now_s, self._flat, self.partner)
        return changed

    def forget_tracks(self) -> None:
        """Other tracks come: nothing waits any longer; what was learnt of the sensors stays."""
        self.waiting.n[:] = 0
        self.partner[:] = -1

    def _forget(self, now_s: float) -> None:
        a = self.arrays
        keep = np.exp(-(now_s - self._before_s) / self.cfg.bias_memory_s) if now_s > self._before_s else 1.0
        used, refused = a.n_used - self._seen[0], a.n_refused - self._seen[1]
        fade = np.exp(-(now_s - self._before_s) / RECENT_S) if now_s > self._before_s else 1.0
        self._recent = fade * self._recent + np.column_stack([a.info, a.eta]) - self._known
        # an error has changed: either most of what a sensor says has ceased to fit, or what is new contradicts the old
        new, told = self._recent[:, :-1], self._recent[:, -1]
        info, eta = self._floored(new, told - new @ a.mean)
        is_odd = bool((gains(info, eta, self.prior_var, np.zeros(len(eta), dtype=np.bool_))[0] > CHANGE_GAIN).any())
        if is_odd or np.any((refused > 10) & (refused > REFUSED_SHARE * (used + refused))):
            a.info[:], a.eta[:] = new, told
        a.info[:] *= keep
        a.eta[:] *= keep
        self._known = np.column_stack([a.info, a.eta])
        self._seen[0], self._seen[1] = a.n_used, a.n_refused
        self._before_s = now_s

    def information(self) -> tuple[F64, F64]:
        """(D, D), (D,) what the groups say, less what many reports of one kind can say at most."""
        return self._floored(self.arrays.info, self.arrays.eta)

    def _floored(self, info: F64, eta: F64) -> tuple[F64, F64]:
        part = np.linalg.solve(info + np.diag(1.0 / self._floor_var), np.column_stack([info, eta]))
        out = info - info @ part[:, :-1]
        return 0.5 * (out + out.T), eta - info @ part[:, -1]

    def _estimate(self, now_s: float, tracks: TrackArrays) -> bool:
        a = self.arrays
        info, eta = self.information()
        a.cov[:] = np.linalg.inv(info + np.diag(1.0 / self.prior_var))
        a.mean[:] = a.cov @ eta
        self.chosen = choose(info, eta, self.prior_var, self.chosen, self.cfg.bias_p)
        applied = np.where(self._corrected, given(info, eta, self.prior_var, self.chosen), 0.0)
        move = applied - a.applied
        if not np.any(np.abs(move) > 0.02 * np.sqrt(self.prior_var)) and np.array_equal(applied != 0, a.applied != 0):
            return False
        a.applied[:] = applied
        self.waiting.n[:] = 0
        for k in np.flatnonzero(self.width == 4):
            self._move(now_s, tracks, int(k), move[self.base[k] : self.base[k] + 4])
        return True

    def _move(self, now_s: float, tracks: TrackArrays, k: int, by: F64) -> None:
        """Tracks go where their sensor's reports now go, so that none is lost at the change."""
        if not by.any():
            return
        share = np.empty(len(tracks.state))
        kernels.shares(tracks, self.sensors, k, now_s, share)
        rows = np.flatnonzero(share > 0.0)
        if not len(rows):
            return
        x = tracks.xm[rows]
        slope = self._slopes(k, f64(x[:, 0]), f64(x[:, 1]), f64(x[:, 2]))
        step = share[rows][:, None] * (by[3] * x[:, 3:] - slope @ by[:3])
        tracks.xm[rows, :3] += step
        tracks.x[rows, :, :3] += step[:, None, :]

    def _remaining(self) -> F64:
        """(S, 3) variance of range m2, angle rad2 and clock s2 that is still possible."""
        out = np.zeros((len(self.width), 3))
        var = np.diag(self.arrays.cov)
        for k in np.flatnonzero(self.width == 4):
            at = self.base[k]
            out[k] = var[at], max(var[at + 1], var[at + 2]), var[at + 3]
        return out

    def report(self) -> BiasBatch:
        """The estimates as they stood when last looked at."""
        if self._report is None:
            self._report = self._reported()
        return self._report

    def _reported(self) -> BiasBatch:
        n = len(self.width)
        info, eta = self.information() if len(self.prior_var) else (np.zeros((0, 0)), np.zeros(0))
        mean = best_single(info, eta, self.prior_var, self.chosen)
        sigma = np.sqrt(np.diag(np.linalg.inv(info + np.diag(1.0 / self.prior_var))))
        table = np.full((4, 3, n), np.nan)
        for k in np.flatnonzero(self._asked):
            at = np.arange(self.base[k], self.base[k] + self.width[k])
            table[4 - self.width[k] :, :, k] = np.stack([mean[at], sigma[at], self.arrays.applied[at]], axis=1)
        table[2, :, ~self._measures_elevation] = np.nan
        r, az, el, clock = ([np.ascontiguousarray(row) for row in part] for part in table)
        return BiasBatch(
            range_m=r[0], range_sigma_m=r[1], range_applied_m=r[2], azimuth_rad=az[0], azimuth_sigma_rad=az[1],
            azimuth_applied_rad=az[2], elevation_rad=el[0], elevation_sigma_rad=el[1], elevation_applied_rad=el[2],
            clock_s=clock[0], clock_sigma_s=clock[1], clock_applied_s=clock[2], n_groups=self.arrays.n_used[:n].copy(),
            is_applied=(np.nan_to_num(table[:, 2]) != 0.0).any(axis=0).astype(np.int8),
        )


def given(info: F64, eta: F64, prior_var: F64, chosen: np.ndarray) -> F64:
    """(D,) the estimate if only the chosen errors exist; zero elsewhere."""
    out = np.zeros(len(eta))
    at = np.flatnonzero(chosen)
    if len(at):
        out[at] = np.linalg.solve(info[np.ix_(at, at)] + np.diag(1.0 / prior_var[at]), eta[at])
    return out


def gains(info: F64, eta: F64, prior_var: F64, chosen: np.ndarray) -> tuple[F64, F64]:
    """Log of the evidence that each error adds to the chosen ones, and its estimate beside them; both (D,)."""
    at = np.flatnonzero(chosen)
    s, e = np.diag(info).copy(), eta.copy()
    if len(at):
        part = np.linalg.solve(info[np.ix_(at, at)] + np.diag(1.0 / prior_var[at]), info[at])
        s -= np.einsum("ad,ad->d", info[at], part)
        e -= part.T @ eta[at]
    s = np.maximum(s, 0.0)
    return 0.5 * e * e / (s + 1.0 / prior_var) - 0.5 * np.log1p(prior_var * s), e / (s + 1.0 / prior_var)


def best_single(info: F64, eta: F64, prior_var: F64, chosen: np.ndarray) -> F64:
    """(D,) estimates: the chosen together, each other one as if it came to them alone."""
    if not len(eta):
        return eta
    return np.asarray(np.where(chosen, given(info, eta, prior_var, chosen), gains(info, eta, prior_var, chosen)[1]))


def choose(info: F64, eta: F64, prior_var: F64, chosen: np.ndarray, p: float) -> np.ndarray:
    """(D,) which errors exist, by evidence: the sensors are thought true but for a share p of their errors.

    One is added while the best adds enough, one is taken away while the weakest gives too little; begins with `chosen`.
    """
    chosen = chosen.copy()
    if not p > 0.0:
        return np.zeros_like(chosen)
    odds = float(np.log(p / (1.0 - p)))
    for _ in range(4 * len(eta)):
        gain = np.where(chosen, -np.inf, gains(info, eta, prior_var, chosen)[0] + odds)
        weak = np.full(len(eta), np.inf)
        for j in np.flatnonzero(chosen):
            without = chosen.copy()
            without[j] = False
            weak[j] = gains(info, eta, prior_var, without)[0][j] + odds
        if len(eta) and weak.min() < DROP_GAIN:
            chosen[weak.argmin()] = False
        elif len(eta) and gain.max() > ADD_GAIN:
            chosen[gain.argmax()] = True
        else:
            break
    return chosen
