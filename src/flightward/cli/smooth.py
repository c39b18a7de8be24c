"""`flightward smooth RECORDING --out FILE.parquet`: its tracks, re-estimated with all the data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def smooth(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap), also one that was cut short.")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
) -> None:
    """Re-estimate the tracks of a recording with all its data: positions, velocities and covariances, each second."""
    import pyarrow.parquet as pq

    from flightward.cli import show
    from flightward.smoothing import smooth_recording

    with show.progress(f"Smoothing {recording.name}") as tell:
        table = smooth_recording(recording, progress=tell)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(out.name + ".part")
    pq.write_table(table, aside)
    aside.replace(out)
    n = len(table["track_id"].unique())
    show.console.print(f"{n} tracks, {table.num_rows} rows in {out}")
