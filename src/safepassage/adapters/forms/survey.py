"""The questionnaire as an XLSForm, for KoboToolbox, ODK and whatever else reads XLSForms.

Rules: ``docs/spec/01f-export-and-ask.md`` §34 to §44. Format: xlsform.org, sheets ``survey``,
``choices`` and ``settings``. The order of the questions is the order in which a conversation may
go on: nothing is asked before it was explained, and nobody who does not wish to talk is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from safepassage.adapters.forms import texts
from safepassage.adapters.forms.texts import Facts, Text, in_all
from safepassage.adapters.i18n import LANGUAGE_NAMES, LANGUAGES
from safepassage.core.register.entries import Topic
from safepassage.core.register.types import ConsentQuestion

SURVEY_COLUMNS = (
    "type", "name", "required", "relevant", "constraint", "default", "calculation", "appearance",
    "repeat_count",
)  # fmt: skip
TRANSLATED = ("label", "hint", "constraint_message", "required_message")
LANGUAGE_TAGS = {tag: f"{'English' if tag == 'en' else LANGUAGE_NAMES[tag]} ({tag})" for tag in
                 LANGUAGES}  # fmt: skip

CODE_PATTERN = "[0-9A-HJ-KM-NP-TV-Za-hj-km-np-tv-z]{4}-?[0-9A-HJ-KM-NP-TV-Za-hj-km-np-tv-z]{4}"
"""Crockford's base 32 in either case, four and four, with or without the dash."""

