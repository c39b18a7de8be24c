"""The day in numbers: summary.json. Nothing in it depends on how long the run took, so the same run gives the same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flightward.model import NONE, BiasBatch, Hazard, Inbox, LearntBatch, Level, Setup, StepResult
from flightward.wording import flight_id, hazard_id, site_id, warning_id


class Summary:
    """Counts as the steps go by; `finish` gives the figures and writes them."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        n_flights = len(setup.flights)
        self._n_steps = 0
        self._reports = np.zeros(len(setup.sensors) + 1, dtype=np.int64)
        self._counts = {"alerts": 0, "rejected": 0, "advice": 0}
        self._tracks: set[int] = set()
        self._raids: set[int] = set()
        self._most = {"tracks": 0, "raids": 0, "hostile_expected": 0.0}
        self._level_steps = np.zeros((n_flights, len(Level)), dtype=np.int64)
        self._airborne_steps = np.zeros(n_flights, dtype=np.int64)
        self._warnings: dict[int, dict[str, Any]] = {}
        self._last_s = math.nan
        self._learnt: LearntBatch | None = None
        self._biases: BiasBatch | None = None

    def write(self, inbox: Inbox | None, result: StepResult) -> None:
        """Take one step."""
        self._n_steps += 1
        if result.coverage.learnt is not None:
            self._learnt = result.coverage.learnt.figures
        self._last_s = result.t_s
        self._biases = result.biases
        if inbox is not None:
            # Row NONE (-1), a source that is no sensor, falls on the last place.
            self._reports += np.bincount(inbox.reports.sensor % len(self._reports), minlength=len(self._reports))
            self._counts["alerts"] += len(inbox.alerts)
            self._counts["rejected"] += inbox.n_rejected
        raids = result.picture.raids
        self._tracks.update(result.tracks.track.tolist())
        self._raids.update(raids.raid.tolist())
        self._most["tracks"] = max(self._most["tracks"], len(result.tracks))
        self._most["raids"] = max(self._most["raids"], len(raids))
        self._most["hostile_expected"] = max(self._most["hostile_expected"], float(np.nansum(raids.n_expected)))
        self._counts["advice"] += 0 if result.advice is None else len(result.advice)
        threats = result.threats
        mine = threats.flight != NONE
        seen = np.zeros_like(self._level_steps)
        seen[threats.flight[mine], threats.level[mine]] = 1
        self._level_steps += seen
        self._airborne_steps += result.states.is_airborne == 1
        self._note_warnings(result)

    def close(self) -> None:
        """No more steps will come."""

    def finish(
        self, path: Path | None, *, versions: Mapping[str, str], hashes: Mapping[str, str], notes: Sequence[str],
        rejected: Mapping[str, int],
    ) -> dict[str, Any]:  # fmt: skip
        """The figures; written to `path` as JSON if it is given."""
        setup = self._setup
        names = [str(setup.names.text(int(s))) for s in setup.sensors.name] + ["other sources"]
        figures: dict[str, Any] = {
            "title": setup.title,
            "real": setup.real,
            "simulated": setup.simulated,
            "is_simulated": setup.is_simulated,
            "start_s": setup.start_s,
            "end_s": setup.end_s,
            "last_s": None if math.isnan(self._last_s) else self._last_s,
            "n_steps": self._n_steps,
            "n_reports": int(self._reports.sum()),
            "n_rejected": self._counts["rejected"],
            "n_alert_changes": self._counts["alerts"],
            "n_tracks": len(self._tracks),
            "n_tracks_at_once": self._most["tracks"],
            "n_raids": len(self._raids),
            "n_raids_at_once": self._most["raids"],
            "n_hostile_expected_at_once": round(self._most["hostile_expected"], 3),
            "n_warnings": len(self._warnings),
            "n_advice_rows": self._counts["advice"],
            "reports_by_sensor": {k: int(n) for k, n in zip(names, self._reports, strict=True) if n},
            "sensors": self._sensors(),
            "flights": self._flights(),
            "warnings": [self._warnings[k] for k in sorted(self._warnings)],
            "rejected": dict(rejected),
            "notes": list(notes),
            "hashes": dict(hashes),
            "versions": dict(versions),
        }
        for name, learnt in self._detection().items():
            figures.setdefault("sensors", {}).setdefault(name, {}).update(learnt)
        if path is not None:
            part = path.with_name(path.name + ".part")
            part.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            part.replace(path)
        return figures

    def _detection(self) -> dict[str, Any]:
        """Per sensor that searches its chance of detection as learnt from looks at known tracks, overall and by range.

        Masked places do not count; a range without looks is left out.
        """
        out: dict[str, Any] = {}
        f = self._learnt
        if f is None:
            return out
        for r in range(len(f)):
            rows = range(int(f.start[r]), int(f.start[r + 1]))
            name = str(self._setup.names.text(int(self._setup.sensors.name[int(f.sensor[r])])))
            out[name] = {
                "p_detect_claimed": round(float(f.p_claimed[r]), 4), "p_detect": round(float(f.p_detect[r]), 4),
                "p_detect_sigma": round(float(f.sigma[r]), 4), "n_looks": round(float(f.n_looks[r]), 1),
                "p_detect_by_range": [
                    {
                        "to_m": round(float(f.to_m[k]), 1), "p_detect": round(float(f.range_p[k]), 4),
                        "sigma": round(float(f.range_sigma[k]), 4), "n_looks": round(float(f.range_n[k]), 1),
                    }
                    for k in rows if f.range_n[k] > 0.0
                ],
            }  # fmt: skip
        return out

    def _sensors(self) -> dict[str, Any]:
        """Per sensor its constant errors as found at the end, with their sigma and what is taken off its reports."""
        b = self._biases
        out: dict[str, Any] = {}
        if b is None:
            return out
        for row in np.flatnonzero(np.isfinite(b.clock_sigma_s)).tolist():
            figures: dict[str, Any] = {}
            for name, unit in _ERRORS:
                for what, key in (("", "bias"), ("sigma_", "bias_sigma"), ("applied_", "bias_applied")):
                    value = float(getattr(b, f"{name}_{what}{unit}")[row])
                    figures[f"{name}_{key}_{unit}"] = round(value, 9) if math.isfinite(value) else None
            name = str(self._setup.names.text(int(self._setup.sensors.name[row])))
            out[name] = {**figures, "n_pairs": int(b.n_groups[row]), "applied": bool(b.is_applied[row])}
        return out

    def _flights(self) -> dict[str, Any]:
        """Per flight: seconds in the air, and seconds with a threat of each level."""
        out: dict[str, Any] = {}
        for row in range(len(self._setup.flights)):
            seconds = {f"{level.word.lower()}_s": int(self._level_steps[row, int(level)]) for level in Level}
            out[str(flight_id(self._setup, row))] = {"airborne_s": int(self._airborne_steps[row]), **seconds}
        return out

    def _note_warnings(self, result: StepResult) -> None:
        batch = result.warnings
        for k, number in enumerate(batch.warning.tolist()):
            hazard = Hazard(int(batch.hazard[k]))
            self._warnings[number] = {
                "warning_id": warning_id(number),
                "flight_id": flight_id(self._setup, int(batch.flight[k])),
                "site_id": site_id(self._setup, int(batch.site[k])),
                "hazard_kind": hazard.word,
                "hazard_id": hazard_id(int(hazard), int(batch.hazard_id[k]), int(batch.reason[k]), self._setup),
                "level": Level(int(batch.level[k])).word,
                **{name: _number(getattr(batch, name)[k]) for name in _TIMES},
            }


_ERRORS = (("range", "m"), ("azimuth", "rad"), ("elevation", "rad"), ("clock", "s"))
_TIMES = ("raised_s", "first_caution_s", "cleared_s", "predicted_caught_s", "p")


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
