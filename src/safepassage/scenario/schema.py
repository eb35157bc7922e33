"""The scenario schema, version 1.1, as data: every file, every column, what is accepted.

The reader, the validator, the writer and ``docs/reference/scenario.md`` all work from this table.
A column whose name starts with ``x_`` is carried untouched; any other column that is not listed
here is refused by name (docs/spec/00-scenario.md).
"""

from __future__ import annotations

from dataclasses import dataclass

CARRIED_PREFIX = "x_"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file.

    Parameters
    ----------
    kind
        ``text``, ``id`` (letters, digits, ``-``, ``_``, ``.``), ``int``, ``number``, ``yes_no``,
        ``date``, ``moment`` (ISO 8601 with zone), ``clock`` (local time of day), ``spans``
        (``;``-separated pairs of moments, ``from/to``), ``lat``, ``lon``, ``url``, ``ids``
        (``;``-separated), ``words`` (``;``-separated out of `choices`).
    required
        The cell may not be empty.
    choices
        Accepted values, for ``text`` and ``words``.
    minimum, maximum
        Inclusive, for ``int`` and ``number``.
    refers_to
        Resource whose key the value (each value of ``ids``) must be.
    meaning
        One sentence, shown in the reference and in error messages.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of the package.

    Parameters
    ----------
    name
        Resource name in ``datapackage.json``.
    path
        Default path.
    key
        Column that must be unique; empty if none.
    """

    name: str
    path: str
    meaning: str
    columns: tuple[Column, ...]
    key: str = ""


PLACE_KINDS = (
    "settlement", "assembly_point", "crossing", "depot",
    "reception_centre", "fall_back", "medical_point",
)  # fmt: skip
VEHICLE_CLASSES = ("car", "ambulance", "minibus", "bus", "truck")
CHOICES = ("go", "stay", "undecided", "not_asked")
CONSENTS = ("yes", "no", "not_asked")
NEEDS = (
    "wheelchair", "stretcher", "medical_escort", "pregnant",
    "separated_child", "alone_older", "animals",
)  # fmt: skip
HAZARD_KINDS = ("mines", "shelling", "drone", "broken_bridge", "flood", "debris", "checkpoint")
PARTY_ROLES = ("holding", "receiving", "intermediary")
ROLES_OF_PROCEDURE = (*PARTY_ROLES, "both_parties")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSURE_KINDS = ("closed", "open_only")
DATE_MEANINGS = ("seen", "since")
HOLDER_STATES = ("contested", "truce", "unknown")
"""What a word for a settlement's holder can mean beside a party."""
CHANNELS = ("radio", "phone", "email", "courier", "liaison")
ACT_FORMS = ("letter", "note_verbale", "email", "phone", "paper")

PLACES = Resource(
    "places", "places.csv",
    "Settlements, assembly points, crossings, depots, reception centres.",
    (
        Column("place_id", "id", "Unique name of the place in this scenario.", required=True),
        Column("name", "text", "Name as shown.", required=True),
        Column("name_local", "text", "Name in the local script."),
        Column("kind", "text", "What the place is for.", required=True, choices=PLACE_KINDS),
        Column("lat", "lat", "Latitude in degrees, WGS 84.", required=True),
        Column("lon", "lon", "Longitude in degrees, WGS 84.", required=True),
        Column("side", "id", "Party that administers it; empty: from control.", refers_to="parties"),
        Column("capacity", "int", "Reception places in persons.", minimum=0, maximum=1_000_000),
        Column("capacity_accessible", "int", "Of these, for a wheelchair or a stretcher.", minimum=0),
        Column("approximate", "yes_no", "Coordinates entered by hand and rounded."),
        Column("population", "int", "Residents before, if known.", minimum=0),
        Column("source", "text", "Where the row comes from."),
        Column("receives_from", "clock", "A reception centre lets people in from then, each day."),
        Column("receives_to", "clock", "Until then; not after receives_from: on the next day."),
    ),
    key="place_id",
)  # fmt: skip

