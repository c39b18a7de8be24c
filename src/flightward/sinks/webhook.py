"""Webhooks: each change of a warning as a signed POST of JSON, tried again with growing pauses, safe to receive twice.

Flightward-Signature   t=POSIX s,v1=HMAC-SHA256 in hex of "t." + body, by the shared secret; `verify` is what a
                       receiver does
Idempotency-Key        the same for every attempt of the same change (draft-ietf-httpapi-idempotency-key-header)

2xx is delivered; 408, 425, 429, 5xx and no answer are tried again (Retry-After is honoured up to RETRY_MAX_S); all
else, redirects too, is refused. An address may be written as people read it: its host goes out by IDNA, its path and
query in per cent. Plain http is allowed to this machine only. The secret stands in no message, log or error.
"""

from __future__ import annotations

import contextlib
import email.utils
import hashlib
import hmac
import http.client
import ipaddress
import math
import ssl
import time
import urllib.parse
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from flightward.errors import BadInput
from flightward.feeds.cot.xmltext import iso
from flightward.feeds.net import BACKOFF, Backoff
from flightward.model import Inbox, Level, StepResult
from flightward.sinks.outbox import Counts, Outbox, Refused, TryAgain
from flightward.sinks.scene import Observer, Scene, WarningMark

RETRY_MAX_S = 300.0
_AGAIN = (408, 425, 429)
ANSWER_MAX = 1 << 16


class Post(NamedTuple):
    """One message on its way."""

    key: str
    body: bytes


