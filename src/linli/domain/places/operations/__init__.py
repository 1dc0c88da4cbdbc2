"""Acts on places: opening a district, importing, correcting, withdrawing."""

from linli.domain.places.operations.codes import CodeSucceeded, CodeTaken
from linli.domain.places.operations.corrections import NoSuchRecord, correct_place
from linli.domain.places.operations.districts import DistrictIsOpen, NoSuchCode, close_task, open_district, succeed_code
from linli.domain.places.operations.imports import (
    NotAnotherDistrict,
    NotTheLatestImport,
    PackageRefused,
    import_package,
    withdraw_import,
)
from linli.domain.places.operations.recording import RepeatedKey

__all__ = [
    "CodeSucceeded",
    "CodeTaken",
    "DistrictIsOpen",
    "NoSuchCode",
    "NoSuchRecord",
    "NotAnotherDistrict",
    "NotTheLatestImport",
    "PackageRefused",
    "RepeatedKey",
    "close_task",
    "correct_place",
    "import_package",
    "open_district",
    "succeed_code",
    "withdraw_import",
]
