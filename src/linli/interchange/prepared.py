"""Packages ready to be measured, kept in files: reading and assembling takes seconds, fetching what was kept does not.

What is kept is named by the content of the package's files and by the code that read them: whatever changes either is
read anew, so that nobody has to remember to clear anything.
"""

import hashlib
import json
import os
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

import linli.compute
from linli.compute import hierarchy
from linli.compute.hierarchy import Hierarchy
from linli.domain.places.rules import assembly, storage
from linli.domain.places.rules.package import DistrictPackage, Severity
from linli.domain.places.rules.situation import Situation
from linli.interchange.faultlog import line

FAULTS_KEPT = 20
_CODE = (Path(__file__).parent, Path(assembly.__file__).parent, Path(linli.compute.__file__).parent)


class NoCommunities(Exception):
    """The package has no communities, and so nothing to measure."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A district read from files."""

    situation: Situation
    hierarchy: Hierarchy
    outlines: NDArray[np.object_]
    """(c,) communities in WGS 84, in the situation's order."""
    source: str
    licence: str
    refused: int
    """Records that were left out for a fault."""
    faults: tuple[str, ...]
    """The first of their faults, each with its place."""
    merged: int
    """Facilities that were recorded more than once."""
    pieces: int
    """Pieces of the walking network that lead nowhere and were left out, with their length."""
    pieces_m: float


def prepare(package: DistrictPackage, *, facility_kinds: tuple[str, ...]) -> Prepared:
    """Assemble a package and order its network.

    Raises
    ------
    NoCommunities
    places.rules.walkways.NoWalkableStreet
    """
    if "communities" not in package.layers:
        raise NoCommunities(package.name)
    situation, report = assembly.assemble_with_report(package, facility_kinds=facility_kinds)
    refused = [fault for fault in package.faults if fault.severity is Severity.REFUSED]
    return Prepared(
        situation=situation,
        hierarchy=hierarchy.prepare(situation.network),
        outlines=community_outlines(package, situation.areas.code),
        source=package.source,
        licence=package.licence,
        refused=len(refused),
        faults=tuple(line(fault) for fault in refused[:FAULTS_KEPT]),
        merged=len(report.merges),
        pieces=report.dropped.pieces,
        pieces_m=report.dropped.length_m,
    )


def community_outlines(package: DistrictPackage, codes: Sequence[str]) -> NDArray[np.object_]:
    """(c,) outlines of communities in WGS 84, in the order of their codes."""
    table = package.layers["communities"]
    shape = dict(zip(table.keys, table.geometry, strict=True))
    outlines = np.empty(len(codes), dtype=object)
    outlines[:] = [shape[code] for code in codes]
    return outlines


def kept(
    cache: Path | None, folder: Path, data: Path | None, words: str, read: Callable[[], Prepared]
) -> tuple[Prepared, bool]:
    """What ``read`` would give, from the cache folder if it is there, and whether it was; older ones are swept away.

    ``words`` stands for the vocabularies by which the package is read.
    """
    if cache is None:
        return read(), False
    path = cache / f"{_place_mark(folder, data)}-{_content_mark(folder, data, words)}"
    found = load(path)
    if found is not None:
        return found, True
    made = read()
    save(made, path)
    _sweep(path)
    return made, False


def _place_mark(folder: Path, data: Path | None) -> str:
    """Of where the package lies, so that its older contents are found and swept away."""
    return hashlib.sha256(f"{folder.resolve()}\0{data and data.resolve()}".encode()).hexdigest()[:12]


def _content_mark(folder: Path, data: Path | None, words: str) -> str:
    whole = hashlib.sha256(f"{_code_mark()}\0{words}\0".encode())
    for root in (folder,) if data is None else (folder, data):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
                whole.update(f"{path.relative_to(root)}\0{content}\0".encode())
    return whole.hexdigest()[:32]


@lru_cache(maxsize=1)
def _code_mark() -> str:
    """Of everything that reads and assembles, as it is written; comments count too, which costs one more reading."""
    whole = hashlib.sha256(f"{assembly.METHOD} {storage.FORMAT}".encode())
    for root in _CODE:
        for path in sorted(root.rglob("*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()


def save(prepared: Prepared, path: Path) -> None:
    """Write what ``load`` reads: two files, each of which appears whole or not at all."""
    plain = {
        "source": prepared.source,
        "licence": prepared.licence,
        "refused": prepared.refused,
        "faults": prepared.faults,
        "merged": prepared.merged,
        "pieces": prepared.pieces,
        "pieces_m": prepared.pieces_m,
        "outlines": [shapely.to_wkb(outline, hex=True) for outline in prepared.outlines],
    }
    storage.save(prepared.situation, _situation_file(path))
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.draft")
    with draft.open("wb") as file:
        header = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
        np.savez(file, allow_pickle=False, __plain__=header, **prepared.hierarchy.as_arrays())
    draft.replace(_ways_file(path))


def load(path: Path) -> Prepared | None:
    """What was saved, or None where there is nothing that can be read."""
    try:
        with _ways_file(path).open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        plain: dict[str, Any] = json.loads(arrays.pop("__plain__").tobytes())
        outlines = np.asarray(shapely.from_wkb(np.array(plain.pop("outlines"), dtype=object)), dtype=object)
        faults = tuple(plain.pop("faults"))
        situation = storage.load(_situation_file(path))
        return Prepared(situation, hierarchy.from_arrays(arrays), outlines, faults=faults, **plain)
    except (storage.NotASituation, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, shapely.GEOSException):
        return None


def _situation_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.npz")


def _ways_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.ways.npz")


def _sweep(path: Path) -> None:
    """Delete what was kept of older contents of the same package."""
    for other in path.parent.glob(f"{path.name.split('-')[0]}-*.npz"):
        if not other.name.startswith(f"{path.name}."):
            other.unlink(missing_ok=True)
