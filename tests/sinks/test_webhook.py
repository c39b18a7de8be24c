"""Webhooks against a real HTTP server: signed, tried again with the same key; what is refused is not tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import math

import pytest
import scenes
from hypothesis import given
from hypothesis import strategies as st
from sockets import QUICK, Recorder, until
from test_links import free_port

from flightward.errors import BadInput
from flightward.sinks.outbox import Outbox
from flightward.sinks.webhook import Post, Webhook, _after_s, message_of, sign, verify

SECRET = b"a secret of the test"
NOW_S = scenes.T_S + 5.0


def hook(port: int, **changes: float) -> Webhook:
    return Webhook(f"http://127.0.0.1:{port}/in?x=1", SECRET, now=lambda: NOW_S, backoff=QUICK, timeout_s=5.0,
    **changes)


def test_a_warning_arrives_signed_and_says_what_it_is() -> None:
    server = Recorder()
    webhook = hook(server.port)
    webhook.post(message_of(scenes.warning(), scenes.scene()))
    assert webhook.flush(20.0)
    (request,) = server.requests
    assert (request.path, request.headers["Content-Type"]) == ("/in?x=1", "application/json")
    assert verify(SECRET, request.body, request.headers["Flightward-Signature"], NOW_S + 100.0)
    value = json.loads(request.body)
    assert (value["event"], value["exercise"], value["mark"]) == ("warning.changed", True, "EXERCISE SIMULATED")
    assert value["warning"]["level"] == "WARNING" and value["warning"]["cleared_s"] is None
    assert value["advice"][0]["option"] == "divert"
    assert SECRET not in request.body
    webhook.close()
    server.stop()


def test_signatures() -> None:
    body = b'{"a":1}'
    header = sign(SECRET, body, 1_000)
    assert header == "t=1000,v1=" + hmac.new(SECRET, b'1000.{"a":1}', hashlib.sha256).hexdigest()
    assert verify(SECRET, body, header, 1_300.0)
    assert not verify(SECRET, body, header, 1_301.0)
    assert not verify(SECRET, body, header, 699.0)
    assert not verify(SECRET, b'{"a":2}', header, 1_000.0)
    assert not verify(b"other", body, header, 1_000.0)
    assert not verify(SECRET, body, header.replace("t=1000", "t=1001"), 1_001.0)


@given(st.text(max_size=60))
def test_no_other_header_verifies(header: str) -> None:
    assert not verify(SECRET, b"x", header, 0.0)


@pytest.mark.parametrize("header", ["t=²,v1=00", "t=٣,v1=00", "t=1\udc80,v1=00", "t=,v1=", ""])
def test_a_header_of_strange_characters_does_not_verify(header: str) -> None:
    assert verify(b"s", b"x", header, 0.0) is False


def test_what_fails_is_tried_again_with_the_same_key_and_in_order() -> None:
    server = Recorder((503, {}), (429, {"Retry-After": "0"}), (500, {}))
    webhook = hook(server.port)
    webhook.post(Post("key-1", b"1"))
    webhook.post(Post("key-2", b"2"))
    assert webhook.flush(20.0)
    assert [(r.headers["Idempotency-Key"], r.body) for r in server.requests] == [("key-1", b"1")] * 4 + [("key-2",
    b"2")]
    assert (webhook.counts.delivered, webhook.counts.tried_again) == (2, 3)
    webhook.close()
    server.stop()


def test_what_the_receiver_will_not_take_is_not_tried_again() -> None:
    server = Recorder((400, {}), (302, {"Location": "http://127.0.0.1:1/elsewhere"}))
    webhook = hook(server.port)
    for k in range(3):
        webhook.post(Post(str(k), b"x"))
    assert webhook.flush(20.0)
    assert len(server.requests) == 3
    assert (webhook.counts.refused, webhook.counts.delivered, webhook.counts.error) == (2, 1, "HTTP 302")
    webhook.close()
    server.stop()


def test_a_receiver_that_is_down_gets_it_when_it_is_back() -> None:
    port = free_port()
    webhook = hook(port)
    webhook.post(Post("k", b"x"))
    assert until(lambda: webhook.counts.tried_again >= 2)
    server = Recorder(port=port)
    assert webhook.flush(20.0)
    assert [r.body for r in server.requests] == [b"x"]
    webhook.close()
    server.stop()


def test_what_is_too_old_is_given_up_and_counted() -> None:
    webhook = hook(free_port(), expires_s=0.3)
    webhook.post(Post("k", b"x"))
    assert webhook.flush(20.0)
    assert (webhook.counts.expired, webhook.counts.delivered) == (1, 0)
    webhook.close()


def test_what_goes_wrong_without_a_plan_is_refused_and_the_next_is_delivered() -> None:
    done: list[int] = []
    outbox: Outbox[int] = Outbox(lambda k: done.append(1 // k), "test", backoff=QUICK)
    for k in (0, 1):
        outbox.put(k)
    assert outbox.flush(20.0)
    assert (done, outbox.counts.refused, outbox.counts.delivered) == ([1], 1, 1)
    assert outbox.counts.error == "ZeroDivisionError: integer division or modulo by zero"
    outbox.close()


def test_an_address_may_be_written_as_people_read_it() -> None:
    server = Recorder()
    webhook = Webhook(f"http://ｌocalhost:{server.port}/для тебе/a%20b?q=ö&x=1", SECRET, now=lambda: NOW_S)
    webhook.post(Post("k", b"x"))
    assert webhook.flush(20.0)
    quoted = "/%D0%B4%D0%BB%D1%8F%20%D1%82%D0%B5%D0%B1%D0%B5/a%20b?q=%C3%B6&x=1"
    assert [(r.path, r.headers["Host"]) for r in server.requests] == [(quoted, f"localhost:{server.port}")]
    webhook.close()
    server.stop()


def test_the_same_change_has_the_same_key_and_another_has_another() -> None:
    scene = scenes.scene()
    one, two = message_of(scenes.warning(), scene), message_of(scenes.warning(p=0.7), scene)
    assert one == message_of(scenes.warning(), scene)
    assert one.key != two.key
    fresh = scenes.warning(raised_s=scenes.T_S, p=math.nan)
    assert json.loads(message_of(fresh, scene).body)["event"] == "warning.raised"
    assert json.loads(message_of(scenes.warning(is_cleared=True), scene).body)["event"] == "warning.cleared"


@pytest.mark.parametrize("url", [
    "http://example.org/x", "ftp://127.0.0.1/", "https://user:secret@example.org/", "x", "https://127.0.0.1:99999/x",
    "https://example.org:port/", "https://a..b/x", "https://[::1/x", "https:///x",
])  # fmt: skip
def test_urls_that_would_tell_others_are_refused(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Webhook(url, SECRET)
    assert "secret@" not in str(caught.value)
    with pytest.raises(BadInput, match="empty"):
        Webhook("https://example.org/", b"")


def test_retry_after() -> None:
    assert _after_s("120", 0.0) == 120.0
    assert _after_s("86400", 0.0) == 300.0
    assert _after_s("Wed, 25 Dec 2024 08:01:00 GMT", scenes.T_S) == 60.0
    assert _after_s("soon", 0.0) is None and _after_s(None, 0.0) is None and _after_s("²", 0.0) is None
