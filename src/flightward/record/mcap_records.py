"""MCAP records as bytes, the records of a chunk one by one, and the index at a file's end.

    record      opcode (1 byte), length of the content (8, little endian), content
    file        MAGIC, data records, DataEnd, summary (schemas, channels, statistics, indexes), Footer, MAGIC

What stands after DataEnd is made from the records before it alone, so that whoever checks a file can make it again and
compare it byte for byte.

Source   https://mcap.dev/spec; opcodes from 0x80 on are for the applications' own records, which others skip.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

import lz4.frame

MAGIC = b"\x89MCAP0\r\n"
HEAD = struct.Struct("<BQ")
MESSAGE = struct.Struct("<HIQQ")
"""Channel, sequence, log time, publish time: what stands before a message's data."""
_CHUNK = struct.Struct("<QQQI")
_FOOTER = struct.Struct("<QQI")
COMPRESSION = "lz4"
MAX_CHUNK_BYTES = 1 << 30
"""A chunk that says it unpacks to more is refused: it is damage or an attack."""

(
    HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE_OP, CHUNK, MESSAGE_INDEX, CHUNK_INDEX, ATTACHMENT, ATTACHMENT_INDEX,
    STATISTICS, METADATA, METADATA_INDEX, SUMMARY_OFFSET, DATA_END,
) = range(1, 16)  # fmt: skip


def record(opcode: int, content: bytes) -> bytes:
    """One record."""
    return HEAD.pack(opcode, len(content)) + content


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "little") + raw


def _texts(values: Mapping[str, str]) -> bytes:
    raw = b"".join(_text(k) + _text(v) for k, v in values.items())
    return len(raw).to_bytes(4, "little") + raw


def header(profile: str, library: str) -> bytes:
    """The first record of a file."""
    return record(HEADER, _text(profile) + _text(library))


def schema(number: int, name: str, encoding: str, data: bytes) -> bytes:
    """What a message of a channel holds."""
    content = number.to_bytes(2, "little") + _text(name) + _text(encoding) + len(data).to_bytes(4, "little") + data
    return record(SCHEMA, content)


def channel(number: int, schema_number: int, topic: str, encoding: str) -> bytes:
    """A topic and its schema."""
    return record(CHANNEL, struct.pack("<HH", number, schema_number) + _text(topic) + _text(encoding) + _texts({}))


def metadata(name: str, values: Mapping[str, str]) -> bytes:
    """Texts by name."""
    return record(METADATA, _text(name) + _texts(values))


def attachment_head(log_ns: int, name: str, media: str) -> bytes:
    """What stands before an attachment's data, without its length."""
    return struct.pack("<QQ", log_ns, log_ns) + _text(name) + _text(media)


def attachment(head: bytes, data: bytes) -> bytes:
    """A file within the file; `head` of `attachment_head`."""
    content = head + len(data).to_bytes(8, "little") + data
    return record(ATTACHMENT, content + zlib.crc32(content).to_bytes(4, "little"))


def split_attachment(content: bytes) -> tuple[bytes, bytes]:
    """(head, data) of an attachment's content. Errors: ValueError if it is damaged."""
    if len(content) < 36 or zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ValueError("an attachment's CRC is wrong")
    at = 16
    for _ in range(2):
        at += 4 + int.from_bytes(content[at : at + 4], "little")
    size = int.from_bytes(content[at : at + 8], "little")
    if at + 8 + size + 4 != len(content):
        raise ValueError("an attachment's length is wrong")
    return content[:at], content[at + 8 : -4]


def attachment_name(head: bytes) -> str:
    """The name in an attachment's head. Errors: ValueError."""
    size = int.from_bytes(head[16:20], "little")
    if 20 + size > len(head):
        raise ValueError("an attachment's name is cut short")
    return str(head[20 : 20 + size], "utf-8")


def chunk(records: bytes, start_ns: int, end_ns: int) -> bytes:
    """Records packed with LZ4; the first and the last log time within."""
    packed: bytes = lz4.frame.compress(records)
    head = _CHUNK.pack(start_ns, end_ns, len(records), zlib.crc32(records)) + _text(COMPRESSION)
    size = len(head) + 8 + len(packed)
    return b"".join((HEAD.pack(CHUNK, size), head, len(packed).to_bytes(8, "little"), packed))


def chunk_times(content: bytes) -> tuple[int, int]:
    """The first and the last log time that a chunk says it holds."""
    start_ns, end_ns, _, _ = _CHUNK.unpack_from(content)
    return start_ns, end_ns


