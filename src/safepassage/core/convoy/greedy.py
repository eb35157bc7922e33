"""The first feasible plan: every group once, most value for its time first."""

from __future__ import annotations

import numpy as np

from safepassage.core.convoy.arrays import Data, Ints, Saved, State
from safepassage.core.convoy.kernel import inner
from safepassage.core.convoy.moves import insert, remember


@inner
def insert_in_order(d: Data, s: State, b: Saved, order: Ints) -> None:
    """Plan the groups one after the other at their cheapest place."""
    remember(d, s, b)
    for g in order:
        if s.member[g].trip < 0:
            insert(d, s, b, g, 0.0, 1.0)


def by_density(data: Data) -> Ints:
    """Return the groups by value for each second at stops and crossing, most first."""
    group = data.group
    takes = 1.0 + data.stop_s[0] + group["board"] + group["alight"] + data.screen.min(axis=0)
    return np.argsort(-group["value"] / takes, kind="stable").astype(np.int64)
