"""The chart over time: what was shown, how many drones were near, how far the nearest were. One time axis for all."""

from __future__ import annotations

import math

import numpy as np

from flightward.review import svg
from flightward.review.closeness import Closeness
from flightward.review.findings import Findings, Span, join
from flightward.review.scene import F64
from flightward.units import FT_M, NMI_M, ft_from_m, nmi_from_m
from flightward.wording import quantities as q

WIDTH, LEFT, RIGHT = 1080.0, 128.0, 16.0
ROW_H, PANEL_H, GAP = 18.0, 128.0, 40.0
NAMES = {
    "shown": "Shown to people",
    "caught": "Caught",
    "raid": "raid",
    "drone": "drone",
    "zone": "defended zone",
    "closed_area": "closed area",
    "gnss": "GNSS interference",
    "blind": "blindness",
}
STEPS_S = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0)
TOP_NMI, TOP_FT = 40.0, 8_000.0


class _Axis:
    """Time to pixels over the window that matters to the flight."""

    def __init__(self, start_s: float, end_s: float) -> None:
        self.start_s, self.end_s = start_s, max(end_s, start_s + 60.0)

    def x(self, t_s: float) -> float:
        share = (min(max(t_s, self.start_s), self.end_s) - self.start_s) / (self.end_s - self.start_s)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> list[float]:
        step = next((s for s in STEPS_S if (self.end_s - self.start_s) / s <= 12), STEPS_S[-1])
        first = math.ceil(self.start_s / step) * step
        return [float(t) for t in np.arange(first, self.end_s + 1e-6, step)]


def window(f: Findings) -> tuple[float, float]:
    """From ten minutes before anything concerned the flight to ten minutes after."""
    s = f.evidence.scene
    starts = [t for t in (f.takeoff_s, *(a.start_s for a in f.alarms)) if math.isfinite(t)]
    ends = [t for t in (f.landing_s, *(a.end_s for a in f.alarms)) if math.isfinite(t)]
    if not starts:
        return s.start_s, s.end_s
    return max(s.start_s, min(starts) - 600.0), min(s.end_s, max(ends) + 600.0)


def over_time(f: Findings) -> str:
    """The whole drawing as SVG."""
    axis = _Axis(*window(f))
    caught = [Span(s.start_s, s.end_s + 1.0, "CAUGHT") for s in join(f.best.t_s[f.best.caught_by != ""], "", 2.0)]
    rows = {"shown": f.shown, **({"caught": caught} if caught else {}), **f.rows}
    y = 34.0
    body: list[str] = []
    for name, spans in rows.items():
        body += _strip(axis, y, NAMES.get(name, name), spans, thick=name == "shown")
        y += ROW_H + (10.0 if name == "shown" else 5.0)
    y += GAP - 12.0
    c = f.best
    seen = f.by_picture if f.by_truth is not None else None
    y = _count(body, axis, y, f, c, seen)
    y = _horizontal(body, axis, y, f, c, seen)
    y = _vertical(body, axis, y, f, c)
    body = _grid(axis, y - GAP + 4.0) + body + _marks(axis, f, y - GAP + 4.0)
    return svg.frame(WIDTH, y - GAP + 24.0, "Levels and distances over time", body)


def _grid(axis: _Axis, bottom: float) -> list[str]:
    out = []
    for t in axis.ticks():
        out.append(svg.line(axis.x(t), 28.0, axis.x(t), bottom, "grid"))
        out.append(svg.text(axis.x(t), bottom + 14.0, q.utc_hm(t), anchor="middle", colour="soft"))
    out.append(svg.text(LEFT - 8.0, bottom + 14.0, "UTC", anchor="end", colour="soft"))
    return out