def sign(secret: bytes, body: bytes, t_s: int) -> str:
    """The header Flightward-Signature of a body sent at t_s."""
    digest = hmac.new(secret, f"{t_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={t_s},v1={digest}"


def verify(secret: bytes, body: bytes, header: str, now_s: float, tolerance_s: float = 300.0) -> bool:
    """Is the header of this body, by this secret, and not older than tolerance_s (nor from the future by as much)."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    if not _is_number(parts.get("t", "")) or len(parts["t"]) > 12:
        return False
    t_s = int(parts["t"])
    given = sign(secret, body, t_s)
    return hmac.compare_digest(given.encode(), header.encode("utf-8", "replace")) and abs(now_s - t_s) <= tolerance_s


def _is_number(text: str) -> bool:
    """Is it of the digits 0 to 9; Python's own isdigit takes ² too, which is no number to int."""
    return text.isascii() and text.isdigit()


def message_of(w: WarningMark, scene: Scene) -> Post:
    """A warning's change as JSON; unknown is null."""
    change = "cleared" if w.is_cleared else "raised" if scene.t_s - w.raised_s < 1.0 else "changed"
    value: dict[str, Any] = {
        "event": f"warning.{change}", "t_s": scene.t_s, "time": iso(scene.t_s), "mark": scene.mark.label,
        "exercise": scene.mark.is_exercise, "title": scene.title, "warning": {
            "id": w.id, "flight_id": w.flight_id or None, "site_id": w.site_id or None, "name": w.name,
            "level": Level(w.level).word, "hazard_kind": w.hazard, "hazard_id": w.hazard_id or None, "text": w.text,
            **{n: _known(getattr(w, n)) for n in ("p", "raised_s", "predicted_caught_s", "cleared_s", "lat_deg",
                                                  "lon_deg", "hae_m")},
        },
    }  # fmt: skip
    routes = [r for r in scene.routes if r.flight_id == w.flight_id and w.flight_id]
    value["advice"] = [{"option": r.option, "text": r.text, "decide_by_s": _known(r.decide_by_s)} for r in routes]
    body = msgspec.json.encode(value)
    return Post(hashlib.sha256(f"{scene.title}\0{w.id}\0{change}\0".encode() + body).hexdigest()[:32], body)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


class _Target(NamedTuple):
    """An address as it goes over the wire: ASCII only; the path with its query."""

    is_tls: bool
    host: str
    port: int | None
    path: str


def _target(url: str) -> _Target:
    """The parts of an address. Errors: BadInput."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:  # of encodings too; its text repeats what stands for the port, which may be a secret
        raise BadInput("is no address: its host or port cannot be read", key="url") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise BadInput("must be http(s)://host/path without a name or password", key="url")
    if parts.scheme == "http" and not _is_here(host):
        raise BadInput("must be https: only this machine may be spoken to in the clear", key="url")
    whole = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # What is quoted already, and what parts of a query are told apart by, stays.
    return _Target(parts.scheme == "https", host, port, urllib.parse.quote(whole, safe="%/?:@!$&'()*+,;=~[]"))


class Webhook:
    """One receiver.

    Errors: BadInput for a URL that cannot be used or is not https (http only to this machine), or an empty secret.
    """

    def __init__(
        self, url: str, secret: bytes, *, tls: ssl.SSLContext | None = None, timeout_s: float = 10.0,
        now: Callable[[], float] = time.time, backoff: Backoff = BACKOFF, expires_s: float = 900.0,
    ) -> None:  # fmt: skip
        self._to = _target(url)
        if not secret:
            raise BadInput("must not be empty", key="secret")
        self._secret, self._timeout_s, self._now = secret, timeout_s, now
        self._tls = tls or ssl.create_default_context()
        self._outbox: Outbox[Post] = Outbox(self._deliver, "webhook", expires_s=expires_s, backoff=backoff)

    @property
    def counts(self) -> Counts:
        """What became of the messages."""
        return self._outbox.counts

    def post(self, message: Post) -> None:
        """Queue a message."""
        self._outbox.put(message)

    def flush(self, within_s: float) -> bool:
        """Wait until all is delivered or given up."""
        return self._outbox.flush(within_s)

    def close(self, within_s: float = 5.0) -> None:
        """End, after what can be delivered within that time."""
        self._outbox.close(within_s)

    def _deliver(self, message: Post) -> None:
        headers = {
            "Content-Type": "application/json", "User-Agent": "flightward", "Idempotency-Key": message.key,
            "Flightward-Signature": sign(self._secret, message.body, int(self._now())),
        }  # fmt: skip
        host, port = self._to.host, self._to.port
        if self._to.is_tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout_s, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        with contextlib.closing(connection):
            try:
                connection.request("POST", self._to.path, message.body, headers)
                answer = connection.getresponse()
                answer.read(ANSWER_MAX)
            except (OSError, http.client.HTTPException) as error:
                raise TryAgain(f"{type(error).__name__}: {error}") from error
        if 200 <= answer.status < 300:
            return
        said = f"HTTP {answer.status}"
        if answer.status in _AGAIN or answer.status >= 500:
            raise TryAgain(said, _after_s(answer.headers.get("Retry-After"), self._now()))
        raise Refused(said)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _after_s(text: str | None, now_s: float) -> float | None:
    """Seconds of a Retry-After (RFC 9110, 10.2.3: seconds or a date), within bounds; None if it cannot be read."""
    if not text:
        return None
    if _is_number(text.strip()) and len(text.strip()) < 9:
        return min(float(text), RETRY_MAX_S)
    try:
        return min(max(email.utils.parsedate_to_datetime(text).timestamp() - now_s, 0.0), RETRY_MAX_S)
    except (ValueError, OverflowError):
        return None


class WebhookSink:
    """A sink of steps: every change of a warning at CAUTION or above, and its end, to one webhook."""

    def __init__(self, observer: Observer, webhook: Webhook, least: Level = Level.CAUTION) -> None:
        self._observer = observer
        self._webhook = webhook
        self._least = int(least)

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        for w in scene.warnings:
            if w.is_new and w.level >= self._least:
                self._webhook.post(message_of(w, scene))

    def close(self) -> None:
        """No more steps will come."""
        self._webhook.close()
