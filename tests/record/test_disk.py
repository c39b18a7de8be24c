"""The disk: full and roomy again, gone with the power, and a process that is killed; what was safe stays."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import START_S, assert_same, fake_setup, fake_step

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import Inbox, StepResult
from flightward.model.acts import Act, ActKind
from flightward.record import Limits, RecordingWriter, open_recording
from flightward.record.disk import REST_S, AppendFile
from flightward.record.verify import verify

MOMENTS = 10


def some_steps(n: int) -> list[tuple[Inbox, StepResult]]:
    rng = np.random.default_rng(5)
    return [fake_step(START_S + k, rng) for k in range(n)]


def begun(path: Path, **others: object) -> RecordingWriter:
    return RecordingWriter(path, fake_setup(np.random.default_rng(1)), Config(), {}, **others)  # type: ignore[arg-type]


@contextlib.contextmanager
def no_larger_than(n_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond n_bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def check_gap(path: Path, steps: list[tuple[Inbox, StepResult]], lost: range) -> None:
    """Every step but the lost ones is there, bit for bit; the gap says which; the file is whole."""
    found = open_recording(path)
    kept = [s for k, s in enumerate(steps) if k not in lost]
    assert [s.t_s for _, s in kept] == found.t_s.tolist()
    for (a, b), (c, d) in zip(found.both(), kept, strict=True):
        assert_same(a, c)
        assert_same(b, d)
    (gap,) = found.gaps()
    assert (gap["from_s"], gap["to_s"], gap["n_steps"]) == (START_S + lost[0], START_S + lost[-1], len(lost))
    assert gap["n_raw"] == len(lost) and gap["why"] and gap["why"] in found.notes[0]
    assert verify(path).is_whole


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_full_disk_costs_the_seconds_it_lasts_and_the_gap_is_recorded(tmp_path: Path, moment: int) -> None:
    steps = some_steps(12)
    writer = begun(tmp_path / "r.mcap")
    first, n = 1 + moment % 7, 1 + moment % 4
    for k, step in enumerate(steps):
        writer.raw(0, START_S + k, b"raw")
        if first <= k < first + n:
            with no_larger_than(writer._file.n_bytes + 37 * moment):
                writer.write(*step)
            assert f"nothing is recorded since {START_S + first:.0f}" in writer.trouble
        else:
            writer.write(*step)
            assert writer.trouble == ""
    writer.close()
    assert [g.n_steps for g in writer.gaps] == [n]
    check_gap(tmp_path / "r.mcap", steps, range(first, first + n))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; only root can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_at_ten_moments(small_disk: Path) -> None:
    for moment in range(MOMENTS):
        steps = some_steps(8)
        path, ballast = small_disk / "r.mcap", small_disk / "ballast"
        writer = begun(path, heads=small_disk / "heads")
        first = 1 + moment % 6
        for k, step in enumerate(steps):
            writer.raw(0, START_S + k, b"raw")
            if k == first:
                fill(ballast)
            writer.write(*step)
            if k == first:
                assert "recorded since" in writer.trouble
                ballast.unlink()
        writer.close()
        check_gap(path, steps, range(first, first + 1))
        for file in small_disk.iterdir():
            file.unlink()


def fill(path: Path) -> None:
    """Fill the disk that path is on; only the rest of the last page of the file that is written stays free."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(fd, bytes(4096))
    os.close(fd)


def test_a_day_that_ends_on_a_full_disk_opens_with_what_was_there(tmp_path: Path) -> None:
    steps = some_steps(6)
    writer = begun(tmp_path / "r.mcap")
    for step in steps[:4]:
        writer.write(*step)
    with no_larger_than(writer._file.n_bytes + 10):
        for step in steps[4:]:
            writer.write(*step)
        with pytest.raises(BadRecord, match="could not be written"):
            writer.write_act(Act(START_S, 1, ActKind.SEEN, "A"))
        writer.write_state(START_S, b"x" * 100)
        writer.close()
    assert writer.gaps[0].n_steps == 2
    found = open_recording(tmp_path / "r.mcap")
    assert len(found) == 4 and found.torn and found.acts == []


def test_a_recording_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="cannot be written"):
        begun(tmp_path / "nowhere" / "r.mcap")
    with no_larger_than(100), pytest.raises(BadRecord, match="cannot be written"):
        begun(tmp_path / "r.mcap")


