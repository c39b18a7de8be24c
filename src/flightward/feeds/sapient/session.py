"""Who says what to whom in SAPIENT, without sockets: the answers to each message, and when a node may speak.

server   a node registers first (RegistrationAck, accepted or not and why); before that and for what cannot be read
         it gets an Error; StatusReport and DetectionReport have no answer; an Alert gets an AlertAck
client   after its Registration was accepted it reports status; a Task gets a TaskAck: rejected, for Flightward is
         given no tasks; so does nothing else

Flightward never tasks a node: it has no message that could. Source: BSI Flex 335 v2.0:2024, clause 5 (exchanges).
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from flightward.feeds.sapient import messages as m

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VERSION = re.compile(r"BSI Flex 335 v2(\.\d+)?", re.IGNORECASE)
PACKET_MAX = 4096


def node_id(name: str) -> str:
    """The UUID of a node of that name: always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://flightward.org/node/{name}"))


class ServerSession:
    """One node that connected to us: `answers(message)` for each message it sends."""

    def __init__(self, own_id: str) -> None:
        self._own_id = own_id
        self.node_id = ""
        self.name = ""
        self.is_registered = False

    def answers(self, message: dict[str, Any], now_s: float) -> list[dict[str, Any]]:
        """What to send back."""
        kind, who = m.content_of(message), message.get("node_id", "")
        if kind == "registration":
            return [self._register(message, who, now_s)]
        if kind == "error":
            return []
        if not self.is_registered:
            return [self.error(m.encode(message), f"{kind or 'an empty message'} before a registration", now_s)]
        if kind == "alert":
            ack = {"alert_id": message["alert"].get("alert_id", ""),
                   "alert_ack_status": m.code("AlertAck.AlertAckStatus", "ACCEPTED")}  # fmt: skip
            return [self._to(who, now_s, alert_ack=ack)]
        return []

    def error(self, packet: bytes, why: str, now_s: float) -> dict[str, Any]:
        """An Error about a packet."""
        return self._to(self.node_id, now_s, error={"packet": packet[:PACKET_MAX], "error_message": [why]})

    def _register(self, message: dict[str, Any], who: str, now_s: float) -> dict[str, Any]:
        registration = message["registration"]
        reasons = []
        if not UUID.fullmatch(who):
            reasons.append("node_id is not a UUID")
        if not _VERSION.fullmatch(registration.get("icd_version", "").strip()):
            reasons.append("icd_version is not BSI Flex 335 v2.0")
        if not registration.get("node_definition"):
            reasons.append("there is no node_definition")
        if not reasons:
            self.node_id, self.name, self.is_registered = who, registration.get("name", ""), True
        ack = {"acceptance": not reasons} | ({"ack_response_reason": reasons} if reasons else {})
        return self._to(who, now_s, registration_ack=ack)

    def _to(self, who: str, now_s: float, **content: Any) -> dict[str, Any]:
        head = {"timestamp": m.stamp_of(now_s), "node_id": self._own_id}
        return head | ({"destination_id": who} if who else {}) | content


class ClientSession:
    """Our side of a connection to a fusion node."""

    def __init__(self, own_id: str) -> None:
        self._own_id = own_id
        self.is_accepted = False
        self.refused: tuple[str, ...] = ()
        self.acks: dict[str, int] = {}

    def began(self) -> None:
        """A new connection: a registration is sent, and nothing holds before it is accepted."""
        self.is_accepted = False

    def answers(self, message: dict[str, Any], now_s: float) -> list[dict[str, Any]]:
        """What to send back."""
        kind = m.content_of(message)
        if kind == "registration_ack":
            self.is_accepted = bool(message[kind].get("acceptance", False))
            self.refused = () if self.is_accepted else tuple(message[kind].get("ack_response_reason",
            ["no reason given"]))
        elif kind == "alert_ack":
            self.acks[message[kind].get("alert_id", "")] = message[kind].get("alert_ack_status", 0)
            while len(self.acks) > 1_000:
                del self.acks[next(iter(self.acks))]
        elif kind == "task":
            ack = {"task_id": message[kind].get("task_id", ""), "task_status": m.code("TaskAck.TaskStatus", "REJECTED"),
                   "reason": ["this node warns flights; it takes no tasks"]}  # fmt: skip
            head = {"timestamp": m.stamp_of(now_s), "node_id": self._own_id}
            return [head | {"destination_id": message.get("node_id", ""), "task_ack": ack}]
        return []
