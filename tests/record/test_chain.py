"""The chain: every flipped byte is found, an edit shows against the heads, a cut tail is no damage, parts go on."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from fakes import SINCE_VERSION_1, START_S, assert_same, fake_cells, fake_setup, fake_step
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import NonSeekingReader, make_reader
from typer.testing import CliRunner

from flightward.cli.app import app
from flightward.config import Config
from flightward.errors import BadInput, BadRecord
from flightward.model import NONE, StepResult
from flightward.model.acts import Act, ActKind
from flightward.record import Limits, RecordingWriter, Source, open_recording
from flightward.record import mcap_records as mcap
from flightward.record.opening import files_of
from flightward.record.redact import Redaction, redact
from flightward.record.scan import scan
from flightward.record.verify import verify, verify_bytes, verify_parts

DATA = Path(__file__).parent / "data"


def written(folder: Path, n: int = 3, *, close: bool = True, limits: Limits | None = None, size: int = 1) -> Path:
    """A recording of everything there is: two feeds, raw messages, an act, a memory of the stages, heads beside it."""
    rng = np.random.default_rng(7)
    setup = fake_setup(rng)
    source = Source(["radar", "adsb"], [(1, "a.csv", b"1,2,3")], [range(8, 9), range(9, 10)], b"secret")
    writer = RecordingWriter(
        folder / "r.mcap", setup, Config(), {"case": "day", "texts": {"case.toml": "x"}}, source=source,
        heads=folder / "r.heads", limits=limits or Limits(),
    )  # fmt: skip
    for k in range(n):
        setup.names.intern(f"new {k}")
        inbox, result = fake_step(START_S + k, rng, fake_cells(START_S + k, rng) if k == 1 else None, n=size)
        reports, alerts = len(inbox.reports), len(inbox.alerts)
        object.__setattr__(inbox, "report_feed", np.arange(reports, dtype=np.int64) % 2)
        object.__setattr__(inbox, "alert_feed", np.zeros(alerts, dtype=np.int64))
        writer.raw(0, START_S + k - 0.5, b"plot %d" % k)
        writer.raw(1, START_S + k - 0.4, b"squitter %d" % k)
        writer.write(inbox, result)
        if writer.state_due(START_S + k):
            writer.write_state(START_S + k, b"memory" * 5)
        if k == 1:
            writer.write_act(Act(START_S + 1, 5, ActKind.SEEN, "Олена"))
            writer.write_state(START_S + k, b"memory" * 5)
    writer.close() if close else writer._file.abandon()
    return folder / "r.mcap"


def test_a_whole_recording_is_whole_and_agrees_with_its_heads(tmp_path: Path) -> None:
    found = verify(written(tmp_path), tmp_path / "r.heads")
    assert found.is_whole and not found.faults and found.n_heads == 2
    assert found.n_links == 7 and found.last_s == START_S + 2


def test_the_official_reader_reads_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    for reader_of in (make_reader, NonSeekingReader):
        with path.open("rb") as file:
            reader = reader_of(file, validate_crcs=True)  # type: ignore[operator]
            found = list(reader.iter_messages())
            assert sum(channel.topic == "/step" for _, channel, _ in found) == 3
        with path.open("rb") as file:
            names = [a.name for a in reader_of(file).iter_attachments()]  # type: ignore[operator]
            assert names[:2] == ["setup", "names-0"] and len(names) == 7
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
        assert summary is not None and summary.statistics is not None
        assert summary.statistics.message_count == len(found) and summary.statistics.chunk_count == 3
        assert [i.name for i in summary.attachment_indexes][-1] == f"state-{START_S + 1:.0f}"


def flipped(data: bytes, path: Path, at: int, bit: int) -> str:
    """What is said of a file with one bit changed: "" if nothing."""
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    verdict, _ = verify_bytes(bytes(changed), path)
    return (
        "another version"
        if verdict is None
        else "; ".join([*verdict.faults, verdict.torn])[:80] * (not verdict.is_whole)
    )


def test_a_flipped_byte_in_every_record_is_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    bounds = {0, len(data) - 1}
    at = len(mcap.MAGIC)
    while at + mcap.HEAD.size <= len(data):
        _, length = mcap.HEAD.unpack_from(data, at)
        bounds |= {at, at + 1, at + 8, at + 9, at + 9 + length // 2, at + 8 + length}
        at += mcap.HEAD.size + length
    quiet = [at for at in sorted(b for b in bounds if b < len(data)) if not flipped(data, path, at, at % 8)]
    assert quiet == []


@pytest.mark.slow
def test_a_flipped_byte_anywhere_is_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    assert [at for at in range(len(data)) if not flipped(data, path, at, at % 8)] == []


@settings(max_examples=40, deadline=None)
@given(where=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, where: float, bit: int) -> None:
    folder = tmp_path_factory.getbasetemp() / "flips"
    if not folder.exists():
        folder.mkdir()
        written(folder)
    data = (folder / "r.mcap").read_bytes()
    assert flipped(data, folder / "r.mcap", int(where * len(data)), bit)


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_a_verdict(data: bytes) -> None:
    verdict, _ = verify_bytes(mcap.MAGIC + data, Path("x"))
    assert verdict is not None and not verdict.is_whole


def test_a_recording_cut_at_every_byte_of_its_last_pieces_is_cut_short_and_not_damaged(tmp_path: Path) -> None:
    path = written(tmp_path, close=False)
    data = path.read_bytes()
    whole = open_recording(path)
    last = whole._places[-1][1].offset
    kept = list(whole.steps())
    for cut in range(len(data) - 1, last, -1):
        os.truncate(path, cut)
        found = scan(path)
        assert len(found.steps) == 2 and not found.is_closed
        if cut % 101 == 0:
            assert open_recording(path).torn
            verdict, _ = verify_bytes(data[:cut], path)
            assert verdict is not None and verdict.torn and not verdict.faults
    assert_same(kept[1], list(open_recording(path).steps())[1])
    assert verify(path, tmp_path / "r.heads").n_heads == 1
    path.write_bytes(data[: whole._places[0][1].offset + 9])
    assert "is missing" in verify(path, tmp_path / "r.heads").faults[0]


def test_who_makes_a_file_anew_with_an_edit_is_found_by_the_heads(tmp_path: Path) -> None:
    written(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    path = written(other, 4)
    assert verify(path).is_whole
    found = verify(path, tmp_path / "r.heads")
    assert any("not what it was then" in f for f in found.faults)


def test_a_withheld_feed_leaves_the_chain_as_it_was(tmp_path: Path) -> None:
    path, copy = written(tmp_path, size=4), tmp_path / "copies" / "r.mcap"
    copy.parent.mkdir()
    counts = redact(path, copy, Redaction(feeds=["adsb"], acts=True))
    assert counts["/in/raw of feed adsb"] == 3 and counts["acts"] == 1 and counts["names of feed adsb"] == 1
    found = verify(copy, tmp_path / "r.heads")
    assert found.is_whole and found.n_heads == 2 and found.withheld == counts
    assert found.content == verify(path).content
    held, was = open_recording(copy), open_recording(path)
    assert [r.data for r in held.raw()] == [b"plot 0", b"plot 1", b"plot 2"] and len(list(was.raw())) == 6
    assert held.acts == [] and held.inputs == [] and held.states == []
    assert held.setup.names.text(9) == "withheld-9" and was.setup.names.text(9) == "n9"
    for a, b in zip(held.inboxes(), was.inboxes(), strict=True):
        assert b.report_feed is not None or not len(b.reports)
        if b.report_feed is not None:
            assert_same(a.reports, b.reports.take(b.report_feed == 0))
    for x, y in zip(held.steps(), was.steps(), strict=True):
        assert_same(x, y)
    assert b"squitter" not in copy.read_bytes() and b"squitter" not in b"".join(r.data for r in held.raw())


def test_a_withheld_record_cannot_be_exchanged(tmp_path: Path) -> None:
    path, copy = written(tmp_path), tmp_path / "copy.mcap"
    redact(path, copy, Redaction(topics=["/out/"]))
    data = copy.read_bytes()
    assert all(flipped(data, copy, at, 3) for at in range(0, len(data), 53))


def test_what_cannot_be_redacted_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    for what in (Redaction(feeds=["x"]), Redaction(topics=["/out/nothing"])):
        with pytest.raises(BadInput, match="no "):
            redact(path, tmp_path / "c.mcap", what)
    with pytest.raises(BadInput, match="version 1"):
        redact(DATA / "v1-closed.mcap", tmp_path / "c.mcap", Redaction(acts=True))
    with pytest.raises(BadInput, match="exists"):
        redact(path, path, Redaction(acts=True))


def test_raw_messages_come_back_with_their_feed_and_time(tmp_path: Path) -> None:
    raw = list(open_recording(written(tmp_path)).raw())
    assert raw[0] == (START_S - 0.5, "radar", b"plot 0") and raw[1] == (START_S - 0.4, "adsb", b"squitter 0")
    assert open_recording(tmp_path / "r.mcap").input("a.csv") == b"1,2,3"
    with pytest.raises(BadRecord, match="no input"):
        open_recording(tmp_path / "r.mcap").input("b.csv")


def test_many_raw_messages_are_written_before_their_step(tmp_path: Path) -> None:
    path = written(tmp_path, 6, limits=Limits(raw_bytes=10))
    found = open_recording(path)
    assert len(found) == 6 and len(found._parts[0].found.chunks) > 6
    assert sorted(r.data for r in found.raw()) == sorted(
        [b"plot %d" % k for k in range(6)] + [b"squitter %d" % k for k in range(6)]
    )
    assert verify(path).is_whole


def test_raw_messages_after_the_last_step_are_kept(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "r.mcap", fake_setup(np.random.default_rng(1)), Config(), {})
    writer.raw(0, START_S, b"alone")
    writer.close()
    found = open_recording(tmp_path / "r.mcap")
    assert len(found) == 0 and [r.data for r in found.raw()] == [b"alone"] and found.torn == ""
    assert verify(tmp_path / "r.mcap").is_whole


def test_parts_are_one_recording_and_one_chain(tmp_path: Path) -> None:
    written(tmp_path, 9, limits=Limits(part_s=3.0, state_s=100.0))
    parts = files_of(tmp_path / "r.mcap")
    assert [p.name for p in parts] == ["r-0001.mcap", "r-0002.mcap", "r-0003.mcap", "r-0004.mcap"][: len(parts)]
    assert len(parts) >= 3
    assert all(v.is_whole for v in verify_parts(parts, tmp_path / "r.heads"))
    alone = tmp_path / "alone"
    alone.mkdir()
    whole = open_recording(written(alone, 9))
    for path in (tmp_path / "r.mcap", parts[1]):
        found = open_recording(path)
        assert found.t_s.tolist() == whole.t_s.tolist() and found.acts == whole.acts
        for (a, b), (c, d) in zip(found.both(), whole.both(), strict=True):
            assert_same(a, c)
            assert_same(b, d)
        assert len(found.states) >= 2
    parts[1].unlink()
    assert any("does not go on" in f for v in verify_parts(files_of(parts[0])) for f in v.faults)


def test_old_parts_are_deleted_and_a_new_run_goes_on_with_the_chain(tmp_path: Path) -> None:
    limits = Limits(part_s=2.0, keep_s=4.0)
    written(tmp_path, 12, limits=limits)
    first = files_of(tmp_path / "r.mcap")
    assert 2 <= len(first) <= 4 and first[0].name != "r-0001.mcap"
    assert open_recording(tmp_path / "r.mcap").begins_in_part > 0
    assert "no longer there" in open_recording(tmp_path / "r.mcap").notes[0]
    written(tmp_path, 4, limits=Limits(part_s=2.0))
    again = files_of(tmp_path / "r.mcap")
    assert again[: len(first)] == first and len(again) > len(first)
    assert all(v.is_whole for v in verify_parts(again))
    assert len(open_recording(tmp_path / "r.mcap")) == 4


def test_limits_are_checked() -> None:
    with pytest.raises(BadInput, match="negative"):
        Limits(part_s=-1.0)
    with pytest.raises(BadInput, match="needs parts"):
        Limits(keep_s=5.0)


def _as_of_version_1(result: StepResult) -> StepResult:
    """Columns that came later are unknown."""
    if result.advice is None:
        return result
    unknown = {}
    for _, name in SINCE_VERSION_1:
        column = getattr(result.advice, name)
        unknown[name] = np.full_like(column, np.nan if column.dtype.kind == "f" else NONE)
    return dataclasses.replace(result, advice=dataclasses.replace(result.advice, **unknown))


@pytest.mark.parametrize("name", ["closed", "torn"])
def test_recordings_of_version_1_still_open(name: str) -> None:
    """Made by the writer of version 1 from the same seed."""
    rng = np.random.default_rng(7)
    setup = fake_setup(rng)
    steps = []
    for k in range(3):
        setup.names.intern(f"new {k}")
        steps.append(fake_step(START_S + k, rng, fake_cells(START_S + k, rng) if k == 1 else None))
    found = open_recording(DATA / f"v1-{name}.mcap")
    n = 3 if name == "closed" else 1
    assert len(found) >= n and bool(found.torn) == (name == "torn") and found.texts == {"case.toml": "x"}
    for (a, b), (c, d) in zip(found.both(), steps, strict=False):
        assert_same(a, c)
        assert_same(b, _as_of_version_1(d))
    assert found.setup.frame == setup.frame and found.feeds == [] and found.states == []
    if name == "closed":
        assert found.acts == [Act(START_S + 1, 5, ActKind.SEEN, "Олена")]
        verdict = verify(DATA / "v1-closed.mcap")
        assert verdict.is_whole and "no chain" in verdict.notes[0]


def test_the_same_steps_give_the_same_bytes(tmp_path: Path) -> None:
    limits = Limits(is_synced=False)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, limits=limits)
    assert (tmp_path / "a" / "r.mcap").read_bytes() == (tmp_path / "b" / "r.mcap").read_bytes()
    assert os.path.getsize(tmp_path / "a" / "r.mcap") > 10_000


def test_the_command_tells_and_its_exit_code_says_so(tmp_path: Path) -> None:
    path = written(tmp_path)
    ask = CliRunner()
    good = ask.invoke(app, ["verify", str(path), "--heads", str(tmp_path / "r.heads")])
    assert good.exit_code == 0 and "heads that agree: 2" in good.output and "whole" in good.output
    done = ask.invoke(app, ["redact", str(path), str(tmp_path / "copy.mcap"), "--feed", "adsb"])
    assert done.exit_code == 0 and "/in/raw of feed adsb, 3 records" in done.output
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    bad = ask.invoke(app, ["verify", str(path), "--json"])
    assert bad.exit_code == 1
    (row,) = json.loads(bad.output)
    assert row["faults"] and not row["is_whole"]


def test_a_memory_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "r.mcap", fake_setup(np.random.default_rng(1)), Config(), {})
    assert writer.state_due(START_S + 60.0) and not writer.state_due(START_S + 59.0)
    writer.without_state(START_S + 60.0, "Pipeline._x: a lock")
    assert "cannot be kept" in writer.trouble and not writer.state_due(START_S + 119.0)
    writer.write_state(START_S + 120.0, b"x")
    assert writer.trouble == "" and not writer.state_due(START_S + 179.0)
    writer.close()
