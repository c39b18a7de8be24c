"""Two reviews side by side on one page: two days, two flights, or one day under two versions or settings."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from markupsafe import Markup

import flightward
from flightward.review import svg
from flightward.review.charts import nmi_of
from flightward.review.page.render import date, environment
from flightward.review.page.sections import provenance
from flightward.review.story import Story
from flightward.review.summary import answers, blind_up_s, up_s
from flightward.review.write import page_stem
from flightward.wording import simulation_label

Rows = list[dict[str, str]]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1080.0, 320.0, 46.0, 20.0, 26.0, 34.0
FROM_MIN, TO_MIN, TOP_NMI = -30.0, 15.0, 40.0
COLOURS = ("#0b5c8a", "#c05a00")
"""Of the first and the second: told apart without colour too, as the second is dashed."""


def compare(a: Story, b: Story, out: Path, links: tuple[str, str] = ("", "")) -> Path:
    """Write OUT/compare-A-B.html and give its path. `links`: the full pages, "" none.

    Both stories in the same language, which is the page's.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = [page_stem(s).removeprefix("review-").removesuffix(f".{s.lang}") for s in (a, b)]
    tail = "" if a.lang == "en" else f".{a.lang}"
    path = out / f"compare-{names[0]}-{names[1]}{tail}.html"
    aside = path.with_suffix(".html.part")
    aside.write_text(render_compare(a, b, links), encoding="utf-8")
    aside.replace(path)
    return path


def render_compare(a: Story, b: Story, links: tuple[str, str] = ("", "")) -> str:
    """The page."""
    return environment().get_template("compare.html").render(
        say=a.say, lang=a.lang, names=(_name(a), _name(b)), colours=svg.COLOURS, pair=COLOURS, links_to=links,
        labels=[_label(s) for s in (a, b)],
        answers=[(q, x, y) for (q, x), (_, y) in zip(answers(a), answers(b), strict=True)],
        figures=figure_rows(a, b), links=link_rows(a, b), possible=possible_rows(a, b), settings=setting_rows(a, b),
        chart=Markup(_chart(a, b)), version=flightward.__version__,
    )  # fmt: skip


def _name(s: Story) -> str:
    scene = s.f.evidence.scene
    return f"{s.who} · {scene.title} · {date(scene.start_s)}"


def _label(s: Story) -> str:
    scene = s.f.evidence.scene
    partly = scene.real.strip().lower() not in ("", "nothing", "none")
    return simulation_label(scene.is_simulated, partly, s.lang)


def _alarm_s(s: Story) -> float:
    return sum(x.end_s - x.start_s + 1.0 for x in s.f.alarms)


def figure_rows(a: Story, b: Story) -> Rows:
    """The figures of both with their difference (second less first)."""
    near = [s.f.best.closest() for s in (a, b)]
    h = [math.nan if k is None else float(s.f.best.nearest_h_m[k]) for k, s in zip(near, (a, b), strict=True)]
    caught = [float((s.f.best.caught_by != "").sum()) for s in (a, b)]
    most = [s.f.best.most_near() for s in (a, b)]
    out = [{"what": a.say("cmp_caught"), "a": _caught(a), "b": _caught(b), "d": ""}]
    out.append(_durations(a, b, "cmp_lead", a.f.lead_s, b.f.lead_s))
    far = [s.far(x) if math.isfinite(x) else s.say("fact_not_known") for s, x in zip((a, b), h, strict=True)]
    gap = h[1] - h[0]
    difference = f"{_sign(gap)}{a.far(abs(gap))}" if math.isfinite(gap) else ""
    out.append({"what": a.say("cmp_nearest"), "a": far[0], "b": far[1], "d": difference})
    out.append(_numbers(a, "cmp_most", most[0], most[1]))
    for key, values in (
        ("cmp_caught_for", caught), ("cmp_alarm_for", [_alarm_s(a), _alarm_s(b)]),
        ("cmp_blind", [blind_up_s(a), blind_up_s(b)]), ("cmp_air", [up_s(a), up_s(b)]),
    ):  # fmt: skip
        out.append(_durations(a, b, key, values[0], values[1]))
    out.append(_numbers(a, "cmp_alarms", len(a.f.alarms), len(b.f.alarms)))
    out.append(_numbers(a, "cmp_warnings", *(len(s.f.evidence.warnings["raised_s"]) for s in (a, b))))
    return out


def _caught(s: Story) -> str:
    if math.isfinite(s.f.caught_s):
        return s.time(s.f.caught_s)
    return s.say("fact_not_known") if s.f.is_unwatched else s.say("fact_not_caught")


def _durations(a: Story, b: Story, key: str, x: float, y: float) -> dict[str, str]:
    said = [s.dur(v) if math.isfinite(v) else "–" for s, v in ((a, x), (b, y))]
    gap = y - x
    difference = f"{_sign(gap)}{a.dur(abs(gap))}" if math.isfinite(gap) else ""
    return {"what": a.say(key), "a": said[0], "b": said[1], "d": difference}


