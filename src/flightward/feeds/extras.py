"""Libraries that are extras: there or not."""

from __future__ import annotations

import importlib
from typing import Any


def optional(name: str) -> Any:
    """The module of that name, or None where its extra is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
