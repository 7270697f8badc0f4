"""Which predictors may enter: those whose source covers all they look back on, as of every split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backbeat import content
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.origins import lake_days
from backbeat.specs import Predictor

_RECORDED = """
select
  (select min(event_date) from silver.events) as events_from,
  (select max(event_date) from silver.events) as events_to,
  (select min(valid_from) from gold.plan_periods) as plans_from,
  (select min(signed_up_at) from gold.known_customers) as customers_from"""


@dataclass(frozen=True)
class Span:
    """The days a source covers; None: nothing is there, or no end is known."""

    first: date | None
    last: date | None = None

    def covers(self, as_of: date, look_back: int | None) -> bool:
        begin = as_of - timedelta(days=(look_back or 1) - 1)
        return self.first is not None and self.first <= begin and (self.last is None or self.last >= as_of)


def spans(lake: Lakehouse, clock: Clock) -> dict[str, Span]:
    """What each source of predictors covers."""
    found = lake.rows(_RECORDED)[0]
    days = {name: found[name] and clock.day(found[name]) for name in ("plans_from", "customers_from")}
    return {
        "sessions": Span(*lake_days(clock)),
        "events": Span(found["events_from"], found["events_to"]),
        "plans": Span(days["plans_from"]),
        "customers": Span(days["customers_from"]),
    }


def covered(known: Mapping[str, Span], splits: Sequence[date]) -> tuple[dict[str, Predictor], dict[str, str]]:
    """The predictors that enter, and why each of the others does not."""
    entering, left_out = {}, {}
    for name, predictor in content.predictors().items():
        span = known[predictor.source]
        lacking = [day for day in splits if not span.covers(day, predictor.look_back)]
        if lacking:
            left_out[name] = _why(predictor, span, lacking[0])
        else:
            entering[name] = predictor
    return entering, left_out


def _why(predictor: Predictor, span: Span, as_of: date) -> str:
    if span.first is None:
        return f"nothing is known of {predictor.source}"
    reach = f"the {predictor.look_back} days up to {as_of}" if predictor.look_back else str(as_of)
    until = f" to {span.last}" if span.last else " on"
    return f"{predictor.source} are known from {span.first}{until}, which does not cover {reach}"
