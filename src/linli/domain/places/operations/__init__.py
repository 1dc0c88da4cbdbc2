"""Acts on places: opening a district, importing, correcting, withdrawing."""

from linli.domain.places.operations.codes import CodeTaken
from linli.domain.places.operations.corrections import NoSuchRecord, correct_place
from linli.domain.places.operations.districts import DistrictIsOpen, close_task, open_district
from linli.domain.places.operations.imports import (
    NotAnotherDistrict,
    NotTheLatestImport,
    PackageRefused,
    import_package,
    withdraw_import,
)
from linli.domain.places.operations.recording import RepeatedKey

__all__ = [
    "CodeTaken",
    "DistrictIsOpen",
    "NoSuchRecord",
    "NotAnotherDistrict",
    "NotTheLatestImport",
    "PackageRefused",
    "RepeatedKey",
    "close_task",
    "correct_place",
    "import_package",
    "open_district",
    "withdraw_import",
]
