"""A recording gives back what was written, bit for bit; a torn one gives its good part and says so."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import START_S, assert_same, fake_batch, fake_cells, fake_setup, fake_step
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import Config
from flightward.errors import BadRecord, FlightwardError
from flightward.model import Inbox, ReportBatch, Setup, StepResult, TrackBatch
from flightward.record import RecordingWriter, open_recording
from flightward.record.scan import scan
from flightward.record.schema import PACKERS

META = {"versions": {"flightward": "x"}, "hashes": {"case.toml": "ab"}, "case": "day"}


def written(path: Path, n: int = 6, *, close: bool = True) -> tuple[Setup, list[tuple[Inbox, StepResult]]]:
    """A recording of n made-up steps, with a name added in each and a forecast that stands for some."""
    rng = np.random.default_rng(1)
    setup = fake_setup(rng)
    writer = RecordingWriter(path, setup, Config(), {**META, "texts": {"case.toml": 'name = "a"'}})
    steps = []
    cells = None
    for k in range(n):
        t_s = START_S + k
        setup.names.intern(f"new {k}")
        if k % 3 == 1:
            cells = fake_cells(t_s, rng)
        steps.append(fake_step(t_s, rng, cells))
        writer.write(*steps[-1])
    if close:
        writer.close()
        writer.close()
    else:
        writer._file.abandon()
    return setup, steps


def test_all_batches_come_back_bit_for_bit(tmp_path: Path) -> None:
    setup, steps = written(tmp_path / "r.mcap")
    recording = open_recording(tmp_path / "r.mcap")
    assert recording.torn == "" and recording.bytes_lost == 0 and len(recording) == 6
    for (inbox, result), (inbox_read, result_read) in zip(steps, recording.both(), strict=True):
        assert_same(inbox, inbox_read)
        assert_same(result, result_read)
    assert [i.t_s for i in recording.inboxes()] == [START_S + k for k in range(6)] == recording.t_s.tolist()
    assert_same(setup, recording.setup)
    assert recording.config == Config()
    assert recording.meta == META
    assert recording.texts == {"case.toml": 'name = "a"'}


def test_a_symmetric_covariance_comes_back_from_its_half(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    inbox, result = fake_step(START_S, rng)
    cov = np.where(np.isnan(result.tracks.cov), -0.0, result.tracks.cov)
    cov = cov + cov.transpose(0, 2, 1)
    cov[1] = np.nan
    result = dataclasses.replace(result, tracks=dataclasses.replace(result.tracks, cov=cov))
    writer = RecordingWriter(tmp_path / "r.mcap", fake_setup(rng), Config(), META)
    writer.write(inbox, result)
    writer.close()
    (read,) = open_recording(tmp_path / "r.mcap").steps()
    assert_same(result, read)
    assert len(PACKERS[TrackBatch].pack(result.tracks)) < len(cov.tobytes()) + 8 * 5 * 20


def test_columns_that_are_unknown_throughout_are_left_out_and_come_back_to_the_bit() -> None:
    rng = np.random.default_rng(4)
    reports = fake_batch(ReportBatch, 50, rng)
    odd = np.full(50, np.nan)
    odd.view(np.int64)[7] += 1  # a NaN with other bits is not numpy's
    unknown = {"rcs_m2": np.full(50, np.nan), "identity": np.full(50, -1), "kind": np.full(50, -1, np.int8)}
    reports = dataclasses.replace(reports, **unknown, baro_m=odd)
    packer = PACKERS[ReportBatch]
    assert set(packer.values(reports)["unknown"]) == set(unknown)
    assert_same(packer.unpack(packer.pack(reports)), reports)
    assert "unknown" not in packer.values(ReportBatch.empty())


def test_a_changed_setting_comes_back(tmp_path: Path) -> None:
    config = Config().changed({"caught_n": 2, "horizons_s": [60, 120.5], "seed": 7})
    RecordingWriter(tmp_path / "r.mcap", fake_setup(np.random.default_rng(1)), config, META).close()
    found = open_recording(tmp_path / "r.mcap").config
    assert found == config and found.seed == 7
    assert repr(found.advice) == repr(config.advice) and repr(found.caught) == repr(config.caught)


def test_settings_come_back_as_they_were_made_to_the_type(tmp_path: Path) -> None:
    RecordingWriter(tmp_path / "r.mcap", fake_setup(np.random.default_rng(1)), Config(), META).close()
    assert repr(open_recording(tmp_path / "r.mcap").config) == repr(Config())


def test_a_forecast_that_still_stands_is_one_object(tmp_path: Path) -> None:
    written(tmp_path / "r.mcap")
    cells = [r.picture.cells for r in open_recording(tmp_path / "r.mcap").steps()]
    assert cells[0] is None and cells[1] is cells[2] is cells[3] and cells[4] is not cells[3]


def test_steps_can_be_read_from_the_middle(tmp_path: Path) -> None:
    _, steps = written(tmp_path / "r.mcap")
    recording = open_recording(tmp_path / "r.mcap")
    (result,) = recording.steps(3, 4)
    assert_same(steps[3][1], result)
    assert recording.setup.names.find("new 3") == 13


def test_a_recording_that_was_not_closed_opens_and_says_so(tmp_path: Path) -> None:
    _, steps = written(tmp_path / "r.mcap", close=False)
    recording = open_recording(tmp_path / "r.mcap")
    assert len(recording) == len(steps) and "not closed" in recording.torn and recording.bytes_lost == 0
    assert_same(steps[-1][1], list(recording.steps())[-1])


def test_a_tail_torn_at_every_byte_of_the_last_chunk_loses_one_step(tmp_path: Path) -> None:
    path = tmp_path / "r.mcap"
    _, steps = written(path, 3, close=False)
    size = path.stat().st_size
    last = open_recording(path)._places[-1][1].offset
    for cut in range(size - 1, last - 1, -1):
        os.truncate(path, cut)
        found = scan(path)
        assert len(found.steps) == 2 and not found.is_closed
        assert (found.good_bytes, found.file_bytes) == (last, cut)
    assert open_recording(path).bytes_lost == 0
    assert_same(steps[-2][1], list(open_recording(path).steps())[-1])


def test_a_tail_of_rubbish_or_of_zeros_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "r.mcap"
    _, steps = written(path, close=False)
    data = path.read_bytes()
    last = open_recording(path)._places[-1][1].offset
    for tail in (bytes(5000), b"\xff" * 5000, random.Random(1).randbytes(5000)):
        for keep in (len(data), last + 400, last):
            path.write_bytes(data[:keep] + tail)
            recording = open_recording(path)
            assert len(recording) >= len(steps) - 1 and recording.torn
            assert_same(steps[-2][1], list(recording.steps(0, len(steps) - 1))[-1])


def test_a_changed_byte_in_the_middle_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.mcap"
    written(path)
    place = open_recording(path)._places[2][1]
    data = bytearray(path.read_bytes())
    data[place.offset + place.length // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadRecord, match="chunk cannot be read"):
        list(open_recording(path).steps())


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.mcap"
    with pytest.raises(BadRecord, match="cannot be read"):
        open_recording(path)
    for data in (b"", b"\x89MCAP0\r\n", b"PK\x03\x04 something else", b"\x89MCAP0\r\n" + bytes(100)):
        path.write_bytes(data)
        with pytest.raises(BadRecord):
            open_recording(path)


@settings(max_examples=30, deadline=None)
@given(at=st.floats(0.0, 1.0), flip=st.integers(1, 255), n=st.integers(1, 40))
def test_damage_anywhere_gives_good_steps_or_a_plain_error(tmp_path_factory: Any, at: float, flip: int, n: int) -> None:
    path = tmp_path_factory.mktemp("r") / "r.mcap"
    _, steps = written(path, 3)
    data = bytearray(path.read_bytes())
    first = int(at * (len(data) - 1))
    for k in range(first, min(first + n, len(data))):
        data[k] ^= flip
    path.write_bytes(data)
    try:
        results = list(open_recording(path).steps())
    except FlightwardError:
        return
    assert len(results) <= len(steps)


WRITER = """
import sys, time
from pathlib import Path
import numpy as np
sys.path.insert(0, {tests!r})
from fakes import START_S, fake_setup, fake_step
from flightward.config import Config
from flightward.record import RecordingWriter
rng = np.random.default_rng(3)
writer = RecordingWriter(Path({path!r}), fake_setup(rng), Config(), {{}})
step = fake_step(START_S, rng, n=60)
import dataclasses
for k in range(100000):
    inbox = dataclasses.replace(step[0], t_s=START_S + k)
    writer.write(inbox, dataclasses.replace(step[1], t_s=START_S + k))
    print(k, flush=True)
