"""Building a wheel: it carries the front-end bundle and the compiled message catalogs."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface[Any]):
    """Builds what is missing; an editable installation is left to ``make setup``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / "src/linli/static/bundle").is_dir():
            self._bundle(root / "frontend")
        for catalog in (root / "src/linli/locale").glob("*/LC_MESSAGES/*.po"):
            with catalog.open("rb") as source, catalog.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source))

    def _bundle(self, frontend: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("The front-end bundle is missing; install Node 20 or newer with npm to build it.")
        for arguments in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=frontend, check=True)  # noqa: S603 - npm as found, fixed arguments
