"""From the results of the pipeline to frames: what the console shows of one second."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.model import (
    AdviceBatch,
    AreaAlertBatch,
    CellForecast,
    Level,
    Setup,
    StepResult,
    WarningBatch,
)
from flightward.web import tables, wire
from flightward.web.blind import BlindArea
from flightward.wording import LANGUAGES, Reasons, advice_texts

LABELS = ("SIMULATED", "REPLAY", "LIVE", "EXERCISE")
CLEARED = 3
MAX_WARNINGS = 400
"""A frame carries the newest warnings only, so that a long watch cannot grow it without end."""


@dataclasses.dataclass(frozen=True)
class Frame:
    """One second, ready to send: `body` is a frame message; `forecast` the forecast message it refers to."""

    t_s: float
    body: bytes
    issued_s: float = math.nan
    forecast: bytes | None = None
    marks: tuple[tuple[float, int], ...] = ()
    """(t_s, level) of every warning raised so far."""


class FrameEncoder:
    """Turns the results of one day, in order, into frames; keeps the warnings, advice and alerts that still stand."""

    def __init__(self, setup: Setup, label: str, version: str) -> None:
        if label not in LABELS:
            raise ValueError(f"label must be one of {', '.join(LABELS)}, not {label!r}")
        self._setup = setup
        self._label = label
        self._version = version
        self._reasons = (Reasons(setup, "en"), Reasons(setup, "uk"))
        self._blind = BlindArea(setup)
        self._warnings: dict[int, dict[str, Any]] = {}
        self._advice = AdviceBatch.empty(t_s=setup.start_s)
        self._advice_said: tables.Said = ([], [])
        self._alerts: dict[int, tuple[AreaAlertBatch, int]] = {}
        self._forecast: tuple[float, bytes] | None = None

    def setup_message(self) -> bytes:
        """The message a page gets first."""
        s = self._setup
        scalars = {
            "wire": wire.WIRE_VERSION, "version": self._version, "label": self._label,
            "title": s.title, "real": s.real, "simulated": s.simulated, "source": s.source, "licence": s.licence,
            "lon_deg": math.degrees(s.frame.lon0_rad), "lat_deg": math.degrees(s.frame.lat0_rad),
            "radius_m": s.radius_m, "start_s": s.start_s, "end_s": s.end_s, "schema": wire.schema(),
        }
        return wire.pack("setup", scalars, {
            "sensors": tables.sensors(s), "sites": tables.sites(s), "zones": tables.zones(s),
            "flights": tables.plans(s),
        })

    def frame(self, step: StepResult, alerts: AreaAlertBatch | None = None, n_rejected: int = 0) -> Frame:
        """The frame of one step; `alerts` are the area alerts that arrived with it, `n_rejected` bad rows so far."""
        self._keep_warnings(step.warnings)
        self._keep_advice(step)
        if alerts is not None:
            self._keep_alerts(alerts)
        issued_s, forecast = self._forecast_of(step.picture.cells)
        body = wire.pack(
            "frame",
            {"t_s": step.t_s, "issued_s": None if math.isnan(issued_s) else issued_s, "n_rejected": n_rejected},
            self._tables(step),
        )
        marks = tuple((w["raised_s"], w["level"]) for w in self._warnings.values())
        return Frame(step.t_s, body, issued_s, forecast, marks)

    def _tables(self, step: StepResult) -> dict[str, tables.Table]:
        s = self._setup
        kept = list(self._warnings.values())
        shown = step.threats.take(step.threats.level > Level.CLEAR)
        en, uk = (reasons.threats(shown, step.states) for reasons in self._reasons)
        return {
            "tracks": tables.tracks(s, step),
            "flights": tables.flights(s, step.states, step.threats),
            "threats": tables.threats(shown, (en, uk)),
            "raids": tables.raids(s, step.picture.raids),
            "warnings": {c.name: [w[c.name] for w in kept] for c in wire.FRAME["warnings"]},
            "advice": tables.advice(s, self._advice, self._advice_said),
            "sensors": tables.sensor_states(step.coverage),
            "zones": tables.zone_states(s, step.t_s),
            "alerts": tables.alerts(s, list(self._alerts.values())),
            "blind": self._blind.table(step.coverage.is_live),
        }

    def _keep_warnings(self, changed: WarningBatch) -> None:
        names = [c.name for c in wire.FRAME["warnings"] if not c.name.startswith("reason_")]
        english, ukrainian = (reasons.warnings(changed) for reasons in self._reasons)
        for row, (en, uk) in enumerate(zip(english, ukrainian, strict=True)):
            kept = {name: getattr(changed, name)[row].item() for name in names}
            before = self._warnings.get(kept["warning"])
            if changed.change[row] == CLEARED and before is not None:
                # What it was raised for stays: a warning that is over has no time ahead to tell of.
                en, uk = before["reason_en"], before["reason_uk"]
            self._warnings[kept["warning"]] = {**kept, "reason_en": en, "reason_uk": uk}
        while len(self._warnings) > MAX_WARNINGS:
            del self._warnings[next(iter(self._warnings))]

    def _keep_advice(self, step: StepResult) -> None:
        """New advice replaces a flight's old one; advice ends when its flight is no longer threatened."""
        new = step.advice
        if new is not None:
            self._only_advice(~np.isin(self._advice.flight, new.flight))
            self._advice = _joined(self._advice, new)
            for said, lang in zip(self._advice_said, LANGUAGES, strict=True):
                said.extend(advice_texts(new, self._setup, lang, step.states))
        threats = step.threats
        threatened = threats.flight[(threats.level > Level.CLEAR) & (threats.flight >= 0)]
        self._only_advice(np.isin(self._advice.flight, threatened))

    def _only_advice(self, keep: NDArray[np.bool_]) -> None:
        if keep.all():
            return
        self._advice = self._advice.take(keep)
        for said in self._advice_said:
            said[:] = [text for text, is_kept in zip(said, keep, strict=True) if is_kept]

    def _keep_alerts(self, alerts: AreaAlertBatch) -> None:
        for row in range(len(alerts)):
            if alerts.state[row] == 1:
                self._alerts[int(alerts.area[row])] = (alerts, row)
            else:
                self._alerts.pop(int(alerts.area[row]), None)

    def _forecast_of(self, cells: CellForecast | None) -> tuple[float, bytes | None]:
        """The newest forecast, as its message; made once per issue. It stands until the next is issued."""
        if cells is not None and (self._forecast is None or self._forecast[0] != cells.issued_s):
            self._forecast = (cells.issued_s, tables.forecast_message(cells))
        return (math.nan, None) if self._forecast is None else self._forecast


def _joined(old: AdviceBatch, new: AdviceBatch) -> AdviceBatch:
    """Both one after the other, ragged routes included."""
    values: dict[str, Any] = {"t_s": new.t_s}
    for field in dataclasses.fields(AdviceBatch):
        if field.name == "start":
            values["start"] = np.concatenate([old.start, old.start[-1] + new.start[1:]])
        elif field.name != "t_s":
            values[field.name] = np.concatenate([getattr(old, field.name), getattr(new, field.name)])
    return AdviceBatch(**values)
