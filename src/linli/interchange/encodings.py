"""The encoding of a text file, decided for the whole file: single cells of Chinese pass as UTF-8 by chance."""

import codecs

from linli.interchange.faultlog import FileRefused

_NAMES = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "65001": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "936": "gb18030",
    "ansi 936": "gb18030",
    "big5": "big5",
    "cp950": "big5",
    "950": "big5",
    "utf-16": "utf-16",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "latin-1": "latin-1",
    "1252": "cp1252",
    "cp1252": "cp1252",
    "ansi 1252": "cp1252",
    "88591": "latin-1",
    "iso88591": "latin-1",
}


def named(name: str) -> str:
    """The codec that a manifest or a .cpg file names."""
    codec = _NAMES.get(name.strip().lower().replace("_", "-"))
    if codec is None:
        raise FileRefused(
            "不认识这种编码。", column="encoding", found=name, allowed="UTF-8、GBK、GB18030、BIG5、UTF-16"
        )
    return codec


def decide(data: bytes) -> str:
    """UTF-8 if the whole file is that, else GB18030 if the whole file is that, else a refusal."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for codec in ("utf-8-sig", "gb18030"):
        try:
            data.decode(codec)
        except UnicodeDecodeError as error:
            found = error.object[error.start : error.start + 8].hex(" ")
            line = data.count(b"\n", 0, error.start) + 1
            continue
        return codec
    raise FileRefused(
        "文字编码既不是 UTF-8 也不是 GBK/GB18030;请在清单里用 encoding 写明,或另存为 UTF-8。",
        row=line,
        found=found,
        allowed="UTF-8、GBK、GB18030",
    )
