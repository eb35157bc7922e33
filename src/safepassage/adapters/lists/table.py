"""Where the header of a sheet stands, and which lines of it are no persons (01b-import §4, §5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

from safepassage.adapters.lists.cells import (
    GARBLED_1251,
    is_suspect,
    mend,
    mend_beside,
    without_invisible,
)
from safepassage.adapters.lists.columns import standard_of
from safepassage.adapters.lists.dates import parse_birth
from safepassage.adapters.lists.types import Line, Merge, Notes, Sheet
from safepassage.core.register.scripts import fold
from safepassage.core.register.words import PLACE_MARKS, SIGNATURE_WORDS, TOTAL_WORDS

SEARCHED_LINES = 40
"""Lines from the top among which a header is looked for."""
FEW = 3
"""Findings given one by one of what concerns a whole file alike."""
_LONGEST_LABEL = 60
_FIRST_WORDS = re.compile(r"[^\d:;=]*")


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the lines below it.

    Parameters
    ----------
    header_row
        As a spreadsheet shows it; 0 where the file has none.
    """

    header: tuple[str, ...]
    header_row: int
    lines: Iterator[Line]


def find_table(notes: Notes, sheet: Sheet, known: frozenset[str], *, guess: bool) -> Table | None:
    """Return the header and the filled lines below it, None with a finding where there is none.

    Parameters
    ----------
    known
        Columns that a mapping names; empty if there is none.
    guess
        Whether a file without any header may be read by its values.
    """
    lines = (mended for line in sheet.lines if (mended := _mended(notes, line)) is not None)
    head = list(islice(lines, SEARCHED_LINES))
    if not head:
        notes.say("is empty; its first row must name the columns", stops=True)
        return None
    if guess and not known and not sheet.has_header and _is_data(head):
        return _without_header(notes, chain(head, lines), head)
    at = 0 if sheet.has_header else _header_at(head, known)
    above = head[at - 1] if at else None
    if above and _stands_over(above, head[at]) and _goes_on(above, head[at], sheet.merges):
        at -= 1
    _set_aside_above(notes, head[:at], head[at].row)
    header, taken = _joined_header(notes, head[at : at + 2], sheet.merges)
    below = head[at + taken :]
    if below and _numbers_columns(below[0].cells):
        notes.set_aside(below[0].row, header, below[0].cells, "Numbers the columns.")
        below = below[1:]
    _say_repeated_columns(notes, header, head[at].row)
    return Table(header, head[at].row, chain(below, lines))


def why_no_person(line: Line, header: Sequence[str]) -> str:
    """Return why a line below the header is no person's, empty if it may be one.

    Recognised are repetitions of the header, sums, and what is signed under a table.
    """
    if _repeats(line.cells, header):
        return "Repeats the header."
    filled = [cell for cell in line.cells if cell.strip()]
    return _why_sum(filled) or (_why_signature(filled) if len(filled) < 4 else "")


def heading_of(line: Line, columns: int) -> str:
    """Return the text of a line that is a heading over the lines below it, else an empty text.

    A heading is one merged cell over most of the row, or the only cell of a row of several
    columns and says that it names a settlement.
    """
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    if len(filled) != 1 or columns < 2:
        return ""
    return filled[0] if line.wide or names_settlement(filled[0]) else ""


def names_settlement(text: str) -> bool:
    """Return whether a text begins as the name of a settlement does (``с. Гуево``)."""
    first, _, rest = fold(text).replace(".", ". ", 1).partition(" ")
    return bool(rest.strip(" .")) and first.strip(". ") in PLACE_MARKS


def _mended(notes: Notes, line: Line) -> Line | None:
    """Return a line with its cells made readable, None if it is blank."""
    if not any(map(str.strip, line.cells)):
        return None
    if not is_suspect("\n".join(line.cells)):
        return line
    bare = [without_invisible(cell) for cell in line.cells]
    if bare != line.cells:
        what = "a NUL byte" if "\0" in "".join(line.cells) else "invisible signs"
        notes.say(f"a cell holds {what}; taken out", line.row, kind=f"{what} taken out")
    mended = [mend(cell) for cell in bare]
    if how := next((how for _, how in mended if how), ""):
        kind = f"was garbled before it came here ({how}) and was made whole: check some names"
        notes.say(kind, line.row, most=FEW)
    cells = [cell for cell, _ in mended]
    return replace(line, cells=[*map(mend_beside, cells)] if how == GARBLED_1251 else cells)


# --------------------------------------------------------------------------------------- header


def _header_at(head: Sequence[Line], known: frozenset[str]) -> int:
    """Return the index of the line with most known columns; else the first that has two cells."""
    hits = [_known_columns(line.cells, known) for line in head]
    if max(hits):
        return hits.index(max(hits))
    several = (at for at, line in enumerate(head) if sum(map(bool, map(str.strip, line.cells))) > 1)
    return next(several, 0)


def _known_columns(cells: Sequence[str], known: frozenset[str]) -> int:
    names = {" ".join(cell.split()) for cell in cells if cell.strip()}
    if known & names:
        return 100 * len(known & names)
    return len({found for name in names if len(name) <= 200 and (found := standard_of(name))})


