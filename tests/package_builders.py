"""District packages as files, for tests of the interchange: folders with a manifest and layers."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from linli.domain.places.rules.layers import Choice
from linli.domain.places.rules.package import DistrictPackage, Fault, Severity
from linli.domain.standards.rules import FacilityKind, KindByTags
from linli.interchange.faultlog import PackageRefused
from linli.interchange.package import read_package

KINDS = {
    "kindergarten": [{"amenity": "kindergarten"}],
    "pharmacy": [{"amenity": "pharmacy"}],
    "clinic": [{"amenity": "clinic"}, {"amenity": "doctors"}],
    "canteen": [],
    "bus_stop": [{"highway": "bus_stop"}, {"public_transport": "platform", "bus": "yes"}],
    "school": [{"amenity": "school"}],
    "supermarket": [{"shop": "supermarket"}],
    "park": [{"leisure": "park"}],
}
_NAMES = {
    "kindergarten": "幼儿园",
    "pharmacy": "药店",
    "clinic": "卫生服务站",
    "canteen": "社区食堂",
    "bus_stop": "公交站",
}
OSM_KINDS = KindByTags(FacilityKind(key, key, key, "", tuple(osm)) for key, osm in KINDS.items())
VOCABULARIES = {
    "facility_kinds": tuple(Choice(kind, _NAMES.get(kind, kind), kind.title()) for kind in KINDS),
    "community_types": (Choice("NEW_BUILD", "规划新建类", "New build"), Choice("UPGRADE", "整合提升类", "Upgrade")),
}


def a_manifest(*layers: Mapping[str, object], **changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "format": "linli-district/1",
        "code": "990102",
        "name": "测试区",
        "day": "2026-06-30",
        "source": "测试数据",
        "licence": "CC0-1.0",
        "layers": [dict(layer) for layer in layers],
    }
    return {**whole, **changes}


def a_folder(path: Path, files: Mapping[str, str | bytes], *layers: Mapping[str, object], **changes: object) -> Path:
    """A package's folder with these files and layers."""
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    manifest = yaml.safe_dump(a_manifest(*layers, **changes), allow_unicode=True, sort_keys=False)
    (path / "district.yaml").write_text(manifest, "utf-8")
    return path


def taken(folder: Path, **options: object) -> DistrictPackage:
    return read_package(folder, vocabularies=VOCABULARIES, osm_kinds=OSM_KINDS, **options)


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Faults of a package, whether it was refused as a whole or read in part."""
    try:
        return taken(folder).faults
    except PackageRefused as refusal:
        return refusal.faults


def refused(folder: Path) -> list[Fault]:
    return [fault for fault in faults_of(folder) if fault.severity is Severity.REFUSED]
