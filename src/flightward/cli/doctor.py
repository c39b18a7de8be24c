"""`flightward doctor [AREA.toml]`: what is installed; how every live connection of an area does, and what to do."""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flightward.feeds.live import SourceState

EXTRAS = (("mqtt", "paho-mqtt"), ("notify", "apprise"))
PROGRAMS = (("chromium", "review pages as PDF"),)
AT_FAULT = 1


def doctor(
    area: Annotated[Path | None, typer.Argument(help="AREA.toml, whose live feeds are to be tested.")] = None,
    listen: Annotated[float, typer.Option(min=0.1, help="Seconds to listen.")] = 10.0,
    language: Annotated[str, typer.Option(help="en or uk.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
) -> None:
    """Tell what is installed and, of an area's live feeds, which are up, what was heard, and what to do next.

    Ends with 1 if any of them has something to be done.
    """
    from flightward.errors import BadInput
    from flightward.wording import LANGUAGES

    if language not in LANGUAGES:
        raise BadInput("must be one of " + ", ".join(LANGUAGES), key="--language", value=language)
    told: dict[str, Any] = {"installed": _installed()}
    if area is not None:
        told |= _connections(area, listen, language, quiet=as_json)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _show(told)
    if any(not feed["is_good"] for feed in told.get("feeds", [])) or told.get("own_clock"):
        raise typer.Exit(AT_FAULT)


def _installed() -> dict[str, str]:
    found = {"flightward": importlib.metadata.version("flightward")}
    for extra, package in EXTRAS:
        try:
            found[f"extra {extra}"] = f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            found[f"extra {extra}"] = f"not installed: pip install 'flightward[{extra}]'"
    for program, use in PROGRAMS:
        found[f"program {program}"] = shutil.which(program) or f"not found (for {use})"
    return found


def _connections(area: Path, listen_s: float, language: str, *, quiet: bool) -> dict[str, Any]:
    from flightward.cli import show
    from flightward.feeds.live import Gather, read_area
    from flightward.feeds.live.findings import findings, own_clock
    from flightward.wording.sources import to_do

    read = read_area(area, os.environ, time.time)
    gather = Gather(read.sources)
    gather.start()
    try:
        end_s = time.monotonic() + listen_s
        while (left_s := end_s - time.monotonic()) > 0.0:
            if not quiet and show.console.is_terminal:
                show.console.print(f"Listening, {left_s:.0f} s more ...", end="\r")
            time.sleep(min(1.0, left_s))
            gather.inbox(time.time())
        states = gather.states()
    finally:
        gather.stop()
    feeds = []
    for state in states:
        found = findings(state)
        texts = [to_do(f.code, f.values, language) for f in found]
        feeds.append({**_facts(state), "is_good": found[0].code == "good", "codes": [f.code for f in found],
                      "to_do": texts})  # fmt: skip
    own = own_clock(states)
    return {
        "area": read.setup.title, "notes": read.notes, "feeds": feeds,
        "own_clock": None if own is None else to_do(own.code, own.values, language),
    }  # fmt: skip


def _facts(s: SourceState) -> dict[str, Any]:
    now_s = time.time()

    def known(value: float) -> float | None:
        return round(value, 3) if math.isfinite(value) else None

    return {
        "name": s.name, "address": s.address, "is_up": s.is_up, "is_stale": s.is_stale, "n_connects": s.n_connects,
        "n_bytes": s.n_bytes, "n_messages": s.n_messages, "n_reports": s.n_reports, "peers": list(s.peers),
        "heard_age_s": known(now_s - s.heard_s), "newest_age_s": known(now_s - s.newest_s),
        "kept_aside": dict(s.kept_aside), "put_right": dict(s.repairs),
        "clocks": {who: {"ahead_s": known(o.ahead_s), "spread_s": known(o.spread_s), "n": o.n}
                   for who, o in s.clocks.items()},
    }  # fmt: skip


def _show(told: dict[str, Any]) -> None:
    for what, found in told["installed"].items():
        print(f"{what}: {found}")
    for note in told.get("notes", []):
        print(f"note: {note}")
    for feed in told.get("feeds", []):
        print(f"\n{'good' if feed['is_good'] else 'TO DO':<6} {feed['name']}  {feed['address']}")
        is_up, age_s = "up" if feed["is_up"] else "down", feed["newest_age_s"]
        newest = "" if age_s is None else f", the newest {age_s:.1f} s old"
        numbers = f"{feed['n_bytes']} bytes, {feed['n_messages']} messages, {feed['n_reports']} reports"
        print(f"       {is_up}, {numbers}{newest}")
        if feed["peers"]:
            print(f"       connected: {', '.join(feed['peers'])}")
        for who, o in feed["clocks"].items():
            ahead = "ahead" if o["ahead_s"] > 0.0 else "behind or late"
            print(f"       clock {who or feed['name']}: {abs(o['ahead_s']):.2f} s {ahead}, of {o['n']} messages")
        for title in ("kept_aside", "put_right"):
            if feed[title]:
                reasons = ", ".join(f"{reason} {n}" for reason, n in feed[title].items())
                print(f"       {title.replace('_', ' ')}: {reasons}")
        for text in feed["to_do"] if not feed["is_good"] else []:
            print(f"       -> {text}")
    if told.get("own_clock"):
        print(f"\nTO DO  {told['own_clock']}")
