"""``linli import``."""

import argparse
from pathlib import Path

from linli.domain.places.rules.package import DistrictPackage, Severity
from linli.faces.console import house, telling
from linli.interchange.faultlog import PackageRefused


def run(asked: argparse.Namespace) -> int:
    """Read, report every fault, and make the package the newest edition unless something is refused."""
    house.set_up()
    try:
        with telling.progress("读取数据包") as step:
            package = house.package_in(asked.folder, asked.data, step)
    except PackageRefused as refusal:
        _copy_with_faults(asked, refusal.faults)
        raise
    refused = telling.faults(package.faults)
    _copy_with_faults(asked, package.faults)
    _summarize(package)
    if refused and not asked.rest:
        telling.error(f"没有写入:{refused} 处不合格。改正后重来,或用 --rest 导入其余合格的记录。")
        return telling.REFUSED
    if asked.dry_run:
        telling.say("检查通过,没有写入(--dry-run)。")
        return 0
    return _write(package, rest=asked.rest)


def _summarize(package: DistrictPackage) -> None:
    from linli.domain.places.rules.layers import LAYER_BY_KEY

    telling.say(f"{package.name}({package.code}),{package.day},来源:{package.source}")
    for key, table in package.layers.items():
        telling.say(f"  {LAYER_BY_KEY[key].zh}:{len(table.keys)} 条,坐标系 {table.source_crs}")
    repaired = sum(fault.severity is Severity.REPAIRED for fault in package.faults)
    telling.say(f"  自动修复 {repaired} 处;指纹 {package.fingerprint[:16]}")


def _copy_with_faults(asked: argparse.Namespace, faults: tuple) -> None:  # type: ignore[type-arg]
    from linli.interchange.workbook import write_fault_copy

    if asked.faults_copy is None:
        return
    asked.faults_copy.mkdir(parents=True, exist_ok=True)
    folder: Path = asked.data or asked.folder
    for name in sorted({fault.file for fault in faults if fault.file.lower().endswith(".xlsx")}):
        if (folder / name).is_file():
            copy = asked.faults_copy / Path(name).name
            write_fault_copy(folder / name, [fault for fault in faults if fault.file == name], copy)
            telling.say(f"批注好的工作簿:{copy}")


def _write(package: DistrictPackage, *, rest: bool) -> int:
    from linli.runtime import database

    with telling.progress("写入") as step:
        step(0, 3, "准备数据库")
        database.prepare()
        from django.db import transaction
        from django.utils import timezone

        from linli.domain.people.rules import Purpose
        from linli.domain.places import operations as places
        from linli.domain.places import queries
        from linli.faces.components.scope import operator_scope

        act = house.operator_act()
        step(1, 3, "新版次")
        # A district that is opened for a package that is then refused was never opened.
        with transaction.atomic():
            if package.code not in {district.code for district in queries.districts()}:
                places.open_district(act, code=package.code, name=package.name)
            scope = operator_scope(Purpose.DATA_UPKEEP, timezone.localdate(act.at))
            edition = places.import_package(act, scope, package, rest=rest)
        step(3, 3, "完成")
    known = edition.at != act.at
    telling.say(
        f"同一个数据包已经是第 {edition.number} 版,没有改变。"
        if known
        else f"已写入:第 {edition.number} 版,指纹 {edition.fingerprint[:16]}。"
    )
    return 0
