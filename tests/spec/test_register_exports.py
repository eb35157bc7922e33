"""One test per numbered rule of ``docs/spec/01f-export-and-ask.md``, §1 to §28: what leaves."""

from __future__ import annotations

import csv
import io
import stat
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyrage
import pytest

from safepassage.adapters.capture_table import read_capture_table
from safepassage.adapters.hxl import ALL_PLACES, COLUMNS, SMALL_PLACES, hxl_csv, hxl_table
from safepassage.adapters.outgoing import write_outgoing
from safepassage.adapters.pfif_write import (
    NAMESPACE,
    Audience,
    EarlierRecord,
    PfifExport,
    PfifRules,
    pfif_export,
    pfif_faults,
    read_earlier,
)
from safepassage.adapters.store import RegisterStore
from safepassage.cli.main import run as run_cli
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Exported,
    ListReceived,
    PlacesGiven,
    Topic,
)
from safepassage.core.register.households import PartyRules
from safepassage.core.register.people import PersonView, person_views
from safepassage.core.register.suppress import exposed_cells
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
    Sex,
)
from safepassage.errors import UsageError

TODAY = "2025-02-11"
ENTERED = "2025-02-02T00:00:00Z"
NOW = datetime(2025, 2, 11, 9, 0, tzinfo=UTC)
YES, NO = Consent.YES, Consent.NO
PUBLISHED = ConsentQuestion.PUBLISHED
RELATIVES = ConsentQuestion.TOLD_TO_RELATIVES
SEARCHED = ConsentQuestion.SEARCHED_FOR


def year(number: int) -> ApproximateDate:
    return ApproximateDate(f"{number}-01-01", f"{number}-12-31")


def record(record_id: str, name: str = "Іваненко Євген", **fields: Any) -> ListRecord:
    """A row of a list; `yes` and `no` are shorthand for consents asked on 1 February."""
    list_id, row = record_id.split(":")
    consents = tuple((q, YES) for q in fields.pop("yes", ()))
    consents += tuple((q, NO) for q in fields.pop("no", ()))
    if consents:
        fields = {"asked_on": "2025-02-01", "consent_form": "oral"} | fields
    defaults: dict[str, Any] = {"full_name": name, "birth": year(1960), "consents": consents}
    return ListRecord(record_id, list_id, int(row), **(defaults | fields))


def views(*people: Sequence[ListRecord], places: Sequence[str] = ()) -> tuple[PersonView, ...]:
    """Each argument is one person, in a household of one at the place of the same position."""
    persons = tuple(
        Person(f"P-{at}", tuple(r.record_id for r in own), 1.0) for at, own in enumerate(people)
    )
    homes = tuple(
        RegisterHousehold(f"H-{at}", (each.person_id,), places[at] if places else "mill", 1.0)
        for at, each in enumerate(persons)
    )
    records = tuple(r for own in people for r in own)
    return person_views(Register(records, (), persons, homes, (), ()), PartyRules(TODAY))


def export(
    people: Iterable[PersonView], audience: Audience = Audience.PUBLIC, **more: Any
) -> PfifExport:
    rules = PfifRules(
        NOW, more.pop("expires", "2025-06-01"), "tracing.example.org", "Bridge House",
        lambda record_id: "id-" + record_id.replace(":", "-").replace(" ", "."),
        more.pop("list_dates", ()), audience,
    )  # fmt: skip
    made = pfif_export(tuple(people), rules, **more)
    assert pfif_faults(made.xml) == ()
    return made


def persons_in(made: PfifExport) -> list[dict[str, str]]:
    root = ET.fromstring(made.xml)
    return [
        {c.tag.split("}")[1]: c.text or "" for c in person if not c.tag.endswith("note")}
        for person in root.iterfind(f"{{{NAMESPACE}}}person")
    ]  # fmt: skip


def note_in(made: PfifExport) -> dict[str, str] | None:
    note = ET.fromstring(made.xml).find(f".//{{{NAMESPACE}}}note")
    return None if note is None else {c.tag.split("}")[1]: c.text or "" for c in note}


# -------------------------------------------------------------------------------------- §1 to §12


