"""A JSON file that holds one object of ours: read strictly, and refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safepassage.errors import Finding, InputError
from safepassage.scenario.strict_json import TwinFieldError, loads

_WORDS: dict[type, str] = {
    dict: "an object", list: "a list", str: "text", int: "a whole number", float: "a number",
    bool: "true or false", type(None): "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """What a file is, for the sentences that refuse it.

    Parameters
    ----------
    what
        Its name in a sentence, e.g. ``"plan"``.
    file
        What such a file is called, e.g. ``"plan.json"``.
    give
        Where to get one, e.g. ``"the plan.json that 'safepassage plan' wrote"``.
    rule
        Paragraph of the spec that says what it holds.
    """

    what: str
    file: str
    give: str
    rule: str

    def read(self, path: Path) -> str:
        """Return the text of a file.

        Raises
        ------
        InputError
            If it is not there or cannot be read.
        """
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise self.refuse(path.name, f"there is no such file; give {self.give}") from None
        except UnicodeDecodeError:
            sentence = f"it cannot be read as UTF-8 text, which a {self.file} is"
            raise self.refuse(path.name, sentence) from None
        except OSError as error:
            raise self.refuse(path.name, f"it cannot be read ({error.strerror})") from None

    def parse(self, text: str, name: str) -> dict[str, Any]:
        """Return the object that a text holds.

        Raises
        ------
        InputError
            If it is not JSON, names a field twice, is nested too deeply or holds something else.
        """
        try:
            document = loads(text)
        except TwinFieldError as error:
            raise self.refuse(name, f"one object names the field '{error}' twice") from None
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            sentence = f"it is not JSON from {place} on; it may be cut short"
            raise self.refuse(name, sentence) from None
        except RecursionError:
            raise self.refuse(name, f"it is nested too deeply to be a {self.what}") from None
        if not isinstance(document, dict):
            found = word_of(document)
            raise self.refuse(name, f"it holds {found}, no object with a {self.what}")
        return document

    def refuse(self, name: str, message: str, field: str | None = None) -> InputError:
        """Return the error that names the file and, if there is one, the field."""
        return InputError(Finding(f"{message}.", name, column=field, rule=self.rule))


def word_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    return _WORDS.get(type(value), "something else")
