"""A figure may not claim more than its source can give."""

from collections.abc import Mapping

from linli.domain.standards.rules.figures import Confidence, Source
from linli.domain.standards.rules.reading.documents import Fields

IN_FILES = tuple(c.value for c in Confidence if c is not Confidence.CONFIRMED)
"""Confirming is an officer's act, kept in the journal; a file cannot do it."""

_STRONGEST: Mapping[str, Confidence] = {
    "official": Confidence.OFFICIAL,
    "seed": Confidence.SEED,
    "secondary": Confidence.SECONDARY,
    "derived": Confidence.DERIVED,
    "background": Confidence.UNVERIFIED,
}


def strongest(source: Source) -> Confidence:
    """The most that a figure from this source may claim: a page that nobody read proves nothing."""
    return Confidence.UNVERIFIED if source.seen == "none" else _STRONGEST.get(source.kind, Confidence.UNVERIFIED)


def sourced(f: Fields, sources: Mapping[str, Source]) -> tuple[str, Confidence]:
    """Source and confidence of one figure, which must agree."""
    source = f.choice("source", sources)
    confidence = Confidence(f.choice("confidence", IN_FILES, Confidence.UNVERIFIED.value))
    if source in sources and confidence.weaker(strongest(sources[source])) is not confidence:
        allowed = [name for name in IN_FILES if Confidence(name).weaker(strongest(sources[source])).value == name]
        f["confidence"].wrong(f"{'、'.join(allowed)}(来源 {source} 的类别为 {sources[source].kind})")
    return source, confidence
