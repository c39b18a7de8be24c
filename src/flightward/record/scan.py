"""Walk over a recording's record heads: what is whole, where each step stands, and where a torn tail begins.

Source   MCAP file format, https://mcap.dev/spec: magic, then records of opcode (1 byte), length (8), content; at the
         end a footer and the magic again. Unknown records are skipped.
"""

from __future__ import annotations

import dataclasses
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata

from flightward.errors import BadRecord
from flightward.record import chain
from flightward.record import mcap_records as mcap
from flightward.record.schema import INPUT_NAME, STATE_NAME

MAGIC = mcap.MAGIC
_HEAD = mcap.HEAD
_TIMES = struct.Struct("<QQ")
LARGE = (STATE_NAME, INPUT_NAME)
"""Attachments that are read only when they are asked for."""
UNSAFE_AT_MOST = 64
"""Pieces at the end that are checked where it is not known what had reached the disk."""
DAMAGE = (
    ValueError, KeyError, IndexError, EOFError, struct.error, RuntimeError, McapError, TypeError, MemoryError,
    OverflowError,
)  # fmt: skip
"""What the readers below raise on bytes that are not what they should be."""


class Place(NamedTuple):
    """Where a chunk or an attachment stands in the file (its record's offset, its content's length), and its time."""

    offset: int
    length: int
    t_s: float


@dataclasses.dataclass
class _Piece:
    """What stands between two links."""

    start: int
    end: int = 0
    link: chain.Link | None = None
    chunks: list[Place] = dataclasses.field(default_factory=list)
    metadata: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    attachments: dict[str, bytes] = dataclasses.field(default_factory=dict)
    large: dict[str, Place] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Scan:
    """What a file holds; its first `good_bytes` can be read. `topics`: channel number -> topic.

    chunks     all chunks, also those between steps that hold raw messages only
    large      attachments that were not read
    content    of the last good link of the chain, `n_links` its number
    """

    steps: list[Place]
    chunks: list[Place]
    topics: dict[int, str]
    metadata: dict[str, dict[str, str]]
    attachments: dict[str, bytes]
    large: dict[str, Place]
    is_closed: bool
    good_bytes: int
    file_bytes: int
    content: bytes
    n_links: int


def scan(path: Path) -> Scan:
    """Find every whole record. The last pieces are read and checked until one is good.

    Errors   BadRecord if the file is no MCAP file or is not there.
    """
    try:
        file_bytes = os.path.getsize(path)
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BadRecord("is not an MCAP file", path=str(path), offset=0)
            with mmap.mmap(file.fileno(), file_bytes, access=mmap.ACCESS_READ) as data:
                return _scan(data, file, file_bytes)
    except OSError as error:
        raise BadRecord(f"cannot be read: {error}", path=str(path)) from error


def _scan(data: mmap.mmap, file: BinaryIO, file_bytes: int) -> Scan:
    pieces, is_closed, at, is_linked = _walk(data, file_bytes)
    if is_linked:
        if not is_closed:
            pieces = pieces[: _first_bad(data, pieces)]
        steps = [c for p in pieces if p.link is not None and p.link.kind == chain.Piece.STEP for c in p.chunks]
        at = pieces[-1].end if pieces else len(MAGIC)
    else:
        steps = pieces[0].chunks
        while steps and not is_closed and _damaged(file, steps[-1]):
            at = steps.pop().offset
    chunks = [c for p in pieces for c in p.chunks]
    last = pieces[-1].link if pieces else None
    return Scan(
        steps, chunks, _topics(file, chunks[0]) if chunks else {},
        {k: v for p in pieces for k, v in p.metadata.items()},
        {k: v for p in pieces for k, v in p.attachments.items()}, {k: v for p in pieces for k, v in p.large.items()},
        is_closed, file_bytes if is_closed else at, file_bytes,
        last.content if last else chain.ORIGIN, last.n if last else 0,
    )  # fmt: skip


