"""Invented people: households, ages, names, needs, choice and who knows whom (10-exercise §3-§15).

What is made here is the truth against which the register and the estimate are measured. No list
sees it whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from safepassage.core.register.types import Choice, Consent, Need, Sex
from safepassage.exercises.dice import Dice
from safepassage.exercises.names import GivenName, NameStock, Surname, load_stock

ADULT_AGE = 18
OLDER_AGE = 65
"""A person who lives alone from this age on is counted as ``alone_older``."""

PHONE_PREFIX = "8 (000) "
"""No area or operator code of the +7 numbering plan begins with 0: nobody can be called."""


@dataclass(frozen=True, slots=True)
class Village:
    """Where people stay, with the ways in which lists write its name.

    Parameters
    ----------
    share
        Relative number of people present.
    russian, ukrainian
        Spellings; the first is the usual one.
    """

    place_id: str
    share: float
    russian: tuple[str, ...]
    ukrainian: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TruePerson:
    """One invented human being, as they really are.

    Parameters
    ----------
    surname, birth_surname
        Stems; they differ for a woman who took her husband's name.
    father
        Whose patronymic the person bears.
    birth
        Exact date.
    stay, birth_place
        Place ids; the birthplace may be any village.
    present
        False for somebody who has already left but still stands on a list.
    listable
        Standard normal: how easily any list reaches the person (shared by the household).
    """

    person_id: str
    household_id: str
    sex: Sex
    surname: Surname
    birth_surname: Surname
    given: GivenName
    father: GivenName
    birth: date
    stay: str
    birth_place: str
    phone: str
    needs: frozenset[Need]
    choice: Choice
    consent: Consent
    present: bool
    listable: float

    def age_on(self, day: date) -> int:
        """Return the age in whole years."""
        before = (day.month, day.day) < (self.birth.month, self.birth.day)
        return day.year - self.birth.year - before


@dataclass(frozen=True, slots=True)
class TrueHousehold:
    """People who live together.

    Parameters
    ----------
    kind
        A key of :data:`HOUSEHOLD_KINDS`, ``"foster"``, or ``"already_out"``.
    knows
        Household ids in the same village, symmetric.
    relative_outside
        True when a relative outside the area looks for them.
    destinations
        Place ids in order of wish; empty: any.
    apart_from
        Household ids that must not share a vehicle, symmetric.
    """

    household_id: str
    kind: str
    place_id: str
    person_ids: tuple[str, ...]
    knows: tuple[str, ...]
    relative_outside: bool
    destinations: tuple[str, ...]
    apart_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everybody, exactly.

    Parameters
    ----------
    as_of
        Date to which ages and presence refer.
    persons
        In order of person id; those present come first.
    """

    seed: int
    stock: str
    as_of: date
    villages: tuple[Village, ...]
    persons: tuple[TruePerson, ...]
    households: tuple[TrueHousehold, ...]

    @property
    def population(self) -> int:
        """Persons present in the area: what an estimate should find."""
        return sum(person.present for person in self.persons)


@dataclass(frozen=True, slots=True)
class PopulationModel:
    """Rates from which people are drawn; every one is an invention for exercises.

    Parameters
    ----------
    kinds
        (household kind, relative frequency).
    go, stay
        Probability that a household chose so; the rest is undecided.
    differs
        Probability that one adult of a larger household chose otherwise.
    consent
        Probability that a person who was asked consents to be on a manifest.
    old_families, of_an_old_family
        A village has so many old families, and a household bears one of their names with this
        probability: in villages namesakes are many.
    """

    kinds: tuple[tuple[str, float], ...] = (
        ("alone_older", 0.40),
        ("couple", 0.26),
        ("parent_and_grown_child", 0.11),
        ("family", 0.10),
        ("three_generations", 0.07),
        ("alone_middle", 0.06),
    )
    go: float = 0.80
    stay: float = 0.12
    differs: float = 0.06
    consent: float = 0.95
    took_husbands_name: float = 0.92
    relative_outside: float = 0.62
    animals: float = 0.06
    separated_children: int = 3
    already_out: int = 60
    pairs_apart: int = 14
    has_phone: float = 0.72
    born_elsewhere: float = 0.4
    old_families: int = 9
    of_an_old_family: float = 0.55


