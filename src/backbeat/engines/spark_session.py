"""The Spark session: the running one, where there is one (Databricks, a test run), else one begun from `[spark]`."""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backbeat.config import SparkConfig
from backbeat.errors import StorageError, UsageError, first_line

JAVA = 17
"""The oldest Java that Spark 4 runs on."""

FIRST_TRIES = 4
"""How often a Spark Connect server that does not answer is asked at first: for some 10 seconds."""

_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
    # Nanoseconds, which Spark has no type for, come as whole numbers: engines/spark_raw.py cuts them.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    # Spark's own default, INT96, does not say that it is UTC.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Files of a table are named one by one: below this number they are looked up without a job.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
    "spark.databricks.delta.snapshotPartitions": "1",
    # Spark's own defaults, which the session of somebody else may have changed.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    # A name such as `${amount}` is one.
    "spark.sql.variable.substitute": "false",
    # Databricks refuses to read a Delta table's files by their names, unless this says that it is meant so.
    "spark.databricks.delta.formatCheck.enabled": "false",
}
"""What the meaning of our SQL stands on, and what small tables need so as not to cost seconds."""

_LEFT_OUT = "spark.sql.optimizer.excludedRules"
_FAULTY = "org.apache.spark.sql.catalyst.optimizer.PushProjectionThroughUnion"
"""A step of Spark 4.1's optimiser that fails on a subquery in a SELECT's list which names a column of the table it is asked
for, where that table is a union, as one of several folders is. Sums over 20 million rows were not slower without it."""

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
"""What makes a session, or a server, know Delta tables."""

_HUGE = "-XX:-DontCompileHugeMethods"
"""Java would leave the code that Spark generates for wide rows uncompiled, which takes four times as long."""

_BRIEF = (
    "-XX:ReservedCodeCacheSize=512m -XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
"""A run is hundreds of small statements, each with code of its own: at its defaults Java spends nearly half of the
processor's time on optimising what hardly runs. Here it does so after ten times as many calls."""

_GIVEN = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "SPARK_SUBMIT_OPTS")
"""Where Java's options may come from beside `[spark] conf`."""

_COLLECTOR = "-XX:+UseParallelGC"
"""Collects garbage at once, where Java's default does so beside the work, which takes more of the processor in all."""

