"""The options that every command has, and how errors reach the user."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from backbeat.errors import BackbeatError, StorageError, first_line

if TYPE_CHECKING:
    from backbeat.api import Lake


class Format(StrEnum):
    """How answers are printed on stdout."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class Options:
    """What the user gave of the options that every command has."""

    lake: str | None
    raw: str | None
    engine: str | None
    config: str | None
    format: Format
    quiet: bool
    debug: bool

    def flags(self, **more: Any) -> dict[str, Any]:
        """The settings among them, by name."""
        return {"lake": self.lake, "raw": self.raw, "engine": self.engine, "config": self.config, **more}

    def open(self, **more: Any) -> "Lake":
        """The lake that the options, the environment and backbeat.toml describe."""
        from backbeat.api import open_lake

        return open_lake(**self.flags(**more))

    def note(self, line: str) -> None:
        """Say something on stderr, unless --quiet."""
        if not self.quiet:
            typer.echo(line, err=True)


_COMMON = {
    "lake": (Annotated[str | None, typer.Option("--lake", metavar="URL", help="Where the lake is [lake].")], None),
    "raw": (Annotated[str | None, typer.Option("--raw", metavar="URL", help="Where the raw parquet is [raw].")], None),
    "engine": (
        Annotated[str | None, typer.Option("--engine", metavar="NAME", help="The engine, duckdb or spark [duckdb].")],
        None,
    ),
    "config": (Annotated[str | None, typer.Option("--config", metavar="FILE", help="Settings [backbeat.toml].")], None),
    "format": (Annotated[Format, typer.Option("--format", help="How to print answers.")], Format.table),
    "quiet": (Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but answers and errors.")], False),
    "debug": (Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")], False),
}


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a function `f(options, …)` the common options, and turn its errors into lines and exit codes."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    for parameter in own:
        _name_value(parameter)
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _COMMON.items()
    ]

    def wrapped(**given: Any) -> None:
        options = Options(**{name: given.pop(name) for name in _COMMON})
        with_errors(lambda: function(options, **given), debug=options.debug)

    wrapped.__doc__ = function.__doc__
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    wrapped.__signature__ = inspect.Signature([*keyword, *common])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in [*keyword, *common]}
    return wrapped


_METAVARS = {int: "N", float: "SHARE", datetime: "YYYY-MM-DD"}


def _name_value(parameter: inspect.Parameter) -> None:
    """Give an option's value a word that people know, where its own declaration has none."""
    kind, option = get_args(parameter.annotation)
    kinds = [each for each in (kind, *get_args(kind)) if each is not NoneType]
    has_words = bool in kinds or any(issubclass(each, Enum) for each in kinds if isinstance(each, type))
    if not has_words and not option.metavar:
        option.metavar = next((_METAVARS[each] for each in kinds if each in _METAVARS), parameter.name.upper())


def with_errors(action: Callable[[], None], *, debug: bool) -> None:
    """Run a command; an error is one or two lines on stderr and the exit code of its kind."""
    try:
        action()
        sys.stdout.flush()
    except BackbeatError as error:
        _fail(f"backbeat: {error}", error.exit_code, debug)
    except BrokenPipeError:
        _leave_stdout()
    except KeyboardInterrupt:
        _fail("backbeat: interrupted; what was committed stays, the rest is taken by the next run", 130, debug)
    except (typer.Exit, typer.Abort):
        raise
    except OSError as error:
        _leave_stdout()
        _fail(f"backbeat: {error.filename or 'the answer'}: {first_line(error)}", StorageError.exit_code, debug)
    except Exception as error:
        _fail(f"backbeat: a bug: {type(error).__name__}; --debug shows where. Please report it.", 1, debug)


def usage_error(error: Any) -> str:
    """What is wrong with a command line, in the words of every other error; or help, where nothing was asked."""
    said = str(error.format_message()).rstrip(".")
    if said.startswith("Usage: "):
        return said
    said = said.replace("Value error, ", "").replace("%Y-%m-%d", "YYYY-MM-DD")
    where = error.ctx.command_path if error.ctx else "backbeat"
    return f"backbeat: {said[0].lower()}{said[1:]}; `{where} --help` shows what it takes"


def _leave_stdout() -> None:
    """Python writes what is left of it as it exits: into nothing, where it can't be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(line: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(line, err=True)
    raise typer.Exit(code)
