"""``safepassage register ask``: call lists, questionnaires, answers, and how far it has come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import err, out, print_json, progress
from safepassage.cli.register.common import (
    ByOption,
    KeysOption,
    OverwriteOption,
    PassphraseOption,
    StoreOption,
    require_free,
)
from safepassage.cli.register.desk import Desk, at_desk
from safepassage.cli.register.export import NAMES_WARNING, RecipientOption, place_names
from safepassage.errors import Finding, InputError, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.forms.answer_file import AnswersRead
    from safepassage.adapters.forms.texts import Facts
    from safepassage.core.register.answers import AskedWorld, JudgedAnswers
    from safepassage.core.register.ask import Call, PersonAsked, PlaceAsked
    from safepassage.core.register.entries import Body, RegisterState, RowRejected

CALLS_EPILOG = (
    "Example: safepassage register ask calls --register op.store --out calls --callers 3 "
    "--language uk --format pdf"
)
FORM_EPILOG = "Example: safepassage register ask form --out ask.xlsx --facts operation.toml"
ANSWERS_EPILOG = (
    "Example: safepassage register ask answers calls-1.xlsx --register op.store --by registrar-1"
)
STATUS_EPILOG = "Example: safepassage register ask status --register op.store"
PURPOSE = "ask"
"""Of the store's key behind the codes on call lists."""
FORMATS = ("csv", "xlsx", "pdf")
MOST_PRINTED = 20

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Inform and ask people: call lists, questionnaires, answers, how far it has come.",
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
LanguageOption = Annotated[
    str, typer.Option(metavar="TAG", help="Language of the caller: en, uk or ru.")
]
FactsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        help="The operation's own words on who calls, terms, destination, process, contact, and "
        "the places that can be wished for, each in en, uk and ru.",
    ),
]


@app.callback()
def ask() -> None:
    """Inform and ask people."""


# ------------------------------------------------------------------------------------------- calls


@app.command(epilog=CALLS_EPILOG)
def calls(
    register: StoreOption,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the lists.")],
    callers: Annotated[int, typer.Option(min=1, max=500, help="Number of callers.")] = 1,
    language: LanguageOption = "en",
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="KIND",
            help="csv, xlsx or pdf; may be repeated. pdf needs the extra 'documents'.",
        ),
    ] = None,
    place: Annotated[
        list[str] | None, typer.Option(metavar="PLACE", help="Only this place id; may be repeated.")
    ] = None,
    asked_before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Ask again whoever answered before this day."
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also whoever declined or was missed three times.")
    ] = False,
    facts: FactsOption = None,
    recipient: RecipientOption = None,
    overwrite: OverwriteOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write call lists: whom to call, what to say first, room for the answers.

    One household is one call. Listed are adults who have not yet chosen for themselves, knowing
    terms, destination, process and their right to stay. The lists hold names and numbers.
    """
    _check_language(language)
    kinds = _formats(form)
    known = _facts(facts)
    require_free(
        _calls_paths(folder, callers, kinds, recipient or ()), overwrite=overwrite,
        register=register, keys=keys, passphrase_file=passphrase_file, inputs=[facts],
    )  # fmt: skip
    with at_desk(register, keys, passphrase_file) as desk:
        shares = _shares(desk, callers, place or [], _day(asked_before), again=again)
        names = _all_names(desk.result.state)
    files: list[str] = []
    with progress("Writing call lists") as report:
        for at, share in enumerate(shares, 1):
            report(at - 1, callers, f"{at} of {callers}")
            which = (at, callers)
            files += _write_calls(folder, share, known, names, language, kinds, which, recipient)
    document = {
        "files": files,
        "calls": sum(map(len, shares)),
        "adults": sum(call.due for share in shares for call in share),
        "without_telephone": sum(not call.phones for share in shares for call in share),
    }
    if as_json:
        print_json(document)
        return
    out.print(
        f"{document['calls']} calls to ask {document['adults']} adults; "
        f"{document['without_telephone']} households without a telephone number."
    )
    for name in files:
        out.print(f"  {name}", markup=False)
    if files:
        err.print(NAMES_WARNING)


def _calls_paths(
    folder: Path, callers: int, kinds: Sequence[str], recipients: Sequence[str]
) -> list[Path]:
    from safepassage.adapters.outgoing import outgoing_path

    names = [f"calls-{at}.{kind}" for at in range(1, callers + 1) for kind in kinds]
    return [outgoing_path(folder / name, recipients) for name in names]


def _shares(
    desk: Desk, callers: int, places: Sequence[str], asked_before: str, *, again: bool
) -> tuple[tuple[Call, ...], ...]:
    from safepassage.core.register.ask import CallRules, shared_among
    from safepassage.core.register.ask import calls as calls_of

    known = {place_id for place_id, _name in desk.result.state.places}
    if wrong := [each for each in places if each not in known]:
        raise UsageError(f"--place is '{wrong[0]}', which is no place of this register.")
    rules = CallRules(desk.store.keyed(PURPOSE), asked_before, frozenset(places), again)
    return shared_among(calls_of(_people(desk), rules), callers)


def _write_calls(
    folder: Path,
    share: Sequence[Call],
    facts: Facts,
    names: Any,
    language: str,
    kinds: Sequence[str],
    which: tuple[int, int],
    recipients: Sequence[str] | None,
) -> list[str]:
    """Write one caller's list in each format; nothing where there is nobody to call."""
    from safepassage.adapters.forms.call_list import call_csv, call_rows, call_xlsx
    from safepassage.adapters.outgoing import write_outgoing

    if not share:
        return []
    rows = call_rows(share, names, language)
    table = call_csv(rows)
    digest = hashlib.sha256(table).hexdigest()
    number = f"C-{digest[:8].upper()}"
    made = {"csv": lambda: table, "xlsx": lambda: call_xlsx(rows, facts, language)}
    if "pdf" in kinds:
        from safepassage.adapters.documents.common import require_extra

        require_extra("reportlab", "segno", purpose="A call list on paper")
        from safepassage.adapters.forms.call_pages import call_pdf

        made["pdf"] = lambda: call_pdf(
            share, facts, names, language, number=number, digest=digest, share=which
        )
    return [
        str(write_outgoing(folder / f"calls-{which[0]}.{kind}", made[kind](), recipients or ()))
        for kind in kinds
    ]


