"""Read a recording, whole or torn: the inboxes to replay and the results to look at, bit for bit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import Batch, Inbox, RaidPicture, Setup, StepResult
from flightward.record.scan import Place, Scan, messages, scan
from flightward.record.schema import BATCHES, PACKERS, STEP_TOPIC, VERSION, decode
from flightward.record.setups import config_from, head_crc, setup_from


@dataclasses.dataclass(frozen=True)
class _Step:
    """One step, read: what is not a column, and the packed batches by topic."""

    values: dict[str, Any]
    packed: dict[str, bytes]

    def batch(self, topic: str) -> Any:
        """The batch of a topic, empty where it has no message."""
        kind = BATCHES[topic]
        if topic in self.packed:
            return PACKERS[kind].unpack(self.packed[topic])
        if topic.startswith("/in/"):
            return kind.empty()
        return kind.empty(t_s=self.values["times"].get(topic, self.values["t_s"]))


class Recording:
    """An opened recording: `setup`, `config`, `meta`, `texts`, `t_s` (the times of its steps).

    `inboxes()` is what came in, for replay; `steps()` what came out. `torn` is "" for a whole recording, else it says
    what was lost.
    """

    def __init__(self, path: Path, found: Scan) -> None:
        head = found.metadata.get("flightward")
        if head is None or "setup" not in found.attachments:
            raise BadRecord("ends before its setup; nothing can be read from it", path=str(path))
        if head.get("version") != str(VERSION):
            raise BadRecord(f"is of version {head.get('version')}; this reads version {VERSION}", path=str(path))
        if head.get("crc") != head_crc(head):
            raise BadRecord("its settings are damaged (CRC)", path=str(path))
        self.path = path
        self.setup: Setup = setup_from(found.attachments["setup"])
        self.config: Config = config_from(head["config"])
        self.meta: dict[str, Any] = json.loads(head["meta"])
        self.texts = {name: data.decode() for name, data in found.attachments.items() if name != "setup"}
        self.is_closed = found.is_closed
        self.bytes_lost = found.file_bytes - found.good_bytes
        self.t_s = np.array([place.t_s for place in found.steps], dtype=np.float64)
        self.t_s.flags.writeable = False
        self._places = found.steps
        self._topics = found.topics

    def __len__(self) -> int:
        return len(self._places)

    @property
    def torn(self) -> str:
        """What is missing at the end, or ""."""
        if self.is_closed:
            return ""
        until = f"it holds {len(self)} steps" + (f", the last of {self.t_s[-1]:.0f} s POSIX" if len(self) else "")
        return f"the recording was not closed: {until}; {self.bytes_lost} bytes after that are lost"

    def inboxes(self) -> Iterator[Inbox]:
        """What came in, step by step. Errors: BadRecord at damage within the file."""
        with self.path.open("rb") as file:
            for k in range(len(self)):
                yield _inbox(self._step(file, k))

    def steps(self, first: int = 0, end: int | None = None) -> Iterator[StepResult]:
        """What came out of steps [first, end): all but the futures, which a replay draws again."""
        for _, result in self.both(first, end):
            yield result

    def both(self, first: int = 0, end: int | None = None) -> Iterator[tuple[Inbox, StepResult]]:
        """What came in and what came out of steps [first, end)."""
        held: dict[str, Batch | None] = {}
        with self.path.open("rb") as file:
            for k in range(first, len(self) if end is None else min(end, len(self))):
                step = self._step(file, k)
                cells = [self._cells(file, k, step, name, held) for name in ("cells", "near_cells")]
                yield _inbox(step), _result(step, cells)

    def _step(self, file: BinaryIO, k: int) -> _Step:
        values, packed = self._read(file, self._places[k])
        if values["n_names"] - len(values["names"]) > len(self.setup.names):
            # Read out of order: the names that earlier steps brought are needed first.
            for place in self._places[:k]:
                self._intern(self._read(file, place)[0])
        self._intern(values)
        return _Step(values, packed)

    def _read(self, file: BinaryIO, place: Place) -> tuple[dict[str, Any], dict[str, bytes]]:
        packed = messages(file, place, self._topics)
        if STEP_TOPIC not in packed:
            raise BadRecord("a chunk holds no step", path=str(self.path), offset=place.offset)
        return decode(packed.pop(STEP_TOPIC)), packed

    def _intern(self, values: dict[str, Any]) -> None:
        for text in values["names"]:
            self.setup.names.intern(text)

    def _cells(self, file: BinaryIO, k: int, step: _Step, name: str, held: dict[str, Batch | None]) -> Any:
        """The forecast of a step: none, its own, or the one that still stands."""
        topic = f"/out/{name}"
        if step.values[name] == 1:
            held[name] = step.batch(topic)
        elif step.values[name] == 2 and name not in held:
            before = next((s for j in range(k - 1, -1, -1) if (s := self._step(file, j)).values[name] == 1), None)
            held[name] = None if before is None else before.batch(topic)
        return held.get(name) if step.values[name] else None


def open_recording(path: Path) -> Recording:
    """Open a recording; one that is torn opens to its last good step.

    Errors   BadRecord if it is not there, is no recording, is of another version or ends before its setup.
    """
    path = Path(path)
    return Recording(path, scan(path))


def _inbox(step: _Step) -> Inbox:
    values = step.values
    return Inbox(values["inbox_t_s"], step.batch("/in/reports"), step.batch("/in/alerts"), values["n_rejected"])


def _result(step: _Step, cells: list[Any]) -> StepResult:
    values = step.values
    picture = RaidPicture(
        step.batch("/out/raids"), None, values["is_new_futures"], cells[0], cells[1],
        events=step.batch("/out/raid_events"),
    )  # fmt: skip
    return StepResult(
        t_s=values["t_s"], tracks=step.batch("/out/tracks"), coverage=step.batch("/out/coverage"), picture=picture,
        states=step.batch("/out/states"), threats=step.batch("/out/threats"), warnings=step.batch("/out/warnings"),
        advice=step.batch("/out/advice") if "/out/advice" in step.packed else None,
        track_raid=np.frombuffer(values["track_raid"], dtype="<i8"), gnss=step.batch("/out/gnss"),
    )  # fmt: skip
