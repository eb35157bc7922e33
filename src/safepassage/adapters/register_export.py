"""The register as CSV files: tokens, lists, probabilities and reasons; names only when asked for.

A file with names and places is a targeting list. Tokens and row numbers say the same to whoever
holds the lists, and nothing to whoever finds the file (``docs/spec/01-register.md`` §43).
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safepassage.adapters.register import RegisterResult
from safepassage.adapters.register_store import LinkedStore, with_parties
from safepassage.core.register.link import person_lists
from safepassage.core.register.types import Evidence, Household, Link, ListRecord, Register
from safepassage.scenario.rejects import escape_cell, write_rejects
from safepassage.scenario.schema import HOUSEHOLDS
from safepassage.scenario.types import Scenario
from safepassage.scenario.writer import write_table

Row = Sequence[object]
FILES = ("persons.csv", "links.csv", "review.csv", "overlaps.csv", "model.json")
"""What :func:`write_register` writes into its folder, besides ``rejects``."""


def write_register(
    result: RegisterResult, lists: Sequence[str], folder: Path, *, with_names: bool = False
) -> tuple[Path, ...]:
    """Write persons, links, review queue, overlaps, model and rejects, and return their paths.

    Parameters
    ----------
    lists
        List ids, in the order of the columns of ``overlaps.csv``.
    folder
        Is made if needed; the files are readable by their owner only.
    with_names
        Adds names as written to persons and review queue.
    """
    folder.mkdir(parents=True, exist_ok=True)
    register = result.register
    name_of = _namer(register) if with_names else None
    paths = [
        _write(folder / "persons.csv", *_persons(register, name_of)),
        _write(folder / "links.csv", *_links(register, register.links, name_of)),
        _write(
            folder / "review.csv",
            *_links(register, [register.links[i] for i in register.review], name_of),
        ),
        _write(folder / "overlaps.csv", *overlaps(register, lists)),
        _model(folder / "model.json", result),
    ]
    return (*paths, *write_rejects(result.rejects, folder / "rejects"))


@dataclass(frozen=True, slots=True)
class HouseholdsWritten:
    """What went into ``households.csv``, and who could not.

    Parameters
    ----------
    without_place
        Persons of households at no place of the scenario: nobody can be picked up there.
    """

    rows: int
    persons: int
    without_place: int


def write_households(result: RegisterResult, path: Path) -> HouseholdsWritten:
    """Write the travel parties as a scenario's ``households.csv``: tokens and counts, no names.

    Parameters
    ----------
    path
        Readable by its owner only; its folder is made if needed.
    """
    placed = [party for party in result.register.travel_parties if party.place_id]
    tokens = {party.token for party in placed}
    rows = [_household_row(party, tokens) for party in placed]
    path.parent.mkdir(parents=True, exist_ok=True)
    _only_for_owner(path)
    write_table(path, HOUSEHOLDS, rows)
    everybody = sum(party.persons for party in result.register.travel_parties)
    persons = sum(party.persons for party in placed)
    return HouseholdsWritten(len(rows), persons, everybody - persons)


def hand_over(result: LinkedStore, scenario: Scenario) -> HouseholdsWritten:
    """Make the people of a store the households of a scenario, for plan, check and simulate alike.

    Writes ``households.csv`` by the scenario's planning date and priorities, and lists it in
    ``datapackage.json``; the scenario's lists are then not linked any more. Destinations that the
    scenario does not have are left out.
    """
    planned = with_parties(
        result,
        on=scenario.planning_date.date().isoformat(),
        need_priority=scenario.planning.need_priority,
    )
    places = frozenset(place.place_id for place in scenario.places)
    parties = tuple(_within(party, places) for party in planned.register.travel_parties)
    register = replace(planned.register, travel_parties=parties)
    told = write_households(replace(planned, register=register), scenario.folder / HOUSEHOLDS.path)
    _list_in_package(scenario.folder / "datapackage.json")
    return told


def _within(party: Household, places: frozenset[str]) -> Household:
    return replace(
        party,
        place_id=party.place_id if party.place_id in places else "",
        destinations=tuple(each for each in party.destinations if each in places),
    )


def _list_in_package(path: Path) -> None:
    package = json.loads(path.read_text(encoding="utf-8"))
    if any(resource.get("name") == HOUSEHOLDS.name for resource in package["resources"]):
        return
    package["resources"].append({"name": HOUSEHOLDS.name, "path": HOUSEHOLDS.path})
    beside = path.with_name(f"{path.name}.new")
    text = json.dumps(package, ensure_ascii=False, indent=2)
    beside.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    beside.replace(path)


def _household_row(party: Household, tokens: set[str]) -> dict[str, object]:
    row = {column.name: getattr(party, column.name) for column in HOUSEHOLDS.columns}
    return row | {"apart_from": party.apart_from & tokens}


def overlaps(register: Register, lists: Sequence[str]) -> tuple[list[str], list[Row]]:
    """Return header and rows of the capture table: one 0/1 column per list and the count."""
    counts = Counter(tuple(int(name in on) for name in lists) for on in person_lists(register))
    return [*lists, "count"], [
        (*history, counts[history]) for history in sorted(counts, reverse=True)
    ]


def probability_bands(links: Iterable[Link]) -> dict[str, int]:
    """Return how many links lie in each band of probability."""
    bands = (
        (0.999, "0.999 and more"),
        (0.95, "0.95 to 0.999"),
        (0.5, "0.5 to 0.95"),
        (0.0, "below 0.5"),
    )
    found = dict.fromkeys((name for _, name in bands), 0)
    for link in links:
        found[next(name for low, name in bands if link.probability >= low)] += 1
    return found


def _persons(
    register: Register, name_of: Callable[[str], str] | None
) -> tuple[list[str], list[Row]]:
    home = {p: house.household_id for house in register.households for p in house.person_ids}
    header = ["person_id", "household_id", "lists", "records", "probability"]
    rows: list[Row] = []
    for person, on in zip(register.persons, person_lists(register), strict=True):
        row = [
            person.person_id, home[person.person_id], ";".join(on), ";".join(person.record_ids),
            person.probability,
        ]  # fmt: skip
        if name_of:
            row.append(" / ".join(dict.fromkeys(map(name_of, person.record_ids))))
        rows.append(row)
    return header + (["names"] if name_of else []), rows


def _links(
    register: Register, links: Sequence[Link], name_of: Callable[[str], str] | None
) -> tuple[list[str], list[Row]]:
    owner = {r: person.person_id for person in register.persons for r in person.record_ids}
    header = ["left", "right", "left_person", "right_person", "probability", "accepted", "evidence"]
    rows: list[Row] = []
    for link in links:
        row = [
            link.left, link.right, owner[link.left], owner[link.right], link.probability,
            "yes" if link.accepted else "no", "; ".join(map(in_words, link.evidence)),
        ]  # fmt: skip
        rows.append([*row, name_of(link.left), name_of(link.right)] if name_of else row)
    return header + (["left_name", "right_name"] if name_of else []), rows


def in_words(reason: Evidence) -> str:
    """Return a reason for a reader.

    Examples
    --------
    >>> in_words(Evidence("surname", "same surname", 7.2))
    'surname: same surname (+7.2)'
    """
    return f"{reason.field}: {reason.finding} ({reason.weight_bits:+.1f})"


def _namer(register: Register) -> Callable[[str], str]:
    names = {record.record_id: _written(record) for record in register.records}
    return names.__getitem__


def _written(record: ListRecord) -> str:
    parts = (record.full_name, record.surname, record.given_name, record.patronymic)
    return " ".join(part for part in parts if part)


def _write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> Path:
    _only_for_owner(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([escape_cell(str(cell)) for cell in row] for row in rows)
    return path


def _model(path: Path, result: RegisterResult) -> Path:
    text = json.dumps(result.model, ensure_ascii=False, indent=2, sort_keys=True)
    _only_for_owner(path)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _only_for_owner(path: Path) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)  # a file from an earlier run keeps its own mode