PARTIES = Resource(
    "parties", "parties.csv",
    "The parties to the conflict and the neutral intermediary.",
    (
        Column("party_id", "id", "Short id used in every file.", required=True),
        Column("name", "text", "Name as shown.", required=True),
        Column("role", "text", "Its part in this operation.", required=True, choices=PARTY_ROLES),
        Column("language", "text", "Language in which it is addressed.", choices=("en", "uk", "ru")),
    ),
    key="party_id",
)  # fmt: skip

CLAIMS = Resource(
    "claims", "claims.csv",
    "Public figures of how many remain, each as claimed by its speaker.",
    (
        Column("claim_id", "id", "Unique.", required=True),
        Column("claimed_by", "text", "Who said it.", required=True),
        Column("said_on", "date", "When it was said.", required=True),
        Column("wording", "text", "The figure as it was said.", required=True),
        Column("figure_low", "int", "Lower end; empty if open.", minimum=0),
        Column("figure_high", "int", "Upper end; empty if open.", minimum=0),
        Column("definition", "text", "What was counted, if said."),
        Column("source", "text", "Where it was published.", required=True),
        Column("url", "url", "Address of the publication."),
    ),
    key="claim_id",
)  # fmt: skip

STATEMENTS = Resource(
    "statements", "statements.csv",
    "Public statements, verbatim; what each says of readiness, request and acceptance.",
    (
        Column("statement_id", "id", "Unique.", required=True),
        Column("said_on", "date", "When it was said.", required=True),
        Column("speaker", "text", "Who said it.", required=True),
        Column("capacity", "text", "In what capacity.", required=True),
        Column("party", "id", "For which party.", required=True, refers_to="parties"),
        Column("text", "text", "The words, verbatim.", required=True),
        Column("language", "text", "Language of the words as entered.", required=True),
        Column("source", "text", "Where it was published.", required=True),
        Column("url", "url", "Address of the publication."),
        Column("readiness", "text", "What it says of readiness.",
               choices=("ready", "conditional", "not_ready", "not_addressed")),
        Column("request", "text", "What it says of a formal request.",
               choices=("sent", "received", "none_received", "not_addressed")),
        Column("acceptance", "text", "What it says of the proposal.",
               choices=("accepted", "conditional", "refused", "talks_confirmed", "not_addressed")),
    ),
    key="statement_id",
)  # fmt: skip

HOUSEHOLDS = Resource(
    "households", "households.csv",
    "Travel parties for planning without lists; one row a household and choice. No names.",
    (
        Column("token", "id", "Unique.", required=True),
        Column("household_id", "id", "Shared by the rows of one household."),
        Column("place_id", "id", "Where they are picked up.", required=True, refers_to="places"),
        Column("seated", "int", "Persons who sit.", required=True, minimum=0, maximum=500),
        Column("wheelchair", "int", "Persons in a wheelchair.", required=True, minimum=0, maximum=500),
        Column("stretcher", "int", "Persons on a stretcher.", required=True, minimum=0, maximum=500),
        Column("children", "int", "Of these, under 18.", minimum=0, maximum=500),
        Column("adults", "int", "Of these, 18 or more.", minimum=0, maximum=500),
        Column("priority", "int", "Weight per person.", minimum=1, maximum=1000),
        Column("ready_at", "moment", "Not picked up before."),
        Column("destinations", "ids", "Reception centres in order of wish; empty: any.",
               refers_to="places"),
        Column("choice", "text", "What they chose.", required=True, choices=CHOICES),
        Column("consent", "text", "Consent to be carried on a manifest.", required=True,
               choices=CONSENTS),
        Column("travel_group", "id", "Rows with the same value ride together or not at all."),
        Column("accompanied_by", "id", "Token of the row with the adult who takes these children.",
               refers_to="households"),
        Column("apart_from", "ids", "Tokens that must not share the vehicle.",
               refers_to="households"),
        Column("needs", "words", "Needs of anybody in the row.", choices=NEEDS),
        Column("door", "yes_no", "Fetched at their own door."),
    ),
    key="token",
)  # fmt: skip

