"""The raids' figures over many days: from sums and histograms, so that any draw of days gives its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flightward.score.day import F64
from flightward.score.raids import EDGES_COUNT, EDGES_IOU, binned_median

Days = list[dict[str, Any]]
Figure = Callable[[Days], float | None]


def raid_figures() -> dict[str, Figure]:
    """Headline figures by name, each from a list of days' scores.

    raid_switches_per_h, raid_count_error_median, raid_count_in_band_frac, raid_iou_median, raid_pairs_f1, these by how
    drones fly and (_declared) by raid_id; raid_split_found_frac, raid_merge_found_frac, raid_events_wrong_frac.
    """
    figures: dict[str, Figure] = {}
    for view, tail in (("flown", ""), ("declared", "_declared")):
        figures |= {
            f"raid_switches_per_h{tail}": _ratio(view, "switches", "raid_h"),
            f"raid_count_error_median{tail}": _median(view, "count_error_bins", EDGES_COUNT),
            f"raid_count_in_band_frac{tail}": _ratio(view, "n_in_band", "n_banded"),
            f"raid_iou_median{tail}": _median(view, "iou_bins", EDGES_IOU),
            f"raid_pairs_f1{tail}": _f1(view),
        }
    for kind in ("split", "merge"):
        figures[f"raid_{kind}_found_frac"] = _events((kind,), "found", "true")
    figures["raid_events_wrong_frac"] = _events(("split", "merge"), "told_wrong", "told")
    return figures


def _views(days: Days, view: str) -> list[dict[str, Any]]:
    return [d["raids"][view] for d in days if "raids" in d]


def _ratio(view: str, above: str, below: str) -> Figure:
    def figure(days: Days) -> float | None:
        rows = _views(days, view)
        total = sum(r[below] for r in rows)
        return sum(r[above] for r in rows) / total if total else None

    return figure


def _median(view: str, key: str, edges: F64) -> Figure:
    def figure(days: Days) -> float | None:
        rows = _views(days, view)
        return binned_median(np.sum([r[key] for r in rows], axis=0), edges) if rows else None

    return figure


def _f1(view: str) -> Figure:
    def figure(days: Days) -> float | None:
        both, said, true = (sum(r["pairs"][k] for r in _views(days, view)) for k in ("both", "said_only", "true_only"))
        return 2.0 * both / (2.0 * both + said + true) if both else None

    return figure


def _events(kinds: tuple[str, ...], above: str, below: str) -> Figure:
    def figure(days: Days) -> float | None:
        rows = [r["events"][k] for r in _views(days, "flown") for k in kinds if r["events"][k] is not None]
        total = sum(r[below] for r in rows)
        return sum(r[above] for r in rows) / total if total else None

    return figure
