"""Flightward keeps flights and sites out of the centre of a drone raid: before, during and after.

    import flightward as fw

    fw.run_case(Path("case"), Path("out"))          a day through the whole flow
    fw.replay(Path("out/recording.mcap"))           the same again, from the recording
    fw.open_recording(Path("out/recording.mcap"))   what was recorded
    fw.score(Path("case"), Path("out"))             against the truth
    fw.Pipeline(setup, config).step(inbox)          one second, for your own loop

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from flightward.config import Config
    from flightward.days import build_day, list_days
    from flightward.errors import BadInput, BadMessage, BadRecord, FlightwardError, Missing
    from flightward.feeds.case import read_case
    from flightward.pipeline import Pipeline
    from flightward.record import open_recording
    from flightward.review import review
    from flightward.run import replay, run_case
    from flightward.score import score, score_many
    from flightward.simulate import simulate, standard_day

_HOME = {
    "BadInput": "flightward.errors",
    "BadMessage": "flightward.errors",
    "BadRecord": "flightward.errors",
    "Config": "flightward.config",
    "FlightwardError": "flightward.errors",
    "Missing": "flightward.errors",
    "Pipeline": "flightward.pipeline",
    "build_day": "flightward.days",
    "list_days": "flightward.days",
    "open_recording": "flightward.record",
    "read_case": "flightward.feeds.case",
    "replay": "flightward.run",
    "review": "flightward.review",
    "run_case": "flightward.run",
    "score": "flightward.score",
    "score_many": "flightward.score",
    "simulate": "flightward.simulate",
    "standard_day": "flightward.simulate",
}

__all__ = [
    "BadInput", "BadMessage", "BadRecord", "Config", "FlightwardError", "Missing", "Pipeline", "__version__",
    "build_day", "list_days", "open_recording", "read_case", "replay", "review", "run_case", "score", "score_many",
    "simulate", "standard_day",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"flightward has no public name {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
