"""One day scored: every figure of design, section 8 that needs only the case and the tables of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.score import advice, alerts, chances, forecast, preventable, raids, reports, tracking
from flightward.score.caught import CAUSES, caught_seconds, spans, truth_path
from flightward.score.coverage import covered
from flightward.score.day import MISS_S, Day, read_day
from flightward.score.reports import Plots

PARTS = ("tracking", "forecast", "advice", "raids")
LEAD_ASKED_S = {"raid": 600.0, "zone": 600.0, "lone": 120.0}
VERSION = 1


def score(case: Path, out: Path, parts: tuple[str, ...] = PARTS) -> dict[str, Any]:
    """The figures of one day, as a dictionary that JSON can hold (docs/scoring.md names every key).

    case    a case folder with truth.parquet.     out   the folder that `flightward run` wrote.
    parts   which of the dearer parts to compute; flights, lead times and false alarms always are.
    Errors  BadInput when the case has no truth, or a table, a column or a feed is missing or cannot be read.
    """
    day = read_day(Path(case))
    out = Path(out)
    table = reports.read_reports(day)
    spoken, plots = reports.spoken(table), reports.radar_plots(day, table)
    said = alerts.read_alerts(out)
    advised = advice.read_advice(out) if "advice" in parts else {}
    chance = chances.read_chances(out)
    flights = []
    for flight in day.flights:
        flight_id = str(flight["flight_id"])
        row = _flight(day, flight, said.get(flight_id, alerts.no_alerts()), spoken, plots, advised, parts)
        flights.append(row | {"chances": _chance_bins(day, flight_id, chance)})
    result: dict[str, Any] = {
        "version": VERSION,
        "case": day.name,
        "hours": (day.end_s - day.start_s) / 3600.0,
        "flights": flights,
        "totals": totals(flights),
        "notes": [*day.notes, *reports.notes(day, spoken)],
    }
    if "tracking" in parts:
        result["tracking"] = tracking.score_tracking(day, out)
    if "forecast" in parts:
        result["forecast"] = forecast.score_forecast(day, out)
    if "raids" in parts:
        result["raids"] = raids.score_raids(day, out)
    return result


def caught_table(case: Path) -> list[dict[str, Any]]:
    """Who is caught in the truth of a case, when, and by which cause; one row per protected flight."""
    day = read_day(Path(case))
    spoken = reports.spoken(reports.read_reports(day))
    rows = []
    for flight in day.flights:
        path = truth_path(day, str(flight["flight_id"]))
        row: dict[str, Any] = {
            "flight_id": flight["flight_id"],
            "caught": None,
            "airborne_s": 0.0,
            "covered_frac": None,
        }
        if path is not None and path.airborne.any():
            caught, over = caught_seconds(day, path), covered(day, path, spoken)
            row["airborne_s"] = float(path.airborne.sum())
            row["covered_frac"] = float(over[path.airborne].mean())
            row["caught"] = alerts.caught_record(caught, day.truth.t_s, [], over)
            row["spans"] = {c: spans(getattr(caught, c), day.truth.t_s) for c in CAUSES}
        rows.append(row)
    return rows


def caught_masks(case: Path) -> dict[str, Any]:
    """Who is caught at each second of the truth of a case: arrays (T, F) over seconds and protected flights.

    Returns  truth_s (T,) POSIX s; caught_raid, caught_zone, caught_lone (T, F) of the flights keeping their plan;
             airborne, covered (T, F), covered: by a live sensor; flight_id (F,).
    """
    day = read_day(Path(case))
    spoken = reports.spoken(reports.read_reports(day))
    size = len(day.truth.t_s), len(day.flights)
    names = (*(f"caught_{c}" for c in CAUSES), "airborne", "covered")
    out: dict[str, Any] = {name: np.zeros(size, bool) for name in names}
    for f, flight in enumerate(day.flights):
        path = truth_path(day, str(flight["flight_id"]))
        if path is None:
            continue
        caught = caught_seconds(day, path)
        for cause in CAUSES:
            out[f"caught_{cause}"][:, f] = getattr(caught, cause)
        out["airborne"][:, f], out["covered"][:, f] = path.airborne, covered(day, path, spoken)
    return {**out, "truth_s": day.truth.t_s, "flight_id": np.array([str(f["flight_id"]) for f in day.flights])}


def _flight(
    day: Day,
    flight: dict[str, Any],
    said: alerts.FlightAlerts,
    spoken: Any,
    plots: Plots,
    advised: dict[str, Any],
    parts: tuple[str, ...],
) -> dict[str, Any]:
    flight_id = str(flight["flight_id"])
    path = truth_path(day, flight_id)
    if path is None:
        raise BadInput("a protected flight of the case is not in truth.parquet", key="flight_id", value=flight_id)
    caught, over, t = caught_seconds(day, path), covered(day, path, spoken), day.truth.t_s
    found = alerts.runs(said)
    record = alerts.caught_record(caught, t, found, over)
    if record is not None:
        row, cause = int(np.rint(record["first_s"] - t[0])), record["cause"]
        missed = record["missed"]
        record["preventable"] = missed and preventable.is_preventable(day, plots, flight, path, row, cause)
        record["spans"] = {c: spans(getattr(caught, c), t) for c in CAUSES}
    row_: dict[str, Any] = {
        "flight_id": flight_id,
        "airborne_s": float(path.airborne.sum()),
        "caution_s": float(len(said.alarm_s)),
        "caught": record,
        "runs": alerts.false_alarms(said, found, caught, t),
        "blindness": alerts.blindness(said, t, path.airborne, over),
        "disagreements": alerts.disagreements(said, found),
    }
    if "advice" in parts:
        row_["advice"] = advice.obey(day, path, caught, found, advised.get(flight_id))
    return row_


def _chance_bins(day: Day, flight_id: str, chance: dict[str, Any]) -> list[list[float]]:
    path = truth_path(day, flight_id)
    assert path is not None
    found: list[list[float]] = chances.bins(day, path, caught_seconds(day, path), chance.get(flight_id)).tolist()
    return found


def totals(flights: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums and rates over flights, of one day or of many."""
    hours = sum(f["airborne_s"] for f in flights) / 3600.0
    records = [f["caught"] for f in flights if f["caught"] is not None]
    seen = [r for r in records if not r["blind"]]
    false = sum(r["false"] for f in flights for r in f["runs"])
    blind = {k: sum(f["blindness"][k] for f in flights) for k in flights[0]["blindness"]} if flights else {}
    return {
        "flights": len(flights),
        "airborne_h": hours,
        "caught": len(records),
        "caught_blind": len(records) - len(seen),
        "caught_blind_warned": sum(r["blind"] and r["lead_s"] >= MISS_S for r in records),
        "missed": sum(r["missed"] for r in seen),
        "missed_preventable": sum(bool(r["preventable"]) for r in seen),
        "lead_median_s": float(np.median([r["lead_s"] for r in seen])) if seen else None,
        "by_cause": {c: _cause_totals([r for r in seen if r["cause"] == c], LEAD_ASKED_S[c]) for c in CAUSES},
        "runs": sum(len(f["runs"]) for f in flights),
        "false_alarms": false,
        "false_alarms_cut": sum(r["cut"] for f in flights for r in f["runs"]),
        "false_alarms_per_h": false / hours if hours else None,
        "caution_min_per_h": sum(f["caution_s"] for f in flights) / 60.0 / hours if hours else None,
        "blindness": blind,
        "disagreements": {
            k: sum(f["disagreements"][k] for f in flights) for k in ("warnings_without_run", "runs_without_prediction")
        },
        "advice": _advice_totals([f["advice"] for f in flights if f.get("advice")]),
    }


