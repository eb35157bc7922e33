"""What is published reads back as what was published; what is a placeholder stays one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from safepassage.adapters.lists import ReadOptions
from safepassage.adapters.pfif_read import read_pfif
from safepassage.adapters.pfif_write import (
    EarlierRecord,
    PfifRules,
    pfif_export,
    pfif_faults,
    read_earlier,
)
from safepassage.core.register.households import PartyRules
from safepassage.core.register.people import person_views
from safepassage.core.register.types import (
    ApproximateDate,
    Consent,
    ConsentQuestion,
    ListRecord,
    Person,
    Register,
    RegisterHousehold,
    Sex,
)
from safepassage.scenario.types import SourceList

RULES = PfifRules(
    datetime(2025, 2, 11, 9, tzinfo=UTC), "2025-06-01", "tracing.example.org", "Bridge House",
    lambda record_id: record_id.replace(":", "-").replace(" ", "."),
)  # fmt: skip
MARIA = ListRecord(
    "a:2", "a", 2, "Коваль Марія Іванівна", "Коваль", "Марія", "Іванівна", Sex.FEMALE,
    ApproximateDate("1960-01-01", "1960-12-31"), "Млин", asked_on="2025-02-01",
    consent_form="oral", maiden_name="Петренко", phone="+380501234567",
    consents=((ConsentQuestion.PUBLISHED, Consent.YES),),
)  # fmt: skip


def published(*earlier: EarlierRecord) -> bytes:
    register = Register(
        (MARIA,), (), (Person("P-1", ("a:2",), 1.0),),
        (RegisterHousehold("H-1", ("P-1",), "mill", 1.0),), (), (),
    )  # fmt: skip
    return pfif_export(person_views(register, PartyRules("2025-02-11")), RULES, earlier=earlier).xml


def test_what_is_written_is_read_back_by_the_import() -> None:
    source = SourceList("back", "Back", "p.xml", ())
    read = read_pfif(published(), "p.xml", source, ReadOptions(on="2025-03-01"))
    (back,) = read.records
    assert back.full_name == MARIA.full_name
    assert (back.surname, back.given_name, back.sex) == ("Коваль", "Марія", Sex.FEMALE)
    assert back.birth == MARIA.birth
    assert back.stay_place == "Млин"
    assert back.phone == ""


def test_a_placeholder_is_no_person_to_the_import() -> None:
    source = SourceList("back", "Back", "p.xml", ())
    data = published(EarlierRecord("tracing.example.org/gone", "2025-01-01T00:00:00Z"))
    read = read_pfif(data, "p.xml", source, ReadOptions(on="2025-03-01"))
    assert len(read.records) == 1
    assert len(read.rejects) == 1


def test_after_its_expiry_the_record_is_not_read() -> None:
    source = SourceList("back", "Back", "p.xml", ())
    read = read_pfif(published(), "p.xml", source, ReadOptions(on="2025-06-02"))
    assert read.records == ()


def test_what_was_published_is_known_from_the_file() -> None:
    assert read_earlier(published()) == (
        EarlierRecord("tracing.example.org/a-2", "2025-06-01T00:00:00Z"),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"no xml",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY e "x">]><pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4">&e;</pfif:pfif>',
    ],
)
def test_what_is_no_pfif_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="is no"):
        pfif_faults(data)
