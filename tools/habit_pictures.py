"""Draws how raids of standard days fly, seen from above: one panel for each family of habits, or whole days.

    python tools/habit_pictures.py [--seeds 7 8 9] [--out docs/img/habits.png]

Without --seeds each family stands alone, on the first day (from seed 1) that has at least 40 drones. Colours are the
truth's raids; a dot is where a drone is at the middle of the day. Needs matplotlib.
"""

from __future__ import annotations

import argparse
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np

from flightward.simulate import HABITS, Scenario, standard_day
from flightward.simulate.geodesy import east_north_m
from flightward.simulate.world import World, draw_world


def world_of(day: Scenario, seed: int) -> World:
    """The day's truth, as `simulate` draws it."""
    return draw_world(day, np.random.SeedSequence(seed).spawn(2)[0])


def busy_day(family: str) -> tuple[int, Scenario]:
    """The first seed whose day of one family has at least 40 drones."""
    days = ((seed, standard_day(seed, habits=(family,))) for seed in itertools.count(1))
    return next((seed, day) for seed, day in days if sum(r.n for r in day.raids) >= 40)


def draw(ax: Any, day: Scenario, world: World, title: str) -> None:
    """One panel: each drone's path, from above, in kilometres from the centre."""
    lat, lon = world.paths.lat_deg[:, world.hostile], world.paths.lon_deg[:, world.hostile]
    raid = world.raid[world.hostile]
    east, north = east_north_m(np.full_like(lat, day.area.lat_deg), np.full_like(lon, day.area.lon_deg), lat, lon)
    for i in range(east.shape[1]):
        colour = f"C{int(raid[i])}"
        ax.plot(east[:, i] / 1e3, north[:, i] / 1e3, color=colour, lw=0.5, alpha=0.7)
        ax.plot(east[2700, i] / 1e3, north[2700, i] / 1e3, ".", color=colour, ms=3)
    ax.set_title(title, fontsize=9)
    ax.set_aspect("equal")
    ax.tick_params(labelsize=7)
    ax.grid(lw=0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("docs/img/habits.png"))
    args = parser.parse_args()
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    days = [(f"all families, seed {s}", s, standard_day(s)) for s in args.seeds]
    days = days or [(f"{f}, seed {busy_day(f)[0]}", *busy_day(f)) for f in HABITS]
    columns = math.ceil(math.sqrt(len(days)))
    rows = math.ceil(len(days) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.2 * columns, 4.0 * rows), squeeze=False)
    for ax in axes.flat[len(days) :]:
        ax.set_axis_off()
    for ax, (title, seed, day) in zip(axes.flat, days, strict=False):
        draw(ax, day, world_of(day, seed), title)
    figure.suptitle("SIMULATED raids from above, km east and north of the area's centre; 90 minutes", fontsize=10)
    figure.tight_layout()
    figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
