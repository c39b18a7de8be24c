"""The raids stage: the air picture of one second in, raids and their forecast out."""

from __future__ import annotations

import numpy as np

from flightward.config import RaidsConfig
from flightward.model import (
    F64,
    I64,
    NONE,
    AreaAlertBatch,
    CellForecast,
    Coverage,
    FlightStates,
    Futures,
    RaidEventBatch,
    RaidPicture,
    Setup,
    TrackBatch,
    f64,
    i8,
    i64,
)
from flightward.raids.alerts_forecast import AlertsForecast
from flightward.raids.cells import NEAR_PIXEL_M, PIXEL_M, CellMap
from flightward.raids.describe import describe_raids
from flightward.raids.expect import UNKNOWN_U_M, Seen, expect
from flightward.raids.forecast import Expected, make_futures
from flightward.raids.group import Change, Groups
from flightward.raids.hostility import Hostility
from flightward.raids.intensity import RaidIntensity
from flightward.raids.legs import Legs
from flightward.raids.members import Members
from flightward.raids.newcomers import Arrivals
from flightward.raids.turns import Turns

NO_ALERTS = AreaAlertBatch.empty()

P_FUTURE_MIN = 0.05
"""A track that is a hostile drone with less probability than this has no part in the forecast."""

class Raids:
    """Keeps the raids of one run; `step` once per whole second.

    bad   tracks left out so far, counted by reason (`not_finite`: no position, velocity or probability).
    """

    NOT_KEPT = ("_map", "_near_map")
    """Left out of snapshots: made from the settings when first asked for."""

    def __init__(self, setup: Setup, cfg: RaidsConfig, seed: int, *, with_cells: bool = True) -> None:
        self.bad: dict[str, int] = {}
        self._setup = setup
        self._cfg = cfg
        self._seed = seed & 0x7FFF_FFFF_FFFF_FFFF
        self._with_cells = with_cells
        self._groups = Groups(cfg)
        self._turns = Turns()
        self._hostility = Hostility()
        self._legs = Legs()
        self._arrivals = Arrivals(setup.start_s)
        self._intensity = RaidIntensity(cfg)
        self._alerts = AlertsForecast(setup, cfg)
        self._since_s: dict[int, float] = {}
        self._futures: Futures | None = None
        self._map: CellMap | None = None
        self._near_map: CellMap | None = None

    def step(
        self, t_s: float, tracks: TrackBatch, coverage: Coverage, *, flights: FlightStates | None = None,
        alerts: AreaAlertBatch | None = None,
    ) -> RaidPicture:
        """The raids at t_s, the newest futures, and each cfg.issue_s the forecast on cells.

        flights   the protected flights of the second before: where near_cells are made; None: nowhere.
        alerts    the changes of areas' states in this second: what the outlook is made from.
        """
        alerts = NO_ALERTS if alerts is None else alerts
        outlook = self._alerts.step(t_s, alerts)
        self._hostility.hear(alerts)
        rows, p = self._possible(tracks)
        raid, chain, events = self._group(t_s, tracks, rows, p)
        p = self._hostility.refined(tracks, rows, p, raid)
        order = np.lexsort((tracks.track[rows], raid))
        rows, p, raid, chain = rows[order], p[order], raid[order], chain[order]
        in_raid = raid >= 0
        mine = rows[in_raid]
        turn_radps = self._turns.step(t_s, tracks.track[mine], tracks.ve_mps[mine], tracks.vn_mps[mine])
        members = _members(tracks, mine, p[in_raid], raid[in_raid], turn_radps, chain[in_raid])
        raids, lag_s = describe_raids(
            t_s, members, self._since_s, self._intensity, coverage.grid, self._setup.radius_m
        )
        slot = self._legs.step(
            t_s, tracks.track[rows], tracks.e_m[rows], tracks.n_m[rows],
            tracks.ve_mps[rows], tracks.vn_mps[rows], in_raid,
        )  # fmt: skip
        is_new = self._is_due(t_s, self._cfg.refresh_s) or self._futures is None
        is_issue = self._with_cells and self._is_due(t_s, self._cfg.issue_s)
        cells = near = None
        if is_new or is_issue:
            lag = np.zeros(len(rows))
            lag[in_raid] = lag_s
            seen = Seen(tracks, rows, p, raid, lag, slot)
            expected = expect(t_s, seen, self._legs, self._arrivals, coverage.grid)
            if is_new:
                self._futures = make_futures(t_s, self._seed, expected, self._cfg.draws)
            if is_issue:
                cells, near = self._cells(t_s, expected, flights)
        return RaidPicture(raids, self._futures, is_new, cells, near, outlook, events)

    def _is_due(self, t_s: float, every_s: float) -> bool:
        return round(t_s - self._setup.start_s) % max(1, round(every_s)) == 0

    def _possible(self, tracks: TrackBatch) -> tuple[I64, F64]:
        """Rows of the tracks that may be hostile, and how likely each is; what is not finite is counted aside."""
        p = tracks.p_exists * tracks.p_hostile
        state = tracks.e_m + tracks.n_m + tracks.ve_mps + tracks.vn_mps
        good = np.isfinite(state) & np.isfinite(p)
        n_bad = len(good) - int(np.count_nonzero(good))
        if n_bad:
            self.bad["not_finite"] = self.bad.get("not_finite", 0) + n_bad
        rows = np.flatnonzero(good & (p >= P_FUTURE_MIN))
        return rows, np.minimum(p[rows], 1.0)

    def _group(self, t_s: float, tracks: TrackBatch, rows: I64, p: F64) -> tuple[I64, I64, RaidEventBatch]:
        """(N,) raid number of each row, NONE where it is too unlikely to be hostile; its chain; what has changed."""
        raid, chain = np.full((2, len(rows)), NONE, dtype=np.int64)
        sure = np.flatnonzero(p >= self._cfg.p_hostile_min)
        sure = sure[np.argsort(tracks.track[rows[sure]], kind="stable")]
        r = rows[sure]
        e_m, n_m = tracks.e_m[r], tracks.n_m[r]
        raid[sure] = self._groups.step(t_s, tracks.track[r], e_m, n_m, tracks.ve_mps[r], tracks.vn_mps[r])
        chain[sure] = self._groups.wave
        return raid, chain, _events(t_s, self._groups.changes, e_m, n_m)

    def _cells(
        self, t_s: float, expected: Expected, flights: FlightStates | None
    ) -> tuple[CellForecast, CellForecast | None]:
        cfg = self._cfg
        if self._map is None:
            self._map = CellMap(self._setup.frame, self._setup.radius_m, cfg.cell_resolution, PIXEL_M)
        cells = self._map.forecast(t_s, self._seed, expected, cfg.horizons_s, cfg.p_any_min)
        if flights is None or not np.isfinite(flights.e_m).any():
            return cells, None
        if self._near_map is None:
            self._near_map = CellMap(self._setup.frame, self._setup.radius_m, cfg.near_resolution, NEAR_PIXEL_M)
        near = self._near_map.near(flights.e_m, flights.n_m, cfg.near_m)
        return cells, self._near_map.forecast(t_s, self._seed, expected, cfg.horizons_s, cfg.p_any_min, near)


def _members(tracks: TrackBatch, rows: I64, p: F64, raid: I64, turn_radps: F64, chain: I64) -> Members:
    u_m = tracks.u_m[rows]
    return Members(
        tracks.track[rows], raid, p, tracks.e_m[rows], tracks.n_m[rows], np.where(np.isfinite(u_m), u_m, UNKNOWN_U_M),
        tracks.ve_mps[rows], tracks.vn_mps[rows], turn_radps, i64(chain),
    )  # fmt: skip


def _events(t_s: float, changes: list[Change], e_m: F64, n_m: F64) -> RaidEventBatch:
    if not changes:
        return RaidEventBatch.empty(t_s=t_s)
    return RaidEventBatch(
        t_s=t_s, event=i8([c.event for c in changes]), raid=i64([c.raid for c in changes]),
        other=i64([c.other for c in changes]), n_members=i64([len(c.stay) for c in changes]),
        n_other=i64([len(c.go) for c in changes]), e_m=f64([e_m[c.go].mean() for c in changes]),
        n_m=f64([n_m[c.go].mean() for c in changes]),
    )  # fmt: skip