"""


def killed_writer(path: Path, after_s: float) -> int:
    """Start a process that writes steps and tells each, kill it, and give the number of the last one it told."""
    code = WRITER.format(tests=str(Path(__file__).parent), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    told = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    return int(told[-1]) if told else 0


@pytest.mark.parametrize("after_s", [0.003, 0.05])
def test_a_killed_writer_loses_nothing_that_it_had_told(tmp_path: Path, after_s: float) -> None:
    check_killed(tmp_path / "r.mcap", after_s)


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(20)
    for k in range(20):
        check_killed(tmp_path / f"{k}.mcap", rng.uniform(0.0, 0.4))


def check_killed(path: Path, after_s: float) -> None:
    """What a killed process had told is there, in order, and reads to its end."""
    told = killed_writer(path, after_s)
    recording = open_recording(path)
    assert recording.torn
    times = [r.t_s for r in recording.steps()]
    assert times == [START_S + k for k in range(len(times))]
    assert len(times) >= told + 1


def test_the_history_of_all_warnings_is_given_back_as_one(tmp_path: Path) -> None:
    _, steps = written(tmp_path / "r.mcap")
    got = open_recording(tmp_path / "r.mcap").warning_history()
    kept = [r.history for _, r in steps if r.history is not None]
    assert len(got) == sum(map(len, kept)) > 0
    for name in ("warning", "at_s", "p", "level", "reason", "n"):
        assert getattr(got, name).tobytes() == np.concatenate([getattr(h, name) for h in kept]).tobytes()
