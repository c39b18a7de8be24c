"""What the pages say of formats and reasons is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from flightward.feeds.formats import FORMATS, PLAN_FORMATS, ZONE_FORMATS

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = Path(__file__).parents[2] / "src/flightward/feeds"


def test_every_format_is_documented() -> None:
    text = (DOCS / "feeds.md").read_text(encoding="utf-8")
    assert [name for name in {**FORMATS, **ZONE_FORMATS, **PLAN_FORMATS} if f"`{name}`" not in text] == []


def test_every_reason_is_documented() -> None:
    text = (DOCS / "feeds.md").read_text(encoding="utf-8")
    code = "\n".join(p.read_text(encoding="utf-8") for p in sorted(SOURCE.rglob("*.py")) if p.name != "write.py")
    reasons = set(re.findall(r'(?:add_one|repaired|aside)\((?:(?:self\.)?rejects, )?"(\w+)"', code))
    reasons |= set(re.findall(r'^        \("(\w+)", ', code, re.MULTILINE))
    reasons |= set(re.findall(r'(?:BadShape\(|notes\.add\(\s*|cannot_read\(.*, )"(\w+)"[,)]', code))
    assert len(reasons) > 70
    assert sorted(r for r in reasons if f"`{r}`" not in text) == []
