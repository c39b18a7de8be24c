"""SIAP: completeness, ambiguity, spuriousness, accuracy and continuity of an air picture.

A track follows the object that is nearest to it (within a threshold) once it was nearest for `confirm` of the track's
times in a row, from the first of these times on, until something else was nearest `end` times in a row; it then
followed it up to the last time it was nearest. One track follows one object; an object may have many tracks.

The rule and the sums are those of Stone Soup 1.9.1 (TrackToTruth, SIAPMetrics), to the last detail, so that figures can
be compared: a candidate is remembered while the old object comes back for a moment; the count of failures falls only
with a success; the count of tracks that an object needs stops where one track's time ends just as another's is looked
for. tests/score/test_against_stone_soup.py compares the figures.
Source  Votruba et al., Single Integrated Air Picture (SIAP) Metrics Implementation, 2001.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.score.pairing import F64, I64

NONE = -1


@dataclasses.dataclass(frozen=True)
class Segments:
    """K stretches in which a track follows an object: track, object, first and last instant (all (K,), inclusive)."""

    track: I64
    thing: I64
    first: I64
    last: I64

    def __len__(self) -> int:
        return len(self.track)

    def spread(self) -> tuple[I64, I64]:
        """(segment, instant) of every instant of every segment."""
        n = self.last - self.first + 1
        seg = np.repeat(np.arange(len(self)), n)
        start = np.cumsum(n) - n
        return seg, np.arange(int(n.sum())) - start[seg] + self.first[seg]


def follow(track: I64, at: I64, thing: I64, confirm: int = 3, end: int = 2) -> Segments:
    """Which object each track follows, when.

    track, at (N,)   track number and instant of each row.     thing (N,)   the object nearest to it, NONE.
    """
    order = np.lexsort((at, track))
    found: list[tuple[int, int, int, int]] = []
    cuts = np.flatnonzero(np.diff(track[order])) + 1
    for rows in np.split(order, cuts) if len(order) else []:
        if (thing[rows] >= 0).any():
            for what, first, last in _one_track(at[rows].tolist(), thing[rows].tolist(), confirm, end):
                found.append((int(track[rows[0]]), what, first, last))
    columns = np.array(found, np.int64).reshape(-1, 4).T
    return Segments(*(c.copy() for c in columns))


def _one_track(at: list[int], thing: list[int], confirm: int, end: int) -> list[tuple[int, int, int]]:
    out = []
    held = wanted = NONE  # the object followed; the one that may be next
    n_wanted = n_failed = first = last = since = 0
    for t, near in zip(at, thing, strict=True):
        if held != NONE and near == held:
            n_failed, last = 0, t
            continue
        same = near != NONE and near == wanted
        n_wanted = n_wanted + 1 if same else (1 if near != NONE or held != NONE else 0)
        if not same:
            wanted, since = near, t
        if held == NONE:
            if near != NONE and n_wanted >= confirm:
                held, first, last = near, since, t
                wanted, n_wanted = NONE, 0
            continue
        n_failed += 1
        if n_failed >= end:
            out.append((held, first, last))
            held = NONE
            if wanted != NONE and n_wanted >= confirm:
                held, first, last = wanted, since, t
    if held != NONE:
        out.append((held, first, last))
    return out


@dataclasses.dataclass(frozen=True)
class Continuity:
    """Per object (O,): seconds followed by any track, of its longest track, of its life; the tracks it needed."""

    followed_s: F64
    longest_s: F64
    life_s: F64
    needed: I64


def continuity(s: Segments, times_s: F64, thing: I64, at: I64, n_things: int) -> Continuity:
    """How steadily each object was followed. thing, at (M,): object and instant of every row of the truth."""
    followed, longest, life = np.zeros(n_things), np.zeros(n_things), np.zeros(n_things)
    needed = np.zeros(n_things, np.int64)
    order = np.lexsort((at, thing))
    life_of = {int(thing[r[0]]): at[r] for r in np.split(order, np.flatnonzero(np.diff(thing[order])) + 1) if len(r)}
    own = np.argsort(s.thing, kind="stable")
    mine_of = {int(s.thing[r[0]]): r for r in np.split(own, np.flatnonzero(np.diff(s.thing[own])) + 1) if len(r)}
    for o, when in life_of.items():
        life[o] = times_s[when[-1]] - times_s[when[0]]
        if o not in mine_of:
            continue
        k = mine_of[o]
        covered = np.zeros(len(times_s) + 1, np.int64)  # steps of the instants, by how many segments span them
        np.add.at(covered, s.first[k], 1)
        np.add.at(covered, s.last[k], -1)
        reached = np.concatenate([[0.0], np.cumsum(np.diff(times_s) * (np.cumsum(covered)[: len(times_s) - 1] > 0))])
        followed[o] = reached[when[-1]] - reached[when[0]]
        by_track: dict[int, list[tuple[int, int]]] = {}
        for i in k.tolist():
            by_track.setdefault(int(s.track[i]), []).append((int(s.first[i]), int(s.last[i])))
        longest[o] = max(sum(times_s[b] - times_s[a] for a, b in spans) for spans in by_track.values())
        needed[o] = _needed(list(by_track.values()), when.tolist())
    return Continuity(followed, longest, life, needed)


def _needed(tracks: list[list[tuple[int, int]]], when: list[int]) -> int:
    """How many tracks an object needs, always taking the one whose last stretch ends last."""
    tracks = sorted(tracks, key=lambda spans: spans[-1][1], reverse=True)
    place = {t: i for i, t in enumerate(when)}
    n = i = 0
    while i < len(when):
        t = when[i]
        spans = next((spans for spans in tracks if any(a <= t <= b for a, b in spans)), None)
        if spans is None:
            i += 1
            continue
        ends = sorted({x for span in spans for x in span})
        is_start = t in ends and ends.index(t) % 2 == 0
        until = min(x for x in ends if x > t or (x == t and not is_start))
        n += 1
        if place.get(until, -1) <= i:
            break
        i = place[until] + 1
    return n
