"""``linli checkup --districts`` and ``linli prepare``: many districts, one task one district."""

import argparse
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from linli.faces.console import house, telling
from linli.faces.console.district_task import DistrictRefused, Outcome, Task, check_up_one
from linli.interchange import manifest
from linli.interchange.export import Column, Sheet
from linli.runtime import spreading

SUMMARY = "districts.csv"
_READY = "linli.faces.console.district_ready"
_MORE = ("survey", "data", "access")
"""What is asked of one district alone."""


def run(asked: argparse.Namespace) -> int:
    """Check every district up; one that is refused is listed and stops no other."""
    alone = [f"--{name}" for name in _MORE if getattr(asked, name) is not None]
    if alone:
        raise telling.Refusal(f"{'、'.join(alone)} 只用于一个区,不能与 --districts 一起用。")
    folders = packages(asked.districts)
    if asked.output is not None and asked.output.is_file():
        raise telling.Refusal(f"{asked.output} 是文件;许多区时 -o 要给一个文件夹。")
    _get_ready(asked, folders)
    house.set_up()
    day = asked.day or date.today()  # noqa: DTZ011 - a day by the wall calendar, as people mean it
    house.pack_named(asked.pack, day)
    if asked.output is not None:
        asked.output.mkdir(parents=True, exist_ok=True)
    names = _file_names(folders)
    tasks = [
        Task(
            folder, asked.pack, day, asked.rest, _cache(asked), asked.output and asked.output / f"{name}.{asked.format}"
        )
        for folder, name in zip(folders, names, strict=True)
    ]
    found = outcomes(tasks, workers=_workers(asked, tasks), dask=asked.dask, title="体检")
    code = tell(folders, found)
    if asked.output is not None:
        write_summary(asked.output / SUMMARY, folders, found)
        telling.say(f"结果:{asked.output},汇总在 {SUMMARY}")
    return code


def prepare(asked: argparse.Namespace) -> int:
    """Read and assemble every package, and keep it for later."""
    if asked.no_cache:
        raise telling.Refusal("linli prepare 就是为了留着以后用,不能与 --no-cache 一起用。")
    folders = packages(asked.districts)
    _get_ready(asked, folders)
    house.set_up()
    tasks = [Task(folder, "", date.min, True, _cache(asked), None, measured=False) for folder in folders]
    found = outcomes(tasks, workers=_workers(asked, tasks), dask=asked.dask, title="备好")
    return tell(folders, found, measured=False)


def packages(named: Sequence[Path]) -> list[Path]:
    """The packages that paths name: a package itself, all packages in a folder, or those that a text file lists."""
    found: list[Path] = []
    for path in named:
        if path.is_file():
            found += [path.parent / line.strip() for line in _lines(path) if line.strip()]
        elif (path / manifest.NAME).is_file():
            found.append(path)
        elif path.is_dir():
            found += sorted(inner.parent for inner in path.glob(f"*/{manifest.NAME}"))
        else:
            raise telling.Refusal(f"没有这个文件夹或文件:{path}。")
    if not found:
        raise telling.Refusal(f"{'、'.join(map(str, named))} 里没有数据包;数据包是有清单 {manifest.NAME} 的文件夹。")
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise telling.Refusal(f"{path} 不是文本文件;应一行写一个数据包的文件夹。") from None


def _file_names(folders: Sequence[Path]) -> list[str]:
    """A file name for each; folders of one name are told apart by number."""
    count: dict[str, int] = {}
    names = []
    for folder in folders:
        name = folder.name or folder.resolve().name
        count[name] = count.get(name, 0) + 1
        names.append(name if count[name] == 1 else f"{name}-{count[name]}")
    return names


def _cache(asked: argparse.Namespace) -> Path | None:
    return None if asked.no_cache else (asked.cache or house.prepared_folder())


def _workers(asked: argparse.Namespace, many: Sequence[object]) -> int:
    return min(asked.workers or os.cpu_count() or 1, len(many))


