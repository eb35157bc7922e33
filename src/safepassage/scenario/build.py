"""Checked rows to frozen objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from safepassage.core.agreement.types import Act, Clause, Party, ProcedureStep, Statement, Terms
from safepassage.core.convoy.hours import OperationDays
from safepassage.core.convoy.types import (
    Capacity,
    ConvoyRule,
    Crossing,
    Screening,
    SeatCount,
    ServiceTimes,
    Vehicle,
    Window,
)
from safepassage.core.corridor.types import (
    CONTESTED,
    TRUCE,
    AssumedHolder,
    Channel,
    Closure,
    ClosureKind,
    ControlArea,
    DateMeaning,
    Hazard,
    HazardKind,
    LocalCommand,
    Place,
    PlaceKind,
    SettlementFact,
    VehicleClass,
    WhatIf,
)
from safepassage.core.population.types import PublicClaim
from safepassage.core.register.types import Choice, Consent, Household, Need
from safepassage.errors import Finding
from safepassage.scenario.areas import LINE, POLYGONS
from safepassage.scenario.row_rules import SEATS, moment
from safepassage.scenario.schema import WEEKDAYS
from safepassage.scenario.tables import Table
from safepassage.scenario.world import World
from safepassage.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, parse_moment, seconds_since

Values = Any
"""One row's column name to value, as the schema types it."""

CLAUSE_LANGUAGES = ("en", "uk", "ru")
WITHOUT_OBJECT = {"windows": ("source",)}
"""Columns that are kept for the reader of the file only."""

DEFAULT_SEATS_PER_CONVERTIBLE = 2


def build_party(values: Values) -> Party:
    """Return a party to the conflict or the intermediary."""
    return Party(values["party_id"], values["name"], values["role"], values["language"] or "en")


def build_place(values: Values) -> Place:
    """Return a named point."""
    return Place(
        place_id=values["place_id"],
        name=values["name"],
        kind=PlaceKind(values["kind"]),
        lat=values["lat"],
        lon=values["lon"],
        name_local=values["name_local"] or "",
        side=values["side"] or "",
        capacity=values["capacity"],
        capacity_accessible=values["capacity_accessible"],
        approximate=bool(values["approximate"]),
        population=values["population"],
        source=values["source"] or "",
        receives=_hours(values, "receives"),
    )


def build_control(values: Values) -> ControlArea:
    """Return who holds an area."""
    return ControlArea(
        area_id=values["area_id"],
        holder=values["holder"],
        polygons=values[POLYGONS],
        valid_from=parse_moment(values["valid_from"]),
        valid_to=moment(values, "valid_to"),
        source=values["source"],
    )


def build_hazard(values: Values) -> Hazard:
    """Return a danger on the map."""
    return Hazard(
        hazard_id=values["hazard_id"],
        kind=HazardKind(values["kind"]),
        severity=values["severity"],
        observed_at=parse_moment(values["observed_at"]),
        valid_to=moment(values, "valid_to"),
        source=values["source"],
        polygons=values[POLYGONS],
        line=values[LINE],
        reach_m=values["reach_m"] or 0.0,
        way_ids=_way_ids(values),
    )


def build_closure(values: Values, timezone: str) -> Closure:
    """Return a rule of when a stretch may be used; `timezone` is the scenario's."""
    hours = (values["daily_from"], values["daily_to"])
    return Closure(
        closure_id=values["closure_id"],
        source=values["source"],
        kind=ClosureKind(values["kind"]),
        polygons=values[POLYGONS],
        line=values[LINE],
        reach_m=values["reach_m"] or 0.0,
        way_ids=_way_ids(values),
        place_id=values["place_id"] or "",
        classes=frozenset(VehicleClass(item) for item in values["classes"] or ()),
        valid_from=moment(values, "valid_from"),
        valid_to=moment(values, "valid_to"),
        daily=None if None in hours else hours,
        timezone=values["timezone"] or timezone,
        what_if=values["what_if"] or "",
        windows=values["windows"] or (),
        weekdays=frozenset(WEEKDAYS.index(day) for day in values["weekdays"] or ()),
    )


def _way_ids(values: Values) -> tuple[int, ...]:
    return tuple(int(item) for item in values["way_ids"] or ())


STATES = {"contested": CONTESTED, "truce": TRUCE, "unknown": ""}
"""What stands for a holder where no party is meant."""


