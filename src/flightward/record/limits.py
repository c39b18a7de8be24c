"""How large a recording grows, when it goes on in a new part, what is kept, and how often what is written."""

from __future__ import annotations

import dataclasses

from flightward.errors import BadInput


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of one recording; 0 means none.

    part_bytes, part_s   a part that has grown to this goes on in a new one (it may exceed it by one step)
    keep_bytes, keep_s   the oldest parts are deleted so that no more than this stays; the newest two always stay
    state_s              the memory of all stages is kept this often, for seeking and for parts to begin with
    raw_bytes            raw messages that wait for their step; more are written at once
    head_s               a line of the heads file this often
    is_synced            bring all to the disk within a second (for days that are run again and again: not needed)
    """

    part_bytes: int = 0
    part_s: float = 0.0
    keep_bytes: int = 0
    keep_s: float = 0.0
    state_s: float = 60.0
    raw_bytes: int = 8 << 20
    head_s: float = 60.0
    is_synced: bool = True

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not value >= 0:
                raise BadInput("must not be negative", key=field.name, value=value, where="recording")
        if (self.keep_bytes or self.keep_s) and not self.has_parts:
            raise BadInput("needs parts: set part_bytes or part_s", key="keep_bytes, keep_s", where="recording")

    @property
    def has_parts(self) -> bool:
        """Whether the recording is cut into parts."""
        return bool(self.part_bytes or self.part_s)

    def is_full(self, n_bytes: int, dt_s: float) -> bool:
        """Whether a part of this size and duration has reached its limit."""
        return bool(self.part_bytes and n_bytes >= self.part_bytes) or bool(self.part_s and dt_s >= self.part_s)
