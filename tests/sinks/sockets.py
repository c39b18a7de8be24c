"""What the tests of links need: waiting for something to become true, certificates, a server that records requests."""

from __future__ import annotations

import contextlib
import http.server
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flightward.feeds.net import Backoff

QUICK = Backoff(first_s=0.02, most_s=0.1)


def until(true: Callable[[], Any], within_s: float = 20.0) -> bool:
    """Wait until it is true."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())


class Request(NamedTuple):
    """One POST as a server got it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Recorder:
    """A real HTTP server on this machine: answers with the statuses given in turn, then 204."""

    def __init__(self, *answers: tuple[int, dict[str, str]], port: int = 0) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.requests.append(Request(self.path, dict(self.headers), body))
                status, headers = recorder._answers.pop(0) if recorder._answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)


class Relay:
    """Stands between a client and a server on this machine; can keep back what the client says, and go dead."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.hold_after: int | None = None
        """Pass on so many pieces of each client, and keep the rest until `let_go`; None: keep nothing."""
        self.n_held = 0
        self.is_deaf = False
        """Pass nothing on in either direction, and close nothing: a half-open connection."""
        self._going = threading.Event()
        self._open: list[socket.socket] = [self._server]
        threading.Thread(target=self._accept, daemon=True).start()

    def let_go(self) -> None:
        """Pass on what was kept back, and keep nothing from now on."""
        self.hold_after = None
        self._going.set()

    def stop(self) -> None:
        """Close everything."""
        self._going.set()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._open.append(client)
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:  # nobody is there, or not yet
                    client.close()
                    continue
                self._open.append(server)
                for pair, can_hold in (((client, server), True), ((server, client), False)):
                    threading.Thread(target=self._pump, args=(*pair, can_hold), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, can_hold: bool) -> None:
        n = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                n += 1
                if can_hold and self.hold_after is not None and n > self.hold_after:
                    self.n_held += 1
                    self._going.wait(60.0)
                if not self.is_deaf:
                    sink.sendall(data)
        if not self.is_deaf:
            for sock in (source, sink):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


def certificate(folder: Path, name: str, ca: Path | None = None) -> Path:
    """A key and certificate in NAME.key and NAME.pem, signed by `ca` (a path without suffix) or by itself."""
    stem = folder / name
    made = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            f"{stem}.key", "-subj", f"/CN={name}"]  # fmt: skip
    if ca is None:
        extra = ["-x509", "-days", "30", "-out", f"{stem}.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        subprocess.run([*made, *extra], check=True, capture_output=True)
        return stem
    subprocess.run([*made, "-out", f"{stem}.csr"], check=True, capture_output=True)
    ext = folder / f"{name}.ext"
    ext.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    subprocess.run(
        ["openssl", "x509", "-req", "-in", f"{stem}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial",
         "-days", "30", "-out", f"{stem}.pem", "-extfile", str(ext)], check=True, capture_output=True,
    )  # fmt: skip
    return stem
