"""Whom each list reaches: dependence, heterogeneity and acquaintance (10-exercise §16-§22)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from safepassage.core.register.types import Need
from safepassage.exercises.dice import Dice, expit, logit
from safepassage.exercises.people import TrueHousehold, TruePerson, Truth

Reached = Mapping[str, frozenset[str]]
"""List id to the person ids that stand on it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a list comes upon people.

    Parameters
    ----------
    rate
        Share of the households present that the list reaches first-hand. With
        `calibrated` the intercept is set so that this share is expected; without it the
        intercept is ``logit(rate)``, as in simulation studies.
    listability
        Weight of the household's common listability on the logit scale (heterogeneity).
    follows
        (earlier list, change of the logit for a household on it): positive where lists are
        compiled from one another or by one side, negative where they avoid each other.
    within
        Probability that a member of a household reached is written down.
    needs
        Only persons with one of these needs; empty: everybody.
    through_acquaintance
        Probability that a household is added because one that is on the list knows it.
    only_with_relative
        First-hand only where a relative outside looks for the household.
    villages_missed
        Place ids whose people the list does not hold.
    absent
        Probability that a household that has already left stands on the list.
    twice
        Probability that a person written down is written down again.
    hard_share, hard_rate
        A hidden class: so many of the households, the hardest to list, are reached at this rate
        instead; only without `calibrated`.
    """

    rate: float
    listability: float = 0.0
    follows: tuple[tuple[str, float], ...] = ()
    within: float = 1.0
    needs: frozenset[Need] = frozenset()
    through_acquaintance: float = 0.0
    only_with_relative: bool = False
    villages_missed: frozenset[str] = frozenset()
    absent: float = 0.0
    twice: float = 0.0
    calibrated: bool = True
    hard_share: float = 0.0
    hard_rate: float = 0.0


def reach(list_id: str, rules: Reach, truth: Truth, earlier: Reached, seed: int) -> frozenset[str]:
    """Return the ids of the persons whom one list reaches.

    Parameters
    ----------
    earlier
        Lists already drawn; every list that `rules.follows` names must be there.
    """
    people = {person.person_id: person for person in truth.persons}
    chosen = _first_hand(list_id, rules, truth, people, earlier, seed)
    chosen |= _acquaintances(list_id, rules, truth, chosen, seed)
    dice = Dice(seed, "within", list_id)
    return frozenset(
        person_id
        for household in truth.households
        for person_id in household.person_ids
        if dice.chance(rules.within) and household.household_id in chosen
        if not rules.needs or people[person_id].needs & rules.needs
    )


def _first_hand(
    list_id: str,
    rules: Reach,
    truth: Truth,
    people: Mapping[str, TruePerson],
    earlier: Reached,
    seed: int,
) -> set[str]:
    candidates = [home for home in truth.households if _can_hold(rules, home, people)]
    logits = [_tilt(rules, home, people, earlier) for home in candidates]
    base = _intercept(rules, logits) if rules.calibrated else logit(rules.rate)
    if rules.hard_share:
        step = logit(rules.hard_rate) - base
        hard = [_is_hard(rules, people[home.person_ids[0]].listable) for home in candidates]
        logits = [tilt + step * is_hard for tilt, is_hard in zip(logits, hard, strict=True)]
    dice = Dice(seed, "reach", list_id)
    drawn = {home.household_id: dice.uniform() for home in truth.households}
    return {
        home.household_id
        for home, tilt in zip(candidates, logits, strict=True)
        if drawn[home.household_id] < _probability(rules, home, base + tilt)
    }


def _is_hard(rules: Reach, listable: float) -> bool:
    return NormalDist().cdf(listable) < rules.hard_share


def _can_hold(rules: Reach, home: TrueHousehold, people: Mapping[str, TruePerson]) -> bool:
    wanted = not rules.needs or any(people[one].needs & rules.needs for one in home.person_ids)
    looked_for = home.relative_outside or not rules.only_with_relative
    return wanted and looked_for and home.place_id not in rules.villages_missed


def _probability(rules: Reach, home: TrueHousehold, household_logit: float) -> float:
    return rules.absent if home.kind == "already_out" else expit(household_logit)


def _tilt(
    rules: Reach, home: TrueHousehold, people: Mapping[str, TruePerson], earlier: Reached
) -> float:
    own = rules.listability * people[home.person_ids[0]].listable
    shifts = (shift for name, shift in rules.follows if _on(home.person_ids, earlier[name]))
    return own + sum(shifts)


def _on(person_ids: Sequence[str], listed: Collection[str]) -> bool:
    return any(person_id in listed for person_id in person_ids)


def _intercept(rules: Reach, tilts: Sequence[float]) -> float:
    """Return the intercept at which the expected share of these households is the rate."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        share = sum(expit(middle + tilt) for tilt in tilts) / max(len(tilts), 1)
        low, high = (middle, high) if share < rules.rate else (low, middle)
    return low


def _acquaintances(
    list_id: str, rules: Reach, truth: Truth, chosen: set[str], seed: int
) -> set[str]:
    dice = Dice(seed, "acquaintance", list_id)
    told_of = [name for home in truth.households for name in _told(home, chosen, rules, dice)]
    homes = {home.household_id: home for home in truth.households}
    return {name for name in told_of if homes[name].place_id not in rules.villages_missed}


def _told(home: TrueHousehold, chosen: set[str], rules: Reach, dice: Dice) -> list[str]:
    told = [other for other in home.knows if dice.chance(rules.through_acquaintance)]
    return told if home.household_id in chosen else []
