"""Flightward keeps flights and sites out of the centre of a drone raid: before, during and after.

    import flightward as fw

    fw.run_case(Path("case"), Path("out"))          a day through the whole flow
    fw.replay(Path("out/recording.mcap"))           the same again, from the recording
    fw.open_recording(Path("out/recording.mcap"))   what was recorded; .sql("SELECT ...") asks its tables
    fw.verify_recording(path, heads)                whether every byte is as it was written
    fw.export_recording(path, Path("tables"))       Parquet, GeoParquet, GeoJSON, KML, CZML, traffic
    fw.seek(recording, t_s)                         the stages as they were at any second of it
    fw.score_case(Path("case"), Path("out"))        against the truth
    fw.smooth_recording(Path("out/recording.mcap")) its tracks, re-estimated with all the data
    fw.open_engine("process:2").map(f, items)       many pieces of work, on all cores or a cluster
    fw.Pipeline(setup, config).step(inbox)          one second, for your own loop
    fw.track_table(reports)                         tracks from a table of measured positions
    fw.evaluate_pairs(table, "DO_365B_no_SUM")      well-clear, alert levels and miss distances of pairs

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from flightward.config import Config
    from flightward.days import build_day, list_days
    from flightward.encounters import evaluate_pairs, evaluate_sequence
    from flightward.engine import open_engine
    from flightward.errors import BadInput, BadMessage, BadRecord, FlightwardError, Missing
    from flightward.export import export as export_recording
    from flightward.feeds.case import read_case
    from flightward.pipeline import Pipeline
    from flightward.record import ActLog, open_recording
    from flightward.record.verify import verify as verify_recording
    from flightward.replaying import replay, seek
    from flightward.review import review as review_flight
    from flightward.run import run_case
    from flightward.score import score as score_case
    from flightward.score import score_many as score_cases
    from flightward.simulate import simulate as simulate_case
    from flightward.simulate import standard_day
    from flightward.smoothing import smooth_recording
    from flightward.tracks import track_table

_HOME = {
    "ActLog": ("flightward.record", "ActLog"),
    "BadInput": ("flightward.errors", "BadInput"),
    "BadMessage": ("flightward.errors", "BadMessage"),
    "BadRecord": ("flightward.errors", "BadRecord"),
    "Config": ("flightward.config", "Config"),
    "FlightwardError": ("flightward.errors", "FlightwardError"),
    "Missing": ("flightward.errors", "Missing"),
    "Pipeline": ("flightward.pipeline", "Pipeline"),
    "build_day": ("flightward.days", "build_day"),
    "evaluate_pairs": ("flightward.encounters", "evaluate_pairs"),
    "evaluate_sequence": ("flightward.encounters", "evaluate_sequence"),
    "export_recording": ("flightward.export", "export"),
    "list_days": ("flightward.days", "list_days"),
    "open_engine": ("flightward.engine", "open_engine"),
    "open_recording": ("flightward.record", "open_recording"),
    "read_case": ("flightward.feeds.case", "read_case"),
    "replay": ("flightward.replaying", "replay"),
    "review_flight": ("flightward.review", "review"),
    "run_case": ("flightward.run", "run_case"),
    "score_case": ("flightward.score", "score"),
    "score_cases": ("flightward.score", "score_many"),
    "seek": ("flightward.replaying", "seek"),
    "simulate_case": ("flightward.simulate", "simulate"),
    "smooth_recording": ("flightward.smoothing", "smooth_recording"),
    "standard_day": ("flightward.simulate", "standard_day"),
    "track_table": ("flightward.tracks", "track_table"),
    "verify_recording": ("flightward.record.verify", "verify"),
}

__all__ = [
    "ActLog", "BadInput", "BadMessage", "BadRecord", "Config", "FlightwardError", "Missing", "Pipeline", "__version__",
    "build_day", "evaluate_pairs", "evaluate_sequence", "export_recording", "list_days", "open_engine",
    "open_recording", "read_case", "replay", "review_flight", "run_case", "score_case", "score_cases", "seek",
    "simulate_case", "smooth_recording", "standard_day", "track_table", "verify_recording",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"flightward has no public name {name!r}")
    module, attribute = _HOME[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
