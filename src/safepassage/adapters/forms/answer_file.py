"""Answers that come back by file: a filled call list, or an export of Kobo or ODK.

Rules: ``docs/spec/01f-export-and-ask.md`` §45 to §50. Words are understood as stored and as printed
in any of the languages. What cannot be read is a fault of its row and is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from safepassage.adapters.forms import texts
from safepassage.adapters.forms.call_list import CHILD_ROLE
from safepassage.adapters.forms.call_list import COLUMNS as CALL_COLUMNS
from safepassage.adapters.i18n import LANGUAGES, translator
from safepassage.adapters.lists.dates import iso_day
from safepassage.adapters.lists.types import Line, Notes, Sheet
from safepassage.core.register.answers import GivenAnswer
from safepassage.core.register.ask import DECLINED, TALKED, read_code
from safepassage.core.register.entries import Topic
from safepassage.core.register.types import Choice, Consent, ConsentQuestion, LifeStatus, Need
from safepassage.errors import Finding, mask
from safepassage.scenario.rejects import unescape_cell

Value = TypeVar("Value")
Cells = Mapping[str, str]

_PARENT = ("_parent_index", "parent_key")
_OWN = ("_index", "key")
_FROM_ABOVE = ("asked_by", "asked_on", "outcome", "may_talk", "version", "validation")
_SYSTEM = {
    "_parent_index": "_parent_index", "_index": "_index", "key": "key", "parent_key": "parent_key",
    "__version__": "version", "formversion": "version", "version": "version",
    "_validation_status": "validation", "reviewstate": "validation",
}  # fmt: skip
_MULTIPLE = {"told": "topic", "needs": "need", "child_needs": "need"}
_ANSWER_FIELDS = frozenset({"choice", "needs", "child_needs", "whereabouts", "told", "form"})
_NOT_APPROVED = re.compile(r"not[ _]approved|rejected", re.IGNORECASE)
_TICKED = frozenset({"1", "true", "1.0", "yes"})
_EVERYTHING = frozenset({"all", "усе", "все", "всё", "4"})
_STATUS = {
    "here": LifeStatus.PRESENT, "already_out": LifeStatus.ALREADY_OUT,
    "deceased": LifeStatus.DECEASED, "unknown": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row as read, with its cells as they came."""

    given: GivenAnswer
    cells: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """A file of answers.

    Parameters
    ----------
    empty
        Rows of a call list in which nothing was filled in.
    """

    rows: tuple[AnswerRow, ...]
    empty: int
    findings: tuple[Finding, ...]


def read_answers(name: str, data: bytes) -> AnswersRead:
    """Read a filled call list (CSV, XLSX) or an export of Kobo (XLSX) or ODK (ZIP of CSV, CSV).

    Parameters
    ----------
    name
        File name, for findings.
    """
    notes = Notes(name)
    tables = [table for sheet in _sheets(notes, name, data) if (table := _table(sheet))]
    asked = [table for table in tables if table.holds_answers]
    if not asked:
        notes.say(
            "holds no answers: a column 'code', 'child_code' or 'contact_code' is needed, as in a "
            "call list or in the questionnaire",
            stops=True,
        )
    above = {key: cells for table in tables for key, cells in table.by_key()}
    rows, empty = [], 0
    for table in asked:
        for row, own in table.rows:
            cells = _inherited(own, above) | own
            if _is_empty(own):
                empty += "code" in own
                continue
            rows.append(AnswerRow(_given(table, row, cells), tuple(sorted(cells.items()))))
    return AnswersRead(tuple(rows), empty, tuple(notes.findings))


