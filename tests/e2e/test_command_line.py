"""Exit codes, what goes to stdout and what to stderr, and the documents that programs read."""

import csv
import io
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.conftest import World
from tests.e2e.conftest import Answer, backbeat, places

from backbeat.lake.lock import writer
from backbeat.lake.storage import Store


@pytest.fixture(scope="module")
def first_run(new_world: Callable[..., World]) -> tuple[World, Answer]:
    """A first `backbeat run --format json`, with one file that is rejected and one row that is quarantined."""
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"), ("bad", "c", "never"))
    world.write_bytes("sessions/broken.parquet", b"")
    return world, backbeat("run", *places(world), "--format", "json")


def test_run_prints_its_batches_as_json_and_everything_else_on_stderr(first_run: tuple[World, Answer]) -> None:
    _, answer = first_run
    assert answer.code == 0, answer.err
    sessions = next(row for row in answer.json if row["source"] == "sessions")
    assert sessions == {
        "batch_id": 2, "source": "sessions", "files": 1, "rows_read": 2, "rows_accepted": 1, "rows_quarantined": 1,
        "rows_duplicate": 0, "rows_replaced": 0,
    }  # fmt: skip
    assert "sessions: 2 rows read" in answer.err
    assert "1 file rejected, sessions/broken.parquet: bytes can't be read" in answer.err


def test_a_quiet_run_says_nothing(first_run: tuple[World, Answer]) -> None:
    world, _ = first_run
    answer = backbeat("run", *places(world), "--quiet", "--format", "json")
    assert (answer.code, answer.json, answer.err) == (0, [], "")


KPI_FIELDS = ["metric", "numerator", "denominator", "value", "unit", "threshold", "slice", "slice_value", "status", "definition_version"]  # fmt: skip


def test_the_kpis_document(done: World) -> None:
    answer = backbeat(
        "kpis", *places(done), "--format", "json", "--from", "2025-07-01", "--to", "2025-07-03", "--by", "country"
    )
    assert (answer.code, answer.err) == (0, "")
    assert list(answer.json) == ["window", "as_of", "kpis"]
    assert answer.json["window"] == {"from": "2025-07-01", "to": "2025-07-03"}
    assert answer.json["as_of"] == "2025-07-03T10:00:00+00:00"
    assert all(list(row) == KPI_FIELDS for row in answer.json["kpis"])
    assert answer.json["kpis"][0] == {
        "metric": "session_adoption_rate", "numerator": 9, "denominator": 12, "value": 75.0, "unit": "percent",
        "threshold": None, "slice": "all", "slice_value": "all", "status": "provisional", "definition_version": 1,
    }  # fmt: skip


def test_kpis_with_a_threshold_and_filters(done: World) -> None:
    asked = ("--engaged-sessions", "1", "--where", "country=SE", "--metric", "engaged_rate")
    (row,) = backbeat("kpis", *places(done), "--format", "json", *asked).json["kpis"]
    assert (row["numerator"], row["denominator"], row["threshold"]) == (6, 6, 1)


def test_csv_is_one_header_and_rows_and_no_formula(done: World) -> None:
    answer = backbeat(
        "sql",
        "select customer_id, country from silver.customers order by customer_id",
        *places(done),
        "--format",
        "csv",
    )
    rows = list(csv.reader(io.StringIO(answer.out)))
    assert rows[0] == ["customer_id", "country"]
    assert rows[-1] == ["c9", "'=cmd()"]


def test_a_table_is_for_people(done: World) -> None:
    answer = backbeat("kpis", *places(done))
    assert answer.out.splitlines()[0].split() == [
        "metric", "slice", "slice_value", "numerator", "denominator", "value", "threshold", "status",
    ]  # fmt: skip
    assert "2025-05-03 to 2025-07-03, as of 2025-07-03 10:00 UTC" in answer.err


def test_sql_as_json(done: World) -> None:
    answer = backbeat(
        "sql", "select max(started_at) as newest, count(*) as n from silver.sessions", *places(done), "--format", "json"
    )
    assert answer.json == [{"newest": "2025-07-03T10:00:00+00:00", "n": 9}]


def test_status_as_json(done: World) -> None:
    answer = backbeat("status", *places(done), "--format", "json")
    document = answer.json
    assert answer.err == ""
    assert document["as_of"] == "2025-07-03T10:00:00Z"
    assert (document["last_batch"], document["unfinished"], document["unknown_customers"]) == (2, 0, 0)
    assert "raw" not in document
    assert {row["source"]: row["rows"] for row in document["sources"]} == {
        "customers": 12, "artists": 0, "subscriptions": 0, "tracks": 0, "events": 0, "sessions": 9,
    }  # fmt: skip


