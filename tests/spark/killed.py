"""`python -m tests.spark.killed POINT ARGUMENTS…` is `backbeat ARGUMENTS…` that is killed at a write, numbered as there."""

import sys

from tests.property.writes import count_writes

from backbeat.cli import main

if __name__ == "__main__":
    count_writes(int(sys.argv.pop(1)))
    main()
