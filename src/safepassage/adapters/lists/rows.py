"""One row to one record; what cannot be read is said and carried (01-register §1 to §7)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from safepassage.adapters.lists.columns import (
    CONSENT_COLUMNS,
    HEADING_COLUMN,
    NAMES,
    SEVERAL,
    SHEET_COLUMN,
    VIRTUAL,
    is_series,
)
from safepassage.adapters.lists.dates import (
    is_serial,
    iso_day,
    narrower,
    overlap,
    parse_age,
    parse_birth,
)
from safepassage.adapters.lists.documents import document_hashes, hide_documents, says_more
from safepassage.adapters.lists.families import (
    family_words,
    holds_a_family,
    members_of,
    names_a_line,
)
from safepassage.adapters.lists.phones import PHONE_COLUMN, e164
from safepassage.adapters.lists.table import FEW, heading_of, names_settlement, why_no_person
from safepassage.adapters.lists.types import (
    MOST_ALIKE,
    Line,
    Notes,
    ReadOptions,
    Sheet,
    Suggestion,
)
from safepassage.core.register.scripts import fold, has_mixed_scripts
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Sex,
)
from safepassage.core.register.words import (
    CHOICE_WORDS,
    CONSENT_FORM_WORDS,
    CONSENT_QUESTION_WORDS,
    CONSENT_WORDS,
    NEED_WORDS,
    NO_DOCUMENT_WORDS,
    NO_NEED_WORDS,
    SEX_WORDS,
    STATUS_WORDS,
)
from safepassage.errors import mask
from safepassage.scenario.types import SourceList

Value = TypeVar("Value")

PLAIN_TEXTS = (
    "full_name", "surname", "given_name", "patronymic", "stay_place", "birth_place",
    "address", "household_key", "phone", "email", "maiden_name", "asked_by",
)  # fmt: skip
"""Standard columns that a record keeps as written."""

_PARTS = re.compile(r"[;,|+/]")
_RELATIVES = re.compile(r"[;,|\n]")
_LETTER = re.compile(r"[^\W\d_]")
_FORMULA = re.compile(r"[=@](?!\s*$)|[+-](?![\d\s(]|$)")
_DOCUMENT = re.compile(
    r"(?:pass?port|паспорт)\D{0,20}\d\d ?\d\d ?\d{5}|\b\d\d \d\d \d{6}\b", re.IGNORECASE
)
_ERROR_CELL = re.compile(r"#(REF|VALUE|NAME|N/A|DIV/0|ЗНАЧ|ССЫЛКА|ИМЯ|Н/Д)[!?]?", re.IGNORECASE)


_SECOND_ROW = (
    "the name is a merged cell that belongs to a row above; a second row of the same person is not "
    "a second person"
)


_PLACE_AS_NAME = (
    "a place where other rows of the list stay stands where the name belongs: no person, or two "
    "columns changed places in this row"
)


class RowReader:
    """Reads the rows of one sheet under one mapping.

    Parameters
    ----------
    header
        Columns of the sheet.
    mapping
        What each column is; the first column of a name counts.
    """

    def __init__(
        self,
        notes: Notes,
        header: tuple[str, ...],
        mapping: Sequence[Suggestion],
        source: SourceList,
        options: ReadOptions,
        sheet: Sheet,
    ) -> None:
        self._notes, self._header, self._source = notes, header, source
        self._options, self._sheet = options, sheet
        self._column = {each.standard: each.column for each in reversed(mapping)}
        self._places = _places_of(header, mapping)
        self._papers = set(self._places.get("documents", ()))
        used = {at for places in self._places.values() for at in places}
        self._carried = [at for at in range(len(header)) if at not in used]
        self._asked = source.asks_choice or (not source.mapping and not options.guess)
        self._heading = ""
        self._known_places: frozenset[str] = frozenset()

    def learn_places(self, lines: Sequence[Line]) -> None:
        """Learn from the first rows which places the list names, each in several rows."""
        at = next(iter(self._places.get("stay_place", ())), None)
        if at is not None:
            seen = Counter(_folded(_cell(line.cells, at)) for line in lines)
            self._known_places = frozenset(each for each, n in seen.items() if each and n > 1)

    def read(self, line: Line) -> Iterator[ListRecord]:
        """Yield the record of a line; none if it was set aside, several if a family was split."""
        if line.broken:
            self._keep_broken(line)
            return
        if why := why_no_person(line, self._header):
            self._set_aside(line, [("", why.rstrip("."))])
            return
        if heading := heading_of(line, len(self._header)):
            self._take_heading(line, heading)
            return
        extra = self._extra(line)
        values = self._values(line)
        if reasons := self._reasons_to_reject(line, values):
            self._set_aside(line, reasons)
            return
        record = self._record(line, values, extra)
        yield from self._split(record) if self._options.split_families else (record,)

    # -- what is set aside

    def _set_aside(self, line: Line, reasons: Sequence[tuple[str, str]]) -> None:
        for column, reason in reasons:
            said = reason[0].lower() + reason[1:]
            kind = re.sub(r".*characters\) ", "", said)
            self._notes.say(f"{said}; the row was set aside", line.row, column or None,
                            stops=bool(column), kind=kind)  # fmt: skip
        texts = " ".join(
            f"Column '{column}': {reason}." if column else f"{reason}."
            for column, reason in reasons
        )
        cells = [
            hide_documents(cell) if at in self._papers else cell
            for at, cell in enumerate(line.cells)
        ]
        self._notes.set_aside(line.row, self._header, cells, texts)

    def _keep_broken(self, line: Line) -> None:
        """Keep a line whose cells may be cut wrongly; any of them may hold a document's number."""
        cells = map(hide_documents, line.cells) if self._papers else line.cells
        self._notes.set_aside(line.row, self._header, cells, "The quotes do not match.")

    def _take_heading(self, line: Line, heading: str) -> None:
        self._heading = heading
        self._notes.set_aside(
            line.row, self._header, line.cells, "A heading over the rows below, carried with them."
        )
        self._notes.say(
            "is a heading inside the list, no person; it is carried with the rows below it",
            line.row, most=FEW)  # fmt: skip

    def _reasons_to_reject(self, line: Line, values: Mapping[str, str]) -> list[tuple[str, str]]:
        reasons = [
            (
                self._column[name],
                f"{mask(text)} is a formula or an error of a spreadsheet, not a name",
            )
            for name in (*NAMES, "patronymic")
            if (text := values.get(name, "")) and (_FORMULA.match(text) or _ERROR_CELL.match(text))
        ]
        if not reasons and not any(_LETTER.search(values.get(name, "")) for name in NAMES):
            column = self._column[next(name for name in NAMES if name in self._column)]
            reasons.append((column, "no name; a name has at least one letter"))
        elif not reasons and _folded(_joined_name(values)) in self._known_places:
            column = self._column[next(name for name in NAMES if values.get(name))]
            reasons.append((column, _PLACE_AS_NAME))
        elif not reasons and self._only_names_filled(line):
            column = self._column[next(name for name in NAMES if name in self._column)]
            reasons.append((column, _SECOND_ROW))
        return reasons

    def _only_names_filled(self, line: Line) -> bool:
        names = [at for name in NAMES for at in self._places.get(name, ())]
        return bool(line.filled) and all(at in line.filled for at in names if _cell(line.cells, at))

    # -- what a row holds

    def _values(self, line: Line) -> dict[str, str]:
        values = {
            standard: _cell(line.cells, places[0])
            for standard, places in self._places.items()
            if places
        }
        if len(places := self._places.get("address", ())) > 1:
            values["address"] = ", ".join(filter(None, (_cell(line.cells, at) for at in places)))
        virtual = {SHEET_COLUMN: self._sheet.name, HEADING_COLUMN: self._heading}
        for standard, column in self._column.items():
            if column in VIRTUAL and not values.get(standard):
                values[standard] = virtual[column]
        if not values.get("stay_place") and names_settlement(self._heading):
            values["stay_place"] = self._heading
        return values

    def _extra(self, line: Line) -> list[tuple[str, str]]:
        cells, width = line.cells, len(self._header)
        found = [(self._header[at], text) for at in self._carried if (text := _cell(cells, at))]
        for column, text in found:
            if _DOCUMENT.search(text):
                self._notes.say("seems to hold the number of a document, in a column that is "
                                "carried as it stands: move it to a column of documents, or take "
                                "it out", line.row, column, most=FEW)  # fmt: skip
        beyond = [text for at in range(width, len(cells)) if (text := _cell(cells, at))]
        if beyond:
            self._notes.say(
                f"the row is longer than the header by {len(cells) - width} cells; "
                "they are carried: check that no column slipped", line.row,
                kind="longer than the header")  # fmt: skip
        found += ((f"beyond_{i}", cell) for i, cell in enumerate(beyond, 1))
        if self._sheet.name and self._column.get("stay_place") != SHEET_COLUMN:
            found.append((SHEET_COLUMN, self._sheet.name))
        if self._heading:
            found.append((HEADING_COLUMN, self._heading))
        return found

    def _record(
        self, line: Line, values: Mapping[str, str], extra: list[tuple[str, str]]
    ) -> ListRecord:
        row = line.row
        self._look_at_names(row, values)
        parse = _CellParser(self._notes, row, values, self._column, extra, self._asked)
        asked_on = parse.one("asked_on", iso_day, "")
        as_of = self._source.as_of or asked_on
        birth = parse.one("birth", lambda text: parse_birth(text, as_of), None)
        age = parse.one("age", lambda text: parse_age(text, as_of), None)
        texts: dict[str, Any] = {name: values.get(name, "") for name in PLAIN_TEXTS}
        record = ListRecord(
            record_id=f"{self._source.list_id}:{self._sheet.prefix}{row}",
            list_id=self._source.list_id,
            row=row,
            sex=parse.word("sex", SEX_WORDS, Sex.UNKNOWN),
            birth=narrower(birth, age),
            needs=parse.needs(),
            status=parse.word("status", STATUS_WORDS, LifeStatus.UNKNOWN),
            destinations=parse.several("destinations", _PARTS),
            apart_from=parse.several("apart_from", _PARTS),
            choice=parse.answer("choice", CHOICE_WORDS, Choice.NOT_ASKED),
            consent=parse.answer("consent", CONSENT_WORDS, Consent.NOT_ASKED),
            consents=parse.consents(),
            consent_form=parse.word("consent_form", CONSENT_FORM_WORDS, ""),
            asked_on=asked_on,
            relatives=self._relatives(line.cells),
            documents=self._documents(line, extra),
            **texts,
        )
        if birth and age and not overlap(birth, age):
            self._notes.say("age and birth contradict each other; the birth counts", row)
            extra.append((self._column["age"], values["age"]))
        self._look_at_birth(row, values)
        if self._options.guess and (numbers := e164(record.phone, self._options.region)):
            extra.append((PHONE_COLUMN, "; ".join(numbers)))
        return replace(record, extra=tuple(extra))

    def _relatives(self, cells: Sequence[str]) -> tuple[str, ...]:
        texts = (cells[at] for at in self._places.get("relatives", ()) if at < len(cells))
        parts = (part.strip() for text in texts for part in _RELATIVES.split(text))
        return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part))

    def _documents(self, line: Line, extra: list[tuple[str, str]]) -> tuple[str, ...]:
        """Return hashes; a series is joined to the number in the next column."""
        hashes: list[str] = []
        series = ""
        for at in self._places.get("documents", ()):
            text, column = _cell(line.cells, at), self._header[at]
            if is_series(column):
                series = text
                continue
            found = document_hashes(f"{series} {text}".strip(), self._options.document_key)
            hashes += found
            series = ""
            if text and not found and fold(text).strip(" .") not in NO_DOCUMENT_WORDS:
                self._notes.say("holds no number of a document; its words are carried without "
                                "figures", line.row, column)  # fmt: skip
            if text and (says_more(text) or not found):
                extra.append((column, hide_documents(text)))
        return tuple(dict.fromkeys(hashes))

    def _look_at_birth(self, row: int, values: Mapping[str, str]) -> None:
        if is_serial(values.get("birth", "")):
            self._notes.say("is a day as a spreadsheet counts it; it was read so: check it", row,
                            self._column["birth"], most=FEW)  # fmt: skip

    def _look_at_names(self, row: int, values: Mapping[str, str]) -> None:
        for name in (*NAMES, "patronymic"):
            text = values.get(name, "")
            if text.isascii():
                continue
            if any(has_mixed_scripts(word) for word in re.split(r"[\s-]+", text)):
                kind = "mixes Cyrillic and Latin letters in one word"
                self._notes.say(f"{mask(text)} {kind}; it is compared as one script", row,
                                self._column[name], kind=kind)  # fmt: skip
        text = values.get("full_name", "")
        if holds_a_family(text):
            self._say_family(row, text)

    def _say_family(self, row: int, text: str) -> None:
        if members := members_of(text):
            advice = (
                f"each of its {len(members)} names was made a record"
                if self._options.split_families
                else f"it was kept as one row; --split-families would make {len(members)} records"
            )
        else:
            words = family_words(text)
            said = f" ({', '.join(words)})" if words else ""
            advice = f"it was kept as one row{said}: ask the source to write one person a row"
        self._notes.say(f"{mask(text)} seems to hold several people; {advice}", row,
                        self._column["full_name"], kind="seems to hold several people")  # fmt: skip

    def _split(self, record: ListRecord) -> Iterator[ListRecord]:
        """Yield one record a name; household, place and the rest of the row belong to each."""
        members = members_of(record.full_name)
        if not members:
            yield record
            return
        for at, member in enumerate(members, 1):
            yield replace(
                record,
                record_id=f"{record.record_id}.{at}",
                full_name=member.name,
                birth=self._birth_of(member.birth, record.row),
                sex=Sex.UNKNOWN,
                household_key=record.household_key or f"row {record.row}",
                documents=record.documents if at == 1 else (),
                extra=(*record.extra, (self._column["full_name"], record.full_name)),
            )

    def _birth_of(self, text: str, row: int) -> ApproximateDate | None:
        try:
            return parse_birth(text, self._source.as_of)
        except ValueError as error:
            self._notes.say(f"{mask(text)} {error}; the value is taken as unknown", row,
                            self._column["full_name"])  # fmt: skip
            return None


