"""Frozen objects to rows: the inverse of :mod:`safepassage.scenario.build`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from safepassage.core.agreement.types import Clause, ProcedureStep
from safepassage.core.convoy.hours import OperationDays, days_of_windows
from safepassage.core.convoy.types import ConvoyRule, Crossing, ServiceTimes, Vehicle, Window
from safepassage.core.corridor.types import Place, SettlementFact
from safepassage.core.register.types import Household
from safepassage.scenario.build import CLAUSE_LANGUAGES
from safepassage.scenario.cells import clock_text
from safepassage.scenario.row_rules import SEATS
from safepassage.scenario.types import Scenario
from safepassage.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, moment_at

Row = dict[str, Any]


def rows_of(scenario: Scenario) -> dict[str, list[Row]]:
    """Return the rows of every table that the scenario has, by resource name.

    A resource without rows is absent, except ``households``: an empty table of households says
    that there are none, no table says that they come from the lists.
    """
    terms = scenario.terms
    days = days_of_windows(scenario.epoch, scenario.timezone, scenario.windows)
    tables: dict[str, list[Row]] = {
        "parties": [asdict(party) for party in scenario.parties],
        "places": [_place(place) for place in scenario.places],
        "claims": [asdict(claim) for claim in scenario.claims],
        "statements": [asdict(statement) for statement in scenario.statements],
        "households": [_household(household) for household in scenario.households or ()],
        "crossings": [_crossing(crossing) for crossing in scenario.crossings],
        "windows": [_window(scenario, window) for window in scenario.windows],
        "vehicles": [_vehicle(vehicle, days) for vehicle in scenario.vehicles],
        "service": _service(scenario.service),
        "clauses": [_clause(clause) for clause in terms.clauses],
        "procedure": [_step(step) for step in terms.procedure],
        "acts": [asdict(act) for act in terms.acts],
        "settlement_control": [_settlement(scenario, fact) for fact in scenario.settlements],
        "holder_words": [asdict(item) for item in scenario.holder_words],
        "what_ifs": [asdict(item) for item in scenario.what_ifs],
        "assumed_holders": [asdict(item) for item in scenario.assumed_holders],
        "commands": [asdict(item) for item in scenario.commands],
    }
    kept = {"households"} if scenario.households is not None else set()
    return {name: rows for name, rows in tables.items() if rows or name in kept}


def _place(place: Place) -> Row:
    row = asdict(place) | {"approximate": place.approximate or None}
    hours = row.pop("receives")
    return row | _hours("receives", hours)


def _hours(name: str, hours: tuple[int, int] | None) -> Row:
    start, end = (None, None) if hours is None else (clock_text(minutes) for minutes in hours)
    return {f"{name}_from": start, f"{name}_to": end}


def _household(household: Household) -> Row:
    return asdict(household) | {"door": household.door or None}


def _crossing(crossing: Crossing) -> Row:
    screening = crossing.screening
    row = {
        "crossing_id": crossing.crossing_id,
        "place_id": crossing.place_id,
        "from_side": crossing.from_side,
        "to_side": crossing.to_side,
        "lanes": crossing.lanes,
    } | {f"screening_{kind}_s": getattr(screening, f"{kind}_s") for kind in ("vehicle", *SEATS)}
    return row | _convoy(crossing.convoy)


def _convoy(rule: ConvoyRule | None) -> Row:
    if rule is None:
        return {}
    return {
        "convoy_every_min": rule.every_s // SECONDS_PER_MINUTE,
        "convoy_most": rule.most_vehicles,
        "convoy_spacing_s": rule.spacing_s,
        "convoy_first_min": rule.first_s // SECONDS_PER_MINUTE or None,
        "convoy_muster_min": rule.muster_s // SECONDS_PER_MINUTE or None,
    }


def _window(scenario: Scenario, window: Window) -> Row:
    def at(seconds: int) -> str:
        return moment_at(scenario.epoch, seconds).isoformat()

    return {
        "window_id": window.window_id,
        "crossing_id": window.crossing_id,
        "movement_from": at(window.movement_from_s),
        "opens_at": at(window.opens_s),
        "closes_at": at(window.closes_s),
        "margin_min": window.margin_s // SECONDS_PER_MINUTE,
        "state": window.state,
    }


def _vehicle(vehicle: Vehicle, days: OperationDays) -> Row:
    capacity, break_after_s = vehicle.capacity, vehicle.break_after_s
    return {
        "vehicle_id": vehicle.vehicle_id,
        "type": vehicle.vehicle_type,
        "vehicle_class": vehicle.vehicle_class,
        "depot_id": vehicle.depot_id,
        "sides": vehicle.sides,
        "seats": capacity.places.seated,
        "wheelchair_places": capacity.places.wheelchair,
        "stretcher_places": capacity.places.stretcher,
        "convertible_wheelchair": capacity.convertible_wheelchair,
        "seats_per_convertible": capacity.seats_per_convertible,
        "crew_hours": vehicle.crew_s / SECONDS_PER_HOUR,
        "weight_t": vehicle.weight_t,
        "height_m": vehicle.height_m,
        "width_m": vehicle.width_m,
        "break_after_min": None if break_after_s is None else break_after_s // SECONDS_PER_MINUTE,
        "break_min": vehicle.break_s // SECONDS_PER_MINUTE or None,
        "spare_seats": vehicle.spare_seats or None,
    } | _hours("shift", days.daily(vehicle.shifts))


def _settlement(scenario: Scenario, fact: SettlementFact) -> Row:
    return {
        "settlement": fact.settlement,
        "lat": fact.lat,
        "lon": fact.lon,
        "dated": fact.dated.astimezone(ZoneInfo(scenario.timezone)).date().isoformat(),
        "meaning": fact.meaning,
        "held_by": fact.held_by,
        "source": fact.source,
    }


def _service(service: ServiceTimes | None) -> list[Row]:
    if service is None:
        return []
    return [
        {
            "kind": kind,
            "stop_s": service.stop_s,
            "boarding_s": getattr(service.boarding_s, kind),
            "alighting_s": getattr(service.alighting_s, kind),
            "door_s": service.door_s or None,
        }
        for kind in SEATS
    ]


def _clause(clause: Clause) -> Row:
    return {
        "clause_id": clause.clause_id,
        "title": clause.title,
        "depends_on_wider_bargain": clause.depends_on_wider_bargain,
    } | _texts(clause.text)


def _step(step: ProcedureStep) -> Row:
    return {
        "step_id": step.step_id,
        "act_kind": step.act_kind,
        "by_role": step.by_role,
        "to_role": step.to_role,
        "needs": step.needs,
    } | _texts(step.text)


def _texts(texts: tuple[tuple[str, str], ...]) -> Row:
    return {f"text_{language}": text for language, text in texts if language in CLAUSE_LANGUAGES}
