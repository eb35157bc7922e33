"""``safepassage register link --register STORE``: a store's persons, and who is new."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safepassage.cli.common import err, out, print_json, progress
from safepassage.cli.register.common import now, open_store
from safepassage.cli.register.desk import print_changed
from safepassage.errors import Finding, Severity, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.linkage import Engine
    from safepassage.adapters.register_store import LinkedStore, Linker
    from safepassage.adapters.store import RegisterStore
    from safepassage.core.register.types import Person

STORE_VARIABLE = "SAFEPASSAGE_REGISTER"
MOST_FINDINGS = 20
OUTGROWN = 2.0
"""The model is worth learning anew when the register holds so many times what it learned from."""


def store_meant(register: Path | None) -> Path:
    """Return the store to link: as given, else from the environment.

    Raises
    ------
    UsageError
        If there is neither.
    """
    if register is not None:
        return register
    if os.environ.get(STORE_VARIABLE):
        return Path(os.environ[STORE_VARIABLE])
    raise UsageError("name the lists to link, a scenario folder, or --register STORE")


def link_store(
    register: Path,
    by: str,
    keys: Path | None,
    passphrase_file: Path | None,
    engine: Engine,
    *,
    retrain: bool,
    as_json: bool,
) -> None:
    """Link the records of a store; learn and keep a model if there is none yet."""
    from safepassage.adapters.register import link_records
    from safepassage.adapters.register_store import linked_store

    link = partial(link_records, engine=engine)
    with open_store(register, keys, passphrase_file) as store:
        if not store.state().records:
            raise UsageError("the register holds no records yet; 'register import' takes lists in.")
        before = _last(store)
        trained = _train(store, by, link) if retrain or not store.state().model else ""
        with progress("Linking") as report:
            result = linked_store(store, report, link=link)
        document = _document(store, result, before, trained)
    if as_json:
        print_json(document)
    else:
        _print(document)


def _train(store: RegisterStore, by: str, link: Linker) -> str:
    """Learn the model from all records and keep it; return the id of its entry."""
    from safepassage.adapters.register_store import linked
    from safepassage.core.register.entries import ModelTrained

    if not by:
        raise UsageError("the model is kept in the store: say who does it, --by ROLE.")
    with progress("Learning from the lists") as report:
        state = replace(store.state(), model="")
        result = linked(state, store.keyed("persons"), progress=report, link=link)
    settings = json.dumps(result.model, ensure_ascii=False, sort_keys=True)
    body = ModelTrained(settings, len(result.register.records))
    return store.append([body], by=by, at=now())[0].entry_id


def _last(store: RegisterStore) -> tuple[Person, ...] | None:
    """Return the persons of the last linkage on this machine; None if it is not there."""
    from safepassage.adapters.register_store import cache_of
    from safepassage.core.register.tokens import Naming, claim_order

    kept = cache_of(store).read()
    if kept is None:
        return None
    naming = Naming(store.keyed("persons"), claim_order(store.state().lists))
    return naming.persons(kept[1].persons)


# --------------------------------------------------------------------------------- what is said


def _document(
    store: RegisterStore, result: LinkedStore, before: Sequence[Person] | None, trained: str
) -> dict[str, Any]:
    from safepassage.core.register.queue import questions_of

    register, state = result.register, result.state
    questions = questions_of(register, state)
    return {
        "records": len(register.records),
        "records_by_list": dict(sorted(Counter(r.list_id for r in register.records).items())),
        "persons": len(register.persons),
        "households": len(register.households),
        "travel_parties": len(register.travel_parties),
        "review": len(questions),
        "urgent": sum(question.cost >= 1.0 for question in questions),
        "conflicts": len(state.conflicts),
        "contested": len(state.contested),
        "withdrawn": len(result.withdrawn),
        "erased": len(state.erased),
        "rejects": len(result.rejects),
        "model": {"trained_now": trained, "learned_from": _learned_from(store)},
        "since_last_link": None if before is None else _since(before, register.persons),
        "findings": [finding.to_json() for finding in (*result.findings, *_at_odds(store, result))],
    }


def _at_odds(store: RegisterStore, result: LinkedStore) -> list[Finding]:
    from safepassage.adapters.register_store import view_of

    said = view_of(store, result).corrections_at_odds()
    return [Finding(each, severity=Severity.WARNING, rule="01e-decide §28") for each in said]


def _learned_from(store: RegisterStore) -> int:
    from safepassage.core.register.entries import ModelTrained
    from safepassage.core.register.fold import in_force

    bodies = (entry.body for entry in in_force(store.entries()))
    return [body.records for body in bodies if isinstance(body, ModelTrained)][-1]


def _since(before: Sequence[Person], after: Sequence[Person]) -> dict[str, Any]:
    from safepassage.core.register.view import changes

    there = {record_id for person in before for record_id in person.record_ids}
    new = [person for person in after if there.isdisjoint(person.record_ids)]
    grown = changes(before, after)
    return {
        "new_records": sum(len(p.record_ids) for p in after) - _kept(there, after),
        "gone_records": len(there) - _kept(there, after),
        "new_persons": len(new),
        "changed": [
            {"after": c.after, "before": list(c.before), "records": list(c.record_ids)}
            for c in grown
        ],
    }


def _kept(there: set[str], after: Sequence[Person]) -> int:
    return sum(record_id in there for person in after for record_id in person.record_ids)


def _print(document: dict[str, Any]) -> None:
    out.print(
        f"{document['records']} records on {len(document['records_by_list'])} lists are "
        f"{document['persons']} persons in {document['households']} households."
    )
    _print_model(document)
    _print_since(document["since_last_link"])
    _print_open(document)
    out.print(f"Rows set aside: {document['rejects']}.")
    findings = document["findings"]
    for finding in findings[:MOST_FINDINGS]:
        err.print(finding["message"], markup=False)
    if len(findings) > MOST_FINDINGS:
        err.print(f"and {len(findings) - MOST_FINDINGS} more findings; --json shows all.")


def _print_model(document: dict[str, Any]) -> None:
    model = document["model"]
    if model["trained_now"]:
        out.print(f"The model was learned from these records and kept ({model['trained_now']}).")
        return
    out.print(f"Linked by the model learned from {model['learned_from']} records.")
    if document["records"] >= OUTGROWN * model["learned_from"]:
        out.print("There are far more records by now: --retrain learns it anew.")


def _print_since(since: dict[str, Any] | None) -> None:
    if since is None:
        out.print("This is the first link of this store on this machine.")
        return
    others = [each for each in since["changed"] if len(each["before"]) == 1]
    out.print(
        f"Since the last link: {since['new_records']} new records, {since['new_persons']} new "
        f"persons, {len(others)} known persons who gained or lost records."
    )
    several = [each for each in since["changed"] if len(each["before"]) > 1]
    if several:
        out.print("Persons that were several before (old tokens still find them):")
        print_changed(several)


def _print_open(document: dict[str, Any]) -> None:
    out.print(
        f"To review: {document['review']} pairs, {document['urgent']} of them urgent; a possible "
        "duplicate keeps its seat until somebody decides."
    )
    counts = {
        "decided differently by two registrars": document["conflicts"],
        "contested records": document["contested"],
        "persons who withdrew, in no plan or export": document["withdrawn"],
        "erased entries": document["erased"],
    }
    for words, number in counts.items():
        if number:
            out.print(f"{words[0].upper()}{words[1:]}: {number}.")
