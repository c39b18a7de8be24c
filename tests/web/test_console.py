"""The page in a real browser, served by the real server: flights move, a warning appears, the keys work."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flightward.model import Level, Setup
from flightward.web import Frame, FrameEncoder, Player, serve
from flightward.web.server import STATIC

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.browser
TIMEOUT_S = 90.0


def _screenshot_tool() -> Any:
    spec = importlib.util.spec_from_file_location("screenshot", ROOT / "tools" / "screenshot.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; skipped with a word where there is none."""
    tool = _screenshot_tool()
    path = tool.find_chromium()
    if path is None:
        pytest.skip("needs Chromium on the machine (Debian: apt-get install chromium)")
    if not (STATIC / "index.html").is_file():
        pytest.skip("needs the built page (pip install -e . builds it)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the playwright package")
    with sync_api.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=path, args=tool.ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def player(frames: Iterator[Frame], setup: Setup) -> Player:
    return Player(frames, setup.start_s, setup.end_s, time.monotonic, speed=20.0)


@pytest.fixture
def address(player: Player, encoder: FrameEncoder) -> Iterator[str]:
    stop, ready, found = threading.Event(), threading.Event(), []

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    thread = threading.Thread(
        target=serve, args=(player, encoder.setup_message()), kwargs={"on_ready": on_ready, "stop": stop}
    )
    thread.start()
    assert ready.wait(30.0)
    yield found[0]
    stop.set()
    thread.join(15.0)


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page, loaded and drawn; anything that it complains about fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    strangers: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("request", lambda r: None if r.url.startswith((address, "blob:", "data:")) else strangers.append(r.url))
    page.goto(address)
    until(page, "!!window.flightward && window.flightward.nFrames > 1")
    yield page
    page.close()
    assert complaints == []
    assert strangers == [], "the page must ask nobody else"


def until(page: Any, condition: str) -> None:
    """Ask from outside: the page's content policy forbids what playwright's own waiting needs."""
    end = time.monotonic() + TIMEOUT_S
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"in vain: {condition}"
        page.wait_for_timeout(50)


def test_flights_move_on_a_page_that_says_what_it_is(page: Any) -> None:
    until(page, "document.querySelector('.badge').textContent === 'SIMULATED'")
    before = page.evaluate("window.flightward.flights")
    until(page, "!!document.querySelector('.label.own')")
    label = page.evaluate("document.querySelector('.label.own').style.transform")
    start = page.evaluate("window.flightward.time")
    until(page, f"window.flightward.time > {start + 120.0}")
    after = page.evaluate("window.flightward.flights")
    assert [f["name"] for f in before] == [f["name"] for f in after]
    assert all(a["lon_deg"] != b["lon_deg"] for a, b in zip(before, after, strict=True))
    until(page, f"document.querySelector('.label.own').style.transform !== {label!r}")


def test_a_warning_appears_on_top_with_its_deadline(page: Any, player: Player, setup: Setup) -> None:
    assert page.locator("[data-warning]").count() == 0
    player.seek(setup.start_s + 700.0)
    until(page, "window.flightward.nWarnings === 1")
    until(page, f"window.flightward.flights[0].level === {int(Level.WARNING)}")
    until(page, "document.querySelectorAll('[data-warning]').length === 1")
    # the page draws at its own pace, behind the state that the handle shows
    until(page, "document.querySelector('.row')?.dataset.level === 'warning'")
    first = page.locator(".row").first
    assert first.get_attribute("data-flight") == "0"
    assert "Divert" in first.locator(".advice").inner_text()
    assert ":" in first.locator(".time.by").inner_text()
    assert "RGA12" in page.locator("[data-warning]").inner_text()


def test_the_keys_play_pause_choose_and_change_the_language(page: Any) -> None:
    page.keyboard.press("Space")
    until(page, "window.flightward.player.is_playing === false")
    stood = page.evaluate("window.flightward.player.t_s")
    page.keyboard.press("ArrowLeft")
    until(page, f"window.flightward.player.t_s < {stood}")
    page.keyboard.press("+")
    until(page, "window.flightward.player.speed === 40")
    page.keyboard.press("2")
    until(page, "document.querySelector('.row.selected')?.dataset.flight === '1'")
    page.keyboard.press("u")
    until(page, "document.querySelector('.badge').textContent === 'СИМУЛЯЦІЯ'")
    page.keyboard.press("?")
    until(page, "document.querySelector('.help').classList.contains('shown')")
    page.keyboard.press("Space")
    until(page, "window.flightward.player.is_playing === true")


def test_the_map_is_drawn(page: Any) -> None:
    page.wait_for_timeout(1500)
    picture = page.locator(".stage").screenshot()
    # An empty stage of one colour packs to a few kilobytes; land, borders, names and marks do not.
    assert len(picture) > 60_000


def test_a_lost_server_is_said(browser: Any, setup: Setup, encoder: FrameEncoder, frames: Iterator[Frame]) -> None:
    player = Player(frames, setup.start_s, setup.end_s, time.monotonic, speed=20.0)
    stop, ready, found = threading.Event(), threading.Event(), []

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    thread = threading.Thread(
        target=serve, args=(player, encoder.setup_message()), kwargs={"on_ready": on_ready, "stop": stop}
    )
    thread.start()
    assert ready.wait(30.0)
    page = browser.new_page()
    page.goto(found[0])
    until(page, "!!window.flightward && window.flightward.nFrames > 1")
    stop.set()
    thread.join(15.0)
    until(page, "document.body.classList.contains('is-stale')")
    until(page, "document.querySelector('.banner').classList.contains('shown')")
    page.close()
