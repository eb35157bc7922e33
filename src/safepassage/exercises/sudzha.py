"""The built-in exercise: Sudzha, February 2025. Invented people in real places.

Places, public statements and public figures are real and sourced; people, lists, needs, choices,
the crossing, depots, centres, hazards, closures, what-ifs, windows and vehicles are invented; roads
and areas of control are schematic. docs/reference/exercise.md says which is which, file by file.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from safepassage.exercises.designs import SUDZHA_LISTS
from safepassage.exercises.lists import generate_lists, write_list
from safepassage.exercises.names import NameStock, read_table
from safepassage.exercises.people import Village, generate_population
from safepassage.exercises.truth import ExerciseTruth
from safepassage.scenario import schema
from safepassage.scenario.package import OTHER_RESOURCES, PackageFiles, PackageHeader
from safepassage.scenario.types import PlanningRules, RoadSource
from safepassage.scenario.writer import default_paths, write_package_json, write_table

SEED = 20250211
POPULATION = 2200
DESTINATIONS = ("rc-kursk", "rc-kurchatov", "rc-zheleznogorsk")
ROADS_ATTRIBUTION = "Schematic roads drawn for the exercise; they do not follow the ground"

_TABLES = {
    schema.PARTIES: "parties.csv",
    schema.PLACES: "places.csv",
    schema.CLAIMS: "claims.csv",
    schema.STATEMENTS: "statements.csv",
    schema.CROSSINGS: "crossings.csv",
    schema.WINDOWS: "windows.csv",
    schema.VEHICLES: "vehicles.csv",
    schema.SERVICE: "service.csv",
    schema.CLAUSES: "clauses.csv",
    schema.PROCEDURE: "procedure.csv",
    schema.ACTS: "acts.csv",
    schema.ROAD_NODES: "roads_nodes.csv",
    schema.ROAD_LINKS: "roads_links.csv",
    schema.SETTLEMENT_CONTROL: "settlement_control.csv",
    schema.HOLDER_WORDS: "holder_words.csv",
    schema.WHAT_IFS: "what_ifs.csv",
    schema.ASSUMED_HOLDERS: "assumed_holders.csv",
    schema.COMMANDS: "commands.csv",
}

HEADER = PackageHeader(
    name="sudzha-february-2025",
    title="Exercise: Sudzha, February 2025 (invented people in real places)",
    kind="exercise",
    timezone="Europe/Kyiv",
    epoch=datetime(2025, 2, 19, 22, tzinfo=UTC),
    planning_date=datetime(2025, 2, 20, 6, tzinfo=UTC),
    languages=("en", "uk", "ru"),
    planning=PlanningRules(
        need_priority=(
            ("stretcher", 3),
            ("wheelchair", 3),
            ("medical_escort", 3),
            ("pregnant", 3),
            ("separated_child", 3),
            ("child", 2),
            ("alone_older", 2),
            ("older", 2),
        ),
        max_aboard_s=6 * 3600,
        risk_weight_s=10 * 3600.0,
    ),
    roads=RoadSource(path="roads", attribution=ROADS_ATTRIBUTION, schematic=True),
)


def write_exercise(
    folder: Path, seed: int = SEED, stock: str | NameStock = "demo"
) -> ExerciseTruth:
    """Write the whole scenario folder and return the truth behind it.

    Parameters
    ----------
    folder
        Scenario folder; it is made.
    seed
        Of the people and the lists; places, roads, words and vehicles are always the same.
    stock
        Names for the people; see :func:`safepassage.exercises.people.generate_population`.

    Returns
    -------
    ExerciseTruth
        Never written into `folder`; see :func:`safepassage.exercises.truth.write_truth`.
    """
    truth = exercise_truth(seed, stock)
    paths = dict(default_paths([table.name for table in _TABLES]))
    for table, source in _TABLES.items():
        write_table(folder / paths[table.name], table, read_table("sudzha", source))
    for path in OTHER_RESOURCES.values():
        data = files("safepassage.exercises").joinpath("data", "sudzha", path)
        (folder / path).write_bytes(data.read_bytes())
    for generated in truth.lists:
        write_list(folder, generated)
    lists = tuple(generated.source for generated in truth.lists)
    names = [*paths, *OTHER_RESOURCES]
    write_package_json(folder, HEADER, PackageFiles(default_paths(names), lists))
    return truth


def exercise_truth(seed: int = SEED, stock: str | NameStock = "demo") -> ExerciseTruth:
    """Return people and lists of the exercise without writing anything.

    Parameters
    ----------
    stock
        Names for the people; see :func:`safepassage.exercises.people.generate_population`.
    """
    people = generate_population(
        seed, sudzha_villages(), persons=POPULATION, stock=stock, destinations=DESTINATIONS
    )
    return ExerciseTruth(people, generate_lists(people, SUDZHA_LISTS, seed))


def sudzha_villages() -> tuple[Village, ...]:
    """Return the villages of the exercise with the spellings of their names."""
    return tuple(
        Village(
            place_id=row["place_id"],
            share=float(row["share"]),
            russian=tuple(row["russian"].split(";")),
            ukrainian=tuple(row["ukrainian"].split(";")),
        )
        for row in read_table("sudzha", "villages.csv")
    )
