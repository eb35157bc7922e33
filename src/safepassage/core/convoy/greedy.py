"""The first feasible plan: every group once, most value for its time first."""

from __future__ import annotations

import numpy as np
from numba import njit

from safepassage.core.convoy.arrays import Data, Ints, Saved, State
from safepassage.core.convoy.moves import insert, remember


@njit(cache=True)
def insert_in_order(d: Data, s: State, b: Saved, order: Ints) -> None:
    """Plan the groups one after the other at their cheapest place."""
    remember(s, b)
    for g in order:
        if s.trip_of[g] < 0:
            insert(d, s, b, g, 0.0, 1.0)


def greedy(data: Data, state: State, spare: Saved) -> None:
    """Fill an empty state; deterministic, and feasible at every step.

    Parameters
    ----------
    state
        Changed in place.
    spare
        Memory for undoing.
    """
    takes = data.stop_s[0] + data.board + data.alight + data.screen.min(axis=0, initial=0)
    insert_in_order(data, state, spare, np.argsort(-data.value / (1.0 + takes), kind="stable"))
