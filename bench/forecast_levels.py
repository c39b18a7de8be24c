"""Sums per level of chance of what runs forecast before the last map, and of what was, for bench/fit_calibration.py.

    python bench/forecast_levels.py FOLDER --out LEVELS.npz [--map calibration.json]

FOLDER holds case-N and out-N as bench/many_days.py --keep leaves them; --map is the map that those runs had (default:
today's).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from flightward.score.day import read_day
from flightward.score.forecast import HORIZONS_S, Occupied, cells_of

LEVELS = 257
MAP = Path(__file__).resolve().parent.parent / "src" / "flightward" / "raids" / "calibration.json"


def of_day(case: Path, out: Path, held: dict[str, Any]) -> dict[float, Any]:
    """(3, LEVELS) cells, sum said and cells occupied, per horizon, of one run."""
    day = read_day(case)
    cells, columns = cells_of(day), ["issued_s", "horizon_s", "h3", "p_any"]
    truth = Occupied(day, cells)
    table = pq.read_table(out / "forecast.parquet", columns=columns, filters=[("horizon_s", "in", list(HORIZONS_S))])
    issued, horizon, p = (table[c].to_numpy() for c in ("issued_s", "horizon_s", "p_any"))
    row = cells.rows(table["h3"].to_numpy().astype(np.uint64))
    found = {}
    for horizon_s in HORIZONS_S:
        mine = (horizon == horizon_s) & (row >= 0)
        raw = np.interp(p[mine], held["was_at_s"][f"{horizon_s:.0f}"], held["said"])
        sums = np.zeros((3, LEVELS))
        for t_s in np.unique(issued):
            if t_s + horizon_s > day.end_s:
                continue
            now, said = issued[mine] == t_s, np.zeros(len(cells.h3))
            said[row[mine][now]] = raw[now]
            at = np.rint(said * (LEVELS - 1)).astype(np.int64)
            for i, values in enumerate((np.ones_like(said), said, truth.at(t_s + horizon_s))):
                sums[i] += np.bincount(at, values, LEVELS)
        found[horizon_s] = sums
    return found


def main() -> None:
    """Write the levels of all days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--map", type=Path, default=MAP)
    args = parser.parse_args()
    held = json.loads(args.map.read_text())
    days = [of_day(f, f.with_name("out" + f.name[4:]), held) for f in sorted(args.folder.glob("case-*"))]
    np.savez(args.out, **{f"{h:.0f}": np.array([d[h] for d in days]) for h in HORIZONS_S})


if __name__ == "__main__":
    main()
