"""Tracks in; raids, the ensemble of their futures and the forecast on cells out."""

from __future__ import annotations

from flightward.raids.describe import raid_of_tracks
from flightward.raids.stage import Raids

__all__ = ["Raids", "raid_of_tracks"]
