"""The page as PDF, by a Chromium of the machine where there is one: no network, a profile of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from flightward.errors import Missing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
WAIT_S = 180.0
_FILE_LINK = re.compile(r'<a href="[^"#][^"]*"')
INSTALL = "Install one (Debian: apt-get install chromium), or print the page from any browser."


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def without_links(html: str) -> str:
    """The page without links to files: a PDF would hold them as whole paths of this machine."""
    return _FILE_LINK.sub("<a", html)


def write_pdf(page: Path, chromium: str | None = None) -> Path:
    """Print a page to a PDF beside it and give its path.

    Errors  Missing when there is no Chromium, or it does not print (its last words are in the message).
    """
    program = chromium or find_chromium()
    if program is None:
        raise Missing("A Chromium, which makes the PDF,", INSTALL)
    out = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="flightward-pdf-") as profile:
        aside, bare = Path(profile) / "page.pdf", Path(profile) / "page.html"
        bare.write_text(without_links(page.read_text(encoding="utf-8")), encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}/profile", "--no-pdf-header-footer", f"--print-to-pdf={aside}",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []), bare.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=WAIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Missing("The PDF", f"{program} did not print: {error}") from error
        if not aside.is_file() or not aside.read_bytes().startswith(b"%PDF"):
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise Missing("The PDF", f"{program} did not print: {last[0][:200]}")
        shutil.copyfile(aside, out)
    return out