def test_a_part_that_cannot_be_begun_is_begun_later(tmp_path: Path) -> None:
    steps = some_steps(9)
    writer = begun(tmp_path / "r.mcap", limits=Limits(part_s=3.0))
    for k, step in enumerate(steps):
        with no_larger_than(500) if k in (3, 4) else contextlib.nullcontext():
            writer.write(*step)
    writer.close()
    found = open_recording(tmp_path / "r.mcap")
    assert found.t_s.tolist() == [START_S + k for k in range(9) if k not in (3, 4)] and len(found.parts) > 1


def test_all_is_brought_to_the_disk_within_a_second(tmp_path: Path) -> None:
    assert REST_S <= 0.5
    file = AppendFile(tmp_path / "f", sync=True)
    for k in range(5):
        file.append(b"x" * 100)
        for _ in range(1000):
            if file.n_safe == k + 1:
                break
            time.sleep(0.01)
        assert file.n_safe == k + 1
    file.close()
    assert file.is_closed and (tmp_path / "f").read_bytes() == b"x" * 500


def test_a_disk_that_fails_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.fdatasync, []

    def fails_once(fd: int) -> None:
        calls.append(fd)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        real(fd)

    monkeypatch.setattr(os, "fdatasync", fails_once)
    writer = begun(tmp_path / "r.mcap")
    for _ in range(1000):
        if writer.trouble or len(calls) > 1:
            break
        time.sleep(0.01)
    for _ in range(1000):
        if len(calls) > 1 and not writer.trouble:
            break
        time.sleep(0.01)
    assert len(calls) >= 2 and writer.trouble == ""
    writer.close()


def test_after_a_power_cut_all_that_was_safe_is_there(tmp_path: Path) -> None:
    """What had not reached the disk may be missing from any byte on, be zeros, or have a hole before it."""
    path = tmp_path / "r.mcap"
    steps = some_steps(10)
    writer = begun(path, limits=Limits(is_synced=False))
    ends, safe = [], 0
    for k, step in enumerate(steps):
        if k == 6:
            writer._file.sync()
            safe = k
        writer.write(*step)
        ends.append(writer._file.n_bytes)
    writer._file.abandon()
    data = path.read_bytes()
    rng = random.Random(3)
    start = ends[safe - 1]
    for trial in range(60):
        cut = rng.randrange(start, len(data) + 1)
        hole = rng.randrange(start, len(data))
        torn = bytearray(data[:cut] if trial % 3 == 0 else data[:cut] + bytes(rng.randrange(9000)))
        if trial % 3 == 2:
            torn = bytearray(data)
            torn[hole : hole + 512] = bytes(len(torn[hole : hole + 512]))
        path.write_bytes(torn)
        found = open_recording(path)
        assert safe <= len(found) <= 10
        for (a, b), (c, d) in zip(found.both(), steps, strict=False):
            assert_same(a, c)
            assert_same(b, d)


def killed(path: Path, after_s: float) -> int:
    """Fork a process that writes steps and tells each; kill it; the number of steps that it told."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            steps = some_steps(20)
            writer = begun(path)
            for k in range(100_000):
                inbox, result = steps[k % 20]
                object.__setattr__(inbox, "t_s", START_S + k)
                object.__setattr__(result, "t_s", START_S + k)
                writer.write(inbox, result)
                os.write(writes, b".")
                if k % 5 == 0:
                    writer.write_act(Act(START_S + k, 1, ActKind.SEEN, f"P{k}"))
                    os.write(writes, b"a")
        finally:
            os._exit(1)
    os.close(writes)
    told = os.read(reads, 1)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    while more := os.read(reads, 65536):
        told += more
    os.waitpid(child, 0)
    os.close(reads)
    n = told.count(b".")
    found = open_recording(path)
    assert found.torn and found.t_s.tolist() == [START_S + k for k in range(len(found))]
    assert n <= len(found) <= n + 1 and told.count(b"a") <= len(found.acts)
    assert len(list(found.steps(max(len(found) - 3, 0)))) == min(3, len(found))
    verdict = verify(path)
    assert verdict.torn and not verdict.faults
    return n


def test_five_kills_lose_nothing_that_was_told(tmp_path: Path) -> None:
    rng = random.Random(5)
    assert sum(killed(tmp_path / f"{k}.mcap", rng.uniform(0.0, 0.05)) for k in range(5)) > 5


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_that_was_told(tmp_path: Path) -> None:
    rng = random.Random(100)
    for k in range(100):
        killed(tmp_path / f"{k}.mcap", rng.uniform(0.0, 0.4))
        (tmp_path / f"{k}.mcap").unlink()
