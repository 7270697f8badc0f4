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

_WITHOUT_BUNDLE = {"spark.jars.excludes": "software.amazon.awssdk:bundle"}


def reaching(config: Config) -> SparkConfig:
    """The session's settings, and what it takes to reach a bucket where raw, lake or scratch is in one.

    Databricks and servers of Spark Connect have what it takes, and so has a cluster where `packages` is empty. Jars of
    `hadoop-aws` that the user names stay as they are, and so does what is set in `conf`.
    """
    spark = config.spark
    is_in_bucket = any((place or "").startswith("s3://") for place in (config.raw, config.lake, spark.scratch))
    if not is_in_bucket or not spark.packages or spark.remote or is_databricks():
        return spark
    if "hadoop-aws" in spark.packages:
        return msgspec.structs.replace(spark, conf={**settings(os.environ), **spark.conf})
    packages = ",".join([spark.packages, *PACKAGES])
    return msgspec.structs.replace(
        spark, packages=packages, conf={**_WITHOUT_BUNDLE, **settings(os.environ), **spark.conf}
    )


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """S3A's settings of what the variables say; Spark itself hands their credentials on."""
    given = {
        "endpoint": environment.get("AWS_ENDPOINT_URL"),
        "endpoint.region": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        "path.style.access": "true" if "AWS_ENDPOINT_URL" in environment else None,
    }
    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in given.items() if value}