class _CellParser:
    """Reads the cells of one row; what cannot be read is said and carried."""

    def __init__(
        self,
        notes: Notes,
        row: int,
        values: Mapping[str, str],
        column: Mapping[str, str],
        extra: list[tuple[str, str]],
        asked: bool,
    ) -> None:
        self._notes, self._row, self._values = notes, row, values
        self._column, self._extra, self._asked = column, extra, asked

    def one(self, name: str, read: Callable[[str], Value], otherwise: Value) -> Value:
        """Return the cell's value, `otherwise` with a finding where it cannot be read."""
        text = self._values.get(name, "")
        if not text:
            return otherwise
        try:
            return read(text)
        except ValueError as error:
            self._unread(name, text, str(error))
            return otherwise

    def word(self, name: str, words: Mapping[str, Value], otherwise: Value) -> Value:
        """Return what a word of a table means."""

        def look_up(text: str) -> Value:
            key = fold(text).strip()
            if key not in words:
                raise ValueError(f"is not a known answer; accepted are {_some_of(words)}")
            return words[key]

        return self.one(name, look_up, otherwise)

    def answer(self, name: str, words: Mapping[str, Value], not_asked: Value) -> Value:
        """Return an answer only where the list's compilers asked; a guess is no answer."""
        if self._asked:
            return self.word(name, words, not_asked)
        if text := self._values.get(name, ""):
            self._extra.append((self._column[name], text))
        return not_asked

    def consents(self) -> tuple[tuple[ConsentQuestion, Consent], ...]:
        """Return the questions that were answered, from columns of their own or one for all."""
        found = dict(self._consents_in_one())
        for name, question in CONSENT_COLUMNS.items():
            given = self.answer(name, CONSENT_WORDS, Consent.NOT_ASKED)
            if given is not Consent.NOT_ASKED:
                found[question] = given
        return tuple(
            (question, found[question]) for question in ConsentQuestion if question in found
        )

    def needs(self) -> frozenset[Need]:
        """Return the needs; each unknown word is said and carried."""
        found: set[Need] = set()
        for text in self.several("needs", _PARTS):
            key = fold(text).strip()
            if key in NEED_WORDS:
                found.add(NEED_WORDS[key])
            elif all(word in NEED_WORDS for word in key.split()):  # as forms write several answers
                found.update(NEED_WORDS[word] for word in key.split())
            elif key not in NO_NEED_WORDS:
                why = f"is not a known need; accepted are {_some_of(NEED_WORDS)}"
                self._unread("needs", text, why)
        return frozenset(found)

    def several(self, name: str, between: re.Pattern[str]) -> tuple[str, ...]:
        """Return the parts of a cell that lists several things."""
        parts = between.split(self._values.get(name, ""))
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def _consents_in_one(self) -> Iterator[tuple[ConsentQuestion, Consent]]:
        """Yield the questions that one cell names: agreed, unless it says ``question: no``."""
        text = self._values.get("consents", "")
        if text and not self._asked:
            self._extra.append((self._column["consents"], text))
            return
        for part in self.several("consents", re.compile(r"[;,|\n]|\s(?=\w+_|\w+=)")):
            question, _, given = part.replace("=", ":").partition(":")
            known = CONSENT_QUESTION_WORDS.get(fold(question).strip())
            answer = CONSENT_WORDS.get(fold(given).strip(), None) if given else Consent.YES
            if known is None or answer is None:
                accepted = _some_of(CONSENT_QUESTION_WORDS)
                why = f"is no consent question; accepted are {accepted}, with ': yes' or ': no'"
                self._unread("consents", part, why)
            else:
                yield known, answer

    def _unread(self, name: str, text: str, why: str) -> None:
        column = self._column[name]
        most = FEW if "as_of" in why else MOST_ALIKE
        self._notes.say(f"{mask(text)} {why}; the value is taken as unknown", self._row, column,
                        kind=why, most=most)  # fmt: skip
        self._extra.append((column, text))


