"""`flightward review RECORDING --flight ID --out DIR`: one page that says what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def review(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap).")],
    flight: Annotated[str, typer.Option(help="The flight's id.")],
    out: Annotated[Path, typer.Option(help="Where the page goes.")],
    case: Annotated[Path | None, typer.Option(help="The case's folder, where its truth is known.")] = None,
) -> None:
    """Write one HTML page about one flight: timeline, map, distances, warnings and their lead time."""
    from flightward.cli import show
    from flightward.review import review as write_review

    page = write_review(recording, flight, out, case=case)
    show.console.print(f"Open {page}")
