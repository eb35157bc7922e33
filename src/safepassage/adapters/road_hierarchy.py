"""The file in which a prepared hierarchy is kept, and the folder that holds such files.

Rules: docs/spec/03-corridor.md §38.
"""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.hierarchy import Shape
from safepassage.core.corridor.router import Topology, prepare_roads, roads_digest
from safepassage.core.corridor.types import RoadNetwork, VehicleClass
from safepassage.errors import Finding, InputError, VersionError

FORMAT: Final = "safepassage-hierarchy"
FORMAT_VERSION: Final = 1
_ABOUT: Final = "about"
_OF_SHAPE: Final = "shape_"
_SAME_DATE: Final = (1980, 1, 1, 0, 0, 0)


def kept_topology(
    network: RoadNetwork, vehicle_class: VehicleClass, folder: Path | None
) -> Topology:
    """Return the hierarchy of a network, from the folder if it is there, else built and kept.

    Parameters
    ----------
    folder
        Files are named by what they were made from; None keeps nothing. A file that is damaged or
        of another version is replaced.
    """
    if folder is None:
        return prepare_roads(network, vehicle_class)
    path = folder / f"{roads_digest(network, vehicle_class)}-{FORMAT_VERSION}.hierarchy"
    with contextlib.suppress(InputError):
        return load_topology(path, network, vehicle_class)
    topology = prepare_roads(network, vehicle_class)
    with contextlib.suppress(OSError):
        save_topology(topology, path)
    return topology


def save_topology(topology: Topology, path: Path) -> None:
    """Write a hierarchy as one file; the same bytes every time.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    arrays = {
        field.name: getattr(topology, field.name)
        for field in fields(topology)
        if field.name not in ("digest", "shape")
    }
    arrays |= {_OF_SHAPE + item.name: getattr(topology.shape, item.name) for item in fields(Shape)}
    head = {"format": FORMAT, "version": FORMAT_VERSION, "digest": topology.digest}
    arrays[_ABOUT] = np.frombuffer(json.dumps(head, sort_keys=True).encode(), dtype=np.uint8)
    try:
        _write(half, arrays)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            info = zipfile.ZipInfo(f"{name}.npy", date_time=_SAME_DATE)
            with archive.open(info, "w") as entry:
                np.lib.format.write_array(entry, arrays[name], allow_pickle=False)


def load_topology(path: Path, network: RoadNetwork, vehicle_class: VehicleClass) -> Topology:
    """Read a hierarchy that :func:`save_topology` wrote.

    Parameters
    ----------
    network, vehicle_class
        What it must have been made from.

    Raises
    ------
    InputError
        If the file is missing, damaged, something else, or made from other roads.
    VersionError
        If another version wrote it.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        head = json.loads(arrays.pop(_ABOUT).tobytes().decode())
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        message = "is not a hierarchy of roads, or is damaged; it will be built again."
        raise InputError(Finding(message, file=path.name)) from error
    _check(path.name, head, roads_digest(network, vehicle_class))
    try:
        shape = Shape(**{item.name: arrays.pop(_OF_SHAPE + item.name) for item in fields(Shape)})
        return Topology(digest=head["digest"], shape=shape, **arrays)
    except (KeyError, TypeError) as error:
        message = "lacks a part of the hierarchy; it will be built again."
        raise InputError(Finding(message, file=path.name)) from error


def _check(name: str, head: Any, digest: str) -> None:
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(Finding("is not a hierarchy of roads.", file=name))
    if head.get("version") != FORMAT_VERSION:
        message = (
            f"was written in format version {head.get('version')}; this version reads "
            f"{FORMAT_VERSION}: build it again."
        )
        raise VersionError(Finding(message, file=name))
    if head.get("digest") != digest:
        raise InputError(Finding("was made from other roads or turn bans.", file=name))
