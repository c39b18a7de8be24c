"""All that the page says of who knew what and when, from findings."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model.acts import ActKind
from flightward.review.findings import RUN_GAP_S, Findings, Span, hazard_ids, join
from flightward.review.knew.grid import Grid, grid_of, those_that_mattered
from flightward.review.knew.links import Link, chain, first_act, nth, run_warnings
from flightward.review.knew.position import PositionEvent, position_events
from flightward.review.knew.possible import Possible, earliest, known_from, way_of
from flightward.review.knew.silent import Silence, silences
from flightward.review.knew.tracked import first_rows, owners_of_tracks
from flightward.review.knew.whose import Owned, owners
from flightward.review.scene import I64

RunTimes = tuple[str, float, tuple[int, int], str]


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """Who knew what, when. `drones` are the ids of those that mattered; `needed` of them it took.

    `reports` are those of all drones where the truth is known (else none): `owned.drone` is a column of `grid`.
    """

    links: tuple[Link, ...]
    possible: tuple[Possible, ...]
    silent: tuple[Silence, ...]
    positions: tuple[PositionEvent, ...]
    drones: tuple[str, ...]
    needed: int
    grid: Grid
    owned: Owned
    by_plan: bool
    end_s: float
    """The first catch, else the closest approach; NaN neither."""

    def link(self, stage: str) -> Link | None:
        """One link by its name."""
        return next((x for x in self.links if x.stage == stage), None)

    def can(self, mode: str) -> Possible | None:
        """One case of the earliest warning."""
        return next((x for x in self.possible if x.mode == mode), None)


def know(f: Findings) -> Knowledge:
    """Work it out. With the truth of the case drones are its drones; without, the tracks of the air picture."""
    ev = f.evidence
    with_truth = f.by_truth is not None and ev.drones_truth is not None
    rows = ev.drones_truth if with_truth and ev.drones_truth is not None else ev.drones
    grid = grid_of(rows, f.path.t_s)
    owned = owners(ev.heard.plots, ev.scene.sensors, grid) if with_truth else _nobody()
    mine, needed, row, cause = those_that_mattered(grid, f.path, f.best, f.cfg)
    end_s = float(grid.t_s[row]) if row is not None else math.nan
    quiet: list[Silence] = []
    if with_truth and ev.setup is not None and row is not None:
        quiet = silences(ev.setup, ev.heard, grid, owned, np.arange(len(grid.ids)), end_s)
    can, by_plan = _possible(f, grid, owned, quiet, (mine, needed, row, cause), with_truth)
    return Knowledge(
        links=_links(f, grid, owned, mine, needed, end_s, with_truth),
        possible=can,
        silent=tuple(s for s in quiet if s.drone in mine),
        positions=tuple(position_events(ev.heard, ev.own, f.landing_s)),
        drones=tuple(grid.ids[d] for d in mine.tolist()),
        needed=needed,
        grid=grid,
        owned=owned,
        by_plan=by_plan,
        end_s=end_s,
    )


def _nobody() -> Owned:
    none = np.zeros(0)
    return Owned(none, none, none.astype(np.int64), none.astype(np.int64))


def _possible(
    f: Findings, grid: Grid, owned: Owned, quiet: list[Silence], what: tuple[I64, int, int | None, str], truth: bool
) -> tuple[tuple[Possible, ...], bool]:
    """The cases, where the flight was caught and it is known who was where."""
    mine, needed, row, cause = what
    if row is None or not cause or (truth and not f.evidence.heard.is_recorded):
        return (), True
    way, by_plan = way_of(f.evidence.scene, f.path, row)
    if truth:
        known = known_from(grid, owned, quiet)
    else:  # the picture alone: a drone is known from the second in which its track is first shown
        up = np.isfinite(grid.e_m)
        known = {"at_hand": np.where(up.any(axis=0), grid.t_s[np.argmax(up, axis=0)], np.inf)}
    out = []
    for mode, since in known.items():
        warn_s = earliest(f.evidence.scene, grid, way, since, row, cause, f.cfg)
        ids = tuple(dict.fromkeys(s.sensor for s in quiet if mode == "silent" and s.drone in mine))
        out.append(Possible(mode, nth(since[mine], needed), warn_s, float(grid.t_s[row]), ids))
    return tuple(out), by_plan


def _links(
    f: Findings, grid: Grid, owned: Owned, mine: I64, needed: int, end_s: float, truth: bool
) -> tuple[Link, ...]:
    if not len(mine) and not f.alarms:
        return ()
    ev, of = f.evidence, (needed, len(mine))
    tracks = ev.drones
    raids = hazard_ids(f) or sorted({str(x) for x in tracks["raid_id"] if x is not None})
    if truth:
        first = [(o.t_s.min(), o.t_rx_s.min()) if len(o.t_s) else (math.inf,) * 2 for o in map(owned.of, mine.tolist())]
        detected, reported = (np.array([x[i] for x in first]) for i in (0, 1))
        tracked, grouped = first_rows(tracks, owners_of_tracks(tracks, grid), mine, raids)
    else:
        detected = np.array([ev.heard.since_s.get(grid.ids[d], math.inf) for d in mine.tolist()])
        reported = np.full(len(mine), np.inf)
        own_rows = np.array([grid.ids.index(str(x)) for x in tracks["track_id"]], np.int64)
        tracked, grouped = first_rows(tracks, own_rows, mine, raids)
    times: list[RunTimes] = [
        (name, nth(at, needed), of, "")
        for name, at in (("detected", detected), ("reported", reported), ("tracked", tracked), ("raid", grouped))
    ]
    times += _said(f, end_s)
    times.append(("caught" if math.isfinite(f.caught_s) else "closest", end_s, (0, 0), ""))
    return chain(times, end_s)


def _said(f: Findings, end_s: float) -> list[RunTimes]:
    """What was said, and what people did with it, in the run of alarm that mattered."""
    run = alarm_run(f, end_s)
    if run is None:
        return [(s, math.nan, (0, 0), "") for s in ("advisory", "caution", "warning", "seen", "told", "read_back")]
    w, threats = f.evidence.warnings, f.evidence.threats
    rows = run_warnings(w, run.start_s, run.end_s)
    on = (threats["level"] == "WARNING") & (threats["t_s"] >= run.start_s) & (threats["t_s"] <= run.end_s)
    ids = {str(w["warning_id"][k]) for k in rows}
    out: list[RunTimes] = [
        ("advisory", _advisory_s(f, run), (0, 0), ""),
        ("caution", run.start_s, (0, 0), ""),
        ("warning", float(threats["t_s"][on].min()) if on.any() else math.nan, (0, 0), ""),
    ]
    for kind in (ActKind.SEEN, ActKind.TOLD, ActKind.READ_BACK):
        t_s, who = first_act(f.evidence.heard.acts, ids, kind)
        out.append((kind.word, t_s, (0, 0), who))
    return out


def _advisory_s(f: Findings, run: Span) -> float:
    """When the unbroken time at ADVISORY or above began that led to the run (gaps to 30 s ignored)."""
    t = f.evidence.threats
    on = np.isin(t["level"].astype(str), ["ADVISORY", "CAUTION", "WARNING"])
    on &= ~np.isin(t["hazard_kind"].astype(str), ["blind", "gnss"])
    spans = join(np.unique(t["t_s"][on]), "", RUN_GAP_S)
    return next((x.start_s for x in spans if x.start_s <= run.start_s <= x.end_s), run.start_s)


def alarm_run(f: Findings, end_s: float) -> Span | None:
    """The run of CAUTION or WARNING that stood at the catch; else the last that began before it; else the first."""
    if not f.alarms:
        return None
    standing = [a for a in f.alarms if a.start_s <= end_s < a.end_s + 1.0]
    before = [a for a in f.alarms if a.start_s <= end_s]
    return (standing or before[-1:] or f.alarms)[0]


def report_spans(k: Knowledge, gap_s: float = 20.0) -> dict[str, list[Span]]:
    """Per drone that mattered: spans in which reports of it came."""
    out = {}
    for name in k.drones:
        mine = k.owned.of(k.grid.ids.index(name))
        out[name] = join(np.unique(np.rint(mine.t_rx_s)), "reports", gap_s)
    return out
