"""A store as persons and households: linked by its own model, within what people decided.

Nothing of a record is written by this module: the linkage happens in memory, and what is kept of
it beside the store (``register_cache.py``) is encrypted and holds no name.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from safepassage.adapters.register import LinkedLists, RegisterResult, Reporter, link_records
from safepassage.adapters.register_cache import (
    PURPOSE,
    Linkage,
    LinkageCache,
    cache_path,
    digest_of,
    forget,
)
from safepassage.core.register.constraints import Constraints
from safepassage.core.register.entries import RegisterState, RowRejected
from safepassage.core.register.fold import in_force
from safepassage.core.register.gazetteer import Gazetteer, build_gazetteer
from safepassage.core.register.households import (
    PartyRules,
    TravelParties,
    person_facts,
    travel_parties,
)
from safepassage.core.register.queue import open_questions
from safepassage.core.register.tokens import Naming, claim_order
from safepassage.core.register.types import (
    Consent,
    Link,
    ListRecord,
    Person,
    Register,
    RegisterHousehold,
)
from safepassage.core.register.view import RegisterView
from safepassage.errors import Finding, InputError, Severity
from safepassage.scenario.rejects import RejectedRow

if TYPE_CHECKING:
    from safepassage.adapters.store import RegisterStore

__all__ = [
    "PURPOSE",
    "LinkageCache",
    "LinkedStore",
    "cache_of",
    "cache_path",
    "forget",
    "gazetteer_of_state",
    "linked",
    "linked_store",
    "party_rules",
    "view_of",
    "with_parties",
]

_REMEMBERED = 2
Linker = Callable[..., LinkedLists]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedStore(RegisterResult):
    """A store's register: every person, also those who withdrew, who are in no travel party.

    Parameters
    ----------
    state
        What was linked.
    naming
        How tokens come about.
    rules
        The day on which ages count and the dates of the lists.
    withdrawn
        Ids of persons who do not want to be registered: counted, and on no list, export or plan.
    """

    state: RegisterState
    naming: Naming = field(repr=False)
    rules: PartyRules
    withdrawn: frozenset[str]


def linked(
    state: RegisterState,
    key: bytes,
    *,
    cache: LinkageCache | None = None,
    on: str = "",
    need_priority: Sequence[tuple[str, int]] = (),
    progress: Reporter | None = None,
    link: Linker = link_records,
) -> LinkedStore:
    """Return the register of a store.

    Parameters
    ----------
    key
        Behind the tokens of persons and households: ``store.keyed("persons")``.
    cache
        Where the last linkage lies; read, and renewed where the register has changed.
    on
        ISO date at which ages count; the day of the latest list if empty.
    need_priority
        As in :class:`PartyRules`.
    link
        What links records where nothing is remembered; another engine's function if wanted.

    Notes
    -----
    Where the stored model is of another version, one is learned anew for this once, and it is said.
    """
    naming = Naming(key, claim_order(state.lists))
    linkage = _named(_remembered(state, cache, progress, link), naming)
    if cache and state.records:
        cache.remember(linkage)
    rules = party_rules(state, key, on, need_priority)
    records = {record.record_id: record for record in state.records}
    withdrawn = frozenset(p.person_id for p in linkage.persons if _withdrew(p, records, rules))
    register = Register(
        records=state.records,
        links=linkage.links,
        persons=linkage.persons,
        households=linkage.households,
        travel_parties=(),
        review=open_questions(linkage.links, linkage.review, linkage.persons, state),
    )
    parties = _parties(register, rules, withdrawn)
    register = replace(register, travel_parties=parties.parties)
    return LinkedStore(
        register=register,
        findings=(*_findings(state, linkage), *parties.findings),
        rejects=tuple(_reject(each, state) for each in state.rejected),
        model=linkage.model,
        accounted_for=parties.accounted_for,
        state=state,
        naming=naming,
        rules=rules,
        withdrawn=withdrawn,
    )


def with_parties(
    result: LinkedStore, *, on: str = "", need_priority: Sequence[tuple[str, int]] = ()
) -> LinkedStore:
    """Return the register with travel parties of another day or other priorities."""
    rules = party_rules(result.state, result.rules.token_key, on, need_priority)
    parties = _parties(result.register, rules, result.withdrawn)
    return replace(
        result,
        register=replace(result.register, travel_parties=parties.parties),
        accounted_for=parties.accounted_for,
        rules=rules,
    )


def linked_store(
    store: RegisterStore,
    progress: Reporter | None = None,
    *,
    on: str = "",
    need_priority: Sequence[tuple[str, int]] = (),
    link: Linker = link_records,
) -> LinkedStore:
    """Return the register of an open store; see :func:`linked`."""
    return linked(
        store.state(),
        store.keyed("persons"),
        cache=cache_of(store),
        on=on,
        need_priority=need_priority,
        progress=progress,
        link=link,
    )


def cache_of(store: RegisterStore) -> LinkageCache:
    """Return where a store's last linkage lies."""
    return LinkageCache(cache_path(store.path), store.keyed(PURPOSE))


def view_of(store: RegisterStore, result: LinkedStore) -> RegisterView:
    """Return a store's register as it is asked about persons, with its log."""
    entries = in_force(store.entries())
    known_as = cache_of(store).tokens()
    return RegisterView(
        result.state, result.register, result.naming, result.rules, entries, known_as
    )


