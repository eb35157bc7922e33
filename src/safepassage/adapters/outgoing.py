"""Files that leave the register: readable by their owner only, encrypted to others if asked for.

What is written is never written over what somebody may still need: see :func:`require_free`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from safepassage.adapters.store.files import replace_file
from safepassage.errors import UsageError

ENCRYPTED_SUFFIX = ".age"
OVERWRITE = "--overwrite"
"""What the sentences name as the way to replace an earlier file."""

_READ_BYTES = 4096
_BEGINS = (
    (b"SQLite format 3\0", "a register store or another database"),
    (b'{"safepassage_keys":', "a key ring"),
    (b"SAFEPASSAGE-KEY-1:", "a key file"),
    (b"age-encryption.org/v1", "encrypted, a backup perhaps"),
    (b"-----BEGIN", "a key, or encrypted"),
)
_HOLDS = ((b"AGE-SECRET-KEY-", "a key"),)


def write_outgoing(path: Path, content: bytes, recipients: Sequence[str] = ()) -> Path:
    """Write a file whole or not at all, and return where it is.

    Parameters
    ----------
    path
        Its folder is made if needed. With recipients ``.age`` is added to a name without it.
        An earlier file is replaced, unless :func:`what_it_is` knows it for a store or a key.
    recipients
        Public keys (``age1…``). With any, only they can read the file, and the clear text never
        touches a disk.

    Raises
    ------
    UsageError
        If a recipient is no age public key, or the file there is a store, a key or encrypted.
    """
    if recipients:
        content = _encrypted(content, recipients)
    path = outgoing_path(path, recipients)
    _require_nothing_precious(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return path


def outgoing_path(path: Path, recipients: Sequence[str] = ()) -> Path:
    """Return where :func:`write_outgoing` writes."""
    if not recipients or path.suffix == ENCRYPTED_SUFFIX:
        return path
    return Path(f"{path}{ENCRYPTED_SUFFIX}")


def require_free(
    targets: Iterable[Path], kept: Iterable[Path] = (), *, overwrite: bool = False
) -> None:
    """Refuse to write over what somebody may still need, before anything is done.

    Parameters
    ----------
    targets
        Files that are going to be written.
    kept
        What the command reads or lives by, there or not: never written over.
    overwrite
        Earlier files may be replaced; never `kept`, and never a store, a key ring, a key, or
        anything encrypted, whose content might be lost for good.

    Raises
    ------
    UsageError
        Naming the first such file, or two targets that are one file.
    """
    needed = list(kept)
    seen: set[Path] = set()
    for target in targets:
        if any(_is_same(target, each) for each in needed):
            raise UsageError(
                f"{target} is what this command reads or opens the register with; it is never "
                "written over. Choose another name."
            )
        _require_nothing_precious(target)
        if target.is_symlink() or (target.exists() and not overwrite):
            how = "" if target.is_symlink() else f", or say {OVERWRITE} to replace it"
            raise UsageError(f"{target} exists; nothing was written. Choose another name{how}.")
        if target.resolve() in seen:
            raise UsageError(f"{target} is named for two files; choose two names.")
        seen.add(target.resolve())


def what_it_is(path: Path) -> str:
    """Return what a file is whose loss could not be made good, by its first bytes; else ``""``."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(_READ_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    found = [what for mark, what in _BEGINS if head.startswith(mark)]
    found += [what for mark, what in _HOLDS if mark in head]
    return next(iter(found), "")


def _require_nothing_precious(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file.")
    if what := what_it_is(path):
        raise UsageError(
            f"{path} is {what}; that is never written over. Choose another name, or remove it "
            "yourself if nobody needs it."
        )


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _encrypted(content: bytes, recipients: Sequence[str]) -> bytes:
    import pyrage

    try:
        keys = [pyrage.x25519.Recipient.from_str(each.strip()) for each in recipients]
    except pyrage.RecipientError as error:
        raise UsageError(
            "a recipient is an age public key (age1…), as age-keygen shows."
        ) from error
    return bytes(pyrage.encrypt(content, keys))
