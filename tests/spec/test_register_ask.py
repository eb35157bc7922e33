"""One test per numbered rule of ``docs/spec/01f-export-and-ask.md``, §29 to §62: asking people."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from safepassage.adapters.forms import texts
from safepassage.adapters.forms.answer_file import read_answers
from safepassage.adapters.forms.call_list import COLUMNS, call_csv, call_rows, call_xlsx
from safepassage.adapters.forms.check import survey_faults
from safepassage.adapters.forms.facts_file import read_facts
from safepassage.adapters.forms.survey import Question, ask_survey, survey_xlsx
from safepassage.adapters.forms.texts import Facts
from safepassage.adapters.forms.workbook import workbook_bytes
from safepassage.adapters.store import RegisterStore
from safepassage.cli.main import run as run_cli
from safepassage.core.register.answers import AskedWorld, GivenAnswer, JudgedAnswers, judge
from safepassage.core.register.ask import (
    CallRules,
    PersonAsked,
    ask_status,
    calls,
    code_of,
    people_asked,
    read_code,
    shared_among,
    show_code,
)
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    ListReceived,
    PlacesGiven,
    Topic,
)
from safepassage.core.register.households import PartyRules
from safepassage.core.register.people import PersonView, person_views
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Person,
    Register,
    RegisterHousehold,
)
from safepassage.errors import InputError

KEY = b"k" * 32
TODAY = "2025-02-20"
ALL = frozenset(Topic)
RULES = CallRules(KEY)


def person(record_id: str, name: str, born: int = 1960, **fields: Any) -> ListRecord:
    birth = ApproximateDate(f"{born}-01-01", f"{born}-12-31") if born else None
    list_id, row = record_id.split(":")
    return ListRecord(record_id, list_id, int(row), name, birth=birth, **fields)


MARIA = person("a:2", "Коваль Марія", phone="+380 50 000 00 01")
PETRO = person("a:3", "Коваль Петро", 1958)
SASHA = person("a:4", "Коваль Саша", 2015)
OLENA = person("a:5", "Шевчук Олена", 1990)
ORPHAN = person("a:6", "Сирота Іван", 2016)
VILLAGE = (MARIA, PETRO, SASHA, OLENA, ORPHAN)
HOMES = {"a:2": "koval", "a:3": "koval", "a:4": "koval", "a:5": "shevchuk", "a:6": "syrota"}
PLACES = {"koval": "mill", "shevchuk": "ford", "syrota": "mill"}


def village(*changed: ListRecord, joined: Sequence[tuple[str, ...]] = ()) -> tuple[PersonView, ...]:
    """Three households: a couple with a child, a woman alone, a child alone."""
    records = {r.record_id: r for r in (*VILLAGE, *changed)}
    single = [(r,) for r in records if not any(r in group for group in joined)]
    groups = sorted([*single, *joined])
    persons = tuple(Person(f"P-{own[0]}", own, 1.0) for own in groups)
    members: dict[str, list[str]] = {}
    for own in groups:
        members.setdefault(HOMES.get(own[0], "other"), []).append(f"P-{own[0]}")
    homes = tuple(
        RegisterHousehold(home, tuple(ids), PLACES.get(home, "mill"), 1.0)
        for home, ids in members.items()
    )
    register = Register(tuple(records.values()), (), persons, homes, (), ())
    return person_views(register, PartyRules(TODAY))


def said(record: ListRecord, choice: Choice = Choice.GO, **fields: Any) -> Answered:
    defaults: dict[str, Any] = {"told": ALL, "form": "oral", "outcome": "talked"}
    asked: dict[str, Any] = {"asked_on": "2025-02-10", "asked_by": "caller-1"}
    return Answered(record.record_id, choice=choice, **(defaults | asked | fields))


def tried(record: ListRecord, outcome: str, day: str = "2025-02-11") -> Answered:
    return Answered(record.record_id, day, "caller-1", "", outcome=outcome)


def asked(*answers: Answered, **more: Any) -> tuple[PersonAsked, ...]:
    return people_asked(village(), answers, **more)


def due(*answers: Answered, **rules: Any) -> set[str]:
    """Names of adults who are to be called."""
    found = calls(asked(*answers), replace(RULES, **rules))
    return {member.name for call in found for member in call.members if member.due}


def given(record: ListRecord | None, row: int = 2, **fields: Any) -> GivenAnswer:
    code = code_of(record.record_id, KEY) if record else ""
    defaults: dict[str, Any] = {
        "asked_on": "2025-02-10", "asked_by": "caller-1", "form": "oral", "told": ALL,
        "choice": Choice.GO,
    }  # fmt: skip
    return GivenAnswer(row, code, **(defaults | fields))


def judged(*answers: GivenAnswer, before: Sequence[Answered] = (), **world: Any) -> JudgedAnswers:
    views = world.pop("views", None) or village()
    records = {r.record_id: r for view in views for r in view.records}
    return judge(
        answers,
        AskedWorld(
            {code_of(r, KEY): record for r, record in records.items()},
            {r.record_id: view for view in views for r in view.records},
            world.pop("erased", frozenset()), tuple(before), TODAY,
        ),
    )  # fmt: skip


def reasons(*answers: GivenAnswer, **world: Any) -> str:
    return " | ".join(text for _row, texts_ in judged(*answers, **world).aside for text in texts_)


# ------------------------------------------------------------------------------------- §29 to §33


def test_29_one_household_is_one_call_to_adults_without_an_informed_choice() -> None:
    found = calls(asked(said(MARIA)), RULES)
    koval = next(call for call in found if call.household_id == "koval")
    assert koval.phones == ("+380 50 000 00 01",)
    assert [m.name for m in koval.members if m.due] == ["Коваль Петро"]
    assert due(said(MARIA)) == {"Коваль Петро", "Шевчук Олена"}
    assert due(said(MARIA), asked_before="2025-02-11") >= {"Коваль Марія"}


def test_29_who_left_or_withdrew_is_not_called() -> None:
    gone = replace(OLENA, status=LifeStatus.ALREADY_OUT)
    people = people_asked(village(gone), (), withdrawn=["P-a:3"])
    names = {m.name for call in calls(people, RULES) for m in call.members}
    assert names == {"Коваль Марія", "Коваль Саша", "Сирота Іван"}


def test_30_children_are_listed_and_not_asked() -> None:
    found = calls(asked(), RULES)
    koval = next(call for call in found if call.household_id == "koval")
    assert [(m.name, m.is_child, m.due) for m in koval.members][-1] == ("Коваль Саша", True, False)
    assert any(call.household_id == "syrota" and call.due == 0 for call in found)


def test_31_who_declined_or_was_missed_three_times_is_let_be() -> None:
    missed = [tried(OLENA, "not_reached", f"2025-02-1{day}") for day in (1, 2, 3)]
    answers = [tried(MARIA, "declined"), *missed]
    assert due(*answers) == {"Коваль Петро"}
    assert due(*answers, again=True) == {"Коваль Петро", "Коваль Марія", "Шевчук Олена"}
    assert "Шевчук Олена" in due(*missed[:2])


def test_32_codes_stand_for_a_record_and_forgive_typing() -> None:
    code = code_of("a:2", KEY)
    assert code_of("a:2", b"other" * 8) != code
    assert read_code(show_code(code).lower()) == code
    assert read_code(" 7k2m 9pxo") == read_code("7K2M-9PX0")
    joined = village(joined=[("a:2", "a:5")])
    for record in (MARIA, OLENA):
        assert len(judged(given(record), views=joined).taken) == 1


def test_33_calls_are_shared_evenly_with_places_together() -> None:
    shares = shared_among(calls(asked(), RULES), 2)
    assert [sum(call.due for call in share) for share in shares] == [1, 2]
    assert [{call.place_id for call in share} for share in shares] == [{"ford"}, {"mill"}]


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_33_the_list_says_first_what_is_to_be_said_and_that_it_names_people(language: str) -> None:
    rows = call_rows(calls(asked(), RULES), {}, language)
    book = openpyxl.load_workbook(io.BytesIO(call_xlsx(rows, Facts(), language)))
    script = [cell.value for cell in book["script"]["A"]]
    assert script[0] == texts.in_all(texts.PERSONAL_WARNING)[language]
    assert texts.in_all(texts.INTRODUCE)[language] in script
    assert all(texts.in_all(tell)[language] in script for tell in texts.TELL.values())
    assert [cell.value for cell in book["calls"][1]][:4] == ["household", "place", "phone", "code"]
    assert book["calls"].max_row == 2 + len(rows)


# ------------------------------------------------------------------------------------- §34 to §44


SURVEY = ask_survey(Facts(), version="2025-02-11")
AT = {question.name: at for at, question in enumerate(SURVEY.questions)}


def question(name: str) -> Question:
    return next(q for q in SURVEY.questions if q.name == name and not q.kind.startswith("end"))


def test_34_people_are_informed_before_they_are_asked_and_nothing_is_promised() -> None:
    told = [AT[f"tell_{topic.value}"] for topic in Topic]
    assert AT["introduce"] < AT["may_talk"] < min(told)
    assert max(told) < AT["told"] < AT["choice"]
    words = " ".join(text for q in SURVEY.questions if q.label for text in q.label.values())
    for promise in ("we guarantee", "will be safe", "гарантуємо", "гарантируем"):
        assert promise not in words.lower()
    assert "cannot promise" in words


def test_35_who_does_not_wish_to_talk_is_thanked_and_not_asked() -> None:
    for name in ("stop", "contact_code"):
        assert "${may_talk} = 'no'" in question(name).relevant
    assert question("stop_here").relevant == "${goes_on} = 'no'"
    assert question("adult").relevant == "${may_talk} = 'yes'"
    assert "Do not ask why" in texts.STOP


def test_36_each_adult_alone_and_no_child() -> None:
    assert question("adult").kind == "begin_repeat"
    assert question("talk").relevant == "${is_adult} = 'yes'"
    child = range(AT["child_code"], len(SURVEY.questions))
    asked_of_children = {SURVEY.questions[at].name for at in child}
    assert not asked_of_children & {"choice", *(f"consent_{q.value}" for q in ConsentQuestion)}


def test_37_choice_and_consents_wait_until_all_is_told() -> None:
    assert question("answers").relevant == "${goes_on} = 'yes' and count-selected(${told}) = 4"
    first, last = (at for at, q in enumerate(SURVEY.questions) if q.name == "answers")
    waiting = {q.name for q in SURVEY.questions[first:last]}
    assert waiting >= {"choice", *(f"consent_{q.value}" for q in ConsentQuestion)}


def test_38_three_choices_or_none_and_five_consents_not_asked_by_default() -> None:
    choices = [value for name, value, _label in SURVEY.choices if name == "choice"]
    assert choices == ["go", "stay", "undecided", "no_answer"]
    for each in ConsentQuestion:
        assert question(f"consent_{each.value}").default == "not_asked"
        assert not question(f"consent_{each.value}").required


def test_39_somebody_else_says_who_and_why() -> None:
    for name in ("proxy_who", "proxy_why"):
        assert question(name).required
        assert question(name).relevant == "${form} = 'proxy'"


def test_40_day_and_asker_are_needed() -> None:
    assert question("asked_on").required
    assert question("asked_on").constraint == ". <= today()"
    assert question("asked_by").required
    assert "[0-9]{6,}" in question("asked_by").constraint


def test_41_it_is_an_xlsform_in_three_languages() -> None:
    book = openpyxl.load_workbook(io.BytesIO(survey_xlsx(SURVEY)))
    assert book.sheetnames == ["survey", "choices", "settings"]
    header = [cell.value for cell in book["survey"][1]]
    for column in ("label::English (en)", "label::Українська (uk)", "label::Русский (ru)"):
        assert column in header
    settings = dict(
        zip(*([c.value for c in row] for row in book["settings"].iter_rows()), strict=True)
    )
    assert settings["form_id"] == "safepassage-ask"
    assert settings["version"] == "2025-02-11"


def test_42_the_form_passes_the_check() -> None:
    assert survey_faults(SURVEY) == ()


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("choice", {"kind": "select_one chioce"}, "there is no list 'chioce'"),
        ("goes_on", {"name": "told"}, "stands 2 times"),
        ("answers", {"relevant": "${later} = 'yes'"}, "which is not asked before it"),
        ("answers", {"relevant": "${goes_on} = 'maybe'"}, "which is not on its list"),
        ("answers", {"relevant": "not(${goes_on} = 'yes'"}, "brackets or quotes"),
        ("answers", {"relevant": "sleep(${goes_on})"}, "calls 'sleep'"),
        ("needs", {"wrong": None}, "does not say what is wrong"),
        ("choice", {"label": {"en": "Choose", "uk": "", "ru": "Выберите"}}, "lacks uk"),
        ("talk", {"kind": "note"}, "is closed but not open"),
        ("consent_published", {"default": "maybe"}, "the default is not on its list"),
    ],
)
def test_42_the_check_finds_what_kobo_would_refuse(
    name: str, change: dict[str, Any], fault: str
) -> None:
    broken = tuple(
        replace(q, **change) if q.name == name and not q.kind.startswith("end") else q
        for q in SURVEY.questions
    )
    assert any(fault in each for each in survey_faults(replace(SURVEY, questions=broken)))


def test_43_it_collects_no_names_numbers_positions_or_devices() -> None:
    kinds = {q.kind.split(" ")[0] for q in SURVEY.questions}
    assert not kinds & {
        "geopoint",
        "deviceid",
        "phonenumber",
        "username",
        "image",
        "audio",
        "barcode",
    }
    typed = {q.name for q in SURVEY.questions if q.kind == "text"}
    assert typed == {"asked_by", "contact_code", "code", "proxy_who", "proxy_why",
                     "destination_other", "child_code", "spoke_for"}  # fmt: skip


def test_44_an_operations_words_come_in_all_languages_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "operation.toml"
    file.write_text('[who]\nen = "Bridge House"\nuk = "Дім"\nru = "Дом"\n', encoding="utf-8")
    survey = ask_survey(read_facts(file), version="1")
    introduce = next(q for q in survey.questions if q.name == "introduce").label
    assert introduce is not None
    assert all(word in introduce[tag] for word, tag in (("Bridge", "en"), ("Дім", "uk")))
    assert survey_xlsx(survey) == survey_xlsx(ask_survey(read_facts(file), version="1"))
    file.write_text('[who]\nen = "Bridge House"\n[weather]\nen = "x"\n', encoding="utf-8")
    with pytest.raises(InputError, match="lacks 'uk'") as refused:
        read_facts(file)
    assert "'weather'" in str(refused.value)


# ------------------------------------------------------------------------------------- §45 to §57


def filled_list(language: str = "en", **cells: str) -> list[list[str]]:
    """A call list in which Maria's row is filled in."""
    rows = call_rows(calls(asked(), RULES), {}, language)
    names = [name for name, _heading in COLUMNS]
    row = next(row for row in rows if row[names.index("name")] == "Коваль Марія")
    for name, text in cells.items():
        row[names.index(name)] = text
    return rows


