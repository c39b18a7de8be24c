"""SAPIENT over TCP on this machine: sensors that connect to us, and us as the client of a fusion node."""

from __future__ import annotations

import socket
import struct
from typing import Any

import scenes
from feedkit import context
from sockets import QUICK, until
from test_sapient import NODE, T_S, detection, message

from flightward.feeds.net import Listener, Peer
from flightward.feeds.rows import Rejects
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.session import ClientSession, node_id
from flightward.feeds.sapient.source import SapientServer
from flightward.sinks.formats.sapient import alerts_of, registration
from flightward.sinks.sapient import SapientClient

OWN = node_id("flightward-test")


class Sensor:
    """A sensor node as a plain socket."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.settimeout(20.0)

    def send(self, *messages: dict[str, Any]) -> None:
        self.sock.sendall(b"".join(map(m.framed, messages)))

    def answer(self) -> dict[str, Any]:
        size = struct.unpack("<I", self._exactly(4))[0]
        return m.decode(self._exactly(size))

    def _exactly(self, n: int) -> bytes:
        data = b""
        while len(data) < n:
            data += self.sock.recv(n - len(data))
        return data


def registered(**changes: Any) -> dict[str, Any]:
    said = registration(T_S, NODE, "Test Radar")
    said["registration"] |= changes
    return said


def test_sensors_register_report_and_are_answered() -> None:
    server = SapientServer(context(), OWN, now=lambda: T_S + 0.5)
    server.start()
    sensor = Sensor(server.port)
    sensor.send(detection())
    refused = sensor.answer()
    assert "before a registration" in refused["error"]["error_message"][0]
    sensor.send(registered(icd_version="SAPIENT v6"))
    assert sensor.answer()["registration_ack"] == {
        "acceptance": False, "ack_response_reason": ["icd_version is not BSI Flex 335 v2.0"]}
    sensor.send(registered())
    accepted = sensor.answer()
    assert (accepted["registration_ack"], accepted["destination_id"], accepted["node_id"]) == (
        {"acceptance": True}, NODE, OWN)
    sensor.send(detection(), message(status_report={"system": 1}), message(alert={"alert_id": "A1"}))
    assert sensor.answer()["alert_ack"] == {"alert_id": "A1", "alert_ack_status": 1}
    sensor.sock.sendall(struct.pack("<I", 3) + b"\x08\xff\xff")
    assert "protobuf" in sensor.answer()["error"]["error_message"][0]
    assert server.names == ["Test Radar"]
    (got,) = server.rows()
    assert got.reports.t_rx_s.tolist() == [T_S + 0.5]
    assert got.rejects.counts == {"not_registered": 1, "registration": 1, "protobuf": 1}
    sensor.send(detection(object_id="O2"))
    sensor.sock.close()
    assert until(lambda: not server.listener.peers)
    server.stop()
    (last,) = server.rows()  # what came before it went is not lost
    assert len(last.reports) == 1


def test_a_node_that_cannot_be_followed_is_closed_and_others_go_on() -> None:
    server = SapientServer(context(), OWN, idle_s=0.5)
    server.start()
    bad, noisy, good = Sensor(server.port), Sensor(server.port), Sensor(server.port)
    good.send(registered())
    assert good.answer()["registration_ack"]["acceptance"] is True
    bad.sock.sendall(struct.pack("<I", 1 << 31) + b"x" * 1_000)
    noisy.sock.sendall((struct.pack("<I", 1) + b"\xff") * 50)
    while noisy.sock.recv(4096):
        pass
    assert bad.sock.recv(1) == b""
    good.send(detection())
    assert until(lambda: sum(len(r.reports) for r in server.rows()) == 1)
    for node in (bad, noisy, good):
        node.sock.close()
    server.stop()


def test_our_client_registers_warns_refuses_tasks_and_comes_back() -> None:
    heard: list[dict[str, Any]] = []
    frames: dict[Peer, m.Frames] = {}

    def serve(peer: Peer, data: bytes, t_rx_s: float) -> bool:
        reader = frames.setdefault(peer, m.Frames(Rejects()))
        reader.receive(data)
        for _, body in reader.bodies():
            said = m.decode(body)
            heard.append(said)
            if "registration" in said:
                peer.send(m.framed(message(registration_ack={"acceptance": True})))
                peer.send(m.framed(message(task={"task_id": "T1", "control": 1})))
            if "alert" in said:
                ack = {"alert_id": said["alert"]["alert_id"], "alert_ack_status": 1}
                peer.send(m.framed(message(alert_ack=ack)))
        return True

    fusion = Listener(serve)
    fusion.start()
    client = SapientClient("127.0.0.1", fusion.port, "watch", "Small day", backoff=QUICK, status_s=0.05,
    now=lambda: T_S)
    (alert,) = alerts_of(scenes.scene(), client.node)
    client.send(alert)  # before there is a connection: it waits for the registration
    client.start()
    assert until(lambda: client.session.acks)
    assert m.content_of(heard[0]) == "registration"
    assert heard[0]["node_id"] == client.node == node_id("watch")
    tasks = [h["task_ack"] for h in heard if "task_ack" in h]
    assert (tasks[0]["task_id"], tasks[0]["task_status"]) == ("T1", 2)
    assert [h["alert"] for h in heard if "alert" in h] == [m.decode(m.encode(alert))["alert"]]
    assert until(lambda: sum("status_report" in h for h in heard) >= 3)
    for peer in fusion.peers:
        peer.close()
    assert until(lambda: sum("registration" in h for h in heard) == 2)
    again = next(k for k in reversed(range(len(heard))) if "registration" in heard[k])
    # accepted again: it says how it is
    assert until(lambda: any("status_report" in h for h in heard[again:]))
    client.stop()
    assert until(lambda: any(h.get("status_report", {}).get("system") == 5 for h in heard))  # goodbye
    fusion.stop()


def test_a_client_that_is_refused_says_nothing_more() -> None:
    session = ClientSession(OWN)
    assert session.answers(message(registration_ack={"acceptance": True}), T_S) == []
    session.began()
    assert not session.is_accepted
    session.answers(message(registration_ack={"acceptance": False, "ack_response_reason": ["no"]}), T_S)
    assert (session.is_accepted, session.refused) == (False, ("no",))
