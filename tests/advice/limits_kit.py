"""Random worlds with closed areas, agreed windows, minimum heights, little fuel, small sites and holds, and a checker
of hard limits that shares no code with the stage: shapely for areas, plain arithmetic for the rest."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from flightward.model import (
    NONE,
    AdviceBatch,
    AgreedBatch,
    MinimumBatch,
    Option,
    ZoneBatch,
    ZoneKind,
    f64,
    i8,
    i64,
)

TYPES = {  # max and min speed m/s, climb, descent m/s, ceiling m, fuel kg/h, may hover: the table of the documents
    "EC35": (70.0, 0.0, 6.0, 5.0, 3_000.0, 210.0, True), "B350": (160.0, 55.0, 9.0, 8.0, 10_600.0, 330.0, False),
}  # fmt: skip
HOVER_BURN = 1.2
KNOTS_S = np.array([0.0, 60.0, 180.0, 420.0, 900.0, 1_800.0, 3_600.0])


def ring(rng: np.random.Generator) -> np.ndarray:
    """A star-shaped polygon of 3 to 8 corners somewhere near the ways, sometimes long, sometimes concave."""
    n = int(rng.integers(3, 9))
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, n))
    far = rng.uniform(0.3, 1.0, n) * rng.uniform(1_500.0, 25_000.0)
    squeeze = rng.uniform(0.2, 1.0)
    middle = rng.uniform((-15_000.0, -35_000.0), (80_000.0, 35_000.0))
    return middle + np.column_stack([far * np.sin(angle), squeeze * far * np.cos(angle)])


def random_zones(rng: np.random.Generator, now_s: float) -> ZoneBatch:
    """Up to four zones, most of them closed, with windows in the past, now and later, some published."""
    count = int(rng.integers(0, 5))
    rings = [ring(rng) for _ in range(count)]
    windows = [int(rng.integers(1, 3)) for _ in range(count)]
    total = sum(windows)
    begin = now_s + rng.choice([-5_000.0, -600.0, 300.0, 1_200.0], total)
    end = np.where(rng.uniform(size=total) < 0.3, np.nan, begin + rng.uniform(200.0, 9_000.0, total))
    low = np.where(rng.uniform(size=count) < 0.7, -np.inf, 400.0)
    return ZoneBatch(
        name=i64([0] * count), kind=i8(rng.choice([ZoneKind.CLOSED, ZoneKind.CLOSED, ZoneKind.DEFENDED], count)),
        floor_m=f64(low), ceiling_m=f64(np.where(rng.uniform(size=count) < 0.7, np.inf, 2_000.0)),
        source=i64([NONE] * count), exempt_mask=i64(rng.choice([0, 0, 0, 1], count)),
        start=i64(np.concatenate([[0], np.cumsum([len(r) for r in rings])])),
        e_m=f64(np.concatenate([r[:, 0] for r in rings]) if rings else []),
        n_m=f64(np.concatenate([r[:, 1] for r in rings]) if rings else []),
        window_start=i64(np.concatenate([[0], np.cumsum(windows)])), from_s=f64(begin), to_s=f64(end),
        published_s=f64(np.where(rng.uniform(size=total) < 0.5, np.nan, now_s + rng.choice([-100.0, 100.0], total))),
    )


def random_windows(rng: np.random.Generator, zones: ZoneBatch, now_s: float) -> AgreedBatch:
    """Up to three windows in the zones, in half of the cases: past, open, to come, known or not yet."""
    count = int(rng.integers(1, 4)) if len(zones) and rng.uniform() < 0.5 else 0
    begin = now_s + rng.choice([-2_000.0, -100.0, 200.0, 900.0], count)
    whose = [[0], [1], [0, 1]]
    flights = [whose[int(k)] for k in rng.integers(0, 3, count)]
    return AgreedBatch(
        name=i64([0] * count), zone=i64(rng.integers(0, max(len(zones), 1), count)), from_s=f64(begin),
        to_s=f64(begin + rng.uniform(150.0, 3_000.0, count)),
        published_s=f64(np.where(rng.uniform(size=count) < 0.4, np.nan, now_s + rng.choice([-50.0, 50.0], count))),
        source=i64([NONE] * count), start=i64(np.concatenate([[0], np.cumsum([len(f) for f in flights])])),
        flight=i64([f for row in flights for f in row]),
    )


def random_minima(rng: np.random.Generator) -> MinimumBatch:
    """Up to four areas with minimum heights, in half of the cases; they may overlap and be above what can be flown."""
    count = int(rng.integers(1, 5)) if rng.uniform() < 0.5 else 0
    rings = [ring(rng) for _ in range(count)]
    return MinimumBatch(
        name=i64([0] * count), minimum_m=f64(rng.choice([300.0, 700.0, 1_100.0, 2_000.0, 3_400.0], count)),
        source=i64([NONE] * count), start=i64(np.concatenate([[0], np.cumsum([len(r) for r in rings])])),
        e_m=f64(np.concatenate([r[:, 0] for r in rings]) if rings else []),
        n_m=f64(np.concatenate([r[:, 1] for r in rings]) if rings else []),
    )


@dataclasses.dataclass
class Case:
    """One random moment."""

    world: Any
    now_s: float
    airborne: tuple[int, int]
    late_s: float
    picture: Any


def random_case(seed: int, make: Callable[..., Any], place_raid: Callable[..., Any]) -> Case:
    """Anything may happen: raids anywhere, areas anywhere, little fuel, sites that take none or one."""
    rng = np.random.default_rng(seed)
    age = int(rng.integers(1, 940))
    now_s = 1_760_000_000.0 + age
    world = make(random_zones(rng, now_s))
    setup = world.setup
    endurance = rng.choice([1_000.0, 1_500.0, 2_500.0, 4_000.0, 9_000.0, np.nan], 2)
    fuel = np.where(rng.uniform(size=2) < 0.5, np.nan, rng.uniform(20.0, 400.0, 2))
    flights = dataclasses.replace(setup.flights, endurance_s=f64(endurance), fuel_kg=f64(fuel))
    sites = dataclasses.replace(setup.sites, capacity=i64(rng.choice([NONE, 0, 1, 1, 2], len(setup.sites))))
    world.setup = dataclasses.replace(setup, flights=flights, sites=sites)
    up = bool(rng.uniform() < 0.8)
    airborne = (int(up), int(up and age < 600))
    course, speed = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(20.0, 90.0)
    fast = float(rng.choice([60.0, 100.0]))  # the helicopter, or the aeroplane, is met on its way
    met_e = float(rng.uniform(min(age * fast, 55e3), 60e3)) + rng.normal(0.0, 3e3)
    met_s = max(0.0, met_e / fast - age) + rng.normal(0.0, 60.0)
    picture = place_raid(
        now_s, met_e - met_s * speed * math.sin(course), -met_s * speed * math.cos(course), speed * math.sin(course),
        speed * math.cos(course), count=int(rng.integers(4, 9)), draws=4,
        u_m=float(rng.choice([500.0, 1_200.0, 3_000.0])),
        turn_rad=float(rng.uniform(0.0, 0.1)),
    )
    futures = picture.futures
    pick = np.searchsorted(futures.knot_s - now_s, KNOTS_S)
    thin = {name: np.ascontiguousarray(getattr(futures, name)[:, :, pick]) for name in ("e_m", "n_m", "u_m")}
    futures = dataclasses.replace(futures, knot_s=futures.knot_s[pick], **thin)
    world.setup = dataclasses.replace(
        world.setup, agreed=random_windows(rng, world.setup.zones, now_s), minima=random_minima(rng)
    )
    advice = dataclasses.replace(world.cfg.advice, hold_capacity=int(rng.choice([0, 1, 1])))
    world.cfg = dataclasses.replace(world.cfg, advice=advice)
    return Case(world, now_s, airborne, 0.0 if up else 1_000.0, dataclasses.replace(picture, futures=futures))


def check(case: Case, out: AdviceBatch, levels: tuple[int, int]) -> None:
    """Fails on the first option that breaks a hard limit."""
    for k in range(len(out)):
        flight = int(out.flight[k])
        route = out.route(k)
        points = np.column_stack([route.t_s, route.e_m, route.n_m, route.u_m])
        assert np.isfinite(points).all()
        assert (np.diff(points[:, 0]) > 0.0).all()
        if out.option[k] == Option.CONTINUE:
            continue
        plan = case.world.setup.flights.plan(flight).shifted(case.late_s)
        rest = plan.after(case.now_s) if case.airborne[flight] else plan
        way = np.column_stack([rest.t_s, rest.e_m, rest.n_m, rest.u_m])
        if case.airborne[flight]:
            np.testing.assert_allclose(points[0], [case.now_s, *plan.at(case.now_s)], atol=1e-6)
        what = f"{Option(int(out.option[k])).name} of flight {flight}"
        closed(case, flight, points, way, what)
        fuel(case, flight, int(out.option[k]), points, plan, what)
        performance(case, flight, int(out.option[k]), points, plan, what)
        heights(case, flight, int(out.option[k]), points, way, what)
    for flight in set(out.flight.tolist()):
        assert Option.CONTINUE in out.option[out.flight == flight]
    capacity(case, out)
    holds(case, out)


def inside_spans(
    points: np.ndarray, polygon: Any, begin: float, end: float, low: float, high: float
) -> list[tuple[float, float]]:
    """Times inside the polygon while it is active and the height is its own, leg by leg, from shapely's cuts."""
    out = []
    for a, b in itertools.pairwise(points):
        t0, t1 = max(a[0], begin), min(b[0], end)
        slope = (b[3] - a[3]) / (b[0] - a[0])
        for bound, sign in ((low, 1.0), (high, -1.0)):
            # sign * (u - bound) >= 0
            if math.isinf(bound):
                continue
            if abs(slope) < 1e-9:
                if sign * (a[3] - bound) < 0.0:
                    t1 = -math.inf
            else:
                cross = a[0] + (bound - a[3]) / slope
                if sign * slope > 0.0:
                    t0 = max(t0, cross)
                else:
                    t1 = min(t1, cross)
        if t0 >= t1:
            continue
        where = [a[1:3] + (t - a[0]) / (b[0] - a[0]) * (b[1:3] - a[1:3]) for t in (t0, t1)]
        line = shapely.LineString(where)
        if line.length < 1e-6:
            if polygon.contains(shapely.Point(where[0])):
                out.append((t0, t1))
            continue
        cut = line.intersection(polygon)
        for piece in getattr(cut, "geoms", [cut]):
            if piece.length > 0.0:
                s = sorted(line.project(shapely.Point(c)) / line.length for c in piece.coords)
                out.append((t0 + s[0] * (t1 - t0), t0 + s[-1] * (t1 - t0)))
    return sorted(out)


