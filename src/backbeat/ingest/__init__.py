"""Raw parquet → silver: typed, valid, deduplicated rows; the rest in quarantine."""

from backbeat.ingest.run import Taken, ingest

__all__ = ["Taken", "ingest"]