FILLED = {
    "outcome": "talked", "asked_on": "10.02.2025", "asked_by": "caller-1", "form": "oral",
    "told": "all", "choice": "go", "destination_1": "north", "destination_2": "any",
    "needs": "wheelchair, animals", "whereabouts": "here", "consent_published": "no",
    "consent_registered": "yes", "consent_searched_for": "not_asked",
}  # fmt: skip
AS_ENTERED = GivenAnswer(
    row=0, code=code_of("a:2", KEY), asked_on="2025-02-10", asked_by="caller-1", form="oral",
    form_id="safepassage-ask/calls-1", told=ALL, choice=Choice.GO, destinations=("north",),
    needs=frozenset({Need.WHEELCHAIR, Need.ANIMALS}), status=LifeStatus.PRESENT,
    consents=((ConsentQuestion.REGISTERED, Consent.YES), (ConsentQuestion.PUBLISHED, Consent.NO)),
)  # fmt: skip


def test_45_a_filled_call_list_comes_back_from_csv_and_workbook() -> None:
    rows = filled_list(**FILLED)
    for name, data in (("c.csv", call_csv(rows)), ("c.xlsx", call_xlsx(rows, Facts(), "uk"))):
        read = read_answers(name, data)
        assert [replace(r.given, row=0, sheet="") for r in read.rows] == [AS_ENTERED], name
        assert read.empty == len(rows) - 1


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_45_words_are_understood_as_printed(language: str) -> None:
    def word(of: str, value: str) -> str:
        return texts.in_all(dict(texts.LISTS[of])[value])[language]

    printed = FILLED | {
        "outcome": word("outcome", "talked"), "form": word("how", "oral"),
        "told": ", ".join(word("topic", topic.value) for topic in Topic),
        "choice": word("choice", "go"), "whereabouts": word("whereabouts", "here").upper(),
        "needs": f"{word('need', 'wheelchair')}; {word('need', 'animals')}",
        "consent_registered": word("consent", "yes"), "consent_published": word("consent", "no"),
        "destination_2": texts.in_all(texts.ANY_PLACE[1])[language],
    }  # fmt: skip
    read = read_answers("c.csv", call_csv(filled_list(**printed)))
    assert [replace(r.given, row=0, sheet="") for r in read.rows] == [AS_ENTERED]


