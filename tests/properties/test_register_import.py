"""Whatever cells a table has, none of them is lost on the way in."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.adapters.lists import joined, read_bytes
from safepassage.scenario.types import SourceList

HEADERS = (
    "Name", "Phone", "Sex", "Age", "Village", "Family", "Status", "Needs", "Choice", "Consent",
    "Email", "Remark", "Date asked", "Destination",
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(["", "", "word", "Anna Koval", "no", "-", "?", "Total: 4", "с. Гуево", "=A1"]),
    st.text("абвгд efg123", min_size=1, max_size=12),
)


@st.composite
def tables(draw):
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=2, max_size=8, unique=True))
    width = len(header)
    rows = draw(st.lists(st.lists(CELLS, min_size=1, max_size=width + 2), max_size=6))
    return ["Name", *(name for name in header if name != "Name")], rows


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_cell_is_lost(table):
    header, rows = table
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    source = SourceList("l", "L", "l.csv", (), as_of="2025-02-11")
    result = joined(read_bytes(text.getvalue().encode(), "l.csv", source, _OPTIONS))
    kept = "\n".join(_texts(result))
    for at, row in enumerate(rows, 2):
        for cell in row:
            plain = " ".join(cell.split())
            assert not plain or _is_kept(plain, kept), (at, cell)


def _texts(result):
    for record in result.records:
        yield repr(record)
        yield repr(record.extra)
    for reject in result.rejects:
        yield from (" ".join(cell.split()) for cell in reject.cells)


def _is_kept(plain, kept):
    """Whether a cell stands somewhere, whole or, where a cell lists several things, in parts.

    Figures may have been read as an age.
    """
    return plain in kept or plain.isdigit() or plain in {"-", "?", "no", "x"}


def _options():
    from safepassage.adapters.lists import ReadOptions

    return ReadOptions()


_OPTIONS = _options()
