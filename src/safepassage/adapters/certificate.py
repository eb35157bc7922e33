"""A certificate of a bound as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from safepassage.adapters.json_document import DocumentKind
from safepassage.core.convoy.certificate import Certificate, DutyHints, WindowPrices
from safepassage.errors import Finding, VersionError

CERTIFICATE_VERSION = "1.0"

_T = TypeVar("_T")

CERTIFICATE_FILE = DocumentKind(
    "certificate", "certificate", "what 'safepassage bound --certificate' wrote", "05-convoy §64"
)


def certificate_to_json(certificate: Certificate) -> str:
    """Return canonical JSON: sorted keys, one line for each field, a newline at the end."""
    document = {"certificate_version": CERTIFICATE_VERSION, **asdict(certificate)}
    rows = [
        f'  "{key}": {json.dumps(document[key], ensure_ascii=False, sort_keys=True)}'
        for key in sorted(document)
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def read_certificate(path: Path) -> Certificate:
    """Read a certificate.

    Raises
    ------
    VersionError
        If it was written in another version of the format.
    InputError
        If it cannot be read; the message names the field.
    """
    return parse_certificate(CERTIFICATE_FILE.read(path), path.name)


def parse_certificate(text: str, name: str = "certificate.json") -> Certificate:
    """Return the certificate that `text` holds; see :func:`read_certificate`."""
    document = CERTIFICATE_FILE.parse(text, name)
    version = document.get("certificate_version")
    if version != CERTIFICATE_VERSION:
        sentence = (
            f"the certificate's format is version {version!r}; this version of safepassage reads "
            f"{CERTIFICATE_VERSION!r}. Run 'safepassage bound' again on the scenario."
        )
        raise VersionError(Finding(sentence, name, column="certificate_version"))
    return _Reader(name).certificate(document)


class _Reader:
    """Takes a document apart; every wrong value is refused by the name of its field."""

    def __init__(self, name: str) -> None:
        self.name = name

    def certificate(self, document: dict[str, Any]) -> Certificate:
        return Certificate(
            level=self.text(document, "level"),
            value=self.whole(document.get("value"), "value"),
            scenario_digest=self.text(document, "scenario_digest"),
            problem_digest=self.text(document, "problem_digest"),
            cell_s=self.whole(document.get("cell_s"), "cell_s"),
            groups=self.each(document, "groups", self.whole),
            rooms=self.each(document, "rooms", self.pair),
            windows=self.each(document, "windows", self.window),
            hints=self.each(document, "hints", self.hint),
        )

    def window(self, value: Any, field: str) -> WindowPrices:
        row = self.record(value, field)
        return WindowPrices(
            window_id=self.text(row, "window_id", field),
            edges_s=self.each(row, "edges_s", self.whole, field),
            lane=self.each(row, "lane", self.whole, field),
            onward=self.whole(row.get("onward"), f"{field}.onward"),
        )

    def hint(self, value: Any, field: str) -> DutyHints:
        row = self.record(value, field)
        return DutyHints(
            duties=self.each(row, "duties", self.duty, field),
            rates=self.each(row, "rates", self.whole, field),
            near=self.each(row, "near", self.wholes, field),
        )

    def record(self, value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise CERTIFICATE_FILE.refuse(self.name, "an object is needed", field)
        return value

    def text(self, row: dict[str, Any], key: str, field: str = "") -> str:
        value = row.get(key)
        if not isinstance(value, str):
            raise CERTIFICATE_FILE.refuse(self.name, "a text is needed", _join(field, key))
        return value

    def whole(self, value: Any, field: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise CERTIFICATE_FILE.refuse(self.name, "a whole number is needed", field)
        return value

    def wholes(self, value: Any, field: str) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise CERTIFICATE_FILE.refuse(self.name, "a list is needed", field)
        return tuple(self.whole(one, f"{field}[{i}]") for i, one in enumerate(value))

    def pair(self, value: Any, field: str) -> tuple[int, int]:
        found = self.wholes(value, field)
        if len(found) != 2:
            raise CERTIFICATE_FILE.refuse(self.name, "two numbers are needed", field)
        return found[0], found[1]

    def duty(self, value: Any, field: str) -> tuple[str, str]:
        if not (
            isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)
        ):
            raise CERTIFICATE_FILE.refuse(self.name, "a vehicle and a window are needed", field)
        return str(value[0]), str(value[1])

    def each(
        self, row: dict[str, Any], key: str, read: Callable[[Any, str], _T], field: str = ""
    ) -> tuple[_T, ...]:
        value, where = row.get(key), _join(field, key)
        if not isinstance(value, list):
            raise CERTIFICATE_FILE.refuse(self.name, "a list is needed", where)
        return tuple(read(one, f"{where}[{i}]") for i, one in enumerate(value))


def _join(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key