def closed(case: Case, flight: int, points: np.ndarray, rest: np.ndarray, what: str) -> None:
    zones, category = case.world.setup.zones, int(case.world.setup.flights.category[flight])
    for z in range(len(zones)):
        if zones.kind[z] != ZoneKind.CLOSED or int(zones.exempt_mask[z]) >> category & 1:
            continue
        rows = slice(int(zones.start[z]), int(zones.start[z + 1]))
        polygon = shapely.Polygon(np.column_stack([zones.e_m[rows], zones.n_m[rows]]))
        if not polygon.is_valid:
            continue
        for w in range(int(zones.window_start[z]), int(zones.window_start[z + 1])):
            published = zones.published_s[w] <= case.now_s
            if not (published or zones.from_s[w] <= case.now_s) or zones.to_s[w] <= case.now_s:
                continue
            end = zones.to_s[w] if published and math.isfinite(zones.to_s[w]) else math.inf
            for begin, until in shut(case, flight, z, float(zones.from_s[w]), float(end)):
                box = (begin, until, float(zones.floor_m[z]), float(zones.ceiling_m[z]))
                out_of(case, flight, points, rest, polygon, box, f"closed area {z}", what)


def shut(case: Case, flight: int, z: int, begin: float, end: float) -> list[tuple[float, float]]:
    """When a window of a zone holds for a flight: without what its authority agreed, as far as that is known."""
    agreed = case.world.setup.agreed
    parts = [(begin, end)]
    for w in range(len(agreed)):
        known = agreed.from_s[w] if math.isnan(agreed.published_s[w]) else agreed.published_s[w]
        mine = flight in agreed.flight[int(agreed.start[w]) : int(agreed.start[w + 1])].tolist()
        if agreed.zone[w] != z or not mine or known > case.now_s or agreed.to_s[w] <= case.now_s:
            continue
        a, b = float(agreed.from_s[w]), float(agreed.to_s[w])
        parts = [p for x, y in parts for p in ((x, min(y, a)), (max(x, b), y)) if p[0] < p[1]]
    return parts


