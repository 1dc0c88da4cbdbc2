"""What is checked before a file is parsed: its size, what an archive would unpack to, and entities in markup."""

import re
import zipfile
from pathlib import Path

from linli.interchange.faultlog import FileRefused

MB = 1024 * 1024
SIZE_LIMIT = {
    ".yaml": 1 * MB,
    ".yml": 1 * MB,
    ".csv": 64 * MB,
    ".tsv": 64 * MB,
    ".txt": 64 * MB,
    ".xlsx": 24 * MB,
    ".geojson": 256 * MB,
    ".json": 256 * MB,
    ".gpkg": 512 * MB,
    ".shp": 192 * MB,
    ".dbf": 128 * MB,
    ".shx": 16 * MB,
    ".prj": 1 * MB,
    ".cpg": 1 * MB,
    ".pbf": 96 * MB,
    ".osm": 192 * MB,
    ".graphml": 128 * MB,
}
"""Largest file taken, by its ending. What is larger is cut to the district first (the guide shows how)."""

RECORD_LIMIT = 400_000
"""Records in one layer; a district of 1.3 million people has about 150,000 stretches of street."""

VERTEX_LIMIT = 4_000_000
"""Points in the lines and outlines of one layer."""

ROW_LIMIT = 200_000
COLUMN_LIMIT = 512
CELL_LIMIT = 2_000_000
UNPACKED_LIMIT = 96 * MB
MEMBER_LIMIT = 2_000
_RATIO_LIMIT = 150
"""Real workbooks shrink ten- to fiftyfold; more is a bomb, or so near one that it may as well be saved anew."""

_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDE_DOCTYPE = re.compile(
    rb"<\x00!\x00(D\x00O\x00C\x00T|E\x00N\x00T)|\x00<\x00!\x00(D\x00O\x00C|E\x00N\x00T)", re.IGNORECASE
)


def inside(folder: Path, name: str) -> Path:
    """The file ``name`` of a package; a name that leads out of its folder is refused."""
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts or "\x00" in name:
        raise FileRefused("文件必须放在数据包的文件夹之内,不能用绝对路径或“..”。", found=name)
    if not path.is_file():
        raise FileRefused("找不到这个文件;请核对文件名(区分大小写)。", found=name)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FileRefused("文件是一个指到数据包之外的链接,请把文件本身放进来。", found=name)
    return path


def check_size(path: Path) -> None:
    """Refuse a file that is empty or larger than its kind may be."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("文件是空的。", found="0 字节")
    limit = SIZE_LIMIT.get(path.suffix.lower(), 64 * MB)
    if size > limit:
        raise FileRefused(
            "文件太大;请先裁到本区范围,或拆成几个图层。", found=f"{size / MB:.0f} MB", allowed=f"至多 {limit // MB} MB"
        )


def check_archive(path: Path) -> zipfile.ZipFile:
    """Open a workbook's archive after looking at its directory: how much it would unpack to, and what it carries."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused("不是完整的 XLSX 工作簿;请在 Excel 里打开并另存为 .xlsx。") from error
    try:
        _check_members(archive)
    except FileRefused:
        archive.close()
        raise
    return archive


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MEMBER_LIMIT:
        raise FileRefused("工作簿里的部件太多。", found=f"{len(members)} 个", allowed=f"至多 {MEMBER_LIMIT} 个")
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise FileRefused("工作簿里有同名部件,可能被改动过;请在 Excel 里另存一份。")
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if unpacked > UNPACKED_LIMIT or (unpacked > 8 * MB and unpacked > _RATIO_LIMIT * max(packed, 1)):
        raise FileRefused(
            "工作簿解压后过大,像是压缩炸弹,没有打开。",
            found=f"{unpacked / MB:.0f} MB",
            allowed=f"解压后至多 {UNPACKED_LIMIT // MB} MB",
        )
    for member in members:
        if member.flag_bits & 0x1:
            raise FileRefused("工作簿加了密码;请去掉密码后另存。", found=member.filename)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused("工作簿的压缩方式不认识;请在 Excel 里另存为 .xlsx。", found=member.filename)


def unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part of a workbook, no longer than the directory promised, without entities."""
    promised = archive.getinfo(name).file_size
    try:
        with archive.open(name) as part:
            data = part.read(promised + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise FileRefused("工作簿的部件损坏;请在 Excel 里打开并另存。", found=name) from error
    except Exception as error:  # zlib.error is not exported by zipfile
        if type(error).__name__ != "error":
            raise
        raise FileRefused("工作簿的部件损坏;请在 Excel 里打开并另存。", found=name) from error
    if len(data) > promised:
        raise FileRefused("工作簿部件的大小与目录不符,像是压缩炸弹,没有打开。", found=name)
    check_markup(data[: 64 * 1024])
    return data


def check_markup(data: bytes) -> None:
    """Refuse document types and entities: nothing that we read needs them, and they can read other files."""
    if _DOCTYPE.search(data) or _WIDE_DOCTYPE.search(data):
        raise FileRefused("文件里有 DOCTYPE 或实体声明,可能读取外部内容,没有打开。", found="<!DOCTYPE")


def check_markup_file(path: Path) -> None:
    """``check_markup`` over a whole file, in pieces."""
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(MB):
            check_markup(tail + piece)
            tail = piece[-16:]
