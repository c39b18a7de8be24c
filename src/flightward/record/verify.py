"""Check a recording byte by byte: that it is as it was written, and that what the heads say of it is still so.

Every byte is looked at. Damage is found by the CRC that ends each piece, an edit by the chain and the heads; what
stands after the last piece (the index) is made again from the pieces and compared.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import mmap
import zlib
from io import BytesIO
from pathlib import Path

from mcap.data_stream import ReadDataStream
from mcap.records import Metadata

from flightward.errors import BadRecord
from flightward.record import chain, heads
from flightward.record import mcap_records as mcap
from flightward.record.scan import DAMAGE, scan
from flightward.record.schema import VERSION
from flightward.record.setups import head_crc

_LINK_HEAD = mcap.HEAD.pack(chain.LINK, chain.LINK_BYTES - mcap.HEAD.size)
ALLOWED = (mcap.HEADER, mcap.METADATA, mcap.ATTACHMENT, mcap.CHUNK, chain.WITHHELD)
INNER = (mcap.SCHEMA, mcap.CHANNEL, mcap.MESSAGE_OP, chain.WITHHELD)


@dataclasses.dataclass
class Verdict:
    """What was found in one file.

    faults      what is not as it was written; empty: nothing
    torn        what is missing at the end, or "": a fault of nobody's, but not a whole recording
    withheld    label -> how many messages were withheld by a redaction
    n_heads     heads of this file that agree; None: no heads were given
    """

    path: Path
    faults: list[str] = dataclasses.field(default_factory=list)
    torn: str = ""
    withheld: dict[str, int] = dataclasses.field(default_factory=dict)
    n_links: int = 0
    first_n: int = 0
    last_n: int = 0
    last_s: float = float("nan")
    first_before: bytes = b""
    content: bytes = b""
    n_heads: int | None = None
    n_bytes: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether every byte is as it was written, to the end."""
        return not self.faults and not self.torn


def verify(path: Path, heads_path: Path | None = None) -> Verdict:
    """Check one file, and with `heads_path` that the chain still is where the heads say it was.

    Errors   BadRecord if the file or the heads file cannot be read at all.
    """
    path = Path(path)
    said = heads.read(heads_path) if heads_path is not None else None
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            verdict, contents = verify_bytes(data, path)
    except (OSError, ValueError) as error:
        raise BadRecord(f"cannot be read: {error}", path=str(path)) from error
    if verdict is None:
        return _without_chain(path)
    if said is not None:
        _compare(
            verdict, contents, [h for h in said if h.file == path.name and h.begin == contents.get(verdict.first_n)]
        )
    return verdict


def verify_bytes(data: mmap.mmap | bytes, path: Path) -> tuple[Verdict | None, dict[int, bytes]]:
    """The verdict on a file's bytes, and the content of each good link; None for a file of version 1."""
    verdict = Verdict(path, n_bytes=len(data))
    walk = _Walk(data, verdict)
    walk.run()
    return (None if walk.is_older else verdict), walk.contents