def kobo_export() -> bytes:
    maria, sasha, olena = (show_code(code_of(r, KEY)) for r in ("a:2", "a:4", "a:5"))
    form = [
        ["asked_by", "asked_on", "outcome", "contact_code", "may_talk", "_uuid", "__version__",
         "_index"],
        ["caller-1", "2025-02-10", "talked", "", "yes", "u1", "2025-02-01", "1"],
        ["caller-1", "2025-02-11", "declined", olena, "", "u2", "2025-02-01", "2"],
    ]  # fmt: skip
    adult = [
        ["adult/code", "adult/form", "adult/whereabouts", "adult/talk/told",
         "adult/talk/told/terms", "adult/talk/answers/choice", "adult/talk/answers/needs",
         "adult/talk/answers/consent_registered", "_index", "_parent_index"],
        [maria, "oral", "here", " ".join(Topic), "1", "stay", "none", "yes", "1", "1"],
    ]  # fmt: skip
    child = [
        ["child/child_code", "child/spoke_for", "child/child_needs", "_index", "_parent_index"],
        [sasha, "mother", "medical_escort", "1", "1"],
    ]
    return workbook_bytes({"ask": form, "adult": adult, "child": child})


def test_45_a_kobo_export_is_joined_to_its_submissions() -> None:
    rows = {row.given.code: row.given for row in read_answers("k.xlsx", kobo_export()).rows}
    maria = rows[code_of("a:2", KEY)]
    assert (maria.asked_by, maria.asked_on, maria.choice) == ("caller-1", "2025-02-10", Choice.STAY)
    assert maria.told == ALL
    assert maria.needs == frozenset()
    assert maria.form_id == "safepassage-ask/2025-02-01"
    sasha = rows[code_of("a:4", KEY)]
    assert (sasha.child, sasha.form, sasha.proxy_who) == (True, "proxy", "mother")
    assert rows[code_of("a:5", KEY)].outcome == "declined"
    assert len(judged(*rows.values()).taken) == 3


