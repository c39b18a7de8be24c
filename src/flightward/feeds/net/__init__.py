"""Sockets for feeds and sinks: connections that are kept up, servers with bounds, datagrams. Nothing here parses."""

from __future__ import annotations

from flightward.feeds.net.broker import Broker
from flightward.feeds.net.datagrams import DatagramReceiver, DatagramSender
from flightward.feeds.net.link import BACKOFF, Backoff, Link, LinkStatus
from flightward.feeds.net.listener import Listener, Peer
from flightward.feeds.net.tls import client_context, server_context

__all__ = [
    "BACKOFF", "Backoff", "Broker", "DatagramReceiver", "DatagramSender", "Link", "LinkStatus", "Listener", "Peer",
    "client_context", "server_context",
]  # fmt: skip
