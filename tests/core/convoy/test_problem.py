"""From rows to travel groups: who may travel, with whom, where to, and who cannot at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from safepassage.core.convoy.problem import ProblemBuild, build_problem
from safepassage.core.convoy.tiny import PLACES, tiny_problem
from safepassage.core.convoy.types import LeftReason, SeatCount
from safepassage.core.corridor.types import Place, PlaceKind
from safepassage.core.register.types import Choice, Consent, Household

SIDES = {"depot": "a", "village": "a", "line": "a", "far depot": "b", "centre": "b"}


def row(token: str, **changes: Any) -> Household:
    fields = {
        "place_id": "village", "seated": 2, "wheelchair": 0, "stretcher": 0, "adults": 1,
        "choice": Choice.GO, "consent": Consent.YES,
    }  # fmt: skip
    return Household(token=token, **(fields | changes))


def build(*rows: Household, **changes: Any) -> ProblemBuild:
    tiny = tiny_problem()
    places = [
        Place(
            place_id, place_id,
            PlaceKind.RECEPTION_CENTRE if place_id == "centre" else PlaceKind.SETTLEMENT, 0.0, 0.0,
            capacity=10, capacity_accessible=1,
        )
        for place_id in PLACES
    ]  # fmt: skip
    given = {
        "households": rows, "places": places, "vehicles": tiny.vehicles,
        "crossings": tiny.crossings, "windows": tiny.windows, "service": tiny.service,
        "matrices": tiny.matrices, "vehicle_matrix": tiny.vehicle_matrix, "epoch": tiny.epoch,
        "timezone": "UTC", "max_aboard_s": None, "scenario_digest": "", "side_of_place": SIDES,
    }  # fmt: skip
    return build_problem(**(given | changes))


def reasons(built: ProblemBuild) -> dict[str, LeftReason]:
    return {one.token: one.reason for one in built.left}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"choice": Choice.STAY}, LeftReason.CHOSE_TO_STAY),
        ({"choice": Choice.UNDECIDED}, LeftReason.UNDECIDED),
        ({"choice": Choice.NOT_ASKED}, LeftReason.NOT_ASKED),
        ({"consent": Consent.NO}, LeftReason.NO_CONSENT),
        ({"consent": Consent.NOT_ASKED}, LeftReason.NO_CONSENT),
        ({"choice": Choice.STAY, "consent": Consent.NO}, LeftReason.CHOSE_TO_STAY),
        ({"children": 2, "adults": 0}, LeftReason.CHILD_WITHOUT_ADULT),
        ({"children": 2, "adults": 0, "accompanied_by": "H-1"}, LeftReason.CHILD_WITHOUT_ADULT),
        ({"seated": 6}, LeftReason.NO_SEAT_OF_KIND),
        ({"seated": 0, "stretcher": 1}, LeftReason.NO_SEAT_OF_KIND),
        ({"place_id": "nowhere"}, LeftReason.NO_ROAD),
        ({"destinations": ("depot",)}, LeftReason.NO_ROAD),
    ],
)
def test_a_row_that_cannot_travel_is_left_for_the_first_reason(
    changes: dict[str, Any], reason: LeftReason
) -> None:
    built = build(row("H-1", **changes))
    assert reasons(built) == {"H-1": reason}
    assert not built.problem.groups


def test_a_child_rides_with_the_row_that_takes_it() -> None:
    built = build(
        row("H-1", seated=1, children=1, adults=0, accompanied_by="H-2"), row("H-2", priority=3)
    )
    (group,) = built.problem.groups
    assert group.household_tokens == ("H-1", "H-2")
    assert group.household_persons == (1, 2)
    assert group.load == SeatCount(seated=3)
    assert group.value == 1 * 1 + 3 * 2


def test_children_cannot_take_children() -> None:
    built = build(
        row("H-1", children=2, adults=0, accompanied_by="H-2"),
        row("H-2", children=2, adults=0, accompanied_by="H-1"),
    )
    assert set(reasons(built).values()) == {LeftReason.CHILD_WITHOUT_ADULT}


def test_one_who_stays_keeps_the_whole_group() -> None:
    built = build(
        row("H-1", travel_group="T"), row("H-2", travel_group="T", choice=Choice.STAY), row("H-3")
    )
    assert reasons(built) == {
        "H-1": LeftReason.GROUP_INCOMPLETE, "H-2": LeftReason.CHOSE_TO_STAY,
    }  # fmt: skip
    assert [group.token for group in built.problem.groups] == ["H-3"]


def test_a_group_with_two_pick_ups_is_not_planned() -> None:
    built = build(row("H-1", travel_group="T"), row("H-2", travel_group="T", place_id="depot"))
    assert set(reasons(built).values()) == {LeftReason.GROUP_INCOMPLETE}


def test_apart_holds_between_groups_in_both_directions() -> None:
    built = build(
        row("H-1", apart_from=frozenset({"H-3"})), row("H-2", travel_group="T"),
        row("H-3", travel_group="T"),
    )  # fmt: skip
    apart = {group.token: group.apart_from for group in built.problem.groups}
    assert apart == {"H-1": frozenset({"H-2"}), "H-2": frozenset({"H-1"})}


def test_a_group_apart_from_itself_is_not_planned() -> None:
    built = build(
        row("H-1", travel_group="T", apart_from=frozenset({"H-2"})), row("H-2", travel_group="T")
    )
    assert set(reasons(built).values()) == {LeftReason.GROUP_INCOMPLETE}


def test_the_latest_row_says_when_a_group_is_ready() -> None:
    built = build(
        row("H-1", travel_group="T", ready_at="2025-01-01T01:00:00+00:00"),
        row("H-2", travel_group="T"),
    )
    assert built.problem.groups[0].ready_s == 3600


def test_more_people_than_places_at_every_centre_is_no_place() -> None:
    tiny = tiny_problem()
    big = tuple(
        replace(one, capacity=replace(one.capacity, places=SeatCount(40))) for one in tiny.vehicles
    )
    assert reasons(build(row("H-1", seated=11), vehicles=big)) == {
        "H-1": LeftReason.NO_PLACE_AT_CENTRE
    }


def test_a_centre_on_the_near_side_takes_nobody() -> None:
    built = build(row("H-1"), side_of_place=SIDES | {"centre": "a"})
    assert reasons(built) == {"H-1": LeftReason.NO_ROAD}


def test_vehicles_are_near_or_far_by_the_side_of_their_depot() -> None:
    assert build().problem.vehicle_side == ("a", "b")
    assert build().problem.centre_side == ("b",)
