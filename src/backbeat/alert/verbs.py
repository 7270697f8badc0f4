"""The verbs of alerts over one lake: `lake.alerts.list()`, `.replay()`."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backbeat import content
from backbeat.alert.notify import waiting
from backbeat.alert.replay import Replay, replay
from backbeat.alert.series import inputs
from backbeat.alert.tables import ASKED_FOR
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert

INCIDENTS = ("gold.alerts",)


@dataclass(frozen=True)
class Alerts:
    """`show(names)` lets SQL see tables as they were published and tells the time."""

    house: Lakehouse
    show: Callable[[Collection[str]], Clock]

    def list(
        self, alert: str | None = None, *, state: str | None = None, every: bool = False, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Incidents, those that fire first, then the newest: rows of gold.alerts.

        Those of severity info are left out, unless `every` one is asked for, or theirs by name.
        Raises UsageError for an alert that neither is there nor has ever fired, and for a state that does not exist.
        """
        self.show(INCIDENTS)
        known = {
            *content.alerts(),
            *(row["alert"] for row in self.house.rows("select distinct alert from gold.alerts")),
        }
        if alert is not None and alert not in known:
            raise UsageError(f"there is no alert '{alert}'; there are {', '.join(sorted(known))}")
        if state not in (None, "firing", "resolved"):
            raise UsageError(f"there is no state '{state}'; there are firing, resolved")
        return self.house.rows(_LIST, alert=alert, state=state, every=every or alert is not None, limit=limit)

    def untold(self) -> Iterator[str]:
        """What those who are to be told have not heard, in lines for people."""
        self.show(["ops.notifications"])
        for row in waiting(self.house):
            state = "is tried again" if row["state"] == "pending" else "was given up"
            yield f"{row['target']} has not heard that {row['alert']} {row['event']}, which {state}: {row['reason']}"

    def replay(
        self, first: date | None = None, last: date | None = None, *, alert: str | None = None, file: str | None = None
    ) -> Replay:
        """What an alert (all, or that of a file) would have done on days of the past; nothing is written, nobody told.

        The rule learns from the whole history before. Raises UsageError for an alert, a series or days that are not
        there, and for an alert and a file together.
        """
        wanted = _wanted(alert, file)
        clock = self.show({name for each in wanted for name in inputs(each)})
        if clock.as_of is None or clock.first_at is None:
            raise UsageError("the lake is empty, there is nothing to replay: type `backbeat run`")
        end = last or clock.day(clock.as_of)
        begin = first or max(end - timedelta(days=27), clock.day(clock.first_at))
        if begin > end:
            raise UsageError(f"--from {begin} --to {end}: {begin} is after {end}, turn them round")
        return replay(self.house, clock, wanted, begin, end)


_LIST = f"""
select * from gold.alerts
where (:alert is null or alert = :alert) and {ASKED_FOR}
order by state, opened_at desc, alert
limit :limit"""


def _wanted(alert: str | None, file: str | None) -> list[Alert]:
    if alert is not None and file is not None:
        raise UsageError(f"--alert {alert} is one of the lake's, --rule {file} another: give one of them")
    if file is not None:
        return [content.own_alert(file)]
    if alert is None:
        return [*content.alerts().values()]
    if alert not in content.alerts():
        raise UsageError(f"there is no alert '{alert}'; there are {', '.join(content.alerts())}")
    return [content.alerts()[alert]]