def build_settlement(
    values: Values, means: Mapping[str, str], timezone: ZoneInfo
) -> SettlementFact:
    """Return who held a settlement on a date.

    Parameters
    ----------
    means
        Word to party or state.
    timezone
        Where the date's day begins.
    """
    meant = means.get(values["held_by"], values["held_by"])
    return SettlementFact(
        settlement=values["settlement"],
        lat=values["lat"],
        lon=values["lon"],
        dated=datetime.fromisoformat(values["dated"]).replace(tzinfo=timezone),
        holder=STATES.get(meant, meant),
        held_by=values["held_by"],
        source=values["source"],
        meaning=DateMeaning(values["meaning"] or DateMeaning.SEEN),
    )


def build_what_if(values: Values) -> WhatIf:
    """Return a question that somebody entered."""
    optional = ("entered_by", "entered_on")
    return WhatIf(**(dict(values) | {name: values[name] or "" for name in optional}))


def build_assumed_holder(values: Values) -> AssumedHolder:
    """Return the holder that a what-if assumes."""
    dates = {name: moment(values, name) for name in ("valid_from", "valid_to")}
    return AssumedHolder(**(dict(values) | dates))


def build_command(values: Values) -> LocalCommand:
    """Return who on the ground has to acknowledge."""
    return LocalCommand(
        command_id=values["command_id"],
        party=values["party"],
        role=values["role"],
        answers_for=tuple(values["answers_for"]),
        channels=tuple(Channel(item) for item in values["channels"]),
        source=values["source"] or "",
    )


def build_claim(values: Values) -> PublicClaim:
    """Return a public figure as claimed."""
    texts = ("definition", "url")
    return PublicClaim(**(dict(values) | {name: values[name] or "" for name in texts}))


def build_statement(values: Values) -> Statement:
    """Return public words."""
    texts = ("url", "readiness", "request", "acceptance")
    return Statement(**(dict(values) | {name: values[name] or "" for name in texts}))


def build_household(values: Values) -> Household:
    """Return one travel party."""
    return Household(
        token=values["token"],
        place_id=values["place_id"],
        seated=values["seated"],
        wheelchair=values["wheelchair"],
        stretcher=values["stretcher"],
        household_id=values["household_id"] or values["token"],
        children=values["children"] or 0,
        adults=values["adults"] or 0,
        priority=values["priority"] or 1,
        ready_at=values["ready_at"] or "",
        destinations=values["destinations"] or (),
        choice=Choice(values["choice"]),
        consent=Consent(values["consent"]),
        travel_group=values["travel_group"] or "",
        accompanied_by=values["accompanied_by"] or "",
        apart_from=frozenset(values["apart_from"] or ()),
        needs=frozenset(Need(need) for need in values["needs"] or ()),
        door=bool(values["door"]),
    )


def build_crossing(values: Values) -> Crossing:
    """Return a crossing with its screening."""
    screening = (values[f"screening_{kind}_s"] for kind in ("vehicle", *SEATS))
    return Crossing(
        crossing_id=values["crossing_id"],
        place_id=values["place_id"],
        from_side=values["from_side"],
        to_side=values["to_side"],
        lanes=values["lanes"],
        screening=Screening(*screening),
        convoy=_convoy(values),
    )


def _convoy(values: Values) -> ConvoyRule | None:
    if values["convoy_every_min"] is None:
        return None
    return ConvoyRule(
        every_s=values["convoy_every_min"] * SECONDS_PER_MINUTE,
        most_vehicles=values["convoy_most"],
        spacing_s=values["convoy_spacing_s"] or 0,
        first_s=(values["convoy_first_min"] or 0) * SECONDS_PER_MINUTE,
        muster_s=(values["convoy_muster_min"] or 0) * SECONDS_PER_MINUTE,
    )


def build_window(values: Values, epoch: datetime) -> Window:
    """Return a window of silence in seconds since `epoch`."""
    moves_from = values["movement_from"] or values["opens_at"]
    return Window(
        window_id=values["window_id"],
        crossing_id=values["crossing_id"],
        movement_from_s=seconds_since(epoch, parse_moment(moves_from)),
        opens_s=seconds_since(epoch, parse_moment(values["opens_at"])),
        closes_s=seconds_since(epoch, parse_moment(values["closes_at"])),
        margin_s=values["margin_min"] * SECONDS_PER_MINUTE,
        state=values["state"],
    )


