"""The first feasible plan: every group once, most value for its time first."""

from __future__ import annotations

import numpy as np
from safepassage.core.convoy.kernel import entry

from safepassage.core.convoy.arrays import Data, Ints, Saved, State
from safepassage.core.convoy.moves import insert, remember


@entry
def insert_in_order(d: Data, s: State, b: Saved, order: Ints) -> None:
    """Plan the groups one after the other at their cheapest place."""
    remember(d, s, b)
    for g in order:
        if s.member[g].trip < 0:
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
    group = data.group
    takes = 1.0 + data.stop_s[0] + group["board"] + group["alight"] + data.screen.min(axis=0)
    insert_in_order(data, state, spare, np.argsort(-group["value"] / takes, kind="stable"))
