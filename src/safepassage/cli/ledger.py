"""``safepassage ledger``: verify what the parties hold, without trusting anybody."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json

if TYPE_CHECKING:
    from safepassage.core.ledger.verify import LedgerReport

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Verify the ledger that both parties hold.",
)


@app.callback()
def group() -> None:
    """Verify the ledger that both parties hold."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="LEDGER", help="Ledger file.")],
    head: Annotated[
        Path | None,
        typer.Option("--head", help="Head kept from before (JSON); tells a ledger cut back."),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(
            "--key",
            metavar="PEM",
            help="Ed25519 public key (PEM) that is trusted; may be repeated.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Verify hashes, order, heads and signatures; every fault is named with its line.

    Exit code 1 if there is any fault. Compare the head that is printed with the other party's:
    the same head means the same ledger, word for word.

    Example: safepassage ledger verify ledger.jsonl --head lodged.json --key office.pub
    """
    from safepassage.adapters.ledger_file import (
        read_head,
        read_public_key,
        verify_ledger_file,
    )

    keys = [read_public_key(path) for path in key or ()]
    report = verify_ledger_file(file, keys, read_head(head) if head else None)
    if as_json:
        print_json(report_json(report))
    else:
        _print_report(report, file, checked=bool(keys), held=bool(keys or head))
    if report.faults:
        raise typer.Exit(EXIT_RULE_BROKEN)


def report_json(report: LedgerReport) -> dict[str, Any]:
    """Return a verification as a JSON object, without the entries."""
    return {
        "whole": not report.faults,
        "entries": len(report.entries),
        "head": report.head.to_json(),
        "signatures": report.signatures,
        "verified": report.verified,
        "faults": [asdict(fault) for fault in report.faults],
    }


ALONE = (
    "Checked against itself only: whoever writes the whole file anew, or cuts it back, is not told "
    "by this. Give the head that was lodged (--head) or the keys (--key), or compare the head."
)


def _print_report(report: LedgerReport, file: Path, *, checked: bool, held: bool) -> None:
    for fault in report.faults:
        err.print(str(fault), markup=False, style="red")
    count = len(report.faults)
    verdict = f"{count} fault{'' if count == 1 else 's'}" if count else "whole"
    out.print(f"{file}: {len(report.entries)} entries, {verdict}", markup=False)
    out.print(f"head: size {report.head.size}, root {report.head.root}", markup=False)
    if checked:
        out.print(f"signatures: {report.verified} of {report.signatures} verified", markup=False)
    elif report.signatures:
        out.print(
            f"signatures: {report.signatures}, not checked (give the public keys with --key)",
            markup=False,
        )
    if not held:
        out.print(ALONE, markup=False)
