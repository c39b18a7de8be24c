"""Sends the air picture as ASTERIX CAT 062, a datagram a block: every track at every step, and its end."""

from __future__ import annotations

from flightward.feeds.asterix import Cat062
from flightward.model import Inbox, StepResult
from flightward.sinks.cot import Sender
from flightward.sinks.scene import Observer


class AsterixSink:
    """A sink of steps; what is not real and live is marked as simulated (I062/080 SIM) in every record."""

    def __init__(self, observer: Observer, sender: Sender, sac: int, sic: int) -> None:
        setup = observer.setup
        self._shift_s = observer.shift_s
        self._sender = sender
        self._writer = Cat062(
            setup.frame, setup.names, sac, sic, is_exercise=observer.mark.is_exercise, sensors=setup.sensors
        )

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        for block in self._writer.blocks(result.tracks, self._shift_s):
            self._sender.send(block)

    def close(self) -> None:
        """No more steps will come: every track ends."""
        for block in self._writer.end():
            self._sender.send(block)
        self._sender.stop(2.0)
