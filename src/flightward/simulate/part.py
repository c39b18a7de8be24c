"""What every table of a scenario is made of: the checked base and the kinds of numbers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Chance = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
LatDeg = Annotated[float, Meta(ge=-85, le=85)]
LonDeg = Annotated[float, Meta(ge=-180, le=180)]
AngleRad = Annotated[float, Meta(ge=-3.1416, le=3.1416)]
Point = tuple[LatDeg, LonDeg]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One table of a scenario: unknown keys are refused."""
