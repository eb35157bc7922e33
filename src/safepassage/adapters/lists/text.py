"""Bytes of a text file to lines of cells (01-register §3, 01b-import §3)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from safepassage.adapters.lists.columns import standard_of
from safepassage.adapters.lists.types import Line, Notes
from safepassage.scenario.decode import CODE_NAMES, decode_as
from safepassage.scenario.tables import find_delimiter, split_records

DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "\\t": "\t"}
MOST_BROKEN = 50
"""Lines with wrong quotes after which the rest of a file is set aside with the next one."""
_HEAD_LINES = 20
_CONTROLS = re.compile("[\x01-\x08\x0e-\x19]")
_NO_LISTS = (
    (b"SQLite format 3\0", "a database, perhaps a register store ('register absorb' takes those)"),
    (b"age-encryption.org/", "an encrypted file"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"Rar!", "a packed file (RAR)"),
    (b"7z\xbc\xaf", "a packed file (7z)"),
    (b"\x80\x04\x95", "a program's data (pickle)"),
    (b"\x80\x05\x95", "a program's data (pickle)"),
)
"""First bytes of files that are often handed over instead of a list, and what they are."""


def read_text(notes: Notes, data: bytes, encoding: str) -> str | None:
    """Return the text of a file, None with a finding where it is no text."""
    if what := next((what for sign, what in _NO_LISTS if data.startswith(sign)), ""):
        notes.say(f"is {what}, not a list of people; accepted are CSV, XLSX, XLS, ODS, PFIF",
                  stops=True)  # fmt: skip
        return None
    bare = _utf16_without_mark(data) if encoding == "auto" else ""
    decoded = decode_as(data, bare or encoding)
    if decoded is None or _is_binary(decoded.text):
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


def text_lines(notes: Notes, text: str, delimiter: str) -> Iterator[Line]:
    """Yield the lines of a CSV text; one with a wrong quote comes as broken, the rest goes on."""
    row = start = 0
    for attempt in range(MOST_BROKEN + 1):
        reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter, strict=True)
        lines_read = 0
        try:
            for cells in reader:
                row, lines_read = row + 1, reader.line_num
                yield Line(row, cells)
        except csv.Error as error:
            ended = list(islice(io.StringIO(text[start:], newline=""), lines_read + 1))
            start += sum(map(len, ended))
            row += 1
            broken = ended[-1] if attempt < MOST_BROKEN else ended[-1] + text[start:]
            notes.say(_why_broken(str(error)), row, stops=True)
            yield Line(row, broken.rstrip("\r\n").split(delimiter), broken=True)
            continue
        return


def _why_broken(wrong: str) -> str:
    if wrong.startswith("field larger than"):
        cause = f"a cell holds more than {csv.field_size_limit():,} characters: is a quote missing?"
        return f"{cause} The line was set aside, what stands below it is read"
    return "the quotes do not match; the line was set aside, what stands below it is read"


def delimiter_of(text: str, stated: str, columns: frozenset[str]) -> str:
    """Return what separates the cells: as stated, by the mapped columns, or by the best header.

    Parameters
    ----------
    columns
        Columns that a mapping names; empty if there is none.
    """
    stated = _DELIMITER_NAMES.get(stated, stated)
    if stated in DELIMITERS:
        return stated
    if columns:
        return find_delimiter(text, columns)
    return max(DELIMITERS, key=lambda sign: _split_quality(text, sign))


def _split_quality(text: str, delimiter: str) -> tuple[int, int]:
    records, _ = split_records("\n".join(text.splitlines()[:_HEAD_LINES]), delimiter)
    filled = [record for record in records if any(record)]
    if not filled:
        return 0, 0
    known = max(sum(bool(standard_of(cell)) for cell in record) for record in filled)
    return known, Counter(map(len, filled)).most_common(1)[0][0]


def _asked(encoding: str) -> str:
    return "an encoding that is known" if encoding == "auto" else f"the encoding '{encoding}'"


def _is_binary(text: str) -> bool:
    """Return whether so many signs are NUL, or other signs of control, that this was never text."""
    return text.count("\0") * 10 > len(text) or len(_CONTROLS.findall(text)) * 50 > len(text)


def _utf16_without_mark(data: bytes) -> str:
    """Return the UTF-16 variant of data without a byte order mark, by where its high bytes are.

    Cyrillic has 4 in the high byte, delimiters and digits have 0: of real UTF-16 nearly every
    second byte is one of these; a stray NUL in other text is not.
    """
    sample = data[:4000]
    if b"\0" not in sample or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    little, big = (sum(byte in (0, 4) for byte in half) for half in (sample[1::2], sample[::2]))
    if max(little, big) * 4 < len(sample):
        return ""
    return "utf-16-le" if little > big else "utf-16-be"
