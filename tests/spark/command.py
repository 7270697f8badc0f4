"""`backbeat` on Spark as a process of its own: a Python process has one Spark session, and other tests have that."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import msgspec
from tests.conftest import World
from tests.spark.small import LIGHT, SPARK

from backbeat.config import SparkConfig


def on_cluster(master: str) -> SparkConfig:
    """The settings of a session on a cluster of this machine."""
    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    light = {"spark.executor.memory": "1g", "spark.executor.extraJavaOptions": LIGHT}
    return msgspec.structs.replace(SPARK, master=master, conf={**SPARK.conf, **here, **light})


@contextmanager
def begun(
    world: World, spark: SparkConfig, *arguments: str, program: Sequence[str] = ("backbeat",)
) -> Iterator[subprocess.Popen[str]]:
    """`backbeat ARGUMENTS` over a world on Spark; it and its JVM are killed when the block ends."""
    settings = world.lake.with_suffix(".toml")
    settings.write_text(_toml(world, spark))
    command = [sys.executable, "-m", *program, *arguments, "--config", str(settings)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _toml(world: World, spark: SparkConfig) -> str:
    settings = {**world.settings, "now": world.settings["now"].isoformat()}
    top = {"lake": str(world.lake), "raw": str(world.raw), "engine": "spark", **settings}
    return "\n".join(_lines(top)) + "\n" + spark_toml(spark)


def spark_toml(spark: SparkConfig) -> str:
    """The settings of a session as `backbeat.toml` has them."""
    section = {name: value for name, value in msgspec.structs.asdict(spark).items() if value and name != "conf"}
    return "\n".join(["[spark]", *_lines(section), "[spark.conf]", *_lines(spark.conf)]) + "\n"


def _lines(values: dict[str, object]) -> list[str]:
    return [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in values.items()]


def output_of(process: subprocess.Popen[str], patience: float) -> str:
    """What a command said, once it has ended well."""
    said, _ = process.communicate(timeout=patience)
    assert process.returncode == 0, said
    return said
