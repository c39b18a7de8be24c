"""Whom a published restriction leaves free: "EXC MEDEVAC AND STATE ACFT" -> categories.

An exemption opens an area, so it is taken only where it is plain: a word of exception, then words that name a whole
category, and in the same sentence no word but those of such lists. Any other may be a condition (AFT COOR WITH ATC, BLW
500FT, DAYTIME), a denial (SUSPENDED) or the next thought (MEDEVAC FLT SHALL AVOID): then nobody is free, and it is
noted. So it is for what names less than a category (police, SAR, MIL HOSP), and for a category that another sentence
names without leaving it free.
"""

from __future__ import annotations

import re

from flightward.model import Category

_OPENS = re.compile(
    r"(?:\bEXC(?:EPT(?:ING|ION|IONS)?|L(?:UDING)?)?\b|\bEXEMPT(?:ED|ION|IONS)?\b|\bNOT\s+APPL(?:Y|ICABLE|YING)\b|"
    r"\bWITH\s+THE\s+EXCEPTION\s+OF\b)"
)
_DENIES = re.compile(r"\b(?:NO|NOT|WITHOUT|NIL)\s+(?:ANY\s+)?(?:EXC\w*|EXEMPT\w*)|\bINCL(?:UDING|UDED)?\b")
_GEOMETRY = re.compile(r"\bEXC\w*\s+(?:(?:THE|THAT|THOSE|ANY)\s+)?(?:PARTS?|AREAS?|PORTIONS?|SECTORS?|BORDER)\b|"
                       r"\bEXCL\w*\b.{0,200}\b(?:PART|AREA|BORDER|PORTION)\b")  # fmt: skip
_LESS_WORDS = r"POLICE|SAR|S&R|SEARCH|RESCUE|FFR|FIRE\w*|MIL(?:ITARY)?|CUSTOMS|COAST\s*GUARD|BORDER|GUARD|HEADS?"
_LESS = re.compile(rf"\b(?:{_LESS_WORDS})\b")
_NOUN = r"(?:ACFT|AIRCRAFT|FLIGHTS?|FLTS?)"
_WORDS: dict[Category, re.Pattern[str]] = {
    category: re.compile(rf"(?P<less>\b(?:{_LESS_WORDS})\s+)?(?:{words})")
    for category, words in {
        Category.MEDICAL: r"\b(?:MEDEVAC|MED(?:ICAL)?[ -]EVAC\w*|HOSP|HEMS|AMBULANCE|AIR AMB|MEDICAL|HELIMED)\b",
        Category.HUMANITARIAN: r"\b(?:HUM|HUMANITARIAN)\b",
        # "STATE" alone only in a list: the state's border, its emergency service and its consent are none.
        Category.STATE: rf"\bSTATE\s+{_NOUN}\b(?!\s+OF\s+(?!UKRAINE\b))|\bSTS/STATE\b|"
        r"\bSTATE(?=\s*(?:[,/.)]|(?:AND|OR)\b|$))",
    }.items()
}
_LISTED = re.compile(
    r"MEDEVAC|MED(?:ICAL)?|EVAC\w*|HOSP|HEMS|AIR|AMB(?:ULANCE)?|HELIMED|HUM(?:ANITARIAN)?|STATE|STS|UKRAINE|ACFT|"
    r"AIRCRAFT|FLIGHTS?|FLTS?|HEL(?:ICOPTERS?)?|SERVICES?|EMERGENCY|FIGHTING|AND|OR|THE|ALL|ANY|FOR|TO|OF|FROM|IS|ARE|"
    r"ON|IN|WITH|STATUS|PERFORMING|CONDUCTING|ENGAGED|MISSIONS?|OPERATIONS?|OPS|TASKS?|DUTY|"
    rf"BE|WILL|THIS|RESTRICTIONS?|FLW|FOLLOWING|EXC(?:EPT(?:IONS?)?)?|EXEMPT(?:ED|IONS?)?|[A-Z0-9]|{_LESS_WORDS}"
)
"""The words of a list of who is free; single letters and digits number its points."""
_TOKEN = re.compile(r"[A-Z0-9&]+")
_SHUT = re.compile(r"\b(?:PROHIBITED|RESTRICTED|CLSD|CLOSED)\b")
_SENTENCE = re.compile(r"(?<!\d)\.(?!\d)|\n\s*\n")


def exemptions(text: str) -> tuple[tuple[Category, ...], tuple[str, ...]]:
    """The categories that item E leaves free, and notes: exempt_depends, exempt_part."""
    free: set[Category] = set()
    bound: set[Category] = set()
    notes: set[str] = set()
    for sentence in _SENTENCE.split(text.upper()):
        sentence = " ".join(sentence.split())
        opens = _OPENS.search(sentence)
        named = _named(sentence, opens) if opens else ""
        found = _categories(named)
        is_geometry = _GEOMETRY.search(sentence) is not None
        if _LESS.search(named) and not is_geometry:
            notes.add("exempt_part")
        if is_geometry or not _is_plain(named) or _DENIES.search(sentence):
            notes |= {"exempt_depends"} if found else set()
            found = set()
        free |= found
        bound |= _categories(sentence) - found
    if free & bound:
        notes.add("exempt_depends")
    return tuple(sorted(free - bound)), tuple(sorted(notes))


def _named(sentence: str, opens: re.Match[str]) -> str:
    """The part that names who is free: "EXC MEDEVAC" does after its word, "MEDEVAC FLT ARE EXEMPT" before it too."""
    if not opens.group().startswith("EXEMPT"):
        return sentence[opens.end() :]
    shut = [m.end() for m in _SHUT.finditer(sentence, 0, opens.start())]
    return sentence[shut[-1] if shut else 0 :]


def _categories(text: str) -> set[Category]:
    return {c for c, words in _WORDS.items() if any(m.group("less") is None for m in words.finditer(text))}


def _is_plain(text: str) -> bool:
    """Has it only words of a list."""
    return all(_LISTED.fullmatch(word) for word in _TOKEN.findall(text))
