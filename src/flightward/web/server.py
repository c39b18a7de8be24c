"""The console's server: the page, and one WebSocket per page. Loopback only.

    GET /            the page (built from frontend/)
    GET /api/state   what is shown now, as JSON: small, for scripts and tests
    WS  /ws          messages out (wire.py, msgpack); commands in (JSON text)

Commands: {"do": "play"} {"do": "pause"} {"do": "speed", "speed": 20} {"do": "seek", "t_s": 1716200000}.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import math
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from flightward.errors import BadInput
from flightward.web import wire
from flightward.web.frames import Frame
from flightward.web.guard import Guard
from flightward.web.player import Player, Status

STATIC = Path(__file__).parent / "static"
MAX_COMMAND_BYTES = 4096
MAX_PAGES = 32
_NOT_BUILT = "The console's page is not built. Run `pip install -e .` again, or see docs/console.md.\n"


@dataclasses.dataclass
class _Page:
    """One connected page. It holds at most one frame that waits: a slow page loses frames, never memory."""

    player: Player
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event
    waiting: tuple[Frame, Status] | None = None
    n_dropped: int = 0
    held_issued_s: float = math.nan

    def offer(self, frame: Frame, status: Status) -> None:
        """From the player's thread."""
        with contextlib.suppress(RuntimeError):  # the loop has just closed
            self.loop.call_soon_threadsafe(self._put, frame, status)

    def _put(self, frame: Frame, status: Status) -> None:
        self.n_dropped += self.waiting is not None
        self.waiting = (frame, status)
        self.wake.set()

    async def send_to(self, socket_: WebSocket) -> None:
        """Send what comes, for ever."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            waiting, self.waiting = self.waiting, None
            if waiting is not None:
                for message in self._messages(*waiting):
                    await socket_.send_bytes(message)

    def _messages(self, frame: Frame, status: Status) -> Iterator[bytes]:
        if not math.isnan(frame.issued_s) and frame.issued_s != self.held_issued_s:
            forecast = self.player.forecast(frame.issued_s)
            if forecast is not None:
                self.held_issued_s = frame.issued_s
                yield forecast
        yield frame.body
        yield player_message(status, self.n_dropped)


def player_message(status: Status, n_dropped: int) -> bytes:
    """The player message of a status."""
    return wire.pack("player", {**vars(status), "n_dropped": n_dropped}, {})


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may ask."""

    do: str
    speed: float | None = None
    t_s: float | None = None


def carry_out(player: Player, raw: str) -> str | None:
    """Do what a command says; returns why not, if it was not done."""
    if len(raw) > MAX_COMMAND_BYTES:
        return "too long"
    try:
        command = msgspec.json.decode(raw, type=Command)
    except msgspec.MsgspecError as error:
        return f"not a command: {error}"
    if command.do == "play":
        player.play()
    elif command.do == "pause":
        player.pause()
    elif command.do == "speed" and command.speed is not None and math.isfinite(command.speed) and command.speed > 0:
        player.set_speed(command.speed)
    elif command.do == "seek" and command.t_s is not None and math.isfinite(command.t_s):
        player.seek(command.t_s)
    else:
        return "unknown command, or its number is missing or not finite"
    return None


class Console:
    """The pages that look at one player."""

    def __init__(self, player: Player, setup_message: bytes) -> None:
        self._player = player
        self._setup_message = setup_message
        self._n_pages = 0

    def app(self, on_start: Callable[[], None] = lambda: None) -> Guard:
        """The ASGI application; `on_start` is called when it is ready."""

        @contextlib.asynccontextmanager
        async def life(_: Starlette) -> AsyncIterator[None]:
            on_start()
            yield

        routes: list[Any] = [Route("/api/state", self._state), WebSocketRoute("/ws", self._socket)]
        if (STATIC / "index.html").is_file():
            routes.append(Mount("/", StaticFiles(directory=STATIC, html=True)))
        else:
            routes.append(Route("/", _not_built))
        return Guard(Starlette(routes=routes, lifespan=life))

    async def _state(self, _: Request) -> Response:
        frame, status = self._player.current()
        shown: dict[str, Any] = {**dataclasses.asdict(status), "n_pages": self._n_pages, "frame": None}
        if frame is not None:
            message = wire.unpack(frame.body)
            shown["frame"] = {
                "t_s": message["t_s"],
                "n_tracks": len(message["tracks"]["track"]),
                "n_raids": len(message["raids"]["raid"]),
                "levels": message["flights"]["level"].tolist(),
                "n_warnings": len(message["warnings"]["warning"]),
            }
        return JSONResponse(shown)

    async def _socket(self, socket_: WebSocket) -> None:
        if self._n_pages >= MAX_PAGES:
            await socket_.close(1013, "too many pages")
            return
        await socket_.accept()
        self._n_pages += 1
        page = _Page(self._player, asyncio.get_running_loop(), asyncio.Event())
        stop = self._player.subscribe(page.offer)
        tasks: list[asyncio.Task[None]] = []
        try:
            await socket_.send_bytes(self._setup_message)
            tasks = [asyncio.create_task(page.send_to(socket_)), asyncio.create_task(self._listen(socket_))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop()
            self._n_pages -= 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, socket_: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect, KeyError):  # KeyError: bytes where text belongs ends the page
            while True:
                why = carry_out(self._player, await socket_.receive_text())
                if why is not None:
                    await socket_.send_bytes(wire.pack("refused", {"why": why}, {}))


async def _not_built(_: Request) -> Response:
    return PlainTextResponse(_NOT_BUILT, status_code=503)


def serve(
    player: Player,
    setup_message: bytes,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], None] = lambda url: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until Ctrl-C, SIGTERM or `stop`; then close the player and return normally.

    port      0: any free one. `on_ready` gets the address once pages can be opened.
    Errors    BadInput if host is not loopback, or the port cannot be had.
    """
    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}/"
    app = Console(player, setup_message).app(lambda: on_ready(url))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws="websockets-sansio", ws_max_size=MAX_COMMAND_BYTES,
        timeout_graceful_shutdown=2, server_header=False,
    )
    server = uvicorn.Server(config)
    with _quiet_signals(), _stopped_by(server, stop):
        player.start()
        try:
            server.run(sockets=[listener])
        finally:
            player.close()
            listener.close()


def _listener(host: str, port: int) -> socket.socket:
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise BadInput("the console answers on this machine only: use 127.0.0.1 or ::1", key="host", value=host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(64)  # so that whoever is told the address can connect at once
    except OSError as error:
        listener.close()
        raise BadInput(f"cannot listen there: {error.strerror}", key="port", value=port) from error
    return listener


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more; here that must not end the process before it has tidied."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(s, lambda *_: None) for s in wanted]
    try:
        yield
    finally:
        for s, handler in zip(wanted, before, strict=True):
            signal.signal(s, handler)


@contextlib.contextmanager
def _stopped_by(server: uvicorn.Server, stop: threading.Event | None) -> Iterator[None]:
    if stop is None:
        yield
        return
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            if stop.wait(0.1):
                server.should_exit = True
                return

    thread = threading.Thread(target=watch, name="flightward-stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(1.0)
