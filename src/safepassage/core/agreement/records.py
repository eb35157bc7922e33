"""What is filed: parties, clauses, procedure, statements and acts as ledger records (§26)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from safepassage.core.agreement.types import (
    Act,
    Clause,
    Party,
    ProcedureStep,
    Statement,
    Terms,
)
from safepassage.units import parse_moment

Record = tuple[str, Mapping[str, Any]]


def ledger_records(
    parties: tuple[Party, ...], statements: tuple[Statement, ...], terms: Terms
) -> tuple[Record, ...]:
    """Return (kind, body) records in the order in which they are filed.

    Parties, clauses and procedure first, in the order of their files; then statements by date and
    acts by moment. Empty fields are left out: absence is not a value.

    Parameters
    ----------
    statements
        Public words of officials, verbatim.
    """
    said = sorted(statements, key=lambda s: (s.said_on, s.statement_id))
    return (
        *(("party", _body(party)) for party in parties),
        *(("clause", _body(clause)) for clause in terms.clauses),
        *(("step", _body(step)) for step in terms.procedure),
        *(("statement", _body(statement)) for statement in said),
        *(("act", _body(act)) for act in sorted(terms.acts, key=_filed)),
    )


def _body(record: Party | Statement | Act | ProcedureStep | Clause) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    if isinstance(record, Clause | ProcedureStep):
        values["text"] = dict(record.text)
    return {name: value for name, value in values.items() if value not in ("", (), {})}


def _filed(act: Act) -> tuple[datetime, str]:
    return parse_moment(act.done_at), act.act_id