class _Walk:
    """One pass over a file's bytes."""

    def __init__(self, data: mmap.mmap | bytes, verdict: Verdict) -> None:
        self._data, self._verdict = data, verdict
        self.contents: dict[int, bytes] = {}
        self.is_older = False
        self._head: dict[str, str] = {}
        self._index = mcap.Index()
        self._items: list[bytes] = []
        self._at = self._start = self._crc = 0
        self._content, self._n, self._kind = b"", 0, -1

    def run(self) -> None:
        """Look at all bytes."""
        if self._data[: len(mcap.MAGIC)] != mcap.MAGIC:
            self._verdict.faults.append("byte 0: is not an MCAP file")
            return
        self._at = len(mcap.MAGIC)
        try:
            while self._kind != chain.Piece.END and self._at < len(self._data):
                self._record()
        except DAMAGE as error:
            self._stopped(str(error))
            return
        if self._kind != chain.Piece.END or self._start != self._at:
            self._stopped("the last piece is cut short")
            return
        tail = self._index.tail(self._at, self._crc)
        rest = self._data[self._at :]
        if rest == tail:
            return
        if len(rest) < len(tail) and tail.startswith(rest):
            self._verdict.torn = "it was ended, but its index is cut short; nothing recorded is missing"
            return
        at = self._at + _common(rest, tail)
        self._verdict.faults.append(f"byte {at}: the index at the end is not what was recorded")

    def _record(self) -> None:
        data, at = self._data, self._at
        if at + mcap.HEAD.size > len(data):
            raise ValueError("a record is cut short")
        opcode, length = mcap.HEAD.unpack_from(data, at)
        start = at + mcap.HEAD.size
        if start + length > len(data):
            raise ValueError("a record is cut short")
        content = data[start : start + length]
        if opcode == chain.LINK:
            self._link(chain.read_link(content), start + length)
        elif opcode not in ALLOWED:
            raise ValueError(f"a record of kind {opcode:#x} does not belong there")
        else:
            if opcode == mcap.METADATA and not self._head:
                self._head = Metadata.read(ReadDataStream(BytesIO(content))).metadata
                if self._head.get("version") == "1":
                    self.is_older = True
                    raise ValueError("is of version 1")
            inner = mcap.unpack_chunk(content) if opcode == mcap.CHUNK else b""
            if opcode == mcap.CHUNK:
                self._chunk(content, inner)
            else:
                self._note(opcode, content)
            self._index.add(at, opcode, content, inner)
        self._at = start + length

    def _chunk(self, content: bytes, inner: bytes) -> None:
        times = []
        for opcode, record in mcap.records_of(inner):
            if opcode not in INNER:
                raise ValueError(f"a record of kind {opcode:#x} does not belong into a chunk")
            self._note(opcode, record)
            if opcode == mcap.MESSAGE_OP:
                times.append(mcap.MESSAGE.unpack_from(record)[2])
            elif opcode == chain.WITHHELD:
                times.append(mcap.MESSAGE.unpack_from(chain.split_withheld(record)[2])[2])
        if mcap.chunk_times(content) != (min(times, default=0), max(times, default=0)):
            raise ValueError("a chunk's times are not those of its messages")

    def _note(self, opcode: int, content: bytes) -> None:
        self._items.append(chain.item_of(opcode, content))
        if opcode == chain.WITHHELD:
            label = chain.split_withheld(content)[1]
            self._verdict.withheld[label] = self._verdict.withheld.get(label, 0) + 1

    def _link(self, link: chain.Link, end: int) -> None:
        data = self._data
        if zlib.crc32(data[self._start : end - 4]) != link.crc:
            raise ValueError("the CRC of a piece is wrong")
        verdict = self._verdict
        if not self._start:
            self._begin(link)
        elif link.n != self._n + 1:
            raise ValueError(f"link {link.n} follows link {self._n}")
        if chain.content_of(self._content, link.n, link.kind, link.t_s, self._items) != link.content:
            raise ValueError(f"link {link.n}: what stands before it is not what was recorded")
        self._crc = zlib.crc32(data[self._start : end], self._crc)
        self._content, self._n, self._kind, self._start, self._items = link.content, link.n, link.kind, end, []
        self.contents[link.n] = link.content
        verdict.n_links += 1
        verdict.last_n, verdict.last_s, verdict.content = link.n, link.t_s, link.content

    def _begin(self, link: chain.Link) -> None:
        """The head says where the chain was before this file."""
        head = self._head
        if head.get("crc") != head_crc(head) or head.get("version") != str(VERSION):
            raise ValueError("the settings are damaged")
        self._content, self._n = bytes.fromhex(head["chain"]), int(head["chain_n"])
        if link.n != self._n + 1:
            raise ValueError(f"the first link is {link.n}, not {self._n + 1}")
        self._verdict.first_n, self._verdict.first_before = link.n, self._content

    def _stopped(self, why: str) -> None:
        """The walk ended too early: a torn tail if nothing good stands after it, else damage."""
        verdict, data = self._verdict, self._data
        later = _good_link_after(data, self._start, self._n)
        if not verdict.n_links or later or self._kind == chain.Piece.END or data[-8:] == mcap.MAGIC:
            verdict.faults.append(f"between byte {self._start} and {later or len(data)}: {why}")
        else:
            lost = len(data) - self._start
            verdict.torn = f"it was not ended; the last {lost} bytes are no whole piece" if lost else "it was not ended"


