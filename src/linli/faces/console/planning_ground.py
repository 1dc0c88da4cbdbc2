"""What ``linli plan`` stands on: a district package, or the newest edition of a district of the database."""

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linli.faces.console import house, telling

if TYPE_CHECKING:
    from linli.compute.hierarchy import Hierarchy
    from linli.domain.checkup.rules import Answers
    from linli.domain.places.rules.package import DistrictPackage
    from linli.domain.places.rules.situation import Situation
    from linli.domain.standards.rules import Pack
    from linli.faces.components.planning.pages import Page


@dataclass(frozen=True, slots=True)
class Standing:
    """One district as it is, ready to be planned."""

    situation: "Situation"
    hierarchy: "Hierarchy"
    outlines: NDArray[np.object_]
    """Communities in WGS 84, in the situation's order."""
    day: date
    pack: "Pack | None"
    answers: "Answers"
    basis: str

    def page(self) -> "Page":
        from django.utils import timezone

        from linli.faces.components.planning.pages import Page

        return Page(self.situation.name, self.basis, self.situation.synthetic, timezone.localtime(), self.outlines)


def standing(asked: argparse.Namespace, step: telling.Progress) -> Standing:
    """Read or fetch the district that the arguments name."""
    return _of_folder(asked, step) if asked.folder is not None else _of_district(asked, step)


def require_one_source(asked: argparse.Namespace) -> bool:
    """Whether a package or a district is named, and not both; else the usage is told."""
    if (asked.folder is None) == (asked.district is None):
        telling.error("用法不对:请给出数据包的文件夹,或用 --district 给出库里的区,二者取一。")
        return False
    return True


def _of_folder(asked: argparse.Namespace, step: telling.Progress) -> Standing:
    day = asked.day or date.today()  # noqa: DTZ011 - a day by the wall calendar, as people mean it
    pack = house.pack_named(asked.pack, day) if asked.pack else None
    cache = None if asked.no_cache else (asked.cache or house.prepared_folder())
    step(0, 4, "读取数据包")
    found, _was_there = house.prepared_in(asked.folder, asked.data, cache=cache)
    if found.refused and not asked.rest:
        for fault in found.faults:
            telling.error(f"拒绝 {fault}")
        raise telling.Refusal(f"没有推算:数据包有 {found.refused} 处不合格。改正后重来,或用 --rest 以其余的记录推算。")
    basis = f"数据包 {found.situation.fingerprint[:8]} · {day.isoformat()}"
    return Standing(found.situation, found.hierarchy, found.outlines, day, pack, {}, basis)


def _of_district(asked: argparse.Namespace, step: telling.Progress) -> Standing:
    from linli.runtime import database

    step(0, 4, "准备数据库")
    database.prepare()
    from django.utils import timezone

    from linli.compute import hierarchy
    from linli.domain.checkup import queries as checkup
    from linli.domain.people.rules import Purpose
    from linli.domain.places import queries as places
    from linli.domain.standards import queries as standards
    from linli.faces.components.scope import operator_scope

    if asked.data is not None or asked.rest:
        raise telling.Refusal("--data 和 --rest 只用于数据包文件夹。")
    now = timezone.now()
    day = asked.day or timezone.localdate(now)
    district = places.district(asked.district)
    if asked.pack:
        house.pack_named(asked.pack, day)
    pack = standards.pack(asked.pack, day=day, district=district.place) if asked.pack else None
    scope = operator_scope(Purpose.PLANNING, timezone.localdate(now))
    edition = places.current(scope, district.place)
    step(1, 4, "读取版次")
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    cache = None if asked.no_cache else (asked.cache or house.prepared_folder())
    situation = places.situation(scope, edition.id, facility_kinds=kinds, cache=cache)
    shapes = {one.key: one.geometry for one in places.records(scope, "communities", edition.id)}
    outlines = np.empty(len(situation.areas.code), dtype=object)
    outlines[:] = [shapes[code] for code in situation.areas.code]
    said = checkup.answers_in_force(situation.areas.place.tolist(), day=day, at=now)
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    answers = {(index[place], question): answer for (place, question), answer in said.answers.items()}
    ordered = hierarchy.prepare(situation.network)
    basis = f"第 {edition.number} 版 {edition.fingerprint[:8]} · {day.isoformat()}"
    return Standing(situation, ordered, outlines, day, pack, answers, basis)


def package_of(asked: argparse.Namespace) -> "DistrictPackage":
    """The records themselves, for what a situation does not hold."""
    if asked.folder is not None:
        return house.package_in(asked.folder, asked.data)
    from django.utils import timezone

    from linli.domain.people.rules import Purpose
    from linli.domain.places import queries as places
    from linli.faces.components.scope import operator_scope

    scope = operator_scope(Purpose.PLANNING, timezone.localdate())
    return places.package_of(scope, places.current(scope, places.district(asked.district).place).id)


def require_output(path: Path | None) -> None:
    """Refuse an ending that is none of ours before anything is computed."""
    from linli.faces.components.planning.files import ENDINGS

    if path is not None and path.suffix.lower() not in ENDINGS:
        raise telling.Refusal(f"不认识这种结果文件:{path.name}。可用 {'、'.join(ENDINGS)}。")
    if path is not None and path.is_dir():
        raise telling.Refusal(f"这是一个文件夹,不能写成结果文件:{path}。请换个名称。")
    if path is not None and not path.absolute().parent.is_dir():
        raise telling.Refusal(f"没有这个文件夹:{path.absolute().parent}。")
