"""Words that stand in integer columns: one table of strings, in order of first appearance."""

from __future__ import annotations

from collections.abc import Iterable

from flightward.model.batch import NONE


class Names:
    """Strings numbered in the order in which they first appear; the same input gives the same numbers."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self._index: dict[str, int] = {}
        for text in texts:
            self.intern(text)

    def intern(self, text: str | None) -> int:
        """The number of `text`, new if need be; NONE for None and the empty string."""
        if not text:
            return NONE
        found = self._index.get(text)
        if found is None:
            found = self._index[text] = len(self._texts)
            self._texts.append(text)
        return found

    def find(self, text: str) -> int:
        """The number of `text`, or NONE if it never appeared."""
        return self._index.get(text, NONE)

    def text(self, number: int) -> str | None:
        """The string of a number; None for NONE."""
        return None if number < 0 else self._texts[number]

    def since(self, count: int) -> list[str]:
        """The strings that were added after the first `count`."""
        return self._texts[count:]

    def __len__(self) -> int:
        return len(self._texts)