def _marks(axis: _Axis, f: Findings, bottom: float) -> list[str]:
    """Upright lines: take-off, first CAUTION, first catch, landing."""
    marks = [(f.takeoff_s, "take-off", "flight"), (f.landing_s, "landing", "flight")]
    if f.path.t_s[0] + 5.0 >= f.takeoff_s:
        marks[0] = (f.takeoff_s, "in the air", "flight")
    if f.path.t_s[-1] <= f.landing_s:
        marks[1] = (f.landing_s, "end of the data", "flight")
    if f.alarms:
        marks.append((f.alarms[0].start_s, "first CAUTION", "CAUTION"))
    marks.append((f.caught_s, "caught", "WARNING"))
    out: list[str] = []
    right: dict[int, float] = {}
    for t, words, colour in sorted((m for m in marks if math.isfinite(m[0])), key=lambda m: m[0]):
        x = axis.x(t)
        out.append(svg.line(x, 28.0, x, bottom, colour, 1.3, 'stroke-dasharray="4 3"'))
        lane = 0 if x > right.get(0, -1e9) else 1
        anchor, shift = ("end", -3.0) if x > WIDTH - 90.0 else ("start", 3.0)
        out.append(svg.halo(x + shift, 24.0 - 12.0 * lane, words, colour=colour, anchor=anchor, bold=True))
        right[lane] = x + 7.0 * len(words)
    return out


def _strip(axis: _Axis, y: float, name: str, spans: list[Span], thick: bool) -> list[str]:
    height = ROW_H + 4.0 if thick else ROW_H - 2.0
    weight = 'font-weight="600"' if thick else ""
    out = [svg.text(LEFT - 8.0, y + height - 5.0, name, anchor="end", size=11.5, more=weight)]
    for s in spans:
        if s.end_s < axis.start_s or s.start_s > axis.end_s:
            continue
        x0, x1 = axis.x(s.start_s), axis.x(s.end_s)
        title = f"{s.word} {q.utc_hms(s.start_s)} to {q.utc_hms(s.end_s)}"
        out.append(svg.rect(x0, y, max(x1 - x0, 1.0), height, s.word, title))
        if x1 - x0 > 8.0 * len(s.word) and s.word != "CLEAR":
            dark = "#ffffff" if s.word in ("CAUGHT", "WARNING", "BLIND") else "ink"
            out.append(svg.text((x0 + x1) / 2, y + height - 5.0, s.word, anchor="middle", size=10.5, colour=dark))
    return out


def _panel(body: list[str], axis: _Axis, y: float, title: str, top: float, step: float, unit: str) -> None:
    body.append(svg.halo(LEFT, y - 8.0, title, size=12.5, bold=True))
    body.append(svg.line(LEFT, y + PANEL_H, WIDTH - RIGHT, y + PANEL_H, "soft"))
    for v in np.arange(0.0, top + 1e-9, step):
        at = y + PANEL_H * (1.0 - v / top)
        body.append(svg.line(LEFT, at, WIDTH - RIGHT, at, "grid"))
        body.append(svg.text(LEFT - 8.0, at + 4.0, f"{v:,.0f}{unit if v else ''}", anchor="end", colour="soft"))


