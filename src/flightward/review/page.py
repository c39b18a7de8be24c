"""Findings to one HTML page that needs no network: words from `summary` and `timeline`, drawings as inline SVG."""

from __future__ import annotations

import math
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

import flightward
from flightward.review import chart_map, charts, svg
from flightward.review.findings import Choice, Findings
from flightward.review.summary import basis, sentences, who
from flightward.review.timeline import events
from flightward.wording import quantities as q
from flightward.wording import simulation_label


def render(f: Findings) -> str:
    """The page. Everything from files is escaped."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("flightward.review", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    s = f.evidence.scene
    partly = s.real.strip().lower() not in ("", "nothing", "none")
    return env.get_template("page.html").render(
        who=who(f),
        scene=s,
        flight=s.flight,
        day=_date(s.start_s),
        label=simulation_label(s.is_simulated, partly),
        sentences=sentences(f),
        basis=basis(f),
        facts=_facts(f),
        map=Markup(chart_map.draw(f)),
        close_up=Markup(chart_map.close_up(f)),
        close_title=chart_map.close_title(f),
        map_at=q.utc_hms(chart_map.moment(f)),
        chart=Markup(charts.over_time(f)),
        colours=svg.COLOURS,
        events=[{"t": q.utc_hms(e.t_s), "what": e.what, "detail": e.detail, "mark": e.mark} for e in events(f)],
        warnings=_warnings(f),
        choices=[_choice(c) for c in f.choices],
        quality=_quality(f),
        cfg={
            "n": f.cfg.caught_n,
            "raid": _reach(f, "raid"),
            "lone": _reach(f, "lone"),
            "zone": q.distance(f.cfg.zone_radius_m),
        },
        with_truth=f.by_truth is not None,
        path_from=f.path_from,
        provenance=_provenance(f.evidence.provenance),
        version=flightward.__version__,
    )


def _date(t_s: float) -> str:
    return str(np.datetime64(int(t_s), "s").astype("datetime64[D]"))


def _reach(f: Findings, cause: str) -> str:
    h, v = getattr(f.cfg, f"{cause}_radius_m"), getattr(f.cfg, f"{cause}_height_m")
    return f"{q.distance(h)} and {q.height(v)}"


def _facts(f: Findings) -> list[tuple[str, str, str]]:
    """Large figures: (figure, what it is, colour)."""
    row = f.best.closest()
    out = []
    if f.is_unwatched and math.isnan(f.caught_s):
        out.append(("not known", "whether it was caught: nobody watched", "BLIND"))
    elif math.isnan(f.caught_s):
        out.append(("not caught", basis(f).split(" (")[0], "flight"))
    else:
        out.append((q.utc_hms(f.caught_s), f"first caught ({f.best.caught_by[f.best.first_caught()]})", "WARNING"))
        lead = "none" if f.lead_s <= 0.0 else q.duration(f.lead_s)
        out.append((lead, "lead time of the CAUTION", "CAUTION"))
    if row is not None:
        away = f"{q.distance(float(f.best.nearest_h_m[row]))}, {q.height(abs(float(f.best.nearest_v_m[row])))}"
        out.append((away, f"closest hostile drone, {q.utc_hms(float(f.best.t_s[row]))}", "drone"))
    out.append((str(f.best.most_near()), f"most drones within {_reach(f, 'raid')}", "drone"))
    out.append((q.duration(f.blind_s) if f.blind else "never", "shown BLIND", "BLIND"))
    return out


def _warnings(f: Findings) -> list[dict[str, str]]:
    w, out = f.evidence.warnings, []
    for k in np.argsort(w["raised_s"], kind="stable").tolist():
        caution, cleared = float(w["first_caution_s"][k]), float(w["cleared_s"][k])
        standing = math.isfinite(caution) and caution <= f.caught_s and not cleared < f.caught_s
        lead = q.duration(f.caught_s - caution) if standing else ""
        predicted = float(w["predicted_caught_s"][k])
        out.append(
            {
                "id": str(w["warning_id"][k]),
                "kind": str(w["hazard_kind"][k]).replace("_", " "),
                "level": str(w["level"][k]),
                "raised": _time(float(w["raised_s"][k])),
                "caution": _time(caution),
                "cleared": _time(cleared) or "still on",
                "predicted": _time(predicted),
                "off": _off(predicted - f.caught_s) if standing else "",
                "p": q.chance(float(w["p"][k])),
                "lead": lead,
                "reason": str(w["reason"][k] or ""),
            }
        )
    return out


def _off(dt_s: float) -> str:
    """How far a prediction was from the catch."""
    if not math.isfinite(dt_s):
        return ""
    return f"{q.duration(dt_s)} {'late' if dt_s > 0 else 'early'}"


def _choice(c: Choice) -> dict[str, str]:
    outcome = {None: "not known: no route recorded", "": "free"}.get(c.caught_by, f"caught ({c.caught_by})")
    nearest = f"{q.distance(c.closest_h_m)}, {q.height(abs(c.closest_v_m))}" if math.isfinite(c.closest_h_m) else ""
    return {
        "option": c.option.replace("_", " "),
        "text": c.text,
        "p": q.chance(c.p_caught),
        "delay": q.duration(c.delay_s) if math.isfinite(c.delay_s) else "",
        "extra": q.distance(c.extra_m) if math.isfinite(c.extra_m) else "",
        "decide_by": _time(c.decide_by_s),
        "outcome": outcome,
        "nearest": nearest,
    }


def _time(t_s: float) -> str:
    return q.utc_hms(t_s) if math.isfinite(t_s) else ""


def _quality(f: Findings) -> list[tuple[str, str]]:
    """What the data behind the page was worth."""
    own, out = f.evidence.own, []
    up = f.path.airborne
    seconds = int(up.sum())
    held = np.isin(f.path.t_s[up], np.rint(own["t_s"]))
    share = f"{100.0 * float(held.mean()):.0f} %" if seconds else "none"
    out.append(("Seconds in the air with a track of the flight", share))
    if len(own["t_s"]):
        state = own["integrity"].astype(str)
        bad = [
            f"{100.0 * float((state == w).mean()):.0f} % {w}"
            for w in ("trusted", "doubtful", "false")
            if (state == w).any()
        ]
        out.append(("Its reported positions were held to be", ", ".join(bad)))
        age = own["age_s"][np.isfinite(own["age_s"])]
        if len(age):
            out.append(("Oldest position it was flown on", q.duration(float(age.max()))))
    blind = f.blind_s
    longest = max((s.end_s - s.start_s + 1.0 for s in f.blind), default=0.0)
    out.append(("Shown BLIND", f"{q.duration(blind)}, longest {q.duration(longest)}" if blind else "never"))
    if f.by_truth is not None:
        both = up & np.isfinite(f.by_truth.nearest_h_m) & (f.by_truth.nearest_h_m <= 40_000.0)
        missed = both & ~(f.by_picture.nearest_h_m < np.inf)
        if both.any():
            text = f"{q.duration(float(missed.sum()))} of {q.duration(float(both.sum()))}"
            out.append(("A drone was within 22 NM in the truth and none at all in the air picture", text))
            held = both & ~missed
            error = np.abs(f.by_picture.nearest_h_m[held] - f.by_truth.nearest_h_m[held])
            if len(error):
                out.append(("Median error of the distance to the nearest drone", q.distance(float(np.median(error)))))
    for note in f.evidence.provenance.get("notes", []):
        out.append(("Note", str(note)))
    return out


def _provenance(held: dict[str, Any]) -> list[tuple[str, str]]:
    """Versions and hashes, flat."""
    out = []
    for key, value in held.items():
        if isinstance(value, dict):
            out += [(f"{key}: {k}", str(v)) for k, v in value.items()]
        elif key != "notes":
            out.append((key, str(value)))
    return out
