"""Services that are asked again and again, as live sources: a real web server here answers, fails and comes back."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from servicekit import Service, reply
from sockets import until

from flightward.errors import BadInput
from flightward.feeds.alerts.live import alerts_in_ua_polls
from flightward.feeds.live import Source, open_source, read_area
from flightward.feeds.live.findings import findings
from flightward.feeds.live.polled import PolledSource
from flightward.feeds.polling import PolledUrl
from flightward.feeds.polling.source import SAME
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import AlertState
from flightward.wording.sources import to_do

LVIV = {"location_title": "Львівська область", "location_type": "oblast", "alert_type": "air_raid",
        "started_at": "2025-11-24T10:00:00.000Z", "location_oblast": "Львівська область", "id": 1}  # fmt: skip
KEY = {"FLIGHTWARD_ALERTS_IN_UA_TOKEN": "s3cret", "FLIGHTWARD_UKRAINEALARM_TOKEN": "s3cret"}


@pytest.fixture
def service() -> Iterator[Service]:
    one = Service()
    yield one
    one.stop()


def opened(service: Service, scheme: str, ctx: FeedContext, **changes: Any) -> Source:
    source = open_source(f"{scheme}+{service.url}?period=1", "oblasts", ctx, environment=KEY, **changes)
    # a real period is a second at least
    object.__setattr__(source._url.pace, "period_s", 0.05)  # type: ignore[attr-defined]
    source.start()
    return source


def answer(*alerts: dict[str, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    body = json.dumps({"alerts": list(alerts), "meta": {"last_updated_at": "2025/11/24 10:00:05 +0000"}}, indent=1)
    return lambda r: reply(r, 200, body.encode())


def changes_of(source: Source, n: int, ctx: FeedContext) -> list[tuple[str, int]]:
    """The first n changes that it gives: region and state."""
    rows: list[FeedRows] = []

    def said() -> bool:
        rows.extend(source.rows())
        return sum(len(r.alerts) for r in rows) >= n

    assert until(said), source.state()
    return [
        (str(ctx.names.text(int(r.alerts.area[k]))), int(r.alerts.state[k])) for r in rows for k in range(len(r.alerts))
    ]


def test_an_alert_comes_stays_while_the_service_is_away_and_ends(service: Service) -> None:
    service.handle = answer(LVIV)
    ctx = context()
    source = opened(service, "alerts-in-ua", ctx, stale_s=0.5)
    (lviv, state), = changes_of(source, 1, ctx)
    assert lviv == "Lvivska oblast" and state == AlertState.ACTIVE
    assert service.asked[0]["authorization"] == "Bearer s3cret" and service.asked[0]["path"] == "/v1/alerts"
    service.handle = lambda r: reply(r, 503, b"")
    assert until(lambda: not source.state().is_up)
    assert [f.code for f in findings(source.state())] == ["answer"]
    assert until(lambda: source.state().is_stale), "no answer is no news, and told as such"
    service.handle = lambda r: reply(r, 200, b"no JSON")
    assert until(lambda: source.state().is_up)
    until(lambda: bool(source.rows()) and bool(source.state().kept_aside), 5.0)
    assert source.state().is_stale and source.state().kept_aside["json"] >= 1, "an answer that cannot be read is none"
    assert sum(len(r.alerts) for r in source.rows()) == 0, "and ends nothing"
    service.handle = answer()
    assert changes_of(source, 1, ctx) == [(lviv, AlertState.ENDED)]
    assert source.state().n_connects == 2 and not source.state().is_stale
    source.stop()
    n = len(service.asked)
    time.sleep(0.3)
    assert len(service.asked) == n


def test_what_is_the_same_as_before_is_an_answer(service: Service) -> None:
    def handle(r: BaseHTTPRequestHandler) -> None:
        if r.headers.get("If-None-Match") == '"1"':
            r.send_response(304)
            r.end_headers()
        else:
            reply(r, 200, json.dumps({"alerts": [LVIV]}).encode(), ETag='"1"')

    service.handle = handle
    ctx = context()
    source = opened(service, "alerts-in-ua", ctx, stale_s=0.5)
    assert len(changes_of(source, 1, ctx)) == 1
    assert until(lambda: len(service.asked) > 20)
    assert not source.state().is_stale and source.state().is_up and source.state().n_connects == 1
    assert [f.code for f in findings(source.state())] == ["good"]
    source.stop()


@pytest.mark.parametrize("bad", [b'{"alerts": [{"cut', b'{"alerts": [5]}', b" " * 3_000])
def test_an_answer_that_was_not_taken_is_asked_for_again_and_is_no_news(service: Service, bad: bytes) -> None:
    """A 304 after it says only that what could not be read has not changed; `" " * 3_000` is more than is taken."""
    def handle(r: BaseHTTPRequestHandler) -> None:
        if r.headers.get("If-None-Match"):
            r.send_response(304)
            r.end_headers()
        else:
            reply(r, 200, bad, ETag='"1"')

    service.handle = handle
    now_s = [1_763_978_400.0]
    url = PolledUrl(service.url, now=lambda: now_s[0])
    source = PolledSource("a", "b", alerts_in_ua_polls(context()), context(), url, stale_s=60.0, now=lambda: now_s[0],
                          most=2_000)  # fmt: skip
    for _ in range(3):
        now_s[0] += 30.0
        assert not source._take(url.ask())
    assert np.isnan(source.state().heard_s) and source.state().is_stale
    assert all("if-none-match" not in a for a in service.asked)
    same = dataclasses.replace(url.ask(), outcome=SAME, body=b"")
    assert not source._take(same) and np.isnan(source.state().heard_s)
    source.rows()
    service.handle = lambda r: reply(r, 200, b'{"alerts": []}')
    assert source._take(url.ask()) and source._take(same) and source.state().heard_s == same.t_rx_s


def test_a_tree_of_regions_that_cannot_be_read_is_asked_for_again(service: Service) -> None:
    trees = iter([b'{"states": [', b'{"states": []}'])
    service.handle = lambda r: reply(r, 200, next(trees) if r.path.endswith("/regions") else b"[]")
    source = opened(service, "ukrainealarm", context())
    assert until(lambda: len(service.asked) > 6)
    assert sum(a["path"].endswith("/regions") for a in service.asked) == 2
    source.stop()


def test_ukrainealarm_asks_for_the_tree_of_regions_until_it_has_it(service: Service) -> None:
    tree = {"states": [{"regionId": "27", "regionName": "Львівська область", "regionType": "State",
                        "regionChildIds": [{"regionId": "900", "regionName": "Якась громада"}]}]}  # fmt: skip
    alert = [{"regionId": "900", "regionName": "Якась громада", "regionType": "Community",
              "lastUpdate": "2025-11-24T10:00:00Z",
              "activeAlerts": [{"regionId": "900", "type": "AIR", "lastUpdate": "2025-11-24T10:00:00Z"}]}]  # fmt: skip
    n_refused = 0

    def handle(r: BaseHTTPRequestHandler) -> None:
        nonlocal n_refused
        if r.path.endswith("/regions") and n_refused < 2:
            n_refused += 1
            reply(r, 500, b"")
        else:
            reply(r, 200, json.dumps(tree if r.path.endswith("/regions") else alert).encode())

    service.handle = handle
    ctx = context()
    source = opened(service, "ukrainealarm", ctx)
    (area, state), = changes_of(source, 1, ctx)
    assert area == "Lvivska oblast" and state == AlertState.ACTIVE
    assert until(lambda: len(service.asked) > 10)
    assert sum(a["path"].endswith("/v1/regions") for a in service.asked) == 3
    assert service.asked[0]["authorization"] == "s3cret"
    source.stop()


def test_opensky_states_are_heard_when_the_answer_came(service: Service) -> None:
    now_s = int(time.time())

    def handle(r: BaseHTTPRequestHandler) -> None:
        state = ["4b1900", "SWR1 ", "Switzerland", now_s - 3, now_s - 2, 8.5, 47.4, 3_000.0, False, 120.0, 90.0, 0.0,
                 None, 3_050.0, None, False, 0]  # fmt: skip
        reply(r, 200, json.dumps({"time": now_s - 2, "states": [state]}).encode())

    service.handle = handle
    source = open_source(f"opensky+{service.url}?lamin=45.8&period=1", "sky", context(), environment={})
    source.start()
    rows: list[FeedRows] = []
    assert until(lambda: rows.extend(source.rows()) or sum(len(r.reports) for r in rows) >= 1)
    r = next(r.reports for r in rows if len(r.reports))
    assert r.t_s[0] == now_s - 3 and now_s - 1 <= r.t_rx_s[0] <= time.time()
    assert service.asked[0]["path"] == "/v1/alerts?lamin=45.8" and "authorization" not in service.asked[0]
    assert until(lambda: len(service.asked) > 2)
    assert sum(len(x.reports) for x in source.rows()) == 0, "what was not heard anew is no report"
    source.stop()


@pytest.mark.parametrize(
    ("status", "code", "word"), [(401, "key", "FLIGHTWARD_ALERTS_IN_UA_TOKEN"), (429, "too_often", "?period=")]
)
def test_what_is_wrong_with_a_service_is_said(service: Service, status: int, code: str, word: str) -> None:
    service.handle = lambda r: reply(r, status, b"")
    source = opened(service, "alerts-in-ua", context())
    assert until(lambda: source.state().error != "")
    found, = findings(source.state())
    assert found.code == code and word in to_do(found.code, found.values)
    assert "s3cret" not in repr(source.state())
    source.stop()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("alerts-in-ua+http://192.0.2.1/a", "must be alerts-in-ua\\+https"),
        ("alerts-in-ua+https://127.0.0.1/a?period=0.1", "must be 1 to 3600 s"),
        ("alerts-in-ua+https:///a", "needs a host"),
        ("opensky+https://127.0.0.1/a?token=x", "must hold no secret"),
    ],
)
def test_a_wrong_service_stops_the_start(url: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        open_source(url, "s", context(), environment=KEY)
    assert "s3cret" not in str(raised.value)


def test_an_area_with_alerts_of_a_service(service: Service, tmp_path: Path) -> None:
    service.handle = answer(LVIV)
    (tmp_path / "AREA.toml").write_text(
        'name = "west"\n[area]\nlat_deg = 49.8\nlon_deg = 24.0\nradius_m = 100000.0\n'
        f'[[feed]]\nname = "alerts"\nurl = "alerts-in-ua+{service.url}"\n'
    )
    area = read_area(tmp_path / "AREA.toml", {}, time.time)
    (source,) = area.sources
    assert isinstance(source._url, PolledUrl)  # type: ignore[attr-defined]
    source.start()
    rows: list[FeedRows] = []
    assert until(lambda: rows.extend(source.rows()) or sum(len(r.alerts) for r in rows) >= 1)
    assert np.all(next(r.alerts for r in rows if len(r.alerts)).t_rx_s >= area.setup.start_s)
    source.stop()
