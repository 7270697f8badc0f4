"""The raw contract of a source against the columns of a file: which column is taken for what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from backbeat import content
from backbeat.config import Config, SourceConfig
from backbeat.engines.engine import RawColumn
from backbeat.specs import Source

ANY = {"text", "restored", "integer", "float", "decimal", "null"}
"""Kinds of raw columns that can be read as any type of the contract; `restored` is a value taken back from JSON."""

READABLE = {
    "id": ANY,
    "text": ANY | {"boolean", "date", "local", "ns", "instant", "instant_ns"},
    "time": ANY | {"date", "local", "ns", "instant", "instant_ns"},
    "end": ANY | {"date", "local", "ns", "instant", "instant_ns"},
    "integer": ANY,
    "number": ANY,
}


@dataclass(frozen=True)
class Fit:
    """How a file's columns fill a source: contract column → position; everything else is unknown to the contract."""

    source: Source
    taken: dict[str, int]
    raw: tuple[RawColumn, ...]
    sequence: int | None

    def column(self, name: str) -> RawColumn | None:
        return self.raw[self.taken[name]] if name in self.taken else None

    def is_readable(self, name: str) -> bool:
        """Whether the type of the raw column can be read as what the contract wants."""
        found = self.column(name)
        return found is not None and found.kind in READABLE[self.source.columns[name].type]

    @property
    def unknown(self) -> list[int]:
        """The positions of columns that the contract does not take."""
        return [i for i in range(len(self.raw)) if i not in self.taken.values()]


def fit(source: Source, names: Sequence[str], raw: Sequence[RawColumn], config: SourceConfig) -> Fit:
    """Choose, for each column of the contract, the first raw name that is there."""
    wanted = {column: [*_mapped(config, column), *source.raw_names(column)] for column in source.columns}
    taken = {column: found for column, options in wanted.items() if (found := _first(options, names)) is not None}
    columns = tuple(replace(column, name=name) for column, name in zip(raw, names, strict=True))
    return Fit(source, taken, columns, _first([config.sequence_by], names) if config.sequence_by else None)


def missing(fitted: Fit) -> str | None:
    """Why a file of these columns is rejected whole, or None."""
    for name, column in fitted.source.columns.items():
        if not column.required:
            continue
        if fitted.column(name) is None:
            names = ", ".join(fitted.source.raw_names(name))
            return f"required column {name} is missing (looked for {names})"
        if not fitted.is_readable(name):
            found = fitted.raw[fitted.taken[name]]
            return (
                f"required column {name}: '{found.name}' is of a type that can't be read ({found.type or found.kind})"
            )
    return None


def contract_of(source: Source, config: Config) -> str:
    """A fingerprint of everything that decides how a file of the source is read."""
    rules = (files("backbeat.engines") / "duckdb_macros.sql").read_text("utf-8")
    mapping = repr(config.sources.get(source.name))
    settings = f"{config.timezone} {config.earliest} {config.max_future}"
    return content.fingerprint(repr(source), mapping, settings, rules)


def _mapped(config: SourceConfig, column: str) -> list[str]:
    return [config.columns[column]] if column in config.columns else []


def _first(options: Sequence[str], names: Sequence[str]) -> int | None:
    for option in options:
        if option in names:
            return names.index(option)
        folded = [name.casefold() for name in names]
        if option.casefold() in folded:
            return folded.index(option.casefold())
    return None
