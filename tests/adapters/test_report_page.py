"""The report as a page: what a reader, a screen reader and an attacker find in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from safepassage.adapters.i18n import translator
from safepassage.adapters.plan_words import day, zone_words
from safepassage.adapters.report import ReportInput, render_report
from safepassage.adapters.report.page import duration_words
from safepassage.core.convoy.types import ConvoyProblem, Plan
from safepassage.core.corridor.types import ControlArea
from safepassage.scenario.types import Scenario

SQUARE = ((((35.0, 51.0), (35.3, 51.0), (35.3, 51.3), (35.0, 51.3), (35.0, 51.0)),),)


@pytest.fixture
def data(
    paper_plan: Plan,
    paper_problem: ConvoyProblem,
    paper_scenario: Scenario,
    issued_at: datetime,
    road_world,
) -> ReportInput:
    area = ControlArea("a1", "H", SQUARE, paper_scenario.planning_date, None, "invented")
    return ReportInput(
        scenario=replace(paper_scenario, control=(area,)),
        network=road_world.line(3),
        households=paper_scenario.households or (),
        problem=paper_problem,
        plan=paper_plan,
        violations=(),
        simulation=None,
        options=(),
        findings=(),
        issued_at=issued_at,
    )


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_clock_of_the_page_has_a_day_and_a_zone(data: ReportInput) -> None:
    page = render_report(data, translator("uk"), "uk")
    assert "Увесь час на цій сторінці: Europe/Kyiv, EET = UTC+02:00." in page
    assert page.count("<h3>day1, 2025-02-20") == 2
    later = replace(data.problem.windows[0], opens_s=40 * 86_400)
    both = replace(data.problem, windows=(*data.problem.windows, later))
    assert zone_words(both) == "Europe/Kyiv, EET = UTC+02:00, EEST = UTC+03:00"
    assert day(both, later) == "2025-04-01"


def test_the_map_names_the_sides(data: ReportInput) -> None:
    page = render_report(data, translator("en"))
    assert re.search(r'<text[^>]*class="holder halo t0"[^>]*>Holding side</text>', page)


def test_durations_are_in_the_readers_words() -> None:
    assert duration_words(3900, translator("en")) == "1 h 05 min"
    assert duration_words(3900, translator("uk")) == "1 год 05 хв"
    assert duration_words(240, translator("ru")) == "4 мин"


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_and_bars_stand_out_from_what_is_behind_them(data: ReportInput) -> None:
    """WCAG 2.2: 1.4.3 (4.5 to 1 for words), 1.4.11 (3 to 1 for what a drawing needs)."""
    page = render_report(data, translator("en"))
    colours = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", page))
    behind = re.search(r"\.missing\{[^}]*background:(#[0-9a-f]{6})", page)
    window = re.search(r"\.cp \.open\{fill:(#[0-9a-f]{6})", page)
    assert behind
    assert window
    for name in ("ink", "soft", "blue", "red"):
        assert _contrast(colours[name], colours["wash"]) >= 4.5, name
    for name in ("amber", "soft"):
        assert _contrast(colours[name], behind[1]) >= 4.5, name
    for name in ("drive", "boarding", "screening", "arrival"):
        bar = re.search(rf"\.cp \.{name}\{{fill:(#[0-9a-f]{{6}})", page)
        assert bar
        assert _contrast(bar[1], window[1]) >= 3, name


def test_heads_say_what_they_head_and_drawings_what_they_show(data: ReportInput) -> None:
    """WCAG 2.2: 1.3.1 (table heads, headings without a gap), 1.1.1 (drawings have a name)."""
    page = render_report(data, translator("en"))
    tags = _Tags(page).found
    assert all(attrs.get("scope") == "col" for tag, attrs in tags if tag == "th")
    levels = [int(tag[1]) for tag, _attrs in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    drawings = re.findall(r"<svg[^>]*role=\"img\"[^>]*><title>([^<]*)</title>", page)
    assert len(drawings) == page.count("<svg")
    assert all(drawings)


def test_no_text_of_a_scenario_becomes_markup_and_no_request_is_allowed(data: ReportInput) -> None:
    evil = '"><script src="http://evil.example"></script><img src=x onerror=alert(1)>'
    places = tuple(replace(place, name=place.name + evil) for place in data.scenario.places)
    statements = tuple(replace(s, speaker=evil, text=evil) for s in data.scenario.statements)
    parties = tuple(replace(party, name=evil) for party in data.scenario.parties)
    scenario = replace(
        data.scenario, places=places, statements=statements, parties=parties, title=evil
    )
    page = render_report(replace(data, scenario=scenario), translator("ru"), "ru")
    tags = _Tags(page).found
    assert not {"script", "img", "iframe", "object", "link", "base"} & {tag for tag, _ in tags}
    assert not [name for _tag, attrs in tags for name in attrs if name.startswith("on")]
    assert [a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy"] == [
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
