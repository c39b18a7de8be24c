"""A story to one HTML page that needs no network."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

import flightward
from flightward.review import chart_map, charts, svg
from flightward.review.page import chain_chart, extras, knew_tables, sections
from flightward.review.page.files import DataFile
from flightward.review.page.moving import TAIL_S, map_data
from flightward.review.story import Story
from flightward.review.summary import answers, basis
from flightward.review.timeline import events
from flightward.wording import quantities as q
from flightward.wording import simulation_label
from flightward.wording.words import CATEGORY

SCRIPTS = ("data.js", "draw.js", "page.js")


def render(
    s: Story, *, data_files: Sequence[DataFile] = (), folder: str = "", base_map: Path | None = None, pdf: str = ""
) -> str:
    """The page. Everything from files is escaped; the one script is named by its hash, so no other can run.

    data_files  the files beside it, in `folder`.     pdf  name of its PDF.
    base_map    folder of the base map's GeoJSON.
    """
    data = map_data(s, base_map)
    script = _script()
    return environment().get_template("page.html").render(
        **_head(s), **_figures(s), **_rows(s),
        script=Markup(script), script_hash=script_hash(script), data=Markup(_json(data)),
        files=[{**f.__dict__, "kb": _kb(f.n_bytes, s)} for f in data_files], folder=folder, pdf=pdf,
        map_live=s.say(
            "map_live_caption", raid=s.reach("raid"), tail=s.dur(TAIL_S),
            credit=s.say("map_credit") if data["land"] else "",
        ),
        has_truth_layer=bool(data["truth"]), has_advice=data["advised"] is not None, has_land=bool(data["land"]),
        has_raids=bool(data["raids"]), has_sensors=bool(data["sensors"]), has_picture=bool(data["picture"]),
    )  # fmt: skip


@functools.cache
def environment() -> jinja2.Environment:
    """Templates beside this file."""
    loader = jinja2.PackageLoader("flightward.review.page", "templates")
    return jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )


def _script() -> str:
    here = files("flightward.review.page") / "script"
    return "\n".join((here / name).read_text(encoding="utf-8") for name in SCRIPTS)


def script_hash(script: str) -> str:
    """What the page's content policy lets run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _json(data: dict[str, Any]) -> str:
    """Safe inside a script element: no text of a case can end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _kb(n: int, s: Story) -> str:
    shown = f"{n / 1000:.1f}" if n < 100_000 else f"{n / 1000:.0f}"
    return f"{shown} kB" if s.lang == "en" else f"{shown.replace('.', ',')} кБ"


def _head(s: Story) -> dict[str, Any]:
    scene, flight = s.f.evidence.scene, s.f.evidence.scene.flight
    partly = scene.real.strip().lower() not in ("", "nothing", "none")
    category = next((CATEGORY[c][s.lang] for c in CATEGORY if c.word == flight.category), flight.category)
    about = [scene.title, date(scene.start_s), flight.aircraft_type or s.say("sub_type_unknown"), category]
    about += [s.say("sub_address", icao24=flight.icao24)] if flight.icao24 else []
    said = [s.say("simulated_part", what=scene.simulated)] if scene.simulated else []
    said += [s.say("real_part", what=scene.real)] if partly else []
    return {
        "s": s, "say": s.say, "lang": s.lang, "who": s.who, "flight": flight, "day": date(scene.start_s),
        "label": simulation_label(scene.is_simulated, partly, s.lang), "label_text": ". ".join(said),
        "about": " · ".join([*about, s.say("sub_utc")]), "answers": answers(s), "basis": basis(s),
        "facts": sections.facts(s), "colours": svg.COLOURS, "version": flightward.__version__,
        "with_truth": s.f.by_truth is not None,
        "not_caught": s.f.best.first_caught() is None,
    }  # fmt: skip


def _figures(s: Story) -> dict[str, Any]:
    at = q.utc_hms(chart_map.moment(s.f))
    return {
        "map": Markup(chart_map.draw(s)), "close_up": Markup(chart_map.close_up(s)),
        "close_title": chart_map.close_title(s), "chart": Markup(charts.over_time(s)),
        "knew_chart": Markup(chain_chart.draw(s)), "map_caption": s.say("map_caption", at=at, raid=s.reach("raid")),
    }  # fmt: skip


def _rows(s: Story) -> dict[str, Any]:
    scene = s.f.evidence.scene
    origin = sections.provenance(s.f.evidence.provenance)
    origin += [(s.say("source_case"), scene.source)] if scene.source else []
    origin += [(s.say("th_simulated"), scene.simulated)] if scene.simulated else []
    origin += [(s.say("th_real"), scene.real)] if scene.real else []
    return {
        "events": [
            {"t_s": f"{e.t_s:.0f}", "t": q.utc_hms(e.t_s), "what": e.what, "detail": e.detail, "mark": e.mark}
            for e in events(s)
        ],
        "links": knew_tables.link_rows(s), "possible": knew_tables.possible_rows(s),
        "possible_words": knew_tables.possible_words(s), "silent": knew_tables.silent_rows(s),
        "positions": knew_tables.position_rows(s), "warnings": sections.warnings(s), "choices": sections.choices(s),
        "loss": extras.loss_rows(s), "loss_notes": s.loss.notes if s.loss else (), "chance": extras.chance_rows(s),
        "chance_table": s.chance, "quality": sections.quality(s), "methods": sections.methods(s), "provenance": origin,
    }  # fmt: skip


def date(t_s: float) -> str:
    """ "2025-05-20" of a POSIX time."""
    return str(np.datetime64(int(t_s), "s").astype("datetime64[D]"))