def _places_of(header: Sequence[str], mapping: Sequence[Suggestion]) -> dict[str, tuple[int, ...]]:
    """Return where in a row each standard column stands; several for several documents."""
    found: dict[str, tuple[int, ...]] = {}
    for each in mapping:
        if each.column not in header:
            continue
        places = tuple(at for at, name in enumerate(header) if name == each.column)
        several = each.standard in SEVERAL
        found[each.standard] = found.get(each.standard, ()) + (places if several else places[:1])
    return found


def _joined_name(values: Mapping[str, str]) -> str:
    return " ".join(filter(None, (values.get(name, "") for name in (*NAMES, "patronymic"))))


def _folded(text: str) -> str:
    return " ".join(fold(text).split())


def _cell(cells: Sequence[str], at: int) -> str:
    if at >= len(cells):
        return ""
    lines = [" ".join(line.split()) for line in cells[at].splitlines() if line.strip()]
    if len(lines) < 2:
        return "".join(lines)
    is_list = names_a_line(lines) or members_of(cells[at])  # a person a line
    return ("; " if is_list else " ").join(lines)


def _some_of(words: Mapping[str, object]) -> str:
    meanings = sorted({str(getattr(meaning, "value", meaning)) for meaning in words.values()})
    return ", ".join(meanings)
