"""Advice: for a threatened flight a few different ways out, each with its remaining risk, its cost and its deadline."""

from __future__ import annotations

from flightward.advice.deadlines import Deadlines
from flightward.advice.stage import Advice

__all__ = ["Advice", "Deadlines"]
