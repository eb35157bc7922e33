"""The scenario as frozen objects: what the reader gives and the writer takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from safepassage.core.agreement.types import Party, Statement, Terms
from safepassage.core.convoy.types import (
    Crossing,
    DelayModel,
    ServiceTimes,
    Vehicle,
    Window,
)
from safepassage.core.corridor.control import DEFAULT_REACH_M
from safepassage.core.corridor.hazards import DEFAULT_HAZARD_MODEL, HazardTerms
from safepassage.core.corridor.types import (
    AssumedHolder,
    Closure,
    ControlArea,
    Hazard,
    LocalCommand,
    Place,
    SettlementFact,
    WhatIf,
)
from safepassage.core.population.types import PublicClaim
from safepassage.core.register.types import Household

SCHEMA_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class SourceList:
    """One list of people, as received.

    Parameters
    ----------
    list_id
        Short id, used in record ids and capture tables.
    path
        Relative to the scenario folder.
    mapping
        (standard column, column of the file) pairs; standard columns are the fields of
        ``ListRecord`` plus ``age``.
    encoding
        ``"auto"``, or an encoding such as ``"cp1251"``.
    compiled_by
        Party id, ``"families"``, ``"intermediary"`` or another free word.
    received_on, as_of
        ISO dates; `as_of` is the date to which ages refer.
    asks_choice
        True when the list's compilers informed each adult and asked for choice and consent.
    """

    list_id: str
    title: str
    path: str
    mapping: tuple[tuple[str, str], ...]
    compiled_by: str = ""
    received_on: str = ""
    as_of: str = ""
    encoding: str = "auto"
    delimiter: str = "auto"
    asks_choice: bool = False


@dataclass(frozen=True, slots=True)
class RoadSource:
    """Where roads come from.

    Parameters
    ----------
    path
        An OSM extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``) or a folder with
        ``nodes.csv`` and ``links.csv``, relative to the scenario folder.
    schematic
        True when drawn for an exercise; shown wherever the roads are shown.
    """

    path: str
    attribution: str
    schematic: bool = False


@dataclass(frozen=True, slots=True)
class HolderWord:
    """What a word for a holder means, as somebody of the operation has written it down.

    Parameters
    ----------
    words
        As it stands in ``settlement_control.csv``, letter for letter.
    means
        Party id, ``"contested"``, ``"truce"`` or ``"unknown"``.
    """

    words: str
    means: str


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """Choices of the operation, documented with their source in docs/spec.

    Parameters
    ----------
    need_priority
        (need or ``"child"`` or ``"older"``, weight) pairs; a travel party's priority is the
        highest that applies, at least 1.
    max_aboard_s
        None for no limit.
    risk_weight_s
        Seconds of travel worth one unit of exposure when one path is chosen for a matrix.
    snap_limit_m
        A place further from the network is refused.
    settlement_reach_m
        How far from a settlement its holder is taken to hold the ground.
    hazards
        Terms of the kinds of hazard that the operation has changed.
    hazard_age_limit
        Most times that an old observation counts; at least 1.
    """

    need_priority: tuple[tuple[str, int], ...] = ()
    max_aboard_s: int | None = None
    risk_weight_s: float = 3600.0
    snap_limit_m: float = 2000.0
    settlement_reach_m: float = DEFAULT_REACH_M
    hazards: tuple[HazardTerms, ...] = ()
    hazard_age_limit: float = DEFAULT_HAZARD_MODEL.age_factor_limit


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One operation.

    Parameters
    ----------
    folder
        Where it was read from.
    kind
        ``"exercise"`` (invented people, said on every page) or ``"operation"``.
    timezone
        IANA name of the operation's local time.
    epoch
        Aware UTC moment of second 0 of all planning times.
    planning_date
        Aware UTC moment at which control and hazards are read.
    households
        None when travel parties come from the lists through the register.
    carried
        (file, row, column, value) of unknown columns that a file was allowed to carry
        (their header starts with ``x_``); any other unknown column is refused.
    digest
        SHA-256 over every file of the package, hex.
    closures
        Rules of when stretches may be used, those of what-ifs included.
    settlements, holder_words
        Dated holders of settlements, and what their words mean.
    what_ifs, assumed_holders
        Questions that somebody entered, and the holders that they assume; never facts.
    commands
        Local commands that have to acknowledge, by role.
    """

    folder: Path
    name: str
    title: str
    kind: str
    schema_version: str
    timezone: str
    languages: tuple[str, ...]
    epoch: datetime
    planning_date: datetime
    parties: tuple[Party, ...]
    places: tuple[Place, ...]
    roads: RoadSource | None
    control: tuple[ControlArea, ...]
    hazards: tuple[Hazard, ...]
    lists: tuple[SourceList, ...]
    claims: tuple[PublicClaim, ...]
    statements: tuple[Statement, ...]
    households: tuple[Household, ...] | None
    crossings: tuple[Crossing, ...]
    windows: tuple[Window, ...]
    vehicles: tuple[Vehicle, ...]
    service: ServiceTimes | None
    delays: DelayModel | None
    terms: Terms
    planning: PlanningRules
    carried: tuple[tuple[str, int, str, str], ...] = ()
    digest: str = ""
    closures: tuple[Closure, ...] = ()
    settlements: tuple[SettlementFact, ...] = ()
    holder_words: tuple[HolderWord, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    assumed_holders: tuple[AssumedHolder, ...] = ()
    commands: tuple[LocalCommand, ...] = ()
