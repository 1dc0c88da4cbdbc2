"""Surveys and evidence: what counts as satisfied, and which files are taken as proof."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SATISFIED_FROM = 4
"""Of five levels (very dissatisfied to very satisfied) the upper two count as satisfied."""


class EvidenceKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file, known by its first bytes; names and declared types are not believed."""

    media_type: str
    suffix: str
    kind: EvidenceKind
    size_max: int


_MIB = 1024 * 1024
PHOTO_SIZE_MAX = 10 * _MIB
DOCUMENT_SIZE_MAX = 20 * _MIB
_JPEG = FileType("image/jpeg", ".jpg", EvidenceKind.PHOTO, PHOTO_SIZE_MAX)
_PNG = FileType("image/png", ".png", EvidenceKind.PHOTO, PHOTO_SIZE_MAX)
_WEBP = FileType("image/webp", ".webp", EvidenceKind.PHOTO, PHOTO_SIZE_MAX)
_PDF = FileType("application/pdf", ".pdf", EvidenceKind.DOCUMENT, DOCUMENT_SIZE_MAX)
FILE_TYPES = (_JPEG, _PNG, _WEBP, _PDF)


class NotEvidence(Exception):
    """The file is empty, too large, or neither a JPEG, PNG or WebP photo nor a PDF."""


def file_type(content: bytes) -> FileType:
    """What a file is by its first bytes.

    Raises
    ------
    NotEvidence
    """
    found = _by_magic(content)
    if found is None or len(content) > found.size_max:
        raise NotEvidence(len(content))
    return found


def _by_magic(content: bytes) -> FileType | None:
    if content.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _WEBP
    if content.startswith(b"%PDF-"):
        return _PDF
    return None


def evidence_file(digest: str, folder: Path) -> Path:
    """Where the bytes of a digest lie."""
    return folder / digest[:2] / digest


def is_slip(text: str) -> bool:
    """Whether a number of a paper slip, or the random mark of an online form, can be told from others."""
    return 1 <= len(text.strip()) <= 64
