"""What an operator should notice happens in every live world, however few its customers are."""

from datetime import UTC, datetime

import pytest

from backbeat.simulate.live import FUTURE_AT, HELD_BACK, LiveWorld


@pytest.mark.parametrize("customers", [1, 100, 300, 3000])
@pytest.mark.parametrize("seconds", [10, 540])
@pytest.mark.parametrize("seed", range(3))
def test_a_row_from_the_future_and_a_late_file(customers: int, seconds: int, seed: int) -> None:
    world = LiveWorld(customers, seed, 60.0, seconds, datetime(2025, 7, 1, 2, tzinfo=UTC))
    files = [(tick, name, table) for tick in range(world.ticks) for name, table in world.files(tick)]
    rows = [row for _, _, table in files for row in table.to_pylist()]
    from_future = [row["session_id"] for row in rows if row["started_at"] > world.at(1)]
    assert from_future == [world.happened["future"]["session_id"]]
    assert len(rows) == len({row["session_id"] for row in rows}) == world.sessions + 1
    first, last = (round(share * world.ticks) for share in HELD_BACK)
    ticks = {int(row["session_id"].split("-")[2]) for row in rows if row["session_id"] not in from_future}
    could_be_late = {*range(first, last)} & ticks - {round(FUTURE_AT * world.ticks)}
    late = [(tick, table.num_rows) for tick, name, table in files if name.endswith("-late.parquet")]
    assert late == ([(last, world.happened["late"]["sessions"])] if could_be_late else [])
