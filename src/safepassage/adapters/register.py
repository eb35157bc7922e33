"""From a scenario's lists to its register: read, link, cluster, make travel parties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from safepassage.adapters.linkage import Engine, LinkageEngine
from safepassage.adapters.lists import ListReadResult, read_list
from safepassage.adapters.model_json import parameters_of
from safepassage.adapters.record_table import IntArray, RecordTable
from safepassage.core.corridor.types import Place, PlaceKind
from safepassage.core.register.cluster import hear_households, same_list_bits
from safepassage.core.register.comparable import Comparable, comparables
from safepassage.core.register.constraints import (
    DECIDED_BITS,
    Bound,
    Constraints,
    bind,
    impose,
)
from safepassage.core.register.draws import Doubt
from safepassage.core.register.gazetteer import Gazetteer, build_gazetteer
from safepassage.core.register.households import PartyRules, households_of, travel_parties
from safepassage.core.register.joint import JointWeights
from safepassage.core.register.link import links_of, token_key_of
from safepassage.core.register.partition import Partition, packed, partition, uncompared
from safepassage.core.register.relearn import ROUNDS, relearn
from safepassage.core.register.score import Comparisons, Scores, probability, score
from safepassage.core.register.types import (
    Evidence,
    LifeStatus,
    Link,
    ListRecord,
    Person,
    Register,
    RegisterHousehold,
)
from safepassage.errors import Finding, InputError, Severity
from safepassage.ids import stable_token
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.types import Scenario

_STEPS = 5.0
NOTHING_DECIDED = Constraints()
_DWELT_IN = (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT)


class Reporter(Protocol):
    """Receives progress."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Say how far the step is."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """What blocking did not compare; as :class:`safepassage.core.register.blocking.Candidates`."""

    crowded: int = 0
    left_out: int = 0
    over_budget: bool = False


@dataclass(frozen=True, slots=True)
class LinkedLists:
    """Records as persons and households, before travel parties are made.

    Parameters
    ----------
    columns
        Canonical columns, one per record.
    model
        The trained model as a Splink settings document.
    crowds
        What blocking did not compare.
    refused
        Pairs of record ids that were decided to be one person against another decision.
    doubt
        What :func:`~safepassage.core.register.draws.sample_partitions` draws from.
    """

    columns: tuple[Comparable, ...]
    links: tuple[Link, ...]
    persons: tuple[Person, ...]
    households: tuple[RegisterHousehold, ...]
    review: tuple[int, ...]
    model: dict[str, Any]
    crowds: Crowds = Crowds()
    refused: tuple[tuple[str, str], ...] = ()
    doubt: Doubt | None = field(default=None, compare=False, repr=False)

    @property
    def dropped_keys(self) -> int:
        """Pairs of a crowd that nothing told apart and that were not compared."""
        return self.crowds.left_out


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
    doubt
        What :func:`~safepassage.core.register.draws.sample_partitions` draws from.
    accounted_for
        (person id, status) of persons already out or deceased, who are in no travel party.
    """

    register: Register
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    model: dict[str, Any]
    accounted_for: tuple[tuple[str, LifeStatus], ...] = ()
    doubt: Doubt | None = field(default=None, compare=False, repr=False)


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
    *,
    constraints: Constraints = NOTHING_DECIDED,
    model: str = "",
    engine: Engine | None = None,
) -> RegisterResult:
    """Return the register of lists that were read.

    Parameters
    ----------
    constraints
        What people decided.
    model
        Settings document of an earlier run, as JSON text; then nothing is learned.
    engine
        From :func:`safepassage.adapters.linkage.engine_named`; DuckDB by default.

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
    linked = link_records(
        records, gazetteer, progress, constraints=constraints, model=model, engine=engine
    )
    parties = travel_parties(
        linked.households,
        linked.persons,
        {record.record_id: record for record in records},
        replace(rules, token_key=token_key_of(records)),
        _doubtful(linked),
    )
    findings += [*_say_crowds(linked.crowds), *_say_refused(linked)]
    register = Register(
        records, linked.links, linked.persons, linked.households, parties.parties, linked.review
    )
    rejects = tuple(reject for result in read for reject in result.rejects)
    everything = (*findings, *parties.findings)
    return RegisterResult(
        register, everything, rejects, linked.model, parties.accounted_for, linked.doubt
    )


