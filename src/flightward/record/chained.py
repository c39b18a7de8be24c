"""A recording's file as it grows: pieces appended whole, each closed by a link of the chain (chain.py)."""

from __future__ import annotations

import zlib
from pathlib import Path

from flightward.record import chain
from flightward.record import mcap_records as mcap
from flightward.record.disk import AppendFile


class PieceBytes:
    """The records of one piece, and what the chain and the index need of them. Messages go into one chunk, the last."""

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self._outer: list[tuple[int, bytes]] = []
        self._inner: list[bytes] = []
        self._start_ns, self._end_ns = (1 << 64) - 1, 0

    def add(self, record: bytes) -> None:
        """A record outside of the chunk: as it is."""
        opcode, content = record[0], record[mcap.HEAD.size :]
        self.items.append(chain.item_of(opcode, content))
        self._outer.append((opcode, content))

    def attach(self, log_ns: int, name: str, media: str, data: bytes) -> None:
        """A file within the file."""
        self.add(mcap.attachment(mcap.attachment_head(log_ns, name, media), data))

    def inner(self, record: bytes) -> None:
        """A record within the chunk: a schema, a channel, a message, or what stands for a withheld one."""
        opcode, content = record[0], record[mcap.HEAD.size :]
        self.items.append(chain.item_of(opcode, content))
        self._inner.append(record)
        if opcode == mcap.MESSAGE_OP:
            self._see(content[: mcap.MESSAGE.size])
        elif opcode == chain.WITHHELD:
            self._see(chain.split_withheld(content)[2])

    def message(self, channel: int, sequence: int, log_ns: int, data: bytes) -> None:
        """A message, within the chunk; its data is not copied."""
        head = mcap.MESSAGE.pack(channel, sequence & 0xFFFFFFFF, log_ns, log_ns)
        self.items.append(chain.item(mcap.MESSAGE_OP, head, data))
        self._inner.append(mcap.HEAD.pack(mcap.MESSAGE_OP, len(head) + len(data)) + head)
        self._inner.append(data)
        self._see(head)

    def _see(self, head: bytes) -> None:
        _, _, log_ns, _ = mcap.MESSAGE.unpack(head)
        self._start_ns, self._end_ns = min(self._start_ns, log_ns), max(self._end_ns, log_ns)

    def records(self) -> list[tuple[int, bytes, bytes]]:
        """(opcode, content, records of the chunk or nothing) of each record, as they stand in the file."""
        out = [(opcode, content, b"") for opcode, content in self._outer]
        if self._inner:
            inner = b"".join(self._inner)
            start_ns = min(self._start_ns, self._end_ns)
            out.append((mcap.CHUNK, mcap.chunk(inner, start_ns, self._end_ns)[mcap.HEAD.size :], inner))
        return out


class ChainedFile:
    """Appends pieces; `content` is that of the last link, `n` its number.

    before   content of the link before the first one of this file; n  its number (0 if there is none).
    """

    def __init__(self, path: Path, *, before: bytes = chain.ORIGIN, n: int = 0, sync: bool = True) -> None:
        self.path = path
        self.content, self.n = before, n
        self._first_n = n
        self._index = mcap.Index()
        self._crc = 0
        self._at = len(mcap.MAGIC)
        self._file = AppendFile(path, sync=sync)

    @property
    def n_bytes(self) -> int:
        """The size so far."""
        return self._file.end

    @property
    def n_safe(self) -> int:
        """The number of the last link that is known to be on the disk; 0: none of this file."""
        return self._first_n + self._file.n_safe if self._file.n_safe else 0

    @property
    def trouble(self) -> str:
        """Why the disk does not take what was written, or ""."""
        return self._file.trouble

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more."""
        return self._file.is_closed

    def put(self, kind: chain.Piece, t_s: float, piece: PieceBytes) -> None:
        """Append a piece and its link. Errors: OSError; then the file is as before."""
        records, body = piece.records(), []
        if not self._file.end:
            body.append(mcap.MAGIC)
        for opcode, content, _ in records:
            body += [mcap.HEAD.pack(opcode, len(content)), content]
        content = chain.content_of(self.content, self.n + 1, kind, t_s, piece.items)
        bare = b"".join(body)
        link = chain.link(self.n + 1, kind, t_s, self.n_safe, content, zlib.crc32(bare))
        self._file.append(bare + link)
        self._crc = zlib.crc32(link, zlib.crc32(bare, self._crc))
        for opcode, whole, inner in records:
            self._index.add(self._at, opcode, whole, inner)
            self._at += mcap.HEAD.size + len(whole)
        self._at += len(link)
        self.content, self.n = content, self.n + 1

    def sync(self) -> None:
        """Wait until all is on the disk. Errors: OSError."""
        self._file.sync()

    def end(self, t_s: float) -> None:
        """Append the last link and the index, and close. Errors: OSError; then it is closed without them."""
        try:
            if not self._file.is_closed:
                self.put(chain.Piece.END, t_s, PieceBytes())
                self._file.append(self._index.tail(self._at, self._crc))
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close as a kill would leave it."""
        self._file.close()
