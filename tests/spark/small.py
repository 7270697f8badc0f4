"""The session that tests on Spark share: quick to begin, small in memory, and without the work that only pays for many rows."""

from backbeat.config import SparkConfig

LIGHT = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC -Xms1g -Xmn400m"
"""A JVM that lives for minutes: quick to begin, one thread to collect garbage, and room for the code of so short a life.

Without that room, 48 MB, it throws code away and compiles it again: a third more work.
"""

SPARK = SparkConfig(
    master="local[2]",
    driver_memory="1g",
    shuffle_partitions=1,
    conf={
        "spark.driver.extraJavaOptions": LIGHT,
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    },
)
