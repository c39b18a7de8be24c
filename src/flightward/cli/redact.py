"""`flightward redact RECORDING COPY --feed NAME`: a copy without a feed, that still proves what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def redact(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap), or one part of a long one.")],
    copy: Annotated[Path, typer.Argument(help="The copy; must not exist yet.")],
    feed: Annotated[list[str] | None, typer.Option(help="Withhold what this feed brought; may be repeated.")] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="Withhold this topic; /out/ for all outputs; may be repeated.")
    ] = None,
    acts: Annotated[bool, typer.Option("--acts", help="Withhold what people did with warnings.")] = False,
) -> None:
    """Copy a recording without a feed, some outputs or the names of people; the heads of the original hold for it."""
    from flightward.cli import show
    from flightward.errors import BadInput
    from flightward.record.redact import Redaction
    from flightward.record.redact import redact as withhold

    if not (feed or topic or acts):
        raise BadInput("say what to withhold: --feed, --topic or --acts", key="redact")
    counts = withhold(recording, copy, Redaction(feed or (), topic or (), acts))
    for label, n in sorted(counts.items()):
        show.console.print(f"withheld: {label}, {n} records")
    if feed and not topic:
        show.console.print("Outputs that came of this feed are still there; --topic /out/ withholds all outputs.")
