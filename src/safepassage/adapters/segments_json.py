"""Named segments for the agreement stage: one JSON document, and rows for the terms.

The document holds the exact line and points and is an annex: it goes to those whom the terms name,
never into a ledger. The rows name a segment by its id only, so that they may stand in one
(docs/spec/04-agreement.md §21).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from safepassage.adapters.export_words import DECIMALS, labels
from safepassage.core.agreement.types import Clause, Party, ProcedureStep, Terms
from safepassage.core.corridor.types import (
    FallBack,
    HandOver,
    LocalCommand,
    NamedSegment,
    RoadNetwork,
    SegmentWindow,
)
from safepassage.core.geo.utm import to_utm
from safepassage.scenario.types import Scenario
from safepassage.units import moment_at

FORMAT: Final = "safepassage-segments"
VERSION: Final = "1.0"
HANDLING: Final = "Annex: exact line and points. For those whom the terms name, when they need it."

Json = dict[str, Any]

_CLAUSE: Final = {
    "en": "People pass segment {segment} of the annexed route in the windows agreed, unharmed and "
    "unhindered. Its line, hand-over points, windows and fall-back points stand in the annex.",
    "uk": "Люди проходять відрізок {segment} маршруту з додатка в узгоджені вікна неушкодженими й "
    "без перешкод. Його лінію, точки передачі, вікна та пункти відходу наведено в додатку.",
    "ru": "Люди проходят отрезок {segment} маршрута из приложения в согласованные окна невредимыми "
    "и без препятствий. Его линия, точки передачи, окна и пункты отхода указаны в приложении.",
}
_STEP: Final = {
    "en": "Acknowledgement by the local command of {party} that answers for segment {segment}{role}"
    ": the order has reached it.",
    "uk": "Підтвердження місцевого командування ({party}), відповідального за відрізок {segment}: "
    "наказ до нього дійшов.",
    "ru": "Подтверждение местного командования ({party}), отвечающего за отрезок {segment}: "
    "приказ до него дошёл.",
}


def segment_windows(scenario: Scenario) -> tuple[SegmentWindow, ...]:
    """Return a scenario's windows by the place of their crossing."""
    place_of = {crossing.crossing_id: crossing.place_id for crossing in scenario.crossings}
    return tuple(
        SegmentWindow(
            window_id=window.window_id,
            place_id=place_of.get(window.crossing_id, ""),
            opens_at=moment_at(scenario.epoch, window.opens_s),
            closes_at=moment_at(scenario.epoch, window.closes_s),
            state=window.state,
        )
        for window in scenario.windows
    )


def segments_document(
    segments: Iterable[NamedSegment],
    network: RoadNetwork,
    at: datetime,
    *,
    title: str = "",
    exercise: bool = False,
) -> Json:
    """Return segments as a JSON object with a version; times are ISO 8601 with their zone.

    Parameters
    ----------
    network
        Where they run: its attribution and label go with them.
    at
        Aware moment whose control and hazards they rest on.
    exercise
        Marks the document as one of an exercise.
    """
    head: Json = {"format": FORMAT, "version": VERSION, "title": title, "exercise": exercise}
    head |= {"schematic": network.schematic, "attribution": network.attribution}
    said = labels(network, exercise=exercise)
    head |= {"notice": " ".join(said)} if said else {}
    head |= {"handling": HANDLING, "crs": "EPSG:4326, longitude and latitude in degrees"}
    return {**head, "at": at.isoformat(), "segments": [_segment(segment) for segment in segments]}


