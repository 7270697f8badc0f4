"""[spark] in backbeat.toml, and what is said where Java or pyspark is missing."""

import re
from pathlib import Path

import pytest

import backbeat
from backbeat.config import Config, SparkConfig
from backbeat.engines import spark_s3, spark_session
from backbeat.errors import UsageError


def opened(tmp_path: Path, text: str) -> backbeat.api.Lake:
    (tmp_path / "backbeat.toml").write_text(text)
    return backbeat.open(config=str(tmp_path / "backbeat.toml"), engine="spark")


def test_settings_of_the_section(tmp_path: Path) -> None:
    spark = opened(tmp_path, '[spark]\nmaster = "local[1]"\nconf = {"spark.x" = "1"}\n').config.spark
    assert (spark.master, spark.conf) == ("local[1]", {"spark.x": "1"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("master = 3", "write text in quotes"),
        ("shuffle_partitions = 0", "from 1 to"),
        ('driver_memory = "much"', "a size such as"),
        ('mastr = "x"', "did you mean master"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        opened(tmp_path, f"[spark]\n{line}\n")


@pytest.mark.parametrize(
    ("given", "collectors"), [("", ["UseParallelGC"]), ("-Xms1g", ["UseParallelGC"]), ("-Xms1g -XX:+UseG1GC", [])]
)
def test_java_is_told_one_collector_of_garbage(given: str, collectors: list[str]) -> None:
    settings = spark_session._settings(SparkConfig(conf={"spark.driver.extraJavaOptions": given}))
    assert re.findall(r"Use\w+GC", settings["spark.driver.defaultJavaOptions"]) == collectors


def test_a_collector_in_a_variable_is_the_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:+UseSerialGC")
    assert "GC" not in spark_session._settings(SparkConfig())["spark.driver.defaultJavaOptions"]


def test_what_is_given_replaces_ours() -> None:
    conf = {"spark.driver.defaultJavaOptions": "-Xms1g"}
    assert spark_session._settings(SparkConfig(conf=conf)).items() >= conf.items()


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(UsageError, match="Java 17 or later, found none"):
        spark_session.demand_java()


def test_a_java_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "_java_version", lambda _: 'openjdk version "11.0.2" 2019-01-15')
    with pytest.raises(UsageError, match=r'found version "11\.0'):
        spark_session.demand_java()


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"pip install 'backbeat\[spark\]'"):
        spark_session._session_type()


def test_without_its_client_spark_connect_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql.connect.session", None)
    with pytest.raises(UsageError, match=r"pip install 'backbeat\[connect\]'"):
        spark_session._connected(spark_session._session_type(), "sc://127.0.0.1:1", {})


def test_on_databricks_the_session_of_the_cluster_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Builder:
        def getOrCreate(self) -> str:  # noqa: N802
            return "the cluster's"

    class Session:
        builder = Builder()

    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "18.0")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert spark_session.begin(Session, SparkConfig()) == "the cluster's"
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION")
    with pytest.raises(UsageError, match="Java"):
        spark_session.begin(Session, SparkConfig())


def test_a_lake_in_a_bucket_brings_what_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ENDPOINT_URL": "http://store:9000", "AWS_REGION": "eu-1"}.items():
        monkeypatch.setenv(name, value)
    asked = SparkConfig(conf={"spark.hadoop.fs.s3a.endpoint.region": "mine"})
    found = spark_s3.reaching(Config(lake="s3://company/lake", spark=asked))
    assert found.packages.startswith(f"{asked.packages},org.apache.hadoop:hadoop-aws:")
    assert found.conf == {
        "spark.jars.excludes": "software.amazon.awssdk:bundle",
        "spark.hadoop.fs.s3a.endpoint": "http://store:9000",
        "spark.hadoop.fs.s3a.endpoint.region": "mine",
        "spark.hadoop.fs.s3a.path.style.access": "true",
    }


@pytest.mark.parametrize(
    "config",
    [
        Config(lake="lake", raw="/data/raw"),
        Config(lake="s3://company/lake", spark=SparkConfig(remote="sc://host:15002")),
        Config(lake="s3://company/lake", spark=SparkConfig(packages="")),
    ],
    ids=["on disk", "through a server", "a cluster that has jars and settings"],
)
def test_nothing_is_added_where_there_is_no_bucket_or_somebody_elses_session(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store:9000")
    assert spark_s3.reaching(config) == config.spark


def test_jars_that_the_user_chose_are_kept_with_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store:9000")
    own = SparkConfig(packages="io.delta:x:1,org.apache.hadoop:hadoop-aws:3.3.4")
    found = spark_s3.reaching(Config(raw="s3://raw", spark=own))
    assert found.packages == own.packages
    assert found.conf["spark.hadoop.fs.s3a.endpoint"] == "http://store:9000"
    assert "spark.jars.excludes" not in found.conf
