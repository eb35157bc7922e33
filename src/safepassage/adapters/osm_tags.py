"""What the tags of an OpenStreetMap way or node mean for a vehicle: pure functions over tags.

Values follow the OpenStreetMap wiki (pages *Key:access*, *Key:oneway*, *Key:maxspeed*,
*Key:maxweight*, *Key:barrier*, *Relation:restriction*). Where the wiki leaves a choice, the choice
made here is the cautious one and is stated in ``docs/spec/03-corridor.md``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from safepassage.adapters.osm_conditions import Clause, Times, read_conditional
from safepassage.core.corridor.types import VehicleClass

Tags = Mapping[str, str]

CLASSES = tuple(VehicleClass)
ALL = (1 << len(CLASSES)) - 1
CAR, AMBULANCE, MINIBUS, BUS, TRUCK = (1 << position for position in range(len(CLASSES)))

DRIVABLE = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "service", "road", "track", "busway", "bus_guideway",
)  # fmt: skip
"""Values of ``highway`` that motor vehicles use, in the order of ``highway_names``."""

ACCESS_KEYS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (CAR, ("access", "vehicle", "motor_vehicle", "motorcar")),
    (AMBULANCE, ("access", "vehicle", "motor_vehicle", "motorcar", "emergency")),
    (MINIBUS, ("access", "vehicle", "motor_vehicle", "psv", "minibus")),
    (BUS, ("access", "vehicle", "motor_vehicle", "psv", "bus")),
    (TRUCK, ("access", "vehicle", "motor_vehicle", "goods", "hgv")),
)
"""Keys that govern each class, the most specific last."""
ACCESS_WORDS = tuple(dict.fromkeys(key for _, keys in ACCESS_KEYS for key in keys))

OPEN_VALUES = frozenset(
    (
        "yes",
        "permissive",
        "designated",
        "official",
        "destination",
        "customers",
        "delivery",
        "public",
    )
)
SHUT_VALUES = frozenset(
    ("no", "private", "agricultural", "forestry", "military", "permit", "residents", "emergency",
     "employees", "restricted", "use_sidepath", "dismount")
)  # fmt: skip

_NUMBER = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]*(?:/[^\W\d_]+)?|\"|'')\s*$")
_ANY_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(''|\"|'|[^\W\d_]+)?")
_FEET = re.compile(r"^\s*(\d+)\s*(?:'|ft)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|''|in))?\s*$")
_NO_LIMIT = frozenset(
    (
        "none",
        "unsigned",
        "default",
        "no",
        "no_sign",
        "unlimited",
        "below_default",
        "signals",
        "variable",
    )
)
_MOST_SIGNED, _LARGE = 100.0, ">100"
"""No sign bears more tonnes or metres: what a larger number without a unit is taken to count."""
_TONNES = {
    "": 1.0, _LARGE: 0.001, "t": 1.0, "ton": 1.0, "tons": 1.0, "tonne": 1.0, "tonnes": 1.0,
    "т": 1.0, "тонн": 1.0, "kg": 0.001, "kgs": 0.001, "кг": 0.001, "lbs": 0.00045359237,
    "lb": 0.00045359237, "st": 0.90718474, "lt": 1.0160469,
}  # fmt: skip
_METRES = {
    "": 1.0, _LARGE: 0.01, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0,
    "м": 1.0, "cm": 0.01, "см": 0.01, "ft": 0.3048, "feet": 0.3048, "'": 0.3048, "in": 0.0254,
    "inch": 0.0254, "inches": 0.0254, '"': 0.0254, "''": 0.0254,
}  # fmt: skip
_KMH = {
    "": 1.0, _LARGE: 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "км/ч": 1.0, "км/год": 1.0,
    "mph": 1.609344, "knots": 1.852,
}  # fmt: skip
_QUOTES = str.maketrans("’′″”“", '\'\'"""')
_IMPLICIT_KMH = {
    "walk": 7.0, "living_street": 20.0, "urban": 50.0, "rural": 90.0, "trunk": 100.0,
    "motorway": 110.0, "nsl_single": 96.6, "nsl_dual": 112.7, "bicycle_road": 30.0,
}  # fmt: skip
_ZONE = re.compile(r"^(?:[a-z]{2}(?:-[a-z]+)?:)?(?:zone:?)?(\d+)$")


