"""Polled alerts of both services: levels rolled up, ends that are not told, delays, what cannot be read; raions."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.alerts import AREAS, Polls, ukrainealarm_json
from flightward.feeds.alerts.live import LINE_MAX, alerts_in_ua_polls, ukrainealarm_polls
from flightward.feeds.alerts.raions import RAIONS, region_row
from flightward.feeds.arealooks import delay_facts
from flightward.feeds.rows import FeedContext, FeedRows

T0 = datetime(2025, 11, 24, 10, tzinfo=UTC).timestamp()
LVIV, KYIV = "Львівська область", "Київська область"


def entry(title: str, oblast: str = LVIV, begin: str = "10:00:00", **more: Any) -> dict[str, Any]:
    return {
        "location_title": title,
        "location_oblast": oblast,
        "alert_type": "air_raid",
        "started_at": f"2025-11-24T{begin}.000Z",
        **more,
    }


def lines(*polls: tuple[float, Any]) -> bytes:
    return "".join(json.dumps({"t_rx_s": T0 + t, "body": body}) + "\n" for t, body in polls).encode()


def doc(*entries: Any) -> dict[str, Any]:
    return {"alerts": list(entries), "meta": {"last_updated_at": "2025-11-24T10:00:00Z"}}


def run(parser: Polls, data: bytes, size: int = 0) -> FeedRows:
    for k in range(0, len(data), size or max(1, len(data))):
        parser.receive(data[k : k + (size or len(data))])
    parser.finish()
    return parser.rows()


def told(out: FeedRows, ctx: FeedContext) -> list[tuple[str, float, float, int, int]]:
    """(area, t_s, t_rx_s after ten, state, is_coarse) of every change."""
    a = out.alerts
    areas = [str(ctx.names.text(k)) for k in a.area.tolist()]
    return list(
        zip(areas, (a.t_s - T0).tolist(), (a.t_rx_s - T0).tolist(), a.state.tolist(), a.is_coarse.tolist(), strict=True)
    )


def test_levels_are_rolled_up_to_the_oblast_and_an_end_is_when_it_was_heard(ctx: FeedContext) -> None:
    raion, hromada = (
        entry("Стрийський район", begin="10:01:00"),
        entry("Моршинська територіальна громада", begin="10:02:00"),
    )
    parser = alerts_in_ua_polls(ctx)
    out = run(
        parser,
        lines(
            (0, doc()),
            (90, doc(raion)),
            (150, doc(raion, hromada)),
            (180, doc(entry(LVIV, begin="10:02:45"), hromada)),
            (300, doc(hromada)),
            (330, doc()),
        ),
    )
    assert told(out, ctx) == [
        ("Lvivska oblast", 60.0, 90.0, 1, 1),
        ("Lvivska oblast", 165.0, 180.0, 1, 0),
        ("Lvivska oblast", 300.0, 300.0, 1, 1),
        ("Lvivska oblast", 330.0, 330.0, 0, 1),
    ]
    assert out.rejects.repairs["end_not_told"] == 3 and out.rejects.counts == {}
    assert parser.live.delays_s == [30.0, 30.0, 15.0] and parser.live.source_s == T0
    assert delay_facts(parser) == {"source_s": T0, "n_delays": 3, "delay_median_s": 30.0, "delay_longest_s": 30.0}


def test_what_was_on_before_the_first_poll_is_no_delay(ctx: FeedContext) -> None:
    parser = alerts_in_ua_polls(ctx)
    out = run(parser, lines((3600, doc(entry(LVIV)))))
    assert told(out, ctx) == [("Lvivska oblast", 0.0, 3600.0, 1, 0)] and parser.live.delays_s == []


def test_a_finished_entry_ends_at_its_own_time(ctx: FeedContext) -> None:
    on, off = entry(LVIV), entry(LVIV, finished_at="2025-11-24T10:01:10Z")
    out = run(alerts_in_ua_polls(ctx), lines((30, doc(on)), (90, doc(off))))
    assert told(out, ctx)[1] == ("Lvivska oblast", 70.0, 90.0, 0, 0) and "end_not_told" not in out.rejects.repairs


def test_an_answer_that_cannot_be_read_ends_nothing(ctx: FeedContext) -> None:
    on, broken = entry(LVIV), entry("Стрийський район", begin="late")
    nowhere = entry("Атлантида", oblast="Атлантида")
    out = run(
        alerts_in_ua_polls(ctx),
        lines(
            (0, doc(on)),
            (30, {"error": "maintenance"}),
            (60, "<html>"),
            (90, doc(broken)),
            (120, doc(nowhere)),
            (150, doc()),
        )
        + b"not json\n",
    )
    assert [c[1:4] for c in told(out, ctx)] == [(0.0, 0.0, 1), (150.0, 150.0, 0)]
    assert out.rejects.counts == {"json": 3, "time": 1, "area": 1} and out.rejects.repairs["end_withheld"] == 2


def test_polls_out_of_order_and_a_clock_ahead(ctx: FeedContext) -> None:
    out = run(
        alerts_in_ua_polls(ctx), lines((100, doc()), (50, doc(entry(LVIV))), (130, doc(entry(LVIV, begin="11:00:00"))))
    )
    assert told(out, ctx) == [("Lvivska oblast", 130.0, 130.0, 1, 0)]
    assert out.rejects.counts == {"time": 1} and out.rejects.repairs["clock"] == 1


def test_a_clock_that_went_back_a_little_loses_nothing(ctx: FeedContext) -> None:
    on = doc(entry(LVIV))
    out = run(alerts_in_ua_polls(ctx), lines((100, doc()), (60, on), (90, on), (120, doc())))
    assert told(out, ctx) == [("Lvivska oblast", 0.0, 100.0, 1, 0), ("Lvivska oblast", 120.0, 120.0, 0, 0)]
    assert out.rejects.counts == {} and out.rejects.repairs["clock_back"] == 2


def test_an_oblast_begins_with_its_first_part_and_ends_with_its_last(ctx: FeedContext) -> None:
    late, early = entry("Стрийський район", begin="10:04:00"), entry("Львівський район", begin="10:00:10")
    ended = [{**late, "finished_at": "2025-11-24T10:05:00Z"}, {**early, "finished_at": "2025-11-24T10:06:00Z"}]
    out = run(alerts_in_ua_polls(ctx), lines((0, doc()), (300, doc(late, early)), (400, doc(*ended))))
    assert told(out, ctx) == [("Lvivska oblast", 10.0, 300.0, 1, 1), ("Lvivska oblast", 360.0, 400.0, 0, 1)]


def test_an_entry_that_was_unreadable_before_is_not_the_missing_one(ctx: FeedContext) -> None:
    nowhere = entry("Атлантида", oblast="Атлантида", location_uid="9000")
    again, new = {**nowhere, "id": 7}, {**nowhere, "location_uid": "9001"}
    on = entry(LVIV)
    out = run(alerts_in_ua_polls(ctx), lines((0, doc(on, nowhere)), (30, doc(again))))
    assert told(out, ctx)[1] == ("Lvivska oblast", 30.0, 30.0, 0, 0) and "end_withheld" not in out.rejects.repairs
    for last in (doc(nowhere, new), doc(nowhere, nowhere), doc(nowhere, 5), doc({**nowhere, "location_uid": None})):
        parser = alerts_in_ua_polls(context())
        held = run(parser, lines((0, doc(on, nowhere)), (30, last), (60, last), (90, doc(nowhere))))
        assert (held.alerts.t_s - T0).tolist() == [0.0, 90.0] and held.rejects.repairs["end_withheld"] == 2


def test_a_line_without_end_is_skipped_and_the_next_is_read(ctx: FeedContext) -> None:
    parser = alerts_in_ua_polls(ctx)
    for _ in range(LINE_MAX // 1_000_000 + 2):
        parser.receive(b"x" * 1_000_000)
    parser.receive(b"\n" + lines((0, doc(entry(LVIV)))))
    assert len(parser.rows().alerts) == 1 and parser.rejects.counts == {"too_large": 1}
    assert len(parser._buffer) == 0


def state(region: str, name: str, kind: str, *alerts: dict[str, Any]) -> dict[str, Any]:
    return {
        "regionId": region,
        "regionName": name,
        "regionType": kind,
        "lastUpdate": "2025-11-24T10:00:00Z",
        "activeAlerts": list(alerts),
    }


def alarm(region: str, kind: str, alert: str = "AIR", at: str = "10:00:00") -> dict[str, Any]:
    return {"regionId": region, "regionType": kind, "type": alert, "lastUpdate": f"2025-11-24T{at}Z"}


TREE = {
    "states": [
        {
            "regionId": "27",
            "regionName": LVIV,
            "regionType": "State",
            "regionChildIds": [
                {
                    "regionId": "88",
                    "regionName": "Стрийський район",
                    "regionType": "District",
                    "regionChildIds": [
                        {"regionId": "555", "regionName": "Моршинська територіальна громада", "regionType": "Community"}
                    ],
                }
            ],
        }
    ]
}


def test_ukrainealarm_by_its_tree_of_regions(ctx: FeedContext) -> None:
    body = [
        state("555", "Моршинська територіальна громада", "Community", alarm("555", "Community", at="10:00:20")),
        state("14", KYIV, "State", alarm("14", "State", "ARTILLERY")),
    ]
    out = run(ukrainealarm_polls(ctx), lines((0, TREE), (30, body), (60, []), (90, TREE)))
    assert told(out, ctx) == [
        ("Kyivska oblast", 0.0, 30.0, 1, 0),
        ("Lvivska oblast", 20.0, 30.0, 1, 1),
        ("Kyivska oblast", 60.0, 60.0, 0, 0),
        ("Lvivska oblast", 60.0, 60.0, 0, 1),
    ]
    kinds = [ctx.names.text(int(k)) for k in out.alerts.alert]
    assert kinds == ["artillery_shelling", "air_raid", "artillery_shelling", "air_raid"]


def test_ukrainealarm_without_the_tree_a_hromada_is_unknown_and_a_raion_is_not(ctx: FeedContext) -> None:
    body = [
        state("555", "Моршинська територіальна громада", "Community", alarm("555", "Community")),
        state("88", "Стрийський район", "District", alarm("27", "State"), alarm("88", "District")),
    ]
    out = ukrainealarm_json(json.dumps(body).encode(), ctx)
    assert out.rejects.counts == {"area": 1}
    # What came down from the oblast counts for all of it.
    assert told(out, ctx) == [("Lvivska oblast", 0.0, 0.0, 1, 0)]
    both = ukrainealarm_json(json.dumps({"regions": TREE, "alerts": body}).encode(), ctx)
    assert both.rejects.counts == {}


def test_the_test_region_of_ukrainealarm_is_none(ctx: FeedContext) -> None:
    test = state("0", "Тестовий регіон", "State", alarm("0", "State"))
    kyiv = state("14", KYIV, "State", alarm("14", "State"))
    out = run(ukrainealarm_polls(ctx), lines((0, [kyiv, test]), (30, [test])))
    assert told(out, ctx) == [("Kyivska oblast", 0.0, 0.0, 1, 0), ("Kyivska oblast", 30.0, 30.0, 0, 0)]
    assert out.rejects.counts == {} and out.rejects.repairs["test_region"] == 2


def test_ukrainealarm_history(ctx: FeedContext) -> None:
    body = [
        {
            "regionId": "27",
            "regionName": LVIV,
            "alarms": [
                {
                    "startDate": "2025-11-24T08:00:00Z",
                    "endDate": "2025-11-24T08:30:00Z",
                    "alertType": "AIR",
                    "isContinue": False,
                },
                {
                    "startDate": "2025-11-24T09:00:00Z",
                    "endDate": "2025-11-24T09:30:00Z",
                    "alertType": "AIR",
                    "isContinue": True,
                },
            ],
        }
    ]
    out = ukrainealarm_json(json.dumps(body).encode(), ctx)
    assert [(t, s) for _, t, _, s, _ in told(out, ctx)] == [(-7200.0, 1), (-5400.0, 0), (-3600.0, 1)]


LATIN = dict(
    zip(
        "абвгґдезиіклмнопрстуфйцєїюя",
        [
            "a",
            "b",
            "v",
            "h",
            "g",
            "d",
            "e",
            "z",
            "y",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "i",
            "ts",
            "ie",
            "i",
            "iu",
            "ia",
        ],
        strict=True,
    )
) | {"ж": "zh", "х": "kh", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "'": "", "’": "", "-": "-"}


def latin(name: str) -> str:
    """Resolution 55 (2010) of the Cabinet of Ministers: how Ukrainian names are written in Latin letters."""
    begins = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
    out = [begins.get(c, LATIN[c]) if k == 0 or name[k - 1] == "-" else LATIN[c] for k, c in enumerate(name.lower())]
    return "".join(out).replace("zh", "zgh") if "зг" in name.lower() else "".join(out)


def test_the_raions_are_those_of_the_real_history(shared_data: Path) -> None:
    """43,031 real alerts name a raion and its oblast in Latin letters: the table puts it into the same oblast."""
    (path,) = (shared_data / "alerts").glob("*.csv.gz")
    rows = csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines())
    seen = Counter((r["oblast"], r["raion"].removesuffix(" raion")) for r in rows if r["raion"].endswith(" raion"))
    mine = {latin(name): AREAS[row].name for name, row in RAIONS.items()}
    found = {place for place in seen if place[1].lower() in mine}
    assert len(seen) == 76 and set(seen) == found
    assert all(mine[raion.lower()] == oblast for oblast, raion in found)


def test_there_are_136_raions() -> None:
    renamed = {
        "Володимир-Волинський",
        "Сєвєродонецький",
        "Новомосковський",
        "Новоград-Волинський",
        "Червоноградський",
        "Красноградський",
    }
    assert renamed < set(RAIONS) and len(RAIONS) - len(renamed) == 136
    assert region_row("Стрийський район") == region_row(LVIV) != region_row("Кам’янський район")
    assert region_row("Стрийський") is None and region_row("") is None


_entry = st.builds(
    entry,
    st.sampled_from([LVIV, "Стрийський район", "Атлантида", ""]),
    st.sampled_from([LVIV, KYIV, "", "Атлантида"]),
    st.sampled_from(["10:00:00", "09:00:00", "late"]),
)
_region = st.builds(
    state,
    st.sampled_from(["27", "88", "555", "x"]),
    st.sampled_from([LVIV, "Стрийський район", ""]),
    st.sampled_from(["State", "District", "Community", ""]),
    st.builds(alarm, st.sampled_from(["27", "88", ""]), st.sampled_from(["State", "District", ""])),
)
_body = (
    st.lists(_entry, max_size=3).map(lambda e: doc(*e))
    | st.lists(_region | st.integers(), max_size=3)
    | st.just(TREE)
    | st.none()
)
_polls = st.lists(st.tuples(st.integers(0, 300), _body), max_size=6).map(lambda p: lines(*p))


@settings(max_examples=150, deadline=None)
@given(_polls | st.binary(max_size=60), st.integers(1, 50), st.sampled_from([alerts_in_ua_polls, ukrainealarm_polls]))
def test_any_polls_give_changes_whole_or_in_pieces(data: bytes, size: int, make: Any) -> None:
    whole, parts = run(make(context()), data), run(make(context()), data, size)
    for name in ("t_s", "t_rx_s", "state", "is_coarse", "area"):
        np.testing.assert_array_equal(getattr(whole.alerts, name), getattr(parts.alerts, name))
    assert whole.rejects.counts == parts.rejects.counts and whole.rejects.repairs == parts.rejects.repairs
    a = whole.alerts
    assert (a.t_s <= a.t_rx_s).all() and (np.diff(a.t_rx_s) >= 0.0).all()
    held: dict[int, int] = {}
    for area, alert, on in zip(a.area, a.alert, a.state, strict=True):
        key = int(area) * 100 + int(alert)
        assert held.get(key, 0) == 1 or on == 1, "nothing ends that had not begun"
        held[key] = int(on)


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.text(max_size=5) | _region, lambda x: st.lists(x, max_size=3), max_leaves=6))
def test_any_json_is_an_answer_of_ukrainealarm_or_none(value: Any) -> None:
    try:
        out = ukrainealarm_json(json.dumps(value).encode(), context())
    except BadMessage as error:
        assert error.reason == "json"
        return
    assert not np.isnan(out.alerts.t_s).any() and math.isfinite(float(out.alerts.e_m.sum()))


@pytest.mark.parametrize("size", [1, 7])
def test_cut_anywhere_it_reads_the_same(size: int, ctx: FeedContext) -> None:
    data = lines((0, doc(entry(LVIV))), (30, doc()))
    assert told(run(alerts_in_ua_polls(ctx), data, size), ctx) == [
        ("Lvivska oblast", 0.0, 0.0, 1, 0),
        ("Lvivska oblast", 30.0, 30.0, 0, 0),
    ]
