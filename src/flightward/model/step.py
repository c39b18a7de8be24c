"""All that one second of the flow yields: what goes to people, to tables and into the recording."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import I64
from flightward.model.biases import BiasBatch
from flightward.model.flights import FlightStates
from flightward.model.gnss import GnssAreaBatch
from flightward.model.raids import RaidPicture
from flightward.model.threats import AdviceBatch, FlightChances, ThreatBatch, WarningBatch, WarningHistory
from flightward.model.tracks import Coverage, TrackBatch


@dataclasses.dataclass(frozen=True)
class ThreatPicture:
    """What the threats stage says of one second."""

    states: FlightStates
    threats: ThreatBatch
    warnings: WarningBatch
    chances: FlightChances
    history: WarningHistory


@dataclasses.dataclass(frozen=True)
class StepResult:
    """The outputs of one step; track_raid (N,) is a raid or NONE.

    `advice` is None where nothing new is said, `biases` where they are not known (a result read from a recording);
    `gnss` None: not asked; `chances` None: read from a recording; `history` None: not kept by whoever made it.
    """

    t_s: float
    tracks: TrackBatch
    coverage: Coverage
    picture: RaidPicture
    states: FlightStates
    threats: ThreatBatch
    warnings: WarningBatch
    advice: AdviceBatch | None
    track_raid: I64
    gnss: GnssAreaBatch | None = None
    chances: FlightChances | None = None
    biases: BiasBatch | None = None
    history: WarningHistory | None = None
