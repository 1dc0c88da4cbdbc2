"""PDF pages set by typst from a template and plain values.

Values travel as JSON and are never read as markup. Fonts come from a package, so that every machine prints the same.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "typeset"


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    fonts = str(files("pylopdf_fonts_zh_cn"))
    return typst.Compiler(root=str(TEMPLATES), font_paths=[fonts], ignore_system_fonts=True)


def pdf(template: str, values: Mapping[str, Any]) -> bytes:
    """The pages of ``typeset/TEMPLATE.typ`` filled with values that JSON can hold."""
    data = json.dumps(values, ensure_ascii=False, default=str)
    pages = _compiler().compile(str(TEMPLATES / f"{template}.typ"), format="pdf", sys_inputs={"data": data})
    assert isinstance(pages, bytes), "PDF comes in one piece"
    return pages
