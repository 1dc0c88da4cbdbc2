"""``linli backup`` and ``linli restore``."""

import argparse
import sys

from linli.faces.console import house, telling


def backup(asked: argparse.Namespace) -> int:
    """Write a backup, and prove it if asked."""
    house.set_up()
    from django.utils import timezone

    from linli.runtime import backup as keeper

    if not asked.file.absolute().parent.is_dir():
        raise telling.Refusal(f"没有这个文件夹:{asked.file.absolute().parent}。")
    path = keeper.backup(asked.file, at=timezone.now(), say=telling.error)
    telling.say(f"已备份:{path}({path.stat().st_size / 1e6:.1f} MB)")
    if asked.prove:
        proof = keeper.prove(path, say=telling.error)
        if not proof.is_equal:
            telling.error("恢复出的副本与备份不一致,请换一处磁盘重做备份。")
            return telling.REFUSED
        telling.say(f"已证明相等:{proof.tables} 张表,{proof.rows} 行,{proof.files} 个文件。")
    return 0


def restore(asked: argparse.Namespace) -> int:
    """Put a backup in the place of the database, once its copy is proved equal."""
    if not asked.file.is_file():
        raise telling.Refusal(f"没有这个备份:{asked.file}。")
    if not asked.yes and not _agreed():
        telling.error("没有恢复。")
        return telling.REFUSED
    house.set_up()
    from linli.runtime import backup as keeper

    proof = keeper.restore(asked.file, say=telling.error)
    telling.say(f"已恢复 {proof.made_at} 的备份,并证明相等:{proof.tables} 张表,{proof.rows} 行,{proof.files} 个文件。")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise telling.Refusal("恢复会换掉现在的数据库;不在终端里运行时请加 --yes。")
    return input("恢复会换掉现在的数据库(原来的会留着)。继续吗?[y/N] ").strip().lower() in ("y", "yes", "是")
