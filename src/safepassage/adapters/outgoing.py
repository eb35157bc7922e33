"""Files that leave the register: readable by their owner only, encrypted to others if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from safepassage.adapters.store.files import replace_file
from safepassage.errors import UsageError

ENCRYPTED_SUFFIX = ".age"


def write_outgoing(path: Path, content: bytes, recipients: Sequence[str] = ()) -> Path:
    """Write a file whole or not at all, and return where it is.

    Parameters
    ----------
    path
        Its folder is made if needed. With recipients ``.age`` is added to a name without it.
    recipients
        Public keys (``age1…``). With any, only they can read the file, and the clear text never
        touches a disk.

    Raises
    ------
    UsageError
        If a recipient is no age public key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if recipients:
        content = _encrypted(content, recipients)
        path = path if path.suffix == ENCRYPTED_SUFFIX else Path(f"{path}{ENCRYPTED_SUFFIX}")
    replace_file(path, content)
    return path


def _encrypted(content: bytes, recipients: Sequence[str]) -> bytes:
    import pyrage

    try:
        keys = [pyrage.x25519.Recipient.from_str(each.strip()) for each in recipients]
    except pyrage.RecipientError as error:
        raise UsageError(
            "a recipient is an age public key (age1…), as age-keygen shows."
        ) from error
    return bytes(pyrage.encrypt(content, keys))