HOUSEHOLD_KINDS = tuple(kind for kind, _ in PopulationModel().kinds)


def generate_population(
    seed: int,
    villages: Sequence[Village],
    *,
    persons: int = 2200,
    as_of: date = date(2025, 2, 11),
    stock: str | NameStock = "demo",
    destinations: Sequence[str] = (),
    model: PopulationModel | None = None,
) -> Truth:
    """Invent the people of an area.

    Parameters
    ----------
    seed
        Same seed, same people.
    villages
        At least one; people spread by `share`.
    persons
        Present in the area, exactly.
    stock
        Name stock, see :data:`safepassage.exercises.names.STOCKS`, or one of the caller's own.
    destinations
        Reception centres that a household may wish for.
    model
        Rates; the documented defaults if None.

    Returns
    -------
    Truth

    Raises
    ------
    ValueError
        If `villages` is empty or `persons` is less than 1.
    """
    if not villages or persons < 1:
        raise ValueError("people need at least one village, and there must be at least one of them")
    names = load_stock(stock) if isinstance(stock, str) else stock
    maker = _Maker(seed, villages, as_of, names, model or PopulationModel())
    maker.fill(persons)
    households = _acquainted(maker.households, Dice(seed, "people", "knows"))
    households = _with_wishes(households, destinations, Dice(seed, "people", "wishes"))
    households = _kept_apart(households, maker.model.pairs_apart, Dice(seed, "people", "apart"))
    people = _with_refusal(maker.persons, as_of)
    name = stock if isinstance(stock, str) else "own"
    return Truth(seed, name, as_of, tuple(villages), tuple(people), tuple(households))


class _Member(NamedTuple):
    """A person before naming: what the household's kind decides; indices into the household."""

    sex: Sex
    age: int
    spouse_of: int | None = None
    child_of: int | None = None
    related: bool = True


class _Identity(NamedTuple):
    birth: date
    surname: Surname
    birth_surname: Surname
    given: GivenName
    father: GivenName


