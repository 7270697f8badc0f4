"""Uvicorn on a socket that is open before anything is said of it."""

import socket
from contextlib import suppress
from typing import Any

from backbeat.api import Lake
from backbeat.dashboard.access import Access
from backbeat.dashboard.app import create_app
from backbeat.errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises UsageError where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise UsageError(f"can't listen on {host}:{port} ({error.strerror}): name another with --port") from error
    made.listen(128)
    return made


def run(lake: Lake, access: Access, at: socket.socket, base: str = "") -> None:
    """Serve until interrupted, which is how it ends."""
    import uvicorn

    app = create_app(lake, access=access, base=base)
    settings: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 2,
    }
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, **settings)).run(sockets=[at])