def write_segments(document: Json, path: Path) -> None:
    """Write a document of :func:`segments_document` in UTF-8, the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _segment(segment: NamedSegment) -> Json:
    return {
        "segment": segment.segment_id,
        "option": segment.option_id,
        "name": segment.name,
        "side": segment.side or None,
        "begins": _hand_over(segment.begins),
        "ends": _hand_over(segment.ends),
        "length_m": round(segment.length_m),
        "travel_time_s": segment.travel_time_s,
        "exposure": segment.exposure,
        "to_acknowledge": [_asked(segment, party) for party in segment.asked],
        "windows": [_window(window) for window in segment.windows],
        "fall_backs": [_fall_back(place) for place in segment.fall_backs],
        "meeting_points": list(segment.meeting_points),
        "oldest_fact": {
            "since": segment.oldest_at.isoformat() if segment.oldest_at else None,
            "kind": segment.oldest_kind or None,
            "age_days": _rounded(segment.oldest_age_days),
        },
        "line": [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in segment.shape],
    }


def _asked(segment: NamedSegment, party: str) -> Json:
    known = [command for command in segment.commands if command.party == party]
    return {
        "party": party,
        "commands": [_command(command) for command in known],
        "command_known": bool(known),
    }


def _command(command: LocalCommand) -> Json:
    return {
        "command": command.command_id,
        "role": command.role,
        "reached_by": [channel.value for channel in command.channels],
    }


def _hand_over(point: HandOver) -> Json:
    return {
        "name": point.name,
        "lon": round(point.lon, DECIMALS),
        "lat": round(point.lat, DECIMALS),
        "mgrs": point.mgrs or None,
        "utm": str(to_utm(point.lon, point.lat)) if point.mgrs else None,
        "at_m": round(point.at_m),
    }


def _window(window: SegmentWindow) -> Json:
    opens, closes = window.opens_at.isoformat(), window.closes_at.isoformat()
    return {
        "window": window.window_id,
        "crossing": window.place_id,
        "opens_at": opens,
        "closes_at": closes,
        "state": window.state,
    }


def _fall_back(place: FallBack) -> Json:
    return {
        "place": place.place_id,
        "name": place.name,
        "side": place.side or None,
        "lon": round(place.lon, DECIMALS),
        "lat": round(place.lat, DECIMALS),
        "minutes_to": _minutes(place.to_s),
        "minutes_back": None if place.back_s is None else _minutes(place.back_s),
    }


def _minutes(seconds: int) -> int:
    """Return whole minutes, rounded up: nobody is there before."""
    return -(-seconds // 60)


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 1)


def segment_clauses(segments: Iterable[NamedSegment]) -> tuple[Clause, ...]:
    """Return one clause a segment, in English, Ukrainian and Russian, without any position."""
    return tuple(
        Clause(
            clause_id=f"segment-{segment.segment_id}",
            title=f"Segment {segment.segment_id}",
            text=_texts(_CLAUSE, segment=segment.segment_id),
        )
        for segment in segments
    )


def segment_steps(
    segments: Iterable[NamedSegment], parties: Sequence[Party], needs: tuple[str, ...] = ()
) -> tuple[ProcedureStep, ...]:
    """Return one step of the procedure for each acknowledgement that each segment needs.

    Each step has a kind of act of its own, so that an acknowledgement of one segment, or by one of
    two commands, never completes another (04-agreement §2).

    Parameters
    ----------
    parties
        Those of the operation; a step names the role of the party that is asked. Where two parties
        have the same role, both are asked.
    needs
        Ids of the steps that come first, e.g. the notification.
    """
    role_of = {party.party_id: party for party in parties}
    return tuple(
        _step(segment, role_of[party], command, needs)
        for segment in segments
        for party in segment.asked
        if party in role_of
        for command in _commands_of(segment, party)
    )


def _commands_of(segment: NamedSegment, party: str) -> tuple[LocalCommand | None, ...]:
    """Return a party's commands of a segment, or None once where none is known."""
    known = tuple(command for command in segment.commands if command.party == party)
    return known or (None,)


def _step(
    segment: NamedSegment, party: Party, command: LocalCommand | None, needs: tuple[str, ...]
) -> ProcedureStep:
    who = command.command_id if command else party.party_id
    role = f" ({command.role})" if command else " (not named yet)"
    key = f"{segment.segment_id}-{who}"
    return ProcedureStep(
        step_id=f"acknowledged-{key}",
        act_kind=f"acknowledgement-{key}",
        by_role=party.role,
        to_role="intermediary",
        needs=needs,
        text=_texts(_STEP, segment=segment.segment_id, party=party.name, role=role),
    )


def _texts(texts: dict[str, str], **values: str) -> tuple[tuple[str, str], ...]:
    return tuple((language, text.format(**values)) for language, text in texts.items())


def with_segments(
    terms: Terms,
    segments: Sequence[NamedSegment],
    parties: Sequence[Party],
    needs: tuple[str, ...] = (),
) -> Terms:
    """Return terms with the segments' clauses and steps; those already there are kept as they are.

    Parameters
    ----------
    needs
        As in :func:`segment_steps`.
    """
    clauses = {clause.clause_id: clause for clause in terms.clauses}
    steps = {step.step_id: step for step in terms.procedure}
    new_clauses = [c for c in segment_clauses(segments) if c.clause_id not in clauses]
    new_steps = [s for s in segment_steps(segments, parties, needs) if s.step_id not in steps]
    return Terms((*terms.clauses, *new_clauses), (*terms.procedure, *new_steps), terms.acts)


def clause_rows(clauses: Iterable[Clause]) -> str:
    """Return clauses as text of ``terms/clauses.csv``, header included."""
    return _csv(
        ("clause_id", "title", "text_en", "text_uk", "text_ru", "depends_on_wider_bargain"),
        (
            (clause.clause_id, clause.title, *_in_three(clause.text), "no")
            for clause in clauses
        ),
    )  # fmt: skip


def procedure_rows(steps: Iterable[ProcedureStep]) -> str:
    """Return steps as text of ``terms/procedure.csv``, header included."""
    return _csv(
        ("step_id", "act_kind", "by_role", "to_role", "needs", "text_en", "text_uk", "text_ru"),
        (
            (step.step_id, step.act_kind, step.by_role, step.to_role, ";".join(step.needs),
             *_in_three(step.text))
            for step in steps
        ),
    )  # fmt: skip


def _in_three(text: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    words = dict(text)
    return tuple(words.get(language, "") for language in ("en", "uk", "ru"))


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
