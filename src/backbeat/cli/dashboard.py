"""`backbeat dashboard`: the pages and the API of a lake, served."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.errors import UsageError

if TYPE_CHECKING:
    from backbeat.dashboard.access import Access

HOST, PORT = "127.0.0.1", 8765


@_command
def command(
    options: Options,
    host: Annotated[str, typer.Option("--host", help="Where to listen; others than this machine need --auth.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = PORT,
    auth: Annotated[
        str | None,
        typer.Option("--auth", help="token (from BACKBEAT_TOKEN, else a new one), or header:NAME of a proxy."),
    ] = None,
    base_path: Annotated[str | None, typer.Option("--base-path", help="Under which path a proxy serves it.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the first page in a browser.")] = False,
) -> None:
    """Serve pages for people and an API for programs, until Ctrl-C."""
    demand_web()
    from backbeat.dashboard.access import access

    guard = access(host, auth, os.environ.get("BACKBEAT_TOKEN"))
    below = (base_path or "").strip("/")
    base = f"/{below}" if below else ""
    serve(options, options.open(), guard, host, port, base, open_browser=open_browser)


def serve(
    options: Options, lake: Any, guard: "Access", host: str, port: int, base: str = "", *, open_browser: bool = False
) -> None:
    """Listen until Ctrl-C. Raises UsageError where the port is taken."""
    from backbeat.dashboard.serve import listen, run

    socket = listen(host, port)
    address = f"http://{_shown(host)}:{socket.getsockname()[1]}{base}/"
    options.note(f"The dashboard of {lake.config.lake} is at {address}{f'?token={guard.token}' if guard.token else ''}")
    options.note("Ctrl-C stops it.")
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    run(lake, guard, socket, base)


def demand_web() -> None:
    """Raise UsageError where the packages of the dashboard are not installed; none is imported before it is needed."""
    for name in ("fastapi", "jinja2", "uvicorn", "vl_convert"):
        if find_spec(name) is None:
            raise UsageError(f"{name} is not installed: type `pip install 'backbeat[dashboard]'`")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
