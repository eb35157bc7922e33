"""What an exercise really holds, kept apart from what the lists say."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safepassage.exercises.lists import GeneratedList, capture_histories, reached_by
from safepassage.exercises.people import Truth
from safepassage.scenario.package import PACKAGE_FILE


@dataclass(frozen=True, slots=True, eq=False)
class ExerciseTruth:
    """The truth behind a scenario that was written.

    Parameters
    ----------
    people
        Everybody, exactly.
    lists
        The lists as written, with the person behind each row.
    """

    people: Truth
    lists: tuple[GeneratedList, ...]

    @property
    def person_of_record(self) -> dict[str, str]:
        """``"<list_id>:<row>"`` (the header being row 1) to the true person id."""
        return {
            record: person
            for item in self.lists
            for record, person in zip(item.record_ids(), item.person_ids, strict=True)
        }

    @property
    def population(self) -> int:
        """Persons present in the area."""
        return self.people.population

    @property
    def records(self) -> int:
        """Rows on all lists together."""
        return sum(len(item.rows) for item in self.lists)

    @property
    def listed(self) -> frozenset[str]:
        """Persons present in the area who stand on at least one list."""
        on_a_list = {person for item in self.lists for person in item.person_ids}
        present = {person.person_id for person in self.people.persons if person.present}
        return frozenset(on_a_list & present)

    @property
    def histories(self) -> dict[tuple[int, ...], int]:
        """Persons present by the lists that they are truly on; all zero: on none."""
        return capture_histories(self.people, reached_by(self.lists))


def write_truth(truth: ExerciseTruth, folder: Path) -> None:
    """Write the truth as ``records.csv`` and ``persons.csv``, outside every scenario folder.

    Parameters
    ----------
    folder
        Made if absent.

    Raises
    ------
    ValueError
        If `folder` lies in a scenario: whoever reads the scenario must not see the answer.
    """
    for parent in (folder.absolute(), *folder.absolute().parents):
        if (parent / PACKAGE_FILE).exists():
            raise ValueError("the truth of an exercise may not be written into a scenario folder")
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "records.csv",
        ("record_id", "person_id"),
        sorted(truth.person_of_record.items()),
    )
    _write(folder / "persons.csv", _PERSON_COLUMNS, _person_rows(truth))


_PERSON_COLUMNS = (
    "person_id", "household_id", "place_id", "sex", "birth", "present", "listed",
    "choice", "consent", "needs",
)  # fmt: skip


def _person_rows(truth: ExerciseTruth) -> list[tuple[str, ...]]:
    listed = truth.listed
    return [
        (
            person.person_id,
            person.household_id,
            person.stay,
            person.sex.value,
            person.birth.isoformat(),
            "yes" if person.present else "no",
            "yes" if person.person_id in listed else "no",
            person.choice.value,
            person.consent.value,
            ";".join(sorted(need.value for need in person.needs)),
        )
        for person in truth.people.persons
    ]


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
