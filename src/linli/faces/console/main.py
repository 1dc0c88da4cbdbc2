"""Reads the arguments and calls one act. Nothing heavy is imported before it is known what is asked."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

DONE, REFUSED, USAGE, OURS, STOPPED = 0, 1, 2, 3, 130
_HERE = "linli.faces.console"


class _Parser(argparse.ArgumentParser):
    """argparse with Chinese headings and refusals."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(add_help=False, **options)  # type: ignore[arg-type]
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"用法不对:{_chinese(message)}\n查看说明:{self.prog} --help", file=sys.stderr)
        raise SystemExit(USAGE)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "用法:")


def _chinese(message: str) -> str:
    for theirs, ours in (
        ("the following arguments are required: ", "缺少参数 "),
        ("unrecognized arguments: ", "不认识的参数 "),
        ("expected one argument", "后面要有一个值"),
        ("invalid choice: ", "没有这个选择:"),
        ("choose from", "可选"),
        ("argument ", "参数 "),
        ("one of the arguments ", "下列参数须有其一:"),
        (" is required", ""),
        ("not allowed with argument", "不能同时使用"),
    ):
        message = message.replace(theirs, ours)
    return message


def parser() -> argparse.ArgumentParser:
    """Every subcommand with its arguments; ``run`` names the function that does it."""
    whole = _Parser(
        prog="linli",
        description="邻里:度量、规划和运营社区。",
        epilog="每个命令都有自己的说明,如 linli import --help。\n"
        "退出码:0 完成;1 输入被拒绝(逐条列出);2 用法不对;3 程序出错;130 中途停止。",
    )
    whole.add_argument("--version", action="version", version=f"linli {_version()}", help="显示版本")
    commands = whole.add_subparsers(title="命令", dest="command", required=True, metavar="命令", parser_class=_Parser)
    for add in (
        _import,
        _checkup,
        _prepare,
        _plan,
        _walk,
        _serve,
        _demo,
        _account,
        _template,
        _export,
        _backup,
        _restore,
    ):
        add(commands)
    return whole


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("linli")
    except PackageNotFoundError:
        return "0"


def _add(commands, name: str, run: str, summary: str, more: str = "") -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
    one: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary}。\n{more}")
    one.set_defaults(run=run)
    return one


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期读不懂:{text},应如 2026-06-30") from None


def _metres(text: str) -> float:
    try:
        metres = float(text)
    except ValueError:
        metres = -1.0
    if not 0 < metres < 1_000_000:
        raise argparse.ArgumentTypeError(f"应是大于 0 的米数,而不是 {text}")
    return metres


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"应是大于 0 的秒数,而不是 {text}")
    return seconds


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 256):
        raise argparse.ArgumentTypeError(f"应是 1–256 的整数,而不是 {text}")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"应是 0 或更大的整数,而不是 {text}")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"端口应是 1–65535,而不是 {text}")
    return int(text)


def _import(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "import",
        "importing:run",
        "导入一个数据包,成为本区的新版次",
        "数据包是一个文件夹,里面有清单 district.yaml 和各图层;格式见 docs/guides/district-package.md。\n"
        "默认全有或全无:有一条不合格就什么都不写入,并逐条列出;同一个数据包再导入一次不会改变什么。",
    )
    one.add_argument("folder", type=Path, metavar="文件夹", help="数据包所在的文件夹")
    one.add_argument("--data", type=Path, metavar="文件夹", help="图层文件不在清单旁边时,放在哪里")
    one.add_argument("--dry-run", action="store_true", help="只检查,不写入")
    one.add_argument("--rest", action="store_true", help="导入其余合格的记录,不合格的留作待办")
    one.add_argument("--faults-copy", type=Path, metavar="文件夹", help="把工作簿复制到这里,有问题的单元格涂色并批注")


def _checkup(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "checkup",
        "checking:run",
        "按一套标准体检一个区",
        "给文件夹时直接读数据包,不用数据库;给 --district 时体检库里最新的版次,并存为一轮。",
    )
    one.add_argument("folder", type=Path, nargs="?", metavar="文件夹", help="数据包所在的文件夹")
    one.add_argument("--district", metavar="代码", help="库里的区,如 330102")
    one.add_argument(
        "--districts",
        type=Path,
        nargs="+",
        metavar="文件夹",
        help="许多区一起体检:数据包、装着许多数据包的文件夹,或一行写一个数据包的文本文件",
    )
    _add_standard(one)
    one.add_argument("--day", type=_day, metavar="日期", help="按哪一天有效的数值,默认今天")
    one.add_argument("--data", type=Path, metavar="文件夹", help="图层文件不在清单旁边时,放在哪里")
    one.add_argument("--survey", type=Path, metavar="XLSX", help="填好的调查工作簿(linli template 生成)")
    one.add_argument("--rest", action="store_true", help="有不合格的记录时,用其余的记录体检")
    one.add_argument("-o", "--output", type=Path, metavar="文件", help="结果写到 .xlsx、.csv、.geojson 或 .gpkg")
    one.add_argument(
        "--access",
        choices=("grid_cell", "compound", "community", "subdistrict", "district"),
        metavar="级别",
        help="在 .xlsx 或 .gpkg 结果里另加一张按网格、小区、社区、街道或区汇总的步行可达表:"
        "grid_cell、compound、community、subdistrict、district",
    )
    _add_many(one)


