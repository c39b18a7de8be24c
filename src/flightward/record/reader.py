"""Read a recording, whole or torn, of one file or of parts: the inboxes to replay and the results, bit for bit."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import Batch, Inbox, Setup, StepResult, WarningHistory
from flightward.model.acts import Act
from flightward.model.batch import concatenated
from flightward.record import raws
from flightward.record.acts import ActLog, unpack
from flightward.record.opening import Part, open_parts
from flightward.record.scan import Place, large, messages
from flightward.record.schema import (
    ACT_NAME,
    GAP_TOPIC,
    INPUT_NAME,
    NAMES_NAME,
    RAW_TOPIC,
    STATE_NAME,
    STEP_TOPIC,
    decode,
)
from flightward.record.setups import config_from, setup_from
from flightward.record.sql import Views
from flightward.record.steps import Step

if TYPE_CHECKING:
    import duckdb


class Raw(NamedTuple):
    """One message as it was received."""

    t_rx_s: float
    feed: str
    data: bytes


class State(NamedTuple):
    """Where the memory of all stages after second t_s stands."""

    t_s: float
    part: int
    place: Place


class Recording:
    """An opened recording: `setup`, `config`, `meta`, `texts`, `feeds`, `t_s` (the times of its steps), `states`.

    `acts` is what people did with its warnings, oldest first: no stage ever sees it.
    `inboxes()` is what came in, for replay; `steps()` what came out; `raw()` the messages as received. `torn` is ""
    for a whole recording, else it says what was lost.
    """

    def __init__(self, path: Path, parts: list[Part]) -> None:
        head = parts[0].head
        self.path = path
        self.parts = [part.path for part in parts]
        self.config: Config = config_from(head["config"])
        self.meta: dict[str, Any] = json.loads(head["meta"])
        self.feeds: list[str] = json.loads(head.get("feeds", "[]"))
        self.is_closed = parts[-1].found.is_closed
        self.bytes_lost = sum(p.found.file_bytes - p.found.good_bytes for p in parts)
        self.begins_in_part = int(head.get("part", "0")) - int(head.get("first_part", "0"))
        self.texts: dict[str, str] = {}
        self.acts: list[Act] = []
        self.states: list[State] = []
        self._inputs: dict[str, tuple[int, Place]] = {}
        owned: dict[int, str] = {}
        for k, part in enumerate(parts):
            for name, data in part.found.attachments.items():
                if name.startswith(ACT_NAME):
                    self.acts.append(unpack(data))
                elif name.startswith(NAMES_NAME):
                    owned |= _names(decode(data))
                elif name != "setup":
                    self.texts[name] = data.decode()
            for name, place in part.found.large.items():
                if name.startswith(STATE_NAME):
                    self.states.append(State(place.t_s, k, place))
                else:
                    self._inputs[name.removeprefix(INPUT_NAME).partition("-")[2]] = (k, place)
        self.setup: Setup = setup_from(parts[0].found.attachments["setup"], owned)
        self._parts = parts
        self._places = [(k, place) for k, part in enumerate(parts) for place in part.found.steps]
        self.t_s = np.array([place.t_s for _, place in self._places], dtype=np.float64)
        self.t_s.flags.writeable = False

    def __len__(self) -> int:
        return len(self._places)

    @property
    def torn(self) -> str:
        """What is missing at the end, or ""."""
        if self.is_closed:
            return ""
        until = f"it holds {len(self)} steps" + (f", the last of {self.t_s[-1]:.0f} s POSIX" if len(self) else "")
        return f"the recording was not closed: {until}; {self.bytes_lost} bytes after that are lost"

    @property
    def notes(self) -> list[str]:
        """What whoever uses the recording must know of what it lacks."""
        gaps = [
            f"not recorded: {g['n_steps']} s from {g['from_s']:.0f} s POSIX on ({g['why']})"
            + (f", and {g['n_raw']} raw messages" if g["n_raw"] else "")
            for g in self.gaps()
        ]
        older = [f"its first {self.begins_in_part} parts are no longer there"] if self.begins_in_part else []
        return [*([self.torn] if self.torn else []), *older, *gaps]

    def gaps(self) -> list[dict[str, Any]]:
        """Seconds that could not be recorded: from_s, to_s, n_steps, n_raw, why."""
        out = []
        with self._files() as files:
            for k in (np.flatnonzero(np.diff(self.t_s) > 1.0) + 1).tolist():
                part, place = self._places[k]
                out += [decode(d) for topic, d in self._messages(files, part, place) if topic == GAP_TOPIC]
        return out

    def inboxes(self, first: int = 0) -> Iterator[Inbox]:
        """What came in, from step `first` on. Errors: BadRecord at damage within the file."""
        with self._files() as files:
            for k in range(first, len(self)):
                yield self._step(files, k).inbox()

    def steps(self, first: int = 0, end: int | None = None) -> Iterator[StepResult]:
        """What came out of steps [first, end): all but the futures, which a replay draws again."""
        for _, result in self.both(first, end):
            yield result

    def both(self, first: int = 0, end: int | None = None) -> Iterator[tuple[Inbox, StepResult]]:
        """What came in and what came out of steps [first, end)."""
        held: dict[str, Batch | None] = {}
        with self._files() as files:
            for k in range(first, len(self) if end is None else min(end, len(self))):
                step = self._step(files, k)
                cells = [self._cells(files, k, step, name, held) for name in ("cells", "near_cells")]
                yield step.inbox(), step.result(cells[0], cells[1])

    def packed(self, first: int = 0) -> Iterator[Step]:
        """Steps from `first` on as they are packed."""
        with self._files() as files:
            for k in range(first, len(self)):
                yield self._step(files, k)

    def standing(self, k: int, name: str, topic: str) -> bytes | None:
        """The message of the forecast that stands at step k, though an earlier step brought it; None: none."""
        with self._files() as files:
            for j in range(k, -1, -1):
                step = self._read(files, j)
                if step.values[name] == 1:
                    return step.packed[topic][0]
                if step.values[name] == 0:
                    return None
        return None

    def raw(self) -> Iterator[Raw]:
        """The raw messages as they were received, by piece, then by feed. Errors: BadRecord."""
        with self._files() as files:
            for k, part in enumerate(self._parts):
                for place in part.found.chunks:
                    for topic, data in self._messages(files, k, place):
                        if topic == RAW_TOPIC:
                            yield from self._raw(decode(data))

    def input(self, name: str) -> bytes:
        """An input file as it was read (`inputs` names them). Errors: BadRecord if it is not held."""
        if name not in self._inputs:
            raise BadRecord(f"holds no input file {name}", path=str(self.path))
        part, place = self._inputs[name]
        with self._files() as files:
            return large(files[part], place)

    @property
    def inputs(self) -> list[str]:
        """The names of the input files that are held."""
        return list(self._inputs)

    def state(self, state: State) -> bytes:
        """The memory of all stages, for `Pipeline.restore`. The names known then are known from here on."""
        with self._files() as files:
            return large(files[state.part], state.place)

    def act_log(self) -> ActLog:
        """The log of acts as it stood at the end, to go on with after a restart: it knows every warning and act."""
        log = ActLog()
        for batch in self._all("/out/warnings"):
            log.hear(batch)
        log.load(self.acts)
        return log

    def warning_history(self) -> WarningHistory:
        """How every warning went, oldest first; t_s of the batch is the time of the last step."""
        first = WarningHistory.empty(t_s=float(self.t_s[-1]) if len(self) else self.setup.start_s)
        parts: list[WarningHistory] = [first, *self._all("/out/warning_history")]
        return concatenated(parts)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """The answer to a query over the tables of this recording (docs/recording.md), as a DuckDB relation.

        Errors   Missing if DuckDB is not installed; what DuckDB raises for a bad query.
        """
        if self._views is None:
            self._views = Views(self)
        return self._views.sql(query)

    _views: Views | None = None

    def _all(self, topic: str) -> Iterator[Any]:
        """Every batch of a topic."""
        with self._files() as files:
            for part, place in self._places:
                for found, data in self._messages(files, part, place):
                    if found == topic:
                        yield Step.unpack(topic, data)

    @contextlib.contextmanager
    def _files(self) -> Iterator[list[BinaryIO]]:
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(part.path.open("rb")) for part in self._parts]

    def _messages(self, files: list[BinaryIO], part: int, place: Place) -> list[tuple[str, bytes]]:
        return messages(files[part], place, self._parts[part].found.topics)

    def _step(self, files: list[BinaryIO], k: int) -> Step:
        step = self._read(files, k)
        if step.values["n_names"] - len(step.values["names"]) > len(self.setup.names):
            # Read out of order: the names that earlier steps brought are needed first.
            for before in range(k):
                self._intern(self._read(files, before))
        self._intern(step)
        return step

    def _read(self, files: list[BinaryIO], k: int) -> Step:
        part, place = self._places[k]
        found = self._messages(files, part, place)
        if not any(topic == STEP_TOPIC for topic, _ in found):
            raise BadRecord("a chunk holds no step", path=str(self._parts[part].path), offset=place.offset)
        return Step(found)

    def _intern(self, step: Step) -> None:
        for text in step.names()[max(len(self.setup.names) - step.first_name, 0) :]:
            self.setup.names.intern(text)

    def _cells(self, files: list[BinaryIO], k: int, step: Step, name: str, held: dict[str, Batch | None]) -> Any:
        """The forecast of a step: none, its own, or the one that still stands."""
        topic = f"/out/{name}"
        if step.values[name] == 1:
            held[name] = step.batch(topic)
        elif step.values[name] == 2 and name not in held:
            before = next((s for j in range(k - 1, -1, -1) if (s := self._step(files, j)).values[name] == 1), None)
            held[name] = None if before is None else before.batch(topic)
        return held.get(name) if step.values[name] else None

    def _raw(self, values: Any) -> Iterator[Raw]:
        try:
            times, found = raws.unpack(values)
            feed = self.feeds[values["feed"]] if values["feed"] < len(self.feeds) else str(values["feed"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"raw messages cannot be read: {error}", path=str(self.path)) from error
        for t_rx_s, data in zip(times.tolist(), found, strict=True):
            yield Raw(t_rx_s, feed, data)


def open_recording(path: Path) -> Recording:
    """Open a recording; one that is torn opens to its last good step.

    path     a file; a part of a long recording, or its name without the number: then all of that run.
    Errors   BadRecord if it is not there, is no recording, is of another version or ends before its setup.
    """
    path = Path(path)
    return Recording(path, open_parts(path))


def _names(values: Any) -> dict[int, str]:
    try:
        return dict(zip(values["number"], values["text"], strict=True))
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"names cannot be read: {error}") from error
