"""Windows of silence as a calendar file that any telephone shows (RFC 5545, RFC 5546)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safepassage.adapters.documents.common import iso_utc, require_extra
from safepassage.core.convoy.types import Window
from safepassage.errors import UsageError
from safepassage.ids import stable_token
from safepassage.scenario.types import Scenario
from safepassage.units import SECONDS_PER_MINUTE, moment_at

METHODS = ("PUBLISH", "REQUEST")
STATUS = {"accepted": "CONFIRMED"}
"""Everything that is not accepted is tentative."""


def write_calendar(
    scenario: Scenario, path: Path, issued_at: datetime, method: str = "PUBLISH"
) -> Path:
    """Write the windows as iCalendar, times in UTC.

    Parameters
    ----------
    issued_at
        Aware moment of issue; the time stamp of every event.
    method
        ``"PUBLISH"`` to inform, ``"REQUEST"`` to ask both parties for an answer.

    Raises
    ------
    MissingExtraError
        If the ``documents`` extra is not installed.
    UsageError
        If the method is neither of the two.
    """
    require_extra("icalendar", purpose="Writing a calendar")
    if method not in METHODS:
        raise UsageError(f"'{method}' is not a calendar method; accepted: {', '.join(METHODS)}.")
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//safepassage//windows of silence//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for window in scenario.windows:
        calendar.add_component(_event(scenario, window, issued_at, method))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(calendar.to_ical())
    return path


def _event(scenario: Scenario, window: Window, issued_at: datetime, method: str) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{stable_token('W', (scenario.name, window.window_id))}@safepassage")
    event.add("dtstamp", issued_at.astimezone(UTC))
    event.add("dtstart", moment_at(scenario.epoch, window.opens_s).astimezone(UTC))
    event.add("dtend", moment_at(scenario.epoch, window.closes_s).astimezone(UTC))
    event.add("summary", _summary(scenario, window))
    event.add("description", _description(scenario, window))
    event.add("status", STATUS.get(window.state, "TENTATIVE"))
    event.add("sequence", 0)
    event.add("transp", "OPAQUE")
    if method == "REQUEST":
        _address(event, scenario)
    return event


def _summary(scenario: Scenario, window: Window) -> str:
    places = {place.place_id: place.name for place in scenario.places}
    crossing = next(c for c in scenario.crossings if c.crossing_id == window.crossing_id)
    place = places.get(crossing.place_id, crossing.place_id)
    mark = "EXERCISE: " if scenario.kind == "exercise" else ""
    return f"{mark}Window of silence, {place} ({window.state})"


def _description(scenario: Scenario, window: Window) -> str:
    movement = iso_utc(moment_at(scenario.epoch, window.movement_from_s))
    last = iso_utc(moment_at(scenario.epoch, window.last_through_s))
    margin = window.margin_s // SECONDS_PER_MINUTE
    return (
        f"Window {window.window_id}. Vehicles leave their depots from {movement}. Nobody is "
        f"planned to cross after {last}: {margin} minutes are kept free before the close."
    )


def _address(event: Any, scenario: Scenario) -> None:
    """Name the intermediary as organiser and the parties as those asked (RFC 5546, 3.2.2)."""
    from icalendar import vCalAddress

    for party in scenario.parties:
        address = vCalAddress(f"urn:safepassage:party:{party.party_id}")
        address.params["CN"] = party.name
        if party.role == "intermediary":
            event.add("organizer", address)
        else:
            address.params["PARTSTAT"] = "NEEDS-ACTION"
            address.params["RSVP"] = "TRUE"
            event.add("attendee", address)
