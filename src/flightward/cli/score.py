"""`flightward score CASE DIR`: what was said, against what was true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def score(
    case: Annotated[Path, typer.Argument(help="The case's folder; it must hold truth.parquet.")],
    out: Annotated[Path, typer.Argument(help="The folder that `flightward run` wrote.")],
    to: Annotated[Path | None, typer.Option("--json", help="Write the figures there too.")] = None,
) -> None:
    """Score the tables of a run against the case's truth: lead times, false alarms, forecast, tracks, advice."""
    from flightward.cli import show
    from flightward.score import score as score_day
    from flightward.score import to_markdown

    figures = score_day(case, out)
    show.console.print(to_markdown(figures), markup=False)
    if to is not None:
        to.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
