"""Documents as a liaison officer reads them: docs/spec/04a-documents.md, paragraph by paragraph."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from safepassage.adapters.documents import (
    common,
    write_calendar,
    write_manifests,
    write_notifications,
)
from safepassage.adapters.documents.common import (
    Sources,
    languages_of,
    show_clock,
    show_moment,
    show_zone,
)
from safepassage.adapters.documents.layout import QrCode
from safepassage.adapters.documents.manifest import manifest_content
from safepassage.adapters.documents.marks import qr_text
from safepassage.adapters.documents.notification import (
    CODE_WORDS,
    code_words,
    notification_content,
    suppressed,
)
from safepassage.adapters.i18n import translator
from safepassage.core.convoy.types import ConvoyProblem, Plan
from safepassage.core.ledger.canonical import digest
from safepassage.errors import MissingExtraError, UsageError
from safepassage.ids import document_token
from safepassage.scenario.types import Scenario

SECRET = b"kept by the intermediary"
World = tuple[Plan, ConvoyProblem, Scenario]


@pytest.fixture
def world(paper_plan: Plan, paper_problem: ConvoyProblem, paper_scenario: Scenario) -> World:
    return paper_plan, paper_problem, paper_scenario


@pytest.fixture
def sources(world: World, issued_at: datetime) -> Sources:
    return Sources(*world, issued_at)


def _manifest(sources: Sources, trip: int = 0, secret: bytes = SECRET) -> common.Content:
    households = sources.scenario.households or ()
    return manifest_content(sources, sources.plan.trips[trip], households, secret)


def _notification(sources: Sources, party: int) -> common.Content:
    return notification_content(sources, sources.scenario.parties[party])


def _text(pdf: Path) -> str:
    """The words of a PDF, by poppler; tests on words skip where it is not installed."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is not on this machine")
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True
    )
    return done.stdout


