"""Who may look: this machine alone, whoever knows the token, or whomever a trusted proxy has let in."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from backbeat.errors import UsageError

HERE = ("127.0.0.1", "localhost", "::1")
COOKIE = "backbeat_token"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Access:
    """`token` lets in who knows it, `header` whoever a proxy named in it; with neither, requests to this machine."""

    token: str | None = None
    header: str | None = None

    @property
    def is_open(self) -> bool:
        return not (self.token or self.header)


def access(host: str, auth: str | None, token: str | None = None) -> Access:
    """What `--host`, `--auth` and BACKBEAT_TOKEN ask for. Raises UsageError for another host that nothing guards."""
    if auth is None and host not in HERE:
        raise UsageError(
            f"--host {host} shows the lake to others: add --auth token, or --auth header:NAME behind a proxy"
        )
    if auth is None:
        return Access()
    if auth == "token":
        return Access(token=token or secrets.token_urlsafe(24))
    kind, _, name = auth.partition(":")
    if kind == "header" and name:
        return Access(header=name.lower())
    raise UsageError(f"--auth {auth}: write token, or header:NAME such as header:X-Forwarded-Email")


class Guard:
    """ASGI middleware: turns away who may not look, and puts the security headers on every answer."""

    def __init__(self, app: Any, *, access: Access, base: str) -> None:
        self.app, self.access, self.base = app, access, base

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self._below_base(scope)
        answer = self._turned_away(scope)
        await (answer or self.app)(scope, receive, _with_headers(send))

    def _below_base(self, scope: Any) -> Any:
        """The request as routes know it, whether or not the proxy took the base path away."""
        path = scope["path"] if scope["path"].startswith(f"{self.base}/") else f"{self.base}{scope['path']}"
        return {**scope, "root_path": self.base, "path": path}

    def _turned_away(self, scope: Any) -> Any:
        from starlette.requests import Request

        request = Request(scope)
        if request.url.path.endswith("/healthz"):
            return None
        if self.access.is_open:
            return None if (request.url.hostname or "") in HERE else _refused("this address is not served here", 421)
        if self.access.header:
            return None if request.headers.get(self.access.header) else _refused("sign in through the proxy", 401)
        return self._without_token(request)

    def _without_token(self, request: Any) -> Any:
        given = request.query_params.get("token")
        if given is not None and self._is_right(given):
            return self._welcome(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._is_right(request.cookies.get(COOKIE, "")) or self._is_right(bearer):
            return None
        return _refused("open the address with ?token=…, or send Authorization: Bearer …", 401)

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.access.token or "").encode())

    def _welcome(self, request: Any) -> Any:
        """The token goes from the address into a cookie that no script can read."""
        from starlette.responses import RedirectResponse

        answer = RedirectResponse(str(request.url.remove_query_params("token").replace(scheme="", netloc="")), 303)
        secure = request.url.scheme == "https"
        path = self.base or "/"
        answer.set_cookie(COOKIE, self.access.token or "", httponly=True, samesite="lax", secure=secure, path=path)
        return answer


def _refused(why: str, code: int) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": why}, code)


def _with_headers(send: Any) -> Callable[[Any], Awaitable[None]]:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            named = {name.lower() for name, _ in message["headers"]}
            more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in named]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending
