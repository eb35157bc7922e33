"""The encrypted register store and its key ring (docs/spec/01a-store.md)."""

from safepassage.adapters.store.store import RegisterStore
from safepassage.adapters.store.unlock import KdfSettings, Keys, new_key_file_text

__all__ = ["KdfSettings", "Keys", "RegisterStore", "new_key_file_text"]
