"""The timetables of a plan as files: CSV for machines, one HTML page and one PDF for people.

CSV cells hold tokens, ids and moments of ISO 8601 with their offset; pages speak the reader's
language and state the zone once (docs/spec/05-convoy.md §52).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from safepassage.adapters.convoy_sheet import PlanView
from safepassage.adapters.plan_words import Translate, zone_words
from safepassage.adapters.timetable_rows import (
    EVENT_WORDS,
    HouseholdRow,
    PickUpRow,
    VehicleRow,
    by_household,
    by_pick_up,
    by_vehicle,
    centre_places,
)
from safepassage.core.convoy.types import Left, SeatCount
from safepassage.units import moment_at

CSV_FILES: Final = ("by-vehicle.csv", "by-pick-up.csv", "by-household.csv")

Row = TypeVar("Row")

_FORMULA: Final = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a page: what it is about and its rows in words.

    Parameters
    ----------
    title
        A vehicle, a place; empty where the table is the only one.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def write_timetables(
    folder: Path, view: PlanView, translate: Translate = str, language: str = "en"
) -> tuple[Path, ...]:
    """Write the timetables as CSV and HTML, and as PDF where the extra ``documents`` is there.

    Parameters
    ----------
    language
        BCP 47 tag of what `translate` gives.

    Returns
    -------
    tuple of Path
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in zip(CSV_FILES, timetable_rows(view), strict=True):
        written.append(_write(folder / name, csv_text(rows)))
    written.append(_write(folder / "timetable.html", timetable_page(view, translate, language)))
    if find_spec("reportlab") is not None:
        from safepassage.adapters.timetable_pdf import write_timetable_pdf

        written.append(write_timetable_pdf(folder / "timetable.pdf", view, translate))
    return tuple(written)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def timetable_rows(view: PlanView) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Return the three timetables as cells, the head first."""
    return _vehicle_cells(view), _pick_up_cells(view), _household_cells(view)


def left_csv(left: Sequence[Left]) -> str:
    """Return who is left and why, a household a row, as CSV."""
    rows = [[one.token, str(one.persons), one.reason.value, one.detail] for one in left]
    return csv_text([["household", "persons", "reason", "detail"], *rows])


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Return CSV; a cell that a spreadsheet would take for a formula gets an apostrophe."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _moment(view: PlanView, at_s: int) -> str:
    zone = ZoneInfo(view.problem.timezone)
    return moment_at(view.problem.epoch, at_s).astimezone(zone).isoformat(timespec="seconds")


def _kinds(load: SeatCount) -> list[str]:
    return [str(load.persons), str(load.seated), str(load.wheelchair), str(load.stretcher)]


def _vehicle_cells(view: PlanView) -> list[list[str]]:
    head = [
        "vehicle_id", "vehicle_type", "window_id", "trip_id", "event", "place_id", "from", "to",
        "lane", "persons", "seated", "wheelchair", "stretcher",
    ]  # fmt: skip
    rows = [
        [
            row.vehicle_id, row.vehicle_type, row.window_id, row.trip_id, row.event.value,
            row.place_id, _moment(view, row.from_s), _moment(view, row.to_s),
            str(row.lane or ""), *_kinds(row.load),
        ]
        for row in by_vehicle(view)
    ]  # fmt: skip
    return [head, *rows]


def _pick_up_cells(view: PlanView) -> list[list[str]]:
    head = [
        "place_id", "place", "window_id", "arrive", "depart", "vehicle_id", "vehicle_type",
        "trip_id", "persons", "seated", "wheelchair", "stretcher", "households",
    ]  # fmt: skip
    rows = [
        [
            row.place_id, view.name(row.place_id), row.window_id, _moment(view, row.arrive_s),
            _moment(view, row.depart_s), row.vehicle_id, row.vehicle_type, row.trip_id,
            *_kinds(row.load), " ".join(row.tokens),
        ]
        for row in by_pick_up(view)
    ]  # fmt: skip
    return [head, *rows]


def _household_cells(view: PlanView) -> list[list[str]]:
    head = [
        "household", "travel_group", "persons", "place_id", "place", "window_id", "ready_by",
        "vehicle_id", "trip_id", "across", "onward_vehicle_id", "centre_id", "centre_arrival",
    ]  # fmt: skip
    rows = [
        [
            row.token, row.group, str(row.persons), row.place_id, view.name(row.place_id),
            row.window_id, _moment(view, row.ready_by_s), row.vehicle_id, row.trip_id,
            _moment(view, row.across_s), row.onward_vehicle_id, row.centre_id,
            _moment(view, row.arrive_s),
        ]
        for row in by_household(view)
    ]  # fmt: skip
    return [head, *rows]


# In words, for screen, page and paper.


def vehicle_sections(view: PlanView, _: Translate) -> list[Section]:
    """Return a table for each vehicle."""
    heads = (_("Day"), _("Time"), _("What"), _("Where"), _("Persons"), _("Trip"))
    return [
        Section(
            f"{vehicle_id} · {rows[0].vehicle_type}",
            heads,
            tuple(_vehicle_words(view, row, _) for row in rows),
        )
        for vehicle_id, rows in _grouped(by_vehicle(view), lambda row: row.vehicle_id)
    ]


def _vehicle_words(view: PlanView, row: VehicleRow, _: Translate) -> tuple[str, ...]:
    what = _(EVENT_WORDS[row.event])
    if row.lane:
        what += f", {_('lane')} {row.lane}"
    return (
        local_day(view, row.from_s), span_words(view, row.from_s, row.to_s), what,
        view.name(row.place_id), load_words(row.load, _), row.trip_id,
    )  # fmt: skip


def pick_up_sections(view: PlanView, _: Translate) -> list[Section]:
    """Return a table for each pick-up point."""
    heads = (_("Day"), _("Time"), _("Vehicle"), _("Persons"), _("Households"))
    return [
        Section(view.name(place_id), heads, tuple(_pick_up_words(view, row, _) for row in rows))
        for place_id, rows in _grouped(by_pick_up(view), lambda row: row.place_id)
    ]


def _pick_up_words(view: PlanView, row: PickUpRow, _: Translate) -> tuple[str, ...]:
    return (
        local_day(view, row.arrive_s), span_words(view, row.arrive_s, row.depart_s),
        f"{row.vehicle_id} · {row.vehicle_type}", load_words(row.load, _), " ".join(row.tokens),
    )  # fmt: skip


def household_sections(view: PlanView, _: Translate) -> list[Section]:
    """Return one table of every household's way."""
    heads = (
        _("Household"), _("Persons"), _("Day"), _("Pick-up point"), _("Be there by"), _("Vehicle"),
        _("Across by"), _("Onward"), _("Reception centre"), _("There by"),
    )  # fmt: skip
    rows = tuple(_household_words(view, row) for row in by_household(view))
    return [Section("", heads, rows)] if rows else []


