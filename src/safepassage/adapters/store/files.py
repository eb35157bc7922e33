"""Files that only their owner can read, replaced as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from glob import escape
from pathlib import Path

from safepassage.errors import Finding, InputError, UsageError

OWNER_ONLY = 0o600
RANDOM_BYTES = 4
_RANDOM = "[0-9a-f]" * (2 * RANDOM_BYTES)


def create_file(path: Path, content: bytes = b"") -> None:
    """Create a file that must not exist yet, readable by its owner only.

    Raises
    ------
    UsageError
        If something of that name is there.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError as error:
        raise UsageError(f"{path} exists; nothing is overwritten. Choose another name.") from error
    try:
        _write(handle, content, path)
    except BaseException:
        path.unlink(missing_ok=True)  # half a backup looks like one
        raise
    _sync_folder(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file by new content: after a crash either the old or the new one is there whole.

    Only one process at a time may replace a file. Where `path` is a link, the file that it leads
    to is replaced: a key ring stays on the stick that it is on.
    """
    path = Path(os.path.realpath(path))
    for stale in path.parent.glob(f"{escape(path.name)}.{_RANDOM}.new"):
        stale.unlink(missing_ok=True)  # of a replacement that the machine stopped in
    beside = path.with_name(f"{path.name}.{secrets.token_hex(RANDOM_BYTES)}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        _write(handle, content, path)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def replace_and_overwrite(path: Path, content: bytes) -> None:
    """Replace a file, then write over what the old one held.

    On magnetic disks this destroys the old content. On flash memory, and on file systems that keep
    versions, remains can survive until the device uses their place again.
    """
    if os.name == "nt":  # there an open file cannot be replaced
        replace_file(path, content)
        return
    old = os.open(path, os.O_RDWR)
    try:
        replace_file(path, content)
        held = os.fstat(old)
        if held.st_nlink == 0:  # else it has another name, which somebody gave it on purpose
            os.pwrite(old, os.urandom(held.st_size), 0)
            os.fsync(old)
    finally:
        os.close(old)


def read_file(path: Path, what: str) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        If there is no such file; the sentence says `what` was looked for.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise InputError(Finding(f"{what} is not there.", str(path))) from error


def _write(handle: int, content: bytes, path: Path) -> None:
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # of a handle the system does not say which file it is
        raise OSError(error.errno, error.strerror, str(path)) from error


def _sync_folder(folder: Path) -> None:
    """Make a new name last; systems without folder handles keep it by themselves."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
