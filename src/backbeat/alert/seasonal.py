"""Rule `seasonal`: what is usual at this time of day and week, learnt from the past alone.

The formulas and why they are so: docs/explanation/alerts.md.
"""

from typing import Literal

import msgspec
import numpy as np

from backbeat.alert.days import DAY, SLOTS
from backbeat.alert.expert import SIGMA
from backbeat.alert.judged import JUST_BELOW, SURE, Judged
from backbeat.alert.memory import SPANS, Memory
from backbeat.alert.scale import chance_skew, is_count, scaled, skewed, unscaled, unskewed
from backbeat.alert.simple import demand

CALM, FADES = 1 / 400, 1 / 300
FEW_BREACHES = 12
AGAIN = 0.06
"""What is left of a surprise that has been said."""
MOST = 1e6
"""Evidence beyond that says no more, and its square is still a number."""
USUAL = 2.6
"""Peaks of one in 400 points say nothing new: the decimal logarithm of that."""


class Seasonal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`threshold` is how many standard deviations are too many; `min_count` what a count, or its expectation, must reach.

    Nothing is a breach in the first `warm_up_days` and `warm_up_points`; what lasts `adapt_days` is the new usual.
    """

    threshold: float = 4.2
    direction: Literal["both", "up", "down"] = "both"
    min_count: float = 5.0
    warm_up_days: float = 2.0
    warm_up_points: int = 28
    adapt_days: float = 1.0

    def __post_init__(self) -> None:
        demand(self.threshold > 0 and self.adapt_days > 0, "threshold and adapt_days above 0")
        are_sound = self.min_count >= 0 and self.warm_up_days >= 0 and self.warm_up_points >= 0
        demand(are_sound, "min_count, warm_up_days and warm_up_points of 0 or more")

    def memory(self) -> Memory:
        """What is known before the first value: nothing."""
        return Memory()

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Memory) -> Judged:
        """Judge values in order of time (local microseconds); the memory learns from each after it was judged."""
        judged = Judged.empty(len(values))
        for i, (time, value) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
            judged.put(i, *self._judge(memory, time, value))
        return judged

    def _judge(self, memory: Memory, time: int, value: float) -> tuple[float, float, float, float]:
        """Expected, lower, upper and score of one value."""
        day, place = divmod(time, DAY)
        memory.turn_to(day)
        if value == value and memory.is_count and not is_count(value):
            memory.leave_counts()
        slot = place * SLOTS // DAY
        expected, spread = memory.expected(slot)
        skew = chance_skew(expected, spread) if memory.is_count else 0.0
        below, above = (spread * unskewed(z, skew) for z in (-self.threshold, self.threshold))
        band = [unscaled(each, memory.is_count) for each in (expected, expected + below, expected + above)]
        if value != value:
            return band[0], band[1], band[2], 0.0
        score = self._score(memory, time, slot, value, (expected, spread, skew, band[0]))
        return band[0], band[1], band[2], score

    def _score(
        self, memory: Memory, time: int, slot: int, value: float, usual: tuple[float, float, float, float]
    ) -> float:
        expected, spread, skew, in_words = usual
        memory.first = time if memory.first is None else memory.first
        scaled_value = scaled(value, memory.is_count)
        memory.note(scaled_value)
        evidence = self._evidence(memory, skewed((scaled_value - expected) / spread, skew))
        counts = not memory.is_count or max(value, in_words) >= self.min_count
        is_breach = evidence >= self.threshold and counts and self._is_warm(memory, time)
        score = self._likelihood(memory, evidence, is_breach=is_breach)
        if memory.seen >= self.warm_up_points:
            memory.keep_peak(evidence)
        self._learn(memory, time, slot, scaled_value, is_breach=is_breach)
        return score

    def _evidence(self, memory: Memory, z: float) -> float:
        """How far this value, or the last few together, lie from what was expected, in standard deviations."""
        sign = {"both": 1.0 if z >= 0 else -1.0, "up": 1.0, "down": -1.0}[self.direction]
        z, most = z * sign, self.threshold
        own = min(max(z, -most), most)
        last = memory.last
        found = [z, *((own + sign * sum(last[1 - span :])) / span**0.5 for span in SPANS[1:])]
        memory.last = [*last[1:], own * sign]
        together = [each / max(1.0, usual * SIGMA) for each, usual in zip(found, memory.usual, strict=True)]
        for k, each in enumerate(found):
            memory.usual[k] += CALM * (min(abs(each), most) - memory.usual[k])
        return float(min(max(together) if z >= 1 else together[0], MOST))

    def _likelihood(self, memory: Memory, evidence: float, *, is_breach: bool) -> float:
        """Below a half: within what is usual. Above: what surprises more than what was said of late."""
        if not is_breach:
            return min(evidence**2 / (evidence**2 + self.threshold**2), JUST_BELOW) if evidence > 0 else 0.0
        beyond = max(memory.surprise(evidence) - USUAL, 0.0)
        whole = beyond / (1 + beyond)
        new = max(whole - memory.said, 0.0)
        memory.said += new
        return SURE + (1 - SURE) * max(new, AGAIN * whole)

    def _is_warm(self, memory: Memory, time: int) -> bool:
        assert memory.first is not None
        return memory.seen >= self.warm_up_points and time - memory.first >= self.warm_up_days * DAY

    def _learn(self, memory: Memory, time: int, slot: int, value: float, *, is_breach: bool) -> None:
        memory.seen += 1
        memory.said -= memory.said * FADES
        if is_breach and not self._is_new_usual(memory, time, slot, value):
            return
        if not is_breach or memory.breaches:
            memory.breached_at, memory.breaches = None, 0
        memory.learn(slot, value)

    def _is_new_usual(self, memory: Memory, time: int, slot: int, value: float) -> bool:
        memory.breached_at = time if memory.breached_at is None else memory.breached_at
        memory.breaches += 1
        if memory.breaches < FEW_BREACHES or time - memory.breached_at < self.adapt_days * DAY:
            return False
        memory.move_to(slot, value)
        return True
