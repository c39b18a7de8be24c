"""Write docs/settings.md from the settings themselves; `--check` only says whether it is up to date."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from flightward.config import Config

TARGET = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

A case changes any of these in its `[thresholds]` table, by name (`caught_n = 2`) or, where a name stands in several
stages, with its stage (`threats.refresh_s = 5`). A setting that does not exist, or a value that is no number or not
within its bounds (`from` and `to`, both allowed), stops the start and is named. Every name ends in its unit.
This page is made by `tools/settings_doc.py`.

`seed` (default {seed}): all that is drawn in the forecast is counted from it.
"""


def page() -> str:
    """The page as it should be."""
    parts = [HEAD.format(seed=Config().seed)]
    for group in dataclasses.fields(Config):
        if group.name == "seed":
            continue
        value = getattr(Config(), group.name)
        parts.append(f"\n## {group.name}\n\n{type(value).__doc__}\n\n")
        parts.append("| setting | default | from | to | meaning |\n|---|---|---|---|---|\n")
        for field in dataclasses.fields(value):
            default = getattr(value, field.name)
            shown = ", ".join(f"{v:g}" for v in default) if isinstance(default, tuple) else f"{default:g}"
            low, high = (f"{field.metadata[bound]:.12g}" for bound in ("low", "high"))
            parts.append(f"| `{field.name}` | {shown} | {low} | {high} | {field.metadata['help']} |\n")
    return "".join(parts)


def main() -> int:
    if "--check" in sys.argv:
        return 0 if TARGET.exists() and TARGET.read_text() == page() else 1
    TARGET.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
