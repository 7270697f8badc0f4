"""How `backbeat kpis` prints what changed."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from backbeat.cli.options import Format, Options
from backbeat.cli.output import emit, emit_json

if TYPE_CHECKING:
    from backbeat.api import Lake
    from backbeat.measure import Comparison, Split

_CHANGES = ("metric", "slice", "slice_value", "value", "previous_value", "change", "low", "high", "verdict", "status")
_EFFECTS = ("metric", "slice", "slice_value", "customers", "previous_customers", "rate_effect", "mix_effect")
_TARGET = ("target", "is_on_target")


class Against(StrEnum):
    """What an answer is compared with."""

    previous = "previous"
    year = "year"


def tell_comparison(options: Options, answer: "Comparison") -> None:
    """Print changes, with the windows they are between, and why some are none, on stderr."""
    if options.format is Format.json:
        emit_json(answer.document())
        return
    _note_windows(options, answer)
    for why in dict.fromkeys(row.why for row in answer.rows if row.why):
        options.note(f"not comparable: {why}")
    rows = [asdict(row) for row in answer.rows]
    targets = _TARGET if any(row["target"] is not None for row in rows) else ()
    emit([_two_decimals(row, options.format) for row in rows], options.format, (*_CHANGES, *targets))


def tell_splits(options: Options, lake: "Lake", metrics: Sequence[str], **asked: Any) -> None:
    """Print the effects that the changes of some metrics (all shares, where none is named) are made of."""
    from backbeat.build.kpis import shares

    names = metrics or [metric.name for metric in shares()]
    answers = [lake.split(metric=name, **asked) for name in names]
    if options.format is Format.json:
        emit_json([answer.document() for answer in answers])
        return
    _note_windows(options, answers[0])
    for answer in answers:
        if answer.change:
            options.note(f"{answer.change.metric}: {_sentence(answer)}")
    rows = [asdict(effect) for answer in answers for effect in answer.effects]
    emit([_two_decimals(row, options.format) for row in rows], options.format, _EFFECTS)


def _note_windows(options: Options, answer: "Comparison | Split") -> None:
    if answer.pair is None:
        options.note("there are no customers or no sessions to compare")
        return
    now, before = answer.pair.now, answer.pair.before
    if answer.pair.why is None:
        options.note(f"{now.first} to {now.last}, compared with {before.first} to {before.last}; changes in points")


def _sentence(answer: "Split") -> str:
    change = answer.change
    if change is None or change.change is None:
        return f"not comparable: {change.why if change else 'no data'}"
    mix = sum(effect.mix_effect for effect in answer.effects)
    rate = sum(effect.rate_effect for effect in answer.effects)
    return f"{change.change:+.2f} points = {rate:+.2f} by rates {mix:+.2f} by mix"


def _two_decimals(row: dict[str, Any], style: Format) -> dict[str, Any]:
    """A table's numbers have two decimals, a program's are as they are."""
    if style is Format.csv:
        return row
    return {name: f"{value:.2f}" if isinstance(value, float) else value for name, value in row.items()}
