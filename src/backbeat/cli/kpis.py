"""`backbeat kpis`: the metrics of any window, sliced, filtered and compared."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbeat.cli.comparison import Against, tell_comparison, tell_splits
from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json
from backbeat.errors import UsageError

if TYPE_CHECKING:
    from backbeat.measure import Kpis

_COLUMNS = ("metric", "slice", "slice_value", "numerator", "denominator", "value", "threshold", "status")


@_command
def command(
    options: Options,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    engaged_sessions: Annotated[int | None, typer.Option(min=1, help="Sessions that make a customer engaged.")] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="SLICE", help="Slice by country, device or plan.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="SLICE=VALUE", help="Keep these customers; again for another value or slice."),
    ] = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="Only this metric.")] = None,
    against: Annotated[
        Against | None, typer.Option("--compare", help="Beside the window before, or the same a year before.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Why it changed: rate and mix effects by country, device or plan.")
    ] = None,
) -> None:
    """Print the KPIs of a window, and what changed.

    The window is the default one, or any other; what changed is what `--compare` and `--split` ask for.
    """
    asked = {
        "first": day_of(first),
        "last": day_of(last),
        "engaged_sessions": engaged_sessions,
        "where": parse_where(where or []),
    }
    lake = options.open()
    if split:
        tell_splits(options, lake, metric or (), by=split, against=against or Against.previous, **asked)
    elif against:
        tell_comparison(options, lake.compare(metrics=metric or (), by=by or (), against=against, **asked))
    else:
        tell_kpis(options, lake.kpis(metrics=metric or (), by=by or (), **asked))


def tell_kpis(options: Options, answer: "Kpis") -> None:
    """Print KPIs, with what they are of on stderr."""
    if options.format is Format.json:
        emit_json(answer.document())
        return
    if answer.window:
        options.note(
            f"{answer.window.first} to {answer.window.last}, as of {_instant(answer.as_of)} UTC, values in percent"
        )
    if answer.where:
        options.note(f"only customers with {' and '.join(_filter(*item) for item in answer.where.items())}")
    for line in answer.notes:
        options.note(line)
    emit([_shown(row, options.format) for row in answer.rows], options.format, _COLUMNS)


def parse_where(given: list[str]) -> dict[str, list[str]]:
    """`country=SE` filters as {slice: values}; the same slice again widens it, another one narrows."""
    found: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--where {text}: write it as SLICE=VALUE, such as --where country=SE")
        found.setdefault(name, []).append(value)
    return found


def _shown(row: dict[str, Any], style: Format) -> dict[str, Any]:
    """A table's values have two decimals, a program's are numbers."""
    if style is Format.csv or row["value"] is None:
        return row
    return {**row, "value": f"{row['value']:.2f}"}


def _filter(name: str, values: Sequence[str]) -> str:
    return f"{name} = {' or '.join(values)}"


def day_of(value: datetime | None) -> date | None:
    """What a date option gave."""
    return value.date() if value else None


def _instant(value: Any) -> str:
    return value.strftime("%Y-%m-%d %H:%M") if value else "–"
