"""Tracks beside the truth at a row of instants, and the figures of that: GOSPA, OSPA, SIAP, NEES, existence."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import chi2

from flightward.score.pairing import F64, I64, Pairs, best, gospa_parts, near_pairs, nearest, ospa_m
from flightward.score.siap import Continuity, Segments, continuity, follow

BOOL = NDArray[np.bool_]
ASIDE_REACH_M = 1_000.0
REACH_LEAST_M, REACH_MOST_M, REACH_SIGMAS = 200.0, 2_000.0, 5.0
EXISTS_EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0 + 1e-9)
ELLIPSOIDS = (0.5, 0.9, 0.95)


@dataclass(frozen=True)
class Things:
    """N rows of tracks or of objects: instant (N,), number of the track or object (N,), place (N, 3), velocity (N, 3).

    Heights may be NaN (they count in two dimensions only), velocities too.
    """

    at: I64
    code: I64
    place_m: F64
    v_mps: F64

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Scene:
    """Tracks and truth at T instants.

    times_s (T,)      the instants.
    cov_m2 (N, 3, 3)  of the tracks' places, NaN unknown.      p_exists (N,)
    kinds (O,)        the kind of each object by its number.
    aside (M,)        rows of the truth that no figure asks for (birds, what stands on the ground): a track of one of
                      them is neither right nor false.
    """

    times_s: F64
    tracks: Things
    truth: Things
    cov_m2: F64
    p_exists: F64
    kinds: NDArray[np.object_]
    aside: BOOL
    p_shown: float = 0.5

    @cached_property
    def shown(self) -> I64:
        """Rows of the tracks that are shown."""
        return np.flatnonzero(self.p_exists >= self.p_shown)

    @cached_property
    def asked(self) -> I64:
        """Rows of the truth that count."""
        return np.flatnonzero(~self.aside)

    @cached_property
    def beside(self) -> BOOL:
        """(N,) whether a track's row lies by something that no figure asks for."""
        out = np.zeros(len(self.tracks), bool)
        if self.aside.any() and len(out):
            far = 4.0 * ASIDE_REACH_M
            a, b = self.tracks, self.truth
            tree = cKDTree(np.column_stack([b.place_m[:, :2], b.at * far])[self.aside])
            out = tree.query(np.column_stack([a.place_m[:, :2], a.at * far]), distance_upper_bound=ASIDE_REACH_M)[0] < (
                ASIDE_REACH_M
            )
        return np.asarray(out)

    def near(self, rows: I64, truth_rows: I64, dims: int, cutoff_m: float) -> tuple[Pairs, I64, I64]:
        """Near pairs (as rows of tracks and of truth) and the usable rows of each."""
        a, b = self.tracks, self.truth
        rows = rows[np.isfinite(a.place_m[rows, :dims]).all(axis=1)]
        truth_rows = truth_rows[np.isfinite(b.place_m[truth_rows, :dims]).all(axis=1)]
        p = near_pairs(
            a.at[rows], a.place_m[rows][:, :dims], b.at[truth_rows], b.place_m[truth_rows][:, :dims], cutoff_m
        )
        return Pairs(rows[p.a], truth_rows[p.b], p.d_m), rows, truth_rows

    def _counts(self, rows: I64, truth_rows: I64, chosen: Pairs) -> tuple[I64, I64]:
        """(T,) objects and tracks at each instant, without tracks that are left over beside something set aside."""
        n = len(self.times_s)
        left = np.zeros(len(self.tracks), bool)
        left[rows] = True
        left[chosen.a] = False
        tracks = np.bincount(self.tracks.at[rows], minlength=n) - np.bincount(
            self.tracks.at[left & self.beside], minlength=n
        )
        return np.bincount(self.truth.at[truth_rows], minlength=n), tracks

    def gospa(self, dims: int, cutoff_m: float) -> F64:
        """(T, 3) squared parts of GOSPA (p = 2, alpha = 2): localisation, missed, false."""
        near, rows, truth_rows = self.near(self.shown, self.asked, dims, cutoff_m)
        chosen = best(near, cutoff_m)
        n_truth, n_tracks = self._counts(rows, truth_rows, chosen)
        return gospa_parts(n_truth, n_tracks, self.tracks.at[chosen.a], chosen.d_m, cutoff_m)

    def ospa(self, dims: int, cutoff_m: float, pair_power: float = 2.0) -> F64:
        """(T,) OSPA (p = 2). pair_power 1 pairs by the sum of distances, as Stone Soup does: never less."""
        near, rows, truth_rows = self.near(self.shown, self.asked, dims, cutoff_m)
        chosen = best(near, cutoff_m, pair_power)
        n_truth, n_tracks = self._counts(rows, truth_rows, chosen)
        return ospa_m(n_truth, n_tracks, self.tracks.at[chosen.a], chosen.d_m, cutoff_m)

    def siap(self, dims: int, threshold_m: float, confirm: int = 3, end: int = 2) -> dict[str, Any]:
        """The SIAP figures (module siap)."""
        near, rows, _ = self.near(self.shown, np.arange(len(self.truth)), dims, threshold_m)
        row_of = nearest(near, len(self.tracks))
        thing = np.where(row_of >= 0, self.truth.code[row_of], -1)
        segments = follow(self.tracks.code[rows], self.tracks.at[rows], thing[rows], confirm, end)
        return self._siap_figures(dims, rows, segments)

    def _siap_figures(self, dims: int, rows: I64, segments: Segments) -> dict[str, Any]:
        size = len(self.times_s)
        seg, at = segments.spread()
        aside = self.truth.code[self.aside] * size + self.truth.at[self.aside]
        mine = ~np.isin(segments.thing[seg] * size + at, aside)
        on_thing = np.unique(segments.thing[seg][mine] * size + at[mine])
        on_track = np.unique(segments.track[seg][mine] * size + at[mine])
        there = np.zeros(len(self.tracks), bool)
        there[rows] = True
        key = self.tracks.code * size + self.tracks.at
        busy = np.isin(key, on_track)
        other = np.isin(key, segments.track[seg][~mine] * size + at[~mine])
        n = int((there & (busy | ~(other | self.beside))).sum())
        asked = self.asked
        n_truth, n_found, n_followed = len(asked), len(on_thing), len(on_track)
        errors = self._errors(dims, segments, seg[mine], at[mine])
        o = self.truth.code[asked]
        held = continuity(segments, self.times_s, o, self.truth.at[asked], len(self.kinds))
        found_of = np.bincount(on_thing // size, minlength=len(self.kinds))
        truth_of = np.bincount(o, minlength=len(self.kinds))
        return {
            "completeness": n_found / n_truth if n_truth else None,
            "ambiguity": n_followed / n_found if n_found else None,
            "spuriousness": (n - n_followed) / n if n else None,
            "position_m": errors[0] / n_followed if n_followed else None,
            "velocity_mps": errors[1] / n_followed if n_followed and np.isfinite(errors[1]) else None,
            **_held(held),
            "completeness_by_kind": {
                str(k): float(found_of[self.kinds == k].sum() / truth_of[self.kinds == k].sum())
                for k in sorted({str(x) for x in self.kinds[truth_of > 0]})
            },
        }

    def _errors(self, dims: int, segments: Segments, seg: I64, at: I64) -> tuple[float, float]:
        """Sums of the errors of place and velocity over all that is followed."""
        size = len(self.times_s)
        a = _rows_of(self.tracks, size, segments.track[seg], at)
        b = _rows_of(self.truth, size, segments.thing[seg], at)
        both = (a >= 0) & (b >= 0)
        a, b = a[both], b[both]
        d = self.tracks.place_m[a, :dims] - self.truth.place_m[b, :dims]
        v = self.tracks.v_mps[a, :dims] - self.truth.v_mps[b, :dims]
        return float(np.sqrt((d**2).sum(axis=1)).sum()), float(np.sqrt((v**2).sum(axis=1)).sum())

    @cached_property
    def owned(self) -> Pairs:
        """Each track with its object, one to one at each instant, for what is asked of single tracks.

        An object may be as far off as five of the track's own sigmas (at least 200 m, at most 2 km), so that large
        errors count where large errors were said to be possible. Heights count, so that of two that cross above each
        other each has its own; not where some are unknown.
        """
        known = bool(np.isfinite(self.tracks.place_m).all() and np.isfinite(self.truth.place_m).all())
        dims = 3 if known and np.isfinite(self.cov_m2).all() else 2
        near = self.near(np.arange(len(self.tracks)), np.arange(len(self.truth)), dims, REACH_MOST_M)[0]
        top = np.linalg.eigvalsh(np.nan_to_num(self.cov_m2[:, :dims, :dims]))[:, -1]
        reach = np.clip(REACH_SIGMAS * np.sqrt(np.maximum(top, 0.0)), REACH_LEAST_M, REACH_MOST_M)
        return best(near.take(near.d_m < reach[near.a]), REACH_MOST_M)

    def nees(self) -> dict[str, dict[str, Any]]:
        """Position NEES by the object's kind, of shown tracks: mean over three dimensions and over the level two (each
        divided by its number, 1 is honest), share inside the 50, 90 and 95 % ellipsoids, rows."""
        p = self.owned.take(self.p_exists[self.owned.a] >= self.p_shown)
        e = self.tracks.place_m[p.a] - self.truth.place_m[p.b]
        cov = self.cov_m2[p.a]
        good = np.isfinite(e).all(axis=1) & np.isfinite(cov).all(axis=(1, 2))
        kind = np.array([str(k) for k in self.kinds], dtype=object)[self.truth.code[p.b]]
        out = {}
        for k in sorted(set(kind[good].tolist())):
            m = good & (kind == k)
            three = np.einsum("ni,ni->n", e[m], np.linalg.solve(cov[m], e[m][:, :, None])[:, :, 0])
            two = np.einsum("ni,ni->n", e[m][:, :2], np.linalg.solve(cov[m][:, :2, :2], e[m][:, :2, None])[:, :, 0])
            out[k] = {
                "mean_3d": float(three.mean() / 3.0),
                "mean_2d": float(two.mean() / 2.0),
                "inside_3d": {str(q): float((three <= chi2.ppf(q, 3)).mean()) for q in ELLIPSOIDS},
                "inside_2d": {str(q): float((two <= chi2.ppf(q, 2)).mean()) for q in ELLIPSOIDS},
                "rows": int(m.sum()),
            }
        return out

    def existence(self) -> list[dict[str, float]]:
        """Reliability of p_exists over all rows: in each bin the mean said, the share with an own object, rows."""
        is_real = np.zeros(len(self.tracks), bool)
        is_real[self.owned.a] = True
        out = []
        for low, high in itertools.pairwise(EXISTS_EDGES):
            m = (self.p_exists >= low) & (self.p_exists < high)
            if m.any():
                said, real = float(self.p_exists[m].mean()), float(is_real[m].mean())
                out.append({"from": low, "said": said, "real": real, "n": int(m.sum())})
        return out


def _rows_of(things: Things, size: int, code: I64, at: I64) -> I64:
    """The row of a number at an instant, -1 where it has none."""
    if not len(things):
        return np.full(len(code), -1, np.int64)
    key = things.code * size + things.at
    order = np.argsort(key)
    want = code * size + at
    i = np.minimum(np.searchsorted(key[order], want), len(key) - 1)
    return np.where(key[order[i]] == want, order[i], -1)


def _held(c: Continuity) -> dict[str, Any]:
    changes = int((c.needed[c.needed > 0] - 1).sum())
    followed, life = float(c.followed_s.sum()), float(c.life_s.sum())
    return {
        "track_number_changes": changes,
        "track_number_changes_per_s": changes / followed if followed else None,
        "longest_segment": float(c.longest_s.sum()) / life if life else None,
    }
