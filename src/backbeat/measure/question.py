"""What is asked of metrics: which ones, over which days, of which customers, by what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from backbeat import content
from backbeat.build.kpis import shares
from backbeat.build.windows import Window, default_window
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Metric


@dataclass(frozen=True)
class Question:
    """Metrics over a window (None in a lake without sessions), `by` slices, of the customers that `where` keeps."""

    window: Window | None
    metrics: tuple[Metric, ...]
    by: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    engaged_sessions: int | None = None


def question(
    lake: Lakehouse,
    clock: Clock,
    *,
    first: date | None = None,
    last: date | None = None,
    engaged_sessions: int | None = None,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    metrics: Sequence[str] = (),
) -> Question:
    """The question in nouns: every share metric over the default window, unless others are named.

    Raises UsageError for names and dates that don't exist, and for a series by slices.
    """
    window = _window(lake, clock, first, last)
    _known_slices([*by, *(where or {})])
    asked = Question(window, tuple(_chosen(metrics)), tuple(dict.fromkeys(by)), where or {}, engaged_sessions)
    for metric in asked.metrics:
        if metric.kind == "series" and (asked.by or asked.where):
            raise UsageError(f"{metric.name} is a series of gold.{metric.table}: it can't be sliced or filtered")
    return asked


def metric_named(name: str) -> Metric:
    """The metric of that name; raises UsageError where there is none."""
    known = content.metrics()
    if name not in known:
        raise UsageError(f"there is no metric '{name}'; there are {', '.join(known)}")
    return known[name]


def _window(lake: Lakehouse, clock: Clock, first: date | None, last: date | None) -> Window | None:
    if first and last:
        if last < first:
            raise UsageError(f"--from {first} is after --to {last}: turn them round")
        return Window("given", first, last)
    if first or last:
        raise UsageError("give both --from and --to, or neither for the default window")
    return default_window(lake.config, clock.as_of, clock) if clock.as_of else None


def _chosen(names: Sequence[str]) -> list[Metric]:
    wanted = {metric_named(name).name for name in names}
    return [metric for metric in content.metrics().values() if metric.name in wanted] if names else shares()


def _known_slices(names: Sequence[str]) -> None:
    for name in names:
        if name not in content.slices():
            raise UsageError(f"customers can't be sliced by '{name}'; they can by {', '.join(content.slices())}")
