"""Many reviews, on any engine: every protected flight of every recording, one page each and one table of all."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flightward.engine import Engine, LocalEngine
from flightward.engine.base import Progress
from flightward.errors import BadInput, FlightwardError
from flightward.record import open_recording
from flightward.review.write import findings, review


@dataclasses.dataclass(frozen=True)
class ReviewJob:
    """One flight of one recording; the page goes to `out`. case: where known, the case with its truth."""

    recording: Path
    flight_id: str
    out: Path
    case: Path | None = None


def jobs_in(folder: Path, out: Path) -> list[ReviewJob]:
    """A job for each flight of each recording (*.mcap) under `folder`, in order of path and plan.

    Pages go under `out` as recordings lie under `folder`. Errors: BadInput where there is none; BadRecord.
    """
    jobs = []
    for path in sorted(folder.rglob("*.mcap")):
        setup = open_recording(path).setup
        to = out / path.relative_to(folder).with_suffix("")
        flights = [setup.names.text(int(name)) or "" for name in setup.flights.name]
        jobs += [ReviewJob(path.resolve(), flight, to.resolve()) for flight in flights]
    if not jobs:
        raise BadInput("holds no recording (*.mcap) of a protected flight", where=str(folder))
    return jobs


def one_review(job: ReviewJob) -> dict[str, Any]:
    """Write the page of one job; what the table says of it. A flight that cannot be reviewed has `error`."""
    row: dict[str, Any] = {"recording": str(job.recording), "flight_id": job.flight_id, "page": None, "error": None}
    try:
        row["page"] = str(review(job.recording, job.flight_id, job.out, case=job.case))
        found = findings(job.recording, job.flight_id, case=job.case)
    except FlightwardError as error:
        return row | {"error": str(error)}
    closest = found.best.closest()
    return row | {
        "closest_h_m": None if closest is None else _known(found.best.nearest_h_m[closest]),
        "most_near_n": found.best.most_near(),
        "caught_s": _known(found.caught_s),
        "lead_s": _known(found.lead_s),
        "blind_s": found.blind_s,
        "alarms_n": len(found.alarms),
    }


def review_many(
    jobs: Sequence[ReviewJob], out: Path, *, engine: Engine | None = None, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Do all jobs; the rows of `one_review` in their order, written to OUT/reviews.json too."""
    rows = (engine or LocalEngine()).map(one_review, jobs, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    aside = out / "reviews.json.part"
    aside.write_text(json.dumps(rows, indent=1) + "\n")
    aside.replace(out / "reviews.json")
    return rows


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


__all__ = ["ReviewJob", "jobs_in", "one_review", "review_many"]