def out_of(
    case: Case, flight: int, points: np.ndarray, rest: np.ndarray, polygon: Any, box: tuple[float, ...], area: str,
    what: str,
) -> None:
    """Fails where a route is in an area and going on would not be, or would have left before."""
    allowed_until = -math.inf
    if case.airborne[flight]:
        allowed_until = case.now_s
        for a, b in inside_spans(rest, polygon, *box):  # as long as going on would stay in it without a break
            if a > allowed_until + 1e-3:
                break
            allowed_until = b
    left = False
    reach = case.now_s
    for a, b in inside_spans(points, polygon, *box):
        left |= a > reach + 0.5
        reach = max(reach, b)
        over = b - max(a, allowed_until) if not left else b - a
        assert over < 1.5, f"{what} is {over:.1f} s in {area}"


TERMINAL_M = 18_520.0


def heights(case: Case, flight: int, option: int, points: np.ndarray, rest: np.ndarray, what: str) -> None:
    """Not under a declared minimum, but on the plan, near where it took off or lands, or while it climbs at once."""
    minima = case.world.setup.minima
    if not len(minima) or option in (Option.DELAY, Option.LEVEL):
        return
    at = fine(points)
    own = ~on_plan(at, rest) & ~near(at[:, 1:3], at[-1, 1:3], last=True)
    own &= ~near(at[:, 1:3], np.zeros(2), last=False)
    kind = case.world.setup.names.text(int(case.world.setup.flights.aircraft_type[flight]))
    for a in range(len(minima)):
        rows = slice(int(minima.start[a]), int(minima.start[a + 1]))
        polygon = shapely.Polygon(np.column_stack([minima.e_m[rows], minima.n_m[rows]]))
        if not polygon.is_valid:
            continue
        over = shapely.contains_xy(polygon.buffer(-1.0), at[:, 1], at[:, 2])
        low = over & own & (at[:, 3] < minima.minimum_m[a] - 1.0)
        away = np.flatnonzero(~over)
        climbing = at[:, 0] < (at[away[0], 0] if len(away) else math.inf)
        climbing &= at[:, 0] - at[0, 0] <= (minima.minimum_m[a] - at[0, 3]) / TYPES[kind][2] + 3.0
        bad = np.flatnonzero(low & ~climbing)
        assert not len(bad), f"{what} is at {at[bad[0], 3]:.0f} m where {minima.minimum_m[a]:.0f} m are needed"


