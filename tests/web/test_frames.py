"""Frames of the made-up day: positions, levels, what stands from second to second, the forecast, blindness."""

from __future__ import annotations

import dataclasses
import math
from itertools import islice
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from flightward.model import AreaAlertBatch, CellForecast, Level, Setup, i8
from flightward.web import Frame, FrameEncoder, wire
from flightward.web.blind import BlindArea


def read(frame: Frame) -> dict[str, Any]:
    return wire.unpack(frame.body)


def test_the_setup_names_everything(encoder: FrameEncoder) -> None:
    message = wire.unpack(encoder.setup_message())
    assert message["label"] == "SIMULATED"
    assert message["flights"]["callsign"][0] == "RGA12"
    assert message["sensors"]["sensor_kind"][:2] == ["radar", "radar"]
    assert len(message["zones"]["ring_start"]) == 3
    assert message["schema"] == wire.schema()


def test_an_unknown_label_is_refused(setup: Setup) -> None:
    with pytest.raises(ValueError, match="SIMULATED, REPLAY, LIVE, EXERCISE"):
        FrameEncoder(setup, "REAL", "0")


def test_positions_are_those_of_the_plane(frames: Any, setup: Setup) -> None:
    message = read(next(frames))
    lat, lon = np.radians(message["tracks"]["lat_deg"]), np.radians(message["tracks"]["lon_deg"])
    e_m, n_m = setup.frame.to_plane(lat, lon)
    assert e_m[0] == pytest.approx(-105e3, abs=0.01)
    assert n_m[0] == pytest.approx(-40e3, abs=0.01)


