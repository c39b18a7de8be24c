"""What the classes of a detection say that it is: `kind_of`.

A class counts with its confidence: what it does not share out to its sub-classes stays with it, and they never have
more than it has. Its kind is said by its words and those of the classes around it (Air Vehicle > UAV > Fixed Wing is a
drone). What is not in the air is said by the outermost class that says where it is (Land Vehicle > Unmanned Ground
Vehicle stays on the ground), and only words that are known to mean a vehicle on the ground, a person, a vessel or an
animal say so: every other word may be a drone that its maker calls by another name.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

DEPTH_MAX = 8
TEXT_MAX = 100
GROUND_FROM = 0.5
"""A share up to this is not enough to say that something is not in the air."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = re.compile(r"[^a-z0-9]+")


def _words(text: str) -> str:
    """ "UAVs-FixedWing" as " uav fixed wing ", in the singular, to look for whole words in."""
    words = _APART.sub(" ", _CAMEL.sub(" ", text[:TEXT_MAX]).lower()).split()
    return f" {' '.join(w.removesuffix('s') if len(w) > 3 else w for w in words)} "


def _table(text: str) -> tuple[str, ...]:
    return tuple(_words(phrase) for phrase in text.split(","))


_KINDS = (
    ("drone", _table("uav, uas, suas, ucav, rpa, rpas, drone, fpv, quadcopter, quadrotor, hexacopter, octocopter, "
                     "multicopter, multirotor, multi rotor, loitering munition, shahed, geran")),
    ("bird", _table("bird")),
    ("drone", _table("unmanned, uncrewed")),
    ("helicopter", _table("rotary, helicopter, rotorcraft")),
    ("aircraft", _table("fixed wing, aircraft, aeroplane, airplane, airliner")),
)  # fmt: skip
"""Kind and the words for it, first match (BSI Flex 335 v2.0, annex C: Air Vehicle > UAV Fixed Wing, ...)."""
_BIRD, _UNMANNED = 1, 2
_AIR = _table("air, aerial, airborne, flying, missile, rocket, projectile, munition, bomb, balloon")
_ANIMAL = _table("animal, mammal, livestock, dog, horse, cow, sheep, deer, boar, fox")
_GROUND = _table(
    "human, person, people, personnel, pedestrian, crowd, soldier, infantry, cyclist, land, ground, car, truck, lorry, "
    "van, bus, tank, motorcycle, motorbike, bicycle, bike, train, wheel, wheeled, ugv, sea, maritime, vessel, ship, "
    "boat, submarine, usv, uuv"
)


class _Said(NamedTuple):
    """What the words of one class say: where it is ("air", "animal", "ground" or ""), and the row of _KINDS."""

    place: str
    row: int


def kind_of(classes: list[dict[str, Any]]) -> tuple[str, float]:
    """(word of Kind, chance) of the most likely class that is not on the ground; ("ground", p) for what does not fly.

    "unknown" for words that are not known; "" if there is no class.
    """
    best: dict[str, float] = {}
    for path, p in _shares(classes, 1.0, (), 0):
        word = _kind(path)
        best[word] = best.get(word, 0.0) + p
    if not best:
        return "", math.nan
    ground = best.pop("ground", 0.0)
    share = ground / max(ground + sum(best.values()), 1.0)
    if share > GROUND_FROM:
        return "ground", min(ground, 1.0)
    if not best:
        return "unknown", 1.0 - share
    word = max(best, key=lambda k: (best[k], k))
    return word, min(best[word], 1.0)


def _shares(
    classes: list[dict[str, Any]], within: float, path: tuple[_Said, ...], depth: int
) -> Iterator[tuple[tuple[_Said, ...], float]]:
    """(what is said from the outermost class on, chance) of every class, less what its sub-classes have of it."""
    chances = [one.get("confidence", math.nan) for one in classes]
    chances = [within if math.isnan(p) else min(max(p, 0.0), within) for p in chances]
    over = max(sum(chances) / within, 1.0) if path and within > 0.0 else 1.0
    for one, p in zip(classes, chances, strict=True):
        here = (*path, _said(str(one.get("type", ""))[:TEXT_MAX]))
        inner = one.get("sub_class", []) if depth < DEPTH_MAX else []
        rest = p / over
        for deeper, q in _shares(inner, p / over, here, depth + 1):
            rest -= q
            yield deeper, q
        if rest > 1e-9 or not inner:
            yield here, max(rest, 0.0)


@functools.lru_cache(maxsize=1024)
def _said(text: str) -> _Said:
    words = _words(text)
    row = next((k for k, (_, names) in enumerate(_KINDS) if _has(words, names)), len(_KINDS))
    if _has(words, _AIR) or row not in (_UNMANNED, len(_KINDS)):
        return _Said("air", row)
    return _Said("animal" if _has(words, _ANIMAL) else "ground" if _has(words, _GROUND) else "", row)


def _has(words: str, names: tuple[str, ...]) -> bool:
    return any(name in words for name in names)


def _kind(path: tuple[_Said, ...]) -> str:
    """The kind that a class within others says: a word of Kind, or "ground"."""
    place = next((said.place for said in path if said.place), "")
    row = min(said.row for said in path)
    if place == "ground" or (place == "animal" and row != _BIRD):
        return "ground"
    return _KINDS[row][0] if row < len(_KINDS) else "unknown"
