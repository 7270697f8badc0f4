"""What runs SQL and reads and writes data files. Only here is known which engine it is."""

from backbeat.config import Config
from backbeat.engines.engine import Engine


def open_engine(config: Config) -> Engine:
    """The engine that the settings name. Raises UsageError where something that it needs is not installed."""
    if config.engine == "spark":
        from backbeat.engines.spark import Spark

        return Spark(config)
    from backbeat.engines.duckdb import DuckDB

    return DuckDB(config)


__all__ = ["Engine", "open_engine"]
