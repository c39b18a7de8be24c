"""`kill -9` of a run and of a demo: every recording opens, replays, and has lost at most the last second."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from flightward.feeds.case import Case, read_case
from flightward.record import open_recording
from flightward.record.verify import verify
from flightward.run import replay, start

MOMENTS_S = [0.4, 0.9, 1.3, 2.1, 2.6, 3.4, 4.2, 5.0, 5.5, 6.1, 6.8, 7.7, 8.3, 9.1, 9.6, 10.4, 11.2, 12.0, 12.7, 13.9]


def last_said(lines: Path) -> float:
    """The newest second that the process said it had finished."""
    done = [float(x) for x in lines.read_text().split("\n")[:-1] if x]
    return done[-1] if done else float("nan")


CODE = """
import sys, time
from pathlib import Path
from flightward.feeds.case import read_case
from flightward.run import start
run = start(read_case(Path(sys.argv[1])), Path(sys.argv[2]), tables=False)
with open(sys.argv[3], "w", buffering=1) as said:
    for _, result in run.steps:
        said.write(f"{result.t_s}\\n")
        time.sleep(0.02)
"""


def killed(case: Path, folder: Path, after_s: float) -> tuple[Path, float]:
    """Run a case in a process of its own, kill it `after_s` seconds after its first step; (recording, last second)."""
    folder.mkdir()
    said = folder / "said.txt"
    child = subprocess.Popen([sys.executable, "-c", CODE, str(case), str(folder), str(said)])
    try:
        for _ in range(1200):
            if said.exists() and said.stat().st_size > 0:
                break
            time.sleep(0.1)
        time.sleep(after_s)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    return folder / "recording.mcap", last_said(said)


def check(recording: Path, last_s: float) -> None:
    opened = open_recording(recording)
    kept = [inbox.t_s for inbox in opened.inboxes()]
    assert kept, "nothing was kept"
    assert kept[-1] >= last_s - 1.0
    assert kept == [kept[0] + i for i in range(len(kept))]
    done = replay(recording, check=True)
    assert done.check is not None and done.check.is_equal and done.n_steps == len(kept)
    assert not verify(recording, recording.with_name("recording.heads")).faults


def test_a_killed_run_loses_at_most_the_last_second(small_case: Path, tmp_path: Path) -> None:
    for n, after_s in enumerate((0.2, 1.7)):
        check(*killed(small_case, tmp_path / str(n), after_s))


@pytest.mark.slow
def test_a_run_killed_at_twenty_moments_loses_at_most_the_last_second(small_case: Path, tmp_path: Path) -> None:
    for n, after_s in enumerate(MOMENTS_S):
        check(*killed(small_case, tmp_path / str(n), after_s))


def killed_fork(case: Case, folder: Path, after_s: float) -> tuple[Path, float]:
    """As `killed`, in a fork of this process: it need not load and compile anything first."""
    folder.mkdir()
    said = folder / "said.txt"
    child = os.fork()
    if child == 0:
        try:
            with said.open("w", buffering=1) as lines:
                for _, result in start(case, folder, tables=False).steps:
                    lines.write(f"{result.t_s}\n")
        finally:
            os._exit(1)
    try:
        while not (said.exists() and said.stat().st_size > 0):
            time.sleep(0.005)
        time.sleep(after_s)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return folder / "recording.mcap", last_said(said)


@pytest.mark.slow
def test_a_run_killed_at_a_hundred_random_moments_loses_nothing_that_was_told(
    small_run: tuple[Path, Path], tmp_path: Path
) -> None:
    rng = random.Random(100)
    case = read_case(small_run[0])
    assert case.rows()
    for n in range(100):
        recording, last_s = killed_fork(case, tmp_path / str(n), rng.uniform(0.0, 1.0))
        check(recording, last_s + 1.0)
        shutil.rmtree(recording.parent)


def killed_demo(folder: Path, after_s: float) -> tuple[Path, float]:
    """Start the demo, wait for its console, kill it `after_s` seconds later; (recording, last second it showed)."""
    command = [sys.executable, "-u", "-m", "flightward.cli", "demo", "--port", "0", "--out", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"})
    assert child.stdout is not None
    try:
        address = ""
        for line in child.stdout:
            found = re.search(r"http://[0-9.:]+/", line)
            if found:
                address = found.group(0)
                break
        assert address, "the demo ended before its console was up"
        time.sleep(after_s)
        with urllib.request.urlopen(f"{address}api/state", timeout=20) as answer:
            shown_s = json.load(answer)["t_s"]
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    return folder / "recording.mcap", shown_s or float("-inf")


@pytest.mark.slow
def test_a_demo_killed_at_twenty_moments_loses_at_most_the_last_second(tmp_path: Path) -> None:
    for n, after_s in enumerate(MOMENTS_S):
        check(*killed_demo(tmp_path / str(n), after_s))
