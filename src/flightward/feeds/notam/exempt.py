"""Whom a published restriction leaves free: "EXC MEDEVAC AND STATE ACFT" -> categories.

An exemption opens an area, so it is taken only where it is plain: a word of exception, then words that name a whole
category, and in the same sentence no word that makes it depend on something (permission, coordination, "if"). What
names less than a category (police, SAR) or depends on something frees nobody, and is noted.
"""

from __future__ import annotations

import re

from flightward.model import Category

_OPENS = re.compile(
    r"(?:\bEXC(?:EPT(?:ING|ION|IONS)?|L(?:UDING)?)?\b|\bEXEMPT(?:ED|ION|IONS)?\b|\bNOT\s+APPL(?:Y|ICABLE|YING)\b|"
    r"\bWITH\s+THE\s+EXCEPTION\s+OF\b)"
)
_DENIES = re.compile(r"\b(?:NO|NOT|WITHOUT|NIL)\s+(?:ANY\s+)?(?:EXC\w*|EXEMPT\w*)|\bINCL(?:UDING|UDED)?\b")
_DEPENDS = re.compile(
    r"\b(?:PPR|PNR|PRIOR|PERMI\w*|APPROV\w*|COORD\w*|AUTHORI\w*|CLEAR\w*|CLR|SUBJ(?:ECT)?|UNLESS|IF|WHEN|WHERE|ONLY|"
    r"PROVID\w*|REQUEST\w*|REQ|O/R|AGREE\w*|NOTIF\w*|CTC|CONTACT\w*|ACCORDANCE|IAW|AFTER|ENGAGED|INVOLVED|"
    r"PARTICIPAT\w*|BTN|BETWEEN|ABOVE|BELOW|ABV|BLW|DURING)\b"
)
_WORDS: dict[Category, re.Pattern[str]] = {
    Category.MEDICAL: re.compile(
        r"\b(?:MEDEVAC|MED(?:ICAL)?[ -]EVAC\w*|HOSP|HEMS|AMBULANCE|AIR AMB|AIR AMBULANCE|MEDICAL|HELIMED)\b"
    ),
    Category.HUMANITARIAN: re.compile(r"\b(?:HUM|HUMANITARIAN)\b"),
    Category.STATE: re.compile(r"\b(?:STATE\s+(?:ACFT|AIRCRAFT|FLIGHTS?|FLT|FLTS)|STS/STATE|STATE)\b"),
}
_LESS = re.compile(r"\b(?:POLICE|SAR|S&R|SEARCH AND RESCUE|FFR|FIRE\w*|MIL(?:ITARY)?|CUSTOMS|COAST\s*GUARD|HEAD)\b")
_SENTENCE = re.compile(r"(?<!\d)\.(?!\d)|;|\n\s*\n")


def exemptions(text: str) -> tuple[tuple[Category, ...], tuple[str, ...]]:
    """The categories that item E leaves free, and notes: exempt_depends, exempt_part."""
    free: set[Category] = set()
    notes: set[str] = set()
    for sentence in _SENTENCE.split(text.upper()):
        sentence = " ".join(sentence.split())
        opens = _OPENS.search(sentence)
        if not opens:
            continue
        # "EXC MEDEVAC" names after its word, "MEDEVAC FLT ARE EXEMPT" before it.
        named = sentence if opens.group().startswith("EXEMPT") else sentence[opens.start() :]
        found = {c for c, words in _WORDS.items() if words.search(named)}
        if _LESS.search(named):
            notes.add("exempt_part")
        if not found:
            continue
        if _DEPENDS.search(named) or _DENIES.search(sentence):
            notes.add("exempt_depends")
            continue
        free |= found
    return tuple(sorted(free)), tuple(sorted(notes))
