"""What `--send`, `--exercise` and `--speed` mean: sinks of a day that is played again, at a pace, as if it were now."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from flightward.errors import BadInput
from flightward.model import Inbox, Setup, StepResult
from flightward.run import Sink
from flightward.sinks import Observer, mark_of
from flightward.sinks.addresses import open_sink


class Sending:
    """Opens the sinks of a replay when its setup is known."""

    def __init__(self, addresses: Sequence[str], *, exercise: bool, speed: float) -> None:
        self._addresses, self._exercise, self._speed = addresses, exercise, speed

    def sinks_of(self, setup: Setup) -> list[Sink]:
        """The sinks, and a pace before them. Errors: BadInput without --exercise, or for a bad address."""
        sinks: list[Sink] = [Pace(self._speed)] if self._speed > 0.0 else []
        if self._addresses:
            mark = mark_of(setup, is_replay=True, exercise=self._exercise)
            shift_s = time.time() - setup.start_s
            try:
                for address in self._addresses:
                    sinks.append(opened(address, Observer(setup, mark, shift_s)))
            except BaseException:
                for sink in sinks:
                    sink.close()
                raise
        return sinks


def opened(address: str, observer: Observer) -> Sink:
    """The sink of an address of --send.

    Errors   BadInput, also for what is no address or cannot be opened. An address may hold a secret: none is repeated.
    """
    if address.startswith(("http://", "https://")) and not os.environ.get("FLIGHTWARD_WEBHOOK_SECRET"):
        raise BadInput(
            "a webhook is signed: set FLIGHTWARD_WEBHOOK_SECRET in the environment to the secret that its receiver has",
            key="--send",
        )  # fmt: skip
    try:
        return open_sink(address, observer, os.environ, time.time)
    except OSError as error:
        raise BadInput(f"cannot be opened: {error.strerror or type(error).__name__}", key="--send") from error
    except ValueError:
        raise BadInput("is no address", key="--send") from None


class Pace:
    """A sink that lets the day's time pass no faster than `speed` times real time."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began: tuple[float, float] | None = None

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Wait until this step's time has come."""
        if self._began is None:
            self._began = time.monotonic(), result.t_s
        began, t_s = self._began
        time.sleep(max(began + (result.t_s - t_s) / self._speed - time.monotonic(), 0.0))

    def close(self) -> None:
        """The day is over."""