def fine(points: np.ndarray) -> np.ndarray:
    """The same route each 5 s."""
    t = np.unique(np.concatenate([points[:, 0], np.arange(points[0, 0], points[-1, 0], 5.0)]))
    return np.column_stack([t, *(np.interp(t, points[:, 0], points[:, k]) for k in (1, 2, 3))])


def on_plan(at: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Over the line of the plan, and no lower than it is there. Both plans fly east: places on them have one height."""
    order = np.argsort(rest[:, 1], kind="stable")
    planned = np.interp(at[:, 1], rest[order, 1], rest[order, 3])
    span = (at[:, 1] >= rest[:, 1].min() - 1.0) & (at[:, 1] <= rest[:, 1].max() + 1.0)
    return span & (np.abs(at[:, 2]) <= 1.5) & (at[:, 3] >= planned - 1.5)


def near(at: np.ndarray, place: np.ndarray, *, last: bool) -> np.ndarray:
    """The last (or first) part that is near a place without a break."""
    inside = np.hypot(*(at - place).T) <= TERMINAL_M + 1.0
    if last:
        return np.logical_and.accumulate(inside[::-1])[::-1]
    return np.logical_and.accumulate(inside)


def held(points: np.ndarray) -> list[tuple[float, float, float, float, float, float]]:
    """(from, to, east, north, low, high) of all stays between two passages of one place, 60 s and longer."""
    out = []
    for i, j in itertools.combinations(range(len(points)), 2):
        if (points[i, 1:3] == points[j, 1:3]).all() and points[j, 0] - points[i, 0] >= 60.0:
            u = points[i : j + 1, 3]
            out.append((points[i, 0], points[j, 0], *points[i, 1:3], u.min(), u.max()))
    return out


def holds(case: Case, out: AdviceBatch) -> None:
    """No two flights are told to wait at one time in one place and level, where only one may."""
    cfg = case.world.cfg.advice
    if cfg.hold_capacity != 1:
        return
    told = [
        (int(out.flight[k]), w) for k in range(len(out)) if out.option[k] != Option.CONTINUE
        for w in held(np.column_stack([getattr(out.route(k), c) for c in ("t_s", "e_m", "n_m", "u_m")]))
    ]  # fmt: skip
    for (f, a), (g, b) in itertools.combinations(told, 2):
        if f == g or a[0] >= b[1] or b[0] >= a[1]:
            continue
        apart, above = math.hypot(a[2] - b[2], a[3] - b[3]), max(a[4], b[4]) - min(a[5], b[5])
        assert apart >= cfg.hold_apart_m or above >= cfg.hold_above_m, f"two wait {apart:.0f} m, {above:.0f} m apart"


def fuel(case: Case, flight: int, option: int, points: np.ndarray, plan: Any, what: str) -> None:
    flights = case.world.setup.flights
    kind = case.world.setup.names.text(int(flights.aircraft_type[flight]))
    lasts = float(flights.endurance_s[flight])
    if math.isnan(lasts):
        lasts = float(flights.fuel_kg[flight]) / TYPES[kind][5] * 3_600.0
    if math.isnan(lasts) or option == Option.DELAY:
        return
    step = np.diff(points, axis=0)
    still = step[np.hypot(step[:, 1], step[:, 2]) < step[:, 0], 0].sum()
    # who still stands on the ground has used nothing, however late he is
    begin_s = float(plan.t_s[0]) if case.airborne[flight] else max(float(plan.t_s[0]), float(points[0, 0]))
    used = points[-1, 0] - begin_s + (HOVER_BURN - 1.0) * still
    assert used <= lasts + 1e-6, f"{what} needs {used:.0f} s of {lasts:.0f} s"


def performance(case: Case, flight: int, option: int, points: np.ndarray, plan: Any, what: str) -> None:
    kind = case.world.setup.names.text(int(case.world.setup.flights.aircraft_type[flight]))
    fast, slow, climb, descent, ceiling, _, hovers = TYPES[kind]
    own = np.diff(np.column_stack([plan.t_s, plan.e_m, plan.n_m, plan.u_m]), axis=0)
    own_speed, own_rate = np.hypot(own[:, 1], own[:, 2]) / own[:, 0], own[:, 3] / own[:, 0]
    step = np.diff(points, axis=0)
    speed, rate = np.hypot(step[:, 1], step[:, 2]) / step[:, 0], step[:, 3] / step[:, 0]
    assert (speed <= max(fast, own_speed.max()) * 1.001).all(), f"{what} flies {speed.max():.0f} m/s"
    if not hovers:
        assert (speed >= min(slow, own_speed.min()) * 0.999).all(), f"{what} flies {speed.min():.0f} m/s"
    assert (rate <= max(climb, own_rate.max()) + 1e-6).all(), f"{what} climbs {rate.max():.1f} m/s"
    assert (rate >= -max(descent, -own_rate.min()) - 1e-6).all(), f"{what} descends {rate.min():.1f} m/s"
    assert points[:, 3].max() <= max(ceiling, plan.u_m.max()) + 1e-6
    if option in (Option.REROUTE, Option.DIVERT, Option.LAND, Option.TURN_BACK):
        turns(points, speed, step, hovers, what)


def turns(points: np.ndarray, speed: np.ndarray, step: np.ndarray, hovers: bool, what: str) -> None:
    """Between legs in motion: a turn at 25 degrees of bank or 3 degrees a second fits into half of each leg. Legs of
    one course, at whatever heights and speeds, are one."""
    with np.errstate(invalid="ignore"):
        ahead = step[:, 1:3] / np.hypot(step[:, 1], step[:, 2])[:, None]
    same = np.flatnonzero(np.abs(np.diff(ahead, axis=0)).max(axis=1) < 1e-3) + 1
    points = np.delete(points, same, axis=0)
    step = np.diff(points, axis=0)
    speed = np.hypot(step[:, 1], step[:, 2]) / step[:, 0]
    far = np.hypot(step[:, 1], step[:, 2])
    for i in range(len(step) - 1):
        if speed[i] < 2.0 or speed[i + 1] < 2.0:
            continue
        cos = np.clip((step[i, 1:3] @ step[i + 1, 1:3]) / (far[i] * far[i + 1]), -1.0, 1.0)
        v = max(speed[i], speed[i + 1])
        radius = max(v * v / (9.80665 * math.tan(math.radians(25.0))), v / math.radians(3.0))
        need = radius * math.tan(min(math.acos(cos), math.pi - 1e-6) / 2.0)
        room = min(far[i] * (1.0 if i == 0 else 0.5), far[i + 1] * (1.0 if i + 2 == len(step) else 0.5))
        assert need <= room * 1.05 + 60.0, f"{what}: corner {i} needs {need:.0f} m and has {room:.0f} m"


def capacity(case: Case, out: AdviceBatch) -> None:
    """No site is told to more flights than it takes, with those whose plan ends there; both plans end at row 1."""
    takes = case.world.setup.sites.capacity
    for site in set(out.site.tolist()) - {NONE}:
        told = set(out.flight[out.site == site].tolist())
        bound = {0, 1} if site == 1 else set()
        assert takes[site] == NONE or len(told | bound) <= takes[site]


def ask(case: Case, stage: Any, levels: tuple[int, int], at_s: float = 0.0) -> AdviceBatch | None:
    """Advice to both flights at the case's moment, `at_s` later."""
    t = case.now_s + at_s
    states = case.world.states(t, case.airborne, late_s=case.late_s)
    return stage.step(t, states, case.world.threats(t, levels), case.picture, case.world.coverage(t))