def test_status_for_people_is_on_stdout(first_run: tuple[World, Answer], tmp_path: Path) -> None:
    world, _ = first_run
    answer = backbeat("status", "--lake", str(world.lake), cwd=tmp_path)
    lines = answer.out.splitlines()
    assert (answer.err, lines[0]) == ("", f"lake               {world.lake}")
    assert lines[-1].startswith("1 file rejected, sessions/broken.parquet: bytes can't be read")
    assert [line.split()[3] for line in lines if line.startswith("sessions ")] == ["–"], "the raw folder is not known"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "--full", "--rebuild", "2025-07-01"), "give one of them"),
        (("run", "--full", "--dry-run"), "give it alone"),
        (("retract", "sessions", "--batch", "1"), "not both"),
        (("retract",), "select * from ops.batches"),
        (("retract", "--batch", "99"), "select * from ops.batches"),
    ],
)
def test_what_does_not_go_together_is_said_and_nothing_is_done(
    done: World, command: tuple[str, ...], words: str
) -> None:
    before = done.versions()
    answer = backbeat(*command, *places(done))
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert done.versions() == before


def test_a_reason_that_does_not_exist_is_a_usage_error(done: World) -> None:
    answer = backbeat("quarantine", "show", "sessions", "--reason", "nosuch", *places(done))
    assert (answer.code, answer.out) == (2, "")
    assert "there is no reason 'nosuch'; there are key_missing, " in answer.err


def test_a_replay_says_how_many_stay_open(done: World) -> None:
    answer = backbeat("quarantine", "replay", *places(done), "--format", "json")
    assert answer.json == [{"replayed": 0, "open": 1}]
    assert answer.err == "0 rows replayed, 1 still open\n"


