"""The console's server: the page, and one WebSocket per page. Loopback only.

    GET /            the page (built from frontend/)
    GET /api/state   what is shown now, as JSON: small, for scripts and tests
    GET, POST /api/acts   what people did with warnings: all of it; one more
    WS  /ws          messages out (wire.py, msgpack); commands in (JSON text)

Commands: {"do": "play"} {"do": "pause"} {"do": "speed", "speed": 20} {"do": "seek", "t_s": 1716200000}
{"do": "act", "warning": "W5", "act": "told", "person": "A. Koval", "to_whom": "HUM112", "how": "VHF"}.
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
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
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

from flightward.errors import BadInput, BadRecord
from flightward.model.acts import Act
from flightward.record import ActLog
from flightward.web import wire
from flightward.web.frames import Frame
from flightward.web.guard import Guard
from flightward.web.player import Player, Status
from flightward.wording import warning_id

STATIC = Path(__file__).parent / "static"
MAX_COMMAND_BYTES = 4096
MAX_PAGES = 32
_NOT_BUILT = "The console's page is not built. Run `pip install -e .` again, or see docs/console.md.\n"


@dataclasses.dataclass(eq=False)
class _Page:
    """One connected page. It holds at most one frame that waits: a slow page loses frames, never memory."""

    player: Player
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event
    waiting: tuple[Frame, Status] | None = None
    n_dropped: int = 0
    acts: bytes | None = None
    held_issued_s: float = math.nan

    def offer(self, frame: Frame, status: Status) -> None:
        """From the player's thread."""
        with contextlib.suppress(RuntimeError):  # the loop has just closed
            self.loop.call_soon_threadsafe(self._put, frame, status)

    def _put(self, frame: Frame, status: Status) -> None:
        self.n_dropped += self.waiting is not None
        self.waiting = (frame, status)
        self.wake.set()

    def tell_acts(self, message: bytes) -> None:
        """All acts, to be sent next; on the server's own thread."""
        self.acts = message
        self.wake.set()

    async def send_to(self, socket_: WebSocket) -> None:
        """Send what comes, for ever."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            acts, self.acts = self.acts, None
            if acts is not None:
                await socket_.send_bytes(acts)
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


def acts_message(acts: Sequence[Act]) -> bytes:
    """The acts message of all acts so far."""
    columns = {c.name: [getattr(a, c.name) for a in acts] for c in wire.ACTS["acts"]}
    return wire.pack("acts", {}, {"acts": columns})


class ActWords(msgspec.Struct, forbid_unknown_fields=True):
    """What a page or a script says of an act."""

    warning: str | int
    act: str
    person: str
    to_whom: str = ""
    how: str = ""
    note: str = ""


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may ask."""

    do: str
    speed: float | None = None
    t_s: float | None = None
    warning: str | int = ""
    act: str = ""
    person: str = ""
    to_whom: str = ""
    how: str = ""
    note: str = ""


def carry_out(player: Player, raw: str, take: Callable[[Command], str | None] = lambda _: "no acts here") -> str | None:
    """Do what a command says; returns why not, if it was not done. `take` is asked to note an act."""
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
    elif command.do == "act":
        return take(command)
    else:
        return "unknown command, or its number is missing or not finite"
    return None


class Console:
    """The pages that look at one player."""

    def __init__(self, player: Player, setup_message: bytes, acts: ActLog | None = None) -> None:
        self._acts = ActLog() if acts is None else acts
        self._pages: set[_Page] = set()
        self._player = player
        self._setup_message = setup_message
        self._n_pages = 0

    def app(self, on_start: Callable[[], None] = lambda: None) -> Guard:
        """The ASGI application; `on_start` is called when it is ready."""

        @contextlib.asynccontextmanager
        async def life(_: Starlette) -> AsyncIterator[None]:
            on_start()
            yield

        routes: list[Any] = [
            Route("/api/state", self._state), Route("/api/acts", self._acts_so_far),
            Route("/api/acts", self._one_more, methods=["POST"]), WebSocketRoute("/ws", self._socket),
        ]  # fmt: skip
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

    async def _acts_so_far(self, _: Request) -> Response:
        return JSONResponse([_shown(a) for a in self._acts.all()])

    async def _one_more(self, request: Request) -> Response:
        raw = b""
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_COMMAND_BYTES:
                return JSONResponse({"why": "too long"}, status_code=413)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            # Without this, a form on another page could post here without the browser asking first.
            return JSONResponse({"why": "must be application/json"}, status_code=415)
        try:
            done = self._take(msgspec.json.decode(raw, type=ActWords))
        except (msgspec.MsgspecError, BadInput) as error:
            return JSONResponse({"why": str(error)}, status_code=400)
        except BadRecord as error:
            return JSONResponse({"why": str(error)}, status_code=503)
        return JSONResponse(_shown(done), status_code=201)

    def _take(self, said: ActWords | Command) -> Act:
        """Note an act at the newest time of the day, and show it on every page."""
        _, status = self._player.current()
        done = self._acts.add(
            t_s=status.head_s, warning=said.warning, act=said.act, person=said.person, to_whom=said.to_whom,
            how=said.how, note=said.note,
        )
        message = acts_message(self._acts.all())
        for page in self._pages:
            page.tell_acts(message)
        return done

    def _taken(self, command: Command) -> str | None:
        """As `_take`; why not, if it was not noted."""
        try:
            self._take(command)
        except (BadInput, BadRecord) as error:
            return str(error)
        return None

    async def _socket(self, socket_: WebSocket) -> None:
        if self._n_pages >= MAX_PAGES:
            await socket_.close(1013, "too many pages")
            return
        await socket_.accept()
        self._n_pages += 1
        page = _Page(self._player, asyncio.get_running_loop(), asyncio.Event())
        self._pages.add(page)
        stop = self._player.subscribe(page.offer)
        tasks: list[asyncio.Task[None]] = []
        try:
            await socket_.send_bytes(self._setup_message)
            if so_far := self._acts.all():
                page.tell_acts(acts_message(so_far))
            tasks = [asyncio.create_task(page.send_to(socket_)), asyncio.create_task(self._listen(socket_))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop()
            self._pages.discard(page)
            self._n_pages -= 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, socket_: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect, KeyError):  # KeyError: bytes where text belongs ends the page
            while True:
                why = carry_out(self._player, await socket_.receive_text(), self._taken)
                if why is not None:
                    await socket_.send_bytes(wire.pack("refused", {"why": why}, {}))


def _shown(act: Act) -> dict[str, Any]:
    return {**dataclasses.asdict(act), "warning": warning_id(act.warning), "act": act.act.word}


async def _not_built(_: Request) -> Response:
    return PlainTextResponse(_NOT_BUILT, status_code=503)


def serve(
    player: Player,
    setup_message: bytes,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    acts: ActLog | None = None,
    on_ready: Callable[[str], None] = lambda url: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until Ctrl-C, SIGTERM or `stop`; then close the player and return normally.

    acts      takes what people do with warnings; none: a log of its own, of a day without warnings.
    port      0: any free one. `on_ready` gets the address once pages can be opened.
    Errors    BadInput if host is not loopback, or the port cannot be had.
    """
    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}/"
    app = Console(player, setup_message, acts).app(lambda: on_ready(url))
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
