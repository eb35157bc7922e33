"""A check of questionnaires against what KoboToolbox and ODK accept, without either of them.

It looks at what goes wrong in practice: a question that refers to one that does not exist, a group
that is not closed, a list without answers, a text that one language lacks. It is no XPath engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from safepassage.adapters.forms.survey import LANGUAGE_TAGS, Question, Survey
from safepassage.adapters.i18n import LANGUAGES

PLAIN_KINDS = frozenset({
    "start", "end", "today", "text", "date", "integer", "decimal", "note", "begin_group",
    "end_group", "begin_repeat", "end_repeat", "calculate", "acknowledge",
})  # fmt: skip
FUNCTIONS = frozenset({
    "regex", "selected", "count-selected", "string-length", "not", "today", "normalize-space",
    "concat", "uuid",
})  # fmt: skip
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_CALL = re.compile(r"([a-z][a-z-]*)\s*\(")
_LITERAL = re.compile(r"'[^']*'")
_ASKS_NOTHING = frozenset({"note", "begin_group", "begin_repeat", "end_group", "end_repeat"})


def survey_faults(survey: Survey) -> tuple[str, ...]:
    """Return what is wrong with a questionnaire, in sentences; empty if nothing is."""
    lists = _lists(survey)
    return tuple(
        fault
        for faults in (
            _kind_faults(survey.questions, lists),
            _name_faults(survey.questions),
            _nesting_faults(survey.questions),
            _expression_faults(survey.questions, lists),
            _language_faults(survey),
            _list_faults(survey, lists),
            _setting_faults(survey.settings),
        )
        for fault in faults
    )


def _lists(survey: Survey) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value, _label in survey.choices:
        found.setdefault(name, []).append(value)
    return found


def _kind_faults(
    questions: Sequence[Question], lists: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for each in questions:
        kind, _, of = each.kind.partition(" ")
        if kind in ("select_one", "select_multiple"):
            if of not in lists:
                yield f"{each.name}: there is no list '{of}'"
            elif each.default and each.default not in lists[of]:
                yield f"{each.name}: the default is not on its list"
        elif each.kind not in PLAIN_KINDS:
            yield f"{each.name}: '{each.kind}' is no type"


def _name_faults(questions: Sequence[Question]) -> Iterator[str]:
    named = [each for each in questions if not each.kind.startswith("end_")]
    for name, times in Counter(each.name for each in named).items():
        if times > 1:
            yield f"{name}: stands {times} times"
        if not _NAME.fullmatch(name):
            yield f"{name}: is no name; lower-case letters, digits and _ are accepted"


def _nesting_faults(questions: Sequence[Question]) -> Iterator[str]:
    opened: list[tuple[str, str]] = []
    for each in questions:
        verb, _, what = each.kind.partition("_")
        if verb == "begin":
            opened.append((what, each.name))
        elif verb == "end" and what and opened[-1:] != [(what, each.name)]:
            yield f"{each.name}: is closed but not open, or not the innermost"
        elif verb == "end" and what:
            opened.pop()
    yield from (f"{name}: is not closed" for _what, name in opened)


def _expression_faults(
    questions: Sequence[Question], lists: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    kinds = {each.name: each.kind for each in questions if each.kind not in _ASKS_NOTHING}
    asked: set[str] = set()
    for each in questions:
        for expression in filter(None, (each.relevant, each.constraint)):
            yield from _one_expression(each.name, expression, kinds, lists)
            for name in _REFERENCE.findall(expression):
                if name not in asked:
                    yield f"{each.name}: refers to '{name}', which is not asked before it"
        if each.constraint and each.wrong is None:
            yield f"{each.name}: has a constraint and does not say what is wrong"
        asked.add(each.name)


def _one_expression(
    name: str, expression: str, kinds: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    bare = _LITERAL.sub("''", expression)
    if bare.count("(") != bare.count(")") or bare.count("'") % 2:
        yield f"{name}: brackets or quotes do not match in {expression}"
    for function in _CALL.findall(bare):
        if function not in FUNCTIONS | {"and", "or"}:
            yield f"{name}: calls '{function}', which is not known here"
    for question, value in re.findall(r"\$\{(\w+)\}\s*!?=\s*'([^']+)'", expression):
        of = kinds.get(question, "").partition(" ")[2]
        if value not in lists.get(of, ()):
            yield f"{name}: compares '{question}' with '{value}', which is not on its list"


def _language_faults(survey: Survey) -> Iterator[str]:
    texts = [
        (q.name, text) for q in survey.questions for text in (q.label, q.hint, q.wrong) if text
    ]
    texts += [(f"{name} {value}", label) for name, value, label in survey.choices]
    for name, text in texts:
        yield from (f"{name}: lacks {tag}" for tag in LANGUAGES if not text.get(tag, "").strip())
    silent = ("start", "end", "end_group", "end_repeat")
    for question in survey.questions:
        if question.label is None and question.kind not in silent:
            yield f"{question.name}: has no label"


def _list_faults(survey: Survey, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    used = {question.kind.partition(" ")[2] for question in survey.questions}
    for name, values in lists.items():
        if name not in used:
            yield f"list {name}: nobody uses it"
        for value, times in Counter(values).items():
            if times > 1 or not re.fullmatch(r"[A-Za-z0-9_.-]+", value):
                yield f"list {name}: '{value}' stands twice, or has a blank or another sign"


def _setting_faults(settings: Mapping[str, str]) -> Iterator[str]:
    for name in ("form_title", "form_id", "version", "default_language"):
        if not settings.get(name):
            yield f"settings: {name} is missing"
    if settings.get("default_language", "") not in LANGUAGE_TAGS.values():
        yield "settings: default_language is none of the form's languages"
