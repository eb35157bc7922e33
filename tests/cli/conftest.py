"""What the commands need to open a register store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safepassage.adapters.store import RegisterStore


@pytest.fixture(name="new_store")
def _new_store(new_store_of_clerk: Callable[..., RegisterStore]) -> Callable[..., RegisterStore]:
    """Make stores that commands can open."""
    return new_store_of_clerk