def _is_data(head: Sequence[Line]) -> bool:
    """Return whether the first line is a person already: no known column, but a date or a phone."""
    if any(_known_columns(line.cells, frozenset()) > 1 for line in head[:10]):
        return False
    first = [cell.strip() for cell in head[0].cells if cell.strip()]
    return len(first) > 1 and not any(map(standard_of, first)) and any(map(_is_value, first))


def _is_value(cell: str) -> bool:
    if sum(map(str.isdigit, cell)) >= 9:
        return True
    try:
        return len(cell) >= 8 and parse_birth(cell) is not None
    except ValueError:
        return False


def _without_header(notes: Notes, lines: Iterator[Line], head: Sequence[Line]) -> Table:
    width = max(len(line.cells) for line in head)
    notes.say(
        "has no header; its columns were named 'column 1' and so on: check what each was taken for"
    )
    return Table(tuple(f"column {at}" for at in range(1, width + 1)), 0, lines)


def _set_aside_above(notes: Notes, above: Sequence[Line], header_row: int) -> None:
    if not above:
        if header_row > 1:
            notes.say(f"the first {header_row - 1} rows are empty; row {header_row} was taken as "
                      "the header")  # fmt: skip
        return
    for line in above:
        notes.set_aside(line.row, (), line.cells, "Stands above the header.")
    rows = ", ".join(str(line.row) for line in above[:5])
    notes.say(f"what stands above the header (row {rows}) was set aside; row {header_row} was "
              "taken as the header")  # fmt: skip


def _joined_header(
    notes: Notes, lines: Sequence[Line], merges: Sequence[Merge]
) -> tuple[tuple[str, ...], int]:
    """Return the header and of how many rows it was made, one or two."""
    upper = [" ".join(cell.split()) for cell in lines[0].cells]
    if len(lines) < 2 or not _goes_on(lines[0], lines[1], merges):
        while upper and not upper[-1]:
            upper.pop()
        return tuple(upper), 1
    lower = [" ".join(cell.split()) for cell in lines[1].cells]
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    for at in range(1, width):
        if not upper[at] and lower[at]:
            upper[at] = upper[at - 1]
    header = tuple(_label(*pair) for pair in zip(upper, lower, strict=True))
    notes.say(f"rows {lines[0].row} and {lines[1].row} make the header together")
    return header, 2


def _label(upper: str, lower: str) -> str:
    if not upper or not lower or upper == lower:
        return lower or upper
    return f"{upper} / {lower}"


def _stands_over(upper: Line, lower: Line) -> bool:
    """Return whether the row above the one with most known columns is a part of the header.

    It is if a merged cell reaches down from it, or if it names a column that the lower row leaves
    empty (``Телефон`` over a blank).
    """
    if lower.filled:
        return True
    if sum(map(bool, map(str.strip, upper.cells))) < 2:
        return False
    pairs = zip_longest(upper.cells, lower.cells, fillvalue="")
    return any(above.strip() and not below.strip() and standard_of(above) for above, below in pairs)


def _goes_on(upper: Line, lower: Line, merges: Sequence[Merge]) -> bool:
    """Return whether the header goes on in the next row."""
    if not all(_is_label(cell) for cell in lower.cells):
        return False
    at = upper.row - 1
    if lower.row == upper.row + 1 and any(
        (top == at == bottom and right > left) or top <= at < bottom
        for top, left, bottom, right in merges
    ):
        return True
    blanks = [
        cell
        for above, cell in zip(
            chain(upper.cells, [""] * len(lower.cells)), lower.cells, strict=False
        )
        if cell.strip() and not above.strip()
    ]
    return any(map(standard_of, blanks)) and all(
        standard_of(cell) or not above.strip()
        for above, cell in zip(upper.cells, lower.cells, strict=False)
        if cell.strip()
    )


def _is_label(cell: str) -> bool:
    return len(cell) <= _LONGEST_LABEL and not any(map(str.isdigit, cell))


def _numbers_columns(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 2 and filled == [str(at) for at in range(1, len(filled) + 1)]


def _say_repeated_columns(notes: Notes, header: Sequence[str], row: int) -> None:
    for name, times in Counter(header).items():
        if name and times > 1:
            message = f"the header names this column {times} times; the first one counts"
            notes.say(f"{message}, the others are carried", row=row, column=name)


# ---------------------------------------------------------------------------- lines of no person


def _repeats(cells: Sequence[str], header: Sequence[str]) -> bool:
    return len(header) > 1 and [" ".join(cell.split()) for cell in cells[: len(header)]] == list(
        header
    )


def _why_sum(filled: Sequence[str]) -> str:
    if not filled:
        return ""
    for at, cell in enumerate(filled[:2]):
        words = _FIRST_WORDS.match(fold(cell))
        rest = cell[words.end() :] if words else ""
        if (words and words[0].strip(" .-") in TOTAL_WORDS
                and not any(map(str.isalpha, _without_formulas(filled[at + 1 :])))
                and len(rest) < 20):  # fmt: skip
            return "A sum, not a person."
    return ""


def _without_formulas(cells: Sequence[str]) -> str:
    return "".join(cell for cell in cells if not cell.startswith("="))


def _why_signature(filled: Sequence[str]) -> str:
    text = " ".join(filled)
    first = fold(text).replace("_", " ").split(":")[0].split()
    begins = first and {first[0].strip(".,"), " ".join(first[:2]).strip(".,")} & SIGNATURE_WORDS
    signed = "__" in text or (begins and ":" in text)
    return "A signature under the list, not a person." if signed else ""
