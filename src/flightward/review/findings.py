"""What the evidence says about one flight: how close, what was known when, what advice would have changed."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.review import closeness
from flightward.review.closeness import Closeness, Path4D
from flightward.review.evidence import Columns, Evidence, take
from flightward.review.scene import F64

RUN_GAP_S = 30.0
LEAD_CAP_S = 1_800.0
ADVICE_WAIT_S = 30.0
OLD_S = 120.0  # a position older than this is a guess, not a path flown
LEVELS = ("CLEAR", "ADVISORY", "BLIND", "CAUTION", "WARNING")
SHOWN = ("WARNING", "CAUTION", "BLIND", "ADVISORY", "CLEAR")


@dataclasses.dataclass(frozen=True)
class Span:
    """A stretch of time with one word for it."""

    start_s: float
    end_s: float
    word: str


@dataclasses.dataclass(frozen=True)
class Choice:
    """One option as shown at the first CAUTION, and what would have come of it."""

    option: str
    text: str
    p_caught: float
    delay_s: float
    extra_m: float
    decide_by_s: float
    path: Path4D | None
    caught_by: str | None  # "" free, a cause, None not known
    closest_h_m: float
    closest_v_m: float


@dataclasses.dataclass(frozen=True)
class Findings:
    """All that the page says, in SI and codes."""

    evidence: Evidence
    cfg: CaughtConfig
    path: Path4D
    path_from: str  # "truth", "reports", "plan"
    by_picture: Closeness
    by_truth: Closeness | None
    takeoff_s: float
    landing_s: float
    alarms: list[Span]  # runs of CAUTION or WARNING over all hazards
    shown: list[Span]  # the worst level shown, over the whole day
    rows: dict[str, list[Span]]  # per hazard kind: spans of level
    blind: list[Span]
    choices: list[Choice]
    first_seen_s: float  # the drones that matter entered the air picture
    first_seen_n: int

    @property
    def best(self) -> Closeness:
        """The distances to believe: by the truth where it is known."""
        return self.by_truth or self.by_picture

    @property
    def caught_s(self) -> float:
        """When the flight was first caught; NaN if it was not."""
        row = self.best.first_caught()
        return float("nan") if row is None else float(self.best.t_s[row])

    @property
    def blind_s(self) -> float:
        """Seconds shown BLIND."""
        return sum(s.end_s - s.start_s + 1.0 for s in self.blind)

    @property
    def is_unwatched(self) -> bool:
        """True when it was BLIND for most of its flight and the truth is not known: "not caught" cannot be said."""
        up = self.landing_s - self.takeoff_s
        return self.by_truth is None and bool(np.isfinite(up)) and self.blind_s > 0.5 * up

    def false_reports(self) -> NDArray[np.int64]:
        """Rows of the reported positions that came while its positions were held to be false."""
        own, heard = self.evidence.own, self.evidence.heard
        bad = own["t_s"][own["integrity"] == "false"]
        return np.flatnonzero(np.isin(np.ceil(heard.t_s), bad)) if len(bad) else np.zeros(0, np.int64)

    @property
    def lead_s(self) -> float:
        """Lead time at the first catch (design, section 8); NaN if not caught."""
        t = self.caught_s
        if np.isnan(t):
            return t
        run = next((a for a in self.alarms if a.start_s <= t < a.end_s + 1.0), None)
        return 0.0 if run is None else min(t - run.start_s, LEAD_CAP_S)


def find(evidence: Evidence, cfg: CaughtConfig) -> Findings:
    """Work out everything about the flight of `evidence`."""
    path, path_from = flown(evidence, cfg)
    by_picture = closeness.measure(evidence.scene, path, evidence.drones, cfg)
    truth = evidence.drones_truth
    by_truth = None
    if evidence.own_truth is not None:
        none = {k: v[:0] for k, v in evidence.drones.items()}
        by_truth = closeness.measure(evidence.scene, path, truth if truth is not None else none, cfg)
    up = np.flatnonzero(path.airborne)
    alarms = join(alarm_seconds(evidence.threats), "alarm", RUN_GAP_S)
    best = by_truth or by_picture
    seen_s, seen_n = first_seen(evidence, path, by_picture, best, cfg)
    return Findings(
        evidence=evidence,
        cfg=cfg,
        path=path,
        path_from=path_from,
        by_picture=by_picture,
        by_truth=by_truth,
        takeoff_s=float(path.t_s[up[0]]) if len(up) else float("nan"),
        landing_s=float(path.t_s[up[-1]]) if len(up) else float("nan"),
        alarms=alarms,
        shown=worst_shown(evidence.threats),
        rows=level_rows(evidence.threats),
        blind=join(np.unique(evidence.threats["t_s"][evidence.threats["hazard_kind"] == "blind"]), "BLIND", 2.0),
        choices=choices(evidence, path, truth if truth is not None else evidence.drones, alarms, cfg),
        first_seen_s=seen_s,
        first_seen_n=seen_n,
    )


def flown(evidence: Evidence, cfg: CaughtConfig) -> tuple[Path4D, str]:
    """The path that the flight flew: by the truth, else by its reports, else its plan; and which."""
    s = evidence.scene
    if evidence.own_truth is not None:
        rows = evidence.own_truth
        return closeness.seconds_of(rows, s.start_s, s.end_s, rows["on_ground"] != 1.0), "truth"
    own = evidence.own
    trusted = take(own, (own["integrity"] != "false") & ~(own["age_s"] > OLD_S))
    if len(trusted["t_s"]) > 30:
        return closeness.seconds_of(trusted, s.start_s, s.end_s, closeness.flying(trusted, cfg)), "reports"
    f = s.flight
    rows = {"t_s": f.t_s, "e_m": f.e_m, "n_m": f.n_m, "hae_m": f.hae_m}
    t = np.arange(np.ceil(s.start_s), np.floor(s.end_s) + 1.0)
    e, n, h = (np.interp(t, f.t_s, rows[k]) for k in ("e_m", "n_m", "hae_m"))
    return Path4D(t, e, n, h, (t >= f.t_s[0]) & (t <= f.t_s[-1])), "plan"


def alarm_seconds(threats: Columns) -> F64:
    """Distinct seconds at CAUTION or WARNING over all hazards but blindness."""
    on = np.isin(threats["level"].astype(str), ["CAUTION", "WARNING"]) & (threats["hazard_kind"] != "blind")
    return np.unique(threats["t_s"][on])


def join(t_s: F64, word: str, gap_s: float) -> list[Span]:
    """Distinct times joined to spans over gaps."""
    if not len(t_s):
        return []
    edges = [0, *(np.flatnonzero(np.diff(t_s) > gap_s) + 1).tolist(), len(t_s)]
    return [Span(float(t_s[a]), float(t_s[b - 1]), word) for a, b in itertools.pairwise(edges)]


def worst_shown(threats: Columns) -> list[Span]:
    """The level that people saw, worst first: WARNING, CAUTION, BLIND, ADVISORY, CLEAR."""
    return _spans(threats["t_s"], threats["level"])


def level_rows(threats: Columns) -> dict[str, list[Span]]:
    """Per hazard kind that was ever at ADVISORY or above (or BLIND): its spans of level."""
    kinds = [
        k for k in ("raid", "drone", "zone", "closed_area", "gnss", "blind") if (threats["hazard_kind"] == k).any()
    ]
    out = {}
    for kind in kinds:
        on = (threats["hazard_kind"] == kind) & (threats["level"] != "CLEAR")
        if on.any():
            out[kind] = _spans(threats["t_s"][on], threats["level"][on])
    return out


def _spans(t_s: F64, level: NDArray[Any]) -> list[Span]:
    """Spans of the worst level per second; a second without rows ends a span."""
    if not len(t_s):
        return []
    rank = np.array([SHOWN.index(str(x)) if str(x) in SHOWN else len(SHOWN) - 1 for x in level])
    seconds, inverse = np.unique(t_s, return_inverse=True)
    worst = np.full(len(seconds), len(SHOWN))
    np.minimum.at(worst, inverse, rank)
    cut = np.flatnonzero((np.diff(worst) != 0) | (np.diff(seconds) > 2.0)) + 1
    edges = [0, *cut.tolist(), len(seconds)]
    return [
        Span(float(seconds[a]), float(seconds[b - 1]) + 1.0, SHOWN[int(worst[a])]) for a, b in itertools.pairwise(edges)
    ]


def first_seen(
    evidence: Evidence, path: Path4D, picture: Closeness, best: Closeness, cfg: CaughtConfig
) -> tuple[float, int]:
    """When the last-needed of the drones that matter had entered the air picture, and how many matter.

    They are the tracks within the raid's limits at the first catch (or the nearest one at the closest approach).
    """
    row = best.first_caught()
    row = best.closest() if row is None else row
    if row is None:
        return float("nan"), 0
    d = evidence.drones
    now = np.flatnonzero(np.abs(d["t_s"] - path.t_s[row]) < 0.5)
    h = np.hypot(d["e_m"][now] - path.e_m[row], d["n_m"][now] - path.n_m[row])
    order = now[np.argsort(h)]
    near = order[: cfg.caught_n if picture.n_near[row] >= cfg.caught_n else 1]
    starts = []
    for track in d["track_id"][near]:
        starts.append(float(d["t_s"][d["track_id"] == track].min()))
    return (max(starts), len(starts)) if starts else (float("nan"), 0)


def choices(evidence: Evidence, path: Path4D, drones: Columns, alarms: list[Span], cfg: CaughtConfig) -> list[Choice]:
    """The options shown at the first CAUTION, each flown against the drones as they came."""
    a = evidence.advice
    if not alarms or not len(a["t_s"]):
        return []
    soon = (a["t_s"] >= alarms[0].start_s) & (a["t_s"] <= alarms[0].start_s + ADVICE_WAIT_S)
    if not soon.any():
        return []
    t_s = float(a["t_s"][soon].min())
    out = []
    for k in np.flatnonzero(a["t_s"] == t_s):
        flies = path if str(a["option"][k]) == "continue" else None
        if flies is None and a["route_wkb"][k] is not None:
            flies = closeness.along_route(evidence.scene, path, a["route_wkb"][k], t_s)
        verdict, h_m, v_m = None, float("nan"), float("nan")
        if flies is not None:
            verdict, h_m, v_m = _outcome(closeness.measure(evidence.scene, flies, drones, cfg), flies, t_s)
        p, delay, extra, by = (float(a[c][k]) for c in ("p_caught", "delay_s", "extra_m", "decide_by_s"))
        option, text = str(a["option"][k]), str(a["text"][k] or "")
        out.append(Choice(option, text, p, delay, extra, by, flies, verdict, h_m, v_m))
    return out


def _outcome(close: Closeness, path: Path4D, t_s: float) -> tuple[str, float, float]:
    after = close.t_s >= t_s
    causes = [c for c in close.caught_by[after] if c]
    up = np.flatnonzero(after & path.airborne & np.isfinite(close.nearest_h_m))
    if not len(up):
        return causes[0] if causes else "", float("nan"), float("nan")
    size = np.hypot(close.nearest_h_m[up] / 10_000.0, close.nearest_v_m[up] / 1_500.0)
    row = up[int(np.argmin(size))]
    return causes[0] if causes else "", float(close.nearest_h_m[row]), float(close.nearest_v_m[row])


def hazard_ids(f: Findings) -> list[str]:
    """Raids that were a threat to the flight at CAUTION or above (else at ADVISORY), in order."""
    t = f.evidence.threats
    for levels in (["CAUTION", "WARNING"], ["ADVISORY"]):
        on = (t["hazard_kind"] == "raid") & np.isin(t["level"].astype(str), levels)
        found = list(dict.fromkeys(str(x) for x in t["hazard_id"][on] if x is not None))
        if found:
            return found
    return []