def _add_standard(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--pack",
        "--standard",
        required=True,
        metavar="标准",
        help="标准包,如 shangcheng、yantai、complete-community",
    )


def _add_many(one: argparse.ArgumentParser) -> None:
    one.add_argument("--workers", type=_count, metavar="个", help="许多区时用几个进程,默认与处理器一样多;1 为逐个做")
    one.add_argument("--dask", action="store_true", help="许多区时由本机的 Dask 分派(附加部分 many)")
    one.add_argument(
        "--format", choices=("csv", "geojson", "gpkg", "xlsx"), default="csv", metavar="格式",
        help="许多区时 -o 给文件夹,每个区一个文件:csv(默认)、geojson、gpkg、xlsx;汇总在 districts.csv",
    )  # fmt: skip
    _add_cache(one)


def _add_cache(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--cache", type=Path, metavar="文件夹", help="备好的区留在哪里,默认 var/situations;数据或程序变了会自动重做"
    )
    one.add_argument("--no-cache", action="store_true", help="不用也不留备好的区")


def _prepare(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "prepare",
        "districts:prepare",
        "把数据包读好、拼好,留着以后用",
        "之后 linli checkup --districts 和 linli plan 读同一个数据包只要几十毫秒。",
    )
    one.add_argument(
        "districts", type=Path, nargs="+", metavar="文件夹", help="数据包、装着许多数据包的文件夹或清单文件"
    )
    one.add_argument("--workers", type=_count, metavar="个", help="用几个进程,默认与处理器一样多")
    one.add_argument("--dask", action="store_true", help="由本机的 Dask 分派(附加部分 many)")
    _add_cache(one)


def _plan(commands) -> None:  # type: ignore[no-untyped-def]
    whole = commands.add_parser("plan", help="规划:改动会怎样、放在哪里、怎样划单元", description="规划:三个问题。")
    questions = whole.add_subparsers(title="问题", dest="question", required=True, metavar="问题", parser_class=_Parser)
    one = _add(
        questions,
        "what-if",
        "what_if:run",
        "改动会怎样:谁得益、谁受损、哪些短板消除、花多少钱",
        "改动写成 JSON:一个列表,每处改动一项,格式见 docs/guides/planning.md。现状不会改变。",
    )
    _add_source(one)
    one.add_argument("edits", type=Path, metavar="改动.json", help="改动的清单")
    _add_standard(one)
    one.add_argument("--slice", default="", metavar="时段", help="只看一个时段,如 evening、night;默认全天")
    _add_rest_of_plan(one)
    one = _add(
        questions,
        "site",
        "siting:run",
        "放在哪里:在预算内选地点,并给出离最优还差多少",
        "问题写成 JSON,格式见 docs/guides/planning.md;不写备选点时取全部闲置用房。按 Ctrl-C 停止并留下最好的。",
    )
    _add_source(one)
    one.add_argument("problem", type=Path, metavar="问题.json", help="要放什么、备选点、预算")
    one.add_argument("--limit", type=_seconds, default=60.0, metavar="秒", help="最多算多久,默认 60")
    one.set_defaults(pack="")
    _add_rest_of_plan(one)
    one = _add(
        questions,
        "units",
        "units:run",
        "怎样划单元:按人口范围、步行和界线,给出几个方案",
        "规则来自标准包,也可用 --rules 另给一个同样格式的文件。同样的数据、规则和种子给出同样的方案。",
    )
    _add_source(one)
    one.add_argument("--rules", type=Path, metavar="YAML", help="规则文件,默认用标准包的")
    one.add_argument("--runs", type=_count, default=4, metavar="次", help="每个方案找几遍再重组,默认 4")
    one.add_argument("--seed", type=_seed, default=1, metavar="数", help="随机数的种子,默认 1")
    one.set_defaults(pack="")
    _add_rest_of_plan(one)


def _add_source(one: argparse.ArgumentParser) -> None:
    one.add_argument("folder", type=Path, nargs="?", metavar="文件夹", help="数据包所在的文件夹")
    one.add_argument("--district", metavar="代码", help="库里的区,如 330102")


def _add_rest_of_plan(one: argparse.ArgumentParser) -> None:
    one.add_argument("--day", type=_day, metavar="日期", help="按哪一天有效的数值,默认今天")
    one.add_argument("--data", type=Path, metavar="文件夹", help="图层文件不在清单旁边时,放在哪里")
    one.add_argument("--rest", action="store_true", help="有不合格的记录时,用其余的记录")
    one.add_argument(
        "-o", "--output", "--out", type=Path, metavar="文件", help="结果写到 .gpkg、.geojson、.xlsx 或 .pdf"
    )
    _add_cache(one)