def link_records(
    records: Sequence[ListRecord],
    gazetteer: Gazetteer,
    progress: Reporter | None = None,
    *,
    constraints: Constraints = NOTHING_DECIDED,
    model: str = "",
    engine: Engine | None = None,
) -> LinkedLists:
    """Return persons, households, links and review queue of `records`.

    Parameters
    ----------
    constraints
        What people decided; pairs with a record that is not among `records` say nothing.
    model
        Settings document of an earlier run, as JSON text; then nothing is learned.
    engine
        From :func:`safepassage.adapters.linkage.engine_named`; DuckDB by default.

    Raises
    ------
    InputError
        If `model` cannot be used.
    """
    report = progress or _silent
    report(1, _STEPS, "names and places")
    columns = comparables(records, gazetteer)
    table = RecordTable.of(columns)
    linkage = LinkageEngine(table, engine)
    report(2, _STEPS, "comparing records")
    by_group = table.pairs_by_group
    if model:
        linkage.parameters = parameters_of(model, len(columns), by_group)
    else:
        linkage.train()
    bound = bind(constraints, [record.record_id for record in records])
    lists = table.lists
    candidates, linkage.parameters = relearn(
        linkage.candidates(), linkage.parameters, columns, lists, rounds=0 if model else ROUNDS
    )
    parameters = linkage.parameters
    pairs, scores = _weighed(linkage, candidates, bound, report)
    heard = impose(bound, pairs, hear_households(pairs, impose(bound, pairs, scores), columns))
    verdicts = impose(bound, pairs, heard.among_rivals(pairs, lists))
    report(4, _STEPS, "persons and households")
    joint = JointWeights.of(pairs, parameters, scores, verdicts.log_odds)
    weights = JointWeights.of(pairs, parameters, scores, heard.log_odds)
    least = same_list_bits(parameters.match_rate[1] * by_group[1] / len(columns))
    found = partition(
        lists, (pairs.left, pairs.right), verdicts.log_odds, bound, least, joint.worth
    )
    key = token_key_of(records)
    persons = _persons(found, records, key)
    links, review = links_of(records, pairs, scores, verdicts, persons, joint)
    by_record = {record.record_id: each for record, each in zip(records, columns, strict=True)}
    households = households_of(persons, by_record, key)
    report(5, _STEPS, "")
    return LinkedLists(
        columns,
        _with_decisions(links, bound, records),
        persons,
        households,
        review,
        linkage.settings(),
        _crowds(linkage),
        bound.refused,
        _doubt(lists, pairs, weights, bound, least),
    )


def _weighed(
    linkage: LinkageEngine, pairs: Comparisons, bound: Bound, report: Reporter
) -> tuple[Comparisons, Scores]:
    """Return every pair that is to be looked at, with its weight before households are heard."""
    records, parameters = len(linkage.records), linkage.parameters
    report(3, _STEPS, "weighing evidence")
    pairs = pairs.joined(linkage.compare(*_not_among(pairs, bound.stated(), records)))
    scores = score(pairs, parameters)
    known = impose(bound, pairs, scores).log_odds
    missing = uncompared(records, (pairs.left, pairs.right), known)
    if not len(missing[0]):
        return pairs, scores
    pairs = pairs.joined(linkage.compare(*missing))
    return pairs, score(pairs, parameters)


def _doubt(
    lists: IntArray, pairs: Comparisons, joint: JointWeights, bound: Bound, least: float
) -> Doubt:
    same = tuple((int(one), at) for at, one in enumerate(bound.unit) if one != at)
    return Doubt(lists, pairs.left, pairs.right, joint, least, same, tuple(sorted(bound.apart)))


