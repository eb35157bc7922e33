"""``safepassage scenario settlements``: a table of dated control into a scenario's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, out, print_json
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.adapters.settlements import SettlementTable

EXAMPLE = (
    "Example: safepassage scenario settlements table.csv --words words.csv --source 'our monitors' "
    "--column settlement=town --column dated=day --out my-corridor"
)
_MOST_SHOWN = 20


def settlements(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="CSV: who held which settlement on which date.")
    ],
    words: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="CSV with the columns words and means: what each word for a holder means (a "
            "party, contested, truce or unknown). Nothing is guessed.",
        ),
    ],
    folder: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for the two files and the rejects."),
    ],
    source: Annotated[str, typer.Option(help="Where the facts come from.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COLUMN",
            help="Column of the table for settlement, lat, lon, dated, held_by, meaning or source, "
            "where it has another name.",
        ),
    ] = None,
    meaning: Annotated[
        str,
        typer.Option(help="Of the dates: 'seen' on that day, or so 'since' that day."),
    ] = "seen",
    timezone: Annotated[str, typer.Option(help="Zone in which the dates are days.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read a table of dated settlement control and write it as a scenario holds it.

    Rows that cannot be used are kept with their reasons; exit 1 if there is one. The two files
    written are settlement_control.csv and holder_words.csv; list them in datapackage.json.
    """
    from safepassage.adapters.settlements import (
        read_holder_words,
        read_settlement_table,
        write_settlements,
    )
    from safepassage.core.corridor.types import DateMeaning
    from safepassage.scenario.rejects import write_rejects
    from safepassage.scenario.row_rules import is_timezone

    if meaning not in set(DateMeaning):
        raise UsageError(f"--meaning is '{meaning}'; accepted: {', '.join(DateMeaning)}.")
    if not is_timezone(timezone):
        raise UsageError(f"--timezone is '{timezone}'; accepted: a name such as Europe/Kyiv.")
    meanings = read_holder_words(words)
    found = read_settlement_table(
        table,
        meanings,
        source=source,
        columns=_columns(column or []),
        meaning=DateMeaning(meaning),
        timezone=timezone,
    )
    written = [*write_settlements(found.facts, meanings, folder)]
    written += write_rejects(found.rejects, folder / "rejects")
    if as_json:
        print_json(_document(found, written))
    else:
        _print(found, written)
    if found.rejects:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _columns(pairs: list[str]) -> dict[str, str]:
    from safepassage.adapters.settlements import COLUMNS

    columns = {}
    for pair in pairs:
        name, equals, own = pair.partition("=")
        if not equals or name not in COLUMNS or not own:
            raise UsageError(f"--column is '{pair}'; accepted: NAME=COLUMN, NAME one of "
                             f"{', '.join(COLUMNS)}.")  # fmt: skip
        columns[name] = own
    return columns


def _document(found: SettlementTable, written: list[Path]) -> dict[str, Any]:
    return {
        "facts": len(found.facts),
        "settlements": len({(fact.settlement, fact.lat, fact.lon) for fact in found.facts}),
        "set_aside": len(found.rejects),
        "unknown_words": [{"words": word, "rows": rows} for word, rows in found.unknown_words],
        "files": [str(path) for path in written],
        "findings": [finding.to_json() for finding in found.findings],
    }


def _print(found: SettlementTable, written: list[Path]) -> None:
    document = _document(found, written)
    out.print(
        f"{document['facts']} dated facts about {document['settlements']} settlements; "
        f"{document['set_aside']} rows set aside.",
        markup=False,
    )
    for finding in found.findings[:_MOST_SHOWN]:
        out.print(f"  {finding}", markup=False)
    if len(found.findings) > _MOST_SHOWN:
        more = len(found.findings) - _MOST_SHOWN
        out.print(f"  … and {more} more; all stand in the reject file.", markup=False)
    for word, rows in found.unknown_words:
        out.print(f"Without a meaning: '{word}' ({rows} rows).", markup=False)
    for path in written:
        out.print(f"  {path}", markup=False)
