"""Speed of the far part of threats: P(caught) of 1,000 flights against 10,000 drones in raids, 64 futures of each.

    python bench/far_threats.py refresh [--slow]    all flights asked anew, by the share of flights near the raids;
                                                    --slow: some of them also without pruning, held equal bit for bit
    python bench/far_threats.py near [--seconds N]   the near part alone, second by second
    python bench/far_threats.py stage [--seconds N] [--draws K]  the whole threats stage, second by second; fewer draws
                                                    make the far part cheap, of which the other figures are free

One core, CPU time; memory is the process's peak.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch, p_caught, swept
from flightward.model import (
    NONE,
    AreaAlertBatch,
    AreaFrame,
    Coverage,
    FlightBatch,
    Futures,
    Names,
    Path4D,
    RaidBatch,
    RaidPicture,
    SensorBatch,
    Setup,
    SiteBatch,
    TrackBatch,
    ZoneBatch,
    columns,
    f64,
    i8,
    i64,
)
from flightward.threats import Threats
from flightward.threats.flights import FlightWatch
from flightward.threats.near import NearPart

F64 = NDArray[np.float64]
T0 = 1_700_000_000.0
KNOTS_S = np.array([0, 60, 120, 180, 240, 300, 420, 600, 780, 1080, 1440, 1800, 2400, 3000, 3600], dtype=np.float64)
DRAWS, FLIGHTS, RAIDS, MEMBERS = 64, 1_000, 200, 50
RAID_SIDE_M, ALL_SIDE_M = 400e3, 2_000e3
REPEATS = 3


def futures(rng: np.random.Generator, raids: int = RAIDS, members: int = MEMBERS, draws: int = DRAWS) -> Futures:
    """Raids in a square, each over 10 km long, 50 m/s; in each draw a raid turns as one and its members stray."""
    m = raids * members
    of = np.repeat(np.arange(raids), members)
    at = rng.uniform(-0.5, 0.5, (2, raids)) * RAID_SIDE_M
    at = at[:, of] + rng.normal(0.0, 4e3, (2, m))
    heading = rng.normal(-2.4, 0.5, raids)[of]
    course = heading + rng.normal(0.0, 0.12, (draws, raids))[:, of] + rng.normal(0.0, 0.04, (draws, m))
    speed = 50.0 + rng.normal(0.0, 2.0, (draws, m))
    height = rng.uniform(200.0, 2_500.0, raids)[of] + rng.normal(0.0, 200.0, (draws, m))
    move = np.stack([np.sin(course), np.cos(course)]) * speed
    e, n = (at[k][None, :, None] + move[k][:, :, None] * KNOTS_S for k in range(2))
    lost = np.where(rng.random((draws, m)) < 0.15, rng.uniform(0.0, 3_600.0, (draws, m)), np.inf)
    return Futures(
        T0, T0 + KNOTS_S, np.arange(m), of.astype(np.int64), e, n, height[:, :, None] + 0.0 * KNOTS_S,
        (rng.random((draws, m)) < 0.9).astype(np.int8), T0 + lost,
    )  # fmt: skip


def plans(rng: np.random.Generator, share_near: float, flights: int = FLIGHTS) -> list[F64]:
    """Way points (W, 4) t, e, n, u: a share begins among the raids, the others anywhere in a larger square outside."""
    out = []
    for f in range(flights):
        side = RAID_SIDE_M if f < share_near * flights else ALL_SIDE_M
        at = rng.uniform(-0.5, 0.5, 2) * side
        while side > RAID_SIDE_M and np.abs(at).max() < 0.5 * RAID_SIDE_M + 100e3:
            at = rng.uniform(-0.5, 0.5, 2) * side
        points = int(rng.integers(4, 12))
        t = np.concatenate([[-rng.uniform(0, 600)], np.sort(rng.uniform(300, 3_000, points - 2)), [3_300.0]])
        course = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.3, points - 1))
        step = np.diff(t) * rng.uniform(60, 200)
        move = np.stack([np.sin(course), np.cos(course)]) * step
        e, n = (at[k] + np.concatenate([[0.0], np.cumsum(move[k])]) for k in range(2))
        out.append(np.column_stack([t, e, n, rng.uniform(300, 3_000, points)]))
    return out


def paths(rows: list[F64]) -> PathBatch:
    """On their plans, with the error that the threats stage gives them."""
    return PathBatch.of([Path4D(T0 + r[:, 0], *r[:, 1:].T.copy()) for r in rows], 150.0, 1.5)


def refresh(slow: bool, shares: list[float]) -> None:
    """Print seconds and memory of one whole refresh."""
    cfg = Config().caught
    rng = np.random.default_rng(11)
    ahead = futures(rng)
    boxes = swept(ahead)
    print(f"boxes of {ahead.n_drones} drones, {DRAWS} draws, {len(KNOTS_S)} knots: ", end="")
    begin = time.process_time()
    swept(ahead)
    print(f"{time.process_time() - begin:.3f} s; the futures themselves {3 * ahead.e_m.nbytes / 1e6:.0f} MB")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for share in shares:
        rows = paths(plans(np.random.default_rng(12), share))
        spent = []
        for _ in range(REPEATS):
            begin = time.process_time()
            chance = p_caught(rows, ahead, ZoneBatch.empty(), T0 + 5.0, cfg, boxes)
            spent.append(time.process_time() - begin)
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"{share:.0%} of flights near the raids: {min(spent):.3f} s (worst of {REPEATS}: {max(spent):.3f}); "
            f"{int((chance.p > 0).sum())} may be caught, {int(np.isfinite(chance.miss_h_m).sum())} pass within 10 km; "
            f"{more / 1e3:.0f} MB more at the peak", flush=True,
        )  # fmt: skip
        if slow:
            some = rows.take(np.arange(0, len(rows), 50))
            begin = time.process_time()
            every = p_caught(some, ahead, ZoneBatch.empty(), T0 + 5.0, cfg, boxes, cull=False)
            times = (time.process_time() - begin) * len(rows) / len(some) / min(spent)
            print(f"    looking at every drone would take {times:.0f} times as long")
            equal(every, chance)


def equal(all_: CaughtChance, some: CaughtChance) -> None:
    """Print whether every 50th row is the same bit for bit."""
    same = all(
        np.array_equal(getattr(all_, c.name), getattr(some, c.name)[::50], equal_nan=c.metadata["dtype"] == "f8")
        for c in columns(CaughtChance)
    )
    print(f"    {len(all_)} of them without pruning: {'equal bit for bit' if same else 'DIFFERENT'}")


class Sky:
    """1,000 flights on their plans and 10,000 drones in raids over one square, second by second, straight on.

    Flights are heard each second (20 m), drones in turn each 4 s (60 m); between looks tracks are carried on.
    """

    def __init__(self, side_m: float) -> None:
        self._rng = np.random.default_rng(31)
        self._side_m = side_m
        rng, m = self._rng, RAIDS * MEMBERS
        self.raid = np.repeat(np.arange(RAIDS), MEMBERS)
        at = (rng.uniform(-0.5, 0.5, (RAIDS, 2)) * side_m)[self.raid] + rng.normal(0.0, 4e3, (m, 2))
        course = rng.normal(-2.4, 0.5, RAIDS)[self.raid] + rng.normal(0.0, 0.04, m)
        height = rng.uniform(200.0, 2_500.0, RAIDS)[self.raid] + rng.normal(0.0, 200.0, m)
        self._drone = np.column_stack([at, height, 50.0 * np.sin(course), 50.0 * np.cos(course), np.zeros(m)])
        course, speed = rng.uniform(0, 2 * np.pi, FLIGHTS), rng.uniform(60.0, 200.0, FLIGHTS)
        place = rng.uniform(-0.5, 0.5, (FLIGHTS, 2)) * side_m
        rates = speed * np.sin(course), speed * np.cos(course), np.zeros(FLIGHTS)
        self._flight = np.column_stack([place, rng.uniform(300.0, 3_000.0, FLIGHTS), *rates])
        self._error = rng.normal(0.0, 1.0, (m, 6)) * [60, 60, 60, 3, 3, 1]

    def setup(self) -> Setup:
        """One radar in the middle that sees all, no zones."""
        begin, end = (self._flight[:, :3] + t * self._flight[:, 3:] for t in (-100.0, 2_600.0))
        wp = np.stack([begin, end], axis=1).reshape(-1, 3)
        n, two, one = FLIGHTS, 2 * np.arange(FLIGHTS + 1), np.ones(1)
        flights = FlightBatch(
            name=i64(np.arange(n)), callsign=i64(np.full(n, NONE)), identity=i64(np.arange(n)),
            aircraft_type=i64(np.full(n, NONE)), category=i8(np.zeros(n)), endurance_s=np.full(n, np.nan),
            fuel_kg=np.full(n, np.nan), start=i64(two), wp_t_s=f64(T0 + np.tile([-100.0, 2_600.0], n)),
            wp_e_m=f64(wp[:, 0].copy()), wp_n_m=f64(wp[:, 1].copy()), wp_u_m=f64(wp[:, 2].copy()),
            alternate_start=np.zeros(n + 1, np.int64), alternate=np.zeros(0, np.int64),
        )  # fmt: skip
        sensors = SensorBatch(
            name=i64([0]), kind=i8([0]), lat_rad=one * 0.8, lon_rad=one * 0.5, hae_m=one * 100, e_m=one * 0,
            n_m=one * 0, min_range_m=one * 0, max_range_m=one * 600e3, min_elevation_rad=one * -0.1,
            max_elevation_rad=one * 1.5708, scan_s=one * 4, sigma_range_m=one * 50, sigma_azimuth_rad=one * 0.003,
            sigma_elevation_rad=one * 0.005, sigma_range_rate_mps=one * np.nan, p_detect=one * 0.9,
            clutter_per_scan=one * 10,
        )  # fmt: skip
        return Setup(
            title="bench", real="nothing", simulated="everything", source="", licence="", frame=AreaFrame(0.8, 0.5),
            radius_m=self._side_m, qnh_hpa=np.nan, geoid_m=0.0, start_s=T0, end_s=T0 + 3_600.0, names=Names(["a"]),
            sensors=sensors, sites=SiteBatch.empty(), zones=ZoneBatch.empty(), flights=flights,
        )  # fmt: skip

    def tracks(self, t: int) -> TrackBatch:
        """The air picture t seconds after the begin."""
        m, n = len(self._drone), FLIGHTS
        seen = np.arange(m) % 4 == t % 4
        self._error[seen] = self._rng.normal(0.0, 1.0, (int(seen.sum()), 6)) * [60, 60, 60, 3, 3, 1]
        heard = self._rng.normal(0.0, 1.0, (n, 6)) * [20, 20, 20, 1, 1, 0.5]
        truth = np.concatenate([self._flight, self._drone])
        state = truth + t * np.column_stack([truth[:, 3:], np.zeros((m + n, 3))]) + np.concatenate([heard, self._error])
        cov = np.zeros((n + m, 6, 6))
        cov[:n, range(6), range(6)], cov[n:, range(6), range(6)] = [400, 400, 400, 1, 1, 0.25], [3600] * 3 + [9, 9, 1]
        is_drone = np.arange(n + m) >= n
        p_class = np.zeros((n + m, 5))
        p_class[:, 0], p_class[:, 1] = is_drone, ~is_drone
        age = np.where(is_drone, (t - np.arange(-n, m)) % 4, 0.5)
        return TrackBatch(
            t_s=T0 + t, track=i64(np.arange(n + m)), e_m=f64(state[:, 0].copy()), n_m=f64(state[:, 1].copy()),
            u_m=f64(state[:, 2].copy()), ve_mps=f64(state[:, 3].copy()), vn_mps=f64(state[:, 4].copy()),
            vu_mps=f64(state[:, 5].copy()), cov=cov, p_exists=np.ones(n + m), p_class=p_class,
            p_hostile=f64(np.where(is_drone, 0.9, 0.0)), hostile=i8(np.full(n + m, NONE)),
            hostile_source=i8(np.full(n + m, 2)), identity=i64(np.where(is_drone, NONE, np.arange(n + m))),
            status=i8(np.ones(n + m)), age_s=f64(age), since_s=np.full(n + m, T0 - 600.0),
            n_reports=i64(np.full(n + m, 50)), sensor_mask=i64(np.ones(n + m)), integrity=i8(np.zeros(n + m)),
            integrity_reason=i8(np.zeros(n + m)),
        )  # fmt: skip

    def raids(self, t: int) -> RaidBatch:
        """The raids as they are in truth."""
        one, mean = np.ones(RAIDS), (self._drone + t * np.pad(self._drone[:, 3:], ((0, 0), (0, 3))))
        mean = mean.reshape(RAIDS, MEMBERS, 6).mean(axis=1)
        return RaidBatch(
            t_s=T0 + t, raid=i64(np.arange(RAIDS)), n_expected=0.9 * MEMBERS * one, e_m=f64(mean[:, 0].copy()),
            n_m=f64(mean[:, 1].copy()), u_m=f64(mean[:, 2].copy()), ve_mps=f64(mean[:, 3].copy()),
            vn_mps=f64(mean[:, 4].copy()), speed_mps=50.0 * one, course_spread_rad=0.1 * one,
            speed_spread_mps=2.0 * one, arrivals_per_min=one, since_s=T0 * one,
            start=i64(MEMBERS * np.arange(RAIDS + 1)), member=i64(FLIGHTS + np.arange(RAIDS * MEMBERS)),
            extent_start=np.zeros(RAIDS + 1, np.int64), extent_e_m=np.zeros(0), extent_n_m=np.zeros(0),
        )  # fmt: skip

    def futures(self, t: int, draws: int = DRAWS) -> Futures:
        """From the truth: a raid turns as one in each draw, members stray by 2 degrees."""
        m, rng = len(self._drone), np.random.default_rng(t)
        at = self._drone[:, :2] + t * self._drone[:, 3:5]
        course = np.arctan2(self._drone[:, 3], self._drone[:, 4]) + rng.normal(0.0, 0.12, (draws, RAIDS))[:, self.raid]
        course += rng.normal(0.0, 0.04, (draws, m))
        e, n = (at[:, k, None] + 50.0 * trig(course)[:, :, None] * KNOTS_S for k, trig in ((0, np.sin), (1, np.cos)))
        lost = np.where(rng.random((draws, m)) < 0.15, rng.uniform(0.0, 3_600.0, (draws, m)), np.inf)
        return Futures(
            T0 + t, T0 + t + KNOTS_S, FLIGHTS + np.arange(m), self.raid.astype(np.int64), e, n,
            self._drone[None, :, 2, None] + 0.0 * e, (rng.random((draws, m)) < 0.9).astype(np.int8), T0 + t + lost,
        )  # fmt: skip


def timed(call: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    """The same call, with the milliseconds it takes kept in a list."""

    def run(*args: Any) -> Any:
        begin = time.process_time()
        out = call(*args)
        into.append(1e3 * (time.process_time() - begin))
        return out

    return run


def near(seconds: int) -> None:
    """Print milliseconds of each second of the near part."""
    for side_m in (800e3, 400e3):
        sky = Sky(side_m)
        watch, part = FlightWatch(sky.setup(), Config()), NearPart(Config().caught)
        spent: list[float] = []
        step = timed(part.step, spent)
        for t in range(seconds):
            air = sky.tracks(t)
            out = step(T0 + t, watch.step(T0 + t, air), air)
        ms = np.array(spent[2:])
        print(
            f"{side_m / 1e3:.0f} km square, {seconds} seconds: first {spent[0]:.0f} ms, then p50 {np.median(ms):.0f}, "
            f"p99 {np.quantile(ms, 0.99):.0f} ms; {int((out.p_lone_soon > 0).sum())} flights may meet a drone, "
            f"{int((out.p_raid_now > 0.5).sum())} are in a raid", flush=True,
        )  # fmt: skip


def stage(seconds: int, draws: int) -> None:
    """Print milliseconds of each second: all of the stage but the far part, the near part, and the far part."""
    for side_m in (800e3, 400e3):
        sky = Sky(side_m)
        threats = Threats(sky.setup(), Config())
        near: list[float] = []
        far: list[float] = []
        rest, rows = [], 0
        threats._near.step = timed(threats._near.step, near)  # type: ignore[method-assign]
        threats._far.step = timed(threats._far.step, far)  # type: ignore[method-assign]
        ahead = sky.futures(0, draws)
        for t in range(seconds):
            is_new = t % 10 == 0
            if is_new:
                ahead = sky.futures(t, draws)
            air = sky.tracks(t)
            picture = RaidPicture(sky.raids(t), ahead, is_new)
            seeing = Coverage(T0 + t, i8([1]), np.ones(1), i64([100]))
            begin = time.process_time()
            out = threats.step(T0 + t, air, seeing, picture, AreaAlertBatch.empty())
            rest.append(1e3 * (time.process_time() - begin) - far[-1])
            rows = len(out.threats)
        said = (
            (name, np.array(values[3:])) for name, values in (("without the far part", rest), ("near part", near))
        )
        text = "; ".join(f"{name} p50 {np.median(v):.0f}, p99 {np.quantile(v, 0.99):.0f} ms" for name, v in said)
        print(
            f"{side_m / 1e3:.0f} km square, {seconds} seconds, {rows} rows: {text}; far part refreshed in "
            f"{np.mean([f for t, f in enumerate(far) if t % 10 == 0][1:]):.0f} ms, else {np.median(far):.1f} ms",
            flush=True,
        )  # fmt: skip


def main() -> None:
    """Run the part that is named, or all."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("what", nargs="*", default=["refresh"])
    args.add_argument("--slow", action="store_true")
    args.add_argument("--shares", type=float, nargs="*", default=[0.0, 0.1, 0.25, 0.5], help="flights near the raids")
    args.add_argument("--seconds", type=int, default=24)
    args.add_argument("--draws", type=int, default=DRAWS, help="of the futures, in `stage`")
    given = args.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for part in given.what:
        if part == "refresh":
            refresh(given.slow, given.shares)
        elif part == "near":
            near(given.seconds)
        else:
            stage(given.seconds, given.draws)


if __name__ == "__main__":
    main()
