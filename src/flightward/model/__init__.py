"""The dictionary of all that travels between stages: every batch type, its columns, units and codes."""

from __future__ import annotations

from flightward.model.agreed import AgreedBatch, MinimumBatch
from flightward.model.batch import F64, I8, I64, NONE, Batch, columns, f64, i8, i64
from flightward.model.biases import BiasBatch
from flightward.model.codes import (
    AlertState,
    Category,
    Change,
    Hazard,
    HostileSource,
    Instruction,
    Integrity,
    IntegrityReason,
    Kind,
    Level,
    Minimum,
    Option,
    PlanState,
    RaidEvent,
    Reason,
    SensorKind,
    TrackStatus,
    ZoneKind,
)
from flightward.model.flights import FlightBatch, FlightStates, Path4D
from flightward.model.frame import AreaFrame
from flightward.model.inbox import Inbox
from flightward.model.learnt import CoverageGrid, LearntBatch, LearntTables
from flightward.model.names import Names
from flightward.model.raids import CellForecast, Futures, RaidBatch, RaidEventBatch, RaidPicture
from flightward.model.reports import ReportBatch
from flightward.model.sensors import SensorBatch, SiteBatch
from flightward.model.setup import Setup
from flightward.model.step import StepResult, ThreatPicture
from flightward.model.threats import AdviceBatch, FlightChances, ThreatBatch, WarningBatch, WarningHistory
from flightward.model.tracks import Coverage, TrackBatch
from flightward.model.zones import AreaAlertBatch, AreaOutlook, ZoneBatch

__all__ = [
    "Change",
    "AdviceBatch", "AgreedBatch", "AlertState", "AreaAlertBatch", "AreaFrame", "AreaOutlook", "Batch", "BiasBatch",
    "Category", "CellForecast", "Coverage", "CoverageGrid", "F64", "FlightBatch", "FlightChances", "FlightStates",
    "Futures", "Hazard", "HostileSource", "I64", "I8", "Inbox", "Instruction", "Integrity", "IntegrityReason", "Kind",
    "LearntBatch", "LearntTables", "Level", "Minimum", "MinimumBatch", "NONE", "Names", "Option", "Path4D", "PlanState",
    "RaidBatch", "RaidEvent", "RaidEventBatch", "RaidPicture", "Reason", "ReportBatch", "SensorBatch", "SensorKind",
    "Setup", "SiteBatch", "StepResult", "ThreatBatch", "ThreatPicture", "TrackBatch", "TrackStatus", "WarningBatch",
    "WarningHistory", "ZoneBatch", "ZoneKind", "columns", "f64", "i64", "i8",
]
