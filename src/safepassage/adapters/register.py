"""From a scenario's lists to its register: read, link, cluster, make travel parties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from safepassage.adapters.linkage import LinkageEngine, list_codes, pairs_by_group
from safepassage.adapters.lists import ListReadResult, read_list
from safepassage.core.corridor.types import Place, PlaceKind
from safepassage.core.register.blocking import blocking_keys
from safepassage.core.register.cluster import hear_households, uncompared
from safepassage.core.register.comparable import Comparable, comparable
from safepassage.core.register.gazetteer import Gazetteer, build_gazetteer
from safepassage.core.register.households import PartyRules, households_of, travel_parties
from safepassage.core.register.link import links_of, persons_of, token_key_of
from safepassage.core.register.score import score
from safepassage.core.register.types import (
    LifeStatus,
    Link,
    ListRecord,
    Person,
    Register,
    RegisterHousehold,
)
from safepassage.errors import Finding, InputError, Severity
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.types import Scenario

_STEPS = 5.0
_DWELT_IN = (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT)


class Reporter(Protocol):
    """Receives progress."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Say how far the step is."""


@dataclass(frozen=True, slots=True)
class LinkedLists:
    """Records as persons and households, before travel parties are made.

    Parameters
    ----------
    columns
        Canonical columns, one per record.
    model
        The trained model as a Splink settings document.
    dropped_keys
        Blocking keys left out because too many pairs share them.
    """

    columns: tuple[Comparable, ...]
    links: tuple[Link, ...]
    persons: tuple[Person, ...]
    households: tuple[RegisterHousehold, ...]
    review: tuple[int, ...]
    model: dict[str, Any]
    dropped_keys: int = 0


@dataclass(frozen=True, slots=True)
class RegisterResult:
    """The register with what its lists left open.

    Parameters
    ----------
    findings
        Placed in their lists, or naming persons by token.
    rejects
        Rows set aside.
    model
        The trained model as a Splink settings document.
    accounted_for
        (person id, status) of persons already out or deceased, who are in no travel party.
    """

    register: Register
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    model: dict[str, Any]
    accounted_for: tuple[tuple[str, LifeStatus], ...] = ()


def build_register(scenario: Scenario, progress: Reporter | None = None) -> RegisterResult:
    """Return the register of all lists of a scenario.

    Raises
    ------
    InputError
        If no row of any list can be used.
    """
    report = progress or _silent
    report(0, _STEPS, "reading lists")
    read = [read_list(scenario.folder, source) for source in scenario.lists]
    rules = PartyRules(
        on=scenario.planning_date.date().isoformat(),
        need_priority=scenario.planning.need_priority,
        list_date=tuple((s.list_id, s.as_of or s.received_on) for s in scenario.lists),
    )
    return register_of(read, gazetteer_of(scenario.places), rules, report)


def register_of(
    read: Sequence[ListReadResult],
    gazetteer: Gazetteer,
    rules: PartyRules,
    progress: Reporter | None = None,
) -> RegisterResult:
    """Return the register of lists that were read.

    Raises
    ------
    InputError
        If no row of any list can be used.
    """
    records = tuple(record for result in read for record in result.records)
    findings = [finding for result in read for finding in result.findings]
    if not records:
        stop = Finding("no list has a row that can be used", severity=Severity.ERROR)
        raise InputError([*findings, stop])
    linked = link_records(records, gazetteer, progress)
    parties = travel_parties(
        linked.households,
        linked.persons,
        {record.record_id: record for record in records},
        replace(rules, token_key=token_key_of(records)),
        _doubtful(linked),
    )
    findings += _say_dropped(linked.dropped_keys)
    register = Register(
        records, linked.links, linked.persons, linked.households, parties.parties, linked.review
    )
    rejects = tuple(reject for result in read for reject in result.rejects)
    everything = (*findings, *parties.findings)
    return RegisterResult(register, everything, rejects, linked.model, parties.accounted_for)


def link_records(
    records: Sequence[ListRecord], gazetteer: Gazetteer, progress: Reporter | None = None
) -> LinkedLists:
    """Return persons, households, links and review queue of `records`."""
    report = progress or _silent
    report(1, _STEPS, "names and places")
    columns = tuple(comparable(at, record, gazetteer) for at, record in enumerate(records))
    keys, dropped = blocking_keys(columns)
    engine = LinkageEngine(columns, keys)
    report(2, _STEPS, "comparing records")
    parameters = engine.train()
    pairs = engine.candidates()
    report(3, _STEPS, "weighing evidence")
    scores = score(pairs, parameters)
    missing = uncompared(len(columns), pairs, scores.log_odds)
    if missing:
        pairs = pairs.joined(engine.compare(missing))
        scores = score(pairs, parameters)
    verdicts = hear_households(pairs, scores, columns).among_rivals(pairs, list_codes(columns))
    report(4, _STEPS, "persons and households")
    repeats = parameters.match_rate[1] * pairs_by_group(columns)[1] / len(columns)
    key = token_key_of(records)
    persons = persons_of(records, columns, pairs, verdicts.log_odds, repeats, key)
    links, review = links_of(records, pairs, scores, verdicts, persons)
    by_record = {record.record_id: each for record, each in zip(records, columns, strict=True)}
    households = households_of(persons, by_record, key)
    report(5, _STEPS, "")
    return LinkedLists(columns, links, persons, households, review, engine.settings(), dropped)


def gazetteer_of(places: Sequence[Place]) -> Gazetteer:
    """Return the gazetteer of a scenario: settlements and assembly points under both names."""
    return build_gazetteer(
        (place.place_id, name)
        for place in places
        if place.kind in _DWELT_IN
        for name in (place.name, place.name_local, place.place_id)
        if name
    )


def _doubtful(linked: LinkedLists) -> frozenset[str]:
    """Return persons who may be one with another person of their household."""
    owner = {r: person.person_id for person in linked.persons for r in person.record_ids}
    home = {p: house.household_id for house in linked.households for p in house.person_ids}
    ends = [(owner[link.left], owner[link.right]) for link in linked.links if not link.accepted]
    return frozenset(person for a, b in ends if home[a] == home[b] for person in (a, b))


def _say_dropped(number: int) -> list[Finding]:
    if not number:
        return []
    message = (
        f"{number} values are so common that pairs sharing only them were not compared "
        "(01-register §22); the pairs are found by what else they share"
    )
    return [Finding(message, severity=Severity.WARNING, rule="01-register §22")]


def _silent(done: float, total: float, text: str = "") -> None:
    del done, total, text
