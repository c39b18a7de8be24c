"""Write a recording: pieces appended to a chained MCAP file, each whole or not there at all (docs/recording.md).

A step is handed to the operating system before `write` returns and is on the disk within a second. If the disk does not
take a step, the live flow goes on: what is missing is one gap, told by `trouble` while it lasts and recorded once
there is room again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import struct
import threading
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import Inbox, Setup, StepResult
from flightward.model.acts import Act
from flightward.record import acts, heads, parts, raws
from flightward.record.chain import ORIGIN, Piece
from flightward.record.chained import ChainedFile, PieceBytes
from flightward.record.composing import Composer, describe, head_piece
from flightward.record.limits import Limits
from flightward.record.scan import scan
from flightward.record.schema import ACT_NAME, GAP_TOPIC, RAW_TOPIC, STATE_NAME, encode

RETRY_S = 10.0
"""A memory of the stages that could not be written is tried again after this time."""
_NEVER_S = -float("inf")


@dataclasses.dataclass
class Gap:
    """Seconds that could not be recorded, and why."""

    from_s: float
    to_s: float
    n_steps: int
    n_raw: int
    why: str


@dataclasses.dataclass(frozen=True)
class Source:
    """What a recording is told of its feeds: their names, the files they were read from, the names they brought."""

    feeds: Sequence[str] = ()
    inputs: Sequence[tuple[int, str, bytes]] = ()
    names_of: Sequence[range] = ()
    salt: bytes = b""


class RecordingWriter:
    """The recording of one run; `write` each step, then `close` (a recording that was not closed opens all the same).

    path     the file; with parts, its name without the number.
    meta     kept as JSON: versions, hashes of the inputs, the case's name; under "texts" whole files by their name.
    heads    the heads file, or None.

    `gaps` are the seconds that could not be recorded, `trouble` says what is wrong now, "" if nothing is.
    Errors   BadRecord if the file cannot be made.
    """

    def __init__(
        self, path: Path, setup: Setup, config: Config, meta: Mapping[str, Any], *, limits: Limits | None = None,
        source: Source | None = None, heads: Path | None = None,
    ) -> None:  # fmt: skip
        self._base, self._setup, self._limits = Path(path), setup, limits or Limits()
        self._source = source or Source()
        self._head_values = (config, dict(meta))
        self._heads_path, self._next_head_s = heads, _NEVER_S
        self._head_trouble = self._state_trouble = ""
        self._salt = self._source.salt or os.urandom(32)
        owned = {number: feed for feed, numbers in enumerate(self._source.names_of) for number in numbers}
        self._composer = Composer(setup, owned, self._salted)
        self._lock = threading.Lock()
        self._raw = raws.RawInbox()
        self._n_acts = 0
        self._gap: Gap | None = None
        self.gaps: list[Gap] = []
        self._last_s = setup.start_s
        self._part_s: float | None = None
        self._next_state_s = setup.start_s + self._limits.state_s
        self._number, self._finished, content, n = self._found() if self._limits.has_parts else (0, [], ORIGIN, 0)
        self._first_part = self._number + 1 if self._limits.has_parts else 0
        self._is_due, self._is_closed = False, False
        try:
            self._file = self._begin(content, n)
        except OSError as error:
            raise BadRecord(f"cannot be written: {error.strerror}", path=str(self._base)) from error
        self._source = dataclasses.replace(self._source, inputs=())

    @property
    def path(self) -> Path:
        """The file that is being written."""
        return self._file.path

    @property
    def trouble(self) -> str:
        """What is wrong now, in words; "" if all is recorded."""
        gap = self._gap
        lost = f"nothing is recorded since {gap.from_s:.0f} s POSIX: {gap.why}" if gap else ""
        return "; ".join(t for t in (lost, self._file.trouble, self._head_trouble, self._state_trouble) if t)

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Append one step: what came in and what came out. Never fails for want of room: see `trouble`."""
        with self._lock:
            self._last_s = result.t_s
            waiting = self._raw.take()
            try:
                if self._is_due:
                    self._next_part()
                piece, kept = self._composer.step(inbox, result)
                ns = _ns(result.t_s)
                self._add_raw(piece, waiting, ns)
                if self._gap is not None:
                    piece.message(self._composer.channels[GAP_TOPIC], 0, ns, encode(dataclasses.asdict(self._gap)))
                self._file.put(Piece.STEP, result.t_s, piece)
            except OSError as error:
                self._lose(result.t_s, waiting, error)
                return
            self._composer.keep(kept)
            self._recovered(result.t_s)
            if self._part_s is None:
                self._part_s = result.t_s
            self._is_due = self._limits.is_full(self._file.n_bytes, result.t_s - self._part_s + 1.0)
            if result.t_s >= self._next_head_s:
                self._head(result.t_s)

    def raw(self, feed: int, t_rx_s: float, data: bytes) -> None:
        """Take one message as it was received; it is written with its step, or before, if many wait. From any thread.

        feed  its number among the feeds that the writer was told of.
        """
        if self._raw.add(feed, t_rx_s, data) >= self._limits.raw_bytes > 0:
            self._spill()

    def write_act(self, act: Act) -> None:
        """Append what a person did, from any thread; it is on the disk when this returns.

        Errors  BadRecord if the recording is closed or the disk does not take it.
        """
        with self._lock:
            if self._is_closed or self._file.is_closed:
                raise BadRecord("the day is over and its recording closed: nothing more can be written down")
            name = f"{ACT_NAME}{self._n_acts + 1:06d}"
            piece = PieceBytes()
            try:
                piece.attach(_ns(act.t_s), name, "application/json", acts.pack(act, self._salted(name)))
                self._file.put(Piece.ACT, act.t_s, piece)
            except (OSError, OverflowError, ValueError, struct.error) as error:
                raise BadRecord(f"the act could not be written down: {error}") from error
            self._n_acts += 1
            if self._limits.is_synced:
                with contextlib.suppress(OSError):  # the syncing thread tells it
                    self._file.sync()

    def state_due(self, t_s: float) -> bool:
        """Whether the memory of all stages after second t_s is wanted now."""
        return self._limits.state_s > 0.0 and (self._is_due or t_s >= self._next_state_s)

    def write_state(self, t_s: float, data: bytes) -> None:
        """Append the memory of all stages (`Pipeline.snapshot`) as it is after second t_s, if the disk takes it."""
        with self._lock:
            self._next_state_s = t_s + min(RETRY_S, self._limits.state_s)
            if self._is_closed or self._gap is not None:
                return
            piece = PieceBytes()
            piece.attach(_ns(t_s), f"{STATE_NAME}{t_s:.0f}", "application/x-flightward-state", data)
            with contextlib.suppress(OSError):
                if self._is_due:
                    self._next_part()
                self._file.put(Piece.STATE, t_s, piece)
                self._state_trouble = ""
                self._next_state_s = t_s + self._limits.state_s

    def without_state(self, t_s: float, why: str) -> None:
        """The memory of the stages cannot be had: seeking and replay after a gap begin earlier."""
        with self._lock:
            self._next_state_s = t_s + self._limits.state_s
            self._state_trouble = f"the memory of the stages cannot be kept: {why}"

    def close(self) -> None:
        """Write the index and close the file; a second call does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._spill_now()
            with contextlib.suppress(OSError):
                self._file.end(self._last_s)
            if self._gap is not None:
                self.gaps.append(self._gap)
            self._head(self._last_s)

    def _add_raw(self, piece: PieceBytes, waiting: raws.Waiting, ns: int) -> None:
        for feed, (t_rx_s, messages) in sorted(waiting.items()):
            salt = self._salted(f"raw {feed} {self._file.n}")
            piece.message(self._composer.channels[RAW_TOPIC], 0, ns, raws.pack(feed, salt, t_rx_s, messages))

    def _spill(self) -> None:
        """Write the raw messages that wait as a piece of their own."""
        with self._lock:
            if not self._is_closed:
                self._spill_now()

    def _spill_now(self) -> None:
        waiting = self._raw.take()
        if not waiting:
            return
        piece = PieceBytes()
        is_first = describe(piece, self._composer)
        at_s = max(t[-1] for t, _ in waiting.values())
        try:
            self._add_raw(piece, waiting, _ns(at_s))
            self._file.put(Piece.RAW, at_s, piece)
            self._composer.is_described |= is_first
        except OSError as error:
            self._lose(None, waiting, error)

    def _lose(self, t_s: float | None, waiting: raws.Waiting, error: OSError) -> None:
        why = error.strerror or str(error)
        if self._gap is None:
            from_s = self._last_s if t_s is None else t_s
            self._gap = Gap(from_s, from_s, 0, 0, why)
        if t_s is not None:
            self._gap.to_s = t_s
            self._gap.n_steps += 1
        self._gap.n_raw += sum(len(t) for t, _ in waiting.values())

    def _recovered(self, t_s: float) -> None:
        if self._gap is not None:
            self.gaps.append(self._gap)
            self._gap = None
            # What the lost seconds brought to the stages' memory is nowhere else: replay goes on from here.
            self._next_state_s = t_s

    def _found(self) -> tuple[int, list[parts.Part], bytes, int]:
        """What an earlier run left: its last number, its parts, and where its chain ended."""
        old = parts.parts_of(self._base)
        finished = []
        content, n = ORIGIN, 0
        for path in old:
            last_s = self._setup.start_s
            with contextlib.suppress(BadRecord):
                found = scan(path)
                last_s = found.steps[-1].t_s if found.steps else last_s
                content, n = found.content, found.n_links
            finished.append(parts.Part(path, last_s, path.stat().st_size))
        return (parts.number_of(old[-1]) if old else 0), finished, content, n

    def _begin(self, content: bytes, n: int) -> ChainedFile:
        """A new file with its head. Errors: OSError; then there is none."""
        limits = self._limits
        number = self._number + 1 if limits.has_parts else 0
        path = parts.part_path(self._base, number) if limits.has_parts else self._base
        config, meta = self._head_values
        place = {
            "part": str(number), "first_part": str(self._first_part), "chain": content.hex(), "chain_n": str(n),
            "feeds": json.dumps(list(self._source.feeds)),
        }  # fmt: skip
        inputs = self._source.inputs if number == self._first_part else ()
        n_names = len(self._setup.names)
        piece = head_piece(self._setup, config, meta, place, self._composer, inputs, n_names)
        file = ChainedFile(path, before=content, n=n, sync=limits.is_synced)
        try:
            file.put(Piece.HEAD, self._last_s, piece)
        except OSError:
            file.abandon()
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        self._number, self._begun = number, file.content
        self._composer.begin_file(n_names)
        return file

    def _next_part(self) -> None:
        """End this part and begin the next. Errors: OSError; then it is tried again at the next step."""
        old = self._file
        if not old.is_closed:
            with contextlib.suppress(OSError):
                old.end(self._last_s)
            self._head(self._last_s)
            self._finished.append(parts.Part(old.path, self._last_s, old.n_bytes))
        self._file = self._begin(old.content, old.n)
        self._is_due, self._part_s = False, None
        gone = parts.to_delete(self._finished, self._last_s, self._file.n_bytes, self._limits)
        parts.delete(gone)
        self._finished = self._finished[len(gone) :]

    def _head(self, t_s: float) -> None:
        self._next_head_s = t_s + self._limits.head_s
        if self._heads_path is None:
            return
        try:
            file = self._file
            heads.append(self._heads_path, heads.Head(file.path.name, self._begun, file.n, t_s, file.content))
            self._head_trouble = ""
        except OSError as error:
            self._head_trouble = f"the heads file cannot be written: {error.strerror}"

    def _salted(self, what: str) -> bytes:
        """16 bytes that only this run knows, for one thing."""
        return blake2b(what.encode(), key=self._salt[:64], digest_size=16).digest()


def _ns(t_s: float) -> int:
    return max(int(t_s) * 1_000_000_000 + int((t_s % 1.0) * 1e9), 0)
