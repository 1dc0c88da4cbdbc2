"""``python -m linli.runtime.compilation``: compile the numeric loops now, so that no request ever waits for it."""

import importlib
import pkgutil
from collections.abc import Callable

import linli.compute


def compile_all(say: Callable[[str], None]) -> None:
    """Import every module of ``compute``: loops with declared types are compiled on import and cached on disk."""
    for module in pkgutil.walk_packages(linli.compute.__path__, "linli.compute."):
        if module.name.endswith("__main__"):
            continue
        say(module.name)
        importlib.import_module(module.name)


if __name__ == "__main__":
    compile_all(lambda name: print(f"  {name}"))  # noqa: T201
