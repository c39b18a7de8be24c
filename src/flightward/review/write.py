"""From a recording to one page about one flight, its data beside it, and its PDF."""

from __future__ import annotations

from pathlib import Path

from flightward.review.evidence import gather
from flightward.review.extra import ChanceTable, LossTable
from flightward.review.findings import Findings, find
from flightward.review.knew import know
from flightward.review.page.files import write_files
from flightward.review.page.pdf import find_chromium, write_pdf
from flightward.review.page.render import render
from flightward.review.story import Story
from flightward.wording import Language


def review(
    source: Path, flight_id: str, out: Path, *, case: Path | None = None, lang: Language = "en",
    loss: LossTable | None = None, chance: ChanceTable | None = None, base_map: Path | None = None, pdf: bool = False,
) -> Path:  # fmt: skip
    """Write OUT/review-FLIGHT.html, one page that opens without a network, and give its path.

    source    a recording (.mcap), or the folder of a run with its tables.
    case      where known, the case with its truth.
    lang      "en", or "uk": then the page is review-FLIGHT.uk.html.
    loss, chance  what longer calculations found; without them the page says that they were not made.
    base_map  a folder with land.json, borders.json, admin1.json, places.json (GeoJSON) to draw behind the map.
    pdf       also print it to review-FLIGHT.pdf. The files behind the figures go to review-FLIGHT-data/.
    Errors    BadInput when the recording or the case does not know the flight; BadRecord when the recording is
              damaged; Missing when a PDF is asked for and there is no Chromium (the page is written all the same).
    """
    return write_story(story(source, flight_id, case=case, lang=lang, loss=loss, chance=chance), out, base_map, pdf)


def story(
    source: Path, flight_id: str, *, case: Path | None = None, lang: Language = "en", loss: LossTable | None = None,
    chance: ChanceTable | None = None,
) -> Story:  # fmt: skip
    """Everything that the page of a flight tells. Errors: as `review`."""
    evidence = gather(Path(source), flight_id, case, lang)
    found = find(evidence, evidence.caught)
    return Story(found, know(found), lang, loss, chance)


def write_story(s: Story, out: Path, base_map: Path | None = None, pdf: bool = False) -> Path:
    """The page of a story, its data and its PDF."""
    out.mkdir(parents=True, exist_ok=True)
    stem = page_stem(s)
    folder = f"{stem}-data"
    data_files = write_files(s, out / folder)
    path = out / f"{stem}.html"
    linked = f"{stem}.pdf" if pdf and find_chromium() else ""
    page = render(s, data_files=data_files, folder=folder, base_map=base_map, pdf=linked)
    aside = path.with_suffix(".html.part")
    aside.write_text(page, encoding="utf-8")
    aside.replace(path)
    if pdf:
        write_pdf(path)
    return path


def page_stem(s: Story) -> str:
    """ "review-F1", or "review-F1.uk"."""
    flight_id = s.f.evidence.scene.flight.flight_id
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in flight_id)
    return f"review-{name}" + ("" if s.lang == "en" else f".{s.lang}")


def findings(source: Path, flight_id: str, *, case: Path | None = None) -> Findings:
    """The same as numbers: distances each second, spans of levels, options with what would have come of them."""
    evidence = gather(Path(source), flight_id, case)
    return find(evidence, evidence.caught)
