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

BARRIERS_SHUT = frozenset(
    ("bollard", "block", "jersey_barrier", "log", "debris", "cycle_barrier", "kissing_gate",
     "stile", "turnstile", "motorcycle_barrier", "full-height_turnstile", "horse_stile", "planter",
     "rubble", "spikes", "wall", "fence", "hedge", "ditch", "guard_rail", "barrier_board")
)  # fmt: skip
"""Barriers at a node that stop every class unless its access tags say otherwise."""
BUS_TRAPS = frozenset(("bus_trap", "sump_buster"))

_NUMBER = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*([a-z/]*)\s*$", re.IGNORECASE)
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
_TONNES = {"": 1.0, "t": 1.0, "ton": 1.0, "tons": 1.0, "kg": 0.001, "lbs": 0.00045359237,
           "lb": 0.00045359237, "st": 0.90718474, "lt": 1.0160469}  # fmt: skip
_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "cm": 0.01, "ft": 0.3048, "in": 0.0254}
_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_IMPLICIT_KMH = {
    "walk": 7.0, "living_street": 20.0, "urban": 50.0, "rural": 90.0, "trunk": 100.0,
    "motorway": 110.0, "nsl_single": 96.6, "nsl_dual": 112.7, "bicycle_road": 30.0,
}  # fmt: skip
_ZONE = re.compile(r"^(?:[a-z]{2}(?:-[a-z]+)?:)?(?:zone:?)?(\d+)$")


class NotUnderstoodError(ValueError):
    """A tag value has no reading; the importer counts it."""


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
    values = [_quantity(part, units) for part in text.split(";")]
    known = [value for value in values if not math.isnan(value)]
    return min(known) if known else math.nan


def _quantity(text: str, units: Mapping[str, float]) -> float:
    if text.strip().lower() in _NO_LIMIT:
        return math.nan
    match = _NUMBER.match(text)
    unit = match[2].lower() if match else ""
    if match is None or unit not in units:
        raise NotUnderstoodError(text)
    value = float(match[1].replace(",", ".")) * units[unit]
    if value <= 0:
        raise NotUnderstoodError(text)
    return value


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
        value = tags.get(key, "")
        if value in OPEN_VALUES:
            allowed = True
        elif value in SHUT_VALUES:
            allowed = value == "emergency" and "emergency" in keys
    return allowed


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
    return mask


def barrier_mask(tags: Tags) -> int:
    """Return the classes that may pass a node with a barrier or a ford.

    Gates and lift gates count as passable unless their access tags shut them; bollards, blocks
    and the like count as shut unless their access tags open them.
    """
    kind = tags.get("barrier", "")
    default = ALL
    if kind in BARRIERS_SHUT:
        default = 0
    elif kind in BUS_TRAPS:
        default = BUS | TRUCK
    return access_mask(tags, default=default) & ford_mask(tags)


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
HEIGHT_KEYS = ("maxheight", "maxheight:physical")
WIDTH_KEYS = ("maxwidth", "maxwidth:physical", "width")
CLASS_WORDS: tuple[tuple[str, int], ...] = (
    ("motorcar", CAR | AMBULANCE), ("emergency", AMBULANCE), ("psv", MINIBUS | BUS),
    ("minibus", MINIBUS), ("bus", BUS), ("goods", TRUCK), ("hgv", TRUCK),
)  # fmt: skip
"""Words of tags that name classes, the more general first."""
UNCHECKED_LIMITS = ("maxaxleload", "maxbogieweight", "maxbogieload", "maxlength")
"""Signed limits that say nothing about a vehicle of which weight, height and width are known."""

_ACCESS_WORDS = tuple(dict.fromkeys(key for _, keys in ACCESS_KEYS for key in keys))
_CONDITIONAL_LIMITS = ("maxweight", "maxweightrating", "maxheight", "maxwidth", "maxlength")
RELEVANT_WORDS = frozenset(
    ("highway", "route", "oneway", "junction", "surface", "tracktype", "maxspeed", "bridge", "ford",
     "impassable", "ice_road", "smoothness", "area", "width", *WEIGHT_KEYS, *HEIGHT_KEYS,
     *WIDTH_KEYS, *UNCHECKED_LIMITS, *_ACCESS_WORDS)
)  # fmt: skip
"""Keys, up to their first colon, that can change what :func:`read_way` says."""

