"""Call lists as tables: whom to call, and empty cells for what they answer.

Rules: ``docs/spec/01f-export-and-ask.md`` §29 to §33. The columns have the names that the
questionnaire has, so a filled list is read back by the same reader. The file holds names and
telephone numbers: whoever writes it makes it readable by its owner only, or encrypts it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from safepassage.adapters.forms import texts
from safepassage.adapters.forms.texts import Facts
from safepassage.adapters.i18n import translator
from safepassage.core.agreement.wording import msg
from safepassage.core.register.ask import Call, CallMember, show_code
from safepassage.core.register.entries import Answered, Topic
from safepassage.core.register.types import ConsentQuestion
from safepassage.scenario.rejects import escape_cell

ADULT_ROLE, CHILD_ROLE = "adult", "child"
FORM_ID = f"{texts.FORM_ID}/calls-{texts.FORM_VERSION}"

PRINTED = (
    ("household", texts.HOUSEHOLD), ("place", texts.PLACE), ("phone", texts.TELEPHONE),
    ("code", texts.CODE_HEAD), ("name", texts.NAME), ("birth", texts.BORN),
    ("role", msg("Adult or child")), ("last_answer", texts.LAST_ANSWER),
)  # fmt: skip
FILLED = (
    ("outcome", texts.OUTCOME), ("asked_on", texts.ASKED_ON), ("asked_by", texts.ASKED_BY),
    ("form", texts.HOW), ("proxy_who", texts.PROXY_WHO), ("proxy_why", texts.PROXY_WHY),
    ("whereabouts", texts.WHEREABOUTS), ("told", texts.TOLD), ("choice", texts.CHOICE),
    ("destination_1", texts.DESTINATION_1), ("destination_2", texts.DESTINATION_2),
    ("needs", texts.NEEDS),
    *((f"consent_{question.value}", texts.CONSENTS[question]) for question in ConsentQuestion),
)  # fmt: skip
COLUMNS = (*PRINTED, *FILLED, ("form_id", msg("Form")))
"""(name, heading) of every column."""

_ALL_TOLD = "all"
_DROP_DOWNS = {
    "outcome": "outcome", "form": "how", "whereabouts": "whereabouts", "choice": "choice",
    **{f"consent_{question.value}": "consent" for question in ConsentQuestion},
}  # fmt: skip
_WIDTHS = {
    "household": 6, "place": 18, "phone": 20, "code": 12, "name": 34, "birth": 9, "last_answer": 18,
    "told": 10, "asked_on": 12, "asked_by": 12, "needs": 18,
}  # fmt: skip


def call_rows(
    calls: Sequence[Call], place_names: Mapping[str, str], language: str
) -> list[list[str]]:
    """Return one row a person, household by household, in the order of :data:`COLUMNS`."""
    return [
        _row(number, call, member, place_names, language)
        for number, call in enumerate(calls, 1)
        for member in call.members
    ]


def call_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return the table as CSV in UTF-8 with a byte order mark; no cell runs as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([name for name, _heading in COLUMNS])
    writer.writerows([[escape_cell(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode("utf-8-sig")


def call_xlsx(rows: Sequence[Sequence[str]], facts: Facts, language: str) -> bytes:
    """Return a workbook: what to say on the first sheet, whom to call on the second.

    The second row of the table holds the questions in the caller's language; cells with few
    possible answers have them as a list to choose from.
    """
    from safepassage.adapters.forms.workbook import workbook_bytes

    words = translator(language)
    headings = [words(heading) for _name, heading in COLUMNS]
    names = [name for name, _heading in COLUMNS]
    script = [[line] for line in script_lines(facts, language)]
    sheets: dict[str, list[Sequence[str]]] = {
        "script": [*script],
        "calls": [names, headings, *rows],
    }

    def dress(name: str, sheet: Any) -> None:
        if name == "script":
            _dress_script(sheet)
        else:
            _dress_calls(sheet, len(rows))

    return workbook_bytes(sheets, dress)


def script_lines(facts: Facts, language: str) -> tuple[str, ...]:
    """Return what a caller reads first, one paragraph each, headings included."""
    words = translator(language)
    return (
        words(texts.PERSONAL_WARNING),
        words(texts.BEFORE_CALL),
        *(words(rule) for rule in texts.RULES_FOR_CALLERS),
        words(texts.SAY_FIRST),
        texts.introduction(facts)[language],
        words(texts.MAY_TALK),
        words(texts.STOP),
        words(texts.EACH_ALONE),
        words(texts.ABOUT_JOURNEY),
        *(texts.telling(topic, facts)[language] for topic in Topic),
        words(texts.ANSWERS),
        f"{words(texts.CHOICE)} {words(texts.CHOICE_HINT)}",
        f"{words(texts.DESTINATION_1)}: "
        + "; ".join(name[language] for _id, name in texts.destination_list(facts)),
        words(texts.NEEDS),
        words(texts.CONSENTS_INTRO),
        *(f"{n}. {words(text)}" for n, text in enumerate(texts.CONSENTS.values(), 1)),
        texts.farewell(facts)[language],
    )


def last_answer(answer: Answered | None, language: str) -> str:
    """Return a person's latest choice in words with its day; empty if there is none."""
    if answer is None:
        return ""
    words = translator(language)
    said = dict(texts.LISTS["choice"]).get(answer.choice.value, "")
    proxy = f" ({words(dict(texts.LISTS['how'])['proxy'])})" if answer.form == "proxy" else ""
    return f"{answer.asked_on}: {words(said)}{proxy}" if said else answer.asked_on


