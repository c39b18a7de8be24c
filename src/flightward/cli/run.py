"""`flightward run CASE --out DIR`: the whole flow over a day, as fast as it goes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer


def run(
    case: Annotated[str, typer.Argument(help="A case's folder, or a built-in day (flightward demo --list).")],
    out: Annotated[Path, typer.Option(help="Where the recording, the summary and the tables go.")],
    no_tables: Annotated[bool, typer.Option("--no-tables", help="Only the recording and the summary: faster.")] = False,
    heads: Annotated[
        Path | None, typer.Option(help="The heads file (docs/recording.md), best on another disk or machine.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="For a built-in day that is simulated: another draw of it.")] = None,
) -> None:
    """Run a day through the whole flow and write its recording, tables and summary."""
    from flightward.cli import show
    from flightward.run import run_case

    with tempfile.TemporaryDirectory(prefix="flightward-") as scratch:
        folder = case_folder(case, Path(scratch), seed)
        show.say_if_first()
        with show.progress(f"Running {folder.name}") as tell:
            done = run_case(folder, out, tables=not no_tables, progress=tell, heads=heads)
    show.summary(done.summary)
    show.written(out)


def case_folder(case: str, scratch: Path, seed: int | None) -> Path:
    """The folder of a case: as given, or of a built-in day made in `scratch`."""
    from flightward.cli.checks import check_seed
    from flightward.days import build_day, list_days
    from flightward.errors import BadInput

    days = {day.name: day for day in list_days()}
    if case in days and not Path(case).exists():
        check_seed(days[case], seed)
        return build_day(case, scratch / case, seed)
    if not Path(case).is_dir():
        raise BadInput(f"is neither a folder nor a built-in day ({', '.join(sorted(days))})", key=case)
    check_seed(None, seed)
    return Path(case)
