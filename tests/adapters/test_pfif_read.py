"""PFIF as registers write it."""

from __future__ import annotations

from safepassage.adapters.lists import ReadOptions
from safepassage.adapters.pfif_read import is_pfif, read_pfif
from safepassage.scenario.types import SourceList

HEAD = '<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4">'


def read(body, head=HEAD, **options):
    data = f"<?xml version='1.0'?>{head}{body}</pfif:pfif>".encode()
    return read_pfif(data, "p.xml", SourceList("p", "P", "p.xml", ()), ReadOptions(**options))


def person(inside):
    return f"<pfif:person>{inside}</pfif:person>"


def field(name, text):
    return f"<pfif:{name}>{text}</pfif:{name}>"


NAME = field("full_name", "Анна Коваль")


def test_xml_is_told_from_csv():
    assert is_pfif(b"\xef\xbb\xbf<?xml version='1.0'?><x/>")
    assert not is_pfif(b"Name,Phone\n<b>,1\n")


def test_a_note_inside_a_person_is_hers_once():
    note = (
        "<pfif:note>"
        + field("text", "seen")
        + field("last_known_location", "Суджа")
        + "</pfif:note>"
    )
    (record,) = read(person(NAME + note)).records
    assert record.stay_place == "Суджа"
    assert [name for name, _ in record.extra] == ["note 1/text", "note 1/last_known_location"]


def test_a_note_on_somebody_else_is_set_aside_whole():
    note = "<pfif:note>" + field("person_record_id", "x/9") + field("text", "hm") + "</pfif:note>"
    result = read(person(NAME) + note)
    assert result.rejects[0].cells == ("x/9", "hm")


def test_a_person_without_a_name_is_set_aside_and_a_placeholder_is_one():
    result = read(
        person(field("person_record_id", "x/1") + field("home_city", "Суджа"))
        + person(field("person_record_id", "x/2") + field("expiry_date", "2020-01-01T00:00:00Z"))
    )
    assert [reject.reasons[0][:13] for reject in result.rejects] == [
        "no name; a pe",
        "A placeholder",
    ]


def test_an_unknown_version_is_said_and_read():
    result = read(person(NAME), HEAD.replace("1.4", "9.9"))
    assert len(result.records) == 1
    assert "not known" in result.findings[0].message


def test_one_record_id_twice_is_said():
    twice = person(NAME + field("person_record_id", "x/1"))
    result = read(twice + twice)
    assert len(result.records) == 2
    assert any("record id of person 1" in each.message for each in result.findings)


def test_unread_values_are_carried():
    (record,) = read(person(NAME + field("sex", "unsaid") + field("date_of_birth", "soon"))).records
    assert {("sex", "unsaid"), ("date_of_birth", "soon")} <= set(record.extra)
