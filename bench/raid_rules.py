"""What the rules of raids rest on: links by distance or by way, and how sure company makes.

    python bench/raid_rules.py links CASE...         pairs of true drones together, against the declared raid_id (F1)
    python bench/raid_rules.py members CASE OUT ...  of tracks in raids, the share that are hostile drones

CASE is a case folder with truth, OUT what `flightward run` wrote for it (tracks.parquet and raids.parquet).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from flightward.score import raid_groups
from flightward.score.day import read_day
from flightward.score.pairing import best, near_pairs

WAYS = ((0.0, 6_000.0), (300.0, 6_000.0), (600.0, 4_000.0), (600.0, 6_000.0), (600.0, 8_000.0), (900.0, 6_000.0))
STEP_S = 60.0
PAIR_M = 1_000.0


def links(cases: list[Path]) -> None:
    """F1 of pairs for each way of linking."""
    for way_s, way_m in WAYS:
        raid_groups.WAY_S, raid_groups.WAY_M = way_s, way_m
        sums = np.zeros(3)
        for case in cases:
            day = read_day(case)
            paths = raid_groups.drone_paths(day, STEP_S)
            declared = np.array([hash(day.truth.raid_id[c]) for c in paths.columns.tolist()])
            for label in raid_groups.true_groups(paths).label:
                live = label >= 0
                flown = label[live][:, None] == label[live]
                said = declared[live][:, None] == declared[live]
                upper = np.triu(np.ones_like(flown), 1).astype(bool)
                sums += [(flown & said & upper).sum(), (flown & ~said & upper).sum(), (~flown & said & upper).sum()]
        f1 = 2 * sums[0] / (2 * sums[0] + sums[1] + sums[2])
        print(f"ways of {way_s:4.0f} s, {way_m:5.0f} m aside: F1 {f1:.3f}")


def members(pairs: list[tuple[Path, Path]]) -> None:
    """Share of hostile drones among members, by the size of the raid."""
    found: list[np.ndarray] = []
    for case, out in pairs:
        day = read_day(case)
        paths = raid_groups.drone_paths(day, STEP_S)
        t = pq.read_table(out / "tracks.parquet").to_pandas()
        t = t[t.t_s.isin(paths.times_s) & t.raid_id.notna() & t.lat_deg.notna()]
        e, n = day.frame.to_plane(t.lat_deg.to_numpy(), t.lon_deg.to_numpy())
        at, o = np.nonzero(np.isfinite(paths.e_m))
        truth = np.column_stack([paths.e_m[at, o], paths.n_m[at, o]])
        near = near_pairs(np.searchsorted(paths.times_s, t.t_s), np.column_stack([e, n]), at, truth, PAIR_M)
        is_real = np.zeros(len(t))
        is_real[best(near, PAIR_M).a] = 1.0
        size = t.groupby(["t_s", "raid_id"]).track_id.transform("size")
        found.append(np.column_stack([size, t.p_exists * t.p_hostile, is_real]))
    size, p, is_real = np.concatenate(found).T
    for low, high in ((1, 1), (2, 2), (3, 5), (6, 10_000)):
        m = (size >= low) & (size <= high)
        own, real = p[m].mean(), is_real[m].mean()
        print(f"raids of {low} to {high}: {m.sum()} rows, tracks' own p {own:.3f}, hostile {real:.3f}")


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["links", "members"])
    parser.add_argument("folders", type=Path, nargs="+")
    args = parser.parse_args()
    if args.what == "links":
        links(args.folders)
    else:
        members(list(zip(args.folders[::2], args.folders[1::2], strict=True)))


if __name__ == "__main__":
    main()
