"""Flightward keeps flights and sites out of the centre of a drone raid: before, during and after."""

from __future__ import annotations

__version__ = "0.1.0"
