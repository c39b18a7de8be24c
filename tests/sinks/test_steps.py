"""Sinks on a whole day: what stands is kept, what changed is sent, what is simulated is refused or marked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from feedkit import ANOTHER, context
from sockets import QUICK, Recorder, until

import days
from flightward.errors import BadInput, Missing
from flightward.feeds.cot import CotFeed
from flightward.feeds.isotime import iso_s
from flightward.model import Inbox, Level, Setup, StepResult
from flightward.sinks import Mark, Observer, files, mark_of
from flightward.sinks import notify as notify_module
from flightward.sinks.cot import CotSink
from flightward.sinks.files import FileSink
from flightward.sinks.formats.cot import events_of
from flightward.sinks.notify import Note, NotifySink, apprise_senders
from flightward.sinks.webhook import Webhook, WebhookSink, verify


class Wire:
    """A sender that keeps."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def stop(self, flush_s: float = 0.0) -> None:
        self.sent.append(b"")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Setup, list[tuple[Inbox, StepResult]]]:
    """A hundred seconds made by hand."""
    setup = days.made_setup(tmp_path_factory.mktemp("sinks") / "case")
    return setup, days.made_day(setup)


def test_simulated_and_replayed_data_is_refused_unless_it_is_an_exercise(day: tuple[Setup, list[object]]) -> None:
    setup = day[0]
    assert setup.is_simulated
    with pytest.raises(BadInput, match="--exercise"):
        mark_of(setup)
    assert mark_of(setup, exercise=True) == Mark("EXERCISE SIMULATED")


def test_every_warning_is_standing_from_raise_to_clear(day: tuple[Setup, list[tuple[Inbox, StepResult]]]) -> None:
    setup, steps = day
    observer = Observer(setup, Mark("EXERCISE"))
    n_tracks = n_cleared = 0
    open_now: set[str] = set()
    for _, result in steps:
        scene = observer.scene(result)
        n_tracks += len(scene.tracks) == len(result.tracks)
        for k, number in enumerate(result.warnings.warning.tolist()):
            name = f"W{number}"
            if result.warnings.change[k] == 3:
                open_now.discard(name)
                n_cleared += 1
            else:
                open_now.add(name)
        assert {w.id for w in scene.warnings if not w.is_cleared} == open_now
        assert all(w.text.startswith("EXERCISE: ") for w in scene.warnings)
        for r in scene.routes:
            assert r.flight_id in {w.flight_id for w in scene.warnings}
        if scene.t_s == days.START_S + 60:
            (w,), (r,), (raid,) = scene.warnings, scene.routes, scene.raids
            assert (w.id, w.flight_id, w.name, w.hazard, w.hazard_id) == ("W5", "F1", "MEDIC1", "raid", "R3")
            assert (w.level, w.p, w.hae_m) == (Level.WARNING, pytest.approx(0.45), 900.0)
            assert (r.option, len(r.t_s), raid.id, raid.course_rad) == ("divert", 2, "R3",
            pytest.approx(np.pi / 4.0, abs=0.01))
            assert [t.raid_id for t in scene.tracks] == ["R3", "R3", ""]
            assert [t.sigma_h_m for t in scene.tracks] == pytest.approx([20.0] * 3)
            # the frame's centre is 50 N 24 E; a degree of latitude is 111,229 m there
            assert scene.tracks[1].lat_deg == pytest.approx(50.0 + 900.0 / 111_229.0, abs=1e-6)
    assert n_tracks == len(steps)
    assert n_cleared == 1


def test_cot_of_a_day_is_read_again(day: tuple[Setup, list[tuple[Inbox, StepResult]]]) -> None:
    setup, steps = day
    wire = Wire()
    sink = CotSink(Observer(setup, Mark("EXERCISE SIMULATED")), wire, form="tak-stream", period_s=20.0)
    for inbox, result in steps:
        sink.write(inbox, result)
    sink.close()
    feed = CotFeed(context(options=ANOTHER))
    for data in wire.sent:
        feed.receive(data)
    feed.finish()
    got = feed.rows()
    shown = [len(result.tracks) for k, (_, result) in enumerate(steps) if k % 20 == 0]
    assert len(got.reports) == sum(shown) > 0
    assert got.rejects.counts == {}
    assert got.others["alarm"] > 0


def test_a_webhook_gets_every_change_of_a_day(day: tuple[Setup, list[tuple[Inbox, StepResult]]]) -> None:
    setup, steps = day
    server = Recorder((503, {}))
    webhook = Webhook(f"http://127.0.0.1:{server.port}/", b"s", backoff=QUICK)
    sink = WebhookSink(Observer(setup, Mark("EXERCISE SIMULATED")), webhook)
    wanted = 0
    for inbox, result in steps:
        sink.write(inbox, result)
        wanted += int((result.warnings.level >= Level.CAUTION).sum())
    assert webhook.flush(60.0)
    sink.close()
    server.stop()
    assert len({r.headers["Idempotency-Key"] for r in server.requests}) == wanted == len(server.requests) - 1 > 0
    assert all(json.loads(r.body)["exercise"] for r in server.requests)
    first = server.requests[0]
    assert verify(b"s", first.body, first.headers["Flightward-Signature"],
                  float(first.headers["Flightward-Signature"].split(",")[0][2:]))


