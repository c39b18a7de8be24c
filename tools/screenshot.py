"""Takes a picture of a running console with headless Chromium.

    python tools/screenshot.py [URL] [--out docs/img/console.png] [--size 1440x900] [--seek 960] [--at-level WARNING]

Without URL it plays the built-in demo for itself, and takes the picture that the README shows.
Waits until the page shows frames and, with --seek, that many seconds of the day; with --at-level, until a flight has
that level. Needs the `playwright` package and a
Chromium on the machine (Debian: apt-get install chromium); it downloads nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

LEVELS = ("CLEAR", "ADVISORY", "BLIND", "CAUTION", "WARNING")
DEMO_PORT = 8798
DEMO_SEEK_S = 960.0
"""Seconds into border-raid: the raid is forecast onto the flight's way, with time left to decide."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars"]


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, or None."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def take(
    url: str, out: Path, size: tuple[int, int], seek_s: float | None, at_level: str | None, keys: list[str],
    settle_s: float,
) -> None:
    """Open the page, wait, press the keys, write the picture."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        sys.exit("no Chromium found: apt-get install chromium")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=ARGS)
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("console", lambda m: print(f"page {m.type}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: print(f"page error: {e}"))
        page.goto(url)
        wait_until(page, "!!window.flightward && window.flightward.nFrames > 2", 60.0)
        if seek_s is not None:
            seek(url, seek_s)
            wait_until(page, f"window.flightward.time >= window.flightward.player.start_s + {seek_s}", 600.0)
        if at_level:
            level = LEVELS.index(at_level)
            wait_until(page, f"window.flightward.flights.some(f => f.level === {level})", 600.0)
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(settle_s * 1000)
        out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(out))
        browser.close()
    print(f"{out} {size[0]}x{size[1]}")


def wait_until(page: Any, condition: str, timeout_s: float) -> None:
    """Ask again and again from outside: the page's content policy forbids what playwright's own waiting needs."""
    until = time.monotonic() + timeout_s
    while not page.evaluate(condition):
        if time.monotonic() > until:
            sys.exit(f"waited {timeout_s:.0f} s in vain for {condition}")
        page.wait_for_timeout(100)


@contextlib.contextmanager
def own_demo() -> Iterator[str]:
    """A demo of our own, in real time, until the picture is taken."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "flightward.cli", "demo", "--speed", "1", "--port", str(DEMO_PORT)]
        demo = subprocess.Popen([*command, "--out", folder], stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{DEMO_PORT}/"
        try:
            until = time.monotonic() + 300.0
            while not _answers(url):
                if demo.poll() is not None or time.monotonic() > until:
                    sys.exit("the demo did not start")
                time.sleep(0.5)
            yield url
        finally:
            demo.terminate()
            demo.wait(60.0)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}api/state", timeout=5.0):
            return True
    except OSError:
        return False


def seek(url: str, seek_s: float) -> None:
    """Let the console go to a time, in seconds after the day's start."""
    from websockets.sync.client import connect

    with urlopen(f"{url.rstrip('/')}/api/state", timeout=10.0) as answer:
        start_s = json.load(answer)["start_s"]
    with connect(url.replace("http://", "ws://").rstrip("/") + "/ws") as socket:
        socket.recv()
        socket.send(json.dumps({"do": "seek", "t_s": start_s + seek_s}))
        socket.recv()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?")
    parser.add_argument("--out", type=Path, default=Path("docs/img/console.png"))
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--seek", type=float, help="seconds after the start of the day")
    parser.add_argument("--at-level", choices=LEVELS)
    parser.add_argument("--keys", default="", help="keys to press once it is there, separated by commas")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds to wait before the picture")
    given = parser.parse_args()
    width, height = (int(part) for part in given.size.split("x"))
    keys = [key for key in given.keys.split(",") if key]
    if given.url:
        take(given.url, given.out, (width, height), given.seek, given.at_level, keys, given.settle)
        return
    with own_demo() as url:
        take(url, given.out, (width, height), given.seek or DEMO_SEEK_S, given.at_level, keys or ["1"], 10.0)


if __name__ == "__main__":
    main()