RELAXED = "a condition that would relax a rule is not used: the rule holds at all times"
NOT_READ = "a condition that cannot be read (weather, permits and the like) is not honoured"
ALWAYS = "a limit or ban signed for certain hours or vehicles is taken as holding more widely"
SPEED_AT_TIMES = "a speed limit for certain times is not used: the plain one holds"
ONE_DIRECTION = "a condition for one direction, or on the direction, is not honoured"


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
    notes: list[str] = [
        f"{key} is signed and not checked" for key in UNCHECKED_LIMITS if key in tags
    ]
    highway = tags["highway"]
    default = BUS if highway in ("busway", "bus_guideway") else ALL
    mask = access_mask(tags, default=default) & ford_mask(tags) & condition_mask(tags)
    along, against = directions(tags)
    speed = _limit(tags, ("maxspeed",), parse_speed_kmh, notes)
    conditions = _read_conditions(tags, default, notes)
    weight = _limit(tags, WEIGHT_KEYS, parse_weight_t, notes)
    weight = _least(weight, *(most for mask_, most in conditions.weights if mask_ == ALL))
    return WayTags(
        highway=highway,
        surface=surface_of(tags),
        forward=mask & along & _direction_access(tags, "forward"),
        backward=mask & against & _direction_access(tags, "backward"),
        speed_forward_kmh=_directed_speed(tags, "forward", speed, notes),
        speed_backward_kmh=_directed_speed(tags, "backward", speed, notes),
        weight_t=weight,
        height_m=_least(_limit(tags, HEIGHT_KEYS, parse_length_m, notes), *conditions.heights),
        width_m=_least(_limit(tags, WIDTH_KEYS, parse_length_m, notes), *conditions.widths),
        bridge=tags.get("bridge", "no") != "no",
        class_weight_t=_class_weights(tags, weight, conditions.weights, notes),
        notes=tuple(dict.fromkeys(notes)),
        rules=tuple(rule for rule in conditions.rules if rule.classes & mask),
    )


def _direction_access(tags: Tags, direction: str) -> int:
    suffix = f":{direction}"
    directed = {
        key.removesuffix(suffix): value for key, value in tags.items() if key.endswith(suffix)
    }
    return access_mask(directed) if directed else ALL


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
    except NotUnderstoodError:
        notes.append(f"{key} has a value that cannot be read; treated as not signed")
        return math.nan


def _class_weights(
    tags: Tags, general: float, conditional: list[tuple[int, float]], notes: list[str]
) -> tuple[tuple[int, float], ...]:
    """Return the limits of the classes whose limit differs from the general one."""
    found: list[tuple[int, float]] = []
    for position in range(len(CLASSES)):
        bit = 1 << position
        signed = [
            _limit(tags, (f"maxweight:{word}", f"maxweightrating:{word}"), parse_weight_t, notes)
            for word, mask in CLASS_WORDS
            if mask & bit
        ]
        known = [value for value in signed if not math.isnan(value)]
        own = known[-1] if known else general
        own = _least(own, *(most for mask, most in conditional if mask & bit))
        if own != general and not (math.isnan(own) and math.isnan(general)):
            found.append((bit, own))
    return tuple(found)


class _Conditions:
    """What the conditional tags of one way add up to."""

    __slots__ = ("heights", "rules", "weights", "widths")

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.weights: list[tuple[int, float]] = []
        self.heights: list[float] = []
        self.widths: list[float] = []


def _read_conditions(tags: Tags, default: int, notes: list[str]) -> _Conditions:
    found = _Conditions()
    for key, text in tags.items():
        if not key.endswith(":conditional"):
            continue
        subject = key.removesuffix(":conditional")
        if subject in _ACCESS_WORDS:
            _conditional_access(subject, text, tags, default, found, notes)
        elif subject.split(":")[0] in _CONDITIONAL_LIMITS:
            _conditional_limit(subject, text, tags, found, notes)
        elif subject.startswith("maxspeed"):
            notes.append(SPEED_AT_TIMES)
        elif subject == "oneway" or subject.removesuffix(":forward").removesuffix(":backward") in (
            *_ACCESS_WORDS,
            "oneway",
        ):
            notes.append(ONE_DIRECTION)
    return found


def _conditional_access(
    key: str, text: str, tags: Tags, default: int, found: _Conditions, notes: list[str]
) -> None:
    """Take what a condition shuts; what it would open stays as the plain tags have it."""
    plain = access_mask(tags, default=default)
    for clause in read_conditional(text):
        then = access_mask({**tags, key: clause.value}, default=default)
        shut = plain & ~then
        if then & ~plain:
            notes.append(RELAXED)
        if not shut:
            continue
        if clause.unread:
            notes.append(NOT_READ)
        elif clause.above:
            _for_larger_vehicles(clause, shut, found, notes)
        else:
            said = f"{key}:conditional={text}"
            found.rules.extend(Rule(shut, times, said) for times in clause.times)


def _for_larger_vehicles(clause: Clause, shut: int, found: _Conditions, notes: list[str]) -> None:
    """Make "no larger than" of "none that is larger": at all hours, where hours are named."""
    if clause.times or len(clause.above) > 1:
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
        except NotUnderstoodError:
            notes.append(f"{subject}:conditional has a value that cannot be read; not honoured")
