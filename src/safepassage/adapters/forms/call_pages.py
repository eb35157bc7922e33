"""A call list on paper: what to say first, then one block a household, A4 landscape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, PageBreak, Spacer

from safepassage.adapters.documents.layout import (
    ALARM,
    QUIET,
    SHADE,
    Frame4,
    by_hand,
    content_width_mm,
    grid,
    pdf_bytes,
    plain,
    text,
)
from safepassage.adapters.forms import texts
from safepassage.adapters.forms.call_list import last_answer, place_of, script_lines
from safepassage.adapters.forms.texts import Facts
from safepassage.adapters.i18n import translator
from safepassage.core.agreement.wording import msg
from safepassage.core.register.ask import Call, CallMember, show_code
from safepassage.core.register.types import ConsentQuestion

_WIDTHS_MM = (21.0, 50.0, 18.0, 29.0, 16.0, 17.0, 18.0, 17.0, 30.0, 7.0, 7.0, 7.0, 7.0, 7.0, 22.0)
"""Of the columns of a household's table; together the width between the margins."""
_FIRST_BY_HAND, _LAST_BY_HAND = 4, 14


def call_pdf(
    calls: Sequence[Call],
    facts: Facts,
    place_names: Mapping[str, str],
    language: str,
    *,
    number: str,
    digest: str,
    share: tuple[int, int] = (1, 1),
    exercise: bool = False,
) -> bytes:
    """Return the printable call list of one caller.

    Parameters
    ----------
    number, digest
        Stand in the foot of every page: number of the list, SHA-256 of its table.
    share
        Which caller's list this is, and of how many.
    """
    words = translator(language)
    title = f"{words(texts.CALL_TITLE)}: " + words(texts.CALLER_OF).format(
        number=share[0], callers=share[1]
    )
    banners = (words(texts.PERSONAL_WARNING),)
    frame = Frame4(
        title, number, digest, banners, words(msg("EXERCISE")) if exercise else "",
        words(msg("page {page} of {pages}")), wide=True,
    )  # fmt: skip
    by_whom = f"{words(texts.ASKED_BY)}: ______________    {words(texts.ASKED_ON)}: ______________"
    opening = [text(title, 15, bold=True), Spacer(0, 2 * mm), text(by_whom, 8.5)]
    story = [*opening, *_script(facts, language), PageBreak()]
    for at, call in enumerate(calls, 1):
        story += [_household(at, call, place_names, language), Spacer(0, 4 * mm)]
    return pdf_bytes(frame, story)


def _script(facts: Facts, language: str) -> list[Any]:
    words = translator(language)
    heads = {
        words(each)
        for each in (texts.BEFORE_CALL, texts.SAY_FIRST, texts.ABOUT_JOURNEY, texts.ANSWERS)
    }
    lines = script_lines(facts, language)[1:]  # the warning stands in the banner
    return [
        text(line, 9.5, bold=True, spaceBefore=4) if line in heads
        else text(line, 8.5, spaceBefore=1.2)
        for line in lines
    ]  # fmt: skip


def _household(number: int, call: Call, place_names: Mapping[str, str], language: str) -> Any:
    words = translator(language)
    phones = "  ".join(call.phones) or words(texts.NO_TELEPHONE)
    place = place_of(call, place_names)
    head = plain(
        [[text(f"{number}  {place}", 10.5, bold=True), text(phones, 10.5, bold=True)]],
        [90, content_width_mm(wide=True) - 90],
    )
    parts: list[Any] = [head]
    if not call.due:
        parts.append(text(words(texts.ONLY_CHILDREN), 8.5, textColor=ALARM))
    return KeepTogether([*parts, _members(call, language)])


def _members(call: Call, language: str) -> Any:
    rows = [_heads(language)]
    commands = [by_hand(_FIRST_BY_HAND, _LAST_BY_HAND)]
    for member in call.members:
        if member.is_child:
            at = len(rows)
            commands.append(("SPAN", (_FIRST_BY_HAND, at), (7, at)))
            commands.append(("SPAN", (9, at), (13, at)))
        elif not member.due:
            commands.append(("BACKGROUND", (0, len(rows)), (-1, len(rows)), SHADE))
        rows.append(_member(member, language))
    heights = [None, *(_height(member) for member in call.members)]
    return grid(rows, _WIDTHS_MM, commands=commands, row_heights=heights)


def _height(member: CallMember) -> float:
    """Return room to write in, and for a name of three lines."""
    return float((11 if len(member.name) < 40 else 14) * mm)


def _heads(language: str) -> list[Any]:
    words = translator(language)
    choices = dict(texts.LISTS["choice"])
    named = (
        texts.CODE_HEAD, texts.NAME, texts.BORN, texts.LAST_ANSWER, texts.TOLD_HEAD, choices["go"],
        choices["stay"], choices["undecided"],
        f"{words(texts.WISH_HEAD)}, {words(texts.NEEDS_HEAD)}",
    )  # fmt: skip
    numbers = [str(n) for n, _question in enumerate(ConsentQuestion, 1)]
    return [text(words(each), 6.2, bold=True) for each in (*named, *numbers, texts.REMARKS)]


def _member(member: CallMember, language: str) -> list[Any]:
    words = translator(language)
    known = [
        text(show_code(member.code), 8.5),
        text(member.name, 9, bold=member.due),
        text(member.birth, 8.5),
        text(last_answer(member.choice, language), 7, textColor=QUIET),
    ]
    if member.is_child:
        mark = text(words(texts.CHILD_MARK), 7, textColor=QUIET)
        return [*known, mark, *[""] * 10]
    return [*known, *[""] * 11]
