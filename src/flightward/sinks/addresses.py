"""Sinks by address: what `--send` takes.

cot+udp://239.2.3.1:6969         Cursor on Target as datagrams, to a host or a group; ?form=tak for TAK protobuf;
                                 ?prefix=NAME begins every uid (flightward)
cot+tcp://host:8087              to a TAK server; ?form=tak, ?prefix=NAME
cot+tls://host:8089?ca=F&cert=F&key=F   the same over TLS, with our certificate
asterix+udp://host:8600?sac=N&sic=N   the air picture as ASTERIX CAT 062, to a host or a group
sapient://host:port?name=N       alerts to a fusion node; sapient+tls:// with ca, cert, key
mqtt://host:1883/PREFIX          warnings and picture to a broker; mqtts:// over TLS; ?user=U
https://host/path                a webhook (http:// to this machine only)
file:FOLDER                      now.geojson, now.kml, now.czml and link.kml in a folder; ?url=BASE for the link
notify:                          messages to people

Secrets never stand in addresses: FLIGHTWARD_WEBHOOK_SECRET, FLIGHTWARD_MQTT_PASSWORD and FLIGHTWARD_NOTIFY
(addresses of apprise, one a line) are read from the environment that is passed in.
"""

from __future__ import annotations

import functools
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from flightward.errors import BadInput
from flightward.feeds.cot.event import OWN_PREFIX, ping
from flightward.feeds.net import Broker, DatagramSender, Link, client_context
from flightward.model import Inbox, StepResult
from flightward.sinks.asterix import AsterixSink
from flightward.sinks.cot import WRITERS, CotSink
from flightward.sinks.files import FileSink
from flightward.sinks.formats.cot import CotSettings
from flightward.sinks.mqtt import MqttSink
from flightward.sinks.notify import NotifySink, apprise_senders
from flightward.sinks.sapient import SapientClient, SapientSink
from flightward.sinks.scene import Observer
from flightward.sinks.webhook import Webhook, WebhookSink

SETTLE_S = 1.0
"""FreeTAKServer takes for one message all that came until it first reads."""


class Sink(Protocol):
    """Something that listens to every step."""

    def write(self, inbox: Inbox, result: StepResult) -> None: ...
    def close(self) -> None: ...


class Address:
    """An address taken apart; asking for what is not there raises BadInput, which never repeats a secret."""

    def __init__(self, text: str) -> None:
        self.scheme, _, rest = text.partition(":")
        try:
            parts = urllib.parse.urlsplit(f"x:{rest}")
            self.host, self.port = parts.hostname or "", parts.port
        except ValueError:  # its text repeats what stands for the port, which may be a secret
            raise BadInput("is no address: its host or port cannot be read", key="send") from None
        if parts.password:
            raise BadInput("an address must not hold a password; give it in the environment", key="send")
        self.path = urllib.parse.unquote(parts.path)
        self.options = {k: v[-1] for k, v in urllib.parse.parse_qs(parts.query).items()}

    def place(self, port: int | None = None) -> tuple[str, int]:
        """Host and port, with the port that is meant where none is said."""
        if not self.host or (self.port or port) is None:
            raise BadInput(f"{self.scheme} needs a host and a port", key="send")
        return self.host, int(self.port or port or 0)

    def tls(self) -> ssl.SSLContext:
        """TLS with the certificates that the address names."""
        files = {k: Path(self.options[k]) for k in ("ca", "cert", "key") if k in self.options}
        return client_context(files.get("ca"), files.get("cert"), files.get("key"))


def open_sink(text: str, observer: Observer, environment: Mapping[str, str], now: Callable[[], float]) -> Sink:
    """The sink of an address, connected or about to be.

    Errors   BadInput: no such address, or what it names cannot be used. Missing: an extra is not installed.
    """
    if text.startswith(("http://", "https://")):
        secret = environment.get("FLIGHTWARD_WEBHOOK_SECRET", "")
        return WebhookSink(observer, Webhook(text, secret.encode(), now=now))
    address = Address(text)
    scheme = address.scheme
    if scheme.startswith("cot+"):
        return _cot(address, observer, now)
    if scheme == "asterix+udp":
        return AsterixSink(observer, _datagrams(address, 8600), _octet(address, "sac"), _octet(address, "sic"))
    if scheme in ("sapient", "sapient+tls"):
        host, port = address.place()
        client = SapientClient(
            host, port, address.options.get("name", "flightward"), observer.mark.text(observer.setup.title),
            tls=address.tls() if scheme.endswith("tls") else None, now=now,
        )  # fmt: skip
        client.start()
        return SapientSink(observer, client)
    if scheme in ("mqtt", "mqtts"):
        return _mqtt(address, observer, environment)
    if scheme == "file":
        if not address.path:
            raise BadInput("file: needs a folder", key="send")
        return FileSink(observer, Path(address.path), base_url=address.options.get("url", ""))
    if scheme == "notify":
        wanted = [line.strip() for line in environment.get("FLIGHTWARD_NOTIFY", "").splitlines() if line.strip()]
        if not wanted:
            raise BadInput("notify: needs addresses of apprise, one a line, in FLIGHTWARD_NOTIFY", key="send")
        return NotifySink(observer, apprise_senders(wanted))
    known = "cot+udp, cot+tcp, cot+tls, asterix+udp, sapient, sapient+tls, mqtt, mqtts, https, file, notify"
    raise BadInput(f"is none of {known}", key="send", value=scheme)


def _cot(address: Address, observer: Observer, now: Callable[[], float]) -> CotSink:
    is_tak = address.options.get("form") == "tak"
    settings = CotSettings(prefix=address.options.get("prefix", OWN_PREFIX))
    if address.scheme == "cot+udp":
        sender = _datagrams(address, 6969)
        return CotSink(observer, sender, form="tak-mesh" if is_tak else "xml", settings=settings)
    if address.scheme not in ("cot+tcp", "cot+tls"):
        raise BadInput("is none of cot+udp, cot+tcp, cot+tls", key="send", value=address.scheme)
    is_tls = address.scheme == "cot+tls"
    host, port = address.place(8089 if is_tls else 8087)
    form = "tak-stream" if is_tak else "xml"
    link = Link(
        host, port, hello=lambda: [WRITERS[form](ping(now(), settings.prefix))],
        tls=address.tls() if is_tls else None, name="cot", now=now, settle_s=SETTLE_S,
    )
    link.start()
    return CotSink(observer, link, form=form, settings=settings)


def _datagrams(address: Address, port: int) -> DatagramSender:
    try:
        return DatagramSender(*address.place(port), interface=address.options.get("interface", ""))
    except OSError as error:
        raise BadInput(f"cannot be sent to: {error}", key="send", value=address.host) from error


def _octet(address: Address, key: str) -> int:
    """SAC or SIC: a receiver tells systems apart by them, so none is made up."""
    value = address.options.get(key, "")
    if not value.isdecimal() or int(value) > 255:
        raise BadInput(f"{address.scheme} needs ?sac= and &sic=, whole numbers from 0 to 255", key="send", value=value)
    return int(value)


def _mqtt(address: Address, observer: Observer, environment: Mapping[str, str]) -> MqttSink:
    is_tls = address.scheme == "mqtts"
    host, port = address.place(8883 if is_tls else 1883)
    broker_of = functools.partial(
        Broker, host, port, tls=address.tls() if is_tls else None, user=address.options.get("user", ""),
        password=environment.get("FLIGHTWARD_MQTT_PASSWORD", ""),
    )  # fmt: skip
    return MqttSink(observer, broker_of, prefix=address.path.strip("/") or "flightward")
