"""`flightward export RECORDING --out DIR`: for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap).")],
    out: Annotated[Path, typer.Option(help="The folder.")],
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format", help="parquet, geoparquet, traffic, geojson, kml, czml; may be repeated; all if not said."
        ),
    ] = None,
    every_s: Annotated[float, typer.Option("--every", help="Seconds between positions in CZML.")] = 10.0,
) -> None:
    """Write what was recorded as Parquet, GeoParquet, GeoJSON, KML, CZML and tables of `traffic`."""
    from flightward.cli import show
    from flightward.export import export as write

    with show.console.status(f"Exporting {recording.name} ..."):
        files = write(recording, out, form or (), every_s=every_s)
    for path in files:
        show.console.print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
