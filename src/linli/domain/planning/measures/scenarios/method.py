"""The method by which effects of scenarios are found, as a fingerprint."""

from functools import lru_cache
from hashlib import sha256

from linli.domain.checkup.measures import method_fingerprint as checkup_method
from linli.domain.planning.measures.scenarios import resolving


@lru_cache(maxsize=1)
def method_fingerprint() -> str:
    """SHA-256 of the check-up's method and of what edits mean; the fast way and the slow one give the same effect."""
    return sha256(f"{checkup_method()} edits {resolving.METHOD}".encode()).hexdigest()