CROSSINGS = Resource(
    "crossings", "crossings.csv",
    "Where people pass and change vehicles: lanes and screening times.",
    (
        Column("crossing_id", "id", "Unique.", required=True),
        Column("place_id", "id", "A place of kind crossing.", required=True, refers_to="places"),
        Column("from_side", "id", "Party whose side people leave.", required=True,
               refers_to="parties"),
        Column("to_side", "id", "Party whose side people reach.", required=True,
               refers_to="parties"),
        Column("lanes", "int", "Vehicles screened at the same time.", required=True,
               minimum=1, maximum=50),
        Column("screening_vehicle_s", "int", "Seconds per vehicle.", required=True, minimum=0,
               maximum=86_400),
        Column("screening_seated_s", "int", "Seconds per seated person.", required=True, minimum=0,
               maximum=86_400),
        Column("screening_wheelchair_s", "int", "Seconds per person in a wheelchair.",
               required=True, minimum=0, maximum=86_400),
        Column("screening_stretcher_s", "int", "Seconds per person on a stretcher.",
               required=True, minimum=0, maximum=86_400),
        Column("convoy_every_min", "int",
               "Minutes between convoys to the queue; empty: vehicles come as they are.",
               minimum=1, maximum=1440),
        Column("convoy_most", "int", "Vehicles in one convoy at most.", minimum=1, maximum=500),
        Column("convoy_spacing_s", "int", "Seconds between two vehicles of a convoy.", minimum=0,
               maximum=3600),
        Column("convoy_first_min", "int", "Minutes from the opening to the first convoy; empty: 0.",
               minimum=0, maximum=1440),
        Column("convoy_muster_min", "int",
               "Minutes before its convoy that a vehicle is at the muster point; empty: 0.",
               minimum=0, maximum=1440),
    ),
    key="crossing_id",
)  # fmt: skip

WINDOWS = Resource(
    "windows", "windows.csv",
    "Windows of silence per crossing, with margins.",
    (
        Column("window_id", "id", "Unique.", required=True),
        Column("crossing_id", "id", "Crossing it holds for.", required=True, refers_to="crossings"),
        Column("movement_from", "moment", "Vehicles may leave depots from then; empty: opens_at."),
        Column("opens_at", "moment", "Screening starts.", required=True),
        Column("closes_at", "moment", "Nobody passes after.", required=True),
        Column("margin_min", "int", "Minutes kept free before the close.", required=True,
               minimum=0, maximum=1440),
        Column("state", "text", "Where the talks on it stand.", required=True,
               choices=("proposed", "accepted", "exercise")),
        Column("source", "text", "Document it comes from."),
    ),
    key="window_id",
)  # fmt: skip

VEHICLES = Resource(
    "vehicles", "vehicles.csv",
    "The fleet: places by kind, class, sides it may drive on, crew hours.",
    (
        Column("vehicle_id", "id", "Unique.", required=True),
        Column("type", "text", "As shown.", required=True),
        Column("vehicle_class", "text", "Speeds and road bans.", required=True,
               choices=VEHICLE_CLASSES),
        Column("depot_id", "id", "A place of kind depot.", required=True, refers_to="places"),
        Column("sides", "ids", "Parties on whose territory it may drive.", required=True,
               refers_to="parties"),
        Column("seats", "int", "Places to sit, driver and crew not counted.", required=True,
               minimum=0, maximum=200),
        Column("wheelchair_places", "int", "Fixed wheelchair places.", required=True, minimum=0,
               maximum=50),
        Column("stretcher_places", "int", "Stretcher places.", required=True, minimum=0,
               maximum=50),
        Column("convertible_wheelchair", "int", "More wheelchair places by taking out seats.",
               minimum=0, maximum=50),
        Column("seats_per_convertible", "int", "Seats lost for each.", minimum=0, maximum=10),
        Column("crew_hours", "number", "Longest time a day from depot to depot.", required=True,
               minimum=0.1, maximum=24),
        Column("weight_t", "number", "Gross weight in tonnes.", minimum=0.1, maximum=80),
        Column("height_m", "number", "Height in metres.", minimum=0.5, maximum=6),
        Column("width_m", "number", "Width in metres.", minimum=0.5, maximum=5),
        Column("shift_from", "clock", "Leaves its depot no earlier, each day; empty: at any time."),
        Column("shift_to", "clock", "Is back by then; not after shift_from: on the next day."),
        Column("break_after_min", "int",
               "Longest time on duty before a break, in minutes; empty: no breaks.",
               minimum=1, maximum=1440),
        Column("break_min", "int", "Length of a break in minutes.", minimum=1, maximum=1440),
        Column("spare_seats", "int", "Seats that no plan fills, for people who join on the day.",
               minimum=0, maximum=200),
    ),
    key="vehicle_id",
)  # fmt: skip

