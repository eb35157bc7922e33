"""Lists of people as they come: any encoding, any delimiter, any headers; nothing lost, all said.

Rules: ``docs/spec/01-register.md`` §1 to §7. A row that cannot be used goes whole into the rejects
with its reasons; a cell that cannot be read leaves its value unknown and its text in `extra`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from safepassage.core.register.scripts import fold, has_mixed_scripts
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    LifeStatus,
    ListRecord,
    Need,
    Sex,
)
from safepassage.core.register.words import (
    CHOICE_WORDS,
    CONSENT_FORM_WORDS,
    CONSENT_WORDS,
    FAMILY_IN_A_CELL,
    HEADER_WORDS,
    NEED_WORDS,
    NO_NEED_WORDS,
    SEX_WORDS,
    STATUS_WORDS,
    header_key,
)
from safepassage.errors import Finding, Severity, mask
from safepassage.scenario.decode import CODE_NAMES, decode_as, is_workbook
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.tables import find_delimiter, split_records, why_unsplit
from safepassage.scenario.types import SourceList

Value = TypeVar("Value")

DELIMITERS = (",", ";", "\t", "|")
OLDEST_AGE = 120
"""The longest life that is documented is 122 years; beyond 120 an age is a typing error."""
_NAMES = ("full_name", "surname", "given_name")
_TEXTS = (*_NAMES, "patronymic", "stay_place", "birth_place", "household_key", "phone")
_UNKNOWN_DATES = frozenset(
    {"", "-", "?", "unknown", "неизвестно", "невідомо", "n/a", "нет", "немає"}
)
_FORMULA = re.compile(r"[=@](?!\s*$)|[+-](?![\d\s(]|$)")
_ERROR_CELL = re.compile(r"#(REF|VALUE|NAME|N/A|DIV/0|ЗНАЧ|ССЫЛКА|ИМЯ|Н/Д)[!?]?", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?$")
_DOTTED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})$")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})$")
_YEAR = re.compile(
    r"(?:~|ок\.?|около|бл\.?|близько|about|c\.)?\s*(\d{4})\s*(?:г\.?\s*р?\.?|р\.?\s*н?\.?)?$"
)
_AGE = re.compile(
    r"(?:~|около|близько|about)?\s*(\d{1,3})(?:[.,]0)?\s*(?:лет|год|года|років|рік|роки|y\.?o?\.?|years?)?$"
)
_ROUGH = re.compile(r"~|ок\.|около|бл\.|близько|about|c\.")


@dataclass(frozen=True, slots=True)
class ListReadResult:
    """What a list gave.

    Parameters
    ----------
    records
        Rows that can be used, in order.
    findings
        What was wrong, each placed; personal values masked.
    rejects
        Rows set aside, whole, with reasons.
    mapping
        (standard column, column of the file) pairs that were used.
    """

    records: tuple[ListRecord, ...]
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    mapping: tuple[tuple[str, str], ...] = ()


def read_list(folder: Path, source: SourceList) -> ListReadResult:
    """Read one list.

    Parameters
    ----------
    folder
        Scenario folder; `source.path` is relative to it.
    source
        With an empty mapping the columns are taken from :func:`suggest_mapping`, and said so.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    notes = _Notes(source.path)
    text = _text(notes, (folder / source.path).read_bytes(), source.encoding)
    if text is None:
        return notes.result(())
    header, rows = _table(notes, text, source)
    mapping = _mapping(notes, header, source) if header else ()
    if not mapping:
        return notes.result(())
    reader = _RowReader(notes, tuple(header), mapping, source)
    records = [record for row, cells in rows if (record := reader.read(row, cells)) is not None]
    reader.say_what_repeats(records)
    return notes.result(tuple(records), mapping)


