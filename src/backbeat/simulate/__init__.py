"""A believable listening world whose truth is known, written as the company's bucket would hold it."""

from backbeat.simulate.world import simulate

__all__ = ["simulate"]
