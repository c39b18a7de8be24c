"""The chart over time: what was shown, how many drones were near, how far the nearest were. One time axis for all."""

from __future__ import annotations

import math

import numpy as np

from flightward.review import svg
from flightward.review.closeness import Closeness
from flightward.review.findings import Findings, Span, join
from flightward.review.scene import F64
from flightward.review.story import Story
from flightward.units import FT_M, NMI_M, ft_from_m, nmi_from_m
from flightward.wording import quantities as q

WIDTH, LEFT, RIGHT = 1080.0, 128.0, 16.0
ROW_H, PANEL_H, GAP = 18.0, 128.0, 40.0
STEPS_S = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0)
TOP_NMI, TOP_FT = 40.0, 8_000.0


class Axis:
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


def over_time(s: Story) -> str:
    """The whole drawing as SVG."""
    f = s.f
    axis = Axis(*window(f))
    caught = [Span(s.start_s, s.end_s + 1.0, "CAUGHT") for s in join(f.best.t_s[f.best.caught_by != ""], "", 2.0)]
    rows = {"shown": f.shown, **({"caught": caught} if caught else {}), **f.rows}
    y = 34.0
    body: list[str] = []
    for name, spans in rows.items():
        title = s.say(f"chart_{name}") if name in ("shown", "caught") else s.hazard(name)
        body += _strip(s, axis, y, title, spans, thick=name == "shown")
        y += ROW_H + (10.0 if name == "shown" else 5.0)
    y += GAP - 12.0
    top = y
    c = f.best
    seen = f.by_picture if f.by_truth is not None else None
    y = _count(s, body, axis, y, c, seen)
    y = _horizontal(s, body, axis, y, c, seen)
    y = _vertical(s, body, axis, y, c)
    body = (
        _blind(s, axis, top, y - GAP)
        + _grid(axis, y - GAP + 4.0)
        + body
        + _marks(s, axis, y - GAP + 4.0)
        + [cursor(y - GAP + 4.0)]
    )
    more = svg.time_axis(axis.start_s, axis.end_s, LEFT, WIDTH - RIGHT)
    return svg.frame(WIDTH, y - GAP + 24.0, s.say("chart_label"), body, more)


def cursor(bottom: float) -> str:
    """The upright line that follows the map's slider; not seen until it is moved."""
    return svg.line(LEFT, 28.0, LEFT, bottom, "ink", 1.6, 'class="cursor" visibility="hidden"')


def _blind(s: Story, axis: Axis, top: float, bottom: float) -> list[str]:
    """Where it was BLIND the panels are shaded: what they do not show may have been there."""
    out = []
    for b in s.f.blind:
        x0, x1 = axis.x(b.start_s), axis.x(b.end_s + 1.0)
        if x1 > x0:
            out.append(svg.rect(x0, top, x1 - x0, bottom - top, "BLIND", s.level("BLIND"), 'opacity="0.10"'))
    if not np.isfinite(s.f.best.nearest_h_m).any():
        mid = (LEFT + WIDTH - RIGHT) / 2
        out.append(svg.text(mid, (top + bottom) / 2, s.say("chart_nobody"), anchor="middle", size=13, colour="BLIND"))
    return out


def _grid(axis: Axis, bottom: float) -> list[str]:
    out = []
    for t in axis.ticks():
        out.append(svg.line(axis.x(t), 28.0, axis.x(t), bottom, "grid"))
        out.append(svg.text(axis.x(t), bottom + 14.0, q.utc_hm(t), anchor="middle", colour="soft"))
    out.append(svg.text(LEFT - 30.0, bottom + 14.0, "UTC", anchor="end", colour="soft"))
    return out


def _marks(s: Story, axis: Axis, bottom: float) -> list[str]:
    """Upright lines: take-off, first CAUTION, first catch, landing."""
    f = s.f
    marks = [(f.takeoff_s, "mark_takeoff", "flight"), (f.landing_s, "mark_landing", "flight")]
    if f.path.t_s[0] + 5.0 >= f.takeoff_s:
        marks[0] = (f.takeoff_s, "mark_in_air", "flight")
    if f.path.t_s[-1] <= f.landing_s:
        marks[1] = (f.landing_s, "mark_end", "flight")
    if f.alarms:
        marks.append((f.alarms[0].start_s, "mark_caution", "CAUTION"))
    marks.append((f.caught_s, "mark_caught", "WARNING"))
    out: list[str] = []
    right: dict[int, float] = {}
    for t, key, colour in sorted((m for m in marks if math.isfinite(m[0])), key=lambda m: m[0]):
        x, words = axis.x(t), s.say(key)
        out.append(svg.line(x, 28.0, x, bottom, colour, 1.3, 'stroke-dasharray="4 3"'))
        lane = 0 if x > right.get(0, -1e9) else 1
        anchor, shift = ("end", -3.0) if x > WIDTH - 90.0 else ("start", 3.0)
        out.append(svg.halo(x + shift, 24.0 - 12.0 * lane, words, colour=colour, anchor=anchor, bold=True))
        right[lane] = x + 7.0 * len(words)
    return out


