"""Which track belongs to which object: near pairs at many instants at once, and the best one-to-one choice among them.

Instants are a further axis, spread so wide that rows of different instants are never near: one tree and one search
serve a whole day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """K pairs: row of a (K,), row of b (K,), their distance in metres (K,)."""

    a: I64
    b: I64
    d_m: F64

    def __len__(self) -> int:
        return len(self.d_m)

    def take(self, rows: NDArray[np.bool_] | I64) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.a[rows], self.b[rows], self.d_m[rows])


def near_pairs(a_at: I64, a: F64, b_at: I64, b: F64, cutoff_m: float) -> Pairs:
    """All pairs of one instant that are nearer than the cutoff.

    a (N, K), b (M, K)   places in metres, all finite.     a_at (N,), b_at (M,)   their instants, whole numbers.
    """
    if not len(a) or not len(b):
        none = np.zeros(0, np.int64)
        return Pairs(none, none, np.zeros(0))
    far = 4.0 * cutoff_m
    tree_a = cKDTree(np.column_stack([a, a_at * far]))
    tree_b = cKDTree(np.column_stack([b, b_at * far]))
    near = tree_a.sparse_distance_matrix(tree_b, cutoff_m, output_type="ndarray")
    i, j = near["i"].astype(np.int64), near["j"].astype(np.int64)
    d = np.sqrt(((a[i] - b[j]) ** 2).sum(axis=1))
    keep = d < cutoff_m
    return Pairs(i[keep], j[keep], d[keep])


def best(pairs: Pairs, cutoff_m: float, power: float = 2.0) -> Pairs:
    """The one-to-one choice that minimises the sum of d**power, where an end left alone costs half a cutoff**power.

    Solved exactly, one connected component of pairs at a time. Every given pair must be nearer than the cutoff.
    """
    if not len(pairs):
        return pairs
    n_a, n_b = int(pairs.a.max()) + 1, int(pairs.b.max()) + 1
    graph = coo_array((np.ones(len(pairs)), (pairs.a, n_a + pairs.b)), shape=(n_a + n_b, n_a + n_b))
    label = connected_components(graph, directed=False)[1][pairs.a]
    alone = np.bincount(label)[label] == 1
    chosen = [np.flatnonzero(alone)]
    rest = np.flatnonzero(~alone)
    rest = rest[np.argsort(label[rest], kind="stable")]
    for k in np.split(rest, np.flatnonzero(np.diff(label[rest])) + 1) if len(rest) else []:
        rows, ri = np.unique(pairs.a[k], return_inverse=True)
        cols, cj = np.unique(pairs.b[k], return_inverse=True)
        gain = np.zeros((len(rows), len(cols)))
        where = np.full(gain.shape, -1, np.int64)
        gain[ri, cj] = pairs.d_m[k] ** power - cutoff_m**power
        where[ri, cj] = k
        r, c = linear_sum_assignment(gain)
        got = where[r, c]
        chosen.append(got[got >= 0])
    return pairs.take(np.sort(np.concatenate(chosen)))


def nearest(pairs: Pairs, n_a: int) -> I64:
    """(n_a,) the nearest row of b of each row of a; NONE (-1) where nothing is near. Equals go to the lowest row."""
    out = np.full(n_a, -1, np.int64)
    order = np.lexsort((pairs.b, pairs.d_m, pairs.a))
    first = order[np.flatnonzero(np.diff(pairs.a[order], prepend=-1))]
    out[pairs.a[first]] = pairs.b[first]
    return out


def gospa_parts(n_truth: I64, n_tracks: I64, at: I64, d_m: F64, cutoff_m: float) -> F64:
    """(T, 3) squared parts of GOSPA (p = 2, alpha = 2) at each instant: localisation, missed, false.

    n_truth, n_tracks (T,) how many there are; at (K,), d_m (K,) instants and distances of the chosen pairs. The root of
    the sum over a row is GOSPA.
    Source  Rahmathullah, Garcia-Fernandez, Svensson, Generalized optimal sub-pattern assignment metric, FUSION 2017.
    """
    n = len(n_truth)
    paired = np.bincount(at, minlength=n)
    half = cutoff_m**2 / 2.0
    return np.column_stack(
        [np.bincount(at, d_m**2, minlength=n), half * (n_truth - paired), half * (n_tracks - paired)]
    )


def ospa_m(n_truth: I64, n_tracks: I64, at: I64, d_m: F64, cutoff_m: float, power: float = 2.0) -> F64:
    """(T,) OSPA of order `power` at each instant; NaN where there is nothing on either side.

    The pairs must be those of `best` with the same power.
    Source  Schuhmacher, Vo, Vo, A consistent metric for performance evaluation of multi-object filters, IEEE TSP 2008.
    """
    n = len(n_truth)
    most = np.maximum(n_truth, n_tracks)
    left = most - np.bincount(at, minlength=n)
    total = np.bincount(at, d_m**power, minlength=n) + cutoff_m**power * left
    with np.errstate(invalid="ignore"):
        return np.asarray((total / most) ** (1.0 / power))