def unpack_chunk(content: bytes) -> bytes:
    """The records of a chunk's content. Errors: ValueError if its sizes or its CRC are wrong."""
    if len(content) < _CHUNK.size + 4:
        raise ValueError("a chunk is cut short")
    _, _, size, crc = _CHUNK.unpack_from(content)
    at = _CHUNK.size
    end = at + 4 + int.from_bytes(content[at : at + 4], "little")
    if content[at + 4 : end] != COMPRESSION.encode():
        raise ValueError("a chunk is packed in another way")
    if int.from_bytes(content[end : end + 8], "little") != len(content) - end - 8 or size > MAX_CHUNK_BYTES:
        raise ValueError("a chunk's length is wrong")
    try:
        records: bytes = lz4.frame.decompress(content[end + 8 :])
    except (RuntimeError, EOFError, MemoryError) as error:
        raise ValueError(f"a chunk cannot be unpacked: {error}") from error
    if len(records) != size or zlib.crc32(records) != crc:
        raise ValueError("a chunk's CRC is wrong")
    return records


def records_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(opcode, content) of records that stand one after the other. Errors: ValueError if the last is cut short."""
    at, end = 0, len(data)
    while at < end:
        if at + HEAD.size > end:
            raise ValueError("a record is cut short")
        opcode, length = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + length > end:
            raise ValueError("a record is cut short")
        yield opcode, data[at : at + length]
        at += length


class Index:
    """What a file's end says of the records before it: fed with each, it gives the bytes from DataEnd on."""

    def __init__(self) -> None:
        self._described: dict[tuple[int, int], bytes] = {}
        self._chunks, self._attachments, self._metadata = bytearray(), bytearray(), bytearray()
        self._n = {CHUNK: 0, ATTACHMENT: 0, METADATA: 0}
        self._messages: dict[int, int] = {}
        self._start_ns, self._end_ns = (1 << 64) - 1, 0

    def add(self, at: int, opcode: int, content: bytes, records: bytes = b"") -> None:
        """A record of the data section at byte `at`; `records` are a chunk's, unpacked."""
        length = HEAD.size + len(content)
        if opcode == CHUNK:
            self._add_chunk(at, length, content, records)
        elif opcode == ATTACHMENT:
            head, data = split_attachment(content)
            self._attachments += record(
                ATTACHMENT_INDEX, struct.pack("<QQ", at, length) + head[:16] + struct.pack("<Q", len(data)) + head[16:]
            )
        elif opcode == METADATA:
            size = 4 + int.from_bytes(content[:4], "little")
            self._metadata += record(METADATA_INDEX, struct.pack("<QQ", at, length) + content[:size])
        if opcode in self._n:
            self._n[opcode] += 1

    def _add_chunk(self, at: int, length: int, content: bytes, records: bytes) -> None:
        start_ns, end_ns, size, _ = _CHUNK.unpack_from(content)
        packed_at = _CHUNK.size + 4 + len(COMPRESSION)
        packed = content[packed_at : packed_at + 8]
        self._chunks += record(
            CHUNK_INDEX, struct.pack("<QQQQIQ", start_ns, end_ns, at, length, 0, 0) + _text(COMPRESSION) + packed
            + struct.pack("<Q", size),
        )  # fmt: skip
        for opcode, inner in records_of(records):
            if opcode == MESSAGE_OP:
                number, _, log_ns, _ = MESSAGE.unpack_from(inner)
                self._messages[number] = self._messages.get(number, 0) + 1
                self._start_ns, self._end_ns = min(self._start_ns, log_ns), max(self._end_ns, log_ns)
            elif opcode in (SCHEMA, CHANNEL):
                self._described.setdefault((opcode, int.from_bytes(inner[:2], "little")), inner)

    def tail(self, at: int, data_crc: int) -> bytes:
        """All from DataEnd on, for a data section of `at` bytes whose CRC-32 is `data_crc`."""
        data_end = record(DATA_END, data_crc.to_bytes(4, "little"))
        start = at + len(data_end)
        described = b"".join(record(opcode, self._described[opcode, n]) for opcode, n in sorted(self._described))
        summary = (
            described + self._statistics() + bytes(self._chunks) + bytes(self._attachments) + bytes(self._metadata)
        )
        footer = HEAD.pack(FOOTER, _FOOTER.size) + _FOOTER.pack(start, 0, 0)[:-4]
        crc = zlib.crc32(footer, zlib.crc32(summary))
        return b"".join((data_end, summary, footer, crc.to_bytes(4, "little"), MAGIC))

    def _statistics(self) -> bytes:
        n_schemas = sum(opcode == SCHEMA for opcode, _ in self._described)
        counts = b"".join(struct.pack("<HQ", k, n) for k, n in sorted(self._messages.items()))
        times = (self._start_ns, self._end_ns) if self._messages else (0, 0)
        return record(STATISTICS, struct.pack(
            "<QHIIIIQQI", sum(self._messages.values()), n_schemas, len(self._described) - n_schemas,
            self._n[ATTACHMENT], self._n[METADATA], self._n[CHUNK], *times, len(counts),
        ) + counts)  # fmt: skip
