"""``safepassage agreement``: what each side has said and done, and the one missing step."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from safepassage.cli.common import err, out, print_json
from safepassage.errors import UsageError
from safepassage.units import parse_moment

if TYPE_CHECKING:
    from safepassage.core.agreement.types import AgreementStatus
    from safepassage.scenario.types import Scenario

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What each side has said, asked and accepted; what is missing.",
)

ScenarioFolder = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def status(
    scenario: ScenarioFolder,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            help="Moment looked at, e.g. 2025-02-11T18:00+02:00, or a date for the end of that "
            "day; default: the scenario's planning date.",
        ),
    ] = "",
    lang: Annotated[str, typer.Option("--lang", help="Language: en, uk or ru.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show the missing step, every step of the procedure, and words that do not meet.

    Public words are shown as said by their speaker and never complete a step; silence is shown as
    silence; what has expired does not count.

    Example: safepassage agreement status exercise --at 2025-02-11 --lang uk
    """
    from safepassage.adapters.i18n import LANGUAGES, translator
    from safepassage.core.agreement.missing import agreement_status
    from safepassage.core.agreement.wording import status_lines

    if lang not in LANGUAGES:
        raise UsageError(f"'{lang}' is not a language; accepted: {', '.join(LANGUAGES)}.")
    read = _read(scenario, quiet=as_json)
    moment = moment_of(at, read)
    found = agreement_status(read.parties, read.statements, read.terms, moment)
    if as_json:
        print_json(status_json(found))
        return
    for line in status_lines(found, read.parties, translator(lang), lang):
        out.print(line, markup=False)


@app.command()
def ledger(
    scenario: ScenarioFolder,
    to: Annotated[Path, typer.Option("--out", help="File to write; it may not exist yet.")],
    key: Annotated[
        list[Path] | None,
        typer.Option(
            "--key", metavar="PEM", help="Ed25519 private key (PEM) to sign with; may be repeated."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the ledger of what has been said and filed, and print its head.

    Lodge the head with both parties: whoever keeps it can tell any later change.

    Example: safepassage agreement ledger exercise --out ledger.jsonl --key office.pem
    """
    from safepassage.adapters.ledger_file import read_private_key, write_scenario_ledger

    keys = [read_private_key(path) for path in key or ()]
    head = write_scenario_ledger(_read(scenario, quiet=as_json), to, keys)
    if as_json:
        print_json({"ledger": str(to), "head": head.to_json(), "signed_by": len(keys)})
        return
    out.print(f"{to}: {head.size} entries", markup=False)
    out.print(f"head: size {head.size}, root {head.root}, last {head.last}", markup=False)
    out.print("Lodge this head with both parties; any later change can then be told.", markup=False)


def moment_of(text: str, scenario: Scenario) -> datetime:
    """Return the moment asked for, in the operation's own zone.

    Raises
    ------
    UsageError
        If the text is neither a date nor a moment with a zone.
    """
    zone = ZoneInfo(scenario.timezone)
    if not text:
        return scenario.planning_date.astimezone(zone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = datetime.fromisoformat(text).replace(tzinfo=zone)
            return day + timedelta(days=1) - timedelta(seconds=1)
        return parse_moment(text).astimezone(zone)
    except ValueError as error:
        raise UsageError(f"--at: {error}.") from error


def status_json(status: AgreementStatus) -> dict[str, Any]:
    """Return an agreement's status as a JSON object; texts by language."""
    document = asdict(status)
    for part in (*document["steps"], *document["missing"]):
        part["text"] = dict(part["text"])
    document["acts"] = [{"act_id": act, "state": state} for act, state in document["acts"]]
    return document


def _read(folder: Path, *, quiet: bool) -> Scenario:
    from safepassage.scenario.reader import read_scenario

    read = read_scenario(folder)
    if not quiet:
        for finding in read.findings:
            if finding.file.startswith(("terms", "statements", "parties")):
                err.print(str(finding), markup=False)
    return read.scenario
