"""A large OpenStreetMap file out of a small one: copies with ids and longitudes shifted."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

ID_STEP = 20_000_000_000
"""More than any id that OpenStreetMap has given."""
DEGREES = 0.5


def write_copies(source: Path, target: Path, copies: int) -> None:
    """Write an extract several times over, side by side, in the usual order of objects."""
    import osmium

    with osmium.SimpleWriter(str(target), overwrite=True) as out:
        for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for copy in range(copies):
                shift = copy * ID_STEP
                for item in osmium.FileProcessor(str(source), kind):
                    if item.is_node():
                        at = item.location
                        place = (at.lon + copy * DEGREES, at.lat)
                        out.add_node(item.replace(id=item.id + shift, location=place))
                    elif item.is_way():
                        nodes = [node.ref + shift for node in item.nodes]
                        out.add_way(item.replace(id=item.id + shift, nodes=nodes))
                    else:
                        members = [
                            (part.type, part.ref + shift, part.role) for part in item.members
                        ]
                        out.add_relation(item.replace(id=item.id + shift, members=members))


def main(path: str) -> None:
    """Import a file in this process and print seconds and the peak of memory as JSON."""
    from safepassage.adapters.osm import import_osm

    began = time.perf_counter()
    network = import_osm(Path(path))
    seconds = time.perf_counter() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "bytes": Path(path).stat().st_size,
        "seconds": round(seconds, 3),
        "peak_bytes": peak_kib * 1024,
        "nodes": network.node_count,
        "arcs": network.arc_count,
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
