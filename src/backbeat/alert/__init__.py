"""Series → what is unusual, and who is told."""

from backbeat.alert.detect import detect
from backbeat.alert.refresh import Refreshed, refresh

__all__ = ["Refreshed", "detect", "refresh"]