SERVICE = Resource(
    "service", "service.csv",
    "Times at a stop by seat kind.",
    (
        Column("kind", "text", "Seat kind.", required=True,
               choices=("seated", "wheelchair", "stretcher")),
        Column("stop_s", "int", "Seconds once per stop (the same in each row).", required=True,
               minimum=0, maximum=86_400),
        Column("boarding_s", "int", "Seconds a person to board.", required=True, minimum=0,
               maximum=86_400),
        Column("alighting_s", "int", "Seconds a person to alight.", required=True, minimum=0,
               maximum=86_400),
        Column("door_s", "int",
               "More seconds of a stop for each group fetched at its door (the same in each row).",
               minimum=0, maximum=86_400),
    ),
    key="kind",
)  # fmt: skip

CLAUSES = Resource(
    "clauses", "terms/clauses.csv",
    "The clauses proposed.",
    (
        Column("clause_id", "id", "Unique.", required=True),
        Column("title", "text", "Short title.", required=True),
        Column("text_en", "text", "English text.", required=True),
        Column("text_uk", "text", "Ukrainian text."),
        Column("text_ru", "text", "Russian text."),
        Column("depends_on_wider_bargain", "yes_no", "Makes civilians depend on a wider deal."),
    ),
    key="clause_id",
)  # fmt: skip

PROCEDURE = Resource(
    "procedure", "terms/procedure.csv",
    "The acts that opening the corridor needs, in order; data, not code.",
    (
        Column("step_id", "id", "Unique.", required=True),
        Column("act_kind", "id", "Kind of act that completes the step.", required=True),
        Column("by_role", "text", "Who must act.", required=True, choices=ROLES_OF_PROCEDURE),
        Column("to_role", "text", "Towards whom.", choices=ROLES_OF_PROCEDURE),
        Column("needs", "ids", "Steps that come first.", refers_to="procedure"),
        Column("text_en", "text", "What is to be done.", required=True),
        Column("text_uk", "text", "The same in Ukrainian."),
        Column("text_ru", "text", "The same in Russian."),
    ),
    key="step_id",
)  # fmt: skip

ACTS = Resource(
    "acts", "terms/acts.csv",
    "Formal acts on file.",
    (
        Column("act_id", "id", "Unique.", required=True),
        Column("kind", "id", "Kind of act, as the procedure names it.", required=True),
        Column("by", "id", "Party that acted.", required=True, refers_to="parties"),
        Column("to", "id", "Party it was addressed to.", refers_to="parties"),
        Column("done_at", "moment", "When.", required=True),
        Column("form", "text", "How.", required=True, choices=ACT_FORMS),
        Column("document", "text", "What proves it.", required=True),
        Column("witness", "text", "Who witnessed it; needed for a phone call (by role)."),
        Column("expires_at", "moment", "When it lapses."),
        Column("clause", "id", "Clause it is about; empty: the whole.", refers_to="clauses"),
    ),
    key="act_id",
)  # fmt: skip

ROAD_NODES = Resource(
    "road_nodes", "roads/nodes.csv",
    "Nodes of a hand-made road network.",
    (
        Column("node_id", "int", "Unique.", required=True, minimum=1),
        Column("lat", "lat", "Latitude in degrees, WGS 84.", required=True),
        Column("lon", "lon", "Longitude in degrees, WGS 84.", required=True),
    ),
    key="node_id",
)  # fmt: skip