def _strip(s: Story, axis: Axis, y: float, name: str, spans: list[Span], thick: bool) -> list[str]:
    height = ROW_H + 4.0 if thick else ROW_H - 2.0
    weight = 'font-weight="600"' if thick else ""
    out = [svg.text(LEFT - 8.0, y + height - 5.0, name, anchor="end", size=11.5, more=weight)]
    for span in spans:
        if span.end_s < axis.start_s or span.start_s > axis.end_s:
            continue
        x0, x1 = axis.x(span.start_s), axis.x(span.end_s)
        word = s.say("ev_caught") if span.word == "CAUGHT" else s.level(span.word)
        title = f"{word} {q.utc_hms(span.start_s)} – {q.utc_hms(span.end_s)}"
        out.append(svg.rect(x0, y, max(x1 - x0, 1.0), height, span.word, title))
        if x1 - x0 > 8.5 * len(word) and span.word != "CLEAR":
            dark = "#ffffff" if span.word in ("CAUGHT", "WARNING", "BLIND") else "ink"
            out.append(svg.text((x0 + x1) / 2, y + height - 5.0, word, anchor="middle", size=10.5, colour=dark))
    return out


def _panel(body: list[str], axis: Axis, y: float, title: str, top: float, step: float) -> None:
    body.append(svg.halo(LEFT, y - 8.0, title, size=12.5, bold=True))
    body.append(svg.line(LEFT, y + PANEL_H, WIDTH - RIGHT, y + PANEL_H, "soft"))
    for v in np.arange(0.0, top + 1e-9, step):
        at = y + PANEL_H * (1.0 - v / top)
        body.append(svg.line(LEFT, at, WIDTH - RIGHT, at, "grid"))
        body.append(svg.text(LEFT - 8.0, at + 4.0, f"{v:,.0f}".replace(",", "\u202f"), anchor="end", colour="soft"))


def _curve(axis: Axis, y: float, t_s: F64, values: F64, top: float) -> list[tuple[float, float]]:
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


def _count(s: Story, body: list[str], axis: Axis, y: float, c: Closeness, seen: Closeness | None) -> float:
    n = s.f.cfg.caught_n
    most = max(int(c.n_near.max(initial=0)), n + 1, int(seen.n_near.max(initial=0)) if seen else 0)
    top = float(math.ceil((most + 0.5) / 2) * 2)
    _panel(body, axis, y, s.say("chart_count", reach=s.reach("raid")), top, svg.nice_step(top, 4))
    if seen is not None:
        points = _curve(axis, y, seen.t_s, seen.n_near.astype(float), top)
        body.append(svg.polyline(points, "soft", 1.1, s.say("in_picture")))
    body.append(svg.polyline(_curve(axis, y, c.t_s, c.n_near.astype(float), top), "drone", 2.0, _basis(s)))
    _limit(body, y, float(n), top, s.say("chart_caught_from", n=n))
    return y + PANEL_H + GAP


def _horizontal(s: Story, body: list[str], axis: Axis, y: float, c: Closeness, seen: Closeness | None) -> float:
    cfg = s.f.cfg
    _panel(body, axis, y, s.say("chart_h", nth=nth_word(s, cfg.caught_n)), TOP_NMI, 10.0)
    if seen is not None:
        points = _curve(axis, y, seen.t_s, nmi_of(seen.nearest_h_m), TOP_NMI)
        body.append(svg.polyline(points, "soft", 1.1, s.say("in_picture")))
    third = _curve(axis, y, c.t_s, nmi_of(c.third_h_m), TOP_NMI)
    body.append(svg.polyline(third, "drone", 1.4, nth_word(s, cfg.caught_n), 'stroke-dasharray="5 3"'))
    body.append(svg.polyline(_curve(axis, y, c.t_s, nmi_of(c.nearest_h_m), TOP_NMI), "drone", 2.0, _basis(s)))
    raid, lone = (
        s.say(f"limit_{x}", d=s.far(d)) for x, d in (("raid", cfg.raid_radius_m), ("lone", cfg.lone_radius_m))
    )
    _limit(body, y, nmi_from_m(cfg.raid_radius_m), TOP_NMI, raid)
    _limit(body, y, nmi_from_m(cfg.lone_radius_m), TOP_NMI, lone, left=True)
    return y + PANEL_H + GAP


def _vertical(s: Story, body: list[str], axis: Axis, y: float, c: Closeness) -> float:
    cfg = s.f.cfg
    _panel(body, axis, y, s.say("chart_v"), TOP_FT, 2_000.0)
    shown = np.where(np.isfinite(c.nearest_h_m), np.abs(c.nearest_v_m) / FT_M, np.nan)
    body.append(svg.polyline(_curve(axis, y, c.t_s, shown, TOP_FT), "drone", 2.0, _basis(s)))
    _limit(body, y, ft_from_m(cfg.raid_height_m), TOP_FT, s.say("limit_raid", d=s.high(cfg.raid_height_m)))
    _limit(body, y, ft_from_m(cfg.lone_height_m), TOP_FT, s.say("limit_lone", d=s.high(cfg.lone_height_m)))
    return y + PANEL_H + GAP


def nmi_of(values_m: F64) -> F64:
    """Nautical miles of metres, arrays."""
    return np.asarray(values_m / NMI_M, np.float64)


def nth_word(s: Story, n: int) -> str:
    """ "third nearest"."""
    return s.say(f"nth_{n}") if n <= 3 else s.say("nth_n", n=n)


def _basis(s: Story) -> str:
    return s.say("in_truth" if s.f.by_truth is not None else "in_picture")