def test_45_an_odk_archive_is_joined_too() -> None:
    code = code_of("a:2", KEY)
    main = (
        "SubmissionDate,asked_by,asked_on,outcome,may_talk,KEY,FormVersion\n"
        "x,c-1,2025-02-10,talked,yes,uuid:1,7\n"
    )
    adult = (
        "code,form,talk-told,talk-answers-choice,PARENT_KEY,KEY\n"
        f"{code},written,{' '.join(Topic)},undecided,uuid:1,uuid:1/adult[1]\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("ask.csv", main)
        archive.writestr("ask-adult.csv", adult)
    (row,) = read_answers("ask.zip", buffer.getvalue()).rows
    assert (row.given.form, row.given.choice) == ("written", Choice.UNDECIDED)
    assert (row.given.asked_by, row.given.form_id) == ("c-1", "safepassage-ask/7")


def test_46_an_answer_without_a_code_is_set_aside_and_not_lost() -> None:
    read = read_answers("c.csv", call_csv(filled_list(**(FILLED | {"code": ""}))))
    assert "has no code" in reasons(*(row.given for row in read.rows))
    text = "child_code,spoke_for,child_needs\n,mother,stretcher\n"
    (row,) = read_answers("child.csv", text.encode()).rows
    assert "has no code" in reasons(row.given)


def test_46_a_row_is_taken_whole_or_not_at_all() -> None:
    bad = FILLED | {"needs": "wheelchair, helicopter"}
    read = read_answers("c.csv", call_csv(filled_list(**bad)))
    found = judged(*(row.given for row in read.rows))
    assert found.taken == ()
    assert "column 'needs' holds w…" in " ".join(found.aside[0][1])
    assert "helicopter" not in " ".join(found.aside[0][1])


def test_47_a_code_that_stands_for_nobody() -> None:
    assert "stands for nobody" in reasons(replace(given(MARIA), code="00000000"))
    assert "has no code" in reasons(given(None))
    ghost = frozenset({"00000000"})
    assert "was erased" in reasons(replace(given(MARIA), code="00000000"), erased=ghost)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"asked_on": ""}, "on which day"),
        ({"asked_on": "2025-02-21"}, "after today"),
        ({"asked_by": ""}, "who asked"),
        ({"form": ""}, "who answered and how"),
        ({"faults": ("column 'choice' holds m…",)}, "column 'choice'"),
    ],
)
def test_48_what_an_answer_needs(fields: dict[str, Any], reason: str) -> None:
    assert reason in reasons(given(MARIA, **fields))
    assert len(judged(given(MARIA, asked_on=TODAY)).taken) == 1


