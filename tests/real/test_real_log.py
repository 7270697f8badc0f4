"""A real third-party log (97 customers, November 2018) without any configuration."""

from pathlib import Path

import pytest
from tests.property.agreement import differences

import backbeat
import backbeat.api
from backbeat.errors import InputError

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


def test_predictions_are_made_of_what_there_is_and_say_what_they_are_worth(lake: backbeat.api.Lake) -> None:
    """A month is enough for a week ahead; hardly anybody has ten sessions in a week, so `engaged` can't be learnt as it is."""
    with pytest.raises(
        InputError, match=r"engaged: in training [0-4] of 97 customers are positive with 10 sessions in 7 days"
    ):
        lake.predict.train("engaged")
    report = lake.predict.train("churned")[0]
    assert (report["horizon"], report["wanted_horizon"]) == (7, 28)
    assert report["verdict"].split()[0] in ("Beats", "Does", "No")
    assert "`skip_rate_7`" in report["card"] and "- `sessions_28`: " in report["card"]
    scored = lake.predict.score("churned")[0]
    assert 0 < scored["customers"] <= 97


def test_every_check_passes(lake: backbeat.api.Lake) -> None:
    assert [row["check"] for row in lake.check() if not row["passed"]] == []
