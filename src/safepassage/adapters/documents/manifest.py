"""Manifests: who really boards, by token, never by name (docs/spec/04a-documents.md §1 to §8)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from safepassage.adapters.documents.common import (
    DOCUMENT_VERSION,
    Content,
    Sources,
    document_number,
    file_stem,
    iso_utc,
    place_entry,
    require_extra,
    write_content,
)
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Plan,
    PlannedStop,
    SeatCount,
    TravelGroup,
    Trip,
)
from safepassage.core.ledger.canonical import digest
from safepassage.core.register.types import Household
from safepassage.ids import document_token
from safepassage.scenario.types import Scenario

NEED_CODES = (
    ("wheelchair", "W"),
    ("stretcher", "L"),
    ("medical_escort", "M"),
    ("pregnant", "P"),
    ("separated_child", "C"),
    ("alone_older", "O"),
    ("animals", "A"),
)
"""(need, code on the paper), in the order in which codes are written."""


def write_manifests(
    plan: Plan,
    problem: ConvoyProblem,
    scenario: Scenario,
    folder: Path,
    issued_at: datetime,
    document_secret: bytes,
    *,
    households: Iterable[Household] | None = None,
) -> tuple[Path, ...]:
    """Write one manifest per trip as PDF, with its canonical content as JSON beside it.

    Parameters
    ----------
    folder
        Made if it is not there.
    issued_at
        Aware moment printed as the time of issue.
    document_secret
        Kept by the intermediary. Each document's tokens come from it and the document's number, so
        nobody without it can join two papers, or a paper and the plan.
    households
        Rows behind the travel groups, for needs and companions; by default the scenario's. Without
        any, a group is one line, and its needs are those that its seats show.

    Returns
    -------
    tuple of Path
        The PDF files, in the order of the trips.

    Raises
    ------
    MissingExtraError
        If the ``documents`` extra is not installed.
    """
    require_extra("reportlab", "segno", purpose="Writing manifests")
    from safepassage.adapters.documents.manifest_pages import write_manifest_pdf

    sources = Sources(plan, problem, scenario, issued_at)
    rows = scenario.households or () if households is None else tuple(households)
    paths = []
    for trip in plan.trips:
        content = manifest_content(sources, trip, rows, document_secret)
        path = folder / f"{file_stem('manifest', trip.trip_id)}.pdf"
        write_content(path.with_suffix(".json"), content)
        paths.append(write_manifest_pdf(path, content, scenario))
    return tuple(paths)


def manifest_content(
    sources: Sources, trip: Trip, households: tuple[Household, ...], document_secret: bytes
) -> Content:
    """Return the canonical content of the manifest of one trip."""
    number = _number(sources, trip)
    lines = list(_lines(sources, trip, households, _document_key(document_secret, number)))
    total = sum((line.load for line in lines), SeatCount())
    return {
        "document": {
            "exercise": sources.scenario.kind == "exercise",
            "issued_at": iso_utc(sources.issued_at),
            "kind": "manifest",
            "number": number,
            "operation": sources.scenario.title,
            "timezone": sources.scenario.timezone,
            "version": DOCUMENT_VERSION,
        },
        "stops": [
            _stop_content(sources, stop, [line for line in lines if line.stop is stop])
            for stop in trip.stops
        ],
        "total": _load_content(total) | {"persons": total.persons},
        "trip": _trip_content(sources, trip),
    }


def _number(sources: Sources, trip: Trip) -> str:
    """Return the document's number; another plan's trip of the same name has another number."""
    boards = [[stop.place_id, *stop.boards] for stop in trip.stops]
    what = digest({"boards": boards, "trip": _trip_content(sources, trip)})
    parts = (sources.plan.scenario_digest, what, iso_utc(sources.issued_at))
    return document_number("M", parts)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the paper."""

    stop: PlannedStop
    serial: int
    group: int
    token: str
    load: SeatCount
    children: int | None
    needs: tuple[str, ...]
    travels_with: str
    centre_id: str
    onward_vehicle: str

    def content(self, sources: Sources) -> Content:
        line: Content = {
            "centre": place_entry(self.centre_id, sources.places) if self.centre_id else {},
            "group": self.group,
            "needs": list(self.needs),
            "onward_vehicle": self.onward_vehicle,
            "serial": self.serial,
            "token": self.token,
            "travels_with": self.travels_with,
        }
        children = {} if self.children is None else {"children": self.children}
        return line | _load_content(self.load) | children


