"""Text with NOTAM in it -> messages cut into their items.

    (A0123/25 NOTAMN                                         number; N new, R replaces, C cancels (then the other's)
    Q) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025             qualifiers
    A) UKBV B) 2501010600 C) 2501312000 EST                  place; from; to (UTC; EST estimated, PERM, none in NOTAMC)
    D) DAILY 0600-2000                                       schedule
    E) plain language
    F) SFC G) FL660)                                         limits

Source: ICAO Annex 15, 5.2.3 and PANS-AIM (Doc 10066), appendix 3; EUROCONTROL OPADD ed. 4.1, part 2.
Items come in this order, so that an "A)" within item E is text.
"""

from __future__ import annotations

import dataclasses
import itertools
import re

_HEAD = re.compile(r"(?<![A-Z0-9])\(?\s{0,3}([A-Z]\d{1,4}/\d{2})(?:\s+PART\s+\d+\s+OF\s+\d+)?\s+NOTAM([NRC])"
                   r"(?:\s+([A-Z]\d{1,4}/\d{2}))?(?![A-Z])")  # fmt: skip
_HEADLESS = re.compile(r"^[ \t]{0,20}Q\)", re.MULTILINE)
_ITEM = {name: re.compile(rf"(?:^|(?<=\s)){name}\)\s*") for name in "QABCDE"}
_LIMITS = re.compile(r"(?:^|\s)F\)\s{0,9}(\S[^\n]{0,40}?)\s{1,9}G\)\s{0,9}(\S[^\n)]{0,40})", re.MULTILINE)
_CREATED = re.compile(r"CREATED:\s*(\d{1,2} [A-Z][A-Za-z]{2} \d{4} \d{2}:\d{2}(?::\d{2})?)")
MESSAGE_MAX = 100_000
"""Characters of one message; a longer one is no NOTAM."""


@dataclasses.dataclass(frozen=True)
class Notam:
    """One message, its items as text ("" not there); `row` is its place in the file."""

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
        if k == taken or "E)" in text[heads[k - 1] : found.start()]:
            out.add(found.start())
        taken = k
    return out


def _message(row: int, piece: str) -> Notam:
    head = _HEAD.match(piece)
    number, kind, refers_to = (head.group(1), head.group(2), head.group(3) or "") if head else ("", "N", "")
    body = piece[head.end() :] if head else piece
    created = _CREATED.search(body)
    if created:
        body = body[: created.start()]
    items = dict.fromkeys("QABCDEFG", "")
    at = _places(body)
    for k, (name, _, begin) in enumerate(at):
        end = at[k + 1][1] if k + 1 < len(at) else len(body)
        items[name] = body[begin:end].strip()
    if "E" in {name for name, _, _ in at}:
        items["E"], items["F"], items["G"] = _limits(items["E"])
    return Notam(
        row, number, kind, refers_to, items["Q"], items["A"], items["B"], items["C"], items["D"], items["E"],
        items["F"], items["G"], piece.strip(), created.group(1) if created else "",
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


def _limits(text: str) -> tuple[str, str, str]:
    """Item E without its tail, and items F and G."""
    limits = list(_LIMITS.finditer(text))
    f = g = ""
    if limits:
        last = limits[-1]
        f, g = last.group(1).strip(), last.group(2).strip()
        text = text[: last.start()]
    text = text.rstrip()
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].rstrip()
    return text, f, g
