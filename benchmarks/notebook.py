"""What the notebook computes, tuned: PySpark and Delta on two cores, sessions alone, and no silver.

    python benchmarks/notebook.py RAW OUT

It reads raw files that are alike (it can't read others), parses the times, counts the three KPIs of the last 62 days, streams
sessions through five-minute windows behind a watermark of an hour into Delta, flags windows above the 95th percentile of
the twelve before, and judges the classifier that calls those engaged whose count says so. A step's seconds are printed as
it ends. Tuned: eight shuffle partitions instead of 200, one read kept in memory, no Spark UI.
"""

import sys
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from backbeat.config import SparkConfig
from backbeat.engines.spark_session import open_session

DAYS, ENGAGED = 62, 80
MEMORY = "8g"


def main(raw: str, out: str) -> None:
    """Every step of the notebook, in its order."""
    begun = perf_counter()
    spark = session()
    begun = say("session", begun)
    sessions = normalised(spark, raw)
    begun = say("load and normalise", begun)
    kpis(spark, raw, sessions, out)
    begun = say("KPIs", begun)
    stream(spark, raw, out)
    begun = say("stream", begun)
    anomalies(spark, out)
    begun = say("anomalies", begun)
    classify(sessions, out)
    say("classifier", begun)
    spark.stop()


def session() -> Any:
    """As Spark is tuned for this machine."""
    return open_session(SparkConfig(master="local[2]", driver_memory=MEMORY, shuffle_partitions=8))


def normalised(spark: Any, raw: str) -> Any:
    """Sessions with an instant, kept in memory."""
    from pyspark.sql import functions as f

    read = spark.read.option("recursiveFileLookup", "true").parquet(f"{raw}/sessions")
    sessions = read.select("session_id", "customer_id", f.to_timestamp("start_timestamp").alias("started_at")).cache()
    sessions.count()
    return sessions


def kpis(spark: Any, raw: str, sessions: Any, out: str) -> None:
    """Adoption, engagement and paid share, as rows of a Delta table."""
    from pyspark.sql import functions as f

    last = sessions.agg(f.to_date(f.max("started_at"))).first()[0]
    first = last - timedelta(days=DAYS - 1)
    within = sessions.where(f.to_date("started_at").between(first, last))
    counts = within.groupBy("customer_id").count().cache()
    customers = spark.read.parquet(f"{raw}/customers").select("customer_id").distinct()
    active = counts.join(customers, "customer_id", "left_semi")
    subscriptions = spark.read.parquet(f"{raw}/subscriptions").where(
        (f.to_date("effective_start_date") <= last)
        & (f.col("effective_end_date").isNull() | (f.to_date("effective_end_date") >= first))
        & (f.col("subscription_type") != "free")
    )
    paid = active.join(subscriptions.select("customer_id").distinct(), "customer_id", "left_semi").count()
    everybody, many, engaged = customers.count(), active.count(), active.where(f.col("count") >= ENGAGED).count()
    rows = [("adoption", many / everybody), ("engaged", engaged / many), ("paid", paid / many)]
    spark.createDataFrame(rows, ["metric", "value"]).write.format("delta").save(f"{out}/kpis")


def stream(spark: Any, raw: str, out: str) -> None:
    """Sessions and customers of five-minute windows; distinct counts of a stream are approximate in Spark."""
    from pyspark.sql import functions as f

    schema = spark.read.option("recursiveFileLookup", "true").parquet(f"{raw}/sessions").schema
    source = spark.readStream.schema(schema).option("recursiveFileLookup", "true").parquet(f"{raw}/sessions")
    windows = (
        source.select("customer_id", f.to_timestamp("start_timestamp").alias("started_at"))
        .withWatermark("started_at", "1 hour")
        .groupBy(f.window("started_at", "5 minutes"))
        .agg(f.count("*").alias("sessions"), f.approx_count_distinct("customer_id").alias("customers"))
        .select(f.col("window.start").alias("window_start"), "sessions", "customers")
    )
    query = (
        windows.writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", f"{out}/checkpoint")
        .trigger(availableNow=True)
        .start(f"{out}/windows")
    )
    query.awaitTermination()


def anomalies(spark: Any, out: str) -> None:
    """Windows above the 95th percentile of the twelve before them."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    before = Window.orderBy("window_start").rowsBetween(-12, -1)
    windows = spark.read.format("delta").load(f"{out}/windows")
    limit = f.expr("percentile(sessions, 0.95)").over(before)
    windows.withColumn("limit", limit).where("sessions > limit").write.format("delta").save(f"{out}/anomalies")


def classify(sessions: Any, out: str) -> None:
    """The notebook's classifier: the count that makes the label is its feature, so all four figures are one."""
    from pyspark.sql import functions as f

    counts = sessions.groupBy("customer_id").count()
    told = counts.select((f.col("count") >= ENGAGED).alias("label"), (f.col("count") >= ENGAGED).alias("told"))
    told.groupBy("label", "told").count().write.format("delta").save(f"{out}/classifier")


def say(step: str, begun: float) -> float:
    """Print what a step took; the next one begins now."""
    print(f"{step:28}{perf_counter() - begun:8.2f}", flush=True)
    return perf_counter()


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True)
    main(*sys.argv[1:])
