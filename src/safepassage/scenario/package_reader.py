"""Read ``datapackage.json`` and find the files of the scenario (00-scenario §1-§3, §6, §7)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from safepassage.core.register.types import ConsentQuestion, ListRecord
from safepassage.errors import Finding, ScenarioError, VersionError
from safepassage.scenario.cells import CellError, is_id, one_line, parse_cell
from safepassage.scenario.head import PackageNotes, package_finding, read_header, seen_title
from safepassage.scenario.package import (
    EXTRACT_SUFFIXES,
    LIST_PREFIX,
    OTHER_RESOURCES,
    PACKAGE_FILE,
    ROAD_TABLES,
    PackageFiles,
    PackageHeader,
)
from safepassage.scenario.schema import (
    CARRIED_PREFIX,
    RESOURCES,
    Column,
)
from safepassage.scenario.strict_json import TwinFieldError, loads
from safepassage.scenario.types import SCHEMA_VERSION, SourceList

STANDARD_COLUMNS = (
    *(
        name
        for name in ListRecord.__dataclass_fields__
        if name not in {"record_id", "list_id", "row", "extra"}
    ),
    "age",
    *(f"consent_{question.value}" for question in ConsentQuestion),
)
"""What a column of a list can be mapped to."""

_LONGEST_PATH = 200
_LONGEST_SHOWN = 60
_OURS = frozenset({"profile", "name", "title", "resources", "safepassage"})


@dataclass(frozen=True, slots=True)
class Package:
    """``datapackage.json`` as read, with its findings."""

    header: PackageHeader
    files: PackageFiles
    findings: tuple[Finding, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file that belongs to the scenario beside ``datapackage.json``."""
        return listed_paths(self.header, self.files)


def read_package(folder: Path) -> Package:
    """Read the head of a scenario and check that every listed file is there.

    Raises
    ------
    ScenarioError
        If there is no folder or package, or the head or a listed file is missing.
    VersionError
        If the scenario was written in another version of the schema.
    """
    document = _load(folder)
    notes = PackageNotes()
    head = document["safepassage"]
    _check_version(head)
    header = read_header(document, head, notes)
    files = _read_files(document, header, notes)
    _check_files(folder, header, files, notes)
    if notes.fatal or header is None:
        raise ScenarioError([*notes.fatal, *notes.others])
    return Package(header, files, tuple(notes.others))


def _fail(message: str, rule: int, file: str = PACKAGE_FILE) -> NoReturn:
    raise ScenarioError(Finding(message, file, rule=f"00-scenario §{rule}"))


