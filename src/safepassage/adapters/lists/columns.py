"""Which column of a file is which standard column, and why (01-register §4, 01b-import §6).

First by what the header says, in English, Ukrainian and Russian; then, where nothing in the header
says it, by what the column's values look like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from safepassage.adapters.lists.dates import parse_birth
from safepassage.adapters.lists.types import Notes, Suggestion
from safepassage.core.register.scripts import fold
from safepassage.core.register.types import ConsentQuestion, ListRecord
from safepassage.core.register.words import (
    ADDRESS_WORDS,
    BEGINNINGS,
    HEADER_WORDS,
    OTHERS_BEGIN,
    PAPER_WORDS,
    PLACE_MARKS,
    SEX_WORDS,
    header_key,
)

NAMES = ("full_name", "surname", "given_name")
SEVERAL = frozenset({"address", "documents", "relatives"})
"""Standard columns to which several columns of a file may be mapped."""
CONSENT_COLUMNS = {f"consent_{question.value}": question for question in ConsentQuestion}
STANDARD = frozenset(
    (set(ListRecord.__dataclass_fields__) | {"age"} | set(CONSENT_COLUMNS))
    - {"record_id", "list_id", "row", "extra"}
)
"""Every standard column that a mapping may name."""
SHEET_COLUMN = "(sheet)"
HEADING_COLUMN = "(heading)"
MISSING = "has no such column"
"""Beginning of the findings that a mapped column is not there."""
TAKEN = "01b-import §6"
"""Rule of the findings that say for what a column was taken."""
VIRTUAL = (SHEET_COLUMN, HEADING_COLUMN)
"""Columns that a mapping may name though no cell of the table holds them."""

_SHOWN_COLUMNS = 12
_ENOUGH = 0.8
_FEWEST_VALUES = 3
_PHONE = re.compile(r"[+(]?\d[\d\s()/.-]{5,18}\d$")
_NAME = re.compile(r"[^\W\d_]+(?:[-'’ʼ`][^\W\d_]+)*\.?$")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+$")
_BIRTH_YEARS = re.compile(r"(?:18[89]|19\d|20[0-3])\d")

Pairs = tuple[tuple[str, str], ...]


def suggest_mapping(header: Sequence[str]) -> Pairs:
    """Return (standard column, column of the file) pairs for English, Ukrainian, Russian headers.

    Examples
    --------
    >>> suggest_mapping(["Прізвище", "Ім'я", "DOB", "remarks"])
    (('surname', 'Прізвище'), ('given_name', "Ім'я"), ('birth', 'DOB'))
    """
    return tuple((found.standard, found.column) for found in by_header(header))


def by_header(header: Sequence[str]) -> tuple[Suggestion, ...]:
    """Return what each column is by its header; the first column of a kind counts."""
    found: list[Suggestion] = []
    places = [column for column in header if standard_of(column) == "stay_place"]
    settled = any(header_key(column) not in ADDRESS_WORDS for column in places)
    for column in dict.fromkeys(header):
        standard = standard_of(column)
        if settled and header_key(column) in ADDRESS_WORDS:
            standard = "address"
        taken = standard in {each.standard for each in found}
        if standard and (not taken or standard in SEVERAL):
            found.append(Suggestion(standard, column, f"its header reads '{column}'"))
    return tuple(found)


def by_beginning(header: Sequence[str], known: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Return what further columns are by how their header begins (``Ф.И.О. больного``).

    A header that speaks of a relative, parent or guardian is left alone.
    """
    taken, columns = {each.standard for each in known}, {each.column for each in known}
    if _has_names(known):
        taken.add("full_name")
    found: list[Suggestion] = []
    for column in header:
        if column in columns:
            continue
        beginning, rest = _beginning(fold(column).replace("_", " ").split())
        standard = BEGINNINGS.get(beginning, "")
        if standard and standard not in taken and not any(map(_speaks_of_others, rest)):
            found.append(Suggestion(standard, column, f"its header begins with '{beginning}'"))
            taken.add(standard)
    return tuple(found)


def by_values(
    header: Sequence[str], rows: Sequence[Sequence[str]], known: Sequence[Suggestion]
) -> tuple[Suggestion, ...]:
    """Return what further columns are by the look of their values.

    Parameters
    ----------
    rows
        The first rows of the list.
    known
        What the header has told already; neither its columns nor its kinds are guessed again.
    """
    taken = {each.standard for each in known} | ({"full_name"} if _has_names(known) else set())
    columns = {each.column for each in known}
    found: list[Suggestion] = []
    for at, column in enumerate(header):
        if column in columns or not column:
            continue
        values = [cells[at].strip() for cells in rows if at < len(cells) and cells[at].strip()]
        for standard, test, words in _LOOKS:
            if standard in taken or len(values) < _FEWEST_VALUES:
                continue
            alike = sum(map(test, values))
            if alike >= _ENOUGH * len(values):
                why = f"{alike} of its first {len(values)} values look like {words}"
                found.append(Suggestion(standard, column, why))
                taken.add(standard)
                break
    return tuple(found)


def standard_of(column: str) -> str:
    """Return the standard column that a header names, empty if none.

    Read are the whole header, then without what stands in brackets, then its parts at slashes from
    the last to the first (``Дата / рождения``, ``group/question``, ``Прізвище / Surname``).

    Examples
    --------
    >>> standard_of("household/member/first_name"), standard_of("Дата рождения (дд.мм.гггг)")
    ('given_name', 'birth')
    """
    for reading in _readings(column):
        if standard := HEADER_WORDS.get(header_key(reading)) or HEADER_WORDS.get(
            fold(reading).strip()
        ):
            return standard
    return ""


