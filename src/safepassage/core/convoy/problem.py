"""From rows of people, places and vehicles to the problem that is planned.

Applies the rules of who may travel (docs/spec/05-convoy.md §1 to §4), finds each group's reception
centres (§15), and leaves at once, with the reason, every group that no plan could carry (§17, §20).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from safepassage.core.convoy.conflicts import Conflicts
from safepassage.core.convoy.hours import OperationDays, days_of_windows
from safepassage.core.convoy.left import exclusion_sentence, leave_rows
from safepassage.core.convoy.reach import WHATEVER_THE_PLAN, Reach
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    Left,
    LeftReason,
    ReceptionCentre,
    SeatCount,
    ServiceTimes,
    TravelGroup,
    Vehicle,
    Window,
)
from safepassage.core.corridor.types import Place, PlaceKind, TravelMatrices
from safepassage.core.register.types import Choice, Consent, Household
from safepassage.units import parse_moment, seconds_since


@dataclass(frozen=True, slots=True)
class ProblemBuild:
    """What can be planned, and what cannot whatever the plan.

    Parameters
    ----------
    problem
        Its groups have a seat, a road and a place if they are alone.
    left
        Rows that no plan may or can carry, with their reasons, sorted by token.
    """

    problem: ConvoyProblem
    left: tuple[Left, ...]


def build_problem(
    *,
    households: Sequence[Household],
    places: Sequence[Place],
    vehicles: Sequence[Vehicle],
    crossings: Sequence[Crossing],
    windows: Sequence[Window],
    service: ServiceTimes,
    matrices: TravelMatrices,
    vehicle_matrix: Sequence[int],
    epoch: datetime,
    timezone: str,
    max_aboard_s: int | None,
    scenario_digest: str,
    side_of_place: Mapping[str, str],
) -> ProblemBuild:
    """Build the convoy problem and say which rows it leaves out.

    Parameters
    ----------
    households
        Rows of ``households.csv``; tokens are unique.
    matrices
        Travel times in seconds and exposures for every place used.
    vehicle_matrix
        For each vehicle, the index of its matrix.
    epoch
        Aware UTC moment of second 0.
    side_of_place
        Party that administers each place at the planning date; a place may be missing (§5).

    Returns
    -------
    ProblemBuild
        Together its groups and left rows are all `households`, each once (§20).
    """
    by_token = {row.token: row for row in households}
    barred = _barred(by_token)
    whole, broken = _form_groups(by_token, barred)
    centres = _centres(places, days_of_windows(epoch, timezone, windows))
    sides = dict(side_of_place)
    groups = _travel_groups(whole, by_token, crossings, centres, sides, epoch)
    problem = ConvoyProblem(
        epoch=epoch,
        timezone=timezone,
        groups=groups,
        vehicles=tuple(vehicles),
        crossings=tuple(crossings),
        windows=tuple(windows),
        centres=centres,
        service=service,
        matrices=matrices,
        vehicle_matrix=tuple(vehicle_matrix),
        max_aboard_s=max_aboard_s,
        scenario_digest=scenario_digest,
        vehicle_side=tuple(sides.get(vehicle.depot_id, "") for vehicle in vehicles),
        centre_side=tuple(sides.get(centre.place_id, "") for centre in centres),
    )
    problem, excluded = _without_excluded(problem, by_token)
    left = [*barred.values(), *broken, *excluded]
    return ProblemBuild(problem, tuple(sorted(left, key=lambda one: one.token)))


_CHOICE_REASON = {
    Choice.STAY: (LeftReason.CHOSE_TO_STAY, "They chose to stay."),
    Choice.UNDECIDED: (LeftReason.UNDECIDED, "They have not decided yet."),
    Choice.NOT_ASKED: (LeftReason.NOT_ASKED, "Nobody has asked them yet."),
}


def _barred(by_token: Mapping[str, Household]) -> dict[str, Left]:
    """Return the rows that may not travel on their own account (§1, §2)."""
    barred: dict[str, Left] = {}
    for row in by_token.values():
        found = _bar(row, by_token)
        if found is not None:
            barred[row.token] = Left(row.token, row.persons, *found)
    return barred


def _bar(row: Household, by_token: Mapping[str, Household]) -> tuple[LeftReason, str] | None:
    if row.choice in _CHOICE_REASON:
        return _CHOICE_REASON[row.choice]
    if row.consent is not Consent.YES:
        return LeftReason.NO_CONSENT, _consent_sentence(row.consent)
    if _children_alone(row) and not _taken_by_adult(row, by_token):
        return LeftReason.CHILD_WITHOUT_ADULT, "No row with an adult is named who takes them."
    return None


def _consent_sentence(consent: Consent) -> str:
    if consent is Consent.NO:
        return "They did not consent to be carried on a manifest."
    return "They were not asked for their consent to be carried on a manifest."


def _children_alone(row: Household) -> bool:
    return row.children > 0 and row.adults == 0


def _taken_by_adult(row: Household, by_token: Mapping[str, Household]) -> bool:
    adult = by_token.get(row.accompanied_by)
    return adult is not None and adult is not row and not _children_alone(adult)


def _form_groups(
    by_token: Mapping[str, Household], barred: Mapping[str, Left]
) -> tuple[list[list[str]], list[Left]]:
    """Return the groups that may travel, as sorted tokens, and the rows of broken groups (§3)."""
    whole: list[list[str]] = []
    broken: list[Left] = []
    for tokens in _tied(by_token):
        detail = _why_broken([by_token[token] for token in tokens], barred)
        if not detail:
            whole.append(tokens)
            continue
        for token in tokens:
            if token not in barred:
                persons = by_token[token].persons
                broken.append(Left(token, persons, LeftReason.GROUP_INCOMPLETE, detail))
    return whole, broken


def _why_broken(rows: Sequence[Household], barred: Mapping[str, Left]) -> str:
    tokens = {row.token for row in rows}
    if tokens & barred.keys():
        return "A row of its travel group may not travel, and groups go whole or not at all."
    if len({row.place_id for row in rows}) > 1:
        return "The rows of its travel group have different pick-up places."
    if any(row.apart_from & (tokens - {row.token}) for row in rows):
        return "Rows of its travel group are to be kept apart from each other."
    return ""


def _tied(by_token: Mapping[str, Household]) -> list[list[str]]:
    """Return the connected sets of rows under travel groups and accompaniment."""
    parent = {token: token for token in by_token}

    def find(token: str) -> str:
        while parent[token] != token:
            parent[token] = parent[parent[token]]
            token = parent[token]
        return token

    for one, other in _ties(by_token):
        parent[find(one)] = find(other)
    sets: dict[str, list[str]] = {}
    for token in sorted(by_token):
        sets.setdefault(find(token), []).append(token)
    return sorted(sets.values())


def _ties(by_token: Mapping[str, Household]) -> Iterable[tuple[str, str]]:
    first: dict[str, str] = {}
    for row in by_token.values():
        if row.travel_group:
            yield row.token, first.setdefault(row.travel_group, row.token)
        if row.accompanied_by in by_token:
            yield row.token, row.accompanied_by


def _centres(places: Sequence[Place], days: OperationDays) -> tuple[ReceptionCentre, ...]:
    return tuple(
        ReceptionCentre(
            place.place_id,
            place.place_id,
            place.capacity or 0,
            place.capacity_accessible or 0,
            days.spans(place.receives),
        )
        for place in sorted(places, key=lambda place: place.place_id)
        if place.kind is PlaceKind.RECEPTION_CENTRE
    )


def _travel_groups(
    whole: Sequence[Sequence[str]],
    by_token: Mapping[str, Household],
    crossings: Sequence[Crossing],
    centres: Sequence[ReceptionCentre],
    sides: Mapping[str, str],
    epoch: datetime,
) -> tuple[TravelGroup, ...]:
    group_of = {token: tokens[0] for tokens in whole for token in tokens}
    apart = _apart(by_token, group_of)
    far = _far_centres(crossings, centres, sides)
    return tuple(
        _travel_group([by_token[token] for token in tokens], apart, far, sides, epoch)
        for tokens in whole
    )


def _travel_group(
    rows: Sequence[Household],
    apart: Mapping[str, set[str]],
    far: Mapping[str, tuple[str, ...]],
    sides: Mapping[str, str],
    epoch: datetime,
) -> TravelGroup:
    load = SeatCount()
    for row in rows:
        load = load + SeatCount(row.seated, row.wheelchair, row.stretcher)
    return TravelGroup(
        token=rows[0].token,
        household_tokens=tuple(row.token for row in rows),
        place_id=rows[0].place_id,
        load=load,
        value=sum(row.priority * row.persons for row in rows),
        ready_s=max(_ready_s(row, epoch) for row in rows),
        centres=_accepted(rows, far.get(sides.get(rows[0].place_id, ""), far[""])),
        apart_from=frozenset(apart.get(rows[0].token, ())),
        household_persons=tuple(row.persons for row in rows),
        door=any(row.door for row in rows),
    )


NEVER_BEFORE_S = -(10**9)
"""Ready time of rows without one: before any window."""


def _ready_s(row: Household, epoch: datetime) -> int:
    return seconds_since(epoch, parse_moment(row.ready_at)) if row.ready_at else NEVER_BEFORE_S


def _accepted(rows: Sequence[Household], far: Sequence[str]) -> tuple[str, ...]:
    """Return the far-side centres that every row of a group accepts, as the first row wishes."""
    wishes = [row.destinations for row in rows if row.destinations]
    if not wishes:
        return tuple(far)
    return tuple(
        centre
        for centre in dict.fromkeys(wishes[0])
        if centre in far and all(centre in others for others in wishes[1:])
    )


def _far_centres(
    crossings: Sequence[Crossing], centres: Sequence[ReceptionCentre], sides: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return, for each side that people leave, the centres across; under "" those of all."""
    far: dict[str, tuple[str, ...]] = {}
    for side in {crossing.from_side for crossing in crossings} | {""}:
        across = {c.to_side for c in crossings if side in ("", c.from_side)}
        far[side] = tuple(c.centre_id for c in centres if sides.get(c.place_id, "") in across)
    return far


