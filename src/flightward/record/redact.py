"""Withhold a feed, or some outputs, from a copy of a recording: the chain stays what it was.

What is withheld leaves its hash in its place (chain.py), salted by the recording, so that nobody can guess what it was.
The heads of the original hold for the copy: what is left is provably as it was recorded.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from flightward.errors import BadInput, BadRecord
from flightward.record import chain
from flightward.record import mcap_records as mcap
from flightward.record.chained import ChainedFile, PieceBytes
from flightward.record.opening import open_part
from flightward.record.scan import DAMAGE
from flightward.record.schema import ACT_NAME, INPUT_NAME, NAMES_NAME, STATE_NAME, decode

INPUT_TOPICS = ("/in/reports", "/in/alerts", "/in/raw", "/in/names")
"""Topics whose messages are each of one feed."""


@dataclasses.dataclass(frozen=True)
class Redaction:
    """What to withhold: feeds by name, whole topics (`/out/` for all outputs), what people did with warnings."""

    feeds: Collection[str] = ()
    topics: Collection[str] = ()
    acts: bool = False


def redact(source: Path, target: Path, what: Redaction) -> dict[str, int]:
    """Write a copy of one file without what is to be withheld; label -> how many records were.

    The memory of the stages holds what all feeds said, and is withheld whenever anything is.

    Errors   BadInput if a feed or topic is not there, the copy exists, or the recording is of version 1;
             BadRecord if the recording is damaged.
    """
    source, target = Path(source), Path(target)
    part = open_part(source)
    if part.head["version"] == "1":
        raise BadInput("is of version 1, which has no chain: it cannot be redacted", key=source.name)
    if target.exists():
        raise BadInput("exists already", key=target.name)
    feeds: list[str] = json.loads(part.head["feeds"])
    for name in what.feeds:
        if name not in feeds:
            raise BadInput(f"is no feed of this recording ({', '.join(feeds)})", key="feed", value=name)
    for topic in what.topics:
        if not any(t == topic or (topic.endswith("/") and t.startswith(topic)) for t in part.found.topics.values()):
            raise BadInput("is no topic of this recording", key="topic", value=topic)
    chooser = _Chooser(feeds, what, part.found.topics)
    aside = target.with_name(target.name + ".part")
    try:
        counts = _copy(source, aside, part.head, part.found.good_bytes, chooser)
    except DAMAGE as error:
        raise BadRecord(f"cannot be copied: {error}", path=str(source)) from error
    os.replace(aside, target)
    return counts


class _Chooser:
    """Says of each record what it is called if it is to be withheld, else ""."""

    def __init__(self, feeds: list[str], what: Redaction, topics: dict[int, str]) -> None:
        self._feeds = feeds
        self._numbers = {k for k, name in enumerate(feeds) if name in what.feeds}
        self._what, self._topics = what, dict(topics)
        self._is_any = bool(what.feeds or what.topics or what.acts)

    def attachment(self, content: bytes) -> str:
        name = mcap.attachment_name(mcap.split_attachment(content)[0])
        if name.startswith(STATE_NAME) and self._is_any:
            return "memory of the stages"
        if name.startswith(ACT_NAME) and self._what.acts:
            return "acts"
        for prefix, words in ((INPUT_NAME, "input file of feed"), (NAMES_NAME, "names of feed")):
            if name.startswith(prefix):
                feed = int(name.removeprefix(prefix).partition("-")[0])
                return f"{words} {self._feeds[feed]}" if feed in self._numbers else ""
        return ""

    def message(self, content: bytes) -> str:
        topic = self._topics.get(int.from_bytes(content[:2], "little"), "")
        for wanted in self._what.topics:
            if topic == wanted or (wanted.endswith("/") and topic.startswith(wanted)):
                return topic
        if topic in INPUT_TOPICS and self._numbers:
            feed = decode(content[mcap.MESSAGE.size :]).get("feed", -1)
            if feed in self._numbers:
                return f"{topic} of feed {self._feeds[feed]}"
        return ""


def _copy(source: Path, aside: Path, head: dict[str, str], good_bytes: int, chooser: _Chooser) -> dict[str, int]:
    counts: dict[str, int] = {}
    out = ChainedFile(aside, before=bytes.fromhex(head["chain"]), n=int(head["chain_n"]), sync=False)
    try:
        with source.open("rb") as file:
            piece = PieceBytes()
            for opcode, content in _records(file, good_bytes):
                if opcode != chain.LINK:
                    _take(piece, opcode, content, chooser, counts)
                    continue
                link = chain.read_link(content)
                if link.kind == chain.Piece.END:
                    out.end(link.t_s)
                    break
                out.put(chain.Piece(link.kind), link.t_s, piece)
                if out.content != link.content:
                    raise ValueError(f"link {link.n}: what stands before it is not what was recorded")
                piece = PieceBytes()
    except BaseException:
        out.abandon()
        aside.unlink(missing_ok=True)
        raise
    out.abandon()
    return counts


def _take(piece: PieceBytes, opcode: int, content: bytes, chooser: _Chooser, counts: dict[str, int]) -> None:
    """Put a record into the copy, or what stands for it."""

    def chosen(kind: int, record: bytes, label: str) -> bytes:
        if not label:
            return mcap.record(kind, record)
        counts[label] = counts.get(label, 0) + 1
        return chain.withheld(kind, record, label)

    if opcode == mcap.CHUNK:
        for kind, record in mcap.records_of(mcap.unpack_chunk(content)):
            label = chooser.message(record) if kind == mcap.MESSAGE_OP else ""
            piece.inner(chosen(kind, record, label))
    else:
        piece.add(chosen(opcode, content, chooser.attachment(content) if opcode == mcap.ATTACHMENT else ""))


def _records(file: BinaryIO, good_bytes: int) -> Iterator[tuple[int, bytes]]:
    """The records of the data section. Errors: ValueError if one is cut short."""
    at = file.seek(len(mcap.MAGIC))
    while at + mcap.HEAD.size <= good_bytes:
        opcode, length = mcap.HEAD.unpack(file.read(mcap.HEAD.size))
        content = file.read(length)
        if len(content) != length:
            raise ValueError("a record is cut short")
        yield opcode, content
        at += mcap.HEAD.size + length
