"""Helpers beside the tests can be imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "feeds"))

# a parser has no deadline on a machine that is busy with other things; hangs are what the bounds are tested for
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
