"""What can be wrong between rows and files; every rule is applied until nothing more falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from safepassage.errors import Finding
from safepassage.scenario.cells import look_alike, shown_value
from safepassage.scenario.family_rules import FAMILY_RULES
from safepassage.scenario.ground_rules import swapped_areas, swapped_places
from safepassage.scenario.schema import HOLDER_STATES, Column
from safepassage.scenario.tables import PERSONAL, Table, TypedRow
from safepassage.scenario.world import (
    RowProblem,
    World,
    by_value,
    cell_ids,
    problem,
    word_meanings,
)
from safepassage.units import parse_moment

_MOST_COMPARED = 500
"""Keys among which a near one is looked for; more would make a file full of errors slow."""

_FURTHEST_WINDOW = timedelta(days=366)

WorldRule = Callable[[World], Iterator[RowProblem]]


def settle(world: World) -> None:
    """Set rows aside until every rule holds between those that are left.

    A row set aside may leave others without what they refer to, so the rules are applied again
    until a round finds nothing; every round sets at least one row aside, so it ends.
    """
    while problems := [found for rule in WORLD_RULES for found in rule(world)]:
        grouped: dict[str, dict[int, list[Finding]]] = {}
        for found in problems:
            rows = grouped.setdefault(found.resource, {})
            rows.setdefault(found.row, []).append(found.finding)
        for resource, rows in grouped.items():
            world.tables[resource].set_aside(rows)


def dangling_references(world: World) -> Iterator[RowProblem]:
    """Yield cells that name a row which is not there (00-scenario §14)."""
    for name, table in world.tables.items():
        for column in table.resource.columns:
            if column.refers_to:
                yield from _dangling_in_column(world, name, column)


def _dangling_in_column(world: World, name: str, column: Column) -> Iterator[RowProblem]:
    known = world.keys(column.refers_to)
    for typed in world.rows(name):
        for value in cell_ids(typed, column.name):
            if value not in known:
                shown = shown_value(str(value), personal=name in PERSONAL)
                message = _why_unknown(world, column.refers_to, str(value), shown)
                yield problem(world, name, typed, message, 14, column.name)


def _why_unknown(world: World, resource: str, value: str, shown: str) -> str:
    """Return a sentence; a value that is a key somewhere is nobody's name and not masked."""
    table = world.tables.get(resource)
    if table is None:
        return f"{shown} refers to the resource '{resource}', which is not part of the package"
    aside = _row_set_aside(table, value)
    if aside is not None:
        return f"'{value}' is in {table.path}, row {aside}, but that row was set aside"
    if table.rejects:
        return f"{shown} is not among the rows of {table.path} that can be used"
    close = _close_key(table, value)
    hint = f"did you mean '{close}'?" if close else f"accepted: a {table.resource.key} of that file"
    return f"{shown} is not in {table.path}; {hint}"


def _close_key(table: Table, value: str) -> str:
    if len(table.rows) > _MOST_COMPARED:
        return ""
    alike = {look_alike(str(key)).casefold(): str(key) for key in table.by_key()}
    close = get_close_matches(look_alike(value).casefold(), alike, n=1, cutoff=0.8)
    return alike[close[0]] if close else ""


def _row_set_aside(table: Table, value: str) -> int | None:
    key = table.resource.key
    if key not in table.header:
        return None
    place = table.header.index(key)
    rejects = (reject for reject in table.rejects if len(reject.cells) > place)
    return next((item.row for item in rejects if item.cells[place].strip() == value), None)


def wrong_kinds(world: World) -> Iterator[RowProblem]:
    """Yield references to a place or party of the wrong kind (00-scenario §20)."""
    for resource, column, kind in _PLACE_KINDS_WANTED:
        yield from _wrong_place_kind(world, resource, column, kind)
    parties = world.keys("parties")
    for typed in world.rows("crossings"):
        for column in ("from_side", "to_side"):
            party = parties.get(typed.values[column])
            if party is not None and party.values["role"] == "intermediary":
                message = f"'{typed.values[column]}' is the intermediary, which holds no ground"
                yield problem(world, "crossings", typed, message, 20, column)


_PLACE_KINDS_WANTED = (
    ("crossings", "place_id", "crossing"),
    ("vehicles", "depot_id", "depot"),
    ("households", "destinations", "reception_centre"),
)


