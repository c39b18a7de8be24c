"""A recording, run again: from any second, against other settings, checked and compared with what was recorded."""

from __future__ import annotations

import bisect
import dataclasses
import importlib.metadata
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import flightward
from flightward.config import Config
from flightward.errors import BadInput, BadRecord
from flightward.model import Inbox, Setup, StepResult
from flightward.pipeline import Pipeline
from flightward.record import Recording, Summary, TableWriter, open_recording
from flightward.record.comparing import Pair, WarningLog, as_rows, compare
from flightward.record.outputs import FORECASTS, Check, Checker
from flightward.record.reader import State
from flightward.record.steps import Step

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
    """What a run left behind; a replay also what its check and its comparison found, where they were asked for."""

    out: Path
    summary: dict[str, Any]
    n_steps: int
    check: Check | None = None
    comparison: list[Pair] | None = None


def versions() -> dict[str, str]:
    """The versions of all that the numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"flightward": flightward.__version__, **found}


class Course:
    """The steps of a recording run through a pipeline, from step `first` on: (step, inbox, result, is it sure).

    The memory of the stages is taken from the recording where it can be: before `first`, and after each gap. A step is
    sure if the pipeline's memory is that of the run which was recorded. `notes` say what could not be had.
    """

    def __init__(self, recording: Recording, config: Config, *, first: int = 0, with_cells: bool = True) -> None:
        self._recording, self._config, self._first = recording, config, first
        self.pipeline = Pipeline(recording.setup, config, with_cells=with_cells)
        self.notes: list[str] = []
        self._is_same = config == recording.config
        self._states = {s.t_s: s for s in recording.states} if self._is_same else {}
        self._is_sure = not recording.begins_in_part

    def __iter__(self) -> Iterator[tuple[Step, Inbox, StepResult, bool]]:
        times = self._recording.t_s
        begin = self._begin()
        jumps = set((np.flatnonzero(np.diff(times) > 1.0) + 1).tolist())
        for k, step in enumerate(self._recording.packed(begin), begin):
            if k in jumps:
                self._is_sure = False
            if not self._is_sure and k and float(times[k - 1]) in self._states:
                self._is_sure = self._restore(self._states[float(times[k - 1])])
            inbox = step.inbox()
            yield step, inbox, self.pipeline.step(inbox), self._is_sure

    def _begin(self) -> int:
        """The step to begin with: that after the newest memory before `first`, or the very first."""
        times = self._recording.t_s
        if not self._first:
            return 0
        wanted_s = float(times[self._first]) if self._first < len(times) else np.inf
        for t_s, state in sorted(self._states.items(), reverse=True):
            if t_s >= wanted_s:
                continue
            if not self._states:
                break
            if self._restore(state):
                self._is_sure = True
                return int(bisect.bisect_right(times.tolist(), t_s))
        return 0

    def _restore(self, state: State) -> bool:
        try:
            self.pipeline.restore(self._recording.state(state))
        except (BadRecord, BadInput) as error:
            self.notes.append(f"the memory of {state.t_s:.0f} s POSIX is not used: {error}")
            self._states = {}
            return False
        return True


def seek(recording: Recording, t_s: float, config: Config | None = None) -> tuple[Pipeline, int]:
    """A pipeline as it was just before the first step at or after t_s, and the number of that step.

    With the recorded settings (config None) from the newest memory before it; with others from the start.
    """
    first = int(np.searchsorted(recording.t_s, t_s, side="left"))
    course = Course(recording, config or recording.config, first=first, with_cells=_had_cells(recording))
    if first:
        for step, _, _, _ in course:
            if step.t_s >= float(recording.t_s[first - 1]):
                break
    return course.pipeline, first


def replay(
    path: Path, out: Path | None = None, *, changes: Mapping[str, Any] | None = None, progress: Progress | None = None,
    sinks_of: Callable[[Setup], Sequence[Sink]] | None = None, from_s: float | None = None,
    until_s: float | None = None, check: bool = False, compared: bool = False,
) -> Outcome:  # fmt: skip
    """Run the same flow over the raw input of a recording; with `out`, write the tables there.

    On the same version the tables are the same bytes as those of the run that was recorded. `changes` are settings
    that differ from the recorded ones. What people did with warnings is shown, and changes nothing. `sinks_of` gives
    what else listens to every step. A torn recording is read to its last good chunk, which the summary says.

    from_s, until_s   only steps in [from_s, until_s] are shown
    check             compare each output with the recorded one, bit for bit (`Outcome.check`)
    compared          compare the warnings with the recorded ones (`Outcome.comparison`, out/comparison.json)
    """
    recording = open_recording(path)
    config = recording.config.changed(changes or {})
    first = int(np.searchsorted(recording.t_s, from_s, side="left")) if from_s is not None else 0
    end = int(np.searchsorted(recording.t_s, until_s, side="right")) if until_s is not None else len(recording)
    summary, log = Summary(recording.setup), WarningLog(recording.setup)
    sinks: list[Sink] = [summary]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        sinks.append(TableWriter(out, recording.setup, lambda: recording.acts))
    if sinks_of is not None:
        sinks += sinks_of(recording.setup)
    checker = Checker(with_cells=_had_cells(recording)) if check else None
    then = WarningLog(recording.setup)
    course = Course(recording, config, first=first, with_cells=out is not None or _had_cells(recording))
    try:
        n = _play(course, recording, (first, end), sinks, checker, (log, then), progress)
    finally:
        for sink in sinks:
            sink.close()
    notes = [*recording.notes, *course.notes]
    hashes = recording.meta.get("hashes", {})
    target = out / "summary.json" if out is not None else None
    figures = summary.finish(target, versions=versions(), hashes=hashes, notes=notes, rejected={})
    pairs = compare(then.said(), log.said()) if compared else None
    if out is not None and pairs is not None:
        (out / "comparison.json").write_text(json.dumps(as_rows(pairs), indent=1, ensure_ascii=False) + "\n")
    return Outcome(out or Path(path).parent, figures, n, checker.finish() if checker else None, pairs)


def _play(
    course: Course, recording: Recording, span: tuple[int, int], sinks: Sequence[Sink], checker: Checker | None,
    logs: tuple[WarningLog, WarningLog], progress: Progress | None,
) -> int:  # fmt: skip
    """Run the course over steps [first, end), and tell all who listen; how many steps that were."""
    first, end = span
    now, then = logs
    n = 0
    if first >= end:
        return 0
    first_s, last_s = float(recording.t_s[first]), float(recording.t_s[end - 1])
    for step, inbox, result, is_sure in course:
        now.hear(result.warnings)
        then.hear(step.batch("/out/warnings"))
        if step.t_s < first_s:
            continue
        if checker is not None:
            _check(checker, recording, first if n == 0 else 0, step, result, is_sure)
        for sink in sinks:
            sink.write(inbox, result)
        n += 1
        if progress is not None:
            progress(n, end - first)
        if step.t_s >= last_s:
            break
    return n


def _check(checker: Checker, recording: Recording, first: int, step: Step, result: StepResult, is_sure: bool) -> None:
    """Compare one step; where the check begins within the day (step `first`), look up the forecast that stood then."""
    if first:
        for name, topic in FORECASTS.items():
            data = recording.standing(first, name, topic)
            if data is not None:
                checker.hold(name, data)
    if is_sure:
        checker.compare(step, result)
    else:
        checker.skip(step)


def _had_cells(recording: Recording) -> bool:
    return bool(recording.meta.get("with_cells", True))
