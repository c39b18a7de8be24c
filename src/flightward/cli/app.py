"""The commands, by name. A command is listed once it works."""

from __future__ import annotations

import typer

from flightward.cli import demo, replay, review, run, score, simulate

app = typer.Typer(
    name="flightward",
    help="Keeps flights and sites out of the centre of a drone raid: before, during and after.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("replay")(replay.replay)
app.command("review")(review.review)
app.command("simulate")(simulate.simulate)
app.command("score")(score.score)
