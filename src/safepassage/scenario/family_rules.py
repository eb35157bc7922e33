"""Families are whole: rules between rows of ``households.csv`` (00-scenario §27-§29)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from safepassage.scenario.tables import Table, TypedRow
from safepassage.scenario.world import RowProblem, World, by_value, cell_ids, problem

_NAME = "households"


def broken_groups(world: World) -> Iterator[RowProblem]:
    """Yield rows whose travel group has a row that was set aside: a family is not split."""
    table = world.tables.get(_NAME)
    if table is None:
        return
    lost = _groups_of_rejects(table)
    for typed in table.rows:
        aside = lost.get(typed.values["travel_group"])
        if aside is not None:
            message = f"row {aside} of the same travel group was set aside; a family is not split"
            yield problem(world, _NAME, typed, message, 27, "travel_group")


def _groups_of_rejects(table: Table) -> dict[object, int]:
    if "travel_group" not in table.header:
        return {}
    place = table.header.index("travel_group")
    rejects = [reject for reject in table.rejects if len(reject.cells) > place]
    return {reject.cells[place].strip(): reject.row for reject in rejects if reject.cells[place]}


def left_charges(world: World) -> Iterator[RowProblem]:
    """Yield rows that take along children whose own row was set aside."""
    table = world.tables.get(_NAME)
    if table is None or "accompanied_by" not in table.header:
        return
    place = table.header.index("accompanied_by")
    rejects = [reject for reject in table.rejects if len(reject.cells) > place]
    charges = {item.cells[place].strip(): item.row for item in rejects if item.cells[place]}
    for typed in table.rows:
        aside = charges.get(str(typed.values["token"]))
        if aside is not None:
            message = f"the children of row {aside}, whom it takes along, were set aside"
            yield problem(world, _NAME, typed, message, 28, "token")


def scattered_groups(world: World) -> Iterator[RowProblem]:
    """Yield the rows of travel groups that are picked up at different places."""
    for group, rows in by_value(world.rows(_NAME), "travel_group"):
        places = dict.fromkeys(typed.values["place_id"] for typed in rows)
        if len(places) > 1:
            where = ", ".join(f"'{place}'" for place in places)
            numbers = ", ".join(str(typed.row) for typed in rows)
            message = (
                f"the travel group '{group}' (rows {numbers}) is picked up at {where}; "
                "a group has one place"
            )
            for typed in rows:
                yield problem(world, _NAME, typed, message, 27, "place_id")


def lost_children(world: World) -> Iterator[RowProblem]:
    """Yield rows whose `accompanied_by` does not lead to an adult at the same place."""
    households = world.keys(_NAME)
    for typed in world.rows(_NAME):
        adult = households.get(typed.values["accompanied_by"])
        if adult is None:
            continue
        message = _why_no_company(households, typed, adult)
        if message:
            yield problem(world, _NAME, typed, message, 28, "accompanied_by")


def _why_no_company(households: dict[object, TypedRow], child: TypedRow, adult: TypedRow) -> str:
    if _accompanies_itself(households, child):
        return "leads back to this row; somebody has to be the adult"
    if adult.values["children"] and not adult.values["adults"]:
        return f"names row {adult.row}, which has children and no adults"
    if adult.values["place_id"] != child.values["place_id"]:
        return (
            f"names row {adult.row}, which is picked up at '{adult.values['place_id']}' and not "
            f"at '{child.values['place_id']}'"
        )
    return ""


def _accompanies_itself(households: dict[object, TypedRow], start: TypedRow) -> bool:
    seen: set[Any] = set()
    current: TypedRow | None = start
    while current is not None and current.values["token"] not in seen:
        seen.add(current.values["token"])
        current = households.get(current.values["accompanied_by"])
    return current is start


def torn_groups(world: World) -> Iterator[RowProblem]:
    """Yield rows that must ride together and must not share a vehicle."""
    households = world.keys(_NAME)
    for typed in world.rows(_NAME):
        for token in cell_ids(typed, "apart_from"):
            other = households.get(token)
            if other is not None and _tied(typed, other):
                message = f"names row {other.row}, which rides with this row; both cannot hold"
                yield problem(world, _NAME, typed, message, 29, "apart_from")


def _tied(one: TypedRow, other: TypedRow) -> bool:
    group = one.values["travel_group"]
    return (group is not None and group == other.values["travel_group"]) or (
        one.values["token"] == other.values["accompanied_by"]
        or other.values["token"] == one.values["accompanied_by"]
    )


FAMILY_RULES = (broken_groups, left_charges, scattered_groups, lost_children, torn_groups)
