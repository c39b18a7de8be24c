"""The page in a real browser, opened from the file system: no network, the slider, both languages, PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flightward.errors import Missing
from flightward.review import ChanceTable, LossRow, LossTable, TestRow, review
from flightward.review.page.pdf import find_chromium, write_pdf

pytestmark = pytest.mark.browser
LOSS = LossTable(
    (
        LossRow("as_flown", 2.4e-3, 1.9e-3, 2.9e-3, 812.0),
        LossRow("leak", 0.011, 0.008, 0.014, 640.0, which="d1"),
        LossRow("luck", 0.034, 0.03, 0.038, 700.0, p_struck=2.0e-5),
        LossRow("advice", 3.0e-7, 1.0e-7, 9.0e-7, 300.0, which="turn_back"),
    ),
    ("A note on the method.",),
)
CHANCE = ChanceTable(
    "Not shown: 1.2 times as many.", (TestRow("Difference in differences", "1.2 times", 0.31, 0.2, 0.5),)
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; skipped with a word where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("needs Chromium on the machine (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the playwright package")
    with sync_api.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=path, args=["--no-sandbox", "--hide-scrollbars"])
        yield chromium
        chromium.close()


class Opened:
    """A page from a file, with all that it asked for and all that went wrong."""

    def __init__(self, browser: Any, path: Path, width: int = 1440, height: int = 900) -> None:
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.goto(path.resolve().as_uri())

    def state(self, name: str) -> Any:
        return self.page.evaluate(f"window.review.state.{name}")


@pytest.fixture
def made(day: Any) -> Path:
    day.full()
    return review(day.out, "F1", day.out / "page", case=day.case, loss=LOSS, chance=CHANCE)


def pixels(page: Any) -> bytes:
    return page.locator("#map canvas").screenshot()


def test_it_opens_from_a_file_and_asks_for_nothing_else(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    assert opened.asked == [made.resolve().as_uri()]
    assert opened.wrong == []
    assert opened.page.evaluate("navigator.onLine") in (True, False)  # it runs whether or not there is a network
    assert opened.state("drawn") >= 1


def test_nothing_but_its_own_script_may_run(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    opened.page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.bad = 1'; document.body.append(s)"
    )
    assert opened.page.evaluate("window.bad === undefined")
    assert any("Content Security Policy" in w for w in opened.wrong)


def test_the_slider_moves_the_map_the_clock_and_the_charts(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    page = opened.page
    assert page.locator("#clock").inner_text() == "09:14:51"  # it opens at the catch
    assert page.locator("#level").inner_text() == "CAUGHT"
    before, line = pixels(page), page.locator("svg[data-start] .cursor").first.get_attribute("x1")
    page.locator("#slider").fill("300")
    page.wait_for_timeout(100)
    assert page.locator("#clock").inner_text() == "08:59:00"
    assert pixels(page) != before
    assert page.locator("svg[data-start] .cursor").first.get_attribute("x1") != line
    assert "nearest" in page.locator("#read").inner_text()


def test_play_runs_and_stops(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    start = opened.state("t")
    opened.page.locator("#play").click()
    opened.page.wait_for_timeout(700)
    opened.page.locator("#play").click()
    moved = opened.state("t")
    assert moved > start
    opened.page.wait_for_timeout(300)
    assert opened.state("t") == moved


def test_the_keyboard_moves_the_time(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    start = opened.state("t")
    opened.page.locator("#slider").focus()
    for _ in range(5):
        opened.page.keyboard.press("ArrowRight")
    assert opened.state("t") == start + 5


def test_zoom_drag_and_layers_change_the_drawing(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    page = opened.page
    scale = page.evaluate("window.review.view.k")
    page.locator("#zoom-in").click()
    assert page.evaluate("window.review.view.k") > scale
    east = page.evaluate("window.review.view.e")
    box = page.locator("#map canvas").bounding_box()
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.up()
    assert page.evaluate("window.review.view.e") > east
    assert opened.state("drones") == 3
    page.locator("[data-layer=truth]").uncheck()
    assert opened.state("drones") == 0


def test_a_time_in_the_timeline_moves_the_map(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    row = opened.page.locator(".timeline tr", has_text="First CAUTION").locator("a")
    row.click()
    assert opened.page.locator("#clock").inner_text() == row.inner_text() == "09:04:00"


def test_the_first_screen_holds_the_three_answers(browser: Any, made: Path) -> None:
    opened = Opened(browser, made)
    for k in range(3):
        box = opened.page.locator(".answers p").nth(k).bounding_box()
        assert box["y"] + box["height"] < 900
        assert re.search(r"\d", opened.page.locator(".answers p").nth(k).inner_text())
    facts = opened.page.locator(".facts").bounding_box()
    assert facts["y"] + facts["height"] < 900


def test_nothing_runs_off_the_side(browser: Any, made: Path) -> None:
    for width in (1440, 1024, 390):
        opened = Opened(browser, made, width)
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} px of content in {width}"
        opened.page.close()


def test_what_was_computed_elsewhere_is_shown_and_absence_is_said(browser: Any, made: Path, day: Any) -> None:
    text = Opened(browser, made).page.inner_text("main")
    assert "0.2 %" in text and "4.6 times" in text and "had d1 flown on" in text
    assert "had it taken “turn back” in time" in text and "<0.0001 %" in text
    assert "Not shown: 1.2 times as many." in text
    assert "it would have been caught with a chance of 3.4 %" in text and "0.002 %" in text
    bare = Opened(browser, review(day.out, "F1", day.out / "bare", case=day.case)).page.inner_text("main")
    assert "Not computed for this page" in bare and "Not tested for this page" in bare


def test_the_ukrainian_page_is_ukrainian(browser: Any, made: Path, day: Any) -> None:
    path = review(day.out, "F1", day.out / "page", case=day.case, lang="uk")
    assert path.name == "review-F1.uk.html"
    opened = Opened(browser, path)
    assert opened.wrong == []
    assert opened.asked == [path.resolve().as_uri()]
    page = opened.page
    assert page.evaluate("document.documentElement.lang") == "uk"
    assert "потрапив під наліт: 3 ворожі дрони були ближче" in page.inner_text(".answers")
    assert page.locator("#level").inner_text() == "ПІД НАЛЬОТОМ"
    page.locator("#slider").fill("300")
    assert "мор. миль" in page.locator("#read").inner_text()
    for heading in page.locator("h1, h2, h3, th, figcaption, button, .layers label").all_inner_texts():
        words = re.sub(r"RESCUE 1|UTC|SHA-256|PDF|F1", "", heading)
        assert not re.search(r"[A-Za-z]{3,}", words), heading


def test_the_pdf_holds_the_page(browser: Any, made: Path) -> None:
    path = write_pdf(made)
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", data)) >= 3
    assert len(data) > 50_000
    assert b"file:" not in data  # a path of the machine that printed it is nobody's business


def test_without_a_chromium_it_is_said_clearly(made: Path) -> None:
    with pytest.raises(Missing, match="did not print"):
        write_pdf(made, chromium="/bin/false")
    with pytest.raises(Missing, match="did not print"):
        write_pdf(made, chromium="/no/such/program")
