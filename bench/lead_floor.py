"""How much lead there was to be had: for each catch, the time from when the drones that did it were first in the air.

    python bench/lead_floor.py DIR [DIR ...] [--below 5]

DIR is what bench/threat_days.py left behind. A warning cannot be older than the day, nor (but for luck) than the first
of the drones behind it, even for one who sees all that flies, at once and without error. For raid and zone the lead is
set beside that; catches whose lead is below --below minutes are listed with their cause.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from flightward.score.caught import caught_seconds, truth_path
from flightward.score.day import LEAD_CAP_S, Day, read_day
from flightward.score.preventable import culprits


def catches(folder: Path, figures: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per flight of a day that was caught with a live sensor over it."""
    seen = [f for f in figures["flights"] if f["caught"] is not None and not f["caught"]["blind"]]
    if not seen:
        return []
    day = read_day(folder / f"case-{figures['seed']}")
    return [{"seed": figures["seed"], "flight": f["flight_id"], **_catch(day, f)} for f in seen]


def _catch(day: Day, flight: dict[str, Any]) -> dict[str, Any]:
    path = truth_path(day, str(flight["flight_id"]))
    assert path is not None
    caught = caught_seconds(day, path)
    first = caught.first()
    assert first is not None
    row, cause = first
    drones = culprits(day, path, row, cause)
    born = min(int(np.flatnonzero(day.truth.airborne(int(k)))[0]) for k in drones)
    return {
        "cause": cause, "at_s": row, "lead_s": flight["caught"]["lead_s"],
        "preventable": flight["caught"]["preventable"], "from_first_drone_s": row - born,
        "seconds": int(caught.any.sum()), "could_s": float(min(row, row - born, LEAD_CAP_S)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--below", type=float, default=5.0, help="list leads below so many minutes")
    args = parser.parse_args()
    files = sorted(f for folder in args.folders for f in folder.glob("out-*/figures.json"))
    rows = [row for f in files for row in catches(f.parent.parent, json.loads(f.read_text()))]
    asked = [r for r in rows if r["cause"] != "lone"]
    print(f"{len(files)} days, {len(rows)} catches under a live sensor, {len(asked)} by raid or zone")
    for name, some in (
        ("raid and zone", asked), ("raid", [r for r in asked if r["cause"] == "raid"]),
        ("zone", [r for r in asked if r["cause"] == "zone"]), ("lone", [r for r in rows if r["cause"] == "lone"]),
        ("raid and zone, where five minutes were to be had", [r for r in asked if r["could_s"] >= 300.0]),
    ):  # fmt: skip
        if not some:
            continue
        lead, could = (np.array([r[k] for r in some]) / 60.0 for k in ("lead_s", "could_s"))
        print(
            f"{name} ({len(some)}): lead median {np.median(lead):.1f}, 5 % {np.percentile(lead, 5):.1f} min; "
            f"to be had: median {np.median(could):.1f}, 5 % {np.percentile(could, 5):.1f} min"
        )
    for r in sorted(asked, key=lambda r: float(r["lead_s"])):
        if r["lead_s"] < 60.0 * args.below:
            print(
                f"  {r['seed']} {r['flight']} {r['cause']} at {r['at_s']} s for {r['seconds']} s: lead "
                f"{r['lead_s'] / 60:.1f} min of {r['could_s'] / 60:.1f} to be had "
                f"(first of its drones in the air {r['from_first_drone_s']} s before; preventable: {r['preventable']})"
            )


if __name__ == "__main__":
    main()
