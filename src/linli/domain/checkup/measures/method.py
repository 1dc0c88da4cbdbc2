"""The fingerprint of the method: it changes when what is computed may change, not when a comment does."""

import ast
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from linli.domain.checkup import rules
from linli.domain.places.rules import assembly

_MEASURES, _RULES = Path(__file__).parent, Path(rules.__file__).parent
_CODE = (
    *(_MEASURES / f"{name}.py" for name in ("measuring", "quantities", "reach", "shortfalls", "whole")),
    *(_RULES / f"{name}.py" for name in ("findings", "grading", "judging")),
)


@lru_cache(maxsize=1)
def method_fingerprint() -> str:
    """SHA-256 over the measures, the judging and the grading as they are written, and the assembly's version.

    The engine is exact and stands outside: another engine gives the same whole centimeters.
    """
    mark = sha256(f"assembly {assembly.METHOD}".encode())
    for file in _CODE:
        mark.update(f"{file.name}\0{meaning(file)}\0".encode())
    return mark.hexdigest()


def meaning(file: Path) -> str:
    """The code without comments, layout and docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
