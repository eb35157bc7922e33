"""Notifications of movement: numbers, never names; the same terms for both parties (04a §9-§17)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from safepassage.core.agreement.acts import BOTH
from safepassage.core.agreement.types import Party
from safepassage.core.agreement.wording import msg
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    OnwardTrip,
    Plan,
    SeatCount,
    Trip,
    Vehicle,
    VehicleReturn,
    Window,
)
from safepassage.core.corridor.types import PlaceKind
from safepassage.core.ledger.canonical import canonical_json, digest
from safepassage.scenario.types import Scenario
from safepassage.units import moment_at

LEAD_TIME_H = 48
"""Hours between notification and movement: practice in Yemen, where emergencies had 24 h."""

FEWER_THAN = 5
"""Counts of persons below this are not written: they point at people."""

CODE_WORDS = (
    msg("Ocean"), msg("Planet"), msg("Climate"), msg("Lemon"), msg("Radius"), msg("Sonata"),
    msg("Tango"), msg("Balance"), msg("Magnet"), msg("Orbit"), msg("Cactus"), msg("Formula"),
    msg("Guitar"), msg("Harmony"), msg("Compass"), msg("Lotus"), msg("Panda"), msg("Zebra"),
    msg("Fountain"), msg("Marathon"),
)  # fmt: skip
"""Words that sound alike in English, Ukrainian and Russian and unlike each other on a radio."""

SIGNALS = ("halt", "resume", "return")
CONTACT_ROLES = (
    msg("Duty officer of the intermediary"),
    msg("Convoy leader"),
    msg("Liaison officer of the receiving side"),
    msg("Liaison officer of the holding side"),
    msg("Officer at the crossing"),
)


def write_notifications(
    plan: Plan,
    problem: ConvoyProblem,
    scenario: Scenario,
    folder: Path,
    issued_at: datetime,
    *,
    lead_time_h: int = LEAD_TIME_H,
) -> tuple[Path, ...]:
    """Write the notification of movement for each party, as PDF and as canonical JSON.

    Parameters
    ----------
    folder
        Made if it is not there.
    issued_at
        Aware moment of issue.
    lead_time_h
        Hours that the parties' practice asks for between notification and movement.

    Returns
    -------
    tuple of Path
        For each party to the conflict its PDF and its JSON; empty if the plan moves nobody.

    Raises
    ------
    MissingExtraError
        If the ``documents`` extra is not installed.
    """
    require_extra("reportlab", "segno", purpose="Writing notifications")
    from safepassage.adapters.documents.notification_pages import write_notification_pdf

    sources = Sources(plan, problem, scenario, issued_at)
    paths: list[Path] = []
    for party in scenario.parties if plan.trips else ():
        if party.role in BOTH:
            content = notification_content(sources, party, lead_time_h)
            path = folder / f"{file_stem('notification', party.party_id)}.pdf"
            paths.append(write_notification_pdf(path, content))
            paths.append(write_content(path.with_suffix(".json"), content))
    return tuple(paths)


def notification_content(sources: Sources, party: Party, lead_time_h: int = LEAD_TIME_H) -> Content:
    """Return the canonical content of one party's notification.

    The part ``terms`` does not depend on the party, so both papers carry the same digest of it.
    """
    terms = notification_terms(sources, lead_time_h)
    terms_digest = digest(terms)
    issued = iso_utc(sources.issued_at)
    return {
        "document": {
            "exercise": sources.scenario.kind == "exercise",
            "expires_at": terms["acknowledgement"]["expires_at"],
            "from": _sender(sources.scenario),
            "issued_at": issued,
            "kind": "notification",
            "language": party.language,
            "number": document_number("N", (terms_digest, party.party_id, issued)),
            "operation": sources.scenario.title,
            "timezone": sources.scenario.timezone,
            "to": party.name,
            "version": DOCUMENT_VERSION,
        },
        "terms": terms,
        "terms_digest": terms_digest,
    }


def notification_terms(sources: Sources, lead_time_h: int = LEAD_TIME_H) -> Content:
    """Return what both parties are told, word for word the same."""
    legs = list(_legs(sources))
    first, last = min(leg.depart_s for leg in legs), max(leg.arrive_s for leg in legs)
    terms: Content = {
        "acknowledgement": _acknowledgement(sources, first, last, lead_time_h),
        "contact_roles": list(CONTACT_ROLES),
        "operation": sources.scenario.title,
        "plan_digest_of_scenario": sources.plan.scenario_digest,
        "refuges": [
            place_entry(place.place_id, sources.places) | {"kind": str(place.kind)}
            for place in sources.scenario.places
            if place.kind in (PlaceKind.FALL_BACK, PlaceKind.MEDICAL_POINT)
        ],
        "segments": _segments(sources, legs),
        "timezone": sources.scenario.timezone,
        "vehicles": _vehicles(sources),
        "windows": [_window(sources, window) for window in _windows_used(sources)],
    }
    return terms | {"code_words": code_words(terms)}


def code_words(terms: Content) -> dict[str, str]:
    """Return the code words of halt, resume and return for these terms.

    They follow from the terms, so both parties and the convoy have the same ones without another
    message; they prevent mix-ups, they are no secret.
    """
    seed = hashlib.sha256(canonical_json(terms)).digest()
    left = list(CODE_WORDS)
    return {signal: left.pop(byte % len(left)) for signal, byte in zip(SIGNALS, seed, strict=False)}


def suppressed(persons: int) -> int | str:
    """Return a count of persons, or ``"<5"`` where it would point at people.

    Examples
    --------
    >>> suppressed(4), suppressed(5)
    ('<5', 5)
    """
    return persons if persons >= FEWER_THAN else f"<{FEWER_THAN}"


@dataclass(frozen=True, slots=True)
class _Leg:
    """One vehicle on one stretch between two named places."""

    window_id: str
    side: str
    from_id: str
    to_id: str
    depart_s: int
    arrive_s: int
    vehicle_id: str


def _sender(scenario: Scenario) -> str:
    neutral = [party.name for party in scenario.parties if party.role == "intermediary"]
    return neutral[0] if neutral else ""


def _acknowledgement(sources: Sources, first_s: int, last_s: int, lead_time_h: int) -> Content:
    first = moment_at(sources.problem.epoch, first_s)
    given = first - sources.issued_at
    return {
        "acknowledge_by": iso_utc(min(first, sources.issued_at + given / 2)),
        "expires_at": sources.utc(last_s),
        "first_movement": iso_utc(first),
        "lead_time_given_min": int(given / timedelta(minutes=1)),
        "lead_time_practice_h": lead_time_h,
        "lead_time_short": given < timedelta(hours=lead_time_h),
    }


def _windows_used(sources: Sources) -> list[Window]:
    used = {trip.window_id for trip in sources.plan.trips}
    return [window for window in sources.problem.windows if window.window_id in used]


def _crossing_of(problem: ConvoyProblem, window_id: str) -> Crossing:
    window = next(w for w in problem.windows if w.window_id == window_id)
    return next(c for c in problem.crossings if c.crossing_id == window.crossing_id)


def _window(sources: Sources, window: Window) -> Content:
    crossing = _crossing_of(sources.problem, window.window_id)
    load = _load_of(sources, window.window_id)
    return {
        "closes_at": sources.utc(window.closes_s),
        "crossing": place_entry(crossing.place_id, sources.places),
        "last_through": sources.utc(window.last_through_s),
        "movement_from": sources.utc(window.movement_from_s),
        "opens_at": sources.utc(window.opens_s),
        "persons": {
            "all": suppressed(load.persons),
            "stretcher": suppressed(load.stretcher),
            "wheelchair": suppressed(load.wheelchair),
        },
        "state": window.state,
        "window_id": window.window_id,
    }


def _load_of(sources: Sources, window_id: str) -> SeatCount:
    groups = {group.token: group.load for group in sources.problem.groups}
    boarding = (
        groups[token]
        for trip in sources.plan.trips
        if trip.window_id == window_id
        for stop in trip.stops
        for token in stop.boards
    )
    return sum(boarding, SeatCount())


def _vehicles(sources: Sources) -> list[Content]:
    """Return the vehicles that move, by side and type; plates and marks are entered by hand."""
    movements: list[Trip | VehicleReturn | OnwardTrip] = [
        *sources.plan.trips,
        *sources.plan.returns,
        *sources.plan.onward,
    ]
    used = {movement.vehicle_id for movement in movements}
    depots = sources.places
    counts = Counter(
        (_side_of(vehicle, sources), vehicle.vehicle_type)
        for vehicle in sources.problem.vehicles
        if vehicle.vehicle_id in used and vehicle.depot_id in depots
    )
    return [
        {"count": count, "side": side, "type": vehicle_type}
        for (side, vehicle_type), count in sorted(counts.items())
    ]


def _side_of(vehicle: Vehicle, sources: Sources) -> str:
    near = {trip.vehicle_id for trip in sources.plan.trips}
    role = "holding" if vehicle.vehicle_id in near else "receiving"
    names = [party.name for party in sources.scenario.parties if party.role == role]
    return names[0] if names else role


def _segments(sources: Sources, legs: Iterable[_Leg]) -> list[Content]:
    """Return the stretches between named places with the span of time in which they are used."""
    together: dict[tuple[str, str, str, str], list[_Leg]] = {}
    for leg in legs:
        key = (leg.window_id, leg.side, leg.from_id, leg.to_id)
        together.setdefault(key, []).append(leg)
    opens = {window.window_id: window.opens_s for window in sources.problem.windows}
    ordered = sorted(
        together.items(),
        key=lambda item: (
            opens[item[0][0]],
            item[0][:2],
            min(leg.depart_s for leg in item[1]),
            item[0],
        ),
    )
    return [
        {
            "first_departure": sources.utc(min(leg.depart_s for leg in same)),
            "from": place_entry(from_id, sources.places),
            "last_arrival": sources.utc(max(leg.arrive_s for leg in same)),
            "passages": len(same),
            "side": side,
            "to": place_entry(to_id, sources.places),
            "window_id": window_id,
        }
        for (window_id, side, from_id, to_id), same in ordered
    ]


def _legs(sources: Sources) -> Iterator[_Leg]:
    names = {party.party_id: party.name for party in sources.scenario.parties}
    for trip in sources.plan.trips:
        crossing = _crossing_of(sources.problem, trip.window_id)
        yield from _trip_legs(trip, crossing.place_id, names.get(crossing.from_side, ""))
    for back in sources.plan.returns:
        crossing = _crossing_of(sources.problem, back.window_id)
        depot = _depot(sources.problem, back.vehicle_id)
        side = names.get(crossing.from_side, "")
        yield _Leg(
            back.window_id, side, crossing.place_id, depot, back.depart_s, back.arrive_s,
            back.vehicle_id,
        )  # fmt: skip
    for onward in sources.plan.onward:
        crossing = _crossing_of(sources.problem, onward.window_id)
        side = names.get(crossing.to_side, "")
        yield from _onward_legs(onward, crossing.place_id, side, sources)
    yield from _depot_legs(sources, names)


def _trip_legs(trip: Trip, crossing_place: str, side: str) -> Iterator[_Leg]:
    here, since = trip.origin_id, trip.depart_s
    for stop in trip.stops:
        yield _Leg(trip.window_id, side, here, stop.place_id, since, stop.arrive_s, trip.vehicle_id)
        here, since = stop.place_id, stop.depart_s
    yield _Leg(
        trip.window_id, side, here, crossing_place, since, trip.queue_arrive_s, trip.vehicle_id
    )


def _onward_legs(
    onward: OnwardTrip, crossing_place: str, side: str, sources: Sources
) -> Iterator[_Leg]:
    centre_places = {c.centre_id: c.place_id for c in sources.problem.centres}
    here, since = crossing_place, onward.depart_s
    for stop in onward.stops:
        place = centre_places.get(stop.centre_id, stop.centre_id)
        yield _Leg(onward.window_id, side, here, place, since, stop.arrive_s, onward.vehicle_id)
        here, since = place, stop.depart_s
    yield _Leg(
        onward.window_id, side, here, crossing_place, since, onward.back_s, onward.vehicle_id
    )


def _depot_legs(sources: Sources, names: dict[str, str]) -> Iterator[_Leg]:
    """Yield how onward vehicles come to the crossing and go home, by the times of the matrices."""
    by_day: dict[tuple[str, str], list[OnwardTrip]] = {}
    for onward in sources.plan.onward:
        by_day.setdefault((onward.window_id, onward.vehicle_id), []).append(onward)
    for (window_id, vehicle_id), trips in by_day.items():
        crossing = _crossing_of(sources.problem, window_id)
        depot, gate = _depot(sources.problem, vehicle_id), crossing.place_id
        side = names.get(crossing.to_side, "")
        first, last = min(t.boards_from_s for t in trips), max(t.back_s for t in trips)
        out_s = _drive_s(sources.problem, vehicle_id, depot, gate)
        home_s = _drive_s(sources.problem, vehicle_id, gate, depot)
        yield _Leg(window_id, side, depot, gate, first - out_s, first, vehicle_id)
        yield _Leg(window_id, side, gate, depot, last, last + home_s, vehicle_id)


def _drive_s(problem: ConvoyProblem, vehicle_id: str, from_id: str, to_id: str) -> int:
    """Return the matrix time between two places for a vehicle."""
    ids = [vehicle.vehicle_id for vehicle in problem.vehicles]
    matrix = problem.matrices.matrices[problem.vehicle_matrix[ids.index(vehicle_id)]]
    row = problem.matrices.place_ids.index(from_id)
    return int(matrix.travel_time_s[row, problem.matrices.place_ids.index(to_id)])


def _depot(problem: ConvoyProblem, vehicle_id: str) -> str:
    return next(v.depot_id for v in problem.vehicles if v.vehicle_id == vehicle_id)
