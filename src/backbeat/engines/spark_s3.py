"""How Spark reaches a bucket of S3: Hadoop's S3A, told what the environment tells the rest of us."""

import os
from collections.abc import Mapping

import msgspec

from backbeat.config import Config, SparkConfig
from backbeat.engines.spark_session import is_databricks

PACKAGES = (
    "org.apache.hadoop:hadoop-aws:3.4.2",
    "software.amazon.awssdk:s3:2.29.52",
    "software.amazon.awssdk:s3-transfer-manager:2.29.52",
    "software.amazon.awssdk:sts:2.29.52",
)
"""Of the Hadoop that pyspark comes with, and the parts of Amazon's library that it needs; all of that are 640 MB."""


def reaching(config: Config) -> SparkConfig:
    """The session's settings, and what it takes to reach a bucket where raw, lake or scratch is in one.

    Databricks, and servers of Spark Connect, have what it takes; so has a cluster where `packages` is empty. What the
    user has set in `conf` stays.
    """
    spark = config.spark
    is_in_bucket = any((place or "").startswith("s3://") for place in (config.raw, config.lake, spark.scratch))
    if not is_in_bucket or spark.remote or is_databricks():
        return spark
    has_jars = not spark.packages or "hadoop-aws" in spark.packages
    packages = spark.packages if has_jars else ",".join([spark.packages, *PACKAGES])
    return msgspec.structs.replace(spark, packages=packages, conf={**settings(os.environ), **spark.conf})


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """S3A's settings of what the variables say; Spark itself hands their credentials on."""
    given = {
        "endpoint": environment.get("AWS_ENDPOINT_URL"),
        "endpoint.region": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        "path.style.access": "true" if "AWS_ENDPOINT_URL" in environment else None,
    }
    told = {f"spark.hadoop.fs.s3a.{name}": value for name, value in given.items() if value}
    return {"spark.jars.excludes": "software.amazon.awssdk:bundle", **told}
