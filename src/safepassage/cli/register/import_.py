"""``safepassage register import``: a list, as it came, into the register store."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    now,
    open_store,
    require_free,
)
from safepassage.core.register.entries import ListReceived, RegisterState, Reliability
from safepassage.errors import Finding, InputError, RefusedError, Severity, UsageError, mask

if TYPE_CHECKING:
    from safepassage.adapters.lists import ListReadResult
    from safepassage.adapters.lists.intake import Intake
    from safepassage.adapters.lists.mapping_file import SavedMapping
    from safepassage.adapters.lists.versions import Overlap
    from safepassage.adapters.store import RegisterStore
    from safepassage.core.register.types import ListRecord

EPILOG = (
    "Example: safepassage register import council.xlsx --register valley.store "
    "--compiled-by council --as-of 2025-02-11 --region UA --preview"
)
MOST_KINDS = 40
"""Kinds of findings printed before the rest is only counted; ``--json`` gives all findings."""
_MOST_ROWS = 10
_MASKED = re.compile(r".*characters\) ")
PREVIEWED = 5
_VERSION_SHARE = 0.5
"""From this share of common rows on, a file of the same name is a newer version of the list."""
_SAID_SHARE = 0.1
"""From this share of common rows on, an overlap with another list is printed; JSON has all."""
_SHOWN_FIELDS = ("full_name", "surname", "given_name", "patronymic", "birth", "stay_place", "phone")
_DAY = ["%Y-%m-%d"]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the registrar says of the list."""

    title: str
    compiled_by: str
    received_on: str
    received_by: str
    reliability: Reliability
    as_of: str
    asks_choice: bool
    retain_until: str
    name: str


