"""Tracks re-estimated with all the data: from what each took (heard.py) to its path, second by second.

What is known only after the day is used from its beginning: the order of late reports, the class (and so the noise),
what the object's own reports are worth, the sensors' constant errors, and reports that do not fit their track.
docs/design/smoothing.md says what it gains.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels import smooth as kernels
from flightward.kernels.classify import NAMED_CALM, NAMED_NOISE
from flightward.kernels.smooth import ASKED, BEARING, POSITION, VELOCITY, Beliefs, Nodes
from flightward.model import F64, I64, NONE, f64, i64
from flightward.model.smooth import SmoothedBatch
from flightward.tracks.bearings import CALM, STAY_S
from flightward.tracks.heard import ABOVE, OWN, PLOT, SOUND, Heard, HeardRows
from flightward.tracks.tuning import TURN_RADPS, life_options

START_MPS, START_CLIMB_MPS, START_TURN_P = 120.0, 5.0, 0.1
"""1 sigma of any velocity before the first report is used."""
MISFIT_D2 = 25.0
"""A report 5 of its own sigmas off the smoothed path is somebody else's, or false."""
ROUNDS = 3
SHARED_S = 20.0
"""Another system's track carries its errors on for about this long: its reports are no news of their own sooner."""
BESIDE_S = 10.0
LOOK_BACK_S = 40.0
"""A climb shows in the sums of surprises this much after it began."""
GUESSED_ONCE = 100.0
CLIMB_NOISE, CALM_NOISE = 30.0, 2.0
"""Vertical noise, and level noise of straight flight, of what does not name itself, against the live filter's: over a
whole track what is held for minutes and what changes are one path, and the noise must allow both."""


@dataclasses.dataclass(frozen=True)
class Errors:
    """Constant errors of S sensors as thought at the end: by (S, 4) range m, azimuth, elevation rad, time s."""

    by: F64


def smooth(heard: Heard, errors: Errors, cfg: TracksConfig, *, is_flat: bool = False) -> SmoothedBatch:
    """Every confirmed track with all its reports, at each whole second between its first and last one.

    Tracks that took fewer than two positions (the other places of an identity) are left out.
    """
    rows = _last_corrections(heard.rows(), errors)
    rows = rows.take(np.flatnonzero(heard.track[rows.serial] != NONE))
    rows = rows.take(np.lexsort((-rows.kind, rows.t_s, heard.track[rows.serial])))
    ends = np.flatnonzero(np.diff(heard.track[rows.serial], append=NONE, prepend=NONE))
    parts = []
    for first, last in itertools.pairwise(ends):
        one = _one(rows.take(np.arange(first, last)), heard, cfg, is_flat=is_flat)
        if one is not None:
            parts.append(one)
    return _joined(parts)


def _last_corrections(rows: HeardRows, errors: Errors) -> HeardRows:
    """Plots as they are with the errors of their sensors as known at the end of the day."""
    radar = np.flatnonzero((rows.source == PLOT) & (rows.sensor >= 0))
    if not len(radar):
        return rows
    more = errors.by[rows.sensor[radar]] - rows.by[radar]
    place = radar[rows.kind[radar] == POSITION]
    z, t_s = rows.z.copy(), rows.t_s.copy()
    z[place] -= np.einsum("rij,rj->ri", rows.slope[place], more[rows.kind[radar] == POSITION][:, :3])
    t_s[radar] -= more[:, 3]
    return dataclasses.replace(rows, z=z, t_s=t_s)