def _walk(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "walk",
        "walking:run",
        "量步行距离:从每个地点到最近的各类设施",
        "路网可以是 OpenStreetMap(.osm.pbf、.osm)、GraphML,或 GeoPackage、GeoJSON、Shapefile 的线。\n"
        "输出一列 id,每类设施一列 d_类型(米,一位小数);走不到的留空。不用数据库。",
    )
    one.add_argument("network", type=Path, metavar="路网", help="路网文件")
    one.add_argument("--from", dest="origins", type=Path, required=True, metavar="CSV", help="起点表:id, lon, lat")
    one.add_argument(
        "--to", dest="facilities", type=Path, required=True, metavar="CSV", help="设施表:id, kind, lon, lat"
    )
    one.add_argument("-o", "--output", type=Path, required=True, metavar="CSV", help="结果")
    one.add_argument("--compounds", type=Path, metavar="文件", help="有围墙的小区范围:外人不得穿行")
    one.add_argument("--limit", type=_metres, metavar="米", help="更远的留空")
    one.add_argument(
        "--crs", default="auto", metavar="坐标系", help="路网的坐标系,默认按文件所写:EPSG:编号、GCJ-02、BD-09"
    )
    one.add_argument("--sheet", default="", metavar="图层", help="路网文件里有几个图层时,用哪一个")


def _serve(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(commands, "serve", "serving:serve", "启动网页,按 Ctrl-C 停止")
    _add_address(one)


def _add_address(one: argparse.ArgumentParser) -> None:
    one.add_argument("--host", default="127.0.0.1", metavar="地址", help="监听的地址,默认 127.0.0.1")
    one.add_argument(
        "--port", type=_port, default=os.environ.get("PORT", "8000"), metavar="端口", help="默认 8000,或环境变量 PORT"
    )


def _demo(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "demo",
        "serving:demo",
        "载入演示区、体检并启动网页",
        "演示区是合成的:借用上城区的名称和代码,其余均为虚构。",
    )
    _add_address(one)
    one.add_argument("--communities", type=int, default=203, metavar="个", help="社区数,默认 203")
    one.add_argument("--people", type=int, default=0, metavar="人", help="人口,默认按社区数")
    one.add_argument("--load-only", action="store_true", help="只载入和体检,不启动网页")


def _account(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "account",
        "opening:run",
        "为一个区开通第一个账号管理员",
        "只能开通第一个;之后的账号由账号管理员在网页上开通。临时密码只显示一次,首次登录时必须更换。",
    )
    one.add_argument("username", metavar="账号", help="小写字母、数字、点、横线,如 wang.min")
    one.add_argument("--name", required=True, metavar="姓名", help="管理员的姓名")
    one.add_argument("--district", required=True, metavar="代码", help="已导入的区,如 330102")


def _template(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "template",
        "making:run",
        "生成空的数据包:清单和带下拉选项的 Excel 工作簿",
        "填好后用 linli import 导入。表、列和可选项都来自标准包。",
    )
    one.add_argument("folder", type=Path, metavar="文件夹", help="放在哪里(不存在则新建)")
    one.add_argument("--pack", action="append", metavar="标准", help="调查表按哪些标准包,默认全部;可写多次")
    one.add_argument("--code", default="", metavar="代码", help="区划代码")
    one.add_argument("--name", default="", metavar="名称", help="区名")


def _export(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "export",
        "exporting:run",
        "导出图层或整个数据包",
        "按输出的结尾决定格式:.gpkg、.geojson、.csv、.xlsx;给文件夹则导出可以再导入的数据包。",
    )
    one.add_argument("--district", required=True, metavar="代码", help="库里的区,如 330102")
    one.add_argument("--layer", action="append", metavar="图层", help="哪些图层,默认全部;可写多次")
    one.add_argument("--edition", type=int, metavar="版次", help="第几版,默认最新")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="文件", help="写到哪里")


def _backup(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands, "backup", "keeping:backup", "备份数据库和上传的文件", "--prove 会把备份恢复到一个临时库,逐表核对。"
    )
    one.add_argument("file", type=Path, metavar="文件", help="备份写到这个文件(.zip)")
    one.add_argument("--prove", action="store_true", help="写完后恢复到临时库,证明相等")


def _restore(commands) -> None:  # type: ignore[no-untyped-def]
    one = _add(
        commands,
        "restore",
        "keeping:restore",
        "从备份恢复",
        "先恢复成副本并逐表核对,相等才换上;原来的库和文件会留着。恢复时请先停止 linli serve。",
    )
    one.add_argument("file", type=Path, metavar="文件", help="linli backup 写的文件")
    one.add_argument("--yes", action="store_true", help="不再询问")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return its exit code."""
    for channel in (sys.stdout, sys.stderr):
        if hasattr(channel, "reconfigure"):
            channel.reconfigure(errors="replace")
    asked = parser().parse_args(arguments)
    module, _, function = asked.run.partition(":")
    from linli.faces.console import telling

    try:
        return int(getattr(import_module(f"{_HERE}.{module}"), function)(asked) or DONE)
    except KeyboardInterrupt:
        telling.error("已停止;没有写完的不会生效。")
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return telling.explained(error)