# ----------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class _Table:
    """One sheet: (row, cells by field) pairs."""

    name: str
    fields: frozenset[str]
    rows: tuple[tuple[int, dict[str, str]], ...]

    @property
    def holds_answers(self) -> bool:
        return bool(self.fields & {"code", "child_code", "contact_code"})

    def by_key(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (key, cells) of rows that rows of other sheets may belong to."""
        if self.fields & set(_PARENT):
            return
        for _row, cells in self.rows:
            yield from ((key, cells) for name in _OWN if (key := cells.get(name, "")))


def _sheets(notes: Notes, name: str, data: bytes) -> list[Sheet]:
    from safepassage.adapters.kobo import archive_files
    from safepassage.adapters.sheets import read_workbook
    from safepassage.scenario.decode import is_workbook

    files = archive_files(data)
    if files:
        return [sheet for file, text in files for sheet in _text_sheets(notes, file, text)]
    if is_workbook(data):
        return read_workbook(notes, data)
    return _text_sheets(notes, name, data)


def _text_sheets(notes: Notes, name: str, data: bytes) -> list[Sheet]:
    from safepassage.adapters.lists.text import read_text, text_lines

    text = read_text(notes, data, "auto")
    if text is None:
        return []
    head = text.splitlines()[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    return [Sheet(name, list(text_lines(notes, text, delimiter)), name)]


def _table(sheet: Sheet) -> _Table | None:
    lines = iter(sheet.lines)
    header = next(lines, None)
    if header is None:
        return None
    fields = [_field_of(cell) for cell in header.cells]
    rows = [(line.row, _cells(fields, line)) for line in lines if any(map(str.strip, line.cells))]
    filled = tuple((row, cells) for row, cells in rows if not _is_heading(cells))
    return _Table(sheet.name, frozenset(name for name, _tick in fields), filled)


def _field_of(column: str) -> tuple[str, str]:
    """Return what a column holds, and for one tick of several which.

    Examples
    --------
    >>> _field_of("adult/talk/told/terms"), _field_of("adult-talk-choice")
    (('told', 'terms'), ('choice', ''))
    """
    whole = _folded(column)
    if whole in _SYSTEM or whole in _labels():
        return _SYSTEM.get(whole) or _labels()[whole], ""
    parts = re.split(r"[/.:-]", whole)
    if len(parts) > 1 and parts[-2] in _MULTIPLE and parts[-1] in _words(_MULTIPLE[parts[-2]]):
        return parts[-2], _words(_MULTIPLE[parts[-2]])[parts[-1]]
    last = parts[-1]
    return _SYSTEM.get(last) or _labels().get(last, last), ""


def _cells(fields: Sequence[tuple[str, str]], line: Line) -> dict[str, str]:
    cells: dict[str, str] = {}
    for (name, tick), cell in zip(fields, line.cells, strict=False):
        text = unescape_cell(cell.strip())
        if tick and _folded(text) in _TICKED:
            cells[name] = f"{cells.get(name, '')} {tick}".strip()
        elif not tick and text:
            cells.setdefault(name, text)
    return cells


def _is_heading(cells: Cells) -> bool:
    """Whether a row is the second heading of a call list, in some language."""
    return _labels().get(_folded(cells.get("code", ""))) == "code"


def _inherited(own: Cells, above: Mapping[str, Cells]) -> dict[str, str]:
    key = next((own[name] for name in _PARENT if own.get(name)), "")
    parent = above.get(key, {})
    return {name: parent[name] for name in _FROM_ABOVE if name in parent}


def _is_empty(own: Cells) -> bool:
    """Whether nobody wrote an answer into a row: of a call list, or of a submission's own sheet.

    An answer without a code is not nothing: it is read, and set aside.
    """
    if own.get("child_code") or own.get("contact_code"):
        return False
    answers = _ANSWER_FIELDS | {name for name in own if name.startswith("consent_")}
    return not (answers | ({"outcome"} if "code" in own else set())) & own.keys()


# ------------------------------------------------------------------------------------------ a row


def _given(table: _Table, row: int, cells: Cells) -> GivenAnswer:
    reader = _RowReader(cells)
    if "child_code" in cells or ("child_needs" in cells and "code" not in cells):
        return reader.child(row, table.name)
    if "contact_code" in cells and "code" not in cells:
        return reader.attempt(row, table.name)
    return reader.adult(row, table.name)


class _RowReader:
    """Turns cells into values; what it cannot read becomes a fault."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.faults: list[str] = []
        if _NOT_APPROVED.search(cells.get("validation", "")):
            self.faults.append("was not approved by a supervisor")

    def adult(self, row: int, sheet: str) -> GivenAnswer:
        """Read an adult's row, or a row of a call list."""
        child = self.cells.get("role", "") == CHILD_ROLE
        form = self.word("form", "how")
        return GivenAnswer(
            row=row, sheet=sheet, code=read_code(self.cells.get("code", "")), child=child,
            asked_on=self.day(), asked_by=self.cells.get("asked_by", ""),
            outcome=self.outcome(),
            form="proxy" if child and not form else form, form_id=self.form_id(),
            proxy_who=self.cells.get("proxy_who", ""), proxy_why=self.cells.get("proxy_why", ""),
            told=self.topics(), choice=self.choice(), destinations=self.destinations(),
            needs=self.needs("needs"), consents=self.consents(),
            status=self.status(),
            faults=tuple(self.faults),
        )  # fmt: skip

    def child(self, row: int, sheet: str) -> GivenAnswer:
        """Read what a child needs."""
        return GivenAnswer(
            row=row, sheet=sheet, code=read_code(self.cells.get("child_code", "")), child=True,
            asked_on=self.day(), asked_by=self.cells.get("asked_by", ""), form="proxy",
            form_id=self.form_id(), proxy_who=self.cells.get("spoke_for", ""),
            needs=self.needs("child_needs"), faults=tuple(self.faults),
        )  # fmt: skip

    def attempt(self, row: int, sheet: str) -> GivenAnswer:
        """Read an attempt that led to no conversation."""
        return GivenAnswer(
            row=row, sheet=sheet, code=read_code(self.cells["contact_code"]),
            asked_on=self.day(), asked_by=self.cells.get("asked_by", ""),
            outcome=self.outcome(), form_id=self.form_id(),
            faults=tuple(self.faults),
        )  # fmt: skip

    def outcome(self) -> str:
        """Return how the attempt ended; somebody who does not wish to go on has declined."""
        if "no" in (self.word("may_talk", "yes_no"), self.word("goes_on", "yes_no")):
            return DECLINED
        return self.word("outcome", "outcome") or TALKED

    def status(self) -> LifeStatus | None:
        """Return where the person is; nothing is known of somebody who broke off."""
        found = _STATUS.get(self.word("whereabouts", "whereabouts"))
        return None if self.outcome() == DECLINED and found is LifeStatus.PRESENT else found

    def word(self, name: str, of: str) -> str:
        """Return the stored word of a cell that holds one of a few; empty where it is empty."""
        text = self.cells.get(name, "")
        found = _words(of).get(_folded(text), "")
        if text and not found:
            self.fault(name, text, [value for value, _text in texts.LISTS[of]])
        return found

    def several(self, name: str, of: str) -> list[str]:
        """Return the stored words of a cell that may hold several."""
        found, rest = _split(_folded(self.cells.get(name, "")), _words(of))
        if rest:
            self.fault(name, self.cells[name], [value for value, _text in texts.LISTS[of]])
        return found

    def fault(self, name: str, text: str, accepted: Iterable[str]) -> None:
        """Note what a cell holds (masked) and what it may hold."""
        sentence = f"column '{name}' holds {mask(text)}; accepted are {', '.join(accepted)}"
        if sentence not in self.faults:
            self.faults.append(sentence)

    def day(self) -> str:
        """Return the day of the conversation, empty with a fault if it is none."""
        text = self.cells.get("asked_on", "")
        try:
            return iso_day(text)
        except ValueError as error:
            self.faults.append(f"column 'asked_on' {error}")
            return ""

    def topics(self) -> frozenset[Topic]:
        """Return what the person had been told."""
        if _folded(self.cells.get("told", "")) in _EVERYTHING:
            return frozenset(Topic)
        return frozenset(map(Topic, self.several("told", "topic")))

    def choice(self) -> Choice:
        """Return the choice; no answer is a choice not yet asked for."""
        found = self.word("choice", "choice")
        return Choice(found) if found not in ("", "no_answer") else Choice.NOT_ASKED

    def needs(self, name: str) -> frozenset[Need] | None:
        """Return the needs, none of them, or None where the cell is empty."""
        found = self.several(name, "need")
        if "none" in found and len(found) > 1:
            self.faults.append(f"column '{name}' names needs and says that there are none")
            return None
        return frozenset(Need(word) for word in found if word != "none") if found else None

    def consents(self) -> tuple[tuple[ConsentQuestion, Consent], ...]:
        """Return the answers to the consent questions that were asked."""
        given = {
            question: self.word(f"consent_{question.value}", "consent")
            for question in ConsentQuestion
        }
        return tuple(
            (question, Consent(word))
            for question, word in given.items()
            if word not in ("", Consent.NOT_ASKED)
        )

    def destinations(self) -> tuple[str, ...] | None:
        """Return the wishes in order; any place is an empty wish, no wish is None."""
        wishes = [self.cells.get(f"destination_{n}", "") for n in (1, 2)]
        if not any(wishes):
            return None
        elsewhere = self.cells.get("destination_other", "")
        named = [elsewhere if _place_word(wish) == "other" else wish for wish in wishes]
        return tuple(dict.fromkeys(n for n in named if n and _place_word(n) != "any"))

    def form_id(self) -> str:
        """Return the form with its version."""
        stated = self.cells.get("form_id", "")
        return stated or f"{texts.FORM_ID}/{self.cells.get('version') or texts.FORM_VERSION}"


# ------------------------------------------------------------------------------------------ words


@cache
def _words(of: str) -> Mapping[str, str]:
    """Return the stored word behind each stored word and each printed one."""
    return _printed(texts.LISTS[of])


@cache
def _labels() -> Mapping[str, str]:
    """Return the field behind each printed question."""
    from safepassage.adapters.forms.survey import ask_survey

    questions = ask_survey(texts.Facts(), version="").questions
    asked = ((q.name, text) for q in questions if q.label for text in q.label.values())
    headings = ((n, translator(tag)(text)) for n, text in CALL_COLUMNS for tag in LANGUAGES)
    found = {_folded(text): name for name, text in (*asked, *headings)}
    return found | {name: name for name in {*found.values(), "child_code", "contact_code"}}


def _place_word(wish: str) -> str:
    return _printed((texts.ANY_PLACE, texts.OTHER_PLACE)).get(_folded(wish), "")


def _printed(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, text in pairs:
        for printed in (value, *(translator(tag)(text) for tag in LANGUAGES)):
            found.setdefault(_folded(printed), value)
    return found


def _split(text: str, words: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the known words of a text, and what is left of it."""
    found = []
    for word in sorted(words, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
        if re.search(pattern, text):
            found.append(words[word])
            text = re.sub(pattern, " ", text)
    return sorted(set(found)), text.strip(" ,;/|")


def _folded(text: str) -> str:
    from safepassage.core.register.scripts import fold

    return " ".join(fold(text).split()).strip()
