"""What the advice was worth: the flight obeys the best option shown at its first CAUTION, and the truth says what came
of it.

The best option is the first row of that moment in the table's own order that is not `continue`; if only `continue`
was shown, the flight continues. The oracle knows the true future and chooses among the same options. Drones do not
react to the flight.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flightward.score import tables
from flightward.score.alerts import Run
from flightward.score.caught import Caught, Path4D, caught_seconds
from flightward.score.day import Day
from flightward.score.obeyed import advised_path, late_path

WAIT_FOR_ADVICE_S = 30.0  # advice may be a step or two behind the alarm
LATE_S = 180.0  # how long after its decide-by an option is tried again: by then it should not work any more
COLUMNS = ["t_s", "flight_id", "option", "p_caught", "delay_s", "extra_m", "decide_by_s", "route_wkb"]


def read_advice(out: Path) -> dict[str, tables.Columns]:
    """advice.parquet by flight, rows in their own order."""
    rows = tables.read(out, "advice", COLUMNS)
    return {str(k): tables.select(rows, v) for k, v in tables.group_rows(rows["flight_id"]).items()}


def outcome(day: Day, path: Path4D, rows: tables.Columns, k: int) -> bool | None:
    """Whether the flight is caught in the truth when it takes option row k; None when its route is not given."""
    t_s, option, wkb = float(rows["t_s"][k]), str(rows["option"][k]), rows["route_wkb"][k]
    if wkb is None:
        return None
    taken = advised_path(day, path, wkb, t_s, option)
    if taken is None:
        return None
    return bool((caught_seconds(day, taken).any & (day.truth.t_s >= t_s)).any())


def obey(
    day: Day, path: Path4D, caught: Caught, found: list[Run], rows: tables.Columns | None
) -> dict[str, Any] | None:
    """What happens to one flight that obeys at its first CAUTION. None when it never had one in the air or before."""
    if not found:
        return None
    first = found[0].start_s
    stays_caught = bool((caught.any & (day.truth.t_s >= first)).any())
    base: dict[str, Any] = {
        "t_s": first,
        "caught_if_continues": stays_caught,
        "option": None,
        "caught_if_obeys": stays_caught,
    }
    base |= {"oracle_caught": stays_caught, "options": {}, "delay_s": None, "extra_m": None, "decide_by_kept": None}
    base["decide_by_late"] = None
    if rows is None:
        return base
    soon = rows["t_s"][(rows["t_s"] >= first) & (rows["t_s"] <= first + WAIT_FOR_ADVICE_S)]
    if not len(soon):
        return base
    shown = np.flatnonzero(rows["t_s"] == soon.min())
    results = {int(k): outcome(day, path, rows, int(k)) for k in shown if rows["option"][k] != "continue"}
    judged = [v for v in results.values() if v is not None]
    base["oracle_caught"] = stays_caught and all(judged) if judged else stays_caught
    base["options"] = {f"{rows['option'][k]}#{n}": v for n, (k, v) in enumerate(results.items())}
    base["ranked_first"] = str(rows["option"][shown[0]])
    if not results:
        base["option"] = "continue"
        return base
    best = next(iter(results))
    base["option"] = str(rows["option"][best])
    base["p_caught"] = _number(rows["p_caught"][best])
    if results[best] is not None:
        base["caught_if_obeys"] = results[best]
    base["delay_s"], base["extra_m"] = _number(rows["delay_s"][best]), _number(rows["extra_m"][best])
    base["decide_by_s"] = _number(rows["decide_by_s"][best])
    base["decide_by_kept"], base["decide_by_late"] = kept_and_late(day, path, rows, best)
    return base


def kept_and_late(day: Day, path: Path4D, rows: tables.Columns, best: int) -> tuple[bool | None, bool | None]:
    """Whether the option saves the flight when taken at its first decide-by, and when taken LATE_S after that.

    Its route is the one shown last before that decide-by. False when the decide-by had passed when the option was first
    shown; None when it had none or no route is given.
    """
    decide_by, shown_s = float(rows["decide_by_s"][best]), float(rows["t_s"][best])
    if np.isnan(decide_by):
        return None, None
    if decide_by < shown_s:
        return False, False
    option = str(rows["option"][best])
    same = (rows["option"] == rows["option"][best]) & (rows["t_s"] >= shown_s) & (rows["t_s"] <= decide_by)
    last = np.flatnonzero(same & (rows["t_s"] == rows["t_s"][same].max()))
    kept = [r for r in (outcome(day, path, rows, int(k)) for k in last) if r is not None]
    routes = [rows["route_wkb"][k] for k in last if rows["route_wkb"][k] is not None]
    flown = [p for p in (late_path(day, path, w, decide_by + LATE_S, option) for w in routes) if p is not None]
    caught = [bool((caught_seconds(day, p).any & (day.truth.t_s >= decide_by)).any()) for p in flown]
    return (not all(kept) if kept else None), (not all(caught) if caught else None)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
