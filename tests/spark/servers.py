"""Spark's own servers, started from pyspark's wheel on this machine: a standalone cluster, a Spark Connect server.

Each is a process of ours and the head of a group, so that what it starts ends with it.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.spark.small import LIGHT

from backbeat.config import SparkConfig
from backbeat.engines.spark_session import DELTA

PATIENCE = 300
WRITTEN_SECONDS = 0.2
"""How long a line that an executor has said takes to stand in its log."""


@dataclass(frozen=True)
class Server:
    """A running process and the file it tells to."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, pattern: str) -> str:
        """What the first group of a pattern matches in the log, waited for. Raises AssertionError where nothing does."""
        wait_for(lambda: self._found(pattern) or self.process.poll() is not None, f"{self.log.name} to say {pattern}")
        found = self._found(pattern)
        assert found, self.log.read_text("utf-8", "replace")[-3_000:]
        return found[1]

    def _found(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.log.read_text("utf-8", "replace"))


@dataclass(frozen=True)
class Cluster:
    """A master's address, its workers, and the folder of their logs."""

    root: Path
    master: str
    workers: tuple[Server, ...]

    def executors(self) -> list[list[tuple[int, str]]]:
        """The processes that run tasks, of each worker, and what Spark calls them."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        )
        found = re.findall(
            r"^ *(\d+) +(\d+) .*CoarseGrainedExecutorBackend.* --executor-id (\d+)", listed.stdout, re.MULTILINE
        )
        return [[(int(pid), name) for pid, parent, name in found if int(parent) == w.process.pid] for w in self.workers]

    def lose_task(self, worker: int) -> str | None:
        """Kill the process that runs a worker's tasks, as a machine that goes away would, if it is at work on one.

        It is halted to be looked at: a task that its log says has begun and not ended has then told the driver of no
        end. Returns the executor's id, None where none was killed.
        """
        for pid, name in self.executors()[worker]:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(WRITTEN_SECONDS)
            if self._is_at_work(worker, name):
                os.kill(pid, signal.SIGKILL)
                return name
            os.kill(pid, signal.SIGCONT)
        return None

    def _is_at_work(self, worker: int, executor: str) -> bool:
        log = next(self.root.glob(f"work{worker}/app-*/{executor}/stderr")).read_text("utf-8", "replace")
        begun, ended = (set(re.findall(rf"{word} task [^(]*\(TID (\d+)\)", log)) for word in ("Running", "Finished"))
        return bool(begun - ended)


@contextmanager
def cluster(root: Path, workers: int = 2) -> Iterator[Cluster]:
    """A master and workers of one core and 1 GB each on 127.0.0.1, for as long as the block lasts."""
    with ExitStack() as stack:
        deploy = "org.apache.spark.deploy"
        place = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        head = stack.enter_context(_serving(root, "master", [f"{deploy}.master.Master", *place]))
        port = head.said(r"'sparkMaster' on port (\d+)")
        master = f"spark://127.0.0.1:{port}"
        size = ["--cores", "1", "--memory", "1g"]
        begun = [
            stack.enter_context(
                _serving(
                    root, f"worker{i}", [f"{deploy}.worker.Worker", *place, *size, "-d", f"{root}/work{i}", master]
                )
            )
            for i in range(workers)
        ]
        for worker in begun:
            worker.said("(Successfully registered with master)")
        yield Cluster(root, master, tuple(begun))


@contextmanager
def connect_server(root: Path) -> Iterator[str]:
    """The address of a Spark Connect server with Delta on two cores, for as long as the block lasts."""
    conf = {
        **DELTA,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        "spark.driver.extraJavaOptions": LIGHT,
        "spark.ui.enabled": "false",
    }
    options = [option for name, value in conf.items() for option in ("--conf", f"{name}={value}")]
    options += ["--master", "local[2]", "--driver-memory", "1g", "--packages", SparkConfig().packages]
    service = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    with _serving(root, "connect", ["org.apache.spark.deploy.SparkSubmit", *service, *options]) as server:
        port = server.said(r"Spark Connect server started at: .*:(\d+)")
        yield f"sc://127.0.0.1:{port}"


@contextmanager
def _serving(root: Path, name: str, arguments: Sequence[str]) -> Iterator[Server]:
    """A class of Spark's, run by its own script; it and all that it starts are killed when the block ends."""
    import pyspark

    home, log = Path(pyspark.__file__).parent, root / f"{name}.log"
    root.mkdir(parents=True, exist_ok=True)
    there = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_JAVA_OPTS": f"{LIGHT} -Dspark.master.rest.enabled=false",
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            env={**os.environ, **there, "PYSPARK_PYTHON": sys.executable},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(process, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until something holds. Raises AssertionError where it never does."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.3)
