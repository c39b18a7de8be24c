"""The chain through a recording: links that say what stood before them, so that later edits show.

After every piece (a step's chunk, an act, a snapshot, ...) stands a link, a record of our own that other readers skip:

    opcode 0x80     n (8), kind (1), t_s (8, float), n_safe (8), content (32), crc (4)

    content   SHA-256 over: the content of the link before; n, kind, t_s as above; an item for each record of the piece
    item      opcode (1), size of the head (4), head, SHA-256 of the data (32)
              head and data: of a message its first 22 bytes and the rest; of an attachment all before the length of its
              data, and its data; of any other record its whole content and nothing (a chunk is its records)
    crc       CRC-32 of all bytes since the link before, this link's own included, up to here
    n_safe    links up to this one were known to be on the disk

The content does not depend on how the bytes are packed. A message or an attachment may later be withheld: a record
0x81 with the item's opcode, a label, the head and the SHA-256 then stands in its place; the chain stays what it was.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from flightward.record import mcap_records as mcap

LINK, WITHHELD = 0x80, 0x81
ORIGIN = hashlib.sha256(b"flightward recording 2").digest()
"""What stands for the link before the first."""
_LINK = struct.Struct("<QBdQ32sI")
_SAID = struct.Struct("<QBd")
LINK_BYTES = mcap.HEAD.size + _LINK.size
DIGEST = 32


class Piece(IntEnum):
    """What a link closes."""

    HEAD = 0
    STEP = 1
    ACT = 2
    STATE = 3
    RAW = 4
    END = 5


class Link(NamedTuple):
    """A link as it is written."""

    n: int
    kind: int
    t_s: float
    n_safe: int
    content: bytes
    crc: int


def item(opcode: int, head: bytes, data: bytes = b"") -> bytes:
    """What the chain holds of a record."""
    return _item(opcode, head, hashlib.sha256(data).digest())


def _item(opcode: int, head: bytes, digest: bytes) -> bytes:
    return b"".join((opcode.to_bytes(1, "little"), len(head).to_bytes(4, "little"), head, digest))


def item_of(opcode: int, content: bytes) -> bytes:
    """The item of a record as it stands in a file. Errors: ValueError if it is damaged."""
    if opcode == mcap.MESSAGE_OP:
        return item(opcode, content[: mcap.MESSAGE.size], content[mcap.MESSAGE.size :])
    if opcode == mcap.ATTACHMENT:
        return item(opcode, *mcap.split_attachment(content))
    if opcode == WITHHELD:
        was, _, head, digest = split_withheld(content)
        return _item(was, head, digest)
    return item(opcode, content)


def withheld(opcode: int, content: bytes, label: str) -> bytes:
    """The record that stands in the place of a message or an attachment; `label` says what it was of."""
    whole = item_of(opcode, content)
    head, digest = whole[5:-DIGEST], whole[-DIGEST:]
    text = label.encode()
    body = b"".join((
        opcode.to_bytes(1, "little"), len(text).to_bytes(4, "little"), text, len(head).to_bytes(4, "little"), head,
        digest,
    ))  # fmt: skip
    return mcap.record(WITHHELD, body)


def split_withheld(content: bytes) -> tuple[int, str, bytes, bytes]:
    """(opcode, label, head, SHA-256) of what was withheld. Errors: ValueError if it is damaged."""
    size = int.from_bytes(content[1:5], "little")
    at = 5 + size
    head_size = int.from_bytes(content[at : at + 4], "little")
    if len(content) != at + 4 + head_size + DIGEST or content[0] not in (mcap.MESSAGE_OP, mcap.ATTACHMENT):
        raise ValueError("a withheld record is damaged")
    return content[0], str(content[5:at], "utf-8"), content[at + 4 : at + 4 + head_size], content[-DIGEST:]


def content_of(before: bytes, n: int, kind: int, t_s: float, items: list[bytes]) -> bytes:
    """The content of a link."""
    return hashlib.sha256(b"".join((before, _SAID.pack(n, kind, t_s), *items))).digest()


def link(n: int, kind: int, t_s: float, n_safe: int, content: bytes, crc: int) -> bytes:
    """The link's record; `crc` is the CRC-32 of all bytes since the link before."""
    head = mcap.HEAD.pack(LINK, _LINK.size) + _LINK.pack(n, kind, t_s, n_safe, content, 0)[:-4]
    return head + zlib.crc32(head, crc).to_bytes(4, "little")


def read_link(content: bytes) -> Link:
    """A link from its record's content. Errors: ValueError."""
    if len(content) != _LINK.size:
        raise ValueError("a link is cut short")
    return Link(*_LINK.unpack(content))