def _not_among(
    pairs: Comparisons, wanted: Sequence[tuple[int, int]], records: int
) -> tuple[IntArray, IntArray]:
    compared = packed(pairs.left, pairs.right, records)
    ends = np.array(wanted, dtype=np.int64).reshape(-1, 2)
    new = ~np.isin(packed(ends[:, 0], ends[:, 1], records), compared)
    return ends[new, 0], ends[new, 1]


def _crowds(linkage: LinkageEngine) -> Crowds:
    blocked = linkage.blocked
    if blocked is None:
        return Crowds()
    return Crowds(blocked.crowded, blocked.left_out, blocked.over_budget)


def _persons(
    found: Partition, records: Sequence[ListRecord], token_key: bytes
) -> tuple[Person, ...]:
    persons = []
    for members in found.members():
        ids = sorted(records[at].record_id for at in members)
        chance = float(probability(found.weakest_bits[[members[0]]])[0]) if len(ids) > 1 else 1.0
        token = stable_token("P", ids, key=token_key)
        persons.append(Person(token, tuple(ids), round(chance, 6)))
    return tuple(sorted(persons, key=lambda person: person.person_id))


def _with_decisions(
    links: Sequence[Link], bound: Bound, records: Sequence[ListRecord]
) -> tuple[Link, ...]:
    """Return the links, with the decision as the evidence where there was one."""
    if bound.is_empty:
        return tuple(links)
    index = {record.record_id: at for at, record in enumerate(records)}
    ends = np.array([[index[link.left], index[link.right]] for link in links], dtype=np.int64)
    ends = ends.reshape(-1, 2)
    decided = bound.verdicts(ends[:, 0], ends[:, 1]).tolist()
    return tuple(
        _decided_link(link, verdict > 0) if verdict else link
        for link, verdict in zip(links, decided, strict=True)
    )


def _decided_link(link: Link, same: bool) -> Link:
    words = "a person decided that they are " + ("one person" if same else "different people")
    decision = Evidence("decision", words, DECIDED_BITS if same else -DECIDED_BITS)
    own = tuple(e for e in link.evidence if e.field not in {"household", "rivals"})
    return replace(link, evidence=(decision, *own))


def gazetteer_of(places: Sequence[Place]) -> Gazetteer:
    """Return the gazetteer of a scenario: settlements and assembly points under both names."""
    dwelt_in = [place for place in places if place.kind in _DWELT_IN]
    names = (
        (place.place_id, name)
        for place in dwelt_in
        for name in (place.name, place.name_local, place.place_id)
        if name
    )
    return build_gazetteer(names, {each.place_id: (each.lat, each.lon) for each in dwelt_in})


def _doubtful(linked: LinkedLists) -> frozenset[str]:
    """Return persons who may be one with another person of their household."""
    owner = {r: person.person_id for person in linked.persons for r in person.record_ids}
    home = {p: house.household_id for house in linked.households for p in house.person_ids}
    ends = [(owner[link.left], owner[link.right]) for link in linked.links if not link.accepted]
    return frozenset(person for a, b in ends if home[a] == home[b] for person in (a, b))


def _say_crowds(crowds: Crowds) -> list[Finding]:
    said = []
    if crowds.left_out:
        said.append(
            f"{crowds.left_out} pairs of records hold nothing but values that a crowd shares, and "
            "were not compared; whoever compiled the list may know more of these persons"
        )
    if crowds.over_budget:
        said.append(
            "more pairs share something than can be compared; of those that disagree on two fields "
            "or more the ones whose agreements say least were left out"
        )
    return [Finding(text, severity=Severity.WARNING, rule="01d-engine §9") for text in said]


def _say_refused(linked: LinkedLists) -> list[Finding]:
    return [
        Finding(
            f"records {left} and {right} were decided to be one person, and also, if only through "
            "others, to be different people; they are kept apart until one decision is undone",
            severity=Severity.WARNING,
            rule="01d-engine §3",
        )
        for left, right in linked.refused
    ]


def _silent(done: float, total: float, text: str = "") -> None:
    del done, total, text
