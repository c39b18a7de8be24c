"""TLS as it is meant: certificates are always checked, on both sides where a client's is asked for."""

from __future__ import annotations

import ssl
from pathlib import Path

from flightward.errors import BadInput


def client_context(ca: Path | None = None, cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """For a connection to a server: `ca` signs it (None: the system's authorities); cert and key are our own."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, ca, cert, key)
    return context


def server_context(cert: Path, key: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """For a server; with client_ca only clients whose certificate it signed are let in."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, client_ca, cert, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _load(context: ssl.SSLContext, ca: Path | None, cert: Path | None, key: Path | None) -> None:
    try:
        if ca is not None:
            context.load_verify_locations(cafile=str(ca))
        if cert is not None:
            context.load_cert_chain(str(cert), None if key is None else str(key))
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"a certificate or key cannot be used: {error}", where=str(cert or ca)) from error
