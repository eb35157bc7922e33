"""Add a closure to a scenario on disk, and nothing else: every other row stays as it stands."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from safepassage.core.corridor.types import Closure, WhatIf
from safepassage.errors import Finding, InputError, UsageError
from safepassage.scenario.areas_writer import write_closures
from safepassage.scenario.package import PACKAGE_FILE
from safepassage.scenario.reader import read_scenario
from safepassage.scenario.schema import CLOSURES, WHAT_IFS
from safepassage.scenario.strict_json import loads

_DELIMITERS: Final = ",;\t"
Json = dict[str, Any]


def add_closure(folder: Path, closure: Closure, what_if: WhatIf | None = None) -> tuple[str, ...]:
    """Add a closure to a scenario, and the what-if that it belongs to if that is new.

    The scenario is read again afterwards; where the closure is not found in it as it was given,
    every file is put back and the reason is raised.

    Parameters
    ----------
    what_if
        Added to ``what_ifs.csv``; None where the closure is a fact or its what-if is there.

    Returns
    -------
    The files that were written, relative to the folder.

    Raises
    ------
    UsageError
        If the id is taken.
    InputError
        If a file cannot be read, or the closure cannot be read back.
    """
    package = _Package(folder, _load(folder / PACKAGE_FILE))
    path = package.path_of(CLOSURES.name, CLOSURES.path)
    written = {path: _with_feature(folder / path, closure)}
    if what_if is not None:
        questions = package.path_of(WHAT_IFS.name, WHAT_IFS.path)
        written[questions] = _with_row(folder / questions, what_if)
    if package.changed:
        written[PACKAGE_FILE] = package.text()
    before = {name: _bytes(folder / name) for name in written}
    for name, text in written.items():
        _replace(folder / name, text.encode())
    try:
        _check(folder, closure)
    except (InputError, UsageError):
        for name, content in before.items():
            _put_back(folder / name, content)
        raise
    return tuple(written)


@dataclass(slots=True)
class _Package:
    """The package file, to which resources may be added."""

    folder: Path
    document: Json
    changed: bool = False

    def path_of(self, name: str, default: str) -> str:
        """Return where a resource stands; one that is not listed is added."""
        resources = self.document.setdefault("resources", [])
        for one in resources:
            if isinstance(one, dict) and one.get("name") == name:
                return str(one.get("path", default))
        if (self.folder / default).exists():
            message = "is in the folder but not listed in datapackage.json; list it or take it away"
            raise InputError(Finding(f"{message}.", file=default))
        resources.append({"name": name, "path": default})
        self.changed = True
        return default

    def text(self) -> str:
        """Return the file's new content."""
        return json.dumps(self.document, ensure_ascii=False, indent=2) + "\n"


def _load(path: Path) -> Json:
    try:
        document = loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(Finding("cannot be read as JSON.", file=path.name)) from error
    if not isinstance(document, dict):
        raise InputError(Finding("is no JSON object.", file=path.name))
    return document


def _with_feature(path: Path, closure: Closure) -> str:
    """Return the collection with the closure as its last feature."""
    with TemporaryDirectory() as scratch:
        alone = Path(scratch) / "one.geojson"
        write_closures(alone, [closure])
        text = alone.read_text(encoding="utf-8")
    if not path.exists():
        return text
    document = _load(path)
    features = document.get("features")
    if not isinstance(features, list):
        raise InputError(Finding("is no GeoJSON FeatureCollection.", file=path.name))
    taken = [_id_of(feature) for feature in features]
    if closure.closure_id in taken:
        raise UsageError(f"There is a closure '{closure.closure_id}' already; give another --id.")
    features = [*features, *json.loads(text)["features"]]
    head = {key: value for key, value in document.items() if key != "features"}
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    body = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{opening}, "features": [\n{body}\n]}}\n'


def _id_of(feature: Any) -> Any:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties.get("closure_id") if isinstance(properties, dict) else None


def _with_row(path: Path, what_if: WhatIf) -> str:
    """Return the table with the what-if as its last row, in the table's own form."""
    row = {
        "what_if": what_if.what_if,
        "title": what_if.title,
        "entered_by": what_if.entered_by,
        "entered_on": what_if.entered_on,
    }
    text = path.read_text(encoding="utf-8-sig") if path.exists() else f"{','.join(row)}\n"
    header = text.splitlines()[0]
    delimiter = max(_DELIMITERS, key=header.count)
    columns = next(csv.reader([header], delimiter=delimiter))
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(
        [row.get(column, "") for column in columns]
    )
    return text + ("" if text.endswith("\n") else "\n") + line.getvalue()


def _check(folder: Path, closure: Closure) -> None:
    """Refuse what cannot be read back as it was given."""
    read = read_scenario(folder)
    if closure in read.scenario.closures:
        return
    about = [found for found in read.findings if found.file.endswith(CLOSURES.path)]
    raise InputError(about or Finding("the closure could not be read back.", file=CLOSURES.path))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_bytes(content)
    scratch.replace(path)