def test_49_a_choice_needs_all_four_topics() -> None:
    partly = ALL - {Topic.RIGHT_TO_STAY}
    assert "had not been told: right_to_stay" in reasons(given(MARIA, told=partly))
    consent = ((ConsentQuestion.PUBLISHED, Consent.YES),)
    untold = given(MARIA, told=frozenset(), choice=Choice.NOT_ASKED, consents=consent)
    assert "had not been told" in reasons(untold)
    needs = given(MARIA, told=frozenset(), choice=Choice.NOT_ASKED, needs=frozenset())
    assert len(judged(needs).taken) == 1


def test_50_children_are_not_asked_but_their_needs_are_taken() -> None:
    assert "asks a child" in reasons(given(SASHA))
    needs = given(
        SASHA, child=True, choice=Choice.NOT_ASKED, needs=frozenset({Need.MEDICAL_ESCORT}),
        form="proxy", proxy_who="mother",
    )  # fmt: skip
    ((_row, entry),) = judged(needs).taken
    assert (entry.choice, entry.needs) == (Choice.NOT_ASKED, frozenset({Need.MEDICAL_ESCORT}))


def test_51_no_conversation_has_no_answers() -> None:
    assert "only one can be true" in reasons(given(MARIA, outcome="declined"))


def test_52_somebody_elses_answer_says_who_and_why_and_is_marked() -> None:
    assert "not who that is and why" in reasons(given(MARIA, form="proxy"))
    proxy = given(MARIA, form="proxy", proxy_who="daughter", proxy_why="is deaf")
    found = judged(proxy)
    assert (found.taken[0][1].form, found.taken[0][1].proxy) == ("proxy", "daughter; is deaf")
    assert "not relied on" in found.notes[0][1]


