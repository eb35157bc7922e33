"""The README.txt of a new scenario: what to edit, in which order."""

from __future__ import annotations

from safepassage.scenario.package import PackageHeader

_TEXT = """{title}

This folder was made by "safepassage scenario init" from the map extract {extract}.
It can be planned at once, so that you see the whole way from end to end:

    safepassage scenario validate .
    safepassage plan . --out plan

Nothing in it is a fact yet, the map apart. The line between the sides is a straight placeholder,
the crossing is a junction on it, the households are invented. Edit the files in this order and run
"safepassage scenario validate ." after each: it names every error with its file, row and column.
{notes}
 1. datapackage.json   title, timezone ({timezone}), epoch, planning_date; languages en, uk, ru.
                       Set kind to "operation" when the last invented row is gone.
 2. parties.csv        who holds the ground that people leave, who receives them, who mediates.
 3. control.geojson    who holds what, from when, by which source. Longitude comes first.
                       Redraw both areas; they carry PLACEHOLDER as their source.
 4. hazards.geojson    mines, shelling, broken bridges: kind, severity 0 to 1, when observed.
 5. places.csv         settlements come from the map. Check the {drawn} suggested assembly
                       points, the crossing, the depots and the reception centre.
 6. crossings.csv      lanes, and seconds to screen a vehicle and a person of each kind.
 7. windows.csv        the agreed windows of silence with their margins; state accepted when it is.
 8. vehicles.csv       your fleet: seats by kind, depot, sides it may drive on, crew hours.
 9. service.csv        seconds to stop, board and alight, as measured.
10. delays.toml        how much goes wrong; used by "safepassage simulate". Assumptions.
11. households.csv     delete every row whose token begins with SAMPLE. Enter one row a household
                       and choice, without names; or delete the file and its entry in
                       datapackage.json and list your lists of people there instead.
12. claims.csv, statements.csv, terms/procedure.csv
                       public figures and words with their sources; the acts that are needed.

Personal data never belongs into any file but the lists. Map: {attribution}.
"""


def readme(header: PackageHeader, extract: str, notes: tuple[str, ...], *, drawn: int) -> str:
    """Return the text of README.txt."""
    remarks = "".join(f"\nNOTE: {note}\n" for note in notes)
    return _TEXT.format(
        title=header.title,
        extract=extract,
        notes=remarks,
        timezone=header.timezone,
        drawn=drawn,
        attribution=header.roads.attribution if header.roads else "",
    )
