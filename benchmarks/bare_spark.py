"""The least that silver and two gold tables cost in Spark, whoever writes them: a floor under what the pipeline can take.

    python benchmarks/bare_spark.py RAW OUT

It reads raw sessions that are alike, parses their times, looks for keys that come twice, writes silver with the columns that
say where a row came from, a folder a day, and from it customer_day and activity_5m. No quarantine, no rescued values, no
KPIs, no checks, no ledger, no Delta log. A step's seconds are printed as it ends.
"""

import sys
from time import perf_counter
from typing import Any

from notebook import say, session


def main(raw: str, out: str) -> None:
    """Silver, then what is counted from it."""
    from pyspark.sql import functions as f

    begun = perf_counter()
    spark = session()
    begun = say("session", begun)
    sessions = typed(spark, raw)
    sessions.groupBy(f.xxhash64("session_id").alias("h")).count().where("count > 1").count()
    begun = say("keys that come twice", begun)
    write(sessions, "session_date", f"{out}/silver")
    begun = say("silver", begun)
    silver = spark.read.parquet(f"{out}/silver")
    days = silver.groupBy("customer_id", f.col("session_date").alias("activity_date")).count()
    write(days, "activity_date", f"{out}/customer_day")
    begun = say("customer_day", begun)
    windows = silver.groupBy(f.window("started_at", "5 minutes"))
    windows.agg(f.count("*").alias("sessions"), f.countDistinct("customer_id").alias("customers")).write.parquet(
        f"{out}/activity_5m"
    )
    say("activity_5m", begun)
    spark.stop()


def typed(spark: Any, raw: str) -> Any:
    """Sessions with instants, a day, and the file and place each row comes from."""
    from pyspark.sql import functions as f

    read = spark.read.option("recursiveFileLookup", "true").parquet(f"{raw}/sessions")
    times = [f.to_timestamp(f"{name}_timestamp").alias(f"{name}ed_at") for name in ("start", "end")]
    lineage = [f.col(f"_metadata.{name}") for name in ("file_path", "row_index", "file_modification_time")]
    found = read.select("session_id", "customer_id", "device", *times, *lineage)
    return found.withColumn("session_date", f.to_date("started_at"))


def write(rows: Any, day: str, folder: str) -> None:
    """A folder a day, one file in each."""
    rows.repartition(day).write.option("compression", "zstd").partitionBy(day).parquet(folder)


if __name__ == "__main__":
    main(*sys.argv[1:3])
