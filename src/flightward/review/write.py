"""From a recording to one page about one flight."""

from __future__ import annotations

from pathlib import Path

from flightward.review.evidence import gather
from flightward.review.findings import Findings, find
from flightward.review.page import render


def review(source: Path, flight_id: str, out: Path, *, case: Path | None = None) -> Path:
    """Write OUT/review-FLIGHT.html, one page that opens without a network, and give its path.

    source  a recording (.mcap), or the folder of a run with its tables.     case  where known, the case with its truth.
    Errors  BadInput when the recording or the case does not know the flight; BadRecord when the recording is damaged.
    """
    page = render(findings(source, flight_id, case=case))
    out.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in flight_id)
    path = out / f"review-{name}.html"
    aside = path.with_suffix(".html.part")
    aside.write_text(page, encoding="utf-8")
    aside.replace(path)
    return path


def findings(source: Path, flight_id: str, *, case: Path | None = None) -> Findings:
    """The same as numbers: distances each second, spans of levels, options with what would have come of them."""
    evidence = gather(Path(source), flight_id, case)
    return find(evidence, evidence.caught)
