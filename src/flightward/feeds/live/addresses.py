"""Sources by address: what the `url` of a [[feed]] may be (docs/live.md).

beast+tcp://host:30005    avr+tcp://host:30002    sbs+tcp://host:30003      receivers of ADS-B, over TCP
asterix+udp://host:8600   cot+udp://239.2.3.1:6969                          datagrams to an address of ours or a group
cot+tcp://host:8087       cot+tls://host:8089                               a TAK server
sapient+listen://host:5020                                                  sensors connect to us (also +listen+tls)
remoteid+mqtt://host:1883/TOPIC   remoteid+mqtts://                         Remote ID from a broker
alerts-in-ua+https://host/PATH    ukrainealarm+https://    opensky+https://     services that are asked again and again

Options behind "?": interface (of a group), ca, cert, key (files), user, name, period (s, of a service; what else stands
there goes to the service). Secrets never stand there: FLIGHTWARD_MQTT_PASSWORD and those of POLLED are read from the
environment that is passed in.
"""

from __future__ import annotations

import math
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flightward.errors import BadInput
from flightward.feeds.alerts.live import alerts_in_ua_polls, ukrainealarm_polls
from flightward.feeds.asterix import AsterixUdp
from flightward.feeds.cot.event import ping
from flightward.feeds.cot.parse import CotFeed
from flightward.feeds.cot.xmltext import xml_of
from flightward.feeds.live.polled import OpenSkyAnswers, PolledSource
from flightward.feeds.live.sensors import SapientSource
from flightward.feeds.live.source import DatagramSource, MqttSource, Source, StreamSource
from flightward.feeds.modes import Avr, Beast, Sbs
from flightward.feeds.net import BACKOFF, Backoff, Broker, client_context, server_context
from flightward.feeds.polling import PolledUrl
from flightward.feeds.ridjson import RemoteIdJson
from flightward.feeds.rows import FeedContext
from flightward.feeds.sapient.session import node_id

STREAMS: dict[str, tuple[Callable[[FeedContext], Any], int]] = {
    "beast+tcp": (Beast, 30_005), "avr+tcp": (Avr, 30_002), "sbs+tcp": (Sbs, 30_003), "cot+tcp": (CotFeed, 8087),
    "cot+tls": (CotFeed, 8089),
}  # fmt: skip
DATAGRAMS: dict[str, tuple[Callable[[FeedContext], Any], int]] = {
    "asterix+udp": (AsterixUdp, 8600), "cot+udp": (CotFeed, 6969),
}  # fmt: skip
POLLED: dict[str, tuple[Callable[[FeedContext], Any], str, str]] = {
    "alerts-in-ua": (alerts_in_ua_polls, "FLIGHTWARD_ALERTS_IN_UA_TOKEN", "Bearer {}"),
    "ukrainealarm": (ukrainealarm_polls, "FLIGHTWARD_UKRAINEALARM_TOKEN", "{}"),
    "opensky": (OpenSkyAnswers, "FLIGHTWARD_OPENSKY_TOKEN", "Bearer {}"),
}
"""Parser of a service's answers; where its key stands in the environment, and how it is sent (header Authorization)."""
SERVICES = tuple(f"{name}+{over}" for name in POLLED for over in ("https", "http"))
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PERIOD_S = 20.0
"""Between askings: alerts.in.ua asks for no more than eight to ten a minute."""
SENSORS = ("sapient+listen", "sapient+listen+tls")
BROKERS = ("remoteid+mqtt", "remoteid+mqtts")
SCHEMES = (*STREAMS, *DATAGRAMS, *SENSORS, *BROKERS, *SERVICES)
STALE_S = {"asterix+udp": 15.0, "beast+tcp": 15.0, "avr+tcp": 15.0, "sbs+tcp": 30.0}
"""After so long without a message a source is stale: three turns of a slow radar; a receiver hears someone each
second, if anyone is there. Others, which may rightly be silent for a while: STALE_ELSE_S."""
STALE_ELSE_S = 60.0
QUIET = 10.0
"""So many times its stale time may a TAK server say nothing before its connection is made anew."""


