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
    except OSError as error:
        print(f"flightward: {_told(error)}", file=sys.stderr)
        sys.exit(2)


def _told(error: OSError) -> str:
    """What the machine did not let us do, in one line, and what to do about it."""
    what = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        return what
    if isinstance(error, FileExistsError | NotADirectoryError):
        what = "a file is there, where a folder is needed; name another"
    return f"{error.filename}: {what}"