def suggest_mapping(header: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return (standard column, column of the file) pairs for English, Ukrainian, Russian headers.

    Examples
    --------
    >>> suggest_mapping(["Прізвище", "Ім'я", "DOB", "remarks"])
    (('surname', 'Прізвище'), ('given_name', "Ім'я"), ('birth', 'DOB'))
    """
    found: dict[str, str] = {}
    for column in header:
        standard = HEADER_WORDS.get(header_key(column)) or HEADER_WORDS.get(fold(column).strip())
        if standard and standard not in found:
            found[standard] = column
    return tuple(found.items())


def parse_birth(text: str, as_of: str = "") -> ApproximateDate | None:
    """Return the birth date that a cell states, None where it states none.

    Accepted are ISO dates, dd.mm.yyyy, mm.yyyy, a year, ``about`` a year, and an age where `as_of`
    is known. 1 January is kept as the day that the source wrote; that it often means a year is
    considered where dates are compared.

    Raises
    ------
    ValueError
        With a sentence, if the text is no date, or a date that does not exist.

    Examples
    --------
    >>> parse_birth("31.12.1950")
    ApproximateDate(earliest='1950-12-31', latest='1950-12-31')
    >>> parse_birth("70", as_of="2025-02-11")
    ApproximateDate(earliest='1954-02-12', latest='1955-02-11')
    """
    text = fold(text).strip()
    if text in _UNKNOWN_DATES:
        return None
    for pattern, build in _DATE_FORMS:
        if found := pattern.match(text):
            return _plausible(build(text, found), as_of)
    if found := _AGE.match(text):
        return parse_age(found[1], as_of)
    raise ValueError("is no date; accepted are dd.mm.yyyy, yyyy-mm-dd, a year, an age")


def parse_age(text: str, as_of: str) -> ApproximateDate | None:
    """Return the interval of birth dates that an age allows.

    Raises
    ------
    ValueError
        If it is no age between 0 and 120, or the date to which it refers is not known.
    """
    if fold(text).strip() in _UNKNOWN_DATES:
        return None
    found = _AGE.match(fold(text).strip())
    if not found:
        raise ValueError("is no age; accepted is a whole number of years")
    age = int(found[1])
    if age > OLDEST_AGE:
        raise ValueError(f"is an age of {age}; accepted are 0 to {OLDEST_AGE}")
    if not as_of:
        raise ValueError("is an age, but the list says no date ('as_of') to which it refers")
    latest = _years_before(date.fromisoformat(as_of), age)
    earliest = _years_before(date.fromisoformat(as_of), age + 1) + timedelta(days=1)
    return ApproximateDate(earliest.isoformat(), latest.isoformat())


# ---------------------------------------------------------------------------------------- notes


@dataclass(slots=True)
class _Notes:
    file: str
    findings: list[Finding] = field(default_factory=list)
    rejects: list[RejectedRow] = field(default_factory=list)

    def say(
        self,
        message: str,
        row: int | None = None,
        column: str | None = None,
        *,
        stops: bool = False,
    ) -> None:
        severity = Severity.ERROR if stops else Severity.WARNING
        self.findings.append(Finding(message, self.file, row, column, severity, "01-register §2"))

    def result(
        self, records: tuple[ListRecord, ...], mapping: tuple[tuple[str, str], ...] = ()
    ) -> ListReadResult:
        return ListReadResult(records, tuple(self.findings), tuple(self.rejects), mapping)


# ---------------------------------------------------------------------------------------- table


def _text(notes: _Notes, data: bytes, encoding: str) -> str | None:
    if is_workbook(data):
        notes.say("is a spreadsheet workbook, not CSV; save the sheet as 'CSV UTF-8'", stops=True)
        return None
    bare = _utf16_without_mark(data) if encoding == "auto" else ""
    decoded = decode_as(data, bare or encoding)
    if decoded is None or "\0" in decoded.text:
        notes.say(f"is not text in {_asked(encoding)}; save it as UTF-8", stops=True)
        return None
    if encoding == "auto" and not decoded.as_asked:
        name = CODE_NAMES.get(decoded.encoding, decoded.encoding)
        notes.say(f"is not UTF-8; it was read as {name}: check some names, save it as UTF-8")
    if "\ufffd" in decoded.text:
        notes.say("holds characters that an earlier program could not read (shown as \ufffd)")
    if not decoded.text.strip():
        notes.say("is empty; its first row must name the columns", stops=True)
        return None
    return decoded.text.lstrip("\ufeff")


def _asked(encoding: str) -> str:
    return "an encoding that is known" if encoding == "auto" else f"the encoding '{encoding}'"


def _utf16_without_mark(data: bytes) -> str:
    """Return the UTF-16 variant of data without a byte order mark, by where its zero bytes are.

    Cyrillic has 4 in the high byte, delimiters and digits have 0.
    """
    sample = data[:4000]
    if b"\0" not in sample or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    high = sum(byte in (0, 4) for byte in sample[1::2]), sum(byte in (0, 4) for byte in sample[::2])
    return "utf-16-le" if high[0] > high[1] else "utf-16-be"


def _table(
    notes: _Notes, text: str, source: SourceList
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the rows with their spreadsheet row numbers."""
    records, wrong_quote = split_records(text, _delimiter(text, source))
    if wrong_quote:
        row = len(records)
        notes.say(why_unsplit(wrong_quote), row=row, stops=True)
        notes.rejects.append(
            RejectedRow(notes.file, row, (), tuple(records[-1]), ("unclosed quote",))
        )
        records = records[:-1]
    at = next((i for i, record in enumerate(records) if any(c.strip() for c in record)), None)
    if at is None:
        notes.say("is empty; its first row must name the columns", stops=True)
        return [], []
    if at:
        notes.say(f"the first {at} rows are empty; row {at + 1} was taken as the header")
    header = [" ".join(cell.split()) for cell in records[at]]
    _say_repeated_columns(notes, header, at + 1)
    rows = [
        (i + 1, records[i])
        for i in range(at + 1, len(records))
        if any(c.strip() for c in records[i])
    ]
    if not rows:
        notes.say("the list is empty: it has a header and no rows")
    return header, rows


def _delimiter(text: str, source: SourceList) -> str:
    if source.delimiter in DELIMITERS:
        return source.delimiter
    if source.mapping:
        return find_delimiter(text, frozenset(column for _, column in source.mapping))
    return max(DELIMITERS, key=lambda sign: _split_quality(text, sign))


def _split_quality(text: str, delimiter: str) -> tuple[int, int]:
    head, _ = split_records("\n".join(text.splitlines()[:20]), delimiter)
    filled = [record for record in head if any(record)]
    if not filled:
        return 0, 0
    return len(suggest_mapping(filled[0])), Counter(map(len, filled)).most_common(1)[0][0]


def _say_repeated_columns(notes: _Notes, header: list[str], row: int) -> None:
    for name, times in Counter(header).items():
        if name and times > 1:
            message = f"the header names this column {times} times; the first one counts"
            notes.say(f"{message}, the others are carried", row=row, column=name)


def _mapping(
    notes: _Notes, header: Sequence[str], source: SourceList
) -> tuple[tuple[str, str], ...]:
    wanted = source.mapping
    if not wanted:
        wanted = suggest_mapping(header)
        shown = ", ".join(f"{standard} = '{column}'" for standard, column in wanted)
        if shown:
            notes.say(f"has no mapping; the columns were taken by their names: {shown}")
    kept = tuple(pair for pair in wanted if _has_column(notes, header, pair))
    if any(standard in _NAMES for standard, _ in kept):
        return kept
    shown = ", ".join(f"'{name}'" for name in header[:12])
    notes.say(
        f"no column holds a name (full_name, surname or given_name); it has: {shown}", stops=True
    )
    return ()


def _has_column(notes: _Notes, header: Sequence[str], pair: tuple[str, str]) -> bool:
    standard, column = pair
    if column in header:
        return True
    shown = ", ".join(f"'{name}'" for name in header[:12])
    notes.say(f"has no such column, which the mapping gives for {standard}; it has: {shown}",
              row=1, column=column, stops=True)  # fmt: skip
    return False


# ----------------------------------------------------------------------------------------- rows


class _RowReader:
    """Reads the rows of one list under one mapping."""

    def __init__(
        self,
        notes: _Notes,
        header: tuple[str, ...],
        mapping: tuple[tuple[str, str], ...],
        source: SourceList,
    ) -> None:
        self._notes, self._header, self._source = notes, header, source
        self._column = dict(mapping)
        self._place = {standard: header.index(column) for standard, column in mapping}
        used = set(self._place.values())
        self._carried = [at for at in range(len(header)) if at not in used]
        self._asked = source.asks_choice or not source.mapping

    def read(self, row: int, cells: Sequence[str]) -> ListRecord | None:
        """Return the record of a row, None if it was set aside."""
        extra = self._extra(row, cells)
        values = {standard: self._cell(cells, at) for standard, at in self._place.items()}
        reasons = self._reasons_to_reject(values, extra)
        if reasons:
            for column, reason in reasons:
                self._notes.say(f"{reason}; the row was set aside", row, column, stops=True)
            texts = tuple(f"Column '{column}': {reason}." for column, reason in reasons)
            self._notes.rejects.append(
                RejectedRow(self._notes.file, row, self._header, tuple(cells), texts)
            )
            return None
        return self._record(row, values, extra)

    def say_what_repeats(self, records: Iterable[ListRecord]) -> None:
        """Warn of rows that repeat an earlier row in every column but the row number."""
        first: dict[tuple[object, ...], int] = {}
        for record in records:
            told = (*(getattr(record, name) for name in _TEXTS), record.birth, record.extra)
            earlier = first.setdefault(told, record.row)
            if earlier != record.row:
                self._notes.say(f"repeats row {earlier} in every column; both are kept", record.row)

    def _cell(self, cells: Sequence[str], at: int) -> str:
        return " ".join(cells[at].split()) if at < len(cells) else ""

    def _extra(self, row: int, cells: Sequence[str]) -> list[tuple[str, str]]:
        found = [(self._header[at], self._cell(cells, at)) for at in self._carried]
        beyond = [cell for cell in cells[len(self._header) :] if cell.strip()]
        if beyond:
            self._notes.say(
                f"the row is longer than the header by {len(cells) - len(self._header)} cells; "
                "they are carried: check that no column slipped", row)  # fmt: skip
        return [*found, *((f"beyond_{i}", cell) for i, cell in enumerate(beyond, 1))]

    def _reasons_to_reject(
        self, values: Mapping[str, str], extra: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        del extra
        reasons = [
            (
                self._column[name],
                f"{mask(text)} is a formula or an error of a spreadsheet, not a name",
            )
            for name in (*_NAMES, "patronymic")
            if (text := values.get(name, "")) and (_FORMULA.match(text) or _ERROR_CELL.match(text))
        ]
        if not reasons and not any(re.search(r"[^\W\d_]", values.get(name, "")) for name in _NAMES):
            column = self._column[next(name for name in _NAMES if name in self._column)]
            reasons.append((column, "no name; a name has at least one letter"))
        return reasons

    def _record(
        self, row: int, values: Mapping[str, str], extra: list[tuple[str, str]]
    ) -> ListRecord:
        self._look_at_names(row, values)
        parse = _CellParser(self._notes, row, values, self._column, extra)
        birth = parse.one("birth", lambda text: parse_birth(text, self._source.as_of), None)
        age = parse.one("age", lambda text: parse_age(text, self._source.as_of), None)
        record = ListRecord(
            record_id=f"{self._source.list_id}:{row}",
            list_id=self._source.list_id,
            row=row,
            sex=parse.word("sex", SEX_WORDS, Sex.UNKNOWN),
            birth=_narrower(birth, age),
            needs=parse.needs(),
            status=parse.word("status", STATUS_WORDS, LifeStatus.UNKNOWN),
            destinations=parse.several("destinations"),
            apart_from=parse.several("apart_from"),
            choice=self._answer(
                parse.word("choice", CHOICE_WORDS, Choice.NOT_ASKED), Choice.NOT_ASKED
            ),
            consent=self._answer(
                parse.word("consent", CONSENT_WORDS, Consent.NOT_ASKED), Consent.NOT_ASKED
            ),
            consent_form=parse.word("consent_form", CONSENT_FORM_WORDS, ""),
            asked_on=parse.one("asked_on", _iso_day, ""),
            full_name=values.get("full_name", ""),
            surname=values.get("surname", ""),
            given_name=values.get("given_name", ""),
            patronymic=values.get("patronymic", ""),
            stay_place=values.get("stay_place", ""),
            birth_place=values.get("birth_place", ""),
            household_key=values.get("household_key", ""),
            phone=values.get("phone", ""),
            extra=tuple(extra),
        )
        if birth and age and not _overlap(birth, age):
            self._notes.say("age and birth contradict each other; the birth counts", row)
        return record

    def _answer(self, given: Value, not_asked: Value) -> Value:
        """Return the answer only where the list's compilers asked; a guess is no answer."""
        return given if self._asked else not_asked

    def _look_at_names(self, row: int, values: Mapping[str, str]) -> None:
        for name in (*_NAMES, "patronymic"):
            text = values.get(name, "")
            if any(has_mixed_scripts(word) for word in re.split(r"[\s-]+", text)):
                message = f"{mask(text)} mixes Cyrillic and Latin letters in one word"
                self._notes.say(f"{message}; it is compared as one script", row, self._column[name])
        text = values.get("full_name", "")
        if _holds_a_family(text):
            message = f"{mask(text)} seems to hold several people; it was kept as one row"
            advice = "ask the source to write one person a row"
            self._notes.say(f"{message}: {advice}", row, self._column["full_name"])


class _CellParser:
    """Reads the cells of one row; what cannot be read is said and carried."""

    def __init__(
        self,
        notes: _Notes,
        row: int,
        values: Mapping[str, str],
        column: Mapping[str, str],
        extra: list[tuple[str, str]],
    ) -> None:
        self._notes, self._row, self._values = notes, row, values
        self._column, self._extra = column, extra

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

    def needs(self) -> frozenset[Need]:
        """Return the needs; each unknown word is said and carried."""
        found: set[Need] = set()
        for text in self.several("needs"):
            key = fold(text).strip()
            if key in NEED_WORDS:
                found.add(NEED_WORDS[key])
            elif key not in NO_NEED_WORDS:
                self._unread(
                    "needs", text, f"is not a known need; accepted are {_some_of(NEED_WORDS)}"
                )
        return frozenset(found)

    def several(self, name: str) -> tuple[str, ...]:
        """Return the parts of a cell that lists several things."""
        parts = re.split(r"[;,|+/]", self._values.get(name, ""))
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def _unread(self, name: str, text: str, why: str) -> None:
        column = self._column[name]
        self._notes.say(f"{mask(text)} {why}; the value is taken as unknown", self._row, column)
        self._extra.append((column, text))


def _some_of(words: Mapping[str, object]) -> str:
    meanings = sorted({str(getattr(meaning, "value", meaning)) for meaning in words.values()})
    return ", ".join(meanings)


def _holds_a_family(text: str) -> bool:
    words = [fold(word) for word in re.findall(r"[^\W\d_]{2,}|\b[^\W\d_]\b(?!\.)", text)]
    commas = text.count(",") + text.count(";") + text.count("/")
    said = any(word in FAMILY_IN_A_CELL for word in words[1:])
    return commas > 1 or said or bool(re.search(r"\+\s*\d|\d+\s*(чел|ос|дет|діт|pers)", text))


# ---------------------------------------------------------------------------------------- dates


def _from_iso(_: str, found: re.Match[str]) -> ApproximateDate:
    if found[3] is None:
        return _month(int(found[1]), int(found[2]))
    return _day(int(found[1]), int(found[2]), int(found[3]))


def _from_dotted(_: str, found: re.Match[str]) -> ApproximateDate:
    if len(found[3]) == 2:
        raise ValueError("has a year of two digits; write all four")
    day, month = int(found[1]), int(found[2])
    if month > 12 >= day:
        raise ValueError(f"has month {month}; accepted is day.month.year")
    return _day(int(found[3]), month, day)


def _from_month(_: str, found: re.Match[str]) -> ApproximateDate:
    return _month(int(found[2]), int(found[1]))


def _from_year(text: str, found: re.Match[str]) -> ApproximateDate:
    year, slack = int(found[1]), 2 if _ROUGH.match(text) else 0
    return ApproximateDate(f"{year - slack:04d}-01-01", f"{year + slack:04d}-12-31")


_DATE_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], ApproximateDate]], ...] = (
    (_ISO, _from_iso),
    (_DOTTED, _from_dotted),
    (_MONTH_YEAR, _from_month),
    (_YEAR, _from_year),
)