def _one(rows: HeardRows, heard: Heard, cfg: TracksConfig, *, is_flat: bool) -> SmoothedBatch | None:
    """One track, or None where it took too little."""
    serial = int(rows.serial[-1])
    rows = _usable(_weighted(rows, heard.noise[serial]))
    for _ in range(ROUNDS):
        if (rows.kind == POSITION).sum() < 2 and not (rows.kind == BEARING).any():
            return None
        nodes, at = _nodes(rows, heard, serial, cfg, is_flat=is_flat)
        beliefs = _solve(nodes)
        misfit = np.empty(len(nodes.t_s))
        kernels.surprises(nodes, beliefs, misfit)
        bad = np.flatnonzero(misfit[at] > MISFIT_D2)
        if not len(bad) or len(bad) > 0.3 * (rows.kind == POSITION).sum():
            break
        same = np.isin(rows.t_s, rows.t_s[bad]) & np.isin(rows.source, rows.source[bad])
        rows = _usable(rows.take(np.flatnonzero(~same)))
    return _batch(nodes, beliefs, int(heard.track[serial]), rows)


def _usable(rows: HeardRows) -> HeardRows:
    """From the first position on. Of one moment a velocity stands first: it opens the interval before."""
    place = np.flatnonzero(rows.kind == POSITION)
    return rows.take(np.arange(place[0] if len(place) else len(rows.t_s), len(rows.t_s)))


def _weighted(rows: HeardRows, noise: F64) -> HeardRows:
    """Covariances as they count over a whole track: errors that rows share are not averaged away."""
    r = rows.r.copy()
    own = rows.source == OWN
    for kind, k in ((POSITION, 0), (VELOCITY, 2)):
        mine = own & (rows.kind == kind)
        fine = mine & (r[:, 0, 0] <= 200.0**2)
        r[fine, 0, 0] *= noise[k]
        r[fine, 1, 1] *= noise[k]
        r[mine & (r[:, 2, 2] <= 25.0**2), 2, 2] *= noise[k + 1]
    guessed = np.flatnonzero(rows.is_guess == 1)[1:]  # a belief counts once
    r[guessed, 2, :] *= GUESSED_ONCE
    r[guessed, :, 2] *= GUESSED_ONCE
    above = np.flatnonzero(rows.source == ABOVE)
    keep = np.ones(len(r), bool)
    if len(above):
        t = rows.t_s[above]
        own_t = np.sort(rows.t_s[(rows.source != ABOVE) & (rows.kind == POSITION)])
        if len(own_t):
            near = np.searchsorted(own_t, t - BESIDE_S) < np.searchsorted(own_t, t + BESIDE_S)
            keep[above[near]] = False
        dt = np.maximum(np.median(np.diff(t)) if len(t) > 1 else SHARED_S, 0.1)
        r[above] *= max(1.0, 2.0 * SHARED_S / dt)
    rows = dataclasses.replace(rows, r=r)
    return rows.take(np.flatnonzero(keep))


def _nodes(
    rows: HeardRows, heard: Heard, serial: int, cfg: TracksConfig, *, is_flat: bool
) -> tuple[Nodes, I64]:
    """The nodes of one track: its rows and the whole seconds between; where each row stands among them."""
    first, last = rows.t_s[0], rows.t_s[-1]
    asked = np.arange(np.ceil(first), np.floor(last) + 1.0)
    n, m = len(rows.t_s), len(asked)
    t_s = np.concatenate([rows.t_s, asked])
    order = np.lexsort((np.repeat([0, 1], [n, m]), t_s))
    at = np.empty(n + m, np.int64)
    at[order] = np.arange(n + m)
    kind = np.concatenate([rows.kind, np.full(m, ASKED, np.int8)])[order]
    pad = np.zeros((m, 3, 3))
    is_own = np.concatenate([rows.source == OWN, np.zeros(m, bool)])[order]
    noise = _densities(rows, heard, serial, cfg, t_s[order], at[:n])
    by_ear = float(np.mean(rows.source == SOUND)) > 0.5
    if by_ear:
        noise[:, 0, 0] *= CALM[0]
        noise[:, 1, 0] *= CALM[1]
    o = life_options(cfg)
    turn_p = START_TURN_P if cfg.motion_models > 1 else 0.0
    nodes = Nodes(
        t_s=f64(t_s[order] - first), kind=np.ascontiguousarray(kind),
        z=f64(np.concatenate([rows.z, pad[:, 0]])[order]), r=f64(np.concatenate([rows.r, pad])[order]),
        aux=f64(np.concatenate([rows.aux, pad[:, 0]])[order]), q=f64(noise), opens=is_own.astype(np.int8),
        start=f64([START_MPS, START_CLIMB_MPS, turn_p, TURN_RADPS**2]),
        stay_s=f64(STAY_S) if by_ear else o.stay_s, flat=int(is_flat),
    )  # fmt: skip
    return nodes, i64(at[:n])


