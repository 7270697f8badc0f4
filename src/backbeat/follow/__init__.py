"""Taking files as they come: micro-batch after micro-batch, until somebody says stop."""

from backbeat.follow.beat import Beat
from backbeat.follow.loop import Follower

__all__ = ["Beat", "Follower"]
