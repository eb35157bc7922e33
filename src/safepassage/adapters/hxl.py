"""How many, where, with which needs and wishes: tables with HXL hashtags, small counts hidden.

Rules: ``docs/spec/01f-export-and-ask.md`` §13 to §24. Hashtags: HXL 1.1 (hxlstandard.org). The
file has one row a place and no row of totals, since readers of HXL add rows up; the totals are
known from elsewhere, so they count as known when it is decided what must be hidden.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from safepassage.core.register.people import AgeGroup, PersonView
from safepassage.core.register.suppress import MINIMUM, Cell, Sum, Suppression, suppress
from safepassage.core.register.types import Choice, Need, Sex
from safepassage.scenario.rejects import escape_cell

ALL_PLACES = ""
SMALL_PLACES = "(small places together)"
NO_PLACE = "(place not known)"
PERSONS = "persons"
HOUSEHOLDS = "households"

SEXES = (("female", "+f"), ("male", "+m"), ("sex not known", "+sex_unknown"))
AGES = (
    ("children", "+children"), ("adults", "+adults"), ("elderly", "+elderly"),
    ("age not known", "+age_unknown"),
)  # fmt: skip
CHOICES = (
    ("want to go", "+go"), ("want to stay", "+stay"), ("undecided", "+undecided"),
    ("not asked", "+not_asked"),
)  # fmt: skip
NEEDS = tuple((f"need: {need.value.replace('_', ' ')}", f"+{need.value}") for need in Need)
_WITHOUT = "without "

_AGE_COLUMN = {
    AgeGroup.CHILD: "children", AgeGroup.ADULT: "adults", AgeGroup.OLDER: "elderly",
    AgeGroup.UNKNOWN: "age not known",
}  # fmt: skip
_CHOICE_COLUMN = {
    Choice.GO: "want to go", Choice.STAY: "want to stay", Choice.UNDECIDED: "undecided",
    Choice.NOT_ASKED: "not asked",
}  # fmt: skip
_SEX_COLUMN = {Sex.FEMALE: "female", Sex.MALE: "male"}

COLUMNS = (
    (PERSONS, "#affected"), (HOUSEHOLDS, "#affected+hh"),
    *((name, f"#affected{tag}") for name, tag in (*SEXES, *AGES, *CHOICES)),
    *((name, f"#inneed{tag}") for name, tag in NEEDS),
)  # fmt: skip
"""(head, hashtag) of every column of counts."""

_GROUPS = (SEXES, AGES, CHOICES)
_WISHES = ("want to go", "want to stay", "undecided")


@dataclass(frozen=True, slots=True)
class HxlTable:
    """Counts by place, with what is not shown of them.

    Parameters
    ----------
    rows
        Names of the rows as printed, in order.
    counts
        ((row, column), persons) pairs, the row of all places under the empty name; hidden ones
        are absent.
    merged
        Places counted together because each has too few people.
    """

    rows: tuple[str, ...]
    counts: tuple[tuple[Cell, int], ...]
    suppression: Suppression
    merged: int
    minimum: int

    def shown(self) -> Mapping[Cell, int]:
        """Return the counts that may be read, by cell."""
        return dict(self.counts)


def hxl_table(
    views: Iterable[PersonView], place_names: Mapping[str, str], minimum: int = MINIMUM
) -> HxlTable:
    """Count everybody who is there, by place, and hide what is too small.

    Places with fewer than three times `minimum` persons are counted together first: in a table of
    them nearly every cell would have to be hidden.

    Parameters
    ----------
    place_names
        Name of each place id.

    Raises
    ------
    ValueError
        If the minimum is below 2.
    """
    there = [view for view in views if view.is_there]
    row_of = _rows_of(there, place_names, 3 * minimum)
    counts = _counts(there, row_of)
    rows = sorted({row for row, _column in counts} - {ALL_PLACES}, key=_last_of_all)
    hiding = suppress(counts, _sums(rows), minimum, _telling(counts, [*rows, ALL_PLACES]))
    shown = {cell: n for cell, n in counts.items() if cell not in hiding.hidden}
    printed = tuple((cell, n) for cell, n in sorted(shown.items()) if cell[1] in dict(COLUMNS))
    merged = len({v.place_id for v in there if row_of[v.place_id] == SMALL_PLACES})
    return HxlTable(tuple(rows), printed, hiding, merged, minimum)


def hxl_csv(table: HxlTable, *, on: str, source: str) -> str:
    """Return the table as CSV: a header, the row of hashtags, one row a place.

    Parameters
    ----------
    on
        ISO date of the counts.
    source
        Who publishes them.
    """
    columns = tuple(c for c in COLUMNS if any(column == c[0] for (_r, column), _n in table.counts))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["place", *(name for name, _tag in columns), "date", "source", "note"])
    tags = (tag for _name, tag in columns)
    writer.writerow(["#loc+name", *tags, "#date", "#meta+source", "#meta+note"])
    shown, note = table.shown(), _note(table.minimum)
    for row in table.rows:
        cells = (shown.get((row, name), "") for name, _tag in columns)
        writer.writerow([escape_cell(row), *cells, on, escape_cell(source), note])
    return buffer.getvalue()


def _note(minimum: int) -> str:
    return (
        f"empty: hidden, because it or another count is under {minimum}; places under "
        f"{3 * minimum} persons are counted together"
    )


def _rows_of(there: Sequence[PersonView], names: Mapping[str, str], fewest: int) -> dict[str, str]:
    """Return the row in which each place is counted."""
    size = Counter(view.place_id for view in there)
    small = [place for place, n in size.items() if n < fewest]
    large = sorted((n, place) for place, n in size.items() if n >= fewest)
    while small and large and sum(size[place] for place in small) < fewest:
        small.append(large.pop(0)[1])
    if len(small) == 1 and not large:
        small = []
    rows = {place: names.get(place, place) or NO_PLACE for _n, place in large}
    rows |= dict.fromkeys(small, SMALL_PLACES)
    return rows or {place: names.get(place, place) or NO_PLACE for place in size}


def _last_of_all(row: str) -> tuple[bool, str]:
    return row.startswith("("), row


def _counts(there: Sequence[PersonView], row_of: Mapping[str, str]) -> dict[Cell, int]:
    counts: Counter[Cell] = Counter()
    homes: set[tuple[str, str]] = set()
    for view in there:
        for row in (row_of[view.place_id], ALL_PLACES):
            counts.update((row, column) for column in _columns_of(view))
        homes.add((row_of[view.place_id], view.household_id))
    for row, _household in homes:
        counts[row, HOUSEHOLDS] += 1
        counts[ALL_PLACES, HOUSEHOLDS] += 1
    rows = {*row_of.values(), ALL_PLACES}
    return {(row, column): counts[row, column] for row in sorted(rows) for column in _all_columns()}


def _columns_of(view: PersonView) -> list[str]:
    needs = [
        name if need in view.facts.needs else _WITHOUT + name
        for need, (name, _tag) in zip(Need, NEEDS, strict=True)
    ]
    return [
        PERSONS,
        _SEX_COLUMN.get(view.sex, "sex not known"),
        _AGE_COLUMN[view.age_group],
        _CHOICE_COLUMN[view.facts.choice],
        *needs,
    ]


def _all_columns() -> list[str]:
    return [*(name for name, _tag in COLUMNS), *(_WITHOUT + name for name, _tag in NEEDS)]


def _sums(rows: Sequence[str]) -> list[Sum]:
    """Return what adds up: each group to the persons of its row, each column to all places."""
    groups = [
        Sum((row, PERSONS), tuple((row, name) for name, _tag in group))
        for row in [*rows, ALL_PLACES]
        for group in _GROUPS
    ]
    needs = [
        Sum((row, PERSONS), ((row, name), (row, _WITHOUT + name)))
        for row in [*rows, ALL_PLACES]
        for name, _tag in NEEDS
    ]
    columns = [
        Sum((ALL_PLACES, column), tuple((row, column) for row in rows)) for column in _all_columns()
    ]
    return [*groups, *needs, *columns]


def _telling(counts: Mapping[Cell, int], rows: Iterable[str]) -> set[Cell]:
    """Return the choices of rows whose people all have one wish: zeros beside it would tell it."""
    shared = {
        row
        for row in rows
        for wish in _WISHES
        if counts[row, wish] and counts[row, wish] == counts[row, PERSONS]
    }
    return {(row, name) for row in shared for name, _tag in CHOICES}
