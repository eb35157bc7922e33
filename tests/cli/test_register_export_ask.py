"""``register export`` and ``register ask`` as typed: one JSON document, exit codes, no names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from safepassage.adapters.store import RegisterStore
from safepassage.cli.main import run
from safepassage.core.register.entries import Answered, ClaimMade, ListReceived, PlacesGiven, Topic
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    ListRecord,
)

NAMES = ("Коваль Марія", "Бондар Петро", "Шевчук Олена")
NEXT_MONTH = (datetime.now(tz=UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
DOMAIN = ("--domain", "tracing.example.org")


@pytest.fixture
def store(new_store: Callable[..., RegisterStore]) -> Path:
    """Three persons; Maria chose to go and may be named, Olena withdrew."""
    rows = [
        ListRecord(f"council-1:{at}", "council-1", at, name, household_key=str(at),
                   birth=ApproximateDate("1960-01-01", "1960-12-31"), stay_place="Mill",
                   phone=f"+380 50 000 00 0{at}")
        for at, name in enumerate(NAMES, 2)
    ]  # fmt: skip
    yes = tuple((question, Consent.YES) for question in ConsentQuestion)
    said = {"asked_on": "2025-02-01", "asked_by": "caller-1", "form": "oral"}
    maria = Answered("council-1:2", told=frozenset(Topic), choice=Choice.GO, consents=yes, **said)
    olena = Answered("council-1:4", consents=((ConsentQuestion.REGISTERED, Consent.NO),), **said)
    received = ListReceived("council-1", "Council", "c.csv", "00", received_on="2025-01-20")
    entries = [PlacesGiven((("mill", "Mill"),)), received, *map(ClaimMade, rows), maria, olena]
    with new_store() as made:
        made.append(entries, "clerk-1", "2025-02-02T00:00:00Z")
        return made.path


def document(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert run([*map(str, words), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_pfif_names_who_may_be_named_and_counts_the_rest(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.xml"
    words = ("register", "export", "pfif", "--register", store, "--out", out, *DOMAIN)
    made = document(capsys, *words, "--expires", NEXT_MONTH)
    assert (made["persons"], made["placeholders"]) == (1, 0)
    assert made["left_out"] == {"not asked": 1, "withdrew from the register": 1}
    text = out.read_text(encoding="utf-8")
    assert [name in text for name in NAMES] == [True, False, False]


def test_two_exports_of_one_store_keep_the_id(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = []
    for name in ("1.xml", "2.xml"):
        words = ("register", "export", "pfif", "--register", store, "--out", tmp_path / name)
        document(capsys, *words, *DOMAIN, "--expires", NEXT_MONTH)
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    ids = [text.split("<pfif:person_record_id>")[1].split("<")[0] for text in texts]
    assert ids[0] == ids[1]
    assert "council" not in texts[0]


@pytest.mark.parametrize(
    "words",
    [
        ("--expires", "2025-01-01", *DOMAIN),
        ("--expires", NEXT_MONTH, "--domain", "Not A Domain"),
        ("--expires", NEXT_MONTH, *DOMAIN, "--for", "everybody"),
        ("--expires", NEXT_MONTH, *DOMAIN, "--recipient", "age1nobody"),
    ],
)
def test_pfif_refuses_what_would_go_wrong(
    store: Path, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.xml"
    start = ["register", "export", "pfif", "--register", str(store), "--out", str(out)]
    assert run([*start, *words]) == 2
    assert list(tmp_path.glob("p.xml*")) == []
    assert "Коваль" not in "".join(capsys.readouterr())


def test_counts_hide_what_is_small(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("register", "export", "hxl", "--register", store, "--out", tmp_path / "h.csv")
    made = document(capsys, *words)
    assert made["all_places"]["persons"] is None
    assert made["hidden"]["small"] > 0
    assert document(capsys, *words, "--minimum", "2", "--overwrite")["all_places"]["persons"] == 3


def test_every_other_command_prints_one_document(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--register", store)
    made = document(capsys, "register", "export", "captures", *at, "--out", tmp_path / "o.csv")
    assert made["lists"] == ["council-1"]
    made = document(capsys, "register", "export", "households", *at, "--out", tmp_path / "h.csv")
    assert (made["persons"], made["withdrawn"]) == (2, 1)
    assert run(["register", "export", "households", "--register", str(store)]) == 2
    capsys.readouterr()
    made = document(capsys, "register", "ask", "form", "--out", tmp_path / "f.xlsx")
    assert made["languages"] == ["en", "uk", "ru"]
    made = document(capsys, "register", "ask", "status", *at)
    assert (made["all"]["adults"], made["all"]["informed_and_asked"], made["withdrawn"]) == (
        2,
        1,
        1,
    )


def test_a_call_list_for_a_recipient_never_lies_there_in_the_clear(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = pyrage.x25519.Identity.generate()
    words = ("register", "ask", "calls", "--register", store, "--out", tmp_path / "calls")
    made = document(
        capsys, *words, "--recipient", identity.to_public(), "--format", "csv", "--format", "xlsx"
    )
    assert (made["calls"], made["adults"]) == (1, 1)
    files = sorted((tmp_path / "calls").iterdir())
    assert [file.name for file in files] == ["calls-1.csv.age", "calls-1.xlsx.age"]
    clear = pyrage.decrypt(files[0].read_bytes(), [identity]).decode("utf-8-sig")
    assert [name in clear for name in NAMES] == [False, True, False]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "calls", "--out", "{tmp}", "--language", "fr"), 2),
        (("ask", "calls", "--out", "{tmp}", "--format", "docx"), 2),
        (("ask", "calls", "--out", "{tmp}", "--place", "nowhere"), 2),
        (("ask", "answers", "{tmp}/none.csv"), 1),
        (("export", "captures", "--out", "{tmp}/o.csv", "--stratum", "colour"), 2),
        (("export", "hxl", "--out", "{tmp}/o.csv", "--minimum", "1"), 2),
    ],
)
def test_what_cannot_be_done_is_said(
    store: Path, tmp_path: Path, words: tuple[str, ...], code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    filled = [word.format(tmp=tmp_path) for word in words]
    assert run(["register", *filled, "--register", str(store)]) == code
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    assert "failed inside itself" not in said


def test_a_file_that_holds_no_answers_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,age\nКоваль,4\n", encoding="utf-8")
    assert run(["register", "ask", "answers", str(file), "--register", str(store)]) == 1
    said = "".join(capsys.readouterr())
    assert "a column 'code'" in said
    assert "Коваль" not in said
