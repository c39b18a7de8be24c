"""The raids of a standard day, before they get their habits (standard_habits.py)."""

from __future__ import annotations

import math

import numpy as np

from flightward.simulate.places import Rng, point, spot
from flightward.simulate.scenario import Area, Point, Raid, Wave


def draw_raids(area: Area, rng: Rng) -> tuple[Raid, ...]:
    """Up to six raids with up to 100 drones together; 3 days in 100 have none."""
    if rng.random() < 0.03:
        return ()
    total = int(rng.integers(25, 101))
    count = int(rng.integers(2, 6)) if rng.random() < 0.85 else 1
    share = rng.dirichlet(np.full(count, 2.0))
    sizes = [max(int(n), 3) for n in np.round(share * total)]
    out = []
    came_from = rng.uniform(0.0, 2.0 * math.pi)
    while sum(sizes) > 98:
        sizes[int(np.argmax(sizes))] -= 1
    if rng.random() < 0.3:
        sizes.append(int(rng.integers(1, 3)))
    for i, n in enumerate(sizes):
        way = _way(area, came_from + rng.normal(0.0, 0.6), rng)
        out.append(_raid(f"R{i + 1}", n, way, area, rng))
    return tuple(out)


def _way(area: Area, bearing: float, rng: Rng) -> tuple[Point, ...]:
    """From one side past a drawn spot to the other side, with up to four bends of a drawn size."""
    middle_lat, middle_lon = spot(area, 0.0, 80000.0, rng)
    middle = Area(lat_deg=middle_lat, lon_deg=middle_lon, radius_m=1.0)
    along = np.linspace(-rng.uniform(70000.0, 190000.0), rng.uniform(60000.0, 190000.0), int(rng.integers(2, 7)))
    aside = rng.normal(0.0, rng.uniform(0.0, 16000.0), len(along))
    return tuple(
        point(middle, float(np.hypot(a, c)), bearing + math.pi + float(np.arctan2(c, a)))
        for a, c in zip(along, aside, strict=True)
    )


def _raid(raid_id: str, n: int, way: tuple[Point, ...], area: Area, rng: Rng) -> Raid:
    """One raid with habits of its own."""
    pattern = ("stream", "wave", "formation")[int(rng.choice(3, p=[0.55, 0.25, 0.2]))]
    waves: tuple[Wave, ...] = ()
    if pattern == "wave":
        k = min(int(rng.integers(1, 4)), n)
        parts = np.full(k, n // k) + (np.arange(k) < n % k)
        after = np.cumsum(rng.uniform(300.0, 1200.0, k)) - 300.0
        waves = tuple(Wave(at_s=round(float(t)), n=int(p)) for t, p in zip(after, parts, strict=True))
    tight = pattern == "formation"
    high = rng.random() < 0.25
    return Raid(
        id=raid_id,
        n=n,
        waypoints=way,
        pattern=pattern,  # type: ignore[arg-type]
        start_s=round(rng.uniform(-2700.0, 2400.0)),
        interval_s=round(rng.uniform(30.0, 120.0) if tight else min(rng.uniform(20.0, 150.0), 4500.0 / n), 1),
        quicken=round(rng.uniform(1.0, 3.0), 2) if rng.random() < 0.4 else 1.0,
        waves=waves,
        wave_s=round(rng.uniform(30.0, 240.0)),
        line=int(rng.integers(3, 8)),
        spread_m=round(rng.uniform(300.0, 1800.0) if tight else rng.uniform(800.0, 9000.0)),
        waypoint_sigma_m=round(rng.uniform(200.0, 2500.0)),
        hae_m=round(area.ground_m + (rng.uniform(1500.0, 3000.0) if high else rng.gamma(3.0, 170.0) + 80.0)),
        sigma_hae_m=round(rng.uniform(60.0, 300.0)),
        speed_mps=round(rng.uniform(40.0, 56.0), 1),
        sigma_speed_mps=round(rng.uniform(0.5, 3.0), 2),
        turn_radps=round(rng.uniform(0.015, 0.06), 4),
        wander_rad=round(rng.uniform(0.02, 0.14), 3),
        wander_s=round(rng.uniform(60.0, 300.0)),
        detour_frac=round(rng.uniform(0.0, 0.5), 2) if rng.random() < 0.5 else 0.0,
        detour_m=round(rng.uniform(2000.0, 9000.0)),
        loss_per_hour=round(rng.uniform(0.0, 0.5), 2),
        rcs_m2=round(rng.uniform(0.03, 0.08), 3),
    )
