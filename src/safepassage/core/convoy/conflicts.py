"""The smallest set of rules that stands together in the way of a household.

A group that could not be carried even if it were alone in the world meets a conflict: some rules
that cannot all be kept. Which they are is asked of the same test that excluded the group
(:mod:`safepassage.core.convoy.alone`), with rules set aside. A deletion filter drops one rule
after the other and keeps those without which the group could go (Chinneck, Feasibility and
Infeasibility in Optimization, 2008, ch. 6); what is left is a conflict in which every rule is
needed. As a smaller one may hide beside it, every set with fewer rules is then tried as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from safepassage.core.convoy.alone import (
    EVERY_RULE,
    NearWay,
    OnwardWay,
    Rule,
    Rules,
    describe_load,
    released_s,
    taken_on,
)
from safepassage.core.convoy.reach import Reach, Way
from safepassage.core.convoy.types import Crossing, TravelGroup
from safepassage.units import format_duration

MOST_EXPLAINED = 200
"""Different kinds of group whose conflict is searched for; a scenario in which more of them cannot
be carried has another fault, and the search would take minutes."""


class Conflicts:
    """Finds the conflict of each group, once for groups that are alike.

    Parameters
    ----------
    reach
        Knows the drives.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._found: dict[tuple[object, ...], tuple[Rule, ...]] = {}
        self._near: dict[int, tuple[Way, ...]] = {}
        self._far: dict[str, tuple[int, ...]] = {}

    def of(self, group: TravelGroup) -> tuple[Rule, ...]:
        """Return the smallest set of rules in the way of a group, in the order of :class:`Rule`.

        Returns
        -------
        tuple
            Empty where the group could go, where not even setting every rule aside would help
            (then nobody could go), and beyond `MOST_EXPLAINED` kinds of group.
        """
        key = (group.place_id, group.load, group.ready_s, group.centres, group.door)
        if key not in self._found:
            if len(self._found) >= MOST_EXPLAINED:
                return ()
            self._found[key] = self._search(group)
        return self._found[key]

    def _search(self, group: TravelGroup) -> tuple[Rule, ...]:
        if self.possible(group, EVERY_RULE) or not self.possible(group, frozenset()):
            return ()
        kept = EVERY_RULE
        for rule in reversed(Rule):
            if not self.possible(group, kept - {rule}):
                kept -= {rule}
        for size in range(1, len(kept)):
            for fewer in combinations(Rule, size):
                if not self.possible(group, frozenset(fewer)):
                    return fewer
        return tuple(rule for rule in Rule if rule in kept)

    def possible(self, group: TravelGroup, rules: Rules) -> bool:
        """Return whether the group, alone, could be across and at a centre under these rules."""
        return any(
            from_s is not None
            and any(
                taken_on(self.reach.problem, group, near, onward, from_s, rules)
                for onward in self._onward_ways(group, near.crossing, rules)
            )
            for near in self._near_ways(group)
            for from_s in [released_s(self.reach.problem, group, near, rules)]
        )

    def _near_ways(self, group: TravelGroup) -> Iterator[NearWay]:
        for window, crossing in enumerate(self.reach.crossing_of):
            if window not in self._near:
                vehicles = self._kinds(self.reach.near_side(crossing))
                self._near[window] = tuple(Way(vehicle, window) for vehicle in vehicles)
            for way in self._near[window]:
                yield self.reach.near_way(group, way)

    def _onward_ways(
        self, group: TravelGroup, crossing: Crossing, rules: Rules
    ) -> Iterator[OnwardWay]:
        if crossing.crossing_id not in self._far:
            self._far[crossing.crossing_id] = self._kinds(self.reach.far_side(crossing))
        accepted = group.centres if Rule.WISHES in rules else tuple(self.reach.centre_by_id)
        for centre in accepted:
            if self.reach.is_across(crossing, centre):
                for vehicle in self._far[crossing.crossing_id]:
                    yield self.reach.onward_way(vehicle, crossing, self.reach.centre_by_id[centre])

    def _kinds(self, vehicles: list[int]) -> tuple[int, ...]:
        """Return one vehicle of each kind: alike in all that a rule looks at."""
        problem, kinds = self.reach.problem, dict[tuple[object, ...], int]()
        for number in vehicles:
            one = problem.vehicles[number]
            key = (one.depot_id, one.usable, problem.vehicle_matrix[number], one.crew_s)
            kinds.setdefault((*key, one.shifts, one.break_after_s), number)
        return tuple(kinds.values())

    def sentence(self, group: TravelGroup) -> str:
        """Return the conflict in words, empty where there is none to name."""
        rules = [self._words(rule, group) for rule in self.of(group)]
        if not rules:
            return ""
        if len(rules) == 1:
            return f"The one rule in the way: {rules[0]}."
        return f"These {len(rules)} rules are in the way together: {'; '.join(rules)}."

    def _words(self, rule: Rule, group: TravelGroup) -> str:
        load = describe_load(group.load)
        limit = format_duration(self.reach.problem.max_aboard_s or 0)
        return _WORDS[rule].format(load=load, limit=limit)


_WORDS = {
    Rule.SEATS: "near vehicles need places for {load} at once",
    Rule.ONWARD_SEATS: "onward vehicles need places for {load} at once",
    Rule.ROADS: "near vehicles drive only where they have a road",
    Rule.ONWARD_ROADS: "onward vehicles drive only where they have a road",
    Rule.WISHES: "it goes only to centres that it accepts",
    Rule.PLACES: "a centre needs places for {load}",
    Rule.TIME_ABOARD: "nobody is aboard for longer than {limit}",
    Rule.MOVEMENT: "nobody drives before movement is allowed",
    Rule.CLOSE: "screening ends before the window closes",
    Rule.MARGIN: "the margin before the close is kept free",
    Rule.READY: "nobody is fetched before they are ready",
    Rule.CONVOYS: "vehicles join the queue in convoys only",
    Rule.CREW_HOURS: "a crew is out no longer than its hours",
    Rule.SHIFTS: "a crew is out within its shift only",
    Rule.BREAKS: "a crew has its break in time",
    Rule.RECEIVING: "centres let people in at their hours only",
}