_CODE = f"regex(normalize-space(.), '^{CODE_PATTERN}$')"
_ALL_TOLD = f"count-selected(${{told}}) = {len(Topic)}"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the ``survey`` sheet.

    Parameters
    ----------
    kind
        XLSForm type with its list, e.g. ``select_one choice``.
    label, hint, wrong
        By language; None for none.
    """

    kind: str
    name: str
    label: Text | None = None
    hint: Text | None = None
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    wrong: Text | None = None
    default: str = ""
    appearance: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """A questionnaire, before it is written."""

    questions: tuple[Question, ...]
    choices: tuple[tuple[str, str, Text], ...]
    settings: Mapping[str, str] = field(default_factory=dict)


def ask_survey(facts: Facts, *, version: str, default_language: str = "en") -> Survey:
    """Return the questionnaire of one operation.

    Parameters
    ----------
    facts
        What the operation adds to the texts.
    version
        Of the form, e.g. the day of its making; stands in every answer.
    default_language
        One of ``en``, ``uk``, ``ru``.
    """
    questions = (
        *_opening(facts),
        *_adults(facts),
        *_children(),
        Question("note", "closing", texts.farewell(facts), relevant=_may_talk()),
    )
    settings = {
        "form_title": in_all(texts.TITLE)[default_language],
        "form_id": texts.FORM_ID,
        "version": version,
        "default_language": LANGUAGE_TAGS[default_language],
        "instance_name": "concat(${asked_on}, ' ', uuid())",
    }
    return Survey(questions, _choices(facts), settings)


def survey_xlsx(survey: Survey) -> bytes:
    """Return the workbook of a questionnaire; same survey, same bytes."""
    from safepassage.adapters.forms.workbook import workbook_bytes

    sheets = {
        "survey": _survey_rows(survey.questions),
        "choices": _choice_rows(survey.choices),
        "settings": [list(survey.settings), list(survey.settings.values())],
    }
    return workbook_bytes(sheets)


# -------------------------------------------------------------------------------------- questions


def _opening(facts: Facts) -> tuple[Question, ...]:
    no_talk = "(${outcome} != '' and ${outcome} != 'talked') or ${may_talk} = 'no'"
    return (
        Question("start", "start"),
        Question("end", "end"),
        Question(
            "text", "asked_by", in_all(texts.ASKED_BY), required=True,
            constraint="string-length(.) <= 40 and not(regex(., '.*[0-9]{6,}.*'))",
            wrong=in_all(texts.ROLE_WRONG),
        ),
        Question(
            "date", "asked_on", in_all(texts.ASKED_ON), required=True, default="today()",
            constraint=". <= today()", wrong=in_all(texts.FUTURE_WRONG),
        ),
        Question("select_one outcome", "outcome", in_all(texts.OUTCOME), required=True),
        Question("note", "introduce", texts.introduction(facts), relevant="${outcome} = 'talked'"),
        Question(
            "select_one yes_no", "may_talk", in_all(texts.MAY_TALK), required=True,
            relevant="${outcome} = 'talked'",
        ),
        Question("note", "stop", in_all(texts.STOP), relevant=no_talk),
        Question(
            "text", "contact_code", in_all(texts.CODE), required=True, relevant=no_talk,
            constraint=_CODE, wrong=in_all(texts.CODE_WRONG),
        ),
        Question("note", "each_alone", in_all(texts.EACH_ALONE), relevant=_may_talk()),
    )  # fmt: skip


def _may_talk() -> str:
    return "${may_talk} = 'yes'"


def _adults(facts: Facts) -> tuple[Question, ...]:
    proxy = "${form} = 'proxy'"
    return (
        Question("begin_repeat", "adult", in_all(texts.ADULT), relevant=_may_talk()),
        Question(
            "text", "code", in_all(texts.CODE), required=True,
            constraint=_CODE, wrong=in_all(texts.CODE_WRONG),
        ),
        Question("select_one how", "form", in_all(texts.HOW), required=True),
        Question("text", "proxy_who", in_all(texts.PROXY_WHO), required=True, relevant=proxy),
        Question("text", "proxy_why", in_all(texts.PROXY_WHY), required=True, relevant=proxy),
        Question(
            "select_one whereabouts", "whereabouts", in_all(texts.WHEREABOUTS), required=True,
            constraint=". != 'deceased' or ${form} = 'proxy'", wrong=in_all(texts.PROXY_WHO),
        ),
        Question(
            "select_one yes_no", "is_adult", in_all(texts.IS_ADULT), required=True,
            relevant="${whereabouts} = 'here'",
        ),
        Question("note", "not_a_child", in_all(texts.NOT_A_CHILD), relevant="${is_adult} = 'no'"),
        Question(
            "begin_group", "talk", in_all(texts.ABOUT_JOURNEY), relevant="${is_adult} = 'yes'"
        ),
        *(Question("note", f"tell_{t.value}", texts.telling(t, facts)) for t in Topic),
        Question("select_multiple topic", "told", in_all(texts.TOLD)),
        Question("select_one yes_no", "goes_on", in_all(texts.GOES_ON), required=True),
        Question("note", "stop_here", in_all(texts.STOP), relevant="${goes_on} = 'no'"),
        Question(
            "note", "not_yet", in_all(texts.NOT_YET),
            relevant=f"${{goes_on}} = 'yes' and not({_ALL_TOLD})",
        ),
        *_answers(),
        Question("end_group", "talk"),
        Question("end_repeat", "adult"),
    )  # fmt: skip


def _answers() -> tuple[Question, ...]:
    goes, first = "${choice} = 'go'", "${destination_1}"
    return (
        Question(
            "begin_group", "answers", in_all(texts.ANSWERS),
            relevant=f"${{goes_on}} = 'yes' and {_ALL_TOLD}",
        ),
        Question(
            "select_one choice", "choice", in_all(texts.CHOICE), in_all(texts.CHOICE_HINT),
            required=True,
        ),
        Question(
            "select_one destination", "destination_1", in_all(texts.DESTINATION_1), relevant=goes
        ),
        Question(
            "select_one destination", "destination_2", in_all(texts.DESTINATION_2),
            relevant=f"{goes} and {first} != '' and {first} != 'any'",
            constraint=f". != {first}", wrong=in_all(texts.SAME_WRONG),
        ),
        Question(
            "text", "destination_other", in_all(texts.DESTINATION_OTHER),
            relevant=f"{goes} and ({first} = 'other' or ${{destination_2}} = 'other')",
        ),
        Question(
            "select_multiple need", "needs", in_all(texts.NEEDS),
            constraint=_none_alone(), wrong=in_all(texts.NONE_WRONG),
        ),
        Question("note", "consents", in_all(texts.CONSENTS_INTRO)),
        *(
            Question(
                "select_one consent", f"consent_{question.value}", in_all(texts.CONSENTS[question]),
                default="not_asked",
            )
            for question in ConsentQuestion
        ),
        Question("end_group", "answers"),
    )  # fmt: skip


def _children() -> tuple[Question, ...]:
    return (
        Question("begin_repeat", "child", in_all(texts.CHILD), relevant=_may_talk()),
        Question(
            "text", "child_code", in_all(texts.CHILD_CODE), required=True,
            constraint=_CODE, wrong=in_all(texts.CODE_WRONG),
        ),
        Question("text", "spoke_for", in_all(texts.SPOKE_FOR), required=True),
        Question(
            "select_multiple need", "child_needs", in_all(texts.CHILD_NEEDS), required=True,
            constraint=_none_alone(), wrong=in_all(texts.NONE_WRONG),
        ),
        Question("end_repeat", "child"),
    )  # fmt: skip


def _none_alone() -> str:
    return "not(selected(., 'none') and count-selected(.) > 1)"


def _choices(facts: Facts) -> tuple[tuple[str, str, Text], ...]:
    fixed = [
        (name, value, in_all(text)) for name, pairs in texts.LISTS.items() for value, text in pairs
    ]
    places = [("destination", value, names) for value, names in texts.destination_list(facts)]
    return (*fixed, *places)


# ------------------------------------------------------------------------------------------- rows


def _survey_rows(questions: Sequence[Question]) -> list[list[str]]:
    heads = [f"{what}::{LANGUAGE_TAGS[tag]}" for what in TRANSLATED for tag in LANGUAGES]
    return [["type", "name", *heads, *SURVEY_COLUMNS[2:]], *map(_survey_row, questions)]


def _survey_row(question: Question) -> list[str]:
    ends = question.kind.startswith("end_")
    translated = (question.label, question.hint, question.wrong, None)
    words = [text[tag] if text else "" for text in translated for tag in LANGUAGES]
    return [
        question.kind, "" if ends else question.name, *words,
        "yes" if question.required else "", question.relevant, question.constraint,
        question.default, "", question.appearance, "",
    ]  # fmt: skip


def _choice_rows(choices: Sequence[tuple[str, str, Text]]) -> list[list[str]]:
    heads = [f"label::{LANGUAGE_TAGS[tag]}" for tag in LANGUAGES]
    rows = [[name, value, *(text[tag] for tag in LANGUAGES)] for name, value, text in choices]
    return [["list_name", "name", *heads], *rows]