def test_1_the_digest_is_that_of_the_file_beside_the_pdf(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    (pdf, *_) = write_manifests(*world, tmp_path, issued_at, SECRET)
    data = pdf.with_suffix(".json").read_bytes()
    content = json.loads(data)
    sha = hashlib.sha256(data).hexdigest()
    assert sha == digest(content)
    number = content["document"]["number"]
    assert qr_text(content["document"], sha) == f"safepassage:manifest:{number}:sha256:{sha}"
    assert sha[:16] in _text(pdf)


def test_2_the_same_content_gives_the_same_bytes(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    def written(folder: Path) -> dict[str, bytes]:
        write_manifests(*world, folder, issued_at, SECRET)
        write_notifications(*world, folder, issued_at)
        write_calendar(world[2], folder / "windows.ics", issued_at)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    first, second = written(tmp_path / "one"), written(tmp_path / "two")
    assert first == second
    assert len(first) == 2 * 2 + 2 * 2 + 1


def test_3_exercise_page_count_and_proposed_window_are_marked(
    world: World,
    proposed: tuple[Scenario, ConvoyProblem],
    issued_at: datetime,
    tmp_path: Path,
) -> None:
    (exercise, *_) = write_manifests(*world, tmp_path / "e", issued_at, SECRET)
    words = _text(exercise)
    assert "EXERCISE: invented people" in words
    assert "НАВЧАННЯ" in words
    assert "page 1 of 1" in words
    scenario, problem = proposed
    (real, *_) = write_manifests(world[0], problem, scenario, tmp_path / "p", issued_at, SECRET)
    words = _text(real)
    assert "EXERCISE" not in words
    assert "this paper permits no movement" in words


def test_4_times_name_their_zone_and_stand_in_utc_too() -> None:
    assert show_moment("2025-02-20T06:00:00Z", "Europe/Kyiv") == "2025-02-20 08:00 EET (06:00 UTC)"
    assert show_moment("2025-07-20T06:00:00Z", "Europe/Kyiv") == "2025-07-20 09:00 EEST (06:00 UTC)"
    assert show_moment("2025-02-20T06:00:00Z", "UTC") == "2025-02-20 06:00 UTC"
    assert show_clock("2025-02-20T06:00:00Z", "Europe/Kyiv") == "08:00 EET (06:00 UTC)"
    assert show_clock("2025-02-20T06:00:00Z", "UTC") == "06:00 UTC"


def test_4_a_notification_says_how_far_the_zone_lies_from_utc(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    (pdf, *_) = write_notifications(*world, tmp_path, issued_at)
    assert "Europe/Kyiv: EET = UTC+02:00" in _text(pdf)
    summer = ("2025-03-29T06:00:00Z", "2025-03-31T06:00:00Z")
    assert show_zone(summer, "Europe/Kyiv") == "Europe/Kyiv: EET = UTC+02:00, EEST = UTC+03:00"


def test_5_one_manifest_per_trip_with_running_serials(sources: Sources) -> None:
    stops = _manifest(sources)["stops"]
    lines = [line for stop in stops for line in stop["lines"]]
    assert [line["serial"] for line in lines] == [1, 2, 3]
    assert [line["group"] for line in lines] == [1, 1, 2]
    assert [stop["place"]["place_id"] for stop in stops] == ["village", "town"]


def test_6_tokens_of_two_papers_cannot_be_joined(sources: Sources) -> None:
    first = _manifest(sources)
    later = _manifest(replace(sources, issued_at=sources.issued_at + timedelta(hours=1)))
    other = _manifest(sources, secret=b"another secret")
    tokens = [
        {line["token"] for stop in content["stops"] for line in stop["lines"]}
        for content in (first, later, other)
    ]
    assert len(set.union(*tokens)) == 9
    plain = json.dumps(first)
    assert not [h.token for h in sources.scenario.households or () if h.token in plain]


def test_6_the_order_of_the_lines_does_not_join_a_paper_to_the_plan(sources: Sources) -> None:
    """Seven couples at one stop: the plan lists them by token, papers do not."""
    trip = sources.plan.trips[0]
    model = next(g for g in sources.problem.groups if g.token == trip.stops[0].boards[0])
    tokens = tuple(f"H-{number}" for number in range(7))
    groups = tuple(replace(model, token=token, household_tokens=(token,)) for token in tokens)
    stop = replace(trip.stops[0], boards=tokens)
    busy = replace(sources, problem=replace(sources.problem, groups=groups))

    def order(secret: bytes) -> list[str]:
        content = manifest_content(busy, replace(trip, stops=(stop,)), (), secret)
        number = content["document"]["number"]
        key = hmac.digest(secret, number.encode(), "sha256")
        plain = {document_token(token, key): token for token in tokens}
        return [plain[line["token"]] for line in content["stops"][0]["lines"]]

    orders = [order(bytes([seed])) for seed in range(4)]
    assert all(sorted(one) == list(tokens) for one in orders)
    assert list(tokens) not in orders
    assert len({tuple(one) for one in orders}) == 4


def test_6_another_plan_gives_the_same_trip_another_number(sources: Sources) -> None:
    trip = sources.plan.trips[0]
    other = replace(trip, stops=trip.stops[:1])
    contents = [
        manifest_content(sources, one, sources.scenario.households or (), SECRET)
        for one in (trip, other)
    ]
    assert contents[0]["document"]["number"] != contents[1]["document"]["number"]


def test_7_a_line_says_who_boards_with_whom_and_to_where(sources: Sources) -> None:
    content = _manifest(sources)
    mother, child, couple = (line for stop in content["stops"] for line in stop["lines"])
    assert (child["needs"], child["children"]) == (["C"], 1)
    assert child["travels_with"] == mother["token"]
    assert (couple["seated"], couple["wheelchair"], couple["needs"]) == (2, 1, ["W", "M"])
    assert couple["centre"]["name"] == "School No. 3"
    assert {mother["onward_vehicle"], couple["onward_vehicle"]} == {"bus_2"}
    assert content["total"] == {"seated": 6, "wheelchair": 1, "stretcher": 0, "persons": 7}


def test_7_a_group_whose_rows_are_not_known_is_one_line(sources: Sources) -> None:
    content = manifest_content(sources, sources.plan.trips[1], (), SECRET)
    (line,) = content["stops"][0]["lines"]
    assert (line["stretcher"], line["needs"], "children" in line) == (1, ["L"], False)


def test_8_heads_are_in_english_and_the_operations_languages(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    assert languages_of(world[2]) == ("en", "uk", "ru")
    assert languages_of(replace(world[2], languages=("fr",))) == ("en",)
    (pdf, *_) = write_manifests(*world, tmp_path, issued_at, SECRET)
    words = _text(pdf)
    heads = ("Reception centre", "Центр прийому", "Пункт размещения", "Lower Town & Mill")
    for head in (*heads, "> bus_2", "> = onward vehicle"):
        assert head in words


def test_9_each_party_gets_its_own_language_and_the_intermediary_nothing(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    paths = write_notifications(*world, tmp_path, issued_at)
    assert [path.name for path in paths] == [
        "notification-H.pdf", "notification-H.json", "notification-R.pdf", "notification-R.json",
    ]  # fmt: skip
    ukrainian, russian = _text(paths[0]), _text(paths[2])
    assert "Повідомлення про рух" in ukrainian
    assert "Уведомление" not in ukrainian
    assert "Уведомление о передвижении" in russian
    assert "An acknowledgement confirms receipt" in russian


def test_10_the_terms_are_the_same_for_both_parties(sources: Sources) -> None:
    holding, receiving = _notification(sources, 0), _notification(sources, 1)
    assert holding["terms"] == receiving["terms"]
    assert holding["terms_digest"] == receiving["terms_digest"] == digest(holding["terms"])
    assert holding["document"]["number"] != receiving["document"]["number"]


def test_11_numbers_only_and_small_ones_suppressed(sources: Sources) -> None:
    content = _notification(sources, 0)
    assert content["terms"]["windows"][0]["persons"] == {
        "all": 8, "wheelchair": "<5", "stretcher": "<5",
    }  # fmt: skip
    assert [suppressed(n) for n in (0, 1, 4, 5)] == ["<5", "<5", "<5", 5]
    words = json.dumps(content)
    assert not [h.token for h in sources.scenario.households or () if h.token in words]


def test_12_segments_cover_every_drive(sources: Sources) -> None:
    segments = _notification(sources, 0)["terms"]["segments"]
    drives = {(s["from"]["place_id"], s["to"]["place_id"]): s["passages"] for s in segments}
    assert drives == {
        ("depot_h", "village"): 2, ("village", "town"): 1, ("village", "gate"): 1,
        ("town", "gate"): 1, ("gate", "depot_h"): 2, ("depot_r", "gate"): 1,
        ("gate", "school"): 1, ("school", "gate"): 1, ("gate", "depot_r"): 1,
    }  # fmt: skip
    together = next(s for s in segments if s["from"]["place_id"] == "depot_h")
    assert together["first_departure"] == "2025-02-20T06:00:00Z"


def test_13_vehicles_are_counted_by_side_and_type(sources: Sources) -> None:
    vehicles = _notification(sources, 1)["terms"]["vehicles"]
    assert [(v["side"], v["type"], v["count"]) for v in vehicles] == [
        ("Holding side", "Ambulance", 1), ("Holding side", "Bus", 1), ("Receiving side", "Bus", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("hours_later", "short"), [(0, False), (2, False), (3, True)])
def test_14_a_short_lead_time_is_said(sources: Sources, hours_later: int, short: bool) -> None:
    later = replace(sources, issued_at=sources.issued_at + timedelta(hours=hours_later))
    rules = _notification(later, 0)["terms"]["acknowledgement"]
    assert rules["lead_time_given_min"] == 60 * (50 - hours_later)
    assert rules["lead_time_short"] is short


def test_15_a_notification_expires_with_the_last_movement(
    sources: Sources, world: World, issued_at: datetime, tmp_path: Path
) -> None:
    content = _notification(sources, 0)
    assert content["document"]["expires_at"] == "2025-02-20T10:15:00Z"
    rules = content["terms"]["acknowledgement"]
    assert content["document"]["issued_at"] < rules["acknowledge_by"] < rules["first_movement"]
    words = _text(write_notifications(*world, tmp_path, issued_at)[0])
    assert "it is not an agreement" in words
    assert "never taken as acceptance" in words


def test_16_code_words_follow_from_the_terms_and_differ(sources: Sources) -> None:
    words = [_notification(sources, party)["terms"]["code_words"] for party in (0, 1)]
    assert words[0] == words[1]
    assert len(set(words[0].values())) == 3
    assert code_words({"other": "terms"}) != words[0]
    for language in ("uk", "ru"):
        assert len({translator(language)(word) for word in CODE_WORDS}) == len(CODE_WORDS)


def test_17_contacts_are_roles(sources: Sources) -> None:
    roles = _notification(sources, 0)["terms"]["contact_roles"]
    assert "Convoy leader" in roles
    assert not any(character.isdigit() for role in roles for character in role)


def test_18_the_calendar_says_what_is_accepted_and_whom_it_asks(
    world: World,
    proposed: tuple[Scenario, ConvoyProblem],
    issued_at: datetime,
    tmp_path: Path,
) -> None:
    from icalendar import Calendar

    path = write_calendar(proposed[0], tmp_path / "w.ics", issued_at, method="REQUEST")
    calendar = Calendar.from_ical(path.read_bytes())
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("DTSTART").isoformat() == "2025-02-20T08:00:00+00:00"
    assert event.decoded("DTSTAMP") == issued_at
    assert event["STATUS"] == "TENTATIVE"
    assert [str(address) for address in event["ATTENDEE"]] == [
        "urn:safepassage:party:H", "urn:safepassage:party:R",
    ]  # fmt: skip
    accepted = replace(world[2], windows=(replace(world[2].windows[0], state="accepted"),))
    (again,) = Calendar.from_ical(
        write_calendar(accepted, tmp_path / "a.ics", issued_at).read_bytes()
    ).walk("VEVENT")
    assert (again["STATUS"], str(again["UID"])) == ("CONFIRMED", str(event["UID"]))
    assert str(again["SUMMARY"]).startswith("EXERCISE: ")


def test_a_calendar_method_that_does_not_exist_is_refused(
    paper_scenario: Scenario, issued_at: datetime, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="'CANCEL' is not a calendar method"):
        write_calendar(paper_scenario, tmp_path / "w.ics", issued_at, method="CANCEL")


def test_a_plan_that_moves_nobody_gives_no_paper(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    idle = (replace(world[0], trips=(), returns=(), onward=()), *world[1:])
    assert write_manifests(*idle, tmp_path, issued_at, SECRET) == ()
    assert write_notifications(*idle, tmp_path, issued_at) == ()


def test_without_the_extra_one_sentence_says_what_to_install(
    world: World, issued_at: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "find_spec", lambda _module: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'safepassage\[documents\]'"):
        write_manifests(*world, tmp_path, issued_at, SECRET)
    with pytest.raises(MissingExtraError, match="Writing a calendar"):
        write_calendar(world[2], tmp_path / "w.ics", issued_at)


def test_a_file_name_holds_nothing_a_file_system_refuses(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    odd = replace(world[0].trips[0], trip_id="day 1/bus:2")
    plan = replace(world[0], trips=(odd,))
    (pdf,) = write_manifests(plan, *world[1:], tmp_path, issued_at, SECRET)
    assert pdf == tmp_path / "manifest-day_1_bus_2.pdf"


def test_a_full_bus_runs_over_pages_with_its_heads(
    world: World, issued_at: datetime, tmp_path: Path
) -> None:
    plan, problem, scenario = world
    group = problem.groups[0]
    many = tuple(replace(group, token=f"H-X{n}", household_tokens=(f"H-X{n}",)) for n in range(60))
    stop = replace(plan.trips[0].stops[0], boards=tuple(g.token for g in many))
    full = replace(plan, trips=(replace(plan.trips[0], stops=(stop,)),))
    crowded = replace(problem, groups=many)
    (pdf,) = write_manifests(full, crowded, scenario, tmp_path, issued_at, SECRET)
    pages = _text(pdf).split("\f")
    assert "page 3 of" in pages[2]
    assert "Boarded" in pages[1]


def test_a_qr_code_is_square_and_as_large_as_asked() -> None:
    code = QrCode("safepassage", 30)
    assert {len(row) for row in code.rows} == {len(code.rows)}
    assert code.width == code.height == pytest.approx(30 * 72 / 25.4)