def _walk(data: mmap.mmap, file_bytes: int) -> tuple[list[_Piece], bool, int, bool]:
    """(pieces, whether the file was closed, where the walk ended, whether it has links); without links one piece."""
    pieces: list[_Piece] = []
    now = _Piece(0)
    is_closed = is_linked = False
    at = len(MAGIC)
    while at + _HEAD.size <= file_bytes:
        opcode, length = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        if end > file_bytes or opcode == 0:
            break
        try:
            if opcode == chain.LINK:
                is_linked = True
                now.link, now.end = chain.read_link(data[at + _HEAD.size : end]), end
                pieces.append(now)
                now = _Piece(end)
            elif opcode == mcap.FOOTER:
                is_closed = data[end : end + len(MAGIC)] == MAGIC
            else:
                _note(data, now, at, opcode, length)
        except DAMAGE:
            break
        at = end
        if opcode == mcap.FOOTER:
            break
    return (pieces if is_linked else [now]), is_closed, at, is_linked


def _note(data: mmap.mmap, now: _Piece, at: int, opcode: int, length: int) -> None:
    """Note a record of a piece. Errors: DAMAGE."""
    start = at + _HEAD.size
    if opcode == mcap.CHUNK:
        start_ns, _ = _TIMES.unpack_from(data, start)
        now.chunks.append(Place(at, length, start_ns / 1e9))
    elif opcode == mcap.METADATA:
        found = Metadata.read(ReadDataStream(BytesIO(data[start : start + length])))
        now.metadata[found.name] = found.metadata
    elif opcode == mcap.ATTACHMENT:
        log_ns, _ = _TIMES.unpack_from(data, start)
        name = mcap.attachment_name(data[start : start + min(length, 1024)])
        if name.startswith(LARGE):
            now.large[name] = Place(at, length, log_ns / 1e9)
        else:
            now.attachments[name] = mcap.split_attachment(data[start : start + length])[1]


def _first_bad(data: mmap.mmap, pieces: list[_Piece]) -> int:
    """How many pieces are good, of a file that was not closed: what had reached the disk is, the rest is checked.

    After a power cut any part of what had not may be missing, not only the last.
    """
    good = next((k for k in range(len(pieces) - 1, -1, -1) if _is_good(data, pieces[k])), -1)
    if good < 0:
        return 0
    last = pieces[good].link
    n_safe, n = (last.n_safe, last.n) if last else (0, 0)
    first = max(good - (n - n_safe) + 1, 0) if n_safe else max(good - UNSAFE_AT_MOST, 0)
    return next((k for k in range(first, good + 1) if not _is_good(data, pieces[k])), good + 1)


def _is_good(data: mmap.mmap, piece: _Piece) -> bool:
    return piece.link is not None and zlib.crc32(data[piece.start : piece.end - 4]) == piece.link.crc


def messages(file: BinaryIO, place: Place, topics: dict[int, str]) -> list[tuple[str, bytes]]:
    """(topic, message) of a chunk, in order. Errors: BadRecord if the chunk or its CRC is wrong."""
    try:
        return [
            (topics[number], content[mcap.MESSAGE.size :])
            for opcode, content in _records(file, place)
            if opcode == mcap.MESSAGE_OP and (number := int.from_bytes(content[:2], "little")) in topics
        ]
    except DAMAGE as error:
        raise BadRecord(f"a chunk cannot be read: {error}", offset=place.offset) from error


def large(file: BinaryIO, place: Place) -> bytes:
    """The data of an attachment that was not read. Errors: BadRecord."""
    try:
        file.seek(place.offset + _HEAD.size)
        return mcap.split_attachment(file.read(place.length))[1]
    except DAMAGE as error:
        raise BadRecord(f"an attachment cannot be read: {error}", offset=place.offset) from error


def _records(file: BinaryIO, place: Place) -> Iterator[tuple[int, bytes]]:
    file.seek(place.offset + _HEAD.size)
    return mcap.records_of(mcap.unpack_chunk(file.read(place.length)))


def _damaged(file: BinaryIO, place: Place) -> bool:
    try:
        list(_records(file, place))
    except DAMAGE:
        return True
    return False


def _topics(file: BinaryIO, first: Place) -> dict[int, str]:
    """Channels stand in the first chunk."""
    try:
        found = [
            Channel.read(ReadDataStream(BytesIO(content)))
            for opcode, content in _records(file, first)
            if opcode == mcap.CHANNEL
        ]
        return {c.id: c.topic for c in found}
    except DAMAGE as error:
        raise BadRecord(f"the first chunk cannot be read: {error}", offset=first.offset) from error
