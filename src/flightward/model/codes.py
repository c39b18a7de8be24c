"""Every code that stands in an int8 column, and its word in files. The order of members is part of recordings."""

from __future__ import annotations

import enum


class Code(enum.IntEnum):
    """An int8 code; its word in tables is the lower-case name."""

    @property
    def word(self) -> str:
        """The word in files and tables."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Code:
        """The member of a word; KeyError if there is none."""
        return cls[word.upper()]


class Kind(Code):
    """What an object is (class of a track)."""

    DRONE = 0
    AIRCRAFT = 1
    HELICOPTER = 2
    BIRD = 3
    UNKNOWN = 4


N_KINDS = len(Kind)


class HostileSource(Code):
    """Where a probability of hostility comes from."""

    NONE = 0
    DECLARED = 1
    RULE = 2


class Integrity(Code):
    """May the position be believed."""

    TRUSTED = 0
    DOUBTFUL = 1
    FALSE = 2


class IntegrityReason(Code):
    """Why integrity is what it is."""

    NONE = 0
    STALE = 1
    FROZEN = 2
    JUMP = 3
    IMPOSSIBLE_SPEED = 4
    CONTRADICTED = 5
    LOW_QUALITY = 6
    DUPLICATE_IDENTITY = 7
    VELOCITY_MISMATCH = 8
    CROWDED = 9
    IDENTITY_SWAPPED = 10


class TrackStatus(Code):
    """Where a track is in its life."""

    TENTATIVE = 0
    CONFIRMED = 1
    COASTING = 2


class SensorKind(Code):
    """What a sensor is."""

    RADAR = 0
    ACOUSTIC = 1
    RF = 2
    CAMERA = 3
    ADSB = 4
    REMOTE_ID = 5


class ZoneKind(Code):
    """What a declared zone is."""

    DEFENDED = 0
    CLOSED = 1
    ALERT = 2
    GEO = 3


class Category(Code):
    """Whose flight it is."""

    MEDICAL = 0
    HUMANITARIAN = 1
    STATE = 2
    AIRLINE = 3
    OTHER = 4


class Hazard(Code):
    """hazard_kind."""

    NONE = 0
    DRONE = 1
    RAID = 2
    ZONE = 3
    CLOSED_AREA = 4
    GNSS = 5
    BLIND = 6


class Level(Code):
    """How bad it is. Shown worst first: WARNING, CAUTION, BLIND, ADVISORY, CLEAR; BLIND is a row of its own."""

    CLEAR = 0
    ADVISORY = 1
    BLIND = 2
    CAUTION = 3
    WARNING = 4

    @property
    def word(self) -> str:
        """Levels stand in capitals."""
        return self.name


class Reason(Code):
    """Why a threat has its level; `wording` makes the sentence from it and the row's numbers."""

    NONE = 0
    RAID_ON_ROUTE = 1
    DRONE_ON_ROUTE = 2
    RAID_NEAR_NOW = 3
    DRONE_NEAR_NOW = 4
    DEFENDED_ZONE = 5
    CLOSED_ZONE = 6
    GEO_ZONE = 7
    ALERT_AREA = 8
    NO_SENSOR = 9
    SENSOR_SILENT = 10
    POSITION_STALE = 11
    POSITION_FALSE = 12
    POSITION_DOUBTFUL = 13
    POSITION_NEVER = 14
    GNSS_INTERFERENCE = 15
    SITE_NEAR = 16
    SITE_AHEAD = 17
    DATA_LOST = 18
    COVERAGE_AHEAD_ENDS = 19
    ZONE_MAY_OPEN = 20
    ZONE_OPEN_UNSEEN = 21
    HOLE_LEARNT = 22
    ALERT_LIKELY = 23


class Option(Code):
    """What a flight can do."""

    CONTINUE = 0
    DELAY = 1
    HOLD = 2
    LEVEL = 3
    REROUTE = 4
    DIVERT = 5
    LAND = 6
    TURN_BACK = 7


class Instruction(Code):
    """What to do this minute, from the manoeuvre bands."""

    TURN_LEFT = 0
    TURN_RIGHT = 1
    CLIMB = 2
    DESCEND = 3


class Minimum(Code):
    """How a way stands to the minimum heights that are declared."""

    UNKNOWN = 0
    KEPT = 1
    UNDER = 2


class Change(Code):
    """Why another option is now the best one than the one told before."""

    GONE = 0
    FULL = 1
    CLOSED = 2
    RISK = 3
    LESS_RISK = 4
    COST = 5


class PlanState(Code):
    """How a flight stands to its plan."""

    UNKNOWN = 0
    BEFORE = 1
    ON_PLAN = 2
    SHIFTED = 3
    BROKEN = 4
    ENDED = 5


class AlertState(Code):
    """A declared state of an area."""

    ENDED = 0
    ACTIVE = 1


class RaidEvent(Code):
    """What happened to raids."""

    SPLIT = 0
    MERGE = 1