class NotUnderstoodError(ValueError):
    """A tag value has no certain reading; the importer counts it.

    Parameters
    ----------
    text
        The value.
    least
        The lowest number in it, to be on the safe side of a limit; NaN where it has none.
    """

    def __init__(self, text: str, least: float = math.nan) -> None:
        super().__init__(text)
        self.least = least


def parse_weight_t(text: str) -> float:
    """Return a signed weight limit in tonnes, NaN for "no limit".

    Raises
    ------
    NotUnderstoodError
        If the value has no reading.

    Examples
    --------
    >>> parse_weight_t("3500 kg"), parse_weight_t("7,5"), parse_weight_t("none")
    (3.5, 7.5, nan)
    """
    return _smallest(text, _TONNES)


def parse_length_m(text: str) -> float:
    r"""Return a signed height or width limit in metres, NaN for "no limit".

    Raises
    ------
    NotUnderstoodError
        If the value has no reading.

    Examples
    --------
    >>> round(parse_length_m("12'6\""), 2), parse_length_m("4.2 m")
    (3.81, 4.2)
    """
    text = text.translate(_QUOTES)
    feet = _FEET.match(text)
    if feet:
        return int(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254
    return _smallest(text, _METRES)


def parse_speed_kmh(text: str) -> float:
    """Return a speed limit in km/h, NaN for "no limit" and signals; "50;70" gives the lower.

    Implicit codes such as ``XX:urban`` are read by their zone and on the low side of what
    countries use, since the table of class speeds caps them anyway.

    Raises
    ------
    NotUnderstoodError
        If the value has no reading.

    Examples
    --------
    >>> round(parse_speed_kmh("30 mph")), parse_speed_kmh("XX:urban"), parse_speed_kmh("walk")
    (48, 50.0, 7.0)
    """
    zone = text.strip().lower().rpartition(":")[2]
    if zone in _IMPLICIT_KMH:
        return _IMPLICIT_KMH[zone]
    coded = _ZONE.match(text.strip().lower().replace("zone", "zone:").replace("::", ":"))
    if coded:
        return float(coded[1])
    return _smallest(text, _KMH)


def _smallest(text: str, units: Mapping[str, float]) -> float:
    try:
        values = [_quantity(part, units) for part in text.split(";")]
    except NotUnderstoodError:
        raise NotUnderstoodError(text, _lowest_number(text, units)) from None
    return _least(*values)


def _quantity(text: str, units: Mapping[str, float]) -> float:
    if text.strip().lower() in _NO_LIMIT:
        return math.nan
    match = _NUMBER.match(text)
    unit = match[2].lower() if match else ""
    if match is None or unit not in units:
        raise NotUnderstoodError(text)
    value = float(match[1].replace(",", ".")) * units[unit]
    if value <= 0 or (not unit and value > _MOST_SIGNED and units[_LARGE] < 1.0):
        raise NotUnderstoodError(text)
    return value


def _lowest_number(text: str, units: Mapping[str, float]) -> float:
    """Return the least that any number in a text can mean; one without a unit shares another's."""
    found = [
        (float(number.replace(",", ".")), units.get(unit.lower()) if unit else None)
        for number, unit in _ANY_NUMBER.findall(text)
    ]
    shared = min((unit for _, unit in found if unit), default=1.0)
    values = [
        number * (unit or (units[_LARGE] if number > _MOST_SIGNED else min(shared, 1.0)))
        for number, unit in found
        if number > 0
    ]
    return min(values, default=math.nan)


def access_mask(tags: Tags, *, default: int = ALL) -> int:
    """Return the bits of the vehicle classes that may pass, from access tags.

    Parameters
    ----------
    default
        Classes that may pass where no tag speaks of them.
    """
    mask = 0
    for bit, keys in ACCESS_KEYS:
        if _may_pass(tags, keys, bool(default & bit)):
            mask |= bit
    return mask


def _may_pass(tags: Tags, keys: tuple[str, ...], default: bool) -> bool:
    allowed = default
    for key in keys:
        said = _said(tags.get(key, ""), keys)
        if said is not None:
            allowed = said
    return allowed


@lru_cache(maxsize=4096)
def _said(value: str, keys: tuple[str, ...]) -> bool | None:
    """Return whether a value of access opens; None where it says nothing that is understood.

    A list opens if all of it does. The word of a class, such as ``psv``, opens to that class only.
    """
    said = [
        True if part in OPEN_VALUES else part in keys
        for part in _values(value)
        if part in OPEN_VALUES or part in SHUT_VALUES or part in ACCESS_WORDS
    ]
    return all(said) if said else None


def _values(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(";")]


def access_notes(tags: Tags) -> list[str]:
    """Return what to count of the values of access: words not known, and lists at odds."""
    notes = []
    for key, value in tags.items():
        word, _, direction = key.partition(":")
        if word not in ACCESS_WORDS or direction not in ("", "forward", "backward"):
            continue
        parts = set(_values(value))
        if parts - OPEN_VALUES - SHUT_VALUES - set(ACCESS_WORDS):
            notes.append(
                f"{word} has a value that is not known; it opens nothing and shuts nothing"
            )
        if parts & OPEN_VALUES and parts - OPEN_VALUES:
            notes.append(f"{word} has a list that opens and shuts; taken as shut")
    return notes


def directions(tags: Tags) -> tuple[int, int]:
    """Return the class masks that may drive along the way and against it, by one-way tags."""
    oneway = tags.get("oneway", "")
    if oneway == "reversible":
        return 0, 0
    if oneway in ("-1", "reverse"):
        return _contraflow(tags), ALL
    if oneway in ("yes", "true", "1") or (oneway == "" and _implied_oneway(tags)):
        return ALL, _contraflow(tags)
    return ALL, ALL


def _implied_oneway(tags: Tags) -> bool:
    return tags.get("junction") in ("roundabout", "circular") or tags["highway"] == "motorway"


def _contraflow(tags: Tags) -> int:
    mask = 0
    if tags.get("oneway:psv") == "no":
        mask |= MINIBUS | BUS
    if tags.get("oneway:bus") == "no":
        mask |= BUS
    if tags.get("oneway:emergency") == "no":
        mask |= AMBULANCE
    against = "forward" if tags.get("oneway") in ("-1", "reverse") else "backward"
    for word in ("psv", "minibus", "bus", "emergency"):
        if tags.get(f"{word}:{against}") in ("yes", "designated", "official"):
            mask |= dict(CLASS_WORDS)[word]
    return mask


def ford_mask(tags: Tags) -> int:
    """Return the classes that may use a ford: only trucks where one is tagged."""
    return TRUCK if tags.get("ford", "no") not in ("no", "") else ALL


def condition_mask(tags: Tags) -> int:
    """Return the classes that the state of the road lets through."""
    if tags.get("impassable") == "yes" or tags.get("ice_road") == "yes":
        return 0
    if tags.get("smoothness") in ("impassable", "very_horrible"):
        return 0
    return TRUCK if tags.get("smoothness") == "horrible" else ALL


def surface_of(tags: Tags) -> str:
    """Return the surface, or the track grade (``"grade3"``) where only that is known."""
    surface = tags.get("surface", "").split(";")[0].strip().lower()
    return surface or tags.get("tracktype", "").strip().lower()


WEIGHT_KEYS = ("maxweight", "maxweightrating", "maxweight:forward", "maxweight:backward")
"""Limits of weight for all classes. A limit of one direction is taken for both: a bridge that is
too weak one way is not trusted the other way."""
HEIGHT_KEYS = ("maxheight", "maxheight:physical", "maxheight:forward", "maxheight:backward")
WIDTH_KEYS = (
    "maxwidth", "maxwidth:physical", "maxwidth:forward", "maxwidth:backward", "width",
)  # fmt: skip
CLASS_WORDS: tuple[tuple[str, int], ...] = (
    ("motorcar", CAR | AMBULANCE), ("emergency", AMBULANCE), ("psv", MINIBUS | BUS),
    ("minibus", MINIBUS), ("bus", BUS), ("goods", TRUCK), ("hgv", TRUCK),
)  # fmt: skip
"""Words of tags that name classes, the more general first."""
UNCHECKED_LIMITS = ("maxaxleload", "maxbogieweight", "maxbogieload", "maxlength")
"""Signed limits that say nothing about a vehicle of which weight, height and width are known."""

_CLASS_KEYS = frozenset(
    f"{kind}:{word}"
    for kind in ("maxweight", "maxweightrating", "maxheight", "maxwidth")
    for word, _ in CLASS_WORDS
)
_LIMITS_READ = frozenset((*WEIGHT_KEYS, *HEIGHT_KEYS, *WIDTH_KEYS, *UNCHECKED_LIMITS, *_CLASS_KEYS))
_NO_VALUE_OF_ITS_OWN = (":conditional", ":signed", ":type", ":note")
"""Ends of keys that are read elsewhere or speak about a sign."""
_CONDITIONAL_LIMITS = ("maxweight", "maxweightrating", "maxheight", "maxwidth", "maxlength")
RELEVANT_WORDS = frozenset(
    ("highway", "route", "oneway", "junction", "surface", "tracktype", "maxspeed", "bridge", "ford",
     "impassable", "ice_road", "smoothness", "area", "width", *WEIGHT_KEYS, *HEIGHT_KEYS,
     *WIDTH_KEYS, *UNCHECKED_LIMITS, *ACCESS_WORDS)
)  # fmt: skip
"""Keys, up to their first colon, that can change what :func:`read_way` says."""

RELAXED = "a condition that would relax a rule is not used: the rule holds at all times"
NOT_READ = "a condition that cannot be read (weather, permits and the like) is not honoured"
ALWAYS = "a limit or ban signed for certain hours or vehicles is taken as holding more widely"
SPEED_AT_TIMES = "a speed limit for certain times is not used: the plain one holds"
ONE_DIRECTION = "a condition for one direction, or on the direction, is not honoured"
AT_ODDS = "access tags for a direction and for a class are at odds; what either shuts is shut"


@dataclass(frozen=True, slots=True)
class Rule:
    """A way is shut to some classes at certain times.

    Parameters
    ----------
    classes
        Mask of the classes.
    said
        The tag, as the source to show.
    """

    classes: int
    times: Times
    said: str


@dataclass(frozen=True, slots=True)
class WayTags:
    """What the tags of one way say.

    Parameters
    ----------
    forward, backward
        Masks of the classes that may drive in each direction.
    speed_forward_kmh, speed_backward_kmh, weight_t, height_m, width_m
        Signed limits, NaN where there is none.
    notes
        Reasons to count in the rejects: values without a reading, conditions not honoured.
    class_weight_t
        (mask, tonnes) pairs: limits of some classes, which replace `weight_t` for them.
    rules
        Closures at certain times.
    """

    highway: str
    surface: str
    forward: int
    backward: int
    speed_forward_kmh: float
    speed_backward_kmh: float
    weight_t: float
    height_m: float
    width_m: float
    bridge: bool
    notes: tuple[str, ...]
    class_weight_t: tuple[tuple[int, float], ...] = ()
    rules: tuple[Rule, ...] = ()


def read_way(tags: Tags) -> WayTags:
    """Interpret the tags of a way whose ``highway`` is in :data:`DRIVABLE`."""
    notes = [*limits_not_checked(tags), *access_notes(tags)]
    highway = tags["highway"]
    default = BUS if highway in ("busway", "bus_guideway") else ALL
    along, against = (
        mask & ford_mask(tags) & condition_mask(tags)
        for mask in _access_by_direction(tags, default, notes)
    )
    speed = _limit(tags, ("maxspeed",), parse_speed_kmh, notes)
    conditions = _read_conditions(tags, along | against, default, notes)
    weight = _limit(tags, WEIGHT_KEYS, parse_weight_t, notes)
    weight = _least(weight, *(most for mask_, most in conditions.weights if mask_ == ALL))
    return WayTags(
        highway=highway,
        surface=surface_of(tags),
        forward=along,
        backward=against,
        speed_forward_kmh=_directed_speed(tags, "forward", speed, notes),
        speed_backward_kmh=_directed_speed(tags, "backward", speed, notes),
        weight_t=weight,
        height_m=_least(height_limit_m(tags, notes), *conditions.heights),
        width_m=_least(width_limit_m(tags, notes), *conditions.widths),
        bridge=tags.get("bridge", "no") != "no",
        class_weight_t=_class_weights(tags, weight, conditions.weights, notes),
        notes=tuple(dict.fromkeys(notes)),
        rules=tuple(rule for rule in conditions.rules if rule.classes & (along | against)),
    )


def limits_not_checked(tags: Tags) -> list[str]:
    """Return a note for each signed limit that is not held against a vehicle."""
    return [
        f"{key} is signed and not checked"
        for key in tags
        if key in UNCHECKED_LIMITS
        or (
            key.partition(":")[0] in _CONDITIONAL_LIMITS
            and key not in _LIMITS_READ
            and not key.endswith(_NO_VALUE_OF_ITS_OWN)
        )
    ]


def height_limit_m(tags: Tags, notes: list[str]) -> float:
    """Return the lowest signed height in metres, NaN where there is none."""
    return _least(
        _limit(tags, HEIGHT_KEYS, parse_length_m, notes), *_of_classes(tags, "maxheight", notes)
    )


def width_limit_m(tags: Tags, notes: list[str]) -> float:
    """Return the least signed width in metres, NaN where there is none."""
    return _least(
        _limit(tags, WIDTH_KEYS, parse_length_m, notes), *_of_classes(tags, "maxwidth", notes)
    )


def weight_limit_t(tags: Tags, notes: list[str]) -> float:
    """Return the lowest signed weight in tonnes, NaN where there is none."""
    return _limit(tags, WEIGHT_KEYS, parse_weight_t, notes)


def _of_classes(tags: Tags, kind: str, notes: list[str]) -> Iterator[float]:
    """Yield heights or widths signed for a class: they are taken as holding for all."""
    for word, _ in CLASS_WORDS:
        key = f"{kind}:{word}"
        if key in tags:
            value = _limit(tags, (key,), parse_length_m, notes)
            notes.append(RELAXED if math.isnan(value) else ALWAYS)
            yield value


def _access_by_direction(tags: Tags, default: int, notes: list[str]) -> tuple[int, int]:
    """Return the classes that may drive along the way and against it.

    A key for a direction takes the place of the same key without one. Where it is at odds with a
    key that is more specific by class, neither is known to go first: what either shuts is shut.
    """
    plain = access_mask(tags, default=default)
    masks = []
    for suffix, allowed in zip((":forward", ":backward"), directions(tags), strict=True):
        directed = {
            key.removesuffix(suffix): value for key, value in tags.items() if key.endswith(suffix)
        }
        by_class = access_mask({**tags, **directed}, default=default)
        by_direction = access_mask(directed, default=plain)
        if by_class & allowed != by_direction & allowed:
            notes.append(AT_ODDS)
        masks.append(by_class & by_direction & allowed)
    return masks[0], masks[1]


def _directed_speed(tags: Tags, direction: str, otherwise: float, notes: list[str]) -> float:
    key = f"maxspeed:{direction}"
    return _limit(tags, (key,), parse_speed_kmh, notes) if key in tags else otherwise


def _limit(
    tags: Tags, keys: tuple[str, ...], parse: Callable[[str], float], notes: list[str]
) -> float:
    return _least(*(_parsed(tags[key], key, parse, notes) for key in keys if key in tags))


def _least(*values: float) -> float:
    known = [value for value in values if not math.isnan(value)]
    return min(known) if known else math.nan


def _parsed(text: str, key: str, parse: Callable[[str], float], notes: list[str]) -> float:
    try:
        return parse(text)
    except NotUnderstoodError as error:
        taken = "treated as not signed" if math.isnan(error.least) else "its lowest number is taken"
        notes.append(f"{key} has a value that cannot be read; {taken}")
        return error.least


def _class_weights(
    tags: Tags, general: float, conditional: list[tuple[int, float]], notes: list[str]
) -> tuple[tuple[int, float], ...]:
    """Return the limits of the classes whose limit differs from the general one."""
    found: list[tuple[int, float]] = []
    for position in range(len(CLASSES)):
        bit = 1 << position
        own = _least(
            _class_weight(tags, "maxweight", bit, notes),
            _class_weight(tags, "maxweightrating", bit, notes),
            _limit(tags, ("maxweight:forward", "maxweight:backward"), parse_weight_t, notes),
            *(most for mask, most in conditional if mask & bit),
        )
        if own != general and not (math.isnan(own) and math.isnan(general)):
            found.append((bit, own))
    return tuple(found)


def _class_weight(tags: Tags, kind: str, bit: int, notes: list[str]) -> float:
    """Return the limit of a kind for a class: its own, which may be none, or that of all."""
    limit = _limit(tags, (kind,), parse_weight_t, notes)
    for word, mask in CLASS_WORDS:
        key = f"{kind}:{word}"
        if key in tags and mask & bit:
            own = _limit(tags, (key,), parse_weight_t, notes)
            limit = own if not math.isnan(own) or _is_no_limit(tags[key]) else limit
    return limit


def _is_no_limit(text: str) -> bool:
    return all(part in _NO_LIMIT for part in _values(text))


class _Conditions:
    """What the conditional tags of one way add up to."""

    __slots__ = ("heights", "rules", "weights", "widths")

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.weights: list[tuple[int, float]] = []
        self.heights: list[float] = []
        self.widths: list[float] = []


def _read_conditions(tags: Tags, plain: int, default: int, notes: list[str]) -> _Conditions:
    found = _Conditions()
    for key, text in tags.items():
        if not key.endswith(":conditional"):
            continue
        subject = key.removesuffix(":conditional")
        if subject in ACCESS_WORDS:
            _conditional_access(subject, text, (tags, plain, default), found, notes)
        elif subject.split(":")[0] in _CONDITIONAL_LIMITS:
            _conditional_limit(subject, text, tags, found, notes)
        elif subject.startswith("maxspeed"):
            notes.append(SPEED_AT_TIMES)
        elif subject == "oneway" or subject.removesuffix(":forward").removesuffix(":backward") in (
            *ACCESS_WORDS,
            "oneway",
        ):
            notes.append(ONE_DIRECTION)
    return found


def _conditional_access(
    key: str, text: str, way: tuple[Tags, int, int], found: _Conditions, notes: list[str]
) -> None:
    """Take what a condition shuts; what it would open stays as the plain tags have it."""
    tags, plain, default = way
    for clause in read_conditional(text):
        if _said(clause.value, (key,)) is None and not clause.unread:
            notes.append(NOT_READ)
        then = access_mask({**tags, key: clause.value}, default=default)
        shut = plain & ~then
        if then & ~plain:
            notes.append(RELAXED)
        if not shut:
            continue
        if clause.unread:
            notes.append(NOT_READ)
        elif clause.above:
            _for_larger_vehicles(clause, shut, plain, found, notes)
        else:
            said = f"{key}:conditional={text}"
            found.rules.extend(Rule(shut, times, said) for times in clause.times)


def _for_larger_vehicles(
    clause: Clause, shut: int, plain: int, found: _Conditions, notes: list[str]
) -> None:
    """Make "no larger than" of "none that is larger": at all hours, where hours are named.

    A height or width for some classes is taken for all.
    """
    for_all = any(quantity in ("height", "width") for quantity, _ in clause.above)
    if clause.times or len(clause.above) > 1 or (for_all and shut != plain):
        notes.append(ALWAYS)
    for quantity, number in clause.above:
        if quantity == "weight":
            found.weights.append((shut, number))
        elif quantity == "height":
            found.heights.append(number)
        elif quantity == "width":
            found.widths.append(number)
        else:
            notes.append(f"max{quantity} is signed and not checked")


def _conditional_limit(
    subject: str, text: str, tags: Tags, found: _Conditions, notes: list[str]
) -> None:
    """Take a lower limit of certain times as holding always, and a higher one never."""
    kind, _, word = subject.partition(":")
    if kind == "maxlength":
        notes.append("maxlength is signed and not checked")
        return
    mask = dict(CLASS_WORDS).get(word, ALL)
    heavy = kind.startswith("maxweight")
    parse = parse_weight_t if heavy else parse_length_m
    signed = _limit(tags, (subject, kind), parse, [])
    for value in _clause_values(text, subject, parse, notes):
        if math.isnan(value) or value >= signed:
            notes.append(RELAXED)
            continue
        notes.append(ALWAYS)
        if heavy:
            found.weights.append((mask, value))
        else:
            (found.heights if kind == "maxheight" else found.widths).append(value)


def _clause_values(
    text: str, subject: str, parse: Callable[[str], float], notes: list[str]
) -> Iterator[float]:
    for clause in read_conditional(text):
        try:
            yield parse(clause.value)
        except NotUnderstoodError as error:
            notes.append(f"{subject}:conditional has a value that cannot be read; not honoured")
            if not math.isnan(error.least):
                yield error.least
