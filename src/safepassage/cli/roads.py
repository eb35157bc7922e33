"""``safepassage roads``: read road networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress

if TYPE_CHECKING:
    from safepassage.core.corridor.types import RoadNetwork

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Read road networks from OpenStreetMap extracts.",
)

SUMMARY_VERSION = "1.1"
"""1.1 added counts, islands, turn restrictions over ways and closures by tags."""
ISLANDS_SHOWN = 20


@app.callback()
def roads() -> None:
    """Read road networks from OpenStreetMap extracts."""


@app.command("import")
def import_roads(
    extract: Annotated[
        Path, typer.Argument(help="An extract: .osm.pbf, .osm, .osm.gz or .osm.bz2.")
    ],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder to write into.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Import the roads that motor vehicles may use, and count what was left out and why.

    Writes network.npz and summary.json into the folder: roads by kind, limits and turn restrictions
    read, what could not be honoured, and the islands that no road joins to the rest.

    Example: safepassage roads import andorra.osm.pbf --out roads
    """
    import json
    import time

    from safepassage.adapters.osm import import_osm
    from safepassage.adapters.roads import save_network

    began = time.perf_counter()
    with progress("Importing roads") as report:
        network = import_osm(extract, report)
    seconds = time.perf_counter() - began
    document = summarise(network, extract.name)
    save_network(network, out_dir / "network.npz")
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    (out_dir / "summary.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        print_json(document | {"seconds": round(seconds, 3), "out": str(out_dir)})
    else:
        _print_summary(document, seconds, out_dir)


def summarise(network: RoadNetwork, name: str) -> dict[str, Any]:
    """Return counts of a network as a JSON object; the same for the same extract."""
    import numpy as np

    kinds = []
    for number, highway in enumerate(network.highway_names):
        arcs = network.highway == number
        if arcs.any():
            length_km = float(network.length_m[arcs].sum()) / 1000
            kinds.append(
                {"highway": highway, "arcs": int(arcs.sum()), "length_km": round(length_km, 1)}
            )
    return {
        "version": SUMMARY_VERSION,
        "extract": name,
        "attribution": network.attribution,
        "nodes": network.node_count,
        "arcs": network.arc_count,
        "bridges": int(np.count_nonzero(network.bridge)),
        "weight_limits": int(np.count_nonzero(~np.isnan(network.maxweight_t))),
        "turn_bans": len(network.turn_bans),
        "turn_paths": 0 if network.turn_path_access is None else len(network.turn_path_access),
        "closures": [
            {"id": closure.closure_id, "source": closure.source, "ways": len(closure.way_ids)}
            for closure in network.closures
        ],
        "counts": [{"what": what, "count": count} for what, count in network.counts],
        "highways": kinds,
        "islands": _islands(network),
        "rejects": [{"reason": reason, "count": count} for reason, count in network.rejects],
    }


def _islands(network: RoadNetwork) -> dict[str, Any]:
    """Return the parts that no road joins: how many, and the longest with size and place."""
    from safepassage.core.corridor.islands import islands

    mainland, *others = islands(network)
    return {
        "mainland_km": round(mainland.length_km, 1),
        "count": len(others),
        "length_km": round(sum(island.length_km for island in others), 1),
        "largest": [
            {
                "nodes": island.nodes,
                "arcs": island.arcs,
                "length_km": round(island.length_km, 1),
                "lat": round(island.lat, 5),
                "lon": round(island.lon, 5),
                "ferry": island.ferry,
            }
            for island in others[:ISLANDS_SHOWN]
        ],
    }


def _print_summary(document: dict[str, Any], seconds: float, out_dir: Path) -> None:
    from rich.table import Table

    out.print(
        f"{document['extract']}: {document['nodes']} nodes, {document['arcs']} arcs, "
        f"{document['turn_bans']} turn bans in {seconds:.1f} s. {document['attribution']}",
        markup=False,
    )
    table = Table("road", "arcs", "km of arcs")
    for row in document["highways"]:
        table.add_row(row["highway"], str(row["arcs"]), f"{row['length_km']:.1f}")
    out.print(table)
    read = Table("read and honoured", "count")
    for row in document["counts"]:
        read.add_row(row["what"], str(row["count"]))
    out.print(read)
    if document["rejects"]:
        rejected = Table("left out or noted", "count")
        for row in document["rejects"]:
            rejected.add_row(row["reason"], str(row["count"]))
        out.print(rejected)
    out.print(_islands_sentence(document["islands"]), markup=False)
    out.print(f"Written: {out_dir}/network.npz, {out_dir}/summary.json", markup=False)


def _islands_sentence(found: dict[str, Any]) -> str:
    if not found["count"]:
        return f"All {found['mainland_km']:.1f} km of road hang together."
    largest = found["largest"][0]
    ferry = ", where a ferry lands" if largest["ferry"] else ""
    return (
        f"{found['count']} islands with {found['length_km']:.1f} km of road are joined to the "
        f"other {found['mainland_km']:.1f} km by no road; the largest has "
        f"{largest['length_km']:.1f} km around {largest['lat']:.4f}, {largest['lon']:.4f}{ferry}."
    )
