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

SUMMARY_VERSION = "1.0"


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

    Writes network.npz and summary.json into the folder.

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
        "highways": kinds,
        "rejects": [{"reason": reason, "count": count} for reason, count in network.rejects],
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
    if document["rejects"]:
        rejected = Table("left out or noted", "count")
        for row in document["rejects"]:
            rejected.add_row(row["reason"], str(row["count"]))
        out.print(rejected)
    out.print(f"Written: {out_dir}/network.npz, {out_dir}/summary.json", markup=False)
