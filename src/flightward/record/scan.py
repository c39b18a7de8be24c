"""Walk over a recording's record heads: what is whole, where each step stands, and where a torn tail begins.

Source   MCAP file format, https://mcap.dev/spec: magic, then records of opcode (1 byte), length (8), content; at the
         end a footer and the magic again. Unknown records are skipped.
"""

from __future__ import annotations

import dataclasses
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Chunk, Message, Metadata
from mcap.stream_reader import breakup_chunk

from flightward.errors import BadRecord

MAGIC = b"\x89MCAP0\r\n"
_HEAD = struct.Struct("<BQ")
_TIMES = struct.Struct("<QQ")
DAMAGE = (
    ValueError, KeyError, IndexError, EOFError, struct.error, RuntimeError, McapError, TypeError, MemoryError,
    OverflowError,
)  # fmt: skip
"""What the readers below raise on bytes that are not what they should be."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a step's chunk stands in the file, and the step's time."""

    offset: int
    length: int
    t_s: float


@dataclasses.dataclass(frozen=True)
class Scan:
    """What a file holds; its first `good_bytes` can be read. `topics`: channel number -> topic."""

    steps: list[Place]
    topics: dict[int, str]
    metadata: dict[str, dict[str, str]]
    attachments: dict[str, bytes]
    is_closed: bool
    good_bytes: int
    file_bytes: int


def scan(path: Path) -> Scan:
    """Find every whole record. The last chunks are read and checked until one is good.

    Errors   BadRecord if the file is no MCAP file or is not there.
    """
    try:
        file_bytes = os.path.getsize(path)
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BadRecord("is not an MCAP file", path=str(path), offset=0)
            return _walk(file, file_bytes)
    except OSError as error:
        raise BadRecord(f"cannot be read: {error}", path=str(path)) from error


def _walk(file: BinaryIO, file_bytes: int) -> Scan:
    steps: list[Place] = []
    metadata: dict[str, dict[str, str]] = {}
    attachments: dict[str, bytes] = {}
    is_closed = False
    at = len(MAGIC)
    while at + _HEAD.size <= file_bytes:
        file.seek(at)
        opcode, length = _HEAD.unpack(file.read(_HEAD.size))
        end = at + _HEAD.size + length
        if end > file_bytes or opcode == 0:
            break
        try:
            if opcode == Opcode.CHUNK:
                start_ns, _ = _TIMES.unpack(file.read(_TIMES.size))
                steps.append(Place(at, length, start_ns / 1e9))
            elif opcode == Opcode.METADATA:
                record = Metadata.read(ReadDataStream(BytesIO(file.read(length))))
                metadata[record.name] = record.metadata
            elif opcode == Opcode.ATTACHMENT:
                attached = _attachment(file.read(length))
                attachments[attached.name] = attached.data
            elif opcode == Opcode.FOOTER:
                is_closed = file.seek(end) >= 0 and file.read(len(MAGIC)) == MAGIC
        except DAMAGE:
            break
        at = end
        if opcode == Opcode.FOOTER:
            break
    while steps and not is_closed and _damaged(file, steps[-1]):
        at = steps.pop().offset
    topics = _topics(file, steps[0]) if steps else {}
    return Scan(steps, topics, metadata, attachments, is_closed, file_bytes if is_closed else at, file_bytes)


def _attachment(content: bytes) -> Attachment:
    """An attachment whose CRC (its last four bytes) is right. Errors: ValueError."""
    if zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ValueError("an attachment's CRC is wrong")
    found: Attachment = Attachment.read(ReadDataStream(BytesIO(content)))
    return found


def messages(file: BinaryIO, place: Place, topics: dict[int, str]) -> dict[str, bytes]:
    """The messages of one step by topic. Errors: BadRecord if the chunk or its CRC is wrong."""
    try:
        records = _records(file, place)
        return {topics[r.channel_id]: r.data for r in records if isinstance(r, Message) and r.channel_id in topics}
    except DAMAGE as error:
        raise BadRecord(f"a chunk cannot be read: {error}", offset=place.offset) from error


def _records(file: BinaryIO, place: Place) -> list[object]:
    file.seek(place.offset + _HEAD.size)
    chunk = Chunk.read(ReadDataStream(BytesIO(file.read(place.length))))
    return list(breakup_chunk(chunk, validate_crc=True))


def _damaged(file: BinaryIO, place: Place) -> bool:
    try:
        _records(file, place)
    except DAMAGE:
        return True
    return False


def _topics(file: BinaryIO, first: Place) -> dict[int, str]:
    """Channels stand in the first chunk."""
    try:
        return {r.id: r.topic for r in _records(file, first) if isinstance(r, Channel)}
    except DAMAGE as error:
        raise BadRecord(f"the first chunk cannot be read: {error}", offset=first.offset) from error