def place_of(call: Call, place_names: Mapping[str, str]) -> str:
    """Return the name of a call's place, or its id where no name is known."""
    return place_names.get(call.place_id, call.place_id)


def _row(
    number: int, call: Call, member: CallMember, place_names: Mapping[str, str], language: str
) -> list[str]:
    printed = {
        "household": str(number),
        "place": place_of(call, place_names),
        "phone": "; ".join(call.phones),
        "code": show_code(member.code),
        "name": member.name,
        "birth": member.birth,
        "role": CHILD_ROLE if member.is_child else ADULT_ROLE,
        "last_answer": last_answer(member.choice, language),
        "form_id": FORM_ID,
    }
    return [printed.get(name, "") for name, _heading in COLUMNS]


def _dress_script(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width = 110
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.value and len(cell.value) < 60 and not cell.value.endswith("."):
                cell.font = Font(bold=True)
    _for_print(sheet, wide=False)


def _dress_calls(sheet: Any, rows: int) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    shade = PatternFill("solid", fgColor="EEF1F4")
    for at, (name, _heading) in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, 16)
        sheet.cell(1, at).font = Font(size=8, color="55606B")
        head = sheet.cell(2, at)
        head.font, head.fill = Font(bold=True, size=9), shade
        head.alignment = Alignment(wrap_text=True, vertical="top")
    for row in sheet.iter_rows(min_row=3):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "F3"
    _drop_downs(sheet, rows)
    _for_print(sheet, wide=True)
    sheet.print_title_rows = "2:2"


def _drop_downs(sheet: Any, rows: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    columns = {name: at for at, (name, _heading) in enumerate(COLUMNS, 1)}
    lists = {name: [v for v, _text in texts.LISTS[of]] for name, of in _DROP_DOWNS.items()}
    for name, values in (lists | {"told": [_ALL_TOLD, *Topic]}).items():
        letter = get_column_letter(columns[name])
        check = DataValidation("list", formula1=f'"{",".join(values)}"', allow_blank=True)
        check.showErrorMessage = name != "told"  # several topics may be written
        sheet.add_data_validation(check)
        check.add(f"{letter}3:{letter}{max(3, rows + 2)}")


def _for_print(sheet: Any, *, wide: bool) -> None:
    sheet.page_setup.orientation = "landscape" if wide else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
