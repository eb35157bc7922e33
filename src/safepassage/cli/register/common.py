"""What the commands on a register store share: options, and opening the store."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safepassage.errors import Finding, InputError, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.store import RegisterStore

PASSPHRASE_VARIABLE = "SAFEPASSAGE_PASSPHRASE"  # noqa: S105 - the variable's name, no passphrase
OTHER_VARIABLE = "SAFEPASSAGE_OTHER_PASSPHRASE"
_BESIDE_A_STORE = ("-journal", "-wal", "-shm", ".linked", ".tokens", ".keys")
"""What SQLite, the last linkage and the key ring add to a store's name."""
LEAST_PASSPHRASE = 12
"""Characters; Argon2id makes each guess cost about a tenth of a second."""

StoreOption = Annotated[
    Path,
    typer.Option(
        "--register", metavar="STORE", envvar="SAFEPASSAGE_REGISTER", help="The register store."
    ),
]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys", metavar="FILE", help="The key ring, if it is not STORE.keys: on a stick, say."
    ),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="File with the passphrase, or the key file, that opens the key ring. Otherwise "
        f"{PASSPHRASE_VARIABLE} is taken, or you are asked.",
    ),
]
OverwriteOption = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace files of an earlier run. A store, a key or an encrypted file never is.",
    ),
]
ByOption = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="ROLE",
        envvar="SAFEPASSAGE_BY",
        help="Who does this: a role or staff token, no name.",
    ),
]


def open_store(
    path: Path, keys_option: Path | None = None, passphrase_file: Path | None = None
) -> RegisterStore:
    """Open a register store, asking for the passphrase if need be.

    Raises
    ------
    UsageError
        If there is no passphrase and no terminal to ask at.
    InputError
        If the store cannot be opened; see :meth:`RegisterStore.open`.
    """
    from safepassage.adapters.store import Keys, RegisterStore

    if not path.is_file():
        message = "the register store is not there; 'safepassage register new' makes one."
        raise InputError(Finding(message, str(path)))
    ring = ring_of(path, keys_option)
    return RegisterStore.open(
        path, Keys(ring, passphrase(passphrase_file, f"Passphrase of {ring}"))
    )


def ring_of(path: Path, keys_option: Path | None) -> Path:
    """Return where a store's key ring lies."""
    return keys_option or path.with_name(f"{path.name}.keys")


def require_free(
    targets: Iterable[Path],
    *,
    overwrite: bool,
    register: Path | None = None,
    keys: Path | None = None,
    passphrase_file: Path | None = None,
    inputs: Iterable[Path | None] = (),
) -> None:
    """Refuse to write over the store, what opens it, an input, or any file without --overwrite.

    Raises
    ------
    UsageError
        Before anything is done; see :func:`safepassage.adapters.outgoing.require_free`.
    """
    from safepassage.adapters import outgoing

    kept = [each for each in (passphrase_file, *inputs) if each]
    if register:
        beside = [register.with_name(f"{register.name}{each}") for each in _BESIDE_A_STORE]
        kept += [register, ring_of(register, keys), *beside]
    outgoing.require_free(targets, kept, overwrite=overwrite)


def open_other(path: Path, keys_option: Path | None, passphrase_file: Path | None) -> RegisterStore:
    """Open another registrar's store, under a passphrase of its own or the same one.

    Raises
    ------
    UsageError, InputError
        As :func:`open_store` does.
    """
    from safepassage.adapters.store import Keys, RegisterStore

    ring = ring_of(path, keys_option)
    secret = passphrase(
        passphrase_file, f"Passphrase of {ring}", variables=(OTHER_VARIABLE, PASSPHRASE_VARIABLE)
    )
    return RegisterStore.open(path, Keys(ring, secret))


def strong(secret: str) -> str:
    """Return a new passphrase if it is long enough to stand against guessing.

    Raises
    ------
    UsageError
        If it is shorter than :data:`LEAST_PASSPHRASE` characters.
    """
    from safepassage.adapters.store.unlock import kind_of

    if kind_of(secret) == "passphrase" and len(secret) < LEAST_PASSPHRASE:
        raise UsageError(
            f"The passphrase has {len(secret)} characters; at least {LEAST_PASSPHRASE} are needed. "
            "Five words that do not belong together are good."
        )
    return secret


def passphrase(
    file: Path | None,
    question: str,
    *,
    variables: Sequence[str] = (PASSPHRASE_VARIABLE,),
    confirm: bool = False,
) -> str:
    """Return what opens a key ring: from a file, the environment, or asked at the terminal.

    Raises
    ------
    UsageError
        If there is none of these, or it is empty.
    InputError
        If the file is no text.
    """
    if file is not None:
        found = _from_file(file)
    elif given := [os.environ[each] for each in variables if os.environ.get(each)]:
        found = given[0]
    elif sys.stdin.isatty():
        found = typer.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    else:
        raise UsageError(
            f"Say --passphrase-file FILE or set {variables[0]}; there is nobody to ask."
        )
    if not found:
        raise UsageError("The passphrase is empty.")
    return found


def now() -> str:
    """Return this moment as entries are dated."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _from_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = "a passphrase or key file is text in UTF-8."
        raise InputError(Finding(message, str(file))) from error