def _document_key(document_secret: bytes, number: str) -> bytes:
    return hmac.digest(document_secret, number.encode(), "sha256")


def _lines(
    sources: Sources, trip: Trip, households: tuple[Household, ...], key: bytes
) -> Iterator[_Line]:
    """Yield a line per household row, groups together, serials running over the whole trip.

    Within a stop, groups stand in the order of this document's own tokens: the plan's order would
    join the paper to the plan, and to an earlier paper of the same trip, without any key.
    """
    groups = {group.token: group for group in sources.problem.groups}
    by_token = {household.token: household for household in households}
    centres = {a.token: a.centre_id for a in sources.plan.assignments}
    onward = _onward_vehicles(sources.plan)
    centre_places = {c.centre_id: c.place_id for c in sources.problem.centres}
    serial = 0
    boarding = [
        (stop, token)
        for stop in trip.stops
        for token in sorted(stop.boards, key=lambda token: document_token(token, key))
    ]
    for number, (stop, token) in enumerate(boarding, 1):
        centre = centres.get(token, "")
        for row in _rows(groups[token], by_token):
            serial += 1
            yield _Line(
                stop=stop,
                serial=serial,
                group=number,
                token=document_token(row.token, key),
                load=row.load,
                children=row.children,
                needs=row.needs,
                travels_with=document_token(row.accompanied_by, key) if row.accompanied_by else "",
                centre_id=centre_places.get(centre, centre),
                onward_vehicle=onward.get(token, ""),
            )


def _onward_vehicles(plan: Plan) -> dict[str, str]:
    """Return the vehicle that takes each group on from the crossing, by token."""
    vehicles = {trip.trip_id: trip.vehicle_id for trip in plan.onward}
    return {
        assignment.token: vehicles[assignment.onward_trip_id]
        for assignment in plan.assignments
        if assignment.onward_trip_id in vehicles
    }


@dataclass(frozen=True, slots=True)
class _Row:
    token: str
    load: SeatCount
    children: int | None
    needs: tuple[str, ...]
    accompanied_by: str = ""


def _rows(group: TravelGroup, by_token: dict[str, Household]) -> list[_Row]:
    """Return the rows of a group, or the group itself where its rows are not known."""
    if not all(token in by_token for token in group.household_tokens):
        shown = {"wheelchair": group.load.wheelchair, "stretcher": group.load.stretcher}
        needs = frozenset(need for need, count in shown.items() if count)
        return [_Row(group.token, group.load, None, need_codes(needs))]
    return [_household_row(by_token[token]) for token in group.household_tokens]


def _household_row(household: Household) -> _Row:
    load = SeatCount(household.seated, household.wheelchair, household.stretcher)
    needs = need_codes(frozenset(str(need) for need in household.needs))
    return _Row(household.token, load, household.children, needs, household.accompanied_by)


def need_codes(needs: frozenset[str]) -> tuple[str, ...]:
    """Return the codes of needs, in a fixed order.

    Examples
    --------
    >>> need_codes(frozenset({"animals", "wheelchair"}))
    ('W', 'A')
    """
    return tuple(code for need, code in NEED_CODES if need in needs)


def _stop_content(sources: Sources, stop: PlannedStop, lines: list[_Line]) -> Content:
    return {
        "arrive": sources.utc(stop.arrive_s),
        "depart": sources.utc(stop.depart_s),
        "lines": [line.content(sources) for line in lines],
        "place": place_entry(stop.place_id, sources.places),
    }


def _trip_content(sources: Sources, trip: Trip) -> Content:
    window = next(w for w in sources.problem.windows if w.window_id == trip.window_id)
    crossing = next(c for c in sources.problem.crossings if c.crossing_id == window.crossing_id)
    vehicle = next(v for v in sources.problem.vehicles if v.vehicle_id == trip.vehicle_id)
    return {
        "crossing": place_entry(crossing.place_id, sources.places),
        "crossing_arrive": sources.utc(trip.queue_arrive_s),
        "crossing_through": sources.utc(trip.screening_end_s),
        "departs": sources.utc(trip.depart_s),
        "last_through": sources.utc(window.last_through_s),
        "origin": place_entry(trip.origin_id, sources.places),
        "trip_id": trip.trip_id,
        "vehicle_id": vehicle.vehicle_id,
        "vehicle_type": vehicle.vehicle_type,
        "window_id": window.window_id,
        "window_state": window.state,
    }


def _load_content(load: SeatCount) -> Content:
    return {"seated": load.seated, "stretcher": load.stretcher, "wheelchair": load.wheelchair}
