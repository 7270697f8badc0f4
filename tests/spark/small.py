"""The session that tests on Spark share: quick to begin, small in memory, and without the work that only pays for many rows."""

from backbeat.config import SparkConfig

SPARK = SparkConfig(
    master="local[2]",
    driver_memory="1g",
    shuffle_partitions=1,
    conf={
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    },
)
