"""What people did with warnings: checked, written down at once, there again after a kill, and no stage's business."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fakes import START_S, fake_setup, fake_step
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import Config
from flightward.errors import BadInput, BadRecord, FlightwardError
from flightward.model import NONE, Hazard, Level, Reason, WarningBatch, f64, i8, i64
from flightward.model.acts import Act, ActKind
from flightward.record import ActLog, RecordingWriter, TableWriter, open_recording
from flightward.record.acts import pack, unpack


def warning(number: int = 5, raised_s: float = START_S) -> WarningBatch:
    nan = f64([np.nan])
    return WarningBatch(
        t_s=raised_s, warning=i64([number]), change=i8([1]), flight=i64([0]), site=i64([NONE]),
        hazard=i8([Hazard.RAID]), hazard_id=i64([2]), level=i8([Level.CAUTION]), raised_s=f64([raised_s]),
        first_caution_s=f64([raised_s]), cleared_s=nan, predicted_caught_s=nan, p=f64([0.6]),
        reason=i8([Reason.RAID_ON_ROUTE]), n=i64([4]), clear_again_s=nan,
    )  # fmt: skip


def log() -> ActLog:
    out = ActLog()
    out.hear(warning())
    return out


def test_acts_are_kept_in_order_with_who_when_to_whom_and_how() -> None:
    kept = log()
    kept.add(t_s=START_S + 5.0, warning="W5", act="seen", person=" Olena\tKoval ")
    kept.add(t_s=START_S + 9.0, warning=5, act="told", person="Olena Koval", to_whom="HUM112", how="VHF", note="now")
    kept.add(t_s=START_S + 15.0, warning="W5", act="read_back", person="Olena Koval", to_whom="HUM112", how="VHF")
    assert [(a.act, a.person, a.to_whom) for a in kept.all()] == [
        (ActKind.SEEN, "Olena Koval", ""), (ActKind.TOLD, "Olena Koval", "HUM112"),
        (ActKind.READ_BACK, "Olena Koval", "HUM112"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"warning": "W6"}, "warning"), ({"warning": "R5"}, "warning"), ({"warning": ""}, "warning"),
        ({"warning": True}, "warning"), ({"person": ""}, "person"), ({"person": " \n "}, "person"),
        ({"person": "x" * 121}, "person"), ({"note": "x" * 501}, "note"), ({"act": "shouted"}, "act"),
        ({"t_s": START_S - 1.0}, "t_s"), ({"t_s": float("nan")}, "t_s"), ({"t_s": "now"}, "t_s"),
        ({"act": "told"}, "to_whom"), ({"act": "told", "to_whom": "HUM112"}, "how"), ({"to_whom": 5}, "to_whom"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field_and_nothing_is_kept(change: dict, key: str) -> None:
    kept = log()
    with pytest.raises(BadInput) as error:
        kept.add(**{"t_s": START_S, "warning": "W5", "act": "seen", "person": "A", **change})
    assert error.value.key == key and key in str(error.value)
    assert kept.all() == []


def test_what_cannot_be_written_down_is_not_done() -> None:
    kept = log()

    def full(_: Act) -> None:
        raise BadRecord("the disk is full")

    kept.keep_with(full)
    with pytest.raises(BadRecord, match="full"):
        kept.add(t_s=START_S, warning=5, act="seen", person="A")
    assert kept.all() == []


words = st.text(max_size=60)


@settings(deadline=None)
@given(st.sampled_from(["seen", "told", "read_back"]), words, words, words, words)
def test_any_words_are_refused_or_come_back(act: str, person: str, whom: str, how: str, note: str) -> None:
    kept = log()
    try:
        done = kept.add(t_s=START_S + 0.1, warning=5, act=act, person=person, to_whom=whom, how=how, note=note)
    except BadInput:
        assert kept.all() == []
        return
    assert unpack(pack(done)) == done
    for text in (done.person, done.to_whom, done.how, done.note):
        assert text == text.strip() and text.isprintable()


@given(st.binary(max_size=200))
def test_damaged_bytes_are_a_bad_record(data: bytes) -> None:
    try:
        unpack(data)
    except FlightwardError as error:
        assert isinstance(error, BadRecord)


def written(path: Path, *, close: bool) -> list[Act]:
    """Steps with an act between them, and two after the last."""
    rng = np.random.default_rng(3)
    setup = fake_setup(rng)
    writer, kept = RecordingWriter(path, setup, Config(), {"texts": {"case.toml": "x"}}), ActLog()
    kept.keep_with(writer.write_act)
    for k in range(3):
        inbox, result = fake_step(START_S + k, rng, None)
        object.__setattr__(result, "warnings", warning() if k == 0 else WarningBatch.empty(t_s=START_S + k))
        writer.write(inbox, result)
        kept.write(inbox, result)
        if k == 1:
            kept.add(t_s=START_S + k, warning=5, act="seen", person="Олена")
    kept.add(t_s=START_S + 2, warning=5, act="told", person="Олена", to_whom="HUM112", how="VHF")
    kept.add(t_s=START_S + 2, warning=5, act="read_back", person="Олена", to_whom="HUM112", how="VHF")
    if close:
        writer.close()
        with pytest.raises(BadRecord, match="closed"):
            kept.add(t_s=START_S + 2, warning=5, act="seen", person="B")
    else:
        # as a kill leaves it: nothing more is written, no index, no footer
        writer._file.abandon()
    return kept.all()


@pytest.mark.parametrize("close", [True, False])
def test_acts_survive_a_kill_and_a_restart_goes_on_with_them(tmp_path: Path, close: bool) -> None:
    acts = written(tmp_path / "r.mcap", close=close)
    recording = open_recording(tmp_path / "r.mcap")
    assert recording.acts == acts and len(acts) == 3
    assert len(recording) == 3 and list(recording.texts) == ["case.toml"]
    again = recording.act_log()
    assert again.all() == acts
    again.add(t_s=START_S + 9, warning="W5", act="seen", person="C")
    with pytest.raises(BadInput, match="no warning"):
        again.add(t_s=START_S + 9, warning="W9", act="seen", person="C")


def test_a_torn_act_is_lost_and_nothing_before_it(tmp_path: Path) -> None:
    acts = written(tmp_path / "r.mcap", close=False)
    data = (tmp_path / "r.mcap").read_bytes()
    (tmp_path / "torn.mcap").write_bytes(data[:-5])
    torn = open_recording(tmp_path / "torn.mcap")
    assert torn.acts == acts[:-1] and len(torn) == 3 and torn.torn


def test_acts_are_a_table_and_a_run_without_any_has_an_empty_one(tmp_path: Path) -> None:
    acts = [
        Act(START_S + 1.0, 5, ActKind.SEEN, "A"), Act(START_S + 2.0, 5, ActKind.TOLD, "A", "HUM112", "VHF", "x"),
    ]  # fmt: skip
    setup = fake_setup(np.random.default_rng(3))
    TableWriter(tmp_path / "a", setup, lambda: acts).close()
    TableWriter(tmp_path / "b", setup).close()
    rows = pq.read_table(tmp_path / "a" / "warning_acts.parquet").to_pylist()
    assert rows[0] == {
        "warning_id": "W5", "t_s": START_S + 1.0, "act": "seen", "person": "A", "to_whom": None, "how": None,
        "note": None,
    }  # fmt: skip
    assert list(rows[1].values()) == ["W5", START_S + 2.0, "told", "A", "HUM112", "VHF", "x"]
    assert pq.read_table(tmp_path / "b" / "warning_acts.parquet").num_rows == 0


def test_many_threads_lose_no_act(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    writer = RecordingWriter(tmp_path / "r.mcap", fake_setup(rng), Config(), {})
    kept = log()
    kept.keep_with(writer.write_act)

    def some(who: int) -> None:
        for _ in range(20):
            kept.add(t_s=START_S, warning=5, act="seen", person=f"P{who}")

    threads = [threading.Thread(target=some, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for k in range(10):
        writer.write(*fake_step(START_S + k, rng, None))
    for thread in threads:
        thread.join()
    writer.close()
    assert open_recording(tmp_path / "r.mcap").acts == kept.all() and len(kept.all()) == 80
