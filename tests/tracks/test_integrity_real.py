"""Integrity on real flights: an airliner whose positions were spoofed, and air ambulances with nothing false."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from caseload import inboxes, report_batch, setup_of

from flightward.config import TracksConfig
from flightward.feeds.case import read_case
from flightward.model import NONE, Integrity, IntegrityReason, ReportBatch, Setup, TrackBatch
from flightward.tracks import Tracker

KNOT_MPS, FOOT_M = 1852.0 / 3600.0, 0.3048
DAY_S = 1726531200.0  # 2024-09-17


def clock(text: str) -> float:
    h, m, s = (int(v) for v in text.split(":"))
    return DAY_S + 3600 * h + 60 * m + s


def state_vectors(path: Path, setup: Setup) -> ReportBatch:
    """Rows as reports: new positions where `last_position` (else the position) changes, the others velocity only."""
    read = json.loads(gzip.decompress(path.read_bytes()))
    if isinstance(read, dict):  # column by column
        columns = zip(*(c.values() for c in read.values()), strict=True)
        read = [dict(zip(read, values, strict=True)) for values in columns]
    rows: list[dict[str, Any]] = [r for r in read if r["latitude"]]
    rows.sort(key=lambda r: float(r["timestamp"]))
    t = np.array([float(r["timestamp"]) for r in rows]) / 1e3
    lat, lon = (np.array([float(r[c]) for r in rows]) for c in ("latitude", "longitude"))
    last = np.array([float(r.get("last_position") or np.nan) for r in rows])
    if np.isfinite(last).all():
        last /= 1e3 if last[0] > 1e11 else 1.0
        is_new, t_s = np.diff(last, prepend=0.0) != 0.0, last
    else:
        is_new = (np.diff(lat, prepend=0.0) != 0.0) | (np.diff(lon, prepend=0.0) != 0.0)
        t_s = t
    speed, track, climb, height = (
        np.array([np.nan if r[c] is None else float(r[c]) for r in rows])
        for c in ("groundspeed", "track", "vertical_rate", "altitude")
    )
    course = np.radians(track)
    return report_batch(
        len(rows), t_s=np.where(is_new, t_s, t), t_rx_s=t, lat_rad=np.radians(lat), lon_rad=np.radians(lon),
        baro_m=height * FOOT_M, ve_mps=speed * KNOT_MPS * np.sin(course), vn_mps=speed * KNOT_MPS * np.cos(course),
        vu_mps=climb * FOOT_M / 60.0, identity=[setup.names.intern(str(r["icao24"])) for r in rows],
        is_velocity_only=~is_new,
    )  # fmt: skip


def play(path: Path, lat_deg: float, lon_deg: float) -> list[tuple[float, TrackBatch]]:
    setup = setup_of(lat_deg, lon_deg, [])
    reports = state_vectors(path, setup)
    tracker = Tracker(setup, TracksConfig())
    return [(t, tracker.step(t, box)[0]) for t, box in inboxes(reports, reports.t_rx_s[0], reports.t_rx_s[-1])]


def test_the_spoofed_airliner_is_stale_then_false_then_trusted_and_never_follows(shared_data: Path) -> None:
    steps = [(t, p) for t, p in play(shared_data / "flights" / "noisy_spoofing.json.gz", 49.0, 21.0) if len(p)]
    assert {len(p) for _, p in steps} == {1}
    assert len({int(p.track[0]) for _, p in steps}) == 1
    verdict = {round(t): (int(p.integrity[0]), int(p.integrity_reason[0])) for t, p in steps}
    stale = {v for t, v in verdict.items() if clock("9:06:00") <= t < clock("9:24:25")}
    assert stale == {(Integrity.DOUBTFUL, IntegrityReason.STALE)}
    false = {v[0] for t, v in verdict.items() if clock("9:24:35") <= t <= clock("9:47:45")}
    assert false == {Integrity.FALSE}
    assert {v[0] for t, v in verdict.items() if clock("9:47:45") < t < clock("9:58:11")} == {Integrity.FALSE}
    assert all(v[0] != Integrity.FALSE for t, v in verdict.items() if t >= clock("9:59:11"))
    assert verdict[round(clock("9:59:11"))][0] == Integrity.TRUSTED
    # the false place is 100 km and more east of where it must have been
    lied_e, _ = setup_of(49.0, 21.0, []).frame.to_plane(np.radians([49.66]), np.radians([23.85]))
    assert all(p.e_m[0] < lied_e[0] - 100e3 for t, p in steps if clock("9:24:25") <= t < clock("9:58:11"))
    sigma = {round(t): float(np.hypot(p.cov[0, 0, 0], p.cov[0, 1, 1]) ** 0.5) for t, p in steps}
    assert sigma[round(clock("9:50:00"))] > 50e3 > 5e3 > sigma[round(clock("9:20:00"))]


@pytest.mark.parametrize("name", ["rega_sg", "rega_zh", "samu31"])
def test_nothing_is_false_on_an_air_ambulance(shared_data: Path, name: str) -> None:
    places = {"rega_sg": (47.4, 9.4), "rega_zh": (47.4, 8.5), "samu31": (43.6, 1.4)}
    steps = play(shared_data / "flights" / f"{name}.json.gz", *places[name])
    verdicts = {(int(i), int(r)) for _, p in steps for i, r in zip(p.integrity, p.integrity_reason, strict=True)}
    assert verdicts <= {(Integrity.TRUSTED, IntegrityReason.NONE), (Integrity.DOUBTFUL, IntegrityReason.STALE)}
    assert len({int(k) for _, p in steps for k in p.track}) == 1


SWISS_DAY = """
name = "842 airliners over Switzerland, 2018-08-01"
real = "everything"
simulated = "nothing"
source = "xoolive/traffic"
licence = "MIT"
start_s = 1533099600
end_s = 1533160800
[area]
lat_deg = 46.8
lon_deg = 8.2
radius_m = 400000
[[feed]]
name = "swiss"
format = "traffic-json"
file = "feeds/swiss.json"
"""


@pytest.mark.slow
def test_of_842_airliners_at_most_one_is_ever_false_and_eight_ever_doubtful(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "case.toml").write_text(SWISS_DAY)
    (tmp_path / "flights.json").write_text("[]")
    packed = (shared_data / "flights" / "switzerland.json.gz").read_bytes()
    (tmp_path / "feeds" / "swiss.json").write_bytes(gzip.decompress(packed))
    case = read_case(tmp_path)
    tracker = Tracker(case.setup, case.config.tracks)
    ever: dict[int, set[int]] = {Integrity.DOUBTFUL: set(), Integrity.FALSE: set()}
    seen: set[int] = set()
    for inbox in case.inboxes():
        picture, _ = tracker.step(inbox.t_s, inbox.reports)
        seen.update(picture.identity.tolist())
        for verdict, who in ever.items():
            who.update(picture.identity[picture.integrity == verdict].tolist())
    print({int(verdict): len(who) for verdict, who in ever.items()}, len(seen))
    # one says only that it stands still at 12 km: what is never possible starts no track
    assert len(seen - {NONE}) == 841
    assert len(ever[Integrity.FALSE]) <= 1
    assert len(ever[Integrity.DOUBTFUL]) <= 8