def _load(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        _fail(
            "is not a folder; a scenario is a folder with a datapackage.json in it", 3, str(folder)
        )
    path = folder / PACKAGE_FILE
    if not path.is_file():
        _fail(f"holds no {PACKAGE_FILE}, so it is not a scenario", 3, str(folder))
    try:
        document = loads(path.read_bytes().decode("utf-8-sig"))
    except TwinFieldError as error:
        _fail(f"names the field '{error}' twice in one object; keep one of the two", 3)
    except (ValueError, RecursionError) as error:
        place = (
            f"line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else "its encoding or nesting"
        )
        _fail(f"is not JSON in UTF-8; look at {place}", 3)
    if not isinstance(document, dict) or not isinstance(document.get("safepassage"), dict):
        _fail("has no object 'safepassage', so it is not a scenario of safepassage", 3)
    return document


def _check_version(head: Mapping[str, Any]) -> None:
    found = head.get("schema_version")
    match = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", str(found))
    if match is None:
        _fail(f"'schema_version' is {found!r}; accepted: a version such as '{SCHEMA_VERSION}'", 2)
    version = (int(match[1]), int(match[2]))
    ours = tuple(int(part) for part in SCHEMA_VERSION.split("."))
    if version > ours:
        advice = "update safepassage, or write the scenario again in that version"
    elif version[0] < ours[0]:
        advice = "open it with the safepassage that wrote it and write it again in this version"
    else:
        return
    message = f"the scenario has schema version {found} and this safepassage reads {SCHEMA_VERSION}"
    raise VersionError(package_finding(f"{message}: {advice}", 2))


def _read_files(
    document: Mapping[str, Any], header: PackageHeader | None, notes: PackageNotes
) -> PackageFiles:
    resources = document.get("resources")
    if not isinstance(resources, list):
        notes.stop("has no list 'resources', which names the files of the scenario", 1)
        resources = []
    paths: dict[str, str] = {}
    lists: list[SourceList] = []
    carried = [
        (name, json.dumps(value, ensure_ascii=False))
        for name, value in document.items()
        if name not in _OURS
    ]
    for number, resource in enumerate(resources, 1):
        name = resource.get("name") if isinstance(resource, dict) else None
        if not isinstance(name, str) or not isinstance(resource.get("path"), str):
            notes.note(f"resource {number} has no 'name' or no 'path'", 1)
        elif name.startswith(CARRIED_PREFIX):
            carried.append(("resources", json.dumps(resource, ensure_ascii=False)))
        elif name.startswith(LIST_PREFIX):
            _add_list(resource, lists, notes)
        else:
            _add_path(name, resource["path"], paths, notes)
    _add_roads(header, paths, notes)
    return PackageFiles(tuple(paths.items()), tuple(lists), tuple(carried))


def _add_path(name: str, path: str, paths: dict[str, str], notes: PackageNotes) -> None:
    known = [resource.name for resource in RESOURCES] + list(OTHER_RESOURCES)
    if name not in known:
        accepted = f"{', '.join(known)}, '{LIST_PREFIX}…' for a list, 'x_…' to carry a file along"
        notes.note(f"resource '{name}' is not known and was not read; accepted: {accepted}", 1)
    elif name in paths:
        notes.note(f"resource '{name}' is listed twice; the first was read", 1)
    else:
        paths[name] = path


def _add_roads(header: PackageHeader | None, paths: dict[str, str], notes: PackageNotes) -> None:
    """List the two tables of a hand-made network where `roads` names their folder."""
    roads = header.roads if header else None
    drawn = roads is not None and not roads.path.endswith(EXTRACT_SUFFIXES)
    for name, file in ROAD_TABLES.items():
        path = f"{roads.path.rstrip('/')}/{file}" if roads and drawn else ""
        if paths.setdefault(name, path) != path:
            notes.note(f"resource '{name}' is not the {file} of 'roads.path' and was not read", 6)
            paths[name] = path
        if not paths[name]:
            del paths[name]


def _add_list(resource: Mapping[str, Any], lists: list[SourceList], notes: PackageNotes) -> None:
    ours = resource.get("safepassage")
    if not isinstance(ours, dict):
        notes.note(f"list '{resource['name']}' has no object 'safepassage' with its mapping", 7)
        return
    list_id = str(ours.get("list_id") or resource["name"].removeprefix(LIST_PREFIX))
    if not is_id(list_id):
        shown = repr(list_id[:_LONGEST_SHOWN])
        accepted = "letters, digits, '-', '_' and '.', at most 100, not beginning with '.'"
        notes.note(
            f"'list_id' {shown} is not an id; the list was not read; accepted: {accepted}", 7
        )
        return
    source = SourceList(
        list_id=list_id,
        title=seen_title(resource.get("title") or "", notes, f"list '{list_id}': "),
        path=resource["path"],
        mapping=_mapping(ours.get("mapping"), resource["name"], notes),
        compiled_by=one_line(str(ours.get("compiled_by") or "")),
        received_on=_list_date(ours, "received_on", resource["name"], notes),
        as_of=_list_date(ours, "as_of", resource["name"], notes),
        encoding=one_line(str(ours.get("encoding") or "auto")),
        delimiter=str(ours.get("delimiter") or "auto"),
        asks_choice=ours.get("asks_choice") is True,
    )
    for name in sorted(ours.keys() - SourceList.__dataclass_fields__.keys()):
        notes.note(f"list '{source.list_id}': '{name}' is not known and was not read", 7)
    if source.list_id in {other.list_id for other in lists}:
        notes.note(f"list '{source.list_id}' is listed twice; the first was read", 7)
    else:
        lists.append(source)


def _mapping(found: Any, name: str, notes: PackageNotes) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict):
        notes.note(f"list '{name}' has no 'mapping' of standard columns to its columns", 7)
        return ()
    for standard in found:
        if standard not in STANDARD_COLUMNS:
            accepted = ", ".join(STANDARD_COLUMNS)
            notes.note(
                f"list '{name}' maps '{standard}', which is not known; accepted: {accepted}", 7
            )
    return tuple(
        (standard, str(column))
        for standard, column in found.items()
        if standard in STANDARD_COLUMNS
    )


def _list_date(ours: Mapping[str, Any], key: str, name: str, notes: PackageNotes) -> str:
    try:
        return str(parse_cell(str(ours.get(key) or ""), Column(key, "date", "A date.")) or "")
    except CellError as error:
        notes.note(f"list '{name}': '{key}' {error}", 7)
        return ""


def listed_paths(header: PackageHeader | None, files: PackageFiles) -> tuple[str, ...]:
    """Return the paths of tables, lists, roads and carried files, each once."""
    listed = [path for _, path in files.paths] + [source.path for source in files.lists]
    listed += [str(json.loads(text)["path"]) for name, text in files.carried if name == "resources"]
    roads = header.roads if header else None
    if roads is not None and roads.path.endswith(EXTRACT_SUFFIXES):
        listed.append(roads.path)
    return tuple(dict.fromkeys(listed))


def _check_files(
    folder: Path, header: PackageHeader | None, files: PackageFiles, notes: PackageNotes
) -> None:
    listed = listed_paths(header, files)
    for path in listed:
        _check_file(folder, path, notes)
    _check_unlisted(folder, frozenset(listed), notes)


def _check_file(folder: Path, path: str, notes: PackageNotes) -> None:
    pure = PurePosixPath(path)
    outside = pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path
    if outside or not path.isprintable() or len(path) > _LONGEST_PATH:
        shown = repr(path[:_LONGEST_SHOWN])
        notes.stop(f"lists {shown}; accepted: a path inside the scenario folder, with '/'", 3)
    elif not (folder / path).resolve().is_relative_to(folder.resolve()):
        notes.stop(f"lists '{path}', which is a link to a place outside the folder", 3)
    elif not (folder / path).is_file():
        notes.stop(f"lists '{path}', but there is no such file in the folder", 3)


def _check_unlisted(folder: Path, listed: frozenset[str], notes: PackageNotes) -> None:
    """Name the files that look like part of the scenario and would be left out in silence."""
    usual = [resource.path for resource in RESOURCES] + list(OTHER_RESOURCES.values())
    for path in usual:
        if path not in listed and (folder / path).is_file():
            notes.note(f"does not list '{path}', which lies in the folder and was not read", 1)
