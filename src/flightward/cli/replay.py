"""`flightward replay RECORDING`: the same flow over what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def replay(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap), also one that was cut short.")],
    out: Annotated[Path | None, typer.Option(help="Write the tables there.")] = None,
) -> None:
    """Replay a recording through the same flow: the same version gives the same tables."""
    from flightward.cli import show
    from flightward.run import replay as replay_recording

    with show.progress(f"Replaying {recording.name}") as tell:
        done = replay_recording(recording, out, progress=tell)
    show.summary(done.summary)
    if out is not None:
        show.written(out)
