"""A real third-party log (97 customers, November 2018) without any configuration."""

from pathlib import Path

import pytest
from tests.property.agreement import differences

import backbeat
import backbeat.api

LOG = Path(__file__).parents[3] / "shared" / "data" / "sparkify_2018_11"

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> backbeat.api.Lake:
    opened = backbeat.open(lake=str(tmp_path_factory.mktemp("real") / "lake"), raw=str(LOG))
    opened.run()
    return opened


def test_every_table_agrees_with_the_oracle(lake: backbeat.api.Lake) -> None:
    assert differences(lake, LOG, close=False) == []


def test_nothing_is_lost(lake: backbeat.api.Lake) -> None:
    counts = {row["source"]: row["rows"] for row in lake.status().sources}
    expected = {"customers": 97, "artists": 3148, "tracks": 5295, "subscriptions": 106, "sessions": 911, "events": 7770}
    assert counts == expected
    assert lake.quarantine() == []


def test_the_kpis_of_the_default_window(lake: backbeat.api.Lake) -> None:
    found = {row["metric"]: (row["numerator"], row["denominator"], row["value"]) for row in lake.kpis().rows}
    assert found == {
        "session_adoption_rate": (97, 97, 100.0),
        "engaged_rate": (0, 97, 0.0),
        "paid_share": (22, 97, 22.68),
        "paid_share_at_end": (22, 97, 22.68),
    }


def test_every_check_passes(lake: backbeat.api.Lake) -> None:
    assert [row["check"] for row in lake.check() if not row["passed"]] == []