class _Maker:
    """Draws one household after the other, each from its own stream of dice."""

    def __init__(
        self,
        seed: int,
        villages: Sequence[Village],
        as_of: date,
        names: NameStock,
        model: PopulationModel,
    ) -> None:
        self.seed = seed
        self.villages = villages
        self.as_of = as_of
        self.names = names
        self.model = model
        self.persons: list[TruePerson] = []
        self.households: list[TrueHousehold] = []
        self.old_families = {village.place_id: self._old_families(village) for village in villages}

    def _old_families(self, village: Village) -> list[Surname]:
        dice = Dice(self.seed, "old families", village.place_id)
        return [self.names.surname(dice) for _ in range(self.model.old_families)]

    def _surname(self, place_id: str, dice: Dice) -> Surname:
        if dice.chance(self.model.of_an_old_family):
            return dice.pick(self.old_families[place_id])
        return self.names.surname(dice)

    def fill(self, persons: int) -> None:
        """Make households until exactly `persons` are present, then those who have left."""
        for _ in range(self.model.separated_children):
            self._add("foster", persons)
        while len(self.persons) < persons:
            self._add(self._kind(), persons)
        everybody = persons + self.model.already_out
        while len(self.persons) < everybody:
            self._add("already_out", everybody)

    def _kind(self) -> str:
        dice = Dice(self.seed, "household kind", str(len(self.households)))
        kinds = [kind for kind, _ in self.model.kinds]
        return dice.weighted(kinds, [weight for _, weight in self.model.kinds])

    def _add(self, kind: str, limit: int) -> None:
        dice = Dice(self.seed, "household", str(len(self.households)))
        members = _MEMBERS[kind](dice)
        room = limit - len(self.persons)
        if len(members) > room:
            members = _alone_older(dice)[:room]
            kind = "already_out" if kind == "already_out" else "alone_older"
        if members:
            self._settle(kind, members, dice)

    def _settle(self, kind: str, members: list[_Member], dice: Dice) -> None:
        village = dice.weighted(self.villages, [item.share for item in self.villages])
        household = TrueHousehold(
            household_id=f"T{len(self.households) + 1:05d}",
            kind=kind,
            place_id=village.place_id,
            person_ids=tuple(
                f"P{len(self.persons) + index + 1:06d}" for index in range(len(members))
            ),
            knows=(),
            relative_outside=dice.chance(self.model.relative_outside),
            destinations=(),
        )
        self.households.append(household)
        self.persons += self._people(household, members, dice)

    def _people(
        self, household: TrueHousehold, members: list[_Member], dice: Dice
    ) -> list[TruePerson]:
        phone = _phone(dice) if dice.chance(self.model.has_phone) else ""
        listable = dice.normal()
        choices = _choices(members, self.model, dice)
        consents = _consents(members, self.model, dice)
        animals = dice.chance(self.model.animals)
        people = []
        for index, identity in enumerate(self._identities(household.place_id, members, dice)):
            needs = _needs(members, index, dice) | ({Need.ANIMALS} if animals else set())
            people.append(
                TruePerson(
                    person_id=household.person_ids[index],
                    household_id=household.household_id,
                    sex=members[index].sex,
                    surname=identity.surname,
                    birth_surname=identity.birth_surname,
                    given=identity.given,
                    father=identity.father,
                    birth=identity.birth,
                    stay=household.place_id,
                    birth_place=self._birth_place(household.place_id, dice),
                    phone=phone,
                    needs=frozenset(needs),
                    choice=choices[index],
                    consent=consents[index],
                    present=household.kind != "already_out",
                    listable=listable,
                )
            )
        return people

    def _birth_place(self, stay: str, dice: Dice) -> str:
        moved = dice.chance(self.model.born_elsewhere)
        return dice.pick(self.villages).place_id if moved else stay

    def _identities(self, place_id: str, members: list[_Member], dice: Dice) -> list[_Identity]:
        made: list[_Identity] = []
        for member in members:
            birth = _birth_date(self.as_of, member.age, dice)
            surname, birth_surname = self._surnames(place_id, member, made, dice)
            given = self._given(member, members, made, dice)
            father = self._father(member, members, made, dice)
            made.append(_Identity(birth, surname, birth_surname, given, father))
        return made

    def _surnames(
        self, place_id: str, member: _Member, made: list[_Identity], dice: Dice
    ) -> tuple[Surname, Surname]:
        own = self._surname(place_id, dice)
        if member.child_of is not None:
            family = made[member.child_of].surname
            return family, family
        took = dice.chance(self.model.took_husbands_name)
        if member.sex is Sex.MALE or member.age < _EVER_MARRIED_AGE or not took:
            return own, own
        if member.spouse_of is not None:
            return made[member.spouse_of].surname, own
        return self._surname(place_id, dice), own

    def _given(
        self, member: _Member, members: list[_Member], made: list[_Identity], dice: Dice
    ) -> GivenName:
        taken = {
            identity.given
            for identity, other in zip(made, members, strict=False)
            if other.sex is member.sex and other.child_of == member.child_of
        }
        year = self.as_of.year - member.age
        name = self.names.given(member.sex, year, dice)
        # Two sisters of one given name would be nobody's family.
        while name in taken:
            name = self.names.given(member.sex, year, dice)
        return name

    def _father(
        self, member: _Member, members: list[_Member], made: list[_Identity], dice: Dice
    ) -> GivenName:
        if member.child_of is not None and members[member.child_of].sex is Sex.MALE:
            return made[member.child_of].given
        for identity, other in zip(made, members, strict=False):
            if member.child_of is not None and other.child_of == member.child_of:
                return identity.father
        father_born = self.as_of.year - member.age - dice.between(21, 38)
        return self.names.given(Sex.MALE, father_born, dice)


_EVER_MARRIED_AGE = 24
_SPOUSE_GAP = 4


def _alone_older(dice: Dice) -> list[_Member]:
    sex = Sex.FEMALE if dice.chance(0.76) else Sex.MALE
    return [_Member(sex, dice.between(OLDER_AGE, 91))]