def _numbers(s: Story, key: str, x: int, y: int) -> dict[str, str]:
    return {"what": s.say(key), "a": str(x), "b": str(y), "d": f"{_sign(y - x)}{abs(y - x)}"}


def _sign(x: float) -> str:
    return "+" if x > 0 else "−" if x < 0 else "±"


def link_rows(a: Story, b: Story) -> Rows:
    """Per link: how long before the catch it was done in each."""
    stages = [x.stage for x in (a.k.links or b.k.links)]
    out = []
    for stage in stages:
        x, y = a.k.link(stage), b.k.link(stage)
        if x is None or y is None or stage in ("caught", "closest"):
            continue
        row = _durations(a, b, f"link_{stage}", x.before_s, y.before_s)
        out.append(row)
    return out


def possible_rows(a: Story, b: Story) -> Rows:
    """Lead times that were possible in each."""
    out = []
    for mode in ("at_hand", "fusion", "silent"):
        x, y = a.k.can(mode), b.k.can(mode)
        if x is not None or y is not None:
            out.append(
                _durations(
                    a, b, f"can_{mode}", math.nan if x is None else x.lead_s, math.nan if y is None else y.lead_s
                )
            )
    return out


def setting_rows(a: Story, b: Story) -> Rows:
    """Settings, versions and inputs that differ."""
    flat = [dict([*provenance(s.f.evidence.provenance), *_settings(s)]) for s in (a, b)]
    keys = list(dict.fromkeys([*flat[0], *flat[1]]))
    return [
        {"what": k, "a": flat[0].get(k, "–"), "b": flat[1].get(k, "–")}
        for k in keys
        if flat[0].get(k) != flat[1].get(k) and k != "recording"
    ]


def _settings(s: Story) -> list[tuple[str, str]]:
    out = []
    for stage, values in (s.f.evidence.config or {}).items():
        rows = values.items() if isinstance(values, dict) else [("", values)]
        out += [(f"{stage}.{name}".strip("."), str(v)) for name, v in rows]
    return out


def _chart(a: Story, b: Story) -> str:
    """Distance to the nearest hostile drone in both, by minutes from the catch (or the closest approach) of each."""
    body = _paper(a)
    for i, s in enumerate((a, b)):
        if not math.isfinite(s.k.end_s):
            continue
        c = s.f.best
        minute = (c.t_s - s.k.end_s) / 60.0
        on = np.flatnonzero((minute >= FROM_MIN) & (minute <= TO_MIN))[::2]
        far = np.minimum(nmi_of(c.nearest_h_m), TOP_NMI)
        points = [(_x(float(minute[k])), _y(float(far[k]))) for k in on.tolist() if np.isfinite(c.nearest_h_m[k])]
        dash = 'stroke-dasharray="7 4"' if i else ""
        body.append(svg.polyline(points, COLOURS[i], 2.2, _name(s), dash))
        x = LEFT + 14.0 + 300.0 * i
        body.append(svg.line(x, 14.0, x + 26.0, 14.0, COLOURS[i], 2.4, dash))
        body.append(svg.text(x + 32.0, 18.0, f"{s.who} ({s.say(('cmp_first', 'cmp_second')[i])})", size=12))
    return svg.frame(WIDTH, HEIGHT, a.say("cmp_sec_chart"), body)


def _x(minute: float) -> float:
    return LEFT + (minute - FROM_MIN) / (TO_MIN - FROM_MIN) * (WIDTH - LEFT - RIGHT)


def _y(nmi: float) -> float:
    return HEIGHT - BOTTOM - nmi / TOP_NMI * (HEIGHT - TOP - BOTTOM)


def _paper(s: Story) -> list[str]:
    out = []
    for v in range(0, int(TOP_NMI) + 1, 10):
        out.append(svg.line(LEFT, _y(v), WIDTH - RIGHT, _y(v), "grid"))
        out.append(svg.text(LEFT - 8.0, _y(v) + 4.0, str(v), anchor="end", colour="soft"))
    for m in range(int(FROM_MIN), int(TO_MIN) + 1, 5):
        out.append(svg.line(_x(m), TOP, _x(m), HEIGHT - BOTTOM, "soft" if m == 0 else "grid", 1.4 if m == 0 else 1.0))
        out.append(svg.text(_x(m), HEIGHT - BOTTOM + 15.0, f"{m:+d}" if m else "0", anchor="middle", colour="soft"))
    out.append(svg.text((LEFT + WIDTH) / 2, HEIGHT - 4.0, s.say("cmp_reference"), anchor="middle", colour="soft"))
    reach = nmi_of(np.array([s.f.cfg.raid_radius_m]))[0]
    out.append(svg.line(LEFT, _y(reach), WIDTH - RIGHT, _y(reach), "drone", 1.2, 'stroke-dasharray="7 4"'))
    out.append(
        svg.halo(
            LEFT + 6.0, _y(reach) - 4.0, s.say("limit_raid", d=s.far(s.f.cfg.raid_radius_m)), colour="drone", size=10.5
        )
    )
    return out
