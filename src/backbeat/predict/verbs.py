"""The verbs of prediction over one lake: `lake.predict.train()`, `.score()`, `.report()`, `.list()`."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.errors import InputError, UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.frame import inputs
from backbeat.specs import Label

TABLES = ("gold.predictions", "gold.prediction_quality")


@dataclass(frozen=True)
class Predict:
    """`show(names)` lets SQL see tables as they were published and tells the time; `writing` holds the lake."""

    house: Lakehouse
    show: Callable[[Collection[str]], Clock]
    writing: Callable[[], AbstractContextManager[object]]

    def train(self, label: str | None = None, say: Callable[..., Any] = lambda *_: None) -> list[dict[str, Any]]:
        """Train, choose and test a model of each label (or one), and put it in force; rows as `report` gives them.

        A label that can't be learnt is told to `say` where another can. Raises InputError where none can.
        """
        from backbeat.predict.store import demand_libraries
        from backbeat.predict.tracking import demand_mlflow

        clock = self.show(inputs())
        demand_libraries()
        demand_mlflow(self.house.config.predict)
        versions = self.house.versions(sorted(inputs()))
        self.house.hold("gold.customer_day", self.house.table("gold.customer_day").schema().names)
        failed = {each.name: self._failure(clock, each, versions, say) for each in _wanted(label)}
        told = [line for line in failed.values() if line]
        if len(told) == len(failed):
            raise InputError("; ".join(dict.fromkeys(told)))
        for line in told:
            say(f"left out: {line}")
        return [report for report in self.report(label) if not failed[report["label"]]]

    def score(self, label: str | None = None, say: Callable[..., Any] = lambda *_: None) -> list[dict[str, Any]]:
        """Score every customer with the models in force: rows of label, model_version, as_of, customers, predicted."""
        from backbeat.predict.refresh import rescore

        clock = self.show([*inputs(), *TABLES])
        models = self._models(label)
        with self.writing():
            found = rescore(self.house, clock, models, say)
        return [{name: asdict(each)[name] for name in _SCORED} for each in found]

    def report(self, label: str | None = None) -> list[dict[str, Any]]:
        """How good the models in force are: a dictionary each of facts, verdict, rows of quality and card."""
        from backbeat.predict.report import report

        self.show(TABLES)
        return [report(self.house, name, version) for name, version in self._versions(label)]

    def _failure(self, clock: Clock, label: Label, versions: dict[str, int], say: Callable[..., Any]) -> str | None:
        """Train a model of one label; why it can't be learnt, or None where it was."""
        try:
            self._train(clock, label, versions, say)
        except InputError as error:
            return str(error)
        return None

    def _train(self, clock: Clock, label: Label, versions: dict[str, int], say: Callable[..., Any]) -> None:
        from backbeat.predict.card import card
        from backbeat.predict.report import quality_rows, record
        from backbeat.predict.store import keep
        from backbeat.predict.tracking import told
        from backbeat.predict.train import train

        trained = train(self.house, clock, label, versions, say)
        model, shown = trained.model, card(trained)
        with self.writing():
            record(self.house, label.name, model.version, quality_rows(trained), ("train", "validation", "test"))
            keep(self.house.store, model, trained.content, shown)
        for line in told(self.house.config.predict, trained, shown):
            say(line)

    def _models(self, label: str | None) -> Sequence[Any]:
        from backbeat.predict.store import load

        return [load(self.house.store, name) for name, _ in self._versions(label)]

    def _versions(self, label: str | None) -> Sequence[tuple[str, str]]:
        from backbeat.predict.store import current

        wanted = [(each.name, current(self.house.store, each.name)) for each in _wanted(label)]
        found = [(name, version) for name, version in wanted if version]
        if not found:
            raise UsageError(f"there is no model{f' of {label}' if label else ''} yet: type `backbeat predict train`")
        return found

    def list(self, label: str = "engaged", top: int = 100) -> pa.Table:
        """The customers with the greatest probability of a label, most likely first, as an Arrow table."""
        self.show(TABLES)
        self._versions(label)
        found = self.house.arrow(_LIST, label=_known(label), top=top)
        if not found.num_rows:
            raise UsageError(f"nobody has been scored for '{label}' yet: type `backbeat predict score`")
        return found


_SCORED = ("label", "model_version", "as_of", "customers", "predicted")
_LIST = """
select customer_id, probability, predicted, reasons, as_of, model_version
from gold.predictions
where label = :label
order by probability desc, customer_id
limit :top"""


def _wanted(label: str | None) -> Iterator[Label]:
    known = content.labels()
    return iter([known[_known(label)]] if label else known.values())


def _known(label: str) -> str:
    if label not in content.labels():
        raise UsageError(f"there is no label '{label}'; there are {', '.join(content.labels())}")
    return label
