"""The parts of a long recording: recording-0001.mcap, recording-0002.mcap, ... beside recording.mcap."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import NamedTuple

from flightward.record.limits import Limits

_NUMBER = re.compile(r"-(\d{4,9})$")
KEEP_AT_LEAST = 2
"""Parts that are never deleted: the one being written, and the one before."""


class Part(NamedTuple):
    """A part that is finished, or found from an earlier run: its last second and its size."""

    path: Path
    last_s: float
    n_bytes: int


def part_path(base: Path, number: int) -> Path:
    """The file of part `number` of the recording that is called `base`."""
    return base.with_name(f"{base.stem}-{number:04d}{base.suffix}")


def number_of(path: Path) -> int:
    """The number of a part; 0 for a recording of one file."""
    found = _NUMBER.search(path.stem)
    return int(found[1]) if found else 0


def base_of(path: Path) -> Path:
    """The name without the number."""
    return path.with_name(_NUMBER.sub("", path.stem) + path.suffix)


def parts_of(base: Path) -> list[Path]:
    """The parts that are there, in order."""
    found = [p for p in base.parent.glob(f"{base.stem}-*{base.suffix}") if number_of(p) and base_of(p) == base]
    return sorted(found, key=number_of)


def to_delete(parts: list[Part], now_s: float, n_bytes: int, limits: Limits) -> list[Part]:
    """The finished parts that must go: all too old, and the oldest until the rest and `n_bytes` fit."""
    out = []
    left = list(parts)
    while len(left) >= KEEP_AT_LEAST:
        is_old = limits.keep_s > 0 and left[0].last_s < now_s - limits.keep_s
        is_much = limits.keep_bytes > 0 and n_bytes + sum(p.n_bytes for p in left) > limits.keep_bytes
        if not (is_old or is_much):
            break
        out.append(left.pop(0))
    return out


def delete(parts: list[Part]) -> None:
    """Delete parts; one that cannot be deleted stays."""
    for part in parts:
        with contextlib.suppress(OSError):
            part.path.unlink()
