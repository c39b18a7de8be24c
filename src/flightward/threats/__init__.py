"""Flights against hazards, every second: probability, time to it, level, reason; warnings as objects."""

from __future__ import annotations

from flightward.threats.stage import Threats

__all__ = ["Threats"]
