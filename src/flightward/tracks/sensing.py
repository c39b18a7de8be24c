"""What a sensor is like, found from its own reports: its place, its reach, its false reports.

The covariance of a converted polar report has the line of sight as one axis and a level line across it as another.
Many lines of sight meet at the sensor. Where they do not (a sensor of another kind), the place stays unknown and
false reports are taken as uniform in units of the reports' own uncertainty.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model import F64, I64

SAMPLE = 2_000
P_DETECT_PRIOR = 0.85
FALSE_SHARE_PRIOR = 0.3
BINS = 8
BACKGROUND = 0.05


@dataclasses.dataclass(frozen=True)
class Sensing:
    """One sensor: place (3,) NaN unknown, range and elevation limits, elevation edges and density of false reports."""

    place: F64
    min_range_m: float
    max_range_m: float
    min_elevation_rad: float
    max_elevation_rad: float
    p_detect: float
    log_rate: float  # ln of false reports per metre, radian, radian (or per unit of own uncertainty)
    edges_rad: F64
    density: F64  # per radian of elevation, relative: integrates to one

    @property
    def is_placed(self) -> bool:
        """Whether its place is known."""
        return bool(np.isfinite(self.place).all())

    def log_density(self, z: F64, cov: F64) -> F64:
        """ln of false reports per m3 and scan at z (M, 3) with covariance (M, 3, 3)."""
        if not self.is_placed:
            return np.asarray(self.log_rate - 0.5 * np.log(np.linalg.det(cov)))
        r, el = polar(z, self.place)
        wide = BACKGROUND / max(self.max_elevation_rad - self.min_elevation_rad, 0.1)
        inside = np.log(wide + np.concatenate([[0.0], (1.0 - BACKGROUND) * self.density, [0.0]]))
        shape = inside[np.searchsorted(self.edges_rad, el)]
        return np.asarray(self.log_rate + shape - np.log(np.maximum(r, 1.0) ** 2 * np.cos(el)))


def polar(z: F64, place: F64) -> tuple[F64, F64]:
    """Slant range in metres and elevation in radians of z (M, 3) from a place (3,), on a level plane."""
    d = z - place
    level = np.sqrt(d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1])
    return np.sqrt(level * level + d[:, 2] * d[:, 2]), np.arctan2(d[:, 2], level)


def locate(z: F64, cov: F64) -> F64:
    """Where the lines of sight of z (M, 3) with covariances (M, 3, 3) meet; NaN (3,) when they do not."""
    unknown = np.full(3, np.nan)
    if len(z) < 20:
        return unknown
    take = np.linspace(0, len(z) - 1, min(len(z), SAMPLE)).astype(np.int64)
    z, cov = z[take], cov[take]
    value, axes = np.linalg.eigh(cov)
    rise = np.abs(axes[:, 2, :])
    across = rise.argmin(axis=1)
    row = np.arange(len(z))
    a = axes[row, :2, across]
    norm = np.linalg.norm(a, axis=1)
    # an axis that is shared with another eigenvalue points anywhere: such reports tell nothing
    gap = np.abs(np.log(value / value[row, across][:, None]))
    gap[row, across] = np.inf
    clear = (norm > 0.99) & (rise[row, across] < 0.02) & (gap.min(axis=1) > 0.1)
    if clear.sum() < 20:
        return unknown
    p, a = z[clear], a[clear] / norm[clear][:, None]
    w, past = np.ones(len(p)), a[:, 0] * p[:, 0] + a[:, 1] * p[:, 1]
    for _ in range(15):  # the level lines across pass over the sensor's ground point: a . (p - x) = 0 there
        wa = w[:, None] * a
        left, right = wa.T @ a, wa.T @ past
        if np.linalg.cond(left) > 1e8:
            return unknown
        x = np.linalg.solve(left, right)
        miss = np.abs(past - a @ x)
        w = 1.0 / np.maximum(miss, 1.0)
    far = np.linalg.norm(p[:, :2] - x, axis=1)
    if np.median(miss / np.maximum(far, 1.0)) > 0.01:
        return unknown
    return np.array([x[0], x[1], _height(z, value, axes, across, x)])


def _height(z: F64, value: F64, axes: F64, across: I64, x: F64) -> float:
    """The sensor's height: where the lines of sight pass over its ground point, by the median."""
    row = np.arange(len(z))
    rise = np.abs(axes[:, 2, :])
    rise[row, across] = np.inf
    sight = rise.argmin(axis=1)
    u = axes[row, :, sight]
    other = 3 - across - sight
    level = np.hypot(u[:, 0], u[:, 1])
    good = (level > 0.8) & (np.abs(np.log(value[row, sight] / value[row, other])) > 0.5)
    if good.sum() < 20:
        return float(np.quantile(z[:, 2], 0.01))
    far = np.linalg.norm(z[:, :2] - x, axis=1)
    along = np.einsum("mi,mi->m", u[:, :2], z[:, :2] - x) / np.maximum(level * far, 1e-9)
    height = z[:, 2] - np.sign(along) * far * u[:, 2] / np.maximum(level, 1e-9)
    return float(np.median(height[good]))


def first_guess(z: F64, cov: F64, per_scan: float) -> Sensing:
    """A sensor before anything was tracked: z (M, 3) all of its reports, per_scan how many a scan has."""
    place = locate(z, cov)
    if not np.isfinite(place).all():
        n = Sensing(place, 0.0, np.inf, -4.0, 4.0, P_DETECT_PRIOR, 0.0, np.array([-4.0, 4.0]), np.array([0.125]))
        return with_false(n, z, cov, FALSE_SHARE_PRIOR * per_scan)
    r, el = polar(z, place)
    edges = np.array([float(el.min()) - 1e-3, max(float(el.max()), 0.1)])
    s = Sensing(
        place, 0.99 * float(r.min()), 1.01 * float(r.max()), float(el.min()) - 0.01, 4.0, P_DETECT_PRIOR, 0.0, edges,
        np.array([1.0 / (edges[1] - edges[0])]),
    )
    return with_false(s, z, cov, FALSE_SHARE_PRIOR * per_scan)


def with_false(s: Sensing, z: F64, cov: F64, per_scan: float) -> Sensing:
    """The same with that many false reports per scan; z (M, 3), cov: where reports are, for the volume."""
    if s.is_placed:
        span = max(s.max_range_m - s.min_range_m, 1.0) * 2.0 * np.pi
        return dataclasses.replace(s, log_rate=float(np.log(max(per_scan, 0.05) / span)))
    box = np.prod(np.maximum(np.ptp(z, axis=0), 1.0)) if len(z) else 1.0
    unit = float(np.median(np.sqrt(np.linalg.det(cov)))) if len(z) else 1.0
    return dataclasses.replace(s, log_rate=float(np.log(max(per_scan, 0.05) * max(unit, 1e-9) / box)))


def with_elevations(s: Sensing, elevation_rad: F64) -> Sensing:
    """The same with false reports spread over elevation as the given ones (M,) are."""
    if not s.is_placed or len(elevation_rad) < 10 * BINS:
        return s
    edges = np.quantile(elevation_rad, np.linspace(0.0, 1.0, BINS + 1))
    edges = np.maximum.accumulate(edges + np.arange(BINS + 1) * 1e-5)
    return dataclasses.replace(s, edges_rad=edges, density=1.0 / BINS / np.diff(edges))
