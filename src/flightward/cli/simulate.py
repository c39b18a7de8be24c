"""`flightward simulate SCENARIO.toml --out CASE`: a drawn day with truth, for trials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    scenario: Annotated[
        Path, typer.Argument(help="A scenario (docs/scenarios.md), or `standard`: one drawn from the seed.")
    ],
    out: Annotated[Path, typer.Option(help="The case's folder; must not exist yet or be empty.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    habits: Annotated[
        str | None, typer.Option(help="Only with `standard`: families of habits that raids may have, by commas.")
    ] = None,
) -> None:
    """Draw a day from a scenario: reports, flights and truth in one case."""
    from flightward.cli import show
    from flightward.errors import BadInput
    from flightward.feeds.case.write import must_be_free
    from flightward.simulate import HABITS, load_scenario, standard_day
    from flightward.simulate import simulate as draw

    if str(scenario) == "standard" and not scenario.exists():
        day = standard_day(seed, HABITS if habits is None else [h.strip() for h in habits.split(",")])
    elif habits is not None:
        raise BadInput("goes with `standard` only; a scenario says its habits itself", key="--habits", value=habits)
    else:
        day = load_scenario(scenario)
    must_be_free(out)
    with show.progress(f"Drawing {scenario.name}") as tell:
        folder = draw(day, seed, out, progress=tell)
    show.written(folder)
