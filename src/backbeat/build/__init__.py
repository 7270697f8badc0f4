"""Silver → gold: one table, one question. Only what changed is computed again, and checked before it is published."""

from backbeat.build.run import Built, build

__all__ = ["Built", "build"]