def _alone_middle(dice: Dice) -> list[_Member]:
    sex = Sex.FEMALE if dice.chance(0.35) else Sex.MALE
    return [_Member(sex, dice.between(38, 64))]


def _couple(dice: Dice) -> list[_Member]:
    return _married(dice.between(52, 86), dice)


def _married(his_age: int, dice: Dice) -> list[_Member]:
    hers = max(20, his_age - dice.between(-1, _SPOUSE_GAP))
    return [_Member(Sex.MALE, his_age), _Member(Sex.FEMALE, hers, spouse_of=0)]


def _parent_and_grown_child(dice: Dice) -> list[_Member]:
    age = dice.between(66, 90)
    parent = _Member(Sex.FEMALE if dice.chance(0.8) else Sex.MALE, age)
    child = _Member(_any_sex(dice), age - dice.between(21, 36), child_of=0)
    return [parent, child]


def _family(dice: Dice) -> list[_Member]:
    parents = _married(dice.between(27, 46), dice)
    return parents + _children(parents[1].age, dice.weighted((1, 2, 3), (5, 4, 1)), 0, dice)


def _three_generations(dice: Dice) -> list[_Member]:
    his = dice.between(30, 46)
    grandmother = _Member(Sex.FEMALE, his + dice.between(20, 32))
    wife = _Member(Sex.FEMALE, max(23, his - dice.between(0, _SPOUSE_GAP)), spouse_of=1)
    couple = [_Member(Sex.MALE, his, child_of=0), wife]
    return [grandmother, *couple, *_children(wife.age, dice.between(1, 2), 1, dice)]


def _children(mothers_age: int, count: int, father: int, dice: Dice) -> list[_Member]:
    oldest = min(17, mothers_age - 19)
    first = dice.between(max(0, oldest - 8), oldest)
    ages = [max(0, first - 3 * place) for place in range(count)]
    return [_Member(_any_sex(dice), age, child_of=father) for age in ages]


def _foster(dice: Dice) -> list[_Member]:
    neighbour = _Member(Sex.FEMALE, dice.between(48, 70))
    return [neighbour, _Member(_any_sex(dice), dice.between(6, 15), related=False)]


def _already_out(dice: Dice) -> list[_Member]:
    return _couple(dice) if dice.chance(0.5) else _family(dice)


def _any_sex(dice: Dice) -> Sex:
    return Sex.FEMALE if dice.chance(0.5) else Sex.MALE


_MEMBERS: dict[str, Callable[[Dice], list[_Member]]] = {
    "alone_older": _alone_older,
    "alone_middle": _alone_middle,
    "couple": _couple,
    "parent_and_grown_child": _parent_and_grown_child,
    "family": _family,
    "three_generations": _three_generations,
    "foster": _foster,
    "already_out": _already_out,
}


def _birth_date(as_of: date, age: int, dice: Dice) -> date:
    youngest = date(as_of.year - age, as_of.month, min(as_of.day, 28))
    return youngest - timedelta(days=dice.between(0, 364))


def _phone(dice: Dice) -> str:
    digits = f"{dice.between(0, 9_999_999):07d}"
    return f"{PHONE_PREFIX}{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def _needs(members: list[_Member], index: int, dice: Dice) -> set[Need]:
    member = members[index]
    drawn = {need: dice.uniform() for need in (*_BY_AGE, Need.PREGNANT)}
    needs = {need for need, rates in _BY_AGE.items() if drawn[need] < _rate(rates, member.age)}
    if Need.STRETCHER in needs:
        needs.discard(Need.WHEELCHAIR)
    if member.sex is Sex.FEMALE and 20 <= member.age <= 40 and drawn[Need.PREGNANT] < _PREGNANT:
        needs.add(Need.PREGNANT)
    if len(members) == 1 and member.age >= OLDER_AGE:
        needs.add(Need.ALONE_OLDER)
    if not member.related:
        needs.add(Need.SEPARATED_CHILD)
    return needs


