"""What a step says, as it would be recorded: to compare a replay with a recording, message by message."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from flightward.model import Batch, StepResult
from flightward.record.schema import BATCHES, PACKERS
from flightward.record.steps import Step

FORECASTS = {"cells": "/out/cells", "near_cells": "/out/near_cells"}
PLAIN = ("track_raid", "is_new_futures", "t_s")
"""Outputs that stand in the step itself."""


def batches_of(result: StepResult) -> dict[str, Batch | None]:
    """The outputs of a step by topic, all but the forecasts."""
    picture = result.picture
    return {
        "/out/tracks": result.tracks,
        "/out/coverage": result.coverage,
        "/out/raids": picture.raids,
        "/out/states": result.states,
        "/out/threats": result.threats,
        "/out/warnings": result.warnings,
        "/out/advice": result.advice,
        "/out/gnss": result.gnss,
        "/out/raid_events": picture.events,
        "/out/warning_history": result.history,
    }


def has_message(topic: str, batch: Batch | None) -> bool:
    """Whether a batch is written: one without rows is not, except advice, where none and no rows are two things."""
    return batch is not None and (topic == "/out/advice" or len(batch) > 0)


def packed_outputs(result: StepResult) -> dict[str, bytes]:
    """The messages of a step's outputs, all but the forecasts."""
    found = batches_of(result)
    out = {t: PACKERS[type(b)].pack(b) for t, b in found.items() if b is not None and has_message(t, b)}
    plain = {"track_raid": result.track_raid.tobytes(), "is_new_futures": result.picture.is_new_futures}
    return out | {name: repr(value).encode() for name, value in {**plain, "t_s": result.t_s}.items()}


@dataclasses.dataclass
class Check:
    """A replay against its recording, bit for bit.

    n_equal     steps whose every output is the same
    n_unsure    steps that were not compared: between a gap of the recording and the next memory of the stages
    first_s     the first second that differs, NaN: none; `topics` what differed, and in how many seconds
    recorded, replayed   SHA-256 over all outputs that were compared, in order
    """

    n_steps: int = 0
    n_equal: int = 0
    n_unsure: int = 0
    first_s: float = float("nan")
    topics: dict[str, int] = dataclasses.field(default_factory=dict)
    recorded: str = ""
    replayed: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether every step that was compared is the same."""
        return self.n_steps == self.n_equal


class Checker:
    """Takes each recorded step with what the replay gave; `check` is the answer so far.

    with_cells  whether the recorded run made the forecast's maps; if not they are not compared.
    """

    def __init__(self, *, with_cells: bool) -> None:
        self._forecasts = FORECASTS if with_cells else {}
        self._recorded, self._replayed = hashlib.sha256(), hashlib.sha256()
        self._held: dict[str, bytes] = {}
        self._packed: dict[str, tuple[Any, bytes]] = {}
        self.check = Check()

    def hold(self, name: str, data: bytes) -> None:
        """The forecast that stands when the replay begins within a day."""
        self._held[name] = _as_now(FORECASTS[name], data)

    def skip(self, step: Step) -> None:
        """A step that cannot be compared."""
        self._forecasts_of(step)
        self.check.n_unsure += 1

    def compare(self, step: Step, result: StepResult) -> None:
        """One step."""
        values = step.values
        outputs = {t: d[0] for t, d in step.packed.items() if t.startswith("/out/") and t not in FORECASTS.values()}
        recorded = {t: _as_now(t, d) for t, d in outputs.items()}
        recorded |= {name: repr(values[name]).encode() for name in PLAIN}
        recorded |= self._forecasts_of(step)
        replayed = packed_outputs(result) | self._forecasts_now(result)
        odd = [k for k in sorted(recorded.keys() | replayed.keys()) if recorded.get(k) != replayed.get(k)]
        check = self.check
        check.n_steps += 1
        check.n_equal += not odd
        if odd and check.first_s != check.first_s:
            check.first_s = step.t_s
        for name in odd:
            check.topics[name] = check.topics.get(name, 0) + 1
        for seen, messages in ((self._recorded, recorded), (self._replayed, replayed)):
            for name in sorted(messages):
                seen.update(name.encode() + len(messages[name]).to_bytes(8, "little") + messages[name])

    def finish(self) -> Check:
        """The answer."""
        self.check.recorded, self.check.replayed = self._recorded.hexdigest(), self._replayed.hexdigest()
        return self.check

    def _forecasts_of(self, step: Step) -> dict[str, bytes]:
        out = {}
        for name, topic in self._forecasts.items():
            if step.values[name] == 1:
                self._held[name] = _as_now(topic, step.packed[topic][0])
            if step.values[name]:
                out[name] = self._held.get(name, b"not recorded")
        return out

    def _forecasts_now(self, result: StepResult) -> dict[str, bytes]:
        out = {}
        for name in self._forecasts:
            cells = getattr(result.picture, name)
            if cells is None:
                continue
            if name not in self._packed or self._packed[name][0] is not cells:
                self._packed[name] = (cells, PACKERS[type(cells)].pack(cells))
            out[name] = self._packed[name][1]
        return out


def _as_now(topic: str, data: bytes) -> bytes:
    """A message as it would be packed now: an older version may have packed the same values in another way."""
    return PACKERS[BATCHES[topic]].pack(Step.unpack(topic, data))
