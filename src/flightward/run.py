"""A day, stepped from its first second to its last: cases, recordings, with whatever listens.

The same loop serves `run`, `demo` and the tests (a replay: replaying.py); what is done with each result (recording,
tables, the console, a terminal) is a list of sinks.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from flightward.config import Config
from flightward.errors import BadInput
from flightward.feeds.case import Case, read_case
from flightward.feeds.live.day import LiveDay
from flightward.model import Inbox, Setup, StepResult
from flightward.pipeline import Pipeline
from flightward.record import ActLog, Limits, RecordingWriter, Source, Summary, TableWriter
from flightward.replaying import Outcome, Progress, Sink, replay, versions

__all__ = ["Outcome", "Progress", "Run", "Sink", "finish", "replay", "run_case", "start", "steps", "versions"]

class Day(Protocol):
    """What is run: a case, or an area that is watched."""

    @property
    def path(self) -> Path: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def config(self) -> Config: ...
    @property
    def texts(self) -> Mapping[str, str]: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def hashes(self) -> Mapping[str, str]: ...
    @property
    def rejected(self) -> dict[str, int]: ...
    def inboxes(self) -> Iterator[Inbox]: ...


INPUTS_MAX_BYTES = 64 << 20
"""The files of the feeds stand in the recording as they were read, if all of them together are no larger."""


def steps(
    setup: Setup, config: Config, inboxes: Iterable[Inbox], sinks: Sequence[Sink] = (), *, with_cells: bool = True
) -> Generator[tuple[Inbox, StepResult], None, None]:
    """Run the pipeline over `inboxes`, tell every sink, and yield what went in and what came out.

    The sinks are closed when the iterator is exhausted or closed, also after an error. A recording among them is given
    the memory of the stages whenever it wants it.
    """
    pipeline = Pipeline(setup, config, with_cells=with_cells)
    recorders = [sink for sink in sinks if isinstance(sink, RecordingWriter)]
    try:
        for inbox in inboxes:
            result = pipeline.step(inbox)
            for sink in sinks:
                sink.write(inbox, result)
            for recorder in recorders:
                if recorder.state_due(result.t_s):
                    _keep_state(recorder, result.t_s, pipeline)
            yield inbox, result
    finally:
        for sink in sinks:
            sink.close()


def _keep_state(recorder: RecordingWriter, t_s: float, pipeline: Pipeline) -> None:
    """Give a recording the memory of the stages; what cannot be kept must not stop who is warned by them."""
    try:
        data = pipeline.snapshot()
    except BadInput as error:
        recorder.without_state(t_s, str(error))
    else:
        recorder.write_state(t_s, data)


@dataclasses.dataclass(frozen=True)
class Run:
    """A case being run: `steps` are its seconds; take them all, then call `finish`. `acts` takes what people do."""

    case: Day
    out: Path
    steps: Generator[tuple[Inbox, StepResult], None, None]
    n_seconds: int
    summary: Summary
    acts: ActLog
    recorder: RecordingWriter


def start(
    case: Day, out: Path, *, tables: bool, with_cells: bool | None = None, changes: Mapping[str, Any] | None = None,
    limits: Limits | None = None, heads: Path | None = None, more: Sequence[Sink] = (),
) -> Run:  # fmt: skip
    """Begin to run a case into the folder `out`: its recording, its summary and (with `tables`) its tables.

    Nothing is computed before the first step is taken. `with_cells` (default: as `tables`) makes the H3 forecast;
    `changes` are settings that differ from the case's. `limits` are those of the recording; `heads` is its heads file,
    by default out/recording.heads: only a copy elsewhere proves anything. `more` listens to every step too.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = case.config.changed(changes or {})
    cells = tables if with_cells is None else with_cells
    meta = {
        "versions": versions(), "hashes": dict(case.hashes), "case": case.path.name, "texts": case.texts,
        "with_cells": cells,
    }  # fmt: skip
    recorder = RecordingWriter(
        out / "recording.mcap", case.setup, config, meta, limits=limits, source=_source(case),
        heads=heads or out / "recording.heads",
    )  # fmt: skip
    if isinstance(case, LiveDay):
        case.tap(recorder.raw)
    acts, summary = ActLog(), Summary(case.setup)
    acts.keep_with(recorder.write_act)
    # The log hears of a warning when it is recorded, so no act stands before its warning.
    sinks: list[Sink] = [recorder, acts, summary]
    if tables:
        sinks.append(TableWriter(out, case.setup, acts.all))
    sinks += more
    seconds = steps(case.setup, config, case.inboxes(), sinks, with_cells=cells)
    return Run(case, out, seconds, int(case.setup.end_s - case.setup.start_s) + 1, summary, acts, recorder)


def _source(case: Day) -> Source:
    """What the recording is told of the feeds."""
    if isinstance(case, LiveDay):
        return Source([source.name for source in case.gather.sources], salt=case.salt)
    if not isinstance(case, Case):
        return Source()
    files = [(k, feed.path) for k, feed in enumerate(case.feeds)]
    inputs: list[tuple[int, str, bytes]] = []
    with contextlib.suppress(OSError):  # gone since it was read: its hash stays
        if sum(path.stat().st_size for _, path in files) <= INPUTS_MAX_BYTES:
            inputs = [(k, path.relative_to(case.path).as_posix(), path.read_bytes()) for k, path in files]
    return Source([feed.name for feed in case.feeds], inputs, case.names_of, case.salt)


def finish(run: Run) -> dict[str, Any]:
    """Close a run, write its summary.json and give its figures."""
    run.steps.close()
    case = run.case
    notes = [
        *case.notes,
        *(f"not recorded: {g.n_steps} s from {g.from_s:.0f} s POSIX on: {g.why}" for g in run.recorder.gaps),
    ]
    return run.summary.finish(
        run.out / "summary.json", versions=versions(), hashes=case.hashes, notes=notes, rejected=case.rejected
    )


def run_case(
    path: Path, out: Path, *, tables: bool = True, progress: Progress | None = None, limits: Limits | None = None,
    heads: Path | None = None,
) -> Outcome:  # fmt: skip
    """Run the whole flow over the case in the folder `path`, as fast as it goes; deterministic.

    Writes out/recording.mcap, out/summary.json and, with `tables`, the tables. Raises BadInput on a bad case.
    """
    run = start(read_case(path), out, tables=tables, limits=limits, heads=heads)
    n = 0
    for _ in run.steps:
        n += 1
        if progress is not None:
            progress(n, run.n_seconds)
    return Outcome(out, finish(run), n)
