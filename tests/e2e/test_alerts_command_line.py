"""`backbeat alerts` as people and programs see it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import World
from tests.e2e.conftest import backbeat, places
from tests.traffic import FIRST, OUTAGE, SPIKE, times, write_traffic


@pytest.fixture(scope="module")
def troubled(new_world: Callable[..., World]) -> World:
    """Four days with an outage and a spike; tests only read it."""
    world = new_world()
    write_traffic(world, "all", times(4), FIRST + timedelta(days=4))
    world.run()
    return world


def test_list_has_the_newest_first_and_leaves_info_out(troubled: World) -> None:
    rows = backbeat("alerts", "list", *places(troubled), "--format", "json").json
    spikes = [row for row in rows if row["alert"] == "session_spike"]
    assert [row["opened_at"] for row in spikes] == [each[0].isoformat() for each in (SPIKE, OUTAGE)]
    assert {row["severity"] for row in rows} <= {"warning", "critical"}
    every = backbeat("alerts", "list", *places(troubled), "--all", "--limit", "1000", "--format", "json").json
    assert "info" in {row["severity"] for row in every}
    assert [row for row in every if row["severity"] != "info"] == rows


def test_status_names_those_that_fire(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_traffic(world, "all", [at for at in times(4) if at < SPIKE[1]], FIRST + timedelta(days=4))
    assert backbeat("run", "--close", *places(world)).code == 0
    fire = {
        row["alert"] for row in backbeat("alerts", "list", *places(world), "--state", "firing", "--format", "json").json
    }
    assert "session_spike" in fire
    assert backbeat("status", *places(world), "--format", "json").json["firing"] == sorted(fire)
    assert "firing: session_spike" in backbeat("status", *places(world)).out.splitlines()


def test_status_leaves_out_those_that_are_over(troubled: World) -> None:
    assert "session_spike" not in backbeat("status", *places(troubled), "--format", "json").json["firing"]


def test_list_for_people(troubled: World) -> None:
    answer = backbeat("alerts", "list", "session_spike", "--state", "resolved", "--limit", "1", *places(troubled))
    heading, _, row = answer.out.splitlines()
    assert heading.split()[:4] == ["alert", "severity", "state", "opened_at"]
    assert row.split()[:3] == ["session_spike", "critical", "resolved"]


def test_a_lake_without_incidents_has_an_empty_list(done: World) -> None:
    answer = backbeat("alerts", "list", "session_spike", *places(done), "--format", "json")
    assert (answer.code, answer.json) == (0, [])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("list", "nosuch"), "there is no alert 'nosuch'; there are base_rate_drift, dau_change, "),
        (("list", "--state", "on"), "there is no state 'on'; there are firing, resolved"),
        (("replay", "--alert", "nosuch"), "there is no alert 'nosuch'; there are base_rate_drift, dau_change, "),
        (("replay", "--rule", "nowhere.yml"), "nowhere.yml"),
        (("replay", "--alert", "session_spike", "--rule", "own.yml"), "give one of them"),
        (("replay", "--from", "2025-07-04", "--to", "2025-07-02"), "turn them round"),
    ],
)
def test_what_is_not_there_is_named(troubled: World, flags: tuple[str, ...], words: str) -> None:
    answer = backbeat("alerts", *flags, *places(troubled))
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_replay_says_what_a_rule_would_have_done(troubled: World, tmp_path: Path) -> None:
    rule = tmp_path / "quiet.yml"
    rule.write_text(
        "{title: Hardly ever, series: activity_5m.sessions, rule: threshold, parameters: {above: 1000}, version: 1}"
    )
    told = backbeat("alerts", "replay", "--rule", str(rule), *places(troubled), "--format", "json").json
    assert [(row["incidents"], row["breaches"], row["notifications"]) for row in told["summary"]] == [(0, 0, 0)]
    day = SPIKE[0].date().isoformat()
    asked = ("--alert", "session_spike", "--from", day, "--to", day)
    told = backbeat("alerts", "replay", *asked, *places(troubled), "--format", "json").json
    assert told["window"] == {"from": day, "to": day}
    assert [row["opened_at"] for row in told["incidents"]] == [each[0].isoformat() for each in (OUTAGE, SPIKE)]
