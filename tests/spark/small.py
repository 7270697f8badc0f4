"""The session that tests on Spark share: quick to begin, small in memory, and without the work that only pays for many rows."""

from backbeat.config import SparkConfig

LIGHT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A JVM that lives for minutes: quick to begin, one thread to collect garbage."""

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
