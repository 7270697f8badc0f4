"""A day of listening as the raw tables that the company's bucket would hold."""

import numpy as np
import pyarrow as pa

from backbeat.simulate.customers import DEVICES
from backbeat.simulate.happenings import NO_TRACK, SKIP, TYPES
from backbeat.simulate.listening import Day, Listening
from backbeat.simulate.text import clock_bytes, customer_bytes, digits, numbered, texts

SESSION_DIGITS = 8


def tables_of(day: Day, world: Listening) -> dict[str, pa.Table]:
    """The day's raw sessions and events by source name; times as ISO text in UTC."""
    clock = clock_bytes(world.span.date(day.day))
    session_ids = numbered("s", day.first_number + np.arange(len(day.start)), SESSION_DIGITS)
    customers = customer_bytes(len(world.customers))[day.customer]
    return {
        "sessions": _sessions(day, clock, session_ids, customers),
        "events": _events(day, clock, session_ids, customers, world.catalogue.track_ids()),
    }


def _sessions(day: Day, clock: np.ndarray, session_ids: np.ndarray, customers: np.ndarray) -> pa.Table:
    return pa.table(
        {
            "session_id": texts(session_ids),
            "customer_id": texts(customers),
            "start_timestamp": texts(clock[day.start]),
            "end_timestamp": texts(clock[day.end]),
            "device": _named(DEVICES, day.device),
        }
    )


def _events(
    day: Day, clock: np.ndarray, session_ids: np.ndarray, customers: np.ndarray, track_ids: pa.Array
) -> pa.Table:
    events = day.events
    tracks = pa.array(events.track.astype(np.int16), mask=events.track == NO_TRACK)
    return pa.table(
        {
            "event_id": texts(_event_ids(session_ids[events.session], events.place)),
            "session_id": texts(session_ids[events.session]),
            "customer_id": texts(customers[events.session]),
            "event_type": _named(TYPES, events.type),
            "event_timestamp": texts(clock[events.at]),
            "track_id": pa.DictionaryArray.from_arrays(tracks, track_ids),
            "ms_played": pa.array(events.ms.astype(np.int64), mask=events.type > SKIP),
        }
    )


def _event_ids(session_ids: np.ndarray, place: np.ndarray) -> np.ndarray:
    """An event is named after its session and its place in it: ids need no count of the days before."""
    block = np.hstack([session_ids, digits(place, 2)])
    block[:, 0] = ord("e")
    return block


def _named(names: tuple[str, ...], places: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int8)), pa.array(names))