def import_list(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            help="CSV in any encoding, XLSX, XLS, ODS, a Kobo or ODK export, PFIF 1.1 to 1.4; or a "
            "folder or ZIP with the CSV files of one form.",
        ),
    ],
    store_file: StoreOption,
    by: ByOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE", help="Column mapping (JSON). Without it, one is suggested."
        ),
    ] = None,
    save_map: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the mapping that was used, for the next list."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be read; write nothing.")
    ] = False,
    with_names: Annotated[
        bool,
        typer.Option("--with-names", help="With --preview: show the first rows unmasked."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask after the preview on a terminal.")
    ] = False,
    title: Annotated[str, typer.Option(help="What the list is called.")] = "",
    name: Annotated[
        str,
        typer.Option(
            help="Short name for the list's id; by default from the file's name. It appears in "
            "every record id, so let it name no person."
        ),
    ] = "",
    compiled_by: Annotated[
        str, typer.Option(metavar="WHO", help="Who drew the list up: a party, families, a clinic.")
    ] = "",
    received_on: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, metavar="DATE", help="When it came in; today by default."),
    ] = None,
    received_by: Annotated[
        str, typer.Option(metavar="ROLE", help="Who took it in; --by by default.")
    ] = "",
    reliability: Annotated[
        Reliability, typer.Option(help="How far its source says it can be relied on.")
    ] = Reliability.UNKNOWN,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, metavar="DATE", help="Date to which its ages refer."),
    ] = None,
    asks_choice: Annotated[
        bool,
        typer.Option(
            "--asks-choice",
            help="Its compilers informed each adult and asked: its choices and consents count.",
        ),
    ] = False,
    retain_until: Annotated[
        datetime | None,
        typer.Option(
            formats=_DAY, metavar="DATE", help="When its keys are to be destroyed; see 'retire'."
        ),
    ] = None,
    delimiter: Annotated[
        str, typer.Option(metavar="SIGN", help="Separator of a CSV file: , ; | or tab.")
    ] = "",
    encoding: Annotated[
        str, typer.Option(metavar="NAME", help="Encoding of a CSV file; by default recognised.")
    ] = "",
    sheet: Annotated[
        str, typer.Option(metavar="NAME", help="Read this sheet only (name or number).")
    ] = "",
    region: Annotated[
        str,
        typer.Option(
            metavar="XX", help="Two-letter region of telephone numbers without a country code."
        ),
    ] = "",
    split_families: Annotated[
        bool,
        typer.Option(
            "--split-families",
            help="Where one cell plainly lists several names with births, make a record of each.",
        ),
    ] = False,
    newer_of: Annotated[
        str,
        typer.Option(
            "--newer-version-of", metavar="LIST_ID", help="The file corrects this earlier list."
        ),
    ] = "",
    own_list: Annotated[
        bool,
        typer.Option(
            "--own-list", help="Take it as a list of its own, though its rows are there already."
        ),
    ] = False,
    take_erased: Annotated[
        bool,
        typer.Option(
            "--take-erased",
            help="Take rows, too, that were erased here because the person asked: they want to be "
            "registered again.",
        ),
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the rows set aside, as they came, with names, to this CSV file.",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take a list into the register store: every row kept, mapped where it can be, rejects said.

    On a terminal a masked preview is shown first and you are asked. A file that is there already
    is noticed, also under another name, format or encoding; a newer version of a list adds what is
    new and corrects what changed.
    """
    _check(file, with_names=with_names, preview=preview)
    read = [file, *file.rglob("*")] if file.is_dir() else [file]
    require_free(
        [each for each in (save_map, rejects) if each], overwrite=overwrite, register=store_file,
        keys=keys, passphrase_file=passphrase_file, inputs=[*read, mapping_file],
    )  # fmt: skip
    saved = _saved(mapping_file, sheet, delimiter, encoding, region)
    facts = _Facts(
        title=title,
        compiled_by=compiled_by,
        received_on=_day(received_on) or now()[:10],
        received_by=received_by or by,
        reliability=reliability,
        as_of=_day(as_of),
        asks_choice=asks_choice,
        retain_until=_day(retain_until),
        name=name,
    )
    with open_store(store_file, keys, passphrase_file) as store:
        run = _Run(store, file, facts, saved, own_list=own_list)
        otherwise = bool(mapping_file or sheet or split_families or as_of or asks_choice)
        if run.is_there and not otherwise:
            run.check_retention(run.known_as.list_id)
            _say_there(run, as_json=as_json)
            return
        run.read(split_families=split_families)
        if not take_erased:
            run.leave_out_erased()
        run.compare(newer_of, own_list=own_list)
        if preview or (sys.stdin.isatty() and not yes and not as_json):
            _show(run, with_names=with_names, as_json=as_json)
            if preview or (run.adds and not typer.confirm("Import it?", err=True)):
                _save(run, save_map, rejects)
                if not run.records:
                    raise typer.Exit(1)
                return
        if run.refusal:
            raise RefusedError(run.refusal)
        run.write(by)
    _save(run, save_map, rejects)
    if as_json:
        print_json(run.document())
    else:
        _print(run)
    if not run.records:
        raise typer.Exit(1)


class _Run:
    """One import, step by step."""

    def __init__(
        self,
        store: RegisterStore,
        file: Path,
        facts: _Facts,
        saved: SavedMapping,
        *,
        own_list: bool,
    ) -> None:
        from safepassage.adapters.lists.intake import slug_of

        self._store, self.file, self.facts, self.saved = store, file, facts, saved
        self._slug = slug_of(facts.name + "." if facts.name else file.name)
        self.data = _bytes_of(file)
        self.state: RegisterState = store.state()
        self.is_own = own_list
        self.list_id, self.digest = self._free_id(self._slug)
        self.result: ListReadResult | None = None
        self.overlaps: tuple[Overlap, ...] = ()
        self.intake: Intake | None = None
        self.is_written = False
        self.notice = ""
        self.refusal = ""
        self.left_out: tuple[tuple[int, str], ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether this very file was imported before, and is not said to be another list."""
        return not self.is_own and any(each.digest == self.digest for each in self.state.lists)

    @property
    def known_as(self) -> ListReceived:
        """The list as which this very file was imported."""
        return next(each for each in self.state.lists if each.digest == self.digest)

    @property
    def adds(self) -> bool:
        """Whether the import would add anything."""
        return not (self.notice or self.refusal)

    @property
    def records(self) -> tuple[ListRecord, ...]:
        """Rows that can be used."""
        return self._read.records

    @property
    def _read(self) -> ListReadResult:
        assert self.result is not None  # noqa: S101 - for mypy: `read` comes first
        return self.result

    def read(self, *, split_families: bool) -> None:
        """Read the file."""
        from safepassage.adapters.lists import ReadOptions, joined, read_bytes, read_file
        from safepassage.scenario.types import SourceList

        facts, saved = self.facts, self.saved
        source = SourceList(
            self.list_id, facts.title, self.file.name, saved.columns, facts.compiled_by,
            facts.received_on, facts.as_of, saved.encoding or "auto", saved.delimiter or "auto",
            facts.asks_choice,
        )  # fmt: skip
        key = self._store.keyed("documents")
        with progress(f"Reading {self.file.name}") as report:
            options = ReadOptions(
                saved.sheet, saved.region, key, split_families, on=facts.received_on, report=report
            )
            if self.file.is_dir():
                found = read_file(self.file, source, options)
            else:
                found = read_bytes(self.data, self.file.name, source, options)
        self.result = joined(found)

    def leave_out_erased(self) -> None:
        """Leave out, unkept, what was erased here because the person asked (01a-store §24)."""
        from safepassage.adapters.lists.versions import returning_digests
        from safepassage.adapters.store.keeping import UNWANTED

        key, unwanted = self._store.keyed(UNWANTED), dict(self.state.unwanted)
        erased = {each.record_id: each.erased_at[:10] for each in self.state.erased}
        kept: list[ListRecord] = []
        left_out: list[tuple[int, str]] = []
        for record in self.records:
            days = [unwanted[d] for d in returning_digests(record, key) if d in unwanted]
            day = next(iter(days), "") or _erased_on(record.record_id, erased)
            if day:
                left_out.append((record.row, day))
            else:
                kept.append(record)
        self.result = replace(self._read, records=tuple(kept))
        self.left_out = tuple(left_out)

    def compare(self, newer_of: str, *, own_list: bool) -> None:
        """Find the list that this one repeats or corrects, and make the entries."""
        from safepassage.adapters.lists.intake import Intake, earlier_version
        from safepassage.adapters.lists.versions import overlaps, revision

        facts, state = self.facts, self.state
        self.overlaps = overlaps(self.records, state.as_claimed)
        earlier = self.known_as.list_id if self.is_there else newer_of
        if not earlier and not own_list:
            near = [each.list_id for each in self.overlaps if each.share >= _VERSION_SHARE]
            earlier = earlier_version(state, self._slug, facts.title, facts.compiled_by, near)
        if earlier and earlier not in {each.list_id for each in state.lists}:
            raise UsageError(f"--newer-version-of: there is no list '{earlier}' in the register.")
        self.check_retention(earlier)
        claimed = [each for each in state.as_claimed if each.list_id == earlier]
        found = revision(claimed, self.records) if earlier else None
        self.intake = Intake(self._received(), self._read, found, earlier, self.is_there)
        self._notice(own_list=own_list)
        if not (earlier or own_list or self.notice):
            self.refusal = _why_perhaps_newer(self.overlaps)

    def check_retention(self, earlier: str) -> None:
        """Refuse a day of retention that the list to which the rows belong would not take on."""
        wanted = self.facts.retain_until
        known = next((each for each in self.state.lists if each.list_id == earlier), None)
        if not wanted or known is None or known.retain_until == wanted:
            return
        has = f"ends on {known.retain_until}" if known.retain_until else "has no end"
        raise RefusedError(
            f"--retain-until {wanted} cannot be kept: the rows belong to list {earlier}, which is "
            f"in the register already and whose retention {has}. Nothing was added. Leave the "
            "option out, or say --own-list to take the file as another list with a day of its own."
        )

    def write(self, by: str) -> None:
        """Add the list to the register, all or nothing."""
        if self.intake is None or self.notice:
            return
        with progress("Writing") as report:
            report(0, 0, f"{len(self.records):,} rows")
            self._store.append(self.intake.bodies(), by, now())
        self.is_written = True

    def document(self) -> dict[str, Any]:
        """Return what happened as one JSON object; it holds no name."""
        read, intake = self._read, self.intake
        found = intake.revision if intake else None
        return {
            "list_id": self.list_id,
            "imported": self.is_written,
            "notice": self.notice or self.refusal,
            "records": len(read.records),
            "rejects": len(read.rejects),
            "left_out_as_erased": [{"row": row, "erased_on": day} for row, day in self.left_out],
            "columns": [
                {"standard": each.standard, "column": each.column, "reason": each.reason}
                for each in read.suggestions
            ],
            "carried": _carried(read),
            "already_on": [
                {
                    "list_id": each.list_id,
                    "rows": each.same,
                    "word_for_word": each.identical,
                    "of": each.rows,
                }
                for each in self.overlaps
            ],
            "newer_version_of": intake.earlier if intake else "",
            "changes": {
                "unchanged": found.unchanged,
                "changed": len(found.changed),
                "new": len(found.new),
                "gone": [each.record_id for each in found.gone],
            }
            if found
            else None,
            "findings": [finding.to_json() for finding in read.findings],
        }

    def _free_id(self, slug: str) -> tuple[str, str]:
        """Return the list's id and digest; a file taken once more has another short name."""
        taken = {each.list_id for each in self.state.lists}
        for slug_again in (slug, *(f"{slug}-{at}" for at in range(2, len(taken) + 3))):
            list_id, digest = self._store.list_id_of(slug_again, self.data)
            if not self.is_own or list_id not in taken:
                break
        return list_id, digest

    def _received(self) -> ListReceived:
        facts, read = self.facts, self._read
        return ListReceived(
            list_id=self.list_id,
            title=facts.title or self.file.stem,
            file_name=self.file.name,
            digest=self.digest,
            mapping=read.mapping,
            received_on=facts.received_on,
            received_by=facts.received_by,
            as_of=facts.as_of,
            compiled_by=facts.compiled_by,
            reliability=facts.reliability,
            asks_choice=facts.asks_choice,
            retain_until=facts.retain_until,
        )

    def _says_nothing_new(self) -> bool:
        found = self.intake.revision if self.intake else None
        if not self.is_there or found is None or found.changed or found.new:
            return False
        from safepassage.adapters.lists.intake import rejected

        return set(rejected(self._read, self.list_id)) <= set(self.state.rejected)

    def _notice(self, *, own_list: bool) -> None:
        if self._says_nothing_new():
            self.notice = (
                f"This very file is in the register already, as list {self.known_as.list_id}, and "
                "says nothing new when it is read so. Nothing was added."
            )
            return
        if not self.records:
            self.notice = (
                "No row can be used, so nothing was added. If the columns were misread, give a "
                "mapping (--map) or name the sheet (--sheet)."
            )
            return
        whole = next((each for each in self.overlaps if each.is_whole), None)
        if whole and not own_list and not self.is_there:
            self.notice = (
                f"All {whole.rows} rows are already on list {whole.list_id}, which has no others: "
                "the same list saved anew. Nothing was added; --own-list takes it as another list."
            )


def _why_perhaps_newer(found: Sequence[Overlap]) -> str:
    """Return why a list is not taken as one of its own unasked, empty if it may be."""
    near = next((each for each in found if 2 * each.same > max(each.rows, each.on_list)), None)
    if near is None:
        return ""
    return (
        f"{near.same} of {near.rows} rows are already on list {near.list_id}, which has "
        f"{near.on_list}: it may be a newer version of it, so nothing was added. Say "
        f"--newer-version-of {near.list_id} if it is, or --own-list if somebody else drew it up "
        "(then each of these rows counts as two sources for one person)."
    )


def _erased_on(record_id: str, erased: Mapping[str, str]) -> str:
    """Return when a row of this very file was erased; one of a family's cell with the cell."""
    return erased.get(record_id) or erased.get(record_id.rpartition(".")[0], "")


# ---------------------------------------------------------------------------------------- input


def _check(file: Path, *, with_names: bool, preview: bool) -> None:
    if with_names and not preview:
        raise UsageError("--with-names shows names in a preview; say --preview too.")
    if not file.exists():
        raise InputError(Finding("there is no such file", str(file)))


def _saved(
    mapping_file: Path | None, sheet: str, delimiter: str, encoding: str, region: str
) -> SavedMapping:
    from safepassage.adapters.lists.mapping_file import SavedMapping, read_mapping

    found = read_mapping(mapping_file) if mapping_file else SavedMapping(())
    given: dict[str, Any] = {
        "sheet": sheet,
        "delimiter": delimiter,
        "encoding": encoding,
        "region": region.upper(),
    }
    found = replace(found, **{key: value for key, value in given.items() if value})
    _check_region(found.region)
    return found


def _check_region(region: str) -> None:
    import phonenumbers

    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError(f"--region is '{region}'; accepted is a two-letter code such as UA.")


def _bytes_of(file: Path) -> bytes:
    if not file.is_dir():
        return file.read_bytes()
    from safepassage.adapters.kobo import folder_files

    return b"\0".join(part for name, data in folder_files(file) for part in (name.encode(), data))


def _day(moment: datetime | None) -> str:
    return moment.replace(tzinfo=UTC).date().isoformat() if moment else ""


def _save(run: _Run, save_map: Path | None, rejects: Path | None) -> None:
    from safepassage.adapters.lists.mapping_file import write_mapping

    if save_map and run.result:
        write_mapping(replace(run.saved, columns=run.result.mapping), save_map)
    if rejects and run.result:
        _write_rejects(run.result, rejects)


def _write_rejects(read: ListReadResult, path: Path) -> None:
    """Write the rows set aside to one file; its first row says that it holds personal data."""
    import csv
    import io

    from safepassage.adapters.outgoing import write_outgoing
    from safepassage.scenario.rejects import NOTICE, escape_cell

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([NOTICE])
    writer.writerow(["file", "row", "reason", "cells as they came"])
    for each in read.rejects:
        cells = map(escape_cell, each.cells)
        writer.writerow([each.file, each.row, " ".join(each.reasons), *cells])
    write_outgoing(path, text.getvalue().encode("utf-8-sig"))


# --------------------------------------------------------------------------------------- output


def _say_there(run: _Run, *, as_json: bool) -> None:
    known = run.known_as
    sentence = (
        f"This very file is in the register already, as list {known.list_id} "
        f"({known.file_name}, received {known.received_on}). Nothing was added. With --map, "
        "--sheet, --as-of, --asks-choice or --split-families it is read in another way, and what "
        "changes is added."
    )
    if as_json:
        print_json({"list_id": known.list_id, "imported": False, "notice": sentence})
    else:
        out.print(sentence, markup=False)


def _show(run: _Run, *, with_names: bool, as_json: bool) -> None:
    from safepassage.adapters.lists.columns import TAKEN

    if as_json:
        print_json(run.document())
        return
    read = run.result
    assert read is not None  # noqa: S101 - for mypy: shown after reading
    if read.suggestions or read.records:
        _print_columns(read)
        _print_rows(read, with_names=with_names)
    _print_findings([each for each in read.findings if each.rule != TAKEN])
    _print_counts(run)


def _print_columns(read: ListReadResult) -> None:
    out.print("Columns:")
    for each in read.suggestions:
        out.print(f"  {each.standard:18} = '{each.column}': {each.reason}", markup=False)
    if carried := _carried(read):
        out.print(f"  carried as they are: {', '.join(carried)}", markup=False)


def _carried(read: ListReadResult) -> list[str]:
    used = {column for _, column in read.mapping}
    return [column for column in read.columns if column and column not in used]


def _print_rows(read: ListReadResult, *, with_names: bool) -> None:
    fields = _shown_fields(read)
    shown = "as they are" if with_names else "masked; --preview --with-names shows them"
    out.print(f"First rows ({shown}):")
    if fields:
        out.print(f"  row: {' | '.join(fields)}", markup=False)
    for record in read.records[:PREVIEWED]:
        cells = (_cell(record, name, with_names=with_names) or "-" for name in fields)
        out.print(f"  {record.row}: {' | '.join(cells)}", markup=False)


def _shown_fields(read: ListReadResult) -> list[str]:
    """Return the fields shown in a preview, in the order of the file's columns."""
    at = {column: place for place, column in enumerate(read.columns)}
    place = {standard: at.get(column, len(at)) for standard, column in reversed(read.mapping)}
    if "age" in place:
        place.setdefault("birth", place["age"])
    fields = [name for name in _SHOWN_FIELDS if name in place]
    return sorted(fields, key=place.__getitem__) or list(_SHOWN_FIELDS)


def _cell(record: ListRecord, name: str, *, with_names: bool) -> str:
    from safepassage.adapters.lists.intake import corrected_text

    text = corrected_text(getattr(record, name))
    if name == "birth" and record.birth:
        text = _birth_text(record.birth.earliest, record.birth.latest)
    return text if with_names or not text else mask(text)


def _birth_text(earliest: str, latest: str) -> str:
    if (earliest[4:], latest[4:], earliest[:4]) == ("-01-01", "-12-31", latest[:4]):
        return earliest[:4]
    return earliest if earliest == latest else f"{earliest} to {latest}"


def _print(run: _Run) -> None:
    read = run.result
    assert read is not None  # noqa: S101 - for mypy: printed after reading
    _print_findings(read.findings)
    if run.is_written and run.is_there:
        out.print(f"Read {run.file.name} in another way.", markup=False)
    elif run.is_written:
        out.print(f"Imported {run.file.name} as list {run.list_id}.", markup=False)
    _print_counts(run)


def _print_counts(run: _Run) -> None:
    read, intake = run.result, run.intake
    assert read is not None  # noqa: S101 - for mypy
    aside = f"; {len(read.rejects)} rows set aside" if read.rejects else ""
    out.print(f"{len(read.records)} rows can be used{aside}.")
    for row, day in run.left_out:
        out.print(
            f"Row {row} is left out and not kept: it was erased here on {day}. If the person wants "
            "to be registered again, say --take-erased.",
            markup=False,
        )
    if run.notice or run.refusal:
        out.print(run.notice or run.refusal, markup=False)
        return
    for each in (each for each in run.overlaps if each.share >= _SAID_SHARE):
        out.print(
            f"{each.same} of {each.rows} rows are already on list {each.list_id} with the same "
            f"name, birth and place ({each.identical} alike in every column that is mapped).",
            markup=False,
        )
        if each.share >= _VERSION_SHARE and not (run.is_own or (intake and intake.revision)):
            out.print(
                f"  If it is a newer version of that list, say --newer-version-of {each.list_id}; "
                "taken as another list, the same row counts as two sources for one person.",
                markup=False,
            )
    if intake and intake.revision:
        found = intake.revision
        what = "Of" if run.is_there else "It is a newer version of"
        out.print(
            f"{what} list {intake.earlier}: {found.unchanged} rows unchanged, "
            f"{len(found.changed)} changed, {len(found.new)} new, {len(found.gone)} gone.",
            markup=False,
        )
        _print_shifted(run, found.changed)
        if found.gone:
            rows = ", ".join(each.record_id for each in found.gone[:10])
            out.print(f"  Gone, and kept in the register: {rows}", markup=False)


def _print_shifted(run: _Run, changed: Sequence[tuple[ListRecord, ListRecord]]) -> None:
    """Say which changes come from another date of the ages only."""
    shifted = sum(one.birth != other.birth for one, other in changed)
    before = run.known_as.as_of if run.is_there else ""
    if shifted and before and run.facts.as_of and before != run.facts.as_of:
        out.print(
            f"  {shifted} of them are births counted from ages, only because --as-of was {before} "
            f"and is {run.facts.as_of} now."
        )


def _print_findings(findings: Sequence[Finding]) -> None:
    """Print the findings by kind: what stops a row first, then the rare kinds, then the many."""
    kinds = _by_kind(findings)
    if len(findings) > len(kinds) > 1:
        err.print(f"{len(findings)} findings of {len(kinds)} kinds:")
    for first, *others in kinds[:MOST_KINDS]:
        err.print(str(first), markup=False)
        if others:
            err.print(f"  and {len(others)} more of this kind{_rows_of(others)}", markup=False)
    if len(kinds) > MOST_KINDS:
        err.print(f"and {len(kinds) - MOST_KINDS} more kinds; --json shows all.")


def _by_kind(findings: Sequence[Finding]) -> list[list[Finding]]:
    found: dict[tuple[str, str | None, Severity, str], list[Finding]] = defaultdict(list)
    for each in findings:
        said = re.sub(r"\d+", "#", _MASKED.sub("", each.message))
        found[each.file, each.column, each.severity, said].append(each)
    return sorted(found.values(), key=_rank)


def _rank(kind: Sequence[Finding]) -> tuple[bool, bool, int]:
    from safepassage.adapters.lists.columns import TAKEN

    return kind[0].severity is not Severity.ERROR, kind[0].rule == TAKEN, len(kind)


def _rows_of(findings: Sequence[Finding]) -> str:
    rows = [str(each.row) for each in findings if each.row is not None]
    more = ", ..." if len(rows) > _MOST_ROWS else ""
    return f": row {', '.join(rows[:_MOST_ROWS])}{more}" if rows else ""