def test_files_are_put_in_place_whole(day: tuple[Setup, list[tuple[Inbox, StepResult]]], tmp_path: Path) -> None:
    setup, steps = day
    sink = FileSink(Observer(setup, Mark("EXERCISE")), tmp_path / "out", period_s=30.0, base_url="http://127.0.0.1")
    for inbox, result in steps:
        sink.write(inbox, result)
    sink.close()
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["link.kml", "now.czml", "now.geojson", "now.kml"]
    assert b"<href>http://127.0.0.1/now.kml</href>" in (tmp_path / "out/link.kml").read_bytes()
    picture = json.loads((tmp_path / "out/now.czml").read_bytes())[0]["clock"]["interval"]
    begin, end = (iso_s(text) for text in picture.split("/"))
    assert end - begin == 30.0, "until it is written again"
    last = [k for k in range(len(steps)) if k % 30 == 0][-1]
    assert json.loads((tmp_path / "out/now.geojson").read_bytes())["t_s"] == steps[last][1].t_s


@pytest.mark.parametrize(("base", "link"), [
    ("", "now.kml"), ("http://h/fw/", "http://h/fw/now.kml"), ("http://h:8000/fw?a=1", "http://h:8000/fw/now.kml?a=1"),
])  # fmt: skip
def test_the_link_is_to_a_file_of_the_folder(base: str, link: str) -> None:
    assert files._within(base, "now.kml") == link


def test_people_are_told_when_a_level_rises_and_when_it_is_over(
    day: tuple[Setup, list[tuple[Inbox, StepResult]]],
) -> None:
    setup, steps = day
    notes: list[Note] = []
    failing = [True]

    def send(note: Note) -> bool:
        if failing.pop() if failing else False:
            return False
        notes.append(note)
        return True

    sink = NotifySink(Observer(setup, Mark("EXERCISE SIMULATED")), [send], backoff=QUICK)
    for inbox, result in steps:
        sink.write(inbox, result)
    assert sink.flush(20.0)
    sink.close()
    assert [n.title for n in notes] == [
        f"EXERCISE SIMULATED: {word} MEDIC1" for word in ("CAUTION", "WARNING", "CLEARED")]
    assert [n.urgency for n in notes] == ["warning", "failure", "success"]
    assert "Divert" in notes[0].text and "decide" in notes[0].text
    assert [c.tried_again for c in sink.counts] == [1]


def test_a_service_that_is_dead_holds_nothing_back_from_the_others(
    day: tuple[Setup, list[tuple[Inbox, StepResult]]],
) -> None:
    setup, steps = day
    taken: list[Note] = []

    def broken(note: Note) -> bool:
        raise RuntimeError("no such thing: json://secret@host")

    senders = [lambda note: False, broken, lambda note: taken.append(note) or True]
    sink = NotifySink(Observer(setup, Mark("EXERCISE SIMULATED")), senders, backoff=QUICK)
    for inbox, result in steps:
        sink.write(inbox, result)
    assert until(lambda: (len(taken), sink.counts[1].refused) == (3, 3))
    sink.close(within_s=0.1)
    dead, refusing, good = sink.counts
    assert (good.delivered, good.tried_again, dead.delivered, dead.dropped) == (3, 0, 0, 3)
    assert (refusing.refused, refusing.error) == (3, "RuntimeError")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
def test_apprise_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(notify_module, "apprise", None)
        with pytest.raises(Missing, match=r"flightward\[notify\]"):
            apprise_senders(["json://127.0.0.1"])
    if notify_module.apprise is None:
        pytest.skip("needs apprise: pip install 'flightward[notify]'")
    server = Recorder()
    with pytest.raises(BadInput, match="address 2"):
        apprise_senders([f"json://127.0.0.1:{server.port}/x", "secret-thing"])
    senders = apprise_senders([f"json://127.0.0.1:{server.port}/{path}" for path in "xy"])
    assert [send(Note("title", "text", "warning")) for send in senders] == [True, True]
    assert [(r.path, json.loads(r.body)["message"]) for r in server.requests] == [("/x", "text"), ("/y", "text")]
    server.stop()


def test_a_day_can_be_played_as_if_it_were_now(day: tuple[Setup, list[tuple[Inbox, StepResult]]]) -> None:
    setup, steps = day
    then, now = Observer(setup, Mark()), Observer(setup, Mark(), 1e6)
    n = 0
    for _, result in steps:
        for a, b in zip(events_of(then.scene(result)), events_of(now.scene(result)), strict=True):
            assert (b.time_s, b.stale_s) == pytest.approx((a.time_s + 1e6, a.stale_s + 1e6), abs=1e-3)
            n += 1
    assert n > 0
