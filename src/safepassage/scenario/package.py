"""``datapackage.json``: what stands in the head of a scenario and which files belong to it.

The package follows Data Package 1.0 (https://specs.frictionlessdata.io/data-package/); what is
ours stands in objects named ``safepassage``, which other readers skip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from safepassage.scenario.types import SCHEMA_VERSION, PlanningRules, RoadSource, SourceList

PACKAGE_FILE = "datapackage.json"
KINDS = ("exercise", "operation")
LANGUAGES = ("en", "uk", "ru")
LIST_PREFIX = "list-"
CONTROL_PATH = "control.geojson"
HAZARDS_PATH = "hazards.geojson"
CLOSURES_PATH = "closures.geojson"
DELAYS_PATH = "delays.toml"
EXTRACT_SUFFIXES = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
ROAD_TABLES = {"road_nodes": "nodes.csv", "road_links": "links.csv"}
"""Tables of a hand-made road network and their files in the folder that `roads` names."""

OTHER_RESOURCES = {
    "control": CONTROL_PATH,
    "hazards": HAZARDS_PATH,
    "closures": CLOSURES_PATH,
    "delays": DELAYS_PATH,
}
"""Resources that are not tables, with their default paths."""


@dataclass(frozen=True, slots=True)
class PackageHeader:
    """The head of a scenario: everything in ``datapackage.json`` but the files.

    Parameters
    ----------
    name
        Lower-case letters, digits, ``-``, ``_``, ``.`` (Data Package 1.0, ``name``).
    kind
        ``"exercise"`` or ``"operation"``.
    timezone
        IANA name.
    epoch, planning_date
        Aware moments; see :class:`safepassage.scenario.types.Scenario`.
    """

    name: str
    title: str
    kind: str
    timezone: str
    epoch: datetime
    planning_date: datetime
    languages: tuple[str, ...] = ("en",)
    planning: PlanningRules = field(default_factory=PlanningRules)
    roads: RoadSource | None = None
    schema_version: str = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files that ``datapackage.json`` lists.

    Parameters
    ----------
    paths
        (resource name, path) pairs of tables and of `control`, `hazards` and `delays`.
    lists
        Lists of people, in the order of the package.
    carried
        (property, JSON text) of what Data Package allows beside ours, such as ``licenses``, and
        ``("resources", …)`` for each resource whose name starts with ``x_``; written back as is.
    """

    paths: tuple[tuple[str, str], ...]
    lists: tuple[SourceList, ...] = ()
    carried: tuple[tuple[str, str], ...] = ()
