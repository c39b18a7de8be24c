"""The commands, by name. A command is listed once it works."""

from __future__ import annotations

import typer

from flightward.cli import (
    demo,
    doctor,
    export,
    inspect,
    redact,
    replay,
    review,
    reviews,
    run,
    score,
    simulate,
    smooth,
    trials,
    verify,
    watch,
)

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
app.command("reviews")(reviews.reviews)
app.command("verify")(verify.verify)
app.command("redact")(redact.redact)
app.command("export")(export.export)
app.command("simulate")(simulate.simulate)
app.command("inspect")(inspect.inspect)
app.command("score")(score.score)
app.command("watch")(watch.watch)
app.command("doctor")(doctor.doctor)
app.command("smooth")(smooth.smooth)
app.command("trials")(trials.trials)
