"""The chances of days that might have been: as flown, one or more leaks, a little more luck, each piece of advice."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
from scipy.special import ndtr

from flightward.encounters import (
    NMAC,
    Gap,
    RareChance,
    RareSettings,
    RareStatus,
    plain_chance,
    rare_chance,
    risk_ratio,
)
from flightward.model.batch import F64
from flightward.review import approaches, closeness
from flightward.review.approaches import L, Seen, seen_from
from flightward.review.closeness import Path4D
from flightward.review.distances import in_active_zone
from flightward.review.evidence import Evidence
from flightward.review.leaks import Leak
from flightward.review.spread import DronePath, Spread


@dataclasses.dataclass(frozen=True)
class CloseSettings:
    """How hard to look. Sizes are horizontal radius and half height of a cylinder about the flight."""

    struck_radius_m: float = 20.0
    """Lost: flight and drone touch. Half of an airliner's span and of a drone's, more than a helicopter's."""
    struck_half_m: float = 6.0
    leaks_at_once: tuple[int, ...] = (1, 2, 3, 5)
    joint: RareSettings = RareSettings(rel_error=0.08, runs=16, pilot=200, least=64, most_calls=20_000, smallest=1e-9)
    """For being caught, which asks all drones at once."""
    single: RareSettings = RareSettings(rel_error=0.15, runs=12, pilot=200, least=64, most_calls=30_000, smallest=1e-10)
    """For one drone meeting the flight."""
    trials: int = 2_000
    """Plain trials beside each chance, to agree with."""
    ignored: float = 0.02
    """Drones are left out whose chances together are surely below this part of the rest."""


@dataclasses.dataclass(frozen=True)
class Chance:
    """One answer. `scenario`: as_flown, leak (one drone flown on), leaks (k of them, any k alike), luck, advice."""

    scenario: str
    subject: str
    """leak: the drone; leaks: how many; advice: the option and when it was taken; else empty."""
    event: str
    """caught (design, section 3), nmac (152.4 m and 30.48 m), struck (they touch: the flight lost)."""
    chance: RareChance
    method: str
    """known: nothing is uncertain, yes or no; levels: by rare-event simulation; sum: of single drones' chances;
    unseen: nobody watched, so p is unknown."""
    plain: RareChance | None
    """By plain trials."""

    @property
    def apart(self) -> float:
        """From plain trials, in standard errors; NaN where those say nothing."""
        if self.plain is None or not self.plain.se > 0.0 or not self.chance.p >= 0.0:
            return math.nan
        return self.chance.apart(self.plain)


def unseen(c: Chance) -> Chance:
    """The same where the sky was not watched: what was not seen is unknown, never 0."""
    if c.chance.p > 0.0:
        return c
    nothing = dataclasses.replace(c.chance, p=math.nan, se=math.nan, below=math.nan)
    return dataclasses.replace(c, chance=nothing, method="unseen")


@dataclasses.dataclass(frozen=True)
class Advised:
    """One piece of advice, taken at the last moment at which it was told and still in time."""

    option: str
    text: str
    told_s: float
    """When it was last told before its decide-by passed; the route flown is that told then."""
    decide_by_s: float
    p_told: float
    caught_by: str
    """Had the drones flown as they did: "" free, else the cause."""
    least_horizontal_m: float
    vertical_m: float
    risk_ratio: float
    """P(caught) with the advice over without it, luck drawn alike; NaN where nothing happened without."""
    risk_ratio_se: float
    unresolved: float
    induced: float


