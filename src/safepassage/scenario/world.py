"""All tables of a scenario while they are being checked against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from safepassage.errors import Finding
from safepassage.scenario.package import PackageHeader
from safepassage.scenario.tables import Table, TypedRow


@dataclass(frozen=True, slots=True)
class World:
    """The tables by resource name; a resource that is not part of the package is absent."""

    header: PackageHeader
    tables: dict[str, Table]

    def rows(self, name: str) -> list[TypedRow]:
        """Return the good rows of a resource, none if it is absent."""
        return self.tables[name].rows if name in self.tables else []

    def keys(self, name: str) -> dict[object, TypedRow]:
        """Return the good rows of a resource by key, none if it is absent."""
        return self.tables[name].by_key() if name in self.tables else {}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A finding about a row, which an error sets aside."""

    resource: str
    row: int
    finding: Finding


def problem(
    world: World, resource: str, typed: TypedRow, message: str, rule: int, column: str | None = None
) -> RowProblem:
    """Return an error about a row."""
    finding = world.tables[resource].problem(message, rule, row=typed.row, column=column)
    return RowProblem(resource, typed.row, finding)


def word_meanings(world: World) -> dict[str, str]:
    """Return what each word for a settlement's holder means, by ``holder_words.csv``."""
    rows: list[Any] = [typed.values for typed in world.rows("holder_words")]
    return {values["words"]: values["means"] for values in rows}


def cell_ids(typed: TypedRow, name: str) -> tuple[Any, ...]:
    """Return the ids in a cell of one or several, empty where the cell is."""
    value = typed.values[name]
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def by_value(rows: list[TypedRow], name: str) -> Iterator[tuple[object, list[TypedRow]]]:
    """Yield each value that a column has with its rows, in order of appearance."""
    groups: dict[object, list[TypedRow]] = {}
    for typed in rows:
        if typed.values[name] is not None:
            groups.setdefault(typed.values[name], []).append(typed)
    yield from groups.items()