ROAD_LINKS = Resource(
    "road_links", "roads/links.csv",
    "Links of a hand-made road network; two-way unless oneway is yes.",
    (
        Column("link_id", "int", "Unique.", required=True, minimum=1),
        Column("from_node", "int", "Node id.", required=True, refers_to="road_nodes"),
        Column("to_node", "int", "Node id.", required=True, refers_to="road_nodes"),
        Column("highway", "text", "OSM highway value.", required=True),
        Column("length_m", "number", "Length; empty: geodesic.", minimum=0.1),
        Column("maxspeed_kmh", "number", "Signed or assumed speed.", minimum=1, maximum=150),
        Column("surface", "text", "OSM surface value."),
        Column("oneway", "yes_no", "Only from from_node to to_node."),
        Column("maxweight_t", "number", "Signed weight limit.", minimum=0.1),
        Column("maxheight_m", "number", "Signed height limit.", minimum=0.5),
        Column("maxwidth_m", "number", "Signed width limit.", minimum=0.5),
        Column("bridge", "yes_no", "Is a bridge."),
        Column("name", "text", "Name as shown."),
    ),
    key="link_id",
)  # fmt: skip

CONTROL = Resource(
    "control", "control.geojson",
    "Who holds what: properties of the Polygon and MultiPolygon features.",
    (
        Column("area_id", "id", "Unique.", required=True),
        Column("holder", "id", "Party that administers the area.", required=True,
               refers_to="parties"),
        Column("valid_from", "moment", "Holds from then.", required=True),
        Column("valid_to", "moment", "Holds until then; empty: until further notice."),
        Column("source", "text", "Where the fact comes from.", required=True),
    ),
    key="area_id",
)  # fmt: skip

HAZARDS = Resource(
    "hazards", "hazards.geojson",
    "Dangers: properties of the Polygon, MultiPolygon and LineString features; by ways: no geometry.",
    (
        Column("hazard_id", "id", "Unique.", required=True),
        Column("kind", "text", "Kind of hazard.", required=True, choices=HAZARD_KINDS),
        Column("severity", "number", "0 to 1; 1 closes the road.", required=True,
               minimum=0, maximum=1),
        Column("observed_at", "moment", "When it was observed.", required=True),
        Column("valid_to", "moment", "Acts until then; empty: until further notice."),
        Column("source", "text", "Where the fact comes from.", required=True),
        Column("reach_m", "number", "Metres to either side of a LineString; not for areas.",
               minimum=0, maximum=100_000),
        Column("way_ids", "ids", "Ways on which it acts, where there is no geometry."),
    ),
    key="hazard_id",
)  # fmt: skip

CLOSURES = Resource(
    "closures", "closures.geojson",
    "When stretches may be used: properties of the Polygon, MultiPolygon and LineString features; "
    "by ways or of a place: no geometry.",
    (
        Column("closure_id", "id", "Unique.", required=True),
        Column("kind", "text", "Shut at its times, or open at its times only.", required=True,
               choices=CLOSURE_KINDS),
        Column("way_ids", "ids", "Ways that it is about, where there is no geometry."),
        Column("place_id", "id", "Place that cannot be reached or left, where there is no geometry.",
               refers_to="places"),
        Column("reach_m", "number", "Metres to either side of a LineString; not for areas.",
               minimum=0, maximum=100_000),
        Column("classes", "words", "Vehicle classes that it binds; empty: all.",
               choices=VEHICLE_CLASSES),
        Column("valid_from", "moment", "Its times begin then; empty: no beginning."),
        Column("valid_to", "moment", "Its times end then; empty: until further notice."),
        Column("windows", "spans", "Its times lie in one of these; empty: no such limit."),
        Column("daily_from", "clock", "Its times begin each day then, by the local clock."),
        Column("daily_to", "clock", "Its times end each day then; before daily_from: the next day."),
        Column("weekdays", "words", "Its times begin on these days; empty: every day.",
               choices=WEEKDAYS),
        Column("timezone", "text", "Of hours and days, an IANA name; empty: the scenario's."),
        Column("what_if", "id", "What-if that it belongs to; empty: a fact.", refers_to="what_ifs"),
        Column("source", "text", "Where the rule comes from.", required=True),
    ),
    key="closure_id",
)  # fmt: skip

