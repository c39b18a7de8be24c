"""The outlook of area alerts: what it needs, what raises it, what it is worth on months that nothing was fitted to."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest

from flightward.config import RaidsConfig
from flightward.feeds.alerts import AREAS, HistoryCsv
from flightward.feeds.rows import FeedContext
from flightward.model import AreaAlertBatch, AreaFrame, Names, f64, i8, i64, snapshot
from flightward.raids import alert_rates
from flightward.raids.alerts_forecast import AlertsForecast

CFG = RaidsConfig()
MODEL = alert_rates.read_alert_model()


def alerts(names, t_s, area, state=1, coarse=0, kind="air_raid"):
    return AreaAlertBatch(
        t_s=f64([t_s]), t_rx_s=f64([t_s]), seq=i64([0]), area=i64([names.intern(area)]),
        alert=i64([names.intern(kind)]), state=i8([state]), is_coarse=i8([coarse]), source=i64([-1]),
        start=i64([0, 0]), e_m=f64([]), n_m=f64([]),
    )


def forecaster(made, radius_m=250_000.0):
    setup = dataclasses.replace(made.area(radius_m), names=Names())
    return AlertsForecast(setup, CFG), setup.names


def p_of(outlook, names, area):
    row = outlook.area.tolist().index(names.intern(area))
    return outlook.p_alert[row]


def test_the_shipped_numbers_are_whole_and_say_where_they_are_from():
    m = MODEL
    assert m.licence == "MIT" and "Vadimkin" in m.source and m.fitted
    assert set(m.name) <= {a.name for a in AREAS} and len(m.name) == 24
    np.testing.assert_allclose(m.profile.sum(axis=1), 1.0, atol=2e-4)
    np.testing.assert_allclose(m.neighbour.sum(axis=1), 1.0, atol=2e-4)
    assert (m.per_day > 0).all() and (m.season > 0.3).all() and (m.season < 3).all()
    day = m.hour_shares(1_700_000_000.0 // 86_400 * 86_400 + 3600.0 * np.arange(24))
    np.testing.assert_allclose(day.sum(axis=0), 1.0, atol=1e-9)
    for ring, name in zip(m.ring, m.name, strict=True):
        area = next(a for a in AREAS if a.name == name)
        np.testing.assert_allclose(np.degrees(ring[:, 0]), area.lon_deg, atol=1e-4)


def test_nothing_heard_is_nothing_said(made):
    forecast, _ = forecaster(made)
    assert forecast.step(made.start_s, AreaAlertBatch.empty()) is None


def test_an_alert_stays_likely_and_its_neighbours_become_so(made):
    forecast, names = forecaster(made)
    t = made.start_s
    calm = forecast.step(t, alerts(names, t, "Lvivska oblast", state=0))
    at_war = forecast.step(t + 60, alerts(names, t + 60, "Kyivska oblast"))
    kyiv = p_of(at_war, names, "Kyivska oblast")
    assert kyiv[0] > 0.85 and (np.diff(kyiv) < 0).all()
    before, after = (p_of(o, names, "Zhytomyrska oblast") for o in (calm, at_war))
    assert (after[:5] > 1.5 * before[:5]).all() and (np.diff(after) > 0).all()
    row = at_war.area.tolist().index(names.intern("Kyivska oblast"))
    assert at_war.is_on[row] == 1 and at_war.since_s[row] == t + 60
    assert at_war.p_at(row, f64([0.0]))[0] == 1.0 and at_war.p_at(row, f64([300.0]))[0] == kyiv[0]


def test_an_old_alert_is_likelier_to_end_than_a_new_one_and_an_ended_one_is_over(made):
    forecast, names = forecaster(made)
    t = made.start_s
    new = p_of(forecast.step(t, alerts(names, t, "Kyivska oblast")), names, "Kyivska oblast")
    for k in range(60, 7_200, 60):
        old = forecast.step(t + k, AreaAlertBatch.empty())
    assert p_of(old, names, "Kyivska oblast")[0] < new[0]
    over = forecast.step(t + 7_200, alerts(names, t + 7_200, "Kyivska oblast", state=0))
    assert p_of(over, names, "Kyivska oblast")[0] < 0.3


def test_other_kinds_unknown_areas_and_bad_times_change_nothing(made):
    forecast, names = forecaster(made)
    t = made.start_s
    calm = forecast.step(t, alerts(names, t, "Lvivska oblast", state=0))
    for bad in (
        alerts(names, t + 1, "Kyivska oblast", kind="artillery_shelling"), alerts(names, t + 1, "Elsewhere"),
        alerts(names, np.nan, "Kyivska oblast"),
    ):  # fmt: skip
        got = forecast.step(t + 1, bad)
        np.testing.assert_allclose(got.p_alert, calm.p_alert, rtol=1e-3)


def test_only_regions_of_the_area_are_shown_and_all_numbers_are_chances(made):
    forecast, names = forecaster(made, 60_000.0)
    got = forecast.step(made.start_s, alerts(names, made.start_s, "Odeska oblast"))
    near = {"Kyivska oblast", "Kyiv City", "Zhytomyrska oblast", "Vinnytska oblast"}
    assert {names.text(a) for a in got.area.tolist()} == near
    assert ((got.p_alert > 0) & (got.p_alert < 1)).all() and (got.starts_per_h > 0).all()


def test_levels_follow_what_is_heard():
    ones = np.ones(3)
    levels = alert_rates.Levels(ones, ones * 2.0, ones * 0.1)
    np.testing.assert_allclose(levels.per_day, 2.0)
    for _ in range(40 * 24):
        levels.advance(3_600.0, np.array([True, False, False]), np.array([8.0, 0.0, 2.0]) / 24)
    got = levels.per_day
    assert got[0] > got[2] > got[1] > 0.0 and got.sum() == pytest.approx(10.0, rel=0.03)
    assert levels.on_share[0] == pytest.approx(1 - 0.9 * 0.5 ** (40 / 30), rel=1e-6)


def test_on_real_alerts_the_outlook_beats_the_regions_share(shared_data: Path):
    """Three weeks of April 2024 through the feed and the live class, against what then came."""
    begin = float(np.datetime64("2024-04-01", "s").astype(np.int64))
    days = 20
    frame, names = AreaFrame(np.radians(49.5), np.radians(31.0)), Names()
    feed = HistoryCsv(FeedContext("history", names, frame, {}, start_s=begin, end_s=begin + days * 86_400.0))
    feed.receive(gzip.decompress(next((shared_data / "alerts").glob("*.csv.gz")).read_bytes()))
    feed.finish()
    batch = feed.rows().alerts
    times = begin + 1_800.0 * np.arange(48, days * 48 - 4)
    on = {name: _states(batch, names.intern(name), names.intern("air_raid")) for name in MODEL.name}
    setup = dataclasses.make_dataclass("S", ["frame", "names", "radius_m", "start_s"])(frame, names, 2e6, begin)
    forecast, at, loss, usual_loss = AlertsForecast(setup, CFG), 0, np.zeros(3), np.zeros(3)
    for t in times:
        upto = int(np.searchsorted(batch.t_rx_s, t, side="right"))
        outlook = forecast.step(t, batch.take(np.arange(at, upto)))
        at = upto
        for row, area in enumerate(outlook.area.tolist()):
            name = names.text(area)
            usual = MODEL.on_share[MODEL.name.index(name)]
            for k, h in enumerate((0, 2, 6)):
                later = on[name](t + MODEL.horizon_s[h])
                loss[k] += (outlook.p_alert[row, h] - later) ** 2
                usual_loss[k] += (usual - later) ** 2
    skill = 1 - loss / usual_loss
    assert skill[0] > 0.75 and skill[1] > 0.5 and skill[2] > 0.1


def _states(batch, area, kind):
    rows = np.flatnonzero((batch.area == area) & (batch.alert == kind))
    t, state = batch.t_s[rows], batch.state[rows]
    return lambda at: float(state[k]) if (k := int(np.searchsorted(t, at, side="right")) - 1) >= 0 else 0.0


def test_a_snapshot_goes_on_the_same_way_before_and_after_the_first_alert(made):
    ours, names = forecaster(made)
    fixed, t = {"setup": ours._setup, "settings": CFG}, made.start_s
    nothing = AreaAlertBatch.empty()
    ours.step(t, nothing)
    silent = snapshot.pack(ours, fixed, names)
    heard = [(t + 60.0, "Kyivska oblast", 1), (t + 400.0, "Chernihivska oblast", 1), (t + 900.0, "Kyivska oblast", 0)]
    batches = [(at, alerts(names, at, area, state)) for at, area, state in heard]
    for at, batch in batches[:2]:
        ours.step(at, batch)
    loud = snapshot.pack(ours, fixed, names)
    want = [ours.step(*batches[2]), ours.step(t + 3_600.0, nothing)]
    assert len(want[1]) and not np.array_equal(want[0].p_alert, want[1].p_alert)

    fresh = AlertsForecast(ours._setup, CFG)
    snapshot.unpack(fresh, loud, fixed, names)
    assert snapshot.pack(fresh, fixed, names) == loud
    snapshot.unpack(ours, silent, fixed, names)
    assert ours.step(t + 50.0, nothing) is None
    for at, batch in batches[:2]:
        ours.step(at, batch)
    for other in (fresh, ours):
        for got, meant in zip([other.step(*batches[2]), other.step(t + 3_600.0, nothing)], want, strict=True):
            assert got.issued_s == meant.issued_s
            for name in ("area", "is_on", "since_s", "p_alert", "starts_per_h", "start", "e_m"):
                np.testing.assert_array_equal(getattr(got, name), getattr(meant, name))
