"""What the commands show while they work and when they are done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import rich.console
import rich.progress
import rich.table

console = rich.console.Console(highlight=False)
LISTED = 6
POSIX_FROM_S = 1e9
"""A number of seconds above this is a moment, not a duration."""


@contextlib.contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; yields a function to call with (done, total). One line where nobody looks."""
    if not console.is_terminal:
        console.print(f"{what} ...")
    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.TaskProgressColumn(),
        rich.progress.TimeElapsedColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    with rich.progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            if done % 20 == 0 or done == total:
                bar.update(task, completed=done, total=total)

        yield tell


def say_if_first() -> None:
    """The first run of an installation compiles its kernels: said, as nothing else moves for that long."""
    from flightward.kernels import caught
    from flightward.kernels._jit import is_compiled

    if not is_compiled(caught.caught):
        console.print("First run here: kernels are compiled on the way, five to ten minutes in all; then never again.")


def summary(figures: dict[str, Any], title: str = "The day in numbers") -> None:
    """A summary as a table: one line a figure, nested ones joined by a dot."""
    table = rich.table.Table(title=title, show_header=False)
    for key, value in flat(figures):
        table.add_row(key, value)
    console.print(table)


def flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """(key, text) of every leaf, hashes and versions left out."""
    rows: list[tuple[str, str]] = []
    for key, value in figures.items():
        if key in ("hashes", "versions") or value in (None, {}, []):
            continue
        if isinstance(value, dict):
            rows += flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and len(value) < LISTED:
            rows += [(prefix + key, _leaf("", one)) for one in value]
        elif isinstance(value, list):
            rows.append((prefix + key, f"{len(value)} entries"))
        else:
            rows.append((prefix + key, _leaf(key, value)))
    return rows


def _leaf(key: str, value: Any) -> str:
    """One figure as people read it: times as UTC, what is null left out."""
    if isinstance(value, dict):
        told = [f"{k.removesuffix('_s').replace('_', ' ')} {_leaf(k, v)}" for k, v in value.items() if v is not None]
        return ", ".join(told)
    if key.endswith("_s") and isinstance(value, (int, float)) and value > POSIX_FROM_S:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(value))
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return str(value)


def written(out: Path) -> None:
    """Name the files in a folder, with their sizes."""
    names = [f"{p.name} ({p.stat().st_size / 1e6:.1f} MB)" for p in sorted(out.iterdir()) if p.is_file()]
    console.print(f"In {out}: {', '.join(names)}")
