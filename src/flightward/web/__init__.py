"""The live console: frames from the pipeline's results, a player that paces and keeps them, a server on loopback."""

from __future__ import annotations

from flightward.web.frames import LABELS, Frame, FrameEncoder
from flightward.web.player import Player, Status
from flightward.web.server import serve

__all__ = ["LABELS", "Frame", "FrameEncoder", "Player", "Status", "serve"]