def test_53_rows_that_contradict_each_other_are_all_set_aside() -> None:
    go, stay = given(MARIA, 2), given(MARIA, 3, choice=Choice.STAY)
    found = judged(go, stay, given(PETRO, 4))
    assert [entry.record_id for _row, entry in found.taken] == ["a:3"]
    assert "contradicts row 3" in found.aside[0][1][0]
    two_codes = given(MARIA, 2), given(OLENA, 3, choice=Choice.STAY)
    assert len(judged(*two_codes).taken) == 2
    assert judged(*two_codes, views=village(joined=[("a:2", "a:5")])).taken == ()
    another_day = replace(stay, asked_on="2025-02-12")
    assert len(judged(go, another_day).taken) == 2


def test_54_what_is_known_is_not_taken_twice() -> None:
    first = judged(given(MARIA), given(PETRO, 3))
    again = judged(given(MARIA), given(PETRO, 3), before=[entry for _row, entry in first.taken])
    assert (len(again.taken), len(again.known), len(again.aside)) == (0, 2, 0)


def test_55_an_attempt_changes_nothing() -> None:
    attempt = given(
        MARIA, outcome="not_reached", choice=Choice.NOT_ASKED, told=frozenset(), form=""
    )  # fmt: skip
    ((_row, entry),) = judged(attempt).taken
    status = ask_status(asked(said(MARIA), entry))[0]
    assert status.informed == 1
    assert ask_status(asked(entry))[0].tried == 1


def test_56_empty_is_not_asked_and_nothing_special_is_an_answer() -> None:
    def needs(text: str) -> object:
        rows = filled_list(**(FILLED | {"needs": text}))
        return read_answers("c.csv", call_csv(rows)).rows[0].given.needs

    assert needs("") is None
    assert needs("none") == frozenset()
    wishes = filled_list(**(FILLED | {"destination_1": "any", "destination_2": ""}))
    assert read_answers("c.csv", call_csv(wishes)).rows[0].given.destinations == ()
    silent = filled_list(**(FILLED | {"destination_1": "", "destination_2": ""}))
    assert read_answers("c.csv", call_csv(silent)).rows[0].given.destinations is None


