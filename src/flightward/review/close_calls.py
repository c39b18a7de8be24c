"""How close it was, for the flight's own safety case: distances, and the chance that it would have been lost.

    how_close(source, "F01", case=...)        distances and chances of one flight
    how_close(...).tables()                   the same as Arrow tables;   .write(folder)  as Parquet

Asked of four days that might have been: as flown, with one or more of the lost drones flown on, with courses a little
different, with each piece of advice taken. Nothing is asked per weapon, and nothing of what would have raised harm.
Words, methods and limits: docs/how-close.md; why this way: docs/design/how-close.md.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from flightward.errors import BadInput
from flightward.review import distances, would_be
from flightward.review.close_tables import HowClose
from flightward.review.distances import in_active_zone
from flightward.review.evidence import Evidence, gather
from flightward.review.findings import flown
from flightward.review.leaks import leaks
from flightward.review.spread import drone_paths, learn
from flightward.review.would_be import Asker, CloseSettings


def how_close(
    source: Path, flight_id: str, *, case: Path | None = None, seed: int = 1, settings: CloseSettings | None = None
) -> HowClose:
    """How close hostile drones came to a flight, and how likely it would have been lost.

    source  a recording (.mcap), or the folder of a run with its tables.     case  where known, the case with its truth:
    drones are then as they were, else as the air picture had them, with its errors.     seed  same seed, same answer.
    Errors  BadInput when the recording or the case does not know the flight, BadRecord when the recording is damaged.
    """
    if seed < 0:
        raise BadInput("must be at least 0", key="seed", value=seed)
    return close_of(gather(Path(source), flight_id, case), seed=seed, settings=settings)


def close_of(evidence: Evidence, *, seed: int = 1, settings: CloseSettings | None = None) -> HowClose:
    """The same of evidence that is at hand."""
    cfg = settings or CloseSettings()
    path, path_from = flown(evidence, evidence.caught)
    is_truth = evidence.own_truth is not None
    rows = evidence.drones_truth if is_truth else evidence.drones
    drones = drone_paths(rows) if rows is not None else []
    spread = learn(drones)
    lost = leaks(drones, float(path.t_s[-1])) if len(path.t_s) else []
    own = distances.own_sigma(evidence) if not is_truth else (0.0, 0.0)
    asker = Asker(evidence, path, drones, lost, spread, own, seed, cfg)
    advised, under_advice = would_be.of_advice(asker)
    blind_s = distances.blind_seconds(evidence, path)
    unwatched = not is_truth and (not drones or blind_s > 0.5 * float(path.airborne.sum()))
    chances = (*would_be.all_chances(asker), *under_advice)
    return HowClose(
        flight_id=evidence.scene.flight.flight_id,
        path_from=path_from,
        drones_from="truth" if is_truth else "tracks",
        is_simulated=evidence.scene.is_simulated,
        seed=seed,
        spread=spread,
        airborne_s=float(path.airborne.sum()),
        zone_s=float((in_active_zone(evidence.scene, path) & path.airborne).sum()),
        drones=distances.to_every_drone(path, drones, own),
        inside=distances.inside_raid(evidence, path, drones),
        lost=tuple(lost),
        chances=tuple(would_be.unseen(c) for c in chances) if unwatched else chances,
        blind_s=blind_s,
        is_unwatched=unwatched,
        advice=tuple(advised),
        settings=dataclasses.asdict(cfg),
    )
