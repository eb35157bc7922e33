"""Seeded draws, split into named streams so that one more draw here changes nothing there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import TypeVar
from zlib import crc32

import numpy as np

T = TypeVar("T")

_NORMAL = NormalDist()


class Dice:
    """Random draws that are the same on every machine for the same seed and stream name.

    Only the raw 64-bit output of PCG64 is used, which numpy promises not to change (its
    distributions it may); everything else is computed here.

    Parameters
    ----------
    seed
        Any non-negative integer.
    *stream
        Names of the stream, e.g. ``"lists", "callback"``.
    """

    def __init__(self, seed: int, *stream: str) -> None:
        words = [crc32(name.encode()) for name in stream]
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, *words]))

    def uniform(self) -> float:
        """Return a float in [0, 1) with 53 random bits."""
        return (int(self._bits.random_raw()) >> 11) / 9007199254740992.0

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.uniform() < probability

    def between(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both inclusive."""
        return low + int(self.uniform() * (high - low + 1))

    def normal(self) -> float:
        """Return a standard normal deviate (by inverting its distribution function)."""
        return _NORMAL.inv_cdf(min(max(self.uniform(), 1e-12), 1 - 1e-12))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`, all equally likely."""
        return options[int(self.uniform() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of `options` in proportion to its weight."""
        cumulative = list(accumulate(weights))
        target = self.uniform() * cumulative[-1]
        return next(
            option for option, edge in zip(options, cumulative, strict=True) if target < edge
        )

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        order = sorted((self.uniform(), index) for index in range(len(items)))
        return [items[index] for _, index in order]

    def logit_chance(self, logit: float) -> bool:
        """Return True with the probability whose log-odds are `logit`."""
        return self.chance(expit(logit))


def expit(logit: float) -> float:
    """Return the probability with these log-odds."""
    return 1 / (1 + math.exp(-logit))


def logit(probability: float) -> float:
    """Return the log-odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1 - probability))
