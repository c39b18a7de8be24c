"""`python -m flightward.cli` is the command itself."""

from __future__ import annotations

from flightward.cli import main

main()