def test_checks_that_pass_are_only_counted(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"), ("t", "nobody knows", "2025-07-01"))
    world.run()
    answer = backbeat("check", *places(world))
    shown = answer.out.splitlines()[2:]
    assert answer.code == 0
    assert shown[0].startswith("silver.sessions.customer_id is in silver.customers")
    assert all("  warn" in line for line in shown)
    assert answer.err.splitlines()[-1].endswith(f"checks passed, {len(shown)} warnings")
    every = backbeat("check", *places(world), "--all")
    assert len(every.out.splitlines()) > 50
    assert len(world.read("ops.checks")) == len(every.out.splitlines()) - 2


def test_quarantine_list_and_show(done: World) -> None:
    listed = backbeat("quarantine", "list", *places(done), "--format", "json").json
    assert listed == [{"source": "sessions", "reason": "time_unreadable", "status": "open", "rows": 1}]
    (shown,) = backbeat("quarantine", "show", "sessions", *places(done), "--format", "json").json
    assert shown["raw_row"] == '{"session_id":"bad","customer_id":"c1","started_at":"never"}'


def test_settings_flags_beat_the_environment_which_beats_the_file(tmp_path: Path, done: World) -> None:
    (tmp_path / "backbeat.toml").write_text(f'lake = "{tmp_path}/of the file"\nraw = "{done.raw}"\n')
    of_file = backbeat("kpis", cwd=tmp_path)
    of_environment = backbeat("kpis", cwd=tmp_path, BACKBEAT_LAKE=f"{tmp_path}/of the environment")
    of_flag = backbeat("kpis", "--lake", str(done.lake), cwd=tmp_path, BACKBEAT_LAKE=f"{tmp_path}/of the environment")
    assert "of the file" in of_file.err
    assert "of the environment" in of_environment.err
    assert of_flag.code == 0


def test_init_writes_a_file_that_is_read(tmp_path: Path) -> None:
    assert backbeat("init", "--raw", "s3://bucket/raw", cwd=tmp_path).code == 0
    answer = backbeat("kpis", cwd=tmp_path)
    assert (answer.code, "there is no lake at lake yet" in answer.err) == (2, True)
    assert backbeat("init", cwd=tmp_path).code == 2


def test_doctor_finds_what_is_wrong(tmp_path: Path, done: World) -> None:
    assert backbeat("doctor", *places(done)).code == 0
    answer = backbeat("doctor", "--raw", "nowhere", "--lake", str(tmp_path), "--format", "json", cwd=tmp_path)
    assert answer.code == 2
    assert [row["what"] for row in answer.json if not row["ok"]] == ["raw folder"]


def test_doctor_finds_what_the_next_command_would_refuse(tmp_path: Path, done: World) -> None:
    (tmp_path / "empty").mkdir()
    mapping = '[sources.sessions]\nsequence_by = "Started_At"\n[sources.sessions.columns]\nstarted_at = "begin"\n'
    (tmp_path / "backbeat.toml").write_text(mapping)
    answer = backbeat("doctor", *places(done), "--format", "json", cwd=tmp_path, BACKBEAT_TIMEZONE="Europe/Berlin")
    wrong = {row["what"]: row["found"] for row in answer.json if not row["ok"]}
    assert "no file of sessions has a column 'begin'" in wrong["mappings"]
    assert "was built with timezone = 'UTC'" in wrong["lake"]
    assert list(wrong) == ["mappings", "lake"]
    empty = backbeat("doctor", "--raw", "empty", "--lake", "l", "--format", "json", cwd=tmp_path)
    assert [row["what"] for row in empty.json if not row["ok"]] == ["raw folder"]


USAGE = [
    ("no such lake", ["kpis", "--lake", "nowhere"]),
    ("no such command", ["dance"]),
    ("no such flag", ["run", "--loudly"]),
    ("no such format", ["status", "--format", "xml"]),
    ("no such engine", ["status", "--engine", "abacus"]),
    ("no such file", ["status", "--config", "nowhere.toml"]),
    ("a filter without a value", ["kpis", "--where", "country"]),
    ("no such day", ["kpis", "--from", "2025-02-30", "--to", "2025-03-01"]),
    ("a duration that is none", ["run", "--wait", "soon"]),
    ("a SELECT without quotes", ["sql", "select", "1"]),
    ("a demo in a file", ["demo", "--dir", "afile"]),
    ("a world in a file", ["simulate", "afile"]),
    ("an engine that init can't write", ["init", "--engine", "abacus"]),
    ("threads without end", ["doctor", "--config", "threads.toml"]),
    ("a lake in its raw folder", ["run", "--raw", ".", "--lake", "."]),
    ("a lake that would not be found again", ["run", "--raw", ".", "--lake", "lake[1]"]),
    ("a lake whose path looks encoded", ["status", "--lake", "100%25/lake"]),
]


@pytest.mark.parametrize(("case", "arguments"), USAGE, ids=[case for case, _ in USAGE])
def test_exit_2_usage(tmp_path: Path, case: str, arguments: list[str]) -> None:
    (tmp_path / "afile").touch()
    (tmp_path / "threads.toml").write_text("threads = 100000\n")
    answer = backbeat(*arguments, cwd=tmp_path)
    assert answer.code == 2, case
    assert case == "threads without end" or answer.out == ""
    assert answer.err.splitlines()[-1].startswith("backbeat: ")
    assert len(answer.err.splitlines()) == 1


def test_exit_2_sql_that_cannot_be_read_or_names_what_is_not_there(done: World) -> None:
    assert backbeat("sql", "select from where", *places(done)).code == 2
    answer = backbeat("sql", "select x from gold.nothing", *places(done))
    assert answer.code == 2, answer.err
    assert len(answer.err.splitlines()) <= 2


def test_sql_says_what_is_wrong_of_a_column(done: World) -> None:
    answer = backbeat("sql", "select nope from gold.kpis", *places(done))
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert "there are" not in answer.err
    assert "!" not in answer.err
    twice = backbeat("sql", "select 1 as a, 2 as a", *places(done))
    assert (twice.code, twice.err) == (2, "backbeat: 2 columns are named a: give each a name of its own with `as`\n")


def test_sql_prints_null_for_what_json_has_no_number_for(done: World) -> None:
    query = "select cast('nan' as double) as a, cast('inf' as double) as b, array(cast('nan' as double)) as c"
    answer = backbeat("sql", query, *places(done), "--format", "json")
    assert "NaN" not in answer.out
    assert answer.json == [{"a": None, "b": None, "c": [None]}]


def test_windows_outside_the_calendar_are_no_bug(done: World) -> None:
    answer = backbeat("kpis", *places(done), "--from", "0001-01-01", "--to", "9999-12-31")
    assert (answer.code, "a window lies between 1900-01-01 and 2999-12-31" in answer.err) == (2, True)


def test_usage_errors_are_of_one_form() -> None:
    assert (
        backbeat("run", "--loudly").err
        == "backbeat: no such option: --loudly; `backbeat run --help` shows what it takes\n"
    )
    assert "YYYY-MM-DD" in backbeat("kpis", "--from", "x").err
    nothing = backbeat()
    assert (nothing.code, nothing.err.startswith("Usage: backbeat")) == (2, True)


def test_exit_6_where_an_answer_cannot_be_written(tmp_path: Path, done: World) -> None:
    into = f'{sys.executable} -m backbeat kpis --lake "{done.lake}" --format json > /dev/full'
    full = subprocess.run(["sh", "-c", into], capture_output=True, text=True, check=False)
    assert (full.returncode, full.stderr) == (6, "backbeat: the answer: No space left on device\n")
    nowhere = backbeat("init", "--config", "nowhere/b.toml", cwd=tmp_path)
    assert (nowhere.code, nowhere.err) == (6, "backbeat: nowhere/b.toml: No such file or directory\n")


def test_the_list_of_commands_has_whole_sentences() -> None:
    for words in ([], ["quarantine"]):
        listed = backbeat(*words, "--help").out
        assert "..." not in listed.replace("[ARGS]...", "")
    shown = backbeat("kpis", "--help").out + backbeat("simulate", "--help").out
    assert set(re.findall(r"<\S+>", shown)) == {"<table|json|csv>", "<previous|year>", "<path>"}


def test_exit_3_no_raw_folder(tmp_path: Path) -> None:
    answer = backbeat("run", "--raw", "nowhere", "--lake", "lake", cwd=tmp_path)
    assert (answer.code, len(answer.err.splitlines())) == (3, 1)
    assert not (tmp_path / "lake").exists()


def test_exit_3_without_customers_though_silver_is_written(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.sessions(("s", "c", "2025-07-01"))
    answer = backbeat("run", *places(world))
    assert (answer.code, answer.err.splitlines()[-1].startswith("backbeat: no readable file of customers")) == (3, True)
    assert world.column("silver.sessions", "session_id") == ["s"]


def test_exit_4_a_kpi_that_silver_does_not_bear_out(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    world.run()
    assert backbeat("check", *places(world)).code == 0
    _raise_numerators(world)
    answer = backbeat("check", *places(world), "--format", "json")
    assert answer.code == 4
    failed = [row["check"] for row in answer.json if not row["passed"]]
    assert failed[-1] == answer.json[-1]["check"]
    assert all("counted again" in check for check in failed)
    assert "counted again from silver" in answer.json[-1]["check"]


def _raise_numerators(world: World) -> None:
    """Falsify gold.kpis behind Delta's back."""
    table = world.open().house.table("gold.kpis")
    for file in table.files():
        path = Path(table.uri) / file.path
        stored = pq.ParquetFile(path).read()
        index = stored.schema.get_field_index("denominator")
        more = pc.add(stored.column("denominator"), pa.scalar(1, pa.int64()))
        pq.write_table(stored.set_column(index, "denominator", more), path)


def test_exit_4_data_older_than_allowed(done: World) -> None:
    assert backbeat("status", *places(done), "--max-age", "2h").code == 4
    assert backbeat("status", *places(done), "--max-age", "9999d").code == 0


def test_exit_5_while_another_writer_holds_the_lake(done: World) -> None:
    with writer(Store(str(done.lake)), wait=0):
        answer = backbeat("run", *places(done), "--wait", "0s")
        assert answer.code == 5
        assert "the lake is held by process" in answer.err
        assert backbeat("kpis", *places(done)).code == 0
    assert backbeat("run", *places(done), "--wait", "0s").code == 0


def test_exit_6_a_lake_that_is_damaged(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.run()
    for log in (world.lake / "silver/customers/_delta_log").glob("*.json"):
        log.write_text("no json")
    answer = backbeat("kpis", *places(world))
    assert answer.code == 6, answer.err
    assert len(answer.err.splitlines()) <= 2


def test_debug_adds_the_traceback(tmp_path: Path) -> None:
    plain = backbeat("kpis", "--lake", "nowhere", cwd=tmp_path)
    debug = backbeat("kpis", "--lake", "nowhere", "--debug", cwd=tmp_path)
    assert plain.err.splitlines() == [debug.err.splitlines()[-1]]
    assert "Traceback" in debug.err


def test_errors_never_show_a_customer_s_data(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("confidential-customer")
    world.write(
        "sessions/s.parquet",
        [{"session_id": "confidential-session", "customer_id": "confidential-customer", "started_at": ["x"]}],
    )
    answer = backbeat("run", *places(world))
    assert "sessions/s.parquet" in answer.err
    assert "confidential" not in answer.err + answer.out


def test_help_is_quick() -> None:
    def seconds() -> float:
        begin = time.monotonic()
        subprocess.run([sys.executable, "-m", "backbeat", "--help"], check=True, capture_output=True)
        return time.monotonic() - begin

    assert min(seconds() for _ in range(5)) < 0.6


def test_output_into_a_closed_pipe_is_no_error(done: World) -> None:
    query = (
        "select a.session_id from silver.sessions as a cross join silver.sessions as b cross join silver.sessions as c"
    )
    command = [sys.executable, "-m", "backbeat", "sql", query, *places(done), "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() in (0, 1)
