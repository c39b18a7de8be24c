"""The tracks' columns: every array of the tracker's memory, C slots, S sensors, K motion models.

A slot is free, tentative or confirmed. All arrays are owned by one engine, written in place by kernels, and grow
by doubling; nothing is kept per track outside of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FREE, TENTATIVE, CONFIRMED = 0, 1, 2
N_MODELS = 2
N_KINDS = 5
N_DOUBTS = 5
DRONE, AIRCRAFT, HELICOPTER, BIRD, UNKNOWN = 0, 1, 2, 3, 4
NEVER_S = -1e18
"""A time before all times, where no time has been: keeps comparisons free of NaN."""

_F = NDArray[np.float64]
_I = NDArray[np.int64]
_B = NDArray[np.int8]


class TrackArrays(NamedTuple):
    """All columns of C slots."""

    state: _B  # (C,) FREE, TENTATIVE, CONFIRMED
    x: _F  # (C, K, 7) e, n, u m, ve, vn, vu m/s and turn rate rad/s of each model at t_s
    p: _F  # (C, K, 7, 7)
    mu: _F  # (C, K) probability of each model
    xm: _F  # (C, 6) the models' mixture
    pm: _F  # (C, 6, 6)
    t_s: _F  # (C,) time of the state
    q: _F  # (C, K, 2) acceleration spectral density m2/s3, horizontal and vertical
    lift: _F  # (C,) recent vertical surprises, each in sigmas, fading
    log_odds: _F  # (C,) of existence
    odds_s: _F  # (C,) time up to which death has been counted
    track: _I  # (C,) track number, given when confirmed; NONE before
    ident: _I  # (C,) cooperative identity or NONE
    hostile: _B  # (C,) declared 1, 0 or NONE
    n_reports: _I  # (C,)
    since_s: _F  # (C,) first report
    wait_s: _F  # (C,) how late what started it is used: above 0 for a track that bearings started
    heard_s: _F  # (C,) newest position report used
    voice_s: _F  # (C,) newest velocity-only row used
    hit_s: _F  # (C, S) newest report of each sensor
    look_s: _F  # (C, S) newest look of each sensor that was counted, hit or miss
    bits: _I  # (C, S) bit k: hit k scans before hit_s
    missed: _I  # (C, S) looks counted as missed since the newest hit
    lost: _F  # (C, S) log-odds taken away for them
    rcs: _F  # (C, 3) number, sum and sum of squares of ln(rcs / m2)
    noise: _F  # (C, 5) variance of own reports against what is stated: kernels.selfnoise; how many
    label: _F  # (C, 5) log-likelihood of each kind by the sensors' labels
    p_class: _F  # (C, 5)
    integ: _B  # (C,) Integrity of the identity's own positions
    reason: _B  # (C,) IntegrityReason
    bad_n: _I  # (C,) doubted reports in a row
    bad_s: _F  # (C,) when they began
    good_n: _I  # (C,) consistent reports in a row while not trusted
    good_s: _F  # (C,) when they began
    said: _F  # (C, 4) newest position the identity reported, believed or not: e, n, u, t
    still_s: _F  # (C,) since when that position has not changed
    true: _F  # (C, 7) newest trusted position: e, n, u, t, ve, vn, vu
    talk_s: _F  # (C,) newest row of any kind that the identity sent
    alias: _I  # (C,) identity of which this slot is another place (its own `ident` is then NONE), or NONE
    n_alias: _I  # (C,) other places of this slot's identity
    doubts: _B  # (C, 5) verdicts that do not come from the reports' own kinematics: kernels.doubts
    low_n: _I  # (C,) reports of collapsed quality in a row; negative: good ones in a row after such
    had_good: _B  # (C,) 1: it reported a good quality once
    ask_s: _F  # (C, S) newest look of each radar at the place that the identity reports
    unseen: _F  # (C,) log-odds against that place by looks that found nothing, since the newest that found something
    agree: _F  # (C, 7) where a radar last saw its track: e, n, u, t, ve, vn, vu
    serial: _I  # (C,) which birth of all made it, so that what points to a slot sees when it is another's
    up_s: _F  # (C,) newest report of another system's track of it


def make(capacity: int, n_sensors: int) -> TrackArrays:
    """Free slots."""
    c, s, k = capacity, n_sensors, N_MODELS
    shapes: dict[str, tuple[tuple[int, ...], str, float]] = {
        "state": ((c,), "i1", FREE), "x": ((c, k, 7), "f8", 0), "p": ((c, k, 7, 7), "f8", 0), "mu": ((c, k), "f8", 0),
        "xm": ((c, 6), "f8", 0), "pm": ((c, 6, 6), "f8", 0), "t_s": ((c,), "f8", 0), "q": ((c, k, 2), "f8", 0),
        "lift": ((c,), "f8", 0),
        "log_odds": ((c,), "f8", 0), "odds_s": ((c,), "f8", 0), "track": ((c,), "i8", -1), "ident": ((c,), "i8", -1),
        "hostile": ((c,), "i1", -1), "n_reports": ((c,), "i8", 0), "since_s": ((c,), "f8", 0),
        "wait_s": ((c,), "f8", 0),
        "heard_s": ((c,), "f8", NEVER_S), "voice_s": ((c,), "f8", NEVER_S), "hit_s": ((c, s), "f8", NEVER_S),
        "look_s": ((c, s), "f8", NEVER_S), "bits": ((c, s), "i8", 0), "missed": ((c, s), "i8", 0),
        "lost": ((c, s), "f8", 0), "rcs": ((c, 3), "f8", 0),
        "noise": ((c, 5), "f8", 1),
        "label": ((c, N_KINDS), "f8", 0), "p_class": ((c, N_KINDS), "f8", 0), "integ": ((c,), "i1", -1),
        "reason": ((c,), "i1", 0), "bad_n": ((c,), "i8", 0), "bad_s": ((c,), "f8", NEVER_S),
        "good_n": ((c,), "i8", 0), "good_s": ((c,), "f8", NEVER_S), "said": ((c, 4), "f8", NEVER_S),
        "talk_s": ((c,), "f8", NEVER_S), "alias": ((c,), "i8", -1), "n_alias": ((c,), "i8", 0),
        "doubts": ((c, N_DOUBTS), "i1", 0), "low_n": ((c,), "i8", 0), "had_good": ((c,), "i1", 0),
        "ask_s": ((c, s), "f8", NEVER_S), "unseen": ((c,), "f8", 0), "agree": ((c, 7), "f8", NEVER_S),
        "still_s": ((c,), "f8", NEVER_S), "true": ((c, 7), "f8", NEVER_S), "serial": ((c,), "i8", -1),
        "up_s": ((c,), "f8", NEVER_S),
    }  # fmt: skip
    return TrackArrays(**{n: np.full(shape, fill, dtype=d) for n, (shape, d, fill) in shapes.items()})


def blank(s: TrackArrays) -> None:
    """Set all columns of the free slots as `make` does."""
    free = s.state == FREE
    new = make(1, s.hit_s.shape[1])
    for name in TrackArrays._fields:
        getattr(s, name)[free] = getattr(new, name)[0]


def grown(old: TrackArrays, capacity: int) -> TrackArrays:
    """The same slots with room for `capacity`."""
    new = make(capacity, old.hit_s.shape[1])
    for name in TrackArrays._fields:
        getattr(new, name)[: len(old.state)] = getattr(old, name)
    return new
