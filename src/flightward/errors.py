"""Every exception that Flightward raises on purpose.

    FlightwardError
      BadInput      the caller's fault: an argument, a case or a setting is wrong      (key, value, where)
      BadMessage    a feed's fault: bytes or a row that cannot be read                 (reason, raw)
      BadRecord     a file's fault: a recording is damaged or of an unknown version    (path, offset)
      Missing       something that must be installed or present is not                 (what, remedy)
"""

from __future__ import annotations


class FlightwardError(Exception):
    """The root: catch this to catch everything that Flightward raises on purpose."""


class BadInput(FlightwardError):
    """An argument, a case or a setting is wrong; says which key, which value and where."""

    def __init__(self, text: str, *, key: str = "", value: object = None, where: str = "") -> None:
        parts = [where, key]
        head = ": ".join(p for p in parts if p)
        shown = f" (got {value!r})" if value is not None else ""
        super().__init__(f"{head}: {text}{shown}" if head else f"{text}{shown}")
        self.key = key
        self.value = value
        self.where = where


class BadMessage(FlightwardError):
    """A feed sent something that cannot be read; `reason` is a short code that is counted."""

    def __init__(self, reason: str, raw: bytes = b"", detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.raw = raw


class BadRecord(FlightwardError):
    """A recording is damaged or not one of ours."""

    def __init__(self, text: str, *, path: str = "", offset: int = -1) -> None:
        at = f" at byte {offset}" if offset >= 0 else ""
        super().__init__(f"{path}{at}: {text}" if path else text + at)
        self.path = path
        self.offset = offset


class Missing(FlightwardError):
    """Something needed is not there; `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is missing. {remedy}")
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Missing], tuple[str, str]]:
        """Errors cross from one process to another: made again from their two parts."""
        return type(self), (self.what, self.remedy)
