"""Series → what is unusual, and who is told."""

from backbeat.alert.detect import detect

__all__ = ["detect"]
