"""Flightward keeps flights and sites out of the centre of a drone raid: before, during and after.

    import flightward as fw

    fw.run_case(Path("case"), Path("out"))          a day through the whole flow
    fw.replay(Path("out/recording.mcap"))           the same again, from the recording
    fw.open_recording(Path("out/recording.mcap"))   what was recorded
    fw.score_case(Path("case"), Path("out"))        against the truth
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
    from flightward.errors import BadInput, BadMessage, BadRecord, FlightwardError, Missing
    from flightward.feeds.case import read_case
    from flightward.pipeline import Pipeline
    from flightward.record import open_recording
    from flightward.review import review as review_flight
    from flightward.run import replay, run_case
    from flightward.score import score as score_case
    from flightward.score import score_many as score_cases
    from flightward.simulate import simulate as simulate_case
    from flightward.simulate import standard_day
    from flightward.tracks import track_table

_HOME = {
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
    "list_days": ("flightward.days", "list_days"),
    "open_recording": ("flightward.record", "open_recording"),
    "read_case": ("flightward.feeds.case", "read_case"),
    "replay": ("flightward.run", "replay"),
    "review_flight": ("flightward.review", "review"),
    "run_case": ("flightward.run", "run_case"),
    "score_case": ("flightward.score", "score"),
    "score_cases": ("flightward.score", "score_many"),
    "simulate_case": ("flightward.simulate", "simulate"),
    "standard_day": ("flightward.simulate", "standard_day"),
    "track_table": ("flightward.tracks", "track_table"),
}

__all__ = [
    "BadInput", "BadMessage", "BadRecord", "Config", "FlightwardError", "Missing", "Pipeline", "__version__",
    "build_day", "evaluate_pairs", "evaluate_sequence", "list_days", "open_recording", "read_case", "replay",
    "review_flight", "run_case", "score_case", "score_cases", "simulate_case", "standard_day", "track_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"flightward has no public name {name!r}")
    module, attribute = _HOME[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
