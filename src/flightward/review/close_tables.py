"""What `how_close` gives: dataclasses, and the same as plain tables."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flightward.review.distances import DroneDistance, Inside
from flightward.review.leaks import Leak
from flightward.review.spread import Spread
from flightward.review.would_be import Advised, Chance

_F, _S, _I, _B = pa.float64(), pa.string(), pa.int64(), pa.bool_()
DISTANCES = {f.name: _S if f.name == "drone_id" else _F for f in dataclasses.fields(DroneDistance)}
CHANCES = {
    "scenario": _S, "subject": _S, "event": _S, "p": _F, "se": _F, "rel_error": _F, "n_effective": _F, "n_trials": _F,
    "n_calls": _I, "n_levels": _I, "status": _S, "below": _F, "method": _S, "plain_p": _F, "plain_se": _F, "apart": _F,
}  # fmt: skip
ADVICE = {f.name: _S if f.name in ("option", "text", "caught_by") else _F for f in dataclasses.fields(Advised)}
LEAKS = {"drone_id": _S, "lost_s": _F, "as_drone": _S, "p_caught": _F, "p_nmac": _F, "p_struck": _F}
FLIGHT = {
    "flight_id": _S, "path_from": _S, "drones_from": _S, "is_simulated": _B, "seed": _I, "airborne_s": _F, "zone_s": _F,
    **{f.name: _I if f.name == "most_near" else _F for f in dataclasses.fields(Inside)},
    "blind_s": _F, "is_unwatched": _B,
    "n_drones": _I, "n_lost": _I, "spread_across_mps": _F, "spread_along_mps": _F, "spread_up_mps": _F,
    "forgets_across_s": _F, "forgets_along_s": _F, "forgets_up_s": _F, "spread_pairs": _I, "settings": _S,
}  # fmt: skip
TABLES = {
    "close_flight": FLIGHT, "close_drones": DISTANCES, "close_chances": CHANCES, "close_leaks": LEAKS,
    "close_advice": ADVICE,
}  # fmt: skip
"""Every table and its columns; docs/how-close.md says what they hold."""


@dataclasses.dataclass(frozen=True)
class HowClose:
    """How close it was, of one flight. SI units; times POSIX seconds UTC."""

    flight_id: str
    path_from: str
    """truth, reports or plan."""
    drones_from: str
    """truth, or tracks: what no sensor saw is then not in it."""
    is_simulated: bool
    seed: int
    spread: Spread
    airborne_s: float
    zone_s: float
    """In the air within a defended zone while that was active."""
    drones: tuple[DroneDistance, ...]
    inside: Inside
    lost: tuple[Leak, ...]
    chances: tuple[Chance, ...]
    advice: tuple[Advised, ...]
    settings: dict[str, Any]
    blind_s: float
    """In the air and shown BLIND."""
    is_unwatched: bool
    """By tracks, and BLIND for most of the flight or without any hostile track: chances are unknown or too low."""

    def chance(self, scenario: str, event: str = "caught", subject: str = "") -> Chance:
        """One answer. Errors: KeyError when it was not asked."""
        for c in self.chances:
            if (c.scenario, c.event, c.subject) == (scenario, event, subject):
                return c
        raise KeyError((scenario, event, subject))

    def tables(self) -> dict[str, pa.Table]:
        """The same as Arrow tables: close_flight (one row), close_drones, close_chances, close_leaks, close_advice."""
        rows = {
            "close_flight": [self._flight()],
            "close_drones": [dataclasses.asdict(d) for d in self.drones],
            "close_chances": [_chance(c) for c in self.chances],
            "close_leaks": [self._leak(x) for x in self.lost],
            "close_advice": [dataclasses.asdict(x) for x in self.advice],
        }
        return {name: pa.Table.from_pylist([_null(r) for r in rows[name]], _schema(TABLES[name])) for name in TABLES}

    def write(self, out: Path) -> list[Path]:
        """Write each table as OUT/NAME.parquet; the same answer gives the same bytes."""
        out.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, table in self.tables().items():
            path = out / f"{name}.parquet"
            pq.write_table(table, path.with_suffix(".part"), compression="zstd")
            path.with_suffix(".part").replace(path)
            paths.append(path)
        return paths

    def _flight(self) -> dict[str, Any]:
        s = self.spread
        names = ("across", "along", "up")
        return {
            **{k: getattr(self, k) for k in list(FLIGHT)[:7]},
            **dataclasses.asdict(self.inside),
            "blind_s": self.blind_s, "is_unwatched": self.is_unwatched,
            "n_drones": len(self.drones), "n_lost": len(self.lost), "spread_pairs": s.n_pairs,
            **{f"spread_{n}_mps": x for n, x in zip(names, s.sigma_mps, strict=True)},
            **{f"forgets_{n}_s": x for n, x in zip(names, s.forgets_s, strict=True)},
            "settings": json.dumps(self.settings, sort_keys=True),
        }  # fmt: skip

    def _leak(self, leak: Leak) -> dict[str, Any]:
        p = {f"p_{e}": self.chance("leak", e, leak.drone_id).chance.p for e in ("caught", "nmac", "struck")}
        return {"drone_id": leak.drone_id, "lost_s": leak.lost_s, "as_drone": leak.as_drone, **p}


def _chance(c: Chance) -> dict[str, Any]:
    x, plain = c.chance, c.plain
    return {
        "scenario": c.scenario, "subject": c.subject, "event": c.event, "p": x.p, "se": x.se, "rel_error": x.rel_error,
        "n_effective": x.n_effective, "n_trials": x.n_trials, "n_calls": x.n_calls, "n_levels": len(x.levels),
        "status": "UNSEEN" if c.method == "unseen" else x.status.name,
        "below": x.below, "method": c.method, "plain_p": plain.p if plain else math.nan,
        "plain_se": plain.se if plain else math.nan, "apart": c.apart,
    }  # fmt: skip


def _null(row: dict[str, Any]) -> dict[str, Any]:
    """Unknown is null."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}


def _schema(columns: dict[str, Any]) -> pa.Schema:
    return pa.schema(list(columns.items()))