_PREGNANT = 0.05
_BY_AGE: dict[Need, tuple[tuple[int, float], ...]] = {
    Need.WHEELCHAIR: ((0, 0.003), (60, 0.02), (75, 0.06), (84, 0.10)),
    Need.STRETCHER: ((0, 0.001), (60, 0.004), (75, 0.015), (84, 0.03)),
    Need.MEDICAL_ESCORT: ((0, 0.004), (60, 0.02), (75, 0.05), (84, 0.08)),
}
"""(from age, probability) by need."""


def _rate(rates: tuple[tuple[int, float], ...], age: int) -> float:
    return [rate for from_age, rate in rates if age >= from_age][-1]


def _choices(members: list[_Member], model: PopulationModel, dice: Dice) -> list[Choice]:
    common = _one_choice(model, dice)
    adults = [index for index, member in enumerate(members) if member.age >= ADULT_AGE]
    choices = [common] * len(members)
    if len(adults) > 1 and dice.chance(model.differs):
        choices[adults[-1]] = Choice.STAY if common is Choice.GO else Choice.GO
    return choices


def _consents(members: list[_Member], model: PopulationModel, dice: Dice) -> list[Consent]:
    """Each adult answers; for a child the first adult of the household does."""
    answers = [Consent.YES if dice.chance(model.consent) else Consent.NO for _ in members]
    guardian = next(index for index, member in enumerate(members) if member.age >= ADULT_AGE)
    return [
        answers[index if member.age >= ADULT_AGE else guardian]
        for index, member in enumerate(members)
    ]


def _one_choice(model: PopulationModel, dice: Dice) -> Choice:
    drawn = dice.uniform()
    if drawn < model.go:
        return Choice.GO
    return Choice.STAY if drawn < model.go + model.stay else Choice.UNDECIDED


def _acquainted(households: list[TrueHousehold], dice: Dice) -> list[TrueHousehold]:
    """Let each household know its next neighbours and one more in the village."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for household in households:
        by_place[household.place_id].append(household.household_id)
    known: dict[str, set[str]] = defaultdict(set)
    for neighbours in by_place.values():
        for index, own in enumerate(neighbours):
            for other in {neighbours[index - 1], dice.pick(neighbours)} - {own}:
                known[own].add(other)
                known[other].add(own)
    return [
        replace(household, knows=tuple(sorted(known[household.household_id])))
        for household in households
    ]


def _with_wishes(
    households: list[TrueHousehold], destinations: Sequence[str], dice: Dice
) -> list[TrueHousehold]:
    """Give a third of the households one or two reception centres that they wish for."""
    return [replace(item, destinations=_wishes(destinations, dice)) for item in households]


def _wishes(destinations: Sequence[str], dice: Dice) -> tuple[str, ...]:
    wished = dice.weighted((0, 1, 2), (66, 24, 10))
    return tuple(dice.shuffled(destinations)[:wished])


def _kept_apart(households: list[TrueHousehold], pairs: int, dice: Dice) -> list[TrueHousehold]:
    """Choose pairs of households of one village that must not share a vehicle."""
    apart: dict[str, str] = {}
    for own in dice.shuffled(households):
        others = [other for other in own.knows if other not in apart]
        if len(apart) < 2 * pairs and others and own.household_id not in apart:
            apart |= {own.household_id: others[0], others[0]: own.household_id}
    return [
        replace(item, apart_from=(apart[item.household_id],))
        if item.household_id in apart
        else item
        for item in households
    ]


def _with_refusal(persons: list[TruePerson], as_of: date) -> list[TruePerson]:
    """Let the first person on a stretcher who chose to go refuse to be on a manifest.

    Every exercise must hold the case that a plan may not simply carry somebody in need. The person
    lives with no child, for whom the answer would count too.
    """
    with_child = {p.household_id for p in persons if p.age_on(as_of) < ADULT_AGE}
    for index, person in enumerate(persons):
        goes = person.choice is Choice.GO and Need.STRETCHER in person.needs and person.present
        if goes and person.household_id not in with_child:
            refused = replace(person, consent=Consent.NO)
            return [*persons[:index], refused, *persons[index + 1 :]]
    return persons
