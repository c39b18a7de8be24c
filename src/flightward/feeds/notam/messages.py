"""Text with NOTAM in it -> messages cut into their items.

    (A0123/25 NOTAMN                                         number; N new, R replaces, C cancels (then the other's)
    Q) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025             qualifiers
    A) UKBV B) 2501010600 C) 2501312000 EST                  place; from; to (UTC; EST estimated, PERM, none in NOTAMC)
    D) DAILY 0600-2000                                       schedule
    E) plain language
    F) SFC G) FL660)                                         limits

Source: ICAO Annex 15, 5.2.3 and PANS-AIM (Doc 10066), appendix 3; EUROCONTROL OPADD ed. 4.1, part 2.
Items come in this order, so that an "A)" within item E is text. Small letters are read as capitals, and a head may run
into the Q-line, or stand in mid-line. What looks like a further message within one is kept apart (`rest`).
"""

from __future__ import annotations

import dataclasses
import itertools
import re

_NUMBER = r"([A-Z]\s?\d{1,5}/\d{2})"
_END = r"(?=\s{0,9}Q\)|[^A-Z]|$)"
_PART = r"(?:\s{0,9}P(?:ART)?\s{0,9}\d{1,3}\s{0,9}(?:OF|/)\s{0,9}\d{1,3})?"
_HEAD = re.compile(rf"(?<![A-Z0-9])\(?\s{{0,3}}{_NUMBER}{_PART}"
                   rf"\s{{1,99}}NOTAM([NRC])(?:\s{{0,99}}{_NUMBER})?{_END}", re.IGNORECASE)  # fmt: skip
_HEADLESS = re.compile(
    r"^[ \t]{0,20}Q\)|(?<![A-Z0-9])Q\)(?=\s{0,9}[A-Z]{4}\s{0,9}/\s{0,9}Q[A-Z]{4})", re.MULTILINE | re.IGNORECASE
)
_FURTHER = re.compile(rf"\d/\d{{2}}\s{{0,9}}NOTAM[NRC]{_END}|(?<![A-Z0-9])Q\)", re.IGNORECASE)
_ITEM = {name: re.compile(rf"(?:^|(?<=\s)){name}\)\s*", re.IGNORECASE) for name in "QABCDE"}
_LIMITS = re.compile(
    r"(?:^|\s)F\)\s{0,9}(\S[^\n]{0,40}?)\s{1,9}G\)\s{0,9}(\S[^\n)]{0,40})", re.MULTILINE | re.IGNORECASE
)
_CREATED = re.compile(r"CREATED:\s*(\d{1,2} [A-Z]{3} \d{4} \d{2}:\d{2}(?::\d{2})?)", re.IGNORECASE)
MESSAGE_MAX = 100_000
"""Characters of one message; a longer one is no NOTAM."""


@dataclasses.dataclass(frozen=True)
class Notam:
    """One message, its items as text ("" not there); `row` is its place in the file.

    office   who issued it, where that is said.   rest   what looks like a further message within this one.
    """

    row: int
    number: str
    kind: str
    refers_to: str
    q: str
    a: str
    b: str
    c: str
    d: str
    e: str
    f: str
    g: str
    raw: str
    created: str = ""
    office: str = ""
    rest: str = ""

    @property
    def country(self) -> str:
        """The two letters of who issued it: by its office, else by its FIR, else by item A; "" unknown."""
        return (self.office or self.q.partition("/")[0].strip() or self.a.strip())[:2].upper()


def split(text: str) -> tuple[list[Notam], list[tuple[int, str]]]:
    """The messages of a text, and (row, text) of pieces that are none."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cuts = sorted({m.start() for m in _HEAD.finditer(text)} | _headless(text))
    found, others = [], []
    row = 0
    if text[: cuts[0] if cuts else len(text)].strip():
        others.append((row, text[: cuts[0] if cuts else len(text)].strip()))
        row += 1
    for begin, end in itertools.pairwise([*cuts, len(text)]):
        piece = text[begin:end]
        if len(piece) > MESSAGE_MAX:
            others.append((row, piece))
        else:
            found.append(_message(row, piece))
        row += 1
    return found, others


def _headless(text: str) -> set[int]:
    """Where a Q-line stands that follows no head: lists are often printed without it."""
    heads = [m.end() for m in _HEAD.finditer(text)]
    out = set()
    k = taken = 0
    for found in _HEADLESS.finditer(text):
        while k < len(heads) and heads[k] <= found.start():
            k += 1
        # The first Q-line after a head is that head's, unless its item E stands between.
        if k == taken or _ITEM["E"].search(text, heads[k - 1], found.start()):
            out.add(found.start())
        taken = k
    return out


def _message(row: int, piece: str) -> Notam:
    head = _HEAD.match(piece)
    number, kind, refers_to = ("".join((g or "").upper().split()) for g in head.groups()) if head else ("", "N", "")
    body = piece[head.end() :] if head else piece
    created = _CREATED.search(body)
    if created:
        body = body[: created.start()]
    body = body.rstrip()
    items = dict.fromkeys("QABCDEFG", "")
    at = _places(body)
    further = _FURTHER.search(body, at[0][2] if at else 0)
    rest = body[further.start() :] if further else ""
    for k, (name, _, begin) in enumerate(at):
        end = at[k + 1][1] if k + 1 < len(at) else len(body)
        items[name] = body[begin:end].strip()
    if "E" in {name for name, _, _ in at}:
        items["E"], items["F"], items["G"] = _limits(items["E"], rest)
    return Notam(
        row, number, kind, refers_to, items["Q"], items["A"], items["B"], items["C"], items["D"], items["E"],
        items["F"], items["G"], piece.strip(), created.group(1) if created else "", rest=rest,
    )  # fmt: skip


def _places(body: str) -> list[tuple[str, int, int]]:
    """(item, where its label begins, where its text begins), in the order in which they must come."""
    out: list[tuple[str, int, int]] = []
    at = 0
    e_label = _ITEM["E"].search(body)
    for name in "QABCDE":
        found = _ITEM[name].search(body, at)
        # Before item E only: an "A)" or "D)" of its text is no item.
        if found and (name == "E" or e_label is None or found.start() < e_label.start()):
            out.append((name, found.start(), found.end()))
            at = found.end()
    return out


def _limits(text: str, rest: str) -> tuple[str, str, str]:
    """Item E without its tail, and items F and G, which are not those of a further message in it."""
    limits = list(_LIMITS.finditer(text, 0, len(text) - len(rest)))
    f = g = ""
    if limits:
        last = limits[-1]
        f, g = last.group(1).strip(), last.group(2).strip()
        text = text[: last.start()]
    text = text.rstrip()
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].rstrip()
    return text, f, g