def _household_words(view: PlanView, row: HouseholdRow) -> tuple[str, ...]:
    place = centre_places(view).get(row.centre_id, row.centre_id)
    return (
        row.token, str(row.persons), local_day(view, row.ready_by_s), view.name(row.place_id),
        view.clock(row.ready_by_s), row.vehicle_id, view.clock(row.across_s),
        row.onward_vehicle_id, view.name(place), view.clock(row.arrive_s),
    )  # fmt: skip


def _grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> list[tuple[str, list[Row]]]:
    return [(name, list(some)) for name, some in groupby(rows, key)]


def local_day(view: PlanView, at_s: int) -> str:
    """Return the local date of a moment, e.g. ``2025-02-20``."""
    return _moment(view, at_s)[:10]


def span_words(view: PlanView, from_s: int, to_s: int) -> str:
    """Return a span in local clocks; a single clock where it takes no time."""
    begin, end = view.clock(from_s), view.clock(to_s)
    return begin if begin == end else f"{begin}–{end}"


def load_words(load: SeatCount, _: Translate) -> str:
    """Return persons, with wheelchairs and stretchers named, e.g. ``12 (1 wheelchair)``."""
    parts = [
        f"{count} {_(word)}"
        for count, word in ((load.wheelchair, "wheelchair"), (load.stretcher, "stretcher"))
        if count
    ]
    if not load.persons:
        return ""
    return f"{load.persons} ({', '.join(parts)})" if parts else str(load.persons)


_STYLE: Final = """
body{margin:0 auto;max-width:1080px;padding:16px 22px;color:#1b2430;font:15px/1.45 "Noto Sans",
system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.7rem;margin:.3em 0 0}h2{font-size:1.25rem;margin:1.6em 0 .2em;border-bottom:2px solid
#9aa6b2}h3{font-size:1rem;margin:1.1em 0 .1em}p{margin:.3em 0;color:#3d4956}
.banner{background:#fff1cc;border:1px solid #b98a1e;border-radius:5px;padding:7px 12px;
color:#5d4200;font-weight:600}.handling{color:#a61b1b;font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:3px 10px 3px 0;border-bottom:1px solid #d5dce3}
th{color:#51606f}td:first-child{white-space:nowrap}nav a{margin-right:1.2em;color:#14558f}
@media print{body{max-width:none;font-size:9.5pt;padding:0}nav{display:none}h3,tr,thead{
break-inside:avoid}h2,h3{break-after:avoid}section+section{break-before:page}}
"""


_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

_META: Final = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
)


def timetable_page(view: PlanView, _: Translate, language: str = "en") -> str:
    """Return all timetables as one HTML page that needs no network."""
    parts = [
        ("vehicles", _("By vehicle"), vehicle_sections(view, _)),
        ("pick-ups", _("By pick-up point"), pick_up_sections(view, _)),
        ("households", _("By household"), household_sections(view, _)),
    ]
    banner = _("EXERCISE: not a real operation.")
    handling = _("For the intermediary's team only: exact routes and times. "
                 "Hand to nobody outside the terms.")  # fmt: skip
    links = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, title, _rows in parts)
    head = [
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8">',
        *_META,
        f"<title>{escape(_('Timetable'))} – safepassage</title>",
        f"<style>{_STYLE.strip()}</style></head><body>",
        f'<p class="banner">{escape(banner)}</p>' if view.exercise else "",
        f'<p class="handling">{escape(handling)}</p>',
        f"<h1>{escape(_('Timetable'))}: {escape(view.title)}</h1>",
        f"<p>{escape(_('All times'))}: <strong>{escape(zone_words(view.problem))}</strong></p>",
        f"<nav>{links}</nav>",
    ]
    body = [
        f'<section id="{key}"><h2>{escape(title)}</h2>'
        f"{''.join(_section_html(table) for table in tables)}</section>"
        for key, title, tables in parts
    ]
    return "\n".join([*filter(None, head), *body, "</body></html>"]) + "\n"


def _section_html(section: Section) -> str:
    title = f"<h3>{escape(section.title)}</h3>" if section.title else ""
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in section.heads)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in section.rows
    )
    return f"{title}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
