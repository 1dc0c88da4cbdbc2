"""What the command says: faults line by line, errors as sentences, progress on the error channel."""

import contextlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from linli.domain.places.rules.package import Fault, Severity
from linli.interchange.faultlog import FileRefused, PackageRefused, line

REFUSED, OURS = 1, 3
_WORDS = {Severity.REFUSED: "拒绝", Severity.REPAIRED: "修复", Severity.NOTE: "提示"}

Progress = Callable[[int, int, str], None]


class Refusal(Exception):
    """A command cannot do what is asked; the sentence says why and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def error(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def faults(found: Iterable[Fault], *, notes: int = 20) -> int:
    """Print every refusal and repair, and the first notes; returns how many were refused."""
    found = tuple(found)
    by_severity = {severity: [f for f in found if f.severity is severity] for severity in Severity}
    for fault in by_severity[Severity.REFUSED] + by_severity[Severity.REPAIRED] + by_severity[Severity.NOTE][:notes]:
        error(f"{_WORDS[fault.severity]} {line(fault)}")
    if len(by_severity[Severity.NOTE]) > notes:
        error(f"提示 另有 {len(by_severity[Severity.NOTE]) - notes} 条提示没有列出。")
    return len(by_severity[Severity.REFUSED])


def explained(problem: Exception) -> int:
    """Say what went wrong; a traceback is kept in a file for us and never shown for bad input."""
    if isinstance(problem, PackageRefused):
        count = faults(problem.faults)
        error(f"没有写入:{count} 处不合格,请改正后再来。")
        return REFUSED
    told = sentence(problem)
    if told:
        error(told)
        return REFUSED
    path = kept_for_us(problem)
    error(f"程序出错了({type(problem).__name__}),这不是您的输入的问题。经过记在 {path},请把它交给维护人员。")
    return OURS


def kept_for_us(problem: BaseException) -> Path:
    """Append how a fault of ours came about to a file of this process."""
    path = Path(tempfile.gettempdir()) / f"linli-error-{os.getpid()}.txt"
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(problem)))
    return path


def sentence(problem: Exception) -> str:
    """What to say of a problem with the input or the machine; "" for a fault of ours."""
    if isinstance(problem, Refusal):
        return str(problem)
    if isinstance(problem, FileRefused):
        return f"{problem.message}({problem.found})" if problem.found else problem.message
    if isinstance(problem, FileNotFoundError | IsADirectoryError | NotADirectoryError | FileExistsError):
        return f"文件或文件夹不对:{problem.filename}。"
    if isinstance(problem, PermissionError):
        return f"没有权限读写:{problem.filename}。"
    if isinstance(problem, OSError) and problem.errno is not None:
        return f"磁盘或系统出错:{problem.strerror}({problem.filename or ''})。"
    words = _DOMAIN.get(type(problem).__name__)
    return words.format(problem) if words else ""


_DOMAIN = {
    "NotAnotherDistrict": "库里没有这个区:{}。",
    "NoSuchDistrict": "库里没有这个区:{}。先用 linli import 导入。",
    "NoSuchEdition": "没有这个版次:{}。",
    "EmptyEdition": "这个区还没有数据,或导入都已撤回。先用 linli import 导入。",
    "UnknownPack": "没有这套标准:{}。",
    "PackFault": "标准包有问题:{}",
    "NoCommunities": "数据包里没有社区图层(communities),没有可以体检的对象。",
    "DaskMissing": "没有安装 Dask。请安装附加部分 many(pip install 'linli[many]'),或去掉 --dask。",
    "WorkerLost": "处理它的进程被系统终止,多半是内存不够;请减少 --workers。",
    "NoWalkableStreet": "数据里没有可以步行的道路,无法量步行距离;请给出道路图层。",
    "RepeatedKey": "编号重复:{}。",
    "CodeTaken": "区划代码已被别的地方使用:{}。",
    "CodeSucceeded": "区划代码已停用,由新代码接替;数据包用的还是旧代码:{}。",
    "NotPermitted": "没有权限:{}。",
    "DatabaseNotUsable": "{}",
    "BackupNotUsable": "{}",
    "BackupDiffers": "{}",
    "PortTaken": "{}",
    "FolderNotOurs": "这个文件夹不是我们建的,或权限太宽:{}。",
    "ServerNotUsable": "{}",
    "OperationalError": "连不上数据库:{}",
}


@contextlib.contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A bar on the error channel; where nobody watches, one line a step."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=False) as bar:
        task = bar.add_task(title, total=1)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=max(total, 1), description=f"{title}:{what}" if what else title)

        yield step
        bar.update(task, completed=bar.tasks[0].total or 1, description=title)


def _lines(title: str) -> Progress:
    began, last = time.monotonic(), [""]

    def step(done: int, total: int, what: str) -> None:
        if what and what != last[0]:
            last[0] = what
            error(f"{title}({done}/{total}):{what} … {time.monotonic() - began:.1f} 秒")

    return step
