"""The command line: one file per command; each parses arguments, calls the public API, prints, and sets the exit code.

Importing this module loads no stage: every command imports what it needs when it runs, so that help and errors
come in well under a second.
"""

from __future__ import annotations

import sys

from flightward.errors import FlightwardError


def main() -> None:
    """Entry point of the `flightward` command."""
    from flightward.cli.app import app

    try:
        app()
    except FlightwardError as error:
        print(f"flightward: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
