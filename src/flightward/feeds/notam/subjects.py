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
_HAZARD = re.compile(
    r"\b(?:AIRSPACE|AREA|PROHIBIT\w*|RESTRICT\w*|DANGER\w*|CLOSED|CLSD|FIRING|MISSILE\w*|ROCKET\w*|UAS|UAV|DRONE\w*|"
    r"JAMMING|GNSS|GPS|MIL|WAR|CONFLICT|HAZARD\w*|EXPLOSI\w*|SHELLING|AVOID\w*)\b"
)


def area_kind(q: QLine, text: str, has_shape: bool) -> ZoneKind | None:
    """CLOSED for restrictions of the air, ALERT for warnings; None for what is no area (lights, cranes, runways).

    Restrictions are all of QR.. and closures of QA..; warnings all of QW.., GNSS, and plain language (QXX..) with a
    shape, of scope W or with words of danger: what a code does not say may not be taken as harmless.
    """
    if q.condition in _OVER and q.subject[0] in "RWAXG":
        return None
    if q.subject in _GNSS and q.condition in _RESTORED:
        return None
    if q.subject[0] == "R":
        return ZoneKind.CLOSED
    if q.subject[0] == "A" and q.subject != "AP":
        return ZoneKind.CLOSED if q.condition in _CLOSED else None
    if q.subject[0] == "W" or q.subject in _GNSS:
        return ZoneKind.ALERT
    if q.subject in ("XX", "KK"):
        is_area = has_shape or "W" in q.scope or _HAZARD.search(text.upper()) is not None
        return ZoneKind.ALERT if is_area else None
    return None
