"""Exercises to measure on: names of another stock, and lists of known structure.

The structures are those under which the estimators were compared in the design study: lists that
are independent, that depend on each other, that reach some people more easily than others, that
are sparse, and that hardly reach a hidden class at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from safepassage.exercises.designs import (
    ADMINISTRATION,
    CALLBACK,
    FAMILIES,
    HOTLINE,
    VILLAGE_HEADS,
)
from safepassage.exercises.dice import Dice, expit, logit
from safepassage.exercises.lists import ListDesign, generate_lists
from safepassage.exercises.people import PopulationModel, generate_population
from safepassage.exercises.reach import Reach
from safepassage.exercises.sudzha import DESTINATIONS, sudzha_villages
from safepassage.exercises.truth import ExerciseTruth

OFFICES = (FAMILIES, VILLAGE_HEADS, ADMINISTRATION, HOTLINE, CALLBACK)
"""Who writes the first, second, … list of a structure."""


@dataclass(frozen=True, slots=True)
class Structure:
    """How lists reach people, without any calibration.

    Parameters
    ----------
    rates
        Probability of each list for a person of average listability.
    listability
        Standard deviation of the logit-normal heterogeneity that all lists share.
    follows
        Change of the logit of list 2 for a person on list 1.
    hard_share, hard_rates
        A hidden class: its share, and its probabilities.
    """

    rates: tuple[float, ...]
    listability: float = 0.0
    follows: float = 0.0
    hard_share: float = 0.0
    hard_rates: tuple[float, ...] = ()


_FIVE = (0.35, 0.30, 0.22, 0.18, 0.12)
_SPARSE = (0.10, 0.08, 0.06, 0.05, 0.04)
STRUCTURES = {
    "independent": Structure(_FIVE),
    "dependent_pair": Structure(_FIVE, follows=1.2),
    "heterogeneity": Structure(_FIVE, listability=1.0),
    "both": Structure(_FIVE, listability=1.0, follows=1.2),
    "sparse": Structure(_SPARSE),
    "sparse_heterogeneity": Structure(_SPARSE, listability=0.8),
    "two_classes": Structure(
        (0.60, 0.50, 0.55, 0.40, 0.30), hard_share=0.7, hard_rates=(0.08, 0.07, 0.05, 0.06, 0.04)
    ),
    "three_lists": Structure(_FIVE[:3]),
    "three_lists_heterogeneity": Structure(_FIVE[:3], listability=1.0),
}


def generate_benchmark(
    structure: str, seed: int, *, persons: int = 2200, stock: str = "benchmark"
) -> ExerciseTruth:
    """Invent people and lists of a known structure, with names, errors and known truth.

    Households are reached whole, so the people of one household share their pattern of lists but
    for omissions.

    Parameters
    ----------
    structure
        A key of :data:`STRUCTURES`.
    stock
        ``"benchmark"`` has no name in common with the stock of the built-in exercise.

    Raises
    ------
    KeyError
        If there is no such structure.
    """
    people = generate_population(
        seed,
        sudzha_villages(),
        persons=persons,
        stock=stock,
        destinations=DESTINATIONS,
        model=PopulationModel(already_out=0),
    )
    designs = benchmark_designs(STRUCTURES[structure])
    return ExerciseTruth(people, generate_lists(people, designs, seed))


def benchmark_designs(structure: Structure) -> tuple[ListDesign, ...]:
    """Return list designs with the offices' errors and the structure's reach."""
    return tuple(
        replace(office, reach=_reach(structure, index))
        for index, office in enumerate(OFFICES[: len(structure.rates)])
    )


def simulate_captures(structure: Structure, persons: int, seed: int) -> dict[tuple[int, ...], int]:
    """Draw which persons are on which lists, each person apart: for estimators, not for linkage.

    Returns
    -------
    Persons by pattern, those on no list included under the pattern of zeros.
    """
    dice = Dice(seed, "captures")
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(persons):
        pattern = _one_person(structure, dice)
        counts[pattern] = counts.get(pattern, 0) + 1
    return dict(sorted(counts.items(), reverse=True))


def _one_person(structure: Structure, dice: Dice) -> tuple[int, ...]:
    easy = dice.normal() * structure.listability
    rates = structure.hard_rates if dice.chance(structure.hard_share) else structure.rates
    pattern: list[int] = []
    for index, rate in enumerate(rates):
        follows = structure.follows if index == 1 and pattern[0] else 0.0
        pattern.append(int(dice.chance(expit(logit(rate) + easy + follows))))
    return tuple(pattern)


def _reach(structure: Structure, index: int) -> Reach:
    first = OFFICES[0].source.list_id
    return Reach(
        structure.rates[index],
        listability=structure.listability,
        follows=((first, structure.follows),) if index == 1 and structure.follows else (),
        calibrated=False,
        hard_share=structure.hard_share,
        hard_rate=structure.hard_rates[index] if structure.hard_rates else 0.0,
    )