@dataclasses.dataclass(frozen=True)
class Asker:
    """What all questions about one flight share."""

    evidence: Evidence
    path: Path4D
    drones: list[DronePath]
    lost: list[Leak]
    spread: Spread
    own_sigma_m: tuple[float, float]
    seed: int
    cfg: CloseSettings

    @property
    def reach_m(self) -> float:
        """Beyond it a drone catches nothing."""
        c = self.evidence.caught
        zone = c.zone_radius_m if in_active_zone(self.evidence.scene, self.path).any() else 0.0
        return max(c.raid_radius_m, c.lone_radius_m, zone)

    def see(self, path: Path4D, drones: list[DronePath], spread: Spread | None, keep: tuple[str, ...] = ()) -> Seen:
        """Those of the drones that can matter to a path."""
        in_zone = in_active_zone(self.evidence.scene, path) & path.airborne
        return seen_from(path, drones, spread, in_zone, self.reach_m, self.own_sigma_m, keep=keep)

    def caught(self, scenario: str, subject: str, gap: Gap, dim: int, known: bool) -> Chance:
        """One answer about being caught."""
        if known or dim == 0:
            p = float(gap(np.zeros((1, dim)))[0] <= 0.0) if dim else 0.0
            return Chance(scenario, subject, "caught", RareChance(p, 0.0, RareStatus.GOOD, 1), "known", None)
        seed = self.seed_of(scenario, subject)
        plain = plain_chance(gap, dim, self.cfg.trials, seed=seed) if self.cfg.trials else None
        chance = rare_chance(gap, dim, seed=seed, settings=self.cfg.joint)
        return Chance(scenario, subject, "caught", chance, "levels", plain)

    def met(
        self, scenario: str, subject: str, path: Path4D, drones: list[DronePath], spread: Spread | None
    ) -> list[Chance]:
        """Answers about meeting any of the drones: within the NMAC cylinder, and touching."""
        out = []
        sizes = (("nmac", NMAC.d_m, NMAC.z_m), ("struck", self.cfg.struck_radius_m, self.cfg.struck_half_m))
        for event, radius_m, half_m in sizes:
            in_zone = np.zeros(len(path.t_s), bool)
            seen = seen_from(path, drones, spread, in_zone, radius_m, self.own_sigma_m)
            seed = self.seed_of(scenario, subject)
            out.append(_any(scenario, subject, event, seen, radius_m, half_m, seed, self.cfg))
        return out

    def seed_of(self, scenario: str, subject: str) -> int:
        """Of one question: its answer does not depend on which others are asked."""
        mixed = np.random.SeedSequence([self.seed, *f"{scenario} {subject}".encode()])
        return int(mixed.generate_state(1, np.uint64)[0] >> np.uint64(2))


def _any(
    scenario: str, subject: str, event: str, seen: Seen, radius_m: float, half_m: float, seed: int, cfg: CloseSettings
) -> Chance:
    """Chance of meeting at least one: drones are independent, so 1 - the product of not meeting each."""
    free, square, calls, status, below = 1.0, 0.0, 0, RareStatus.GOOD, 0.0
    bound = _bounds(seen, radius_m, half_m)
    order = np.argsort(-bound, kind="stable")
    rest = np.concatenate([np.cumsum(bound[order][::-1])[::-1], [0.0]])
    parts: list[RareChance] = []
    for i, drone in enumerate(order):
        if rest[i] <= max(cfg.ignored * (1.0 - free), cfg.single.smallest):
            below += float(rest[i])
            break
        gap = approaches.meeting_gap(seen, int(drone), radius_m, half_m)
        if seen.is_known:
            one = RareChance(float(gap(np.zeros((1, L)))[0] <= 0.0), 0.0, RareStatus.GOOD, 1)
        else:
            one = rare_chance(gap, L, seed=seed + int(drone), settings=cfg.single)
        calls += one.n_calls
        if not one.p > 0.0:
            below += 0.0 if math.isnan(one.below) else one.below
            status = max(status, RareStatus.ROUGH) if one.status == RareStatus.STUCK else status
            continue
        parts.append(one)
        free *= 1.0 - one.p
    for one in parts:
        square += (one.se * (free / (1.0 - one.p) if one.p < 1.0 else 0.0)) ** 2
    p, se = 1.0 - free, math.sqrt(square)
    if parts and free > 0.99:  # without the digits that 1 - p loses
        p = -math.expm1(sum(math.log1p(-x.p) for x in parts))
    if p > 0.0 and se > 0.2 * p:
        status = RareStatus.ROUGH
    elif p == 0.0 and not seen.is_known and below > 0.0:
        status = RareStatus.BELOW
    levels = max((x.levels for x in parts), key=len, default=())
    chance = RareChance(p, se, status, calls, levels, below=below)
    return Chance(scenario, subject, event, chance, "known" if seen.is_known else "sum", None)


