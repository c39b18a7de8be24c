"""`flightward simulate SCENARIO.toml --out CASE`: a drawn day with truth, for trials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    scenario: Annotated[Path, typer.Argument(help="A scenario (docs/scenarios.md).")],
    out: Annotated[Path, typer.Option(help="The case's folder; must not exist yet or be empty.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
) -> None:
    """Draw a day from a scenario: reports, flights and truth in one case."""
    from flightward.cli import show
    from flightward.simulate import load_scenario
    from flightward.simulate import simulate as draw

    with show.progress(f"Drawing {scenario.name}") as tell:
        folder = draw(load_scenario(scenario), seed, out, progress=tell)
    show.written(folder)
