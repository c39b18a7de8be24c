"""`flightward replay RECORDING`: the same flow over what was recorded, also as an exercise for those who listen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flightward.record import Recording
    from flightward.record.comparing import Pair
    from flightward.record.outputs import Check


def replay(
    recording: Annotated[Path, typer.Argument(help="A recording (.mcap), also one that was cut short.")],
    out: Annotated[Path | None, typer.Option(help="Write the tables there.")] = None,
    begin: Annotated[str, typer.Option("--from", help="From then on: HH:MM:SS UTC, seconds after its start.")] = "",
    until: Annotated[str, typer.Option(help="Until then, in the same forms.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Compare every output with the recorded one.")] = False,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Another setting, as stage.name=value (docs/settings.md).")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Compare the warnings; --set does so too.")] = False,
    send: Annotated[list[str] | None, typer.Option(help="Send it there too (docs/sinks.md); may be repeated.")] = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="Needed to send: all is marked as an exercise.")] = False,
    speed: Annotated[float, typer.Option(help="Times real time; 0: as fast as it goes. With --send: 1.")] = 0.0,
) -> None:
    """Replay a recording through the same flow: the same version gives the same tables. Exit code 1: --check failed."""
    from flightward.cli import show
    from flightward.cli.checks import check_number
    from flightward.cli.sending import Sending
    from flightward.record import open_recording
    from flightward.run import replay as replay_recording

    check_number("--speed", speed)
    held = open_recording(recording)
    start_s = held.setup.start_s
    from_s, until_s = _time("--from", begin, start_s), _time("--until", until, start_s)
    _check_span(held, from_s, until_s)
    settings = dict(_setting(text) for text in changes or [])
    sending = Sending(send or [], exercise=exercise, speed=speed or (1.0 if send else 0.0))
    with show.progress(f"Replaying {recording.name}") as tell:
        done = replay_recording(
            recording, out, progress=tell, sinks_of=sending.sinks_of, changes=settings, check=check,
            compared=compare or bool(settings), from_s=from_s, until_s=until_s,
        )  # fmt: skip
    show.summary(done.summary)
    if done.comparison is not None:
        _show_comparison(done.comparison)
    if out is not None:
        show.written(out)
    if done.check is not None:
        _show_check(done.check)
        if not done.check.is_equal:
            raise typer.Exit(1)


def _check_span(held: Recording, from_s: float | None, until_s: float | None) -> None:
    """Errors: BadInput where no second of the recording lies in what --from and --until say."""
    from flightward.errors import BadInput

    if not len(held):
        return
    first_s, last_s = float(held.t_s[0]), float(held.t_s[-1])
    begin_s, end_s = first_s if from_s is None else from_s, last_s if until_s is None else until_s
    if begin_s > last_s or end_s < first_s or end_s < begin_s:
        span = f"{_clock(first_s)} to {_clock(last_s)} UTC ({last_s - first_s:.0f} s)"
        raise BadInput(f"leave nothing of the recording, which goes from {span}", key="--from and --until")


def _time(option: str, text: str, start_s: float) -> float | None:
    """The POSIX time of what --from or --until says. Errors: BadInput."""
    from flightward.cli.checks import check_number
    from flightward.errors import BadInput

    if not text:
        return None
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", text)
    if clock:
        of_day_s = 3600 * int(clock[1]) + 60 * int(clock[2]) + int(clock[3] or 0)
        at_s = start_s - start_s % 86_400.0 + of_day_s
        return at_s if at_s >= start_s else at_s + 86_400.0
    try:
        after_s = float(text)
    except ValueError:
        raise BadInput("is neither HH:MM:SS nor a number of seconds", key=option, value=text) from None
    check_number(option, after_s)
    return start_s + after_s


def _setting(text: str) -> tuple[str, Any]:
    """name=value; a list of numbers by commas. Errors: BadInput."""
    from flightward.errors import BadInput

    name, sign, value = text.partition("=")
    try:
        numbers = [float(v) for v in value.split(",")]
    except ValueError:
        numbers = []
    if not sign or not numbers:
        raise BadInput("must be stage.name=number", key="--set", value=text)
    return name.strip(), numbers if "," in value else numbers[0]


def _show_check(check: Check) -> None:
    from flightward.cli import show

    unsure = f"; {check.n_unsure} steps after gaps could not be compared" if check.n_unsure else ""
    if check.is_equal:
        show.console.print(f"Same outputs, bit for bit, in all {check.n_steps} steps{unsure}. SHA-256 {check.replayed}")
        return
    odd = ", ".join(f"{name} ({n} s)" for name, n in sorted(check.topics.items()))
    n_odd = check.n_steps - check.n_equal
    show.console.print(
        f"DIFFERENT in {n_odd} of {check.n_steps} steps, first at {check.first_s:.0f} s POSIX: {odd}{unsure}"
    )
    show.console.print(f"recorded {check.recorded}\nreplayed {check.replayed}")


def _show_comparison(pairs: list[Pair]) -> None:
    import rich.table

    from flightward.cli import show

    table = rich.table.Table("flight or site", "hazard", "then", "now", "verdict", title="Warnings, then and now")
    for p in pairs:
        one = p.then or p.now
        if one is None:
            continue
        cells = [f"{s.level} {_clock(s.raised_s)}" if s else "-" for s in (p.then, p.now)]
        by = f" by {abs(p.earlier_s):.0f} s" if p.verdict in ("earlier", "later") else ""
        table.add_row(one.flight_id or one.site_id, one.hazard_kind, *cells, p.verdict + by)
    counts = {v: sum(p.verdict == v for p in pairs) for v in ("earlier", "later", "same", "only then", "only now")}
    show.console.print(table)
    show.console.print("Of all warnings: " + ", ".join(f"{n} {v}" for v, n in counts.items() if n))


def _clock(t_s: float) -> str:
    import time

    return time.strftime("%H:%M:%S", time.gmtime(t_s))