def _bounds(seen: Seen, radius_m: float, half_m: float) -> F64:
    """(D,) more than the chance of each drone to meet the flight: ten times that of a one-sided error of as many sigma
    as bring it within at the second at which fewest do; one while that is under two sigma."""
    r = seen.rows
    sigma = np.sqrt((r.moved_m**2).sum(axis=2))
    fast = np.repeat(r.fast_mps, np.diff(r.start), axis=0)  # it may pass between two seconds
    level = np.maximum(np.hypot(r.at_m[:, 0], r.at_m[:, 1]) - radius_m - fast[:, 0], 0.0)
    height = np.maximum(np.abs(r.at_m[:, 2]) - half_m - fast[:, 1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        h = np.where(level > 0.0, level / np.hypot(sigma[:, 0], sigma[:, 1]), 0.0)
        v = np.where(height > 0.0, height / sigma[:, 2], 0.0)
    need = np.maximum(h, v)
    least = [float(need[a:b].min()) if b > a else math.inf for a, b in itertools.pairwise(r.start)]
    return np.asarray(np.minimum(10.0 * ndtr(-np.array(least).reshape(-1)), 1.0), dtype=np.float64)


def all_chances(a: Asker) -> list[Chance]:
    """As flown, each leak, k leaks, and luck."""
    flown = a.see(a.path, a.drones, None)
    out = _as_flown(a, flown)
    out += _one_leak(a, flown)
    out += _some_leaks(a, flown)
    seen = a.see(a.path, a.drones, a.spread)
    out.append(a.caught("luck", "", approaches.caught_gap(seen, a.evidence.caught), seen.dim, seen.is_known))
    return out + a.met("luck", "", a.path, a.drones, a.spread)


def _as_flown(a: Asker, seen: Seen) -> list[Chance]:
    gap = approaches.caught_gap(seen, a.evidence.caught)
    return [a.caught("as_flown", "", gap, seen.dim, seen.is_known), *a.met("as_flown", "", a.path, a.drones, None)]


def _with(a: Asker, flown: Seen, lost: list[Leak]) -> tuple[Seen, np.ndarray]:
    """As flown, and lost drones flown on with a spread of their own; which (D,) are those."""
    more = a.see(a.path, [x.path for x in lost], a.spread)
    return join(flown, more), np.arange(len(flown.ids) + len(more.ids)) >= len(flown.ids)


def join(one: Seen, two: Seen) -> Seen:
    """The drones of both."""
    a, b = one.rows, two.rows
    start = np.concatenate([a.start, a.start[-1] + b.start[1:]])
    rows = [np.ascontiguousarray(np.concatenate([x, y])) for x, y in zip(a[1:], b[1:], strict=True)]
    return Seen(one.ids + two.ids, type(a)(start, *rows), one.in_zone, one.is_known and two.is_known)


def _one_leak(a: Asker, flown: Seen) -> list[Chance]:
    out = []
    for leak in a.lost:
        seen, _ = _with(a, flown, [leak])
        gap = approaches.caught_gap(seen, a.evidence.caught)
        out.append(a.caught("leak", leak.drone_id, gap, seen.dim, seen.is_known))
        out += a.met("leak", leak.drone_id, a.path, [leak.path], a.spread)
    return out


def _some_leaks(a: Asker, flown: Seen) -> list[Chance]:
    out = []
    seen, leaking = _with(a, flown, a.lost)
    n_near, n_lost = int(leaking.sum()), len(a.lost)
    for k in sorted({min(k, n_lost) for k in (*a.cfg.leaks_at_once, n_lost) if n_lost}):
        # k of all that were lost; those that could not matter anyway take their part of the k
        gap = approaches.leaking_gap(seen, leaking, k, n_lost - n_near, a.evidence.caught)
        known = seen.is_known and k == n_lost
        out.append(a.caught("leaks", str(k), gap, seen.dim + n_lost, known or not seen.ids))
    return out


def of_advice(a: Asker) -> tuple[list[Advised], list[Chance]]:
    """Each option that was told, taken at the last moment at which it was told in time; and its chances under luck."""
    rows = a.evidence.advice
    advised: list[Advised] = []
    chances: list[Chance] = []
    for option in sorted({str(x) for x in rows["option"]} - {"continue"}):
        i = _last_told(a, option)
        if i < 0:
            continue
        t_s = float(rows["t_s"][i])
        path = closeness.along_route(a.evidence.scene, a.path, rows["route_wkb"][i], t_s)
        if path is None:
            continue
        told = str(rows["text"][i] or ""), t_s, float(rows["decide_by_s"][i]), float(rows["p_caught"][i])
        advised.append(Advised(option, *told, *_outcome(a, path, t_s), *_ratio(a, path)))
        seen = a.see(path, a.drones, a.spread)
        gap = approaches.caught_gap(seen, a.evidence.caught)
        chances.append(a.caught("advice", option, gap, seen.dim, seen.is_known))
        chances += a.met("advice", option, path, a.drones, a.spread)
    return advised, chances


def _last_told(a: Asker, option: str) -> int:
    """Row of the option nearest to its decide-by and not after it; -1 where there is none with a route."""
    rows = a.evidence.advice
    has_route = np.array([x is not None for x in rows["route_wkb"]], bool)
    left = np.nan_to_num(rows["decide_by_s"] - rows["t_s"], nan=1e9)
    k = np.flatnonzero((rows["option"] == option) & has_route & (left >= 0.0))
    return int(k[np.lexsort((-rows["t_s"][k], left[k]))[0]]) if len(k) else -1


def _outcome(a: Asker, path: Path4D, t_s: float) -> tuple[str, float, float]:
    """What catches the flight on a path when drones fly as they did, and how near the nearest comes."""
    drones = a.evidence.drones_truth if a.evidence.own_truth is not None else a.evidence.drones
    if drones is None:
        return "", math.nan, math.nan
    close = closeness.measure(a.evidence.scene, path, drones, a.evidence.caught)
    causes = [str(c) for c in close.caught_by[close.t_s >= t_s] if c]
    row = close.closest()
    near = (math.nan, math.nan) if row is None else (float(close.nearest_h_m[row]), float(close.nearest_v_m[row]))
    return causes[0] if causes else "", *near


def _ratio(a: Asker, path: Path4D) -> tuple[float, float, float, float]:
    """Risk ratio of being caught, its error, unresolved and induced parts: each drone's luck is the same on both."""
    flown, instead = a.see(a.path, a.drones, a.spread), a.see(path, a.drones, a.spread)
    if flown.ids and not instead.ids:  # nothing can reach it there
        p = a.caught("luck", "", approaches.caught_gap(flown, a.evidence.caught), flown.dim, flown.is_known).chance.p
        return (0.0,) * 4 if p > 0.0 else (math.nan,) * 4
    ids = flown.ids + instead.ids
    before, after = (a.see(p, a.drones, a.spread, keep=ids) for p in (a.path, path))
    if not ids or before.ids != after.ids:
        return (math.nan,) * 4
    one, two = (approaches.caught_gap(s, a.evidence.caught) for s in (before, after))
    r = risk_ratio(one, two, before.dim, max(a.cfg.trials, 100), seed=a.seed_of("ratio", ""))
    return r.ratio, r.se, r.unresolved, r.induced
