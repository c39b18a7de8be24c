"""`flightward reviews FOLDER --out DIR --engine …`: a page for every flight of every recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flightward.cli.engines import HELP


def reviews(
    folder: Annotated[Path, typer.Argument(help="A folder with recordings (*.mcap), at any depth.")],
    out: Annotated[Path, typer.Option(help="Where the pages and reviews.json go; all workers must see it.")],
    engine: Annotated[str, typer.Option(help=HELP)] = "local",
) -> None:
    """Review every protected flight of every recording: one page each, and one table of all."""
    from flightward.cli import show
    from flightward.engine import open_engine
    from flightward.review.many import jobs_in, review_many

    jobs = jobs_in(folder, out)
    with open_engine(engine) as where, show.progress(f"{len(jobs)} reviews on {engine}") as tell:
        rows = review_many(jobs, out, engine=where, progress=tell)
    failed = [row for row in rows if row["error"]]
    for row in failed:
        show.console.print(f"{row['recording']}, {row['flight_id']}: {row['error']}", markup=False)
    show.console.print(f"{len(rows) - len(failed)} pages and reviews.json in {out}")
    if failed:
        raise typer.Exit(1)
