"""Compiles the engine at set-up, so that nothing compiles while somebody waits.

Every compiled function declares its signature and is compiled when its module is first imported; numba keeps the result
next to the module, or in ``NUMBA_CACHE_DIR``. It notices a change of the function's own file, but not of the functions
that are built into it; hence the fingerprint.
"""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from types import ModuleType

from numba.core.dispatcher import Dispatcher

KERNELS = (
    "dissection",
    "hierarchy",
    "placing",
    "amending",
    "sweep",
    "balls",
    "batches",
    "catchment",
    "floating_catchment",
    "equity",
    "facility_location.loops",
    "regionalization.feasible",
    "regionalization.trees",
    "regionalization.annealing",
)
"""Modules with compiled functions, callees first."""


def warm_up() -> list[str]:
    """Compile what is not compiled yet, or was compiled from other sources; names of all compiled functions."""
    modules = [importlib.import_module(f"linli.compute.{name}") for name in KERNELS]
    functions = [function for module in modules for function in compiled_functions(module)]
    stamp = Path(str(functions[0].stats.cache_path)) / "linli-kernels.txt"
    sources = _fingerprint()
    if not stamp.exists() or stamp.read_text() != sources:
        # What was not found in the cache has just been compiled; but it may have built in what was found.
        if any(function.stats.cache_hits for function in functions):
            for function in functions:
                function.recompile()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(sources)
    return [f"{function.py_func.__module__}.{function.py_func.__name__}" for function in functions]


def compiled_functions(module: ModuleType) -> list[Dispatcher]:
    """The compiled functions that a module defines, in their order."""
    found = [value for value in vars(module).values() if isinstance(value, Dispatcher)]
    return [function for function in found if function.py_func.__module__ == module.__name__]


def _fingerprint() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("lanes", *KERNELS):
        digest.update((folder / f"{name.replace('.', '/')}.py").read_bytes())
    return digest.hexdigest()
