"""`flightward review RECORDING --flight ID --out DIR`: one page that says what happened; `--compare` for two."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flightward.review.story import Story


class PageLanguage(StrEnum):
    """The languages of the page."""

    en = "en"
    uk = "uk"


def review(
    recordings: Annotated[
        list[Path], typer.Argument(help="A recording (.mcap), or the folder of a run; two of them with --compare.")
    ],
    flight: Annotated[list[str], typer.Option(help="The flight's id; with --compare one for both, or one each.")],
    out: Annotated[Path, typer.Option(help="Where the page goes.")],
    case: Annotated[
        list[Path] | None, typer.Option(help="The case's folder, where its truth is known; one for each recording.")
    ] = None,
    lang: Annotated[PageLanguage, typer.Option(help="The language of the page.")] = PageLanguage.en,
    compare: Annotated[bool, typer.Option("--compare", help="Two recordings side by side.")] = False,
    longer: Annotated[
        bool, typer.Option("--longer", help="Also how close it was, and chance or aim: takes minutes.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Also as PDF, where there is a Chromium.")] = True,
) -> None:
    """Write one HTML page about one flight: map, who knew what when, distances, advice; its data and PDF beside it."""
    from flightward.cli import show
    from flightward.errors import BadInput
    from flightward.review import compare as write_compare
    from flightward.review import with_longer, write_story
    from flightward.review.page.pdf import find_chromium

    want = 2 if compare else 1
    if len(recordings) != want:
        raise BadInput(f"takes {want} recording{'s' if compare else ''}", key="review", value=len(recordings))
    stories = _stories(recordings, flight, case or [], lang)
    if longer:
        with show.progress("How close, chance or aim") as tell:
            stories = [_told(with_longer(s), tell, k + 1, want) for k, s in enumerate(stories)]
    has_chromium = find_chromium() is not None
    pages = [write_story(s, _folder(out, i, want), _base_map(), pdf and has_chromium) for i, s in enumerate(stories)]
    if compare:
        links = tuple(page.relative_to(out).as_posix() for page in pages)
        show.console.print(f"Open {write_compare(stories[0], stories[1], out, (links[0], links[1]))}")
    else:
        show.console.print(f"Open {pages[0]}")
    if pdf and not has_chromium:
        show.console.print(
            "No PDF: there is no Chromium here (Debian: apt-get install chromium). The page prints well."
        )


def _stories(recordings: list[Path], flight: list[str], case: list[Path], lang: PageLanguage) -> list[Story]:
    from flightward.errors import BadInput
    from flightward.review import story

    n = len(recordings)
    if len(flight) not in (1, n):
        raise BadInput(f"give one for all, or {n}", key="--flight", value=" ".join(flight))
    if len(case) not in (0, 1, n):
        raise BadInput(f"give none, one for all, or {n}", key="--case", value=len(case))
    flights = flight * n if len(flight) == 1 else flight
    cases: list[Path | None] = [None] * n if not case else [*case] * n if len(case) == 1 else [*case]
    return [story(r, f, case=c, lang=lang.value) for r, f, c in zip(recordings, flights, cases, strict=True)]


def _told(s: Story, tell: Callable[[int, int], None], done: int, of: int) -> Story:
    tell(done, of)
    return s


def _folder(out: Path, i: int, n: int) -> Path:
    """Two reviews of one flight have the same name: each gets a folder of its own."""
    return out if n == 1 else out / ("first", "second")[i]


def _base_map() -> Path | None:
    """The console's base map, where the console was built."""
    from importlib.resources import files

    folder = Path(str(files("flightward.web") / "static" / "basemap"))
    return folder if folder.is_dir() else None
