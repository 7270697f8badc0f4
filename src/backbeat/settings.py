"""Where settings come from: backbeat.toml, then BACKBEAT_* variables, then flags; the later beats the earlier."""

import os
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from backbeat.config import SECTIONS, Config, SourceConfig
from backbeat.errors import UsageError

DEFAULT_FILE = "backbeat.toml"
PREFIX = "BACKBEAT_"


def load(file: str | None = None, flags: Mapping[str, Any] | None = None) -> Config:
    """The settings in force. Flags that are None don't count.

    Raises UsageError for an unreadable file, an unknown name or a value of the wrong type.
    """
    from_file, from_environment = _from_file(file), _from_environment()
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    settings = {**from_file, **_sections(from_file, from_environment), **given}
    _demand_known(settings, Config.__struct_fields__, "setting")
    variables = {name: f"{PREFIX}{name.upper()}" for name in from_environment if name not in given}
    return Config(**{name: _value(name, value, variables.get(name, name)) for name, value in settings.items()})


def _from_file(file: str | None) -> dict[str, Any]:
    path = Path(file or DEFAULT_FILE)
    if not path.exists():
        if file:
            raise UsageError(f"{file}: no such configuration file; `backbeat init` writes one")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: can't be read as a file of settings: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error


def _from_environment() -> dict[str, Any]:
    found = {key.removeprefix(PREFIX).lower(): value for key, value in os.environ.items() if is_setting(key)}
    scalars = [*(name for name in Config.__struct_fields__ if name not in ("sources", *SECTIONS)), *_IN_SECTIONS]
    _demand_known(
        {f"{PREFIX}{name.upper()}": 1 for name in found}, [f"{PREFIX}{n.upper()}" for n in scalars], "setting"
    )
    return found


def is_setting(variable: str) -> bool:
    """Whether a variable is one of ours; the dashboard's token and where to tell of alerts are secrets, no settings."""
    secrets = (f"{PREFIX}NOTIFY_", f"{PREFIX}TOKEN")
    return variable.startswith(PREFIX) and not variable.startswith(secrets)


def _sections(from_file: Mapping[str, Any], from_environment: Mapping[str, Any]) -> dict[str, Any]:
    """What the environment says, names of a section in it; the file's other lines of that section stay."""
    found = {name: value for name, value in from_environment.items() if name not in _IN_SECTIONS}
    for key, value in from_environment.items():
        if key in _IN_SECTIONS:
            section, name = _IN_SECTIONS[key]
            found[section] = {**found.get(section, from_file.get(section, {})), name: value}
    return found


def _demand_known(given: Mapping[str, Any], known: Collection[str], what: str) -> None:
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise UsageError(f"there is no {what} {name}; {hint}")


_IN_SECTIONS = {
    f"{section}_{name}": (section, name) for section, kind in SECTIONS.items() for name in kind.__struct_fields__
}
_KINDS: dict[Any, tuple[Any, str]] = {
    str: (str, "text in quotes"),
    str | None: (str, "text in quotes"),
    int: (int, "a whole number"),
    date: (date, "a date such as 2000-01-01"),
    datetime | None: (datetime, "a time with its zone, such as 2025-07-01T10:00:00Z"),
}
_TYPES = {field.name: field.type for field in msgspec.structs.fields(Config)}


def _value(name: str, value: Any, where: str) -> Any:
    if name == "sources":
        return _sources(value)
    if name in SECTIONS:
        return _section(name, value)
    kind, words = _KINDS[_TYPES[name]]
    try:
        return msgspec.convert(value, kind, strict=kind is not int)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where} = {value}: write {words}") from error


def _section(section: str, given: Any) -> Any:
    kind = SECTIONS[section]
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise UsageError(f"{section} = {given}: write a section [{section}]")
    _demand_known(given, kind.__struct_fields__, f"[{section}] setting")
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return kind(**{name: _member(f"[{section}] {name}", value, types[name]) for name, value in given.items()})


def _member(where: str, value: Any, kind: Any) -> Any:
    """A setting of a section: a whole number, a text, or a table of texts."""
    words = {int: "a whole number", int | None: "a whole number", dict[str, str]: "texts by name, in quotes"}
    try:
        return msgspec.convert(value, kind, strict=kind not in (int, int | None))
    except msgspec.ValidationError as error:
        raise UsageError(f"{where} = {value}: write {words.get(kind, 'text in quotes')}") from error


def _sources(given: Any) -> dict[str, SourceConfig]:
    if not isinstance(given, Mapping):
        raise UsageError(f"sources = {given}: write sections such as [sources.sessions.columns]")
    return {name: value if isinstance(value, SourceConfig) else _source(name, value) for name, value in given.items()}


def _source(name: str, given: Any) -> SourceConfig:
    where = f"[sources.{name}]"
    if not isinstance(given, Mapping) or not isinstance(given.get("columns", {}), Mapping):
        raise UsageError(f"{where} = {given}: write sections such as [sources.{name}.columns]")
    _demand_known(given, SourceConfig.__struct_fields__, f"{where} setting")
    columns = {f"[sources.{name}.columns] {key}": value for key, value in given.get("columns", {}).items()}
    for what, value in {**columns, f"{where} sequence_by": given.get("sequence_by", "")}.items():
        if not isinstance(value, str):
            raise UsageError(f"{what} = {value}: write the raw column's name in quotes")
    return msgspec.convert(given, SourceConfig)
