"""What the Spark tests stand on: pyspark, a Java, and Delta's jars, fetched by their coordinates.

python tests/spark/toolchain.py           write a Delta table with Spark, read it with delta-rs, and the other way round
python tests/spark/toolchain.py --find    only say which Java there is
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from backbeat.config import SparkConfig
from backbeat.engines.spark_session import demand_java, open_session
from backbeat.errors import BackbeatError


def main() -> None:
    """Print what was used. Exit 1, in words, where something is missing."""
    try:
        sys.stdout.write(f"Java {demand_java()}\n")
        if "--find" not in sys.argv:
            _prove()
    except BackbeatError as error:
        sys.exit(f"the Spark tests can't run: {error}")


def _prove() -> None:
    from deltalake import DeltaTable, write_deltalake

    session = open_session(SparkConfig(master="local[1]", driver_memory="1g"))
    with TemporaryDirectory() as folder:
        theirs, ours = str(Path(folder) / "theirs"), str(Path(folder) / "ours")
        session.range(3).write.format("delta").save(theirs)
        write_deltalake(ours, DeltaTable(theirs).to_pyarrow_table())
        count = session.read.format("delta").option("versionAsOf", 0).load(ours).count()
    if count != 3:
        sys.exit(f"the Spark tests can't run: {count} rows came back of 3")
    sys.stdout.write(f"Spark {session.version}: a Delta table went there and back\n")
    session.stop()


if __name__ == "__main__":
    main()
