"""Settings: who beats whom, and what is said of a wrong one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backbeat.config import Config, SourceConfig, seconds
from backbeat.errors import UsageError
from backbeat.settings import load


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_beat_the_environment_which_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("backbeat.toml").write_text('lake = "file"\nraw = "file"\ntimezone = "Europe/Berlin"\n')
    monkeypatch.setenv("BACKBEAT_LAKE", "environment")
    monkeypatch.setenv("BACKBEAT_RAW", "environment")
    found = load(flags={"lake": "flag", "raw": None})
    assert (found.lake, found.raw, found.timezone) == ("flag", "environment", "Europe/Berlin")


def test_without_anything_there_are_defaults() -> None:
    assert load() == Config()
    assert (load().window_days, load().engaged_sessions, load().min_group, load().earliest) == (
        62,
        80,
        5,
        date(2000, 1, 1),
    )


def test_text_of_the_environment_becomes_the_type_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKBEAT_WINDOW_DAYS", "28")
    monkeypatch.setenv("BACKBEAT_EARLIEST", "2015-03-01")
    monkeypatch.setenv("BACKBEAT_NOW", "2025-07-01T10:00:00Z")
    found = load()
    assert (found.window_days, found.earliest) == (28, date(2015, 3, 1))
    assert found.clock() == datetime(2025, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("BACKBEAT_WINDOW_DAYS", "abc", "BACKBEAT_WINDOW_DAYS = abc: write a whole number"),
        ("BACKBEAT_FOO", "1", "there is no setting BACKBEAT_FOO"),
        ("BACKBEAT_LAKES", "x", "did you mean BACKBEAT_LAKE?"),
        ("BACKBEAT_SOURCES", "x", "there is no setting BACKBEAT_SOURCES"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=said.replace("?", "\\?")):
        load()


@pytest.mark.parametrize("size", ["500MB", "3GB", "1.5 GiB", "2tb"])
def test_memory_limits(size: str) -> None:
    assert load(flags={"memory_limit": size, "threads": 256}).memory_limit == size


def test_a_source_s_mapping_is_read_from_the_file() -> None:
    Path("b.toml").write_text(
        '[sources.sessions]\nsequence_by = "v"\n[sources.sessions.columns]\nstarted_at = "begin"\n'
    )
    assert load("b.toml").sources == {"sessions": SourceConfig(columns={"started_at": "begin"}, sequence_by="v")}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lakes": "x"}, "lakes"),
    ({"window_days": "many"}, "window_days"),
    ({"window_days": 0}, "window_days"),
    ({"min_group": -1}, "min_group"),
    ({"timezone": "Berlin"}, "Europe/Berlin"),
    ({"timezone": "../etc/passwd"}, "timezone"),
    ({"wait": "1 hour"}, "wait"),
    ({"max_future": ""}, "max_future"),
    ({"engine": "abacus"}, "abacus"),
    ({"earliest": "2000-13-01"}, "earliest"),
    ({"sources": {"sessions": {"colums": {}}}}, r"\[sources.sessions\] setting colums; did you mean columns"),
    ({"sources": {"sessions": {"columns": {"started_at": 3}}}}, r"\[sources.sessions.columns\] started_at = 3"),
    ({"sources": {"sessions": {"sequence_by": 3}}}, r"\[sources.sessions\] sequence_by = 3"),
    ({"sources": {"sessions": "x"}}, r"\[sources.sessions\] = x"),
    ({"sources": 3}, "sources = 3"),
    ({"windowdays": 3}, "did you mean window_days"),
    ({"colour": 3}, "there are lake, raw, engine"),
    ({"window_days": 36_526}, "window_days = 36526: give a number from 1 to 36,525"),
    ({"threads": -1}, "threads = -1"),
    ({"threads": 100_000}, "threads = 100000"),
    ({"memory_limit": "lots"}, "memory_limit"),
    ({"memory_limit": "1GB'; drop"}, "memory_limit"),
    ({"memory_limit": "0GB"}, "memory_limit"),
    ({"now": "2025"}, "now = 2025: write a time with its zone"),
    ({"now": "2025-07-01T10:00:00"}, "give its zone"),
    ({"session_gap": "99999999999d"}, "more than a century"),
    ({"lake": ""}, "lake"),
    ({"raw": " "}, "raw"),
    ({"lake": "s3://b/lake#1"}, "a URL with # in it means another folder"),
    ({"raw": "s3://b/raw%20data"}, "a URL with %20 in it"),
    ({"raw": 3}, "raw = 3: write text in quotes"),
    ({"catalog": "music.gold"}, r"catalog = 'music\.gold': name a catalog alone"),
    ({"catalog": "my music"}, "without period, slash or space"),
    ({"catalog": "m" * 256}, "name a catalog alone"),
]


@pytest.mark.parametrize(("flags", "named"), WRONG)
def test_a_wrong_setting_is_a_usage_error_that_names_it(flags: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        load(flags=flags)


def test_a_file_that_is_not_there_or_no_toml_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        load("nowhere.toml")
    Path("folder.toml").mkdir()
    with pytest.raises(UsageError, match=r"folder\.toml: can't be read"):
        load("folder.toml")
    Path("backbeat.toml").write_text("lake = ")
    with pytest.raises(UsageError, match="not valid TOML"):
        load()


@pytest.mark.parametrize(
    ("text", "found"), [("90s", 90), ("30m", 1800), ("1h", 3600), ("2d", 172800), ("0.5s", 0.5), ("0s", 0)]
)
def test_durations(text: str, found: float) -> None:
    assert seconds(text, "wait") == found
    assert Config(wait=text).duration("wait") == timedelta(seconds=found)


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1h30m", " 1h", "1e3s", "1h\n"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match="wait"):
        seconds(text, "wait")