def _day(year: int, month: int, day: int) -> ApproximateDate:
    try:
        found = date(year, month, day).isoformat()
    except ValueError:
        raise ValueError("is a day that does not exist") from None
    return ApproximateDate(found, found)


def _month(year: int, month: int) -> ApproximateDate:
    if not 1 <= month <= 12:
        raise ValueError("is a month that does not exist")
    following = date(year + month // 12, month % 12 + 1, 1)
    return ApproximateDate(
        f"{year:04d}-{month:02d}-01", (following - timedelta(days=1)).isoformat()
    )


def _plausible(found: ApproximateDate, as_of: str) -> ApproximateDate:
    newest = as_of or "2100-01-01"
    oldest = f"{int(newest[:4]) - OLDEST_AGE - 1:04d}" if as_of else "1880"
    if found.earliest > newest:
        raise ValueError("is a birth after the date of the list")
    if found.latest < oldest:
        raise ValueError(f"is a birth more than {OLDEST_AGE} years ago")
    return found


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _iso_day(text: str) -> str:
    found = parse_birth(text)
    if found is None:
        return ""
    if found.earliest != found.latest:
        raise ValueError("is no day; accepted are dd.mm.yyyy and yyyy-mm-dd")
    return found.earliest


def _narrower(birth: ApproximateDate | None, age: ApproximateDate | None) -> ApproximateDate | None:
    if birth is None or age is None or not _overlap(birth, age):
        return birth or age
    return ApproximateDate(max(birth.earliest, age.earliest), min(birth.latest, age.latest))


def _overlap(one: ApproximateDate, other: ApproximateDate) -> bool:
    return one.earliest <= other.latest and other.earliest <= one.latest