def _cause_totals(records: list[dict[str, Any]], asked_s: float) -> dict[str, Any]:
    lead = np.array([r["lead_s"] for r in records])
    return {
        "caught": len(lead),
        "missed": sum(r["missed"] for r in records),
        "lead_median_s": float(np.median(lead)) if len(lead) else None,
        "lead_p10_s": float(np.percentile(lead, 10)) if len(lead) else None,
        "asked_s": asked_s,
        "met_frac": float((lead >= asked_s).mean()) if len(lead) else None,
    }


def _share(rows: list[dict[str, Any]], name: str) -> float | None:
    """How often it is so, of the rows in which it is known."""
    known = [r[name] for r in rows if r[name] is not None]
    return sum(known) / len(known) if known else None


def _advice_totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    saved = sum(int(r["caught_if_continues"]) - int(r["caught_if_obeys"]) for r in rows)
    oracle = sum(int(r["caught_if_continues"]) - int(r["oracle_caught"]) for r in rows)
    in_need = [r for r in rows if r["caught_if_continues"]]
    taken = [r for r in rows if r["option"] not in (None, "continue")]
    delays = [r["delay_s"] for r in taken if r["delay_s"] is not None]
    extras = [r["extra_m"] for r in taken if r["extra_m"] is not None]
    return {
        "flights": len(rows),
        "without_advice": sum(r["option"] is None for r in rows),
        "caught_if_continues": sum(r["caught_if_continues"] for r in rows),
        "caught_if_obeys": sum(r["caught_if_obeys"] for r in rows),
        "made_worse": sum(r["caught_if_obeys"] and not r["caught_if_continues"] for r in rows),
        "oracle_caught": sum(r["oracle_caught"] for r in rows),
        "share_of_oracle": saved / oracle if oracle else None,
        "decide_by_kept_frac": _share(rows, "decide_by_kept"),
        "decide_by_late_frac": _share(rows, "decide_by_late"),
        "decide_by_kept_in_need_frac": _share(in_need, "decide_by_kept"),
        "decide_by_late_in_need_frac": _share(in_need, "decide_by_late"),
        "decide_by_in_need": sum(r["decide_by_kept"] is not None for r in in_need),
        "delay_median_s": float(np.median(delays)) if delays else None,
        "extra_median_m": float(np.median(extras)) if extras else None,
    }
