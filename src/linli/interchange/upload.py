"""A district package that arrives as one zip file, unpacked within limits."""

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import MB, SIZE_LIMIT

MEMBERS_MAX = 200
UNPACKED_MAX = 1024 * MB
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAME_MAX = 255
"""Bytes of one file name, the limit of the usual file systems."""
_MANIFEST = "district.yaml"


def unpack_package(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack the package into an empty folder; a single folder around all files is taken off.

    Raises
    ------
    FileRefused
        Before anything is written, if the directory promises too much or leads elsewhere; while it is, if the bytes are
        not what it promises.
    """
    members = [member for member in archive.infolist() if not member.is_dir()]
    _check(members)
    root = _root(members)
    for member in members:
        target = folder / PurePosixPath(member.filename).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(member) as source, target.open("wb") as file:
                shutil.copyfileobj(_Promised(source, member), file)
        except (zlib.error, EOFError) as error:
            raise FileRefused("压缩数据是坏的;请重新打包。", found=member.filename) from error


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS_MAX:
        raise FileRefused("数据包里的文件太多。", found=f"{len(members)} 个", allowed=f"至多 {MEMBERS_MAX} 个")
    size = sum(member.file_size for member in members)
    if size > UNPACKED_MAX:
        raise FileRefused(
            "数据包解压后过大,没有打开。", found=f"{size // MB} MB", allowed=f"至多 {UNPACKED_MAX // MB} MB"
        )
    _check_names([member.filename for member in members])
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\x00" in member.filename:
            raise FileRefused("数据包里有指到文件夹之外的文件名,没有打开。", found=member.filename)
        if member.flag_bits & 0x1:
            raise FileRefused("数据包加了密码;请去掉密码后重新打包。", found=member.filename)
        if member.compress_type not in _METHODS:
            raise FileRefused("数据包用了少见的压缩方法;请用普通的 zip 重新打包。", found=member.filename)
        limit = SIZE_LIMIT.get(path.suffix.lower(), 64 * MB)
        if member.file_size > limit:
            raise FileRefused("数据包里有过大的文件。", found=member.filename, allowed=f"至多 {limit // MB} MB")


def _check_names(names: list[str]) -> None:
    """Refuse what no folder can hold: a name twice, a file that is a folder too, a name beyond what systems take."""
    folders = {str(above) for name in names for above in PurePosixPath(name).parents}
    for name in names:
        if names.count(name) > 1 or str(PurePosixPath(name)) in folders:
            raise FileRefused("数据包里有重名的文件,没有打开。", found=name)
        if any(len(part.encode()) > _NAME_MAX for part in PurePosixPath(name).parts):
            raise FileRefused("数据包里有过长的文件名,没有打开。", found=name, allowed=f"至多 {_NAME_MAX} 字节")


def _root(members: list[zipfile.ZipInfo]) -> PurePosixPath:
    """The folder that holds the manifest."""
    found = [PurePosixPath(member.filename) for member in members]
    manifests = sorted((path for path in found if path.name == _MANIFEST), key=lambda path: len(path.parts))
    if not manifests:
        raise FileRefused("数据包里没有 district.yaml。请把它和各图层一起打包。", found="", allowed=_MANIFEST)
    root = manifests[0].parent
    if not all(path.is_relative_to(root) for path in found):
        raise FileRefused("district.yaml 须与其他文件放在同一个文件夹里。", found=str(manifests[0]))
    return root


class _Promised:
    """Reads a member no further than the directory promised."""

    def __init__(self, source: object, member: zipfile.ZipInfo) -> None:
        self._source, self._left, self._name = source, member.file_size, member.filename

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(size)  # type: ignore[attr-defined]  # a file
        self._left -= len(data)
        if self._left < 0:
            raise FileRefused("文件的大小与目录不符,像是压缩炸弹,没有打开。", found=self._name)
        return data
