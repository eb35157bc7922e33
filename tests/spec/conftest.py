"""A register store that opens at once, for the numbered rules of the register."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from safepassage.adapters.store import KdfSettings, Keys, RegisterStore

PASSPHRASE = "blue heron, seven bridges"
QUICK = KdfSettings(memory_kib=64, passes=1, lanes=1)


@pytest.fixture
def new_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RegisterStore]:
    """Make a store ``<name>.store`` with its ring beside it; commands find the passphrase."""
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("SAFEPASSAGE_BY", "clerk-1")

    def make(name: str = "register", copy: str = "") -> RegisterStore:
        path = tmp_path / f"{name}.store"
        keys = Keys(path.with_name(f"{path.name}.keys"), PASSPHRASE, QUICK)
        return RegisterStore.create(path, keys, copy)

    return make


@pytest.fixture
def store_keys() -> Callable[[Path], Keys]:
    """What opens the ring beside a store that `new_store` made."""
    return lambda path: Keys(path.with_name(f"{path.name}.keys"), PASSPHRASE, QUICK)
