"""Area alerts: a region is active while any alert in it is; nothing is lost, dirt is counted."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.alerts import AREAS, HistoryCsv, alerts_json
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import AlertState

HEAD = "oblast,raion,hromada,level,started_at,finished_at,source\n"
DAY = "2024-01-01 "


def line(area: str, begin: str, end: str) -> str:
    """One alert of "oblast/raion/hromada" on the day."""
    oblast, raion, hromada = [*area.split("/"), "", ""][:3]
    level = "hromada" if hromada else "raion" if raion else "oblast"
    return f"{oblast},{raion},{hromada},{level},{DAY}{begin}+00:00,{DAY + end + '+00:00' if end else ''},official\n"


def read(text: str | bytes, ctx: FeedContext | None = None, size: int = 0) -> FeedRows:
    data = text.encode() if isinstance(text, str) else text
    parser = HistoryCsv(ctx or context())
    for k in range(0, len(data), size or max(len(data), 1)):
        parser.receive(data[k : k + (size or len(data))])
    parser.finish()
    return parser.rows()


def told(out: FeedRows, ctx: FeedContext) -> list[tuple[str, str, int, int]]:
    """(area, hh:mm, state, is_coarse) of every change."""
    a = out.alerts
    areas = [str(ctx.names.text(k)) for k in a.area.tolist()]
    clocks = [f"{int(t % 86_400) // 3600:02}:{int(t % 3600) // 60:02}" for t in a.t_s.tolist()]
    return list(zip(areas, clocks, a.state.tolist(), a.is_coarse.tolist(), strict=True))


LVIV = "Lvivska oblast"


def test_an_alert_begins_and_ends(ctx: FeedContext) -> None:
    out = read(HEAD + line(LVIV, "09:01:00", "09:57:00"), ctx)
    assert told(out, ctx) == [(LVIV, "09:01", 1, 0), (LVIV, "09:57", 0, 0)]
    a = out.alerts
    assert a.t_s.tolist() == a.t_rx_s.tolist() and ctx.names.text(int(a.alert[0])) == "air_raid"
    assert ctx.names.text(int(a.source[0])) == "official"
    ring = shapely.Polygon(np.column_stack([a.e_m[: a.start[1]], a.n_m[: a.start[1]]]))
    lviv = ctx.frame.to_plane(np.radians([49.84]), np.radians([24.03]))
    assert ring.contains(shapely.Point(lviv[0][0], lviv[1][0]))


def test_a_region_is_active_while_any_alert_in_it_is(ctx: FeedContext) -> None:
    part = f"{LVIV}/Stryiskyi raion"
    text = HEAD + line(part, "08:00:00", "10:00:00") + line(LVIV, "09:00:00", "09:30:00") + line(
        f"{part}/Stryiska terytorialna hromada", "09:50:00", "11:00:00")  # fmt: skip
    assert told(read(text, ctx), ctx) == [
        (LVIV, "08:00", 1, 1), (LVIV, "09:00", 1, 0), (LVIV, "09:30", 1, 1), (LVIV, "11:00", 0, 1),
    ]  # fmt: skip


def test_one_that_ends_as_another_begins_does_not_flicker(ctx: FeedContext) -> None:
    text = HEAD + line(LVIV, "08:00:00", "09:00:00") + line(LVIV, "09:00:00", "10:00:00")
    assert [c[1:3] for c in told(read(text, ctx), ctx)] == [("08:00", 1), ("10:00", 0)]


def test_an_alert_that_has_not_ended_stays_on(ctx: FeedContext) -> None:
    assert [c[2] for c in told(read(HEAD + line(LVIV, "08:00:00", ""), ctx), ctx)] == [1]


def test_swapped_levels_are_put_right_and_counted(ctx: FeedContext) -> None:
    out = read(HEAD + line("Lubenskyi raion/Poltavska oblast/Hrebinkivska hromada", "08:00:00", "09:00:00"), ctx)
    assert {c[0] for c in told(out, ctx)} == {"Poltavska oblast"} and out.rejects.repairs["levels_swapped"] == 1


def test_an_end_before_its_start_holds_until_the_next_end_of_the_place(ctx: FeedContext) -> None:
    text = HEAD + line(LVIV, "08:00:00", "07:00:00") + line(LVIV, "08:30:00", "09:00:00")
    out = read(text, ctx)
    assert [c[1:3] for c in told(out, ctx)] == [("08:00", 1), ("09:00", 0)]
    assert out.rejects.repairs["end_before_start"] == 1


def test_what_cannot_be_placed_in_space_or_time_is_kept_aside(ctx: FeedContext) -> None:
    text = HEAD + line("Atlantis", "08:00:00", "09:00:00") + line(LVIV, "late", "09:00:00") + "x,y\n"
    out = read(text, ctx)
    assert len(out.alerts) == 0 and out.rejects.counts == {"fields": 1, "area": 1, "time": 1}
    assert len(out.rejects.samples["area"]) == 1


def test_other_days_and_far_regions_are_left_out_and_counted() -> None:
    noon = 1_704_110_400.0
    ctx = context(start_s=noon, end_s=noon + 3600, radius_m=100_000.0)
    text = HEAD + line(LVIV, "08:00:00", "09:00:00") + line(LVIV, "11:30:00", "12:30:00") + line(
        LVIV, "14:00:00", "15:00:00") + line("Kharkivska oblast", "11:30:00", "12:30:00")  # fmt: skip
    out = read(text, ctx)
    assert [c[1:3] for c in told(out, ctx)] == [("11:30", 1), ("12:30", 0)]
    assert {"before_the_day": 1, "after_the_day": 1, "out_of_area": 1}.items() <= out.rejects.repairs.items()


def test_the_json_of_alerts_in_ua(shared_data: Path, ctx: FeedContext) -> None:
    active = alerts_json((shared_data / "alerts/active_alerts.json").read_bytes(), ctx)
    assert told(active, ctx) == [("Kharkivska oblast", "08:30", 1, 0)], "the city's alert is within the oblast's"
    assert active.rejects.repairs["coarse"] == 1
    history = alerts_json((shared_data / "alerts/alerts_history.json").read_bytes(), ctx)
    assert [c[1:3] for c in told(history, ctx)] == [("10:00", 1), ("11:30", 0), ("08:30", 1)]


def test_entries_that_cannot_be_used_are_kept_aside(ctx: FeedContext) -> None:
    place = {"location_title": "Київ", "location_oblast": "м. Київ"}
    good = {**place, "alert_type": "air_raid", "started_at": "2024-01-01T08:00:00Z"}
    bad = [1, {**good, "location_oblast": "?"}, {**good, "started_at": None}, {**good, "alert_type": ""}]
    out = alerts_json(json.dumps({"alerts": [good, *bad]}).encode(), ctx)
    assert told(out, ctx) == [("Kyiv City", "08:00", 1, 1)]
    assert out.rejects.counts == {"entry": 1, "area": 1, "time": 1, "alert": 1}


def test_every_alert_of_the_real_history_is_in_or_counted(shared_data: Path) -> None:
    (path,) = (shared_data / "alerts").glob("*.csv.gz")
    data = gzip.decompress(path.read_bytes())
    parser = HistoryCsv(context())
    parser.receive(data)
    parser.finish()
    out = parser.rows()
    rows = list(csv.DictReader(data.decode().splitlines()))
    assert len(parser.spans) + out.rejects.total == len(rows) == 43_031
    assert out.rejects.repairs["levels_swapped"] == 1
    oblast = [r for r in rows if "Kharkivska oblast" in (r["oblast"], r["raion"])]
    # By brute force: is the oblast under any alert in the middle of each of its alerts' times, by the changes told?
    ctx = parser._ctx
    a = out.alerts
    mine = np.array([ctx.names.text(int(k)) == "Kharkivska oblast" for k in a.area])
    times, states = a.t_s[mine], a.state[mine]
    for r in oblast[::97]:
        begin, end = (datetime.datetime.fromisoformat(r[k]).timestamp() for k in ("started_at", "finished_at"))
        assert states[np.searchsorted(times, 0.5 * (begin + end), side="right") - 1] == AlertState.ACTIVE
    assert (np.diff(states.astype(int)) != 0).sum() + 1 <= len(states)


def test_every_region_has_a_shape_that_holds_its_capital() -> None:
    towns = {"Lvivska oblast": (49.84, 24.03), "Kyiv City": (50.45, 30.52), "Odeska oblast": (46.48, 30.73),
             "Kharkivska oblast": (49.99, 36.23), "Kyivska oblast": (49.80, 30.12), "Crimea": (44.95, 34.10),
             "Zakarpatska oblast": (48.62, 22.29), "Khersonska oblast": (46.76, 33.42)}  # fmt: skip
    shapes = {a.name: shapely.make_valid(shapely.Polygon(np.column_stack([a.lon_deg, a.lat_deg]))) for a in AREAS}
    assert len(shapes) == 27
    for name, (lat, lon) in towns.items():
        holding = [n for n, s in shapes.items() if s.contains(shapely.Point(lon, lat))]
        assert holding == [name]


_area = st.sampled_from([LVIV, "Kyivska oblast/Raion", "Nowhere", "", '"', "Kyiv City"])
_time = st.sampled_from(["08:00:00", "09:00:00", "10:00:00", "late", ""])
_lines = st.lists(st.builds(line, _area, _time, _time), max_size=6).map(lambda x: (HEAD + "".join(x)).encode())


@settings(max_examples=150, deadline=None)
@given(_lines | st.binary(max_size=120).map(lambda b: HEAD.encode() + b) | st.binary(max_size=60), st.integers(1, 40))
def test_any_bytes_give_changes_or_a_bad_message_whole_or_in_pieces(data: bytes, size: int) -> None:
    try:
        whole = read(data)
    except BadMessage:
        return
    parts = read(data, size=size)
    for name in ("t_s", "state", "is_coarse", "area"):
        np.testing.assert_array_equal(getattr(whole.alerts, name), getattr(parts.alerts, name))
    assert whole.rejects.counts == parts.rejects.counts and whole.rejects.repairs == parts.rejects.repairs
    by_area: dict[int, int] = {}
    for area, state, coarse in zip(whole.alerts.area, whole.alerts.state, whole.alerts.is_coarse, strict=True):
        assert by_area.get(int(area), (0, 0)) != (int(state), int(coarse) * int(state))
        by_area[int(area)] = (int(state), int(coarse) * int(state))  # type: ignore[assignment]


_key = st.sampled_from(["location_title", "location_oblast", "location_oblast_uid", "started_at", "alert_type"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["м. Київ", "2024-01-01T00:00:00Z", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_key, inner),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(_json)
def test_any_json_gives_changes_or_a_bad_message(value: Any) -> None:
    text = json.dumps({"alerts": value}).encode()
    for data in (text, text[:-1]):
        try:
            out = alerts_json(data, context())
        except BadMessage:
            continue
        assert not np.isnan(out.alerts.t_s).any() and math.isfinite(float(out.alerts.e_m.sum()))
