"""Polling against a real server on loopback: what has not changed, failures, slow and endless answers, secrets."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from feedkit import context
from hypothesis import given
from hypothesis import strategies as st
from servicekit import Service, reply

from flightward.errors import BadInput
from flightward.feeds.alerts.live import alerts_in_ua_polls
from flightward.feeds.polling import Pace, PolledUrl


@pytest.fixture
def service() -> Iterator[Service]:
    one = Service()
    yield one
    one.stop()


def source(url: str, **changes: Any) -> PolledUrl:
    return PolledUrl(url, **{"now": time.time, "period_s": 30.0, "timeout_s": 0.5, **changes})


def test_what_has_not_changed_is_not_sent_again(service: Service) -> None:
    def handle(r: BaseHTTPRequestHandler) -> None:
        if r.headers.get("If-None-Match") == '"v1"':
            reply(r, 304, b"")
        else:
            reply(r, 200, b"first", ETag='"v1"', Last_Modified="Mon, 24 Nov 2025 10:00:00 GMT")

    service.handle = handle
    polled = source(service.url, headers={"Authorization": "Bearer abc"})
    first, second = polled.ask(), polled.ask()
    assert (first.outcome, first.body, first.wait_s) == ("good", b"first", 30.0)
    assert (second.outcome, second.status, second.body, second.wait_s) == ("same", 304, b"", 30.0)
    assert service.asked[1]["if-modified-since"] == "Mon, 24 Nov 2025 10:00:00 GMT"
    assert service.asked[0]["authorization"] == "Bearer abc" and "if-none-match" not in service.asked[0]
    assert not polled.is_stale and polled.age_s < 5.0


def test_an_answer_that_could_not_be_used_is_sent_again(service: Service) -> None:
    service.handle = lambda r: reply(r, 200, b"x", ETag='"v1"', Last_Modified="Mon, 24 Nov 2025 10:00:00 GMT")
    polled = source(service.url)
    polled.ask()
    polled.forget()
    assert polled.ask().outcome == "good"
    assert not {"if-none-match", "if-modified-since"} & set(service.asked[1])


def test_failures_wait_longer_and_longer_and_a_good_answer_ends_that(service: Service) -> None:
    service.handle = lambda r: reply(r, 500, b"")
    polled = source(service.url, longest_s=300.0)
    waits = [polled.ask().wait_s for _ in range(6)]
    assert all(45.0 <= waits[0] <= 60.0 <= w <= 300.0 or w == waits[0] for w in waits)
    assert all(b > a for a, b in itertools.pairwise(waits[:4])) and min(waits[3:]) >= 0.75 * 300.0
    assert polled.is_stale and polled.age_s == math.inf, "a refusal is no sign of life of what it says"
    service.handle = lambda r: reply(r, 200, b"{}")
    assert polled.ask().wait_s == 30.0 and polled.pace.n_failures == 0


def test_what_the_service_asks_for_is_kept_to(service: Service) -> None:
    service.handle = lambda r: reply(r, 429, b"", Retry_After="120")
    answer = source(service.url).ask()
    assert (answer.outcome, answer.status, answer.wait_s, answer.reason) == ("refused", 429, 120.0, "status 429")
    service.handle = lambda r: reply(r, 503, b"", Retry_After="Mon, 24 Nov 2025 10:05:00 GMT")
    now_s = 1763978400.0  # 24 November 2025, 10:00
    assert source(service.url, now=lambda: now_s).ask().wait_s == 300.0
    service.handle = lambda r: reply(r, 503, b"", Retry_After="99999999")
    assert source(service.url, longest_s=600.0).ask().wait_s == 600.0


def test_a_packed_answer_and_one_that_would_fill_the_memory(service: Service) -> None:
    service.handle = lambda r: reply(r, 200, gzip.compress(b"x" * 1000), Content_Encoding="gzip")
    assert source(service.url).ask().body == b"x" * 1000
    service.handle = lambda r: reply(r, 200, gzip.compress(bytes(5_000_000)), Content_Encoding="gzip")
    answer = source(service.url, max_bytes=1_000_000).ask()
    assert (answer.outcome, answer.reason, answer.body) == ("failed", "more than 1000000 bytes", b"")
    service.handle = lambda r: reply(r, 200, gzip.compress(b"x" * 1000)[:-9], Content_Encoding="gzip")
    assert source(service.url).ask().reason == "the answer was cut off"


def test_an_answer_cut_short_is_none(service: Service) -> None:
    def handle(r: BaseHTTPRequestHandler) -> None:
        r.send_response(200)
        r.send_header("Content-Length", "100")
        r.end_headers()
        r.wfile.write(b"half")

    service.handle = handle
    answer = source(service.url).ask()
    assert (answer.outcome, answer.reason, answer.body) == ("failed", "the answer was cut off", b"")


def test_an_answer_that_drips_or_never_comes_is_given_up(service: Service) -> None:
    stop = threading.Event()

    def drip(r: BaseHTTPRequestHandler) -> None:
        r.send_response(200)
        r.send_header("Content-Length", "100000")
        r.end_headers()
        while not stop.wait(0.05):
            try:
                r.wfile.write(b"x")
            except OSError:
                return

    begin = time.monotonic()
    service.handle = drip
    assert source(service.url, timeout_s=0.3).ask().reason == "no answer in time"
    service.handle = lambda r: bool(stop.wait(3.0)) and None
    assert source(service.url, timeout_s=0.3).ask().reason == "no answer in time"
    stop.set()
    assert time.monotonic() - begin < 20.0


def test_a_redirect_is_not_followed_and_a_dead_server_is_told(service: Service) -> None:
    service.handle = lambda r: reply(r, 302, b"", Location="http://127.0.0.1:9/elsewhere")
    assert source(service.url).ask().reason == "status 302"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert source(url).ask().reason == "connection refused"


def test_it_recovers_when_the_server_comes_back(service: Service) -> None:
    polled = source(service.url)
    assert polled.ask().outcome == "good"
    port = service.server.server_port
    service.server.shutdown()
    service.server.server_close()
    assert polled.ask().outcome == "failed"
    again = ThreadingHTTPServer(("127.0.0.1", port), service.server.RequestHandlerClass)
    thread = threading.Thread(target=again.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        assert polled.ask().outcome == "good"
    finally:
        again.shutdown()
        again.server_close()
        thread.join()
    service.server = ThreadingHTTPServer(("127.0.0.1", 0), service.server.RequestHandlerClass)
    service._thread = threading.Thread(target=service.server.serve_forever, args=(0.02,), daemon=True)
    service._thread.start()


@pytest.mark.parametrize(
    "url",
    ["ftp://a/b", "http:///x", "http://user:secret@host/", "https://host/?token=abc", "https://host/?api_key=abc"],
)
def test_an_address_that_holds_a_secret_or_is_none_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadInput) as error:
        source(url)
    assert "secret@" not in str(error.value) and "abc" not in str(error.value)
    with pytest.raises(BadInput):
        source("http://host/", headers={"Authorization": "a\r\nX: y"})


def test_it_is_stale_by_its_own_limit() -> None:
    now = [1000.0]
    polled = PolledUrl("http://127.0.0.1:9/", now=lambda: now[0], stale_s=120.0)
    polled.last_answer_s = 1000.0
    assert not polled.is_stale
    now[0] = 1121.0
    assert polled.is_stale


@given(st.floats(0.1, 100.0), st.floats(100.0, 1e4), st.integers(1, 40), st.floats(0.0, 1e6))
def test_waits_are_bounded_whatever_happens(period_s: float, longest_s: float, n: int, asked_s: float) -> None:
    pace, twin = Pace("a", period_s, longest_s), Pace("a", period_s, longest_s)
    waits = [pace.bad(asked_s) for _ in range(n)]
    assert all(period_s <= w <= longest_s for w in waits) and waits == [twin.bad(asked_s) for _ in range(n)]


def test_polls_of_a_live_service_become_changes_of_state(service: Service) -> None:
    """What is asked over HTTP is kept a line each and read by the feed, as a recording of the day would be."""
    alert = {
        "location_title": "Львівська область",
        "location_oblast": "Львівська область",
        "alert_type": "air_raid",
        "started_at": "2025-11-24T10:00:00Z",
    }
    documents = [{"alerts": []}, {"alerts": [alert]}, None, {"alerts": []}]

    def handle(r: BaseHTTPRequestHandler) -> None:
        document = documents[len(service.asked) - 1]
        reply(r, 500 if document is None else 200, json.dumps(document).encode())

    service.handle = handle
    clock = [1763978400.0]
    polled, parser = source(service.url, now=lambda: clock[0]), alerts_in_ua_polls(context())
    for _ in documents:
        answer = polled.ask()
        if answer.outcome == "good":
            parser.receive(f'{{"t_rx_s": {answer.t_rx_s!r}, "body": {answer.body.decode()}}}\n'.encode())
        clock[0] += 30.0
    alerts = parser.rows().alerts
    # Began at 10:00:00 by its source, heard at 10:00:30; the failure changes nothing; the end was heard at 10:01:30.
    assert list(
        zip(
            (alerts.t_s - 1763978400.0).tolist(),
            (alerts.t_rx_s - 1763978400.0).tolist(),
            alerts.state.tolist(),
            strict=True,
        )
    ) == [(0.0, 30.0, 1), (90.0, 90.0, 0)]
    assert parser.live.delays_s == [30.0] and parser.rejects.repairs["end_not_told"] == 1