def _wrong_place_kind(world: World, resource: str, column: str, kind: str) -> Iterator[RowProblem]:
    places = world.keys("places")
    for typed in world.rows(resource):
        for value in cell_ids(typed, column):
            place = places.get(value)
            if place is not None and place.values["kind"] != kind:
                message = f"'{value}' is a place of kind {place.values['kind']}; accepted: {kind}"
                yield problem(world, resource, typed, message, 20, column)


def unknown_holders(world: World) -> Iterator[RowProblem]:
    """Yield holders of settlements, and meanings of words, that are nobody (§45, §46)."""
    parties = [str(key) for key in world.keys("parties")]
    for typed in world.rows("holder_words"):
        means = str(typed.values["means"])
        if means not in (*parties, *HOLDER_STATES):
            accepted = ", ".join((*parties, *HOLDER_STATES))
            message = f"'{means}' is neither a party nor a state; accepted: {accepted}"
            yield problem(world, "holder_words", typed, message, 46, "means")
    known = (*parties, *word_meanings(world), *HOLDER_STATES)
    for typed in world.rows("settlement_control"):
        word = str(typed.values["held_by"])
        if word not in known:
            message = why_no_holder(word, known)
            yield problem(world, "settlement_control", typed, message, 45, "held_by")


def why_no_holder(word: str, known: tuple[str, ...]) -> str:
    """Return why a word is nobody's, with the nearest that is; it is never taken for that one."""
    alike = {item.casefold(): item for item in known}
    close = get_close_matches(word.casefold(), alike, n=1)
    like = f" (it looks like '{alike[close[0]]}', but nothing is guessed)" if close else ""
    return (
        f"{shown_value(word, personal=False)} is neither a party nor a word of holder_words.csv"
        f"{like}; write there what it means: a party, contested, truce or unknown"
    )


def overlapping_windows(world: World) -> Iterator[RowProblem]:
    """Yield windows that are open while an earlier row's is, at one crossing (00-scenario §31)."""
    for crossing, rows in by_value(world.rows("windows"), "crossing_id"):
        kept: list[TypedRow] = []
        for typed in rows:
            clash = next((other for other in kept if _overlap(typed, other)), None)
            if clash is None:
                kept.append(typed)
                continue
            message = (
                f"is open at crossing '{crossing}' while '{clash.values['window_id']}' of row "
                f"{clash.row} is; make one window of the two or end one before the other opens"
            )
            yield problem(world, "windows", typed, message, 31, "opens_at")


def distant_windows(world: World) -> Iterator[RowProblem]:
    """Yield windows more than a year from the planning date: a slip of the year (§30)."""
    planned = world.header.planning_date
    for typed in world.rows("windows"):
        for column in ("movement_from", "opens_at", "closes_at"):
            text = typed.values[column]
            if text and abs(parse_moment(str(text)) - planned) > _FURTHEST_WINDOW:
                message = (
                    f"'{text}' is more than {_FURTHEST_WINDOW.days} days from the planning date "
                    f"{planned.date().isoformat()}; is the year right?"
                )
                yield problem(world, "windows", typed, message, 30, column)
                break


def _overlap(one: TypedRow, other: TypedRow) -> bool:
    first, second = (
        [parse_moment(str(typed.values[name])) for name in ("opens_at", "closes_at")]
        for typed in (one, other)
    )
    return first[0] < second[1] and second[0] < first[1]


def circular_steps(world: World) -> Iterator[RowProblem]:
    """Yield steps of the procedure that wait for themselves (00-scenario §36)."""
    steps = world.keys("procedure")
    needs = {step: list(cell_ids(row, "needs")) for step, row in steps.items()}
    for step, typed in steps.items():
        if _reaches(needs, step):
            message = f"step '{step}' waits for itself through the steps that it needs"
            yield problem(world, "procedure", typed, message, 36, "needs")


def _reaches(needs: dict[object, list[Any]], start: object) -> bool:
    """Return whether following `needs` from `start` comes back to it."""
    waiting, seen = list(needs[start]), set()
    while waiting:
        step = waiting.pop()
        if step == start:
            return True
        if step not in seen:
            seen.add(step)
            waiting.extend(needs.get(step, ()))
    return False


WORLD_RULES: tuple[WorldRule, ...] = (
    dangling_references,
    wrong_kinds,
    unknown_holders,
    swapped_places,
    swapped_areas,
    *FAMILY_RULES,
    distant_windows,
    overlapping_windows,
    circular_steps,
)
