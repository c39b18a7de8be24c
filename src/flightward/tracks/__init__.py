"""Reports to the air picture: association, filtering, identity, class, existence, integrity, coverage."""

from flightward.tracks.engine import Engine
from flightward.tracks.table import track_table
from flightward.tracks.tracker import Tracker

__all__ = ["Engine", "Tracker", "track_table"]