def _curve(axis: _Axis, y: float, t_s: F64, values: F64, top: float) -> list[tuple[float, float]]:
    """Thinned to about one point a pixel; what lies over the top is cut at it, what is unknown breaks the line."""
    on = np.flatnonzero((t_s >= axis.start_s) & (t_s <= axis.end_s))
    step = max(1, len(on) // 900)
    v = np.where(np.isfinite(values), np.minimum(values, top * 1.001), np.nan)
    return [(axis.x(float(t_s[k])), y + PANEL_H * (1.0 - float(v[k]) / top)) for k in on[::step]]


def _limit(body: list[str], y: float, value: float, top: float, words: str, left: bool = False) -> None:
    at = y + PANEL_H * (1.0 - value / top)
    body.append(svg.line(LEFT, at, WIDTH - RIGHT, at, "drone", 1.2, 'stroke-dasharray="7 4"'))
    x, anchor = (LEFT + 6.0, "start") if left else (WIDTH - RIGHT - 4.0, "end")
    body.append(svg.halo(x, at - 4.0, words, anchor=anchor, colour="drone", size=10.5))


def _count(body: list[str], axis: _Axis, y: float, f: Findings, c: Closeness, seen: Closeness | None) -> float:
    most = max(int(c.n_near.max(initial=0)), f.cfg.caught_n + 1, int(seen.n_near.max(initial=0)) if seen else 0)
    top = float(math.ceil((most + 0.5) / 2) * 2)
    reach = f"{q.distance(f.cfg.raid_radius_m)} and {q.height(f.cfg.raid_height_m)}"
    _panel(body, axis, y, f"Hostile drones within {reach} of the flight", top, svg.nice_step(top, 4), "")
    if seen is not None:
        body.append(
            svg.polyline(_curve(axis, y, seen.t_s, seen.n_near.astype(float), top), "soft", 1.1, "in the air picture")
        )
    body.append(svg.polyline(_curve(axis, y, c.t_s, c.n_near.astype(float), top), "drone", 2.0, _basis(f)))
    _limit(body, y, float(f.cfg.caught_n), top, f"caught from {f.cfg.caught_n}")
    return y + PANEL_H + GAP


def _horizontal(body: list[str], axis: _Axis, y: float, f: Findings, c: Closeness, seen: Closeness | None) -> float:
    title = f"Horizontal distance to the nearest hostile drone; dashed: the {_nth(f.cfg.caught_n)} at its height; NM"
    _panel(body, axis, y, title, TOP_NMI, 10.0, "")
    if seen is not None:
        body.append(
            svg.polyline(
                _curve(axis, y, seen.t_s, nmi_of(seen.nearest_h_m), TOP_NMI), "soft", 1.1, "in the air picture"
            )
        )
    third = _curve(axis, y, c.t_s, nmi_of(c.third_h_m), TOP_NMI)
    body.append(svg.polyline(third, "drone", 1.4, "the third nearest", 'stroke-dasharray="5 3"'))
    body.append(svg.polyline(_curve(axis, y, c.t_s, nmi_of(c.nearest_h_m), TOP_NMI), "drone", 2.0, _basis(f)))
    _limit(body, y, nmi_from_m(f.cfg.raid_radius_m), TOP_NMI, f"raid {q.distance(f.cfg.raid_radius_m)}")
    _limit(body, y, nmi_from_m(f.cfg.lone_radius_m), TOP_NMI, f"lone {q.distance(f.cfg.lone_radius_m)}", left=True)
    return y + PANEL_H + GAP


def _vertical(body: list[str], axis: _Axis, y: float, f: Findings, c: Closeness) -> float:
    _panel(body, axis, y, "Height difference to the nearest of them, ft", TOP_FT, 2_000.0, "")
    shown = np.where(np.isfinite(c.nearest_h_m), np.abs(c.nearest_v_m) / FT_M, np.nan)
    body.append(svg.polyline(_curve(axis, y, c.t_s, shown, TOP_FT), "drone", 2.0, _basis(f)))
    _limit(body, y, ft_from_m(f.cfg.raid_height_m), TOP_FT, f"raid {q.height(f.cfg.raid_height_m)}")
    _limit(body, y, ft_from_m(f.cfg.lone_height_m), TOP_FT, f"lone {q.height(f.cfg.lone_height_m)}")
    return y + PANEL_H + GAP


def nmi_of(values_m: F64) -> F64:
    """Nautical miles of metres, arrays."""
    return np.asarray(values_m / NMI_M, np.float64)


def _nth(n: int) -> str:
    return {1: "nearest", 2: "second nearest", 3: "third nearest"}.get(n, f"{n}th nearest")


def _basis(f: Findings) -> str:
    return "in the truth" if f.by_truth is not None else "in the air picture"
