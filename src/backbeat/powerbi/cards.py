"""The metrics of a page as cards side by side: value, change against the days before, and target."""

from dataclasses import replace
from typing import Any

from backbeat import content
from backbeat.powerbi.metric_dax import CHANGE, TARGET, WINDOW, title_of
from backbeat.powerbi.names import guid
from backbeat.powerbi.nouns import Model
from backbeat.powerbi.pbir import Document, Field, Visual, literal, name_of, worded
from backbeat.powerbi.told import definitions, listed
from backbeat.specs import Metric

HEIGHT = 176


def cards_visual(model: Model, names: tuple[str, ...], width: int) -> Visual:
    """Metrics in one visual, under the window that they are about and whether it may still change."""
    metrics = [content.metrics()[name] for name in names]
    values = tuple(_value(model, metric) for metric in metrics)
    titles = listed([metric.title for metric in metrics])
    return Visual(
        "tiles",
        "cardVisual",
        titles,
        f"{titles}: now, against as many days before, and the target.",
        {"Data": values},
        width,
        HEIGHT,
        _objects(model, metrics, values),
        subtitle=Field(model.home(WINDOW), WINDOW, True),
        definition=definitions(metrics),
    )


def metric_field(model: Model, metric: Metric) -> Field:
    """A metric's value, called by its title."""
    title = title_of(metric)
    return Field(model.home(title), title, True, metric.title)


def _value(model: Model, metric: Metric) -> Field:
    field = metric_field(model, metric)
    return replace(field, shown=f"{field.shown}, of everybody") if metric.kind == "series" else field


def _objects(model: Model, metrics: list[Metric], values: tuple[Field, ...]) -> Document:
    layout = {"style": literal("Cards"), "columnCount": literal(len(metrics)), "rowCount": literal(1)}
    found: dict[str, list[Any]] = {
        "layout": [{"properties": layout}],
        "label": [{"properties": {"show": literal(True), "position": literal("aboveValue")}, "selector": _ALL}],
    }
    for metric, value in zip(metrics, values, strict=True):
        for order, (word, measure) in enumerate(_references(metric)):
            labelled = _label(value, word, Field(model.home(measure), measure, True), order)
            found |= {name: [*found.get(name, []), one] for name, one in labelled.items()}
    return found


_ALL = {"id": "default"}


def _references(metric: Metric) -> list[tuple[str, str]]:
    title = title_of(metric)
    target = [("Target", TARGET.format(title))] if metric.target is not None else []
    return [("Change", CHANGE.format(title)), *target]


def _label(value: Field, word: str, shown: Field, order: int) -> Document:
    """A smaller number below a card's."""
    place = {"metadata": name_of(value), "id": f"field-{guid('reference label', value.name, word)}"}
    every = {"data": [{"dataViewWildcard": {"matchingOption": 0}}]}
    title = {"show": literal(True), "titleContentType": literal("custom"), "titleText": literal(word)}
    return {
        "referenceLabel": {"properties": {"value": worded(shown)}, "selector": {**every, **place, "order": order}},
        "referenceLabelTitle": {"properties": title, "selector": place},
        "referenceLabelDetail": {"properties": {"show": literal(False)}, "selector": place},
    }