def is_series(column: str) -> bool:
    """Return whether a column holds the series of a document whose number stands in the next."""
    words = fold(column).replace("/", " ").split()
    says_series = any(PAPER_WORDS.get(word.strip(".")) == "series" for word in words)
    return says_series and not {"номер", "number", "№"} & set(words)


def checked_mapping(
    notes: Notes,
    header: Sequence[str],
    wanted: Pairs,
    rows: Sequence[Sequence[str]],
    *,
    guess: bool,
) -> tuple[Suggestion, ...]:
    """Return the columns to read: those of a mapping that the file has, or suggestions.

    Nothing is returned, and that said, where no column holds a name. A column that plainly holds
    document numbers is always taken as such, so that no number is carried as it stands.
    """
    if wanted:
        given = [
            Suggestion(standard, _in_header(header, column), "the mapping says so")
            for standard, column in wanted
        ]
        there = {each.standard for each in given if each.column in header}
        found = [
            each
            for each in given
            if not (each.standard in there and each.column not in (*header, *VIRTUAL))
            and _has_column(notes, header, each)
        ]
    else:
        found = list(by_header(header))
        found += by_beginning(header, found) if guess else ()
        found += by_values(header, rows, found) if guess else ()
        _say_suggestions(notes, found)
    found += _more_documents(notes, header, found) if wanted else ()
    if _has_names(found):
        return tuple(found)
    notes.say(
        f"no column holds a name (full_name, surname or given_name); it has: {_shown(header)}",
        stops=True,
    )
    return ()


def _in_header(header: Sequence[str], column: str) -> str:
    """Return a mapped column as the header has it: of two header rows the lower one is enough."""
    ends = [name for name in header if name.endswith(f" / {column}")]
    return ends[0] if column not in header and len(ends) == 1 else column


def _has_names(found: Sequence[Suggestion]) -> bool:
    return any(each.standard in NAMES for each in found)


def _more_documents(
    notes: Notes, header: Sequence[str], found: Sequence[Suggestion]
) -> list[Suggestion]:
    used = {each.column for each in found}
    more = [
        each
        for each in by_header(header)
        if each.standard == "documents" and each.column not in used
    ]
    for each in more:
        notes.say(
            "holds document numbers by its header, though the mapping does not name it; they are "
            "kept as hashes, never as they stand", column=each.column)  # fmt: skip
    return more


def _beginning(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the longest beginning that is known, and the words after it."""
    for at in range(len(words), 0, -1):
        beginning = " ".join(words[:at]).strip(" .:,(")
        if beginning in BEGINNINGS:
            return beginning, words[at:]
    return "", words


def _speaks_of_others(word: str) -> bool:
    return word.strip("(,.").startswith(OTHERS_BEGIN)


def _say_suggestions(notes: Notes, found: Sequence[Suggestion]) -> None:
    named = [each for each in found if "header" in each.reason]
    if named:
        shown = ", ".join(f"{each.standard} = '{each.column}'" for each in named)
        notes.say(f"has no mapping; the columns were taken by their names: {shown}", rule=TAKEN)
    for each in found:
        if each not in named:
            message = f"was taken for {each.standard}, as {each.reason}"
            notes.say(message, column=each.column, rule=TAKEN)


def _has_column(notes: Notes, header: Sequence[str], wanted: Suggestion) -> bool:
    if wanted.standard not in STANDARD:
        notes.say(
            f"'{wanted.standard}' is no standard column; accepted: {', '.join(sorted(STANDARD))}",
            column=wanted.column, stops=True)  # fmt: skip
        return False
    if wanted.column in header or wanted.column in VIRTUAL:
        return True
    notes.say(
        f"{MISSING}, which the mapping gives for {wanted.standard}; it has: "
        f"{_shown(header)}", row=1, column=wanted.column, stops=True)  # fmt: skip
    return False


def _shown(header: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in header[:_SHOWN_COLUMNS])
    return shown + (
        f" and {len(header) - _SHOWN_COLUMNS} more" if len(header) > _SHOWN_COLUMNS else ""
    )


def _readings(column: str) -> list[str]:
    bare = re.sub(r"\([^()]*\)", " ", column)
    parts = [part for part in re.split(r"[/\\]|\s[-–]\s", bare) if part.strip()]
    readings = [column, bare]
    if len(parts) > 1:
        readings += [" ".join(parts), *reversed(parts)]
    return readings


def _is_birth(text: str) -> bool:
    try:
        found = parse_birth(text)
    except ValueError:
        return False
    return found is not None and bool(_BIRTH_YEARS.search(text) or re.match(r"\d{5}$", text))


def _is_phone(text: str) -> bool:
    parts = [part.strip() for part in re.split(r"[,;/]", text) if part.strip()]
    return all(_PHONE.match(part) and sum(c.isdigit() for c in part) >= 9 for part in parts)


def _is_place(text: str) -> bool:
    first, _, rest = text.replace(".", ". ", 1).partition(" ")
    return bool(rest.strip()) and fold(first).strip(". ") in PLACE_MARKS


def _is_full_name(text: str) -> bool:
    words = text.replace(".", ". ").split()
    return 2 <= len(words) <= 4 and all(_NAME.match(word) and word[0].isupper() for word in words)


_LOOKS = (
    ("email", lambda text: bool(_MAIL.match(text)), "mail addresses"),
    ("birth", _is_birth, "dates of birth"),
    ("phone", _is_phone, "telephone numbers"),
    ("sex", lambda text: fold(text).strip() in SEX_WORDS, "female or male"),
    ("stay_place", _is_place, "settlements"),
    ("full_name", _is_full_name, "names"),
)
