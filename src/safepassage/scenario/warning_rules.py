"""What a person should look at; applied once, when the rest is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from safepassage.errors import Finding, Severity
from safepassage.scenario.ground_rules import (
    disagreeing_settlements,
    far_places,
    ground_held_twice,
    places_off_roads,
    swapped_roads,
)
from safepassage.scenario.row_rules import moment
from safepassage.scenario.world import World, cell_ids

PICK_UP_KINDS = frozenset({"settlement", "assembly_point", "medical_point", "fall_back"})


def look_over(world: World) -> None:
    """Add the warnings of every rule to the tables that they are about."""
    tables = {table.path: table for table in world.tables.values()}
    for rule in WARNING_RULES:
        for finding in rule(world):
            tables[finding.file].findings.append(finding)


def _warning(
    world: World, resource: str, message: str, rule: int, row: int, column: str
) -> Finding:
    return world.tables[resource].problem(
        message, rule, row=row, column=column, severity=Severity.WARNING
    )


def odd_pick_ups(world: World) -> Iterator[Finding]:
    """Yield households that are picked up where nobody lives or gathers (§20)."""
    places = world.keys("places")
    for typed in world.rows("households"):
        place = places.get(typed.values["place_id"])
        if place is not None and place.values["kind"] not in PICK_UP_KINDS:
            message = f"'{typed.values['place_id']}' is a {place.values['kind']}; picked up there?"
            yield _warning(world, "households", message, 20, typed.row, "place_id")


def unknown_acts(world: World) -> Iterator[Finding]:
    """Yield acts of a kind that no step of the procedure asks for (§35)."""
    kinds = {typed.values["act_kind"] for typed in world.rows("procedure")}
    for typed in world.rows("acts") if kinds else ():
        if typed.values["kind"] not in kinds:
            message = f"'{typed.values['kind']}' completes no step of the procedure; check its kind"
            yield _warning(world, "acts", message, 35, typed.row, "kind")


def future_observations(world: World) -> Iterator[Finding]:
    """Yield hazards observed after the moment at which the map is read (§25)."""
    for typed in world.rows("hazards"):
        seen = moment(typed.values, "observed_at")
        if seen is not None and seen > world.header.planning_date:
            message = "was observed after the planning date; it does not count in the plan yet"
            yield _warning(world, "hazards", message, 25, typed.row, "observed_at")


def past_windows(world: World) -> Iterator[Finding]:
    """Yield windows that are over at the planning date (§53)."""
    for typed in world.rows("windows"):
        closes = moment(typed.values, "closes_at")
        if closes is not None and closes < world.header.planning_date:
            message = (
                f"'{typed.values['closes_at']}' is before the planning date "
                f"{world.header.planning_date.isoformat()}; nobody can be carried in it any more"
            )
            yield _warning(world, "windows", message, 53, typed.row, "closes_at")


def lost_hazards(world: World) -> Iterator[Finding]:
    """Say that hazards were set aside: without them a way may look safer than it is (§25)."""
    table = world.tables.get("hazards")
    if table is not None and not table.rows and not table.rejects and table.findings:
        message = "no hazard was read; correct the file before anybody drives by a plan"
        yield table.problem(message, 25)
    elif table is not None and table.rejects:
        message = (
            f"hazards that could not be read: {len(table.rejects)}; no plan knows of them, so "
            "correct them before anybody drives"
        )
        yield table.problem(message, 25)


def lost_closures(world: World) -> Iterator[Finding]:
    """Say that closures were set aside: without them a shut road looks open (§44)."""
    table = world.tables.get("closures")
    if table is not None and (table.rejects or (not table.rows and table.findings)):
        message = (
            f"closures that could not be read: {len(table.rejects) or 'all'}; no plan knows of "
            "them, so correct them before anybody drives"
        )
        yield table.problem(message, 44)


def ways_off_network(world: World) -> Iterator[Finding]:
    """Yield warnings for rules and hazards on ways that a hand-made network has not (§44)."""
    known = {str(key) for key in world.keys("road_links")}
    for resource in ("hazards", "closures") if known else ():
        for typed in world.rows(resource):
            missing = [way for way in cell_ids(typed, "way_ids") if way not in known]
            if missing:
                message = f"'{missing[0]}' is not a link of the roads; nothing happens on it"
                yield _warning(world, resource, message, 44, typed.row, "way_ids")


def commands_of_nowhere(world: World) -> Iterator[Finding]:
    """Yield warnings for commands that answer for what is neither an area nor a place (§49)."""
    known = {str(key) for name in ("places", "control") for key in world.keys(name)}
    for typed in world.rows("commands"):
        missing = [item for item in cell_ids(typed, "answers_for") if item not in known]
        if missing:
            message = f"'{missing[0]}' is neither an area of control nor a place of the scenario"
            yield _warning(world, "commands", message, 49, typed.row, "answers_for")


def missing_links(world: World) -> Iterator[Finding]:
    """Say that a hand-made network has no link: no plan can be made on it (§6)."""
    table = world.tables.get("road_links")
    if table is not None and not table.rows:
        yield table.problem("holds no link that can be used; without roads no way can be found", 6)


WARNING_RULES: tuple[Callable[[World], Iterator[Finding]], ...] = (
    far_places,
    swapped_roads,
    places_off_roads,
    odd_pick_ups,
    unknown_acts,
    future_observations,
    past_windows,
    ground_held_twice,
    disagreeing_settlements,
    lost_hazards,
    lost_closures,
    ways_off_network,
    commands_of_nowhere,
    missing_links,
)
