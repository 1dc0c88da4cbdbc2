"""The fingerprint of the siting method: it changes when an answer may change, not when a comment does."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from linli.compute import facility_location
from linli.domain.checkup.measures.method import meaning
from linli.domain.places.rules import assembly

_SEARCH = Path(facility_location.__file__).parent
_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def method_fingerprint() -> str:
    """SHA-256 over the search and the measure as they are written, and the assembly's version."""
    mark = sha256(f"assembly {assembly.METHOD}".encode())
    for file in (*sorted(_SEARCH.glob("*.py")), *sorted(_HERE.glob("*.py"))):
        mark.update(f"{file.name}\0{meaning(file)}\0".encode())
    return mark.hexdigest()
