"""The catalogue: every message has both translations, and what is compiled is what is written."""

from __future__ import annotations

import ast
import gettext
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import safepassage
from safepassage.adapters.i18n import (
    LANGUAGES,
    catalogue_path,
    compile_mo,
    read_po,
    translator,
)

ROOT = Path(safepassage.__file__).parent
OTHERS = [language for language in LANGUAGES if language != "en"]
MARKED = ("core/agreement", "adapters/documents", "adapters/forms")


def _messages() -> Iterator[str]:
    """Every text marked with ``msg`` or given to ``translate`` in the modules that use it."""
    for folder in MARKED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _marked(node)


def _marked(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        first = node.args[0] if node.args else None
        if node.func.id in ("msg", "translate") and isinstance(first, ast.Constant):
            yield str(first.value)


def _catalogue(language: str) -> dict[str, str]:
    return read_po(catalogue_path(language, ".po").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = catalogue_path(language, ".mo").read_bytes()
    assert compiled == compile_mo(_catalogue(language)), "run python -m safepassage.adapters.i18n"


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_the_code_has_a_translation(language: str) -> None:
    messages = set(_messages())
    assert len(messages) > 100
    catalogue = _catalogue(language)
    assert [message for message in sorted(messages) if not catalogue.get(message)] == []


def test_both_languages_have_the_same_messages() -> None:
    assert _catalogue("uk").keys() == _catalogue("ru").keys()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_fields_of_their_message(language: str) -> None:
    def fields(text: str) -> set[str | None]:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}

    wrong = [m for m, t in _catalogue(language).items() if m and fields(m) != fields(t)]
    assert wrong == []


def test_each_language_keeps_to_its_own_letters() -> None:
    assert not [t for m, t in _catalogue("uk").items() if m and set(t) & set("ыэъё")]
    assert not [t for m, t in _catalogue("ru").items() if m and set(t) & set("іїєґ’")]


def test_a_language_is_found_by_its_first_part_and_english_is_itself() -> None:
    assert translator("uk-UA")("Window of silence") == "Вікно тиші"
    assert translator("ru")("Acknowledgement of receipt") == "Подтверждение получения"
    assert translator("en")("Window of silence") == "Window of silence"
    assert translator("fr")("Window of silence") == "Window of silence"
    assert translator("uk")("Nobody has written this") == "Nobody has written this"


def test_gettext_reads_what_is_compiled(tmp_path: Path) -> None:
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n", "b": "й", "a": "ґ", "none": ""}
    path = tmp_path / "x.mo"
    path.write_bytes(compile_mo(messages))
    with path.open("rb") as file:
        found = gettext.GNUTranslations(file).gettext
    assert [found(key) for key in ("a", "b", "none", "c")] == ["ґ", "й", "none", "c"]


def test_a_po_file_may_break_a_message_over_lines() -> None:
    text = '# note\nmsgid ""\n"one "\n"two"\nmsgstr "три"\n\n# end\n'
    assert read_po(text) == {"one two": "три"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', "stands twice"),
        ('msgid "a"\nnonsense\n', "no part of a message"),
        ('"a"\n', "no part of a message"),
    ],
)
def test_a_po_file_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_po(text)
