"""What stands before every request: only pages of this very console, from this machine, may talk to it.

A web page elsewhere can make a browser send requests to the loopback address, under another name (DNS rebinding) or
as a WebSocket (which no same-origin rule stops). So the Host must be a loopback name, and an Origin, where there is
one, must be that same host.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_POLICY_VIOLATION = 1008

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def content_policy(host: str) -> str:
    """The Content-Security-Policy: nothing from elsewhere; the WebSocket is named, as older browsers want it."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
        f"worker-src 'self'; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def is_allowed(headers: Headers) -> bool:
    """True if Host is loopback and Origin, if any, is the same host over http."""
    host = headers.get("host", "")
    if _name_of(f"//{host}") not in _LOOPBACK:
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"http://{host}"


def _name_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


class Guard:
    """ASGI wrapper: refuses strangers, and sets the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_allowed(headers):
            await self._refuse(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    out[name] = value
                out["Content-Security-Policy"] = content_policy(headers["host"])
                out.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_guarded)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        answer = PlainTextResponse("This console answers to its own page on this machine only.", status_code=403)
        await answer(scope, receive, send)
