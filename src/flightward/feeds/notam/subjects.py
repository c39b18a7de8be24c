"""What a NOTAM's code says of the air: is it an area to keep out of, and of what kind.

Source: ICAO Doc 8126, NOTAM code, second and third letters (subject), fourth and fifth (condition).
"""

from __future__ import annotations

import re

from flightward.feeds.notam.qline import QLine
from flightward.model import ZoneKind

_OVER = {"CN", "CC", "CD", "AW"}
"""Cancelled, completed, deactivated, completely withdrawn."""
_RESTORED = {"AK", "AL", "AO"}
"""Normal operation again, operative, operational: of a signal the end of its trouble, of an area its activity."""
_CLOSED = {"LC", "LP", "LI", "LV", "LN"}
"""Closed; prohibited to; closed to IFR, to VFR, by night."""
_GNSS = {"GA", "GW"}
_CHECKLIST = "KK"
_BY_TEXT = {"XX", "LT", "TT", "AU"}
"""Plain language, limited, trigger, not available: only the text says what it is."""
_DANGER = (
    r"FIRING|MISSILE\w*|ROCKET\w*|UAS|UAV|DRONE\w*|JAMMING|GNSS|GPS|WAR|CONFLICT|HAZARD\w*|EXPLOSI\w*|SHELLING|"
    r"AVOID\w*|DANGER\w*|PROHIBIT\w*|INVASION|HOSTIL\w*|ANTI-?AIRCRAFT"
)
_NARROW = re.compile(rf"\b(?:{_DANGER})\b")
_HAZARD = re.compile(rf"\b(?:{_DANGER}|AIRSPACE|AREA|RESTRICT\w*|CLOSED|CLSD|MIL)\b")
_SHUT = re.compile(r"\b(?:CLSD|CLOSED|CLOSURE|PROHIBITED|FORBIDDEN|BANNED|NOT\s+(?:ALLOWED|PERMITTED))\b")
_AIR = re.compile(
    r"\b(?:AIRSPACES?|U?FIRS?|UIRS?|[TC]MA|CT[AR]|AWY|AIRWAYS?|AREAS?|SECTORS?|FLYING|FLTS?|FLIGHTS?|OVERFLIGHTS?)\b"
)
_GROUND = re.compile(
    r"\b(?:AD|AP|ARPT|AIRPORT|AERODROME|RWY|RUNWAY|TWY|APRON|TWR|TOWER|ATS|APP|ATC|OFFICE|STN|STATION)\s+"
    r"(?:IS\s+|ARE\s+)?(?:CLSD|CLOSED)\b"
)
_WHOSE = re.compile(r"\b(?:REGISTERED|OPERATORS?|CARRIERS?|AIRLINES?)\b")
_SENTENCE = re.compile(r"(?<!\d)\.|\.(?!\d)|;|\n\s*\n")
_EXCEPT = re.compile(r"\bEXC(?:EPT\w*|L\w*)?\b")


def area_kind(q: QLine, text: str, has_shape: bool) -> ZoneKind | None:
    """CLOSED for restrictions of the air, ALERT for warnings; None for what is no area (lights, cranes, runways).

    Restrictions are all of QR.. and closures of QA.., by code or by text; warnings all of QW.., GNSS, and plain
    language (QXX.., and QA.. with words of danger) with a shape, of scope W or with words of danger: what a code does
    not say may not be taken as harmless. A checklist of NOTAM in force is none.
    """
    if q.subject == _CHECKLIST:
        return None
    if q.condition in _OVER and q.subject[0] in "RWAXG":
        return None
    if q.subject in _GNSS and q.condition in _RESTORED:
        return None
    if q.subject[0] == "R":
        return ZoneKind.CLOSED
    if q.subject[0] == "A" and q.subject != "AP":
        return _of_airspace(q, text, has_shape)
    if q.subject[0] == "W" or q.subject in _GNSS:
        return ZoneKind.ALERT
    if q.subject == "XX":
        is_area = has_shape or "W" in q.scope or _HAZARD.search(text.upper()) is not None
        return ZoneKind.ALERT if is_area else None
    return None


def _of_airspace(q: QLine, text: str, has_shape: bool) -> ZoneKind | None:
    if q.condition in _CLOSED:
        return ZoneKind.CLOSED
    is_danger = q.condition in _BY_TEXT and (has_shape or _NARROW.search(text.upper()) is not None)
    return closed_by_text(text) or (ZoneKind.ALERT if is_danger else None)


def closed_by_text(text: str) -> ZoneKind | None:
    """CLOSED where a sentence of item E closes air, ALERT if only to one country's operators (that is often abroad)."""
    found = None
    for sentence in _SENTENCE.split(text.upper()):
        told = _GROUND.sub(" ", sentence)
        if _SHUT.search(told) and _AIR.search(told):
            if not _WHOSE.search(_EXCEPT.split(told, maxsplit=1)[0]):
                return ZoneKind.CLOSED
            found = ZoneKind.ALERT
    return found