def gazetteer_of_state(state: RegisterState) -> Gazetteer:
    """Return the gazetteer of the places that the store was given."""
    on_earth = {
        place: (latitude, longitude)
        for place, latitude, longitude in state.positions
        if -90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0
    }
    return build_gazetteer(state.places, on_earth)


def party_rules(
    state: RegisterState,
    key: bytes,
    on: str = "",
    need_priority: Sequence[tuple[str, int]] = (),
) -> PartyRules:
    """Return what travel parties of a store are made by; see :func:`linked`."""
    dates = tuple((each.list_id, each.as_of or each.received_on) for each in state.lists)
    latest = max((day for _, day in dates if day), default="1970-01-01")
    return PartyRules(on or latest, tuple(need_priority), dates, key)


# ------------------------------------------------------------------------------------ linkage


_memory: OrderedDict[str, Linkage] = OrderedDict()


def _remembered(
    state: RegisterState, cache: LinkageCache | None, progress: Reporter | None, link: Linker
) -> Linkage:
    """Return the linkage from memory, from the cache, or made now."""
    if not state.records:
        return Linkage()
    digest = digest_of(state)
    kept = cache.read() if cache and digest not in _memory else None
    if kept is not None and kept[0] == digest:
        _memory[digest] = kept[1]
    elif digest not in _memory:
        _memory[digest] = _link(state, progress, link)
        if cache:
            cache.write(digest, _memory[digest])
    elif cache and not cache.path.exists():
        cache.write(digest, _memory[digest])
    while len(_memory) > _REMEMBERED:
        _memory.popitem(last=False)
    return _memory[digest]


def _link(state: RegisterState, progress: Reporter | None, link: Linker) -> Linkage:
    decided = Constraints(state.same, state.different)
    places = gazetteer_of_state(state)
    outdated = False
    try:
        made = link(state.records, places, progress, constraints=decided, model=state.model)
    except InputError:
        if not state.model:
            raise
        outdated = True  # a search must not fail because the program was renewed
        made = link(state.records, places, progress, constraints=decided)
    return Linkage(
        made.links, made.persons, made.households, made.review, made.model, made.dropped_keys,
        made.refused, outdated,
    )  # fmt: skip


def _named(linkage: Linkage, naming: Naming) -> Linkage:
    persons = naming.persons(linkage.persons)
    households = naming.households(linkage.households, linkage.persons, persons)
    return replace(linkage, persons=persons, households=households)


# ---------------------------------------------------------------------------------- who is on it


def _withdrew(person: Person, records: dict[str, ListRecord], rules: PartyRules) -> bool:
    return person_facts(person, records, rules, []).consent is Consent.NO


def _parties(register: Register, rules: PartyRules, withdrawn: frozenset[str]) -> TravelParties:
    return travel_parties(
        _without(register.households, withdrawn),
        [person for person in register.persons if person.person_id not in withdrawn],
        {record.record_id: record for record in register.records},
        rules,
        _doubtful(register),
    )


def _without(
    households: Iterable[RegisterHousehold], withdrawn: frozenset[str]
) -> list[RegisterHousehold]:
    left = (
        replace(h, person_ids=tuple(p for p in h.person_ids if p not in withdrawn))
        for h in households
    )
    return [household for household in left if household.person_ids]


def _doubtful(linkage: Register) -> frozenset[str]:
    """Return persons who may be one with another person of their household."""
    owner = {r: person.person_id for person in linkage.persons for r in person.record_ids}
    home = {p: house.household_id for house in linkage.households for p in house.person_ids}
    ends = [_ends(each, owner) for each in linkage.links if not each.accepted]
    return frozenset(person for a, b in ends if home[a] == home[b] for person in (a, b))


def _ends(link: Link, owner: dict[str, str]) -> tuple[str, str]:
    return owner[link.left], owner[link.right]


# -------------------------------------------------------------------------------------- findings


def _findings(state: RegisterState, linkage: Linkage) -> list[Finding]:
    said: list[tuple[str, str]] = [(text, "01a-store") for text in state.findings]
    said += [
        (f"{each.left} and {each.right}: {each.words}", "01e-decide §25")
        for each in state.conflicts
    ]
    if linkage.outdated:
        said.append((_OUTDATED, "01e-decide §31"))
    if linkage.dropped_keys:
        said.append((_dropped(linkage.dropped_keys), "01-register §22"))
    return [Finding(text, severity=Severity.WARNING, rule=rule) for text, rule in said]


_OUTDATED = (
    "The model kept in the store is of another version of safepassage and was not used; persons "
    "may differ from before. 'safepassage register link --retrain' learns and keeps a new one."
)


def _dropped(number: int) -> str:
    return (
        f"{number} values are so common that pairs sharing only them were not compared; the pairs "
        "are found by what else they share"
    )


def _reject(row: RowRejected, state: RegisterState) -> RejectedRow:
    files: dict[str, Any] = {each.list_id: each.file_name for each in state.lists}
    return RejectedRow(
        file=files.get(row.list_id) or row.list_id,
        row=row.row,
        header=tuple(name for name, _ in row.cells),
        cells=tuple(cell for _, cell in row.cells),
        reasons=row.reasons,
    )
