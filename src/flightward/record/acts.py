"""The log of what people did with warnings: append-only, checked before it is taken, written down before it counts."""

from __future__ import annotations

import dataclasses
import math
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np

from flightward.errors import BadInput, BadRecord
from flightward.model import Inbox, StepResult, WarningBatch
from flightward.model.acts import Act, ActKind
from flightward.wording import warning_id

MAX_ACTS = 20_000
MAX_WORDS, MAX_NOTE = 120, 500
"""Characters of a name or a way of telling, and of a note."""
_KINDS = {kind.word: kind for kind in ActKind}
_ID = re.compile(r"W?([1-9][0-9]{0,15})")


class ActLog:
    """Acts of one day, oldest first; `hear` the warnings of each second, `add` what people do. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._raised_s: dict[int, float] = {}
        self._acts: list[Act] = []
        self._keepers: list[Callable[[Act], None]] = []

    def keep_with(self, keeper: Callable[[Act], None]) -> None:
        """Call `keeper` with each act before it is taken: if it raises, the act was not done."""
        self._keepers.append(keeper)

    def write(self, inbox: Inbox | None, result: StepResult) -> None:
        """Hear one step: a log may stand among the sinks of a run."""
        self.hear(result.warnings)

    def close(self) -> None:
        """No more steps will come; acts may."""

    def hear(self, warnings: WarningBatch) -> None:
        """Know the warnings of one second."""
        if len(warnings):
            with self._lock:
                for number, raised_s in zip(warnings.warning.tolist(), warnings.raised_s.tolist(), strict=True):
                    self._raised_s.setdefault(number, raised_s)

    def add(
        self, *, t_s: float, warning: str | int, act: str, person: str, to_whom: str = "", how: str = "", note: str = ""
    ) -> Act:
        """Write down that `person` has done something with a warning ("W5" or 5).

        act     seen, told or read_back; told and read_back say to whom (or by whom) and how.
        Errors  BadInput: a warning that was never raised, nothing in a field that must be filled, too many words, a
                time before the warning, or no room left; BadRecord: it could not be written down. Nothing is kept then.
        """
        number, kind = _number(warning), _kind(act)
        done = Act(
            _time(t_s),
            number,
            kind,
            _words("person", person),
            _words("to_whom", to_whom),
            _words("how", how),
            _words("note", note, MAX_NOTE),
        )
        if not done.person:
            raise BadInput("must say who did it", key="person", value=person)
        if kind is not ActKind.SEEN:
            for key in ("to_whom", "how"):
                if not getattr(done, key):
                    raise BadInput(f"must not be empty for {kind.word}", key=key, value="")
        with self._lock:
            self._check(done)
            for keep in self._keepers:
                keep(done)
            self._acts.append(done)
        return done

    def load(self, acts: Iterable[Act]) -> None:
        """Take acts that are written down already, as a recording gives them."""
        with self._lock:
            self._acts += acts

    def all(self) -> list[Act]:
        """Every act so far, in the order in which they were taken."""
        with self._lock:
            return list(self._acts)

    def _check(self, done: Act) -> None:
        raised_s = self._raised_s.get(done.warning)
        if raised_s is None:
            raise BadInput("is no warning of this day so far", key="warning", value=warning_id(done.warning))
        if done.t_s < raised_s:
            raise BadInput(f"is before the warning was raised ({raised_s:.0f})", key="t_s", value=done.t_s)
        if len(self._acts) >= MAX_ACTS:
            raise BadInput(f"no more than {MAX_ACTS} acts are kept of a day", key="warning", value=done.warning)


def pack(act: Act, salt: bytes = b"") -> bytes:
    """An act as a recording holds it: JSON, so that any tool shows it; salted, so that its hash tells nobody's name."""
    return msgspec.json.encode({**dataclasses.asdict(act), "act": act.act.word, "salt": salt.hex()})


def unpack(data: bytes) -> Act:
    """The act of a recording. Errors: BadRecord."""
    try:
        values: dict[str, Any] = msgspec.json.decode(data)
        texts = {k: values[k] for k in ("person", "to_whom", "how", "note")}
        if not all(isinstance(v, str) for v in texts.values()) or not isinstance(values["warning"], int):
            raise TypeError("a field is not what it should be")
        return Act(t_s=float(values["t_s"]), warning=values["warning"], act=_KINDS[values["act"]], **texts)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"an act cannot be read: {error}") from error


def _number(warning: str | int) -> int:
    found = _ID.fullmatch(str(warning).strip()) if not isinstance(warning, bool) else None
    if found is None:
        raise BadInput("is not the id of a warning, such as W5", key="warning", value=warning)
    return int(found[1])


def _kind(act: str) -> ActKind:
    if act not in _KINDS:
        raise BadInput(f"must be one of {', '.join(_KINDS)}", key="act", value=act)
    return _KINDS[act]


def _time(t_s: float) -> float:
    if isinstance(t_s, bool) or not isinstance(t_s, (int, float, np.floating)) or not math.isfinite(t_s):
        raise BadInput("must be a time, POSIX seconds UTC", key="t_s", value=t_s)
    return float(t_s)


def _words(key: str, text: str, most: int = MAX_WORDS) -> str:
    """The text on one line, without control characters. Errors: BadInput if it is too long or no text."""
    if not isinstance(text, str):
        raise BadInput("must be text", key=key, value=text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > most:
        raise BadInput(f"is longer than {most} characters", key=key, value=line[:40])
    return line
