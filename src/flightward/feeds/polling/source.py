"""One web address, asked again and again over HTTP(S): what came, when, and how long to wait.

What has not changed is not sent again (ETag and If-None-Match, Last-Modified and If-Modified-Since; RFC 9110, 8.8 and
13.1). Answers may be gzip. Bounded: time, bytes packed and unpacked. Redirects are not followed: only what the
configuration names is spoken to. Secrets go into headers, never into the address, and no header is ever shown.
"""

from __future__ import annotations

import dataclasses
import email.utils
import http.client
import math
import re
import socket
import ssl
import urllib.parse
import zlib
from collections.abc import Callable, Mapping

from flightward.errors import BadInput
from flightward.feeds.polling.schedule import Pace

GOOD, SAME, REFUSED, FAILED = "good", "same", "refused", "failed"
"""An answer; the same as before; the service said no; nothing usable came."""
CHUNK = 65_536


@dataclasses.dataclass(frozen=True)
class Answer:
    """What one asking gave: `body` where outcome is good; `reason` says why not, without secrets."""

    outcome: str
    status: int
    body: bytes
    t_rx_s: float
    wait_s: float
    reason: str = ""


class PolledUrl:
    """A source to be asked: `ask()`, wait `answer.wait_s`, again. It blocks for at most about timeout_s a read.

    now         gives POSIX s; the one clock of this source
    headers     sent with each request: authorization and the like
    stale_s     after so long without an answer (also an unchanged one) the source is stale
    """

    def __init__(
        self, url: str, *, now: Callable[[], float], period_s: float = 30.0, longest_s: float = 600.0,
        timeout_s: float = 10.0, max_bytes: int = 32_000_000, stale_s: float = 120.0,
        headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput("must be an http or https address", key="url", value=url.partition("?")[0])
        if parts.username or parts.password or re.search(r"(?i)(?:token|key|secret|passw)\w*=", parts.query):
            raise BadInput("must hold no secret; give it as a header", key="url", value=parts.hostname)
        for name, value in (headers or {}).items():
            if re.search(r"[\r\n\0]", name + value):
                raise BadInput("must be one line", key=f"headers.{name}")
        self._parts = parts
        self._target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._headers = dict(headers or {})
        self._tls = tls
        self._now = now
        self._timeout_s, self._max_bytes, self._stale_s = timeout_s, max_bytes, stale_s
        self._etag = self._modified = ""
        self.pace = Pace(f"{parts.hostname}{parts.path}", period_s, longest_s)
        self.last_answer_s = math.nan

    @property
    def name(self) -> str:
        """What to call it: host and path."""
        return self.pace.name

    @property
    def age_s(self) -> float:
        """Since its last answer; infinite before the first."""
        return math.inf if math.isnan(self.last_answer_s) else self._now() - self.last_answer_s

    @property
    def is_stale(self) -> bool:
        """Has it not answered for too long: what it said last may no longer hold."""
        return self.age_s > self._stale_s

    def forget(self) -> None:
        """Its last answer could not be used: have it sent again in full, though it has not changed."""
        self._etag = self._modified = ""

    def ask(self) -> Answer:
        """Ask once. Any failure is an Answer, not an error."""
        connection = self._connection()
        try:
            connection.request("GET", self._target, headers=self._request_headers())
            response = connection.getresponse()
            return self._answered(response)
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            return self._failed(FAILED, 0, _reason(error))
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = str(self._parts.hostname), self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)

    def _request_headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json, */*;q=0.5", "Accept-Encoding": "gzip", "User-Agent": "flightward",
                   **self._headers}  # fmt: skip
        if self._etag:
            headers["If-None-Match"] = self._etag
        if self._modified:
            headers["If-Modified-Since"] = self._modified
        return headers

    def _answered(self, response: http.client.HTTPResponse) -> Answer:
        status = response.status
        if status == 304 and (self._etag or self._modified):
            return self._heard(Answer(SAME, status, b"", self._now(), self.pace.good()))
        if status != 200:
            wait_s = _retry_after_s(response.getheader("Retry-After", ""), self._now())
            return self._failed(REFUSED, status, f"status {status}", wait_s)
        body = self._body(response)
        if body is None:
            return self._failed(FAILED, status, f"more than {self._max_bytes} bytes")
        self._etag = response.getheader("ETag", "") or ""
        self._modified = response.getheader("Last-Modified", "") or ""
        return self._heard(Answer(GOOD, status, body, self._now(), self.pace.good()))

    def _body(self, response: http.client.HTTPResponse) -> bytes | None:
        """The whole body, unpacked; None if it is too large. A body that drips is cut off by the clock."""
        packed = response.getheader("Content-Encoding", "").lower() == "gzip"
        unpack = zlib.decompressobj(wbits=31) if packed else None
        out = bytearray()
        until_s = self._now() + 3.0 * self._timeout_s
        while chunk := response.read1(CHUNK):
            out += chunk if unpack is None else unpack.decompress(chunk, self._max_bytes + 1 - len(out))
            if len(out) > self._max_bytes:
                return None
            if self._now() > until_s:
                raise TimeoutError("the answer came too slowly")
        wanted = response.getheader("Content-Length")
        if unpack is not None and not unpack.eof:
            raise ValueError("the answer was cut off")
        if unpack is None and wanted is not None and wanted.isdecimal() and len(out) != int(wanted):
            raise ValueError("the answer was cut off")
        return bytes(out)

    def _heard(self, answer: Answer) -> Answer:
        self.last_answer_s = answer.t_rx_s
        return answer

    def _failed(self, outcome: str, status: int, reason: str, asked_s: float = 0.0) -> Answer:
        return Answer(outcome, status, b"", self._now(), self.pace.bad(asked_s), reason)


def _retry_after_s(text: str, now_s: float) -> float:
    """Seconds to wait of a Retry-After header, in seconds or as a date; 0 if it is neither."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now_s)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _reason(error: BaseException) -> str:
    """A short word for what went wrong; an error's own text may hold what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not accepted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ValueError | http.client.IncompleteRead):
        return "the answer was cut off"
    return type(error).__name__
