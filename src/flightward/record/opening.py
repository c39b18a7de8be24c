"""Find and open the files of a recording: one, or the parts of one run."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flightward.errors import BadRecord
from flightward.record.parts import base_of, number_of, part_path, parts_of
from flightward.record.scan import Scan, scan
from flightward.record.schema import READABLE
from flightward.record.setups import head_crc


class Part(NamedTuple):
    """One file of a recording, opened."""

    path: Path
    head: dict[str, str]
    found: Scan


def open_part(path: Path) -> Part:
    """One file. Errors: BadRecord if it is no recording that can be read."""
    found = scan(path)
    head = found.metadata.get("flightward")
    if head is None or "setup" not in found.attachments:
        raise BadRecord("ends before its setup; nothing can be read from it", path=str(path))
    if head.get("version", "") not in [str(v) for v in READABLE]:
        versions = " and ".join(map(str, READABLE))
        raise BadRecord(f"is of version {head.get('version')}; this reads versions {versions}", path=str(path))
    if head.get("crc") != head_crc(head):
        raise BadRecord("its settings are damaged (CRC)", path=str(path))
    if head["version"] != "1" and not found.n_links:
        raise BadRecord("ends before its setup; nothing can be read from it", path=str(path))
    return Part(path, head, found)


def open_parts(path: Path) -> list[Part]:
    """A file, or all parts of its run that are there, in order. Errors: BadRecord."""
    path = newest(path)
    first = open_part(path)
    number = number_of(path)
    if not number or first.head.get("part") != str(number):
        return [first]
    run = first.head["first_part"]
    out = [first]
    for step in (-1, 1):
        k = number + step
        while k >= int(run) and part_path(base_of(path), k).exists():
            part = open_part(part_path(base_of(path), k))
            if part.head.get("first_part") != run:
                break
            out.append(part)
            k += step
    return sorted(out, key=lambda p: int(p.head["part"]))


def newest(path: Path) -> Path:
    """The file that a path means: itself, the recording in a folder, or the newest part of that name."""
    path = Path(path)
    if path.is_dir():
        path = path / "recording.mcap"
    found = [] if path.exists() else parts_of(path)
    return found[-1] if found else path


def files_of(path: Path) -> list[Path]:
    """The file, or every part of its name that is there, of all runs: their chain is one."""
    path = newest(path)
    is_part = number_of(path) and path in parts_of(base_of(path))
    return parts_of(base_of(path)) if is_part else [path]