SETTLEMENT_CONTROL = Resource(
    "settlement_control", "settlement_control.csv",
    "Who held which settlement on which date; areas are derived from it where none is stated.",
    (
        Column("settlement", "text", "Name; one name at one position is one settlement.",
               required=True),
        Column("lat", "lat", "Latitude in degrees, WGS 84.", required=True),
        Column("lon", "lon", "Longitude in degrees, WGS 84.", required=True),
        Column("dated", "date", "Date of the fact, in the scenario's time zone.", required=True),
        Column("meaning", "text", "So it was seen on that date, or so it became then; empty: seen.",
               choices=DATE_MEANINGS),
        Column("held_by", "text", "A party, a word of holder_words.csv, contested, truce or unknown.",
               required=True),
        Column("source", "text", "Where the fact comes from.", required=True),
    ),
)  # fmt: skip

HOLDER_WORDS = Resource(
    "holder_words", "holder_words.csv",
    "What the words of settlement_control.csv mean; nothing is guessed.",
    (
        Column("words", "text", "As it stands there, letter for letter.", required=True),
        Column("means", "id", "A party, or contested, truce or unknown.", required=True),
    ),
    key="words",
)  # fmt: skip

WHAT_IFS = Resource(
    "what_ifs", "what_ifs.csv",
    "Questions that somebody entered; their closures and holders are never facts.",
    (
        Column("what_if", "id", "Unique.", required=True),
        Column("title", "text", "The question as shown.", required=True),
        Column("entered_by", "text", "Role of who entered it, never a name."),
        Column("entered_on", "date", "When it was entered."),
    ),
    key="what_if",
)  # fmt: skip

ASSUMED_HOLDERS = Resource(
    "assumed_holders", "assumed_holders.csv",
    "Parts of what-ifs: a place and the ground around it held by a party from a moment on.",
    (
        Column("assumption_id", "id", "Unique.", required=True),
        Column("what_if", "id", "What-if that it belongs to.", required=True,
               refers_to="what_ifs"),
        Column("place_id", "id", "The place.", required=True, refers_to="places"),
        Column("holder", "id", "Party that is taken to hold it.", required=True,
               refers_to="parties"),
        Column("valid_from", "moment", "From then on.", required=True),
        Column("valid_to", "moment", "Until then; empty: until further notice."),
        Column("reach_m", "number", "Radius of the ground around the place in metres.",
               required=True, minimum=1, maximum=100_000),
        Column("reason", "text", "Why it is asked.", required=True),
    ),
    key="assumption_id",
)  # fmt: skip

COMMANDS = Resource(
    "commands", "commands.csv",
    "Local commands that have to acknowledge an order: roles, never persons, never numbers.",
    (
        Column("command_id", "id", "Unique.", required=True),
        Column("party", "id", "Party that it belongs to.", required=True, refers_to="parties"),
        Column("role", "text", "Its role in words, never a person's name.", required=True),
        Column("answers_for", "ids", "Areas of control or places that it answers for.",
               required=True),
        Column("channels", "words", "How it is reached, the best first.", required=True,
               choices=CHANNELS),
        Column("source", "text", "Where the row comes from."),
    ),
    key="command_id",
)  # fmt: skip

AREA_RESOURCES = (CONTROL, HAZARDS, CLOSURES)
"""GeoJSON files; their columns are properties of the features."""

RESOURCES = (
    PARTIES, PLACES, CLAIMS, STATEMENTS, HOUSEHOLDS, CROSSINGS, WINDOWS, VEHICLES, SERVICE,
    CLAUSES, PROCEDURE, ACTS, ROAD_NODES, ROAD_LINKS,
    SETTLEMENT_CONTROL, HOLDER_WORDS, WHAT_IFS, ASSUMED_HOLDERS, COMMANDS,
)  # fmt: skip
"""Every tabular resource; those of `AREA_RESOURCES`, `delays` (TOML), lists and roads beside."""
