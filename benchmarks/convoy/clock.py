"""CPU time as the budget: a busy machine then costs nobody anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CpuClock:
    """Counts this process's CPU seconds from its making.

    Parameters
    ----------
    budget_s
        CPU seconds after which `expired` is true.
    """

    def __init__(self, budget_s: float) -> None:
        self.budget_s = budget_s
        self._started = time.process_time()

    @property
    def spent_s(self) -> float:
        """CPU seconds since the clock was made."""
        return time.process_time() - self._started

    @property
    def left_s(self) -> float:
        """CPU seconds left, never negative."""
        return max(0.0, self.budget_s - self.spent_s)

    @property
    def expired(self) -> bool:
        """Whether the budget is used up."""
        return self.spent_s >= self.budget_s

    @property
    def share(self) -> float:
        """Share of the budget used."""
        return self.spent_s / self.budget_s


@contextmanager
def stop_when_expired(clock: CpuClock, stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` from another thread once the clock has expired, for solvers that block."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            if clock.expired:
                # Again and again: a call before the solver has started would be lost.
                stop()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
