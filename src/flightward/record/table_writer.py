"""The tables of a run, written as it goes: row groups of five minutes, aside, and put in place at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flightward.model import (
    AdviceBatch,
    AreaOutlook,
    CellForecast,
    Hazard,
    Inbox,
    Level,
    RaidBatch,
    Setup,
    StepResult,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
)
from flightward.model.acts import Act
from flightward.model.gnss import GnssAreaBatch
from flightward.record import tables
from flightward.wording import Language, Reasons, advice_texts, day_label, flight_id, site_id, warning_id

GROUP_STEPS = 300
"""Steps in a row group: by steps, not by time or memory, so that the same run gives the same bytes."""


MARK = "flightward.mark"
"""The key of a table's metadata that says that its day is simulated, and how much of it; real days have none."""


def marked(schema: pa.Schema, setup: Setup) -> pa.Schema:
    """The schema with the mark of the day."""
    label = day_label(setup)
    return schema.with_metadata({**(schema.metadata or {}), MARK: label}) if label else schema


class TableWriter:
    """All tables of one run in the folder `out`; `write` each step, then `close`.

    `acts` gives what people did with warnings; it is asked at the end. `lang` is the language of `reason` and `text`.
    Until `close` a table is called NAME.parquet.part. A forecast that still stands is not written again.
    """

    def __init__(
        self, out: Path, setup: Setup, acts: Callable[[], Sequence[Act]] = tuple, *, lang: Language = "en"
    ) -> None:
        self._acts = acts
        self._lang: Language = lang
        self._out = Path(out)
        self._out.mkdir(parents=True, exist_ok=True)
        self._setup = setup
        self._reasons = Reasons(setup, lang)
        self._files: dict[str, pq.ParquetWriter] = {}
        self._schemas = {
            "tracks": tables.TRACKS, "raids": tables.RAIDS, "forecast": tables.FORECAST,
            "forecast_near": tables.FORECAST, "threats": tables.THREATS, "warnings": tables.WARNINGS,
            "advice": tables.ADVICE, "gnss": tables.GNSS, "outlook": tables.OUTLOOK,
            "raid_events": tables.RAID_EVENTS, "warning_history": tables.WARNING_HISTORY,
            "warning_acts": tables.WARNING_ACTS,
        }  # fmt: skip
        for name, schema in self._schemas.items():
            schema = marked(schema, setup)
            words = [f.name for f in schema if pa.types.is_string(f.type)]
            self._files[name] = pq.ParquetWriter(
                self._part(name), schema, compression="zstd", compression_level=1, use_dictionary=words
            )
        self.names = list(self._schemas)
        self._results: list[StepResult] = []
        self._texts: list[str] = []
        self._advice_texts: list[str] = []
        self._cells: dict[str, CellForecast | None] = {}
        self._warnings: dict[int, dict[str, Any]] = {}
        self._gnss: dict[int, GnssAreaBatch] = {}
        self._outlook: AreaOutlook | None = None
        self._is_closed = False

    def write(self, inbox: Inbox | None, result: StepResult) -> None:
        """Take one step; what came in is not in the tables."""
        self._results.append(result)
        self._texts += self._reasons.threats(result.threats, result.states)
        if result.advice is not None:
            self._advice_texts += advice_texts(result.advice, self._setup, self._lang, result.states)
        self._forecast("forecast", result.picture.cells)
        self._forecast("forecast_near", result.picture.near_cells)
        outlook = result.picture.outlook
        if outlook is not None and outlook is not self._outlook:
            self._outlook = outlook
            if len(outlook):
                self._put("outlook", tables.outlook_table(outlook, self._setup))
        if len(result.warnings):
            self._note_warnings(result.warnings)
        if result.gnss is not None:
            self._gnss.update({int(k): result.gnss.take(result.gnss.area == k) for k in result.gnss.area})
        if len(self._results) >= GROUP_STEPS:
            self._flush()

    def close(self) -> None:
        """Write what is left and put the tables in place; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._flush()
        rows = [self._warnings[k] for k in sorted(self._warnings)]
        self._files["warnings"].write_table(tables.warnings_table(rows))
        acts = self._acts()
        if acts:
            self._put("warning_acts", tables.warning_acts_table(acts))
        if self._gnss:
            self._put("gnss", tables.gnss_table([self._gnss[k] for k in sorted(self._gnss)], self._setup))
        for name, file in self._files.items():
            file.close()
            self._part(name).replace(self._out / f"{name}.parquet")

    def _part(self, name: str) -> Path:
        return self._out / f"{name}.parquet.part"

    def _flush(self) -> None:
        results, self._results = self._results, []
        texts, self._texts = self._texts, []
        said, self._advice_texts = self._advice_texts, []
        some = [r for r in results if len(r.tracks)]
        if some:
            tracks: list[TrackBatch] = [r.tracks for r in some]
            self._put("tracks", tables.tracks_table(tracks, [r.track_raid for r in some], self._setup))
        raids: list[RaidBatch] = [r.picture.raids for r in results if len(r.picture.raids)]
        if raids:
            self._put("raids", tables.raids_table(raids, self._setup))
        events = [r.picture.events for r in results if r.picture.events is not None and len(r.picture.events)]
        if events:
            self._put("raid_events", tables.raid_events_table(events, self._setup))
        history = [r.history for r in results if r.history is not None and len(r.history)]
        if history:
            self._put("warning_history", tables.warning_history_table(history))
        threats: list[ThreatBatch] = [r.threats for r in results if len(r.threats)]
        if threats:
            self._put("threats", tables.threats_table(threats, texts, self._setup))
        advice: list[AdviceBatch] = [r.advice for r in results if r.advice is not None and len(r.advice)]
        if advice:
            self._put("advice", tables.advice_table(advice, said, self._setup))

    def _put(self, name: str, table: pa.Table) -> None:
        self._files[name].write_table(table, row_group_size=max(len(table), 1))

    def _forecast(self, name: str, cells: CellForecast | None) -> None:
        if cells is not None and cells is not self._cells.get(name):
            self._cells[name] = cells
            if len(cells):
                self._put(name, tables.forecast_table(cells))

    def _note_warnings(self, batch: WarningBatch) -> None:
        texts = self._reasons.warnings(batch)
        for k, number in enumerate(batch.warning.tolist()):
            before = self._warnings.get(number)
            is_cleared = int(batch.change[k]) == 3
            self._warnings[number] = {
                "warning_id": warning_id(number),
                "flight_id": flight_id(self._setup, int(batch.flight[k])),
                "site_id": site_id(self._setup, int(batch.site[k])),
                "hazard_kind": Hazard(int(batch.hazard[k])).word,
                "level": Level(int(batch.level[k])).word,
                # At its end a warning has no reason any more; what it was raised for stays.
                "reason": before["reason"] if is_cleared and before else texts[k],
                **{name: float(getattr(batch, name)[k]) for name in _WARNING_NUMBERS},
            }


_WARNING_NUMBERS = (
    "raised_s", "first_caution_s", "cleared_s", "predicted_caught_s", "p", "clear_again_s", "clear_again_lo_s",
    "clear_again_hi_s", "decide_by_s",
)  # fmt: skip
