"""The words of the review's page, in every language: `say(key, lang, ...)`."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Language, Text
from flightward.wording.page.answers import ANSWERS
from flightward.wording.page.compare import COMPARE
from flightward.wording.page.events import EVENTS
from flightward.wording.page.extra import EXTRA
from flightward.wording.page.figures import FIGURES
from flightward.wording.page.knew import KNEW
from flightward.wording.page.labels import LABELS
from flightward.wording.page.methods import METHODS

TABLES: Mapping[str, Mapping[str, Text]] = {
    "answers": ANSWERS, "events": EVENTS, "labels": LABELS, "figures": FIGURES, "knew": KNEW, "methods": METHODS,
    "extra": EXTRA, "compare": COMPARE,
}  # fmt: skip

_ALL: dict[str, Text] = {key: row for table in TABLES.values() for key, row in table.items()}


def say(key: str, lang: Language = "en", **fields: str | int) -> str:
    """The words of a key with its fields filled in. A key that is in no table is a mistake of the page: KeyError."""
    return _ALL[key][lang].format(**fields)


def knows(key: str) -> bool:
    """Whether there are words for a key."""
    return key in _ALL
