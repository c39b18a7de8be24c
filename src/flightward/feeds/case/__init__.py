"""A case: a folder with everything about one day (docs/case-format.md)."""

from __future__ import annotations

from flightward.feeds.case.read import Case, read_case, setup_of

__all__ = ["Case", "read_case", "setup_of"]
