"""Golden replay: the small day gives what it gave before, batch by batch, within stated tolerances.

Compared per minute of the day: how many tracks, raids, threats of each level and options there are (exactly), and the
sums of their main numbers (to RELATIVE, since the last bits of a sine may differ from one processor to another).
`make golden-update` writes the expected file anew: a separate act, whose difference is to be looked at.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

GOLDEN = Path(__file__).parent / "golden" / "small-day.json"
RELATIVE = 1e-6
SUMS = {
    "tracks": ("t_s", ["lat_deg", "lon_deg", "hae_m", "ve_mps", "vn_mps", "sigma_h_m", "p_exists", "p_hostile"]),
    "raids": ("t_s", ["n", "lat_deg", "lon_deg", "speed_mps", "arrivals_per_min"]),
    "forecast": ("issued_s", ["p_any", "n_expected"]),
    "threats": ("t_s", ["p", "t_to_s"]),
    "advice": ("t_s", ["p_caught", "delay_s", "extra_m"]),
}
WORDS = {"tracks": "kind", "threats": "level", "advice": "option"}


def picture(out: Path) -> dict[str, Any]:
    """What the golden file holds, from the tables in `out`."""
    found: dict[str, Any] = {}
    for name, (time, sums) in SUMS.items():
        rows = pq.read_table(out / f"{name}.parquet").to_pylist()
        minutes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for row in rows:
            minute = minutes[str(int(row[time] // 60))]
            minute["rows"] += 1
            for key in sums:
                minute[key] += row[key] or 0.0
            if name in WORDS:
                minute["= " + row[WORDS[name]]] += 1
        found[name] = {k: dict(v) for k, v in minutes.items()}
    warnings = pq.read_table(out / "warnings.parquet").to_pylist()
    keys = ("flight_id", "hazard_kind", "level", "raised_s", "cleared_s")
    found["warnings"] = [[w[key] for key in keys] for w in warnings]
    return found


def test_the_small_day_gives_what_it_gave(small_run: tuple[Path, Path]) -> None:
    got = json.loads(json.dumps(picture(small_run[1])))
    if os.environ.get("FLIGHTWARD_GOLDEN_UPDATE") == "1":
        GOLDEN.write_text(json.dumps(got, indent=0, sort_keys=True) + "\n")
    want = json.loads(GOLDEN.read_text())
    assert got["warnings"] == want["warnings"]
    for name in SUMS:
        assert got[name].keys() == want[name].keys(), name
        for minute, figures in want[name].items():
            assert got[name][minute] == pytest.approx(figures, rel=RELATIVE, abs=1e-6), f"{name}, minute {minute}"
