"""What a judge needs to know, gathered from the raw rows and never from the planner.

Travel groups are rebuilt here from ``households.csv`` (docs/spec/05-convoy.md §1 to §3); the
``groups`` of the problem, which the planner works from, are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    LeftReason,
    ReceptionCentre,
    SeatCount,
    Vehicle,
    Window,
)
from safepassage.core.register.types import Choice, Consent, Household
from safepassage.units import format_clock, moment_at, parse_moment, seconds_since


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A travel group as its rows make it.

    Parameters
    ----------
    token
        Smallest token of its rows.
    refused
        (row token, reason) of the rows that may not travel under §1 or §2.
    ready_s
        Latest ready time of its rows; None where no row has one.
    centres
        Accepted centres in order of wish; None means any on the far side.
    apart_from
        Tokens of the groups that may not share a vehicle with it, either side having said so.
    door
        Whether one of its rows is fetched at its own door.
    """

    token: str
    rows: tuple[Household, ...]
    refused: tuple[tuple[str, LeftReason], ...]
    ready_s: int | None
    centres: tuple[str, ...] | None
    apart_from: frozenset[str]
    door: bool = False

    @property
    def load(self) -> SeatCount:
        """Persons by seat kind."""
        return sum((SeatCount(r.seated, r.wheelchair, r.stretcher) for r in self.rows), SeatCount())

    @property
    def value(self) -> int:
        """Priority-weighted persons."""
        return sum(row.priority * row.persons for row in self.rows)

    @property
    def place_id(self) -> str:
        """Pick-up of its first row; see `scattered`."""
        return self.rows[0].place_id

    @property
    def scattered(self) -> bool:
        """Whether its rows wait at different places, so that it cannot ride whole."""
        return len({row.place_id for row in self.rows}) > 1


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The problem and the rows, indexed."""

    problem: ConvoyProblem
    rows: dict[str, Household]
    groups: dict[str, RowGroup]
    group_of_row: dict[str, str]
    vehicles: dict[str, Vehicle]
    vehicle_index: dict[str, int]
    windows: dict[str, Window]
    crossings: dict[str, Crossing]
    centres: dict[str, ReceptionCentre]
    place_index: dict[str, int]

    def crossing_of(self, window_id: str) -> Crossing:
        """Return the crossing of a window."""
        return self.crossings[self.windows[window_id].crossing_id]

    def drive_s(self, vehicle_id: str, from_place: str, to_place: str) -> int | None:
        """Return the matrix time for this vehicle, or None where there is no way."""
        if from_place not in self.place_index or to_place not in self.place_index:
            return None
        matrix = self.problem.matrices.matrices[self._matrix(vehicle_id)]
        time_s = int(matrix.travel_time_s[self._pair(from_place, to_place)])
        return None if time_s < 0 else time_s

    def path_exposure(self, vehicle_id: str, from_place: str, to_place: str) -> float:
        """Return what one person meets along the path of this vehicle."""
        matrix = self.problem.matrices.matrices[self._matrix(vehicle_id)]
        return float(matrix.exposure[self._pair(from_place, to_place)])

    def waiting_rate_per_h(self, place_id: str) -> float:
        """Return the hazard rate of waiting at a place."""
        return float(self.problem.matrices.place_hazard_rate_per_h[self.place_index[place_id]])

    def is_near(self, vehicle_id: str, crossing: Crossing) -> bool:
        """Return whether the vehicle brings people to this crossing (§5)."""
        return self._on_side(vehicle_id, crossing.from_side)

    def is_far(self, vehicle_id: str, crossing: Crossing) -> bool:
        """Return whether the vehicle takes people on from this crossing (§5)."""
        return self._on_side(vehicle_id, crossing.to_side)

    def boarding_s(self, load: SeatCount) -> int:
        """Return the time for `load` to board, one after the other."""
        return _one_by_one(self.problem.service.boarding_s, load)

    def alighting_s(self, load: SeatCount) -> int:
        """Return the time for `load` to alight, one after the other."""
        return _one_by_one(self.problem.service.alighting_s, load)

    def stop_s(self, tokens: tuple[str, ...]) -> int:
        """Return how long a stop lasts at which these groups board (§8, §36)."""
        doors = sum(self.groups[token].door for token in tokens)
        service = self.problem.service
        return service.stop_s + self.boarding_s(self.load_of(tokens)) + doors * service.door_s

    def load_of(self, tokens: tuple[str, ...]) -> SeatCount:
        """Return the persons of several groups."""
        return sum((self.groups[token].load for token in tokens), SeatCount())

    def clock(self, at_s: int) -> str:
        """Return a moment for a message; never fails, however far off the number is."""
        try:
            return format_clock(moment_at(self.problem.epoch, at_s), self.problem.timezone)
        except (OverflowError, ValueError):
            return f"second {at_s}"

    def accepted_centres(self, group: RowGroup, crossing: Crossing) -> tuple[str, ...]:
        """Return the centres where the group would sleep, coming over this crossing (§15)."""
        if group.centres is not None:
            return tuple(centre for centre in group.centres if centre in self.centres)
        return tuple(
            centre.centre_id
            for index, centre in enumerate(self.problem.centres)
            if self._centre_side(index) in {"", crossing.to_side}
        )

    def _centre_side(self, index: int) -> str:
        sides = self.problem.centre_side
        return sides[index] if index < len(sides) else ""

    def _on_side(self, vehicle_id: str, side: str) -> bool:
        sides = self.problem.vehicle_side
        index = self.vehicle_index[vehicle_id]
        if index < len(sides) and sides[index]:
            return sides[index] == side
        return side in self.vehicles[vehicle_id].sides

    def _matrix(self, vehicle_id: str) -> int:
        return self.problem.vehicle_matrix[self.vehicle_index[vehicle_id]]

    def _pair(self, from_place: str, to_place: str) -> tuple[int, int]:
        return self.place_index[from_place], self.place_index[to_place]


def gather_facts(problem: ConvoyProblem, households: tuple[Household, ...]) -> Facts:
    """Index the problem and rebuild the travel groups from the rows."""
    rows = {row.token: row for row in households}
    group_of_row = _group_of_row(rows)
    return Facts(
        problem=problem,
        rows=rows,
        groups=_groups(problem, rows, group_of_row),
        group_of_row=group_of_row,
        vehicles={vehicle.vehicle_id: vehicle for vehicle in problem.vehicles},
        vehicle_index={vehicle.vehicle_id: i for i, vehicle in enumerate(problem.vehicles)},
        windows={window.window_id: window for window in problem.windows},
        crossings={crossing.crossing_id: crossing for crossing in problem.crossings},
        centres={centre.centre_id: centre for centre in problem.centres},
        place_index={place: i for i, place in enumerate(problem.matrices.place_ids)},
    )


def row_refusal(row: Household, rows: dict[str, Household]) -> LeftReason | None:
    """Return why the row by itself may not travel (§1, §2), or None where it may."""
    if row.choice is not Choice.GO:
        return _CHOICE_REASON[row.choice]
    if row.consent is not Consent.YES:
        return LeftReason.NO_CONSENT
    if _children_alone(row) and not _accompanied(row, rows):
        return LeftReason.CHILD_WITHOUT_ADULT
    return None


_CHOICE_REASON = {
    Choice.STAY: LeftReason.CHOSE_TO_STAY,
    Choice.UNDECIDED: LeftReason.UNDECIDED,
    Choice.NOT_ASKED: LeftReason.NOT_ASKED,
}


def _children_alone(row: Household) -> bool:
    return row.children > 0 and row.adults == 0


def _accompanied(row: Household, rows: dict[str, Household]) -> bool:
    companion = rows.get(row.accompanied_by)
    return companion is not None and not _children_alone(companion)


def _group_of_row(rows: dict[str, Household]) -> dict[str, str]:
    """Return the group token of each row: rows tied by group name or by who accompanies whom."""
    parent = {token: token for token in rows}

    def root(token: str) -> str:
        while parent[token] != token:
            token = parent[token]
        return token

    def tie(one: str, other: str) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    first_of_name: dict[str, str] = {}
    for row in rows.values():
        if row.travel_group:
            tie(row.token, first_of_name.setdefault(row.travel_group, row.token))
        if row.accompanied_by in rows:
            tie(row.token, row.accompanied_by)
    return {token: root(token) for token in rows}


def _groups(
    problem: ConvoyProblem, rows: dict[str, Household], group_of_row: dict[str, str]
) -> dict[str, RowGroup]:
    members: dict[str, list[Household]] = defaultdict(list)
    for token in sorted(rows):
        members[group_of_row[token]].append(rows[token])
    apart = _apart(rows, group_of_row)
    return {
        token: _group(problem, token, tuple(group_rows), rows, frozenset(apart[token]))
        for token, group_rows in members.items()
    }


def _group(
    problem: ConvoyProblem,
    token: str,
    members: tuple[Household, ...],
    rows: dict[str, Household],
    apart_from: frozenset[str],
) -> RowGroup:
    refusals = ((row.token, row_refusal(row, rows)) for row in members)
    ready = [
        seconds_since(problem.epoch, parse_moment(row.ready_at)) for row in members if row.ready_at
    ]
    return RowGroup(
        token=token,
        rows=members,
        refused=tuple((row, reason) for row, reason in refusals if reason is not None),
        ready_s=max(ready, default=None),
        centres=_common_centres(members),
        apart_from=apart_from,
        door=any(row.door for row in members),
    )


def _common_centres(members: tuple[Household, ...]) -> tuple[str, ...] | None:
    wishes = [row.destinations for row in members if row.destinations]
    if not wishes:
        return None
    return tuple(centre for centre in wishes[0] if all(centre in wish for wish in wishes))


def _apart(rows: dict[str, Household], group_of_row: dict[str, str]) -> dict[str, set[str]]:
    apart: dict[str, set[str]] = defaultdict(set)
    for row in rows.values():
        for other in row.apart_from:
            pair = (group_of_row[row.token], group_of_row.get(other, ""))
            if pair[1] and pair[0] != pair[1]:
                apart[pair[0]].add(pair[1])
                apart[pair[1]].add(pair[0])
    return apart


def _one_by_one(seconds: SeatCount, load: SeatCount) -> int:
    return (
        seconds.seated * load.seated
        + seconds.wheelchair * load.wheelchair
        + seconds.stretcher * load.stretcher
    )
