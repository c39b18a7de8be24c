"""`flightward watch AREA.toml`: live feeds through the whole flow: shown, told, recorded, sent on."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flightward.feeds.live import SourceState
    from flightward.model import Setup, StepResult
    from flightward.run import Run, Sink


def watch(
    area: Annotated[Path, typer.Argument(help="AREA.toml (docs/live.md).")],
    out: Annotated[Path | None, typer.Option(help="Where the recording and the summary go.")] = None,
    send: Annotated[list[str] | None, typer.Option(help="Send it there too (docs/sinks.md); may be repeated.")] = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="Mark what is shown and sent as an exercise.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="No console: the terminal alone.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of the console, on loopback; 0: any free one.")] = 8765,
    seconds: Annotated[float, typer.Option(min=0.0, help="End after so many; 0: not before Ctrl-C.")] = 0.0,
) -> None:
    """Watch an area: its live feeds, through the whole flow, until Ctrl-C, on the console and in the terminal."""
    from flightward.cli import show
    from flightward.cli.demo import Speaker
    from flightward.feeds.live import LiveDay, read_area
    from flightward.run import finish, start
    from flightward.warm import warm

    read_area(area, os.environ, time.time).close()  # what is wrong with it is told before the long wait
    with show.progress("Warming up (compiling, the first time some minutes)") as tell:
        warm(tell)
    read = read_area(area, os.environ, time.time)
    out = out or Path("flightward-out") / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(read.setup.start_s))
    teller = _Teller()
    day = LiveDay(area, read, time.time, teller.each)
    sinks = _sinks(read.setup, send or [], exercise=exercise)
    run = start(day, out, tables=False, with_cells=not headless, more=sinks)
    say = Speaker(read.setup)
    for note in read.notes:
        show.console.print(f"note: {note}", markup=False)
    show.console.print(f"Watching {read.setup.title}: {len(read.sources)} feeds. Ctrl-C ends; recording in {out}.")

    def each(result: StepResult) -> None:
        say.step(result)
        teller.recording(result.t_s, run.recorder.trouble)

    over = threading.Event()
    timer = threading.Timer(seconds or threading.TIMEOUT_MAX, over.set)
    timer.daemon = True
    timer.start()
    try:
        if headless:
            _in_terminal(run, each, over)
        else:
            _on_console(run, each, over, port, "EXERCISE" if exercise else "LIVE")
    finally:
        timer.cancel()
        day.stop()
    show.summary(finish(run))
    show.written(out)


def _in_terminal(run: Run, each: Callable[[StepResult], None], over: threading.Event) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        for _, result in run.steps:
            each(result)
            if over.is_set():
                break


def _on_console(run: Run, each: Callable[[StepResult], None], over: threading.Event, port: int, label: str) -> None:
    from flightward import __version__
    from flightward.cli import show
    from flightward.cli.demo import frames
    from flightward.web import FrameEncoder, Player, serve

    setup = run.case.setup
    encoder = FrameEncoder(setup, label, __version__)
    player = Player(
        frames(run.steps, encoder, each), setup.start_s, setup.end_s, time.monotonic, is_live=True
    )  # fmt: skip

    def ready(url: str) -> None:
        show.console.print(f"Console: [bold]{url}[/bold]")

    serve(player, encoder.setup_message(), port=port, acts=run.acts, on_ready=ready, stop=over)


def _sinks(setup: Setup, addresses: list[str], *, exercise: bool) -> list[Sink]:
    from flightward.cli.sending import opened
    from flightward.sinks import Observer, mark_of

    if not addresses:
        return []
    mark = mark_of(setup, exercise=exercise)
    sinks: list[Sink] = []
    try:
        for address in addresses:
            sinks.append(opened(address, Observer(setup, mark)))
    except BaseException:
        for sink in sinks:
            sink.close()
        raise
    return sinks


class _Teller:
    """Tells when a feed comes, goes stale, or falls away, and when nothing is recorded: each change once, and what to
    do."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._trouble = ""

    def recording(self, t_s: float, trouble: str) -> None:
        """It is t_s, and this is wrong with the recording ("": nothing)."""
        from flightward.cli import show

        if trouble != self._trouble:
            self._trouble = trouble
            clock = time.strftime("%H:%M:%S", time.gmtime(t_s))
            word = "NOT RECORDED" if trouble else "RECORDED"
            show.console.print(f"{clock}Z {word} {trouble or 'again'}", markup=False, soft_wrap=True)

    def each(self, t_s: float, states: list[SourceState]) -> None:
        """It is t_s, and the feeds do so."""
        from flightward.cli import show
        from flightward.feeds.live.findings import findings
        from flightward.wording.sources import to_do

        for state in states:
            word = "STALE" if state.is_stale else "HEARD" if state.n_messages else ""
            if not word or self._known.get(state.name) == word:
                continue
            self._known[state.name] = word
            found = [f for f in findings(state) if f.code != "good"]
            what = to_do(found[0].code, found[0].values) if found else f"{state.n_messages} messages"
            clock = time.strftime("%H:%M:%S", time.gmtime(t_s))
            show.console.print(f"{clock}Z {word:<8} {state.name}: {what}", markup=False, soft_wrap=True)