def _common(a: bytes, b: bytes) -> int:
    """How many bytes at the beginning are the same in both."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low


def _good_link_after(data: mmap.mmap | bytes, start: int, n: int) -> int:
    """Where a later link that has this file's next numbers begins; 0 if there is none."""
    at = start
    while True:
        at = data.find(_LINK_HEAD, at)
        if at < 0 or at + chain.LINK_BYTES > len(data):
            return 0
        link = chain.read_link(data[at + mcap.HEAD.size : at + chain.LINK_BYTES])
        if n + 1 < link.n < n + (1 << 32) and link.kind <= chain.Piece.END:
            return at
        at += 1


def _compare(verdict: Verdict, contents: dict[int, bytes], said: list[heads.Head]) -> None:
    verdict.n_heads = 0
    if not said:
        verdict.faults.append("the heads file says nothing of this run: another stands here, or its head was changed")
    for head in said:
        have = contents.get(head.n)
        if have is None:
            what = "is missing: it was cut off, or another file stands here"
            verdict.faults.append(f"link {head.n} of {head.t_s:.0f} s POSIX {what}")
        elif have != head.content:
            verdict.faults.append(f"up to link {head.n} of {head.t_s:.0f} s POSIX it is not what it was then")
        else:
            verdict.n_heads += 1


def _without_chain(path: Path) -> Verdict:
    """A file of version 1: its CRCs are all there is."""
    verdict = Verdict(path, notes=["version 1 has no chain: only the CRCs of its chunks were checked"])
    found = scan(path)
    verdict.n_bytes = found.file_bytes
    if found.n_links:
        verdict.faults.append("says that it is of version 1, and has a chain")
    with path.open("rb") as file:
        for place in found.chunks:
            try:
                file.seek(place.offset + mcap.HEAD.size)
                mcap.unpack_chunk(file.read(place.length))
            except DAMAGE as error:
                verdict.faults.append(f"byte {place.offset}: {error}")
    if not found.is_closed:
        verdict.torn = f"it was not ended; {found.file_bytes - found.good_bytes} bytes at the end are lost"
    return verdict


def verify_parts(paths: list[Path], heads_path: Path | None = None) -> list[Verdict]:
    """Check the parts of one recording, in order, and that each goes on where the one before ended.

    Errors   BadRecord as `verify`.
    """
    verdicts = [verify(path, heads_path) for path in paths]
    for before, after in itertools.pairwise(verdicts):
        if before.faults or after.faults or not after.n_links:
            continue
        if after.first_before != before.content:
            after.faults.append(f"does not go on where {before.path.name} ended: something between them is missing")
    return verdicts


def as_json(verdicts: list[Verdict]) -> str:
    """The verdicts for programs."""
    rows = []
    for v in verdicts:
        row = {
            "file": v.path.name, "is_whole": v.is_whole, "faults": v.faults, "torn": v.torn, "withheld": v.withheld,
            "n_links": v.n_links, "n_bytes": v.n_bytes, "last_s": None if v.last_s != v.last_s else v.last_s,
            "content": v.content.hex(), "n_heads": v.n_heads, "notes": v.notes,
        }  # fmt: skip
        rows.append(row)
    return json.dumps(rows, indent=1, ensure_ascii=False)
