"""The air picture as CAT 062, sent over loopback and read again: times as now, the exercise marked, every end told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from feedkit import context
from sockets import until

import days
from flightward.errors import BadInput
from flightward.feeds.live.addresses import open_source
from flightward.model import Kind
from flightward.sinks import Mark, Observer
from flightward.sinks.addresses import open_sink

SHIFT_S = 20_000 * 86_400.0


@pytest.mark.parametrize("mark", ["", "EXERCISE SIMULATED"])
@pytest.mark.parametrize("host", ["127.0.0.1", "239.255.48.1"])
def test_tracks_are_sent_every_second_and_end(host: str, mark: str, tmp_path: Path) -> None:
    setup = days.made_setup(tmp_path / "case")
    steps = days.made_day(setup)[:3]
    ctx = context(sensor_rows={})
    try:
        source = open_source(f"asterix+udp://{host}:0?interface=127.0.0.1", "peer", ctx,
                             now=lambda: SHIFT_S + steps[0][1].t_s + 2.0)  # fmt: skip
    except BadInput as error:
        pytest.skip(f"no multicast on loopback here: {error}")
    source.start()
    address = f"asterix+udp://{host}:{source.port}?sac=25&sic=100&interface=127.0.0.1"  # type: ignore[attr-defined]
    sink = open_sink(address, Observer(setup, Mark(mark), SHIFT_S), {}, lambda: 0.0)
    for inbox, result in steps:
        sink.write(inbox, result)
    sink.close()
    rows = []
    assert until(lambda: rows.extend(source.rows()) or source.state().n_messages >= 12)
    aside, reports = source.state().kept_aside, [r.reports for r in rows if len(r.reports)]
    source.stop()
    if mark:  # every record says that it is simulated
        assert (reports, aside) == ([], {"simulated": 4 * 3})
        return
    assert aside == {"track_end": 3}
    t_s, ve, kind = (np.concatenate([getattr(r, k) for r in reports]) for k in ("t_s", "ve_mps", "kind"))
    assert t_s.tolist() == [SHIFT_S + result.t_s for _, result in steps for _ in range(3)]
    assert ve[:3].tolist() == pytest.approx([50.0, 0.0, 3.0], abs=0.2)
    assert kind[0] == Kind.DRONE
    names = {str(ctx.names.text(int(k))) for r in reports for k in r.source_track}
    assert names == {"25/100:0", "25/100:1", "25/100:2"}