def _apart(by_token: Mapping[str, Household], group_of: Mapping[str, str]) -> dict[str, set[str]]:
    """Return for each group the groups it is kept apart from, in both directions (§4)."""
    apart: dict[str, set[str]] = {}
    for row in by_token.values():
        for other in row.apart_from:
            one, two = group_of.get(row.token), group_of.get(other)
            if one is not None and two is not None and one != two:
                apart.setdefault(one, set()).add(two)
                apart.setdefault(two, set()).add(one)
    return apart


def _without_excluded(
    problem: ConvoyProblem, by_token: Mapping[str, Household]
) -> tuple[ConvoyProblem, list[Left]]:
    """Take out the groups that no plan could give a seat, a road or a place."""
    reach = Reach(problem)
    conflicts = Conflicts(reach)
    kept: list[TravelGroup] = []
    left: list[Left] = []
    for group in problem.groups:
        _, reason = reach.ways(group)
        if reason not in WHATEVER_THE_PLAN:
            kept.append(group)
            continue
        persons = {token: by_token[token].persons for token in group.household_tokens}
        detail = exclusion_sentence(conflicts, group, reason)
        left += leave_rows(group, persons, reason, detail)
    gone = {group.token for group in problem.groups} - {group.token for group in kept}
    groups = tuple(replace(group, apart_from=group.apart_from - gone) for group in kept)
    return replace(problem, groups=groups), left
