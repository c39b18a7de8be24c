"""`flightward demo [DAY]`: a built-in day, on the console and in the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flightward.model import Inbox, Setup, StepResult
    from flightward.web import Frame, FrameEncoder

DEFAULT_DAY = "border-raid"


def demo(
    day: Annotated[str, typer.Argument(help="A built-in day; --list names them.")] = DEFAULT_DAY,
    list_them: Annotated[bool, typer.Option("--list", help="Name the built-in days.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="No console: to the end, then the summary.")] = False,
    speed: Annotated[float, typer.Option(help="Times faster than the day itself, 0.1 to 600.")] = 20.0,
    seed: Annotated[int | None, typer.Option(help="For a day that is simulated: another draw of it.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on loopback; 0: any free one.")] = 8765,
    out: Annotated[Path | None, typer.Option(help="Where the day and its recording go.")] = None,
) -> None:
    """Play a built-in day: the console in the browser, warnings in the terminal as they are raised."""
    from flightward.cli import show
    from flightward.cli.checks import check_number, check_seed
    from flightward.days import build_day, list_days
    from flightward.errors import BadInput

    if list_them:
        for known in list_days():
            show.console.print(f"{known.name:<20} {known.title}")
        return
    known_day = next((known for known in list_days() if known.name == day), None)
    if known_day is None:
        raise BadInput("is not a built-in day; flightward demo --list names them", key=day)
    check_seed(known_day, seed)
    check_number("--speed", speed)
    out = out or Path("flightward-out") / day
    with show.console.status(f"Making {day} ..."):
        case = build_day(day, out / "case", seed, again=True)
    if headless:
        _headless(day, case, out)
    else:
        _console(case, out, speed, port)


def _headless(day: str, folder: Path, out: Path) -> None:
    from flightward.cli import show
    from flightward.feeds.case import read_case
    from flightward.run import finish, start

    show.say_if_first()
    run = start(read_case(folder), out, tables=False)
    say = Speaker(run.case.setup)
    with show.progress(f"Running {day}") as tell:
        for n, (_, result) in enumerate(run.steps):
            say.step(result)
            tell(n + 1, run.n_seconds)
    show.summary(finish(run))
    show.written(out)


def _console(folder: Path, out: Path, speed: float, port: int) -> None:
    from flightward import __version__
    from flightward.cli import show
    from flightward.feeds.case import read_case
    from flightward.run import finish, start
    from flightward.warm import warm
    from flightward.web import FrameEncoder, Player, serve

    case = read_case(folder)
    setup = case.setup
    with show.progress("Warming up (compiling, the first time some minutes)") as tell:
        warm(tell)
    run = start(case, out, tables=False, with_cells=True)
    say = Speaker(setup)
    encoder = FrameEncoder(setup, "SIMULATED" if setup.is_simulated else "REPLAY", __version__)
    player = Player(
        frames(run.steps, encoder, say.step), setup.start_s, setup.end_s, time.monotonic, speed=speed
    )

    def ready(url: str) -> None:
        show.console.print(f"[bold]{_mark(setup) or 'REPLAY'}[/bold]  {setup.title}")
        show.console.print(f"Console: [bold]{url}[/bold]   (Ctrl-C ends; recording in {out / 'recording.mcap'})")

    serve(player, encoder.setup_message(), port=port, acts=run.acts, on_ready=ready)
    show.summary(finish(run))


def frames(
    steps: Iterator[tuple[Inbox, StepResult]], encoder: FrameEncoder, each: Callable[[StepResult], None]
) -> Iterator[Frame]:
    """What the console shows of each step; `each` is told of it first."""
    n_rejected = 0
    for inbox, result in steps:
        n_rejected += inbox.n_rejected
        each(result)
        yield encoder.frame(result, inbox.alerts, n_rejected)


def _mark(setup: Setup) -> str:
    from flightward.wording import day_label

    return day_label(setup)


class Speaker:
    """Prints each warning as it is raised, reaches a new level or is cleared: one line, marked as simulated."""

    def __init__(self, setup: Setup) -> None:
        from flightward.wording import Reasons

        self._setup = setup
        self._reasons = Reasons(setup, "en")
        self._shown: dict[int, int] = {}

    def step(self, result: StepResult) -> None:
        """Print what changed this second."""
        from flightward.model import Level
        from flightward.wording import flight_id, site_id, warning_id

        batch = result.warnings
        if len(batch) == 0:
            return
        for row, text in enumerate(self._reasons.warnings(batch)):
            number, level, change = int(batch.warning[row]), int(batch.level[row]), int(batch.change[row])
            if change == 2 and self._shown.get(number) == level:
                continue
            self._shown[number] = level
            who = flight_id(self._setup, int(batch.flight[row])) or site_id(self._setup, int(batch.site[row])) or "?"
            word = "CLEARED" if change == 3 else Level(level).word
            self._line(result.t_s, word, f"{warning_id(number)} {who}: {text}")

    def _line(self, t_s: float, word: str, text: str) -> None:
        from flightward.cli import show

        colour = {"WARNING": "bold red", "CAUTION": "yellow", "CLEARED": "green"}.get(word, "cyan")
        clock = time.strftime("%H:%M:%S", time.gmtime(t_s))
        mark = _mark(self._setup)
        show.console.print(f"{mark + ' ' if mark else ''}{clock}Z [{colour}]{word:<8}[/{colour}] {text}")
