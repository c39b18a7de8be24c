"""A real drone's flight with frames of the same serial 25 km away among its own: the false ones never move the track.

The false frames are copies of the captured ones with another place written over eight bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from caseload import setup_of

from flightward.config import TracksConfig
from flightward.feeds.case.arrivals import Arrivals
from flightward.feeds.formats import FORMATS
from flightward.feeds.pcap import Packet
from flightward.feeds.rows import FeedContext
from flightward.model import Integrity, IntegrityReason
from flightward.tracks import Tracker

sys.path.insert(0, str(Path(__file__).parents[1] / "feeds"))
from remoteid import location_at, moved, packets_of, pcap_of, place_of

NORTH = int(25.0 / 111.2 * 1e7)
RECEIVER = {
    "id": "rid-1", "kind": "remote_id", "lat_deg": 47.1987, "lon_deg": 8.7302, "hae_m": 500.0, "max_range_m": 3000.0
}  # fmt: skip


class Seen:
    """One track over the run: seconds shown, greatest distance from the real flight and from itself a second before."""

    def __init__(self) -> None:
        self.n, self.far_m, self.step_m = 0, 0.0, 0.0
        self.named: set[bool] = set()
        self.verdicts: list[tuple[int, int]] = []
        self.last: tuple[float, float] | None = None


def flown(real: list[Packet], packets: list[Packet], sensor: dict[str, Any] | None = None) -> list[Seen]:
    """The tracks of a capture, the nearest to the real flight first."""
    setup = setup_of(47.1987, 8.7302, [] if sensor is None else [sensor])
    rows, options = ({}, {}) if sensor is None else ({sensor["id"]: 0}, {"sensor": sensor["id"]})
    ctx = FeedContext(feed="rid", names=setup.names, frame=setup.frame, sensor_rows=rows, options=options)
    read = FORMATS["opendroneid-pcap"](pcap_of(packets), ctx)
    arrivals = Arrivals.merged([read], read.reports.t_rx_s[0] - 1.0, read.reports.t_rx_s[-1] + 20.0)
    place = np.radians(np.array([place_of(p.data) for p in real]) * 1e-7)
    e, n = setup.frame.to_plane(place[:, 0].copy(), place[:, 1].copy())
    t = np.array([p.t_s for p in real])
    tracker, seen = Tracker(setup, TracksConfig()), dict[int, Seen]()
    for box in arrivals.inboxes():
        picture = tracker.step(box.t_s, box.reports)[0]
        for i, number in enumerate(picture.track.tolist()):
            one = seen.setdefault(number, Seen())
            here = (float(picture.e_m[i]), float(picture.n_m[i]))
            off = np.hypot(here[0] - np.interp(box.t_s, t, e), here[1] - np.interp(box.t_s, t, n))
            one.n, one.far_m = one.n + 1, max(one.far_m, float(off))
            if one.last is not None:
                one.step_m = max(one.step_m, float(np.hypot(here[0] - one.last[0], here[1] - one.last[1])))
            one.last = here
            one.named.add(bool(picture.identity[i] >= 0))
            one.verdicts.append((int(picture.integrity[i]), int(picture.integrity_reason[i])))
    return sorted(seen.values(), key=lambda s: s.far_m)


@pytest.fixture(scope="module")
def real() -> list[Packet]:
    path = Path(__file__).parents[3] / "shared/data/remoteid/parrot_anafi4_real.pcapng"
    if not path.exists():
        pytest.skip("the real capture is not here")
    return [p for p in packets_of(path.read_bytes()) if location_at(p.data) >= 0]


def test_the_flight_alone_is_trusted(real: list[Packet]) -> None:
    (track,) = flown(real, real)
    assert track.far_m < 10.0
    assert set(track.verdicts) == {(Integrity.TRUSTED, IntegrityReason.NONE)}


def mixed(real: list[Packet], way: str) -> list[Packet]:
    t0 = real[0].t_s
    if way == "same cadence":
        return real + [moved(p, NORTH, 0, 0.03) for p in real]
    if way == "three false ones to a true one":
        return real + [moved(p, NORTH, 0, d) for p in real for d in (0.02, 0.04, 0.06)]
    if way == "moving":
        return real + [moved(p, NORTH + int((p.t_s - t0) * 30 / 111_200 * 1e7), 0, 0.03) for p in real]
    if way == "from the middle":
        return real + [moved(p, NORTH, 0, 0.03) for p in real if p.t_s > t0 + 40]
    if way == "true ones thinned":
        return real[::5] + [moved(p, NORTH, 0, 0.03) for p in real]
    if way == "true ones pause":
        return [p for p in real if not t0 + 50 < p.t_s < t0 + 90] + [moved(p, NORTH, 0, 0.03) for p in real]
    return real + [moved(p, NORTH, 0, 30.0 + 0.1 * k) for p in real[-60:] for k in range(3)]  # after its end


@pytest.mark.parametrize(
    "way",
    [
        "same cadence", "three false ones to a true one", "moving", "from the middle", "true ones thinned",
        "true ones pause", "after its end",
    ],
)  # fmt: skip
def test_the_false_ones_never_move_the_track(real: list[Packet], way: str) -> None:
    track, *others = flown(real, mixed(real, way))
    assert track.far_m < 20.0
    assert track.step_m < 10.0
    assert track.named == {True}
    assert track.n > 130
    # both places are told, and the identity is doubted while it is heard at both
    assert Integrity.TRUSTED not in {v for v, _ in track.verdicts[-20:]}
    assert all(o.far_m > 24e3 and o.named == {False} for o in others)
    assert all(v != Integrity.TRUSTED for o in others for v, _ in o.verdicts)


@pytest.mark.parametrize("lead_s", [0.0, 5.0, 20.0])
def test_false_ones_that_start_first_have_their_own_track(real: list[Packet], lead_s: float) -> None:
    late = [p for p in real if p.t_s >= real[0].t_s + lead_s]
    track, false = flown(real, late + [moved(p, NORTH, 0, -0.02) for p in real])
    assert track.far_m < 20.0
    assert track.step_m < 10.0
    assert false.far_m > 24e3
    # nothing here says which is the true one: both are doubted
    assert {v for v, _ in track.verdicts[-60:]} == {v for v, _ in false.verdicts[-60:]} == {Integrity.DOUBTFUL}


def test_a_place_that_the_receiver_cannot_hear_from_is_none(real: list[Packet]) -> None:
    late = [p for p in real if p.t_s >= real[0].t_s + 20.0]
    (track,) = flown(real, late + [moved(p, NORTH, 0, 0.03) for p in real], RECEIVER)
    assert track.far_m < 20.0
    assert track.named == {True}
    assert set(track.verdicts) == {(Integrity.TRUSTED, IntegrityReason.NONE)}