def _densities(rows: HeardRows, heard: Heard, serial: int, cfg: TracksConfig, t_s: F64, at: I64) -> F64:
    """(N, 2, 2) acceleration densities at nodes t_s, as classify.py has them, by what the track turned out to be."""
    o = life_options(cfg)
    by_kind = heard.p_class[serial] @ o.q_kind
    is_named = bool(heard.is_named[serial])
    lift = np.zeros(len(t_s))
    lift[at] = rows.lift
    # a climb began before it showed: its noise is wanted from then on
    later = np.searchsorted(t_s, t_s + LOOK_BACK_S, side="right")
    lift = np.array([lift[a:b].max() for a, b in zip(range(len(t_s)), later, strict=True)])
    out = np.empty((len(t_s), 2, 2))
    for m in range(2):
        calm = 1.0 if m == 1 else NAMED_CALM if is_named else CALM_NOISE
        out[:, m, 0] = o.q_model[m, 0] * by_kind[0] * calm
        calm_v = o.q_model[m, 1] * by_kind[1]
        out[:, m, 1] = calm_v + NAMED_NOISE if is_named else CLIMB_NOISE * calm_v + lift
    return out


def _solve(nodes: Nodes) -> Beliefs:
    """What is thought at each node with all of them."""
    n = len(nodes.t_s)
    had, out = _beliefs(n), _beliefs(n)
    kernels.forward(nodes, had)
    kernels.backward(nodes, had, out)
    return out


def _beliefs(n: int) -> Beliefs:
    return Beliefs(np.empty((n, 2, 7)), np.empty((n, 2, 7, 7)), np.empty((n, 2)), np.empty((n, 3)))


def _batch(nodes: Nodes, beliefs: Beliefs, track: int, rows: HeardRows) -> SmoothedBatch:
    """The moments that were asked for."""
    at = np.flatnonzero(nodes.kind == ASKED)
    mean, cov = np.empty((len(at), 7)), np.empty((len(at), 7, 7))
    kernels.mixture(beliefs, at, mean, cov)
    t_s = np.rint(nodes.t_s[at] + rows.t_s[0])
    heard_s = rows.t_s
    after = np.clip(np.searchsorted(heard_s, t_s), 0, len(heard_s) - 1)
    before = np.clip(np.searchsorted(heard_s, t_s, side="right") - 1, 0, len(heard_s) - 1)
    m = mean.T
    return SmoothedBatch(
        t_s=f64(t_s), track=np.full(len(at), track, np.int64), e_m=f64(m[0]), n_m=f64(m[1]), u_m=f64(m[2]),
        ve_mps=f64(m[3]), vn_mps=f64(m[4]), vu_mps=f64(m[5]), cov=f64(cov[:, :6, :6]), p_turn=f64(beliefs.mu[at, 1]),
        turn_radps=f64(m[6]), gap_s=f64(heard_s[after] - heard_s[before]),
        n_reports=np.full(len(at), len(np.unique(rows.t_s)), np.int64),
    )  # fmt: skip


def _joined(parts: list[SmoothedBatch]) -> SmoothedBatch:
    if not parts:
        return SmoothedBatch.empty()
    names = [f.name for f in dataclasses.fields(SmoothedBatch)]
    return SmoothedBatch(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


__all__ = ["Errors", "smooth"]
