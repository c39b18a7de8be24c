"""Heads: where the chain stood at some moments, kept outside of the recording, so that an edit of it shows.

One JSON object a line, only ever appended:

    {"file": "recording.mcap", "begin": "1c…", "n": 61, "t_s": 1760248860.0, "content": "9f…"}

`begin` is the content of the file's first link: it tells this run from others that were recorded under the same name.
Whoever holds a copy of the file that the recording's owner cannot change can tell whether what stood before each head
is still as it was. A line that was cut short by a power cut is skipped if it is the last.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from flightward.errors import BadRecord


class Head(NamedTuple):
    """The chain's content after link n."""

    file: str
    begin: bytes
    n: int
    t_s: float
    content: bytes


def append(path: Path, head: Head) -> None:
    """Append one head and bring it to the disk. Errors: OSError."""
    line = msgspec.json.encode({
        "file": head.file, "begin": head.begin.hex(), "n": head.n, "t_s": head.t_s, "content": head.content.hex(),
    })  # fmt: skip
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        os.write(fd, line + b"\n")
        os.fsync(fd)
    finally:
        os.close(fd)


def read(path: Path) -> list[Head]:
    """All heads of a file. Errors: BadRecord."""
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise BadRecord(f"cannot be read: {error}", path=str(path)) from error
    heads = []
    for k, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            values = msgspec.json.decode(line)
            begin, content = bytes.fromhex(values["begin"]), bytes.fromhex(values["content"])
            heads.append(Head(str(values["file"]), begin, int(values["n"]), float(values["t_s"]), content))
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            if k == len(lines) - 1:
                break
            raise BadRecord(f"line {k + 1} is no head: {error}", path=str(path)) from error
    return heads
