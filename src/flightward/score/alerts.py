"""Runs of CAUTION or WARNING, and what they were worth: lead time, misses, false alarms, blindness (design, section
8).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from flightward.score import tables
from flightward.score.caught import CAUSES, Caught
from flightward.score.day import BOOL, F64, FALSE_AFTER_S, LEAD_CAP_S, MISS_S, RUN_GAP_S

ALARM_LEVELS = ("CAUTION", "WARNING")
ROW_S = 1.0  # a row of threats.parquet speaks for one second


@dataclass(frozen=True)
class FlightAlerts:
    """What the tables said of one flight: distinct seconds under alarm, seconds shown BLIND, hazard kinds by second."""

    alarm_s: F64
    blind_s: F64
    rows: tables.Columns  # its CAUTION and WARNING rows: t_s, hazard_kind, level
    warnings: tables.Columns


@dataclass(frozen=True)
class Run:
    """One unbroken run of CAUTION or WARNING over all hazards."""

    start_s: float
    end_s: float
    kinds: tuple[str, ...]


def read_alerts(out: Path) -> dict[str, FlightAlerts]:
    """Alarm and BLIND rows of threats.parquet, and warnings.parquet, by flight."""
    speaking = pc.field("level").isin([*ALARM_LEVELS, "BLIND"]) | (pc.field("hazard_kind") == "blind")
    where = speaking & pc.field("flight_id").is_valid()
    rows = tables.read(out, "threats", ["t_s", "flight_id", "hazard_kind", "level"], where)
    columns = ["flight_id", "hazard_kind", "raised_s", "first_caution_s", "cleared_s", "predicted_caught_s"]
    warned = tables.read(out, "warnings", columns, pc.field("flight_id").is_valid())
    by_flight, by_warned = tables.group_rows(rows["flight_id"]), tables.group_rows(warned["flight_id"])
    none = np.zeros(0, np.int64)
    result = {}
    for flight in sorted(set(by_flight) | set(by_warned)):
        mine = tables.select(rows, by_flight.get(flight, none))
        blind = (mine["hazard_kind"] == "blind") | (mine["level"] == "BLIND")
        result[flight] = FlightAlerts(
            alarm_s=np.unique(mine["t_s"][~blind]),
            blind_s=np.unique(mine["t_s"][blind & (mine["level"] != "CLEAR")]),
            rows=tables.select(mine, ~blind),
            warnings=tables.select(warned, by_warned.get(flight, none)),
        )
    return result


def no_alerts() -> FlightAlerts:
    """A flight of which the tables say nothing."""
    none = np.zeros(0)
    text = np.zeros(0, object)
    rows = {"t_s": none, "flight_id": text, "hazard_kind": text, "level": text}
    warned = {c: none for c in ("raised_s", "first_caution_s", "cleared_s", "predicted_caught_s")}
    return FlightAlerts(none, none, rows, {**warned, "flight_id": text, "hazard_kind": text})


def runs(alerts: FlightAlerts) -> list[Run]:
    """The runs of a flight: distinct alarm seconds joined over gaps to 30 s, whichever hazard they were for."""
    t = alerts.alarm_s
    if not len(t):
        return []
    cut = np.flatnonzero(np.diff(t) > RUN_GAP_S) + 1
    edges = [0, *cut.tolist(), len(t)]
    out = []
    for a, b in itertools.pairwise(edges):
        start, end = float(t[a]), float(t[b - 1])
        in_run = (alerts.rows["t_s"] >= start) & (alerts.rows["t_s"] <= end)
        out.append(Run(start, end, tuple(sorted({str(k) for k in alerts.rows["hazard_kind"][in_run]}))))
    return out


def run_holding(found: list[Run], t_s: float) -> Run | None:
    """The run that holds at an instant, or None."""
    return next((r for r in found if r.start_s <= t_s < r.end_s + ROW_S), None)


def lead_s(found: list[Run], caught_s: float) -> float:
    """Seconds from the start of the run that holds at the first catch; at most 30 min; 0 when none holds."""
    run = run_holding(found, caught_s)
    return 0.0 if run is None else min(caught_s - run.start_s, LEAD_CAP_S)


def caught_record(caught: Caught, t_s: F64, found: list[Run], covered: BOOL) -> dict[str, Any] | None:
    """First catch, its cause and lead time, and the same for each cause; None if never caught."""
    first = caught.first()
    if first is None:
        return None
    row, cause = first
    at = float(t_s[row])
    lead = lead_s(found, at)
    causes = {}
    for name in CAUSES:
        rows = np.flatnonzero(getattr(caught, name))
        if len(rows):
            when = float(t_s[rows[0]])
            causes[name] = {"first_s": when, "lead_s": lead_s(found, when), "seconds": len(rows)}
    blind = not bool(covered[row])
    return {
        "first_s": at,
        "cause": cause,
        "lead_s": lead,
        "blind": blind,
        "missed": lead < MISS_S and not blind,
        "causes": causes,
    }


def false_alarms(alerts: FlightAlerts, found: list[Run], caught: Caught, t_s: F64) -> list[dict[str, Any]]:
    """Each run with its verdict: false when its flight is not caught from its start to 15 min after predicted_caught_s.

    A run without a prediction in warnings.parquet is judged to 15 min after its start. `cut` marks a false
    run whose time to come true reaches past the end of the truth.
    """
    result = []
    for run in found:
        predicted = predicted_caught_s(alerts, run)
        until = (run.start_s if np.isnan(predicted) else predicted) + FALSE_AFTER_S
        true = bool((caught.any & (t_s >= run.start_s) & (t_s <= until)).any())
        result.append(
            {
                "start_s": run.start_s,
                "end_s": run.end_s,
                "hazard_kinds": list(run.kinds),
                "predicted_caught_s": None if np.isnan(predicted) else predicted,
                "false": not true,
                "cut": not true and until > float(t_s[-1]),
            }
        )
    return result


def predicted_caught_s(alerts: FlightAlerts, run: Run) -> float:
    """predicted_caught_s of the first warning that reached CAUTION within the run; NaN when there is none."""
    w = alerts.warnings
    mine = (w["first_caution_s"] >= run.start_s - RUN_GAP_S) & (w["first_caution_s"] <= run.end_s + ROW_S)
    open_at = (w["first_caution_s"] < run.start_s) & ((w["cleared_s"] >= run.start_s) | np.isnan(w["cleared_s"]))
    rows = np.flatnonzero((mine | open_at) & ~np.isnan(w["predicted_caught_s"]))
    if not len(rows):
        return float("nan")
    return float(w["predicted_caught_s"][rows[np.argmin(w["first_caution_s"][rows])]])


def disagreements(alerts: FlightAlerts, found: list[Run]) -> dict[str, int]:
    """Where threats.parquet and warnings.parquet do not tell the same story."""
    first = alerts.warnings["first_caution_s"]
    first = first[~np.isnan(first)]
    alone = sum(1 for t in first if not any(r.start_s - RUN_GAP_S <= t <= r.end_s + ROW_S for r in found))
    unnamed = sum(1 for r in found if np.isnan(predicted_caught_s(alerts, r)))
    return {"warnings_without_run": alone, "runs_without_prediction": unnamed}


def blindness(alerts: FlightAlerts, t_s: F64, airborne: BOOL, covered: BOOL) -> dict[str, float]:
    """Airborne seconds shown BLIND though covered, and uncovered seconds not shown BLIND."""
    shown = np.isin(np.rint(t_s), np.rint(alerts.blind_s))
    return {
        "airborne_s": float(airborne.sum()),
        "covered_s": float((airborne & covered).sum()),
        "blind_shown_s": float((airborne & shown).sum()),
        "blind_though_covered_s": float((airborne & shown & covered).sum()),
        "uncovered_not_shown_s": float((airborne & ~shown & ~covered).sum()),
    }
