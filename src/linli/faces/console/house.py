"""What the commands share: the application set up, packages read, and as whom the machine's operator acts."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from linli.domain.places.rules.package import DistrictPackage
from linli.faces.console.telling import Progress, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linli.domain.journal.rules import Act
    from linli.domain.standards.rules import Pack
    from linli.interchange.prepared import Prepared
    from linli.interchange.workbook import SurveyQuestion


def set_up() -> None:
    """Load the application; nothing is started and no database asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    import django

    django.setup()


def set_up_database() -> None:
    """Load the application and make its database ready: server up, tables newest, role fit."""
    set_up()
    from linli.runtime import database

    database.prepare()


def package_in(folder: Path, data: Path | None, step: Progress | None = None) -> DistrictPackage:
    """Read a package by the vocabularies of the standards."""
    from linli.domain.standards import queries as standards
    from linli.domain.standards.rules import KindByTags
    from linli.interchange.package import read_package

    if not folder.is_dir():
        raise Refusal(f"没有这个文件夹:{folder}。数据包是一个文件夹,里面有清单 district.yaml。")
    if data is not None and not data.is_dir():
        raise Refusal(f"没有这个文件夹:{data}。")
    kinds = KindByTags(standards.facility_kinds())
    return read_package(folder, vocabularies=standards.vocabularies(), osm_kinds=kinds, data=data, progress=step)


def prepared_in(
    folder: Path, data: Path | None = None, *, cache: Path | None, step: Progress | None = None
) -> "tuple[Prepared, bool]":
    """A package ready to be measured, from the cache folder if it was there; and whether it was."""
    from linli.domain.standards import queries as standards
    from linli.interchange import prepared

    kinds = standards.facility_kinds()

    def read() -> "Prepared":
        package = package_in(folder, data, step)
        return prepared.prepare(package, facility_kinds=tuple(kind.key for kind in kinds))

    return prepared.kept(cache, folder, data, f"{kinds!r}{standards.vocabularies()!r}", read)


def prepared_folder() -> Path:
    """Where prepared packages are kept."""
    from linli.runtime import folders

    return folders.var() / "situations"


def pack_named(key: str, day: date) -> "Pack":
    """A pack as it is written; refuses a key that is none with the keys that are."""
    from linli.domain.standards import queries as standards

    if key not in standards.packs():
        raise Refusal(f"没有这套标准:{key}。可用的有:{'、'.join(standards.packs())}。")
    return standards.pack(key, day=day, local=False)


def survey_questions(packs: "Sequence[Pack]") -> "list[SurveyQuestion]":
    """What the packs' indicators ask of a community, each question once."""
    from linli.domain.standards import queries as standards
    from linli.interchange.workbook import SurveyQuestion

    asked = (question for pack in packs for found in standards.questions(pack).values() for question in found)
    return [SurveyQuestion(q.key, q.zh, str(q.kind), q.unit, q.hint_zh) for q in dict.fromkeys(asked)]


def operator_act() -> "Act":
    """An act of whoever works at the machine itself, now."""
    from django.utils import timezone

    from linli.domain.journal.rules import OPERATOR, Act, Channel

    return Act(OPERATOR, timezone.now(), Channel.ONLINE)
