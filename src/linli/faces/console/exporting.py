"""``linli export``."""

import argparse
from pathlib import Path

from linli.faces.console import house, telling

_TABLES = (".gpkg", ".geojson", ".csv", ".xlsx")


def run(asked: argparse.Namespace) -> int:
    """Write layers of a district's edition, or the whole as a package that can be imported again."""
    from linli.domain.places.rules.layers import LAYER_BY_KEY

    ending = asked.output.suffix.lower()
    if ending not in (*_TABLES, ""):
        raise telling.Refusal(f"不认识这种文件:{asked.output.name}。可用 {'、'.join(_TABLES)},或给一个文件夹。")
    unknown = [layer for layer in asked.layer or () if layer not in LAYER_BY_KEY]
    if unknown:
        raise telling.Refusal(f"没有这种图层:{'、'.join(unknown)}。可用 {'、'.join(LAYER_BY_KEY)}。")
    if ending in (".geojson", ".csv") and len(asked.layer or ()) != 1:
        raise telling.Refusal(f"{ending} 一次只能写一个图层,请用 --layer 写明;几个图层请用 .gpkg 或 .xlsx。")
    house.set_up_database()
    from django.utils import timezone

    from linli.domain.people.rules import Purpose
    from linli.domain.places import queries as places
    from linli.faces.components.scope import operator_scope

    scope = operator_scope(Purpose.DATA_UPKEEP, timezone.localdate())
    district = places.district(asked.district).place
    if asked.edition is None:
        edition = places.current(scope, district)
    else:
        edition = places.edition(scope, district, number=asked.edition)
    with telling.progress("导出") as step:
        step(0, 2, "读取")
        package = places.package_of(scope, edition.id)
        step(1, 2, "写出")
        written = _write(asked.output, package, asked.layer)
        step(2, 2, "完成")
    telling.say(f"第 {edition.number} 版:{written}:{asked.output}")
    return 0


def _write(path: Path, package, chosen):  # type: ignore[no-untyped-def]
    from linli.domain.standards import queries as standards
    from linli.interchange import export

    if path.suffix == "":
        export.write_package(package, path)
        return "数据包"
    missing = [layer for layer in chosen or () if layer not in package.layers]
    if missing:
        raise telling.Refusal(f"这一版没有图层:{'、'.join(missing)}。有的是:{'、'.join(package.layers)}。")
    spelled = standards.vocabularies() if path.suffix.lower() in (".csv", ".xlsx") else None
    sheets = [export.layer_sheet(package.layers[layer], spelled) for layer in chosen or package.layers]
    if path.suffix.lower() == ".gpkg":
        export.write_geopackage(sheets, path)
    elif path.suffix.lower() == ".xlsx":
        export.write_xlsx(sheets, path)
    elif path.suffix.lower() == ".csv":
        export.write_csv(sheets[0], path)
    else:
        export.write_geojson(sheets[0], path)
    return f"{len(sheets)} 个图层"
