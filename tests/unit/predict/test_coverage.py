"""A feature enters only where its source covers all it looks back on, as of every split."""

from datetime import date, timedelta

import pytest
from tests.conftest import World

from backbeat import content
from backbeat.predict.coverage import Span, covered, spans

SPLITS = (date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1))
LONG_AGO = Span(date(2020, 1, 1))


def entering(**known: Span) -> set[str]:
    everything = {"sessions": LONG_AGO, "events": LONG_AGO, "plans": LONG_AGO, "customers": LONG_AGO}
    return set(covered({**everything, **known}, SPLITS)[0])


def of(source: str, *, longest: int) -> set[str]:
    """The features of a source that look back on no more than so many days."""
    return {
        name
        for name, known in content.predictors().items()
        if known.source == source and (known.look_back or 1) <= longest
    }


def test_with_enough_of_everything_all_enter() -> None:
    assert entering() == set(content.predictors())


@pytest.mark.parametrize("days", [1, 6, 7, 13, 14, 27, 28, 55, 56])
def test_what_looks_back_before_its_source_is_left_out(days: int) -> None:
    span = Span(SPLITS[0] - timedelta(days=days - 1))
    assert entering(events=span) & of("events", longest=56) == of("events", longest=days)
    assert entering(sessions=span) & of("sessions", longest=56) == of("sessions", longest=days)


def test_what_its_source_no_longer_covers_is_left_out() -> None:
    assert entering(events=Span(date(2020, 1, 1), SPLITS[-1])) == set(content.predictors())
    assert entering(events=Span(date(2020, 1, 1), SPLITS[-1] - timedelta(days=1))) & of("events", longest=56) == set()


def test_plans_and_sign_ups_have_to_be_known_by_the_first_split() -> None:
    assert "is_paid" in entering(plans=Span(SPLITS[0]))
    assert "is_paid" not in entering(plans=Span(SPLITS[0] + timedelta(days=1)))
    assert "tenure_days" not in entering(customers=Span(None))


def test_each_that_is_left_out_says_why() -> None:
    _, left_out = covered(
        {
            "sessions": LONG_AGO,
            "events": Span(date(2025, 2, 20), date(2025, 6, 1)),
            "plans": Span(None),
            "customers": LONG_AGO,
        },
        SPLITS,
    )
    assert left_out["plays_28"] == (
        "events are known from 2025-02-20 to 2025-06-01, which does not cover the 28 days up to 2025-03-01"
    )
    assert left_out["is_paid"] == "nothing is known of plans"
    assert "plays_7" not in left_out


def test_spans_are_those_of_the_lake(world: World) -> None:
    world.write("customers/c.parquet", [{"customer_id": "a", "signup_date": "2024-05-05"}, {"customer_id": "b"}])
    world.sessions(("s1", "a", "2025-03-01T10:00:00Z"), ("s2", "a", "2025-03-09T10:00:00Z"))
    event = {"customer_id": "a", "event_type": "play", "track_id": "t", "ms_played": 60_000}
    times = {"e1": "2025-03-03T10:00:00Z", "e2": "2025-03-05T10:00:00Z"}
    world.write("events/e.parquet", [{**event, "event_id": id, "occurred_at": at} for id, at in times.items()])
    world.run(close=True)
    lake = world.open()
    assert spans(lake.house, lake.show_published()) == {
        "sessions": Span(date(2025, 3, 1), date(2025, 3, 9)),
        "events": Span(date(2025, 3, 3), date(2025, 3, 5)),
        "plans": Span(None),
        "customers": Span(date(2024, 5, 5)),
    }
