"""What people did with a warning: words a person wrote down, so plain objects and no columns of numbers."""

from __future__ import annotations

import dataclasses

from flightward.model.codes import Code


class ActKind(Code):
    """What was done with a warning."""

    SEEN = 0
    TOLD = 1
    READ_BACK = 2


@dataclasses.dataclass(frozen=True)
class Act:
    """One thing that one person did with one warning; "" where nothing was said."""

    t_s: float
    """POSIX UTC of the day, not of the clock on the wall: a day may be played faster."""
    warning: int
    act: ActKind
    person: str
    """Who did it."""
    to_whom: str = ""
    """Who was told, or read it back."""
    how: str = ""
    """By what: radio, telephone, in person."""
    note: str = ""
