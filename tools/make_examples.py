"""Makes docs/examples: the reviews of both built-in days, in both languages, with PDF, data and screenshots.

    python tools/make_examples.py [--runs FOLDER] [--out docs/examples] [--base-map FOLDER]

A day is built and run into FOLDER/NAME (default: a temporary folder; a run that is there already is used). With how
close it was, and chance or aim. Takes some minutes. Needs a Chromium (Debian: apt-get install chromium) and the
`playwright` package for the pictures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from flightward.days import build_day
from flightward.review import compare, story, with_longer, write_story
from flightward.review.page.pdf import find_chromium
from flightward.run import run_case
from flightward.web.server import STATIC

DAYS = {"border-raid": "rega_sg", "lviv-2024-09-17": "THY9BP"}
OTHER = ("border-raid", "rega_zh")
"""The second flight of the comparison."""
SIZE = {"width": 1440, "height": 900}
PICTURES = (("first", None), ("map", "#map"), ("knew", "#knew"), ("close", "#loss"))


def run_of(runs: Path, day: str) -> tuple[Path, Path]:
    """(case, run) of a built-in day; made where it is not there."""
    case, run = runs / day / "case", runs / day / "run"
    if not (case / "case.toml").is_file():
        build_day(day, case)
    if not (run / "summary.json").is_file():
        print(f"running {day} ...", flush=True)
        run_case(case, run)
    return case, run


def truth_of(case: Path) -> Path | None:
    """The case where it holds the truth."""
    return case if (case / "truth.parquet").is_file() else None


def pictures(page: Path, to: Path, n: int = len(PICTURES)) -> None:
    """Screenshots of the first screen, the map and the chain of who knew what (the first `n` of them)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--hide-scrollbars"])
        tab = browser.new_page(viewport=SIZE)
        tab.goto(page.resolve().as_uri())
        tab.wait_for_timeout(500)
        for name, at in PICTURES[:n]:
            scroll = f"document.querySelector('{at}').scrollIntoView({{behavior: 'instant'}})"
            tab.evaluate("scrollTo({top: 0, behavior: 'instant'})" if at is None else scroll)
            tab.wait_for_timeout(200)
            tab.screenshot(path=str(to.with_name(f"{to.name}-{name}.png")))
        browser.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/examples"))
    parser.add_argument("--base-map", type=Path, default=STATIC / "basemap")
    given = parser.parse_args()
    if find_chromium() is None:
        sys.exit("no Chromium found: apt-get install chromium")
    with tempfile.TemporaryDirectory() as scratch:
        runs = given.runs or Path(scratch)
        for day, flight in DAYS.items():
            case, run = run_of(runs, day)
            for lang in ("en", "uk"):
                told = with_longer(story(run, flight, case=truth_of(case), lang=lang))
                page = write_story(told, given.out / day, given.base_map, pdf=True)
                tail = "" if lang == "en" else f".{lang}"
                pictures(page, given.out / f"{day}{tail}", len(PICTURES) if lang == "en" else 1)
                print(f"{page} {page.stat().st_size // 1000} kB", flush=True)
        case, run = run_of(runs, OTHER[0])
        both = [story(run, f, case=truth_of(case)) for f in (DAYS[OTHER[0]], OTHER[1])]
        print(compare(both[0], both[1], given.out, (f"{OTHER[0]}/review-{DAYS[OTHER[0]]}.html", "")))


if __name__ == "__main__":
    main()
