"""`python -m tests.spark.killed POINT SECONDS TABLES ARGUMENTS…` is `backbeat ARGUMENTS…` that is killed, its JVM with it.

At a write, numbered as in `tests.property.writes`; or, where there are SECONDS, so long after it, as soon as Spark works.
TABLES are `all`, or `no_stars`.
"""

import os
import signal
import sys
import time
from contextlib import nullcontext
from threading import Thread

from tests.property.writes import count_writes
from tests.without_stars import without_stars

from backbeat.cli import main


def die() -> None:
    """End all processes of this group at once: Python and the JVM it has begun."""
    os.killpg(0, signal.SIGKILL)


def die_in_a_job(seconds: float) -> None:
    """The same from another thread, after some time, while a job of Spark runs, whose number is said."""
    from pyspark import SparkContext

    tracker = SparkContext.getOrCreate().statusTracker()

    def wait() -> None:
        time.sleep(seconds)
        while not (jobs := tracker.getActiveJobsIds()):
            time.sleep(0.001)
        os.write(1, f"killed in job {jobs[0]}\n".encode())
        die()

    Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    point, seconds = int(sys.argv.pop(1)), float(sys.argv.pop(1))
    tables = without_stars() if sys.argv.pop(1) == "no_stars" else nullcontext()
    count_writes(point, end=(lambda: die_in_a_job(seconds)) if seconds else die)
    with tables:
        main()
