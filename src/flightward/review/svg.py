"""Small pieces of SVG: text is escaped, numbers are rounded, colours (colour-blind safe) stand in one table."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable

COLOURS = {
    "CAUGHT": "#67001f",
    "WARNING": "#b2182b",
    "CAUTION": "#e08214",
    "BLIND": "#7b5ea7",
    "ADVISORY": "#d9c04a",
    "CLEAR": "#c9d3d9",
    "flight": "#0b5c8a",
    "plan": "#6b7a84",
    "drone": "#b2182b",
    "advice": "#1b7837",
    "world": "#44525c",
    "grid": "#dfe5e8",
    "ink": "#1d2730",
    "soft": "#66737d",
}


def num(x: float) -> str:
    """A coordinate with one decimal; never NaN or infinite."""
    return f"{x:.1f}".removesuffix(".0") if math.isfinite(x) else "0"


def text(
    x: float, y: float, words: str, *, size: float = 11, anchor: str = "start", colour: str = "ink", more: str = ""
) -> str:
    """A text element."""
    fill = COLOURS.get(colour, colour)
    return (
        f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}" text-anchor="{anchor}" fill="{fill}" {more}>'
        f"{html.escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0, more: str = "") -> str:
    """A straight line."""
    stroke = COLOURS.get(colour, colour)
    return (
        f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}" stroke="{stroke}" '
        f'stroke-width="{num(width)}" {more}/>'
    )


def rect(x: float, y: float, w: float, h: float, colour: str, title: str = "", more: str = "") -> str:
    """A filled box, with words shown when the pointer rests on it."""
    fill = COLOURS.get(colour, colour)
    told = f"<title>{html.escape(title)}</title>" if title else ""
    box = f'x="{num(x)}" y="{num(y)}" width="{num(max(w, 0.0))}" height="{num(h)}"'
    return f'<rect {box} fill="{fill}" {more}>{told}</rect>'


def polyline(
    points: Iterable[tuple[float, float]], colour: str, width: float = 1.5, title: str = "", more: str = ""
) -> str:
    """A broken line; points that are not finite break it into pieces."""
    path, pen_up = [], True
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            pen_up = True
            continue
        path.append(f"{'M' if pen_up else 'L'}{num(x)} {num(y)}")
        pen_up = False
    told = f"<title>{html.escape(title)}</title>" if title else ""
    stroke = COLOURS.get(colour, colour)
    return f'<path d="{"".join(path)}" fill="none" stroke="{stroke}" stroke-width="{num(width)}" {more}>{told}</path>'


def polygon(points: Iterable[tuple[float, float]], fill: str, stroke: str, title: str = "", more: str = "") -> str:
    """A closed area."""
    d = " ".join(f"{num(x)},{num(y)}" for x, y in points)
    told = f"<title>{html.escape(title)}</title>" if title else ""
    return (
        f'<polygon points="{d}" fill="{COLOURS.get(fill, fill)}" stroke="{COLOURS.get(stroke, stroke)}" {more}>{told}'
        "</polygon>"
    )


def circle(x: float, y: float, r: float, fill: str, stroke: str = "none", title: str = "", more: str = "") -> str:
    """A dot or a ring."""
    told = f"<title>{html.escape(title)}</title>" if title else ""
    return (
        f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{COLOURS.get(fill, fill)}" '
        f'stroke="{COLOURS.get(stroke, stroke)}" {more}>{told}</circle>'
    )


def halo(
    x: float, y: float, words: str, *, size: float = 11, anchor: str = "start", colour: str = "ink", bold: bool = False
) -> str:
    """A text with a white rim, for maps."""
    weight = 'font-weight="600" ' if bold else ""
    rim = f'{weight}stroke="#ffffff" stroke-width="3" paint-order="stroke" stroke-linejoin="round"'
    return text(x, y, words, size=size, anchor=anchor, colour=colour, more=rim)


def frame(width: float, height: float, label: str, body: list[str], more: str = "") -> str:
    """A whole drawing with a name for people who cannot see it."""
    return (
        f'<svg viewBox="0 0 {num(width)} {num(height)}" role="img" aria-label="{html.escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg" {more}>{"".join(body)}</svg>'
    )


def time_axis(start_s: float, end_s: float, left: float, right: float) -> str:
    """What a drawing says of its time axis, for the upright line that follows the page's slider."""
    return f'data-start="{start_s:.0f}" data-end="{end_s:.0f}" data-left="{left:g}" data-right="{right:g}"'


def nice_step(span: float, about: int) -> float:
    """A round step (1, 2, 5 times a power of ten) that cuts `span` into about so many parts."""
    if span <= 0.0:
        return 1.0
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= raw)
