"""``linli walk``."""

import argparse

from linli.faces.console import telling

_FAR_LEG_M = 250.0


def run(asked: argparse.Namespace) -> int:
    """Measure the distances between the files' places and write them."""
    if asked.output.suffix.lower() not in (".csv", ".txt", ""):
        raise telling.Refusal(f"结果是 CSV,文件名请以 .csv 结尾,而不是 {asked.output.name}。")
    from linli.interchange import manifest

    crs = manifest.normalized_crs(asked.crs)
    if not crs:
        raise telling.Refusal(f"不认识这个坐标系:{asked.crs}。可用 EPSG:编号、CGCS2000、GCJ-02、BD-09。")
    with telling.progress("步行距离") as step:
        step(0, 3, "载入计算程序")
        from linli.interchange import walking

        step(1, 3, "读取与计算")
        start, found = walking.distances(
            asked.network, asked.origins, asked.facilities, compounds=asked.compounds, crs=crs, sheet=asked.sheet
        )
        step(2, 3, "写出结果")
        empty = walking.write(asked.output, start, found, limit_m=asked.limit)
        step(3, 3, "完成")
    if found.dropped.pieces:
        telling.error(
            f"提示 路网断成 {found.dropped.pieces + 1} 块,只用最大的一块;"
            f"其余 {found.dropped.length_m / 1000:.1f} 公里、{found.dropped.nodes} 个路口没有用。"
        )
    if found.leg_m > _FAR_LEG_M:
        telling.error(f"提示 起点到最近道路的中位数是 {found.leg_m:.0f} 米,两边的坐标系可能不同;请核对 --crs。")
    telling.say(f"{len(start.id)} 个起点,{len(found.kinds)} 类设施,{empty} 格留空:{asked.output}")
    return 0
