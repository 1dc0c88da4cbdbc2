"""The figures with which a siting begins, from the pack data."""

from pathlib import Path

import linli
from linli.domain.planning.rules.siting.terms import FILE, SitingTerms, read_siting_terms
from linli.domain.standards import queries as standards

_PACKS = Path(linli.__file__).parent / "packs"


def siting_terms(*, root: Path = _PACKS) -> SitingTerms:
    """Whom each function serves, what it needs and what each way of supply costs, until an officer says otherwise.

    Raises
    ------
    PackFault
        If the file is wrong; it names all that is.
    """
    return read_siting_terms((root / FILE).read_text(encoding="utf-8"), standards.vocabulary(root=root))
