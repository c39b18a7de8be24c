"""A day, stepped from its first second to its last: cases, recordings, with whatever listens.

The same loop serves `run`, `replay`, `demo` and the tests; what is done with each result (recording, tables, the
console, a terminal) is a list of sinks.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import flightward
from flightward.config import Config
from flightward.feeds.case import Case, read_case
from flightward.model import Inbox, Setup, StepResult
from flightward.pipeline import Pipeline
from flightward.record import RecordingWriter, Summary, TableWriter, open_recording

Progress = Callable[[int, int], None]
"""Called with (seconds done, seconds in all)."""

LIBRARIES = ("numpy", "numba", "scipy", "pyproj", "shapely", "h3", "pyarrow", "mcap")


class Sink(Protocol):
    """Something that listens to every step."""

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""

    def close(self) -> None:
        """No more steps will come."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    out: Path
    summary: dict[str, Any]
    n_steps: int


def versions() -> dict[str, str]:
    """The versions of all that the numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"flightward": flightward.__version__, **found}


def steps(
    setup: Setup, config: Config, inboxes: Iterable[Inbox], sinks: Sequence[Sink] = (), *, with_cells: bool = True
) -> Generator[tuple[Inbox, StepResult], None, None]:
    """Run the pipeline over `inboxes`, tell every sink, and yield what went in and what came out.

    The sinks are closed when the iterator is exhausted or closed, also after an error.
    """
    pipeline = Pipeline(setup, config, with_cells=with_cells)
    try:
        for inbox in inboxes:
            result = pipeline.step(inbox)
            for sink in sinks:
                sink.write(inbox, result)
            yield inbox, result
    finally:
        for sink in sinks:
            sink.close()


@dataclasses.dataclass(frozen=True)
class Run:
    """A case being run: `steps` are its seconds; take them all, then call `finish`."""

    case: Case
    out: Path
    steps: Generator[tuple[Inbox, StepResult], None, None]
    n_seconds: int
    summary: Summary


def start(
    case: Case, out: Path, *, tables: bool, with_cells: bool | None = None, changes: Mapping[str, Any] | None = None
) -> Run:
    """Begin to run a case into the folder `out`: its recording, its summary and (with `tables`) its tables.

    Nothing is computed before the first step is taken. `with_cells` (default: as `tables`) makes the H3 forecast;
    `changes` are settings that differ from the case's.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = case.config.changed(changes or {})
    meta = {"versions": versions(), "hashes": dict(case.hashes), "case": case.path.name, "texts": case.texts}
    summary = Summary(case.setup)
    sinks: list[Sink] = [RecordingWriter(out / "recording.mcap", case.setup, config, meta), summary]
    if tables:
        sinks.append(TableWriter(out, case.setup))
    cells = tables if with_cells is None else with_cells
    seconds = steps(case.setup, config, case.inboxes(), sinks, with_cells=cells)
    return Run(case, out, seconds, int(case.setup.end_s - case.setup.start_s) + 1, summary)


def finish(run: Run) -> dict[str, Any]:
    """Close a run, write its summary.json and give its figures."""
    run.steps.close()
    case = run.case
    return run.summary.finish(
        run.out / "summary.json", versions=versions(), hashes=case.hashes, notes=case.notes, rejected=case.rejected
    )


def run_case(path: Path, out: Path, *, tables: bool = True, progress: Progress | None = None) -> Outcome:
    """Run the whole flow over the case in the folder `path`, as fast as it goes; deterministic.

    Writes out/recording.mcap, out/summary.json and, with `tables`, the tables. Raises BadInput on a bad case.
    """
    run = start(read_case(path), out, tables=tables)
    n = 0
    for _ in run.steps:
        n += 1
        if progress is not None:
            progress(n, run.n_seconds)
    return Outcome(out, finish(run), n)


def replay(
    path: Path, out: Path | None = None, *, changes: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Outcome:
    """Run the same flow over the raw input of a recording; with `out`, write the tables there.

    On the same version the tables are the same bytes as those of the run that was recorded. `changes` are settings
    that differ from the recorded ones. A torn recording is read to its last good chunk, which the summary says.
    """
    recording = open_recording(path)
    config = recording.config.changed(changes or {})
    summary = Summary(recording.setup)
    sinks: list[Sink] = [summary]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        sinks.append(TableWriter(out, recording.setup))
    total = int(recording.setup.end_s - recording.setup.start_s) + 1
    n = 0
    for _ in steps(recording.setup, config, recording.inboxes(), sinks):
        n += 1
        if progress is not None:
            progress(n, total)
    notes = [recording.torn] if recording.torn else []
    hashes = recording.meta.get("hashes", {})
    target = out / "summary.json" if out is not None else None
    figures = summary.finish(target, versions=versions(), hashes=hashes, notes=notes, rejected={})
    return Outcome(out or path.parent, figures, n)
