"""Checks of arguments that several commands have; each raises BadInput with the option's name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flightward.errors import BadInput

if TYPE_CHECKING:
    from flightward.days import Day


def check_number(option: str, value: float) -> None:
    """A number of which less than nothing, not-a-number and infinity mean nothing."""
    if not (math.isfinite(value) and value >= 0.0):
        raise BadInput("must be a number, 0 or more", key=option, value=value)


def check_seed(day: Day | None, seed: int | None) -> None:
    """--seed, of a built-in day or (None) of a case in a folder, which is what it is."""
    if seed is None:
        return
    if day is None or not day.is_drawn:
        what = "a case in a folder" if day is None else f"{day.name} is a real day and"
        raise BadInput(f"is for built-in days that are simulated; {what} has no other draw", key="--seed", value=seed)
    if seed < 0:
        raise BadInput("must be 0 or more", key="--seed", value=seed)
