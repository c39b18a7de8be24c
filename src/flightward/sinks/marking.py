"""What leaves Flightward is real, or it is marked as an exercise in the format's own way; anything else is refused."""

from __future__ import annotations

import dataclasses

from flightward.errors import BadInput
from flightward.model import Setup
from flightward.wording.words import LABEL


@dataclasses.dataclass(frozen=True)
class Mark:
    """How a message is marked: `label` is "" for real, live data, else the words that stand before every text."""

    label: str = ""

    @property
    def is_exercise(self) -> bool:
        """True if what is sent is not real and live."""
        return bool(self.label)

    def text(self, text: str) -> str:
        """A text with the mark before it."""
        return f"{self.label}: {text}" if self.label else text


def mark_of(setup: Setup, *, is_replay: bool = False, exercise: bool = False) -> Mark:
    """The mark of what is said about a setup.

    Errors   BadInput where the data is simulated or replayed and `exercise` was not asked for: a sink must not take it.
    """
    if not setup.is_simulated and not is_replay:
        return Mark(LABEL["exercise"]["en"]) if exercise else Mark()
    what = "simulated" if setup.is_simulated else "replay"
    if not exercise:
        raise BadInput(
            f"this is {'simulated' if setup.is_simulated else 'replayed'} data, which sinks do not send; "
            "say --exercise to send it, marked as an exercise in every message",
            key="exercise",
        )
    return Mark(f"{LABEL['exercise']['en']} {LABEL[what]['en']}")
