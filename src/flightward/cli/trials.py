"""`flightward trials --days N --out DIR --engine …`: many drawn days, run and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flightward.cli.engines import HELP


def trials(
    out: Annotated[Path, typer.Option(help="Where cases and days.json go; all workers must see it.")],
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 10,
    first_seed: Annotated[int, typer.Option(help="Days are drawn from this seed and those after it.")] = 1000,
    scenario: Annotated[Path | None, typer.Option(help="A scenario (docs/scenarios.md), not standard days.")] = None,
    engine: Annotated[str, typer.Option(help=HELP)] = "local",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, STAGE.NAME=VALUE; may be repeated.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep each day's tables.")] = False,
) -> None:
    """Draw, run and score many days; figures with 95 % intervals over days."""
    from flightward.cli import show
    from flightward.engine import open_engine
    from flightward.score import to_markdown
    from flightward.trials import Trial, run_trial

    trial = Trial(out, scenario=scenario, settings=_settings(set_ or []), keep=keep)
    with open_engine(engine) as where, show.progress(f"{days} days on {engine}") as tell:
        result = run_trial(trial, range(first_seed, first_seed + days), engine=where, progress=tell)
    show.console.print(to_markdown(result["together"]), markup=False)
    show.written(out)


def _settings(items: list[str]) -> dict[str, float]:
    from flightward.errors import BadInput

    found = {}
    for item in items:
        name, _, value = item.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise BadInput("must be STAGE.NAME=NUMBER", key="--set", value=item) from None
    return found
