"""Threats from area alerts alone: areas that are, stay or come under alert on the way of a flight."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_area import T0, coverage, picture, setup, tracks

from flightward.config import Config
from flightward.model import AreaAlertBatch, AreaOutlook, Hazard, Level, Reason, f64, i8, i64
from flightward.model.gnss import GnssAreaBatch
from flightward.threats import Threats
from flightward.wording import threat_reasons

SQUARE = f64([10e3, 30e3, 30e3, 10e3]), f64([-10e3, -10e3, 10e3, 10e3])
PLAN = [(0, -50e3, 0.0, 500.0), (2_000, 50e3, 0.0, 500.0)]  # 50 m/s east: in the square from 1,200 to 1,600 s


def outlook(p, *, is_on=0, issued_s=T0, area=0):
    return AreaOutlook(
        issued_s=issued_s, horizon_s=f64([300.0, 900.0, 1_800.0, 3_600.0]), area=i64([area]), is_on=i8([is_on]),
        since_s=f64([issued_s - 100.0]), p_alert=f64([p]), starts_per_h=f64([0.2]), start=i64([0, 4]), e_m=SQUARE[0],
        n_m=SQUARE[1],
    )


def alert(state):
    return AreaAlertBatch(
        t_s=f64([T0 - 100.0]), t_rx_s=f64([T0]), seq=i64([0]), area=i64([0]), alert=i64([1]), state=i8([state]),
        is_coarse=i8([0]), source=i64([-1]), start=i64([0, 4]), e_m=SQUARE[0], n_m=SQUARE[1],
    )


def rows(forecast, alerts=None, plan=PLAN, cfg=None):
    threats = Threats(setup([plan]), cfg or Config())
    pic = dataclasses.replace(picture(T0, []), outlook=forecast)
    got = threats.step(T0, tracks(T0), coverage(T0), pic, AreaAlertBatch.empty() if alerts is None else alerts).threats
    return got, got.take(np.isin(got.reason, [Reason.ALERT_AREA, Reason.ALERT_LIKELY]))


def test_an_area_that_will_likely_be_under_alert_is_an_advisory_with_its_chance():
    _, got = rows(outlook([0.1, 0.3, 0.6, 0.9]))
    assert len(got) == 1 and got.level[0] == Level.ADVISORY and got.hazard[0] == Hazard.ZONE
    assert got.reason[0] == Reason.ALERT_LIKELY and got.hazard_id[0] == 0
    # highest when it leaves, at 1,600 s: 0.3 + 700/900 of the way to 0.6
    assert got.t_to_s[0] == pytest.approx(1_600.0, abs=5.0)
    assert got.p_alert[0] == pytest.approx(0.3 + 0.3 * 700 / 900, abs=0.01)
    assert np.isnan(got.p[0])


def test_below_the_setting_there_is_no_row():
    assert len(rows(outlook([0.1, 0.1, 0.2, 0.9]))[1]) == 0
    assert len(rows(outlook([0.1, 0.1, 0.2, 0.9]), cfg=Config().changed({"alert_p": 0.1}))[1]) == 1


def test_an_alert_that_may_end_before_the_flight_comes_says_how_likely_it_stands_then():
    _, got = rows(outlook([0.9, 0.6, 0.3, 0.1], is_on=1), alert(1))
    assert got.reason.tolist() == [Reason.ALERT_AREA]
    assert got.t_to_s[0] == pytest.approx(1_200.0, abs=5.0) and got.p_alert[0] == pytest.approx(0.5, abs=0.01)


def test_in_an_area_under_alert_it_is_certain():
    inside = [(0, 15e3, 0.0, 500.0), (300, 25e3, 0.0, 500.0)]
    _, got = rows(outlook([0.9, 0.6, 0.3, 0.1], is_on=1), alert(1), plan=inside)
    assert got.t_to_s[0] == 0.0 and got.p_alert[0] == 1.0


def test_without_an_outlook_alerts_are_as_they_were():
    _, got = rows(None, alert(1))
    assert got.reason.tolist() == [Reason.ALERT_AREA] and np.isnan(got.p_alert[0])
    assert got.t_to_s[0] == pytest.approx(1_200.0, abs=5.0)


def test_a_flight_that_does_not_come_there_has_no_row():
    away = [(0, -50e3, 50e3, 500.0), (2_000, 50e3, 50e3, 500.0)]
    assert len(rows(outlook([0.9, 0.9, 0.9, 0.9]), plan=away)[1]) == 0


def test_an_old_outlook_is_read_at_its_own_age():
    _, got = rows(outlook([0.1, 0.3, 0.6, 0.9], issued_s=T0 - 200.0))
    assert got.p_alert[0] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("lang", ["en", "uk"])
def test_it_is_said_in_words(lang):
    area = setup([PLAN])
    all_rows, _ = rows(outlook([0.1, 0.3, 0.6, 0.9]))
    said = " | ".join(threat_reasons(all_rows, area, lang))
    want = "air-raid alert likely in a, 26 min ahead on your route 11 NM before WP2; P(alert) 0.53"
    assert want in said if lang == "en" else "імовірність тривоги 0,53" in said
    all_rows, _ = rows(outlook([0.9, 0.6, 0.3, 0.1], is_on=1), alert(1))
    said = " | ".join(threat_reasons(all_rows, area, lang))
    assert ("P(still on then) 0.50" if lang == "en" else "що триватиме, 0,50") in said


@pytest.mark.parametrize("state", [0, 1])
def test_interference_of_the_same_number_as_an_area_keeps_its_own_row_without_a_chance_of_an_alert(state):
    threats = Threats(setup([PLAN]), Config())
    pic = dataclasses.replace(picture(T0, []), outlook=outlook([0.1, 0.3, 0.6, 0.9], is_on=state))
    gnss = GnssAreaBatch(
        t_s=T0, area=i64([0]), start_s=f64([T0 - 60.0]), seen_s=f64([T0]), end_s=f64([np.nan]), n_aircraft=i64([2]),
        n_false=i64([0]), start=i64([0, 4]), e_m=SQUARE[0], n_m=SQUARE[1],
    )
    got = threats.step(T0, tracks(T0), coverage(T0), pic, alert(state), gnss).threats
    (k,) = np.flatnonzero(got.reason == Reason.GNSS_INTERFERENCE)
    assert got.hazard[k] == Hazard.GNSS and np.isnan(got.p_alert[k])
    assert got.t_to_s[k] == pytest.approx(1_200.0, abs=15.0)  # when it enters, not when an alert is likeliest
    (k,) = np.flatnonzero(np.isin(got.reason, [Reason.ALERT_AREA, Reason.ALERT_LIKELY]))
    assert got.hazard[k] == Hazard.ZONE and got.reason[k] == (Reason.ALERT_AREA if state else Reason.ALERT_LIKELY)
    assert got.p_alert[k] == pytest.approx(0.3 + 0.3 * 700 / 900, abs=0.01)