@pytest.mark.parametrize(
    ("audience", "question"),
    [(Audience.PUBLIC, PUBLISHED), (Audience.RELATIVES, RELATIVES), (Audience.SEARCH, SEARCHED)],
)
def test_1_only_a_yes_to_exactly_this_names_a_person(
    audience: Audience, question: ConsentQuestion
) -> None:
    others = [q for q in ConsentQuestion if q is not question]
    people = views(
        [record("a:2", "Asked Yes", yes=[question])],
        [record("a:3", "Other Yes", yes=others)],
        [record("a:4", "Said No", no=[question])],
        [record("a:5", "Not Asked")],
    )
    made = export(people, audience)
    assert [each["full_name"] for each in persons_in(made)] == ["Asked Yes"]
    assert dict(made.left_out) == {"not asked": 2, "said no": 1}


def test_1_the_latest_answer_counts_and_on_one_day_the_cautious_one() -> None:
    def asked(day: str, answer: str) -> ListRecord:
        return record(f"l{answer}:2", asked_on=day, **{answer: [PUBLISHED]})

    later_no = [asked("2025-02-01", "yes"), asked("2025-02-03", "no")]
    later_yes = [asked("2025-02-03", "yes"), asked("2025-02-01", "no")]
    same_day = [asked("2025-02-03", "yes"), asked("2025-02-03", "no")]
    undated_no = [asked("2025-02-03", "yes"), asked("", "no")]
    found = [export(views(own)).persons for own in (later_no, later_yes, same_day, undated_no)]
    assert found == [0, 1, 0, 0]


def test_2_only_the_record_that_carries_the_yes_is_shown() -> None:
    own = [record("a:2", "Іваненко Євген", yes=[PUBLISHED]), record("b:7", "Иваненко Е. Секретов")]
    made = export(views(own))
    assert persons_in(made)[0]["full_name"] == "Іваненко Євген"
    assert "Секретов" not in made.xml.decode()
    assert made.record_ids == ("a:2",)


def test_3_who_is_left_out_is_counted_by_reason() -> None:
    people = views(
        [record("a:2", yes=[PUBLISHED])],
        [record("a:3", yes=[PUBLISHED])],
        [record("a:4", yes=[PUBLISHED], birth=year(2015))],
        [record("a:5", "", yes=[PUBLISHED])],
        [record("old:6", yes=[PUBLISHED])],
        [record("a:7", yes=[PUBLISHED], consent_form="proxy")],
    )
    made = export(
        people, withdrawn=["P-0"], contested=["a:3"],
        list_dates=(("old", "2024-01-01", "2025-01-01"),),
    )  # fmt: skip
    assert made.persons == 0
    assert set(dict(made.left_out)) == {
        "withdrew from the register", "contested", "a child, not published", "no name",
        "retention has ended", "answered by somebody else",
    }  # fmt: skip


def test_3_a_yes_by_somebody_else_is_enough_to_search_only() -> None:
    questions = list(ConsentQuestion)
    people = views([record("a:2", yes=questions, consent_form="proxy")])
    assert [export(people, audience).persons for audience in Audience] == [0, 0, 1]


def test_4_nothing_is_shown_that_a_family_could_be_harassed_with() -> None:
    secret = record(
        "a:2", "Іваненко Євгенія", yes=[PUBLISHED], maiden_name="Петренко", sex=Sex.FEMALE,
        birth=ApproximateDate("1960-04-05", "1960-04-05"), stay_place="Млин", phone="+380501234567",
        email="e@example.org", relatives=("Секретна Ольга",), documents=("hash-of-passport",),
        needs=frozenset({Need.WHEELCHAIR}), choice=Choice.GO, asked_by="staff-7",
        extra=(("remark", "hides in the cellar"),), birth_place="Хутір", household_key="K9",
    )  # fmt: skip
    made = export(views([secret]))
    shown = persons_in(made)[0]
    assert shown["date_of_birth"] == "1960"
    assert (shown["alternate_names"], shown["sex"], shown["home_city"]) == (
        "Петренко", "female", "Млин",
    )  # fmt: skip
    text = made.xml.decode()
    for hidden in ("380501234567", "e@example.org", "Секретна", "passport", "wheelchair", "cellar",
                   "staff-7", "Хутір", "K9", "04-05"):  # fmt: skip
        assert hidden not in text