def build_vehicle(values: Values, days: OperationDays) -> Vehicle:
    """Return a vehicle with its crew.

    Parameters
    ----------
    days
        Those on which its shift is repeated.
    """
    break_after_min = values["break_after_min"]
    return Vehicle(
        vehicle_id=values["vehicle_id"],
        vehicle_type=values["type"],
        vehicle_class=VehicleClass(values["vehicle_class"]),
        depot_id=values["depot_id"],
        capacity=Capacity(
            SeatCount(values["seats"], values["wheelchair_places"], values["stretcher_places"]),
            values["convertible_wheelchair"] or 0,
            values["seats_per_convertible"] or DEFAULT_SEATS_PER_CONVERTIBLE,
        ),
        sides=frozenset(values["sides"]),
        crew_s=round(values["crew_hours"] * SECONDS_PER_HOUR),
        weight_t=values["weight_t"],
        height_m=values["height_m"],
        width_m=values["width_m"],
        shifts=days.spans(_hours(values, "shift")),
        break_after_s=None if break_after_min is None else break_after_min * SECONDS_PER_MINUTE,
        break_s=(values["break_min"] or 0) * SECONDS_PER_MINUTE,
        spare_seats=values["spare_seats"] or 0,
    )


def _hours(values: Values, name: str) -> tuple[int, int] | None:
    """Return daily hours in minutes after local midnight, None where the cells are empty."""
    start, end = values[f"{name}_from"], values[f"{name}_to"]
    return None if start is None or end is None else (start, end)


def build_service(table: Table | None) -> ServiceTimes | None:
    """Return the times at a stop, None with a finding if they are incomplete (§33)."""
    if table is None:
        return None
    rows: dict[Any, Any] = {typed.values["kind"]: typed.values for typed in table.rows}
    missing = [kind for kind in SEATS if kind not in rows]
    if missing:
        table.note(f"has no row for {', '.join(missing)}; one row a seat kind is needed", 33)
        return None
    stops = sorted({values["stop_s"] for values in rows.values()})
    if len(stops) > 1:
        shown = " and ".join(str(stop) for stop in stops)
        table.note(
            f"differs between rows ({shown}); it is one time for the stop", 33, column="stop_s"
        )
        return None
    doors = sorted({values["door_s"] or 0 for values in rows.values()})
    if len(doors) > 1:
        shown = " and ".join(str(door) for door in doors)
        message = f"differs between rows ({shown}); it is one time for a group at its door"
        table.note(message, 33, column="door_s")
        return None
    return ServiceTimes(
        stop_s=stops[0],
        boarding_s=SeatCount(*(rows[kind]["boarding_s"] for kind in SEATS)),
        alighting_s=SeatCount(*(rows[kind]["alighting_s"] for kind in SEATS)),
        door_s=doors[0],
    )


def build_terms(world: World) -> Terms:
    """Return what is proposed, how it becomes agreed, and what has been done."""
    return Terms(
        clauses=build_all(world, "clauses", _clause),
        procedure=build_all(world, "procedure", _step),
        acts=build_all(world, "acts", _act),
    )


def _clause(values: Values) -> Clause:
    return Clause(
        clause_id=values["clause_id"],
        title=values["title"],
        text=_texts(values),
        depends_on_wider_bargain=bool(values["depends_on_wider_bargain"]),
    )


def _step(values: Values) -> ProcedureStep:
    return ProcedureStep(
        step_id=values["step_id"],
        act_kind=values["act_kind"],
        by_role=values["by_role"],
        to_role=values["to_role"] or "",
        needs=values["needs"] or (),
        text=_texts(values),
    )


def _act(values: Values) -> Act:
    optional = ("to", "witness", "expires_at", "clause")
    return Act(**(dict(values) | {name: values[name] or "" for name in optional}))


def _texts(values: Values) -> tuple[tuple[str, str], ...]:
    pairs = ((language, values[f"text_{language}"]) for language in CLAUSE_LANGUAGES)
    return tuple((language, text) for language, text in pairs if text)


def build_all(world: World, name: str, build: Callable[[Values], Any]) -> tuple[Any, ...]:
    """Return the objects of a resource in the order of its rows."""
    return tuple(build(typed.values) for typed in world.rows(name))


def carried_cells(world: World) -> Iterator[tuple[str, int, str, str]]:
    """Yield (file, row, column, text) of what the tables carry along untouched (§9, §40).

    That is the ``x_`` columns, and the columns of the schema that no object has. The row is the
    one in which the writer puts it: good rows in their order, the header row 1; for GeoJSON the
    number of the feature.
    """
    for table in world.tables.values():
        if table.resource.name.startswith("road_"):
            continue
        first = 1 if table.unit == "feature" else 2
        columns = WITHOUT_OBJECT.get(table.resource.name, ())
        for number, typed in enumerate(table.rows, first):
            unused = tuple((column, typed.values[column]) for column in columns)
            for column, text in (*typed.carried, *unused):
                if text is not None:
                    yield table.resource.path, number, column, str(text)


def findings_of(world: World) -> Iterator[Finding]:
    """Yield the findings of all tables, table by table, those on a whole file before its rows."""
    for table in world.tables.values():
        yield from sorted(table.findings, key=lambda finding: finding.row or 0)
