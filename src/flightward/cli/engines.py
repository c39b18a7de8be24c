"""The option --engine, alike in every command that has many pieces of work."""

from __future__ import annotations

HELP = "Where the work runs: local, process[:N] or dask:ADDRESS (docs/engines.md)."
