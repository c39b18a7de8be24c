"""Who knew what, when, as a drawing: reports of each drone, the air picture, what was shown, what people did."""

from __future__ import annotations

import math
from collections.abc import Callable

from flightward.review import svg
from flightward.review.charts import STEPS_S
from flightward.review.findings import Span
from flightward.review.knew.knowledge import report_spans
from flightward.review.story import Story
from flightward.wording import quantities as q

WIDTH, LEFT, RIGHT, TOP = 1080.0, 196.0, 24.0, 30.0
ROW_H, GAP = 20.0, 8.0
MOST_DRONES = 4
BEFORE_S, AFTER_S = 60.0, 120.0
MOST_S = 2_700.0
SENSED = "#4f7f97"
_Row = tuple[str, list[tuple[float, float, str, str]], list[tuple[float, str, str]]]
"""Name; bars (from, to, colour, title); marks (time, colour, words)."""


def draw(s: Story) -> str:
    """The drawing; "" where there is nothing to draw."""
    if not s.k.links or not math.isfinite(s.k.end_s):
        return ""
    rows = _rows(s)
    times = [x for _, bars, marks in rows for x in (*(b[0] for b in bars), *(m[0] for m in marks)) if math.isfinite(x)]
    end = s.k.end_s + AFTER_S
    start = max(min(times, default=end) - BEFORE_S, end - MOST_S)

    def x(t_s: float) -> float:
        return LEFT + (min(max(t_s, start), end) - start) / (end - start) * (WIDTH - LEFT - RIGHT)

    bottom = TOP + len(rows) * (ROW_H + GAP)
    body = [*_grid(x, start, end, bottom)]
    for i, (name, bars, marks) in enumerate(rows):
        y = TOP + i * (ROW_H + GAP)
        body.append(svg.text(LEFT - 10.0, y + 14.0, name, anchor="end", size=11.5))
        body.append(svg.line(LEFT, y + ROW_H + GAP / 2, WIDTH - RIGHT, y + ROW_H + GAP / 2, "grid"))
        for a, b, colour, title in bars:
            if b >= start and a <= end:
                body.append(svg.rect(x(a), y + 3.0, max(x(b) - x(a), 2.0), ROW_H - 6.0, colour, title, 'rx="2"'))
        body += _marks(x, y, [m for m in marks if start <= m[0] <= end])
    at = x(s.k.end_s)
    words = s.say("link_caught" if math.isfinite(s.f.caught_s) else "link_closest")
    body.append(svg.line(at, TOP - 8.0, at, bottom, "WARNING", 1.6, 'stroke-dasharray="4 3"'))
    body.append(
        svg.halo(at - 4.0, TOP - 12.0, f"{words} {q.utc_hms(s.k.end_s)}", anchor="end", colour="WARNING", bold=True)
    )
    more = svg.time_axis(start, end, LEFT, WIDTH - RIGHT)
    body.append(svg.line(LEFT, TOP - 4.0, LEFT, bottom, "ink", 1.6, 'class="cursor" visibility="hidden"'))
    return svg.frame(WIDTH, bottom + 20.0, s.say("knew_label"), body, more)


def _marks(x: Callable[[float], float], y: float, marks: list[tuple[float, str, str]]) -> list[str]:
    """Diamonds with their words: to the right, or to the left where the right is taken."""
    out = []
    for i, (t_s, colour, words) in enumerate(sorted(marks)):
        at = x(t_s)
        c, mid = svg.COLOURS.get(colour, colour), y + ROW_H / 2
        out.append(svg.polygon([(at, mid - 6), (at + 6, mid), (at, mid + 6), (at - 6, mid)], c, "#ffffff", words))
        nxt = x(sorted(marks)[i + 1][0]) if i + 1 < len(marks) else WIDTH
        room = nxt - at - 14.0
        if words and room > 6.2 * len(words):
            out.append(svg.halo(at + 9.0, mid + 4.0, words, size=10.5))
        elif words and i == 0 and at - LEFT > 6.2 * len(words) + 14.0:
            out.append(svg.halo(at - 9.0, mid + 4.0, words, size=10.5, anchor="end"))
    return out


def _grid(x: Callable[[float], float], start: float, end: float, bottom: float) -> list[str]:
    step = next((k for k in STEPS_S if (end - start) / k <= 12), STEPS_S[-1])
    out, t = [], math.ceil(start / step) * step
    while t <= end:
        at = x(t)
        out.append(svg.line(at, TOP - 4.0, at, bottom, "grid"))
        out.append(svg.text(at, bottom + 14.0, q.utc_hm(t), anchor="middle", colour="soft"))
        t += step
    return out


def _rows(s: Story) -> list[_Row]:
    rows: list[_Row] = []
    spans = report_spans(s.k)
    for name in s.k.drones[:MOST_DRONES]:
        bars = [(a.start_s, a.end_s, SENSED, _title(a)) for a in spans.get(name, [])]
        rows.append((s.say("lane_reports", id=name), bars, []))
    tracked, end = s.k.link("tracked"), s.k.end_s
    raid = s.k.link("raid")
    marks = [(raid.t_s, "world", "")] if raid is not None and math.isfinite(raid.t_s) else []
    seen = tracked is not None and math.isfinite(tracked.t_s)
    bars = [(tracked.t_s, end, "#8a6d3b", s.say("lane_picture"))] if seen and tracked is not None else []
    rows.append((s.say("lane_picture"), bars, marks))
    for p in s.k.possible:
        words = s.say(f"can_{p.mode}")
        at = [(p.warn_s, "advice", f"{q.utc_hms(p.warn_s)}, {s.dur(p.lead_s)}")] if math.isfinite(p.warn_s) else []
        rows.append((words, [], at))
    shown = [x for x in s.f.shown if x.word != "CLEAR" and x.end_s >= end - MOST_S and x.start_s <= end + AFTER_S]
    rows.append(
        (s.say("lane_shown"), [(x.start_s, x.end_s, x.word, f"{s.level(x.word)} {_title(x)}") for x in shown], [])
    )
    acts = [(a.t_s, "flight", s.say(f"link_{a.stage}")) for a in s.k.links if a.stage in ("seen", "told", "read_back")]
    rows.append((s.say("lane_people"), [], [a for a in acts if math.isfinite(a[0])]))
    return rows


def _title(x: Span) -> str:
    return f"{q.utc_hms(x.start_s)} – {q.utc_hms(x.end_s)}"