def test_5_every_record_expires_when_asked_or_when_its_list_does() -> None:
    people = views([record("a:2", yes=[PUBLISHED])], [record("b:2", yes=[PUBLISHED])])
    made = export(people, list_dates=(("b", "2025-01-01", "2025-03-01"),))
    assert [each["expiry_date"] for each in persons_in(made)] == [
        "2025-06-01T00:00:00Z", "2025-03-01T00:00:00Z",
    ]  # fmt: skip


def test_6_whoever_is_published_no_more_becomes_a_placeholder() -> None:
    first = export(views([record("a:2", yes=[PUBLISHED])], [record("a:3", yes=[PUBLISHED])]))
    earlier = read_earlier(first.xml)
    second = export(
        views([record("a:2", yes=[PUBLISHED])], [record("a:3", no=[PUBLISHED])]), earlier=earlier
    )
    assert (second.persons, second.placeholders) == (1, 1)
    ghost = next(each for each in persons_in(second) if "full_name" not in each)
    assert set(ghost) == {"person_record_id", "entry_date", "source_date", "expiry_date"}
    assert ghost["person_record_id"].endswith("/id-a-3")


def test_6_an_expired_record_is_a_placeholder_with_its_own_expiry() -> None:
    earlier = [EarlierRecord("tracing.example.org/old", "2025-01-05T00:00:00Z")]
    ghost = persons_in(export((), earlier=earlier))[0]
    assert ghost["expiry_date"] == "2025-01-05T00:00:00Z"


def test_7_a_person_keeps_the_id_once_published() -> None:
    earlier = read_earlier(export(views([record("b:9", yes=[PUBLISHED])])).xml)
    joined = [record("a:2", yes=[PUBLISHED], asked_on="2025-02-09"), record("b:9", yes=[PUBLISHED])]
    made = export(views(joined), earlier=earlier)
    assert persons_in(made)[0]["person_record_id"] == "tracing.example.org/id-b-9"
    assert made.placeholders == 0


@pytest.mark.parametrize(
    ("fields", "made_contact"),
    [
        ({"yes": [PUBLISHED]}, "true"),
        ({"yes": [PUBLISHED], "consent_form": "", "status": LifeStatus.PRESENT}, "false"),
        ({"yes": [PUBLISHED], "consent_form": "", "status": LifeStatus.ALREADY_OUT}, "false"),
        ({"yes": [PUBLISHED], "consent_form": ""}, None),
        ({"yes": [PUBLISHED], "status": LifeStatus.DECEASED}, None),
    ],
)
def test_8_a_note_says_what_somebody_said_and_never_a_death(
    fields: dict[str, Any], made_contact: str | None
) -> None:
    made = export(views([record("a:2", **fields)]))
    note = note_in(made)
    assert (note and note["author_made_contact"]) == made_contact
    assert note is None or note["status"] == "believed_alive"
    assert "dead" not in made.xml.decode()


def test_9_fields_keep_the_forms_of_pfif() -> None:
    birth = ApproximateDate("1958-06-01", "1961-05-31")
    shown = persons_in(export(views([record("a:2", yes=[PUBLISHED], birth=birth)])))[0]
    assert "date_of_birth" not in shown
    assert shown["age"] == "63-67"
    assert shown["entry_date"] == "2025-02-11T09:00:00Z"
    assert list(shown)[:3] == ["person_record_id", "entry_date", "expiry_date"]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (("<pfif:full_name>X</pfif:full_name>", ""), "full_name is missing"),
        (("2025-06-01T00:00:00Z", "2025-06-01"), "expiry_date has another form"),
        (("believed_alive", "alive"), "status is none of PFIF's"),
        (("full_name", "fullname"), "fullname is no field"),
        (("tracing.example.org/", ""), "person_record_id has another form"),
    ],
)
def test_9_the_check_finds_what_breaks_them(wrong: tuple[str, str], fault: str) -> None:
    good = export(views([record("a:2", "X", yes=[PUBLISHED])])).xml.decode()
    assert fault in " ".join(pfif_faults(good.replace(*wrong).encode()))


