"""The encrypted register store and its key ring (docs/spec/01a-store.md)."""

from safepassage.adapters.store.backup import Opener, Restored, is_backup, write_backup
from safepassage.adapters.store.backup import restore as restore_store
from safepassage.adapters.store.exchange import Absorbed, absorb, copy_store
from safepassage.adapters.store.keeping import due, erase, rekey
from safepassage.adapters.store.store import RegisterStore
from safepassage.adapters.store.unlock import KdfSettings, Keys, new_key_file_text

__all__ = [
    "Absorbed",
    "KdfSettings",
    "Keys",
    "Opener",
    "RegisterStore",
    "Restored",
    "absorb",
    "copy_store",
    "due",
    "erase",
    "is_backup",
    "new_key_file_text",
    "rekey",
    "restore_store",
    "write_backup",
]
