"""What the type of a CoT atom says: a-AFFILIATION-DIMENSION-FUNCTION..., and the type of what Flightward knows.

affiliation   f friend, a assumed friend, n neutral, h hostile, j joker and k faker (friends who play hostile),
              s suspect, u unknown, p pending, o none, x other
dimension     A air, P space, G ground, S sea surface, U below it, F special forces
function      of air (MIL-STD-2525B, appendix A): M military, C civil; then F fixed wing, H rotary wing,
              L lighter than air; Q, wherever it stands, unmanned; W weapon in flight

Source: MITRE CoT type list (CoTtypes.xml), which takes functions from MIL-STD-2525B, table A-III.
"""

from __future__ import annotations

from flightward.model import NONE, Kind

_AFFILIATION = {"h": 1, "f": 0, "a": 0, "n": 0, "j": 0, "k": 0}


def is_atom(kind: str) -> bool:
    """Is it a thing at a place, not a shape, task or message."""
    return kind.startswith("a-")


def is_air(kind: str) -> bool:
    """Is it an atom in the air."""
    parts = kind.split("-")
    return len(parts) >= 3 and parts[0] == "a" and parts[2] == "A"


def hostile_of(kind: str) -> int:
    """1 declared hostile, 0 declared not, NONE neither."""
    parts = kind.split("-")
    return _AFFILIATION.get(parts[1], NONE) if len(parts) > 1 else NONE


def kind_of(kind: str) -> str:
    """The word of Kind of an atom in the air; "" if its type does not say."""
    function = kind.split("-")[3:]
    if not function:
        return ""
    if "Q" in function or "q" in function:
        return Kind.DRONE.word
    if function[0] == "W":
        return Kind.UNKNOWN.word
    place = function[1] if len(function) > 1 else ""
    return {"H": Kind.HELICOPTER.word, "F": Kind.AIRCRAFT.word, "L": Kind.UNKNOWN.word}.get(place, "")


_TYPE = {
    Kind.DRONE: "A-M-F-Q", Kind.AIRCRAFT: "A-C-F", Kind.HELICOPTER: "A-C-H", Kind.BIRD: "A", Kind.UNKNOWN: "A",
}  # fmt: skip


def type_of(kind: int, affiliation: str) -> str:
    """The type of a track: its most likely Kind and its affiliation letter. A bird has no type: it is unknown air."""
    return f"a-{affiliation}-{_TYPE.get(Kind(kind), 'A')}"
