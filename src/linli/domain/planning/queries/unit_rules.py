"""The rules by which units are drawn, from the pack data."""

from pathlib import Path

import linli
from linli.domain.planning.rules.units.pack import FILE, read_unit_rules
from linli.domain.planning.rules.units.proposals import UnitRules
from linli.domain.standards import queries as standards

_PACKS = Path(linli.__file__).parent / "packs"


def unit_rules(*, root: Path = _PACKS) -> UnitRules:
    """The rules in force, for an officer to take or to change.

    Raises
    ------
    PackFault
        If the file is wrong; it names all that is.
    """
    return read_unit_rules((root / FILE).read_text(encoding="utf-8"), standards.vocabulary(root=root))
