"""Texts in English, Ukrainian and Russian, whatever language the machine is set to.

The message in the code is the English text. ``locale/<language>/LC_MESSAGES/safepassage.po`` holds
the translations and is what people edit; the compiled ``.mo`` beside it is committed, so that
nothing has to be built on a user's machine. After an edit run
``python -m safepassage.adapters.i18n``.
"""

from __future__ import annotations

import ast
import gettext
import struct
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parent / "locale"
DOMAIN = "safepassage"
LANGUAGES = ("en", "uk", "ru")
"""Languages that every document can be written in; English is the language of the messages."""

LANGUAGE_NAMES = {"en": "English", "uk": "Українська", "ru": "Русский"}


@cache
def translator(language: str) -> Callable[[str], str]:
    """Return the function that puts an English message into a language.

    Parameters
    ----------
    language
        BCP 47 tag; only its first part counts. A language without a catalogue, and a message
        that a catalogue does not know, give the English text.

    Examples
    --------
    >>> translator("uk")("Humanitarian corridor")
    'Гуманітарний коридор'
    >>> translator("en")("Humanitarian corridor")
    'Humanitarian corridor'
    """
    tag = language.split("-")[0].lower()
    path = catalogue_path(tag, ".mo")
    if tag not in LANGUAGES or not path.exists():
        return gettext.NullTranslations().gettext
    with path.open("rb") as file:
        return gettext.GNUTranslations(file).gettext


def catalogue_path(language: str, suffix: str) -> Path:
    """Return where a language's catalogue lies, ``.po`` or ``.mo``."""
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}{suffix}"


def read_po(text: str) -> dict[str, str]:
    """Read the messages of a ``.po`` file: plain ``msgid`` and ``msgstr`` pairs, no plurals.

    Raises
    ------
    ValueError
        If a message stands twice or a line is neither a comment nor part of a message.
    """
    messages: dict[str, str] = {}
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("#")]
        if not lines:
            continue
        key, value = _po_pair(lines)
        if key in messages:
            raise ValueError(f"the message {key!r} stands twice")
        messages[key] = value
    return messages


def _po_pair(lines: list[str]) -> tuple[str, str]:
    parts: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith(("msgid ", "msgstr ")):
            name, line = line.split(" ", 1)
        if not name or not line.startswith('"'):
            raise ValueError(f"the line {line!r} is no part of a message")
        parts[name] = parts.get(name, "") + str(ast.literal_eval(line))
    return parts["msgid"], parts["msgstr"]


def compile_mo(messages: Mapping[str, str]) -> bytes:
    """Return the bytes of a ``.mo`` file (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted((k.encode(), v.encode()) for k, v in messages.items() if v or not k)
    header_size, row = 28, 8
    offset = header_size + 2 * row * len(pairs)
    tables, data = [], b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(data)))
            data += pair[column] + b"\x00"
    header = struct.pack(
        "<IIIIIII",
        0x950412DE,
        0,
        len(pairs),
        header_size,
        header_size + row * len(pairs),
        0,
        offset,
    )
    return header + b"".join(tables) + data


def compile_catalogues() -> tuple[Path, ...]:
    """Compile every ``.po`` file of the package and return the ``.mo`` files written."""
    written = []
    for source in sorted(LOCALE_FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(compile_mo(read_po(source.read_text(encoding="utf-8"))))
        written.append(target)
    return tuple(written)


if __name__ == "__main__":
    compile_catalogues()
