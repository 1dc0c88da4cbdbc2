"""Which parts of the framework each floor may use; the import contracts cannot look inside external packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import linli

SOURCE = Path(linli.__file__).parent
PAGES = ("django.http", "django.shortcuts", "django.template", "django.views", "django.urls")
DATABASE = ("django.db", "psycopg")
CASES = {
    "compute": ("django", *DATABASE),
    "interchange": (*PAGES, *DATABASE),
    "domain": PAGES,
    "domain/*/rules.py": (*PAGES, *DATABASE),
    "domain/*/rules/**": (*PAGES, *DATABASE),
}
NAMES_OF_NO_ROOM = {"utils", "helpers", "common", "misc"}


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(pattern: str) -> Iterator[Path]:
    for found in SOURCE.glob(pattern):
        yield from found.rglob("*.py") if found.is_dir() else [found] if found.suffix == ".py" else []


@pytest.mark.parametrize("place", CASES)
def test_a_floor_uses_only_what_it_may(place: str) -> None:
    forbidden = CASES[place]

    found = {
        f"{file.relative_to(SOURCE)} imports {name}"
        for file in _files(place)
        if "migrations" not in file.parts
        for name in _imports(file)
        if any(name == one or name.startswith(f"{one}.") for one in forbidden)
    }

    assert not found


def test_every_module_has_a_name_that_says_what_it_holds() -> None:
    found = {str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if file.stem in NAMES_OF_NO_ROOM}

    assert not found


def test_nothing_is_broadcast() -> None:
    """A lower room never calls up, not even by signals of our own."""
    found = {str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if "django.dispatch" in set(_imports(file))}

    assert not found