class Url:
    """An address taken apart. Errors: BadInput, which never repeats a secret."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        try:
            parts = urllib.parse.urlsplit(text)
            self.scheme, self.host, self.port = parts.scheme, parts.hostname or "", parts.port
        except ValueError as error:
            raise BadInput(f"is no address: {error}", key="url", where=where) from error
        if parts.password or parts.username:
            raise BadInput("must not hold a name or password; give ?user= and the environment", key="url", where=where)
        if self.scheme not in SCHEMES:
            raise BadInput("must begin with one of " + ", ".join(SCHEMES), key="url", value=self.scheme, where=where)
        self.path = urllib.parse.unquote(parts.path).strip("/")
        self.query = urllib.parse.parse_qsl(parts.query)
        self.options = dict(self.query)
        self.shown = f"{self.scheme}://{parts.netloc}{parts.path}"

    def place(self, port: int) -> tuple[str, int]:
        """Host and port, with the port that is meant where none is said."""
        if not self.host:
            raise BadInput(f"{self.scheme} needs a host", key="url", where=self.where)
        return self.host, port if self.port is None else self.port

    def file(self, key: str) -> Path | None:
        """A file that an option names."""
        return Path(self.options[key]) if key in self.options else None


def open_source(
    text: str, name: str, ctx: FeedContext, *, stale_s: float | None = None, backoff: Backoff = BACKOFF,
    environment: Mapping[str, str] | None = None, now: Callable[[], float] = time.time,
) -> Source:  # fmt: skip
    """The source of an address; nothing is connected before its `start`.

    Errors   BadInput: no such address, or what it names cannot be used. Missing: an extra is not installed.
    """
    url = Url(text, f"feed {name}")
    stale = STALE_S.get(url.scheme, STALE_ELSE_S) if stale_s is None else stale_s
    common: dict[str, Any] = {"stale_s": stale, "now": now}
    if url.scheme in STREAMS:
        parser, port = STREAMS[url.scheme]
        if url.scheme.startswith("cot"):
            # a team may rightly be silent for long
            common |= {"presence": lambda: xml_of(ping(now())), "useless_s": QUIET * stale}
        tls = client_context(url.file("ca"), url.file("cert"), url.file("key")) if url.scheme == "cot+tls" else None
        return StreamSource(name, url.shown, parser(ctx), ctx, *url.place(port), tls=tls, backoff=backoff, **common)
    if url.scheme in DATAGRAMS:
        parser, port = DATAGRAMS[url.scheme]
        interface = url.options.get("interface", "0.0.0.0")
        try:
            return DatagramSource(name, url.shown, parser(ctx), ctx, *url.place(port), interface=interface, **common)
        except OSError as error:
            raise BadInput(f"cannot be listened to: {error}", key="url", value=url.shown, where=url.where) from error
    if url.scheme in SENSORS:
        return _sensors(url, name, ctx, common)
    if url.scheme in SERVICES:
        return _service(url, name, ctx, environment or {}, common)
    return _broker(url, name, ctx, environment or {}, common)


def _sensors(url: Url, name: str, ctx: FeedContext, common: dict[str, Any]) -> Source:
    tls = None
    if url.scheme.endswith("tls"):
        cert, key = url.file("cert"), url.file("key")
        if cert is None or key is None:
            raise BadInput(f"{url.scheme} needs ?cert= and &key=", key="url", where=url.where)
        tls = server_context(cert, key, url.file("ca"))
    own = node_id(url.options.get("name", "flightward"))
    try:
        return SapientSource(name, url.shown, ctx, *url.place(5020), own, tls=tls, **common)
    except OSError as error:
        raise BadInput(f"cannot be listened to: {error}", key="url", value=url.shown, where=url.where) from error


def _service(url: Url, name: str, ctx: FeedContext, environment: Mapping[str, str], common: dict[str, Any]) -> Source:
    service, _, over = url.scheme.partition("+")
    parser, variable, how = POLLED[service]
    url.place(443)
    try:
        period_s = float(url.options.get("period", PERIOD_S))
    except ValueError:
        period_s = math.nan
    if not 1.0 <= period_s <= 3_600.0:
        raise BadInput("must be 1 to 3600 s", key="url ?period", value=url.options["period"], where=url.where)
    key = environment.get(variable, "")
    if key and over == "http" and url.host not in LOOPBACK:
        raise BadInput(f"must be {service}+https, so that nobody reads the key", key="url", where=url.where)
    headers = {"Authorization": how.format(key)} if key else {}
    tls = client_context(url.file("ca"), None, None) if over == "https" else None
    rest = urllib.parse.urlencode([(k, v) for k, v in url.query if k not in ("period", "ca")])
    base = f"{over}://{url.shown.partition('://')[2]}"
    asked = {"now": common["now"], "period_s": period_s, "headers": headers, "tls": tls, "stale_s": common["stale_s"]}
    before = []
    if service == "ukrainealarm":
        # which hromada lies in which oblast is told by another answer of the same service
        before = [PolledUrl(urllib.parse.urljoin(base, "regions"), **asked)]
    asking = PolledUrl(f"{base}?{rest}" if rest else base, **asked)
    return PolledSource(name, url.shown, parser(ctx), ctx, asking, before=before, **common)


def _broker(url: Url, name: str, ctx: FeedContext, environment: Mapping[str, str], common: dict[str, Any]) -> Source:
    is_tls = url.scheme.endswith("mqtts")
    host, port = url.place(8883 if is_tls else 1883)
    tls = client_context(url.file("ca"), url.file("cert"), url.file("key")) if is_tls else None

    def broker(on_message: Callable[[str, bytes, bool], None]) -> Broker:
        return Broker(
            host, port, tls=tls, user=url.options.get("user", ""), topics=(url.path or "#",), on_message=on_message,
            password=environment.get("FLIGHTWARD_MQTT_PASSWORD", ""),
        )  # fmt: skip

    return MqttSource(name, url.shown, RemoteIdJson(ctx), ctx, broker, **common)