def test_10_a_name_is_text_whatever_it_holds() -> None:
    made = export(views([record("a:2", "<b>&\x00\x1bІ\ud800", yes=[PUBLISHED])]))
    assert persons_in(made)[0]["full_name"] == "<b>&\ufffd\ufffdІ\ufffd"


def test_11_same_register_and_moment_same_bytes() -> None:
    people = views([record("a:2", yes=[PUBLISHED])], [record("a:3", yes=[PUBLISHED])])
    assert export(people).xml == export(people[::-1]).xml


def test_12_the_file_is_its_owners_or_encrypted(tmp_path: Path) -> None:
    plain = write_outgoing(tmp_path / "new" / "p.xml", b"name")
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    identity = pyrage.x25519.Identity.generate()
    sealed = write_outgoing(tmp_path / "p.xml", b"name", [str(identity.to_public())])
    assert sealed.name == "p.xml.age"
    assert b"name" not in sealed.read_bytes()
    assert pyrage.decrypt(sealed.read_bytes(), [identity]) == b"name"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["p.xml.age"]


# ------------------------------------------------------------------------------------- §13 to §24


def crowd(sizes: dict[str, int], **fields: Any) -> tuple[PersonView, ...]:
    """People of no special kind: every second one a woman."""
    people, places = [], []
    for place, size in sizes.items():
        for at in range(size):
            sex = Sex.FEMALE if at % 2 else Sex.MALE
            people.append([record(f"{place}:{at + 2}", **({"sex": sex} | fields))])
            places.append(place)
    return views(*people, places=places)


def test_13_who_left_or_died_is_not_counted() -> None:
    out = crowd({"out": 20}, status=LifeStatus.ALREADY_OUT)
    dead = crowd({"dead": 20}, status=LifeStatus.DECEASED)
    table = hxl_table((*crowd({"mill": 40}), *out, *dead), {}, 10)
    assert table.shown()[ALL_PLACES, "persons"] == 40
    assert table.rows == ("mill",)


def test_14_the_file_has_hashtags_and_no_row_of_totals() -> None:
    table = hxl_table(crowd({"mill": 40, "ford": 60}), {"mill": "The Mill"}, 5)
    rows = list(csv.reader(io.StringIO(hxl_csv(table, on=TODAY, source="Bridge House"))))
    assert rows[1][:5] == ["#loc+name", "#affected", "#affected+hh", "#affected+f", "#affected+m"]
    assert all(tag.startswith("#") for tag in rows[1])
    assert [row[:5] for row in rows[2:]] == [
        ["The Mill", "40", "40", "20", "20"],
        ["ford", "60", "60", "30", "30"],
    ]
    assert rows[2][-3:-1] == [TODAY, "Bridge House"]


def test_15_small_places_are_counted_together() -> None:
    table = hxl_table(crowd({"a": 4, "b": 12, "mill": 90}), {}, 10)
    assert table.rows == (SMALL_PLACES,)
    table = hxl_table(crowd({"a": 14, "b": 17, "mill": 90}), {}, 10)
    assert table.rows == ("mill", SMALL_PLACES)
    assert table.merged == 2


def test_16_counts_under_the_minimum_are_not_shown() -> None:
    women = crowd({"mill": 40}, sex=Sex.FEMALE)
    men = crowd({"mill": 49}, sex=Sex.MALE)[40:]  # nine
    shown = hxl_table((*women, *men), {}, 10).shown()
    assert ("mill", "male") not in shown
    assert ("mill", "female") not in shown
    assert hxl_table((*women, *men), {}, 9).shown()["mill", "male"] == 9
    with pytest.raises(ValueError, match="at least 2"):
        hxl_table(women, {}, 1)


def test_17_zero_is_shown() -> None:
    assert hxl_table(crowd({"mill": 40}), {}, 10).shown()["mill", "need: stretcher"] == 0


def test_18_a_wish_that_everybody_shares_is_hidden() -> None:
    shown = hxl_table(crowd({"mill": 40}, choice=Choice.GO), {}, 10).shown()
    assert not any(("mill", name) in shown for name in ("want to go", "want to stay", "not asked"))
    assert hxl_table(crowd({"mill": 40}), {}, 10).shown()["mill", "not asked"] == 40