def test_57_doubtful_answers_are_taken_and_said() -> None:
    changed = judged(given(MARIA, choice=Choice.STAY), before=[said(MARIA)])
    assert len(changed.taken) == 1
    assert "same day" in changed.notes[0][1]
    dead = judged(given(OLENA), views=village(replace(OLENA, status=LifeStatus.DECEASED)))
    assert "holds for dead" in dead.notes[0][1]
    born = ApproximateDate("2006-06-01", "2008-12-31")
    young = judged(given(OLENA), views=village(replace(OLENA, birth=born)))
    assert "probably a child" in young.notes[0][1]


# ------------------------------------------------------------------------------------- §58 to §62


@pytest.mark.parametrize(
    ("fields", "informed"),
    [
        ({}, 1),
        ({"form": "written"}, 1),
        ({"form": "proxy", "proxy": "son; away"}, 0),
        ({"told": ALL - {Topic.TERMS}}, 0),
        ({"asked_by": ""}, 0),
        ({"choice": Choice.NOT_ASKED}, 0),
    ],
)
def test_58_what_makes_an_informed_choice(fields: dict[str, Any], informed: int) -> None:
    answer = said(MARIA, fields.pop("choice", Choice.GO), **fields)
    assert ask_status(asked(answer))[0].informed == informed


def test_59_the_status_adds_up_by_place_and_together() -> None:
    from_list = replace(OLENA, choice=Choice.GO)
    people = people_asked(village(from_list), [said(MARIA, Choice.STAY), tried(PETRO, "later")])
    every, ford, mill = ask_status(people)
    assert (every.adults, every.informed, every.from_lists, every.tried, every.never) == (
        3,
        1,
        1,
        1,
        0,
    )
    assert dict(every.choices) == {Choice.GO: 0, Choice.STAY: 1, Choice.UNDECIDED: 0}
    assert (ford.place_id, ford.from_lists) == ("ford", 1)
    assert (mill.place_id, mill.oldest) == ("mill", "2025-02-10")
    for row in (every, ford, mill):
        parts = row.informed + row.by_proxy + row.from_lists + row.tried + row.never
        assert parts == row.adults


def test_60_not_asked_is_never_unwilling() -> None:
    every = ask_status(asked(tried(MARIA, "declined"), tried(PETRO, "not_reached")))[0]
    assert (every.informed, every.tried, every.never) == (0, 2, 1)
    assert sum(persons for _choice, persons in every.choices) == 0


def test_61_the_latest_informed_choice_counts() -> None:
    first, later = said(MARIA, Choice.GO), said(MARIA, Choice.STAY, asked_on="2025-02-15")
    by_son = said(MARIA, Choice.GO, asked_on="2025-02-18", form="proxy", proxy="son; away")
    every = ask_status(asked(first, later, by_son))[0]
    assert dict(every.choices)[Choice.STAY] == 1
    assert every.oldest == "2025-02-15"


def test_62_and_54_through_the_commands(
    new_store: Callable[..., RegisterStore], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    received = ListReceived("a", "Council", "c.csv", "00", received_on="2025-01-20")
    places = PlacesGiven((("mill", "Mill"),))
    with new_store() as store:
        store.append([places, received, *map(ClaimMade, VILLAGE)], "c", "2025-02-02T00:00:00Z")
        path = store.path
    out = tmp_path / "calls"
    words = ["register", "ask", "calls", "--register", str(path), "--out", str(out)]
    assert run_cli([*words, "--format", "csv"]) == 0
    assert "names people" in capsys.readouterr().err
    (file,) = out.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    for row in rows:
        if row["name"] == "Коваль Марія":
            row.update(FILLED)
        if row["name"] == "Коваль Саша":
            row.update(FILLED)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    answers = ["register", "ask", "answers", str(file), "--register", str(path)]
    assert run_cli([*answers, "--check"]) == 0
    assert "1 of 2 rows would be taken" in capsys.readouterr().out
    assert run_cli(answers) == 0
    said_aside = capsys.readouterr().err
    assert "asks a child" in said_aside
    assert "Коваль" not in said_aside
    assert run_cli(answers) == 0
    assert "was taken in before" in capsys.readouterr().out
    assert run_cli(["register", "ask", "status", "--register", str(path)]) == 0
    assert "Informed and asked: 1 of 3 adults" in capsys.readouterr().out
    capsys.readouterr()
    assert run_cli(["register", "history", "--register", str(path)]) == 0