def test_flights_and_drones_are_told_apart(frames: Any) -> None:
    tracks = read(next(frames))["tracks"]
    assert tracks["flight"][:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert set(tracks["flight"][6:].tolist()) == {-1}
    assert set(tracks["raid"][6:].tolist()) == {1, 2}
    assert tracks["identity"][6] is None


def test_the_level_shown_is_the_worst_and_blind_stands_beside(frames: Any) -> None:
    message = read(next(islice(frames, 1300, None)))
    assert message["flights"]["level"][0] == Level.WARNING
    assert message["flights"]["level"][2] == Level.BLIND
    assert message["flights"]["is_blind"].tolist() == [0, 0, 1, 0, 0, 0]


def test_clear_rows_do_not_travel(frames: Any) -> None:
    threats = read(next(frames))["threats"]
    assert threats["flight"].tolist() == [3]
    assert "drones" in threats["reason_en"][0] and "дрон" in threats["reason_uk"][0]


def test_a_warning_is_kept_from_raise_to_clear_and_after(frames: Any) -> None:
    wanted = {379: 0, 380: 1, 1750: 1}
    for second, frame in zip(range(1751), frames, strict=False):
        if second in wanted:
            warnings = read(frame)["warnings"]
            assert len(warnings["warning"]) == wanted[second]
            assert len(frame.marks) == wanted[second]
    assert warnings["level"][0] == Level.WARNING
    assert warnings["cleared_s"][0] - warnings["raised_s"][0] == 1320.0


def test_advice_stands_between_the_seconds_that_bring_it(frames: Any) -> None:
    seconds = list(islice(frames, 396))
    for second in (380, 385, 395):
        advice = read(seconds[second])["advice"]
        assert advice["rank"].tolist() == [0, 1, 2]
        assert advice["text_en"][0].startswith("Divert")
        assert advice["route_start"].tolist() == [0, 2, 5, 7]
    assert len(read(seconds[379])["advice"]["rank"]) == 0


def test_advice_ends_with_the_threat(setup: Setup, encoder: FrameEncoder, day: ModuleType) -> None:
    steps = list(day.make_steps(setup, 381))
    assert len(read(encoder.frame(steps[380]))["advice"]["rank"]) == 3
    calm = dataclasses.replace(steps[0].threats, level=i8(np.zeros(6)))
    later = dataclasses.replace(steps[380], t_s=steps[380].t_s + 1.0, threats=calm, advice=None)
    advice = read(encoder.frame(later))["advice"]
    assert len(advice["rank"]) == 0 and advice["text_en"] == []


def test_an_alert_stands_until_it_ends(setup: Setup, encoder: FrameEncoder, day: ModuleType) -> None:
    steps = list(day.make_steps(setup, 2))
    begun = day.make_alerts(setup)
    assert read(encoder.frame(steps[0], begun))["alerts"]["area"] == ["North-east district"]
    ended: AreaAlertBatch = dataclasses.replace(begun, state=i8([0]))
    assert read(encoder.frame(steps[1], ended))["alerts"]["area"] == []


def test_the_forecast_is_made_once_per_issue(frames: Any) -> None:
    first, second = next(frames), next(frames)
    assert first.forecast is second.forecast
    message = wire.unpack(first.forecast)
    n_cells = len(message["cells"]["ring_lon_deg"]) // 6
    assert message["horizons"]["horizon_s"].tolist() == [60.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0]
    assert len(message["chances"]["p_any"]) == 6 * n_cells
    assert 0.0 < message["chances"]["p_any"].max() <= 1.0


def test_a_forecast_cell_stands_under_its_drones(frames: Any) -> None:
    frame = next(frames)
    message, forecast = read(frame), wire.unpack(frame.forecast)
    lon = forecast["cells"]["ring_lon_deg"].reshape(-1, 6).mean(axis=1)
    best = forecast["chances"]["p_any"].reshape(6, -1)[0].argmax()
    assert abs(lon[best] - message["tracks"]["lon_deg"][6:].mean()) < 1.0


def test_no_forecast_is_said_as_none(setup: Setup, encoder: FrameEncoder, day: ModuleType) -> None:
    step = next(day.make_steps(setup, 1))
    bare = dataclasses.replace(step, picture=dataclasses.replace(step.picture, cells=None))
    frame = encoder.frame(bare)
    assert frame.forecast is None and math.isnan(frame.issued_s)
    assert read(frame)["issued_s"] is None


def test_a_forecast_stands_until_the_next(setup: Setup, encoder: FrameEncoder, day: ModuleType) -> None:
    first, second = day.make_steps(setup, 2)
    issued = encoder.frame(first)
    later = encoder.frame(dataclasses.replace(second, picture=dataclasses.replace(second.picture, cells=None)))
    assert later.issued_s == issued.issued_s and later.forecast is issued.forecast


def test_an_empty_forecast_is_still_a_forecast(setup: Setup, encoder: FrameEncoder, day: ModuleType) -> None:
    step = next(day.make_steps(setup, 1))
    empty = CellForecast.empty(issued_s=step.t_s, resolution=6)
    frame = encoder.frame(dataclasses.replace(step, picture=dataclasses.replace(step.picture, cells=empty)))
    assert frame.forecast is not None
    assert len(wire.unpack(frame.forecast)["cells"]["ring_lon_deg"]) == 0


def test_blindness_grows_when_a_sensor_dies(setup: Setup) -> None:
    blind = BlindArea(setup)
    live = np.ones(len(setup.sensors), np.int8)
    area_m2 = [_area(blind.table(live), setup)]
    live[2] = 0
    area_m2.append(_area(blind.table(live), setup))
    live[:] = 0
    area_m2.append(_area(blind.table(live), setup))
    assert area_m2[0] < area_m2[1] < area_m2[2]
    assert area_m2[2] == pytest.approx(math.pi * 200e3**2, rel=0.005)


def test_an_adsb_receiver_does_not_lift_blindness(setup: Setup) -> None:
    live = np.zeros(len(setup.sensors), np.int8)
    live[-1] = 1
    assert _area(BlindArea(setup).table(live), setup) == pytest.approx(math.pi * 200e3**2, rel=0.005)


def _area(table: dict[str, Any], setup: Setup) -> float:
    """Shoelace over the rings, holes taken off."""
    total = 0.0
    e, n = setup.frame.to_plane(np.radians(table["ring_lat_deg"]), np.radians(table["ring_lon_deg"]))
    for k, is_hole in enumerate(table["is_hole"]):
        rows = slice(table["ring_start"][k], table["ring_start"][k + 1])
        x, y = e[rows], n[rows]
        size = abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2.0
        total += -size if is_hole else size
    return total