def test_19_and_22_hidden_counts_are_empty_and_look_alike() -> None:
    women = crowd({"mill": 40}, sex=Sex.FEMALE)
    men = crowd({"mill": 49}, sex=Sex.MALE)[40:]
    text = hxl_csv(hxl_table((*women, *men), {}, 10), on=TODAY, source="x")
    header, _tags, row = csv.reader(io.StringIO(text))
    cells = dict(zip(header, row, strict=True))
    assert [cells.get(name, "") for name in ("female", "male")] == ["", ""]
    assert "hidden" in cells["note"]


def test_20_no_hidden_count_can_be_told_to_within_the_minimum() -> None:
    people = (*crowd({"mill": 61, "ford": 47}), *crowd({"mill": 5, "ford": 3}, sex=Sex.UNKNOWN))
    from safepassage.adapters.hxl import _counts, _sums

    table = hxl_table(people, {}, 10)
    counts = _counts(list(people), {"mill": "mill", "ford": "ford"})
    sums = _sums(["ford", "mill"])
    assert ("mill", "sex not known") in table.suppression.small
    assert exposed_cells(counts, sums, table.suppression.small, 10)
    assert exposed_cells(counts, sums, table.suppression.hidden, 10) == set()


def test_21_further_cells_are_no_zeros_and_no_totals_where_there_is_a_choice() -> None:
    people = (*crowd({"mill": 61, "ford": 47}), *crowd({"mill": 5, "ford": 3}, sex=Sex.UNKNOWN))
    others = hxl_table(people, {}, 10).suppression.others
    assert ("mill", "persons") not in others
    assert ("mill", "age not known") not in others


def test_23_the_command_says_what_is_not_covered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("register", "export", "hxl", "--help") == 0
    assert "subtracted" in " ".join(capsys.readouterr().out.split())


def test_24_same_people_same_table() -> None:
    people = (*crowd({"mill": 61, "ford": 47}), *crowd({"mill": 5, "ford": 3}, sex=Sex.UNKNOWN))
    assert hxl_table(people, {}, 10) == hxl_table(people[::-1], {}, 10)
    assert len(COLUMNS) == 20


# ------------------------------------------------------------------------------------- §25 to §28


@pytest.fixture
def small_store(new_store: Callable[..., RegisterStore]) -> Path:
    """Two villages, one list; Maria agrees to be published, everybody else was not asked."""
    rows = [
        record(f"council-1:{at + 2}", name, stay_place=place, household_key=str(at), sex=sex,
               birth=year(1950 + at))
        for at, (name, place, sex) in enumerate([
            ("Коваль Марія", "Mill", Sex.FEMALE), ("Бондар Петро", "Mill", Sex.MALE),
            ("Шевчук Олена", "Ford", Sex.FEMALE), ("Мельник Іван", "Ford", Sex.MALE),
        ])
    ]  # fmt: skip
    said = Answered(
        "council-1:2", "2025-02-01", "caller-1", "oral", told=frozenset(Topic), choice=Choice.GO,
        consents=((PUBLISHED, YES), (ConsentQuestion.REGISTERED, YES)),
    )  # fmt: skip
    received = ListReceived("council-1", "Council", "c.csv", "00", received_on="2025-01-20")
    places = PlacesGiven((("mill", "Mill"), ("ford", "Ford")))
    with new_store() as store:
        store.append([places, received, *map(ClaimMade, rows), said], "clerk-1", ENTERED)
        return store.path


def run(*words: str | Path) -> int:
    return run_cli([str(word) for word in words])


