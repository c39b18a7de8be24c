"""The paper under the map: plane metres to pixels, lines of latitude and longitude, scale bar and north."""

from __future__ import annotations

import math

import numpy as np

from flightward.review import svg
from flightward.review.scene import F64, Scene
from flightward.units import NMI_M
from flightward.wording import Language
from flightward.wording import quantities as q

WIDTH, HEIGHT, MARGIN = 1080.0, 720.0, 0.08


class View:
    """Plane metres to pixels, north up, the same scale both ways."""

    def __init__(self, e_m: F64, n_m: F64, margin: float = MARGIN) -> None:
        ok = np.isfinite(e_m) & np.isfinite(n_m)
        e0, e1 = (float(e_m[ok].min()), float(e_m[ok].max())) if ok.any() else (-1e4, 1e4)
        n0, n1 = (float(n_m[ok].min()), float(n_m[ok].max())) if ok.any() else (-1e4, 1e4)
        self.px_per_m = min(
            WIDTH * (1 - 2 * margin) / max(e1 - e0, 12_000.0), HEIGHT * (1 - 2 * margin) / max(n1 - n0, 12_000.0)
        )
        self.e_mid, self.n_mid = (e0 + e1) / 2, (n0 + n1) / 2

    def xy(self, e_m: float, n_m: float) -> tuple[float, float]:
        """Pixels of a place."""
        return WIDTH / 2 + (e_m - self.e_mid) * self.px_per_m, HEIGHT / 2 - (n_m - self.n_mid) * self.px_per_m

    def line(self, e_m: F64, n_m: F64, step: int = 1) -> list[tuple[float, float]]:
        """Pixels of a line."""
        return [self.xy(float(a), float(b)) for a, b in zip(e_m[::step], n_m[::step], strict=True)]


def graticule(scene: Scene, view: View) -> list[str]:
    """Lines of latitude and longitude with their figures."""
    frame, out = scene.frame, []
    half_e, half_n = WIDTH / 2 / view.px_per_m, HEIGHT / 2 / view.px_per_m
    corners_e = np.array([-half_e, half_e, -half_e, half_e, 0.0, 0.0]) + view.e_mid
    corners_n = np.array([-half_n, -half_n, half_n, half_n, -half_n, half_n]) + view.n_mid
    lat, lon = (np.degrees(x) for x in frame.to_geodetic(corners_e, corners_n))
    step = next((k for k in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0) if (lat.max() - lat.min()) / k <= 6), 5.0)
    for a in np.arange(math.ceil(lat.min() / step) * step, lat.max(), step):
        along = np.linspace(lon.min(), lon.max(), 30)
        e, n = scene.to_plane(np.full(30, a), along)
        points = view.line(e, n)
        out.append(svg.polyline(points, "grid", 1.0))
        out.append(svg.halo(6.0, _where(points, 6.0, 0) - 3.0, _degrees(a, "N", "S"), size=10, colour="soft"))
    for o in np.arange(math.ceil(lon.min() / step) * step, lon.max(), step):
        along = np.linspace(lat.min(), lat.max(), 30)
        e, n = scene.to_plane(along, np.full(30, o))
        points = view.line(e, n)
        out.append(svg.polyline(points, "grid", 1.0))
        out.append(
            svg.halo(_where(points, HEIGHT - 6.0, 1) + 3.0, HEIGHT - 6.0, _degrees(o, "E", "W"), size=10, colour="soft")
        )
    return out


def _where(points: list[tuple[float, float]], at: float, axis: int) -> float:
    """The other coordinate of a line where one coordinate has a value."""
    p = np.array(sorted(points, key=lambda v: v[axis]))
    return float(np.interp(at, p[:, axis], p[:, 1 - axis]))


def _degrees(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):.2f}".rstrip("0").rstrip(".") + f"° {plus if value >= 0 else minus}"


def furniture(view: View, lang: Language = "en") -> list[str]:
    """Scale bar and north."""
    nmi = svg.nice_step(WIDTH / view.px_per_m / NMI_M, 8)
    size = nmi * NMI_M * view.px_per_m
    x, y = WIDTH - size - 24.0, HEIGHT - 44.0
    box = svg.rect(x - 12, y - 22, size + 24, 38, "#ffffff", "", 'fill-opacity="0.85" rx="4"')
    bar = svg.line(x, y, x + size, y, "ink", 2.5) + svg.line(x, y - 4, x, y + 4, "ink", 1.5)
    bar += svg.line(x + size, y - 4, x + size, y + 4, "ink", 1.5)
    far = q.km(nmi * NMI_M, lang)
    mile = f"{nmi:g} NM" if lang == "en" else f"{nmi:g} мор. миль".replace(".5", ",5")
    words = svg.text(x + size / 2, y - 7, f"{mile}  ({far})", anchor="middle")
    north = svg.polygon([(WIDTH - 30, 20), (WIDTH - 24, 40), (WIDTH - 36, 40)], "ink", "none")
    return [box, bar, words, north, svg.text(WIDTH - 30, 54, "N", anchor="middle", more='font-weight="600"')]