def _get_ready(asked: argparse.Namespace, folders: Sequence[Path]) -> None:
    """Workers load what they need while this process sets itself up."""
    if asked.dask or _workers(asked, folders) > 1:
        spreading.get_ready(_READY)


Found = list[Outcome | Exception]


def outcomes(tasks: Sequence[Task], *, workers: int, dask: bool, title: str) -> Found:
    """What became of each task, in the order of the tasks."""
    ways: dict[bool, Callable[[], spreading.Done[Outcome]]] = {
        True: lambda: spreading.by_dask(check_up_one, tasks, workers=workers, ready=_READY),
        False: lambda: spreading.in_processes(check_up_one, tasks, workers=workers, ready=_READY),
    }
    done = ways[dask]() if dask or workers > 1 else spreading.serially(check_up_one, tasks)
    found: Found = [spreading.WorkerLost()] * len(tasks)
    with telling.progress(title) as step:
        for count, (number, outcome) in enumerate(done, 1):
            found[number] = outcome
            step(count, len(tasks), f"{tasks[number].folder.name} {count}/{len(tasks)}")
    return found


def tell(folders: Sequence[Path], found: Found, *, measured: bool = True) -> int:
    """Say what came out and what did not; the exit code."""
    good = [one for one in found if isinstance(one, Outcome)]
    telling.say(
        f"{len(good)} 个区{'体检完成' if measured else '已备好'},共 {sum(one.communities for one in good)} 个社区,"
        f"{sum(one.people for one in good)} 人;每区 {_mean(good):.2f} 秒(处理器时间),"
        f"{sum(one.was_prepared for one in good)} 个是事先备好的。"
    )
    ours = False
    for folder, one in zip(folders, found, strict=True):
        if isinstance(one, Exception):
            told, is_ours = fault(one)
            ours |= is_ours
            telling.error(f"拒绝 {folder}: {told}")
    if len(good) < len(found):
        telling.error(f"{len(found) - len(good)} 个区没有{'体检' if measured else '备好'},原因见上。")
    return 3 if ours else telling.REFUSED if len(good) < len(found) else 0


def fault(problem: Exception) -> tuple[str, bool]:
    """What to say of a district that was not checked up, and whether it is a fault of ours."""
    if isinstance(problem, DistrictRefused):
        return problem.sentence, False
    if told := telling.sentence(problem):
        return told, False
    return f"程序出错了({type(problem).__name__}),经过记在 {telling.kept_for_us(problem)}。", True


def _mean(good: Sequence[Outcome]) -> float:
    return sum(one.seconds for one in good) / len(good) if good else 0.0


def write_summary(path: Path, folders: Sequence[Path], found: Found) -> None:
    """One row a district: its counts, or why it was not checked up."""
    from linli.domain.checkup.rules import State
    from linli.faces.components import words
    from linli.interchange.export import whole, write_csv

    good = [one if isinstance(one, Outcome) else None for one in found]
    grades = sorted({grade for one in good if one for grade in one.grades})
    told = {"": "未达级", "?": "暂无法定级"}
    columns = (
        Column("folder", "数据包", [str(folder) for folder in folders]),
        Column("code", "区划代码", [one and one.code for one in good]),
        Column("name", "区", [one and one.name for one in good]),
        Column("communities", "社区", [one and one.communities for one in good]),
        Column("people", "人口", [one and one.people for one in good]),
        *(
            Column(s.value, f"{words.state(s)}(项)", [one and one.states.get(s.value, 0) for one in good])
            for s in State
        ),
        *(Column(f"grade_{g}", told.get(g, g), [one and one.grades.get(g, 0) for one in good]) for g in grades),
        Column("shortfalls", "短板", [one and one.shortfalls for one in good]),
        Column("fault", "没有体检的原因", [fault(one)[0] if isinstance(one, Exception) else None for one in found]),
    )
    with whole(path) as draft:
        write_csv(Sheet("districts", "各区", columns), draft)
