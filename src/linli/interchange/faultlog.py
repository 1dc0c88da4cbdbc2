"""Faults collected while reading, each with the place a person finds it at."""

from collections import Counter
from dataclasses import dataclass, replace

from linli.domain.places.rules.package import Fault, Severity

LIMIT = 20_000
"""Faults kept one by one; of the rest only the number is told, so that a hopeless file cannot fill the memory."""

_SHOWN = 80


class PackageRefused(Exception):
    """A package, or one of its files, cannot be read at all; ``faults`` says where and why, all at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        refused = [fault for fault in faults if fault.severity is Severity.REFUSED]
        super().__init__(f"{len(refused)} faults: " + "; ".join(line(fault) for fault in refused[:3]))
        self.faults = faults


class FileRefused(Exception):
    """One file cannot be read; the sentence says why. Caught by the reader of the package, which knows the place."""

    def __init__(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str = "",
        found: str = "",
        allowed: str = "",
        sheet: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.row, self.column, self.found, self.allowed = message, row, column, found, allowed
        self.sheet = sheet


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a package's files."""

    file: str
    layer: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def at(self, *, row: int | None = None, column: str = "") -> "Where":
        return replace(self, row=row, column=column)


def line(fault: Fault) -> str:
    """A fault on one line: ``file:sheet:row:column: message [found; allowed]``."""
    place = ":".join(
        (fault.file, fault.sheet or fault.layer, "" if fault.row is None else str(fault.row), fault.column)
    )
    found = f"填写的是“{fault.found}”" if fault.found else ""
    words = f"允许:{fault.allowed}" if fault.allowed else ""
    told = ";".join(part for part in (found, words) if part)
    return f"{place}: {fault.message}" + (f"({told})" if told else "")


def shown(value: object) -> str:
    """A found value as a fault shows it: one line, not endless."""
    text = " ".join(str(value)[: 4 * _SHOWN].split()).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


class FaultLog:
    """Collects faults in the order in which they are met."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._faults: list[Fault] = []
        self._dropped: Counter[tuple[Severity, str, str, str]] = Counter()
        self.has_fatal = False
        """Whether a whole file or the manifest is unusable, so that not even the rest can be imported."""

    def refuse(self, where: Where, message: str, *, found: object = "", allowed: str = "") -> None:
        self._add(Severity.REFUSED, where, message, found, allowed)

    def reject(self, where: Where, message: str, *, found: object = "", allowed: str = "") -> None:
        """Like ``refuse``, for a file or a manifest as a whole."""
        self.has_fatal = True
        self._add(Severity.REFUSED, where, message, found, allowed)

    def repair(self, where: Where, message: str, *, found: object = "", allowed: str = "") -> None:
        self._add(Severity.REPAIRED, where, message, found, allowed)

    def note(self, where: Where, message: str, *, found: object = "", allowed: str = "") -> None:
        self._add(Severity.NOTE, where, message, found, allowed)

    def _add(self, severity: Severity, where: Where, message: str, found: object, allowed: str) -> None:
        if len(self._faults) >= self._limit:
            self._dropped[(severity, where.file, where.layer, where.sheet)] += 1
            return
        self._faults.append(
            Fault(
                severity,
                where.file,
                where.layer,
                where.sheet,
                where.row,
                where.column,
                found=shown(found),
                allowed=shown(allowed),
                message=message,
            )
        )

    def __len__(self) -> int:
        return len(self._faults)

    def faults(self) -> tuple[Fault, ...]:
        rest = (
            Fault(severity, file, layer, sheet, message=f"同类问题太多,另有 {count} 处没有逐条列出;请先改正已列出的。")
            for (severity, file, layer, sheet), count in sorted(self._dropped.items())
        )
        return (*self._faults, *rest)