def test_25_capture_histories_read_straight_into_the_estimate(
    small_store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o.csv"
    assert run("register", "export", "captures", "--register", small_store, "--out", out) == 0
    read = read_capture_table(out)
    assert read.table.lists == ("council-1",)
    assert read.table.observed == 4


def test_26_they_are_exact_and_for_the_team(
    small_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.csv"
    assert run("register", "export", "captures", "--register", small_store, "--out", out) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "not for publication" in capsys.readouterr().err


def test_27_small_strata_are_put_together(small_store: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    words = ["--register", small_store, "--out", out, "--stratum", "place"]
    assert run("register", "export", "captures", *words) == 0
    assert sorted(path.name for path in tmp_path.glob("o*.csv")) == ["o-rest.csv", "o.csv"]


def test_28_households_are_counts_and_tokens(small_store: Path, tmp_path: Path) -> None:
    out = tmp_path / "households.csv"
    assert run("register", "export", "households", "--register", small_store, "--out", out) == 0
    text = out.read_text(encoding="utf-8-sig")
    assert "Коваль" not in text
    assert text.count("H-") >= 4


def test_6_the_store_remembers_what_was_published(small_store: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.xml"
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    words = ["--register", small_store, "--out", out, "--expires", tomorrow,
             "--domain", "tracing.example.org"]  # fmt: skip
    assert run("register", "export", "pfif", *words) == 0
    assert "Коваль Марія" in out.read_text(encoding="utf-8")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    refused = Answered(
        "council-1:2", "2025-02-05", "caller-1", "oral", consents=((PUBLISHED, NO),)
    )  # fmt: skip
    from safepassage.adapters.store import KdfSettings, Keys

    ring = Keys(small_store.with_name("register.store.keys"), "blue heron, seven bridges",
                KdfSettings(memory_kib=64, passes=1, lanes=1))  # fmt: skip
    with RegisterStore.open(small_store, ring) as store:
        assert isinstance(store.entries()[-1].body, Exported)
        store.append([refused], "clerk-1", "2025-02-06T00:00:00Z")
    assert run("register", "export", "pfif", *words, "--overwrite") == 0
    text = out.read_text(encoding="utf-8")
    assert "Коваль" not in text
    assert text.count("<pfif:person>") == 1
    assert pfif_faults(out.read_bytes()) == ()


def test_5_a_day_that_is_not_after_today_is_refused(small_store: Path, tmp_path: Path) -> None:
    words = ["--register", small_store, "--out", tmp_path / "p.xml", "--expires", "2025-01-01",
             "--domain", "tracing.example.org"]  # fmt: skip
    assert run("register", "export", "pfif", *words) == 2
    assert not (tmp_path / "p.xml").exists()


def test_7_ids_stand_in_no_other_document(small_store: Path, tmp_path: Path) -> None:
    day = (datetime.now(tz=UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    pfif, homes = tmp_path / "p.xml", tmp_path / "h.csv"
    words = ["--register", small_store, "--expires", day, "--domain", "tracing.example.org"]
    assert run("register", "export", "pfif", "--out", pfif, *words) == 0
    assert run("register", "export", "households", "--register", small_store, "--out", homes) == 0
    public = read_earlier(pfif.read_bytes())[0].person_record_id.split("/")[1]
    assert public not in homes.read_text(encoding="utf-8-sig")


def test_12_what_is_written_stands_in_no_temporary_file(
    small_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is no such folder"))
    key = str(pyrage.x25519.Identity.generate().to_public())
    words = ["--register", small_store, "--out", tmp_path / "calls", "--recipient", key]
    kinds = [word for kind in ("csv", "xlsx", "pdf") for word in ("--format", kind)]
    assert run("register", "ask", "calls", *words, *kinds) == 0
    assert len(list((tmp_path / "calls").iterdir())) == 3
    words = ["--register", small_store, "--out", tmp_path / "h.csv"]
    assert run("register", "export", "households", *words) == 0
    assert run("register", "ask", "form", "--out", tmp_path / "f.xlsx") == 0


# -------------------------------------------------------------------------------------- §63 and §64


KEPT = {"register.store", "register.store.keys", "backup.age", "stick.key", "passphrase.txt"}


@pytest.fixture
def precious(small_store: Path, tmp_path: Path) -> dict[str, bytes]:
    """What no command may write over, by name."""
    (tmp_path / "backup.age").write_bytes(b"age-encryption.org/v1\n-> X25519 abc\n")
    (tmp_path / "stick.key").write_text("SAFEPASSAGE-KEY-1:abc\n", encoding="utf-8")
    (tmp_path / "passphrase.txt").write_text("blue heron, seven bridges", encoding="utf-8")
    (tmp_path / "list.csv").write_text("ФИО\nМороз Вера\n", encoding="utf-8")
    assert small_store.parent == tmp_path
    return {name: (tmp_path / name).read_bytes() for name in KEPT}


WRITING = (
    ("export", "pfif", "--expires", "2999-01-01", "--domain", "tracing.example.org", "--out"),
    ("export", "hxl", "--out"),
    ("export", "captures", "--out"),
    ("export", "households", "--out"),
    ("import", "{tmp}/list.csv", "--yes", "--save-map"),
    ("import", "{tmp}/list.csv", "--yes", "--rejects"),
)


@pytest.mark.parametrize("words", WRITING, ids=lambda words: f"{words[1]} {words[-1]}")
@pytest.mark.parametrize("victim", sorted(KEPT))
def test_63_no_command_writes_over_the_register_or_what_opens_it(
    precious: dict[str, bytes], words: Sequence[str], victim: str, tmp_path: Path
) -> None:
    filled = [word.format(tmp=tmp_path) for word in words]
    common = ["--register", tmp_path / "register.store", "--overwrite"]
    common += ["--passphrase-file", tmp_path / "passphrase.txt"]
    assert run("register", *filled, tmp_path / victim, *common) == 2
    assert {name: (tmp_path / name).read_bytes() for name in KEPT} == precious
    assert not (tmp_path / "register.store.linked").exists()  # refused before any work


def test_63_links_and_names_that_the_register_uses_are_refused_too(
    precious: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "by-link.csv").symlink_to(tmp_path / "register.store.keys")
    (tmp_path / "hard-link.csv").hardlink_to(tmp_path / "register.store")
    words = ["--register", tmp_path / "register.store", "--overwrite"]
    for name in ("by-link.csv", "hard-link.csv", "register.store-journal", "register.store-wal"):
        assert run("register", "export", "hxl", *words, "--out", tmp_path / name) == 2
    assert {name: (tmp_path / name).read_bytes() for name in KEPT} == precious


def test_63_without_a_register_files_are_known_by_how_they_begin(
    precious: dict[str, bytes], tmp_path: Path
) -> None:
    for name in sorted(KEPT - {"passphrase.txt"}):
        assert run("register", "ask", "form", "--overwrite", "--out", tmp_path / name) == 2
    with pytest.raises(UsageError, match="a key ring"):
        write_outgoing(tmp_path / "register.store.keys", b"x")
    assert {name: (tmp_path / name).read_bytes() for name in KEPT} == precious


def test_64_an_earlier_file_is_replaced_only_when_asked(
    small_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "calls").mkdir()
    filled = tmp_path / "calls" / "calls-1.csv"
    filled.write_text("answers of a week", encoding="utf-8")
    words = ["--register", small_store, "--out", tmp_path / "calls", "--format", "csv"]
    assert run("register", "ask", "calls", *words) == 2
    assert "calls-1.csv exists" in capsys.readouterr().err
    assert filled.read_text(encoding="utf-8") == "answers of a week"
    assert run("register", "ask", "calls", *words, "--overwrite") == 0
    assert "answers" not in filled.read_text(encoding="utf-8-sig")


def test_64_a_list_is_not_replaced_by_what_is_made_of_it(
    precious: dict[str, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    before = file.read_bytes()
    words = ["--register", tmp_path / "register.store", "--overwrite", "--yes"]
    assert run("register", "import", file, "--rejects", file, *words) == 2
    assert run("register", "link", file, "--out", tmp_path, "--overwrite") == 0
    (tmp_path / "persons.csv").write_bytes(before)
    words = ["register", "link", tmp_path / "persons.csv", "--out", tmp_path, "--overwrite"]
    assert run(*words) == 2
    assert (file.read_bytes(), (tmp_path / "persons.csv").read_bytes()) == (before, before)
    one = ["--save-map", tmp_path / "one.csv", "--rejects", tmp_path / "one.csv"]
    assert run("register", "import", file, *one, "--register", tmp_path / "register.store") == 2


def test_13_a_place_or_source_is_no_formula_in_a_spreadsheet() -> None:
    people = crowd({"=cmd|x": 40})
    table = hxl_table(people, {}, 10)
    text = hxl_csv(table, on=TODAY, source="=HYPERLINK(1)")
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell[:1] == "="]
    assert "'=cmd|x" in text
