"""The ground that raids cover: around the members' concave hull, always a valid polygon."""

from __future__ import annotations

import itertools

import numpy as np
import shapely

from flightward.kernels.concave import dug_hulls
from flightward.kernels.hull import CORNERS, wide_hulls
from flightward.model import F64, I64, i64

EXTENT_M = 1_000.0
"""The extent holds every point within this distance of a member (design, section 6)."""

SPARE = 1.03


def extents(start: I64, e_m: F64, n_m: F64, reach_m: float) -> tuple[I64, F64, F64]:
    """Polygons of G groups: start of each (G + 1,) in the corners e_m, n_m; counter-clockwise, not closed.

    start (G + 1,) rows of the members e_m, n_m (N,). Convex; bent in where an edge's middle or a quarter of it is
    farther than reach_m from every member.
    """
    n, count = len(e_m), len(start) - 1
    corner_e, corner_n = np.empty(n * CORNERS), np.empty(n * CORNERS)
    corner_start = np.empty(count + 1, dtype=np.int64)
    wide_hulls(start, e_m, n_m, EXTENT_M, corner_e, corner_n, corner_start)
    used = int(corner_start[-1])
    ring, ring_start = np.empty(n, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
    is_dug = np.empty(count, dtype=np.int8)
    dug_hulls(start, e_m, n_m, reach_m, ring, ring_start, is_dug)
    dug = np.flatnonzero(is_dug)
    if not len(dug):
        return corner_start, corner_e[:used].copy(), corner_n[:used].copy()
    parts = [np.stack([corner_e[a:b], corner_n[a:b]]) for a, b in itertools.pairwise(corner_start)]
    for g in dug.tolist():
        rows = ring[ring_start[g] : ring_start[g + 1]]
        wide = _widened(e_m[rows], n_m[rows])
        if wide is not None:
            parts[g] = wide
    sizes = [p.shape[1] for p in parts]
    flat = np.concatenate(parts, axis=1)
    return i64(np.concatenate([[0], np.cumsum(sizes)])), flat[0].copy(), flat[1].copy()


def _widened(e_m: F64, n_m: F64) -> F64 | None:
    """(2, C) corners of the ring widened by EXTENT_M, holes filled; None if that is no single valid polygon.

    GEOS straightens inner bends by some per cent of the distance before it widens, hence SPARE and the check.
    """
    radius_m = SPARE * EXTENT_M / np.cos(np.pi / CORNERS)
    ring = np.stack([e_m, n_m], axis=1)
    wide = shapely.buffer(shapely.Polygon(ring), radius_m, quad_segs=CORNERS // 4)
    if wide.geom_type != "Polygon":
        return None
    outline = shapely.polygons(wide.exterior)
    if not outline.is_valid or shapely.distance(wide.exterior, shapely.MultiPoint(ring)) < EXTENT_M:
        return None
    corners: F64 = shapely.get_coordinates(outline.exterior)[:0:-1]  # it comes clockwise and closed
    return corners.T