def _all_names(state: RegisterState) -> dict[str, str]:
    """Return the names of each place in all languages that the store has, for whoever asks."""
    names: dict[str, list[str]] = {}
    for place_id, name in state.places:
        if name not in (place_id, *names.get(place_id, ())):
            names.setdefault(place_id, []).append(name)
    return {place_id: " · ".join(found[:3]) for place_id, found in names.items()}


def _formats(form: Sequence[str] | None) -> list[str]:
    kinds = list(dict.fromkeys(form or ["xlsx"]))
    if wrong := [each for each in kinds if each not in FORMATS]:
        raise UsageError(f"--format is '{wrong[0]}'; accepted: {', '.join(FORMATS)}.")
    return kinds


# -------------------------------------------------------------------------------------------- form


@app.command(epilog=FORM_EPILOG)
def form(
    path: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx", help="XLSForm to write.")],
    facts: FactsOption = None,
    language: LanguageOption = "en",
    version: Annotated[
        str, typer.Option(metavar="TEXT", help="Version of the form; today's date if not given.")
    ] = "",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the questionnaire as an XLSForm for KoboToolbox or ODK, in English, Ukrainian, Russian.

    It informs first, then asks each adult separately: choice, destination, needs, five consents.
    It holds no personal data; codes come from the call list.
    """
    from safepassage.adapters.forms.survey import ask_survey, survey_xlsx
    from safepassage.adapters.outgoing import write_outgoing

    _check_language(language)
    require_free([path], overwrite=overwrite, inputs=[facts])
    day = version or datetime.now(tz=UTC).strftime("%Y-%m-%d")
    survey = ask_survey(_facts(facts), version=day, default_language=language)
    write_outgoing(path, survey_xlsx(survey))
    document = {
        "file": str(path), "form_id": survey.settings["form_id"], "version": day,
        "questions": sum(q.kind.startswith(("select", "text", "date")) for q in survey.questions),
        "languages": ["en", "uk", "ru"],
    }  # fmt: skip
    if as_json:
        print_json(document)
        return
    out.print(f"{path}: {document['questions']} questions in en, uk, ru.", markup=False)
    out.print("Upload it to your own Kobo or ODK server; encrypt submissions there (public key).")


# ----------------------------------------------------------------------------------------- answers


@app.command(epilog=ANSWERS_EPILOG)
def answers(
    file: Annotated[
        Path, typer.Argument(help="Filled call list (CSV, XLSX), or Kobo/ODK export (XLSX, ZIP).")
    ],
    register: StoreOption,
    by: ByOption,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be taken.")] = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in answers. Rows that cannot be relied on are set aside in the register, with reasons.

    The same file may be given twice: what is known is not taken again.
    """
    from safepassage.adapters.forms.answer_file import read_answers
    from safepassage.core.register.answers import judge

    if not file.is_file():
        raise InputError(Finding("there is no such file", str(file)))
    data = file.read_bytes()
    read = read_answers(file.name, data)
    if not read.rows and any(finding.severity.value == "error" for finding in read.findings):
        raise InputError(read.findings)
    with at_desk(register, keys, passphrase_file) as desk:
        judged = judge([row.given for row in read.rows], _world(desk))
        aside = _set_aside(desk, file, data, read, judged)
        bodies: list[Body] = [*(entry for _given, entry in judged.taken), *aside]
        if bodies and not check:
            desk.append(bodies, by)
    document = _answers_document(file, read, judged, len(aside), written=not check)
    if as_json:
        print_json(document)
    else:
        _print_answers(document, file)


def _world(desk: Desk) -> AskedWorld:
    from safepassage.core.register.answers import AskedWorld
    from safepassage.core.register.ask import code_of

    key = desk.store.keyed(PURPOSE)
    state = desk.result.state
    views = _views(desk)
    return AskedWorld(
        records={code_of(r.record_id, key): r for r in state.records},
        persons={r.record_id: view for view in views for r in view.records},
        erased=frozenset(code_of(each.record_id, key) for each in state.erased),
        answers=state.answers,
        today=datetime.now(tz=UTC).strftime("%Y-%m-%d"),
    )


def _set_aside(
    desk: Desk, file: Path, data: bytes, read: AnswersRead, judged: JudgedAnswers
) -> list[RowRejected]:
    """Return the rows that were not taken, whole, but for those set aside before."""
    from safepassage.adapters.lists.intake import slug_of
    from safepassage.core.register.entries import RowRejected

    list_id, _digest = desk.store.list_id_of(slug_of(f"answers {file.stem}"), data)
    by_row = {id(row.given): row for row in read.rows}
    known = set(desk.result.state.rejected)
    made = [
        RowRejected(
            list_id, given.row, by_row[id(given)].cells, reasons,
            row_id=f"{list_id}:{given.sheet or 'rows'}.{given.row}",
        )
        for given, reasons in judged.aside
    ]  # fmt: skip
    return [row for row in made if row not in known]


def _answers_document(
    file: Path, read: AnswersRead, judged: JudgedAnswers, aside: int, *, written: bool
) -> dict[str, Any]:
    from safepassage.core.register.types import Consent, ConsentQuestion

    def placed(given: Any, message: str, severity: str) -> dict[str, Any]:
        return {"severity": severity, "file": file.name, "sheet": given.sheet, "row": given.row,
                "message": message}  # fmt: skip

    findings = [placed(g, text, "warning") for g, text in judged.notes]
    findings += [placed(g, "; ".join(reasons), "error") for g, reasons in judged.aside]
    return {
        "rows": len(read.rows),
        "empty": read.empty,
        "taken": len(judged.taken),
        "by_proxy": sum(entry.form == "proxy" for _given, entry in judged.taken),
        "known_before": len(judged.known),
        "set_aside": len(judged.aside),
        "newly_set_aside": aside,
        "written": written,
        "same_file_again": bool(read.rows) and not judged.taken and not aside,
        "withdrew": sum(
            (ConsentQuestion.REGISTERED, Consent.NO) in entry.consents
            for _given, entry in judged.taken
        ),
        "findings": [*(each.to_json() for each in read.findings), *findings],
    }


def _print_answers(document: dict[str, Any], file: Path) -> None:
    verb = "taken" if document["written"] else "would be taken"
    out.print(
        f"{document['taken']} of {document['rows']} rows {verb} ({document['by_proxy']} answered "
        f"by somebody else), {document['known_before']} were known, {document['set_aside']} set "
        "aside."
    )
    if document["empty"]:
        out.print(f"{document['empty']} rows of the call list are not filled in.")
    if document["withdrew"]:
        out.print(
            f"{document['withdrew']} said that they do not want to be registered: in no list, "
            "export or plan from now on."
        )
    if document["same_file_again"]:
        still = document["set_aside"]
        rest = (
            f"; the {still} rows set aside then still are, for the reasons below" if still else ""
        )
        out.print(f"{file.name} was taken in before{rest}.", markup=False)
    for finding in document["findings"][:MOST_PRINTED]:
        sheet = f" of '{finding['sheet']}'" if finding.get("sheet") else ""
        place = f", row {finding['row']}{sheet}" if finding["row"] else ""
        err.print(f"{finding['file']}{place}: {finding['message']}", markup=False)
    if len(document["findings"]) > MOST_PRINTED:
        err.print(f"and {len(document['findings']) - MOST_PRINTED} more; --json shows all.")


# ------------------------------------------------------------------------------------------ status


@app.command(epilog=STATUS_EPILOG)
def status(
    register: StoreOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how many adults were informed and asked, what they chose, who is still to be asked.

    Counts are exact and for the team only. Nobody who was not asked is counted as unwilling.
    """
    from safepassage.core.register.ask import ask_status

    with at_desk(register, keys, passphrase_file) as desk:
        rows = ask_status(_people(desk))
        names = place_names(desk.result.state)
        withdrawn = len(desk.result.withdrawn)
    document = {
        "all": _status_row(rows[0], "all places"),
        "places": [_status_row(row, names.get(row.place_id, "not known")) for row in rows[1:]],
        "withdrawn": withdrawn,
    }
    if as_json:
        print_json(document)
    else:
        _print_status(document)


def _status_row(row: PlaceAsked, name: str) -> dict[str, Any]:
    return {
        "place_id": row.place_id,
        "place": name,
        "adults": row.adults,
        "informed_and_asked": row.informed,
        "choices": {choice.value: persons for choice, persons in row.choices},
        "only_by_proxy_or_not_fully_told": row.by_proxy,
        "only_from_lists": row.from_lists,
        "tried_in_vain": row.tried,
        "never_tried": row.never,
        "still_to_ask": row.adults - row.informed,
        "oldest_answer": row.oldest,
    }


def _print_status(document: dict[str, Any]) -> None:
    heads = ("adults", "asked", "go", "stay", "undec.", "proxy", "lists", "tried", "never")
    rows = [*document["places"], document["all"]]
    width = max(len(row["place"]) for row in rows)
    out.print(f"{'place':{width}}" + "".join(f"{head:>7}" for head in heads) + "  oldest")
    for row in rows:
        cells = (
            row["adults"], row["informed_and_asked"], *row["choices"].values(),
            row["only_by_proxy_or_not_fully_told"], row["only_from_lists"], row["tried_in_vain"],
            row["never_tried"],
        )  # fmt: skip
        numbers = "".join(f"{cell:>7}" for cell in cells)
        out.print(f"{row['place']:{width}}{numbers}  {row['oldest_answer'] or '-'}", markup=False)
    everybody = document["all"]
    out.print(
        f"Informed and asked: {everybody['informed_and_asked']} of {everybody['adults']} adults; "
        f"still to ask: {everybody['still_to_ask']}. Not asked is no refusal."
    )
    out.print(
        "proxy: answered by somebody else, or not told everything; lists: only a list says so; "
        "tried: called in vain. None of these is relied on."
    )


# ------------------------------------------------------------------------------------------ shared


def _people(desk: Desk) -> tuple[PersonAsked, ...]:
    from safepassage.core.register.ask import people_asked

    return people_asked(_views(desk), desk.result.state.answers, desk.result.withdrawn)


def _views(desk: Desk) -> Any:
    from dataclasses import replace

    from safepassage.core.register.people import person_views

    today = datetime.now(tz=UTC).strftime("%Y-%m-%d")
    return person_views(desk.result.register, replace(desk.result.rules, on=today))


def _facts(path: Path | None) -> Facts:
    from safepassage.adapters.forms.facts_file import read_facts
    from safepassage.adapters.forms.texts import Facts

    return read_facts(path) if path else Facts()


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else ""


def _check_language(language: str) -> None:
    from safepassage.adapters.i18n import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"--language is '{language}'; accepted: {', '.join(LANGUAGES)}.")