_BEGUN = {
    **DELTA,
    "spark.executor.defaultJavaOptions": _HUGE,
    # A run's statements have more code between them than Spark keeps, and what differs in a class's number alone is not found
    # again: it would be compiled anew for each window of KPIs.
    "spark.sql.codegen.cache.maxEntries": "2000",
    "spark.sql.codegen.useIdInClassName": "false",
    # So many bits number the groups that a task finds fast: customers are more than Spark's own 16 can tell apart.
    "spark.sql.codegen.aggregate.fastHashMap.capacityBit": "20",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def open_session(config: SparkConfig) -> Any:
    """A session to work with. Raises UsageError where pyspark or Java is missing, StorageError where none begins."""
    session_type = _session_type()
    session = session_type.getActiveSession() or begin(session_type, config)
    for name, value in {**_EVERYWHERE, "spark.sql.shuffle.partitions": str(config.shuffle_partitions)}.items():
        if session.conf.get(name, None) != value:
            session.conf.set(name, value)
    known = session.conf.get(_LEFT_OUT, None) or ""
    if _FAULTY not in known:
        session.conf.set(_LEFT_OUT, f"{known},{_FAULTY}".lstrip(","))
    return session


def _session_type() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError("--engine spark needs pyspark: type `pip install 'backbeat[spark]'`") from error
    # Spark says every SQL error on stderr, as a line of JSON with a Java stack; ours are said once, in words.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).disabled = True
    return SparkSession


def is_databricks() -> bool:
    """Whether this process runs on Databricks, whose sessions have Java, Delta and a cluster already."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def begin(session_type: Any, config: SparkConfig) -> Any:
    """A new session; on Databricks the one that its cluster has."""
    if config.remote:
        return _connected(session_type, config.remote, config.conf)
    if is_databricks():
        return session_type.builder.getOrCreate()
    demand_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = session_type.builder.master(config.master).appName("backbeat")
    for name, value in _settings(config).items():
        builder = builder.config(name, value)
    session = _started(builder, config.master)
    _leave_no_checksums(session)
    return session


def _leave_no_checksums(session: Any) -> None:
    """On a disk Hadoop writes a file of checksums beside each file, and starts a process for its rights: parquet has its own."""
    system = session.sparkContext._jvm.org.apache.hadoop.fs.FileSystem
    system.getLocal(session.sparkContext._jsc.hadoopConfiguration()).setWriteChecksum(False)


def _connected(session_type: Any, remote: str, conf: Mapping[str, str]) -> Any:
    """A session of a Spark Connect server, which has jars and a memory of its own."""
    session = None
    try:
        session = session_type.builder.remote(remote).getOrCreate()
        with _impatient(session.client):
            _ = session.version  # The first time that the server has to answer.
            for name, value in conf.items():
                session.conf.set(name, value)
    except ImportError as error:
        raise UsageError("[spark] remote needs Spark Connect: type `pip install 'backbeat[connect]'`") from error
    except Exception as error:
        if session:
            _give_up(session)
        details = re.search(r'details = "(.*)"', str(error))
        why = details[1] if details else first_line(error)
        raise StorageError(f"Spark did not begin on {remote}: {why}") from error
    return session


@contextmanager
def _impatient(client: Any) -> Iterator[None]:
    """A server that never answered is not asked for ten minutes, as one that answered before would be."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    patient = client.get_retry_policies()
    client.set_retry_policies([DefaultPolicy(max_retries=FIRST_TRIES)])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")  # Said once, in words.
        yield
    client.set_retry_policies(patient)


def _give_up(session: Any) -> None:
    """Let nobody find this session; a server that does not answer is not told, which the client would try for long."""
    session.release_session_on_close = False
    session.stop()


def _settings(config: SparkConfig) -> dict[str, str]:
    return {
        **_BEGUN,
        **_EVERYWHERE,
        "spark.driver.defaultJavaOptions": _driver_options(config.conf),
        "spark.driver.memory": config.driver_memory,
        **({"spark.jars.packages": config.packages} if config.packages else {}),
        **config.conf,
    }


def _driver_options(conf: Mapping[str, str]) -> str:
    """What Java is told before all that is given; a collector only where none is given, since it takes no two."""
    given = " ".join([conf.get("spark.driver.extraJavaOptions", ""), *(os.environ.get(name, "") for name in _GIVEN)])
    collector = "" if re.search(r"-XX:\+Use\w+GC\b", given) else _COLLECTOR
    return f"{_HUGE} {_BRIEF} {collector}".rstrip()


def _started(builder: Any, where: str) -> Any:
    log = Path(tempfile.mkdtemp(prefix="backbeat-")) / "spark.log"
    try:
        with _java_speaks_to(log):
            session = builder.getOrCreate()
    except Exception as error:
        raise StorageError(f"Spark did not begin on {where}: {_why(log) or first_line(error)}; see {log}") from error
    shutil.rmtree(log.parent, ignore_errors=True)
    return session


def _why(log: Path) -> str:
    """The line of Spark's own log that says most."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    telling = [line.strip() for line in lines if re.search(r"(Exception|Error|UNRESOLVED|unresolved)\b", line)]
    return telling[0][:300] if telling else ""


@contextmanager
def _java_speaks_to(log: Path) -> Iterator[None]:
    """What Java says on its two streams, and all that it will ever say, goes to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            for number, stream in enumerate(kept, 1):
                os.dup2(stream, number)
                os.close(stream)


def demand_java() -> str:
    """The version of Java that Spark will run on. Raises UsageError where there is none, or one too old."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    said = _java_version(java) if java else ""
    found = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    if not found or int(found[1]) < JAVA:
        there = f"found {found[0]}" if found else "found none"
        raise UsageError(
            f"--engine spark needs Java {JAVA} or later, {there}: "
            f"install one (such as `apt-get install openjdk-{JAVA}-jre-headless`) or set JAVA_HOME"
        )
    return found[1]


def _java_version(java: str) -> str:
    try:
        return subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except OSError:
        return ""
