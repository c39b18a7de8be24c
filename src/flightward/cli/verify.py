"""`flightward verify RECORDING`: whether every byte is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    recording: Annotated[
        Path, typer.Argument(help="A recording (.mcap), or a part of a long one: then all its parts.")
    ],
    heads: Annotated[
        Path | None, typer.Option(help="The heads file, kept where nobody who can change the recording can change it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a recording byte by byte. Exit code 0: whole; 1: damaged, edited, or cut short."""
    from flightward.record.opening import files_of
    from flightward.record.verify import as_json as to_json
    from flightward.record.verify import verify_parts

    verdicts = verify_parts(files_of(recording), heads)
    if as_json:
        print(to_json(verdicts))
    for v in [] if as_json else verdicts:
        print(f"{v.path.name}: {v.n_bytes} bytes, {v.n_links} pieces, chain at {v.content.hex()[:16] or 'nothing'}")
        for label, n in sorted(v.withheld.items()):
            print(f"  withheld: {label}, {n} records; what is left is as it was recorded")
        if v.n_heads is not None:
            print(f"  heads that agree: {v.n_heads}")
        for line in (*v.notes, *([f"cut short: {v.torn}"] if v.torn else []), *(f"FAULT {f}" for f in v.faults)):
            print(f"  {line}")
        if v.is_whole:
            print(
                "  whole"
                + ("" if heads else "; without a heads file an edit by whoever made all of it anew does not show")
            )
    if not all(v.is_whole for v in verdicts):
        raise typer.Exit(1)
